//! The built-in bot.
