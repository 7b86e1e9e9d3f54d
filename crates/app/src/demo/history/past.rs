//! The world of the past: carrier and platforms as values, asked and stepped under the past's own clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use async_trait::async_trait;
use emulators::carrier::{Callback, CallbackAnswer, Carrier, CarrierConfig, HandsetMedia, HandsetMessage, HttpAnswer, Request};
use emulators::platform::{self, Act, Before, Platforms, PlatformsConfig};
use engine::clock::ManualClock;
use engine::{Clock, Outgoing, Sent, World};
use model::Timestamp;

pub struct Past {
    carrier: Mutex<Carrier>,
    platforms: Mutex<Platforms>,
    clock: Arc<ManualClock>,
}

/// A webhook that wants to leave; both count theirs from one.
pub struct Due {
    pub callback: Callback,
    by_carrier: bool,
}

impl Past {
    pub fn new(carrier: &CarrierConfig, platforms: &PlatformsConfig, clock: Arc<ManualClock>, seed: u64) -> Self {
        Self { carrier: Mutex::new(Carrier::new(carrier, seed)), platforms: Mutex::new(Platforms::new(platforms, seed)), clock }
    }

    /// Somebody writes to the shop in a platform's app.
    pub fn say(&self, account: &str, person: &str, text: &str) -> Result<()> {
        let act = Act::Say { text: text.to_owned(), media: vec![], reply_to: None, quick_reply: None };
        let now = self.now()?;
        let done = lock(&self.platforms).act(account, person, act, now);
        done.map_err(|refusal| anyhow::anyhow!("the app said {refusal:?}"))?;
        Ok(())
    }

    /// How a platform names somebody to the shop.
    pub fn id_of(&self, account: &str, person: &str) -> Option<String> {
        lock(&self.platforms).id_of(account, person).map(str::to_owned)
    }

    /// What stands on the screens of people's apps.
    pub fn said(&self) -> Vec<Before> {
        lock(&self.platforms).spoken()
    }

    /// A phone's owner writes to the shop.
    pub fn text(&self, from: &str, to: &str, text: &str, pictures: Vec<Vec<u8>>) -> Result<()> {
        let media = pictures.into_iter().map(|png| HandsetMedia { content_type: "image/png".into(), data: base64(&png) }).collect();
        let message = HandsetMessage { to: to.to_owned(), text: text.to_owned(), media };
        let now = self.now()?;
        self.lock().handset_send(from, &message, now).map_err(|refusal| anyhow::anyhow!("the carrier said {refusal:?}"))?;
        Ok(())
    }

    /// The newest text that came to a phone.
    pub fn newest_on(&self, number: &str) -> Option<String> {
        let events = self.lock().handset_events(&[number.to_owned()], 0);
        events.into_iter().rfind(|event| !event.mine).map(|event| event.text)
    }

    /// Webhooks that want to leave now.
    pub fn due(&self) -> Result<Vec<Due>> {
        let now = self.now()?;
        let carried = self.lock().due(now).into_iter().map(|callback| Due { callback, by_carrier: true });
        let told = lock(&self.platforms).due(now).into_iter().map(|callback| Due { callback, by_carrier: false });
        Ok(carried.chain(told).collect())
    }

    pub fn answered(&self, due: &Due, status: u16) -> Result<()> {
        let (now, id, answer) = (self.now()?, due.callback.id, CallbackAnswer::status(status));
        match due.by_carrier {
            true => self.lock().callback_answer(id, answer, now),
            false => lock(&self.platforms).callback_answer(id, answer, now),
        }
        Ok(())
    }

    /// When either has something to do next.
    pub fn next_due(&self) -> Option<Timestamp> {
        let next = [self.lock().next_due(), lock(&self.platforms).next_due()].into_iter().flatten().min();
        next.map(|at| Timestamp::from_micros(at.as_microsecond()))
    }

    fn ask(&self, request: &Outgoing) -> Result<HttpAnswer> {
        let mut url = url::Url::parse(&request.url).context("reading an address")?;
        if url.host_str().is_some_and(|host| !host.starts_with("carrier.")) {
            return self.ask_platform(&url, request);
        }
        let named = |name: &str| request.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone());
        let is_form = named("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let form = if is_form { pairs(&request.body) } else { Vec::new() };
        let mut asked = Request { method: request.method.clone(), authorization: named("authorization"), form, ..Request::default() };
        for _ in 0..=request.follow_redirects {
            asked.path = url.path().replace("%2B", "+");
            asked.query = pairs(url.query().unwrap_or_default().as_bytes());
            let now = self.now()?;
            let answer = self.lock().handle_request(&asked, now);
            let location = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location")).map(|(_, to)| to.clone());
            match location.filter(|_| (300..400).contains(&answer.status)) {
                Some(location) => url = url.join(&location).context("reading a redirect")?,
                None => return Ok(answer),
            }
            asked.authorization = None;
        }
        anyhow::bail!("the carrier redirects without end")
    }

    fn ask_platform(&self, url: &url::Url, request: &Outgoing) -> Result<HttpAnswer> {
        let asked = platform::Request {
            method: request.method.clone(),
            host: url.host_str().unwrap_or_default().to_owned(),
            path: url.path().to_owned(),
            query: pairs(url.query().unwrap_or_default().as_bytes()),
            headers: request.headers.clone(),
            body: request.body.clone(),
        };
        let now = self.now()?;
        Ok(lock(&self.platforms).handle_request(&asked, now))
    }

    fn now(&self) -> Result<jiff::Timestamp> {
        jiff::Timestamp::from_microsecond(self.clock.now().micros()).context("a time out of range")
    }

    fn lock(&self) -> MutexGuard<'_, Carrier> {
        lock(&self.carrier)
    }
}

fn lock<T>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[async_trait]
impl World for Past {
    async fn request(&self, request: Outgoing) -> Sent {
        match self.ask(&request) {
            Ok(answer) => Sent::Answer { status: answer.status, headers: answer.headers, body: answer.body },
            Err(error) => Sent::NotSent { why: format!("{error:#}"), permanent: true },
        }
    }
}

fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
