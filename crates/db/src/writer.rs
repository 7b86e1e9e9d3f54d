//! The one writer of a SQLite file: a thread that runs jobs in groups, one commit and one sync for each group.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::hooks::{Fate, Hooks, Point};
use crate::job::{Job, in_savepoint, once, run};
use crate::{DbError, SqliteOptions};

/// A group is closed after this time even if more jobs wait; nobody ever waits for a group to fill.
const GROUP_TIME: Duration = Duration::from_millis(5);

type Done<T> = std::result::Result<T, DbError>;
type Alone = Box<dyn FnOnce(&mut Connection) + Send>;

/// What the writer is asked to do.
enum Order {
    /// Part of a group commit.
    Grouped(Box<dyn Work>),
    /// Outside any transaction, for migrations.
    Alone(Alone),
}

/// Jobs that are run and answered together.
trait Work: Send {
    /// False when a job failed; what it had written is then undone by its savepoint if it was `guarded`, by nobody otherwise.
    fn run(&mut self, conn: &mut Connection, guarded: bool) -> bool;
    /// Tells the waiting callers, after the commit or after its failure.
    fn answer(self: Box<Self>, committed: &Done<()>);
}

pub(crate) struct Writer {
    orders: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
    capacity: usize,
}

impl Writer {
    pub fn start(conn: Connection, options: &SqliteOptions, hooks: Arc<Hooks>) -> Done<Self> {
        let (orders, inbox) = sync_channel(options.queue);
        let group = options.group.max(1);
        let thread = std::thread::Builder::new()
            .name("db-writer".to_owned())
            .spawn(move || Groups { conn, inbox, hooks, group }.serve())
            .map_err(|error| DbError::Open(format!("cannot start the writer's thread: {error}")))?;
        Ok(Writer { orders: Some(orders), thread: Some(thread), capacity: options.queue })
    }

    pub async fn write<T: Send + 'static>(&self, job: impl Job<T>) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.send(Order::Grouped(Box::new(Single { job, outcome: None, answer })))?;
        answered.await.map_err(|_| gone())?
    }

    pub async fn write_pair<A: Send + 'static, B: Send + 'static>(
        &self,
        first: impl Job<A>,
        second: impl Job<B>,
    ) -> Result<(A, Result<B>)> {
        let (answer, answered) = oneshot::channel();
        self.send(Order::Grouped(Box::new(Pair { first, second, outcome: None, answer })))?;
        answered.await.map_err(|_| gone())?
    }

    /// Runs `work` on the writer's connection between two groups.
    pub async fn alone<T: Send + 'static>(&self, work: impl FnOnce(&mut Connection) -> T + Send + 'static) -> Done<T> {
        let (answer, answered) = oneshot::channel();
        self.send(Order::Alone(Box::new(move |conn| drop(answer.send(work(conn))))))?;
        answered.await.map_err(|_| gone())
    }

    fn send(&self, order: Order) -> Done<()> {
        let orders = self.orders.as_ref().ok_or_else(gone)?;
        orders.try_send(order).map_err(|refused| match refused {
            TrySendError::Full(_) => DbError::Busy(format!("{} writes are waiting", self.capacity)),
            TrySendError::Disconnected(_) => gone(),
        })
    }
}

impl Drop for Writer {
    /// Everything queued is still written, then the connection is closed.
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            drop(thread.join());
        }
    }
}

fn gone() -> DbError {
    DbError::NotCommitted("the writer has stopped".to_owned())
}

struct Groups {
    conn: Connection,
    inbox: Receiver<Order>,
    hooks: Arc<Hooks>,
    group: usize,
}

impl Groups {
    fn serve(mut self) {
        let mut next = None;
        while let Some(order) = next.take().or_else(|| self.inbox.recv().ok()) {
            match order {
                Order::Grouped(work) => next = self.group(work),
                Order::Alone(work) => {
                    if catch_unwind(AssertUnwindSafe(|| work(&mut self.conn))).is_err() && !self.conn.is_autocommit() {
                        drop(run(&self.conn, "ROLLBACK"));
                    }
                }
            }
        }
    }

    /// Runs one group to its end; answers an order that cannot be part of it.
    fn group(&mut self, first: Box<dyn Work>) -> Option<Order> {
        let mut next = Some(Order::Grouped(first));
        let mut ran: Vec<Box<dyn Work>> = Vec::new();
        let mut begun = run(&self.conn, "BEGIN IMMEDIATE");
        // Savepoints copy every page a job touches. Most groups need none: only one in which a job fails is undone and run again with them.
        let mut guarded = false;
        let started = Instant::now();
        while let Some(Order::Grouped(mut work)) = next {
            let fine = begun.is_err() || work.run(&mut self.conn, guarded);
            ran.push(work);
            if !fine && !guarded && !self.conn.is_autocommit() {
                guarded = true;
                begun = self.again(&mut ran);
            }
            next = None;
            if begun.is_ok() && self.conn.is_autocommit() {
                break; // a full or failing disk took the whole transaction
            }
            if ran.len() < self.group && started.elapsed() < GROUP_TIME {
                next = self.inbox.try_recv().ok();
            }
        }
        let committed = begun.and_then(|()| commit(&mut self.conn, &self.hooks));
        for work in ran {
            work.answer(&committed);
        }
        next
    }

    /// Undoes what ran, and runs it once more with a savepoint each, so that what fails fails alone.
    fn again(&mut self, ran: &mut [Box<dyn Work>]) -> Done<()> {
        run(&self.conn, "ROLLBACK")?;
        run(&self.conn, "BEGIN IMMEDIATE")?;
        for work in ran {
            work.run(&mut self.conn, true);
            if self.conn.is_autocommit() {
                break;
            }
        }
        Ok(())
    }
}

/// Commits the open transaction; after an error nothing of it is left, except where the sync failed, which ends the process.
pub(crate) fn commit(conn: &mut Connection, hooks: &Hooks) -> Done<()> {
    if conn.is_autocommit() {
        return Err(DbError::NotCommitted("the database gave up the transaction, its disk may be full".to_owned()));
    }
    if hooks.reach(Point::BeforeCommit) == Fate::Die {
        run(conn, "ROLLBACK")?;
        return Err(DbError::Interrupted);
    }
    if let Err(error) = run(conn, "COMMIT") {
        if matches!(error, DbError::Disk(_)) {
            hooks.sync_failed(&error);
        }
        if !conn.is_autocommit() {
            drop(run(conn, "ROLLBACK"));
        }
        return Err(error);
    }
    match hooks.reach(Point::AfterCommit) {
        Fate::Go => Ok(()),
        Fate::Die => Err(DbError::Interrupted),
    }
}

struct Single<J, T> {
    job: J,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T: Send, J: Job<T>> Work for Single<J, T> {
    fn run(&mut self, conn: &mut Connection, guarded: bool) -> bool {
        let outcome = if guarded { in_savepoint(conn, &self.job) } else { once(conn, |tx| (self.job)(tx)) };
        let fine = outcome.is_ok();
        self.outcome = Some(outcome);
        fine
    }

    fn answer(self: Box<Self>, committed: &Done<()>) {
        // Whoever asked may have gone; the write stands.
        drop(self.answer.send(settled(self.outcome, committed)));
    }
}

struct Pair<J, K, A, B> {
    first: J,
    second: K,
    outcome: Option<Result<(A, Result<B>)>>,
    answer: oneshot::Sender<Result<(A, Result<B>)>>,
}

impl<A: Send, B: Send, J: Job<A>, K: Job<B>> Work for Pair<J, K, A, B> {
    fn run(&mut self, conn: &mut Connection, guarded: bool) -> bool {
        let outcome = match guarded {
            true => pair(conn, &self.first, &self.second),
            false => once(conn, |tx| (self.first)(tx)).and_then(|first| Ok((first, Ok(once(conn, |tx| (self.second)(tx))?)))),
        };
        let fine = outcome.as_ref().is_ok_and(|(_, second)| second.is_ok());
        self.outcome = Some(outcome);
        fine
    }

    fn answer(self: Box<Self>, committed: &Done<()>) {
        drop(self.answer.send(settled(self.outcome, committed)));
    }
}

/// Two jobs in a savepoint each: the first stands whatever becomes of the second, which is not run if the first failed.
pub(crate) fn pair<A, B>(conn: &mut Connection, first: &dyn Job<A>, second: &dyn Job<B>) -> Result<(A, Result<B>)> {
    let first = in_savepoint(conn, first)?;
    Ok((first, in_savepoint(conn, second)))
}

/// A job's own error says more than the group's.
pub(crate) fn settled<T>(outcome: Option<Result<T>>, committed: &Done<()>) -> Result<T> {
    match (outcome, committed) {
        (Some(Err(own)), _) => Err(own),
        (_, Err(error)) => Err(error.clone().into()),
        (Some(outcome), Ok(())) => outcome,
        (None, Ok(())) => Err(gone().into()),
    }
}
