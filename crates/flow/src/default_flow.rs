//! The flow a new workspace starts with, as the data it is.

/// Bot first, an agent when the customer asks for one or the bot gives up, in the customer's language.
pub const DEFAULT_FLOW: &str = include_str!("default_flow.json");
