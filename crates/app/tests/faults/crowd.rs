//! Customers on every channel at once, each of whom has to be heard and answered.

use std::time::Duration;

use super::accounts::KINDS;
use super::visitor::Visitor;
use super::world::World;

/// Customers of each channel who write again and again; whoever asks for a person, and whoever writes a letter, writes once.
const REGULARS: usize = 8;
/// Between two of them, whatever the channel.
pub const PAUSE: Duration = Duration::from_millis(110);

/// A text as its customer wrote it. No two are equal.
pub struct Written {
    pub kind: &'static str,
    pub person: usize,
    pub text: String,
    /// The provider's id of it.
    pub id: String,
    /// A person was asked for.
    pub asks: bool,
}

pub struct Crowd {
    /// Customers of each channel.
    pub people: usize,
    pub written: Vec<Written>,
    /// By the number of the customer.
    pub visitors: Vec<Visitor>,
    turns: usize,
    /// The next of each channel who writes once.
    fresh: [usize; KINDS.len()],
}

impl Crowd {
    pub fn new(people: usize, port: u16, chat: &str) -> Self {
        let visitors = (0..people.min(3 * REGULARS)).map(|_| Visitor::come(port, chat)).collect();
        Self { people, written: Vec::new(), visitors, turns: 0, fresh: [REGULARS; KINDS.len()] }
    }

    /// The next channel's next customer: now one text, now two in a row, and every fourth asks for a person.
    pub fn write(&mut self, world: &World) {
        let (channel, round) = (self.turns % KINDS.len(), self.turns / KINDS.len());
        self.turns += 1;
        let kind = KINDS[channel];
        let asks = round % 4 == 3;
        let once = asks || kind == "email";
        let person = if once { self.fresh[channel] } else { (round * 5 + channel) % REGULARS };
        let there = if kind == "webchat" { self.visitors.len() } else { self.people };
        if person >= there {
            return;
        }
        self.fresh[channel] += usize::from(once);
        let texts = if once || round % 3 > 0 { 1 } else { 2 };
        for _ in 0..texts {
            let no = self.written.len();
            let text = format!("{kind} {no}{}", if asks { " a person please" } else { "" });
            let id = match kind {
                "webchat" => {
                    self.visitors[person].say(&text);
                    String::new()
                }
                _ => world.say(kind, person, &text),
            };
            self.written.push(Written { kind, person, text, id, asks });
        }
    }

    /// Texts that no provider holds for us, as the visitor could not send them yet.
    pub fn waiting(&self) -> usize {
        self.visitors.iter().map(Visitor::waiting).sum()
    }
}
