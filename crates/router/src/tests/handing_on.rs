//! Transfer, requeue, and agents who are lost: the customer keeps the place in line.

use super::check;

fn team(story: &str) {
    check(&format!(
        r#"0s queue All : 1==1
        0s queue Sales : dept == "sales"
        0s workflow Main : "default_filter":{{"queue":"@All","priority":4}}
        0s agent Ana chat=2
        1s agent Ben : {{"dept":"sales"}}
        2s connect Ana
        3s connect Ben
        10s task T1 in=C key=k => offer T1 Ana, made T1
        11s accept T1 Ana => accepted T1 Ana, Ana joined T1
        {story}"#
    ));
}

#[test]
fn to_a_worker() {
    team(
        "20s transfer T1 Ben as T2 by=Ana => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
        20s show T1 => completed All - prio 4 since 10s transferred
        20s show T2 => reserved All - prio 4 since 10s
        21s accept T2 Ben => accepted T2 Ben, Ben joined T2
        22s transfer T2 Ben as T3 => to same_worker
        23s transfer T1 Ana as T3 => it is completed",
    );
}

#[test]
fn to_a_worker_who_refuses() {
    team(
        "12s worker Cat
        20s transfer T1 Ben as T2 by=Ana => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
        21s reject T2 Ben => rejected T2 Ben, offer T2 Cat
        22s reject T2 Cat => rejected T2 Cat
        35s tick => offer T2 Ana
        36s show T2 => reserved All - prio 4 since 10s",
    );
}

#[test]
fn to_a_worker_who_misses_it() {
    team(
        "20s transfer T1 Ben as T2 => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
        40s tick => timeout T2 Ben, Ben Away, offer T2 Ana",
    );
}

#[test]
fn to_a_worker_who_is_away() {
    team(
        "12s activity Ben Break
        20s transfer T1 Ben as T2 by=Ana => completed T1 Ana, T1 moved to T2 (transferred), nobody for T2
        20s next => 35s
        39s tick =>
        40s tick => offer T2 Ana",
    );
}

#[test]
fn to_a_queue() {
    team(
        "12s worker Cat
        20s transfer T1 Sales as T2 by=Ana => completed T1 Ana, offer T2 Ben, T1 moved to T2 (transferred)
        21s reject T2 Ben => rejected T2 Ben
        21s show T2 => pending Sales - prio 4 since 10s
        36s tick => offer T2 Ben
        37s accept T2 Ben => accepted T2 Ben, Ben joined T2
        38s requeue T2 as T3 => completed T2 Ben, offer T3 Cat, T2 moved to T3 (requeued)
        38s show T3 => reserved All - prio 4 since 10s",
    );
}

#[test]
fn back_to_the_flow() {
    team(
        "20s transfer T1 flow as T2 by=Ana => completed T1 Ana, T1 back to flow
        21s task T3 rest => offer T3 Ben
        22s transfer T3 flow as T4 => to no_conversation
        23s task T5 => offer T5 Ana, made T5
        24s transfer T5 flow as T6 => canceled T5 Ana, T5 back to flow
        25s show T5 => canceled All - prio 4 since 23s transferred",
    );
}

#[test]
fn what_nobody_accepted_simply_moves() {
    team(
        "20s task T2 => offer T2 Ben, made T2
        21s transfer T2 Ana as T3 => rescinded T2 Ben, offer T2 Ana, T2 moved to T2 (transferred)
        22s transfer T2 Sales as T3 => rescinded T2 Ana, offer T2 Ben, T2 moved to T2 (transferred)
        23s accept T2 Ana => offer over
        24s requeue T2 as T3 by=Ben => rescinded T2 Ben, offer T2 Ana, T2 moved to T2 (requeued)",
    );
}

/// Proves I4.3.
#[test]
fn requeued_behind_nobody() {
    team(
        "12s task T2 => offer T2 Ben, made T2
        13s accept T2 Ben => accepted T2 Ben, Ben joined T2
        14s task T3 => offer T3 Ana, made T3
        15s task T4 => made T4, nobody for T4
        20s requeue T1 as T5 by=Ana => completed T1 Ana, offer T4 Ana, T1 moved to T5 (requeued), nobody for T5
        21s complete T2 => completed T2 Ben, offer T5 Ben, ended T2 completed (completed)",
    );
}

/// Proves I4.4.
#[test]
fn a_lost_agent_keeps_what_they_hold_for_a_while() {
    team(
        "12s task T2 => offer T2 Ben, made T2
        13s task T3 => offer T3 Ana, made T3
        14s wrap T1 => wrapping T1 Ana, wrap-up of T1
        15s accept T3 Ana => accepted T3 Ana, Ana joined T3
        16s lost Ana
        17s complete T1 => completed T1 Ana, ended T1 completed (completed)
        18s task T4 => made T4, nobody for T4
        19s connect Ana => offer T4 Ana
        20s lost Ana
        25s accept T2 Ben => accepted T2 Ben, Ben joined T2
        26s wrap T2 => wrapping T2 Ben, wrap-up of T2
        27s lost Ben
        28s gone Ana => completed T3 Ana, rescinded T4 Ana, T3 moved to T3' (agent_lost), nobody for T3'
        28s show T3 => completed All - prio 4 since 13s agent lost
        28s show T3' => pending All - prio 4 since 13s
        29s gone Ben => completed T2 Ben, ended T2 completed (agent lost)
        30s connect Ben => offer T3' Ben
        31s connect Ana => offer T4 Ana",
    );
}

#[test]
fn a_lost_agents_task_without_conversation_keeps_its_id() {
    team(
        "12s task R rest => offer R Ben
        13s accept R Ben => accepted R Ben
        14s lost Ben
        15s gone Ben => canceled R Ben, offer R Ana
        15s show R => reserved All - prio 4 since 12s",
    );
}

/// Proves I4.4.
#[test]
fn gone_counts_though_the_desk_was_never_seen_to_close() {
    team("20s gone Ana => completed T1 Ana, offer T1' Ben, T1 moved to T1' (agent_lost)");
}

#[test]
fn without_a_desk_no_offers() {
    check(
        r#"0s queue All : 1==1
        0s workflow Main : "default_filter":{"queue":"@All","skip_if":"workers.available == 1"}
        0s agent Ana
        1s task T1 => made T1, nobody for T1
        2s connect Ana => offer T1 Ana
        3s lost Ana
        22s tick => timeout T1 Ana, Ana Away"#,
    );
}
