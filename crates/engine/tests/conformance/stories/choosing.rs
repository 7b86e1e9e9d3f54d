//! Answers offered by the flow: tapped, written, or named by their number.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::arriving::texts;
use crate::stage::Stage;
use crate::table::Verdict::{self, Lacks, Met};

/// Where a machine answers nobody twice in so long, they think about it for longer.
pub(super) fn think(stage: &mut Stage) -> Result<()> {
    match stage.connector()?.bot_pace() {
        Some(pace) => stage.leap(pace.pause_s + 1),
        None => Ok(()),
    }
}

/// The flow asks what is wanted.
fn asked(stage: &mut Stage) -> Result<()> {
    stage.says("menu please")?;
    stage.pass(2)?;
    ensure!(stage.heard().iter().any(|text| text.contains("Tea or coffee?")), "nobody asked: {:?}", stage.heard());
    think(stage)
}

fn answered(stage: &mut Stage) -> Result<Verdict> {
    stage.pass(2)?;
    ensure!(
        stage.heard().last().map(String::as_str) == Some("You chose Coffee"),
        "{:?}, and the agent reads {:?}",
        stage.heard(),
        texts(&stage.messages()?)
    );
    Ok(Met)
}

pub fn started(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&model::Feature::Menu) {
        return Ok(Lacks("no menu"));
    }
    stage.act(json!({ "act": "start", "payload": "SHOP_HOURS", "title": "Opening hours" }))?;
    stage.pass(2)?;
    let came = stage.customers()?;
    ensure!(came.len() == 1 && came[0].choice.as_deref() == Some("SHOP_HOURS"), "{came:?}");
    // Some tell what a button carries, and not what it is called.
    ensure!(["Opening hours", "SHOP_HOURS"].contains(&came[0].text.as_str()), "{came:?}");
    Ok(Met)
}

pub fn by_tap(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.choices.is_none() {
        return Ok(Lacks("no buttons"));
    }
    asked(stage)?;
    let screen = stage.screen();
    let (message, choice) = screen
        .iter()
        .find_map(|one| one.every_choice().find(|choice| choice.title == "Coffee").map(|choice| (one.id.clone(), choice.id.clone())))
        .context("no button says Coffee")?;
    stage.act(json!({ "act": "tap", "message": message, "button": choice }))?;
    answered(stage)
}

pub fn by_words(stage: &mut Stage) -> Result<Verdict> {
    asked(stage)?;
    stage.says("coffee")?;
    answered(stage)
}

pub fn by_number(stage: &mut Stage) -> Result<Verdict> {
    asked(stage)?;
    stage.says("2")?;
    answered(stage)
}
