//! What an agent does to their own messages: other words, taking back, before and after they left.

use anyhow::{Result, ensure};
use axum::http::Method;
use model::{Feature, MessageState};
use serde_json::{Value, json};

use crate::door::{NotDone, Said};
use crate::stage::{Desk, Stage};
use crate::table::Verdict::{self, Lacks, Met};

const WRONG: &str = "Wir liefern am Freitag 🌧";
const RIGHT: &str = "Wir liefern am Montag ☀️ 월요일";
const AFTER: &str = "Bis dann!";

fn revise(stage: &Stage, desk: &Desk, message: &Said, text: Option<&str>) -> Result<Result<Said, NotDone>> {
    let path = format!("/messages/{}", message.id);
    match text {
        Some(text) => stage.message(desk, Method::PATCH, &path, json!({ "text": text })),
        None => stage.message(desk, Method::DELETE, &path, Value::Null),
    }
}

fn is_refused(answer: &Result<Said, NotDone>, code: &str) -> bool {
    answer.as_ref().is_err_and(|not| not.code == code)
}

/// What the customer reads of us now, in its order.
fn reads(stage: &Stage) -> Vec<String> {
    let ours = stage.screen().into_iter().filter(|one| one.by == emulators::platform::By::Business && !one.unsent);
    ours.map(|one| one.text).filter(|text| [WRONG, RIGHT, AFTER].iter().any(|said| text.contains(said))).collect()
}

fn has(told: &[String], wanted: &[&str]) -> bool {
    // A letter has more around its words.
    told.len() == wanted.len() && told.iter().zip(wanted).all(|(told, wanted)| told.contains(wanted))
}

/// Said, followed by another word, and both are there.
fn said(stage: &mut Stage) -> Result<(Desk, Said)> {
    let desk = stage.taken()?;
    let ours = stage.write(&desk, WRONG)?;
    stage.pass(8)?;
    stage.write(&desk, AFTER)?;
    stage.pass(8)?;
    ensure!(has(&reads(stage), &[WRONG, AFTER]), "{:?}", reads(stage));
    Ok((desk, ours))
}

fn edited(stage: &Stage, ours: &Said) -> Result<()> {
    let kept = stage.again(ours)?;
    ensure!(kept.text == RIGHT && kept.earlier.len() == 1 && kept.earlier[0].text == WRONG && kept.revision.is_none(), "{kept:?}");
    ensure!(!matches!(kept.state, MessageState::Failed | MessageState::Uncertain), "{kept:?}");
    ensure!(has(&reads(stage), &[RIGHT, AFTER]), "{:?}", reads(stage));
    let shown = stage.screen().into_iter().find(|one| one.text == RIGHT).map(|one| one.edits);
    ensure!(shown == Some(1), "it shows as edited {shown:?} times");
    Ok(())
}

fn gone(stage: &Stage, ours: &Said) -> Result<()> {
    let kept = stage.again(ours)?;
    ensure!(kept.text.is_empty() && kept.unsent_at.is_some() && kept.unsent_by == "Ana" && kept.revision.is_none(), "{kept:?}");
    ensure!(has(&reads(stage), &[AFTER]), "{:?}", reads(stage));
    Ok(())
}

pub fn edit(stage: &mut Stage) -> Result<Verdict> {
    let (desk, ours) = said(stage)?;
    let answer = revise(stage, &desk, &ours, Some(RIGHT))?;
    if !stage.can.says.contains(&Feature::Edit) {
        ensure!(is_refused(&answer, "no_edit"), "{answer:?}");
        return Ok(Lacks("not ours"));
    }
    ensure!(answer.is_ok(), "{answer:?}");
    stage.pass(8)?;
    edited(stage, &ours)?;
    // The same words again change nothing.
    ensure!(revise(stage, &desk, &ours, Some(RIGHT))?.is_ok(), "refused");
    stage.pass(8)?;
    edited(stage, &ours)?;
    Ok(Met)
}

pub fn unsend(stage: &mut Stage) -> Result<Verdict> {
    let (desk, ours) = said(stage)?;
    let answer = revise(stage, &desk, &ours, None)?;
    if !stage.can.says.contains(&Feature::Unsend) {
        ensure!(is_refused(&answer, "no_unsend"), "{answer:?}");
        return Ok(Lacks("not ours"));
    }
    ensure!(answer.is_ok(), "{answer:?}");
    stage.pass(8)?;
    gone(stage, &ours)?;
    ensure!(revise(stage, &desk, &ours, None)?.is_ok(), "a second time is no fault");
    stage.pass(8)?;
    gone(stage, &ours)?;
    Ok(Met)
}

/// Nothing has left yet: on every channel the customer reads the right words alone, and nothing of what was withdrawn.
pub fn before_it_left(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    let first = stage.write(&desk, WRONG)?;
    ensure!(revise(stage, &desk, &first, Some(RIGHT))?.is_ok(), "refused");
    let second = stage.write(&desk, WRONG)?;
    ensure!(revise(stage, &desk, &second, None)?.is_ok(), "refused");
    stage.write(&desk, AFTER)?;
    stage.pass(20)?;
    ensure!(has(&reads(stage), &[RIGHT, AFTER]), "{:?}", reads(stage));
    let (first, second) = (stage.again(&first)?, stage.again(&second)?);
    ensure!(first.text == RIGHT && first.revision.is_none(), "{first:?}");
    ensure!(!matches!(first.state, MessageState::Failed | MessageState::Queued), "{first:?}");
    ensure!(second.unsent_at.is_some() && second.text.is_empty(), "{second:?}");
    ensure!(stage.undelivered()?.is_empty(), "a person is asked");
    Ok(Met)
}

/// The provider has done it, and we die before it is written down: done twice it is as done once.
pub fn killed(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Edit) || !stage.can.says.contains(&Feature::Unsend) {
        return Ok(Lacks("not ours"));
    }
    let (desk, ours) = said(stage)?;
    ensure!(revise(stage, &desk, &ours, Some(RIGHT))?.is_ok(), "refused");
    stage.kill_unanswered()?;
    stage.pass(8)?;
    edited(stage, &ours)?;
    ensure!(revise(stage, &desk, &ours, None)?.is_ok(), "refused");
    stage.kill_unanswered()?;
    stage.pass(8)?;
    gone(stage, &ours)?;
    Ok(Met)
}

/// Changed while the provider is in trouble: the change stands in line behind its message, and before what is said after it.
pub fn in_line(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Edit) || stage.can.streamed {
        return Ok(Lacks("not ours"));
    }
    let desk = stage.taken()?;
    stage.faults(serde_json::json!({ "server_error": 2 }));
    let ours = stage.write(&desk, WRONG)?;
    stage.pass_ms(500)?;
    ensure!(reads(stage).is_empty(), "{:?}", reads(stage));
    let changed = revise(stage, &desk, &ours, Some(RIGHT))?;
    ensure!(changed.as_ref().is_ok_and(|message| message.text == WRONG && message.revision.is_some()), "{changed:?}");
    stage.write(&desk, AFTER)?;
    stage.pass(60)?;
    edited(stage, &ours)?;
    Ok(Met)
}
