//! Embeds of a bot's message: what Discord takes of them, and how the app draws them.

use serde_json::{Value, json};

use super::{Discord, Written, text};

/// Characters of each text, and of all of a message's embeds together.
const LIMITS: [(&str, usize); 2] = [("title", 256), ("description", 4096)];
const TOGETHER: usize = 6000;

/// The first thing wrong with a message's embeds, as a property and why; `files` are the names of those that came with it.
pub(super) fn fault(embeds: &Value, files: &[String]) -> Option<(String, String)> {
    let list = embeds.as_array()?;
    if list.len() > 10 {
        return Some(("embeds".into(), "Must be 10 or fewer in length.".into()));
    }
    let mut together = 0;
    for (no, embed) in list.iter().enumerate() {
        for (key, most) in LIMITS {
            let length = text(embed, key).chars().count();
            together += length;
            if length > most {
                return Some((format!("embeds.{no}.{key}"), format!("Must be {most} or fewer in length.")));
            }
        }
        let url = embed.pointer("/image/url").and_then(Value::as_str).unwrap_or_default();
        let known = match url.strip_prefix("attachment://") {
            Some(name) => files.iter().any(|file| file == name),
            None => url.is_empty() || url.starts_with("https://") || url.starts_with("http://"),
        };
        if !known {
            return Some((format!("embeds.{no}.image.url"), "Not a well formed URL.".into()));
        }
    }
    (together > TOGETHER).then(|| ("embeds".into(), format!("Embed size exceeds maximum size of {TOGETHER}")))
}

/// The names of files that embeds show: those stand in them and not beside.
pub(super) fn shown_files(embeds: &Value) -> Vec<&str> {
    let urls = embeds.as_array().into_iter().flatten().filter_map(|embed| embed.pointer("/image/url").and_then(Value::as_str));
    urls.filter_map(|url| url.strip_prefix("attachment://")).collect()
}

impl Discord {
    /// A message's embeds as cards; what came with the message is named by its file.
    pub fn cards(&self, message: &Written) -> Vec<Value> {
        let card = |embed: &Value| {
            let url = embed.pointer("/image/url").and_then(Value::as_str).unwrap_or_default();
            let file = url.strip_prefix("attachment://").and_then(|name| self.file_named(message, name));
            json!({ "title": text(embed, "title"), "subtitle": text(embed, "description"), "image": file.unwrap_or(url), "choices": [] })
        };
        message.embeds.as_array().into_iter().flatten().map(card).collect()
    }

    fn file_named<'a>(&self, message: &'a Written, name: &str) -> Option<&'a str> {
        message.files.iter().find(|id| self.files.get(*id).is_some_and(|file| file.name == name)).map(String::as_str)
    }
}
