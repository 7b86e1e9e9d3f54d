//! Which test ran on which database: tests append `<engine> <suite>::<name>` to the file that `SEAWAY_TEST_LEDGER` names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

pub const ENGINES: [&str; 2] = ["sqlite", "postgres"];

pub struct Ledger {
    path: PathBuf,
}

impl Ledger {
    /// An empty ledger in this folder.
    pub fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let path = folder.join("test-ledger.txt");
        fs::write(&path, "").with_context(|| format!("emptying {}", path.display()))?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Prints tests × database; an error if a test ran on one database only, or none ran at all.
    pub fn judge(&self) -> Result<()> {
        let text = fs::read_to_string(&self.path).with_context(|| format!("reading {}", self.path.display()))?;
        let (table, faults) = judged(&text);
        println!("\nTests × database\n{table}");
        if !faults.is_empty() {
            bail!("{}", faults.join("\n"));
        }
        Ok(())
    }
}

/// The table and what is wrong with it.
fn judged(text: &str) -> (String, Vec<String>) {
    let mut faults = Vec::new();
    let mut tests: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(' ') {
            Some((engine, name)) if ENGINES.contains(&engine) => {
                tests.entry(name).or_default().insert(engine);
            }
            _ => faults.push(format!("the ledger has a line that names no engine: {line}")),
        }
    }
    let mut suites: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut total = [0; 2];
    for (name, engines) in &tests {
        let suite = suites.entry(name.split("::").next().unwrap_or(name)).or_default();
        for (column, engine) in ENGINES.iter().enumerate() {
            if engines.contains(engine) {
                suite[column] += 1;
                total[column] += 1;
            } else {
                faults.push(format!("{name} did not run on {engine}"));
            }
        }
    }
    if tests.is_empty() {
        faults.push("no test said that it ran on a database".into());
    }
    let width = suites.keys().map(|name| name.len()).max().unwrap_or(0).max("together".len());
    let mut table = format!("  {:<width$}  {:>9}  {:>9}\n", "", ENGINES[0], ENGINES[1]);
    for (name, counts) in suites.into_iter().chain([("together", total)]) {
        table += &format!("  {name:<width$}  {:>9}  {:>9}\n", counts[0], counts[1]);
    }
    (table, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_counts_pass() {
        let (table, faults) = judged("sqlite db::one\npostgres db::one\npostgres db::one\nsqlite story::a\npostgres story::a\n");
        assert!(faults.is_empty(), "{faults:?}");
        let rows: Vec<Vec<&str>> = table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["db", "1", "1"], ["story", "1", "1"], ["together", "2", "2"]]);
    }

    #[test]
    fn a_test_on_one_database_only_is_named() {
        assert_eq!(judged("sqlite db::one\nsqlite db::two\npostgres db::two").1, ["db::one did not run on postgres"]);
    }

    #[test]
    fn nothing_at_all_is_no_pass() {
        assert_eq!(judged("\n").1, ["no test said that it ran on a database"]);
        assert_eq!(judged("mysql x").1.len(), 2);
    }
}
