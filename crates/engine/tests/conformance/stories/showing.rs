//! Cards: shown as the channel shows them or written out, and their buttons understood by tap, by words and by number.

use anyhow::{Context, Result, ensure};
use emulators::platform::By;
use model::card::Tap;
use model::{Card, CardButton, CardImage, Feature, MessageState};
use serde_json::json;

use super::arriving::{picture_bytes, texts};
use super::choosing::think;
use crate::stage::Stage;
use crate::table::Verdict::{self, Lacks, Met};

/// Longer than the narrowest card takes.
const LONG: &str = "A quiet room under the roof, with a desk at the window and a view over the harbour; breakfast is served until eleven on the terrace below, and the ferry leaves from the pier every hour.";

fn button(label: &str, does: Tap) -> CardButton {
    CardButton { label: label.into(), does }
}

pub fn in_full(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    let file = stage.upload(&desk, "room.png", &picture_bytes(61))?;
    let cards = vec![
        Card {
            title: "Harbour room".into(),
            text: "Sea view".into(),
            image: Some(CardImage::AttachmentId(file)),
            buttons: vec![
                button("Book", Tap::Reply("Book the harbour room".into())),
                button("Look", Tap::Url("https://tidewater.example/harbour".into())),
            ],
        },
        Card {
            title: "Attic".into(),
            text: LONG.into(),
            image: None,
            buttons: vec![button("Prices", Tap::Url("https://tidewater.example/prices".into()))],
        },
    ];
    let ours = stage.write_more(&desk, "Our rooms", |message| message.cards = cards)?;
    stage.pass(20)?;
    ensure!(
        !matches!(stage.state(&ours)?, MessageState::Failed | MessageState::Uncertain | MessageState::Queued),
        "{:?} {:?}",
        stage.state(&ours)?,
        stage.again(&ours)?.problem
    );
    let screen = stage.screen();
    let told: Vec<String> = screen
        .iter()
        .map(|one| {
            let cards = one.cards.iter().flat_map(|card| [card.title.clone(), card.subtitle.clone()]);
            let buttons = one.every_choice().flat_map(|choice| [choice.title.clone(), choice.url.clone()]);
            [one.text.clone()].into_iter().chain(cards).chain(buttons).collect::<Vec<_>>().join("\n")
        })
        .collect();
    let told = told.join("\n");
    let mut at = 0;
    for words in ["Our rooms", "Harbour room", "Sea view", "Attic"] {
        let found =
            told.get(at..).and_then(|rest| rest.find(words)).with_context(|| format!("{words} is missing or out of order: {told}"))?;
        at += found;
    }
    for words in ["Book", "https://tidewater.example/harbour", LONG, "https://tidewater.example/prices"] {
        ensure!(told.contains(words), "{words} is missing: {told}");
    }
    let files = screen.iter().map(|one| one.media.len()).sum::<usize>();
    let pictures = screen.iter().flat_map(|one| &one.cards).filter(|card| !card.image.is_empty() && !card.image.contains("://")).count();
    ensure!(files + pictures == 1, "the picture came {files} times as a file and {pictures} times on a card");
    if stage.can.says.contains(&Feature::Card) {
        let tappable = |url: &str| screen.iter().flat_map(emulators::platform::Shown::every_choice).any(|choice| choice.url == url);
        ensure!(tappable("https://tidewater.example/prices"), "a link alone is a button: {screen:?}");
    }
    Ok(Met)
}

/// A place and a person, each as the app draws them, or written out.
pub fn place_and_person(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    let place = json!({ "latitude": 53.5436, "longitude": 9.9678, "name": "Café am Fluss", "address": "Uferweg 3, Hamburg" });
    let person = json!({ "name": "김민지 Kim", "phones": ["+82 10 1234 5678"], "emails": ["minji@tidewater.example"] });
    let ours = stage.write_more(&desk, "Hier treffen wir uns ☕", |message| {
        (message.location, message.contact) = (Some(place), Some(person));
    })?;
    stage.pass(20)?;
    let kept = stage.again(&ours)?;
    ensure!(!matches!(kept.state, MessageState::Failed | MessageState::Uncertain | MessageState::Queued), "{kept:?}");
    ensure!(kept.extras.len() == 2 && kept.text == "Hier treffen wir uns ☕", "{kept:?}");
    let screen: Vec<_> = stage.screen().into_iter().filter(|one| one.by == By::Business).collect();
    let told = screen.iter().map(|one| one.text.replace("\r\n", "\n")).collect::<Vec<_>>().join("\n");
    ensure!(told.contains("Hier treffen wir uns ☕"), "{told}");
    let places: Vec<_> = screen.iter().filter_map(|one| one.place.clone()).collect();
    let people: Vec<_> = screen.iter().filter_map(|one| one.contact.clone()).collect();
    if stage.can.says.contains(&Feature::Location) {
        ensure!(places.len() == 1 && places[0].name == "Café am Fluss" && places[0].address == "Uferweg 3, Hamburg", "{places:?}");
        ensure!((places[0].latitude - 53.5436).abs() < 1e-9 && (places[0].longitude - 9.9678).abs() < 1e-9, "{places:?}");
    } else {
        ensure!(
            places.is_empty()
                && told.contains("Café am Fluss\nUferweg 3, Hamburg\nhttps://www.openstreetmap.org/?mlat=53.5436&mlon=9.9678"),
            "{told}"
        );
    }
    if stage.can.says.contains(&Feature::ContactCard) {
        ensure!(people.len() == 1 && people[0].name == "김민지 Kim" && people[0].phone == "+82 10 1234 5678", "{people:?}");
        ensure!(people[0].email == "minji@tidewater.example", "{people:?}");
    } else {
        ensure!(people.is_empty() && told.contains("김민지 Kim\n+82 10 1234 5678\nminji@tidewater.example"), "{told}");
    }
    Ok(Met)
}

/// A sticker of the provider's by its numbers, or a file that the channel takes as one. Elsewhere it is refused, with what to do instead.
pub fn sticker(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    let before = stage.screen().len();
    let (set, id) = match stage.channel.kind {
        "discord" => ("", "751606379340365835"),
        _ => ("446", "1988"),
    };
    let by_number = json!({ "set": set, "id": id, "name": "wave" });
    let written = stage.write_more(&desk, "", |message| message.sticker = Some(by_number));
    let by_file = match written {
        Ok(ours) => {
            stage.pass(20)?;
            let kept = stage.again(&ours)?;
            ensure!(!matches!(kept.state, MessageState::Failed | MessageState::Uncertain | MessageState::Queued), "{kept:?}");
            ensure!(kept.extras.len() == 1 && kept.extras[0].kind == "sticker" && kept.extras[0].name == "wave", "{kept:?}");
            let said: Vec<_> = stage.screen().into_iter().skip(before).collect();
            // Whoever draws stickers by name shows no file; without one such a message would have been refused as empty.
            ensure!(said.len() == 1 && said[0].by == By::Business && (said[0].kind == "sticker" || said[0].text.is_empty()), "{said:?}");
            let odd = json!({ "set": set, "id": "no number" });
            let refused = stage.write_more(&desk, "", |message| message.sticker = Some(odd)).err().map(|error| error.to_string());
            ensure!(refused.as_ref().is_some_and(|why| why.contains("unknown_sticker")), "{refused:?}");
            return Ok(Met);
        }
        Err(error) => {
            let why = error.to_string();
            ensure!(why.contains("no_stickers") || why.contains("by_file"), "{why}");
            why.contains("by_file")
        }
    };
    ensure!(stage.screen().len() == before, "something was said after all: {:?}", stage.screen());
    ensure!(by_file == stage.can.says.contains(&Feature::Sticker), "it says that it can and refuses");
    if !by_file {
        return Ok(Lacks("no stickers"));
    }
    let file = stage.upload(&desk, "cup.webp", include_bytes!("../../../../emulators/pages/phone/stickers/cup.webp"))?;
    let ours = stage.write_more(&desk, "", |message| message.attachment_ids = vec![file])?;
    stage.pass(20)?;
    let kept = stage.again(&ours)?;
    ensure!(kept.attachments.len() == 1 && kept.attachments[0].sticker, "{kept:?}");
    let said: Vec<_> = stage.screen().into_iter().skip(before).collect();
    ensure!(said.len() == 1 && said[0].kind == "sticker" && said[0].text.is_empty(), "{said:?}; {:?}", kept.problem);
    Ok(Met)
}

/// What one provider alone has, as its documentation shows it: that is what the customer gets, and the text is the team's.
pub fn own_form(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    let before = stage.screen().len();
    let when = "14 Uhr bei Ben";
    let link = json!({ "type": "web_url", "url": "https://tidewater.example/14", "title": "Buchen" });
    let answer = |words: &str| json!({ "type": "message", "label": words, "text": words });
    let form = match stage.channel.kind {
        "whatsapp" => json!({ "type": "interactive", "interactive": { "type": "list", "body": { "text": "Wann?" }, "action": {
            "button": "Zeiten", "sections": [{ "rows": [{ "id": "14", "title": when, "description": "im Hafenzimmer" }] }] } } }),
        "messenger" | "instagram" => json!({ "attachment": { "type": "template", "payload": {
            "template_type": "button", "text": when, "buttons": [link] } } }),
        "line" => json!({ "type": "template", "altText": when, "template": {
            "type": "confirm", "text": when, "actions": [answer("Ja"), answer("Nein")] } }),
        "gbm" => json!({ "richCard": { "standaloneCard": { "cardContent": { "title": when } } }, "fallback": when }),
        _ => json!({ "embeds": [{ "title": when, "description": "im Hafenzimmer" }] }),
    };
    let words = "A list of times";
    let written = stage.write_more(&desk, words, |message| message.native = Some(form.clone()));
    if !stage.can.says.contains(&Feature::Native) {
        let why = written.err().map(|error| error.to_string()).unwrap_or_default();
        ensure!(why.contains("no_native") && stage.screen().len() == before, "{why}: {:?}", stage.screen());
        return Ok(Lacks("no messages in a form of its own"));
    }
    let written = written?;
    stage.pass(20)?;
    let kept = stage.again(&written)?;
    ensure!(!matches!(kept.state, MessageState::Failed | MessageState::Uncertain | MessageState::Queued), "{kept:?}");
    ensure!(kept.text == words && kept.extras.len() == 1 && kept.extras[0].kind == "native", "{kept:?}");
    let said: Vec<_> = stage.screen().into_iter().skip(before).collect();
    let seen = format!("{said:?}");
    ensure!(said.len() == 1 && said[0].by == By::Business && seen.contains(when) && !seen.contains(words), "{seen}");
    let ours = match stage.channel.kind {
        "whatsapp" => "to",
        "line" => "replyToken",
        "gbm" => "messageId",
        "discord" => "nonce",
        _ => "metadata",
    };
    let mut addressed = form;
    addressed[ours] = json!("x");
    let refused = stage.write_more(&desk, words, |message| message.native = Some(addressed)).err().map(|error| error.to_string());
    ensure!(refused.as_ref().is_some_and(|why| why.contains("ours")), "{refused:?}");
    Ok(Met)
}

/// The flow shows its rooms.
fn shown(stage: &mut Stage) -> Result<()> {
    stage.says("rooms please")?;
    stage.pass(6)?;
    ensure!(stage.screen().len() > 1, "nothing was shown");
    think(stage)
}

fn answered(stage: &mut Stage) -> Result<Verdict> {
    stage.pass(6)?;
    ensure!(
        stage.heard().last().map(String::as_str) == Some("You chose Book room 2"),
        "{:?}, and the agent reads {:?}",
        stage.heard(),
        texts(&stage.messages()?)
    );
    Ok(Met)
}

pub fn by_tap(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Card) {
        return Ok(Lacks("no cards"));
    }
    shown(stage)?;
    let screen = stage.screen();
    let buttons = screen.iter().flat_map(|one| one.every_choice().map(|choice| (one.id.clone(), choice)));
    let (message, choice) = buttons.filter(|(_, choice)| choice.title == "Book").nth(1).context("there are not two buttons to book")?;
    let choice = choice.id.clone();
    stage.act(json!({ "act": "tap", "message": message, "button": choice }))?;
    answered(stage)
}

pub fn by_words(stage: &mut Stage) -> Result<Verdict> {
    shown(stage)?;
    stage.says("book room 2")?;
    answered(stage)
}

pub fn by_number(stage: &mut Stage) -> Result<Verdict> {
    shown(stage)?;
    stage.says("2.")?;
    answered(stage)
}
