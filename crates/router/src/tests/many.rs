//! Ten thousand waiting tasks do not make an event slow: it asks once per line of like tasks, counted, not timed.

use model::{RouterCommand, RouterEffects, TaskRequest};

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
    assert_eq!(bench.router.lines.of(Pool::Queue(queue)).count(), 3);
    assert_eq!(bench.router.lines.waiting(Pool::Queue(queue)).count(), 10_000);
    bench.run(r#"20000s worker Ana : {"languages":["en"]}"#);
    let offer = bench.router.reservations().next().expect("an offer");
    let task = bench.router.task(offer.task_id).expect("its task");
    assert_eq!(task.attributes, r#"{"language":"en","no":2}"#);
}
