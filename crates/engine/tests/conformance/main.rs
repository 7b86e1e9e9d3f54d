//! The same stories over every connector and its emulator: what a customer does in the provider's app, and what comes of it on their screen.
//!
//! The house runs on a clock of the suite's, so no story waits. It is met at its doors: webhooks, files and visitors by HTTP, agents by the API.
//! A story judges by the emulator, by its ledger of what was really accepted and shown, and by what the API shows an agent; never by our rows. "Not applicable" is said with the capability that the channel lacks.
//! The table is printed, and fails with every story that was not met.

mod channel;
mod door;
mod emulated;
mod stage;
mod stories;
mod table;
mod wire;

use std::sync::Mutex;

use table::Table;

/// Channels that are played at the same time.
const AT_ONCE: usize = 2;

#[test]
fn every_story_holds_on_every_channel() {
    let on = std::env::var("SEAWAY_TEST_CHANNEL").ok();
    let channels = channel::ALL.iter().filter(|channel| on.as_ref().is_none_or(|on| on == channel.kind));
    let (left, tables) = (Mutex::new(channels), Mutex::new(Table::new(channel::ALL.iter().map(|channel| channel.kind))));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(channel) = { left.lock().unwrap().next() } {
                    play(channel, &tables);
                }
            });
        }
    });
    let table = tables.into_inner().unwrap();
    println!("{table}");
    assert!(table.broken().is_empty(), "{}", table.broken().join("\n"));
}

fn play(channel: &'static channel::Channel, table: &Mutex<Table>) {
    let only = std::env::var("SEAWAY_TEST_STORY").ok();
    for (name, story) in stories::ALL {
        if only.as_ref().is_some_and(|only| !only.split('|').any(|part| name.contains(part))) {
            continue;
        }
        let outcome = stage::play(channel, *story);
        table.lock().unwrap().add(channel.kind, name, outcome);
    }
}
