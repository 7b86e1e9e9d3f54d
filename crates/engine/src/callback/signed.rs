//! A form as Twilio sends it, with its signature.

use anyhow::{Context, Result};
use bytes::Bytes;
use connectors::signature::hmac_sha1_base64;
use form_urlencoded::Serializer;
use model::AccountId;

use crate::{Engine, Outgoing, Sent};

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024;

/// What an account's sealed auth token belongs to.
pub fn auth_token_about(id: AccountId) -> String {
    format!("account:{id}:auth_token")
}

/// Whose turn a request has to wait for: offers never wait for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Events,
    Offers,
}

impl Way {
    fn bulkhead(self, ws: i64) -> String {
        match self {
            Self::Events => format!("workspace:{ws}:events"),
            Self::Offers => format!("workspace:{ws}:offers"),
        }
    }
    /// How long an answer may take, in milliseconds.
    fn timeout_ms(self) -> u64 {
        match self {
            Self::Events => 15_000,
            Self::Offers => 5_000,
        }
    }
}

/// The address with every parameter behind it, in the order of their names.
fn signature(token: &str, url: &str, parameters: &[(String, String)]) -> String {
    let mut sorted: Vec<_> = parameters.iter().collect();
    sorted.sort();
    let text = sorted.iter().fold(url.to_owned(), |text, (name, value)| text + name + value);
    hmac_sha1_base64(token, text.as_bytes())
}

impl Engine {
    /// Posts a form to an address of the workspace's owner, signed with their auth token. `key` is the same in every try.
    pub(super) async fn post_signed(&self, ws: i64, way: Way, url: &str, key: &str, parameters: &[(String, String)]) -> Result<Sent> {
        let (account, sealed) = self
            .0
            .db
            .read(move |tx| {
                Box::pin(async move {
                    let (account, _) = store::workspace::owner(tx, ws).await?.context("a workspace has an owner")?;
                    Ok((account, store::access::auth_token(tx, account).await?.context("an account has a token")?))
                })
            })
            .await?;
        let token = String::from_utf8(self.0.vault.open_under_master(&auth_token_about(account), &sealed)?)?;
        let outgoing = Outgoing {
            method: "POST".into(),
            url: url.to_owned(),
            headers: vec![
                ("content-type".into(), "application/x-www-form-urlencoded; charset=utf-8".into()),
                ("i-twilio-idempotency-token".into(), key.to_owned()),
                ("x-twilio-signature".into(), signature(&token, url, parameters)),
            ],
            body: Bytes::from(Serializer::new(String::new()).extend_pairs(parameters).finish()),
            timeout_ms: way.timeout_ms(),
            max_response_bytes: ANSWER_BYTES,
            follow_redirects: 0,
            bulkhead: way.bulkhead(ws),
        };
        Ok(self.0.world.request(outgoing).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with Twilio's own library: `RequestValidator("12345").compute_signature(url, parameters)`.
    #[test]
    fn it_is_what_twilios_library_makes() {
        let parameters = [("EventType", "task.created"), ("AccountSid", "AC1"), ("TaskAttributes", "{\"name\":\"Ana Müller\"}")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(signature("12345", "https://hooks.example/events?shop=1", &parameters), "/V5k0/D3uQRwgpJ7lTScrR8vzlY=");
    }
}
