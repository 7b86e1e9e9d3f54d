//! A message of the business: taken, its files fetched, on its way to the person's screen.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    Faults, Platforms, Step, Where,
    errand::{Errand, Purpose},
    files::File,
    later,
    ledger::Accepted,
    provider::Event,
    screen::Shown,
};
use crate::carrier::{CallbackAnswer, HttpAnswer, keep};

/// Said of a file that cannot be had: WhatsApp's number for it.
const NOT_FETCHED: u32 = 131_053;

/// A message some of whose files are still elsewhere.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    place: Where,
    draft: Shown,
    body: Value,
    waiting: BTreeSet<String>,
    /// The answer given when all is here, to who waits for it under the ticket.
    answer: Option<(u64, HttpAnswer)>,
}

impl Platforms {
    /// Takes a message whose form is right. `fetch_first`: files are fetched before anything is answered,
    /// and one that cannot be had refuses the message; else it fails later.
    pub(super) fn take(
        &mut self,
        place: &Where,
        draft: Shown,
        body: Value,
        answer: HttpAnswer,
        fetch_first: bool,
        now: Timestamp,
    ) -> HttpAnswer {
        let waiting: BTreeSet<String> = draft.addresses().into_iter().collect();
        if waiting.is_empty() {
            self.accepted(place, draft.clone(), body, now);
            self.travel(place, &draft.id, now);
            return self.after_send(&place.account, answer);
        }
        let ticket = fetch_first.then(|| self.new_ticket());
        let told = match ticket {
            Some(ticket) => HttpAnswer { ticket: Some(ticket), ..HttpAnswer::empty(202) },
            None => {
                self.accepted(place, draft.clone(), body.clone(), now);
                self.after_send(&place.account, answer.clone())
            }
        };
        // The number of a message under way is that of its first errand to be.
        self.tickets_made += 1;
        let pending = self.tickets_made;
        for address in &waiting {
            let errand = Errand {
                account: place.account.clone(),
                url: address.clone(),
                purpose: Purpose::Fetch { pending, address: address.clone() },
                attempt: 1,
                first_left_at: None,
            };
            self.plan(now, Step::Leave(Box::new(errand)));
        }
        let answer = ticket.map(|ticket| (ticket, answer));
        self.pending.insert(pending, Pending { place: place.clone(), draft, body, waiting, answer });
        told
    }

    /// What the faults make of the answer to a message that was taken.
    pub(super) fn after_send(&mut self, account: &str, mut answer: HttpAnswer) -> HttpAnswer {
        let Some(account) = self.accounts.get_mut(account) else { return answer };
        if Faults::strike(&mut account.faults.drop_response) {
            answer.lost = true;
            account.ledger.answers_lost += 1;
        }
        answer.after_ms = account.faults.answer_delay_ms;
        if Faults::strike(&mut account.faults.hang) {
            answer.after_ms = HttpAnswer::NEVER_MS;
            account.ledger.answers_lost += 1;
        }
        answer
    }

    fn accepted(&mut self, place: &Where, mut draft: Shown, body: Value, now: Timestamp) {
        draft.at_ms = now.as_millisecond();
        let record = Accepted {
            id: draft.id.clone(),
            at: now,
            person: place.person.clone(),
            kind: draft.kind.clone(),
            text: draft.text.clone(),
            body,
        };
        if let Some(account) = self.accounts.get_mut(&place.account) {
            keep(&mut account.ledger.accepted, record);
        }
        let id = draft.id.clone();
        self.add(place, draft);
        self.announce(place, Event::Accepted(id), now);
    }

    /// Plans the stages of a message that is complete.
    fn travel(&mut self, place: &Where, id: &str, now: Timestamp) {
        let Some(account) = self.accounts.get(&place.account) else { return };
        let sent_at = later(now, account.delays.sent_ms);
        let arrives_at = later(sent_at, account.delays.delivered_ms);
        self.plan(sent_at, Step::Sent(place.clone(), id.to_owned()));
        self.plan(arrives_at, Step::Arrive(place.clone(), id.to_owned()));
    }

    /// Takes a message that cannot reach the person: it is accepted, and fails for this reason a little later.
    pub(super) fn refuse_later(
        &mut self,
        place: &Where,
        draft: Shown,
        body: Value,
        answer: HttpAnswer,
        code: u32,
        now: Timestamp,
    ) -> HttpAnswer {
        let id = draft.id.clone();
        self.accepted(place, draft, body, now);
        let at = later(now, self.account(&place.account).map_or(0, |account| account.delays.sent_ms));
        self.plan(at, Step::Fail(place.clone(), id, code));
        self.after_send(&place.account, answer)
    }

    /// Plans that something is told to have been sent, and nothing more.
    pub(super) fn plan_sent(&mut self, place: &Where, id: &str, now: Timestamp) {
        let at = later(now, self.account(&place.account).map_or(0, |account| account.delays.sent_ms));
        self.plan(at, Step::Sent(place.clone(), id.to_owned()));
    }

    /// A message that was on its way does not arrive.
    pub(super) fn cancel_arrival(&mut self, place: &Where, id: &str) {
        self.plans.retain(|_, step| !matches!(step, Step::Arrive(to, planned) if to == place && planned == id));
    }

    /// A message comes to the screen, or waits for a device that is off. Who blocked the business gets nothing.
    pub(super) fn arrive(&mut self, place: &Where, id: &str, now: Timestamp) {
        let thread = self.thread(place);
        if thread.blocked {
            return;
        }
        if thread.off {
            return thread.waiting.push(id.to_owned());
        }
        thread.typing_until = None;
        self.touch(place, id, |shown| {
            shown.arrived = true;
            shown.delivered = true;
        });
        self.note_on_screen(place, id, now);
        self.announce(place, Event::Delivered(id.to_owned()), now);
    }

    /// A file is here, or cannot be had.
    pub(super) fn fetched(&mut self, pending: u64, address: &str, answer: &CallbackAnswer, now: Timestamp) {
        let Some(mut held) = self.pending.remove(&pending) else { return };
        held.waiting.remove(address);
        let needed = held.draft.media.iter().any(|media| media.file == address);
        match self.file_from(&held, answer, needed, now) {
            Ok(id) => replace(&mut held.draft, address, &id),
            Err(_) if !needed => replace(&mut held.draft, address, ""),
            Err(why) => return self.not_fetched(held, &why, now),
        }
        if !held.waiting.is_empty() {
            self.pending.insert(pending, held);
            return;
        }
        let id = held.draft.id.clone();
        match held.answer {
            Some((ticket, answer)) => {
                self.accepted(&held.place, held.draft, held.body, now);
                let answer = self.after_send(&held.place.account, answer);
                self.decide(ticket, answer);
            }
            None => self.touch(&held.place, &id, |shown| {
                shown.media = held.draft.media;
                shown.cards = held.draft.cards;
            }),
        }
        self.travel(&held.place, &id, now);
    }

    fn file_from(&mut self, held: &Pending, answer: &CallbackAnswer, needed: bool, now: Timestamp) -> Result<String, String> {
        let CallbackAnswer::Answered { status: 200, content_type, body } = answer else {
            return Err(format!("the file could not be fetched: {answer:?}"));
        };
        let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if let (true, Some(provider)) = (needed, self.provider(&held.place.account))
            && let Some(why) = provider.misfit(&held.draft.kind, &content_type, body.len())
        {
            return Err(why);
        }
        let name = held.draft.media.first().map(|media| media.name.clone()).unwrap_or_default();
        Ok(self.keep_file(File {
            account: held.place.account.clone(),
            content_type,
            name,
            bytes: body.clone(),
            created_at: now,
            guarded: false,
        }))
    }

    fn not_fetched(&mut self, held: Pending, why: &str, now: Timestamp) {
        self.alert(&held.place.account, now, format!("{}: {why}", held.draft.id));
        match (held.answer, self.provider(&held.place.account)) {
            (Some((ticket, _)), Some(provider)) => self.decide(ticket, provider.not_fetched(why)),
            _ => self.plan(now, Step::Fail(held.place, held.draft.id, NOT_FETCHED)),
        }
    }
}

fn replace(draft: &mut Shown, address: &str, file: &str) {
    let media = draft.media.iter_mut().map(|media| &mut media.file);
    let images = draft.cards.iter_mut().map(|card| &mut card.image);
    for place in media.chain(images).filter(|place| *place == address) {
        file.clone_into(place);
    }
}
