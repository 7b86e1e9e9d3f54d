//! Filters, targets, and the ways out of them. Q1 has nobody, Q2 has Bob.

use super::check;

fn two_queues(routing: &str, story: &str) {
    check(&format!(
        r#"0s queue Q1 : name == "nobody"
        0s queue Q2 : 1==1
        0s workflow W timeout=10 : {routing}
        0s worker Bob : {{"level":2,"agent":"bob"}}
        {story}"#
    ));
}

#[test]
fn a_step_is_left_when_its_time_is_over() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q1","timeout":30},{"queue":"@Q2"}]}]"#,
        "0s task T => made T, nobody for T
        0s show T => pending Q1 0.0 prio 0 since 0s
        30s tick => offer T Bob
        30s show T => reserved Q2 0.1 prio 0 since 0s",
    );
}

#[test]
fn a_step_is_skipped_at_once() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"},{"queue":"@Q2"}]}]"#,
        "0s task T => offer T Bob, made T
        0s show T => reserved Q2 0.1 prio 0 since 0s",
    );
}

#[test]
fn after_a_timeout_the_default_is_not_used() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q1","timeout":30}]}],"default_filter":{"queue":"@Q2"}"#,
        "0s task T => made T, nobody for T
        30s tick => ended T timed_out (workflow timeout)",
    );
}

#[test]
fn after_skipping_the_default_is_used() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q1","skip_if":"workers.available == 0"}]}],"default_filter":{"queue":"@Q2"}"#,
        "0s task T => offer T Bob, made T
        0s show T => reserved Q2 - prio 0 since 0s",
    );
}

#[test]
fn skipping_everything_cancels() {
    two_queues(r#""filters":[{"targets":[{"queue":"@Q1","skip_if":"1==1"}]}]"#, "0s task T => made T, ended T canceled (workflow skipped)");
    two_queues(
        r#""filters":[],"default_filter":{"queue":"@Q1","skip_if":"1==1"}"#,
        "0s task T => made T, ended T canceled (workflow skipped)",
    );
}

#[test]
fn the_next_matching_filter_below_goes_on() {
    two_queues(
        r#""filters":[{"expression":"1==1","targets":[{"queue":"@Q1","timeout":5}]},
            {"expression":"1==0","targets":[{"queue":"@Q1"}]},{"expression":"a == 1","targets":[{"queue":"@Q2"}]}]"#
            .replace('\n', " ")
            .as_str(),
        r#"0s task T : {"a":1} => made T, nobody for T
        5s tick => offer T Bob
        5s show T => reserved Q2 2.0 prio 0 since 0s"#,
    );
}

#[test]
fn a_missed_offer_keeps_the_clock_of_its_step() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q2","timeout":15,"priority":10},{"priority":50}]}]"#,
        "0s task T => offer T Bob, made T
        10s tick => timeout T Bob, Bob Away, nobody for T
        10s show T => pending Q2 0.0 prio 10 since 0s
        15s tick =>
        15s show T => pending Q2 0.1 prio 50 since 0s",
    );
}

#[test]
fn a_standing_offer_outlives_its_step() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]"#,
        "0s task T => offer T Bob, made T
        1s next => 10s
        8s accept T Bob => accepted T Bob, Bob joined T",
    );
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q2","timeout":5},{"queue":"@Q1"}]}]"#,
        "0s task T => offer T Bob, made T
        8s reject T Bob => rejected T Bob, nobody for T
        8s show T => pending Q1 0.1 prio 0 since 0s",
    );
}

#[test]
fn no_filter_and_no_default_is_no_task() {
    two_queues(
        r#""filters":[{"expression":"a == 1","targets":[{"queue":"@Q2"}]}]"#,
        "0s task T => refused (attributes: no filter matches), attributes no_filter_matches",
    );
}

#[test]
fn a_step_inherits_the_queue_and_nothing_else() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q2","expression":"worker.level > task.tier","timeout":5},{"timeout":10}]}]"#,
        r#"0s task T : {"tier":3} => made T, nobody for T
        5s tick => offer T Bob
        5s show T => reserved Q2 0.1 prio 0 since 0s"#,
    );
}

#[test]
fn an_offer_says_which_filter_and_queue_brought_it() {
    let vip = r#"{"filter_friendly_name":" VIP ","expression":"vip == true","targets":[{"queue":"@Q1","timeout":5},{"queue":"@Q2"}]}"#;
    let nameless = r#"{"filter_friendly_name":7,"expression":"tier > 2","targets":[{"queue":"@Q2"}]}"#;
    two_queues(
        &format!(r#""filters":[{vip},{nameless}],"default_filter":{{"queue":"@Q2"}}"#),
        r#"0s task T : {"vip":true} => made T, nobody for T
        5s tick => offer T Bob
        5s brought T Bob => by VIP through Q2
        6s accept T Bob => accepted T Bob, Bob joined T
        7s worker Cat
        8s task U : {"tier":3} => offer U Cat, made U
        8s brought U Cat => by tier > 2 through Q2
        9s accept U Cat => accepted U Cat, Cat joined U
        10s worker Dan
        11s task V => offer V Dan, made V
        11s brought V Dan => by - through Q2"#,
    );
}

#[test]
fn a_known_worker_by_sid_or_name() {
    two_queues(
        r#""filters":[{"targets":[{"queue":"@Q2","known_worker_friendly_name":"task.agent","timeout":60},{"priority":1}]}]"#,
        r#"0s worker Ann
        1s task T : {"agent":"ann"} => offer T Ann, made T
        1s why T Ann => skill (1==1), skill (known worker: task.agent), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 1 s), Bob skill (known worker: task.agent)
        2s task U : {"agent":"bob"} => offer U Bob, made U
        3s task V : {"agent":null} => made V, nobody for V
        63s accept U Bob => timeout T Ann, Ann Away, timeout U Bob, Bob Away, nobody for T, nobody for U, offer over"#,
    );
}

#[test]
fn order_by_comes_before_idleness() {
    check(
        r#"0s queue Q : 1==1
        0s workflow W : "filters":[{"targets":[{"queue":"@Q","order_by":"worker.level DESC, worker.channel.chat.assigned_tasks ASC"}]}]
        0s worker Ana chat=2 : {"level":1}
        1s worker Ben chat=2 : {"level":2}
        2s worker Cat chat=2 : {"level":2}
        3s worker Dan chat=2
        10s task T1 => offer T1 Ben, made T1
        10s why T1 Ben => skill (1==1), activity (Available), capacity (chat: 0 of 2 in use), order (worker.level DESC, worker.channel.chat.assigned_tasks ASC), order (longest idle: 9 s), Ana order (idle: 10 s), Cat order (idle: 8 s), Dan order (idle: 7 s)
        11s accept T1 Ben => accepted T1 Ben, Ben joined T1
        20s task T2 => offer T2 Cat, made T2"#,
    );
}

#[test]
fn load_on_a_channel_may_be_asked_for() {
    check(
        r#"0s queue Q : 1==1
        0s workflow W : "filters":[{"targets":[{"queue":"@Q","expression":"worker.channel.chat.assigned_tasks == 0 AND worker.channel.chat.available_capacity_percentage >= 33"}]}]
        0s worker Ana chat=3
        1s task T1 => offer T1 Ana, made T1
        2s task T2 => offer T2 Ana, made T2
        3s task T3 => offer T3 Ana, made T3
        4s accept T1 Ana => accepted T1 Ana, Ana joined T1
        5s task T4 => made T4, nobody for T4
        6s reject T3 Ana => rejected T3 Ana, nobody for T3
        7s complete T1 => completed T1 Ana, offer T4 Ana, ended T1 completed (completed)"#,
    );
}

#[test]
fn why_names_what_each_lacks() {
    check(
        r#"0s queue Korean : languages HAS "ko"
        0s workflow W : "default_filter":{"queue":"@Korean","expression":"worker.level >= task.tier"}
        0s worker Ana : {"languages":["en"]}
        0s worker Ben : {"languages":["ko"],"level":1}
        0s worker Cat chat=0 : {"languages":["ko"],"level":3}
        0s agent Dan : {"languages":["ko"],"level":3}
        0s worker Eve : {"languages":["ko"],"level":3}
        0s worker Fay : {"languages":["ko"],"level":3}
        0s activity Fay Break
        1s task T : {"tier":2} => offer T Eve, made T
        1s why T Eve => skill (languages HAS "ko"), skill (worker.level >= task.tier), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 1 s), Ana skill (languages HAS "ko"), Ben skill (worker.level >= task.tier), Cat capacity (chat: 0 of 0 in use), Dan connection (no desk connected), Fay activity (Break)"#,
    );
}

#[test]
fn new_attributes_and_priority_count_at_once() {
    two_queues(
        r#""default_filter":{"queue":"@Q2","expression":"worker.agent == task.agent"}"#,
        r#"0s task T1 : {"agent":"ann"} => made T1, nobody for T1
        1s task T2 : {"agent":"ann"} => made T2, nobody for T2
        2s update T1 : {"agent":"bob"} => offer T1 Bob
        3s update T2 prio=5 : {"agent":"bob"}
        4s reject T1 Bob => rejected T1 Bob, offer T2 Bob
        5s update T2 : nonsense => attributes not_json"#,
    );
}

#[test]
fn a_changed_workflow_takes_its_waiting_tasks_along() {
    two_queues(
        r#""default_filter":{"queue":"@Q1"}"#,
        r#"0s task T => made T, nobody for T
        5s workflow W timeout=10 : "default_filter":{"queue":"@Q2","priority":3} => offer T Bob
        5s show T => reserved Q2 - prio 3 since 0s
        6s workflow W timeout=10 : "filters":[{"expression":"a==1","targets":[{"queue":"@Q1"}]}] => in use: 1 waiting tasks would match no filter; add a default filter
        7s update T : {"a":1}
        8s workflow W timeout=10 : "filters":[{"expression":"a==1","targets":[{"queue":"@Q1"}]}]
        9s reject T Bob => rejected T Bob
        9s show T => pending Q1 0.0 prio 3 since 0s
        10s workflow W version=1 : "filters":[] => stale"#,
    );
}

#[test]
fn a_changed_workflow_leaves_its_waiting_tasks_where_they_stand_if_told_so() {
    two_queues(
        r#""filters":[{"expression":"a==1","targets":[{"queue":"@Q1"}]}],"default_filter":{"queue":"@Q1"}"#,
        r#"0s task T1 : {"a":1} => made T1, nobody for T1
        0s task T2 => made T2, nobody for T2
        5s workflow W keep : "filters":[{"expression":"a==2","targets":[{"queue":"@Q1"}]}],"default_filter":{"queue":"@Q2"} => offer T2 Bob
        5s show T1 => pending Q1 0.0 prio 0 since 0s
        6s workflow W : "default_filter":{"queue":"@Q1"}
        6s show T1 => pending Q1 - prio 0 since 0s"#,
    );
}

#[test]
fn a_waiting_task_may_change_its_channel_and_its_start() {
    two_queues(
        r#""default_filter":{"queue":"@Q2"}"#,
        r#"0s activity Bob Break
        0s task T1 => made T1, nobody for T1
        1s task T2 => made T2, nobody for T2
        2s update T2 since=-60
        2s update T2 since=90 => virtual_start_time out_of_range
        2s update T2 since=-2300000000 => virtual_start_time out_of_range
        2s update T2 on=2nd => channel wrong_name
        3s activity Bob Available => offer T2 Bob
        4s update T1 on=sms => offer T1 Bob
        5s accept T2 Bob => accepted T2 Bob, Bob joined T2
        6s update T2 on=sms => it is assigned
        7s update T2 prio=7
        7s show T2 => assigned Q2 - prio 7 since -60s"#,
    );
}

#[test]
fn one_attribute_is_written_beside_the_others() {
    two_queues(
        r#""default_filter":{"queue":"@Q2","expression":"task.a == 1 AND task.b == 2"}"#,
        r#"0s task T : {"a":1,"c":"kept"} => made T, nobody for T
        1s set T b : 2 => offer T Bob
        1s attributes T => {"a":1,"c":"kept","b":2}
        2s set T b
        2s attributes T => {"a":1,"c":"kept"}"#,
    );
}
