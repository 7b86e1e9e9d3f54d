//! The way out: one request of the carrier to the world.

use futures::future::BoxFuture;

use crate::carrier::{Callback, CallbackAnswer};

/// Carries out a callback and tells how it ended. It must keep to the callback's time limits.
pub trait Post: Send + Sync + 'static {
    fn post(&self, callback: Callback) -> BoxFuture<'static, CallbackAnswer>;
}
