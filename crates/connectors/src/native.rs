//! Messages in the provider's own form: what one provider alone has, in the JSON that it documents.

use model::{Extra, FieldProblem};
use serde_json::Value;

use crate::contract::{Connector, Outbound, Part};

/// The longest one, as JSON text in bytes; a carousel of LINE's takes 50 KB, and a message of ours is no place for more than this.
pub const MOST_BYTES: usize = 30_000;

/// What a channel's own messages look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Native {
    /// What it is in the provider's words, e.g. `a message object of the Send API`.
    pub what: &'static str,
    /// One of these members is the message.
    pub one_of: &'static [&'static str],
    /// Members that we fill in, or have a way of our own for.
    pub ours: &'static [&'static str],
    /// The member `type` names another member, which has to be there.
    pub typed: bool,
}

/// Judges one before it is kept: it names the field that is wrong, and the mend.
///
/// # Errors
/// The first thing wrong, as `native` and the member.
pub fn check(connector: &dyn Connector, content: &Value) -> Result<(), FieldProblem> {
    let wrong = |member: &str, code: &str, detail: String| {
        let field = if member.is_empty() { "native".to_owned() } else { format!("native.{member}") };
        Err(FieldProblem::new(&field, code, &detail))
    };
    let name = connector.name();
    let Some(native) = connector.native() else {
        return wrong("", "no_native", format!("{name} has no messages in a form of its own: send text, files, cards or answers"));
    };
    let Some(members) = content.as_object() else {
        return wrong("", "wrong_type", format!("A JSON object is wanted: {}", native.what));
    };
    if content.to_string().len() > MOST_BYTES {
        return wrong("", "too_long", format!("It has at most {MOST_BYTES} bytes as JSON"));
    }
    if let Some(member) = native.ours.iter().find(|member| members.contains_key(**member)) {
        return wrong(
            member,
            "ours",
            "Leave it out: Seaway says whom it is for, and answers, repeats and templates have fields of their own".into(),
        );
    }
    if !native.one_of.iter().any(|member| members.get(*member).is_some_and(|value| !value.is_null() && value != "")) {
        return wrong("", "required", format!("It needs {}: {}", native.one_of.join(" or "), native.what));
    }
    let kind = members.get("type").and_then(Value::as_str);
    if native.one_of.contains(&"type") && kind.is_none() {
        return wrong("type", "wrong_type", "A text is wanted, in the provider's word".into());
    }
    if let Some(kind) = kind.filter(|kind| native.typed && !members.get(*kind).is_some_and(|told| told.is_object() || told.is_array())) {
        return wrong(kind, "required", format!("The type is {kind}, so it needs a member {kind}"));
    }
    Ok(())
}

/// The parts of a message in sending order: as its connector cuts it, or the one in the provider's form.
pub fn parts(connector: &dyn Connector, account: &model::ChannelAccount, message: &Outbound) -> Vec<Part> {
    match message.extras.iter().find(|extra| matches!(extra, Extra::Native { .. })) {
        Some(native) => {
            let (reply_to, speaker) = (message.reply_to.clone(), message.speaker.clone());
            vec![Part { extras: vec![native.clone()], reply_to, speaker, ..Part::default() }]
        }
        None => connector.split(account, message),
    }
}

/// What the part is in the provider's form.
pub(crate) fn of(part: &Part) -> Option<&Value> {
    part.extras.iter().find_map(|extra| if let Extra::Native { content } = extra { Some(content) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Body, Speaker, Step};
    use crate::samples::{NOW, account, asked, send};
    use serde_json::json;

    /// By kind: a message of its own form, and whether what is sent holds it whole at this place.
    fn samples() -> [(&'static str, Value, &'static str); 6] {
        let list = json!({ "type": "list", "body": { "text": "Wann?" }, "action": { "button": "Zeiten", "sections": [] } });
        [
            ("whatsapp", json!({ "type": "interactive", "interactive": list }), ""),
            ("messenger", json!({ "attachment": { "type": "template", "payload": { "template_type": "button" } } }), "/message"),
            ("instagram", json!({ "attachment": { "type": "MEDIA_SHARE", "payload": { "id": "1" } } }), "/message"),
            ("line", json!({ "type": "imagemap", "baseUrl": "https://shop.example/map", "altText": "Karte" }), "/messages/0"),
            ("gbm", json!({ "richCard": { "carouselCard": {} }, "fallback": "Zimmer" }), ""),
            ("discord", json!({ "poll": { "question": { "text": "Wann?" } } }), ""),
        ]
    }

    fn connector(kind: &str) -> &'static dyn Connector {
        crate::find(crate::ALL, kind).unwrap()
    }

    fn refused(kind: &str, content: Value) -> (String, String) {
        let problem = check(connector(kind), &content).unwrap_err();
        (problem.field, problem.code)
    }

    #[test]
    fn it_leaves_as_it_was_given_with_what_is_ours() {
        let settings = ["page_id", "instagram_id", "phone_number_id", "application_id"].map(|key| (key, "1"));
        let settings = [&settings[..], &[("api_base_url", "https://api.test")]].concat();
        let secrets = ["access_token", "app_secret", "channel_access_token", "bot_token"].map(|key| (key, "t"));
        for (kind, content, place) in samples() {
            let (connector, account) = (connector(kind), account(kind, &settings, &secrets));
            assert_eq!(check(connector, &content), Ok(()), "{kind}");
            let message = Outbound {
                text: "Wann?".into(),
                extras: vec![Extra::Native { content: content.clone() }],
                speaker: Speaker { name: "Kim".into(), ..Speaker::default() },
                ..Outbound::default()
            };
            let [part] = &parts(connector, &account, &message)[..] else { panic!("{kind}: one part") };
            // On Discord the second step is the message, on LINE that which pushes.
            let progress = match kind {
                "discord" => json!({ "channel": "7" }),
                "line" => json!({ "push": true }),
                _ => Value::Null,
            };
            let step = connector.next(&account, &send(part.clone(), "U1"), &progress, NOW);
            assert!(matches!(&step, Step::Http(request) if matches!(request.body, Body::Bytes(_))), "{kind}: {step:?}");
            let (_, body) = asked(step);
            let sent = body.pointer(place).and_then(Value::as_object).unwrap();
            for (member, value) in content.as_object().unwrap() {
                assert_eq!(sent.get(member), Some(value), "{kind} {member}: {body}");
            }
            assert!(!sent.contains_key("text") && !sent.contains_key("content"), "{kind}: the text is the team's: {body}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_before_anything_is_kept() {
        let of = |field: &str, code: &str| (field.to_owned(), code.to_owned());
        for kind in ["sms", "email", "webchat", "custom"] {
            assert_eq!(refused(kind, json!({ "type": "text" })), of("native", "no_native"), "{kind}");
        }
        for (kind, content, _) in samples() {
            assert_eq!(refused(kind, json!([content])), of("native", "wrong_type"), "{kind}");
            assert_eq!(refused(kind, json!({ "x": 1 })), of("native", "required"), "{kind}");
            for ours in connector(kind).native().unwrap().ours {
                let mut more = content.clone();
                more[*ours] = json!("x");
                assert_eq!(refused(kind, more), of(&format!("native.{ours}"), "ours"), "{kind}");
            }
            let mut long = content.clone();
            long["more"] = json!("ü".repeat(MOST_BYTES / 2));
            assert_eq!(refused(kind, long), of("native", "too_long"), "{kind}");
        }
        assert_eq!(refused("line", json!({ "type": "" })), of("native", "required"), "filled in with nothing");
        assert_eq!(refused("line", json!({ "type": 7 })), of("native.type", "wrong_type"));
        assert_eq!(refused("whatsapp", json!({ "type": "interactive", "interactive": "x" })), of("native.interactive", "required"));
        assert_eq!(check(connector("whatsapp"), &json!({ "type": "contacts", "contacts": [] })), Ok(()));
    }
}
