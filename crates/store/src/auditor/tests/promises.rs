//! The auditor's list of promises is the schema's own: a new key or index without a check fails here.

use std::collections::BTreeSet;

use db::{Db, Row};

use crate::auditor::schema::{FOREIGN_KEYS, UNIQUE};

/// Tables without promises of ours: the runner's own, and the search index with its shadows.
fn ours(table: &str) -> bool {
    table != "migration" && !table.starts_with("search_index") && !table.starts_with("sqlite_")
}

async fn ask(db: &Db, sql: &str) -> Vec<Row> {
    let sql = sql.to_owned();
    db.read(move |tx| Box::pin(async move { Ok(tx.dynamic(sql, vec![]).await?) })).await.unwrap()
}

#[tokio::test]
async fn every_unique_promise_of_the_schema_is_checked() {
    let db = Db::open_memory().unwrap();
    db.migrate(crate::MIGRATIONS).await.unwrap();
    let mut promised: BTreeSet<(String, BTreeSet<String>, bool)> = BTreeSet::new();
    let indexes = "SELECT t.name, i.name, i.partial, c.name FROM sqlite_master t JOIN pragma_index_list(t.name) i ON i.\"unique\" = 1 \
        JOIN pragma_index_info(i.name) c WHERE t.type = 'table' ORDER BY t.name, i.name, c.seqno";
    let mut keys: std::collections::BTreeMap<(String, String, bool), BTreeSet<String>> = Default::default();
    for row in ask(&db, indexes).await {
        let (table, index, partial, column): (String, String, bool, String) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
        if ours(&table) {
            keys.entry((table, index, partial)).or_default().insert(column);
        }
    }
    promised.extend(keys.into_iter().map(|((table, _, partial), columns)| (table, columns, partial)));
    // A single integer key is the row's own number and has no index.
    let numbers = "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c ON c.pk > 0 WHERE t.type = 'table' \
        AND NOT EXISTS (SELECT 1 FROM pragma_index_list(t.name) WHERE origin = 'pk')";
    for row in ask(&db, numbers).await {
        let (table, column): (String, String) = (row.get(0).unwrap(), row.get(1).unwrap());
        if ours(&table) {
            promised.insert((table, BTreeSet::from([column]), false));
        }
    }
    let checked: BTreeSet<_> = UNIQUE
        .iter()
        .map(|rule| (rule.table.to_owned(), rule.columns.iter().map(|c| (*c).to_owned()).collect::<BTreeSet<_>>(), !rule.only.is_empty()))
        .collect();
    let unchecked: Vec<_> = promised.difference(&checked).collect();
    let invented: Vec<_> = checked.difference(&promised).collect();
    assert!(unchecked.is_empty() && invented.is_empty(), "not checked: {unchecked:?}; not promised: {invented:?}");

    let conditions = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE UNIQUE INDEX%'";
    let texts: Vec<String> = ask(&db, conditions).await.iter().map(|row| row.get(0).unwrap()).collect();
    for rule in UNIQUE.iter().filter(|rule| !rule.only.is_empty()) {
        let found = texts.iter().any(|sql| sql.contains(&format!("ON {} ", rule.table)) && sql.ends_with(&format!("WHERE {}", rule.only)));
        assert!(found, "no index of {} has the condition {}", rule.table, rule.only);
    }
}

#[tokio::test]
async fn every_foreign_key_of_the_schema_is_checked() {
    let db = Db::open_memory().unwrap();
    db.migrate(crate::MIGRATIONS).await.unwrap();
    let sql = "SELECT t.name, f.id, f.\"from\", f.\"table\", f.\"to\" FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' ORDER BY 1, 2, f.seq";
    let mut keys: std::collections::BTreeMap<(String, i64, String), Vec<(String, String)>> = Default::default();
    for row in ask(&db, sql).await {
        let key = (row.get(0).unwrap(), row.get(1).unwrap(), row.get(3).unwrap());
        keys.entry(key).or_default().push((row.get(2).unwrap(), row.get(4).unwrap()));
    }
    let promised: BTreeSet<_> = keys.into_iter().map(|((table, _, parent), columns)| (table, parent, columns)).collect();
    let checked: BTreeSet<_> = FOREIGN_KEYS
        .iter()
        .map(|rule| {
            let columns: Vec<_> = rule.columns.iter().zip(rule.parent_columns).map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            (rule.table.to_owned(), rule.parent.to_owned(), columns)
        })
        .collect();
    let unchecked: Vec<_> = promised.difference(&checked).collect();
    let invented: Vec<_> = checked.difference(&promised).collect();
    assert!(unchecked.is_empty() && invented.is_empty(), "not checked: {unchecked:?}; not promised: {invented:?}");
}
