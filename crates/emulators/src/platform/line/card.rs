//! Templates and flex messages, as far as they are cards: what LINE takes of them, and what stands on the screen.

use serde_json::Value;

use super::super::screen::{Card, Choice, Style};

/// A property within the message and what is wrong with it.
pub(super) type Wrong = (String, String);

/// The cards of a template or a flex message; none where it is something else.
///
/// # Errors
/// The first thing that LINE would refuse.
pub(super) fn cards(message: &Value) -> Result<Vec<Card>, Wrong> {
    match message["type"].as_str() {
        Some("template") => template(&message["template"]),
        Some("flex") => flex(&message["contents"]),
        _ => Ok(Vec::new()),
    }
}

fn wrong(at: impl Into<String>, why: &str) -> Wrong {
    (at.into(), why.to_owned())
}

fn items<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// A text of at most so many characters; `least` of them are wanted.
fn text(of: &Value, key: &str, at: &str, least: usize, most: usize) -> Result<String, Wrong> {
    let text = of[key].as_str().unwrap_or_default();
    let length = text.encode_utf16().count();
    if (least..=most).contains(&length) {
        Ok(text.to_owned())
    } else {
        Err(wrong(format!("{at}.{key}"), &format!("Length must be between {least} and {most}")))
    }
}

fn template(template: &Value) -> Result<Vec<Card>, Wrong> {
    match template["type"].as_str() {
        Some("buttons") => Ok(vec![column(template, "template", 160, 4, "c0")?]),
        Some("confirm") => {
            let subtitle = text(template, "text", "template", 1, 240)?;
            let choices = actions(template, "template", 2, "c0")?;
            Ok(vec![Card { subtitle, choices, ..Card::default() }])
        }
        Some("carousel") => {
            let columns = items(template, "columns");
            if !(1..=10).contains(&columns.len()) {
                return Err(wrong("template.columns", "Size must be between 1 and 10"));
            }
            if columns.iter().any(|one| items(one, "actions").len() != items(&columns[0], "actions").len()) {
                return Err(wrong("template.columns", "The number of actions must be the same in all columns"));
            }
            let one = |(no, one): (usize, &Value)| column(one, &format!("template.columns[{no}]"), 120, 3, &format!("c{no}"));
            columns.iter().enumerate().map(one).collect()
        }
        Some("image_carousel") => Ok(Vec::new()),
        _ => Err(wrong("template.type", "invalid type")),
    }
}

/// A heading or a picture leaves less room for the text.
fn column(column: &Value, at: &str, alone: usize, most: usize, id: &str) -> Result<Card, Wrong> {
    let title = text(column, "title", at, 0, 40)?;
    let image = column["thumbnailImageUrl"].as_str().unwrap_or_default().to_owned();
    let limit = if title.is_empty() && image.is_empty() { alone } else { 60 };
    let subtitle = text(column, "text", at, 1, limit)?;
    Ok(Card { title, subtitle, image, choices: actions(column, at, most, id)? })
}

fn actions(of: &Value, at: &str, most: usize, id: &str) -> Result<Vec<Choice>, Wrong> {
    let list = items(of, "actions");
    if list.is_empty() || list.len() > most {
        return Err(wrong(format!("{at}.actions"), &format!("Size must be between 1 and {most}")));
    }
    list.iter().enumerate().map(|(no, one)| action(one, &format!("{at}.actions[{no}]"), format!("{id}-{no}"))).collect()
}

fn action(action: &Value, at: &str, id: String) -> Result<Choice, Wrong> {
    let mut choice = Choice { id, title: text(action, "label", at, 1, 20)?, ..Choice::default() };
    match action["type"].as_str() {
        Some("message") => choice.says = text(action, "text", at, 1, 300)?,
        Some("postback") => {
            choice.payload = text(action, "data", at, 1, 300)?;
            choice.says = text(action, "displayText", at, 0, 300)?;
        }
        Some("uri") => {
            (choice.style, choice.url) = (Style::Link, text(action, "uri", at, 1, 1000)?);
            if !["https://", "http://", "tel:", "line://", "mailto:"].iter().any(|scheme| choice.url.starts_with(scheme)) {
                return Err(wrong(format!("{at}.uri"), "invalid uri scheme"));
            }
        }
        _ => return Err(wrong(format!("{at}.type"), "invalid type")),
    }
    Ok(choice)
}

fn flex(contents: &Value) -> Result<Vec<Card>, Wrong> {
    let size = contents.to_string().len();
    match contents["type"].as_str() {
        Some("bubble") if size > 30_000 => Err(wrong("contents", "Size must be less than or equal to 30000")),
        Some("bubble") => Ok(vec![bubble(contents, "contents", "c0")?]),
        Some("carousel") if size > 50_000 => Err(wrong("contents", "Size must be less than or equal to 50000")),
        Some("carousel") => {
            let bubbles = items(contents, "contents");
            if !(1..=12).contains(&bubbles.len()) {
                return Err(wrong("contents.contents", "Size must be between 1 and 12"));
            }
            let one = |(no, one): (usize, &Value)| bubble(one, &format!("contents.contents[{no}]"), &format!("c{no}"));
            bubbles.iter().enumerate().map(one).collect()
        }
        _ => Err(wrong("contents.type", "invalid type")),
    }
}

/// The first text is the heading, the others stand below it, and every button wherever it is can be tapped.
fn bubble(bubble: &Value, at: &str, id: &str) -> Result<Card, Wrong> {
    if bubble["type"] != "bubble" {
        return Err(wrong(format!("{at}.type"), "invalid type"));
    }
    let mut found = Found::default();
    for part in ["header", "hero", "body", "footer"] {
        if !bubble[part].is_null() {
            found.walk(&bubble[part], &format!("{at}.{part}"), id)?;
        }
    }
    let mut texts = found.texts.into_iter();
    let title = texts.next().unwrap_or_default();
    Ok(Card { title, subtitle: texts.collect::<Vec<_>>().join("\n"), image: found.image, choices: found.choices })
}

#[derive(Default)]
struct Found {
    texts: Vec<String>,
    image: String,
    choices: Vec<Choice>,
}

impl Found {
    fn walk(&mut self, part: &Value, at: &str, id: &str) -> Result<(), Wrong> {
        match part["type"].as_str() {
            Some("box") => {
                if !matches!(part["layout"].as_str(), Some("vertical" | "horizontal" | "baseline")) {
                    return Err(wrong(format!("{at}.layout"), "invalid layout"));
                }
                items(part, "contents").iter().enumerate().try_for_each(|(no, one)| self.walk(one, &format!("{at}.contents[{no}]"), id))
            }
            Some("text") => {
                self.texts.push(text(part, "text", at, 1, usize::MAX)?);
                Ok(())
            }
            Some("image") => {
                super::send::link(part, "url").map_err(|why| wrong(format!("{at}.url"), why))?;
                self.image = part["url"].as_str().unwrap_or_default().to_owned();
                Ok(())
            }
            Some("button") => {
                self.choices.push(action(&part["action"], &format!("{at}.action"), format!("{id}-{}", self.choices.len()))?);
                Ok(())
            }
            Some("separator" | "filler" | "icon" | "span" | "spacer" | "video") => Ok(()),
            _ => Err(wrong(format!("{at}.type"), "invalid type")),
        }
    }
}
