//! A webhook's secret and what it signs, as Standard Webhooks has it: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64.

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connectors::signature::hmac_sha256;
use model::{Timestamp, WebhookId};
use serde::{Deserialize, Serialize};

use crate::Config;

const PREFIX: &str = "whsec_";
/// How long the secret before still signs too, in seconds.
const OVERLAP_S: i64 = 86_400;

/// What the sealed secret of a webhook belongs to.
pub fn webhook_secret_about(id: WebhookId) -> String {
    format!("webhook:{id}:secret")
}

/// The secret; for a day after it was changed also the one before it, so that a receiver can change over without losing anything.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct WebhookSecret {
    current: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<(String, Timestamp)>,
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

impl WebhookSecret {
    pub fn new(bytes: &[u8]) -> Self {
        Self { current: format!("{PREFIX}{}", STANDARD.encode(bytes)), before: None }
    }

    /// The same for a new secret; the one of now goes on signing for a day.
    pub fn renewed(&self, bytes: &[u8], now: Timestamp) -> Self {
        let new = Self::new(bytes);
        if new.current == self.current {
            self.clone()
        } else {
            Self { before: Some((self.current.clone(), now.plus_secs(OVERLAP_S))), ..new }
        }
    }

    /// As the receiver keeps it.
    pub fn text(&self) -> &str {
        &self.current
    }

    /// What signs at this time, the newest first.
    pub(super) fn signing(&self, now: Timestamp) -> impl Iterator<Item = &str> {
        let before = self.before.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret.as_str());
        std::iter::once(self.current.as_str()).chain(before)
    }

    pub fn seal(&self, config: &Config, id: WebhookId) -> Result<Vec<u8>> {
        config.seal(&webhook_secret_about(id), &serde_json::to_vec(self)?)
    }

    pub fn open(config: &Config, id: WebhookId, sealed: &[u8]) -> Result<Self> {
        serde_json::from_slice(&config.open(&webhook_secret_about(id), sealed)?).context("a webhook's secret")
    }
}

/// One signature by a secret `whsec_…`.
///
/// # Errors
/// When the text is no secret of ours.
pub fn signature(secret: &str, id: &str, timestamp_s: i64, body: &[u8]) -> Result<String> {
    let key = STANDARD.decode(secret.strip_prefix(PREFIX).context("no webhook secret")?)?;
    let signed = [format!("{id}.{timestamp_s}.").as_bytes(), body].concat();
    Ok(format!("v1,{}", STANDARD.encode(hmac_sha256(&key, &signed))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn the_known_example_is_signed_as_known() {
        let signed =
            signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn the_secret_before_signs_for_a_day() {
        let now = Timestamp::from_secs(1_000);
        let both = WebhookSecret::new(&[1; 32]).renewed(&[2; 32], now);
        assert_eq!(both.text(), WebhookSecret::new(&[2; 32]).text());
        assert_eq!(both.signing(now.plus_secs(OVERLAP_S - 1)).count(), 2);
        assert_eq!(both.signing(now.plus_secs(OVERLAP_S)).count(), 1);
        assert_eq!(both.renewed(&[2; 32], now), both, "the same request again changes nothing");
        assert_eq!(format!("{both:?}"), "WebhookSecret(…)");
    }
}
