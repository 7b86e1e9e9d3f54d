//! `cargo xtask test`: everything, on SQLite and on PostgreSQL, in one run.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    check,
    command::{build_beside_tests, cargo, program, run, watched},
    ledger::{ENGINES, Ledger},
    postgres::{Cluster, Durability},
    python,
    steps::Steps,
    tools,
    tree::{root, target},
    web,
};

/// How many seeds of the whole house run under the scheduler.
const SEEDS: u32 = 200;
const SEEDS_LONG: u32 = 1_000;

/// Every step by the name `--only` takes. What a step needs (tools, web packages, PostgreSQL, the binary) is made before it.
const STEPS: &[(&str, &str)] = &[
    ("check", "Formatting, lints, dependency rules, generated files"),
    ("web", "Tests of the web packages"),
    ("rust", "Tests of the workspace, on both databases"),
    ("peers", "Official libraries of others, as judges"),
    ("faults", "Crashes and the audit, on both databases"),
    ("story", "The story in Chromium, on both databases"),
];

struct Wanted {
    long: bool,
    only: Option<String>,
}

impl Wanted {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self { long: false, only: None };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--long" => wanted.long = true,
                "--only" => wanted.only = Some(rest.next().context("--only takes the name of a step")?.clone()),
                other => bail!("`cargo xtask test` has no argument {other}; it takes --long and --only STEP"),
            }
        }
        if let Some(only) = &wanted.only
            && !STEPS.iter().any(|(name, _)| name == only)
        {
            let names: Vec<_> = STEPS.iter().map(|(name, _)| *name).collect();
            bail!("there is no step `{only}`; the steps are {}", names.join(", "));
        }
        Ok(wanted)
    }

    fn has(&self, step: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == step)
    }

    fn any(&self, steps: &[&str]) -> bool {
        steps.iter().any(|step| self.has(step))
    }
}

/// What every test program is told.
struct Surroundings {
    root: PathBuf,
    target: PathBuf,
    ledger: Ledger,
    cluster: Option<Cluster>,
    long: bool,
}

impl Surroundings {
    fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("SEAWAY_TEST_LEDGER", self.ledger.path())
            .env("SEAWAY_TEST_REQUIRE_POSTGRES", "1")
            .env("SEAWAY_TEST_REQUIRE_MAIL", "1")
            .env("SEAWAY_TEST_SEEDS", if self.long { SEEDS_LONG } else { SEEDS }.to_string())
            .env("SEAWAY_TEST_LONG", if self.long { "1" } else { "0" })
            .env("SEAWAY_BIN", self.target.join("debug/seaway"));
        if let Some(cluster) = &self.cluster {
            command.env("SEAWAY_TEST_POSTGRES", cluster.url());
        }
        command
    }
}

pub fn test(arguments: &[String]) -> Result<()> {
    let wanted = Wanted::read(arguments)?;
    let needs_cluster = wanted.any(&["rust", "faults", "story"]);
    let needs_binary = wanted.any(&["peers", "faults", "story"]);
    let chosen = STEPS.iter().filter(|(name, _)| wanted.has(name)).count();
    let judged = usize::from(needs_cluster);
    let mut steps = Steps::new(2 + usize::from(needs_cluster) + usize::from(needs_binary) + chosen + judged);

    let root = root();
    steps.run("Look for the tools", || tools::need(tools::ALL))?;
    steps.run("Install and build the web", || web::install(&root).and_then(|()| web::build(&root)))?;
    if wanted.has("check") {
        steps.keep(title("check"), || check::check(&[]));
    }
    if wanted.has("web") {
        steps.keep(title("web"), || run(&mut web::npm(&root, &["test"])));
    }
    let target = target()?;
    let ledger = Ledger::new(&target)?;
    let mut around = Surroundings { root, target, ledger, cluster: None, long: wanted.long };
    if needs_cluster {
        around.cluster = Some(steps.run("Start a private PostgreSQL", || Cluster::start(Durability::None))?);
    }
    if wanted.has("rust") {
        steps.keep(title("rust"), || workspace(&around));
    }
    if needs_binary {
        steps.run("Build seaway", || build_beside_tests(&around.root))?;
    }
    if wanted.has("peers") {
        steps.keep(title("peers"), || peers(&around));
    }
    if wanted.has("faults") {
        steps.keep(title("faults"), || faults(&around));
    }
    if wanted.has("story") {
        steps.keep(title("story"), || stories(&around));
    }
    if needs_cluster {
        steps.keep("Equal counts on both databases", || around.ledger.judge());
    }
    drop(around);
    steps.finish("Summary")
}

/// `cargo test --workspace`. An ignored test is a failure: nothing is skipped silently.
fn workspace(around: &Surroundings) -> Result<()> {
    let mut counts = Counts::default();
    let mut command = cargo(&around.root, &["test", "--locked", "--workspace", "--no-fail-fast"]);
    let ended = watched(around.tell(&mut command), |line| counts.read(line));
    println!("  {} passed, {} failed, {} ignored", counts.passed, counts.failed, counts.ignored);
    ended?;
    if counts.ignored > 0 {
        bail!("{} tests are ignored; a test runs or is taken out", counts.ignored);
    }
    if counts.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

/// The libraries of others, on both sides of our emulators and connectors.
fn peers(around: &Surroundings) -> Result<()> {
    let folder = around.root.join("tests/peers");
    // A library may keep a timer of its own after its client was ended.
    let mut command = program("node", &around.root, &["--test", "--test-force-exit"]);
    let mut found = 0;
    for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(".test.mjs")) {
            command.arg(path);
            found += 1;
        }
    }
    if found == 0 {
        bail!("no library judges: there is no *.test.mjs in {}", folder.display());
    }
    // Where its registry cannot be reached the others judge all the same, and it is said who does not.
    match python::peers(&around.root, &around.target) {
        Ok(python) => drop(command.env("SEAWAY_PEERS_PYTHON", python)),
        Err(error) => println!("The library of Twilio for Python cannot be had here and does not judge: {error:#}"),
    }
    run(around.tell(&mut command))
}

/// The suite that kills the shipped binary. It is a target of its own with `test = false`, so that plain `cargo test` leaves it out.
fn faults(around: &Surroundings) -> Result<()> {
    let there = ["faults.rs", "faults/main.rs"].iter().any(|file| around.root.join("crates/app/tests").join(file).is_file());
    if !there {
        bail!("crates/app/tests/faults.rs is missing: nothing tried a crash");
    }
    if let Some(cluster) = &around.cluster {
        cluster.be_durable()?;
    }
    let mut command = cargo(&around.root, &["test", "--locked", "--workspace", "--test", "faults"]);
    // Mostly they wait for a process to come up; more than two of them at once would wait for a processor.
    run(around.tell(command.args(["--", "--nocapture", "--test-threads=2"])))
}

/// On both databases at once: a browser mostly waits. The second one's words follow those of the first.
fn stories(around: &Surroundings) -> Result<()> {
    let [first, second] = ENGINES;
    let folder = around.target.join("story");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let beside = folder.join(format!("{second}.log"));
    let log = File::create(&beside).with_context(|| format!("making {}", beside.display()))?;
    let (told, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut command = story(around, second)?;
            run(command.stdout(log.try_clone()?).stderr(log))
        });
        println!("on {first}");
        let told = story(around, first).and_then(|mut command| run(&mut command));
        (told, other.join())
    });
    println!("on {second}\n{}", fs::read_to_string(&beside).unwrap_or_default().trim_end());
    let other = other.map_err(|_| anyhow!("the story on {second} came to no end")).flatten();
    let failed: Vec<String> = [(first, told), (second, other)]
        .into_iter()
        .filter_map(|(engine, ended)| Some(format!("on {engine}: {:#}", ended.err()?)))
        .collect();
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("\n")) }
}

fn story(around: &Surroundings, engine: &str) -> Result<Command> {
    let shots = around.target.join("story").join(engine);
    let mut command = program("node", &around.root, &["tests/browser/story.mjs"]);
    command.arg("--shots").arg(shots);
    if engine == "postgres" {
        let cluster = around.cluster.as_ref().context("PostgreSQL is not running")?;
        // Walked here with carrier, phone and shop in another process: nothing of the story may change by that.
        command.args(["--emulators-apart", "--database-url", &cluster.database("story")?]);
    }
    around.tell(&mut command);
    Ok(command)
}

fn title(name: &str) -> &'static str {
    STEPS.iter().find(|(step, _)| *step == name).map_or("", |(_, title)| title)
}

#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

impl Counts {
    /// Takes in `test result: ok. 12 passed; 0 failed; 0 ignored; …`; other lines say nothing.
    fn read(&mut self, line: &str) {
        let Some((_, numbers)) = line.split_once("test result: ").and_then(|(_, rest)| rest.split_once(". ")) else { return };
        for part in numbers.split("; ") {
            let Some((number, word)) = part.split_once(' ') else { continue };
            let number = number.parse().unwrap_or(0);
            match word {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.ignored += number,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_summed() {
        let mut counts = Counts::default();
        counts.read("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s");
        counts.read("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s");
        counts.read("running 3 tests");
        assert_eq!((counts.passed, counts.failed, counts.ignored), (15, 2, 1));
    }

    #[test]
    fn only_takes_a_step_that_exists() {
        let read = |words: &[&str]| Wanted::read(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert!(read(&["--only", "nothing"]).is_err());
        assert!(read(&["--fast"]).is_err());
        let wanted = read(&["--long", "--only", "story"]).expect("read");
        assert!(wanted.long && wanted.has("story") && !wanted.has("rust"));
    }
}
