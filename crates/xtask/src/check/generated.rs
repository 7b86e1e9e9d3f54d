//! Generated files are what their generator says today.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Faults;
use crate::{
    command::{build_beside_tests, output, program, run},
    tree::target,
    web,
};

/// The API's description, printed by the server.
const OPENAPI: &str = "web/api/openapi.json";
/// The web's types, made from the description.
const SCHEMA: &str = "web/api/schema.d.ts";

/// Makes both files again and compares them with what is kept. What differs is left in place as it was made, for the commit.
pub fn check(root: &Path) -> Result<Faults> {
    let kept = [OPENAPI, SCHEMA].map(|file| (file, fs::read_to_string(root.join(file)).ok()));
    build_beside_tests(root)?;
    let said = output(&mut program(target()?.join("debug/seaway"), root, &["openapi"]))?;
    let described: Value = serde_json::from_str(&said).context("`seaway openapi` printed something that is not JSON")?;
    if described["openapi"].as_str().is_none() {
        return Ok(vec!["`seaway openapi` printed JSON that is no OpenAPI description".into()]);
    }
    fs::write(root.join(OPENAPI), said).with_context(|| format!("writing {OPENAPI}"))?;
    run(&mut web::npm(root, &["run", "--silent", "generate", "--workspace", "@seaway/api"]))?;
    let mut faults = Faults::new();
    for (file, old) in kept {
        let new = fs::read_to_string(root.join(file)).with_context(|| format!("reading {file}"))?;
        if old.as_deref() != Some(new.as_str()) {
            faults.push(format!("{file} was out of date; it is written anew: look at the difference and commit it"));
        }
    }
    Ok(faults)
}
