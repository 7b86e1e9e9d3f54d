//! Reads signed requests from standard input and says, one line each, whether the SMS connector takes them.

use std::io::Read;

use connectors::{Connector, Incoming, Recipient, sms::Sms};
use model::{ChannelAccount, Timestamp};
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    for request in serde_json::from_str::<Vec<Value>>(&text)? {
        let field = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let account = ChannelAccount {
            id: model::ChannelAccountId(Default::default()),
            kind: "sms".into(),
            name: String::new(),
            address: String::new(),
            enabled: true,
            settings: Default::default(),
            secrets: [("auth_token".to_owned(), field("token"))].into(),
            app_id: None,
            provider_key: None,
            flow_id: None,
            webhook_url: field("webhook_url"),
            version: 1,
        };
        let headers = [("X-Twilio-Signature".to_owned(), field("signature")), ("Content-Type".to_owned(), field("content_type"))];
        let (target, body) = (field("target"), field("body"));
        let incoming = Incoming::Request { method: "POST", target: &target, headers: &headers, body: body.as_bytes() };
        let taken = Sms.receive(&Recipient::Account(&account), &incoming, Timestamp::from_secs(1)).is_ok();
        println!("{taken}");
    }
    Ok(())
}
