//! Sending: what the API takes, what it refuses, and changing a message afterwards.

use jiff::Timestamp;

use super::{
    Carrier, Status, Step,
    answer::{HttpAnswer, Refusal, Request},
    errors,
    ledger::{Accepted, keep},
    message::{Direction, Message, e164},
    segments,
};

const BODY_LIMIT: usize = 1600;
const MEDIA_LIMIT: usize = 10;
const VALIDITY_S: u32 = 36_000;
/// How far ahead a message may be planned, in seconds.
const SCHEDULE_S: std::ops::RangeInclusive<i64> = 900..=35 * 86_400;

/// Where a message comes from.
struct Sender {
    from: Option<String>,
    service: Option<String>,
    status_callback: String,
}

impl Carrier {
    /// Takes a message to send.
    ///
    /// # Errors
    /// The provider's own number for whatever is wrong with it; then nothing was kept.
    pub(super) fn create(&mut self, request: &Request, account: &str, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let to = recipient(request)?;
        let sender = self.sender(request, account, &to)?;
        let body = request.field("Body").unwrap_or_default().to_owned();
        let media = media_urls(request)?;
        if body.is_empty() && media.is_empty() {
            return Err(refuse(21602));
        }
        if body.chars().count() > BODY_LIMIT {
            return Err(refuse(21617));
        }
        let send_at = schedule(request, now)?;
        let validity_s = validity(request)?;
        self.refuse_by_fault()?;

        let status_callback = match request.field("StatusCallback") {
            Some(url) => url.to_owned(),
            None => sender.status_callback,
        };
        let prefix = if media.is_empty() { "SM" } else { "MM" };
        let status = match (&send_at, &sender.service) {
            (Some(_), _) => Status::Scheduled,
            (None, Some(_)) => Status::Accepted,
            (None, None) => Status::Queued,
        };
        let message = Message {
            sid: self.chance.sid(prefix),
            account_sid: account.to_owned(),
            service_sid: sender.service,
            from: sender.from,
            to,
            num_segments: segments::cost(&body).segments,
            num_media: media.len(),
            body,
            status,
            direction: Direction::OutboundApi,
            media: Vec::new(),
            error_code: None,
            created_at: now,
            updated_at: now,
            sent_at: None,
            status_callback,
            validity_s,
        };
        Ok(self.take(message, media, send_at, now))
    }

    fn take(&mut self, message: Message, media_urls: Vec<String>, send_at: Option<Timestamp>, now: Timestamp) -> HttpAnswer {
        keep(
            &mut self.ledger.accepted,
            Accepted {
                sid: message.sid.clone(),
                at: now,
                account_sid: message.account_sid.clone(),
                from: message.from.clone(),
                to: message.to.clone(),
                body: message.body.clone(),
                media_urls: media_urls.clone(),
            },
        );
        let mut answer = HttpAnswer::json(201, &message.show());
        let status = message.status;
        let sid = message.sid.clone();
        let id = self.add(message);
        self.tell_status(id, now);
        if status != Status::Queued {
            let at = send_at.unwrap_or_else(|| super::later(now, self.delays.queued_ms));
            self.plan(at, Step::Become(id, Status::Queued));
        }
        let travels_at = send_at.unwrap_or(now);
        self.fetch_media(&sid, media_urls, id, travels_at);
        if self.faults.drop_response > 0 {
            self.faults.drop_response -= 1;
            self.ledger.answers_lost += 1;
            answer.lost = true;
        }
        answer
    }

    /// Changes a message: an empty `Body` removes its text, `Status=canceled` takes a planned one back.
    ///
    /// # Errors
    /// 20404, or that it is too early for the one or too late for the other.
    pub(super) fn update(&mut self, request: &Request, account: &str, sid: &str, now: Timestamp) -> Result<HttpAnswer, Refusal> {
        let id = self.own(request, account, sid)?;
        let status = self.messages[&id].status;
        if request.field("Status") == Some("canceled") {
            if status != Status::Scheduled {
                return Err(Refusal::new(400, 30409, "Message is not in a cancelable state"));
            }
            self.advance(id, Status::Canceled, None, now);
        }
        if let Some(body) = request.field("Body") {
            if !body.is_empty() {
                return Err(Refusal::new(400, 21619, "A message's body can only be removed"));
            }
            if !self.messages[&id].status.is_final() {
                return Err(unfinished());
            }
            if let Some(message) = self.messages.get_mut(&id) {
                message.body.clear();
                message.updated_at = now;
            }
        }
        Ok(HttpAnswer::json(200, &self.messages[&id].show()))
    }

    /// Deletes a finished message with its media.
    ///
    /// # Errors
    /// 20404, or 20009 while it is under way.
    pub(super) fn delete(&mut self, request: &Request, account: &str, sid: &str) -> Result<HttpAnswer, Refusal> {
        let id = self.own(request, account, sid)?;
        if !self.messages[&id].status.is_final() {
            return Err(unfinished());
        }
        if let Some(message) = self.messages.remove(&id) {
            self.by_sid.remove(&message.sid);
            for media in &message.media {
                self.drop_media(media);
            }
        }
        Ok(HttpAnswer::empty(204))
    }

    fn sender(&self, request: &Request, account: &str, to: &str) -> Result<Sender, Refusal> {
        if let Some(sid) = request.field("MessagingServiceSid") {
            let service = self.services.get(sid).filter(|service| service.account_sid == account).ok_or_else(|| refuse(21703))?;
            let number = service.numbers.first().ok_or_else(|| refuse(21703))?;
            self.check_consent(number, to)?;
            return Ok(Sender { from: None, service: Some(sid.to_owned()), status_callback: service.status_callback.clone() });
        }
        let from = request.field("From").filter(|from| !from.is_empty()).ok_or_else(|| refuse(21603))?;
        let from = e164(from).map_err(|_| refuse(21212))?;
        match from.as_str() {
            "+15005550001" => return Err(refuse(21212)),
            "+15005550007" => return Err(refuse(21606)),
            "+15005550008" => return Err(refuse(21611)),
            "+15005550006" => {}
            number => {
                let own = self.numbers.get(number).is_some_and(|number| number.account_sid == account);
                if !own {
                    return Err(refuse(21606));
                }
            }
        }
        if from == to {
            return Err(Refusal::new(400, 21266, "'To' and 'From' cannot be the same number"));
        }
        self.check_consent(&from, to)?;
        Ok(Sender { from: Some(from), service: None, status_callback: String::new() })
    }

    fn check_consent(&self, from: &str, to: &str) -> Result<(), Refusal> {
        if self.opted_out.contains(&(from.to_owned(), to.to_owned())) { Err(refuse(21610)) } else { Ok(()) }
    }

    fn refuse_by_fault(&mut self) -> Result<(), Refusal> {
        match self.faults.fail_code.filter(|code| *code < 30_000) {
            Some(code) if self.strikes() => Err(refuse(code)),
            _ => Ok(()),
        }
    }

    /// Whether the configured fault hits this message.
    pub(super) fn strikes(&mut self) -> bool {
        let percent = match self.faults.fail_percent {
            0 => 100,
            percent => percent,
        };
        self.chance.percent(percent)
    }
}

fn recipient(request: &Request) -> Result<String, Refusal> {
    let to = request.field("To").filter(|to| !to.is_empty()).ok_or_else(|| refuse(21604))?;
    let to = e164(to)?;
    match to.as_str() {
        "+15005550001" => Err(refuse(21211)),
        "+15005550002" => Err(refuse(21612)),
        "+15005550003" => Err(refuse(21408)),
        "+15005550004" => Err(refuse(21610)),
        "+15005550009" => Err(refuse(21614)),
        _ => Ok(to),
    }
}

fn media_urls(request: &Request) -> Result<Vec<String>, Refusal> {
    let urls: Vec<String> =
        request.form.iter().filter(|(name, value)| name == "MediaUrl" && !value.is_empty()).map(|(_, value)| value.clone()).collect();
    if urls.len() > MEDIA_LIMIT {
        return Err(refuse(21623));
    }
    let web = |url: &String| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    if urls.iter().all(web) { Ok(urls) } else { Err(refuse(21620)) }
}

fn schedule(request: &Request, now: Timestamp) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = request.field("SendAt") else {
        return Ok(None);
    };
    let at: Timestamp = text.parse().map_err(|_| Refusal::new(400, 35112, "'SendAt' is no ISO 8601 time"))?;
    if request.field("ScheduleType") != Some("fixed") {
        return Err(Refusal::new(400, 35117, "'ScheduleType' must be 'fixed'"));
    }
    if request.field("MessagingServiceSid").is_none() {
        return Err(Refusal::new(400, 35118, "'MessagingServiceSid' is required to schedule a message"));
    }
    if !SCHEDULE_S.contains(&now.duration_until(at).as_secs()) {
        return Err(Refusal::new(400, 35114, "'SendAt' must be at least 900 seconds and at most 35 days ahead"));
    }
    Ok(Some(at))
}

fn validity(request: &Request) -> Result<u32, Refusal> {
    let Some(text) = request.field("ValidityPeriod") else {
        return Ok(VALIDITY_S);
    };
    text.parse()
        .ok()
        .filter(|seconds| (1..=VALIDITY_S).contains(seconds))
        .ok_or_else(|| Refusal::new(400, 21624, "'ValidityPeriod' must be from 1 to 36000 seconds"))
}

fn unfinished() -> Refusal {
    Refusal::new(409, 20009, "The message is still under way and can neither be changed nor deleted")
}

fn refuse(code: u32) -> Refusal {
    Refusal::new(errors::status(code), code, errors::text(code))
}
