//! What is done to messages after they were said.

use anyhow::{Result, ensure};
use axum::http::Method;
use model::Feature;
use serde_json::json;

use crate::stage::Stage;
use crate::table::Verdict::{self, Lacks, Met};

pub fn edit(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Edit) {
        return Ok(Lacks("no edits"));
    }
    if stage.wire.with(|provider, _| provider.edits_in_groups()) {
        ensure!(stage.wire.with(|provider, _| provider.enter_group()), "there is no group");
    }
    let id = stage.says("the blue one")?;
    stage.pass(2)?;
    stage.act(json!({ "act": "edit", "message": id, "text": "the green one" }))?;
    stage.pass(2)?;
    let came = stage.customers()?;
    ensure!(came.len() == 1, "{came:?}");
    ensure!(came[0].text == "the green one" && came[0].earlier.len() == 1 && came[0].earlier[0].text == "the blue one", "{:?}", came[0]);
    Ok(Met)
}

pub fn unsend(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Unsend) {
        return Ok(Lacks("none taken back"));
    }
    taken_back(stage)?;
    if stage.wire.with(|provider, _| provider.enter_group()) {
        taken_back(stage)?;
    }
    Ok(Met)
}

fn taken_back(stage: &mut Stage) -> Result<()> {
    let id = stage.says("forget this")?;
    stage.pass(2)?;
    stage.act(json!({ "act": "unsend", "message": id }))?;
    stage.pass(2)?;
    let came = stage.customers()?;
    ensure!(came.len() == 1 && came[0].unsent_at.is_some() && came[0].text.is_empty(), "{came:?}");
    Ok(())
}

pub fn reaction(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.hears.contains(&Feature::Reaction) {
        return Ok(Lacks("no reactions"));
    }
    let desk = stage.taken()?;
    let ours = stage.write(&desk, "On its way")?;
    stage.pass(2)?;
    let id = stage.ledger().accepted.last().map(|one| one.id.clone()).unwrap_or_default();
    stage.act(json!({ "act": "react", "message": id, "emoji": "❤" }))?;
    stage.pass(2)?;
    let reactions = stage.again(&ours)?.reactions;
    ensure!(reactions.len() == 1 && !reactions[0].ours && reactions[0].emoji.starts_with('❤'), "{reactions:?}");
    stage.act(json!({ "act": "react", "message": id, "emoji": null }))?;
    stage.pass(2)?;
    ensure!(stage.again(&ours)?.reactions.is_empty(), "it is still there");
    Ok(Met)
}

pub fn our_reaction(stage: &mut Stage) -> Result<Verdict> {
    if !stage.can.says.contains(&Feature::Reaction) {
        return Ok(Lacks("not ours"));
    }
    let desk = stage.taken()?;
    let Some(theirs) = stage.customers()?.pop() else { anyhow::bail!("nothing was said") };
    let emoji = stage.can.reaction_set.first().cloned().unwrap_or_else(|| "👍".into());
    let path = format!("/messages/{}/reaction", theirs.id);
    let reacted = stage.message(&desk, Method::PUT, &path, json!({ "emoji": emoji }))?;
    ensure!(reacted.is_ok_and(|m| m.reactions.len() == 1), "refused");
    stage.pass(2)?;
    let on_screen = |stage: &Stage| stage.screen().into_iter().flat_map(|one| one.reactions).collect::<Vec<_>>();
    ensure!(on_screen(stage).len() == 1, "the customer sees {:?}", on_screen(stage));
    let gone = stage.message(&desk, Method::PUT, &path, json!({ "emoji": null }))?;
    ensure!(gone.is_ok_and(|m| m.reactions.is_empty()), "refused");
    stage.pass(2)?;
    ensure!(on_screen(stage).is_empty(), "the customer still sees {:?}", on_screen(stage));
    Ok(Met)
}
