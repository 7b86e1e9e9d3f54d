//! Listing messages: newest first, filtered, page by page.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{
    API_VERSION, Carrier, Message,
    answer::{HttpAnswer, Refusal, Request},
};

const PAGE_SIZE: usize = 50;
const PAGE_SIZE_MAX: usize = 1000;

/// What a listing is narrowed to. A page's token names the last message of the page before,
/// so that messages which arrive meanwhile shift nothing.
struct Filter {
    to: Option<String>,
    from: Option<String>,
    /// The first moment that counts, and the first that no longer does.
    since: Option<Timestamp>,
    before: Option<Timestamp>,
}

impl Carrier {
    /// Lists an account's messages.
    ///
    /// # Errors
    /// 20001 for a date, a size or a token that cannot be read.
    pub(super) fn list(&self, request: &Request, account: &str) -> Result<HttpAnswer, Refusal> {
        let filter = Filter::of(request)?;
        let size = match request.query("PageSize") {
            Some(text) => text.parse::<usize>().map_err(|_| unreadable("PageSize"))?.clamp(1, PAGE_SIZE_MAX),
            None => PAGE_SIZE,
        };
        let page = match request.query("Page") {
            Some(text) => text.parse::<usize>().map_err(|_| unreadable("Page"))?,
            None => 0,
        };
        let end = match request.query("PageToken") {
            Some(token) => self.end_of(token)?,
            None => u64::MAX,
        };
        let skipped = if end == u64::MAX { page.saturating_mul(size) } else { 0 };
        let mut found = self
            .messages
            .range(..end)
            .rev()
            .map(|(_, message)| message)
            .filter(|message| message.account_sid == account && filter.keeps(message))
            .skip(skipped);
        let messages: Vec<&Message> = found.by_ref().take(size).collect();
        let last = messages.last().map(|message| message.sid.clone());
        let next = found.next().and(last);
        let uri = |page: usize, token: Option<&str>| page_uri(request, account, size, page, token);
        let start = page.saturating_mul(size);
        Ok(HttpAnswer::json(
            200,
            &json!({
                "first_page_uri": uri(0, None),
                "end": start + messages.len().saturating_sub(1),
                "previous_page_uri": page.checked_sub(1).filter(|_| end == u64::MAX).map(|page| uri(page, None)),
                "messages": messages.iter().map(|message| message.show()).collect::<Vec<Value>>(),
                "uri": uri(page, request.query("PageToken")),
                "page_size": size,
                "start": start,
                "next_page_uri": next.map(|sid| uri(page + 1, Some(&format!("PA{sid}")))),
                "page": page,
            }),
        ))
    }

    fn end_of(&self, token: &str) -> Result<u64, Refusal> {
        token.strip_prefix("PA").and_then(|sid| self.by_sid.get(sid)).copied().ok_or_else(|| unreadable("PageToken"))
    }
}

impl Filter {
    fn of(request: &Request) -> Result<Self, Refusal> {
        let mut filter =
            Self { to: request.query("To").map(str::to_owned), from: request.query("From").map(str::to_owned), since: None, before: None };
        // Clients write `DateSent>=…` into the query, so that the sign ends up in the name.
        for (name, value) in &request.query {
            match name.as_str() {
                "DateSent" => {
                    filter.since = Some(moment(value, false)?);
                    filter.before = Some(moment(value, true)?);
                }
                "DateSent>" => filter.since = Some(moment(value, false)?),
                "DateSent<" => filter.before = Some(moment(value, true)?),
                _ => {}
            }
        }
        Ok(filter)
    }

    fn keeps(&self, message: &Message) -> bool {
        let at = message.sent_at.unwrap_or(message.created_at);
        self.to.as_ref().is_none_or(|to| *to == message.to)
            && self.from.as_ref().is_none_or(|from| Some(from) == message.from.as_ref())
            && self.since.is_none_or(|since| at >= since)
            && self.before.is_none_or(|before| at < before)
    }
}

/// A day, or a moment to the second; with `after`, the first moment that lies behind it.
fn moment(text: &str, after: bool) -> Result<Timestamp, Refusal> {
    if let Ok(at) = text.parse::<Timestamp>() {
        let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
        return Ok(if after { super::later(whole, 1000) } else { whole });
    }
    let day: Date = text.parse().map_err(|_| unreadable("DateSent"))?;
    let start = day.to_zoned(TimeZone::UTC).map_err(|_| unreadable("DateSent"))?.timestamp();
    Ok(if after { super::later(start, 86_400_000) } else { start })
}

fn page_uri(request: &Request, account: &str, size: usize, page: usize, token: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &request.query {
        if !matches!(name.as_str(), "Page" | "PageSize" | "PageToken") {
            query.append_pair(name, value);
        }
    }
    query.append_pair("PageSize", &size.to_string());
    query.append_pair("Page", &page.to_string());
    if let Some(token) = token {
        query.append_pair("PageToken", token);
    }
    format!("/{API_VERSION}/Accounts/{account}/Messages.json?{}", query.finish())
}

fn unreadable(name: &str) -> Refusal {
    Refusal::new(400, 20001, format!("The parameter {name} cannot be read"))
}
