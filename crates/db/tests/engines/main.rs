//! What `db` promises, tried on every engine by the same functions.

mod bench;
mod statements;
