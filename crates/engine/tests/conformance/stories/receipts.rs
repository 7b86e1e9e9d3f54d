//! How far our words have come, and our own words told back to us.

use anyhow::{Result, ensure};
use model::{Feature, MessageState};
use serde_json::json;

use crate::stage::Stage;
use crate::table::Verdict::{self, Lacks, Met};

pub fn in_order(stage: &mut Stage) -> Result<Verdict> {
    let can = stage.can.clone();
    if !can.hears.contains(&Feature::Delivered) && !can.hears.contains(&Feature::Read) {
        return Ok(Lacks("no receipts"));
    }
    let desk = stage.taken()?;
    let ours = stage.write(&desk, "Did it come?")?;
    stage.pass(2)?;
    ensure!(stage.shown_times("Did it come?") == 1, "nothing came that could be told of");
    if can.hears.contains(&Feature::Delivered) {
        ensure!(stage.state(&ours)? == MessageState::Delivered, "{:?}", stage.state(&ours)?);
    }
    if can.hears.contains(&Feature::Read) {
        stage.act(json!({ "act": "read" }))?;
        stage.pass(2)?;
        ensure!(stage.state(&ours)? == MessageState::Read, "{:?} {:?}", stage.again(&ours)?, stage.ledger().webhooks.last());
    }
    Ok(Met)
}

pub fn before(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Delivered) && !stage.can.hears.contains(&Feature::Read) {
        return Ok(Lacks("no receipts"));
    }
    let desk = stage.taken()?;
    // The provider tells of it before its answer to us has come; the answer then is lost, and the receipt is all we hear.
    stage.faults(json!({ "drop_response": 1 }));
    let ours = stage.write(&desk, "Did it come?")?;
    stage.pass(2)?;
    if stage.can.hears.contains(&Feature::Read) {
        stage.act(json!({ "act": "read" }))?;
    }
    stage.pass(60)?;
    ensure!(stage.accepted_times("Did it come?") == 1, "it was sent {} times", stage.accepted_times("Did it come?"));
    ensure!(stage.shown_times("Did it come?") == 1, "the customer reads it {} times", stage.shown_times("Did it come?"));
    // Who tells that it came, or was read, tells that it was sent. A mere time of reading says nothing of what may have left after it.
    let state = stage.state(&ours)?;
    let came = state == MessageState::Delivered && stage.can.hears.contains(&Feature::Delivered);
    ensure!(came || state == MessageState::Read, "{state:?}");
    Ok(Met)
}

pub fn after_failure(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Failed) {
        return Ok(Lacks("none told"));
    }
    let desk = stage.taken()?;
    stage.faults(json!({ "fail_code": 131026, "fail_count": 1 }));
    let ours = stage.write(&desk, "hello?")?;
    stage.pass(3)?;
    let after = stage.again(&ours)?;
    ensure!(after.state == MessageState::Failed && after.problem.is_some(), "{after:?}");
    if stage.can.hears.contains(&Feature::Read) {
        stage.act(json!({ "act": "read" }))?;
        stage.pass(2)?;
    }
    ensure!(stage.state(&ours)? == MessageState::Failed, "a failure is final");
    Ok(Met)
}

pub fn echo_of_ours(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Echo) {
        return Ok(Lacks("no echoes"));
    }
    let desk = stage.taken()?;
    // The echo comes before we know what became of the request.
    stage.faults(json!({ "drop_response": 1 }));
    let ours = stage.write(&desk, "said once")?;
    stage.pass(60)?;
    let said: Vec<_> = stage.messages()?.into_iter().filter(|m| m.text == "said once").collect();
    ensure!(said.len() == 1, "it stands there {} times", said.len());
    let accepted = stage.ledger().accepted.iter().filter(|one| one.text == "said once").count();
    ensure!(accepted == 1, "it was sent {accepted} times");
    if stage.channel.kind != "whatsapp" {
        ensure!(!matches!(stage.state(&ours)?, MessageState::Uncertain | MessageState::Failed), "{:?}", stage.state(&ours)?);
    }
    Ok(Met)
}

pub fn echo_of_staff(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Staff) {
        return Ok(Lacks("no such app"));
    }
    let desk = stage.taken()?;
    stage.act(json!({ "act": "staff_says", "text": "I answer from my phone" }))?;
    stage.pass(2)?;
    let shown = stage.messages()?.into_iter().filter(|m| m.text == "I answer from my phone").collect::<Vec<_>>();
    ensure!(shown.len() == 1 && shown[0].author.kind == "elsewhere", "{shown:?}");
    let by = &stage.conversation()?["worker"]["id"];
    ensure!(*by == desk.worker.to_string(), "the agent lost the customer: {by}");
    Ok(Met)
}
