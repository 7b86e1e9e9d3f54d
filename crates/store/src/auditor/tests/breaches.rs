//! Each broken promise is named exactly, in copies without any index, on both databases.

use std::collections::BTreeMap;

use model::Timestamp;
use uuid::Uuid;

use super::house::{House, build};
use super::{audit, databases, drop_indexes, only, run};
use crate::auditor::Report;

/// The literal of a uuid, as a client of either engine would type it.
fn literal(engine: &str, id: Uuid) -> String {
    if engine == "sqlite" { format!("x'{}'", id.as_simple()) } else { format!("'{id}'") }
}

/// Builds the honest world without indexes, breaks it, and hands the audit's report to `judge`.
async fn broken(test: &str, corrupt: impl Fn(&House, &str) -> Vec<String>, judge: impl Fn(&House, &Report)) {
    for (engine, db) in databases(test).await {
        let house = build(&db).await;
        drop_indexes(&db).await;
        let before = audit(&db, house.files.clone(), house.now).await;
        assert!(before.clean(), "{engine}: the honest world is clean, but {:?}", before.breaches);
        run(&db, &corrupt(&house, engine)).await;
        judge(&house, &audit(&db, house.files.clone(), house.now).await);
    }
}

fn set(table: &str, engine: &str, id: Uuid, what: &str) -> Vec<String> {
    vec![format!("UPDATE {table} SET {what} WHERE id = {}", literal(engine, id))]
}

#[tokio::test]
async fn an_honest_world_is_clean() {
    for (engine, db) in databases("an_honest_world_is_clean").await {
        let house = build(&db).await;
        let report = audit(&db, house.files.clone(), house.now).await;
        assert!(report.clean(), "{engine}: {:?}", report.breaches);
        assert_eq!(report.checked["message"], 3);
        assert_eq!((report.checked["inbound"], report.checked["inbound_processed"], report.checked["audit_row"]), (1, 1, 3));
    }
}

/// I1.4
#[tokio::test]
async fn a_deleted_message_is_named() {
    let corrupt = |h: &House, e: &str| vec![format!("DELETE FROM message WHERE id = {}", literal(e, h.messages[1].0))];
    broken("a_deleted_message_is_named", corrupt, |h, report| {
        let gap = only(report, "sequence_gap");
        assert_eq!((gap[0].id.clone(), gap[0].what.as_str()), (h.conversation.to_string(), "message 2 of 3 is missing"));
        assert_eq!(only(report, "message_missing")[0].id, h.messages[1].to_string());
        let orphans = only(report, "orphan");
        let what = format!("its message {} is not there", h.messages[1]);
        assert!(orphans.iter().any(|b| b.table == "outbox" && b.id == h.outbox.to_string() && b.what == what), "{orphans:?}");
        assert_eq!(report.counts.keys().copied().collect::<Vec<_>>(), ["message_missing", "orphan", "sequence_gap"]);
    })
    .await;
}

/// I6.2
/// Proves I6.2.
#[tokio::test]
async fn a_doubled_send_is_named() {
    let corrupt = |h: &House, e: &str| {
        let other = literal(e, Uuid::from_u128(99));
        let columns = "conversation_id, thread_id, channel_account_id, message_id, opened_at, seq, part, state, body, progress, not_before, expires_at";
        vec![format!(
            "INSERT INTO outbox (workspace_id, id, {columns}, attempts, epoch, updated_at) SELECT workspace_id, {other}, {columns}, 0, 0, updated_at FROM outbox WHERE id = {}",
            literal(e, h.outbox.0)
        )]
    };
    broken("a_doubled_send_is_named", corrupt, |h, report| {
        let doubled = only(report, "doubled");
        assert_eq!(doubled.len(), 1);
        assert_eq!((doubled[0].table, doubled[0].workspace), ("outbox", Some(h.ws)));
        assert_eq!(doubled[0].id, format!("message_id={} thread_id={} part=0", h.messages[1], h.thread));
        assert!(doubled[0].what.contains(&h.outbox.to_string()) && doubled[0].what.starts_with("2 rows"), "{}", doubled[0].what);
        assert_eq!(
            only(report, "attempt_missing")[0].id,
            format!("KO{}", Uuid::from_u128(99).as_simple()),
            "sent without an attempt: I6.3"
        );
    })
    .await;
}

#[tokio::test]
async fn a_whole_row_twice_is_named() {
    let corrupt =
        |h: &House, e: &str| vec![format!("INSERT INTO message SELECT * FROM message WHERE id = {}", literal(e, h.messages[0].0))];
    broken("a_whole_row_twice_is_named", corrupt, |h, report| {
        let ids: Vec<_> = only(report, "doubled").iter().map(|b| b.id.clone()).collect();
        assert!(ids.contains(&format!("id={}", h.messages[0])), "{ids:?}");
        assert!(ids.contains(&format!("conversation_id={} seq=1", h.conversation)), "{ids:?}");
    })
    .await;
}

/// I1.4
#[tokio::test]
async fn a_gap_in_the_sequence_is_named() {
    let corrupt = |h: &House, e: &str| set("message", e, h.messages[2].0, "seq = 5");
    broken("a_gap_in_the_sequence_is_named", corrupt, |h, report| {
        let what: Vec<_> = only(report, "sequence_gap").iter().map(|b| b.what.clone()).collect();
        assert_eq!(what, ["message 3 of 5 is missing", "message 4 of 5 is missing"]);
        assert_eq!(only(report, "sequence_counter")[0].id, h.conversation.to_string());
        assert_eq!(only(report, "body_differs")[0].what, "its column seq says 5, its body 3");
    })
    .await;
}

/// I3.3
/// Proves I3.2 and I3.3.
#[tokio::test]
async fn an_orphan_task_is_named() {
    let corrupt = |h: &House, e: &str| vec![format!("DELETE FROM conversation WHERE id = {}", literal(e, h.conversation.0))];
    broken("an_orphan_task_is_named", corrupt, |h, report| {
        let orphans = only(report, "orphan_task");
        assert_eq!(orphans.len(), 1);
        assert_eq!(
            (orphans[0].id.clone(), orphans[0].what.clone()),
            (h.task.to_string(), format!("its conversation {} is not there", h.conversation))
        );
        assert_eq!(only(report, "job_without_owner").len(), 1);
    })
    .await;
    let corrupt = |h: &House, e: &str| {
        set("conversation", e, h.conversation.0, "state = 'closed', holder = 'none', task_id = NULL, worker_id = NULL")
    };
    broken("a_task_of_a_closed_conversation_is_named", corrupt, |h, report| {
        let orphans = only(report, "orphan_task");
        assert_eq!(
            (orphans[0].id.clone(), orphans[0].what.clone()),
            (h.task.to_string(), format!("its conversation {} is closed", h.conversation))
        );
    })
    .await;
}

/// I3.2
#[tokio::test]
async fn a_wrong_holder_is_named() {
    let corrupt = |h: &House, e: &str| set("conversation", e, h.conversation.0, "holder = 'flow'");
    broken("a_wrong_holder_is_named", corrupt, |h, report| {
        let holders = only(report, "holder");
        assert!(holders.iter().all(|b| b.id == h.conversation.to_string()));
        assert_eq!(holders.len(), 2, "{holders:?}");
    })
    .await;
    let corrupt = |h: &House, e: &str| set("reservation", e, h.reservation.0, "status = 'completed'");
    broken("a_task_without_its_reservation_is_named", corrupt, |h, report| {
        assert_eq!(only(report, "task_holder")[0].id, h.task.to_string());
    })
    .await;
    let corrupt = |h: &House, e: &str| set("thread", e, h.thread.0, "conversation_id = NULL");
    broken("a_thread_that_lost_its_conversation_is_named", corrupt, |h, report| {
        assert_eq!(only(report, "thread_pointer")[0].id, h.thread.to_string());
    })
    .await;
}

/// I4.2
#[tokio::test]
async fn more_work_than_capacity_is_named() {
    let corrupt = |h: &House, e: &str| {
        let id = literal(e, h.reservation.0);
        let columns = "task_id, worker_id, channel, status, role, offer_no, slot, capacity, deadline_at, created_at";
        let body = format!("replace(body, '{}', 'WR{}')", h.reservation, Uuid::from_u128(98).as_simple());
        vec![format!(
            "INSERT INTO reservation (workspace_id, id, {columns}, body) SELECT workspace_id, {}, {columns}, {body} FROM reservation WHERE id = {id}",
            literal(e, Uuid::from_u128(98))
        )]
    };
    broken("more_work_than_capacity_is_named", corrupt, |h, report| {
        assert!(only(report, "capacity").iter().any(|b| b.what.contains(&h.worker.to_string())));
        assert_eq!(only(report, "two_winners").len(), 1, "I5.1");
        assert!(only(report, "doubled").iter().any(|b| b.id == format!("task_id={} role=primary", h.task)));
    })
    .await;
}

/// I7.1
#[tokio::test]
async fn a_missing_event_is_named() {
    let corrupt = |_: &House, _: &str| vec!["DELETE FROM event WHERE seq = 2".to_owned()];
    broken("a_missing_event_is_named", corrupt, |h, report| {
        assert_eq!(report.breaches.len(), 1);
        assert_eq!(
            (report.breaches[0].breach, report.breaches[0].id.as_str(), report.breaches[0].workspace),
            ("event_missing", "seq=2", Some(h.ws))
        );
    })
    .await;
    let corrupt = |_: &House, _: &str| vec!["DELETE FROM event WHERE seq IN (1, 4)".to_owned()];
    broken("events_missing_at_the_ends_are_named", corrupt, |_, report| {
        let ids: Vec<_> = only(report, "event_missing").iter().map(|b| b.id.clone()).collect();
        assert_eq!(ids, ["seq=4", "seq=1"]);
    })
    .await;
}

#[tokio::test]
async fn files_and_rows_are_compared_both_ways() {
    for (engine, db) in databases("files_and_rows_are_compared_both_ways").await {
        let house = build(&db).await;
        let mut files: BTreeMap<String, Timestamp> = house.files.clone();
        files.remove("WS1/aa/1");
        files.insert("WS1/bb/lost".into(), house.now.plus_secs(-2 * 86_400));
        files.insert("WS1/bb/on-its-way".into(), house.now.plus_secs(-60));
        let report = audit(&db, files, house.now).await;
        let found: Vec<_> = report.breaches.iter().map(|b| (b.breach, b.id.as_str())).collect();
        assert_eq!(found, [("file_missing", "WS1/aa/1"), ("file_without_row", "WS1/bb/lost")], "{engine}");
        assert!(report.breaches[0].what.starts_with(&house.attachment.to_string()));
    }
}

/// I10.1
#[tokio::test]
async fn an_edited_audit_row_is_named() {
    let corrupt = |_: &House, _: &str| vec!["UPDATE audit_row SET actor = 'somebody' WHERE no = 2".to_owned()];
    broken("an_edited_audit_row_is_named", corrupt, |h, report| {
        assert_eq!(only(report, "audit_chain")[0].what, format!("audit row 2 of workspace {} was changed", h.ws));
    })
    .await;
    let corrupt = |_: &House, _: &str| vec!["DELETE FROM audit_row WHERE no = 3".to_owned()];
    broken("a_cut_audit_log_is_named", corrupt, |_, report| {
        assert!(only(report, "audit_chain")[0].what.contains("ends at row 2"));
    })
    .await;
}

/// I1.1
#[tokio::test]
async fn a_lost_delivery_is_named() {
    let corrupt = |h: &House, e: &str| vec![format!("DELETE FROM inbound WHERE id = {}", literal(e, h.inbound.0))];
    broken("a_lost_delivery_is_named", corrupt, |h, report| {
        assert_eq!((report.breaches.len(), only(report, "delivery_lost")[0].id.clone()), (1, h.delivery.to_string()));
    })
    .await;
    let corrupt = |_: &House, _: &str| vec!["DELETE FROM provider_message WHERE external_id = 'SM1'".to_owned()];
    broken("a_processed_event_without_message_is_named", corrupt, |h, report| {
        assert_eq!((report.breaches.len(), only(report, "message_lost")[0].id.clone()), (1, h.inbound.to_string()));
    })
    .await;
    let corrupt = |h: &House, e: &str| set("inbound", e, h.inbound.0, "state = 'quarantined'");
    broken("a_reason_that_is_missing_is_named", corrupt, |h, report| {
        assert_eq!(only(report, "unexplained")[0].id, h.inbound.to_string());
    })
    .await;
}

/// I6.3, I1.5
#[tokio::test]
async fn sends_are_held_against_their_attempts() {
    let corrupt = |h: &House, e: &str| vec![format!("DELETE FROM attempt WHERE outbox_id = {}", literal(e, h.outbox.0))];
    broken("a_send_without_attempt_is_named", corrupt, |h, report| {
        assert_eq!((report.breaches.len(), only(report, "attempt_missing")[0].id.clone()), (1, h.outbox.to_string()));
    })
    .await;
    let corrupt = |h: &House, e: &str| set("outbox", e, h.outbox.0, "state = 'queued'");
    broken("a_sent_part_back_in_line_is_named", corrupt, |h, report| {
        assert_eq!(only(report, "sent_twice")[0].id, h.outbox.to_string());
        assert_eq!(only(report, "message_state")[0].id, h.messages[1].to_string());
    })
    .await;
    let corrupt = |_: &House, _: &str| vec!["DELETE FROM provider_message WHERE external_id = 'SM2'".to_owned()];
    broken("a_send_without_name_is_named", corrupt, |h, report| {
        assert_eq!((report.breaches.len(), only(report, "sent_without_name")[0].id.clone()), (1, h.outbox.to_string()));
    })
    .await;
}

/// I2.1
#[tokio::test]
async fn a_missing_step_is_named() {
    let corrupt = |_: &House, _: &str| vec!["DELETE FROM step WHERE no = 1".to_owned()];
    broken("a_missing_step_is_named", corrupt, |h, report| {
        assert_eq!((report.breaches.len(), only(report, "step_gap")[0].id.clone()), (1, h.execution.to_string()));
    })
    .await;
}
