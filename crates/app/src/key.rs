//! The master key: 32 bytes as 64 hex digits, in the file `key` of the data folder or in `SEAWAY_KEY`.
//! During a rotation there are two, the new one first.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use engine::{MasterKey, Vault};

/// Where the key file of a data folder is.
pub fn file(folder: &Path) -> PathBuf {
    folder.join("key")
}

const ENVIRONMENT: &str = "SEAWAY_KEY";

/// Whether the environment holds the key, which then comes before any file.
pub fn in_environment() -> bool {
    std::env::var_os(ENVIRONMENT).is_some()
}

/// The key, if there is one: the environment comes first.
///
/// # Errors
/// When it is there and is no key; the message never shows it.
pub fn load(folder: &Path) -> Result<Option<Vault>> {
    if let Ok(text) = std::env::var(ENVIRONMENT) {
        return parse(&text).map(Some).context(ENVIRONMENT);
    }
    let path = file(folder);
    match fs::read_to_string(&path) {
        Ok(text) => parse(&text).map(Some).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

/// Makes a key file that only its owner can read; one that exists is never written over.
pub fn make(folder: &Path) -> Result<Vault> {
    let text = format!("{}\n", random()?);
    write(&file(folder), &text)?;
    parse(&text)
}

/// Puts a new key before the one in the file: from now on both open.
pub fn begin_rotation(folder: &Path) -> Result<Vault> {
    let path = file(folder);
    let held = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let text = format!("{}\n{}\n", random()?, held.trim());
    replace(&path, &text)?;
    parse(&text)
}

/// Leaves the new key alone in the file.
pub fn end_rotation(folder: &Path) -> Result<()> {
    let path = file(folder);
    let held = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let new = held.split_whitespace().next().context("an empty key file")?;
    replace(&path, &format!("{new}\n"))
}

fn random() -> Result<String> {
    let key: [u8; 32] = crate::chance::bytes()?;
    Ok(key.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Whoever reads the file, also after a crash, finds the old text or the new one, whole.
fn replace(path: &Path, text: &str) -> Result<()> {
    let aside = path.with_extension("new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).with_context(|| format!("removing {}", aside.display())),
        _ => {}
    }
    write(&aside, text)?;
    fs::rename(&aside, path).with_context(|| format!("naming {}", path.display()))?;
    sync_folder(path)
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
    sync_folder(path)
}

fn sync_folder(path: &Path) -> Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(|| format!("writing {}", folder.display()))
}

/// One key, or the new one and the one before it, with space or a comma between.
fn parse(text: &str) -> Result<Vault> {
    let keys = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|key| !key.is_empty());
    let keys = keys.map(one).collect::<Result<Vec<MasterKey>>>()?;
    match <[MasterKey; 2]>::try_from(keys) {
        Ok([new, before]) => Ok(Vault::rotating(new, before)),
        Err(mut keys) if keys.len() == 1 => Ok(Vault::new(keys.remove(0))),
        Err(_) => bail!("there is one key, or during a rotation two"),
    }
}

fn one(text: &str) -> Result<MasterKey> {
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
    fn a_key_file_is_its_owners_alone_and_never_made_twice() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap().is_none());
        let made = make(folder.path()).unwrap();
        assert_eq!(load(folder.path()).unwrap().unwrap().derive("x"), made.derive("x"));
        assert!(make(folder.path()).is_err());
        assert_owners_alone(folder.path());
    }

    /// Proves S27.
    #[test]
    fn a_rotation_keeps_both_keys_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let old = make(folder.path()).unwrap();
        let sealed = old.seal_under_master("a", b"secret").unwrap();
        // What an earlier try left is in nobody's way.
        fs::write(file(folder.path()).with_extension("new"), "half").unwrap();
        let both = begin_rotation(folder.path()).unwrap();
        assert!(both.is_rotating() && both.derive("x") != old.derive("x"));
        assert_eq!(load(folder.path()).unwrap().unwrap().open_under_master("a", &sealed).unwrap(), b"secret");
        assert_owners_alone(folder.path());
        end_rotation(folder.path()).unwrap();
        let new = load(folder.path()).unwrap().unwrap();
        assert!(!new.is_rotating() && new.derive("x") == both.derive("x") && new.open_under_master("a", &sealed).is_err());
        assert_owners_alone(folder.path());
    }

    fn assert_owners_alone(folder: &Path) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(file(folder)).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    /// Proves S27.
    #[test]
    fn what_is_no_key_is_refused_and_not_shown() {
        let said = format!("{:#}", parse("not a key").unwrap_err());
        assert!(!said.contains("not a key"), "{said}");
        assert!(parse(&"0g".repeat(32)).is_err() && parse("").is_err());
        let (a, b) = ("0f".repeat(32), "0e".repeat(32));
        assert!(parse(&format!("{a},{b},{a}")).is_err());
        assert_eq!(parse(&format!(" {a}\n")).unwrap().derive("x"), Vault::new(MasterKey([15; 32])).derive("x"));
        assert_eq!(parse(&format!("{a},{b}")).unwrap().derive_before("x"), Some(Vault::new(MasterKey([14; 32])).derive("x")));
    }
}
