//! What the product says to the platform: messages, signs, and a check whether anybody is there.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::{
    Faults, Kind, Platforms, Where, later, meta,
    request::Request,
    screen::{By, Card, Choice, Contact, Media, Place, Reaction, Shown, Style},
};
use super::{SIGNATURE, genuine, room};
use crate::carrier::{HttpAnswer, keep};
use crate::platform::Refused;

const TEXT_CHARS: usize = 2_000;
const FILES: usize = 4;
const CARDS: usize = 10;
const CHOICES: usize = 5;
const TITLE_CHARS: usize = 40;
/// Ids of messages are known for a day, and only so many of them.
const KNOWN: usize = 20_000;
/// People can be written to for a day after they wrote.
const WINDOW_MS: i64 = 86_400_000;
const TYPING_MS: u64 = 10_000;

pub(super) fn error(status: u16, code: &str, message: &str) -> HttpAnswer {
    HttpAnswer::json(status, &json!({ "error": { "code": code, "message": message } }))
}

/// One request to the address that the product was given: `/send/` and the account's id.
pub(in crate::platform) fn answer(world: &mut Platforms, request: &Request, now: Timestamp) -> HttpAnswer {
    let account = request.path.trim_start_matches('/').strip_prefix("send/").unwrap_or_default().to_owned();
    let known = world.account(&account).is_some_and(|held| held.config.kind == Kind::Custom);
    if !known || request.method != "POST" {
        return error(404, "not_found", "There is nothing at this address");
    }
    let answer = told(world, &account, request, now);
    if answer.status >= 400
        && !answer.lost
        && let Some(held) = world.accounts.get_mut(&account)
    {
        let (method, path) = (request.method.clone(), request.path.clone());
        keep(&mut held.ledger.refused, Refused { at: now, method, path, status: answer.status, code: 0, subcode: None });
    }
    answer
}

fn told(world: &mut Platforms, account: &str, request: &Request, now: Timestamp) -> HttpAnswer {
    let Some(held) = world.accounts.get_mut(account) else { return HttpAnswer::empty(500) };
    if Faults::strike(&mut held.faults.lose_request) {
        return HttpAnswer { lost: true, ..HttpAnswer::empty(500) };
    }
    let signed = genuine(&held.config.app_secret, request.header(SIGNATURE).unwrap_or_default(), &request.body, now);
    if !signed || held.faults.expired_token {
        return error(401, "unsigned", "The signature does not fit");
    }
    if Faults::strike(&mut held.faults.server_error) {
        let status = if held.faults.server_error_status == 0 { 500 } else { held.faults.server_error_status };
        return error(status, "trouble", "We are in trouble");
    }
    let second = jiff::SignedDuration::from_secs(1);
    held.recent.retain(|at| now.duration_since(*at) < second);
    let full = held.limits.per_second.is_some_and(|most| held.recent.len() >= most as usize);
    if full || Faults::strike(&mut held.faults.too_many) {
        let mut answer = error(429, "too_many", "Slow down");
        answer.headers.extend(held.faults.retry_after_s.map(|seconds| ("retry-after".to_owned(), seconds.to_string())));
        return answer;
    }
    held.recent.push_back(now);
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return error(400, "bad_request", "This is no JSON") };
    let word = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    if word("type") == "check" {
        return HttpAnswer::json(200, &json!({ "tells": held.config.webhook_url }));
    }
    let Some(person) = held.ids.get(&word("to")).filter(|key| room(key) == word("conversation")).cloned() else {
        return error(404, "unknown_recipient", "There is no such person here");
    };
    let place = Where::new(account, &person);
    match word("type").as_str() {
        "message" => message(world, &place, body, now),
        "typing" => {
            let until = (body["on"] != false).then(|| later(now, TYPING_MS));
            world.touch_thread(&place, |thread| thread.typing_until = until);
            world.signal(&place, "typing", "", now);
            HttpAnswer::json(200, &json!({}))
        }
        "read" => {
            meta::see(world, &place, Some(&word("message")));
            world.signal(&place, "read", &word("message"), now);
            HttpAnswer::json(200, &json!({}))
        }
        "reaction" if world.shown(&place, &word("message")).is_some() => {
            let emoji = body["emoji"].as_str().filter(|_| body["added"] != false).map(str::to_owned);
            world.touch(&place, &word("message"), |shown| {
                shown.reactions.retain(|reaction| reaction.by == By::Person);
                shown.reactions.extend(emoji.map(|emoji| Reaction { by: By::Business, emoji }));
            });
            world.signal(&place, "react", &word("message"), now);
            HttpAnswer::json(200, &json!({}))
        }
        kind @ ("edit" | "unsend") => revised(world, &place, kind == "edit", &body),
        "reaction" => error(404, "not_found", "There is no such message"),
        kind => error(400, "bad_request", &format!("{kind:?} is no type that we know")),
    }
}

/// A message of the business gets other words, or goes; it may be named by our id or by that which it came with.
fn revised(world: &mut Platforms, place: &Where, edits: bool, body: &Value) -> HttpAnswer {
    let named = body["message"].as_str().unwrap_or_default();
    let taken = world.accounts.get(&place.account).and_then(|held| held.profile["taken"][named].as_str().map(str::to_owned));
    let id = taken.unwrap_or_else(|| named.to_owned());
    if world.shown(place, &id).is_none_or(|shown| shown.by != By::Business || shown.unsent) {
        return error(404, "not_found", "There is no such message");
    }
    let text = body["text"].as_str().unwrap_or_default().to_owned();
    if text.chars().count() > TEXT_CHARS {
        return error(400, "too_big", &format!("A text has at most {TEXT_CHARS} characters"));
    }
    world.touch(place, &id, |shown| match edits {
        true if shown.text == text => {}
        true => {
            shown.text = text;
            shown.edits += 1;
        }
        false => {
            shown.unsent = true;
            shown.text.clear();
            shown.media.clear();
            shown.cards.clear();
            shown.choices.clear();
            shown.reactions.clear();
        }
    });
    HttpAnswer::json(200, &json!({}))
}

fn message(world: &mut Platforms, place: &Where, body: Value, now: Timestamp) -> HttpAnswer {
    let ours = body["id"].as_str().unwrap_or_default().to_owned();
    let Some(held) = world.accounts.get_mut(&place.account) else { return HttpAnswer::empty(500) };
    if let Some(taken) = held.profile["taken"][ours.as_str()].as_str().filter(|_| !ours.is_empty()) {
        return HttpAnswer::json(409, &json!({ "id": taken }));
    }
    let fails = held.faults.fail_code;
    let draft = match draft(&body) {
        Ok(draft) => draft,
        Err((code, why)) => return error(400, code, &why),
    };
    let thread = world.thread(place);
    if thread.blocked {
        return error(403, "opted_out", "This person has blocked you");
    }
    if thread.muted {
        return error(403, "opted_out", "This person wants no more messages");
    }
    if thread.last_in.is_none_or(|at| now.as_millisecond() - at.as_millisecond() > WINDOW_MS) {
        return error(403, "window_closed", "This person has not written for a day");
    }
    let id = super::super::provider::of(Kind::Custom).message_id(&mut world.chance);
    if let Some(held) = world.accounts.get_mut(&place.account).filter(|_| !ours.is_empty()) {
        let taken = &mut held.profile["taken"];
        if !taken.is_object() {
            *taken = json!({});
        }
        if let Some(taken) = taken.as_object_mut() {
            if taken.len() >= KNOWN
                && let Some(oldest) = taken.keys().next().cloned()
            {
                taken.shift_remove(&oldest);
            }
            taken.insert(ours.clone(), json!(id));
        }
    }
    let answer = HttpAnswer::json(200, &json!({ "id": id }));
    let draft = Shown { id, note: json!({ "ours": ours }), ..draft };
    match fails {
        Some(code) => world.refuse_later(place, draft, body, answer, code, now),
        None => world.take(place, draft, body, answer, false, now),
    }
}

/// A message as the app will show it, or what is wrong with it.
fn draft(body: &Value) -> Result<Shown, (&'static str, String)> {
    let list = |key: &str| body[key].as_array().cloned().unwrap_or_default();
    let text = body["text"].as_str().unwrap_or_default();
    let (files, choices) = (list("attachments"), list("choices"));
    if text.chars().count() > TEXT_CHARS {
        return Err(("too_big", format!("A text has at most {TEXT_CHARS} characters")));
    }
    if files.len() > FILES {
        return Err(("too_big", format!("A message has at most {FILES} files")));
    }
    let cards = list("cards").iter().enumerate().map(|(no, one)| card(no, one)).collect::<Result<Vec<Card>, _>>()?;
    if cards.len() > CARDS {
        return Err(("too_big", format!("A message has at most {CARDS} cards")));
    }
    let (place, contact) = (place(&body["location"])?, contact(&body["contact"])?);
    if text.is_empty() && files.is_empty() && cards.is_empty() && place.is_none() && contact.is_none() {
        return Err(("content_refused", "There is nothing in it".into()));
    }
    let titles: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
    if titles.len() > CHOICES || titles.iter().any(|title| title.chars().count() > TITLE_CHARS) {
        return Err(("content_refused", format!("At most {CHOICES} buttons of {TITLE_CHARS} characters")));
    }
    let word = |json: &Value, key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let media = files.iter().map(|file| Media {
        file: word(file, "url"),
        content_type: word(file, "media_type"),
        name: word(file, "name"),
        ..Media::default()
    });
    let media: Vec<Media> = media.collect();
    let kind = media.first().map_or("text", |file| match file.content_type.split('/').next() {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    });
    let button = |(no, title): (usize, &&str)| Choice {
        id: no.to_string(),
        style: Style::Button,
        title: (*title).into(),
        payload: (*title).into(),
        ..Choice::default()
    };
    Ok(Shown {
        kind: kind.into(),
        text: text.to_owned(),
        media,
        place,
        contact,
        cards,
        choices: titles.iter().enumerate().map(button).collect(),
        // Who of the business speaks; a machine speaks as the business itself.
        header: if body["speaker"]["person"] == true { word(&body["speaker"], "name") } else { String::new() },
        reply_to: body["reply_to"].as_str().map(str::to_owned),
        ..Shown::default()
    })
}

/// A place as the app will show it.
fn place(said: &Value) -> Result<Option<Place>, (&'static str, String)> {
    if said.is_null() {
        return Ok(None);
    }
    let word = |key: &str| said[key].as_str().unwrap_or_default().to_owned();
    match (said["latitude"].as_f64(), said["longitude"].as_f64()) {
        (Some(latitude), Some(longitude)) => Ok(Some(Place { latitude, longitude, name: word("name"), address: word("address") })),
        _ => Err(("content_refused", "location: latitude and longitude are wanted".into())),
    }
}

/// A person as the app will show them: with the first way to reach them of each kind.
fn contact(said: &Value) -> Result<Option<Contact>, (&'static str, String)> {
    if said.is_null() {
        return Ok(None);
    }
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match said["name"].as_str().filter(|name| !name.is_empty()) {
        Some(name) => Ok(Some(Contact { name: name.to_owned(), phone: word(&said["phones"][0]), email: word(&said["emails"][0]) })),
        None => Err(("content_refused", "contact: a name is wanted".into())),
    }
}

/// A card as the app will show it.
fn card(no: usize, card: &Value) -> Result<Card, (&'static str, String)> {
    let word = |json: &Value, key: &str| json[key].as_str().unwrap_or_default().to_owned();
    let refused = |why: &str| Err(("content_refused", format!("cards[{no}]: {why}")));
    let (title, subtitle) = (word(card, "title"), word(card, "text"));
    if title.is_empty() || title.chars().count() > 80 || subtitle.chars().count() > 2000 {
        return refused("a title of 1 to 80 characters and a text of at most 2,000 are wanted");
    }
    let buttons = card["buttons"].as_array().map(Vec::as_slice).unwrap_or_default();
    if buttons.len() > 3 || buttons.iter().any(|one| word(one, "reply").is_empty() == word(one, "url").is_empty()) {
        return refused("at most three buttons, each with a reply or a url");
    }
    let button = |(at, one): (usize, &Value)| {
        let (url, payload) = (word(one, "url"), word(one, "reply"));
        let style = if url.is_empty() { Style::Button } else { Style::Link };
        Choice { id: format!("c{no}-{at}"), style, title: word(one, "label"), payload, url, ..Choice::default() }
    };
    let choices = buttons.iter().enumerate().map(button).collect();
    Ok(Card { title, subtitle, image: word(&card["image"], "url"), choices })
}
