//! Prints requests as the carrier signs them, for the provider's own validator to judge.

use serde_json::json;

fn main() {
    let forms: &[(&str, &[(&str, &str)])] = &[
        ("https://help.example.com/in/sms/KA1", &[("MessageSid", "SM1"), ("From", "+491713920041"), ("Body", "Grüße 안녕 👋 & = +")]),
        ("https://help.example.com/in/sms/KA1?message=IM1", &[("MessageSid", "SM2"), ("MessageStatus", "delivered"), ("ErrorCode", "")]),
        ("http://localhost:8080/in/sms/KA1", &[("b", "2"), ("a", "1"), ("A", "0"), ("NumMedia", "0")]),
    ];
    let signed: Vec<_> = forms
        .iter()
        .map(|(url, form)| {
            let form: Vec<(String, String)> = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let params: serde_json::Map<String, serde_json::Value> = form.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
            json!({ "token": "12345", "url": url, "params": params, "signature": emulators::carrier::signature::of_form("12345", url, &form) })
        })
        .collect();
    let body = br#"{"property": "value", "boolean": true}"#;
    let url = emulators::carrier::signature::url_for_body("https://help.example.com/in/sms/KA1?x=1", body);
    let json_body = json!({
        "token": "12345",
        "url": url,
        "body": String::from_utf8_lossy(body),
        "signature": emulators::carrier::signature::of_url("12345", &url),
    });
    println!("{}", json!({ "forms": signed, "bodies": [json_body] }));
}
