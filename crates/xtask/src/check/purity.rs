//! Nobody reads the clock, dice or the environment on the side: time and ids arrive as arguments, so that a test can choose them.

use super::{Faults, sources::Sources};

const CLOCKS_AND_DICE: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "thread_rng",
    "rand::rng()",
    "rand::random",
    "OsRng",
    "SysRng",
    "getrandom::",
    "Uuid::now_v7",
    "Uuid::new_v4",
];

/// Where the edge touches the world, and why there. A row that no longer allows anything is a fault.
const MAY_TOUCH: &[(&str, &str)] = &[
    ("crates/db/src/clock.rs", "the one clock the product lives by"),
    ("crates/db/src/writer.rs", "measures how long a commit took; nothing is decided by it"),
    ("crates/engine/src/clock.rs", "hands database time to the corridor, carried on by the monotonic clock between two readings"),
    ("crates/engine/src/crypto.rs", "keys and nonces come from the system's dice; nothing else would be safe"),
    ("crates/engine/src/people.rs", "codes that prove a number come from the system's dice"),
    ("crates/engine/src/run.rs", "pauses between rounds, on the monotonic clock"),
    ("crates/server/src/access/secret.rs", "tokens come from the system's dice; nothing else would be safe"),
    ("crates/server/src/metrics.rs", "measures how long requests took; nothing is decided by it"),
    ("crates/server/src/stream/socket.rs", "silence and beats of an open line, on the monotonic clock"),
    ("crates/server/src/webchat/", "silence, beats and floods of open lines, on the monotonic clock"),
    ("crates/app/src/chance.rs", "seeds and key files come from the system's dice"),
    ("crates/app/src/demo/busy_hour/", "plays customers, who have a clock and whims of their own"),
    ("crates/bench/src/", "measures"),
    ("crates/egress/src/", "deadlines and circuit breakers of requests that are under way, on the monotonic clock"),
    ("crates/emulators/src/", "plays the world outside, which has a clock and accidents of its own"),
    ("crates/transports/src/", "silence, beats and pauses of open lines, on the monotonic clock"),
    ("crates/xtask/src/", "times steps on the developer's screen"),
];

const ENVIRONMENT: &[&str] = &["env::var", "env::vars", "option_env!"];

/// Who reads the environment: the composition root, and the programs that only developers run.
const MAY_READ: &[&str] = &["crates/app/", "crates/testkit/", "crates/bench/", "crates/loadgen/", "crates/xtask/"];

pub fn check(sources: &Sources) -> Faults {
    let mut faults = Faults::new();
    let mut used = vec![false; MAY_TOUCH.len()];
    for source in &sources.files {
        let row = MAY_TOUCH.iter().position(|(path, _)| source.path.starts_with(path));
        let may_read = MAY_READ.iter().any(|path| source.path.starts_with(path));
        for (number, line) in source.shipped() {
            for word in CLOCKS_AND_DICE.iter().filter(|word| line.contains(**word)) {
                match row {
                    Some(row) => used[row] = true,
                    None => faults.push(format!(
                        "{}:{number} uses {word}: take `now` or ids as an argument, or give the file a row with its reason in crates/xtask/src/check/purity.rs",
                        source.path
                    )),
                }
            }
            if !may_read && ENVIRONMENT.iter().any(|word| line.contains(word)) {
                faults.push(format!("{}:{number} reads the environment: only `app` does, and hands the value on", source.path));
            }
        }
    }
    let idle = MAY_TOUCH.iter().zip(used).filter(|(_, used)| !used);
    faults.extend(
        idle.map(|((path, _), _)| format!("crates/xtask/src/check/purity.rs allows {path}, which needs it no longer: take the row out")),
    );
    faults
}

#[cfg(test)]
mod tests {
    use super::{super::sources::Source, *};

    fn found(path: &str, text: &str) -> Vec<String> {
        let sources = Sources { files: vec![Source { path: path.into(), text: text.into() }] };
        check(&sources).into_iter().filter(|fault| !fault.contains("needs it no longer")).collect()
    }

    #[test]
    fn a_hidden_clock_is_found() {
        assert_eq!(found("crates/router/src/a.rs", "let now = Instant::now();").len(), 1);
        assert_eq!(found("crates/egress/src/a.rs", "let now = Instant::now();").len(), 0);
        assert_eq!(found("crates/router/src/a.rs", "// no Instant::now() here").len(), 0);
    }

    #[test]
    fn only_the_root_reads_the_environment() {
        assert_eq!(found("crates/server/src/a.rs", "std::env::var(\"X\")").len(), 1);
        assert_eq!(found("crates/app/src/a.rs", "std::env::var(\"X\")").len(), 0);
    }
}
