//! What customers send comes to an agent once, whole, and in order.

use anyhow::{Result, ensure};
use emulators::carrier::WebhookKind;
use engine::{Published, Signal};
use model::message::AttachmentState;
use model::{Author, Feature};
use serde_json::{Value, json};

use super::leaving::BY_SOCKET;
use crate::door::Said;
use crate::stage::{Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

pub const SOUND: &[u8] = b"ID3\x04\x00\x00\x00\x00\x00\x00 sound";
pub const OTHER_SOUND: &[u8] = b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42isom sound";
pub const FILM: &[u8] = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom film";
pub const BILL: &[u8] = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF";

/// Pixels of any colour: a picture that no other one equals.
pub fn picture_bytes(width: u32) -> Vec<u8> {
    let picture = image::DynamicImage::new_rgb8(width, 20);
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

pub fn media(content_type: &str, name: &str, bytes: &[u8]) -> Value {
    use base64::Engine;
    json!({ "content_type": content_type, "name": name, "data": base64::engine::general_purpose::STANDARD.encode(bytes) })
}

pub fn texts(messages: &[Said]) -> Vec<&str> {
    messages.iter().map(|m| m.text.as_str()).collect()
}

pub fn first_message(stage: &mut Stage) -> Result<Verdict> {
    stage.says("Hello, is the Kestrel in stock?")?;
    stage.pass(2)?;
    let came = stage.customers()?;
    ensure!(texts(&came) == ["Hello, is the Kestrel in stock?"], "{:?}", texts(&came));
    let desk = stage.accepted()?;
    stage.write(&desk, "Yes, three of them")?;
    stage.pass(2)?;
    ensure!(stage.heard() == ["Yes, three of them"], "the customer reads {:?}", stage.heard());
    Ok(Met)
}

fn file_of(stage: &mut Stage, feature: Feature, content_type: &str, name: &str, bytes: &[u8]) -> Result<Verdict> {
    if !stage.can.hears.contains(&feature) {
        return Ok(Lacks("not heard"));
    }
    stage.act(json!({ "act": "say", "text": "", "media": [media(content_type, name, bytes)] }))?;
    stage.pass(3)?;
    let came = stage.customers()?;
    ensure!(came.len() == 1, "{} messages", came.len());
    let files = &came[0].attachments;
    ensure!(files.len() == 1 && files[0].state == AttachmentState::Ready, "{files:?}");
    let stored = files[0].url.as_deref().and_then(|url| stage.opened(url));
    ensure!(stored.is_some_and(|stored| !stored.is_empty()), "the file is not there");
    Ok(Met)
}

pub fn picture(stage: &mut Stage) -> Result<Verdict> {
    file_of(stage, Feature::Image, "image/png", "kettle.png", &picture_bytes(31))
}

pub fn sound(stage: &mut Stage) -> Result<Verdict> {
    file_of(stage, Feature::Audio, "audio/mpeg", "voice.mp3", SOUND)
}

pub fn film(stage: &mut Stage) -> Result<Verdict> {
    file_of(stage, Feature::Video, "video/mp4", "clip.mp4", FILM)
}

pub fn file(stage: &mut Stage) -> Result<Verdict> {
    file_of(stage, Feature::File, "application/pdf", "bill.pdf", BILL)
}

/// Shown at once and kept nowhere.
pub fn typing(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Typing) {
        return Ok(Lacks("not told"));
    }
    if stage.can.streamed {
        return Ok(BY_SOCKET);
    }
    let desk = stage.taken()?;
    let mut line = block_on(stage.house.engine.subscribe(stage.shop.ws))?;
    let (said, told) = (stage.messages()?.len(), stage.ledger().webhooks.len());
    stage.act(json!({ "act": "typing", "on": true }))?;
    stage.pass(2)?;
    stage.act(json!({ "act": "typing", "on": false }))?;
    stage.pass(2)?;
    let told = stage.ledger().webhooks.len() - told;
    let mut shown = Vec::new();
    while let Ok(published) = line.try_recv() {
        if let Published::Signal(Signal::Typing { conversation_id, author, on }) = &*published {
            ensure!(*conversation_id == desk.conversation && matches!(author, Author::Contact { .. }), "{author:?}");
            shown.push(*on);
        }
    }
    // Some tell that it began, and not that it ended.
    ensure!(told > 0 && shown == [true, false][..told.min(2)], "{told} were told, and shown is {shown:?}");
    ensure!(stage.messages()?.len() == said, "typing left a message");
    Ok(Met)
}

pub fn duplicate(stage: &mut Stage) -> Result<Verdict> {
    stage.faults(json!({ "duplicate": 2 }));
    stage.says("only once")?;
    stage.pass(3)?;
    ensure!(stage.ledger().webhooks.iter().filter(|tried| tried.kind == WebhookKind::Inbound).count() >= 3, "it was not told thrice");
    ensure!(texts(&stage.customers()?) == ["only once"]);
    Ok(Met)
}

pub fn fifty_duplicates(stage: &mut Stage) -> Result<Verdict> {
    stage.held = Some(vec![]);
    stage.says("only once, at once")?;
    stage.pass(2)?;
    let held = stage.held.take().unwrap_or_default();
    let Some(callback) = held.iter().find(|callback| callback.kind == WebhookKind::Inbound) else {
        anyhow::bail!("nothing was told");
    };
    block_on(futures::future::join_all((0..50).map(|_| stage.knock(callback))));
    stage.pass(2)?;
    ensure!(texts(&stage.customers()?) == ["only once, at once"]);
    Ok(Met)
}

pub fn out_of_order(stage: &mut Stage) -> Result<Verdict> {
    stage.says("zero")?;
    stage.pass(2)?;
    stage.held = Some(vec![]);
    for text in ["one", "two", "three"] {
        stage.says(text)?;
        stage.pass(2)?;
    }
    let mut held = stage.held.take().unwrap_or_default();
    held.reverse();
    block_on(futures::future::join_all(held.iter().map(|callback| stage.knock(callback))));
    stage.pass(2)?;
    let came = stage.customers()?;
    let mut sorted = texts(&came);
    sorted.sort_unstable();
    ensure!(sorted == ["one", "three", "two", "zero"], "{sorted:?}");
    // Each says when it was written, whatever the order in which it came.
    let by_time = |text: &str| came.iter().find(|m| m.text == text).and_then(|m| m.provider_at);
    ensure!(by_time("one").is_none() || by_time("one") < by_time("two") && by_time("two") < by_time("three"));
    Ok(Met)
}

pub fn late(stage: &mut Stage) -> Result<Verdict> {
    stage.held = Some(vec![]);
    stage.says("written last week")?;
    stage.pass(2)?;
    let held = stage.held.take().unwrap_or_default();
    stage.house.clock.advance_ms(7 * 86_400_000);
    stage.house.keep_time();
    for callback in held {
        block_on(stage.deliver(callback));
    }
    stage.pass(2)?;
    let came = stage.customers()?;
    ensure!(texts(&came) == ["written last week"], "{:?}", texts(&came));
    ensure!(came[0].provider_at.is_none_or(|at| at < crate::wire::at(stage.house.now().plus_secs(-6 * 86_400))), "it says it is of today");
    Ok(Met)
}

pub fn quote(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Quote) {
        return Ok(Lacks("no quotes"));
    }
    let desk = stage.taken()?;
    let ours = stage.write(&desk, "Which one?")?;
    stage.pass(2)?;
    let id = stage.ledger().accepted.last().map(|one| one.id.clone()).unwrap_or_default();
    stage.act(json!({ "act": "say", "text": "the red one", "reply_to": id }))?;
    stage.pass(2)?;
    let came = stage.customers()?;
    let quote = came.last().and_then(|m| m.reply_to.as_ref());
    ensure!(quote.is_some_and(|quote| quote.message_id == ours.id), "{quote:?}");
    Ok(Met)
}

pub fn sticker(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Sticker) {
        return Ok(Lacks("no stickers"));
    }
    stage.act(json!({ "act": "sticker", "sticker": "cup" }))?;
    stage.pass(3)?;
    let came = stage.customers()?;
    ensure!(came.len() == 1 && came[0].attachments.len() == 1, "{came:?}");
    let sticker = &came[0].attachments[0];
    ensure!(sticker.sticker && sticker.state == AttachmentState::Ready, "{sticker:?}");
    Ok(Met)
}

pub fn location(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Location) {
        return Ok(Lacks("no places"));
    }
    stage.act(json!({ "act": "location", "place": { "latitude": 54.5, "longitude": 10.25, "name": "Pier 3", "address": "Kiel" } }))?;
    stage.pass(2)?;
    let came = stage.customers()?;
    let place = came.first().and_then(|m| m.extras.first());
    ensure!(place.is_some_and(|it| it.kind == "location" && it.latitude == Some(54.5) && it.longitude == Some(10.25)), "{place:?}");
    Ok(Met)
}

pub fn contact(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::ContactCard) {
        return Ok(Lacks("no cards"));
    }
    stage.act(json!({ "act": "contact", "contact": { "name": "Tom Becker", "phone": "+12025550142", "email": "tom@mail.example" } }))?;
    stage.pass(2)?;
    let came = stage.customers()?;
    let card = came.first().and_then(|m| m.extras.first());
    ensure!(card.is_some_and(|it| it.kind == "contact_card" && it.name == "Tom Becker" && it.phones.len() == 1), "{card:?}");
    Ok(Met)
}

pub fn right_to_left(stage: &mut Stage) -> Result<Verdict> {
    let (theirs, ours) = ("مرحبا، هل الغلاية متوفرة؟ 👩‍🍳", "نعم، ثلاث قطع (V3) שלום");
    stage.says(theirs)?;
    stage.pass(2)?;
    ensure!(texts(&stage.customers()?) == [theirs]);
    let desk = stage.accepted()?;
    stage.write(&desk, ours)?;
    stage.pass(2)?;
    ensure!(stage.heard() == [ours], "{:?}", stage.heard());
    Ok(Met)
}
