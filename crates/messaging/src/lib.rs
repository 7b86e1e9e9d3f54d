//! What happens between people: conversations opened, messages said and heard, receipts, who holds the customer, closing.
//!
//! Invariants: inside a conversation order is `seq`, growing by one; delivery states never move backwards; a conversation has exactly
//! one holder; a closed conversation changes no more, save for receipts of what was said in it.
//! This room knows no flow, no router, no channel and no clock: time and ids arrive as arguments.

mod change;
mod consent;
mod conversation;
mod echo;
mod holder;
mod hop;
pub mod letter;
mod mask;
mod mask_card;
mod mask_key;
mod message;
mod person;
mod revise;
mod window;

pub use change::{chosen, edit, offers, quote, react, unsend};
pub use consent::may_write_to;
pub use conversation::{NewMessage, add, close, open};
pub use echo::repeats;
pub use holder::{Hears, Step, hear, hears_customer};
pub use hop::{go_on, hops, may_go_on, take_in};
pub use mask::{mask, mask_answer, mask_text};
pub use message::{Refused, Writer, hear_arrived, hear_parts, may_vouch, may_write, normalise};
pub use person::{display_name, language, summary_facts};
pub use revise::{arrives, may_revise, offered_by, revise, rewrite, withdraw};
pub use window::{window_closed, window_closes, window_s};
