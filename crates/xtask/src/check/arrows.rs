//! Which crate may name which: the layers of ARCHITECTURE, and who alone may name a driver or an HTTP client.

use super::{Faults, Package};

/// The floor, which every other crate may name.
const FLOOR: &[&str] = &["model", "expression", "template", "calendar"];

/// Own crates that each crate may name beside the floor. A crate without a row is a fault, so that each new one is placed.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("expression", &[]),
    ("template", &[]),
    ("calendar", &[]),
    ("bot", &[]),
    ("messaging", &[]),
    ("flow", &[]),
    ("router", &[]),
    ("connectors", &[]),
    ("db", &[]),
    ("store", &["db"]),
    ("egress", &[]),
    ("emulators", &["egress"]),
    ("engine", &["store", "db", "messaging", "flow", "router", "connectors", "bot", "egress"]),
    ("transports", &["engine", "connectors", "egress"]),
    ("server", &["engine", "store", "db", "messaging", "flow", "router", "connectors", "bot", "egress"]),
    ("twilio", &["server", "engine", "store", "db", "router"]),
    (
        "app",
        &[
            "twilio",
            "server",
            "engine",
            "store",
            "db",
            "messaging",
            "connectors",
            "egress",
            "emulators",
            "flow",
            "router",
            "bot",
            "transports",
        ],
    ),
    ("testkit", &["engine", "store", "db", "messaging", "flow", "router", "connectors", "bot", "egress", "emulators", "server"]),
    ("bench", &["server", "engine", "store", "db", "connectors", "router", "egress", "emulators", "testkit", "transports", "loadgen"]),
    ("loadgen", &["egress", "emulators"]),
    ("xtask", &[]),
];

/// Crates that do not even name the floor: they know no noun.
const WITHOUT_FLOOR: &[&str] = &["model", "expression", "template", "db", "egress", "emulators", "xtask", "loadgen"];

/// Values in, values out: no runtime, no database, no web, no HTTP client.
const PURE: &[&str] = &["model", "expression", "template", "calendar", "bot", "messaging", "flow", "router", "connectors"];

const IMPURE: &[&str] = &[
    "tokio",
    "tokio-util",
    "tokio-stream",
    "async-std",
    "smol",
    "futures",
    "futures-util",
    "async-trait",
    "rusqlite",
    "libsqlite3-sys",
    "tokio-postgres",
    "deadpool-postgres",
    "axum",
    "hyper",
    "hyper-util",
    "tower",
    "tower-http",
    "reqwest",
    "ureq",
    "tokio-tungstenite",
    "tungstenite",
    "object_store",
    "rand",
    "getrandom",
    "fastrand",
];

/// Crates that only these of ours may name, tests included.
const RESERVED: &[(&str, &[&str])] = &[
    ("rusqlite", &["db", "bench"]),
    ("tokio-postgres", &["db", "bench"]),
    ("deadpool-postgres", &["db", "bench"]),
    ("tokio-postgres-rustls", &["db", "bench"]),
    ("reqwest", &["egress"]),
    ("async-imap", &["transports"]),
    ("lettre", &["transports"]),
];

pub fn check(packages: &[Package]) -> Faults {
    let own = |name: &str| packages.iter().any(|package| package.name == name);
    let mut faults = Faults::new();
    for package in packages {
        let name = package.name.as_str();
        let Some((_, allowed)) = MAY_NAME.iter().find(|(crate_name, _)| *crate_name == name) else {
            faults.push(format!("crate {name} has no row in crates/xtask/src/check/arrows.rs: say what it may name"));
            continue;
        };
        for dependency in &package.dependencies {
            let other = dependency.name.as_str();
            let floor = FLOOR.contains(&other) && !WITHOUT_FLOOR.contains(&name);
            // A test may borrow the testkit, the emulators, what writes letters and the doors, and look at rows; the shipped code may not.
            let borrowed = dependency.for_tests
                && (matches!(other, "testkit" | "emulators" | "transports" | "server" | "store" | "db") || other == name);
            if own(other) && !floor && !borrowed && !allowed.contains(&other) {
                faults.push(format!("crates/{name}/Cargo.toml names {other}: that arrow points the wrong way"));
            }
            if PURE.contains(&name) && !dependency.for_tests && IMPURE.contains(&other) {
                faults.push(format!("crates/{name}/Cargo.toml names {other}: {name} is a pure room, values in and values out"));
            }
            if let Some((_, keepers)) = RESERVED.iter().find(|(reserved, _)| *reserved == other)
                && !keepers.contains(&name)
            {
                faults.push(format!("crates/{name}/Cargo.toml names {other}: only {} may", keepers.join(" and ")));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{super::Dependency, *};

    fn package(name: &str, dependencies: &[(&str, bool)]) -> Package {
        let dependencies =
            dependencies.iter().map(|(name, for_tests)| Dependency { name: (*name).into(), for_tests: *for_tests }).collect();
        Package { name: name.into(), dependencies }
    }

    fn faults(name: &str, dependencies: &[(&str, bool)]) -> usize {
        let others = MAY_NAME.iter().filter(|(other, _)| *other != name).map(|(other, _)| package(other, &[]));
        check(&others.chain([package(name, dependencies)]).collect::<Vec<_>>()).len()
    }

    #[test]
    fn arrows_point_down() {
        assert_eq!(faults("flow", &[("model", false), ("template", false), ("serde", false)]), 0);
        assert_eq!(faults("flow", &[("router", false)]), 1, "rooms never name each other");
        assert_eq!(faults("store", &[("engine", false)]), 1);
        assert_eq!(faults("db", &[("model", false)]), 1, "db knows no noun");
        assert_eq!(faults("novel", &[]), 1, "a new crate is placed first");
    }

    #[test]
    fn pure_rooms_name_no_runtime_but_their_tests_may() {
        assert_eq!(faults("router", &[("tokio", false)]), 1);
        assert_eq!(faults("router", &[("tokio", true)]), 0);
    }

    #[test]
    fn drivers_have_one_keeper() {
        assert_eq!(faults("store", &[("rusqlite", true)]), 1);
        assert_eq!(faults("db", &[("rusqlite", false)]), 0);
        assert_eq!(faults("server", &[("reqwest", false)]), 1);
    }
}
