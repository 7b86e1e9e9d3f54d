//! The binary `seaway` and composition root: it reads flags, environment and file, wires the crates together, and ends in an orderly way.
//!
//! Invariants: nobody else reads the environment, the command line or the key file; one server per data folder;
//! whatever is wrong with the set-up is said in words that name the flag, before anything is served.
//! It knows no rule of conversations, routing or channels.

mod audit;
mod backup;
mod chance;
mod check;
mod demo;
mod durability;
mod emulate;
mod key;
mod listen;
mod logging;
mod memory;
mod origins;
mod outward;
mod people;
mod place;
mod restore;
mod rotate;
mod serve;
mod settings;
mod signals;
mod tls;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Self-hosted contact center: one binary, SQLite or PostgreSQL.
#[derive(Parser)]
#[command(name = "seaway", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Run the server
    Serve(serve::Arguments),
    /// Run a sample shop with its customers, agents and two weeks of history
    Demo(demo::Arguments),
    /// Judge configuration, key file, database, certificates and own URLs; exit code 1 on any failure
    Check(check::Arguments),
    /// Prove that nothing was lost, doubled or left without a holder; exit code 1 on any breach
    Audit(audit::Arguments),
    /// Write database, files and key file into one archive, beside a running server
    Backup(backup::Arguments),
    /// Put an archive back into an empty data folder, while no server runs
    Restore(restore::Arguments),
    /// Make users and reset passwords
    #[command(subcommand)]
    User(people::UserVerb),
    /// Make workspaces
    #[command(subcommand)]
    Workspace(people::WorkspaceVerb),
    /// Make API keys, and rotate the master key
    #[command(subcommand)]
    Key(people::KeyVerb),
    /// Print the API's description
    Openapi,
    /// Run the emulated carrier, phone and shop as a process of their own
    Emulate(emulate::Arguments),
}

/// The allocator asks for pages of 2 MiB, of which a process this small would use a fraction: it held twice the memory.
fn spare_memory() {
    #[cfg(target_os = "linux")]
    // Where the kernel cannot be asked, memory is all that is lost.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

fn main() -> ExitCode {
    spare_memory();
    let cli = Cli::parse();
    logging::start(matches!(&cli.verb, Verb::Serve(arguments) if arguments.log_json));
    // One provider for every TLS connection in either direction; a second call is of no consequence.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if matches!(&cli.verb, Verb::Serve(_) | Verb::Demo(_) | Verb::Emulate(_)) {
        memory::give_back();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let ended = runtime.block_on(run(cli.verb));
    // Whatever still blocks a thread must not keep the process: everything that counts is committed.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    ended.unwrap_or_else(|error| failed(&error))
}

async fn run(verb: Verb) -> anyhow::Result<ExitCode> {
    let judged = |fine: bool| if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    match verb {
        Verb::Serve(arguments) => serve::run(arguments).await.map(|()| ExitCode::SUCCESS),
        Verb::Demo(arguments) => demo::run(arguments).await.map(|()| ExitCode::SUCCESS),
        Verb::Check(arguments) => Ok(judged(check::run(arguments).await)),
        Verb::Audit(arguments) => audit::run(arguments).await.map(judged),
        Verb::Backup(arguments) => backup::run(arguments).await.map(|()| ExitCode::SUCCESS),
        Verb::Restore(arguments) => restore::run(arguments).await.map(|()| ExitCode::SUCCESS),
        Verb::User(verb) => people::user(verb).await.map(|()| ExitCode::SUCCESS),
        Verb::Workspace(verb) => people::workspace(verb).await.map(|()| ExitCode::SUCCESS),
        Verb::Key(verb) => people::key(verb).await.map(|()| ExitCode::SUCCESS),
        Verb::Openapi => {
            say(&server::openapi());
            Ok(ExitCode::SUCCESS)
        }
        Verb::Emulate(arguments) => emulate::run(arguments).await.map(|()| ExitCode::SUCCESS),
    }
}

/// To standard output; a reader who left early, such as `head`, is no error.
fn say(text: &str) {
    use std::io::Write as _;
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// The error and what led to it, in one line; 2 tells it apart from a failed judgement.
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("seaway: {error:#}");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Cli;

    /// Everybody on the machine reads the arguments of a process.
    ///
    /// Proves S27.
    #[test]
    fn no_verb_takes_a_secret_as_an_argument() {
        fn walk(command: &clap::Command, seen: &mut Vec<String>) {
            for argument in command.get_arguments().filter(|argument| argument.get_action().takes_values()) {
                let name = argument.get_id().as_str();
                let secret = ["password", "secret", "token", "key"].iter().any(|word| name.contains(word));
                assert!(!secret || name == "tls_key", "{} takes {name}", command.get_name());
                if name == "database_url" {
                    assert!(
                        argument.is_hide_env_values_set(),
                        "--help of {} shows the password of SEAWAY_DATABASE_URL",
                        command.get_name()
                    );
                }
                seen.push(name.to_owned());
            }
            command.get_subcommands().for_each(|inner| walk(inner, seen));
        }
        let mut seen = Vec::new();
        walk(&Cli::command(), &mut seen);
        assert!(seen.len() > 20 && seen.iter().any(|name| name == "database_url"), "{seen:?}");
    }
}
