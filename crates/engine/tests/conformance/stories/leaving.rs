//! What we say comes to the customer once, whole, and in order.

use anyhow::{Context, Result, ensure};
use model::{Feature, MessageState};

use super::arriving::{BILL, FILM, OTHER_SOUND, SOUND, picture_bytes};
use crate::stage::{Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

fn is_taken(stage: &Stage, media_type: &str) -> bool {
    let fits = |taken: &String| media_type == taken || taken.ends_with('/') && media_type.starts_with(taken.as_str());
    stage.can.attachment_types.iter().any(fits)
}

/// An agent sends a file, and the customer has its bytes: as a file, or behind the link that takes its place where the channel takes no such
/// file. Pictures may be drawn anew on the way.
fn file_of(stage: &mut Stage, text: &str, media_type: &str, name: &str, bytes: &[u8]) -> Result<Verdict> {
    if !is_taken(stage, media_type) {
        return Ok(Lacks("not taken"));
    }
    let desk = stage.taken()?;
    let file = stage.upload(&desk, name, bytes)?;
    let ours = stage.write_more(&desk, text, |message| message.attachment_ids = vec![file])?;
    stage.pass(5)?;
    let came: Vec<_> = stage.screen().into_iter().filter(|one| !one.media.is_empty() || one.text.contains("/f/WS")).collect();
    ensure!(came.len() == 1, "the customer sees {came:?}; {:?}", stage.again(&ours)?.problem);
    ensure!(came[0].media.len() <= 1, "it came more than once: {came:?}");
    let named = came[0].media.first().map(|file| file.file.as_str());
    let address = named.or_else(|| came[0].text.split_whitespace().find(|word| word.contains("/f/WS"))).unwrap_or_default();
    let has = stage.opened(address).with_context(|| format!("there is nothing at {address}"))?;
    ensure!(has == bytes || media_type.starts_with("image/") && !has.is_empty(), "{} of {} bytes came", has.len(), bytes.len());
    ensure!(text.is_empty() || stage.screen().iter().any(|one| one.text == text), "the words are missing");
    ensure!(!matches!(stage.state(&ours)?, MessageState::Failed | MessageState::Uncertain), "{:?}", stage.again(&ours)?);
    Ok(Met)
}

pub fn picture(stage: &mut Stage) -> Result<Verdict> {
    file_of(stage, "This one", "image/png", "Grüße.png", &picture_bytes(47))
}

pub fn sound(stage: &mut Stage) -> Result<Verdict> {
    match is_taken(stage, "audio/mpeg") {
        true => file_of(stage, "", "audio/mpeg", "voice.mp3", SOUND),
        false => file_of(stage, "", "audio/mp4", "voice.m4a", OTHER_SOUND),
    }
}

pub fn film(stage: &mut Stage) -> Result<Verdict> {
    file_of(stage, "", "video/mp4", "clip.mp4", FILM)
}

pub fn file(stage: &mut Stage) -> Result<Verdict> {
    file_of(stage, "", "application/pdf", "bill.pdf", BILL)
}

pub fn quote(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Quote) {
        return Ok(Lacks("no quotes"));
    }
    let desk = stage.taken()?;
    let Some(theirs) = stage.customers()?.pop() else { anyhow::bail!("nothing was said") };
    let said = stage.screen().into_iter().find(|one| one.text == theirs.text).map(|one| one.id);
    stage.write_more(&desk, "About that", |message| message.reply_to = Some(theirs.id))?;
    stage.pass(2)?;
    let shown = stage.screen().into_iter().find(|one| one.text == "About that");
    ensure!(shown.as_ref().is_some_and(|one| one.reply_to.is_some() && one.reply_to == said), "{shown:?}");
    Ok(Met)
}

/// What nobody keeps goes by our own stream's socket alone.
pub(super) const BY_SOCKET: Verdict = Lacks("by its socket");

pub fn typing(stage: &mut Stage) -> Result<Verdict> {
    signal(stage, Feature::Typing, connectors::Signal::Typing(true), "typing")
}

pub fn read(stage: &mut Stage) -> Result<Verdict> {
    signal(stage, Feature::Read, connectors::Signal::Read, "seen")
}

fn signal(stage: &mut Stage, feature: Feature, signal: connectors::Signal, word: &str) -> Result<Verdict> {
    if !stage.can.says.contains(&feature) {
        return Ok(Lacks("not told"));
    }
    if stage.can.streamed && feature == Feature::Typing {
        return Ok(BY_SOCKET);
    }
    let desk = stage.taken()?;
    let before = stage.ledger().signals.len();
    if stage.can.streamed {
        // No provider is told: the stream says it to whoever visits.
        let newest = stage.conversation()?["last_seq"].as_i64().unwrap_or_default();
        block_on(stage.house.engine.seen(stage.shop.ws, desk.worker, desk.conversation, newest))?;
        stage.pass(2)?;
    } else {
        ensure!(block_on(stage.house.engine.tell_now(stage.shop.ws, desk.conversation, signal))?, "it was not told");
    }
    let signals = stage.ledger().signals.split_off(before);
    let told =
        |what: &str| what.contains(word) || word == "seen" && what.to_lowercase().contains("read") || word == "typing" && what == "loading";
    ensure!(signals.iter().any(|one| told(&one.what)), "{signals:?}");
    Ok(Met)
}

pub fn long(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    let text: String = (0..2_000).map(|n| format!("w{n:03} ")).collect::<String>().chars().take(10_000).collect();
    let written = stage.write(&desk, text.trim_end())?;
    stage.pass(200)?;
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let came: Vec<String> = stage.heard().iter().flat_map(|part| words(part)).collect();
    ensure!(came == words(&text), "{} of {} words came; {:?}", came.len(), words(&text).len(), stage.again(&written)?.problem);
    Ok(Met)
}

pub fn families(stage: &mut Stage) -> Result<Verdict> {
    const FAMILY: &str = "👨‍👩‍👧‍👦";
    let desk = stage.taken()?;
    let text = FAMILY.repeat(700);
    let written = stage.write(&desk, &text)?;
    stage.pass(120)?;
    let parts = stage.heard();
    ensure!(parts.concat() == text, "{} of {} came; {:?}", parts.concat().len(), text.len(), stage.again(&written)?.problem);
    ensure!(parts.iter().all(|part| part.len() % FAMILY.len() == 0), "somebody was cut in two");
    Ok(Met)
}

pub fn two_agents(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    // The second one may write anywhere; both write at once, and neither waits for what leaves.
    for n in 0..6 {
        stage.write_more(&desk, &format!("{n}"), |message| {
            message.by_admin = n % 2 == 1;
        })?;
    }
    stage.pass(90)?;
    ensure!(stage.heard() == ["0", "1", "2", "3", "4", "5"], "{:?}", stage.heard());
    Ok(Met)
}
