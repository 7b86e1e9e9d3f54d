//! What `db` promises, tried on every engine by the same functions.

mod bench;
mod commits;
mod full;
mod inline;
mod migrations;
mod postgres;
mod statements;
mod told;
