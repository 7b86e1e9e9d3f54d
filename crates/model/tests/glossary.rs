//! The glossary's table of prefixes says what the code says, no more and no less.

use std::collections::BTreeSet;

use model::PREFIXES;

const GLOSSARY: &str = include_str!("../../../docs/GLOSSARY.md");

/// The rows of the table, e.g. ``| `WT` | `TaskId` | … |``.
fn rows(text: &str) -> Vec<(String, String)> {
    let code = |cell: &str| cell.trim().strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).map(str::to_owned);
    text.lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|');
            let (prefix, name) = (code(cells.next()?)?, code(cells.next()?)?);
            (prefix.len() == 2 && name.ends_with("Id")).then_some((prefix, name))
        })
        .collect()
}

#[test]
fn the_glossary_lists_every_prefix_as_it_is() {
    let listed: BTreeSet<_> = rows(GLOSSARY).into_iter().collect();
    let real: BTreeSet<_> = PREFIXES.iter().map(|(prefix, name)| ((*prefix).to_owned(), (*name).to_owned())).collect();
    let missing: Vec<_> = real.difference(&listed).collect();
    let wrong: Vec<_> = listed.difference(&real).collect();
    assert!(missing.is_empty(), "docs/GLOSSARY.md lacks a row for {missing:?}");
    assert!(wrong.is_empty(), "docs/GLOSSARY.md lists {wrong:?}, which crates/model/src/id.rs does not make");
}

#[test]
fn the_glossary_lists_no_prefix_twice() {
    let listed = rows(GLOSSARY);
    let prefixes: BTreeSet<_> = listed.iter().map(|(prefix, _)| prefix).collect();
    assert_eq!(prefixes.len(), listed.len());
}

#[test]
fn other_tables_are_no_prefixes() {
    assert_eq!(rows("| task | one piece of work | `job` |\n| `WT` | `TaskId` | task |"), [("WT".to_owned(), "TaskId".to_owned())]);
}
