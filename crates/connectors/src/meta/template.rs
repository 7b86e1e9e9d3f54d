//! Approved templates: listed with their gaps, and sent with the gaps filled. Messenger's utility templates have WhatsApp's shape.

use model::MessageTemplate;
use model::message::Filled;
use serde_json::{Value, json};
use std::collections::BTreeSet;

use super::graph::Graph;
use crate::contract::{Outcome, Progress, Step};
use crate::wire::{list, text};

/// Templates of one page of the list, and pages at most.
const PAGE: &str = "200";
const PAGES: i64 = 50;
const FIELDS: &str = "name,language,status,category,components,parameter_format";

pub fn ask(graph: &Graph, owner: &str, progress: &Progress) -> Step {
    let mut query = vec![("fields", FIELDS), ("limit", PAGE)];
    let after = text(progress, "after");
    if !after.is_empty() {
        query.push(("after", after));
    }
    graph.get(&format!("{owner}/message_templates"), &query)
}

/// A page of the list; the last one brings them all.
pub fn listed(progress: &Progress, json: &Value) -> Outcome {
    let mut seen: Vec<Value> = list(progress, "seen").cloned().collect();
    seen.extend(list(json, "data").cloned());
    let paging = json.get("paging").unwrap_or(&Value::Null);
    let after = paging.get("cursors").map_or("", |cursors| text(cursors, "after"));
    let pages = progress.get("pages").and_then(Value::as_i64).unwrap_or(0) + 1;
    if paging.get("next").is_some_and(Value::is_string) && !after.is_empty() && pages < PAGES {
        return Outcome::More(json!({ "after": after, "pages": pages, "seen": seen }));
    }
    Outcome::Templates(seen.into_iter().filter(|raw| !text(raw, "name").is_empty()).map(read).collect())
}

fn read(raw: Value) -> MessageTemplate {
    let (shown, slots) = walk(&raw);
    let state = text(&raw, "status").to_owned();
    MessageTemplate {
        name: text(&raw, "name").to_owned(),
        language: text(&raw, "language").to_owned(),
        category: text(&raw, "category").to_lowercase(),
        approved: state == "APPROVED",
        state,
        text: shown,
        gaps: slots.into_iter().map(|slot| slot.gap).collect(),
        raw,
    }
}

/// A place in a template that is filled by one value.
struct Slot {
    gap: String,
    at: At,
    /// The provider's own name of the gap, where gaps have names.
    name: Option<String>,
}

#[derive(Clone, PartialEq)]
enum At {
    Header,
    /// A picture, film or document above the text, by its address.
    HeaderFile(&'static str),
    Body,
    /// The end of a button's address, or the code it copies.
    Button {
        index: usize,
        sub_type: &'static str,
    },
}

/// A template's text as it is read, and its gaps in the order in which they are filled: heading, body, buttons.
/// The body's gaps keep their names; the others get names of their own, since each part of a template counts its gaps from one.
fn walk(raw: &Value) -> (String, Vec<Slot>) {
    let named = text(raw, "parameter_format").eq_ignore_ascii_case("named");
    let component = |kind: &str| list(raw, "components").find(|c| text(c, "type").eq_ignore_ascii_case(kind));
    let (mut lines, mut slots): (Vec<String>, Vec<Slot>) = (vec![], vec![]);
    let mut fill = |words: &str, prefix: &str, at: At| {
        let mut shown = words.to_owned();
        for name in gaps(words, named) {
            let gap = format!("{prefix}{name}");
            shown = shown.replace(&format!("{{{{{name}}}}}"), &format!("{{{{{gap}}}}}"));
            slots.push(Slot { gap, at: at.clone(), name: named.then_some(name) });
        }
        lines.push(shown);
    };
    if let Some(header) = component("header") {
        let file = match text(header, "format").to_ascii_uppercase().as_str() {
            "IMAGE" => "image",
            "VIDEO" => "video",
            "DOCUMENT" => "document",
            _ => "",
        };
        match file {
            "" => fill(text(header, "text"), "header_", At::Header),
            file => fill(&format!("{{{{{file}}}}}"), "header_", At::HeaderFile(file)),
        }
    }
    if let Some(body) = component("body") {
        fill(text(body, "text"), "", At::Body);
    }
    if let Some(footer) = component("footer") {
        fill(text(footer, "text"), "footer_", At::Body);
    }
    if let Some(buttons) = component("buttons") {
        for (index, button) in list(buttons, "buttons").enumerate() {
            let (title, url) = (text(button, "text"), text(button, "url"));
            match text(button, "type").to_ascii_uppercase().as_str() {
                "COPY_CODE" => {
                    fill(&format!("{title}: {{{{code}}}}"), &format!("button_{index}_"), At::Button { index, sub_type: "copy_code" })
                }
                _ if url.contains("{{") => {
                    fill(&format!("{title}: {url}"), &format!("button_{index}_"), At::Button { index, sub_type: "url" })
                }
                _ => {}
            }
        }
    }
    let shown: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    (shown.join("\n"), slots)
}

/// The names within `{{ }}`, each once: counted ones in their order as numbers, others as they stand.
fn gaps(words: &str, named: bool) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<String> = words
        .split("{{")
        .skip(1)
        .filter_map(|rest| rest.split_once("}}"))
        .map(|(name, _)| name.to_owned())
        .filter(|name| !name.is_empty() && seen.insert(name.clone()))
        .collect();
    if !named {
        found.sort_by_key(|name| name.parse::<u32>().unwrap_or(u32::MAX));
    }
    found
}

/// The template as it is sent. Without the provider's description every value is the body's.
pub fn send(filled: &Filled) -> Value {
    let (_, slots) = walk(&filled.raw);
    let mut components: Vec<Value> = Vec::new();
    let mut add = |at: &At, parameter: Value| {
        let head = match at {
            At::Header | At::HeaderFile(_) => json!({ "type": "header" }),
            At::Body => json!({ "type": "body" }),
            At::Button { index, sub_type } => json!({ "type": "button", "sub_type": sub_type, "index": index.to_string() }),
        };
        let same = |c: &&mut Value| ["type", "index"].iter().all(|key| c.get(*key) == head.get(*key));
        match components.iter_mut().find(same).and_then(|c| c.get_mut("parameters")).and_then(Value::as_array_mut) {
            Some(parameters) => parameters.push(parameter),
            None => {
                let mut component = head;
                component["parameters"] = json!([parameter]);
                components.push(component);
            }
        }
    };
    for (no, value) in filled.values.iter().enumerate() {
        match slots.get(no) {
            Some(Slot { at: at @ At::HeaderFile(kind), .. }) => add(at, json!({ "type": kind, *kind: { "link": value } })),
            Some(Slot { at: at @ At::Button { sub_type: "copy_code", .. }, .. }) => {
                add(at, json!({ "type": "coupon_code", "coupon_code": value }));
            }
            Some(Slot { at, name: Some(name), .. }) if !matches!(at, At::Button { .. }) => {
                add(at, json!({ "type": "text", "parameter_name": name, "text": value }));
            }
            Some(Slot { at, .. }) => add(at, json!({ "type": "text", "text": value })),
            None => add(&At::Body, json!({ "type": "text", "text": value })),
        }
    }
    json!({ "name": filled.name, "language": { "code": filled.language }, "components": components })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rich() -> Value {
        json!({ "name": "ready", "language": "en_US", "status": "APPROVED", "category": "UTILITY", "components": [
            { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" },
            { "type": "BODY", "text": "{{2}}, it is ready: {{1}}. Ask for {{2}}." },
            { "type": "FOOTER", "text": "Shop" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Thanks" },
                { "type": "URL", "text": "Track", "url": "https://shop.test/t/{{1}}" },
                { "type": "COPY_CODE", "text": "Copy" }
            ] }
        ] })
    }

    #[test]
    fn a_template_has_one_list_of_gaps() {
        let read = read(rich());
        assert_eq!((read.approved, read.category.as_str()), (true, "utility"));
        assert_eq!(read.gaps, ["header_1", "1", "2", "button_1_1", "button_2_code"]);
        let lines = [
            "Order {{header_1}}",
            "{{2}}, it is ready: {{1}}. Ask for {{2}}.",
            "Shop",
            "Track: https://shop.test/t/{{button_1_1}}",
            "Copy: {{button_2_code}}",
        ];
        assert_eq!(read.text, lines.join("\n"));
    }

    #[test]
    fn each_value_goes_to_its_gap() {
        let values = ["7", "at noon", "Mia", "abc", "SAVE5"].map(String::from).to_vec();
        let sent = send(&Filled { name: "ready".into(), language: "en_US".into(), values, raw: rich() });
        let text = |text: &str| json!({ "type": "text", "text": text });
        let components = json!([
            { "type": "header", "parameters": [text("7")] },
            { "type": "body", "parameters": [text("at noon"), text("Mia")] },
            { "type": "button", "sub_type": "url", "index": "1", "parameters": [text("abc")] },
            { "type": "button", "sub_type": "copy_code", "index": "2", "parameters": [{ "type": "coupon_code", "coupon_code": "SAVE5" }] }
        ]);
        assert_eq!(sent, json!({ "name": "ready", "language": { "code": "en_US" }, "components": components }));
    }

    #[test]
    fn gaps_may_have_names_and_headings_may_be_pictures() {
        let raw = json!({ "name": "n", "language": "de", "status": "PAUSED", "parameter_format": "NAMED", "components": [
            { "type": "HEADER", "format": "IMAGE" },
            { "type": "BODY", "text": "Hello {{first_name}}, {{ill-formed" }
        ] });
        let listed = read(raw.clone());
        assert_eq!((listed.approved, listed.gaps), (false, vec!["header_image".to_owned(), "first_name".to_owned()]));
        let values = vec!["https://files.example/1.jpg".to_owned(), "Mia".to_owned()];
        let sent = send(&Filled { name: "n".into(), language: "de".into(), values, raw });
        let wanted = json!([
            { "type": "header", "parameters": [{ "type": "image", "image": { "link": "https://files.example/1.jpg" } }] },
            { "type": "body", "parameters": [{ "type": "text", "parameter_name": "first_name", "text": "Mia" }] }
        ]);
        assert_eq!(sent["components"], wanted);
    }

    #[test]
    fn a_list_is_read_page_by_page() {
        let page = |name: &str, next: bool| {
            let mut paging = json!({ "cursors": { "after": "c1" } });
            if next {
                paging["next"] = json!("https://graph.test/next");
            }
            json!({ "data": [{ "name": name, "language": "en", "status": "APPROVED", "components": [] }], "paging": paging })
        };
        let Outcome::More(progress) = listed(&Value::Null, &page("one", true)) else { panic!() };
        assert_eq!(progress["after"], "c1");
        let Outcome::Templates(all) = listed(&progress, &page("two", false)) else { panic!() };
        assert_eq!(all.iter().map(|template| template.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        let account = crate::meta::tests::account("whatsapp");
        let graph = Graph::new(&account, "", super::super::graph::Auth::Bearer, "waba_id");
        let (request, _) = crate::samples::asked(ask(&graph, "102290129340398", &progress));
        assert!(request.url.starts_with("https://graph.test/v25.0/102290129340398/message_templates?fields=name"), "{}", request.url);
        assert!(request.url.ends_with("&limit=200&after=c1"), "{}", request.url);
        assert_eq!(listed(&Value::Null, &json!({})), Outcome::Templates(vec![]));
    }
}
