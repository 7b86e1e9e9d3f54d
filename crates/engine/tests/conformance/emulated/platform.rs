//! An account of one of the platforms.

use bytes::Bytes;
use emulators::carrier::{Callback, CallbackAnswer, HttpAnswer};
use emulators::platform::{Act, Faults, Kind, Ledger, Person, PlatformAccount, Platforms, Refusal, Request, Shown};
use jiff::Timestamp;

use super::Emulated;
use crate::channel::MIA;

const GROUP: &str = "group-crew";

pub struct OnPlatforms {
    platforms: Platforms,
    account: &'static str,
    /// Whose hands and eyes these are.
    person: &'static str,
}

impl OnPlatforms {
    pub fn new(platforms: Platforms, account: &'static str) -> Self {
        Self { platforms, account, person: MIA }
    }

    fn config(&self) -> Option<&PlatformAccount> {
        self.platforms.accounts().find(|one| one.id == self.account)
    }
    fn is(&self, kind: Kind) -> bool {
        self.config().is_some_and(|config| config.kind == kind)
    }

    /// Changes the account's token.
    fn token(&mut self, change: &str, now: Timestamp) -> bool {
        let path = format!("/control/accounts/{}/token", self.account);
        let request = Request { method: "PUT".into(), path, body: change.to_owned().into_bytes().into(), ..Request::default() };
        self.platforms.control(&request, now).status == 204
    }
}

impl Emulated for OnPlatforms {
    fn asked(&mut self, request: &Request, now: Timestamp) -> HttpAnswer {
        self.platforms.handle_request(request, now)
    }
    fn answer_of(&mut self, ticket: u64) -> Option<HttpAnswer> {
        self.platforms.answer_of(ticket)
    }
    fn due(&mut self, now: Timestamp) -> Vec<Callback> {
        self.platforms.due(now)
    }
    fn next_due(&self) -> Option<Timestamp> {
        self.platforms.next_due()
    }
    fn answered(&mut self, id: u64, answer: CallbackAnswer, now: Timestamp) {
        self.platforms.callback_answer(id, answer, now);
    }
    fn act(&mut self, act: Act, now: Timestamp) -> Result<String, Refusal> {
        self.platforms.act(self.account, self.person, act, now)
    }
    fn screen(&self) -> Vec<Shown> {
        self.platforms.events(self.account, self.person, 0)
    }
    fn set_faults(&mut self, faults: Faults) {
        self.platforms.set_faults(self.account, faults);
    }
    fn ledger(&self) -> Ledger {
        self.platforms.ledger(self.account).cloned().unwrap_or_default()
    }
    fn file(&self, id: &str) -> Option<Bytes> {
        self.platforms.file_bytes_of(id).map(|(_, bytes)| bytes)
    }
    fn enter_group(&mut self) -> bool {
        if self.is(Kind::Line) {
            self.platforms.put_person(Person {
                key: GROUP.into(),
                name: "Crew".into(),
                lang: "de".into(),
                phone: String::new(),
                hides_phone: false,
            });
            self.person = GROUP;
        }
        self.person == GROUP
    }
    fn edits_in_groups(&self) -> bool {
        self.is(Kind::Line)
    }
    fn mistake(&mut self, what: &str, now: Timestamp) -> bool {
        let Some(mut account) = self.config().cloned() else { return false };
        match what {
            "scope" => return self.token(r#"{"scopes":["pages_show_list"]}"#, now),
            "over" if matches!(account.kind, Kind::Line | Kind::Gbm) => return self.token(r#"{"ends_in_s":0}"#, now),
            // In 12 days. A service account's key and a secret of both sides have no end.
            "ends" if matches!(account.kind, Kind::Gbm | Kind::Custom) => return false,
            "ends" => return self.token(r#"{"ends_in_s":1036800}"#, now),
            "lasts" => return self.token("{}", now),
            "subscription" => account.fields = vec!["something_else".into()],
            "address" => account.webhook_url = "https://elsewhere.example/in".into(),
            // Another service account speaks for the agent.
            "token" if account.extra.contains_key("client_email") => {
                account.extra.insert("client_email".into(), "another@project.example".into());
            }
            _ => return false,
        }
        self.platforms.put_account(account);
        true
    }
}
