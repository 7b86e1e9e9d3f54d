//! Files against rows, both ways, and attachments against the messages that show them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use db::{Tx, params};
use model::message::AttachmentState;
use model::{Attachment, Id as _, Message};
use uuid::Uuid;

use super::scan::Scan;
use super::{Given, Report, shown};

/// A file without a row is one on its way for this long, in seconds.
const GRACE_S: i64 = 86_400;

pub async fn check(tx: &mut Tx<'_>, given: &Given, report: &mut Report) -> Result<()> {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let mut scan = Scan::new("attachment", "body, message_id");
    while let Some(rows) = scan.next(tx).await? {
        let mut shown_by: BTreeMap<(i64, Uuid), Vec<Uuid>> = BTreeMap::new();
        for row in rows {
            let (ws, id): (i64, Uuid) = (row.get(0)?, row.get(1)?);
            if let Some(message) = row.get::<Option<Uuid>>(3)? {
                shown_by.entry((ws, message)).or_default().push(id);
            }
            let Ok(attachment) = serde_json::from_str::<Attachment>(&row.get::<String>(2)?) else { continue };
            let keys = [Some(&attachment.key).filter(|_| attachment.state == AttachmentState::Ready), attachment.thumbnail_key.as_ref()];
            for key in keys.into_iter().flatten() {
                report.examined("file");
                if let Some(files) = &given.files
                    && !files.contains_key(key)
                {
                    report.add(
                        "file_missing",
                        ws,
                        "attachment",
                        key,
                        format!("{} names it, and it is not there", shown::own("attachment", id)),
                    );
                }
                wanted.insert(key.clone());
            }
        }
        for ((ws, message), ids) in shown_by {
            shows(tx, ws, message, &ids, report).await?;
        }
    }
    let old = given.now.plus_secs(-GRACE_S);
    for (key, changed) in given.files.iter().flatten() {
        // What was made of a file lies beside it.
        let made_of = key.split_once('.').map_or(key.as_str(), |(file, _)| file);
        if *changed < old && !wanted.contains(key) && !wanted.contains(made_of) {
            report.add("file_without_row", None, "file", key, "no attachment names it");
        }
    }
    Ok(())
}

/// The message an attachment belongs to has it in its body.
async fn shows(tx: &mut Tx<'_>, ws: i64, message: Uuid, ids: &[Uuid], report: &mut Report) -> Result<()> {
    let row = tx.opt(db::sql!("SELECT body FROM message WHERE workspace_id = $1 AND id = $2 LIMIT 1"), params![ws, message]).await?;
    let Some(row) = row else { return Ok(()) };
    let Ok(body) = serde_json::from_str::<Message>(&row.get::<String>(0)?) else { return Ok(()) };
    for id in ids.iter().filter(|id| !body.attachments.iter().any(|shown| shown.id.uuid() == **id)) {
        let what = format!("it belongs to {}, which does not show it", shown::own("message", message));
        report.add("attachment_lost", ws, "attachment", shown::own("attachment", *id), what);
    }
    Ok(())
}
