//! `send-message`, and what `send-and-wait-for-reply` shares with it.

use serde_json::{Value, json};

use crate::effect::Effect;
use crate::visit::{Move, Visit, short};

/// Messages in providers' own forms, by kind of channel.
pub(crate) const NATIVE: &str = "native";

pub(crate) fn enter(visit: &mut Visit<'_>) -> Move {
    match send(visit, false) {
        Ok(()) => Move::Leave("sent"),
        Err(why) => Move::Fail { port: "failed", code: 81011, why },
    }
}

/// Renders and sends the widget's message; an error says why there is none.
pub(crate) fn send(visit: &mut Visit<'_>, await_delivery: bool) -> Result<(), String> {
    let text = visit.text("body").unwrap_or_default();
    let media: Vec<String> = media(visit);
    let cards = super::cards::cards(visit)?;
    if text.trim().is_empty() && media.is_empty() && cards.is_empty() {
        let template = visit.word("message_type").as_deref() == Some("content_template");
        return Err(match template {
            true => "content templates are not supported here; give the message a body".to_owned(),
            false => "the message is empty".to_owned(),
        });
    }
    let choices = if cards.is_empty() { choices(visit) } else { Vec::new() };
    let native = visit.members(NATIVE).unwrap_or_default();
    let attributes = attributes(visit);
    let channel = template::text_of(&visit.execution.context["flow"]["channel"]["address"]);
    let contact = template::text_of(&visit.execution.context["contact"]["channel"]["address"]);
    let from = visit.word("from").filter(|from| *from != channel).unwrap_or_default();
    let to = visit.word("to").unwrap_or(contact);
    let shown = if from.is_empty() { &channel } else { &from };
    // A second run starts afresh: an old answer must not pass for a new one.
    visit.outputs().clear();
    visit.output("outbound", json!({ "Body": text, "From": shown, "To": to, "Status": "queued" }));
    visit.say(Effect::Send { text, media, choices, cards, native, attributes, from, await_delivery });
    Ok(())
}

/// One address, or several in a list.
fn media(visit: &mut Visit<'_>) -> Vec<String> {
    let urls = match visit.state.property("media_url") {
        Some(Value::Array(list)) => list.iter().map(|url| visit.render_value(url)).collect(),
        Some(url) => vec![visit.render_value(url)],
        None => Vec::new(),
    };
    let urls = urls.into_iter().map(|url| url.trim().to_owned());
    urls.filter(|url| !url.is_empty()).take(10).collect()
}

fn choices(visit: &mut Visit<'_>) -> Vec<String> {
    let list = visit.state.property("choices").and_then(Value::as_array);
    let rendered: Vec<String> = list.into_iter().flatten().map(|choice| visit.render_value(choice)).collect();
    rendered.into_iter().filter(|choice| !choice.trim().is_empty()).take(20).collect()
}

fn attributes(visit: &mut Visit<'_>) -> Value {
    let Some(text) = visit.json("attributes").filter(|text| !text.trim().is_empty()) else {
        return Value::Null;
    };
    serde_json::from_str(&text).unwrap_or_else(|_| {
        visit.warn(81027, format!("the message's attributes are no JSON: {}", short(&text)));
        Value::Null
    })
}
