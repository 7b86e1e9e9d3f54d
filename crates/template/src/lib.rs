//! The Liquid subset in which flows and replies are written.
//!
//! Invariants: an undefined name is empty and never an error; work, output and nesting are counted, never timed, so a
//! replay agrees; rendered text is never read as a template again; an unknown tag or filter is refused when parsing.
//! It does not know flows, contacts or messages: names come from one JSON object. It reads no clock, no files and no
//! system time zones: `now` is an argument and the zones are built in.

mod budget;
mod chunk;
mod condition;
mod cursor;
mod error;
mod filters;
mod number;
mod operand;
mod parse;
mod render;
mod scope;
mod text;
mod tree;
mod value;
mod variables;

#[cfg(test)]
mod tests;

use serde_json::Value;

pub use budget::Budget;
pub use error::{Failure, RenderError, RenderErrorKind, TemplateError};
pub use render::{Rendered, Warning};
pub use text::text_of;
pub use tree::Template;

/// The longest template that is parsed, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 64 * 1024;

/// How deep blocks and bracketed names may nest.
pub const MAX_NESTING: usize = 32;

/// The longest text a filter may make on the way, in bytes.
pub const MAX_VALUE_BYTES: usize = 256 * 1024;

/// Parses and renders in one go; `root` holds the names, `now` is in microseconds since 1970.
///
/// # Errors
/// Text that is no template, or one that does not render within the budget.
pub fn render(text: &str, root: &Value, budget: &Budget, now: i64) -> Result<Rendered, Failure> {
    let template = Template::parse(text)?;
    Ok(template.render(root, budget, now)?)
}
