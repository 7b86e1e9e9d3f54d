//! A workflow's address is told of an offer and may say what becomes of it.

use anyhow::Result;
use model::{ActivityId, Job, Reservation, ReservationId, ReservationStatus, RouterCommand, Task, Worker, Workflow};
use serde_json::Value;

use super::said::asked as parameters_of;
use super::signed::Way;
use crate::{Engine, Sent};

/// When an address is asked again that could not be asked, in seconds.
const AGAIN_S: i64 = 2;
/// Instructions that move a call.
const OF_VOICE: [&str; 4] = ["dequeue", "call", "redirect", "conference"];

/// What an answer asks for.
#[derive(Debug, Clone, PartialEq)]
enum Instruction {
    /// Somebody decides by hand.
    None,
    Accept,
    Reject(Option<ActivityId>),
    /// It needs a call, and there is none.
    Voice(String),
}

/// An offer that still stands, with what is told about it.
struct Standing {
    workflow: Workflow,
    parameters: Vec<(String, String)>,
}

/// Reads an answer; the number is Twilio's for what is wrong with it.
fn instruction(status: u16, content_type: &str, body: &[u8]) -> Result<Instruction, (u32, String)> {
    if status != 200 {
        return Err((40_000, format!("it answered {status}")));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Instruction::None);
    }
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        return Err((40_000, format!("its answer is {kind}, not application/json")));
    }
    let answer: Value = serde_json::from_slice(body).map_err(|error| (40_001, format!("its answer is no JSON: {error}")))?;
    if answer.as_object().is_some_and(serde_json::Map::is_empty) {
        return Ok(Instruction::None);
    }
    let name = answer.get("instruction").ok_or_else(|| (40_005, "its answer names no instruction".to_owned()))?;
    match name.as_str() {
        Some("accept") => Ok(Instruction::Accept),
        Some("reject") => {
            let activity = answer.get("activity_sid").filter(|given| !given.is_null());
            let parsed = activity.map(|given| given.as_str().and_then(|text| text.parse().ok()).ok_or(given));
            let parsed = parsed.transpose().map_err(|given| (40_100, format!("activity_sid {given} is none")))?;
            Ok(Instruction::Reject(parsed))
        }
        Some(voice) if OF_VOICE.contains(&voice) => Ok(Instruction::Voice(voice.to_owned())),
        _ => Err((40_006, format!("there is no instruction {name}"))),
    }
}

impl Engine {
    /// Asks the workflow's address, then the other one. Where neither gives a good answer the offer is withdrawn; where neither could be
    /// asked it stands, for its worker to take or leave, and they are asked again.
    pub(crate) async fn ask_about_offer(&self, ws: i64, job: &Job, id: ReservationId) -> Result<()> {
        let Some(standing) = self.standing(ws, id).await? else { return self.finish_outside(ws, job).await };
        let Workflow { assignment_callback_url, fallback_assignment_callback_url, .. } = &standing.workflow;
        let mut asked = false;
        for url in [assignment_callback_url, fallback_assignment_callback_url].into_iter().filter(|url| !url.is_empty()) {
            let (code, why) = match self.post_signed(ws, Way::Offers, url, &job.key, &standing.parameters).await? {
                Sent::Answer { status, headers, body } => {
                    asked = true;
                    let kind = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                    match instruction(status, kind.map_or("", |(_, value)| value), &body) {
                        Ok(Instruction::Reject(Some(activity))) if !self.has_activity(ws, activity).await? => {
                            (40_100, format!("there is no activity {activity}"))
                        }
                        Ok(wish) => return self.follow(ws, job, id, wish).await,
                        Err(wrong) => wrong,
                    }
                }
                Sent::NotSent { why, .. } => (40_000, why),
                Sent::Unknown { why } | Sent::TooLarge { why } => {
                    asked = true;
                    (40_000, why)
                }
            };
            tracing::warn!(ws, reservation = %id, code, why, "an assignment callback gave no good answer");
        }
        if !asked {
            return self.again(ws, job, AGAIN_S).await;
        }
        self.order_about(ws, id, RouterCommand::Withdraw { reservation_id: id }).await?;
        self.finish_outside(ws, job).await
    }

    async fn has_activity(&self, ws: i64, id: ActivityId) -> Result<bool> {
        let activities = self.0.db.read(move |tx| Box::pin(async move { store::routing::activities(tx, ws).await })).await?;
        Ok(activities.iter().any(|activity| activity.id == id))
    }

    async fn follow(&self, ws: i64, job: &Job, id: ReservationId, wish: Instruction) -> Result<()> {
        match wish {
            Instruction::None => {}
            Instruction::Accept => self.order_about(ws, id, RouterCommand::Accept { reservation_id: id }).await?,
            Instruction::Reject(activity_id) => self.order_about(ws, id, RouterCommand::Reject { reservation_id: id, activity_id }).await?,
            Instruction::Voice(name) => {
                tracing::warn!(ws, reservation = %id, name, "an instruction that moves a call was given where there is none; the offer stands");
            }
        }
        self.finish_outside(ws, job).await
    }

    /// What was decided meanwhile stays: a refused command is no error here.
    async fn order_about(&self, ws: i64, id: ReservationId, command: RouterCommand) -> Result<()> {
        if let Err(refusal) = self.route(ws, "callback", Some(&format!("assignment:{id}")), command).await? {
            tracing::info!(ws, reservation = %id, ?refusal, "what an assignment callback asked for was refused");
        }
        Ok(())
    }

    async fn standing(&self, ws: i64, id: ReservationId) -> Result<Option<Standing>> {
        let now = self.now();
        self.0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let Some(offer) = store::routing::reservation(tx, ws, id).await? else { return Ok(None) };
                    let task: Option<Task> = store::routing::task(tx, ws, offer.task_id).await?;
                    let worker: Option<Worker> = store::routing::worker(tx, ws, offer.worker_id).await?;
                    let Some((task, worker)) = task.zip(worker).filter(|_| stands(&offer)) else { return Ok(None) };
                    let Some(workflow) = task.workflow_id else { return Ok(None) };
                    let Some(workflow) = store::routing::workflows_of(tx, ws, &[workflow]).await?.pop() else { return Ok(None) };
                    let parameters = parameters_of(tx, ws, &offer, &task, &worker, now).await?;
                    Ok(Some(Standing { workflow, parameters }))
                })
            })
            .await
    }
}

fn stands(offer: &Reservation) -> bool {
    offer.status == ReservationStatus::Pending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_twilio_reads_it() {
        const JSON: &str = "application/json; charset=utf-8";
        let read = |body: &str| instruction(200, JSON, body.as_bytes());
        let code = |read: Result<Instruction, (u32, String)>| read.unwrap_err().0;
        assert_eq!(read(""), Ok(Instruction::None));
        assert_eq!(instruction(200, "text/html", b" "), Ok(Instruction::None));
        assert_eq!(read("{}"), Ok(Instruction::None));
        assert_eq!(read(r#"{"instruction":"accept"}"#), Ok(Instruction::Accept));
        assert_eq!(read(r#"{"instruction":"reject"}"#), Ok(Instruction::Reject(None)));
        let away = "WA0123456789abcdef0123456789abcdef";
        assert_eq!(
            read(&format!(r#"{{"instruction":"reject","activity_sid":"{away}"}}"#)),
            Ok(Instruction::Reject(Some(away.parse().unwrap())))
        );
        assert_eq!(read(r#"{"instruction":"dequeue"}"#), Ok(Instruction::Voice("dequeue".into())));
        assert_eq!(code(read(r#"{"instruction":"reject","activity_sid":"Away"}"#)), 40_100);
        assert_eq!(code(read(r#"{"instruction":"wait"}"#)), 40_006);
        for without in [r#"{"Instruction":"accept"}"#, r#"{"activity_sid":null}"#, "[]", "\"accept\""] {
            assert_eq!(code(read(without)), 40_005, "{without}");
        }
        assert_eq!(code(read("accept")), 40_001);
        assert_eq!(code(instruction(200, "text/plain", b"{}")), 40_000);
        assert_eq!(code(instruction(500, JSON, b"{}")), 40_000);
        assert_eq!(code(instruction(204, JSON, b"")), 40_000);
    }
}
