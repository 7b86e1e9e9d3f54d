//! The listening socket, with errors that name the flag.

use std::io::ErrorKind;

use anyhow::{Context, Result, anyhow};
use tokio::net::TcpListener;

pub const DEFAULT: &str = "127.0.0.1:8080";

/// # Errors
/// In words that say which flag to change.
pub async fn bind(address: &str) -> Result<TcpListener> {
    if address.rsplit_once(':').is_none_or(|(host, port)| host.is_empty() || port.parse::<u16>().is_err()) {
        return Err(anyhow!("--listen {address} is no address with a port, such as {DEFAULT} or [::]:8080"));
    }
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            anyhow!("the port of --listen {address} is taken by another program; end it, or choose another with --listen")
        }
        ErrorKind::PermissionDenied => anyhow!("this user may not listen at --listen {address}; ports below 1024 need a privilege"),
        ErrorKind::AddrNotAvailable => anyhow!("--listen {address} is no address of this machine"),
        _ => anyhow!("cannot listen at --listen {address}: {error}"),
    })
}

/// Each visitor and each desk holds a socket, so the limit is raised as far as the system lets us.
pub fn raise_open_files() -> Result<()> {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        setrlimit(Resource::Nofile, rustix::process::Rlimit { current: limit.maximum, ..limit })
            .context("raising the limit of open files")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::bind;

    #[tokio::test]
    async fn a_taken_port_names_the_flag() {
        let held = bind("127.0.0.1:0").await.unwrap();
        let taken = bind(&held.local_addr().unwrap().to_string()).await.unwrap_err().to_string();
        assert!(taken.contains("--listen") && taken.contains("taken"), "{taken}");
        assert!(bind("8080").await.unwrap_err().to_string().contains("no address with a port"));
    }
}
