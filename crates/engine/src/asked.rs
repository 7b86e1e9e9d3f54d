//! What people and other processes ask of a router, each of it done once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use db::Tx;
use model::routing::{Refusal, RouterCommand};
use model::{Beside, Timestamp};

use crate::once::{self, Key};
use crate::route::Answered;

/// A command with whoever waits for its answer.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'a> {
    pub actor: &'a str,
    /// Their name for the request, if they gave one: asked again it gets the same answer.
    pub key: Option<&'a Key>,
    pub command: &'a RouterCommand,
    pub beside: &'a Beside,
}

/// An answer and what was asked for it.
struct Kept {
    fingerprint: String,
    answer: Answered,
}

/// The answer that was kept, for whoever asks the same again.
pub(crate) fn kept(fingerprint: &str, asked: &Key, answer: Answered) -> Answered {
    if fingerprint == asked.fingerprint { answer } else { Err(Refusal::KeyReused) }
}

/// What is known of a batch's requests before anything is decided, since a router's memory cannot be undone, and then what is decided.
#[derive(Default)]
pub(crate) struct Answers {
    known: BTreeMap<(String, String), Kept>,
    /// E-mail addresses of members to be that somebody has already.
    taken: BTreeSet<String>,
    /// Those of this batch: who asked, under which key.
    fresh: Vec<(String, String)>,
    /// Who asked, and what else they wrote.
    beside: Vec<(String, Beside)>,
}

/// Names a router's answers among all kept answers.
pub(crate) fn answer_key(key: &str) -> String {
    format!("route:{key}")
}

impl Answers {
    /// `keys` by actor.
    pub(crate) async fn read(tx: &mut Tx<'_>, ws: i64, keys: BTreeMap<String, Vec<String>>, emails: &[String]) -> Result<Self> {
        let mut read = Self::default();
        for (actor, keys) in keys {
            for (key, fingerprint, answer) in store::routing::answers(tx, ws, &actor, keys).await? {
                let answer = serde_json::from_str(&answer).context("a stored answer")?;
                read.known.insert((actor.clone(), key), Kept { fingerprint, answer });
            }
        }
        for email in emails {
            if store::access::user_by_email(tx, email).await?.is_some() {
                read.taken.insert(email.clone());
            }
        }
        Ok(read)
    }

    /// The answer given before, also to a twin in the same batch; else what `handle` decides.
    pub(crate) fn answer(&mut self, asked: Asking<'_>, handle: impl FnOnce(&RouterCommand) -> Answered) -> Answered {
        let name = |key: &Key| (asked.actor.to_owned(), answer_key(&key.key));
        if let Some(key) = asked.key
            && let Some(before) = self.known.get(&name(key))
        {
            return kept(&before.fingerprint, key, before.answer.clone());
        }
        let answer = match self.refused(asked.beside) {
            Some(refusal) => Err(refusal),
            None => handle(asked.command),
        };
        if answer.is_ok() {
            self.taken.extend(asked.beside.member.iter().map(|member| member.email.clone()));
            self.beside.push((asked.actor.to_owned(), asked.beside.clone()));
        }
        if let Some(key) = asked.key {
            self.known.insert(name(key), Kept { fingerprint: key.fingerprint.clone(), answer: answer.clone() });
            self.fresh.push(name(key));
        }
        answer
    }

    /// Why a command cannot be followed because of what comes with it.
    fn refused(&self, beside: &Beside) -> Option<Refusal> {
        let taken = beside.member.as_ref().is_some_and(|member| self.taken.contains(&member.email));
        taken.then(|| Refusal::Invalid {
            field: "email".into(),
            code: "email_taken".into(),
            detail: "Somebody has this e-mail address already".into(),
            offset: None,
            params: BTreeMap::new(),
        })
    }

    /// Writes the answers and what comes with their commands.
    pub(crate) async fn write(&self, tx: &mut Tx<'_>, ws: i64, now: Timestamp) -> Result<()> {
        for name in &self.fresh {
            let Kept { fingerprint, answer } = &self.known[name];
            store::routing::put_answer(tx, ws, &name.0, &name.1, fingerprint, &serde_json::to_string(answer)?, now).await?;
        }
        let mut audit = Vec::new();
        for (actor, beside) in &self.beside {
            if let Some(member) = &beside.member {
                store::access::insert_member(tx, ws, member, now).await?;
            }
            audit.extend(beside.audit.iter().map(|noted| once::entry(actor, noted)));
        }
        store::audit_log::append(tx, ws, &audit, now, once::digest).await
    }

    /// Whether a member was made, which desks are to hear of.
    pub(crate) fn members_changed(&self) -> bool {
        self.beside.iter().any(|(_, beside)| beside.member.is_some())
    }
}
