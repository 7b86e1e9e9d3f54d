//! Offers: who gets them, how they end.

use super::check;

/// One queue for everybody, one workflow into it, offers of 20 s.
fn shop(story: &str) {
    check(&format!(
        r#"0s queue All : 1==1
        0s workflow Main : "filters":[],"default_filter":{{"queue":"@All"}}
        {story}"#
    ));
}

#[test]
fn the_longest_idle_worker_is_offered_the_task() {
    shop(
        "0s worker Ana
        5s worker Ben
        10s task T1 => offer T1 Ana, made T1
        11s task T2 => offer T2 Ben, made T2
        12s accept T1 Ana => accepted T1 Ana, Ana joined T1
        13s accept T2 Ben => accepted T2 Ben, Ben joined T2
        20s complete T2 => completed T2 Ben, ended T2 completed (completed)
        30s complete T1 => completed T1 Ana, ended T1 completed (completed)
        40s task T3 => offer T3 Ben, made T3",
    );
}

#[test]
fn nobody_is_told_once_and_the_task_waits_its_turn() {
    shop(
        "0s task T1 => made T1, nobody for T1
        1s task T2 => made T2, nobody for T2
        2s worker Ana => offer T1 Ana
        3s accept T1 Ana => accepted T1 Ana, Ana joined T1
        4s complete T1 => completed T1 Ana, offer T2 Ana, ended T1 completed (completed)
        24s tick => timeout T2 Ana, Ana Away
        24s show T2 => pending All - prio 0 since 1s",
    );
}

#[test]
fn who_rejects_comes_after_everybody_free_and_not_before_its_time() {
    shop(
        "0s worker Ana
        1s worker Ben
        10s task T1 => offer T1 Ana, made T1
        12s reject T1 Ana => rejected T1 Ana, offer T1 Ben
        14s reject T1 Ben => rejected T1 Ben
        14s next => 27s
        26s tick =>
        27s tick => offer T1 Ana
        27s why T1 Ana => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 27 s), Ben rejected_recently (refused 13 s ago)
        28s reject T1 Ana => rejected T1 Ana
        28s next => 29s
        29s tick => offer T1 Ben
        30s show T1 => reserved All - prio 0 since 10s",
    );
}

#[test]
fn who_refused_waits_while_somebody_else_has_the_offer() {
    shop(
        "0s worker Ana
        10s task T1 => offer T1 Ana, made T1
        11s reject T1 Ana => rejected T1 Ana
        12s worker Ben => offer T1 Ben
        26s tick =>
        32s tick => timeout T1 Ben, Ben Away, offer T1 Ana",
    );
}

#[test]
fn without_a_pause_a_refused_task_comes_again_at_once() {
    shop(
        "0s settings reoffer=0
        0s worker Ana
        0s worker Ben
        1s task T1 => offer T1 Ana, made T1
        2s reject T1 Ana => rejected T1 Ana, offer T1 Ben
        3s reject T1 Ben => rejected T1 Ben, offer T1 Ana
        4s reject T1 Ana => rejected T1 Ana, offer T1 Ben",
    );
}

/// Proves I4.3.
#[test]
fn a_missed_offer_puts_the_agent_away_and_the_task_back_in_its_place() {
    shop(
        "0s worker Ana
        1s task T1 => offer T1 Ana, made T1
        2s task T2 => made T2, nobody for T2
        3s next => 21s
        21s tick => timeout T1 Ana, Ana Away, nobody for T1
        22s activity Ana Available => offer T2 Ana
        23s worker Ben => offer T1 Ben",
    );
}

/// Proves I5.2.
#[test]
fn an_offer_is_over_at_its_deadline_though_no_tick_has_run() {
    shop(
        "0s worker Ana
        1s task T1 => offer T1 Ana, made T1
        21s accept T1 Ana => timeout T1 Ana, Ana Away, nobody for T1, offer over
        22s activity Ana Available =>
        36s tick => offer T1 Ana
        55s accept T1 Ana => accepted T1 Ana, Ana joined T1
        56s accept T1 Ana => taken by Ana
        57s complete T1 => completed T1 Ana, ended T1 completed (completed)
        58s accept T1 Ana => it is completed
        59s complete T1 => it is completed",
    );
}

#[test]
fn rejecting_may_name_an_activity() {
    shop(
        "0s worker Ana
        1s task T1 => offer T1 Ana, made T1
        2s reject T1 Ana Break => rejected T1 Ana, nobody for T1
        3s reject T1 Ana => it is rejected
        4s worker Ben => offer T1 Ben
        4s why T1 Ben => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 0 s), Ana activity (Break)",
    );
}

/// Proves I4.1 and I5.1.
#[test]
fn several_may_be_asked_at_once_and_the_first_accept_wins() {
    check(
        r#"0s queue All max=3 : 1==1
        0s workflow Main : "filters":[],"default_filter":{"queue":"@All"}
        0s worker Ana
        1s worker Ben
        2s worker Cat
        3s worker Dan
        10s task T1 => offer T1 Ana, offer T1 Ben, offer T1 Cat, made T1
        10s slot T1 Cat => offer 2 slot Some(0) of 1
        10s why T1 Ben => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 9 s), Ana held (has the offer already), Cat order (idle: 8 s), Dan order (idle: 7 s)
        11s reject T1 Ben => rejected T1 Ben, offer T1 Dan
        11s slot T1 Dan => offer 1 slot Some(0) of 1
        12s accept T1 Cat => accepted T1 Cat, rescinded T1 Ana, rescinded T1 Dan, Cat joined T1
        13s accept T1 Ana => taken by Cat
        14s accept T1 Ben => it is rejected
        15s show T1 => assigned All - prio 0 since 10s"#,
    );
}

/// Proves I4.2.
#[test]
fn capacity_is_counted_by_channel_in_slots() {
    shop(
        r#"0s worker Ana chat=2 sms=1
        1s task T1 => offer T1 Ana, made T1
        1s task T2 => offer T2 Ana, made T2
        1s task T3 => made T3, nobody for T3
        1s task S1 on=sms => offer S1 Ana, made S1
        1s slot T2 Ana => offer 0 slot Some(1) of 2
        2s accept T1 Ana => accepted T1 Ana, Ana joined T1
        3s wrap T1 => wrapping T1 Ana, wrap-up of T1
        4s complete T1 => completed T1 Ana, offer T3 Ana, ended T1 completed (completed)
        4s slot T3 Ana => offer 0 slot Some(0) of 2
        5s worker Ana chat=1 sms=0
        6s accept T2 Ana => accepted T2 Ana, Ana joined T2
        7s accept T3 Ana => accepted T3 Ana, Ana joined T3
        8s complete T2 => completed T2 Ana, ended T2 completed (completed)
        9s task T4 => made T4, nobody for T4
        10s complete T3 => completed T3 Ana, offer T4 Ana, ended T3 completed (completed)
        11s worker Ben chat=off sms=1
        12s reject T4 Ana Break => rejected T4 Ana, rejected S1 Ana, offer S1 Ben
        13s worker Ben chat=1 sms=1 => offer T4 Ben"#,
    );
}

#[test]
fn higher_priority_then_age_and_virtual_start_decide() {
    shop(
        "0s task T1 => made T1, nobody for T1
        600s task T2 prio=1 => made T2, nobody for T2
        601s task T3 prio=1 since=599s => made T3, nobody for T3
        602s worker Ana chat=2 => offer T3 Ana, offer T2 Ana
        603s reject T3 Ana => rejected T3 Ana, offer T1 Ana",
    );
}

#[test]
fn last_in_first_out_queues_come_after_first_in_ones() {
    check(
        r#"0s queue Old lifo : 1==1
        0s queue New : 1==1
        0s workflow Main : "filters":[{"expression":"q == 'old'","targets":[{"queue":"@Old"}]}],"default_filter":{"queue":"@New"}
        0s task T1 : {"q":"old"} => made T1, nobody for T1
        1s task T2 : {"q":"old"} => made T2, nobody for T2
        2s task T3 => made T3, nobody for T3
        3s worker Ana chat=2 => offer T3 Ana, offer T2 Ana"#,
    );
}

#[test]
fn a_task_for_one_worker_may_ignore_capacity_and_activity() {
    shop(
        "0s worker Ana chat=0
        0s worker Ben
        1s task T1 to=Ana => made T1, nobody for T1
        2s task T2 to=Ana ignore => offer T2 Ana, made T2
        2s slot T2 Ana => offer 0 slot None of 0
        2s why T2 Ana => skill (asked for directly), activity (Available), capacity (capacity ignored), order (longest idle: 2 s), Ben skill (another worker was asked for)
        3s activity Ana Break => rejected T2 Ana, ended T2 canceled (routing target refused)
        4s task T3 to=Ana ignore => offer T3 Ana, made T3
        5s task T4 ignore => refused (ignore_capacity: only a task for one worker may ignore capacity), ignore_capacity needs_worker
        6s task T5 to=Ben workflow=Main => offer T5 Ben, made T5
        7s task T6 queue=All => made T6, nobody for T6
        8s reject T5 Ben => rejected T5 Ben, offer T6 Ben",
    );
}

#[test]
fn wrap_up_ends_by_itself() {
    shop(
        "0s settings wrap=30
        0s worker Ana
        1s task T1 => offer T1 Ana, made T1
        2s wrap T1 => it is reserved
        2s complete T1 => it is reserved
        3s accept T1 Ana => accepted T1 Ana, Ana joined T1
        3s cancel T1 => it is assigned
        4s wrap T1 => wrapping T1 Ana, wrap-up of T1
        4s next => 34s
        34s tick => completed T1 Ana, ended T1 completed (wrap-up time over)
        35s settings wrap=0
        36s task T2 => offer T2 Ana, made T2
        37s accept T2 Ana => accepted T2 Ana, Ana joined T2
        38s wrap T2 => wrapping T2 Ana, wrap-up of T2
        38s next => never",
    );
}

#[test]
fn a_task_that_waits_too_long_is_canceled() {
    shop(
        "0s worker Ana
        1s task T1 ttl=10 => offer T1 Ana, made T1
        2s task T2 ttl=5 => made T2, nobody for T2
        7s tick => ended T2 timed_out (Task TTL Exceeded)
        11s accept T1 Ana => canceled T1 Ana, ended T1 timed_out (Task TTL Exceeded), offer over
        12s show T1 => canceled All - prio 0 since 1s Task TTL Exceeded",
    );
}

#[test]
fn closing_and_canceling() {
    shop(
        "0s worker Ana
        1s task T1 in=C => offer T1 Ana, made T1
        2s accept T1 Ana => accepted T1 Ana, Ana joined T1
        3s task T2 in=C => made T2, nobody for T2
        4s close C => completed T1 Ana, ended T1 completed (closed), ended T2 canceled (closed)
        5s task T3 => offer T3 Ana, made T3
        6s cancel T3 => canceled T3 Ana, ended T3 canceled (asked to)
        7s cancel T3 => it is canceled
        8s close C =>",
    );
}

/// Proves I3.1.
#[test]
fn the_same_wish_is_the_same_task() {
    shop(
        "0s task T1 in=C key=step4 => made T1, nobody for T1
        1s task T2 in=C key=step4 =>
        2s task T3 in=C key=step5 => made T3, nobody for T3
        3s task T4 in=D key=step4 => made T4, nobody for T4
        4s task T1 =>",
    );
}

#[test]
fn wrong_requests_are_refused_and_the_conversation_hears_of_it() {
    shop(
        r#"0s task T1 : [1] => refused (attributes: attributes are a JSON object), attributes wrong_type
        0s task T2 : {"a": => refused (attributes: EOF while parsing a value at line 1 column 5), attributes not_json
        0s task T3 ttl=0 => refused (timeout_s: must be from 1 to 1209600), timeout_s out_of_range
        0s task T4 rest on=9x => channel wrong_name
        0s task T5 prio=-1 rest => priority out_of_range
        0s task T6 since=5s rest => virtual_start_time out_of_range
        1s workflow Other : "filters":[]
        1s task T7 => refused (workflow_id: which workflow routes this task?), workflow_id required
        1s task T8 workflow=Other => refused (attributes: no filter matches), attributes no_filter_matches"#,
    );
}

#[test]
fn a_task_is_offered_a_thousand_times_and_no_more() {
    let mut story = String::from("0s settings reoffer=0\n0s worker Ana\n0s task T1 => offer T1 Ana, made T1\n");
    for second in 1..1_000 {
        story += &format!("{second}s reject T1 Ana => rejected T1 Ana, offer T1 Ana\n");
    }
    story += "1000s reject T1 Ana => rejected T1 Ana, ended T1 canceled (Task TTL Exceeded or Max assignment count exceeded)";
    shop(&story);
}
