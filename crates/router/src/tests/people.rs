//! Putting and deleting, activities, versions.

use super::check;

fn team(story: &str) {
    check(&format!(
        r#"0s queue All : 1==1
        0s workflow Main : "default_filter":{{"queue":"@All"}}
        0s worker Ana
        {story}"#
    ));
}

#[test]
fn who_becomes_unavailable_refuses_what_is_offered() {
    team(
        "1s task T1 => offer T1 Ana, made T1
        2s worker Ben
        3s activity Ana Break => rejected T1 Ana, offer T1 Ben
        4s accept T1 Ben => accepted T1 Ben, Ben joined T1
        5s activity Ben Break
        6s complete T1 => completed T1 Ben, ended T1 completed (completed)",
    );
}

#[test]
fn a_queue_may_ask_for_an_activity() {
    check(
        r#"0s queue Break : activity_name == "Break"
        0s queue Ana : friendly_name == "Ana"
        0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Break","skip_if":"workers.unavailable == 0"},{"queue":"@Ana"}]}]
        0s worker Ana
        1s task T1 : {"q":1} => offer T1 Ana, made T1
        2s activity Ana Break => rejected T1 Ana, nobody for T1
        3s task T2 : {"q":1} => made T2, nobody for T2
        4s show T2 => pending Break 0.0 prio 0 since 3s"#,
    );
}

#[test]
fn changed_attributes_and_queues_find_waiting_tasks() {
    check(
        r#"0s queue Vip : vip == true
        0s workflow Main : "default_filter":{"queue":"@Vip"}
        0s worker Ana
        1s task T1 => made T1, nobody for T1
        2s worker Ana : {"vip":true} => offer T1 Ana
        3s worker Ben
        4s task T2 => made T2, nobody for T2
        5s queue Vip max=2 : 1==1 => offer T1 Ben
        6s reject T1 Ben => rejected T1 Ben, offer T2 Ben
        7s queue Vip version=1 : 1==1 => stale
        8s queue Vip max=51 : 1==1 => max_reserved_workers out_of_range
        9s queue Vip : vip == => target_workers syntax at 6
        10s queue VIP => name taken
        11s queue Empty"#,
    );
}

#[test]
fn workers_are_checked() {
    team(
        r#"1s worker ana => name taken
        1s worker Ben : [] => attributes wrong_type
        1s worker Ben : {"a" => attributes not_json
        1s worker Ben chat=-1 => channels.chat.capacity out_of_range
        1s worker Ben version=3 => stale
        1s worker Ana version=7 => stale"#,
    );
    let long = format!(r#"1s worker Ben : {{"a":"{}"}} => attributes too_long"#, "x".repeat(4_096));
    team(&long);
    let name = format!("1s worker {} => name too_long", "x".repeat(65));
    team(&name);
}

#[test]
fn what_is_needed_cannot_be_deleted() {
    team(
        r#"1s task T1 => offer T1 Ana, made T1
        2s delete Ana => in use: Ana has 1 open tasks or offers
        3s reject T1 Ana Break => rejected T1 Ana, nobody for T1
        4s delete Ana => in use: this is the last worker and 1 tasks wait
        4s delete Break => in use: Ana is in this activity
        4s delete Away => in use: a missed offer puts agents into this activity
        5s delete All => in use: the workflow Main sends tasks to this queue
        5s delete Main => in use: 1 open tasks are in this workflow
        6s cancel T1 => ended T1 canceled (asked to)
        7s delete Ana version=1 => stale
        8s delete Ana
        9s delete Ana => no such worker
        10s delete Main
        11s delete All
        12s delete Offline"#,
    );
}

#[test]
fn the_last_queue_stays_while_tasks_wait() {
    check(
        "0s worker Ana chat=0
        0s queue All
        1s task T1 to=Ana => made T1, nobody for T1
        2s delete All => in use: this is the last queue and 1 tasks wait
        3s cancel T1 => ended T1 canceled (asked to)
        4s task T2 queue=All => made T2, nobody for T2
        5s delete All => in use: 1 open tasks are in this queue",
    );
}

#[test]
fn a_deleted_workers_tasks_take_the_way_of_all() {
    team(
        "0s worker Ben chat=0
        1s task T1 to=Ben workflow=Main => made T1, nobody for T1
        2s task T2 to=Ben => made T2, nobody for T2
        3s delete Ben => offer T1 Ana, ended T2 canceled (routing target refused)",
    );
}
