//! What providers do when they are busy, cut, slow or unwilling; and what we do when we die.

use anyhow::{Result, ensure};
use model::{Feature, MessageState};
use serde_json::json;

use crate::stage::{Desk, Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

/// Both ends are ours, and nobody between them refuses anything.
const NO_PROVIDER: Verdict = Lacks("no provider");

fn accepted(stage: &Stage, text: &str) -> usize {
    stage.ledger().accepted.iter().filter(|one| one.text == text).count()
}

/// Arrived once, whatever happened on the way.
fn once(stage: &mut Stage, desk: &Desk, text: &str, seconds: i64) -> Result<Verdict> {
    let ours = stage.write(desk, text)?;
    stage.pass(seconds)?;
    ensure!(accepted(stage, text) == 1, "it was sent {} times: {:?}", accepted(stage, text), stage.again(&ours)?);
    let state = stage.state(&ours)?;
    ensure!(matches!(state, MessageState::Sent | MessageState::Delivered | MessageState::Read), "{state:?}");
    Ok(Met)
}

pub fn blocked(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    stage.act(json!({ "act": "block" }))?;
    stage.pass(2)?;
    // Where the provider tells, we are refused before; where not, the message says that it failed.
    let Ok(ours) = stage.write(&desk, "hello?") else { return Ok(Met) };
    stage.pass(10)?;
    ensure!(!stage.screen().iter().any(|one| one.text == "hello?"), "it came to who blocked us");
    let after = stage.again(&ours)?;
    if after.state != MessageState::Failed {
        // Some providers take it and tell nothing; it must not claim to have arrived.
        ensure!(matches!(after.state, MessageState::Sent | MessageState::Uncertain), "{after:?}");
    }
    stage.act(json!({ "act": "unblock" }))?;
    stage.says("I am back")?;
    stage.pass(2)?;
    once(stage, &desk, "welcome back", 10)
}

pub fn window(stage: &mut Stage) -> Result<Verdict> {
    let Some(closes_s) = stage.can.reply_window_s.max(stage.can.human_window_s).filter(|_| stage.can.reply_window_s.is_some()) else {
        return Ok(Lacks("never closes"));
    };
    let desk = stage.taken()?;
    stage.house.clock.advance_ms((closes_s - 10) * 1_000);
    stage.house.keep_time();
    stage.pass(1)?;
    stage.write(&desk, "just in time")?;
    stage.pass(12)?;
    let late = stage.write(&desk, "too late");
    ensure!(late.is_err(), "the window is closed");
    ensure!(accepted(stage, "just in time") == 1, "{:?}", stage.ledger().refused);
    ensure!(accepted(stage, "too late") == 0);
    stage.says("still there?")?;
    stage.pass(2)?;
    once(stage, &desk, "yes", 5)
}

pub fn template(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Template) {
        return Ok(Lacks("no templates"));
    }
    let desk = stage.taken()?;
    stage.propose(json!({ "name": "on_its_way", "language": "en_US", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Hello {{1}}, your {{2}} is on its way." }] }))?;
    stage.pass(5)?;
    let listed = block_on(stage.house.engine.list_templates(stage.shop.ws, stage.account))?;
    let listed = listed.map_err(|problem| anyhow::anyhow!("not listed: {problem:?}"))?;
    let Some(template) = listed.iter().find(|one| one.approved).cloned() else { anyhow::bail!("none is approved: {listed:?}") };
    let values: Vec<String> = template.gaps.iter().enumerate().map(|(no, _)| format!("value {no}")).collect();
    let (filled, text) = engine::fill(&template, &values).map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
    stage.house.clock.advance_ms(8 * 86_400_000);
    stage.house.keep_time();
    stage.pass(1)?;
    ensure!(stage.write(&desk, "free words").is_err() || stage.can.reply_window_s.is_none(), "the window is closed");
    let ours = stage.write_more(&desk, &text, |message| message.template = Some(filled))?;
    stage.pass(5)?;
    ensure!(
        stage.ledger().accepted.last().is_some_and(|one| one.kind.contains("template") || one.body.to_string().contains("template")),
        "{:?}",
        stage.again(&ours)?
    );
    Ok(Met)
}

pub fn token(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(NO_PROVIDER);
    }
    let desk = stage.taken()?;
    stage.faults(json!({ "expired_token": true }));
    let ours = stage.write(&desk, "with an old token")?;
    stage.pass(5)?;
    let (ws, account) = (stage.shop.ws, stage.account);
    let told = block_on(stage.house.engine.db().read(move |tx| Box::pin(async move { store::channel::all(tx, ws).await })))?;
    let problem = told.into_iter().find(|row| row.account.id == account).and_then(|row| row.problem);
    ensure!(problem.is_some(), "the admin is not told");
    ensure!(accepted(stage, "with an old token") == 0);
    stage.faults(json!({}));
    // What was refused is not lost: it waits, or a person sends it again.
    if stage.state(&ours)? == MessageState::Failed {
        let again = engine::Request::default();
        let by = stage.writer(&desk);
        let retried = block_on(stage.house.engine.retry(ws, ours.id, by, again))?;
        ensure!(retried.is_ok(), "it cannot be sent again");
    }
    stage.pass(120)?;
    ensure!(accepted(stage, "with an old token") == 1, "{:?}", stage.again(&ours)?);
    Ok(Met)
}

pub fn slow_down(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(NO_PROVIDER);
    }
    let desk = stage.taken()?;
    stage.faults(json!({ "too_many": 2, "retry_after_s": 7 }));
    once(stage, &desk, "slowly", 60)
}

pub fn slow_down_untold(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(NO_PROVIDER);
    }
    let desk = stage.taken()?;
    stage.faults(json!({ "too_many": 2 }));
    once(stage, &desk, "slowly", 400)
}

pub fn server_error(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(NO_PROVIDER);
    }
    let desk = stage.taken()?;
    stage.faults(json!({ "server_error": 1, "server_error_status": 503 }));
    let ours = stage.write(&desk, "then fine")?;
    stage.pass(60)?;
    stage.write(&desk, "and on")?;
    stage.pass(60)?;
    // A 5xx may hide a message that was taken: never twice, and never lost without a word.
    ensure!(accepted(stage, "then fine") <= 1, "it was sent {} times", accepted(stage, "then fine"));
    let state = stage.state(&ours)?;
    ensure!(accepted(stage, "then fine") == 1 || state == MessageState::Uncertain, "{state:?}");
    ensure!(accepted(stage, "and on") == 1, "what came after it is held back for ever");
    Ok(Met)
}

pub fn cut_before(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    stage.faults(json!({ "lose_request": 1 }));
    let ours = stage.write(&desk, "never left")?;
    stage.pass(60)?;
    ensure!(accepted(stage, "never left") <= 1);
    let state = stage.state(&ours)?;
    ensure!(accepted(stage, "never left") == 1 || state == MessageState::Uncertain, "{state:?}");
    Ok(Met)
}

pub fn cut_after(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    stage.faults(json!({ "drop_response": 1 }));
    let ours = stage.write(&desk, "it arrived")?;
    stage.pass(120)?;
    ensure!(accepted(stage, "it arrived") == 1, "it was sent {} times", accepted(stage, "it arrived"));
    let state = stage.state(&ours)?;
    ensure!(!matches!(state, MessageState::Failed | MessageState::Queued | MessageState::Sending), "{state:?}");
    Ok(Met)
}

pub fn person_decides(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(NO_PROVIDER);
    }
    let desk = stage.taken()?;
    // Nothing is told of it afterwards, so nobody can know.
    stage.faults(json!({ "drop_response": 1, "no_delivered": true, "no_read": true }));
    stage.held = Some(vec![]);
    let ours = stage.write(&desk, "did it?")?;
    stage.pass(90)?;
    stage.held = None;
    if stage.state(&ours)? != MessageState::Uncertain {
        // A provider that tells a repeat, or can be asked, leaves no doubt.
        ensure!(accepted(stage, "did it?") == 1, "it was sent {} times", accepted(stage, "did it?"));
        return Ok(Met);
    }
    ensure!(accepted(stage, "did it?") == 1, "nothing is sent again without a person");
    let by = stage.writer(&desk);
    let retried = block_on(stage.house.engine.retry(stage.shop.ws, ours.id, by, engine::Request::default()))?;
    ensure!(retried.is_ok(), "a person may send it again");
    stage.pass(10)?;
    ensure!(accepted(stage, "did it?") == 2, "the person's word counts");
    Ok(Met)
}

pub fn slow(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    stage.faults(json!({ "answer_delay_ms": 60_000 }));
    let ours = stage.write(&desk, "slow")?;
    stage.pass(20)?;
    stage.faults(json!({}));
    stage.pass(120)?;
    ensure!(accepted(stage, "slow") <= 1, "it was sent {} times", accepted(stage, "slow"));
    ensure!(stage.state(&ours)? != MessageState::Failed, "{:?}", stage.again(&ours)?);
    once(stage, &desk, "fast again", 60)
}

pub fn killed(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    *stage.wire.cut.lock().unwrap() = true;
    let ours = stage.write(&desk, "said once")?;
    block_on(stage.house.round())?;
    stage.die()?;
    stage.pass(120)?;
    ensure!(accepted(stage, "said once") <= 1, "it was sent {} times", accepted(stage, "said once"));
    let state = stage.state(&ours)?;
    ensure!(accepted(stage, "said once") == 1 && !matches!(state, MessageState::Failed | MessageState::Queued), "{state:?}");
    Ok(Met)
}
