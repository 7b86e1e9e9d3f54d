//! What providers do when they are busy, cut, slow or unwilling; and what we do when we die.

use anyhow::{Result, ensure};
use model::{Feature, MessageState};
use serde_json::json;

use crate::door::Said;
use crate::stage::{Desk, Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

/// Both ends are ours, and nobody between them refuses anything.
const NO_PROVIDER: Verdict = Lacks("no provider");

/// Came to the customer once, by itself.
pub(super) fn once(stage: &mut Stage, desk: &Desk, text: &str, seconds: i64) -> Result<Verdict> {
    let ours = stage.write(desk, text)?;
    stage.pass(seconds)?;
    ensure!(stage.accepted_times(text) == 1, "it was sent {} times: {:?}", stage.accepted_times(text), stage.again(&ours)?);
    ensure!(stage.shown_times(text) == 1, "the customer reads it {} times", stage.shown_times(text));
    let state = stage.state(&ours)?;
    ensure!(is_sent(state), "{state:?}");
    Ok(Met)
}

fn is_sent(state: MessageState) -> bool {
    matches!(state, MessageState::Sent | MessageState::Delivered | MessageState::Read)
}

/// Follows a message whose way was disturbed to its end: it comes once by itself, or a person is asked, looks, and is obeyed or believed.
fn to_the_end(stage: &mut Stage, desk: &Desk, ours: &Said, text: &str) -> Result<Verdict> {
    stage.pass(90)?;
    let after = stage.again(ours)?;
    if !is_sent(after.state) {
        let asked = matches!(after.state, MessageState::Uncertain | MessageState::Failed) && after.problem.is_some();
        ensure!(asked, "nobody is told how it stands: {after:?}");
        let there = stage.shown_times(text);
        ensure!(after.state == MessageState::Uncertain || there == 0, "it is said to have failed, and came");
        if there == 0 {
            stage.retry(desk, ours)?;
            stage.pass(90)?;
        } else {
            stage.vouch(desk, ours)?;
        }
        ensure!(is_sent(stage.state(ours)?), "{:?}", stage.again(ours)?);
    }
    stage.leap(900)?;
    ensure!(stage.accepted_times(text) == 1, "it was sent {} times: {:?}", stage.accepted_times(text), stage.again(ours)?);
    ensure!(stage.shown_times(text) == 1, "the customer reads it {} times", stage.shown_times(text));
    Ok(Met)
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
    ensure!(stage.accepted_times("just in time") == 1, "{:?}", stage.ledger().refused);
    ensure!(stage.accepted_times("too late") == 0);
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
    stage.house.clock.advance_ms(8 * 86_400_000);
    stage.house.keep_time();
    stage.pass(1)?;
    ensure!(stage.write(&desk, "free words").is_err() || stage.can.reply_window_s.is_none(), "the window is closed");
    let ours = stage.write_more(&desk, "", |message| message.template = Some((template.name, template.language, values)))?;
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
    ensure!(stage.accepted_times("with an old token") == 0);
    stage.faults(json!({}));
    // What was refused is not lost: it waits, or a person sends it again.
    if stage.state(&ours)? == MessageState::Failed {
        stage.retry(&desk, &ours)?;
    }
    stage.pass(120)?;
    ensure!(stage.accepted_times("with an old token") == 1, "{:?}", stage.again(&ours)?);
    Ok(Met)
}

pub fn slow_down(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(NO_PROVIDER);
    }
    if stage.wire.with(|provider, _| provider.names_pauses()) == Some(false) {
        return Ok(Lacks("tells no pause"));
    }
    let desk = stage.taken()?;
    stage.faults(json!({ "too_many": 2, "retry_after_s": 7 }));
    once(stage, &desk, "slowly", 60)
}

pub fn slow_down_untold(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(NO_PROVIDER);
    }
    if stage.wire.with(|provider, _| provider.names_pauses()) == Some(true) {
        return Ok(Lacks("always one"));
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
    // A 5xx may hide a message that was taken: what comes after it is not held back for ever.
    once(stage, &desk, "and on", 60)?;
    to_the_end(stage, &desk, &ours, "then fine")
}

pub fn cut_before(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    stage.faults(json!({ "lose_request": 1 }));
    let ours = stage.write(&desk, "never left")?;
    to_the_end(stage, &desk, &ours, "never left")
}

pub fn cut_after(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    stage.faults(json!({ "drop_response": 1 }));
    let ours = stage.write(&desk, "it arrived")?;
    stage.pass(5)?;
    ensure!(stage.accepted_times("it arrived") == 1, "the answer was to be cut, and not the request");
    to_the_end(stage, &desk, &ours, "it arrived")
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
        ensure!(stage.accepted_times("did it?") == 1, "it was sent {} times", stage.accepted_times("did it?"));
        return Ok(Met);
    }
    ensure!(stage.accepted_times("did it?") == 1, "nothing is sent again without a person");
    stage.retry(&desk, &ours)?;
    stage.pass(10)?;
    ensure!(stage.accepted_times("did it?") == 2, "the person's word counts");
    ensure!(is_sent(stage.state(&ours)?), "{:?}", stage.again(&ours)?);
    Ok(Met)
}

pub fn slow(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    stage.faults(json!({ "answer_delay_ms": 60_000 }));
    let ours = stage.write(&desk, "slow")?;
    stage.pass(20)?;
    stage.faults(json!({}));
    to_the_end(stage, &desk, &ours, "slow")?;
    once(stage, &desk, "fast again", 60)
}

/// At once, and when what was free to say in answer costs a message of our own.
pub fn killed(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    for text in ["said once", "and once more"] {
        let told = stage.tells_repeats()?;
        let ours = stage.write(&desk, text)?;
        stage.kill_unanswered()?;
        stage.pass(5)?;
        ensure!(stage.accepted_times(text) == 1, "the provider was to take it before we died");
        if told {
            // It is asked again under the same key, and nobody else is.
            ensure!(is_sent(stage.state(&ours)?), "{:?}", stage.again(&ours)?);
            ensure!(stage.undelivered()?.is_empty(), "a person is asked");
        }
        to_the_end(stage, &desk, &ours, text)?;
    }
    Ok(Met)
}
