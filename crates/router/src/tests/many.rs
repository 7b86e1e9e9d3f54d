//! Ten thousand waiting tasks do not make an event slow: it asks once per line of like tasks, counted, not timed.

use model::{RouterCommand, RouterEffects, Rule, TaskRequest};

use super::bench::{Bench, seconds};
use crate::line::Pool;

#[test]
fn tasks_that_are_alike_stand_in_one_line() {
    let mut bench = Bench::new();
    bench.run("0s queue All : 1==1");
    bench.run(r#"0s workflow Main : "default_filter":{"queue":"@All","expression":"worker.languages HAS task.language"}"#);
    let queue = bench.router.queues().next().expect("the queue").id;
    for no in 0..10_000 {
        let language = ["de", "ko", "en"][no % 3];
        let command = RouterCommand::RequestTask(TaskRequest {
            task_id: bench.ids.next(),
            conversation_id: None,
            request_key: None,
            request_no: None,
            workflow_id: None,
            routing_worker: None,
            routing_queue: None,
            routing_workflow: None,
            ignore_capacity: false,
            channel: "chat".into(),
            attributes: format!(r#"{{"language":"{language}","no":{no}}}"#),
            priority: None,
            timeout_s: None,
            virtual_start_time: None,
        });
        let mut effects = RouterEffects::default();
        let now = seconds(&no.to_string());
        let made = bench.router.handle(&command, now, &mut bench.ids, &mut effects);
        assert!(made.is_ok() && effects.tasks.len() == 1);
    }
    assert_eq!(bench.router.lines.of(Pool::Queue(queue)).map(|(_, waiting)| waiting.in_order().count()).sum::<usize>(), 3);
    assert_eq!(bench.router.lines.waiting(Pool::Queue(queue)).count(), 10_000);
    bench.run(r#"20000s worker Ana : {"languages":["en"]}"#);
    let offer = bench.router.reservations().next().expect("an offer");
    let task = bench.router.task(offer.task_id).expect("its task");
    assert_eq!(task.attributes, r#"{"language":"en","no":2}"#);
}

/// Of a hundred workers sixty speak French: the first twelve are on a break, of the others the next eight have no desk open, the next ten
/// have no room on chat, and thirty could have it.
#[test]
fn among_very_many_those_next_in_line_are_named_and_the_others_counted() {
    let mut bench = Bench::new();
    bench.run(r#"0s queue French : skills HAS "fr""#);
    bench.run(r#"0s workflow Main : "default_filter":{"queue":"@French"}"#);
    for no in 0..100 {
        let kind = if (12..20).contains(&no) { "agent" } else { "worker" };
        let room = if (20..30).contains(&no) { 0 } else { 1 };
        let skill = if no < 60 { "fr" } else { "de" };
        bench.run(&format!(r#"{no}s {kind} W{no} chat={room} : {{"skills":["{skill}"]}}"#));
        if no < 12 {
            bench.run(&format!("{no}s activity W{no} Break"));
        }
    }
    assert_eq!(bench.run("200s task T"), "offer T W30, made T");
    let why = &bench.router.reservations().next().expect("an offer").why;
    let counted = [(Rule::Skill, 40), (Rule::Activity, 12), (Rule::Connection, 8), (Rule::Capacity, 10), (Rule::Order, 29)];
    assert_eq!(why.counted, counted.into());
    let named: Vec<_> = why.others.iter().map(|other| (bench.name(other.worker_id), other.rule)).collect();
    assert_eq!(named.len(), 29);
    assert_eq!((named[0].clone(), named[28].clone()), (("W31".into(), Rule::Order), ("W59".into(), Rule::Order)));
}

/// A hundred with room: the first twenty speak German alone, and the task wants French. By `order_by` the highest level comes first.
#[test]
fn among_very_many_whom_the_target_does_not_want_is_counted_and_the_order_is_its_own() {
    let by_idleness = r#""expression":"worker.skills HAS task.skill""#;
    for (target, chosen, counted, named) in [
        (by_idleness, "W20", [(Rule::Skill, 20), (Rule::Order, 79)], ["W21", "W22"]),
        (&format!(r#"{by_idleness},"order_by":"worker.level DESC""#), "W99", [(Rule::Skill, 20), (Rule::Order, 79)], ["W98", "W97"]),
    ] {
        let mut bench = Bench::new();
        bench.run("0s queue All : 1==1");
        bench.run(&format!(r#"0s workflow Main : "default_filter":{{"queue":"@All",{target}}}"#));
        for no in 0..100 {
            let skill = if no < 20 { "de" } else { "fr" };
            bench.run(&format!(r#"{no}s worker W{no} chat=1 : {{"skills":["{skill}"],"level":{no}}}"#));
        }
        assert_eq!(bench.run(r#"200s task T : {"skill":"fr"}"#), format!("offer T {chosen}, made T"));
        let why = &bench.router.reservations().next().expect("an offer").why;
        assert_eq!(why.counted, counted.into());
        let first: Vec<_> = why.others.iter().take(2).map(|other| (bench.name(other.worker_id), other.rule)).collect();
        assert_eq!(first, named.map(|name| (name.to_owned(), Rule::Order)));
        // Nobody speaks Korean: of whom the target does not want all are counted.
        bench.run(r#"210s task U : {"skill":"ko"}"#);
        let waiting = bench.router.tasks().find(|task| task.attributes.contains("ko")).expect("it waits");
        let task = &bench.router.tasks[&waiting.id];
        assert_eq!(bench.router.counted(task, None), [(Rule::Skill, 99), (Rule::Capacity, 1)].into());
    }
}
