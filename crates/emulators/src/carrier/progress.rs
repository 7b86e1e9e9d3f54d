//! The way of a message to a phone, and telling the account about it.

use jiff::Timestamp;

use super::{API_VERSION, Carrier, Status, Step, callback::Errand, config::Acknowledges, errors, ledger::WebhookKind};

impl Carrier {
    /// Plans the stages of a message that is complete.
    pub(super) fn travel(&mut self, id: u64, now: Timestamp) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        if message.status.is_final() {
            return;
        }
        let queued_ms = match message.status {
            Status::Accepted | Status::Scheduled => self.delays.queued_ms,
            _ => 0,
        };
        let sending_at = super::later(now, queued_ms + self.delays.sending_ms);
        let sent_at = super::later(sending_at, self.delays.sent_ms);
        self.plan(sending_at, Step::Become(id, Status::Sending));
        self.plan(sent_at, Step::Become(id, Status::Sent));
    }

    /// Moves a message on; never backwards and never out of a final status.
    pub(super) fn advance(&mut self, id: u64, status: Status, code: Option<u32>, now: Timestamp) {
        let (status, code) = match status {
            Status::Sent => self.fate(id),
            _ => (status, code),
        };
        let service_number = self
            .messages
            .get(&id)
            .and_then(|message| self.services.get(message.service_sid.as_ref()?))
            .and_then(|service| service.numbers.first().cloned());
        let Some(message) = self.messages.get_mut(&id) else {
            return;
        };
        if message.status.is_final() || status <= message.status {
            return;
        }
        message.status = status;
        message.error_code = code;
        message.updated_at = now;
        if message.from.is_none() && status == Status::Queued {
            message.from = service_number;
        }
        if status == Status::Sent {
            message.sent_at = Some(now);
        }
        self.tell_status(id, now);
        if status == Status::Sent {
            self.reach(id, now);
        }
    }

    /// What becomes of a message that is about to be sent.
    fn fate(&mut self, id: u64) -> (Status, Option<u32>) {
        let Some(to) = self.messages.get(&id).map(|message| message.to.clone()) else {
            return (Status::Sent, None);
        };
        let code = match self.handset(&to).fail_code {
            Some(code) => Some(code),
            None => match self.faults.fail_code.filter(|code| *code >= 30_000) {
                Some(code) if self.strikes() => Some(code),
                _ => None,
            },
        };
        match code {
            Some(code) if errors::never_left(code) => (Status::Failed, Some(code)),
            Some(code) => (Status::Undelivered, Some(code)),
            None => (Status::Sent, None),
        }
    }

    /// Puts a sent message onto the phone, or lets it wait for one that is off.
    fn reach(&mut self, id: u64, now: Timestamp) {
        let message = &self.messages[&id];
        let handset = self.handset(&message.to);
        let expires_at = super::later(message.created_at, u64::from(message.validity_s) * 1000);
        if !handset.on {
            self.waiting.entry(handset.number).or_default().push(id);
            return self.plan(expires_at, Step::Expire(id));
        }
        self.show_on_handset(id, now);
        if handset.acknowledges == Acknowledges::Itself {
            let at = super::later(now, self.delays.delivered_ms);
            self.plan(at, Step::Acknowledge(id));
        }
    }

    /// The phone has told the network that the text is there.
    pub(super) fn acknowledged(&mut self, id: u64, now: Timestamp) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        if message.status != Status::Sent || self.faults.no_acknowledgements {
            return;
        }
        self.note_acknowledgement(id, now);
        self.advance(id, Status::Delivered, None, now);
    }

    /// A text that waited too long for a phone is given up.
    pub(super) fn expire(&mut self, id: u64, now: Timestamp) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        let Some(waiting) = self.waiting.get_mut(&message.to) else {
            return;
        };
        let before = waiting.len();
        waiting.retain(|waits| *waits != id);
        if waiting.len() < before {
            self.advance(id, Status::Undelivered, Some(30_003), now);
        }
    }

    /// What waited for a phone reaches it, now that it is on.
    pub(super) fn reach_waiting(&mut self, number: &str, now: Timestamp) {
        for id in self.waiting.remove(number).unwrap_or_default() {
            if self.messages.get(&id).is_some_and(|m| m.status == Status::Sent) {
                self.reach(id, now);
            }
        }
    }

    /// Tells the message's status to its callback address, if it has one.
    pub(super) fn tell_status(&mut self, id: u64, now: Timestamp) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        if message.status_callback.is_empty() {
            return;
        }
        let status = message.status.name();
        let mut form: Vec<(String, String)> = [
            ("SmsSid", message.sid.as_str()),
            ("SmsStatus", status),
            ("MessageStatus", status),
            ("To", &message.to),
            ("MessageSid", &message.sid),
            ("AccountSid", &message.account_sid),
            ("From", message.from.as_deref().unwrap_or_default()),
            ("ApiVersion", API_VERSION),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if let Some(service) = &message.service_sid {
            form.push(("MessagingServiceSid".into(), service.clone()));
        }
        if let Some(code) = message.error_code {
            form.push(("ErrorCode".into(), code.to_string()));
            form.push(("ErrorMessage".into(), errors::text(code).to_owned()));
        }
        if message.status == Status::Delivered {
            let done = now.strftime("%y%m%d%H%M").to_string();
            form.push(("RawDlrDoneDate".into(), done));
        }
        let errand = Errand {
            kind: WebhookKind::Status,
            account_sid: message.account_sid.clone(),
            message_sid: message.sid.clone(),
            status: status.to_owned(),
            method: "POST",
            url: message.status_callback.clone(),
            form,
            fallback_url: String::new(),
            token: String::new(),
            attempt: 1,
            first_left_at: None,
        };
        self.send_out(errand, now);
    }

    /// Plans an errand as often and as late as the faults say.
    pub(super) fn send_out(&mut self, mut errand: Errand, now: Timestamp) {
        errand.token = self.chance.sid("");
        for _ in 0..=self.faults.duplicate {
            let shuffled_ms = match (self.faults.shuffle, errand.kind) {
                (true, WebhookKind::Status) => match self.faults.shuffle_ms {
                    0 => 2000,
                    ms => ms,
                },
                _ => 0,
            };
            let chance_ms = self.chance.up_to(self.faults.jitter_ms.saturating_add(shuffled_ms));
            let at = super::later(now, self.faults.delay_ms.saturating_add(chance_ms));
            self.plan(at, Step::Leave(Box::new(errand.clone())));
        }
    }
}
