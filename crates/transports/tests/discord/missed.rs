//! What people write while no session hears them.

use anyhow::Result;
use emulators::discord::Faults;
use serde_json::json;

use crate::stage::{FLOW, QUIET, ROOM, Stage};

/// Gateway and bot no longer know of each other: the session is gone, and with it what it would have told.
fn lose_the_session(stage: &Stage) {
    stage.upset("forget", 0);
    stage.upset("cut", 0);
}

fn direct(stage: &Stage) -> String {
    stage.ledger().accepted.first().map(|accepted| accepted.channel.clone()).unwrap_or_default()
}

/// Proves G1 for a session that cannot be resumed: what was written meanwhile is listed, what is told meanwhile waits behind it, and what
/// is both counts once.
#[tokio::test]
async fn what_no_session_told_arrives_once_and_in_order() -> Result<()> {
    let stage = Stage::open().await?;
    stage.says("one")?;
    stage.answered(&["You said one"]).await?;
    // The first three requests fail, so that there is time between the new session and the list.
    stage.faults(Faults { server_error: 3, ..Faults::default() });
    lose_the_session(&stage);
    stage.says("two")?;
    stage.says("three")?;
    stage.until("a new session", |stage| stage.ledger().count("identify") == 2).await?;
    stage.says("four")?;
    let told =
        |stage: &Stage| stage.ledger().gateway.iter().filter(|noted| noted.what == "told" && noted.detail == "MESSAGE_CREATE").count();
    let before = told(&stage);
    stage.answered(&["You said one", "You said two", "You said three", "You said four"]).await?;
    stage.says("five")?;
    stage.until("five", |stage| stage.heard().len() >= 5).await?;
    assert_eq!(stage.heard()[4..], ["You said five"]);
    assert_eq!(before, 3, "one, the answer to it, and four were told by the gateway");
    assert_eq!(stage.written(&direct(&stage)).await?, ["one", "two", "three", "four", "five"]);
    assert_eq!(stage.ledger().refused.iter().filter(|refused| refused.status == 502).count(), 3);
    Ok(())
}

/// Whoever dies while listing has not yet kept the new session: the next one begins again with the old one, and misses nothing.
#[tokio::test]
async fn a_process_that_dies_on_the_way_loses_nothing() -> Result<()> {
    let stage = Stage::open().await?;
    stage.says("one")?;
    stage.answered(&["You said one"]).await?;
    stage.faults(Faults { server_error: 3, ..Faults::default() });
    lose_the_session(&stage);
    stage.says("two")?;
    stage.until("a new session", |stage| stage.ledger().count("identify") == 2).await?;
    let stage = stage.dies().await?;
    stage.says("three")?;
    let stage = stage.lives();
    stage.answered(&["You said one", "You said two", "You said three"]).await?;
    assert_eq!(stage.ledger().count("identify"), 3);
    assert_eq!(stage.written(&direct(&stage)).await?, ["one", "two", "three"]);
    Ok(())
}

/// A list has pages of a hundred; its limit is waited for.
#[tokio::test]
async fn a_long_silence_is_read_page_by_page() -> Result<()> {
    const LINES: usize = 650;
    let stage = Stage::open_with(QUIET).await?;
    let channel = stage
        .says("line 0")
        .map(|_| stage.discord.with(|discord, _| discord.direct_messages(crate::stage::BOT, "ana")[0].channel.clone()))?;
    stage.arrives(&channel, 1).await?;
    let stage = stage.dies().await?;
    stage.upset("forget", 0);
    for no in 1..=LINES {
        stage.says(&format!("line {no}"))?;
    }
    let stage = stage.lives();
    let written = stage.arrives(&channel, LINES + 1).await?;
    assert_eq!(written, (0..=LINES).map(|no| format!("line {no}")).collect::<Vec<_>>());
    let ledger = stage.ledger();
    let pages = ledger.listed.iter().filter(|listed| listed.starts_with(&format!("{channel} after "))).count();
    assert_eq!(pages, 7, "six full pages and the rest: {:?}", ledger.listed);
    assert!(ledger.refused.is_empty(), "who waits is not refused: {:?}", ledger.refused);
    Ok(())
}

/// Tickets that are known, one that was begun meanwhile, and a mention; a thread that is hidden and one that is gone cost themselves alone.
#[tokio::test]
async fn each_place_is_looked_at() -> Result<()> {
    let stage = Stage::open_with(QUIET).await?;
    stage.says("hello")?;
    let begin = |stage: &Stage, name: &str| {
        let thread = stage.act(Some(ROOM), json!({ "act": "start", "title": name }))?;
        stage.act(Some(&thread), json!({ "act": "say", "text": format!("{name} is broken") }))?;
        anyhow::Ok(thread)
    };
    let (lamp, hidden, gone) = (begin(&stage, "lamp")?, begin(&stage, "bulb")?, begin(&stage, "cable")?);
    for thread in [&lamp, &hidden, &gone] {
        stage.arrives(thread, 1).await?;
    }
    lose_the_session(&stage);
    stage.act(Some(&hidden), json!({ "act": "say", "text": "not for the bot" }))?;
    stage.faults(Faults { hidden: vec![hidden.clone()], ..Faults::default() });
    stage.discord.with(|discord, now| discord.delete_channel(&gone, now));
    stage.act(Some(&lamp), json!({ "act": "say", "text": "and dark" }))?;
    stage.act(Some(ROOM), json!({ "act": "say", "text": "just chatting" }))?;
    let mention = stage.act(Some(ROOM), json!({ "act": "say", "text": "@support my plug, too" }))?;
    let chair = begin(&stage, "chair")?;
    stage.says("and hello again")?;
    assert_eq!(stage.arrives(&chair, 1).await?, ["chair is broken"]);
    assert_eq!(stage.arrives(&lamp, 2).await?, ["lamp is broken", "and dark"]);
    assert_eq!(stage.arrives(&mention, 1).await?, ["@support my plug, too"]);
    let channel = stage.discord.with(|discord, _| discord.direct_messages(crate::stage::BOT, "ana")[0].channel.clone());
    assert_eq!(stage.arrives(&channel, 2).await?, ["hello", "and hello again"]);
    assert_eq!(stage.written(&hidden).await?, ["bulb is broken"]);
    assert!(stage.written(ROOM).await?.is_empty(), "who does not speak to the bot is not listened to");
    let refused = |code| stage.ledger().refused.iter().filter(|refused| refused.code == code).count();
    assert_eq!((refused(50_001), refused(10_003)), (1, 1), "{:?}", stage.ledger().refused);
    assert_eq!(stage.problem().await?, None);
    Ok(())
}

/// What was said before the account was connected is none of ours; what came between that and the first session is.
#[tokio::test]
async fn the_first_session_begins_with_the_account() -> Result<()> {
    let stage = Stage::prepared(FLOW, Some("@support before you were there")).await?;
    let asked = stage.act(Some(ROOM), json!({ "act": "say", "text": "@support is anybody there?" }))?;
    let stage = stage.lives();
    assert_eq!(stage.arrives(&asked, 1).await?, ["@support is anybody there?"]);
    stage.until("an answer", |stage| !stage.heard().is_empty()).await?;
    assert_eq!(stage.heard(), ["You said @support is anybody there?"]);
    Ok(())
}
