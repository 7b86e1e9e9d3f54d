//! What comes from elsewhere: no crate that brings another TLS or database stack, and only licences that let people do as they like.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Faults;

/// Packages that must not be compiled in, with the reason.
const FORBIDDEN: &[(&str, &str)] = &[
    ("openssl-sys", "TLS is rustls with ring, so that no system library decides"),
    ("native-tls", "TLS is rustls with ring, so that no system library decides"),
    ("aws-lc-sys", "it needs cmake and a second copy of all cryptography"),
    ("aws-lc-rs", "it needs cmake and a second copy of all cryptography"),
    ("sqlx", "crate db is the one database layer"),
    ("sqlx-core", "crate db is the one database layer"),
];

const ALLOWED: &[&str] = &[
    "MIT",
    "MIT-0",
    // Of single files: what we would change of them we would have to show, and we change none.
    "MPL-2.0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "Zlib",
    "CC0-1.0",
    "Unlicense",
    "BSL-1.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "CDLA-Permissive-2.0",
    "bzip2-1.0.6",
    "OFL-1.1",
];

/// Licences of programs that only build or test and are not handed on.
const ALLOWED_FOR_TOOLS: &[&str] = &["MPL-2.0", "BlueOak-1.0.0", "Python-2.0", "CC-BY-4.0"];

pub fn check(metadata: &Value, root: &Path) -> Result<Faults> {
    let mut faults = Faults::new();
    let resolved: BTreeSet<&str> =
        metadata["resolve"]["nodes"].as_array().into_iter().flatten().filter_map(|node| node["id"].as_str()).collect();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        if !package["id"].as_str().is_some_and(|id| resolved.contains(id)) {
            continue;
        }
        let name = package["name"].as_str().unwrap_or_default();
        if let Some((_, why)) = FORBIDDEN.iter().find(|(forbidden, _)| *forbidden == name) {
            faults.push(format!("crate {name} is in the graph: {why} (`cargo tree -i {name}` says who brings it)"));
        }
        // A package may carry its licence as a file only; then it names none.
        let licence = package["license"].as_str().unwrap_or("none");
        if !accepts(licence, ALLOWED) {
            faults.push(format!("crate {name}: licence {licence} is not on the list"));
        }
    }
    if resolved.is_empty() {
        faults.push("cargo metadata resolved no crate: nothing was judged".into());
    }
    println!("  {} crates", resolved.len());
    npm(root, &mut faults)?;
    Ok(faults)
}

fn npm(root: &Path, faults: &mut Faults) -> Result<()> {
    let lock = fs::read_to_string(root.join("web/package-lock.json")).context("reading web/package-lock.json")?;
    let lock: Value = serde_json::from_str(&lock).context("reading web/package-lock.json")?;
    let for_tools = [ALLOWED, ALLOWED_FOR_TOOLS].concat();
    for (path, package) in lock["packages"].as_object().into_iter().flatten() {
        if path.is_empty() || package["link"] == true {
            continue;
        }
        let is_tool = package["dev"] == true || package["devOptional"] == true || package["optional"] == true;
        let licence = package["license"].as_str().unwrap_or("none");
        if !accepts(licence, if is_tool { &for_tools } else { ALLOWED }) {
            faults.push(format!("npm package {path}: licence {licence} is not on the list"));
        }
    }
    Ok(())
}

/// Whether an SPDX expression can be met with the allowed licences: `OR` needs one side, `AND` needs both.
fn accepts(expression: &str, allowed: &[&str]) -> bool {
    // Old manifests write "MIT/Apache-2.0".
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, at: 0, allowed };
    reader.either().is_some_and(|accepted| accepted && reader.at == words.len())
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    allowed: &'a [&'a str],
}

impl Reader<'_> {
    fn either(&mut self) -> Option<bool> {
        let mut accepted = self.both()?;
        while self.eat("OR") {
            accepted |= self.both()?;
        }
        Some(accepted)
    }

    fn both(&mut self) -> Option<bool> {
        let mut accepted = self.one()?;
        while self.eat("AND") {
            accepted &= self.one()?;
        }
        Some(accepted)
    }

    fn one(&mut self) -> Option<bool> {
        if self.eat("(") {
            let accepted = self.either()?;
            return self.eat(")").then_some(accepted);
        }
        let mut name = (*self.words.get(self.at)?).to_owned();
        self.at += 1;
        if self.eat("WITH") {
            name = format!("{name} WITH {}", self.words.get(self.at)?);
            self.at += 1;
        }
        Some(self.allowed.contains(&name.as_str()))
    }

    fn eat(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_weighed() {
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "MIT/Apache-2.0",
            "(MIT OR GPL-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR X",
            "A OR B AND C OR MIT",
        ] {
            assert!(accepts(good, ALLOWED), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "none", "", "(MIT", "MIT )", "GPL-2.0 WITH Classpath-exception-2.0"] {
            assert!(!accepts(bad, ALLOWED), "{bad}");
        }
    }
}
