//! What a provider says may repeat what we sent; before anything of it is kept, logged or shown, the account's secrets are cut out.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::{Connector, Outcome, Progress, Reply, SettingProblem, Work};
use model::{ChannelAccount, Problem};
use serde_json::Value;

use crate::Engine;

/// Shorter values are words that stand anywhere; no provider gives out such a secret.
const SHORTEST: usize = 6;
const HIDDEN: &str = "•••";
/// What stands before a credential in a header.
const SCHEMES: [&str; 4] = ["Bearer ", "Basic ", "Bot ", "OAuth "];

impl Engine {
    /// What came of a step, in words that hold no secret of the account.
    pub(crate) fn judged(
        &self,
        account: &ChannelAccount,
        connector: &dyn Connector,
        work: &Work,
        progress: &Progress,
        reply: &Reply,
    ) -> Outcome {
        let clean = |text: String| hidden(account, &text);
        let problem = |problem: Problem| Problem { detail: clean(problem.detail), ..problem };
        match connector.outcome(account, work, progress, reply, self.now()) {
            Outcome::Problem(found) => Outcome::Problem(SettingProblem { detail: clean(found.detail), ..found }),
            Outcome::Failed(failed) => Outcome::Failed(problem(failed)),
            Outcome::RetryAfter { ms, why } => Outcome::RetryAfter { ms, why: clean(why) },
            Outcome::HoldThread { ms, why } => Outcome::HoldThread { ms, why: clean(why) },
            Outcome::Uncertain(why) => Outcome::Uncertain(clean(why)),
            other => other,
        }
    }
}

/// A text without the account's secrets, however they are written in it.
pub(crate) fn hidden(account: &ChannelAccount, text: &str) -> String {
    let plain = spelled(&account.secrets, &account.settings).iter().fold(text.to_owned(), |text, one| text.replace(one.as_str(), HIDDEN));
    SCHEMES.iter().fold(plain, |text, scheme| without_credentials(&text, scheme))
}

/// Every way in which an account's secrets may be written in a text, the longest first, so that no rest of one stays because it began as another.
pub(crate) fn spelled(secrets: &BTreeMap<String, String>, settings: &BTreeMap<String, String>) -> Vec<String> {
    let mut spelled: Vec<String> = secrets.values().flat_map(|secret| spellings(secret)).collect();
    // A password that travels with a name: both together in Base64.
    for name in settings.values() {
        spelled.extend(secrets.values().map(|secret| STANDARD.encode(format!("{name}:{}", secret.trim()))));
    }
    spelled.retain(|one| one.len() >= SHORTEST);
    spelled.sort_by_key(|one| std::cmp::Reverse(one.len()));
    spelled
}

/// As it is, as it stands in an address, in a form and in JSON; of a file of keys each long text in it.
fn spellings(secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut add = |text: &str| {
        let text = text.trim();
        let form: String = form_urlencoded(text);
        found.extend([text.to_owned(), form.replace('+', "%20"), form, Value::from(text).to_string().trim_matches('"').to_owned()]);
    };
    add(secret);
    if let Ok(Value::Object(members)) = serde_json::from_str::<Value>(secret) {
        members.values().filter_map(Value::as_str).filter(|text| text.len() >= 16).for_each(&mut add);
    }
    found
}

fn form_urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The word after a scheme is a credential, whosever it is.
fn without_credentials(text: &str, scheme: &str) -> String {
    let mut parts = text.split(scheme);
    let mut clean = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';')).unwrap_or(part.len());
        let (word, rest) = part.split_at(end);
        let said = if word.len() >= SHORTEST { HIDDEN } else { word };
        clean.extend([scheme, said, rest]);
    }
    clean
}

#[cfg(test)]
#[path = "secrets_tests.rs"]
mod tests;
