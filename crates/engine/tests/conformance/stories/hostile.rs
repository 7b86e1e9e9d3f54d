//! What strangers, careless providers and people with bad intentions send.

use anyhow::{Result, ensure};
use emulators::carrier::CallbackAnswer;
use model::Feature;
use model::message::AttachmentState;
use serde_json::json;

use super::arriving::{media, picture_bytes, texts};
use crate::stage::{Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

pub fn name(stage: &mut Stage) -> Result<Verdict> {
    const NAME: &str = "<script>alert(1)</script>\u{202e}gpj.exe '; DROP TABLE contact; -- {{7*7}}";
    if !stage.can.hears.contains(&Feature::Name) {
        return Ok(Lacks("names nobody"));
    }
    *stage = block_on(Stage::open(stage.channel, NAME))?;
    stage.says("hello")?;
    stage.pass(3)?;
    ensure!(texts(&stage.customers()?) == ["hello"]);
    // Words are words; what turns those about that stand beside it is no part of a name.
    let called = stage.called()?;
    ensure!(called.contains("DROP TABLE") && !called.contains('\u{202e}'), "{called:?}");
    let desk = stage.accepted()?;
    stage.write(&desk, "hello yourself")?;
    stage.pass(3)?;
    ensure!(stage.heard() == ["hello yourself"]);
    Ok(Met)
}

pub fn file_name(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::File) {
        return Ok(Lacks("no files"));
    }
    let file = media("application/pdf", "../../etc/passwd\u{202e}fdp.exe\r\nx: y", b"%PDF-1.7\n%%EOF");
    stage.act(json!({ "act": "say", "text": "", "media": [file] }))?;
    stage.pass(3)?;
    let came = stage.customers()?;
    let Some(shown) = came.first().and_then(|m| m.attachments.first()) else { anyhow::bail!("{came:?}") };
    let bad = |c: char| c.is_control() || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}');
    ensure!(!shown.name.chars().any(bad), "{:?}", shown.name);
    Ok(Met)
}

/// Whether our own door told the visitor that it takes no such file.
fn turned_away(stage: &Stage) -> bool {
    stage
        .ledger()
        .webhooks
        .iter()
        .any(|tried| tried.what == "files" && tried.answer_status.is_some_and(|status| (400..500).contains(&status)))
}

pub fn too_big(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Image) {
        return Ok(Lacks("no pictures"));
    }
    let mut huge = picture_bytes(33);
    huge.resize(10 * 1024 * 1024 + 1, 0);
    let sent = stage.try_act(json!({ "act": "say", "text": "", "media": [media("image/png", "huge.png", &huge)] }))?;
    if sent.is_err_and(|refusal| refusal.status == 413) {
        return Ok(Lacks("its app's limit"));
    }
    stage.says("did you see it?")?;
    stage.pass(1_200)?;
    let came = stage.customers()?;
    ensure!(came.iter().any(|m| m.text == "did you see it?"), "the next words are lost: {:?}", texts(&came));
    if stage.can.streamed {
        ensure!(turned_away(stage) && came.iter().all(|m| m.attachments.is_empty()), "{came:?}");
        return Ok(Met);
    }
    let failed = came.iter().flat_map(|m| &m.attachments).filter(|file| file.state == AttachmentState::Failed).count();
    ensure!(failed == 1, "{:?}", came.iter().flat_map(|m| &m.attachments).collect::<Vec<_>>());
    Ok(Met)
}

pub fn lying_type(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Image) {
        return Ok(Lacks("no pictures"));
    }
    stage.faults(json!({ "media_type": "image/png" }));
    let page = b"<!doctype html><script>alert(1)</script>";
    stage.act(json!({ "act": "say", "text": "", "media": [media("image/png", "cat.png", page)] }))?;
    stage.pass(60)?;
    if stage.can.streamed && turned_away(stage) {
        return Ok(Met);
    }
    let came = stage.customers()?;
    let Some(shown) = came.first().and_then(|m| m.attachments.first()) else { anyhow::bail!("{came:?}") };
    ensure!(
        shown.state == AttachmentState::Failed || !shown.media_type.starts_with("image/") && !shown.media_type.contains("html"),
        "{shown:?}"
    );
    Ok(Met)
}

pub fn file_gone(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Image) {
        return Ok(Lacks("no pictures"));
    }
    if stage.can.streamed || stage.can.letters {
        // They come with the words, or before them.
        return Ok(Lacks("files within"));
    }
    stage.faults(json!({ "media_missing": true }));
    stage.act(json!({ "act": "say", "text": "", "media": [media("image/png", "cat.png", &picture_bytes(35))] }))?;
    stage.pass(1_200)?;
    let came = stage.customers()?;
    let Some(shown) = came.first().and_then(|m| m.attachments.first()) else { anyhow::bail!("{came:?}") };
    ensure!(shown.state == AttachmentState::Failed, "{shown:?}");
    Ok(Met)
}

pub fn unknown_event(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(Lacks("no provider"));
    }
    stage.says("before")?;
    stage.pass(2)?;
    stage.act(json!({ "act": "raw", "json": { "brand_new_thing": { "a": [1, 2, { "b": "c" }] } } }))?;
    stage.says("after")?;
    stage.pass(3)?;
    // What is new may be shown as something we cannot show; it never takes the words beside it with it.
    let words: Vec<String> = stage.customers()?.into_iter().map(|m| m.text).filter(|text| !text.is_empty()).collect();
    ensure!(words == ["before", "after"], "{words:?} {:?}", stage.answers);
    ensure!(stage.answers.iter().all(|status| *status == 200), "{:?}", stage.answers);
    Ok(Met)
}

pub fn wrong_signature(stage: &mut Stage) -> Result<Verdict> {
    if stage.connector()?.line(&stage.configured()?).is_some() {
        return Ok(Lacks("by our line"));
    }
    stage.says("genuine")?;
    stage.pass(2)?;
    stage.held = Some(vec![]);
    stage.says("forged")?;
    stage.pass(2)?;
    for callback in stage.held.take().unwrap_or_default() {
        let signs = |name: &str| name.to_lowercase().contains("signature");
        for forgery in [
            callback.headers.iter().filter(|(name, _)| !signs(name) && name != "authorization").cloned().collect::<Vec<_>>(),
            callback.headers.iter().map(|(name, value)| (name.clone(), value.replace(['0', 'a', 'A'], "f"))).collect(),
        ] {
            let mut forged = callback.clone();
            let changed = forged.headers != forgery;
            forged.headers = forgery;
            if changed {
                let answer = block_on(stage.knock(&forged));
                ensure!(answer == CallbackAnswer::status(401), "{answer:?}");
            }
        }
        // A token says who writes, and not what.
        if stage.can.streamed {
            continue;
        }
        // The right signature of another body.
        let mut forged = callback.clone();
        if let Some(json) = &forged.json {
            forged.json = Some(String::from_utf8_lossy(json).replace("forged", "forgee").into());
        }
        for (_, value) in forged.form.iter_mut().filter(|(name, _)| name == "Body") {
            *value = "forgee".into();
        }
        ensure!(block_on(stage.knock(&forged)) == CallbackAnswer::status(401), "another body was taken");
    }
    stage.pass(2)?;
    ensure!(texts(&stage.customers()?) == ["genuine"]);
    Ok(Met)
}

pub fn switched_off(stage: &mut Stage) -> Result<Verdict> {
    stage.says("on")?;
    stage.pass(2)?;
    let config = block_on(stage.house.engine.config(stage.shop.ws))?;
    let mut account = (*config.accounts[&stage.account]).clone();
    account.enabled = false;
    block_on(stage.house.reconnect(&stage.shop, account.clone()))?;
    stage.answers.clear();
    stage.says("off")?;
    stage.pass(2)?;
    ensure!(stage.answers.iter().all(|status| *status == 404) && !stage.answers.is_empty(), "{:?}", stage.answers);
    ensure!(texts(&stage.customers()?) == ["on"]);
    Ok(Met)
}
