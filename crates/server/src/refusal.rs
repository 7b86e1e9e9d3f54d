//! What the rooms refuse, in our API's words.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use engine::FileRefused;
use messaging::Refused;
use model::Refusal;

use crate::Server;
use crate::problem::Problem;

/// The router's refusals. A winner is named, for the desk's notice.
pub async fn router(server: &Server, ws: i64, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound { .. } => Problem::not_found(),
        Refusal::AlreadyTaken { winner } => {
            let names = server
                .engine()
                .db()
                .read(move |tx| Box::pin(async move { store::listing::worker_names(tx, ws, &[winner]).await }))
                .await
                .unwrap_or_default();
            let name = names.get(&winner).cloned().unwrap_or_default();
            Problem::conflict("already_taken", "Somebody else accepted it first").with("winner", name).with("worker_id", winner.to_string())
        }
        Refusal::OfferOver => Problem::new(StatusCode::GONE, "offer_over", "The offer's time is over"),
        Refusal::WrongState { state } => {
            let code = if matches!(state.as_str(), "completed" | "canceled") { "task_ended" } else { "wrong_state" };
            Problem::conflict(code, format!("It is {state}, which does not allow this")).with("state", state)
        }
        Refusal::StaleVersion => Problem::stale(),
        Refusal::KeyReused => crate::change::reused(),
        Refusal::Invalid { field, code, detail, offset, params } => wrong_input(&field, &code, detail, offset, params),
        Refusal::InUse { what, detail, params } => particulars(in_use(&what, detail), params),
    }
}

/// An input that the router judged to be wrong.
pub fn wrong_input(field: &str, code: &str, detail: String, offset: Option<usize>, params: BTreeMap<String, String>) -> Problem {
    let problem = invalid(field, code, detail);
    let placed = params.contains_key("column");
    let problem = if placed { problem.what("place") } else { problem };
    let problem = offset.map_or(problem.clone(), |offset| problem.with("offset", offset as u64));
    particulars(problem, params)
}

/// Numbers as numbers, everything else as it was said.
fn particulars(problem: Problem, params: BTreeMap<String, String>) -> Problem {
    params.into_iter().fold(problem, |problem, (key, value)| match value.parse::<i64>() {
        Ok(number) => problem.with(&key, number),
        Err(_) => problem.with(&key, value),
    })
}

/// `configuration.filters[0].queue` as the pointer `/configuration/filters/0/queue`.
fn pointer(field: &str) -> String {
    format!("/{}", field.trim_start_matches('/').replace(['.', '['], "/").replace(']', ""))
}

fn invalid(field: &str, code: &str, detail: String) -> Problem {
    let pointer = pointer(field);
    let code = match (code, field) {
        ("syntax", _) => "bad_expression",
        ("taken", "name") => "name_taken",
        ("not_json", _) => "bad_json",
        (code, _) => code,
    };
    Problem::invalid(&pointer, code, detail)
}

fn in_use(what: &str, detail: String) -> Problem {
    match what {
        "last_worker" => Problem::conflict("last_worker", detail),
        "last_queue" => Problem::conflict("last_queue", detail),
        _ => Problem::conflict("in_use", detail).what(what),
    }
}

pub fn message(refused: Refused) -> Problem {
    let invalid = |field: &str, code: &str, detail: &str| Problem::invalid(field, code, detail);
    match refused {
        Refused::NotFound | Refused::NotYours => Problem::not_found(),
        Refused::Closed => Problem::conflict("conversation_closed", "The conversation is closed"),
        Refused::Empty => invalid("/text", "required", "There is neither text nor file nor card"),
        Refused::TooLong { limit } => invalid("/text", "too_long", "The text is longer than the channel takes").with("limit", limit),
        Refused::TooManyFiles { limit } => {
            invalid("/attachment_ids", "too_many_files", "More files than the channel takes").with("limit", limit)
        }
        Refused::FileType { name } => {
            invalid("/attachment_ids", "file_type", "The channel does not take this kind of file").with("name", name)
        }
        Refused::FileTooBig { name, limit } => {
            invalid("/attachment_ids", "file_too_big", "The file is bigger than the channel takes").with("name", name).with("limit", limit)
        }
        Refused::UnknownFile => invalid("/attachment_ids", "unknown_file", "A file is not there, not yours, or part of another message"),
        Refused::OptedOut => Problem::conflict("opted_out", "The customer asked for no more messages on this channel"),
        Refused::WindowClosed => {
            Problem::conflict("window_closed", "The channel allows an answer only for a time after the customer's last message")
        }
        Refused::NoSubject => {
            invalid("/subject", "no_subject", "Only the first letter to somebody who never wrote has a subject to choose")
        }
        Refused::NoCopies => invalid("/copies", "no_copies", "Only letters go to others, too"),
        Refused::BadCopy { address } if address.is_empty() => {
            invalid("/copies", "too_many_copies", "More copies than one letter may have").with("limit", model::message::Copies::MOST as u64)
        }
        Refused::BadCopy { address } => invalid("/copies", "bad_copy", "This is no mail address").with("name", address),
        Refused::Card(problem) => Problem::invalid(&pointer(&problem.field), "bad_card", problem.detail).what(&problem.code),
        Refused::Extra(problem) => {
            let code = match problem.field.split('.').next() {
                Some("location") => "bad_location",
                Some("sticker") => "bad_sticker",
                Some("native") => "bad_native",
                _ => "bad_contact",
            };
            Problem::invalid(&pointer(&problem.field), code, problem.detail).what(&problem.code)
        }
        Refused::Choice(problem) => Problem::invalid(&pointer(&problem.field), "bad_choice", problem.detail).what(&problem.code),
        Refused::NoEdit => Problem::conflict("no_edit", "The channel has no way to change what was sent"),
        Refused::NoUnsend => Problem::conflict("no_unsend", "The channel has no way to take back what was sent"),
        Refused::NotOwn => Problem::conflict("not_own", "Only one's own messages are changed or taken back"),
        Refused::NotRevisable => {
            Problem::conflict("not_revisable", "Only what was said to the customer and arrived, or still waits, is changed or taken back")
        }
        Refused::EditSize => invalid("/text", "edit_size", "The new text leaves as another number of messages than the old one"),
        Refused::NoReaction => Problem::conflict("no_reaction", "The channel does not take this reaction on this message"),
        Refused::HeldThere { worker_id } => {
            let problem = Problem::conflict("held_there", "Somebody else has the customer on that channel");
            worker_id.map_or(problem.clone(), |id| problem.with("worker_id", id.to_string()))
        }
        Refused::NoConsent => {
            Problem::conflict("no_consent", "The customer never wrote on that channel, and nobody said that they asked for it")
        }
        Refused::NotInDoubt => Problem::conflict("not_in_doubt", "Nobody asks any more whether this message arrived"),
        Refused::NotFailed => Problem::conflict("not_failed", "Only a failed or uncertain message is sent again"),
    }
}

pub fn file(refused: FileRefused) -> Problem {
    match refused {
        FileRefused::Empty => Problem::invalid("/file", "empty_file", "The file is empty"),
        FileRefused::TooBig { limit } => Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The file is too large")
            .at("/file")
            .with("limit", limit as u64)
            .with("limit_mb", (limit / (1024 * 1024)) as u64),
        FileRefused::TooManyPixels => Problem::invalid("/file", "too_many_pixels", "The picture has too many pixels"),
        FileRefused::Broken => Problem::invalid("/file", "broken_file", "The file cannot be read as what it says it is"),
    }
}
