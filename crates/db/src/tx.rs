//! A transaction as repository functions see it: the same calls on both engines.

use rusqlite::Connection;

use crate::pg::{Call, Given};
use crate::session::Session;
use crate::{DbError, Row, Rows, Statement, Value, dialect, lite};

type Result<T> = std::result::Result<T, DbError>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A question for [`Tx::together`].
#[derive(Debug)]
pub struct Ask {
    sql: Statement,
    params: Vec<Value>,
    keys: Option<Vec<Value>>,
}

impl Ask {
    /// As [`Tx::all`].
    pub fn all(sql: impl Into<Statement>, params: Vec<Value>) -> Self {
        Ask { sql: sql.into(), params, keys: None }
    }

    /// As [`Tx::all_any`].
    pub fn any(sql: impl Into<Statement>, params: Vec<Value>, keys: Vec<Value>) -> Self {
        Ask { sql: sql.into(), params, keys: Some(keys) }
    }
}

/// An open transaction. On SQLite every call is finished when it returns, so a job's future never waits.
///
/// Statements are `&'static str` or [`Statement`]; parameters are numbered `$1..$n`.
/// Any error of the engine dooms the transaction: there is no catching a unique violation and going on.
pub struct Tx<'c> {
    on: On<'c>,
    doomed: Option<DbError>,
}

/// Gathers rows to portions.
struct Portions<T> {
    size: usize,
    rows: Vec<Row>,
    take: T,
}

impl<T: FnMut(Vec<Row>)> Portions<T> {
    fn end(&mut self) {
        if !self.rows.is_empty() {
            (self.take)(std::mem::take(&mut self.rows));
        }
    }
}

impl<T: FnMut(Vec<Row>)> Extend<Row> for Portions<T> {
    fn extend<I: IntoIterator<Item = Row>>(&mut self, rows: I) {
        for row in rows {
            self.rows.push(row);
            if self.rows.len() >= self.size {
                self.end();
            }
        }
    }
}

enum On<'c> {
    Sqlite(&'c mut Connection),
    Postgres(Session<'c>),
}

impl<'c> Tx<'c> {
    pub(crate) fn sqlite(conn: &'c mut Connection) -> Self {
        Tx { on: On::Sqlite(conn), doomed: None }
    }

    pub(crate) fn postgres(session: Session<'c>) -> Self {
        Tx { on: On::Postgres(session), doomed: None }
    }

    /// Runs what was put off, and commits; on SQLite the writer does that.
    pub(crate) async fn commit(self) -> Result<()> {
        match self.on {
            On::Sqlite(_) => Ok(()),
            On::Postgres(session) => session.commit().await,
        }
    }

    /// The first error a statement met.
    pub(crate) fn doomed(&self) -> Option<&DbError> {
        self.doomed.as_ref()
    }

    pub fn engine(&self) -> Engine {
        match self.on {
            On::Sqlite(_) => Engine::Sqlite,
            On::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement; answers the number of rows it changed.
    ///
    /// # Errors
    /// Whatever the engine refuses, see [`DbError`]; the same for all calls below.
    pub async fn exec(&mut self, sql: impl Into<Statement>, params: Vec<Value>) -> Result<u64> {
        let sql = sql.into();
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::exec(conn, dialect::sqlite(sql.sqlite), &params),
            On::Postgres(session) => session.ask(Call::new(sql.pg, Given::Each(params))).await.map(|answer| answer.touched),
        };
        self.noted(done)
    }

    /// All rows of a query, or of a statement with `RETURNING`.
    pub async fn all(&mut self, sql: impl Into<Statement>, params: Vec<Value>) -> Result<Vec<Row>> {
        let sql = sql.into();
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::all(conn, dialect::sqlite(sql.sqlite), &params),
            On::Postgres(session) => session.ask(Call::new(sql.pg, Given::Each(params))).await.map(|answer| answer.rows),
        };
        self.noted(done)
    }

    /// As [`Tx::all`] for very many rows: `take` gets them in portions of `size` (the last may be smaller) as they come, in their order.
    pub async fn portions(
        &mut self,
        sql: impl Into<Statement>,
        params: Vec<Value>,
        size: usize,
        take: impl FnMut(Vec<Row>) + Send,
    ) -> Result<()> {
        let sql = sql.into();
        let mut out = Portions { size, rows: Vec::new(), take };
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::each(conn, dialect::sqlite(sql.sqlite), &params, &mut out),
            On::Postgres(session) => session.each(Call::new(sql.pg, Given::Each(params)), &mut out).await,
        };
        if done.is_ok() {
            out.end();
        }
        self.noted(done)
    }

    /// The first row, if there is one.
    pub async fn opt(&mut self, sql: impl Into<Statement>, params: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.all(sql, params).await?.into_iter().next())
    }

    /// The first row.
    ///
    /// # Errors
    /// [`DbError::NoRow`] when there is none (which does not doom the transaction).
    pub async fn one(&mut self, sql: impl Into<Statement>, params: Vec<Value>) -> Result<Row> {
        let sql = sql.into();
        let found = self.opt(sql, params).await?;
        found.ok_or_else(|| DbError::NoRow(sql.pg.to_owned()))
    }

    /// A query with `= ANY($n)` once, where `$n` is the last parameter, for all `keys`: one statement with an array on PostgreSQL,
    /// one run per distinct key on SQLite. Across keys the order of rows is not defined.
    pub async fn all_any(&mut self, sql: impl Into<Statement>, params: Vec<Value>, keys: Vec<Value>) -> Result<Vec<Row>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let sql = sql.into();
        let done = match &mut self.on {
            On::Sqlite(conn) => {
                let mut rows = Vec::new();
                lite::for_keys(conn, dialect::sqlite(sql.sqlite), params, &keys, Some(&mut rows)).map(|_| rows)
            }
            On::Postgres(session) => session.ask(Call::new(sql.pg, Given::Keys(params, keys))).await.map(|answer| answer.rows),
        };
        self.noted(done)
    }

    /// As [`Tx::all_any`], for a statement that changes rows; answers how many.
    pub async fn exec_any(&mut self, sql: impl Into<Statement>, params: Vec<Value>, keys: Vec<Value>) -> Result<u64> {
        if keys.is_empty() {
            return Ok(0);
        }
        let sql = sql.into();
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::for_keys(conn, dialect::sqlite(sql.sqlite), params, &keys, None),
            On::Postgres(session) => session.ask(Call::new(sql.pg, Given::Keys(params, keys))).await.map(|answer| answer.touched),
        };
        self.noted(done)
    }

    /// Writes all rows of `values`, each in the order of the declared columns; answers how many were written.
    pub async fn insert(&mut self, rows: &'static Rows, values: Vec<Vec<Value>>) -> Result<u64> {
        check_width(rows, &values)?;
        if values.is_empty() {
            return Ok(0);
        }
        let sql = rows.statement();
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::for_rows(conn, dialect::sqlite(sql.sqlite), &values, None),
            On::Postgres(session) => session.ask(Call::new(sql.pg, Given::Rows(values))).await.map(|answer| answer.touched),
        };
        self.noted(done)
    }

    /// As [`Tx::insert`], for a declaration whose tail returns columns. Rows skipped by `DO NOTHING` return nothing.
    pub async fn insert_returning(&mut self, rows: &'static Rows, values: Vec<Vec<Value>>) -> Result<Vec<Row>> {
        check_width(rows, &values)?;
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let sql = rows.statement();
        let done = match &mut self.on {
            On::Sqlite(conn) => {
                let mut out = Vec::new();
                lite::for_rows(conn, dialect::sqlite(sql.sqlite), &values, Some(&mut out)).map(|_| out)
            }
            On::Postgres(session) => session.ask(Call::new(sql.pg, Given::Rows(values))).await.map(|answer| answer.rows),
        };
        self.noted(done)
    }

    /// As [`Tx::exec`], for a statement whose answer nobody waits for: on PostgreSQL it goes out with the next call that is no `tell`,
    /// or with COMMIT, in the order of the calls; on SQLite it runs now. What the engine refuses is then that call's error, or the
    /// commit's.
    pub async fn tell(&mut self, sql: impl Into<Statement>, params: Vec<Value>) -> Result<()> {
        let sql = sql.into();
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::exec(conn, dialect::sqlite(sql.sqlite), &params).map(drop),
            On::Postgres(session) => session.tell(Call::new(sql.pg, Given::Each(params))).await,
        };
        self.noted(done)
    }

    /// [`Tx::exec_any`] as [`Tx::tell`].
    pub async fn tell_any(&mut self, sql: impl Into<Statement>, params: Vec<Value>, keys: Vec<Value>) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        let sql = sql.into();
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::for_keys(conn, dialect::sqlite(sql.sqlite), params, &keys, None).map(drop),
            On::Postgres(session) => session.tell(Call::new(sql.pg, Given::Keys(params, keys))).await,
        };
        self.noted(done)
    }

    /// [`Tx::insert`] as [`Tx::tell`].
    pub async fn tell_rows(&mut self, rows: &'static Rows, values: Vec<Vec<Value>>) -> Result<()> {
        check_width(rows, &values)?;
        if values.is_empty() {
            return Ok(());
        }
        let sql = rows.statement();
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::for_rows(conn, dialect::sqlite(sql.sqlite), &values, None).map(drop),
            On::Postgres(session) => session.tell(Call::new(sql.pg, Given::Rows(values))).await,
        };
        self.noted(done)
    }

    /// Puts questions that do not wait for each other's answers: on PostgreSQL they go out together, and run in their order; on SQLite
    /// one after the other. Answers the rows of each.
    pub async fn together<const N: usize>(&mut self, asks: [Ask; N]) -> Result<[Vec<Row>; N]> {
        let mut found = [const { Vec::new() }; N];
        let done = match &mut self.on {
            On::Sqlite(conn) => asks.into_iter().zip(&mut found).try_for_each(|(ask, found)| {
                let sql = dialect::sqlite(ask.sql.sqlite);
                match ask.keys {
                    None => lite::all(conn, sql, &ask.params).map(|rows| *found = rows),
                    Some(keys) if keys.is_empty() => Ok(()),
                    Some(keys) => lite::for_keys(conn, sql, ask.params, &keys, Some(found)).map(drop),
                }
            }),
            On::Postgres(session) => {
                let (mut calls, mut places) = (Vec::with_capacity(N), Vec::with_capacity(N));
                for (place, Ask { sql, params, keys }) in asks.into_iter().enumerate() {
                    let given = match keys {
                        None => Given::Each(params),
                        Some(keys) if keys.is_empty() => continue,
                        Some(keys) => Given::Keys(params, keys),
                    };
                    calls.push(Call::new(sql.pg, given));
                    places.push(place);
                }
                let answers = if calls.is_empty() { Ok(Vec::new()) } else { session.ask_all(calls).await };
                answers.map(|answers| places.into_iter().zip(answers).for_each(|(place, answer)| found[place] = answer.rows))
            }
        };
        self.noted(done)?;
        Ok(found)
    }

    /// A query whose text is made at run time, such as a list's filter. Values still travel as parameters.
    pub async fn dynamic(&mut self, sql: String, params: Vec<Value>) -> Result<Vec<Row>> {
        let done = match &mut self.on {
            On::Sqlite(conn) => lite::dynamic(conn, &dialect::rewrite(&sql), &params),
            On::Postgres(session) => session.ask(Call::dynamic(sql, params)).await.map(|answer| answer.rows),
        };
        self.noted(done)
    }

    fn noted<T>(&mut self, done: Result<T>) -> Result<T> {
        RUN.with(|run| run.set(run.get() + 1));
        if let (Err(error), None) = (&done, &self.doomed) {
            self.doomed = Some(error.clone());
        }
        done
    }
}

thread_local! {
    static RUN: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many statements jobs have run on this thread so far. In inline mode that is where the caller's jobs run, so a test can count
/// what one of its calls costs.
pub fn statements_run() -> u64 {
    RUN.with(std::cell::Cell::get)
}

fn check_width(rows: &Rows, values: &[Vec<Value>]) -> Result<()> {
    let width = rows.columns().len();
    match values.iter().find(|row| row.len() != width) {
        Some(row) => Err(DbError::Column(format!("a row of {} has {} values instead of {width}", rows.table(), row.len()))),
        None => Ok(()),
    }
}
