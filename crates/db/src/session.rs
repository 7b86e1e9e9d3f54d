//! A transaction on a PostgreSQL connection. A statement whose answer nobody waits for goes out with the next one that is waited for, or
//! with COMMIT, as BEGIN goes out with the first: many statements, one way to the server and back. It runs them in the order given.

use deadpool_postgres::Object;
use futures::FutureExt as _;
use futures::future::{BoxFuture, MaybeDone, maybe_done};

use crate::pg::{self, Answer, Call};
use crate::{DbError, Row};

type Result<T> = std::result::Result<T, DbError>;

const WRITE: &str = "START TRANSACTION ISOLATION LEVEL READ COMMITTED";
const READ: &str = "START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// Rolled back with the value, unless it was committed.
pub(crate) struct Session<'c> {
    client: &'c Object,
    /// Not sent yet.
    begin: Option<&'static str>,
    later: Vec<Call>,
    /// The server has a transaction of ours.
    open: bool,
    reads: bool,
}

impl<'c> Session<'c> {
    pub fn write(client: &'c Object) -> Self {
        Session { client, begin: Some(WRITE), later: Vec::new(), open: false, reads: false }
    }

    pub fn read(client: &'c Object) -> Self {
        Session { client, begin: Some(READ), later: Vec::new(), open: false, reads: true }
    }

    /// Runs the statement after everything that was put off.
    pub async fn ask(&mut self, call: Call) -> Result<Answer> {
        Ok(self.ask_all(vec![call]).await?.pop().unwrap_or_default())
    }

    /// Runs the statements, after everything that was put off, and answers each.
    pub async fn ask_all(&mut self, calls: Vec<Call>) -> Result<Vec<Answer>> {
        let wanted = calls.len();
        self.later.extend(calls);
        let mut answers = self.send(false).await?;
        Ok(answers.split_off(answers.len().saturating_sub(wanted)))
    }

    /// Runs the statement after everything that was put off; its rows go out as they come.
    pub async fn each(&mut self, call: Call, out: &mut (impl Extend<Row> + Send)) -> Result<()> {
        self.send(false).await?;
        let statement = pg::prepare(self.client, &call).await?;
        pg::each(self.client, &statement, &call, out).await.map(drop)
    }

    /// Puts the statement off. A read ends without COMMIT, so that there it is run at once, and refused.
    pub async fn tell(&mut self, call: Call) -> Result<()> {
        if self.reads {
            return self.ask(call).await.map(drop);
        }
        self.later.push(call);
        Ok(())
    }

    /// Runs what was put off, and commits. Where nothing was asked for there is nothing to commit.
    ///
    /// # Errors
    /// [`DbError::FateUnknown`] when the connection was lost after COMMIT had been sent.
    pub async fn commit(mut self) -> Result<()> {
        if self.begin.is_some() && self.later.is_empty() {
            return Ok(());
        }
        self.send(true).await?;
        self.open = false;
        Ok(())
    }

    /// Sends what was put off, then perhaps COMMIT; answers everything that was sent.
    async fn send(&mut self, commit: bool) -> Result<Vec<Answer>> {
        let (client, calls) = (self.client, std::mem::take(&mut self.later));
        let mut statements = Vec::with_capacity(calls.len());
        for call in &calls {
            statements.push(pg::prepare(client, call).await?);
        }
        let plain = |sql: &'static str| client.batch_execute(sql).map(|done| done.map(|()| Answer::default()).map_err(DbError::from));
        let mut sent: Vec<MaybeDone<BoxFuture<'_, Result<Answer>>>> = Vec::with_capacity(calls.len() + 2);
        if let Some(begin) = self.begin.take() {
            self.open = true;
            sent.push(maybe_done(plain(begin).boxed()));
        }
        sent.extend(calls.iter().zip(&statements).map(|(call, statement)| maybe_done(pg::run(client, statement, call).boxed())));
        if commit {
            sent.push(maybe_done(plain("COMMIT").boxed()));
        }
        // Polled once, each has gone out. One that could not be, such as a value that does not fit, keeps back those behind it: the
        // server, which knows nothing of it, would commit the rest.
        for one in &mut sent {
            let _ = futures::poll!(&mut *one);
            if let MaybeDone::Done(Err(error)) = one {
                return Err(error.clone());
            }
        }
        let mut answers = Vec::with_capacity(sent.len());
        for one in &mut sent {
            (&mut *one).await;
            match std::pin::Pin::new(one).take_output() {
                Some(Ok(answer)) => answers.push(answer),
                Some(Err(DbError::Lost(why))) if commit => return Err(DbError::FateUnknown(why)),
                Some(Err(error)) => return Err(error),
                None => {}
            }
        }
        Ok(answers)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.open {
            // Polled once it has gone out; whoever has the connection next asks after it.
            let _: Option<_> = self.client.batch_execute("ROLLBACK").now_or_never();
        }
    }
}
