//! A whole house in a test: an engine on any database, a clock that stands still, a world that answers by hand, and people to speak.
//!
//! Invariants: nothing here touches the network; `settle` runs every actor until nothing is left to do at this instant; only `working_during` sleeps.

mod ask;
mod behind;
mod chance;
mod doom;
mod each;
mod fake;
mod house;
mod people;
mod signed_in;
mod world;

pub use chance::Chance;
/// What judges callbacks that are signed as Twilio signs.
pub use connectors::signature::hmac_sha1_base64;
pub use doom::Doom;
pub use each::{databases, on_each};
pub use fake::{CHANNELS, FAKE_SECRET, Fake, POISON, fake_account, fake_event, fake_news};
pub use house::{House, Parts, block_on, engine_on};
pub use messaging::Writer;
pub use people::{ANA, BEN, ECHO, Shop, visitor};
pub use signed_in::{Person, sign_in};
pub use world::FakeWorld;
