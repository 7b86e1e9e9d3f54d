//! Statements written in the source are registered, so that one test can prepare every one of them on both engines.

use crate::Rows;

/// A statement's text for each engine; a plain `&'static str` serves both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sqlite: &'static str,
    pub pg: &'static str,
}

impl Statement {
    /// Used by [`sql!`](crate::sql).
    pub const fn new(sqlite: &'static str, pg: &'static str) -> Self {
        Statement { sqlite, pg }
    }
}

impl From<&'static str> for Statement {
    fn from(text: &'static str) -> Self {
        Statement::new(text, text)
    }
}

/// Something registered by [`sql!`](crate::sql) or [`rows!`](crate::rows).
#[derive(Debug)]
pub struct Registered {
    /// `file:line` of the declaration.
    pub at: &'static str,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    Statement(Statement),
    Rows(&'static Rows),
}

impl Registered {
    #[doc(hidden)]
    pub const fn statement(at: &'static str, statement: Statement) -> Self {
        Registered { at, what: What::Statement(statement) }
    }

    #[doc(hidden)]
    pub const fn rows(at: &'static str, rows: &'static Rows) -> Self {
        Registered { at, what: What::Rows(rows) }
    }

    /// The text for each engine, as written.
    pub fn texts(&self) -> Statement {
        match self.what {
            What::Statement(statement) => statement,
            What::Rows(rows) => rows.statement(),
        }
    }
}

inventory::collect!(Registered);

/// Every statement linked into this binary, in no particular order.
pub fn registered() -> impl Iterator<Item = &'static Registered> {
    inventory::iter::<Registered>.into_iter()
}

/// `sql!("SELECT … $1")` registers a statement and is its `&'static str`;
/// `sql!(sqlite: "…", pg: "…")` is a [`Statement`] with a text for each engine.
///
/// In the text `$n::type` casts and `FOR … SKIP LOCKED` tails are dropped on SQLite, and `= ANY($n)` becomes `= $n`.
#[macro_export]
macro_rules! sql {
    (sqlite: $sqlite:expr, pg: $pg:expr $(,)?) => {{
        const STATEMENT: $crate::Statement = $crate::Statement::new($sqlite, $pg);
        $crate::macros::inventory::submit! {
            $crate::Registered::statement(concat!(file!(), ":", line!()), STATEMENT)
        }
        STATEMENT
    }};
    ($text:expr $(,)?) => {{
        const TEXT: &str = $text;
        $crate::macros::inventory::submit! {
            $crate::Registered::statement(concat!(file!(), ":", line!()), $crate::Statement::new(TEXT, TEXT))
        }
        TEXT
    }};
}
