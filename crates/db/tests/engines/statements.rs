//! What statements and set-based writes do, the same on every engine.

use crate::bench::{COUNTERS, NEW_COUNTERS, THINGS, benches, thing};
use db::{DbError, Value, params, sql};
use uuid::Uuid;

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_went_in() {
    for bench in benches().await {
        let id = Uuid::from_u128(7);
        let full = params![1, "ö", i64::MIN, true, 0.5, vec![0u8, 255], id];
        let empty = params![2, "", None::<i64>, None::<bool>, None::<f64>, None::<Vec<u8>>, None::<Uuid>];
        let rows = vec![full, empty];
        let read = bench.db.write(move |tx| {
            let rows = rows.clone();
            Box::pin(async move {
                assert_eq!(tx.insert(&THINGS, rows).await?, 2);
                Ok(tx.all(sql!("SELECT id, name, at, ok, size, raw, uuid FROM thing ORDER BY id"), params![]).await?)
            })
        });
        let rows = read.await.unwrap();
        let (full, empty) = (&rows[0], &rows[1]);
        assert_eq!(full.get::<String>(1).unwrap(), "ö", "{}", bench.name);
        assert_eq!(full.get::<i64>(2).unwrap(), i64::MIN);
        assert!(full.get::<bool>(3).unwrap());
        assert_eq!(full.get::<f64>(4).unwrap(), 0.5);
        assert_eq!(full.get::<Vec<u8>>(5).unwrap(), [0, 255]);
        assert_eq!(full.get::<Uuid>(6).unwrap(), id);
        for column in 2..7 {
            assert_eq!(empty.get::<Option<Value>>(column).unwrap(), None);
        }
        assert!(matches!(full.get::<i64>(1), Err(DbError::Column(_))));
        assert!(matches!(empty.get::<i64>(2), Err(DbError::Column(_))));
        assert!(matches!(full.get::<i64>(7), Err(DbError::Column(_))));
    }
}

#[tokio::test]
async fn parameters_are_numbered_not_ordered() {
    for bench in benches().await {
        let row =
            bench.db.read(|tx| Box::pin(async move { Ok(tx.one(sql!("SELECT $2::bigint, $1::bigint, '$1'"), params![1, 2]).await?) }));
        let row = row.await.unwrap();
        assert_eq!((row.get(0), row.get(1), row.get(2)), (Ok(2), Ok(1), Ok("$1".to_owned())), "{}", bench.name);
    }
}

#[tokio::test]
async fn very_many_rows_come_in_portions_and_in_their_order() {
    for bench in benches().await {
        for (rows, sizes) in [(0, vec![]), (3, vec![3]), (8, vec![3, 3, 2])] {
            let portions = bench.db.write(move |tx| {
                Box::pin(async move {
                    tx.tell(sql!("DELETE FROM thing"), params![]).await?;
                    tx.insert(&THINGS, (0..rows).map(|id| thing(id, "")).collect()).await?;
                    let mut portions = Vec::new();
                    tx.portions(sql!("SELECT id FROM thing WHERE id >= $1 ORDER BY id"), params![0], 3, |rows| portions.push(rows)).await?;
                    Ok(portions)
                })
            });
            let portions = portions.await.unwrap();
            assert_eq!(portions.iter().map(Vec::len).collect::<Vec<_>>(), sizes, "{}", bench.name);
            let ids: Vec<i64> = portions.iter().flatten().map(|row| row.get(0).unwrap()).collect();
            assert_eq!(ids, (0..rows).collect::<Vec<_>>(), "{}", bench.name);
        }
        let refused = bench.db.read(|tx| {
            Box::pin(async move {
                tx.portions("SELECT id FROM nothing", params![], 3, |_| ()).await?;
                Ok(())
            })
        });
        assert!(refused.await.is_err(), "{}", bench.name);
    }
}

#[tokio::test]
async fn a_set_of_keys_is_read_changed_and_deleted_at_once() {
    for bench in benches().await {
        let done = bench.db.write(|tx| {
            Box::pin(async move {
                tx.insert(&THINGS, (1..=5).map(|id| thing(id, "a")).collect()).await?;
                let keys = || vec![Value::Int(2), Value::Int(4), Value::Int(2), Value::Int(9), Value::Null];
                let mut found: Vec<i64> = Vec::new();
                for row in tx.all_any(sql!("SELECT id FROM thing WHERE name = $1 AND id = ANY($2)"), params!["a"], keys()).await? {
                    found.push(row.get(0)?);
                }
                found.sort_unstable();
                let none = tx.all_any(sql!("SELECT id FROM thing WHERE id = ANY($1::bigint[])"), params![], vec![]).await?;
                let changed = tx.exec_any(sql!("UPDATE thing SET name = $1 WHERE id = ANY($2)"), params!["b"], keys()).await?;
                let deleted = tx.all_any(sql!("DELETE FROM thing WHERE id = ANY($1) RETURNING name"), params![], keys()).await?;
                Ok((found, none.len(), changed, deleted.len()))
            })
        });
        assert_eq!(done.await.unwrap(), (vec![2, 4], 0, 2, 2), "{}", bench.name);
    }
}

#[tokio::test]
async fn an_upsert_adds_up_and_returns_rows() {
    for bench in benches().await {
        let done = bench.db.write(|tx| {
            Box::pin(async move {
                tx.insert(&COUNTERS, vec![params!["a", 1], params!["b", 2]]).await?;
                let rows = tx.insert_returning(&COUNTERS, vec![params!["a", 10], params!["c", 3]]).await?;
                let new = tx.insert_returning(&NEW_COUNTERS, vec![params!["a", 0], params!["d", 0]]).await?;
                let nothing = tx.insert(&NEW_COUNTERS, vec![]).await?;
                let pairs: Vec<(String, i64)> = rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect::<Result<_, DbError>>()?;
                Ok((pairs, new[0].get::<String>(0)?, new.len(), nothing))
            })
        });
        let expected = (vec![("a".to_owned(), 11), ("c".to_owned(), 3)], "d".to_owned(), 1, 0);
        assert_eq!(done.await.unwrap(), expected, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_row_of_the_wrong_width_is_refused() {
    for bench in benches().await {
        let done = bench.db.write(|tx| Box::pin(async move { Ok(tx.insert(&COUNTERS, vec![params!["a"]]).await?) }));
        let error = done.await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(DbError::Column(_))), "{}: {error}", bench.name);
    }
}

#[tokio::test]
async fn refusals_name_the_columns_and_not_the_values() {
    for bench in benches().await {
        let twice = bench.db.write(|tx| Box::pin(async move { Ok(tx.insert(&THINGS, vec![thing(1, "secret"), thing(2, "x")]).await?) }));
        twice.await.unwrap();
        let again = |id: i64, name: &'static str, at: i64| {
            let sql = sql!("INSERT INTO thing (id, name, at) VALUES ($1, $2, $3)");
            bench.db.write(move |tx| Box::pin(async move { Ok(tx.exec(sql, params![id, name, at]).await?) }))
        };
        let error = again(3, "secret", 10).await.unwrap_err();
        assert_eq!(db::is_unique_violation(&error), Some("thing.name, thing.at"), "{}", bench.name);
        assert!(!error.to_string().contains("secret"));
        let error = again(1, "new", 0).await.unwrap_err().context("while trying");
        assert_eq!(db::is_unique_violation(&error), Some("thing.id"), "{}", bench.name);
        assert!(!db::is_unavailable(&error));

        let orphan = bench
            .db
            .write(|tx| Box::pin(async move { Ok(tx.exec(sql!("INSERT INTO part (id, thing_id) VALUES (1, 99)"), params![]).await?) }));
        let error = orphan.await.unwrap_err();
        assert!(matches!(error.downcast_ref(), Some(DbError::Constraint(_))), "{}: {error}", bench.name);
    }
}

#[tokio::test]
async fn texts_differ_where_they_must_and_locks_are_left_out_on_sqlite() {
    for bench in benches().await {
        let done = bench.db.write(|tx| {
            Box::pin(async move {
                tx.insert(&COUNTERS, vec![params!["a", 1]]).await?;
                let locked = tx.all(sql!("SELECT name FROM counter ORDER BY name FOR NO KEY UPDATE SKIP LOCKED"), params![]).await?;
                let engine = tx.one(sql!(sqlite: "SELECT 'sqlite'", pg: "SELECT 'postgres'"), params![]).await?;
                let filtered = tx.dynamic(format!("SELECT value FROM counter WHERE {} = $1", "name"), params!["a"]).await?;
                Ok((locked.len(), engine.get::<String>(0)?, filtered[0].get::<i64>(0)?))
            })
        });
        let engine = if bench.name == "postgres" { "postgres" } else { "sqlite" };
        assert_eq!(done.await.unwrap(), (1, engine.to_owned(), 1));
    }
}

#[tokio::test]
async fn every_registered_statement_is_prepared_on_every_engine() {
    let mut answers = Vec::new();
    for bench in benches().await {
        let prepared = bench.db.prepare_registered().await.unwrap();
        assert!(prepared.len() > 10, "statements are registered");
        for one in &prepared {
            assert!(one.columns.is_ok(), "{} {}: {:?}", bench.name, one.at, one.columns);
        }
        answers.push(prepared.into_iter().map(|one| (one.at, one.columns.map(|names| names.len()).ok())).collect::<Vec<_>>());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "the engines answer with as many columns");
}

/// How a crate above teaches `params!` a type that is neither its own nor ours.
mod taught {
    pub trait ToValue {
        fn into_value(self) -> db::Value;
    }

    impl ToValue for std::time::Duration {
        fn into_value(self) -> db::Value {
            db::Value::Int(i64::try_from(self.as_micros()).unwrap_or(i64::MAX))
        }
    }

    impl<T: ToValue> ToValue for Option<T> {
        fn into_value(self) -> db::Value {
            self.map_or(db::Value::Null, ToValue::into_value)
        }
    }
}

#[test]
fn foreign_types_can_be_taught_to_params() {
    use std::time::Duration;
    use taught::ToValue as _;
    let name = "a".to_owned();
    let values = params![Duration::from_millis(1), Some(Duration::ZERO), None::<Duration>, &name, Some(1), 2u32, None::<&str>];
    let expected = [Value::Int(1000), Value::Int(0), Value::Null, Value::Text(name.clone()), Value::Int(1), Value::Int(2), Value::Null];
    assert_eq!(values, expected);
}
