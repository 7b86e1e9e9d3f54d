//! Task channels: their rows, idleness of their own, who keeps whom away.

use super::check;

fn team(story: &str) {
    check(&format!(
        r#"0s queue All : 1==1
        0s workflow Main : "default_filter":{{"queue":"@All"}}
        {story}"#
    ));
}

#[test]
fn a_channel_has_a_row_as_soon_as_somebody_names_it() {
    team(
        "1s channels => default 1, voice 1, chat 1, sms 1, video 1, email 1
        2s worker Ana fax=2
        2s task T on=pigeon => offer T Ana, made T
        3s channels => default 1, voice 1, chat 1, sms 1, video 1, email 1, fax 1, pigeon 1
        4s channel fax optimized
        4s channel fax version=1 => stale
        4s channel fax as=telefax => unique_name fixed
        4s channel 2nd => unique_name wrong_name
        4s channel fax off=fax => held_off_by itself
        4s channel fax off=owl => held_off_by unknown
        5s channel chat off=fax
        5s delete chat => in use: every workspace has this task channel
        5s delete pigeon => in use: 1 open tasks are of this task channel
        6s accept T Ana => accepted T Ana, Ana joined T
        7s complete T => completed T Ana, ended T completed (completed)
        8s delete pigeon
        8s delete fax
        8s channels => default 1, voice 1, chat 3, sms 1, video 1, email 1
        9s task T2 on=fax => offer T2 Ana, made T2
        9s channels => default 1, voice 1, chat 3, sms 1, video 1, email 1, fax 1",
    );
}

#[test]
fn a_channel_may_measure_idleness_by_itself() {
    let story = |how: &str| {
        format!(
            "0s worker Ana
            0s worker Ben
            0s channel sms {how}
            1s task T1 on=sms => offer T1 Ana, made T1
            2s accept T1 Ana => accepted T1 Ana, Ana joined T1
            3s complete T1 => completed T1 Ana, ended T1 completed (completed)
            4s task T2 => offer T2 Ben, made T2
            5s accept T2 Ben => accepted T2 Ben, Ben joined T2
            6s complete T2 => completed T2 Ben, ended T2 completed (completed)"
        )
    };
    team(&format!("{}\n7s task T3 on=sms => offer T3 Ana, made T3", story("")));
    // Ana rested longer, but had the last message; Ben never had one.
    team(&format!("{}\n7s task T3 on=sms => offer T3 Ben, made T3", story("optimized")));
}

#[test]
fn a_call_keeps_chats_away_and_chats_no_call() {
    team(
        "0s worker Ana chat=2
        0s channel chat off=voice
        1s task Chat1 => offer Chat1 Ana, made Chat1
        2s accept Chat1 Ana => accepted Chat1 Ana, Ana joined Chat1
        3s task Call on=voice => offer Call Ana, made Call
        4s task Chat2 => made Chat2, nobody for Chat2
        5s accept Call Ana => accepted Call Ana, Ana joined Call
        5s worker Ben => offer Chat2 Ben
        5s why Chat2 Ben => skill (1==1), activity (Available), capacity (chat: 0 of 1 in use), order (longest idle: 0 s), Ana capacity (chat: held off by voice)
        6s reject Chat2 Ben => rejected Chat2 Ben
        7s delete Ben
        8s complete Call => completed Call Ana, offer Chat2 Ana, ended Call completed (completed)",
    );
}

#[test]
fn last_in_queues_may_go_first() {
    let story = |settings: &str, first: &str| {
        check(&format!(
            r#"0s queue In : 1==1
            0s queue Out lifo : 1==1
            0s workflow Main : "filters":[{{"expression":"q == 1","targets":[{{"queue":"@Out"}}]}}],"default_filter":{{"queue":"@In"}}
            {settings}
            1s task Old => made Old, nobody for Old
            2s task New1 : {{"q":1}} => made New1, nobody for New1
            3s task New2 : {{"q":1}} => made New2, nobody for New2
            4s worker Ana => offer {first} Ana"#
        ));
    };
    story("0s settings", "Old");
    story("0s settings lifo", "New2");
}

#[test]
fn a_changed_order_of_queues_counts_for_those_who_wait() {
    check(
        r#"0s queue In : 1==1
        0s queue Out lifo : 1==1
        0s workflow Main : "filters":[{"expression":"q == 1","targets":[{"queue":"@Out"}]}],"default_filter":{"queue":"@In"}
        1s task Old => made Old, nobody for Old
        2s task New : {"q":1} => made New, nobody for New
        3s settings lifo
        4s worker Ana => offer New Ana"#,
    );
}
