//! Texts as the carrier posts them, signed as it signs.

use model::ChannelAccountId;

/// What the bot of the demo knows an answer to.
pub const QUESTION: &str = "How long does shipping take?";

/// A signed request, ready to be sent or handed to the engine.
pub struct Text {
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// The number of a person, by a running number.
pub fn number(no: usize) -> String {
    format!("+1503{no:07}")
}

/// A text from `from`; `no` makes its SID.
pub fn text(public: &str, account: ChannelAccountId, from: &str, no: usize, body: &str) -> Text {
    let sid = format!("SM{no:032x}");
    let target = format!("/in/sms/{account}");
    let url = format!("{public}{target}");
    // In the order of their names, as the signature wants them; these are the fields the carrier really sends.
    let form = [
        ("AccountSid", "AC00000000000000000000000000000001"),
        ("ApiVersion", "2010-04-01"),
        ("Body", body),
        ("From", from),
        ("FromCountry", "US"),
        ("MessageSid", &sid),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
        ("SmsMessageSid", &sid),
        ("SmsSid", &sid),
        ("SmsStatus", "received"),
        ("To", "+15005550006"),
        ("ToCountry", "US"),
    ];
    let data: String = form.iter().flat_map(|(name, value)| [*name, *value]).collect();
    let signature = connectors::signature::hmac_sha1_base64("12345", format!("{url}{data}").as_bytes());
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish().into_bytes();
    let headers = vec![
        ("host".to_owned(), public.trim_start_matches("http://").to_owned()),
        ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
        ("x-twilio-signature".to_owned(), signature),
    ];
    Text { target, headers, body }
}
