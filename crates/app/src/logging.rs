//! The log goes to standard error; standard output is for answers.

use tracing_subscriber::EnvFilter;

/// Libraries that tell, when asked for details, what they were given: statements with customers' words in them, requests with tokens.
const DISCREET: &[&str] = &["tokio_postgres=warn", "rustls=info", "hyper=info", "h2=info", "reqwest=info", "tungstenite=info"];
/// A library that complains, line by line, of layouts that strangers wrote badly.
const UNMOVED: &str = "html5ever=error";

/// What is logged: as wished, except for what must never be.
fn filter(wished: Option<&str>) -> EnvFilter {
    let wished = wished.and_then(|text| EnvFilter::try_new(text).ok()).unwrap_or_else(|| EnvFilter::new("info"));
    DISCREET.iter().chain([&UNMOVED]).filter_map(|directive| directive.parse().ok()).fold(wished, EnvFilter::add_directive)
}

/// `SEAWAY_LOG` filters, such as `debug` or `engine=debug,info`; the default is `info`.
pub fn start(json: bool) {
    let wished = std::env::var("SEAWAY_LOG").ok();
    let builder = tracing_subscriber::fmt().with_env_filter(filter(wished.as_deref())).with_writer(std::io::stderr);
    // Fails only when a log runs already, which then goes on.
    let _ =
        if json { builder.json().try_init() } else { builder.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init() };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S28: no wish for details brings statements with their values, or requests with their headers, into the log.
    #[test]
    fn s28_libraries_stay_discreet_however_much_is_asked_for() {
        for wish in ["trace", "debug", "tokio_postgres=trace", "engine=debug,info", "not a filter=="] {
            let said = filter(Some(wish)).to_string();
            for directive in DISCREET {
                assert!(said.split(',').any(|one| one == *directive), "{wish} became {said}");
            }
            assert!(!said.contains("tokio_postgres=trace"), "{said}");
            assert!(said.contains(UNMOVED), "a stranger's letter fills no log: {said}");
        }
        assert!(filter(None).to_string().contains("info"));
    }
}
