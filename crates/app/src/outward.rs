//! The one way out: for requests, letters and lines.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use egress::{Egress, EgressOptions, HostPort};
use transports::Carrier;

/// `allow` names private targets that may be reached, beyond the public internet.
pub fn outward(allow: Vec<HostPort>) -> Result<Carrier> {
    let user_agent = format!("Seaway/{}", env!("CARGO_PKG_VERSION"));
    let egress = Egress::new(EgressOptions { allow, user_agent, ..EgressOptions::default() });
    let egress = egress.map_err(|error| anyhow!("preparing outgoing requests: {error}"))?;
    Carrier::new(Arc::new(engine::Outward(egress.clone())), egress, &[])
}
