//! The shop itself: workspace, channels, flow, the bot's rows, quick replies, people and routing, as an admin would have entered them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use engine::Engine;
use model::routing::RouterCommand;
use model::{
    Activity, ActivityId, BotFactId, BotQuestionId, CannedReplyId, FlowId, Ids, MembershipId, Settings, TaskOrder, TaskQueue, Timestamp,
    Worker, WorkerChannel, Workflow, WorkflowId,
};
use serde::Deserialize;
use serde_json::json;

use super::address::Address;
use super::channels::{channels, listed};
use super::installation::Installation;

const NAME: &str = "Tidewater";
const REPLIES: &str = include_str!("replies.json");
const WORKFLOW: &str = include_str!("workflow.json");
/// Seconds an offer stands.
const OFFER_S: i64 = 20;
const CAPACITY: i64 = 3;

/// The activities' ids, which the story needs to move people about.
#[derive(Debug, Clone, Copy)]
pub struct Activities {
    pub available: ActivityId,
    pub offline: ActivityId,
}

#[derive(Deserialize)]
struct Reply {
    shortcut: String,
    title: String,
    texts: BTreeMap<String, String>,
}

/// Makes everything and gives the workspace's number to the installation.
pub async fn make(engine: &Engine, installation: &mut Installation, address: &Address) -> Result<Activities> {
    let now = engine.now();
    let mut ids = engine.ids();
    let [available, away, offline]: [ActivityId; 3] = [ids.next(), ids.next(), ids.next()];
    let settings = Settings { timeout_activity_id: Some(away), default_activity_id: Some(offline), ..Settings::default() };
    installation.ws = rows(engine, installation, address, settings, now).await?;
    installation.keep(engine.db(), engine.vault()).await?;
    let ws = installation.ws;
    for (id, name, is_available) in [(available, "Available", true), (away, "Away", false), (offline, "Offline", false)] {
        order(
            engine,
            ws,
            RouterCommand::PutActivity {
                activity: Activity { id, name: name.into(), available: is_available, updated_at: Timestamp::default() },
            },
        )
        .await?;
    }
    // Whoever knows a little of it helps out; the workflow asks for those who know most first.
    let targets = ["skills.sales > 0", "skills.support > 0", "1==1"];
    for ((id, name), target) in installation.queues.into_iter().zip(["Sales", "Support", "Everyone"]).zip(targets) {
        let queue = TaskQueue {
            id,
            name: name.into(),
            target_workers: target.into(),
            max_reserved_workers: 1,
            task_order: TaskOrder::Fifo,
            signature: String::new(),
            business_hours_id: None,
            updated_at: Timestamp::default(),
            version: 1,
        };
        order(engine, ws, RouterCommand::PutQueue { queue }).await?;
    }
    let workflow = Workflow {
        id: ids.next::<WorkflowId>(),
        name: "default".into(),
        configuration: workflow(installation),
        task_reservation_timeout_s: OFFER_S,
        assignment_callback_url: String::new(),
        fallback_assignment_callback_url: String::new(),
        updated_at: Timestamp::default(),
        version: 1,
    };
    order(engine, ws, RouterCommand::PutWorkflow { workflow, re_evaluate: true }).await?;
    for (key, attributes) in [
        ("ana", json!({ "languages": ["en", "de"], "department": "sales", "skills": { "sales": 10, "support": 5 }, "vip": false })),
        ("ben", json!({ "languages": ["en", "ko"], "department": "support", "skills": { "sales": 5, "support": 10 }, "vip": true })),
    ] {
        let person = installation.staff(key).with_context(|| format!("{key} is not on the staff"))?;
        let channels = ["chat", "sms", "messenger", "instagram", "whatsapp", "line", "gbm", "custom", "discord", "email"]
            .map(|channel| (channel.to_owned(), WorkerChannel { capacity: CAPACITY, available: true }))
            .into();
        let worker = Worker {
            id: installation.worker(key)?,
            name: person.name.clone(),
            attributes: attributes.to_string(),
            activity_id: offline,
            activity_since: now,
            channels,
            user_id: Some(person.user),
            connected: false,
            idle_since: now,
            idle_by_channel: Default::default(),
            deleted: false,
            updated_at: Timestamp::default(),
            version: 1,
        };
        order(engine, ws, RouterCommand::PutWorker { worker }).await?;
    }
    engine.config_changed(ws);
    Ok(Activities { available, offline })
}

/// Asks the router and expects a yes.
pub async fn order(engine: &Engine, ws: i64, command: RouterCommand) -> Result<()> {
    let what = format!("{command:?}");
    let answer = engine.route(ws, "demo", None, command).await?;
    answer.map(drop).map_err(|refusal| anyhow::anyhow!("{what} was refused: {refusal:?}"))
}

fn workflow(installation: &Installation) -> String {
    let [sales, support, everyone] = installation.queues.map(|id| id.to_string());
    WORKFLOW.replace("SALES", &sales).replace("SUPPORT", &support).replace("EVERYONE", &everyone)
}

/// Everything that is no business of the router, in one commit.
async fn rows(engine: &Engine, installation: &Installation, address: &Address, settings: Settings, now: Timestamp) -> Result<i64> {
    let (key, wrapped) = engine.vault().new_data_key(&format!("workspace:{}", installation.workspace))?;
    let about = engine::auth_token_about(installation.account);
    let token = engine.vault().seal_under_master(&about, installation.auth_token.as_bytes())?;
    let mut accounts = Vec::new();
    for account in channels(installation, address) {
        let sealed = engine::seal(&key, &engine::secrets_about(account.id), serde_json::to_string(&account.secrets)?.as_bytes())?;
        accounts.push((account, sealed));
    }
    let mut users = Vec::new();
    for one in &installation.staff {
        let user = store::access::User {
            id: one.user,
            account_id: installation.account,
            email: one.email.clone(),
            name: one.name.clone(),
            password_hash: server::access::password::hash_now(&one.password)?,
            disabled: false,
            preferences: "{}".into(),
            version: 1,
        };
        let role = store::access::Role { role: one.role.clone(), scope: "all".into(), queues: Vec::new() };
        users.push((user, one.worker, role));
    }
    let replies: Vec<Reply> = serde_json::from_str(REPLIES).context("the demo's quick replies")?;
    let (installation, ids) = (installation.clone(), engine.ids());
    let (replies, users, accounts) = (std::sync::Arc::new(replies), std::sync::Arc::new(users), std::sync::Arc::new(accounts));
    engine
        .db()
        .write(move |tx| {
            let (installation, settings, token, wrapped) = (installation.clone(), settings.clone(), token.clone(), wrapped.clone());
            let (replies, users, accounts, mut ids) = (replies.clone(), users.clone(), accounts.clone(), ids.clone());
            Box::pin(async move {
                store::access::seed_roles(tx).await?;
                store::workspace::insert_account(tx, installation.account, NAME, token, now).await?;
                let ws = store::workspace::insert(tx, installation.account, installation.workspace, NAME, &settings, wrapped, now).await?;
                for (account, sealed) in accounts.iter() {
                    store::channel::insert(tx, ws, account, sealed.clone()).await?;
                    let templates = listed(account, now);
                    if !templates.is_empty() {
                        store::template::replace(tx, ws, account.id, &templates, now).await?;
                    }
                }
                let revision = store::flow::Revision {
                    revision: 1,
                    status: "published".into(),
                    definition: flow::DEFAULT_FLOW.into(),
                    message: String::new(),
                    actor: "demo".into(),
                    at: now,
                };
                store::flow::insert(tx, ws, ids.next::<FlowId>(), "Default", &revision).await?;
                answers(tx, ws, &replies, &mut ids).await?;
                for (user, worker, role) in users.iter() {
                    store::access::insert_user(tx, user, now).await?;
                    let membership = store::access::Membership {
                        id: ids.next::<MembershipId>(),
                        user_id: user.id,
                        workspace: ws,
                        worker_id: *worker,
                        version: 1,
                        roles: vec![role.clone()],
                    };
                    store::access::insert_membership(tx, &membership).await?;
                }
                Ok(ws)
            })
        })
        .await
}

/// What the bot knows and listens for, and the agents' quick replies.
async fn answers(tx: &mut db::Tx<'_>, ws: i64, replies: &[Reply], ids: &mut Ids) -> Result<()> {
    let (questions, facts) = bot::demo();
    for question in questions {
        let row = engine::BotQuestionRow { questions: question.questions, answers: question.answers, enabled: true };
        store::answer::insert_question(tx, ws, ids.next::<BotQuestionId>(), &serde_json::to_string(&row)?).await?;
    }
    for fact in facts {
        let row = engine::BotFactRow { key: fact.key.clone(), labels: fact.labels, cues: fact.cues, value: fact.value, enabled: true };
        store::answer::insert_fact(tx, ws, ids.next::<BotFactId>(), &fact.key, &serde_json::to_string(&row)?).await?;
    }
    for reply in replies {
        let body = json!({ "title": reply.title, "texts": reply.texts }).to_string();
        let row = store::answer::CannedReply { id: ids.next::<CannedReplyId>(), shortcut: reply.shortcut.clone(), body, version: 1 };
        store::answer::insert_reply(tx, ws, &row).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workflow_names_real_queues_and_parses() {
        let installation = Installation::new(Timestamp::from_secs(1)).expect("an installation");
        let text = workflow(&installation);
        let document: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(document["task_routing"]["filters"].as_array().is_some_and(|filters| filters.len() == 3));
        assert!(!text.contains("SALES") && !text.contains("EVERYONE"));
    }

    #[test]
    fn every_quick_reply_speaks_three_languages() {
        let replies: Vec<Reply> = serde_json::from_str(REPLIES).expect("JSON");
        assert!(replies.len() >= 12);
        for reply in replies {
            assert_eq!(reply.texts.keys().collect::<Vec<_>>(), ["de", "en", "ko"], "{}", reply.shortcut);
        }
    }
}
