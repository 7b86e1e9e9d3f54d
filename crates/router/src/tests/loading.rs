//! A router made from rows goes on where the other stopped.

use model::{Ids, RouterEffects, Settings, TaskQueue, Timestamp, Workflow};

use super::bench::{Bench, seconds};
use crate::Router;

#[test]
fn a_loaded_router_has_the_same_deadlines_and_offers() {
    let mut bench = Bench::new();
    for line in [
        "0s queue All : 1==1",
        r#"0s workflow Main : "filters":[{"targets":[{"queue":"@All","timeout":50}]}]"#,
        "0s worker Ana",
        "0s worker Ben",
        "1s task T1",
        "2s task T2",
        "3s reject T1 Ana",
        "4s accept T2 Ben",
        "5s wrap T2",
    ] {
        bench.run(line);
    }
    let mut loaded = Router::new(bench.router.rows());
    let mut nothing = RouterEffects::default();
    loaded.tick(seconds("5"), &mut Ids::new(seconds("5"), 1), &mut nothing);
    assert_eq!(nothing, RouterEffects::default(), "loading alone changes nothing");
    assert_eq!(loaded.next_deadline(), bench.router.next_deadline());
    bench.router = loaded;
    assert_eq!(bench.run("18s tick"), "offer T1 Ana");
    assert_eq!(bench.run("38s tick"), "timeout T1 Ana, Ana Away");
    assert_eq!(bench.run("51s tick"), "ended T1 timed_out (workflow timeout)");
    assert_eq!(bench.run("305s tick"), "completed T2 Ben, ended T2 completed (wrap-up time over)");
}

#[test]
fn a_loaded_router_looks_at_all_hours_before_it_asks_what_is_open() {
    let mut bench = Bench::new();
    for line in [
        "0s hours Day closed=200-300",
        "0s hours Night closed=100-300",
        "0s queue Day hours=Day : friendly_name == 'Ana'",
        "0s queue Night hours=Night : friendly_name == 'Nia'",
        r#"0s workflow Main : "filters":[{"expression":"1==1","targets":[{"queue":"@Day","timeout":500},{"queue":"@Night"}]}]"#,
        "0s worker Ana",
        "190s task T",
        "191s reject T Ana",
        "200s tick",
    ] {
        bench.run(line);
    }
    let mut loaded = Router::new(bench.router.rows());
    let mut nothing = RouterEffects::default();
    loaded.tick(seconds("205"), &mut Ids::new(seconds("205"), 1), &mut nothing);
    assert_eq!(nothing, RouterEffects::default(), "nobody is told anew, since no target is open");
}

#[test]
fn broken_rows_match_nobody_and_panic_nowhere() {
    let mut ids = Ids::new(seconds("0"), 1);
    let queue = TaskQueue {
        id: ids.next(),
        name: "Broken".into(),
        target_workers: "((".into(),
        max_reserved_workers: -4,
        task_order: Default::default(),
        signature: String::new(),
        business_hours_id: None,
        updated_at: Timestamp::default(),
        version: 1,
    };
    let workflow = Workflow {
        id: ids.next(),
        name: "Broken".into(),
        configuration: "{".into(),
        task_reservation_timeout_s: -1,
        assignment_callback_url: String::new(),
        fallback_assignment_callback_url: String::new(),
        updated_at: Timestamp::default(),
        version: 1,
    };
    let mut bench = Bench::new();
    let mut rows = bench.router.rows();
    rows.queues.push(queue);
    rows.workflows.push(workflow);
    rows.settings = Settings { reoffer_after_s: i64::MAX, ..rows.settings };
    bench.router = Router::new(rows);
    assert_eq!(bench.run("1s task T1"), "refused (attributes: no filter matches), attributes no_filter_matches");
    assert_eq!(bench.run("1s worker Ana : {}"), "");
    assert_eq!(bench.run("1s queue Q"), "");
    assert_eq!(bench.run("2s task T2 queue=Q"), "made T2, nobody for T2");
}
