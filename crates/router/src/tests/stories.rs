//! Tells the stories of `stories/*.story`; `stories/README.md` says how they are written.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::bench::Bench;

macro_rules! chapters {
    ($($name:ident: $file:literal,)*) => {
        const CHAPTERS: &[&str] = &[$($file),*];
        $(#[test]
        fn $name() {
            tell($file, include_str!(concat!("stories/", $file)));
        })*
    };
}

chapters! {
    configuration: "4-configuration.story",
    workflow: "5-workflow.story",
    known_workers: "5.1-known-workers.story",
    choosing: "6-choosing.story",
    workers: "7-workers.story",
    capacity: "8-capacity.story",
    tasks: "9-tasks.story",
    reservations: "10-reservations.story",
    events: "13-events.story",
    transfers: "14-transfers.story",
    business_hours: "business-hours.story",
    lost_agents: "lost-agents.story",
    readings: "readings.story",
    trying_out: "trying-out.story",
    why_it_waits: "why-it-waits.story",
}

#[test]
fn every_chapter_is_told() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/stories");
    let names = std::fs::read_dir(folder).expect("the chapters").map(|entry| entry.expect("a file").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).filter(|name| name.ends_with(".story")).collect();
    names.sort();
    let mut listed = CHAPTERS.to_vec();
    listed.sort_unstable();
    assert_eq!(names, listed);
}

/// Runs one story that stands in Rust, because it is counted out.
pub fn check(story: &str) {
    let lines = story.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| (0, line.to_string()));
    if let Err((_, wrong)) = follow(&lines.collect::<Vec<_>>()) {
        panic!("{wrong}");
    }
}

/// Where a line stands, and the line.
type Line = (usize, String);

#[derive(Default)]
struct Block {
    title: String,
    lines: Vec<Line>,
}

/// Runs every story of a file, then fails with all that went wrong, each with its file, line and title.
fn tell(file: &str, text: &str) {
    let stories = read(file, text);
    assert!(!stories.is_empty(), "{file} has no stories");
    let mut wrong = Vec::new();
    for story in &stories {
        if let Err((no, said)) = follow(&story.lines) {
            wrong.push(format!("{file}:{no}: {}\n{said}", story.title));
        }
    }
    assert!(wrong.is_empty(), "{} of {} stories are wrong\n\n{}\n", wrong.len(), stories.len(), wrong.join("\n\n"));
}

/// The stories of a file, each behind the beginning that it names.
fn read(file: &str, text: &str) -> Vec<Block> {
    let mut begun: BTreeMap<String, Block> = BTreeMap::new();
    let mut blocks: Vec<(bool, Block)> = Vec::new();
    for (no, line) in text.lines().enumerate().map(|(no, line)| (no + 1, line)) {
        let words = line.trim();
        if words.is_empty() || line.starts_with('#') {
            continue;
        }
        let heads = [("given ", false), ("story ", true)];
        if let Some((title, is_story)) = heads.into_iter().find_map(|(head, story)| Some((line.strip_prefix(head)?, story))) {
            blocks.push((is_story, Block { title: title.trim().into(), lines: Vec::new() }));
            continue;
        }
        let Some((_, block)) = blocks.last_mut().filter(|_| line.starts_with(' ')) else {
            panic!("{file}:{no}: neither a story nor a line of one: {line}");
        };
        if let Some(name) = words.strip_prefix("with ") {
            block.lines.push((no, format!("with {name}")));
        } else if begins_with_time(words) {
            block.lines.push((no, words.into()));
        } else {
            let (_, before) = block.lines.last_mut().unwrap_or_else(|| panic!("{file}:{no}: goes on with nothing: {line}"));
            *before = format!("{before} {words}");
        }
    }
    let mut stories = Vec::new();
    for (is_story, block) in blocks {
        let mut lines = Vec::new();
        for (no, line) in block.lines {
            match line.strip_prefix("with ") {
                Some(name) => {
                    lines.extend(begun.get(name).unwrap_or_else(|| panic!("{file}:{no}: nothing is given as {name}")).lines.clone())
                }
                None => lines.push((no, line)),
            }
        }
        let block = Block { lines, ..block };
        if is_story {
            stories.push(block);
        } else {
            begun.insert(block.title.clone(), block);
        }
    }
    stories
}

fn begins_with_time(line: &str) -> bool {
    let seconds = line.split_once("s ").map(|(seconds, _)| seconds);
    seconds.is_some_and(|seconds| !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Runs a story up to the first line that goes another way: nothing behind it could be judged.
fn follow(lines: &[Line]) -> Result<(), (usize, String)> {
    let mut bench = Bench::new();
    for (no, line) in lines {
        let (left, wanted) = line.split_once(" =>").unwrap_or((line, ""));
        let said = catch_unwind(AssertUnwindSafe(|| bench.run(left.trim()))).map_err(|panic| {
            let words = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            (*no, format!("    {left}\n    broke: {}", words.unwrap_or("no words")))
        })?;
        if said != wanted.trim() {
            return Err((*no, format!("    {left}\n    wanted: {}\n    said:   {said}", wanted.trim())));
        }
    }
    Ok(())
}
