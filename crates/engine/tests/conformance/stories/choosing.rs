//! Answers offered by the flow: tapped, written, or named by their number.

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::arriving::texts;
use crate::door::Said;
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

const CHOICES: [&str; 2] = ["Gerne heute 🌊", "커피, 내일"];

/// An agent asks, and offers two answers.
fn offered_by_hand(stage: &mut Stage) -> Result<Said> {
    let desk = stage.taken()?;
    let ours = stage.write_more(&desk, "Heute oder morgen?", |message| message.choices = CHOICES.map(String::from).to_vec())?;
    stage.pass(6)?;
    ensure!(ours.choices == CHOICES, "{:?}", ours.choices);
    Ok(ours)
}

fn chosen_by_hand(stage: &mut Stage) -> Result<Verdict> {
    stage.pass(6)?;
    let last = stage.customers()?.pop().context("nobody answered")?;
    ensure!(last.choice.as_deref() == Some(CHOICES[1]), "{last:?}");
    // It was said to a person: no machine of ours answers it.
    ensure!(!stage.heard().last().is_some_and(|text| text.starts_with("You chose")), "{:?}", stage.heard());
    Ok(Met)
}

pub fn by_hand_tapped(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.choices.is_none() {
        return Ok(Lacks("no buttons"));
    }
    offered_by_hand(stage)?;
    let screen = stage.screen();
    let (message, choice) = screen
        .iter()
        .find_map(|one| one.every_choice().find(|choice| choice.title == CHOICES[1]).map(|choice| (one.id.clone(), choice.id.clone())))
        .context("no button says so")?;
    stage.act(json!({ "act": "tap", "message": message, "button": choice }))?;
    chosen_by_hand(stage)
}

pub fn by_hand_numbered(stage: &mut Stage) -> Result<Verdict> {
    offered_by_hand(stage)?;
    let written = format!("1. {}\n2. {}", CHOICES[0], CHOICES[1]);
    let told: Vec<String> = stage.heard().iter().map(|text| messaging::normalise(text)).collect();
    ensure!(stage.can.choices.is_some() || told.iter().any(|text| text.contains(&written)), "no menu was written: {told:?}");
    stage.says("2")?;
    chosen_by_hand(stage)
}

/// More answers than any channel has buttons for are a numbered menu everywhere but where there is room for them.
pub fn by_hand_many(stage: &mut Stage) -> Result<Verdict> {
    let desk = stage.taken()?;
    let many: Vec<String> = (1..=20).map(|no| format!("Slot {no}")).collect();
    stage.write_more(&desk, "Which slot?", |message| message.choices = many.clone())?;
    stage.pass(6)?;
    let (screen, told) = (stage.screen(), stage.heard().join("\n"));
    let tappable = screen.iter().flat_map(|one| one.every_choice()).filter(|choice| choice.title.starts_with("Slot ")).count();
    let room = stage.can.choices.is_some_and(|room| room.most >= 20);
    ensure!(tappable == if room { 20 } else { 0 }, "{tappable} buttons");
    ensure!(room || told.contains("20. Slot 20"), "{told}");
    stage.says("20.")?;
    stage.pass(6)?;
    let last = stage.customers()?.pop().context("nobody answered")?;
    ensure!(last.choice.as_deref() == Some("Slot 20"), "{last:?}");
    Ok(Met)
}
