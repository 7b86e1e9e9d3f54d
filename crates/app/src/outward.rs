//! The one way out for requests.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use egress::{Egress, EgressOptions, HostPort};
use engine::World;

/// `allow` names private targets that may be reached, beyond the public internet.
pub fn outward(allow: Vec<HostPort>) -> Result<Arc<dyn World>> {
    let user_agent = format!("Seaway/{}", env!("CARGO_PKG_VERSION"));
    let egress = Egress::new(EgressOptions { allow, user_agent, ..EgressOptions::default() });
    Ok(Arc::new(engine::Outward(egress.map_err(|error| anyhow!("preparing outgoing requests: {error}"))?)))
}
