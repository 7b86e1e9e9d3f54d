//! What a workflow's configuration must be, and where it is wrong.

use model::Refusal;

use super::bench::Bench;

fn judge(configuration: &str) -> String {
    let mut bench = Bench::new();
    bench.run("0s queue Q : 1==1");
    match bench.router.check_workflow(&bench.configuration(configuration)) {
        Ok(()) => "fine".into(),
        Err(Refusal::Invalid { field, code, offset, .. }) => {
            let field = field.replace("configuration.task_routing.", "");
            format!("{field} {code} {offset:?}")
        }
        Err(other) => format!("{other:?}"),
    }
}

fn target(target: &str) -> String {
    judge(&format!(r#"{{"task_routing":{{"filters":[{{"targets":[{{"queue":"@Q"}},{target}]}}]}}}}"#))
}

#[test]
fn what_is_deployed_in_practice_is_fine() {
    assert_eq!(judge(r#"{"task_routing":{}}"#), "fine");
    assert_eq!(judge(r#"{"task_routing":{"filters":[],"other":1}}"#), "fine");
    assert_eq!(judge(r#"{"task_routing":{"default_filter":{"queue":"@Q"}}}"#), "fine");
    assert_eq!(target("{}"), "fine");
    assert_eq!(target(r#"{"priority":"10","timeout":"5","queue":null,"expression":""}"#), "fine");
}

#[test]
fn each_mistake_is_named_with_its_place() {
    assert_eq!(judge("{\n\"task_routing\": x}"), "configuration not_json Some(18)");
    assert_eq!(judge("{}"), "configuration.task_routing required None");
    assert_eq!(judge(r#"{"task_routing":{"filters":{}}}"#), "filters wrong_type None");
    assert_eq!(judge(r#"{"task_routing":{"filters":[{"targets":[]}]}}"#), "filters[0].targets required None");
    assert_eq!(judge(r#"{"task_routing":{"filters":[{"targets":[{}]}]}}"#), "filters[0].targets[0].queue required None");
    assert_eq!(
        judge(r#"{"task_routing":{"filters":[{"expression":"a == ","targets":[{"queue":"@Q"}]}]}}"#),
        "filters[0].expression syntax Some(5)"
    );
    assert_eq!(
        judge(r#"{"task_routing":{"default_filter":{"queue":"WQ00000000000000000000000000000000"}}}"#),
        "default_filter.queue unknown_queue None"
    );
    let at = "filters[0].targets[1]";
    assert_eq!(target(r#"{"timeout":0}"#), format!("{at}.timeout out_of_range None"));
    assert_eq!(target(r#"{"priority":1.5}"#), format!("{at}.priority wrong_type None"));
    assert_eq!(target(r#"{"order_by":"level DESC"}"#), format!("{at}.order_by syntax Some(0)"));
    assert_eq!(target(r#"{"skip_if":"workers"}"#), format!("{at}.skip_if syntax Some(7)"));
    assert_eq!(target(r#"{"known_worker_sid":"worker.x"}"#), format!("{at}.known_worker_sid not_a_task_path None"));
    assert_eq!(
        target(r#"{"known_worker_sid":"task.x","known_worker_friendly_name":"task.y"}"#),
        format!("{at}.known_worker_friendly_name exclusive None")
    );
}
