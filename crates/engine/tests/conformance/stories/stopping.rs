//! Customers who want to hear no more: they block us, or say the word, and come back.

use anyhow::{Result, ensure};
use emulators::carrier::WebhookKind;
use model::{Feature, MessageState};
use serde_json::json;

use super::failing::once;
use crate::channel::MIAS_PHONE;
use crate::stage::{Stage, block_on};
use crate::table::Verdict::{self, Lacks};

/// Whether the provider has told since then that something of ours did not arrive: it refused a request, or sent a letter back.
fn told_of_failure(stage: &Stage, (refused, webhooks): (usize, usize)) -> bool {
    let ledger = stage.ledger();
    let back = |what: &str, kind| what == "letter" && kind == WebhookKind::Status;
    ledger.refused.len() > refused || ledger.webhooks.iter().skip(webhooks).any(|tried| back(&tried.what, tried.kind))
}

pub fn blocked(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(Lacks("cannot block"));
    }
    let desk = stage.taken()?;
    // The news of it is still under way, so what we write meets the provider.
    stage.held = Some(vec![]);
    stage.act(json!({ "act": "block" }))?;
    stage.pass(2)?;
    let news = stage.held.take().unwrap_or_default();
    let before = (stage.ledger().refused.len(), stage.ledger().webhooks.len());
    let ours = stage.write(&desk, "hello?")?;
    stage.pass(20)?;
    ensure!(stage.shown_times("hello?") == 0, "it came to who blocked us");
    let after = stage.again(&ours)?;
    if told_of_failure(stage, before) {
        ensure!(after.state == MessageState::Failed && after.problem.is_some(), "the provider told that it failed: {after:?}");
    } else {
        // Some take it and tell nothing; then it must not claim to have arrived.
        ensure!(after.state == MessageState::Sent && stage.accepted_times("hello?") == 1, "{after:?}");
    }
    for callback in news {
        block_on(stage.deliver(callback));
    }
    stage.pass(2)?;
    if [Feature::Block, Feature::OptOut].iter().any(|told| stage.can.hears.contains(told)) {
        let asked = stage.asked();
        ensure!(stage.write(&desk, "and now?").is_err(), "they said that they shut us out");
        stage.pass(20)?;
        ensure!(stage.asked() == asked, "the provider was asked all the same");
    }
    stage.act(json!({ "act": "unblock" }))?;
    stage.says("I am back")?;
    stage.pass(2)?;
    ensure!(stage.shown_times("hello?") == 0, "what was refused came after all");
    once(stage, &desk, "welcome back", 10)
}

/// They say that they want nothing more, or that they do again; where the channel shares the number, they stop by a text message and
/// come back where they are.
fn wishes(stage: &mut Stage, more: bool) -> Result<()> {
    if stage.can.hears.contains(&Feature::OptOut) {
        stage.act(json!({ "act": "marketing", "wanted": more }))?;
    } else if more {
        stage.says("START")?;
    } else {
        block_on(stage.house.text(&stage.shop, MIAS_PHONE, "SM1", "STOP"))?;
    }
    stage.pass(2)
}

pub fn opt_out(stage: &mut Stage) -> Result<Verdict> {
    let by_word = stage.can.hears.contains(&Feature::OptOut);
    let by_number = stage.connector()?.address_kind() == "phone";
    if !by_word && !by_number {
        return Ok(Lacks("no such words"));
    }
    let desk = stage.taken()?;
    once(stage, &desk, "before", 5)?;
    // What still waits when they say it stays here.
    stage.faults(json!({ "too_many": 1, "retry_after_s": 30 }));
    let waiting = stage.write(&desk, "still waiting")?;
    stage.pass(2)?;
    ensure!(!stage.ledger().refused.is_empty() && stage.accepted_times("still waiting") == 0, "it was to wait");
    wishes(stage, false)?;
    let asked = stage.asked();
    ensure!(stage.write(&desk, "one more thing").is_err(), "they want nothing more");
    stage.pass(90)?;
    ensure!(stage.asked() == asked, "the provider was asked to bring {:?}", stage.ledger().accepted.last());
    ensure!(stage.state(&waiting)? == MessageState::Failed, "{:?}", stage.again(&waiting)?);
    wishes(stage, true)?;
    // Who turns a switch says nothing by it, the second time neither.
    wishes(stage, true)?;
    let came = stage.customers()?;
    ensure!(came.iter().all(|message| !message.text.is_empty()), "a switch left a message: {came:?}");
    ensure!(stage.asked() == asked, "coming back brings what was kept from them");
    once(stage, &desk, "welcome back", 10)
}
