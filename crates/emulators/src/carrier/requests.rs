//! The REST API's door: which resource is asked for, who asks, and whether there is room for one more.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{
    API_VERSION, Carrier,
    answer::{HttpAnswer, Refusal, Request},
    ledger::{Refused, keep},
};

/// The rate limit counts the requests of this window.
const WINDOW: Duration = Duration::from_secs(1);

impl Carrier {
    /// Answers one request to the REST API or to the media's own path.
    pub fn handle_request(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        if self.faults.lose_request > 0 {
            self.faults.lose_request -= 1;
            return HttpAnswer { lost: true, ..HttpAnswer::empty(500) };
        }
        let mut answer = match self.answer(request, now) {
            Ok(answer) => answer,
            Err(refusal) => {
                keep(
                    &mut self.ledger.refused,
                    Refused {
                        at: now,
                        method: request.method.clone(),
                        path: request.path.clone(),
                        status: refusal.status,
                        code: refusal.code,
                    },
                );
                refusal.into()
            }
        };
        if let (429, Some(seconds)) = (answer.status, self.faults.retry_after_s) {
            answer.headers.retain(|(name, _)| name != "retry-after");
            if seconds > 0 {
                answer.headers.push(("retry-after".into(), seconds.to_string()));
            }
        }
        HttpAnswer { after_ms: self.faults.answer_delay_ms, ..answer }
    }

    fn answer(&mut self, request: &Request, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let path = request.path.trim_start_matches('/');
        if let Some(sid) = path.strip_prefix("media/") {
            return self.media_file(request, sid, now);
        }
        let rest = path
            .strip_prefix(API_VERSION)
            .and_then(|rest| rest.strip_prefix("/Accounts/"))
            .ok_or_else(|| Refusal::not_found(&request.path))?;
        let (plain, json) = match rest.strip_suffix(".json") {
            Some(plain) => (plain, true),
            None => (rest, false),
        };
        let parts: Vec<&str> = plain.split('/').collect();
        let account = parts[0];
        self.authenticate(request, account)?;
        if self.faults.server_error > 0 {
            self.faults.server_error -= 1;
            let status = if self.faults.server_error_status == 0 { 500 } else { self.faults.server_error_status };
            return Err(Refusal::new(status, 20500, "Internal Server Error"));
        }
        self.make_room(account, now)?;
        let method = request.method.as_str();
        match (method, &parts[1..]) {
            ("GET", []) if json => Ok(HttpAnswer::json(200, &self.show_account(account))),
            ("POST", ["Messages"]) if json => self.create(request, account, now),
            ("GET", ["Messages"]) if json => self.list(request, account),
            ("GET", ["Messages", sid]) if json => {
                let message = &self.messages[&self.own(request, account, sid)?];
                Ok(HttpAnswer::json(200, &message.show()))
            }
            ("POST", ["Messages", sid]) if json => self.update(request, account, sid, now),
            ("DELETE", ["Messages", sid]) if json => self.delete(request, account, sid),
            ("GET", ["Messages", sid, "Media"]) if json => self.media_list(request, account, sid),
            ("GET", ["Messages", sid, "Media", media]) => self.media_get(request, account, sid, media, json, now),
            ("DELETE", ["Messages", sid, "Media", media]) => self.media_delete(request, account, sid, media),
            ("GET", ["IncomingPhoneNumbers"]) if json => {
                Ok(HttpAnswer::json(200, &self.show_numbers(account, request.query("PhoneNumber"))))
            }
            ("GET" | "POST", ["IncomingPhoneNumbers", sid]) if json => {
                self.number_by_sid(request, account, sid).map(|number| HttpAnswer::json(200, &number))
            }
            (_, ["Messages" | "IncomingPhoneNumbers", ..]) if json => Err(Refusal::new(405, 20004, "Method not allowed")),
            _ => Err(Refusal::not_found(&request.path)),
        }
    }

    /// The number of an account's own message.
    pub(super) fn own(&self, request: &Request, account: &str, sid: &str) -> Result<u64, Refusal> {
        self.by_sid
            .get(sid)
            .filter(|id| self.messages.get(id).is_some_and(|message| message.account_sid == account))
            .copied()
            .ok_or_else(|| Refusal::not_found(&request.path))
    }

    fn make_room(&mut self, account: &str, now: Timestamp) -> Result<(), Refusal> {
        if self.faults.too_many > 0 {
            self.faults.too_many -= 1;
            return Err(Refusal::too_many());
        }
        let Some(limit) = self.faults.rate_limit else {
            return Ok(());
        };
        let recent = self.recent_requests.entry(account.to_owned()).or_default();
        let window = SignedDuration::try_from(WINDOW).unwrap_or(SignedDuration::ZERO);
        while recent.front().is_some_and(|at| now.duration_since(*at) >= window) {
            recent.pop_front();
        }
        if recent.len() >= limit as usize {
            return Err(Refusal::too_many());
        }
        recent.push_back(now);
        Ok(())
    }
}
