//! The whole house under a seeded scheduler: two engines on one database, and a queue of choices drawn from a seed: which actor runs next,
//! how far the clock jumps, which answer is late or lost, which webhook comes twice, where an engine dies. Afterwards the faults end,
//! all work must finish, and the rows, the handsets and the people are asked whether anything was lost or doubled.
//!
//! `SEAWAY_TEST_SEEDS` says how many seeds (200 by itself); `SEAWAY_SEED` replays one.

mod ending;
mod judge;
mod network;
mod nodes;
mod people;
mod run;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn nothing_is_lost_doubled_or_left_undone_whatever_happens() {
    if let Some(seed) = number("SEAWAY_SEED") {
        run::run(seed, true).unwrap_or_else(|broken| panic!("seed {seed}: {broken:#}"));
        return;
    }
    let seeds = number("SEAWAY_TEST_SEEDS").unwrap_or(200);
    let (next, broken) = (AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get()).min(8);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds {
                        return;
                    }
                    let outcome = std::panic::catch_unwind(|| run::run(seed, false));
                    let what = match outcome {
                        Ok(Ok(())) => continue,
                        Ok(Err(error)) => format!("{error:#}"),
                        Err(_) => "it panicked".to_owned(),
                    };
                    broken.lock().unwrap().push(format!("SEAWAY_SEED={seed}: {what}"));
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{} of {seeds} seeds broke a promise:\n{}", broken.len(), broken.join("\n"));
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
