//! Histories cut by crashes: each runs twice, with the same commands at the same times. Once it runs through; once its process dies
//! several times, in the middle of a commit or between two, and another one goes on from the rows. Both ends are the same.
//!
//! `SEAWAY_SEED` replays one.

mod acts;
mod ending;
mod process;
mod run;
mod world;

use std::collections::BTreeSet;

use testkit::databases;

use crate::process::{Cut, Ground};
use crate::run::History;

const HISTORIES: u64 = 50;

/// What must have happened in one history or another, or the histories say little.
const SEEN: &[&str] = &[
    "reservation.accepted",
    "reservation.rejected",
    "reservation.timeout",
    "reservation.canceled",
    "reservation.rescinded",
    "reservation.wrapup",
    "reservation.completed",
    "task.canceled",
    "task.completed",
    "task-queue.moved",
    "task-queue.timeout",
    "workflow.skipped",
    "workflow.timeout",
    "worker.activity.update",
    "worker.capacity.update",
];

#[test]
fn a_history_cut_by_crashes_ends_like_one_that_was_not() {
    databases("restored::a_history_cut_by_crashes_ends_like_one_that_was_not", async |db| {
        db.migrate(store::MIGRATIONS).await.unwrap();
        let mut ground = Ground::new(db);
        let one: Option<u64> = std::env::var("SEAWAY_SEED").ok().and_then(|seed| seed.parse().ok());
        let mut seen = BTreeSet::<&str>::new();
        for seed in one.map_or(0..HISTORIES, |seed| seed..seed + 1) {
            let history = History::draw(seed);
            let through = history.run(&mut ground, false).await.unwrap_or_else(|error| panic!("SEAWAY_SEED={seed}: {error:#}"));
            let cut = history.run(&mut ground, true).await.unwrap_or_else(|error| panic!("SEAWAY_SEED={seed}, cut: {error:#}"));
            if let Some((uncut, cut)) = through.first_difference(&cut) {
                panic!("SEAWAY_SEED={seed}: uncut\n{uncut}\nbut cut by crashes\n{cut}");
            }
            seen.extend(SEEN.iter().filter(|kind| through.tells(kind)));
        }
        if one.is_none() {
            assert_eq!(seen.len(), SEEN.len(), "seen is only {seen:?}");
            let cuts = |cut| ground.cuts.get(&cut).copied().unwrap_or_default();
            assert!(Cut::ALL.iter().all(|cut| cuts(*cut) >= HISTORIES / 2), "{:?}", ground.cuts);
        }
    });
}
