//! What comes back from a backup tells the truth about what time did without it.

use db::params;
use model::*;
use serde_json::json;

use super::house::build;
use super::{audit, databases};

/// I6.4
#[tokio::test]
async fn what_waited_to_be_sent_is_uncertain_after_a_restore() {
    after_a_restore("what_waited_to_be_sent_is_uncertain_after_a_restore", false).await;
}

/// Whoever brings it back finds its sends in doubt, as they would have been.
#[tokio::test]
async fn a_deleted_workspace_is_restored_with_the_others() {
    after_a_restore("a_deleted_workspace_is_restored_with_the_others", true).await;
}

async fn after_a_restore(name: &str, deleted: bool) {
    for (engine, db) in databases(name).await {
        let house = build(&db).await;
        let world = house.clone();
        let (queued, sends) = db
            .write(move |tx| {
                let house = world.clone();
                Box::pin(async move {
                    let mut ids = Ids::new(house.now.plus_secs(9), 11);
                    let mut conversation = crate::conversation::by_id(tx, house.ws, house.conversation).await?.unwrap();
                    conversation.last_seq = 4;
                    crate::conversation::upsert(tx, house.ws, &[&conversation]).await?;
                    let last = crate::message::by_id(tx, house.ws, house.messages[1]).await?.unwrap();
                    let message = Message {
                        id: ids.next(),
                        seq: 4,
                        pos: 4,
                        client_id: Some("c4".into()),
                        state: MessageState::Queued,
                        ..last.clone()
                    };
                    crate::message::insert(tx, house.ws, &[&message]).await?;
                    let before = crate::outbox::of_message(tx, house.ws, last.id).await?.remove(0);
                    let waiting = Outbox {
                        id: ids.next(),
                        message_id: Some(message.id),
                        seq: 4,
                        state: OutboxState::Queued,
                        body: json!({}),
                        attempts: 0,
                        epoch: 0,
                        ..before
                    };
                    crate::outbox::insert(tx, house.ws, &[waiting]).await?;
                    tx.exec(
                        db::sql!("INSERT INTO lease (resource, node_id, epoch, commit_no) VALUES ('router:1', $1, 7, 0)"),
                        params![ids.next::<NodeId>().0],
                    )
                    .await?;
                    if deleted {
                        tx.exec(db::sql!("UPDATE workspace SET deleted_at = 1 WHERE number = $1"), params![house.ws]).await?;
                        crate::deleted::close_stream(tx, house.ws).await?;
                    }
                    Ok((message.id, crate::restore::settle(tx, house.now.plus_secs(60)).await?))
                })
            })
            .await
            .unwrap();
        assert_eq!(sends, (1, 1), "{engine}");
        let ws = house.ws;
        let (message, part, epoch) = db
            .read(move |tx| {
                Box::pin(async move {
                    let message = crate::message::by_id(tx, ws, queued).await?.unwrap();
                    let part = crate::outbox::of_message(tx, ws, queued).await?.remove(0);
                    let lease = tx.dynamic("SELECT epoch FROM lease".into(), vec![]).await?;
                    Ok((message, part, lease[0].get::<i64>(0)?))
                })
            })
            .await
            .unwrap();
        assert_eq!((message.state, part.state, part.attempts), (MessageState::Uncertain, OutboxState::Uncertain, 1), "{engine}");
        assert!(message.problem.is_some() && epoch > 1_000, "{engine}");
        let report = audit(&db, house.files.clone(), house.now).await;
        assert!(report.clean(), "{engine}: {:?}", report.breaches);
    }
}
