//! Mail through real servers of Debian: conversations come out of a mailbox, and answers go into another one.

mod doors;
mod large;
mod reading;
mod servers;
mod stage;
mod talking;

use servers::Servers;

/// Runs a test with the servers; where they cannot run it fails under `SEAWAY_TEST_REQUIRE_MAIL=1`, and else says what is missing.
fn with_servers<F: AsyncFnOnce(&'static Servers)>(test: F) {
    if let Some(missing) = servers::missing() {
        let required = std::env::var("SEAWAY_TEST_REQUIRE_MAIL").is_ok_and(|value| value == "1");
        assert!(!required, "mail servers are missing: {missing}");
        eprintln!("not run, because mail servers are missing: {missing}");
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let end = std::time::Duration::from_secs(300);
        tokio::time::timeout(end, test(servers::shared())).await.expect("the test ends within five minutes");
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
}

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../connectors/fixtures/email/{name}.eml", env!("CARGO_MANIFEST_DIR"))).expect("a fixture")
}

/// A fixture sent to somebody else's mailbox, under another id.
fn fixture_as(name: &str, id: &str, new_id: &str) -> Vec<u8> {
    let bytes = fixture(name);
    let at = bytes.windows(id.len()).position(|window| window == id.as_bytes()).expect("the id");
    [&bytes[..at], new_id.as_bytes(), &bytes[at + id.len()..]].concat()
}
