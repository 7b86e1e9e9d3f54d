//! Reads signed requests from standard input and says, one line each, whether the connector of their channel takes them.

use std::io::Read;

use connectors::{Incoming, Recipient};
use model::{ChannelAccount, Timestamp};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    kind: String,
    #[serde(default)]
    settings: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    secrets: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    webhook_url: String,
    target: String,
    headers: Vec<(String, String)>,
    body: String,
    /// When it comes in, in seconds since 1970.
    at: i64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    for signed in serde_json::from_str::<Vec<Signed>>(&text)? {
        let account = ChannelAccount {
            id: model::ChannelAccountId(Default::default()),
            kind: signed.kind.clone(),
            name: String::new(),
            address: String::new(),
            enabled: true,
            settings: signed.settings,
            secrets: signed.secrets,
            app_id: None,
            provider_key: None,
            flow_id: None,
            business_hours_id: None,
            webhook_url: signed.webhook_url,
            version: 1,
        };
        let connector = connectors::find(connectors::ALL, &signed.kind).ok_or_else(|| format!("there is no channel {}", signed.kind))?;
        let incoming = Incoming::Request { method: "POST", target: &signed.target, headers: &signed.headers, body: signed.body.as_bytes() };
        println!("{}", connector.receive(&Recipient::Account(&account), &incoming, Timestamp::from_secs(signed.at)).is_ok());
    }
    Ok(())
}
