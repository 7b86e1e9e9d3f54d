//! What nobody tells us of an account: that it fell silent, and that its credential is about to end.
//!
//! Deliveries are counted in memory, and noted with each look: a process that dies loses the counts of a few minutes, and no message.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use connectors::silence::{self, Silence};
use model::{ChannelAccountId, Timestamp};
use store::channel::Standing;
use store::watch::Watch;

use crate::{AccountProblem, Engine};

/// Seconds between two looks.
pub(crate) const LOOK_S: u64 = 300;
/// Seconds without a look after which nobody listened: the account was off, or we were.
const BREAK_S: i64 = 900;
/// Days before a credential's end from which on it is a problem.
const LEAD_DAYS: i64 = 14;
const DAY_S: i64 = 86_400;

/// Noted while an account is silent for longer than it ever was in these hours.
const SILENT: &str = "silent";
/// Noted while a credential that nobody renews is about to end.
const ENDS: &str = "token_ends";
/// The same once it has ended; providers that say so themselves give it this name, too.
const EXPIRED: &str = "token_expired";

/// What an account heard since the last look.
#[derive(Clone)]
struct Heard {
    /// Deliveries by quarter of an hour.
    slots: BTreeMap<i64, i64>,
    last: Timestamp,
}

/// Counts what comes in.
#[derive(Default)]
pub(crate) struct Ear(Mutex<Ears>);

#[derive(Default)]
struct Ears {
    heard: BTreeMap<(i64, ChannelAccountId), Heard>,
    /// Accounts that are noted as silent.
    silent: BTreeSet<ChannelAccountId>,
}

impl Ear {
    fn lock(&self) -> std::sync::MutexGuard<'_, Ears> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a delivery; true when its account was noted as silent.
    fn hear(&self, ws: i64, id: ChannelAccountId, now: Timestamp) -> bool {
        let mut ears = self.lock();
        let heard = ears.heard.entry((ws, id)).or_insert_with(|| Heard { slots: BTreeMap::new(), last: now });
        *heard.slots.entry(silence::slot_of(now)).or_default() += 1;
        heard.last = heard.last.max(now);
        ears.silent.remove(&id)
    }

    fn take(&self, ws: i64) -> BTreeMap<ChannelAccountId, Heard> {
        let mut ears = self.lock();
        let (taken, rest) = std::mem::take(&mut ears.heard).into_iter().partition(|((of, _), _)| *of == ws);
        ears.heard = rest;
        let taken: BTreeMap<(i64, ChannelAccountId), Heard> = taken;
        taken.into_iter().map(|((_, id), heard)| (id, heard)).collect()
    }

    /// What could not be noted is noted with the next look.
    fn put_back(&self, ws: i64, heard: BTreeMap<ChannelAccountId, Heard>) {
        let mut ears = self.lock();
        for (id, heard) in heard {
            let Heard { slots, last } = heard;
            let held = ears.heard.entry((ws, id)).or_insert_with(|| Heard { slots: BTreeMap::new(), last });
            for (slot, count) in slots {
                *held.slots.entry(slot).or_default() += count;
            }
            held.last = held.last.max(last);
        }
    }

    /// Remembers whether an account is noted as silent.
    fn mark(&self, id: ChannelAccountId, silent: bool) {
        let mut ears = self.lock();
        if silent {
            ears.silent.insert(id)
        } else {
            ears.silent.remove(&id)
        };
    }

    fn last(&self, ws: i64) -> BTreeMap<ChannelAccountId, Timestamp> {
        self.lock().heard.iter().filter(|((of, _), _)| *of == ws).map(|((_, id), heard)| (*id, heard.last)).collect()
    }
}

impl Engine {
    /// Counts a delivery that brought something. A silence is over with it.
    pub(crate) async fn hear(&self, ws: i64, id: ChannelAccountId) {
        if self.0.ear.hear(ws, id, self.now())
            && let Err(error) = self.end_silence(ws, id).await
        {
            tracing::warn!(%error, account = %id, "the end of a silence was not noted; the next look does it");
        }
    }

    async fn end_silence(&self, ws: i64, id: ChannelAccountId) -> Result<()> {
        tracing::info!(account = %id, "the account is heard again");
        self.0
            .db
            .write(move |tx| {
                Box::pin(async move {
                    let Some(noted) = store::channel::problem(tx, ws, id).await? else { return Ok(()) };
                    if AccountProblem::read(&noted).code == SILENT {
                        store::channel::end_problem(tx, ws, id, &noted).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// When each account last brought something, as far as it is known.
    pub async fn last_heard(&self, ws: i64) -> Result<BTreeMap<ChannelAccountId, Timestamp>> {
        let watched = self.0.db.read(move |tx| Box::pin(async move { store::watch::all(tx, ws).await })).await?;
        let mut last: BTreeMap<_, _> = watched.into_iter().filter_map(|(id, watch)| Some((id, watch.heard_at?))).collect();
        for (id, at) in self.0.ear.last(ws) {
            let known = last.entry(id).or_insert(at);
            *known = at.max(*known);
        }
        Ok(last)
    }

    /// Notes what the accounts of a workspace heard, and what is to be said of them: a silence, a credential's end.
    pub async fn watch_once(&self, ws: i64) -> Result<()> {
        let now = self.now();
        let (before, watches) = self.note_heard(ws, now).await?;
        let standings = self.0.db.read(move |tx| Box::pin(async move { store::channel::standings(tx, ws).await })).await?;
        for standing in standings {
            let Some(watch) = watches.get(&standing.id) else { continue };
            let looked = before.get(&standing.id).map(|before| before.watched_at);
            self.judge(ws, &standing, watch, looked, now).await?;
        }
        Ok(())
    }

    /// How each account was listened to until now, and how it is from now on.
    async fn note_heard(&self, ws: i64, now: Timestamp) -> Result<(Watches, Watches)> {
        let config = self.config(ws).await?;
        let on: Vec<ChannelAccountId> = config.accounts.values().filter(|account| account.enabled).map(|account| account.id).collect();
        let mut heard = self.0.ear.take(ws);
        // Nothing is kept of an account that is gone.
        heard.retain(|id, _| config.accounts.contains_key(id));
        let (on, taken) = (Arc::new(on), Arc::new(heard));
        let heard = taken.clone();
        let noted = self.0.db.write(move |tx| {
            let (on, heard) = (on.clone(), heard.clone());
            Box::pin(async move {
                let before = store::watch::all(tx, ws).await?;
                let watches: Watches =
                    on.iter().map(|id| (*id, listen(before.get(id), heard.get(id).map(|heard| heard.last), now))).collect();
                store::watch::put(tx, ws, &watches).await?;
                let counts = heard.iter().flat_map(|(id, heard)| heard.slots.iter().map(|(slot, count)| ((*id, *slot), *count)));
                store::watch::count(tx, ws, &counts.collect()).await?;
                for id in heard.keys() {
                    store::watch::forget(tx, ws, *id, silence::slot_of(now) - silence::KEPT).await?;
                }
                Ok((before, watches))
            })
        });
        noted.await.inspect_err(|_| self.0.ear.put_back(ws, (*taken).clone()))
    }

    /// Says what is to be said of one account, unless something more exact is noted of it.
    async fn judge(&self, ws: i64, standing: &Standing, watch: &Watch, looked: Option<Timestamp>, now: Timestamp) -> Result<()> {
        let id = standing.id;
        let noted = standing.problem.as_deref().map(AccountProblem::read);
        if noted.as_ref().is_some_and(|noted| !noted.yields()) {
            return Ok(());
        }
        let silent = match noted.as_ref().filter(|noted| noted.code == SILENT) {
            // It ends with a delivery and with nothing else: not because we were away for a while.
            Some(noted) => watch.heard_at.is_none_or(|at| !silence::too_short(at, now)).then(|| noted.clone()),
            // What is judged changes with each quarter of an hour.
            None if looked.is_some_and(|at| silence::slot_of(at) == silence::slot_of(now)) => None,
            None => self.silence_of(ws, id, watch, now).await?,
        };
        let wanted = standing.credential_ends.and_then(|at| ending(at, now)).or(silent);
        let code = |problem: &Option<AccountProblem>| problem.as_ref().map(|problem| problem.code.clone());
        self.0.ear.mark(id, code(&wanted).as_deref() == Some(SILENT));
        match &standing.problem {
            _ if code(&wanted) == code(&noted) => Ok(()),
            Some(noted) if wanted.is_none() => {
                let noted = noted.clone();
                let end = self.0.db.write(move |tx| {
                    let noted = noted.clone();
                    Box::pin(async move { store::channel::end_problem(tx, ws, id, &noted).await })
                });
                end.await
            }
            _ => {
                tracing::warn!(account = %id, problem = code(&wanted), "an account needs somebody to look at it");
                self.account_problem(ws, id, wanted).await
            }
        }
    }

    async fn silence_of(&self, ws: i64, id: ChannelAccountId, watch: &Watch, now: Timestamp) -> Result<Option<AccountProblem>> {
        let since = watch.heard_at.map_or(watch.since, |at| at.max(watch.since));
        if silence::too_short(since, now) {
            return Ok(None);
        }
        let heard = self.0.db.read(move |tx| Box::pin(async move { store::watch::heard(tx, ws, id).await })).await?;
        Ok(silence::silence(&heard, since, now).map(silent))
    }

    /// What the doctor adds when all that could be asked is well.
    pub(crate) async fn unasked_problems(&self, ws: i64, id: ChannelAccountId) -> Result<Vec<AccountProblem>> {
        let now = self.now();
        self.note_heard(ws, now).await?;
        let found = self.0.db.read(move |tx| {
            Box::pin(async move {
                let standing = store::channel::standings(tx, ws).await?.into_iter().find(|standing| standing.id == id);
                Ok((standing, store::watch::all(tx, ws).await?.remove(&id)))
            })
        });
        let (standing, watch) = found.await?;
        let ends = standing.and_then(|standing| standing.credential_ends).and_then(|at| ending(at, now));
        let silent = match watch {
            Some(watch) => self.silence_of(ws, id, &watch, now).await?,
            None => None,
        };
        Ok(ends.into_iter().chain(silent).collect())
    }
}

type Watches = BTreeMap<ChannelAccountId, Watch>;

/// How an account that is switched on is listened to from now on.
fn listen(before: Option<&Watch>, heard: Option<Timestamp>, now: Timestamp) -> Watch {
    let unbroken = before.filter(|before| now - before.watched_at <= BREAK_S * 1_000_000);
    Watch {
        watched_at: now,
        since: unbroken.map_or(now, |before| before.since),
        heard_at: heard.max(before.and_then(|before| before.heard_at)),
    }
}

fn silent(found: Silence) -> AccountProblem {
    let Silence { lasts_s, weeks, usual } = found;
    let hours = lasts_s / 3_600;
    let detail = format!(
        "Nothing has come in for {hours} hours. In the same hours of the last weeks something always came: of {weeks} weeks, {usual} deliveries in the poorest"
    );
    AccountProblem { code: SILENT.into(), setting: None, detail }
}

/// What is wrong with a credential that nobody renews and that ends then.
fn ending(at: Timestamp, now: Timestamp) -> Option<AccountProblem> {
    let left_s = (at - now) / 1_000_000;
    if left_s <= 0 {
        return Some(AccountProblem::expired());
    }
    let detail = match left_s / DAY_S {
        0 => "The access token ends within a day: draw a new one".to_owned(),
        1 => "The access token ends in a day: draw a new one".to_owned(),
        days => format!("The access token ends in {days} days: draw a new one"),
    };
    (left_s < LEAD_DAYS * DAY_S).then(|| AccountProblem { code: ENDS.into(), setting: None, detail })
}

impl AccountProblem {
    fn expired() -> Self {
        Self { code: EXPIRED.into(), setting: None, detail: "The access token has ended: draw a new one".into() }
    }
    /// True of what any other problem may be noted over: the account still works, or nobody knows.
    pub(crate) fn yields(&self) -> bool {
        matches!(self.code.as_str(), SILENT | ENDS)
    }
}
