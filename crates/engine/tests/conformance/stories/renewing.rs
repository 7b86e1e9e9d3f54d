//! Tokens that end: drawn anew by us where the provider lets us, and told of where it does not.

use anyhow::{Context, Result, ensure};

use super::failing::once;
use crate::stage::{Stage, block_on};
use crate::table::Verdict::{self, Lacks, Met};

const DAY_S: i64 = 86_400;

/// The next one is drawn before the old one ends, and again where the provider ends it early; what is written then leaves once.
pub fn renewed(stage: &mut Stage) -> Result<Verdict> {
    if stage.can.streamed {
        return Ok(Lacks("no provider"));
    }
    let mut account = stage.configured()?;
    stage.channel.let_token_end(&mut account);
    block_on(stage.house.reconnect(&stage.shop, account))?;
    if !stage.renews()? {
        return Ok(Lacks("not by us"));
    }
    // Where the provider does not say when it ends, it does so in 12 days.
    let given = stage.wire.with(|provider, now| provider.mistake("ends", now));
    let given = given.then(|| stage.house.now().plus_secs(12 * DAY_S));
    let desk = stage.taken()?;
    once(stage, &desk, "with the first token", 10)?;
    let (ends, due) = credential(stage)?;
    let (ends, due) = (ends.or(given).context("nobody noted when it ends")?, due.context("nobody noted when to renew it")?);
    ensure!(due < ends, "it is renewed too late");
    stage.leap(1 + (due - stage.house.now()) / 1_000_000)?;
    stage.leap(1 + (ends - stage.house.now()) / 1_000_000)?;
    // Without a word of theirs some channels let nobody write after so long.
    stage.says("still there?")?;
    stage.pass(2)?;
    let refused = stage.ledger().refused.len();
    once(stage, &desk, "with the next one", 5)?;
    ensure!(stage.ledger().refused.len() == refused, "the old one was shown once more");
    if stage.wire.with(|provider, now| provider.mistake("over", now)) {
        stage.leap(60)?;
        once(stage, &desk, "with a third one", 10)?;
    }
    ensure!(problems(stage)?.is_empty(), "{:?}", problems(stage)?);
    Ok(Met)
}

/// A token that nobody renews: the doctor reads when it ends, warns of it, and names it once it has.
pub fn ends(stage: &mut Stage) -> Result<Verdict> {
    if stage.renews()? {
        return Ok(Lacks("renewed by itself"));
    }
    if !stage.wire.with(|provider, now| provider.mistake("ends", now)) {
        return Ok(Lacks("never ends"));
    }
    let begun = stage.house.now();
    let warned = problems(stage)?;
    ensure!(warned.len() == 1 && warned[0].code == "token_ends" && warned[0].detail.contains("in 11 days"), "named are {warned:?}");
    let ends = credential(stage)?.0.context("nobody noted when it ends")?;
    ensure!((ends - begun - 12 * DAY_S * 1_000_000).abs() < 5_000_000, "it ends at {ends:?}");
    // Nobody looks at the doctor, and the day comes.
    later(stage, 12 * DAY_S)?;
    let (ws, account) = (stage.shop.ws, stage.account);
    block_on(stage.house.engine.watch_once(ws))?;
    let noted = block_on(stage.house.engine.db().read(move |tx| Box::pin(async move { store::channel::problem(tx, ws, account).await })))?;
    ensure!(noted.is_some_and(|noted| engine::AccountProblem::read(&noted).code == "token_expired"), "the end is not noted");
    let over = problems(stage)?;
    // LINE takes it no more, and does not say why; Meta says that it ended.
    let named = [("token_expired", Some("access_token")), ("bad_credentials", Some("channel_access_token"))];
    ensure!(over.len() == 1 && named.contains(&(over[0].code.as_str(), over[0].setting.as_deref())), "{over:?}");
    // One that lasts is drawn.
    ensure!(stage.wire.with(|provider, now| provider.mistake("lasts", now)));
    ensure!(problems(stage)?.is_empty() && credential(stage)?.0.is_none(), "the old end stands");
    Ok(Met)
}

fn problems(stage: &Stage) -> Result<Vec<engine::AccountProblem>> {
    let lines = block_on(stage.house.engine.check_channel(stage.shop.ws, stage.account))?;
    Ok(lines.into_iter().filter_map(|line| line.problem).collect())
}

/// When the credential ends, and when the next one is drawn.
fn credential(stage: &Stage) -> Result<(Option<model::Timestamp>, Option<model::Timestamp>)> {
    let (ws, account) = (stage.shop.ws, stage.account);
    let all = block_on(stage.house.engine.db().read(move |tx| Box::pin(async move { store::channel::all(tx, ws).await })))?;
    Ok(all.into_iter().find(|stored| stored.account.id == account).map(|stored| stored.credential).unwrap_or_default())
}

fn later(stage: &Stage, seconds: i64) -> Result<()> {
    stage.house.clock.advance_ms(seconds * 1_000);
    stage.house.keep_time();
    block_on(stage.house.engine.renew())
}
