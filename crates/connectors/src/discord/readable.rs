//! Texts as people read them: Discord writes mentions, emojis, commands and times as marks in angle brackets.

use model::Timestamp;
use serde_json::Value;

use crate::wire::{list, text};

/// A message's text with its marks written out. Who is mentioned stands in the message; channels and roles have no names there.
pub(super) fn readable(said: &str, message: &Value) -> String {
    let mut made = String::with_capacity(said.len());
    let mut rest = said;
    while let Some(start) = rest.find('<') {
        let (before, mark) = rest.split_at(start);
        made.push_str(before);
        let Some(end) = mark.find('>') else {
            rest = mark;
            break;
        };
        let inner = mark.get(1..end).unwrap_or_default();
        match written(inner, message) {
            Some(words) => {
                made.push_str(&words);
                rest = mark.get(end + 1..).unwrap_or_default();
            }
            None => {
                made.push('<');
                rest = mark.get(1..).unwrap_or_default();
            }
        }
    }
    made + rest
}

/// What a mark says; `None` where the brackets are just brackets.
fn written(mark: &str, message: &Value) -> Option<String> {
    let id = |text: &str| super::is_id(text).then(|| text.to_owned());
    if let Some(role) = mark.strip_prefix("@&") {
        return id(role).map(|_| "@role".into());
    }
    if let Some(user) = mark.strip_prefix("@!").or_else(|| mark.strip_prefix('@')) {
        let user = id(user)?;
        let known = list(message, "mentions").find(|person| text(person, "id") == user);
        return Some(format!("@{}", known.map_or_else(|| "somebody".into(), |person| super::inbound::name(person, &Value::Null))));
    }
    if let Some(channel) = mark.strip_prefix('#') {
        let channel = id(channel)?;
        let known = list(message, "mention_channels").find(|known| text(known, "id") == channel).map(|known| text(known, "name"));
        return Some(format!("#{}", known.filter(|name| !name.is_empty()).unwrap_or("channel")));
    }
    if let Some((name, command)) = mark.strip_prefix('/').and_then(|command| command.rsplit_once(':')) {
        return id(command).map(|_| format!("/{name}"));
    }
    if let Some(emoji) = mark.strip_prefix("a:").or_else(|| mark.strip_prefix(':')) {
        let (name, number) = emoji.split_once(':')?;
        return id(number).map(|_| format!(":{name}:"));
    }
    if let Some(time) = mark.strip_prefix("t:") {
        return moment(time);
    }
    if let Some((place, what)) = mark.strip_prefix("id:").map(|what| what.split_once(':').unwrap_or((what, ""))) {
        return ["customize", "browse", "guide", "linked-roles"].contains(&place).then(|| format!("#{place}{what}"));
    }
    let link = mark.starts_with("https://") || mark.starts_with("http://");
    (link && !mark.contains(char::is_whitespace)).then(|| mark.to_owned())
}

/// A time, in seconds since 1970, by the style that its writer wished. Each reader's client would use their own zone; here it is UTC.
fn moment(mark: &str) -> Option<String> {
    let (seconds, style) = mark.split_once(':').unwrap_or((mark, "f"));
    let at = jiff::Timestamp::from_second(seconds.parse().ok()?).ok()?;
    let form = match style {
        "t" => "%H:%M UTC",
        "T" => "%H:%M:%S UTC",
        "d" | "D" => "%Y-%m-%d",
        "f" | "R" | "s" => "%Y-%m-%d %H:%M UTC",
        "F" | "S" => "%A, %Y-%m-%d %H:%M UTC",
        _ => return None,
    };
    Some(at.strftime(form).to_string())
}

/// An emoji as text: one of Unicode as it is, a server's own by its name.
pub(super) fn emoji(emoji: &Value) -> String {
    match (text(emoji, "id"), text(emoji, "name")) {
        (_, "") => ":emoji:".into(),
        ("", name) => name.to_owned(),
        (_, name) => format!(":{name}:"),
    }
}

/// A time as Discord writes it.
pub(super) fn iso(json: &Value) -> Option<Timestamp> {
    let at: jiff::Timestamp = json.as_str()?.parse().ok()?;
    Some(Timestamp::from_micros(at.as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn marks_are_written_out() {
        let message = json!({ "mentions": [{ "id": "7", "username": "ana", "global_name": "Ana" }, { "id": "8", "username": "bob" }],
            "mention_channels": [{ "id": "5", "name": "help" }] });
        for (said, read) in [
            ("hi <@7> and <@!8> and <@9>", "hi @Ana and @bob and @somebody"),
            ("<@&3> see <#5> or <#6>", "@role see #help or #channel"),
            ("<:wave:12><a:dance:13>!", ":wave::dance:!"),
            ("</order new:44>", "/order new"),
            ("at <t:1735984800:t>, <t:1735984800:F>, <t:1735984800>", "at 10:00 UTC, Saturday, 2025-01-04 10:00 UTC, 2025-01-04 10:00 UTC"),
            ("see <https://shop.example/a?b=1>", "see https://shop.example/a?b=1"),
            ("1 < 2 > 0 <b> <@x> <t:soon> <:a> <", "1 < 2 > 0 <b> <@x> <t:soon> <:a> <"),
            ("<<@7>>", "<@Ana>"),
            ("<id:guide>", "#guide"),
            ("ünï<@7>çode", "ünï@Anaçode"),
        ] {
            assert_eq!(readable(said, &message), read, "{said}");
        }
    }
}
