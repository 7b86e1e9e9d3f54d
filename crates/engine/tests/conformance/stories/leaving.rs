//! What we say comes to the customer once, whole, and in order.

use anyhow::{Result, ensure};
use model::{Feature, MessageState};

use super::arriving::picture_bytes;
use crate::stage::{Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

/// What the customer got as a file, or as the link that takes its place where the channel takes no such file.
fn files(stage: &Stage) -> Vec<emulators::platform::Shown> {
    stage.screen().into_iter().filter(|one| !one.media.is_empty() || one.text.contains("/f/WS")).collect()
}

pub fn picture(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Image) {
        return Ok(Lacks("no pictures"));
    }
    let desk = stage.taken()?;
    let file = stage.upload(&desk, "Grüße.png", &picture_bytes(47))?;
    let ours = stage.write_more(&desk, "This one", |message| message.attachment_ids = vec![file])?;
    stage.pass(5)?;
    let shown = files(stage);
    ensure!(shown.len() == 1, "the customer sees {shown:?}; {:?}", stage.again(&ours)?.problem);
    ensure!(stage.screen().iter().any(|one| one.text == "This one"), "the words are missing");
    ensure!(!matches!(stage.state(&ours)?, MessageState::Failed | MessageState::Uncertain));
    Ok(Met)
}

pub fn file(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::File) {
        return Ok(Lacks("no files"));
    }
    let desk = stage.taken()?;
    let file = stage.upload(&desk, "bill.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF")?;
    let ours = stage.write_more(&desk, "", |message| message.attachment_ids = vec![file])?;
    stage.pass(5)?;
    let shown = files(stage);
    ensure!(shown.len() == 1, "the customer sees {shown:?}; {:?}", stage.again(&ours)?.problem);
    Ok(Met)
}

pub fn quote(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Quote) {
        return Ok(Lacks("no quotes"));
    }
    let desk = stage.taken()?;
    let Some(theirs) = stage.customers()?.pop() else { anyhow::bail!("nothing was said") };
    stage.write_more(&desk, "About that", |message| message.reply_to = Some(theirs.id))?;
    stage.pass(2)?;
    let shown = stage.screen().into_iter().find(|one| one.text == "About that");
    ensure!(shown.as_ref().is_some_and(|one| one.reply_to.is_some() && one.reply_to == theirs.provider_id), "{shown:?}");
    Ok(Met)
}

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
    let desk = stage.taken()?;
    let before = stage.ledger().signals.len();
    if stage.can.streamed {
        // No provider is told: the stream says it to whoever visits.
        let newest = stage.customers()?.last().map_or(0, |message| message.seq);
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
            if n % 2 == 1 {
                message.by = messaging::Writer { worker_id: Some(stage_ben()), name: "Ben".into(), anywhere: true };
            }
        })?;
    }
    stage.pass(90)?;
    ensure!(stage.heard() == ["0", "1", "2", "3", "4", "5"], "{:?}", stage.heard());
    Ok(Met)
}

/// A supervisor: nobody of the shop's own.
fn stage_ben() -> model::WorkerId {
    model::WorkerId(uuid::Uuid::from_u128(9))
}
