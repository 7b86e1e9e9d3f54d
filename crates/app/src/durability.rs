//! Whether what is committed stays: said in one line by `check`, and as a warning when a server starts.

use anyhow::Result;
use db::{Db, Engine};
use store::durability::Durability;

/// What is to be known, and whether it is as the guarantees ask.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub fine: bool,
    pub words: String,
}

pub async fn judge(db: &Db) -> Result<Said> {
    match db.engine() {
        Engine::Sqlite => Ok(Said { fine: true, words: "each commit is on the disk before it is answered".into() }),
        Engine::Postgres => Ok(said(&db.read(|tx| Box::pin(async move { store::durability::read(tx).await })).await?)),
    }
}

fn said(found: &Durability) -> Said {
    let mut wrong = Vec::new();
    if !found.fsync {
        wrong.push("fsync is off: a crash of the machine loses or breaks what was committed".to_owned());
    }
    if !found.full_page_writes {
        wrong.push("full_page_writes is off: a crash of the machine may break pages".to_owned());
    }
    if !matches!(found.commit.as_str(), "on" | "remote_apply") {
        wrong.push(format!("synchronous_commit is {}: a crash loses what was committed last", found.commit));
    }
    let standby = match (found.standby_names.is_empty(), found.standbys) {
        (true, Some((0, _))) => "no standby is connected",
        (true, Some(_)) => {
            wrong.push("a standby is connected that commits do not wait for (synchronous_standby_names is empty): a failover to it loses what was committed last".to_owned());
            ""
        }
        (true, None) => {
            "synchronous_standby_names is empty, and this role may not see standbys: a failover to one would lose what was committed last"
        }
        (false, Some((_, 0))) => {
            wrong.push(format!("commits wait for the standby {}, and none such is connected", found.standby_names));
            ""
        }
        (false, _) => "a synchronous standby has it too",
    };
    if wrong.is_empty() {
        return Said { fine: true, words: format!("each commit is on the disk before it is answered; {standby}") };
    }
    Said { fine: false, words: wrong.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// G10
    #[test]
    fn what_a_failover_or_a_crash_would_lose_is_said() {
        let good =
            Durability { fsync: true, full_page_writes: true, commit: "on".into(), standby_names: String::new(), standbys: Some((0, 0)) };
        let judged = |change: fn(&mut Durability)| {
            let mut found = good.clone();
            change(&mut found);
            let said = said(&found);
            (said.fine, said.words)
        };
        assert!(judged(|_| {}).0 && judged(|_| {}).1.contains("no standby"));
        let synchronous = judged(|d| (d.standby_names, d.standbys) = ("b".into(), Some((2, 1))));
        assert!(synchronous.0 && synchronous.1.contains("synchronous standby"), "{synchronous:?}");
        let hidden = judged(|d| d.standbys = None);
        assert!(hidden.0 && hidden.1.contains("may not see"), "{hidden:?}");
        type Change = fn(&mut Durability);
        let refused: [(Change, &str); 5] = [
            (|d| d.fsync = false, "fsync is off"),
            (|d| d.full_page_writes = false, "full_page_writes is off"),
            (|d| d.commit = "local".into(), "synchronous_commit is local"),
            (|d| d.standbys = Some((1, 0)), "synchronous_standby_names is empty"),
            (|d| (d.standby_names, d.standbys) = ("b".into(), Some((0, 0))), "none such is connected"),
        ];
        for (change, words) in refused {
            let (fine, told) = judged(change);
            assert!(!fine && told.contains(words), "{told}");
        }
    }
}
