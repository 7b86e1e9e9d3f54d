//! Every UNIQUE promise, computed from the rows (I0.2, I1.2, I1.3, I3.1, I4.1, I4.2, I5.1, I6.2, I6.5).

use anyhow::Result;
use db::{Engine, Tx, Value};

use super::schema::{UNIQUE, Unique};
use super::{Report, shown};

/// Rows of one doubled key that are named.
const NAMED: usize = 10;

pub async fn check(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    believe_no_index(tx, true).await?;
    for rule in UNIQUE {
        one(tx, rule, report).await?;
    }
    believe_no_index(tx, false).await
}

/// An index that disagrees with its table must not hide what is doubled in the table.
async fn believe_no_index(tx: &mut Tx<'_>, off: bool) -> Result<()> {
    if tx.engine() == Engine::Postgres {
        let value = if off { "off" } else { "on" };
        let sql = format!(
            "SELECT set_config('enable_indexscan', '{value}', true), set_config('enable_indexonlyscan', '{value}', true), set_config('enable_bitmapscan', '{value}', true)"
        );
        tx.dynamic(sql, vec![]).await?;
    }
    Ok(())
}

async fn one(tx: &mut Tx<'_>, rule: &Unique, report: &mut Report) -> Result<()> {
    let columns = rule.columns.join(", ");
    let present: Vec<String> = rule.columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    let mut filter = present.join(" AND ");
    if !rule.only.is_empty() {
        filter = format!("{filter} AND ({})", rule.only);
    }
    let table = from(tx, rule.table);
    let sql = format!("SELECT count(*), {columns} FROM {table} WHERE {filter} GROUP BY {columns} HAVING count(*) > 1 LIMIT 10000");
    for row in tx.dynamic(sql, vec![]).await? {
        let mut values = row.into_values();
        let count = match values.remove(0) {
            Value::Int(count) => count,
            _ => 0,
        };
        let ws = rule.columns.iter().position(|column| *column == "workspace_id").and_then(|at| match values.get(at) {
            Some(Value::Int(ws)) => Some(*ws),
            _ => None,
        });
        let key: Vec<String> = rule
            .columns
            .iter()
            .zip(&values)
            .filter(|(column, _)| **column != "workspace_id" || rule.columns.len() == 1)
            .map(|(column, value)| shown::pair(rule.table, column, value))
            .collect();
        let names = names(tx, rule, &filter, values).await?;
        report.add("doubled", ws, rule.table, key.join(" "), format!("{count} rows where there can be one{names}"));
    }
    Ok(())
}

/// The ids of the rows that share a key, where the table has ids.
async fn names(tx: &mut Tx<'_>, rule: &Unique, filter: &str, values: Vec<Value>) -> Result<String> {
    const WITHOUT_ID: &[&str] = &[
        "membership_role",
        "role_permission",
        "sign_in_code",
        "api_key_grant",
        "installation",
        "lease",
        "channel_cursor",
        "contact_fact",
        "address_claim",
        "thread_key",
        "provider_message",
        "seen",
        "flow_revision",
        "flow_reference",
        "step",
        "attempt",
        "worker_connection",
        "request",
        "stream",
        "event",
        "follower",
        "used_token",
        "audit_row",
        "audit_head",
    ];
    if WITHOUT_ID.contains(&rule.table) {
        return Ok(String::new());
    }
    let same: Vec<String> = rule.columns.iter().zip(1..).map(|(column, no)| format!("{column} = ${no}")).collect();
    let table = from(tx, rule.table);
    let sql = format!("SELECT id FROM {table} WHERE {filter} AND {} ORDER BY id LIMIT {NAMED}", same.join(" AND "));
    let rows = tx.dynamic(sql, values).await?;
    let ids: Vec<String> = rows.iter().map(|row| Ok(shown::own(rule.table, row.get(0)?))).collect::<Result<_>>()?;
    Ok(format!(": {}", ids.join(", ")))
}

fn from(tx: &Tx<'_>, table: &str) -> String {
    match tx.engine() {
        Engine::Sqlite => format!("\"{table}\" NOT INDEXED"),
        Engine::Postgres => format!("\"{table}\""),
    }
}
