//! The one client for every outgoing HTTP request, and the one door for every other outgoing connection.
//!
//! Invariants: no packet leaves for an address of a special range unless the operator named its HOST:PORT; the address
//! connected to is the one that was checked, on every hop; nothing is read beyond the caller's limits; an error tells
//! whether the request may have left. It follows no proxy and keeps no cookies. It does not know providers, flows or
//! the outbox, and it repeats nothing by itself: whoever sends decides that.

mod address;
mod body;
mod breaker;
mod bulkhead;
mod dial;
mod egress;
mod error;
mod host_port;
mod policy;
mod redirect;
mod request;
mod resolver;

#[cfg(test)]
mod tests;

pub use address::is_special;
pub use body::Body;
pub use egress::{Egress, EgressOptions};
pub use error::{EgressError, Reason};
pub use host_port::{HostPort, HostPortError};
pub use request::{MAX_TIMEOUT_MS, Request, Response};
pub use resolver::{Resolver, Resolving, SystemResolver};
