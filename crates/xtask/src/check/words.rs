//! What has no place in a public repository: paths and names of somebody's machine, secrets, and who or what typed the code.

use std::process::Command;

use super::{Faults, sources::Sources};

/// Folders that exist on one machine only. Written in halves, so that this file does not find itself.
const PATHS: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/home", "/"), concat!("/Users", "/"), concat!("C:\\", "Users")];

const WORDS: &[&str] = &[
    concat!("clau", "de"),
    concat!("anthro", "pic"),
    concat!("chat", "gpt"),
    concat!("co-authored", "-by"),
    concat!("ai-", "generated"),
    concat!("generated ", "by ai"),
    concat!("as an ", "ai "),
    concat!("fix", "me"),
    concat!("todo", "!("),
    concat!("// to", "do"),
    concat!("# to", "do"),
];

const SECRETS: &[&str] =
    &[concat!("-----BEGIN ", "PRIVATE KEY"), concat!("-----BEGIN ", "RSA PRIVATE KEY"), concat!("-----BEGIN EC ", "PRIVATE KEY")];

/// Machine names shorter than this are words.
const SHORTEST_HOST: usize = 8;

pub fn check(sources: &Sources) -> Faults {
    let host = host();
    let mut faults = Faults::new();
    for source in sources.files.iter().filter(|source| !source.path.ends_with("package-lock.json") && !source.path.ends_with(".lock")) {
        for (index, line) in source.text.lines().enumerate() {
            let lower = line.to_lowercase();
            let found = PATHS.iter().find(|word| starts_a_path(line, word));
            let found = found.or_else(|| WORDS.iter().find(|word| lower.contains(**word)));
            let found = found.or_else(|| SECRETS.iter().find(|word| line.contains(**word))).copied();
            let found = found.or_else(|| host.as_deref().filter(|host| lower.contains(host)));
            if let Some(word) = found {
                faults.push(format!("{}:{} says {word:?}, which stays out of this repository", source.path, index + 1));
            }
        }
    }
    faults
}

/// Whether the folder stands at the start of a path: `https://example.org/home/` is an address, and no machine's.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| !line[..at].ends_with(|before: char| before.is_alphanumeric() || "._-*}/".contains(before)))
}

/// This machine's name, if it is one that can only mean this machine.
fn host() -> Option<String> {
    let output = Command::new("hostname").output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_lowercase();
    (name.len() >= SHORTEST_HOST && !name.starts_with("localhost")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{super::sources::Source, *};

    fn faults(text: &str) -> usize {
        check(&Sources { files: vec![Source { path: "a.md".into(), text: text.into() }] }).len()
    }

    #[test]
    fn a_machine_path_is_found() {
        assert_eq!(faults(&format!("see {}main", PATHS[0])), 1);
        assert_eq!(faults(&format!("(\"{}x\")", PATHS[2])), 1);
        assert_eq!(faults(&format!("https://shop.example{}x", PATHS[2])), 0);
        assert_eq!(faults("target/work of art"), 0);
    }

    #[test]
    fn a_forgotten_note_is_found() {
        assert_eq!(faults(&format!("{} later", WORDS[9])), 1);
    }
}
