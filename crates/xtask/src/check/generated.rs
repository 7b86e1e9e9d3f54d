//! Generated files are what their generator says today.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Faults;
use crate::command::{cargo, output};

/// The API's description, from which the web's types come.
const OPENAPI: &str = "web/api/openapi.json";

/// Compares the committed description with what the server says about itself, and leaves the new one in place for the commit.
pub fn check(root: &Path) -> Result<Faults> {
    let path = root.join(OPENAPI);
    if !path.is_file() {
        println!("  {OPENAPI} is not kept; the server alone describes its API");
        return Ok(Faults::new());
    }
    let kept = fs::read_to_string(&path).with_context(|| format!("reading {OPENAPI}"))?;
    let said = output(&mut cargo(root, &["run", "--quiet", "--locked", "--package", "app", "--", "openapi"]))?;
    let described: Value = serde_json::from_str(&said).context("`seaway openapi` printed something that is not JSON")?;
    if described["openapi"].as_str().is_none() {
        return Ok(vec!["`seaway openapi` printed JSON that is no OpenAPI description".into()]);
    }
    if kept == said {
        return Ok(Faults::new());
    }
    fs::write(&path, said).with_context(|| format!("writing {OPENAPI}"))?;
    Ok(vec![format!("{OPENAPI} was out of date; it is written anew: look at the difference and commit it")])
}
