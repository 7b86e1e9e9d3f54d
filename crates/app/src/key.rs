//! The master key: 32 bytes as 64 hex digits, in the file `key` of the data folder or in `SEAWAY_KEY`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use engine::MasterKey;

/// Where the key file of a data folder is.
pub fn file(folder: &Path) -> PathBuf {
    folder.join("key")
}

/// The key, if there is one: the environment comes first.
///
/// # Errors
/// When it is there and is no key; the message never shows it.
pub fn load(folder: &Path) -> Result<Option<MasterKey>> {
    if let Ok(text) = std::env::var("SEAWAY_KEY") {
        return parse(&text).map(Some).context("SEAWAY_KEY");
    }
    let path = file(folder);
    match fs::read_to_string(&path) {
        Ok(text) => parse(&text).map(Some).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Makes a key file that only its owner can read; one that exists is never written over.
pub fn make(folder: &Path) -> Result<MasterKey> {
    let key: [u8; 32] = crate::chance::bytes()?;
    let text: String = key.iter().map(|byte| format!("{byte:02x}")).chain(["\n".into()]).collect();
    write(&file(folder), &text)?;
    Ok(MasterKey(key))
}

/// Writes a new file with mode 0600, synced, so that a crash right after cannot lose what the database was sealed with.
pub fn write(path: &Path, text: &str) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let writing = || format!("writing {}", path.display());
    let mut file = options.open(path).with_context(writing)?;
    file.write_all(text.as_bytes()).with_context(writing)?;
    file.sync_all().with_context(writing)?;
    if let Some(folder) = path.parent() {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(writing)?;
    }
    Ok(())
}

fn parse(text: &str) -> Result<MasterKey> {
    let text = text.trim();
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        bail!("a key has 64 hex digits");
    }
    let mut key = [0; 32];
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16)?;
    }
    Ok(MasterKey(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S27
    #[test]
    fn a_key_file_is_its_owners_alone_and_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap().is_none());
        let made = make(folder.path()).unwrap();
        assert_eq!(load(folder.path()).unwrap().unwrap().0, made.0);
        assert!(make(folder.path()).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(file(folder.path())).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    /// Proves S27.
    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        let said = format!("{:#}", parse("not a key").unwrap_err());
        assert!(!said.contains("not a key"), "{said}");
        assert!(parse(&"0g".repeat(32)).is_err());
        assert_eq!(parse(&format!(" {}\n", "0f".repeat(32))).unwrap().0, [15; 32]);
    }
}
