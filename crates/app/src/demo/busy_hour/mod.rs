//! Three minutes of lifelike traffic through the real road. One at a time; a second wish while it runs is told so.

mod customer;
mod plan;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;
use tokio::task::JoinSet;

use self::customer::Road;
use self::plan::{CUSTOMERS, LENGTH_S};
use super::address::Address;
use crate::outward;

#[derive(Clone)]
pub struct BusyHour {
    address: Address,
    /// The chat's channel account.
    channel: String,
    state: Arc<Mutex<Option<State>>>,
}

struct State {
    started: Instant,
    finished: usize,
    failed: usize,
    why: Option<String>,
    /// Dropping it sends everybody home.
    customers: JoinSet<()>,
}

/// How far it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub running: bool,
    /// It was running already when it was asked for.
    pub already: bool,
    pub customers: usize,
    pub finished: usize,
    pub failed: usize,
    pub seconds: u64,
    /// Why somebody could not be served, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl BusyHour {
    pub fn new(address: Address, channel: String) -> Self {
        Self { address, channel, state: Arc::default() }
    }

    /// Lets the customers come, unless they are coming.
    pub fn start(&self, seed: u64) -> Result<Progress> {
        let now = self.progress();
        if now.running {
            return Ok(Progress { already: true, ..now });
        }
        // Their way out is their own, so that what fails for them says nothing about us; made only when it is needed.
        let world = Arc::new(outward::outward(self.address.allowed()?)?);
        let road = Road { world, address: self.address.clone(), channel: self.channel.clone() };
        let mut customers = JoinSet::new();
        for customer in plan::plan(seed) {
            let (road, state) = (road.clone(), self.state.clone());
            customers.spawn(async move {
                let visited = customer::visit(&road, &customer).await;
                let mut held = state.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(state) = held.as_mut() else { return };
                state.finished += 1;
                if let Err(error) = visited {
                    tracing::warn!(%error, "a customer of the busy hour could not be served");
                    state.failed += 1;
                    state.why = Some(format!("{error:#}"));
                }
            });
        }
        *self.lock() = Some(State { started: Instant::now(), finished: 0, failed: 0, why: None, customers });
        Ok(self.progress())
    }

    /// Sends everybody home.
    pub fn stop(&self) {
        self.lock().take();
    }

    pub fn progress(&self) -> Progress {
        let held = self.lock();
        let none = Progress { running: false, already: false, customers: CUSTOMERS, finished: 0, failed: 0, seconds: LENGTH_S, why: None };
        held.as_ref().map_or(none, |state| Progress {
            running: state.finished < CUSTOMERS && !state.customers.is_empty(),
            already: false,
            customers: CUSTOMERS,
            finished: state.finished,
            failed: state.failed,
            seconds: state.started.elapsed().as_secs(),
            why: state.why.clone(),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
