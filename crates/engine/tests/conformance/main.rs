//! The same stories over every connector and its emulator: what a customer does in the provider's app, and what comes of it on their screen.
//!
//! The house runs on a clock of the suite's, so no story waits. A story judges by the emulator: by its ledger of what was really accepted and
//! shown, and by what we show an agent; never by our own rows. "Not applicable" is said with the capability that the channel lacks.
//! The table is printed, and fails with every story that was not met.

mod channel;
mod stage;
mod stories;
mod table;
mod wire;

use table::Table;

#[test]
fn every_story_holds_on_every_channel() {
    let only = std::env::var("SEAWAY_TEST_STORY").ok();
    let mut table = Table::default();
    for channel in channel::ALL {
        for (name, story) in stories::ALL {
            if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
                continue;
            }
            table.add(channel.kind, name, stage::play(channel, *story));
        }
    }
    println!("{table}");
    assert!(table.broken().is_empty(), "{}", table.broken().join("\n"));
}
