//! The programs a verb needs. On Debian, where we may, they are installed; elsewhere they are named with the command that installs them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Result, bail};

use crate::{
    command::{find, run, succeeds},
    faces,
};

/// Vite 8 needs this one: 20.19.
const NODE: (u32, u32) = (20, 19);
/// Debian's packaged Node is new enough from this release on.
const DEBIAN_WITH_NODE: u32 = 13;

/// Where Debian puts them, outside of most people's `PATH`.
const MAIL_PROGRAMS: [&str; 4] = ["/usr/sbin/postfix", "/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Node,
    Npm,
    Compiler,
    Chromium,
    Postgres,
    CjkFont,
    EmojiFont,
    Mail,
    Python,
}

use Tool::{Chromium, CjkFont, Compiler, EmojiFont, Mail, Node, Npm, Postgres, Python};

/// What building takes.
pub const BUILD: &[Tool] = &[Node, Npm, Compiler];
/// What the whole test run takes.
pub const ALL: &[Tool] = &[Node, Npm, Compiler, Postgres, Chromium, CjkFont, EmojiFont, Mail, Python];
/// What the benches take.
pub const BENCH: &[Tool] = &[Node, Npm, Compiler, Postgres];

impl Tool {
    fn name(self) -> &'static str {
        match self {
            Node => "Node.js 20.19 or newer",
            Npm => "npm",
            Compiler => "a C compiler",
            Chromium => "Chromium",
            Postgres => "the PostgreSQL server",
            CjkFont => "a font with Korean letters (Noto Sans CJK)",
            EmojiFont => "a font with emoji (Noto Color Emoji)",
            Mail => "mail servers (Postfix, Dovecot) and openssl",
            Python => "Python 3 with venv",
        }
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Node => &["nodejs"],
            Npm => &["npm"],
            Compiler => &["gcc", "libc6-dev"],
            Chromium => &["chromium"],
            Postgres => &["postgresql"],
            CjkFont => &["fonts-noto-cjk"],
            EmojiFont => &["fonts-noto-color-emoji"],
            Mail => &["postfix", "dovecot-imapd", "dovecot-lmtpd", "openssl"],
            Python => &["python3", "python3-venv"],
        }
    }

    fn is_there(self) -> bool {
        match self {
            Node => node_version().is_some_and(|version| version >= NODE),
            Npm => find("npm").is_some(),
            Compiler => find("cc").is_some() || std::env::var_os("CC").is_some(),
            Chromium => chromium().is_some(),
            Postgres => postgres_folder().is_some(),
            CjkFont => faces::installed("NotoSansCJK"),
            EmojiFont => faces::installed("NotoColorEmoji"),
            Mail => MAIL_PROGRAMS.iter().all(|path| Path::new(path).is_file()) && find("openssl").is_some(),
            Python => find("python3").is_some() && succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])),
        }
    }

    /// The command a person would type. `debian` is the major release, if this is a Debian.
    fn mend(self, debian: Option<u32>) -> String {
        let old_debian = debian.is_some_and(|release| release < DEBIAN_WITH_NODE);
        if matches!(self, Node | Npm) && old_debian {
            return "curl -fsSL https://deb.nodesource.com/setup_22.x | sudo bash - && sudo apt-get install -y nodejs".into();
        }
        format!("sudo apt-get install -y {}", self.packages().join(" "))
    }

    /// Whether Debian's own package will do.
    fn packaged(self, debian: u32) -> bool {
        match self {
            Node | Npm => debian >= DEBIAN_WITH_NODE,
            // Postfix would take the place of another mail server, which is for the machine's owner to decide.
            Mail => Path::new(MAIL_PROGRAMS[0]).is_file() || !Path::new("/usr/sbin/sendmail").exists(),
            _ => true,
        }
    }
}

/// All of these are there when this returns. An error names each missing one with its mend.
pub fn need(tools: &[Tool]) -> Result<()> {
    let debian = debian();
    let lacking = missing(tools);
    if let Some(release) = debian {
        let wanted: Vec<&str> = lacking.iter().filter(|tool| tool.packaged(release)).flat_map(|tool| tool.packages()).copied().collect();
        if !wanted.is_empty() {
            install(&wanted)?;
        }
    }
    let lacking = missing(tools);
    for tool in tools.iter().filter(|tool| !lacking.contains(tool)) {
        println!("  {}: there", tool.name());
    }
    if lacking.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> =
        lacking.iter().map(|tool| format!("{} is missing. Install it with\n    {}", tool.name(), tool.mend(debian))).collect();
    let elsewhere = if debian.is_some() { "" } else { "\n(the package names are Debian's; your system's may differ)" };
    bail!("{}{elsewhere}", lines.join("\n"));
}

/// The folder with `initdb` and `pg_ctl`: the newest that is installed, or the one in `PATH`.
pub fn postgres_folder() -> Option<PathBuf> {
    let complete = |folder: &Path| ["initdb", "pg_ctl", "postgres"].iter().all(|name| folder.join(name).is_file());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, folder)| complete(folder))
        .collect();
    folders.sort();
    folders.pop().map(|(_, folder)| folder).or_else(|| {
        let real = fs::canonicalize(find("pg_ctl")?).ok()?;
        real.parent().filter(|folder| complete(folder)).map(Path::to_path_buf)
    })
}

/// Chromium's program, under one of its names.
pub fn chromium() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| find(name))
}

fn missing(tools: &[Tool]) -> Vec<Tool> {
    tools.iter().copied().filter(|tool| !tool.is_there()).collect()
}

/// Installs Debian packages when we are root or may become it without a password; else leaves it to the message.
fn install(packages: &[&str]) -> Result<()> {
    let before: &[&str] = if is_root() {
        &["env"]
    } else if succeeds(Command::new("sudo").args(["-n", "true"])) {
        &["sudo", "-n", "env"]
    } else {
        return Ok(());
    };
    println!("  installing {} with apt-get", packages.join(", "));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(before[0]);
        command.args(&before[1..]).args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]).args(arguments).stdin(Stdio::null());
        run(&mut command)
    };
    apt(&["update"])?;
    if packages.contains(&"postfix") {
        // Only its programs are wanted: without this it would begin to serve the machine's own mail.
        let answer = "echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections";
        let mut command = Command::new(before[0]);
        run(command.args(&before[1..]).args(["sh", "-c", answer]).stdin(Stdio::null()))?;
    }
    apt(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

pub fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Debian's release, if this is one and can install packages.
fn debian() -> Option<u32> {
    find("apt-get")?;
    debian_release(&fs::read_to_string("/etc/os-release").ok()?)
}

fn debian_release(about: &str) -> Option<u32> {
    let value = |key: &str| about.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim_matches('"'));
    (value("ID=")? == "debian").then_some(())?;
    // Testing and unstable name no number: they are newer than every release.
    Some(value("VERSION_ID=").and_then(|number| number.parse().ok()).unwrap_or(u32::MAX))
}

fn node_version() -> Option<(u32, u32)> {
    let output = Command::new("node").arg("--version").output().ok()?;
    version(std::str::from_utf8(&output.stdout).ok()?)
}

fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().trim_start_matches('v').split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(version(""), None);
    }

    #[test]
    fn debian_is_told_from_others() {
        assert_eq!(debian_release("PRETTY_NAME=\"Debian\"\nVERSION_ID=\"12\"\nID=debian\n"), Some(12));
        assert_eq!(debian_release("ID=debian\n"), Some(u32::MAX));
        assert_eq!(debian_release("ID=fedora\nVERSION_ID=42\n"), None);
    }

    #[test]
    fn an_old_debian_is_not_asked_for_its_node() {
        assert!(!Node.packaged(12));
        assert!(Node.packaged(13));
        assert!(Node.mend(Some(12)).contains("nodesource"));
        assert_eq!(Node.mend(Some(13)), "sudo apt-get install -y nodejs");
    }
}
