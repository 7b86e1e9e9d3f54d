//! Custom fields: what a workspace keeps of contacts and tasks, and the check that each value passes.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::custom_field::LONGEST_VALUE;
use model::{CustomField, CustomFieldId, FieldChoice, FieldFault, FieldKind, FieldSubject, Language, field_of};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::input::Version;
use crate::page::Items;
use crate::problem::Answered;
use crate::{Answer, Body, Caller, Id, Problem, Query, Server, Signed, may};

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(list, make)).routes(routes!(get, change, remove))
}

/// Fields of one workspace, contacts' and tasks' together.
const MOST: usize = 100;
const MOST_CHOICES: usize = 100;
const LONGEST_LABEL: usize = 64;
const LAST_PLACE: i64 = 1_000;
/// Attributes that every task has.
const ITS_OWN: [&str; 9] =
    ["channelType", "customerAddress", "customerName", "conversationSid", "from", "name", "language", "lastWorkerSid", "lastWorkerDays"];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChoiceView {
    pub value: String,
    /// By language.
    pub labels: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomFieldView {
    pub id: String,
    /// contact or task.
    pub subject: String,
    /// The fact's or the attribute's name.
    pub key: String,
    /// text, number, date (2026-11-21), choice, yes_no (yes or no) or link.
    pub kind: String,
    /// By language.
    pub labels: BTreeMap<String, String>,
    /// Of a choice.
    pub choices: Vec<FieldChoiceView>,
    /// Once set it cannot be taken away.
    pub required: bool,
    /// Whether the desk shows it while it has no value.
    pub shown: bool,
    /// Smaller ones stand first.
    pub place: i64,
    pub version: i64,
}

impl FieldChoiceView {
    fn of(choice: &FieldChoice) -> Self {
        Self { value: choice.value.clone(), labels: choice.labels.clone() }
    }
}

impl CustomFieldView {
    pub fn of(field: &CustomField) -> Self {
        Self {
            id: field.id.to_string(),
            subject: field.subject.code().into(),
            key: field.key.clone(),
            kind: field.kind.code().into(),
            labels: field.labels.clone(),
            choices: field.choices.iter().map(FieldChoiceView::of).collect(),
            required: field.required,
            shown: field.shown,
            place: field.place,
            version: field.version,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewField {
    /// contact or task.
    subject: String,
    /// A letter, then letters, digits and _; as flows write it: contact.facts.key.
    key: String,
    kind: String,
    labels: BTreeMap<String, String>,
    #[serde(default)]
    choices: Vec<FieldChoiceView>,
    #[serde(default)]
    required: bool,
    #[serde(default = "yes")]
    shown: bool,
    /// 0 to 1000.
    #[serde(default)]
    place: i64,
}

/// What it is of and its key stay. After a change of kind or choices every stored value is as it was; what does not fit any more is
/// shown as it stands until somebody writes it anew.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FieldChange {
    labels: Option<BTreeMap<String, String>>,
    kind: Option<String>,
    /// Of a field that becomes something else than a choice they go.
    choices: Option<Vec<FieldChoiceView>>,
    required: Option<bool>,
    shown: Option<bool>,
    place: Option<i64>,
    version: i64,
}

fn yes() -> bool {
    true
}

fn labels(at: &str, given: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Problem> {
    if let Some(language) = given.keys().find(|code| Language::parse(code).is_none_or(|language| language.code() != code.as_str())) {
        return Err(Problem::invalid(&format!("{at}/{language}"), "unknown", "Labels are in en, de or ko"));
    }
    let kept = given.into_iter().map(|(language, text)| (language, text.trim().to_owned())).filter(|(_, text)| !text.is_empty());
    let kept: BTreeMap<String, String> = kept.collect();
    if kept.is_empty() {
        return Err(Problem::invalid(at, "required", "Give a label in at least one language"));
    }
    for (language, text) in &kept {
        crate::input::short(&format!("{at}/{language}"), text, LONGEST_LABEL)?;
    }
    Ok(kept)
}

fn choices(kind: FieldKind, given: Vec<FieldChoiceView>) -> Result<Vec<FieldChoice>, Problem> {
    match (kind, given.len()) {
        (FieldKind::Choice, 0) => return Err(Problem::invalid("/choices", "required", "Give at least one choice")),
        (FieldKind::Choice, 1..=MOST_CHOICES) => {}
        (FieldKind::Choice, _) => {
            return Err(
                Problem::invalid("/choices", "too_many", format!("At most {MOST_CHOICES} choices")).with("limit", MOST_CHOICES as u64)
            );
        }
        (_, 0) => {}
        (..) => return Err(Problem::invalid("/choices", "exclusive", "Only a field of the kind choice has choices")),
    }
    let (mut seen, mut kept) = (BTreeSet::new(), Vec::new());
    for (at, choice) in given.into_iter().enumerate() {
        let value = crate::input::name(&format!("/choices/{at}/value"), &choice.value)?;
        if !seen.insert(value.clone()) {
            return Err(Problem::invalid(&format!("/choices/{at}/value"), "taken", "Another choice has this value"));
        }
        kept.push(FieldChoice { value, labels: labels(&format!("/choices/{at}/labels"), choice.labels)? });
    }
    Ok(kept)
}

fn kind(code: &str) -> Result<FieldKind, Problem> {
    FieldKind::parse(code).ok_or_else(|| Problem::invalid("/kind", "unknown", "There is no such kind of field"))
}

fn place(at: i64) -> Result<i64, Problem> {
    if (0..=LAST_PLACE).contains(&at) {
        return Ok(at);
    }
    Err(Problem::invalid("/place", "out_of_range", format!("From 0 to {LAST_PLACE}")).with("min", 0).with("max", LAST_PLACE))
}

fn checked(id: CustomFieldId, new: NewField) -> Result<CustomField, Problem> {
    let subject =
        FieldSubject::parse(&new.subject).ok_or_else(|| Problem::invalid("/subject", "unknown", "It is of a contact or a task"))?;
    let kind = kind(&new.kind)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !new.key.starts_with(|c: char| c.is_ascii_alphabetic()) || new.key.len() > 64 || !new.key.chars().all(plain) {
        return Err(Problem::invalid("/key", "bad_key", "A key is a letter, then letters, digits and _, 64 at most"));
    }
    if subject == FieldSubject::Task && ITS_OWN.contains(&new.key.as_str()) {
        return Err(Problem::invalid("/key", "reserved", "Seaway writes this attribute of tasks itself; take another key"));
    }
    let (labels, choices, place) = (labels("/labels", new.labels)?, choices(kind, new.choices)?, place(new.place)?);
    Ok(CustomField { id, subject, key: new.key, kind, labels, choices, required: new.required, shown: new.shown, place, version: 1 })
}

async fn all(server: &Server, caller: &Caller) -> Result<Vec<CustomField>, Problem> {
    let ws = caller.ws;
    Ok(server.engine().db().read(move |tx| Box::pin(async move { store::custom_field::all(tx, ws).await })).await?)
}

async fn one(server: &Server, caller: &Caller, id: CustomFieldId) -> Result<CustomField, Problem> {
    all(server, caller).await?.into_iter().find(|field| field.id == id).ok_or_else(Problem::not_found)
}

/// The value in its one spelling, where the key is a custom field's; as given where it is none.
///
/// # Errors
/// 422 at `/value`, with the code of what is wrong and the field's label.
pub async fn fitting(
    server: &Server,
    caller: &Caller,
    subject: FieldSubject,
    key: &str,
    value: &str,
) -> Result<(String, Option<CustomField>), Problem> {
    let fields = all(server, caller).await?;
    let Some(field) = field_of(&fields, subject, key) else { return Ok((value.trim().to_owned(), None)) };
    let value = field.check(value).map_err(|fault| misfit(field, fault))?;
    Ok((value, Some(field.clone())))
}

fn misfit(field: &CustomField, fault: FieldFault) -> Problem {
    let code = match fault {
        FieldFault::Empty => "field_empty",
        FieldFault::TooLong => "too_long",
        FieldFault::NotANumber => "not_a_number",
        FieldFault::NotADate => "not_a_date",
        FieldFault::NotAChoice => "not_a_choice",
        FieldFault::NotYesOrNo => "not_yes_or_no",
        FieldFault::NotALink => "not_a_link",
    };
    let problem =
        Problem::invalid("/value", code, format!("{} {}", name(field), fault.takes())).with("field", name(field)).with("key", &*field.key);
    match fault {
        FieldFault::TooLong => problem.with("limit", LONGEST_VALUE as u64),
        FieldFault::NotAChoice => {
            let values: Vec<&str> = field.choices.iter().map(|choice| choice.value.as_str()).collect();
            problem.with("choices", values.join(", "))
        }
        _ => problem,
    }
}

/// As English says it, or whoever labelled it; a label there always is.
fn name(field: &CustomField) -> &str {
    field.labels.get("en").or_else(|| field.labels.values().next()).map_or(&field.key, String::as_str)
}

/// # Errors
/// 409 when the key is that of a required field.
pub async fn may_go(server: &Server, caller: &Caller, subject: FieldSubject, key: &str) -> Result<(), Problem> {
    let fields = all(server, caller).await?;
    match field_of(&fields, subject, key).filter(|field| field.required) {
        Some(field) => {
            let detail = format!("{} is required: change its value instead", name(field));
            Err(Problem::conflict("field_required", detail).with("field", name(field)).with("key", key))
        }
        None => Ok(()),
    }
}

/// All of them, contacts' before tasks', each in its order.
#[utoipa::path(get, path = "/custom-fields", tag = "contacts", security(("session" = [])), responses((status = 200, body = Items<CustomFieldView>)))]
async fn list(State(server): State<Server>, caller: Signed<may::Belong>) -> Answered<Items<CustomFieldView>> {
    Ok(Json(Items { items: all(&server, &caller).await?.iter().map(CustomFieldView::of).collect() }))
}

#[utoipa::path(get, path = "/custom-fields/{id}", tag = "contacts", security(("session" = [])), responses((status = 200, body = CustomFieldView)))]
async fn get(State(server): State<Server>, caller: Signed<may::Belong>, Id(id): Id<CustomFieldId>) -> Answered<CustomFieldView> {
    Ok(Json(CustomFieldView::of(&one(&server, &caller, id).await?)))
}

#[utoipa::path(post, path = "/custom-fields", tag = "contacts", security(("session" = ["workspace.manage"])), request_body = NewField, responses((status = 200, body = CustomFieldView)))]
async fn make(State(server): State<Server>, caller: Signed<may::ManageWorkspace>, Body(new): Body<NewField>) -> Result<Answer, Problem> {
    let (ws, field) = (caller.ws, checked(caller.fresh(&server, "field"), new)?);
    server
        .change(&caller, move |tx, ledger| {
            let field = field.clone();
            Box::pin(async move {
                let held = store::custom_field::all(tx, ws).await?;
                if held.iter().any(|other| other.subject == field.subject && other.key == field.key) {
                    return Err(Problem::conflict("name_taken", "Another field has this key").at("/key").into());
                }
                if held.len() >= MOST {
                    return Err(Problem::conflict("too_many", format!("At most {MOST} fields")).with("limit", MOST as u64).into());
                }
                store::custom_field::insert(tx, ws, &field).await?;
                ledger.audit("custom_field.created", field.id, field.kind.code());
                ledger.settings("custom_fields");
                Ok(CustomFieldView::of(&field))
            })
        })
        .await
}

#[utoipa::path(patch, path = "/custom-fields/{id}", tag = "contacts", security(("session" = ["workspace.manage"])), request_body = FieldChange, responses((status = 200, body = CustomFieldView)))]
async fn change(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Id(id): Id<CustomFieldId>,
    Body(change): Body<FieldChange>,
) -> Result<Answer, Problem> {
    let mut field = one(&server, &caller, id).await?;
    if let Some(given) = change.labels {
        field.labels = labels("/labels", given)?;
    }
    let before = field.kind;
    if let Some(given) = &change.kind {
        field.kind = kind(given)?;
    }
    let kept = if field.kind == FieldKind::Choice { field.choices.iter().map(FieldChoiceView::of).collect() } else { Vec::new() };
    field.choices = choices(field.kind, change.choices.unwrap_or(kept))?;
    field.place = change.place.map_or(Ok(field.place), place)?;
    field.required = change.required.unwrap_or(field.required);
    field.shown = change.shown.unwrap_or(field.shown);
    field.version = change.version;
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let mut field = field.clone();
            Box::pin(async move {
                if !store::custom_field::update(tx, ws, &field).await? {
                    return Err(Problem::stale().into());
                }
                field.version += 1;
                let detail = if before == field.kind { String::new() } else { format!("{} -> {}", before.code(), field.kind.code()) };
                ledger.audit("custom_field.changed", id, detail);
                ledger.settings("custom_fields");
                Ok(CustomFieldView::of(&field))
            })
        })
        .await
}

/// The values stay, as facts and attributes without a field.
#[utoipa::path(delete, path = "/custom-fields/{id}", tag = "contacts", params(Version), security(("session" = ["workspace.manage"])), responses((status = 204)))]
async fn remove(
    State(server): State<Server>,
    caller: Signed<may::ManageWorkspace>,
    Id(id): Id<CustomFieldId>,
    Query(asked): Query<Version>,
) -> Result<StatusCode, Problem> {
    if server.was_answered(&caller).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let held = one(&server, &caller, id).await?;
    let ws = caller.ws;
    server
        .change(&caller, move |tx, ledger| {
            let key = held.key.clone();
            Box::pin(async move {
                if !store::custom_field::delete(tx, ws, id, asked.version).await? {
                    return Err(Problem::stale().into());
                }
                ledger.audit("custom_field.deleted", id, key);
                ledger.settings("custom_fields");
                Ok(())
            })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
