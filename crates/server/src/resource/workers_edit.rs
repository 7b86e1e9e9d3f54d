//! Workers found by name, skill, queue and activity, and changed together: all of them or none.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use axum::Json;
use axum::extract::State;
use db::Tx;
use expression::Expression;
use model::{ActivityId, Readings, TaskQueueId, Worker, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::workers_csv::{LineChange, changed, planned_anew, put};
use crate::agents::edit::{WorkersChange, has_skill, undo};
use crate::agents::plan::{House, Planned};
use crate::agents::sheet::Column;
use crate::agents::skills;
use crate::change::noted;
use crate::page;
use crate::problem::Answered;
use crate::refusal::wrong_input;
use crate::view::{Lens, WorkerView, belongs};
use crate::{Body, Caller, Problem, Query, Server, Signed, may};

/// Edits of one request.
const MOST_EDITS: usize = 500;
/// Changed workers for whom it is told how to take it back.
const MOST_UNDONE: usize = 1_000;
/// Workers shown of those that change.
const SHOWN: usize = 10;
/// Skills named beside a table, the most common first.
const MOST_SKILLS: usize = 200;

pub fn routes() -> OpenApiRouter<Server> {
    OpenApiRouter::new().routes(routes!(table)).routes(routes!(edit))
}

/// Whom: all of these conditions; without any, everybody.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Who {
    #[schema(value_type = Option<Vec<String>>)]
    pub ids: Option<Vec<WorkerId>>,
    /// Part of a name.
    pub search: Option<String>,
    pub skill: Option<String>,
    /// Those whom this queue takes.
    #[schema(value_type = Option<String>)]
    pub queue_id: Option<TaskQueueId>,
    #[schema(value_type = Option<String>)]
    pub activity_id: Option<ActivityId>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Part of a name.
    search: Option<String>,
    skill: Option<String>,
    /// Those whom this queue takes.
    #[param(value_type = Option<String>)]
    queue_id: Option<TaskQueueId>,
    #[param(value_type = Option<String>)]
    activity_id: Option<ActivityId>,
    /// Counted from 0.
    #[serde(default)]
    page: usize,
    /// 1 to 200; 50 by default.
    limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SkillCount {
    pub name: String,
    pub workers: usize,
}

/// One page of those found, in the order of names.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkerTable {
    pub items: Vec<WorkerView>,
    /// How many were found.
    pub total: usize,
    /// How many there are.
    pub all: usize,
    /// Of everybody, the most common first, at most 200.
    pub skills: Vec<SkillCount>,
}

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkersEdit {
    #[serde(default)]
    pub who: Who,
    pub change: WorkersChange,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Edits {
    /// One after the other; at most 500.
    edits: Vec<WorkersEdit>,
    /// Tell what would change, and change nothing.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Edited {
    /// False for a dry run.
    pub applied: bool,
    pub found: usize,
    pub changed: usize,
    /// The first of them, at most 10.
    pub changes: Vec<LineChange>,
    /// Edits that take it back, where no more than 1,000 changed; else null.
    pub undo: Option<Vec<WorkersEdit>>,
}

/// Those meant among all. A queue is asked by its expression, as the router asks it.
struct Found {
    all: Vec<Worker>,
    house: House,
    queues: BTreeMap<TaskQueueId, Expression>,
}

impl Found {
    async fn read(tx: &mut Tx<'_>, ws: i64, queues: BTreeSet<TaskQueueId>, readings: &Readings) -> Result<Self> {
        let ids: Vec<_> = queues.into_iter().collect();
        let queues = match ids.is_empty() {
            true => Vec::new(),
            false => store::routing::queues_of(tx, ws, &ids).await?,
        };
        let activities = store::routing::activities(tx, ws).await?;
        let channels = store::routing::task_channels(tx, ws).await?;
        Ok(Self {
            all: store::routing::workers(tx, ws).await?,
            house: House {
                workers: BTreeMap::new(),
                activities: activities.into_iter().map(|activity| (activity.id, activity)).collect(),
                channels: channels.into_iter().map(|channel| channel.unique_name).collect(),
            },
            queues: queues.iter().filter_map(|queue| Some((queue.id, router::target_workers(queue, readings)?))).collect(),
        })
    }

    fn takes(&self, who: &Who, worker: &Worker) -> bool {
        let named = |part: &String| worker.name.to_lowercase().contains(&part.trim().to_lowercase());
        who.search.as_ref().is_none_or(named)
            && who.activity_id.is_none_or(|id| worker.activity_id == id)
            && who.skill.as_ref().is_none_or(|skill| has_skill(&skills::parse(&worker.attributes), skill))
            && who.queue_id.is_none_or(|id| {
                let wanted = self.queues.get(&id);
                wanted.is_some_and(|wanted| belongs(wanted, worker, &self.house.activities))
            })
    }

    /// # Errors
    /// For an id that is nobody's.
    fn ids(&self, who: &Who) -> Result<Vec<WorkerId>, Problem> {
        let chosen: Option<BTreeSet<WorkerId>> = who.ids.as_ref().map(|ids| ids.iter().copied().collect());
        let of_chosen = |worker: &&Worker| chosen.as_ref().is_none_or(|ids| ids.contains(&worker.id));
        let found = self.all.iter().filter(of_chosen);
        if let Some(chosen) = &chosen {
            let there: BTreeSet<WorkerId> = found.clone().map(|worker| worker.id).collect();
            if let Some(gone) = chosen.difference(&there).next() {
                return Err(Problem::invalid("/edits", "unknown_agent", format!("There is no agent {gone}")).with("name", gone.to_string()));
            }
        }
        Ok(found.filter(|worker| self.takes(who, worker)).map(|worker| worker.id).collect())
    }
}

#[utoipa::path(get, path = "/workers/table", tag = "workers", params(Asked), security(("session" = ["worker.manage"])), responses((status = 200, body = WorkerTable)))]
async fn table(State(server): State<Server>, caller: Signed<may::ManageWorkers>, Query(asked): Query<Asked>) -> Answered<WorkerTable> {
    let (ws, lens) = (caller.ws, Lens::of(&server, &caller).await?);
    let (from, limit) = (asked.page.saturating_mul(page::limit(asked.limit)), page::limit(asked.limit));
    let who = Who { ids: None, search: asked.search, skill: asked.skill, queue_id: asked.queue_id, activity_id: asked.activity_id };
    let workspace = caller.workspace.clone();
    let table = server.engine().db().read(move |tx| {
        let (who, lens, workspace) = (who.clone(), lens.clone(), workspace.clone());
        Box::pin(async move {
            let found = Found::read(tx, ws, who.queue_id.into_iter().collect(), &workspace.settings.readings).await?;
            let matching: Vec<&Worker> = found.all.iter().filter(|worker| found.takes(&who, worker)).collect();
            let rows: Vec<Worker> = matching.iter().skip(from).take(limit).map(|worker| (*worker).clone()).collect();
            let (total, all, skills) = (matching.len(), found.all.len(), counted(&found.all));
            Ok(WorkerTable { items: lens.workers(tx, &rows).await?, total, all, skills })
        })
    });
    Ok(Json(table.await?))
}

fn counted(workers: &[Worker]) -> Vec<SkillCount> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for skill in workers.iter().flat_map(|worker| skills::read(&skills::parse(&worker.attributes))) {
        *counts.entry(skill.name).or_default() += 1;
    }
    let mut skills: Vec<SkillCount> = counts.into_iter().map(|(name, workers)| SkillCount { name, workers }).collect();
    skills.sort_by_key(|skill| std::cmp::Reverse(skill.workers));
    skills.truncate(MOST_SKILLS);
    skills
}

/// Changes skills, levels, capacities or the activity of many, in one commit.
#[utoipa::path(post, path = "/workers/edit", tag = "workers", security(("session" = ["worker.manage"])), request_body = Edits, responses((status = 200, body = Edited)))]
async fn edit(State(server): State<Server>, caller: Signed<may::ManageWorkers>, Body(asked): Body<Edits>) -> Answered<Edited> {
    if asked.edits.len() > MOST_EDITS {
        let detail = format!("At most {MOST_EDITS} edits at once");
        return Err(Problem::invalid("/edits", "too_many", detail).with("limit", MOST_EDITS as u64));
    }
    planned_anew(|slot| edit_once(&server, &caller, &asked, slot)).await
}

async fn edit_once(server: &Server, caller: &Caller, asked: &Edits, slot: &str) -> Answered<Edited> {
    let workspace = caller.workspace.clone();
    let (ws, queues) = (caller.ws, asked.edits.iter().filter_map(|edit| edit.who.queue_id).collect::<BTreeSet<_>>());
    let found = server
        .engine()
        .db()
        .read(move |tx| {
            let (queues, workspace) = (queues.clone(), workspace.clone());
            Box::pin(async move { Found::read(tx, ws, queues, &workspace.settings.readings).await })
        })
        .await?;
    let mut now: BTreeMap<WorkerId, Worker> = BTreeMap::new();
    let mut meant = BTreeSet::new();
    let by_id: BTreeMap<WorkerId, &Worker> = found.all.iter().map(|worker| (worker.id, worker)).collect();
    for (no, edit) in asked.edits.iter().enumerate() {
        let here = |problem: Problem| problem.at(format!("/edits/{no}"));
        edit.change.check(|channel| found.house.channels.contains(channel)).map_err(here)?;
        for id in found.ids(&edit.who).map_err(here)? {
            meant.insert(id);
            let Some(worker) = now.get(&id).or(by_id.get(&id).copied()) else { continue };
            now.insert(id, edit.change.apply(worker).map_err(here)?);
        }
    }
    let changed_only = now.into_iter().filter_map(|(id, worker)| Some((by_id.get(&id).copied()?.clone(), worker)));
    let mut planned: Vec<Planned> = changed_only
        .filter(|(before, worker)| before != worker)
        .map(|(before, worker)| Planned { line: 0, before: Some(before), worker })
        .collect();
    planned.sort_by(|a, b| a.worker.name.cmp(&b.worker.name));
    check(&planned, &found)?;
    let said = told(&planned, meant.len(), &found.house, !asked.dry_run);
    if !asked.dry_run && !planned.is_empty() {
        put(server, caller, slot, planned, |detail| noted("worker.edited", caller.workspace.id, detail)).await?;
    }
    Ok(Json(said))
}

/// What the router would refuse, told of a dry run too, with the name of the worker to blame.
fn check(planned: &[Planned], found: &Found) -> Result<(), Problem> {
    let workers: Vec<Worker> = planned.iter().map(|one| one.worker.clone()).collect();
    let wrong = router::check_workers(&workers, found.all.iter(), |id| found.house.activities.contains_key(&id));
    match wrong.into_iter().next() {
        Some((no, model::Refusal::Invalid { field, code, detail, offset, params })) => {
            let detail = format!("{}: {detail}", workers[no].name);
            Err(wrong_input(&field, &code, detail, offset, params).at("/edits").with("name", workers[no].name.clone()))
        }
        _ => Ok(()),
    }
}

fn told(planned: &[Planned], found: usize, house: &House, applied: bool) -> Edited {
    let channels = house.channels.iter().cloned().map(Column::Capacity);
    let columns: Vec<Column> = [Column::Name, Column::Activity, Column::Skills].into_iter().chain(channels).collect();
    let mut undos: Vec<(WorkersChange, Vec<WorkerId>)> = Vec::new();
    if planned.len() <= MOST_UNDONE {
        for one in planned {
            let Some(before) = &one.before else { continue };
            let change = undo(before, &one.worker);
            match undos.iter_mut().find(|(held, _)| *held == change) {
                Some((_, ids)) => ids.push(before.id),
                None => undos.push((change, vec![before.id])),
            }
        }
    }
    let edits = undos.into_iter().map(|(change, ids)| WorkersEdit { who: Who { ids: Some(ids), ..Who::default() }, change });
    Edited {
        applied,
        found,
        changed: planned.len(),
        changes: planned.iter().take(SHOWN).map(|one| changed(one, &columns, house)).collect(),
        undo: (planned.len() <= MOST_UNDONE)
            .then(|| edits.take(MOST_EDITS + 1).collect::<Vec<_>>())
            .filter(|edits| edits.len() <= MOST_EDITS),
    }
}
