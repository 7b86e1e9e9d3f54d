//! Two weeks of history, made by the engine itself under a past clock: nothing in it is anything the product could not have done.

mod past;
mod picture;
mod player;
mod script;
mod stage;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use db::Db;
use engine::clock::ManualClock;
use engine::{Clock, Engine, Files, Options, Vault};
use model::Timestamp;

use self::past::Past;
use self::player::Player;
use self::script::{DAYS, Person, Talk};
use self::stage::Stage;
use super::address::Address;
use super::installation::Installation;
use super::{emulation, shop};
use crate::chance;

const PEOPLE: &str = include_str!("people.txt");
const TALKS: &str = include_str!("talks.txt");
const WAITING: &str = include_str!("waiting.txt");

const MINUTE_S: i64 = 60;
const DAY_S: i64 = 86_400;
/// A day at the desks, in seconds.
const OPEN_S: i64 = 8 * 3_600;
/// Before the last customers of today come, the desks are left: whoever opens one finds them waiting.
const LEFT_S: i64 = OPEN_S - 20 * MINUTE_S;

/// What the past is made with.
pub struct Making<'a> {
    pub db: Db,
    pub files: Files,
    pub vault: Vault,
    pub address: &'a Address,
    /// The present.
    pub now: Timestamp,
    /// How many customers wait at the end.
    pub waiting: usize,
}

/// Makes shop and history in an empty, migrated database. `progress` hears of talks told, of all.
///
/// # Errors
/// When something in the story went another way than it is written.
pub async fn make(making: Making<'_>, installation: &mut Installation, progress: impl Fn(usize, usize)) -> Result<()> {
    let today = making.now.plus_secs(-OPEN_S);
    let first = today.plus_secs(-(DAYS - 1) * DAY_S);
    let clock = Arc::new(ManualClock::new(first.plus_secs(-2 * 3_600)));
    let carrier = emulation::carrier(installation, making.address);
    let platforms = emulation::platforms(installation, making.address);
    let past = Arc::new(Past::new(&carrier, &platforms, clock.clone(), chance::seed()?));
    let engine = Engine::new(Options {
        db: making.db,
        files: making.files,
        vault: making.vault,
        clock: clock.clone(),
        connectors: connectors::ALL,
        origins: super::origins(making.address),
        world: past.clone(),
        seed: chance::seed()?,
        alone: true,
    });
    engine.renew().await?;
    installation.ready = false;
    let activities = shop::make(&engine, installation, making.address).await?;
    let stage = Stage { engine, clock, past, ws: installation.ws };

    let people: BTreeMap<String, Person> = script::people(PEOPLE)?.into_iter().map(|person| (person.key.clone(), person)).collect();
    let talks = script::talks(TALKS)?;
    let waiting: Vec<Talk> = script::talks(WAITING)?.into_iter().take(making.waiting).collect();
    let mut player = Player::new(&stage, installation, activities, format!("{}/", making.address.origin("shop")));
    let mut told = 0;
    for day in 0..DAYS {
        let opening = first.plus_secs(day * DAY_S);
        stage.pass_until(opening).await?;
        player.open().await?;
        for talk in talks.iter().filter(|talk| talk.minute / (24 * 60) == day) {
            stage.pass_until(first.plus_secs(talk.minute * MINUTE_S)).await?;
            player.play(talk, known(&people, talk)?).await?;
            told += 1;
            progress(told, talks.len() + waiting.len());
        }
        stage.pass_until(opening.plus_secs(if day == DAYS - 1 { LEFT_S } else { OPEN_S })).await?;
        player.close().await?;
    }
    for talk in &waiting {
        stage.pass_until(first.plus_secs(talk.minute * MINUTE_S)).await?;
        player.play(talk, known(&people, talk)?).await?;
        told += 1;
        progress(told, talks.len() + waiting.len());
    }
    while stage.engine.index_once(stage.ws).await? {}
    anyhow::ensure!(stage.clock.now() < making.now, "the history reached into the present");
    stage.engine.release().await?;
    installation.said = stage.past.said();
    installation.ready = true;
    installation.keep(stage.engine.db(), stage.engine.vault()).await
}

fn known<'p>(people: &'p BTreeMap<String, Person>, talk: &Talk) -> Result<&'p Person> {
    people.get(&talk.person).with_context(|| format!("nobody is called {}", talk.person))
}
