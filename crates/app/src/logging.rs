//! The log goes to standard error; standard output is for answers.

use tracing_subscriber::EnvFilter;

/// `SEAWAY_LOG` filters, such as `debug` or `engine=debug,info`; the default is `info`.
pub fn start(json: bool) {
    let filter = EnvFilter::try_from_env("SEAWAY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only when a log runs already, which then goes on.
    let _ =
        if json { builder.json().try_init() } else { builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init() };
}
