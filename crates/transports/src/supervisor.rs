//! Keeps open what this process owns, closes what it no longer does, and opens anew what broke or was set up otherwise.

use std::collections::BTreeMap;
use std::time::Duration;

use connectors::{Line, Reply};
use engine::{Engine, OpenLine};
use model::ChannelAccountId;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::{Carrier, gateway, mailbox};

/// How often the wanted lines are looked up.
const LOOK: Duration = Duration::from_secs(1);
/// How long a line may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(3);
const FIRST_PAUSE_MS: u64 = 1_000;
const LONGEST_PAUSE_MS: u64 = 300_000;
/// A line that was open so long begins with the first pause again.
const STEADY: Duration = Duration::from_secs(60);
/// Failures in a row before a server that is merely unreachable is shown as the account's problem.
const SHOWN_AFTER: u32 = 3;

struct Held {
    line: Line,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Held {
    async fn close(self) {
        self.stop.send_replace(true);
        let mut task = self.task;
        if timeout(GOODBYE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

pub async fn run(carrier: &Carrier, engine: Engine) {
    let mut held: BTreeMap<ChannelAccountId, Held> = BTreeMap::new();
    while !engine.stopping() {
        match engine.lines().await {
            Ok(wanted) => adjust(carrier, &engine, &mut held, wanted).await,
            Err(error) => tracing::warn!(%error, "the lines of channel accounts could not be looked up"),
        }
        tokio::time::sleep(LOOK).await;
    }
    futures::future::join_all(std::mem::take(&mut held).into_values().map(Held::close)).await;
}

async fn adjust(carrier: &Carrier, engine: &Engine, held: &mut BTreeMap<ChannelAccountId, Held>, wanted: Vec<OpenLine>) {
    let stays = |id: &ChannelAccountId, one: &Held| {
        !one.task.is_finished() && wanted.iter().any(|open| open.account.id == *id && open.line == one.line)
    };
    let gone: Vec<ChannelAccountId> = held.iter().filter(|(id, one)| !stays(id, one)).map(|(id, _)| *id).collect();
    let closing = gone.iter().filter_map(|id| held.remove(id)).map(Held::close);
    futures::future::join_all(closing).await;
    for open in wanted {
        if held.contains_key(&open.account.id) {
            continue;
        }
        let (stop, stopped) = watch::channel(false);
        let (id, line) = (open.account.id, open.line.clone());
        let task = tokio::spawn(keep_open(carrier.clone(), engine.clone(), open, stopped));
        held.insert(id, Held { line, stop, task });
    }
}

/// Opens a line again and again, with growing pauses while it does not stay open.
async fn keep_open(carrier: Carrier, engine: Engine, open: OpenLine, mut stopped: watch::Receiver<bool>) {
    let mut failures = 0;
    while !*stopped.borrow() {
        let since = tokio::time::Instant::now();
        let ended = match &open.line {
            Line::Mailbox(mailbox) => mailbox::read(&carrier, &engine, &open, mailbox, stopped.clone()).await,
            Line::Gateway(gateway) => gateway::listen(&carrier, &engine, &open, gateway, stopped.clone()).await,
        };
        let Err(why) = ended else { return };
        failures = if since.elapsed() > STEADY { 1 } else { failures + 1 };
        tracing::info!(account = %open.account.id, ?why, failures, "a line broke");
        let known = !matches!(why, Reply::NotSent(_) | Reply::Unknown(_)) || failures >= SHOWN_AFTER;
        if known && let Err(error) = engine.line_broke(open.ws, open.account.id, &why).await {
            tracing::warn!(%error, account = %open.account.id, "why a line broke could not be noted");
        }
        let wait = pause(failures, engine.ids().next::<model::JobId>().0.as_u128());
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
    }
}

/// Doubling, and spread by up to a half so that many accounts of one server do not come back together.
fn pause(failures: u32, dice: u128) -> Duration {
    let full = FIRST_PAUSE_MS.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(LONGEST_PAUSE_MS);
    Duration::from_millis(full / 2 + (dice % u128::from(full / 2 + 1)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_growing() {
        assert!((500..=1_000).contains(&pause(1, 77).as_millis()));
        assert!((4_000..=8_000).contains(&pause(4, 123_456_789).as_millis()));
        assert!((150_000..=300_000).contains(&pause(60, u128::MAX).as_millis()));
    }
}
