//! What the Graph API says when it refuses.

use serde_json::{Value, json};

use crate::carrier::{CallbackAnswer, HttpAnswer};

/// A refusal with the provider's numbers for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GraphError {
    pub status: u16,
    pub code: u32,
    pub subcode: Option<u32>,
    pub message: String,
    /// WhatsApp's own explanation.
    pub details: Option<String>,
    pub headers: Vec<(String, String)>,
}

impl GraphError {
    pub fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, subcode: None, message: message.into(), details: None, headers: Vec::new() }
    }

    pub fn sub(mut self, subcode: u32) -> Self {
        self.subcode = Some(subcode);
        self
    }

    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// A parameter that is missing or wrong.
    pub fn parameter(message: impl std::fmt::Display) -> Self {
        Self::new(400, 100, format!("(#100) {message}"))
    }

    pub fn unknown_path(path: &str) -> Self {
        Self::new(400, 100, format!("Unsupported request. Object with path '{path}' does not exist or does not support this operation"))
            .sub(33)
    }

    pub fn permission(scope: &str) -> Self {
        Self::new(403, 200, format!("(#200) Requires {scope} permission to manage the object"))
    }

    /// An error of WhatsApp's own numbers.
    pub fn whatsapp(code: u32, details: impl Into<String>) -> Self {
        let (title, status) = whatsapp_title(code);
        Self::new(status, code, format!("(#{code}) {title}")).details(details)
    }
}

impl From<GraphError> for HttpAnswer {
    fn from(error: GraphError) -> Self {
        let mut told = json!({
            "message": error.message,
            "type": "OAuthException",
            "code": error.code,
        });
        if let Some(subcode) = error.subcode {
            told["error_subcode"] = json!(subcode);
        }
        if let Some(details) = error.details {
            told["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        if matches!(error.code, 1 | 2 | 1200) {
            told["is_transient"] = json!(true);
        }
        told["fbtrace_id"] = json!("AYz3jWq0mT8nLx5cVb2kRpD");
        let mut answer = Self::json(error.status, &json!({ "error": told }));
        if error.status == 401 {
            let challenge = format!("OAuth \"Facebook Platform\" \"invalid_token\" \"{}\"", error.message.replace(['"', '\n'], " "));
            answer.headers.push(("www-authenticate".into(), challenge));
        }
        answer.headers.extend(error.headers);
        answer
    }
}

/// What a number of WhatsApp's means, and the status it comes with in an answer.
pub(super) fn whatsapp_title(code: u32) -> (&'static str, u16) {
    match code {
        130_429 => ("Rate limit hit", 429),
        130_472 => ("User's number is part of an experiment", 400),
        131_000 => ("Something went wrong", 500),
        131_005 => ("Access denied", 403),
        131_008 => ("Required parameter is missing", 400),
        131_009 => ("Parameter value is not valid", 400),
        131_014 => ("Media link could not be fetched", 400),
        131_016 => ("Service unavailable", 500),
        131_021 => ("Recipient cannot be sender", 400),
        131_026 => ("Message undeliverable", 400),
        131_030 => ("Recipient phone number not in allowed list", 400),
        131_031 => ("Business Account locked", 403),
        131_042 => ("Business eligibility payment issue", 400),
        131_045 => ("Incorrect certificate", 500),
        131_047 => ("Re-engagement message", 400),
        131_048 => ("Spam rate limit hit", 429),
        131_049 => ("This message was not delivered to maintain healthy ecosystem engagement.", 400),
        131_050 => ("User has stopped receiving marketing messages", 400),
        131_051 => ("Unsupported message type", 400),
        131_052 => ("Media download error", 400),
        131_053 => ("Media upload error", 400),
        131_056 => ("(Business Account, Consumer Account) pair rate limit hit", 429),
        132_000 => ("Number of parameters does not match the expected number of params", 400),
        132_001 => ("Template name does not exist in the translation", 404),
        132_005 => ("Translated text too long", 400),
        132_007 => ("Template content policy violated", 400),
        132_012 => ("Template parameter format mismatch", 400),
        132_015 => ("Template is paused", 400),
        132_016 => ("Template is disabled", 400),
        132_068 => ("Flow is blocked", 400),
        132_069 => ("Flow is throttled", 400),
        133_010 => ("Phone number not registered", 400),
        133_016 => ("Account register deregister rate limit exceeded", 429),
        _ => ("Error", 400),
    }
}

/// The same error as a status webhook carries it.
pub(super) fn whatsapp_error(code: u32, details: &str) -> Value {
    let (title, _) = whatsapp_title(code);
    json!({
        "code": code,
        "title": title,
        "message": title,
        "error_data": { "details": if details.is_empty() { title } else { details } },
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

/// The answer to who set a webhook address that failed the handshake.
pub(in crate::platform) fn not_verified(answer: &CallbackAnswer) -> HttpAnswer {
    let why = match answer {
        CallbackAnswer::Answered { status: 200, .. } => "HTTP response did not contain the challenge".to_owned(),
        CallbackAnswer::Answered { status, .. } => format!("HTTP Status Code = {status}"),
        CallbackAnswer::NoConnection(why) | CallbackAnswer::Broken(why) => format!("The URL couldn't be reached: {why}"),
        CallbackAnswer::Timeout => "The URL did not answer in time".to_owned(),
    };
    GraphError::new(400, 2200, format!("(#2200) Callback verification failed with the following errors: {why}")).into()
}
