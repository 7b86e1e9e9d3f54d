//! Limits that are reached by counting, and what no line of a story can hold.

use super::bench::Bench;
use super::stories::check;

#[test]
fn a_task_is_offered_a_thousand_times_and_no_more() {
    let mut story = String::from(
        r#"0s queue All : 1==1
        0s workflow Main : "default_filter":{"queue":"@All"}
        0s settings reoffer=0
        0s worker Ana
        0s task T1 => offer T1 Ana, made T1
        "#,
    );
    for second in 1..1_000 {
        story += &format!("{second}s reject T1 Ana => rejected T1 Ana, offer T1 Ana\n");
    }
    story += "1000s reject T1 Ana => rejected T1 Ana, ended T1 canceled (Task TTL Exceeded or Max assignment count exceeded)";
    check(&story);
}

#[test]
fn what_is_written_has_a_longest_length() {
    let attributes = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
    let (fits, too_long) = (attributes(4_096), attributes(4_097));
    let (name, long_name) = ("x".repeat(64), "x".repeat(65));
    check(&format!(
        r#"0s queue All : 1==1
        0s workflow Main : "default_filter":{{"queue":"@All"}}
        0s worker Ben : {fits}
        0s worker Ben : {too_long} => attributes too_long
        0s worker {name}
        0s worker {long_name} => name too_long
        1s task T rest : {fits} => offer T Ben
        1s task T2 rest : {too_long} => attributes too_long
        2s update T : {too_long} => attributes too_long"#
    ));
}

#[test]
fn a_configuration_has_a_longest_length() {
    let padded = |length: usize| format!("0s judge : {{\"task_routing\":{{}}{}}}", " ".repeat(length - 19));
    check(&format!("{} => fine", padded(1_038_576)));
    check(&format!("{} => configuration too_long", padded(1_038_577)));
}

#[test]
fn a_mistake_on_a_later_line_is_found_by_its_bytes() {
    assert_eq!(Bench::new().run("0s judge : {\n\"task_routing\": x}"), "configuration not_json at 18");
}

#[test]
fn workers_put_together_are_all_changed_or_none_is() {
    let mut bench = Bench::new();
    bench.run(r#"0s queue German : languages HAS "de""#);
    bench.run(r#"0s workflow Main : "default_filter":{"queue":"@German"}"#);
    bench.run("0s worker Ana");
    bench.run("0s worker Ben");
    bench.run("1s task T");
    let german = |worker: &model::Worker| model::Worker { attributes: r#"{"languages":["de"]}"#.into(), ..worker.clone() };
    let mut all: Vec<_> = bench.router.workers().map(german).collect();
    let put = |bench: &mut Bench, workers: &[model::Worker]| {
        let command = model::RouterCommand::PutWorkers { workers: workers.to_vec() };
        let mut effects = model::RouterEffects::default();
        let answer = bench.router.handle(&command, super::bench::seconds("2"), &mut bench.ids, &mut effects);
        (answer, effects.workers.len(), bench.router.reservations().count())
    };
    let field = |answer| match answer {
        Err(model::Refusal::Invalid { field, code, .. }) => format!("{field} {code}"),
        other => format!("{other:?}"),
    };
    all[1].channels.insert("chat".into(), model::WorkerChannel { capacity: 2_000, available: true });
    let (answer, changed, offers) = put(&mut bench, &all);
    assert_eq!((field(answer), changed, offers), ("workers[1].channels.chat.capacity out_of_range".into(), 0, 0));
    all[1].channels.clear();
    all[1].version -= 1;
    assert_eq!(put(&mut bench, &all).0, Err(model::Refusal::StaleVersion));
    all[1].version += 1;
    let twice = [all[0].clone(), all[0].clone()];
    assert_eq!(field(put(&mut bench, &twice).0), "workers[1].id twice");
    // Two may exchange their names, and whoever comes to belong to a queue is asked at once.
    let (first, second) = (all[0].name.clone(), all[1].name.clone());
    (all[0].name, all[1].name) = (second, first.clone());
    let (answer, changed, offers) = put(&mut bench, &all);
    assert_eq!((answer, changed, offers), (Ok(model::RouterAnswer::Done), 2, 1));
    let named = bench.router.worker(all[1].id).map(|worker| (worker.name.clone(), worker.version));
    assert_eq!(named, Some((first, all[1].version + 1)));
}
