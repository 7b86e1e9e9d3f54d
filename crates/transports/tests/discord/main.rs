//! Discord from end to end: the emulator's sockets, our gateway client, the connector, and a house that answers.

mod missed;
mod stage;

use std::time::Duration;

use anyhow::{Context, Result};
use emulators::discord::Faults;
use serde_json::json;

use stage::{ROOM, Stage};

/// Proves G1 for the gateway: what was told while the line was cut is heard once, whatever cut it.
#[tokio::test]
async fn nothing_is_lost_or_doubled_over_cuts() -> Result<()> {
    let stage = Stage::open().await?;
    stage.says("one")?;
    stage.answered(&["You said one"]).await?;

    stage.upset("cut", 0);
    stage.says("two")?;
    stage.answered(&["You said one", "You said two"]).await?;
    assert_eq!((stage.ledger().count("resume"), stage.ledger().count("identify")), (1, 1));

    stage.upset("reconnect", 0);
    stage.until("another resume", |stage| stage.ledger().count("resume") == 2).await?;
    stage.upset("close", 4000);
    stage.says("three")?;
    stage.answered(&["You said one", "You said two", "You said three"]).await?;
    assert_eq!((stage.ledger().count("resume"), stage.ledger().count("identify")), (3, 1));

    stage.faults(Faults { duplicate: 3, ..Faults::default() });
    stage.says("four")?;
    stage.says("five")?;
    stage.until("five", |stage| stage.heard().len() >= 5).await?;
    stage.faults(Faults::default());
    assert_eq!(stage.heard()[3..], ["You said four", "You said five"]);

    let stage = stage.dies().await?;
    stage.says("six")?;
    let stage = stage.lives();
    stage.until("six", |stage| stage.heard().len() >= 6).await?;
    assert_eq!(stage.heard()[5..], ["You said six"], "told while nobody was there");
    assert_eq!(stage.ledger().count("identify"), 1, "the new process went on in the old session");

    stage.upset("invalid", 0);
    stage.until("a new session", |stage| stage.ledger().count("identify") == 2).await?;
    stage.says("seven")?;
    stage.until("seven", |stage| stage.heard().len() >= 7).await?;
    assert_eq!(stage.heard().len(), 7);
    Ok(())
}

#[tokio::test]
async fn a_line_that_only_looks_open_is_left() -> Result<()> {
    let stage = Stage::open().await?;
    stage.faults(Faults { heartbeat_ms: 100, ..Faults::default() });
    stage.upset("reconnect", 0);
    stage.until("heartbeats", |stage| stage.ledger().count("beat") > 5).await?;
    assert_eq!(stage.ledger().count("resume"), 1, "they are answered");
    stage.faults(Faults { heartbeat_ms: 100, mute: true, ..Faults::default() });
    stage.until("a resume", |stage| stage.ledger().count("resume") > 1).await?;
    stage.faults(Faults::default());
    stage.says("still here?")?;
    stage.answered(&["You said still here?"]).await
}

/// A token that ends is named at the account, and nobody knocks in vain at once.
#[tokio::test]
async fn what_somebody_has_to_mend_is_said() -> Result<()> {
    let stage = Stage::open().await?;
    assert_eq!(stage.problem().await?, None);
    stage.upset("close", 4004);
    let (ws, id) = (stage.shop.ws, stage.account.id);
    let mut noted = None;
    for _ in 0..500 {
        noted = stage.problem().await?;
        if noted.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let noted = noted.context("no problem was noted")?;
    assert!(noted.contains("bad_credentials") && noted.contains("bot_token"), "{noted}");
    // It opens again after the pause, and the problem is over.
    stage.until("a new session", |stage| stage.ledger().count("identify") == 2).await?;
    for _ in 0..200 {
        if stage.problem().await?.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(stage.problem().await?, None);
    let lines = stage.house.engine.check_channel(ws, id).await?;
    let bad: Vec<_> = lines.iter().filter(|line| line.problem.is_some()).collect();
    assert!(bad.is_empty() && lines.len() > 6, "{lines:?}");
    Ok(())
}

#[tokio::test]
async fn buttons_tickets_and_limits() -> Result<()> {
    let stage = Stage::open().await?;
    stage.says("the menu, please")?;
    stage.answered(&["Tea or coffee?"]).await?;
    let offered = stage.ledger().accepted[0].id.clone();
    stage.act(None, json!({ "act": "tap", "message": offered, "button": "Coffee" }))?;
    stage.answered(&["Tea or coffee?", "You chose Coffee"]).await?;
    let tapped = stage.ledger().interactions[0].clone();
    assert_eq!(tapped.answer, Some(json!({ "type": 6 })));
    assert!(tapped.answered_after_ms.is_some_and(|ms| ms < 3_000), "{tapped:?}");

    // A mention asks for a ticket: the answer begins a thread at it, and what is said there belongs to it.
    let asked = stage.act(Some(ROOM), json!({ "act": "say", "text": "@support my lamp is broken" }))?;
    stage.until("the ticket", |stage| stage.heard().len() >= 3).await?;
    let answer = stage.ledger().accepted[2].clone();
    assert_eq!((answer.channel.as_str(), answer.text.as_str()), (asked.as_str(), "You said @support my lamp is broken"));
    stage.act(Some(&asked), json!({ "act": "say", "text": "and the bulb" }))?;
    stage.until("the thread", |stage| stage.heard().len() >= 4).await?;
    let lines = stage.house.transcript(&stage.shop, stage.account.id, &asked).await?;
    assert_eq!(lines.iter().filter(|line| line.starts_with("customer: ")).count(), 2, "{lines:?}");

    // Where an answer is lost on the way, the gateway's echo or a repeat under the same nonce tells what became of it; a limit is waited for.
    stage.faults(Faults { drop_response: 1, ..Faults::default() });
    stage.says("once")?;
    stage.until("the answer", |stage| stage.heard().len() >= 5).await?;
    stage.faults(Faults { too_many: 1, retry_after_ms: 300, ..Faults::default() });
    stage.says("twice")?;
    stage.until("the limit", |stage| stage.heard().len() >= 6).await?;
    assert_eq!(stage.heard()[4..], ["You said once", "You said twice"]);
    assert!(stage.ledger().refused.iter().any(|refused| refused.status == 429));
    Ok(())
}
