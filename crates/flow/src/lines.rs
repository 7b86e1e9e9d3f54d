//! Finds the line of a place in a JSON text, so that an editor can point at a problem.

use std::collections::BTreeMap;

use crate::problem::FlowProblem;

/// Fills in the lines of problems; a place that is missing gets the line of what should hold it.
pub(crate) fn locate(text: &str, problems: &mut [FlowProblem]) {
    if problems.iter().all(|problem| problem.line.is_some() || problem.path.is_empty()) {
        return;
    }
    let mut scanner = Scanner { bytes: text.as_bytes(), text, at: 0, line: 1, lines: BTreeMap::new() };
    scanner.value("");
    for problem in problems.iter_mut().filter(|problem| problem.line.is_none()) {
        let mut path = problem.path.as_str();
        while !path.is_empty() {
            if let Some(line) = scanner.lines.get(path) {
                problem.line = Some(*line);
                break;
            }
            path = path.rfind('/').map_or("", |slash| &path[..slash]);
        }
    }
}

/// Walks a text already known to be JSON.
struct Scanner<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    line: usize,
    lines: BTreeMap<String, usize>,
}

impl Scanner<'_> {
    fn value(&mut self, path: &str) {
        self.blanks();
        self.lines.insert(path.to_owned(), self.line);
        match self.bytes.get(self.at) {
            Some(b'{') => self.members(path, b'}'),
            Some(b'[') => self.members(path, b']'),
            Some(b'"') => {
                self.string();
            }
            _ => {
                while self.bytes.get(self.at).is_some_and(|b| !b",]} \n\r\t".contains(b)) {
                    self.at += 1;
                }
            }
        }
    }

    fn members(&mut self, path: &str, end: u8) {
        self.at += 1;
        let mut index = 0;
        loop {
            self.blanks();
            match self.bytes.get(self.at) {
                None => return,
                Some(b) if *b == end => {
                    self.at += 1;
                    return;
                }
                Some(b',') => self.at += 1,
                Some(_) => {
                    let key = if end == b'}' { self.key() } else { index.to_string() };
                    index += 1;
                    let before = self.at;
                    let inner = if path.is_empty() { key } else { format!("{path}/{key}") };
                    self.value(&inner);
                    if self.at == before {
                        return;
                    }
                }
            }
        }
    }

    fn key(&mut self) -> String {
        let raw = self.string();
        self.blanks();
        if self.bytes.get(self.at) == Some(&b':') {
            self.at += 1;
        }
        serde_json::from_str(&raw).unwrap_or_default()
    }

    fn string(&mut self) -> String {
        let start = self.at;
        self.at += 1;
        while let Some(b) = self.bytes.get(self.at) {
            self.at += match b {
                b'\\' => 2,
                b'"' => {
                    self.at += 1;
                    break;
                }
                _ => 1,
            };
        }
        self.text.get(start..self.at).unwrap_or_default().to_owned()
    }

    fn blanks(&mut self) {
        while let Some(b) = self.bytes.get(self.at).filter(|b| b.is_ascii_whitespace()) {
            self.line += usize::from(*b == b'\n');
            self.at += 1;
        }
    }
}
