//! What the bot answers from: questions with answers, facts it listens for, and a place to try them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use engine::{BotFactRow, BotQuestionRow};
use model::{BotFactId, BotQuestionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::input::Version;
use crate::page::{Page, Paging};
use crate::problem::Answered;
use crate::{Answer, Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new()
        .routes(routes!(questions, make_question))
        .routes(routes!(question, change_question, remove_question))
        .routes(routes!(facts, make_fact))
        .routes(routes!(fact, change_fact, remove_fact))
        .routes(routes!(attempt))
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BotQuestionView {
    pub id: String,
    /// By language: the ways it is asked.
    pub questions: BTreeMap<String, Vec<String>>,
    /// By language.
    pub answers: BTreeMap<String, String>,
    pub enabled: bool,
    pub version: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BotFactView {
    pub id: String,
    pub key: String,
    /// By language: how it is called.
    pub labels: BTreeMap<String, String>,
    /// By language: words before the value.
    pub cues: BTreeMap<String, Vec<String>>,
    /// number, name, word, email, phone or a regular expression.
    pub value: String,
    pub enabled: bool,
    pub version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQuestion {
    questions: BTreeMap<String, Vec<String>>,
    answers: BTreeMap<String, String>,
    #[serde(default = "yes")]
    enabled: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct QuestionChange {
    questions: Option<BTreeMap<String, Vec<String>>>,
    answers: Option<BTreeMap<String, String>>,
    enabled: Option<bool>,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFact {
    key: String,
    labels: BTreeMap<String, String>,
    cues: BTreeMap<String, Vec<String>>,
    value: String,
    #[serde(default = "yes")]
    enabled: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactChange {
    key: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    cues: Option<BTreeMap<String, Vec<String>>>,
    value: Option<String>,
    enabled: Option<bool>,
    version: i64,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Attempt {
    text: String,
    language: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HeardFact {
    pub key: String,
    pub value: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AttemptResult {
    pub answer: Option<String>,
    /// 0 to 1.
    pub score: f64,
    /// One phrasing of the question that was recognised.
    pub matched: Option<String>,
    pub facts: Vec<HeardFact>,
}

fn yes() -> bool {
    true
}

fn refused(problem: bot::Problem) -> Problem {
    let code = if problem.code == "empty" { "required" } else { &problem.code };
    Problem::invalid(&format!("/{}", problem.field), code, problem.message)
}

fn check_question(row: &BotQuestionRow) -> Result<(), Problem> {
    let question = bot::Question { id: String::new(), questions: row.questions.clone(), answers: row.answers.clone() };
    bot::check_question(&question).map_err(refused)
}

fn check_fact(row: &BotFactRow) -> Result<(), Problem> {
    let rule = bot::FactRule { key: row.key.clone(), labels: row.labels.clone(), cues: row.cues.clone(), value: row.value.clone() };
    bot::check_rule(&rule).map_err(refused)
}

fn question_view(id: BotQuestionId, row: BotQuestionRow, version: i64) -> BotQuestionView {
    BotQuestionView { id: id.to_string(), questions: row.questions, answers: row.answers, enabled: row.enabled, version }
}

fn fact_view(id: BotFactId, row: BotFactRow, version: i64) -> BotFactView {
    BotFactView { id: id.to_string(), key: row.key, labels: row.labels, cues: row.cues, value: row.value, enabled: row.enabled, version }
}

async fn all_questions(server: &Server, caller: &Caller) -> Result<Vec<(BotQuestionId, BotQuestionRow, i64)>, Problem> {
    let ws = caller.ws;
    let rows = server.engine().db().read(move |tx| Box::pin(async move { store::flow::bot_questions(tx, ws).await })).await?;
    let read = rows.into_iter().map(|(id, body, version)| Ok((id, serde_json::from_str(&body)?, version)));
    Ok(read.collect::<anyhow::Result<_>>()?)
}

async fn all_facts(server: &Server, caller: &Caller) -> Result<Vec<(BotFactId, BotFactRow, i64)>, Problem> {
    let ws = caller.ws;
    let rows = server.engine().db().read(move |tx| Box::pin(async move { store::flow::bot_facts(tx, ws).await })).await?;
    let read = rows.into_iter().map(|(id, body, version)| Ok((id, serde_json::from_str(&body)?, version)));
    Ok(read.collect::<anyhow::Result<_>>()?)
}

async fn one_question(server: &Server, caller: &Caller, id: BotQuestionId) -> Result<(BotQuestionRow, i64), Problem> {
    let found = all_questions(server, caller).await?.into_iter().find(|(other, ..)| *other == id);
    found.map(|(_, row, version)| (row, version)).ok_or_else(Problem::not_found)
}

async fn one_fact(server: &Server, caller: &Caller, id: BotFactId) -> Result<(BotFactRow, i64), Problem> {
    let found = all_facts(server, caller).await?.into_iter().find(|(other, ..)| *other == id);
    found.map(|(_, row, version)| (row, version)).ok_or_else(Problem::not_found)
}

#[utoipa::path(get, path = "/bot/questions", tag = "bot", params(Paging), security(("session" = ["bot.manage"])), responses((status = 200, body = Page<BotQuestionView>)))]
async fn questions(
    State(server): State<Server>,
    caller: Signed<may::ManageBot>,
    Query(paging): Query<Paging>,
) -> Answered<Page<BotQuestionView>> {
    let (rows, next_cursor) = paging.cut(all_questions(&server, &caller).await?, |(id, ..)| *id)?;
    Ok(Json(Page { items: rows.into_iter().map(|(id, row, version)| question_view(id, row, version)).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/bot/questions/{id}", tag = "bot", security(("session" = ["bot.manage"])), responses((status = 200, body = BotQuestionView)))]
async fn question(State(server): State<Server>, caller: Signed<may::ManageBot>, Id(id): Id<BotQuestionId>) -> Answered<BotQuestionView> {
    let (row, version) = one_question(&server, &caller, id).await?;
    Ok(Json(question_view(id, row, version)))
}

#[utoipa::path(post, path = "/bot/questions", tag = "bot", security(("session" = ["bot.manage"])), request_body = NewQuestion, responses((status = 200, body = BotQuestionView)))]
async fn make_question(
    State(server): State<Server>,
    caller: Signed<may::ManageBot>,
    Body(new): Body<NewQuestion>,
) -> Result<Answer, Problem> {
    let row = BotQuestionRow { questions: new.questions, answers: new.answers, enabled: new.enabled };
    check_question(&row)?;
    let (ws, id) = (caller.ws, caller.fresh(&server, "question"));
    server
        .change(&caller, move |tx, ledger| {
            let row = row.clone();
            Box::pin(async move {
                store::answer::insert_question(tx, ws, id, &serde_json::to_string(&row)?).await?;
                ledger.audit("bot_question.created", id, "");
                ledger.settings("bot");
                Ok(question_view(id, row, 1))
            })
        })
        .await
}

#[utoipa::path(patch, path = "/bot/questions/{id}", tag = "bot", security(("session" = ["bot.manage"])), request_body = QuestionChange, responses((status = 200, body = BotQuestionView)))]
async fn change_question(
    State(server): State<Server>,
    caller: Signed<may::ManageBot>,
    Id(id): Id<BotQuestionId>,
    Body(change): Body<QuestionChange>,
) -> Result<Answer, Problem> {
    let (held, _) = one_question(&server, &caller, id).await?;
    let row = BotQuestionRow {
        questions: change.questions.unwrap_or(held.questions),
        answers: change.answers.unwrap_or(held.answers),
        enabled: change.enabled.unwrap_or(held.enabled),
    };
    check_question(&row)?;
    let (ws, version) = (caller.ws, change.version);
    server
        .change(&caller, move |tx, ledger| {
            let row = row.clone();
            Box::pin(async move {
                if !store::answer::update_question(tx, ws, id, &serde_json::to_string(&row)?, version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("bot_question.changed", id, "");
                ledger.settings("bot");
                Ok(question_view(id, row, version + 1))
            })
        })
        .await
}

#[utoipa::path(delete, path = "/bot/questions/{id}", tag = "bot", params(Version), security(("session" = ["bot.manage"])), responses((status = 204)))]
async fn remove_question(
    State(server): State<Server>,
    caller: Signed<may::ManageBot>,
    Id(id): Id<BotQuestionId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (held, _) = one_question(&server, &caller, id).await?;
    let phrase = held.questions.into_values().flatten().next().unwrap_or_default();
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let phrase = phrase.clone();
            Box::pin(async move {
                if !store::answer::delete_question(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("bot_question.deleted", id, phrase);
                ledger.settings("bot");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(get, path = "/bot/facts", tag = "bot", params(Paging), security(("session" = ["bot.manage"])), responses((status = 200, body = Page<BotFactView>)))]
async fn facts(State(server): State<Server>, caller: Signed<may::ManageBot>, Query(paging): Query<Paging>) -> Answered<Page<BotFactView>> {
    let (rows, next_cursor) = paging.cut(all_facts(&server, &caller).await?, |(id, ..)| *id)?;
    Ok(Json(Page { items: rows.into_iter().map(|(id, row, version)| fact_view(id, row, version)).collect(), next_cursor }))
}

#[utoipa::path(get, path = "/bot/facts/{id}", tag = "bot", security(("session" = ["bot.manage"])), responses((status = 200, body = BotFactView)))]
async fn fact(State(server): State<Server>, caller: Signed<may::ManageBot>, Id(id): Id<BotFactId>) -> Answered<BotFactView> {
    let (row, version) = one_fact(&server, &caller, id).await?;
    Ok(Json(fact_view(id, row, version)))
}

async fn key_is_free(tx: &mut db::Tx<'_>, ws: i64, id: BotFactId, key: &str) -> anyhow::Result<()> {
    for (other, body, _) in store::flow::bot_facts(tx, ws).await? {
        let row: BotFactRow = serde_json::from_str(&body)?;
        if other != id && row.key == key {
            return Err(Problem::conflict("name_taken", "Another fact has this key").at("/key").into());
        }
    }
    Ok(())
}

#[utoipa::path(post, path = "/bot/facts", tag = "bot", security(("session" = ["bot.manage"])), request_body = NewFact, responses((status = 200, body = BotFactView)))]
async fn make_fact(State(server): State<Server>, caller: Signed<may::ManageBot>, Body(new): Body<NewFact>) -> Result<Answer, Problem> {
    let row = BotFactRow { key: new.key, labels: new.labels, cues: new.cues, value: new.value, enabled: new.enabled };
    check_fact(&row)?;
    let (ws, id) = (caller.ws, caller.fresh(&server, "fact"));
    server
        .change(&caller, move |tx, ledger| {
            let row = row.clone();
            Box::pin(async move {
                key_is_free(tx, ws, id, &row.key).await?;
                store::answer::insert_fact(tx, ws, id, &row.key, &serde_json::to_string(&row)?).await?;
                ledger.audit("bot_fact.created", id, "");
                ledger.settings("bot");
                Ok(fact_view(id, row, 1))
            })
        })
        .await
}

#[utoipa::path(patch, path = "/bot/facts/{id}", tag = "bot", security(("session" = ["bot.manage"])), request_body = FactChange, responses((status = 200, body = BotFactView)))]
async fn change_fact(
    State(server): State<Server>,
    caller: Signed<may::ManageBot>,
    Id(id): Id<BotFactId>,
    Body(change): Body<FactChange>,
) -> Result<Answer, Problem> {
    let (held, _) = one_fact(&server, &caller, id).await?;
    let row = BotFactRow {
        key: change.key.unwrap_or(held.key),
        labels: change.labels.unwrap_or(held.labels),
        cues: change.cues.unwrap_or(held.cues),
        value: change.value.unwrap_or(held.value),
        enabled: change.enabled.unwrap_or(held.enabled),
    };
    check_fact(&row)?;
    let (ws, version) = (caller.ws, change.version);
    server
        .change(&caller, move |tx, ledger| {
            let row = row.clone();
            Box::pin(async move {
                key_is_free(tx, ws, id, &row.key).await?;
                if !store::answer::update_fact(tx, ws, id, &row.key, &serde_json::to_string(&row)?, version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("bot_fact.changed", id, "");
                ledger.settings("bot");
                Ok(fact_view(id, row, version + 1))
            })
        })
        .await
}

#[utoipa::path(delete, path = "/bot/facts/{id}", tag = "bot", params(Version), security(("session" = ["bot.manage"])), responses((status = 204)))]
async fn remove_fact(
    State(server): State<Server>,
    caller: Signed<may::ManageBot>,
    Id(id): Id<BotFactId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let (held, _) = one_fact(&server, &caller, id).await?;
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let key = held.key.clone();
            Box::pin(async move {
                if !store::answer::delete_fact(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("bot_fact.deleted", id, key);
                ledger.settings("bot");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the bot as a customer nobody knows would, with what is saved now.
#[utoipa::path(post, path = "/bot/try", tag = "bot", security(("session" = ["bot.manage"])), request_body = Attempt, responses((status = 200, body = AttemptResult)))]
async fn attempt(State(server): State<Server>, caller: Signed<may::ManageBot>, Body(asked): Body<Attempt>) -> Answered<AttemptResult> {
    crate::input::short("/text", &asked.text, LONGEST_QUESTION)?;
    let config = server.engine().config(caller.ws).await?;
    let request =
        bot::Request { text: asked.text, language: Some(asked.language.clone()).filter(|tag| !tag.is_empty()), ..bot::Request::default() };
    let answer = config.bot.answer(&request, server.engine().now().micros());
    let rows = all_questions(&server, &caller).await?;
    let phrasing = |id: &str| {
        let (_, row, _) = rows.iter().find(|(other, ..)| other.to_string() == id)?;
        row.questions.get(&asked.language).or_else(|| row.questions.values().next())?.first().cloned()
    };
    let matched = answer.matched.as_deref().map(|id| phrasing(id).unwrap_or_else(|| id.to_owned()));
    Ok(Json(AttemptResult {
        answer: Some(answer.text).filter(|text| !text.is_empty()),
        score: answer.score,
        matched,
        facts: answer.learned.into_iter().map(|heard| HeardFact { key: heard.key, value: heard.value }).collect(),
    }))
}

const LONGEST_QUESTION: usize = 10_000;
