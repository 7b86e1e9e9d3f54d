//! Statements whose answer nobody waits for, and questions that do not wait for each other.

use db::{Ask, DbError, params, sql};

use crate::bench::{COUNTERS, benches, count};

#[tokio::test]
async fn what_was_told_is_seen_by_the_next_question_and_kept_in_order() {
    for bench in benches().await {
        let value = bench.db.write(|tx| {
            Box::pin(async move {
                tx.tell_rows(&COUNTERS, vec![params!["a", 1], params!["b", 10]]).await?;
                tx.tell(sql!("UPDATE counter SET value = value * 2 WHERE name = $1"), params!["a"]).await?;
                tx.tell_any(sql!("UPDATE counter SET value = value + $1 WHERE name = ANY($2)"), params![5], params!["a", "b"]).await?;
                let row = tx.one(sql!("SELECT value FROM counter WHERE name = $1"), params!["a"]).await?;
                tx.tell(sql!("DELETE FROM counter WHERE name = $1"), params!["b"]).await?;
                Ok(row.get::<i64>(0)?)
            })
        });
        assert_eq!(value.await.unwrap(), 7, "{}", bench.name);
        assert_eq!(count(&bench.db, "counter").await, 1, "{}", bench.name);
    }
}

#[tokio::test]
async fn a_commit_fails_with_what_was_told_and_leaves_nothing() {
    for bench in benches().await {
        let done = bench.db.write(|tx| {
            Box::pin(async move {
                let sql = sql!("INSERT INTO counter (name, value) VALUES ($1, 1)");
                for name in ["a", "b", "b", "c"] {
                    tx.tell(sql, params![name]).await?;
                }
                Ok(())
            })
        });
        let error = done.await.unwrap_err();
        assert!(db::is_unique_violation(&error).is_some(), "{}: {error}", bench.name);
        assert_eq!(count(&bench.db, "counter").await, 0, "{}", bench.name);
    }
}

/// Nothing of it reaches the server, which would commit what comes behind it.
#[tokio::test]
async fn a_value_that_cannot_be_sent_keeps_back_the_commit() {
    for bench in benches().await.into_iter().filter(|bench| bench.name == "postgres") {
        let done = bench.db.write(|tx| {
            Box::pin(async move {
                let sql = sql!("INSERT INTO counter (name, value) VALUES ($1, $2)");
                tx.tell(sql, params!["a", 1]).await?;
                tx.tell(sql, params!["b", "no number"]).await?;
                Ok(tx.tell(sql, params!["c", 3]).await?)
            })
        });
        assert!(matches!(done.await.unwrap_err().downcast_ref(), Some(DbError::Engine(_))));
        assert_eq!(count(&bench.db, "counter").await, 0);
    }
}

#[tokio::test]
async fn a_read_may_tell_nothing() {
    for bench in benches().await {
        let done = bench
            .db
            .read(|tx| Box::pin(async move { Ok(tx.tell(sql!("INSERT INTO counter (name, value) VALUES ('a', 1)"), params![]).await?) }));
        assert!(done.await.is_err(), "{}", bench.name);
        assert_eq!(count(&bench.db, "counter").await, 0, "{}", bench.name);
    }
}

#[tokio::test]
async fn questions_put_together_run_in_their_order_and_are_answered_each() {
    for bench in benches().await {
        let found = bench.db.write(|tx| {
            Box::pin(async move {
                tx.tell_rows(&COUNTERS, vec![params!["a", 1], params!["b", 10]]).await?;
                let raise =
                    Ask::any(sql!("UPDATE counter SET value = value + $1 WHERE name = ANY($2) RETURNING value"), params![1], params!["b"]);
                let nothing = Ask::any(sql!("SELECT value FROM counter WHERE name = ANY($1)"), params![], vec![]);
                let all = Ask::all(sql!("SELECT value FROM counter ORDER BY name"), params![]);
                let [raised, nothing, all] = tx.together([raise, nothing, all]).await?;
                let values = all.iter().map(|row| row.get::<i64>(0)).collect::<Result<Vec<_>, _>>()?;
                Ok((raised[0].get::<i64>(0)?, nothing.len(), values))
            })
        });
        assert_eq!(found.await.unwrap(), (11, 0, vec![1, 11]), "{}", bench.name);
        let failed = bench.db.write(|tx| {
            Box::pin(async move {
                let again = Ask::all(sql!("INSERT INTO counter (name, value) VALUES ('a', 7) RETURNING value"), params![]);
                let gone = Ask::all(sql!("DELETE FROM counter RETURNING value"), params![]);
                Ok(tx.together([again, gone]).await.map(drop)?)
            })
        });
        assert!(db::is_unique_violation(&failed.await.unwrap_err()).is_some(), "{}", bench.name);
        assert_eq!(count(&bench.db, "counter").await, 2, "{}", bench.name);
    }
}
