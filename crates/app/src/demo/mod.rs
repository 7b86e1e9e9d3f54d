//! `seaway demo`: a sample shop with its customers, agents and two weeks of history, on this machine alone.
//!
//! Invariants: nothing of the demo is known outside this folder; its people, VIPs and languages are rows like any shop's;
//! a database that holds anything but a demo is never touched; its emulators are reached over HTTP only.

mod address;
mod arguments;
mod busy_hour;
mod carry;
mod channels;
mod doors;
mod emulation;
mod history;
mod house;
mod installation;
mod session;
mod shop;
mod tell;
#[cfg(test)]
mod tests;
mod way_out;

use anyhow::{Context, Result};
use engine::Origins;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use self::installation::Installation;

use self::address::Address;
pub use self::arguments::Arguments;
use self::house::House;
use self::session::Ended;
use crate::{listen, signals};

pub async fn run(arguments: Arguments) -> Result<()> {
    let listener = listen::bind(&arguments.listen).await?.into_std().context("keeping the listening socket")?;
    let address = Address::new(listener.local_addr()?, arguments.emulators_url.as_deref())?;
    let stop = stopping();
    let mut house = House::open(&arguments, &address).await?;
    let mut first = true;
    loop {
        // A second handle on the same socket: whoever comes during a reset waits in line instead of being refused.
        let socket = TcpListener::from_std(listener.try_clone()?)?;
        let ended = session::run(&house, &address, socket, stop.clone(), first).await?;
        match ended {
            Ended::Stopped => return Ok(()),
            Ended::Reset => house = house.renew(&arguments, &address).await?,
        }
        first = false;
    }
}

/// Turns true at Ctrl-C or SIGTERM, also while the history is being made.
fn stopping() -> watch::Receiver<bool> {
    let (tell, hear) = watch::channel(false);
    tokio::spawn(async move {
        signals::shutdown().await;
        tell.send_replace(true);
    });
    hear
}

/// The product's own origins.
fn origins(address: &Address) -> Origins {
    Origins { public: address.origin(""), webchat: address.origin("webchat"), files: address.origin("files") }
}
