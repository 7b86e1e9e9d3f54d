//! Proving a phone number: a code goes there by SMS and comes back here. A number that is merely typed proves nothing.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use engine::ProofRefused;
use serde::Deserialize;
use serde_json::json;

use super::Webchat;
use super::chat;
use super::refusal::Refusal;

/// Codes and tries of one visitor per hour, whatever the numbers: the engine limits each number by itself.
const CODES_PER_HOUR: i64 = 5;
const HOUR_S: i64 = 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claimed {
    number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    number: String,
    code: String,
}

pub async fn send(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    let claimed: Claimed = chat::body(&bytes)?;
    webchat.check_not_blocked(&known).await?;
    webchat.proofs.take(known.visitor.id, CODES_PER_HOUR, HOUR_S, webchat.engine.now()).map_err(|wait| too_many().retry_after(wait))?;
    webchat.engine.send_proof(known.chat.ws, known.visitor.id, &claimed.number, known.language()).await?.map_err(refusal)?;
    Ok(chat::answer(json!({ "sent": true })))
}

pub async fn confirm(
    State(webchat): State<Arc<Webchat>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, Refusal> {
    let known = webchat.known(&channel, &headers).await?;
    let returned: Returned = chat::body(&bytes)?;
    let (ws, account, visitor) = (known.chat.ws, known.chat.account.id, known.visitor.id);
    webchat.engine.confirm_proof(ws, account, visitor, &returned.number, &returned.code).await?.map_err(refusal)?;
    Ok(chat::answer(json!({ "verified": true })))
}

fn too_many() -> Refusal {
    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "too_many_codes", "Too many codes were asked for")
}

fn refusal(refused: ProofRefused) -> Refusal {
    match refused {
        ProofRefused::BadNumber => Refusal::invalid("phone_invalid", "Not a phone number with its country code"),
        ProofRefused::TooMany => too_many().retry_after(HOUR_S as u64),
        ProofRefused::NoSender => Refusal::new(StatusCode::CONFLICT, "phone_unavailable", "No number is connected that could send a code"),
        ProofRefused::OptedOut => {
            Refusal::new(StatusCode::CONFLICT, "opted_out", "The customer asked for no more messages on this channel")
        }
        ProofRefused::WrongCode => Refusal::invalid("code_wrong", "The code is wrong, too old or was tried too often"),
    }
}
