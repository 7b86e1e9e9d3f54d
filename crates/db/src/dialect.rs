//! Everything in which the two engines' SQL differs, and the one place where it is rewritten for SQLite.
//! What is written is PostgreSQL's way; string literals, quoted names and comments are left alone.

use std::collections::HashMap;
use std::sync::{LazyLock, RwLock};

/// A stretch of SQL: code, or text that is no code (literal, quoted name, comment).
#[derive(Debug, PartialEq)]
pub(crate) enum Piece<'a> {
    Code(&'a str),
    Opaque(&'a str),
}

/// Cuts SQL where literals, quoted names and comments begin and end.
pub(crate) fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut code_from, mut at) = (0, 0);
    while at < sql.len() {
        let length = opaque_length(&sql[at..]);
        if length == 0 {
            at += sql[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        if code_from < at {
            found.push(Piece::Code(&sql[code_from..at]));
        }
        found.push(Piece::Opaque(&sql[at..at + length]));
        at += length;
        code_from = at;
    }
    if code_from < sql.len() {
        found.push(Piece::Code(&sql[code_from..]));
    }
    found
}

/// Bytes of the literal, quoted name or comment that `rest` starts with; 0 if it starts with code.
fn opaque_length(rest: &str) -> usize {
    let to_end_of = |open: usize, close: &str| rest[open..].find(close).map_or(rest.len(), |at| open + at + close.len());
    match rest.as_bytes() {
        [b'\'', ..] => to_end_of(1, "'"),
        [b'"', ..] => to_end_of(1, "\""),
        [b'-', b'-', ..] => rest.find('\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => to_end_of(2, "*/"),
        [b'$', next, ..] if !next.is_ascii_digit() => match rest[1..].find('$') {
            Some(end) if rest[1..=end].chars().all(|c| c.is_alphanumeric() || c == '_') => {
                let tag = &rest[..end + 2];
                to_end_of(tag.len(), tag)
            }
            _ => 0,
        },
        _ => 0,
    }
}

static TEXTS: LazyLock<RwLock<HashMap<(usize, usize), &'static str>>> = LazyLock::new(RwLock::default);

/// The SQLite text of a statement, rewritten once per process.
pub(crate) fn sqlite(sql: &'static str) -> &'static str {
    // A static text is known by where it lies; hashing its words at each call would cost more than the lookup saves.
    let key = (sql.as_ptr() as usize, sql.len());
    if let Some(text) = TEXTS.read().ok().and_then(|texts| texts.get(&key).copied()) {
        return text;
    }
    let rewritten = rewrite(sql);
    let text: &'static str = if rewritten == sql { sql } else { rewritten.leak() };
    if let Ok(mut texts) = TEXTS.write() {
        texts.insert(key, text);
    }
    text
}

/// `$n` becomes `?n` (SQLite numbers `$2` by first appearance), `= ANY($n)` becomes `= ?n`,
/// casts and row locks go: SQLite needs none and has one writer.
pub(crate) fn rewrite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    for piece in pieces(sql) {
        match piece {
            Piece::Opaque(text) => out.push_str(text),
            Piece::Code(text) => rewrite_code(text, &mut out),
        }
    }
    out
}

fn rewrite_code(code: &str, out: &mut String) {
    let mut rest = code;
    let mut in_word = false;
    while let Some(c) = rest.chars().next() {
        let starts_word = c.is_ascii_alphabetic() && !in_word;
        let skipped = match c {
            '$' => parameter(rest, out),
            ':' => cast_length(rest),
            'A' | 'a' if starts_word => any(rest, out),
            'F' | 'f' if starts_word => lock_length(rest),
            _ => 0,
        };
        if skipped == 0 {
            out.push(c);
        }
        in_word = skipped == 0 && (c.is_alphanumeric() || c == '_');
        rest = &rest[skipped.max(if skipped == 0 { c.len_utf8() } else { 0 })..];
    }
}

/// Writes `?n` for `$n`; answers the bytes read.
fn parameter(rest: &str, out: &mut String) -> usize {
    let digits = rest[1..].bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return 0;
    }
    out.push('?');
    out.push_str(&rest[1..=digits]);
    1 + digits
}

/// Bytes of a `::type` or `::type[]`.
fn cast_length(rest: &str) -> usize {
    let Some(kind) = rest.strip_prefix("::") else {
        return 0;
    };
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let mut length = kind.bytes().take_while(is_name).count();
    if kind[..length].eq_ignore_ascii_case("double") && kind[length..].to_ascii_lowercase().starts_with(" precision") {
        length += " precision".len();
    }
    if kind[length..].starts_with("[]") {
        length += 2;
    }
    2 + length
}

/// Writes `?n` for `ANY($n)`; answers the bytes read.
fn any(rest: &str, out: &mut String) -> usize {
    let Some(end) = rest.find(')') else { return 0 };
    let mut word = rest[..end].splitn(2, '(');
    let (Some(name), Some(inside)) = (word.next(), word.next()) else {
        return 0;
    };
    if !name.trim_end().eq_ignore_ascii_case("any") || !inside.trim_start().starts_with('$') {
        return 0;
    }
    parameter(inside.trim_start(), out);
    end + 1
}

/// Bytes of `FOR [NO KEY] UPDATE | FOR [KEY] SHARE`, with its `OF …`, `SKIP LOCKED` or `NOWAIT`.
fn lock_length(rest: &str) -> usize {
    let words: Vec<(usize, &str)> = words(rest).take(12).collect();
    let is = |i: usize, word: &str| words.get(i).is_some_and(|(_, found)| found.eq_ignore_ascii_case(word));
    if !is(0, "for") {
        return 0;
    }
    let mut last = match () {
        () if is(1, "update") || is(1, "share") => 1,
        () if is(1, "key") && is(2, "share") => 2,
        () if is(1, "no") && is(2, "key") && is(3, "update") => 3,
        () => return 0,
    };
    if is(last + 1, "of") {
        last += 2;
    }
    if is(last + 1, "skip") && is(last + 2, "locked") {
        last += 2;
    } else if is(last + 1, "nowait") {
        last += 1;
    }
    words.get(last).map_or(rest.len(), |(at, word)| at + word.len())
}

/// The words of a piece of code and where they start.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let from = at + code[at..].find(|c: char| c.is_alphanumeric() || c == '_')?;
        let length = code[from..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len() - from);
        at = from + length;
        Some((from, &code[from..at]))
    })
}

/// A migration for SQLite: type words mapped where a type stands, every table STRICT.
///
/// STRICT is needed: without it a column called `uuid` turns a text of digits into a float.
pub(crate) fn sqlite_schema(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut statement = Schema::default();
    for piece in pieces(sql) {
        match piece {
            Piece::Opaque(text) => {
                if text.starts_with('"') {
                    statement.word("\"quoted\"");
                }
                out.push_str(text);
            }
            Piece::Code(text) => statement.code(text, &mut out),
        }
    }
    out
}

/// Where in a statement of a migration we are.
#[derive(Default)]
struct Schema {
    /// Its first two words, lower-case.
    head: Vec<String>,
    /// The token before was a name, so a type may follow.
    after_name: bool,
    depth: usize,
    columns_seen: bool,
    strict: bool,
    without_rowid: bool,
}

impl Schema {
    fn code(&mut self, code: &str, out: &mut String) {
        let mut rest = code;
        while let Some(c) = rest.chars().next() {
            if c.is_alphanumeric() || c == '_' {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                let double = rest[..length].eq_ignore_ascii_case("double") && rest[length..].trim_start().starts_with("precision");
                let length = if double { rest.find("precision").map_or(length, |at| at + "precision".len()) } else { length };
                out.push_str(self.mapped(&rest[..length]));
                self.word(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            match c {
                ';' if self.depth == 0 => {
                    if self.is_table() && self.columns_seen && !self.strict {
                        out.push_str(if self.without_rowid { ", STRICT" } else { " STRICT" });
                    }
                    *self = Schema::default();
                }
                '(' => self.depth += 1,
                ')' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.columns_seen |= self.depth == 0;
                }
                _ => {}
            }
            self.after_name &= c.is_whitespace();
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }

    fn is_table(&self) -> bool {
        matches!(
            self.head.iter().map(String::as_str).collect::<Vec<_>>()[..],
            ["create", "table", ..] | ["create", "temp" | "temporary", "table"]
        )
    }

    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        if self.depth == 0 && self.columns_seen {
            self.strict |= word == "strict";
            self.without_rowid |= word == "rowid";
        }
        self.after_name = !matches!(word.as_str(), "column" | "add" | "not" | "default" | "check" | "references");
        if self.head.len() < 3 {
            self.head.push(word);
        }
    }

    fn mapped<'a>(&self, word: &'a str) -> &'a str {
        let alters = matches!(self.head.first().map(String::as_str), Some("alter"));
        if !self.after_name || !(alters || self.is_table()) {
            return word;
        }
        match word.to_ascii_lowercase().as_str() {
            "uuid" | "bytea" => "BLOB",
            "bigint" | "boolean" => "INTEGER",
            "text" => "TEXT",
            word if word.starts_with("double") && word.ends_with("precision") => "REAL",
            _ => word,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_casts_sets_and_locks() {
        for (written, for_sqlite) in [
            ("SELECT $2, $1", "SELECT ?2, ?1"),
            ("SELECT '$1', \"$2\", $3 -- $4", "SELECT '$1', \"$2\", ?3 -- $4"),
            ("SELECT 'it''s $1' /* $2 */ || $3", "SELECT 'it''s $1' /* $2 */ || ?3"),
            ("SELECT $1::bigint + count(*)::double precision", "SELECT ?1 + count(*)"),
            ("a = ANY($12) AND b = any ( $2::uuid[])", "a = ?12 AND b = ?2"),
            ("SELECT many(x) FROM company", "SELECT many(x) FROM company"),
            ("SELECT id FROM t ORDER BY id FOR NO KEY UPDATE SKIP LOCKED", "SELECT id FROM t ORDER BY id "),
            ("SELECT id FROM t FOR UPDATE OF t NOWAIT", "SELECT id FROM t "),
            ("SELECT id FROM t FOR SHARE", "SELECT id FROM t "),
            ("SELECT form, xfor FROM für", "SELECT form, xfor FROM für"),
        ] {
            assert_eq!(rewrite(written), for_sqlite);
        }
    }

    #[test]
    fn tables_are_strict_and_types_mapped_only_where_types_stand() {
        let written = "-- a text; with bigint\n\
            CREATE TABLE t (uuid uuid NOT NULL, text text DEFAULT 'text; bigint', n bigint, ok boolean NOT NULL, \"at\" double precision, b bytea, PRIMARY KEY (uuid));\n\
            CREATE INDEX text ON t (text, uuid);\n\
            ALTER TABLE t ADD COLUMN bigint bigint;\n\
            CREATE TABLE u (a text PRIMARY KEY) WITHOUT ROWID;\n\
            CREATE VIRTUAL TABLE f USING fts5(text);";
        let expected = "-- a text; with bigint\n\
            CREATE TABLE t (uuid BLOB NOT NULL, text TEXT DEFAULT 'text; bigint', n INTEGER, ok INTEGER NOT NULL, \"at\" REAL, b BLOB, PRIMARY KEY (uuid)) STRICT;\n\
            CREATE INDEX text ON t (text, uuid);\n\
            ALTER TABLE t ADD COLUMN bigint INTEGER;\n\
            CREATE TABLE u (a TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;\n\
            CREATE VIRTUAL TABLE f USING fts5(text);";
        assert_eq!(sqlite_schema(written), expected);
    }
}
