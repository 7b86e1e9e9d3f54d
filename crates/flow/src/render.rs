//! Templates of a widget's properties: a template that fails gives an empty text and warning 81018.

use model::Timestamp;
use serde_json::Value;
use template::{Budget, Template, TemplateError};

/// Longest rendered text, in bytes.
const MAX_RENDERED: usize = 16 * 1024;

pub(crate) struct Rendered {
    pub text: String,
    pub warnings: Vec<String>,
}

/// A property's text with its templates filled in.
pub(crate) fn render(text: &str, context: &Value, now: Timestamp) -> Rendered {
    if !is_template(text) {
        return plain(text);
    }
    match template::render(text, context, &Budget::default(), now.micros()) {
        Ok(rendered) => Rendered {
            text: rendered.text,
            warnings: rendered.warnings.into_iter().map(|w| format!("{} at line {}", w.message, w.line)).collect(),
        },
        Err(failure) => Rendered { text: String::new(), warnings: vec![failure.to_string()] },
    }
}

/// Whether rendering could change the text.
pub(crate) fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Where a text is no template.
pub(crate) fn check(text: &str) -> Result<(), TemplateError> {
    if is_template(text) {
        Template::parse(text)?;
    }
    Ok(())
}

fn plain(text: &str) -> Rendered {
    if text.len() <= MAX_RENDERED {
        return Rendered { text: text.to_owned(), warnings: Vec::new() };
    }
    Rendered { text: String::new(), warnings: vec![format!("the text is longer than {MAX_RENDERED} bytes")] }
}
