//! Named places where a test kills the process. In normal running a point costs one atomic load.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

static ARMED: AtomicBool = AtomicBool::new(false);
static POINT: RwLock<Option<(String, u64)>> = RwLock::new(None);

/// Every point of the road, for the test that must hit each.
pub fn crash_points() -> &'static [&'static str] {
    &[
        "webhook.read",
        "webhook.verified",
        "webhook.committed",
        "turn.loaded",
        "turn.decided",
        "turn.committed",
        "route.decided",
        "route.committed",
        "send.claimed",
        "send.requested",
        "send.answered",
        "send.settled",
        "outside.claimed",
        "outside.answered",
        "media.stored",
        "media.committed",
        "accept.committed",
        "reply.committed",
    ]
}

/// Where a rotation of keys may be cut; no part of the road.
const ROTATION: &[&str] = &["rotate.filed", "rotate.step", "rotate.sealed"];

/// A place of the rotation where the process may be killed.
pub fn rotation_point(name: &str) {
    debug_assert!(ROTATION.contains(&name), "{name} is not listed");
    pass(name);
}

/// Arms one point: the `nth` visit (from 1) ends the process without any clean-up.
pub fn set_crash_point(name: &str, nth: u64) {
    *POINT.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((name.to_owned(), nth.max(1)));
    ARMED.store(true, Ordering::SeqCst);
}

/// A place where the process may be killed.
pub(crate) fn point(name: &str) {
    debug_assert!(crash_points().contains(&name), "{name} is not listed");
    pass(name);
}

fn pass(name: &str) {
    if !ARMED.load(Ordering::Relaxed) {
        return;
    }
    let mut armed = POINT.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((wanted, left)) = armed.as_mut()
        && wanted == name
    {
        *left -= 1;
        if *left == 0 {
            eprintln!("crash point {name}");
            std::process::abort();
        }
    }
}
