//! The engine's tests: each on both databases, in a house whose clock and world are in the test's hand.

mod batch;
mod changes;
mod consent;
mod credential;
mod groups;
mod handing_on;
mod holder;
mod hop;
mod identity;
mod leases;
mod masking;
mod media;
mod order;
mod outside;
mod receipts;
mod road;
mod rotation;
mod sending;
mod slow;
mod statements;
mod tenancy;
mod twice;
mod watch;
mod webhooks;
mod window;
mod wrap_up;
