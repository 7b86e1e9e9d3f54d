//! One declaration of a set-based write: a prepared loop on SQLite, one `unnest` statement on PostgreSQL.

use std::sync::OnceLock;

use crate::Statement;

/// Declared by [`rows!`](crate::rows); written by [`Tx::insert`](crate::Tx::insert).
#[derive(Debug)]
pub struct Rows {
    table: &'static str,
    /// Name and PostgreSQL type of each column.
    columns: &'static [(&'static str, &'static str)],
    tail: &'static str,
    /// PostgreSQL's text, where it is more than an INSERT of the arrays.
    pg: Option<&'static str>,
    rendered: OnceLock<Statement>,
}

impl Rows {
    #[doc(hidden)]
    pub const fn new(
        table: &'static str,
        columns: &'static [(&'static str, &'static str)],
        tail: &'static str,
        pg: Option<&'static str>,
    ) -> Self {
        Rows { table, columns, tail, pg, rendered: OnceLock::new() }
    }

    /// Columns in the order in which each row's values are given.
    pub fn columns(&self) -> &'static [(&'static str, &'static str)] {
        self.columns
    }

    pub fn table(&self) -> &'static str {
        self.table
    }

    /// The rendered texts. They live as long as the static they belong to.
    pub fn statement(&self) -> Statement {
        *self.rendered.get_or_init(|| {
            let head = format!("INSERT INTO \"{}\" ({})", self.table, self.list(|_, name, _| format!("\"{name}\"")));
            let sqlite = format!("{head} VALUES ({}) {}", self.list(|no, _, _| format!("${no}")), self.tail);
            let arrays = self.list(|no, _, kind| format!("${no}::{kind}[]"));
            let pg = self.pg.map_or_else(|| format!("{head} SELECT * FROM unnest({arrays}) {}", self.tail), str::to_owned);
            Statement::new(sqlite.leak(), pg.leak())
        })
    }

    fn list(&self, each: impl Fn(usize, &str, &str) -> String) -> String {
        let columns = self.columns.iter().enumerate();
        columns.map(|(i, (name, kind))| each(i + 1, name, kind.trim())).collect::<Vec<_>>().join(", ")
    }
}

/// `rows!(pub NAME: "table"(id uuid, at bigint) tail "ON CONFLICT (id) DO UPDATE SET at = excluded.at RETURNING id");`
/// declares `static NAME: Rows` and registers it. Types are PostgreSQL words: bigint, uuid, text, bytea, boolean, double precision.
///
/// `; pg "…"` behind the columns is PostgreSQL's text as a whole; in it `$n` is the array of the nth column.
///
/// In an upsert each key may appear once per call: PostgreSQL refuses to touch a row twice in one statement.
#[macro_export]
macro_rules! rows {
    ($(#[$meta:meta])* $vis:vis $name:ident : $table:literal ( $($column:ident $($kind:ident)+),+ $(,)? ) $(tail $tail:expr)? $(; pg $pg:expr)? $(;)?) => {
        $(#[$meta])*
        $vis static $name: $crate::Rows = $crate::Rows::new(
            $table,
            &[$((stringify!($column), concat!($(stringify!($kind), " "),+))),+],
            concat!("" $(, $tail)?),
            { let whole: &[&'static str] = &[$($pg)?]; whole.first().copied() },
        );
        $crate::macros::inventory::submit! {
            $crate::Registered::rows(concat!(file!(), ":", line!()), &$name)
        }
    };
}
