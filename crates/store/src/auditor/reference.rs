//! Rows that point to rows which are not there: orphans.

use anyhow::Result;
use db::Tx;

use super::schema::{FOREIGN_KEYS, POINTERS, Reference};
use super::{Report, shown};

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    for rule in FOREIGN_KEYS.iter().chain(POINTERS) {
        one(tx, rule, report).await?;
    }
    Ok(())
}

async fn one(tx: &mut Tx<'_>, rule: &Reference, report: &mut Report) -> Result<()> {
    let named = name_columns(rule.table);
    let mut read: Vec<&str> = named.to_vec();
    read.extend(rule.columns.iter().filter(|column| !named.contains(column)));
    let selected: Vec<String> = read.iter().map(|column| format!("c.{column}")).collect();
    let same: Vec<String> = rule.parent_columns.iter().zip(rule.columns).map(|(parent, child)| format!("p.{parent} = c.{child}")).collect();
    let mut present: Vec<String> = rule.columns.iter().map(|column| format!("c.{column} IS NOT NULL")).collect();
    present.extend((!rule.only.is_empty()).then(|| rule.only.to_owned()));
    let sql = format!(
        "SELECT {} FROM \"{}\" c LEFT JOIN \"{}\" p ON {} WHERE {} AND p.{} IS NULL LIMIT 10000",
        selected.join(", "),
        rule.table,
        rule.parent,
        same.join(" AND "),
        present.join(" AND "),
        rule.parent_columns[0]
    );
    for row in tx.dynamic(sql, vec![]).await? {
        let values = row.into_values();
        let value = |column: &str| read.iter().position(|name| *name == column).and_then(|at| values.get(at));
        let ws = match value(if rule.table == "workspace" { "number" } else { "workspace_id" }) {
            Some(db::Value::Int(ws)) => Some(*ws),
            _ => None,
        };
        let id: Vec<String> = named
            .iter()
            .filter(|column| **column != "workspace_id")
            .filter_map(|column| {
                let value = value(column)?;
                Some(if *column == "id" { shown::text(rule.table, column, value) } else { shown::pair(rule.table, column, value) })
            })
            .collect();
        let missing: Vec<String> = rule
            .columns
            .iter()
            .filter(|column| **column != "workspace_id" || rule.columns.len() == 1)
            .filter_map(|column| Some(shown::text(rule.table, column, value(column)?)))
            .collect();
        let kind = if rule.table == "task" { "orphan_task" } else { "orphan" };
        report.add(kind, ws, rule.table, id.join(" "), format!("its {} {} is not there", rule.parent.replace('_', " "), missing.join(" ")));
    }
    Ok(())
}

/// The columns that name a row of the table to a person.
fn name_columns(table: &str) -> &'static [&'static str] {
    match table {
        "membership_role" => &["membership_id", "role"],
        "sign_in_code" => &["user_id"],
        "api_key_grant" => &["api_key_id", "workspace_id"],
        "channel_cursor" | "message_template" | "webchat_sighting" | "channel_watch" | "channel_heard" => {
            &["workspace_id", "channel_account_id"]
        }
        "contact_fact" | "address_claim" => &["workspace_id", "contact_id"],
        "thread_key" => &["workspace_id", "thread_id"],
        "hidden_task" => &["workspace_id", "task_id"],
        "provider_message" => &["workspace_id", "channel_account_id", "message_id", "part"],
        "flow_revision" => &["workspace_id", "flow_id", "revision"],
        "flow_reference" => &["workspace_id", "flow_id", "kind"],
        "step" => &["workspace_id", "execution_id", "no"],
        "attempt" => &["workspace_id", "outbox_id", "no"],
        "webhook_attempt" => &["workspace_id", "webhook_delivery_id", "no"],
        "seen" => &["workspace_id", "worker_id", "conversation_id"],
        "stream" | "branding" => &["workspace_id"],
        "workspace" => &["number", "id"],
        "account" | "user" | "session" | "api_key" | "app_delivery" | "channel_app" => &["id"],
        _ => &["workspace_id", "id"],
    }
}
