//! The developer verbs: `cargo xtask <demo|dev|test|check|fix|bench|release>`.
//!
//! Invariants: it compiles in seconds (std, anyhow and serde_json only), skips nothing silently, names a missing tool together with the
//! command that installs it, and leaves no process or folder behind, however it ends.
//! It does not know how the product works: it starts cargo, npm, PostgreSQL and the built `seaway`, and reads what they say.

mod bench;
mod check;
mod command;
mod demo;
mod dev;
mod faces;
mod fix;
mod ledger;
mod postgres;
mod python;
mod release;
mod steps;
mod test;
mod tools;
mod tree;
mod web;

use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <verb>

  demo [ARGS]                  build what is missing or old, then run `seaway demo ARGS`
  dev [ARGS]                   the same while you work: rebuilds and restarts the server, reloads the desk
  test [--long] [--only STEP]  everything, on SQLite and on PostgreSQL
  check [--rules]              formatting, lints, dependency rules, generated files
  fix                          what formatters and linters can mend by themselves
  bench [ARGS]                 figures against limits measured in the same run
  release                      leaves the finished binary in the target folder's release/seaway";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (verb, rest) = match arguments.split_first() {
        Some((verb, rest)) => (verb.as_str(), rest),
        None => ("", arguments.as_slice()),
    };
    let done = match verb {
        "demo" => demo::demo(rest),
        "dev" => dev::dev(rest),
        "test" => test::test(rest),
        "check" => check::check(rest),
        "fix" => fix::fix(),
        "bench" => bench::bench(rest),
        "release" => release::release(),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        "" => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
        other => {
            eprintln!("There is no verb `{other}`\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}
