//! Python libraries of others, in an environment of our own: nothing is put into the machine's.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::command::{program, run};

/// The interpreter that has what `tests/peers/requirements.txt` names. Made anew when that file changes.
pub fn peers(root: &Path, target: &Path) -> Result<PathBuf> {
    let (folder, wanted) = (target.join("peers"), root.join("tests/peers/requirements.txt"));
    let (python, stamp) = (folder.join("bin/python"), folder.join("requirements.txt"));
    let wanted_text = fs::read_to_string(&wanted).with_context(|| format!("reading {}", wanted.display()))?;
    if python.is_file() && fs::read_to_string(&stamp).is_ok_and(|held| held == wanted_text) {
        return Ok(python);
    }
    run(program("python3", root, &["-m", "venv", "--clear"]).arg(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(program(&python, root, &install).arg(&wanted))?;
    // Last: an installation that was cut is no installation.
    fs::write(&stamp, wanted_text).with_context(|| format!("writing {}", stamp.display()))?;
    Ok(python)
}
