//! The repository's text files, read once for every gate.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::super::tree::tracked;

/// Bigger files are data, not something a person wrote.
const BIGGEST_BYTES: u64 = 2_000_000;

pub struct Sources {
    pub files: Vec<Source>,
}

pub struct Source {
    /// Relative to the repository, with `/`.
    pub path: String,
    pub text: String,
}

impl Sources {
    pub fn read(root: &Path) -> Result<Self> {
        let text = |path: PathBuf| {
            let full = root.join(&path);
            let small = fs::metadata(&full).is_ok_and(|about| about.len() <= BIGGEST_BYTES);
            let text = small.then(|| fs::read_to_string(&full).ok())??;
            Some(Source { path: path.to_string_lossy().into_owned(), text })
        };
        Ok(Self { files: tracked()?.into_iter().filter_map(text).collect() })
    }

    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path).map(|file| file.text.as_str())
    }
}

impl Source {
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// What of the file is tests: all of it, or what stands below `#[cfg(test)]` and its like.
    pub fn tests(&self) -> &str {
        let named = self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.contains(".test.");
        if named || self.path.ends_with("_tests.rs") || self.path.ends_with("/tests.rs") {
            return &self.text;
        }
        self.text.find("#[cfg(test)]").map_or("", |at| &self.text[at..])
    }

    /// The numbered lines of shipped Rust code: without comments, and without the test module, which stands last.
    pub fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let code = self.is_rust() && !self.path.contains("/tests/") && !self.path.ends_with("/tests.rs");
        let lines = self.text.lines().take_while(|line| !line.trim_start().starts_with("#[cfg(test)]"));
        let numbered = lines.enumerate().map(|(index, line)| (index + 1, line));
        numbered.filter(move |(_, line)| code && !line.trim_start().starts_with("//"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_tests_are_not_shipped() {
        let text = "// now()\nlet a = 1;\n    /// b\nlet c = 2;\n#[cfg(test)]\nmod tests { now() }\n".to_owned();
        let source = Source { path: "crates/x/src/lib.rs".into(), text };
        assert_eq!(source.shipped().collect::<Vec<_>>(), [(2, "let a = 1;"), (4, "let c = 2;")]);
        let source = Source { path: "crates/x/tests/all.rs".into(), text: "now()".into() };
        assert_eq!(source.shipped().count(), 0);
    }
}
