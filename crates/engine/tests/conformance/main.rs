//! The same stories over every connector and its emulator: what a customer does in the provider's app, and what comes of it on their screen.
//!
//! The house runs on a clock of the suite's, so no story waits. A story judges by the emulator: by its ledger of what was really accepted and
//! shown, and by what we show an agent; never by our own rows. "Not applicable" is said with the capability that the channel lacks.
//! The table is printed, and fails with every story that was not met.

mod channel;
mod emulated;
mod stage;
mod stories;
mod table;
mod wire;

use table::Table;

#[test]
fn every_story_holds_on_every_channel() {
    let (only, on) = (std::env::var("SEAWAY_TEST_STORY").ok(), std::env::var("SEAWAY_TEST_CHANNEL").ok());
    let mut table = Table::default();
    for channel in channel::ALL.iter().filter(|channel| on.as_ref().is_none_or(|on| on == channel.kind)) {
        for (name, story) in stories::ALL {
            if only.as_ref().is_some_and(|only| !only.split('|').any(|part| name.contains(part))) {
                continue;
            }
            let outcome = match channel.lacks.iter().find(|(story, _)| story == name) {
                Some((_, what)) => Ok(table::Verdict::Lacks(what)),
                None => stage::play(channel, *story),
            };
            table.add(channel.kind, name, outcome);
        }
    }
    println!("{table}");
    assert!(table.broken().is_empty(), "{}", table.broken().join("\n"));
}
