//! The verbs as scripts use them: what they print, how they end, and that a backup comes back whole.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

fn seaway(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seaway"));
    for name in ["SEAWAY_DATABASE_URL", "SEAWAY_DATABASE_SCHEMA", "SEAWAY_KEY", "SEAWAY_CONFIG", "SEAWAY_LISTEN"] {
        command.env_remove(name);
    }
    command.env("SEAWAY_DATA_DIR", data).env("RUST_BACKTRACE", "0");
    command
}

fn run(data: &Path, arguments: &[&str]) -> Output {
    seaway(data).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(data: &Path, arguments: &[&str]) -> Value {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A server on a free port before anybody has signed up, and its address; killed when dropped.
struct Serving(Child, String);

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(data: &Path) -> (Serving, Vec<String>) {
    let mut child = seaway(data).args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = Vec::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    while lines.iter().filter(|line: &&String| line.starts_with("  ")).count() < 4 {
        let mut line = String::new();
        assert!(out.read_line(&mut line).unwrap() > 0, "it ended: {lines:?}");
        lines.push(line.trim_end().to_owned());
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    let address = lines.iter().find_map(|line| line.strip_prefix("  desk     ")).unwrap().to_owned();
    // Whatever it prints later must find a reader.
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    (Serving(child, address), lines)
}

#[test]
fn a_key_has_the_fields_that_scripts_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let workspace = json(&data, &["workspace", "create", "Shop"]);
    let key = json(&data, &["key", "create", "--workspace", "Shop", "--role", "admin"]);
    assert_eq!(key["workspace"], workspace["workspace"]);
    let starts = |field: &str, prefix: &str| key[field].as_str().is_some_and(|value| value.starts_with(prefix));
    assert!(starts("account_sid", "AC") && starts("key_sid", "SK"), "{key}");
    assert!(key["secret"].as_str().unwrap().len() > 20 && key["auth_token"].as_str().unwrap().len() == 32);
    let second = json(&data, &["workspace", "create", "Shop"]);
    let ambiguous = run(&data, &["key", "create", "--workspace", "Shop"]);
    let said = text(&ambiguous.stderr);
    for id in [&workspace, &second] {
        assert!(said.contains(id["workspace"].as_str().unwrap()), "{said}");
    }
    assert!(!ambiguous.status.success());
    let by_id = json(&data, &["key", "create", "--workspace", second["workspace"].as_str().unwrap(), "--role", "admin"]);
    assert_eq!(by_id["workspace"], second["workspace"]);
    let refused = run(&data, &["key", "create", "--workspace", second["workspace"].as_str().unwrap(), "--role", "emperor"]);
    assert!(text(&refused.stderr).contains("roles are"), "{}", text(&refused.stderr));
}

#[test]
fn users_are_made_and_reset_with_a_password_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    json(&data, &["workspace", "create", "Shop"]);
    let ask = |arguments: &[&str], password: &str| {
        let mut child = seaway(&data).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(password.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let new =
        ["user", "create", "--email", "Ana@Example.com", "--name", "Ana", "--workspace", "Shop", "--role", "agent", "--password-stdin"];
    let made = ask(&new, "correct horse\n");
    let shown: Value = serde_json::from_slice(&made.stdout).unwrap();
    assert_eq!(shown["email"], "ana@example.com");
    assert!(shown["worker"].as_str().unwrap().starts_with("WK") && shown.get("password").is_none());
    assert!(text(&ask(&new, "correct horse\n").stderr).contains("e-mail"), "the same address again");
    let short = ask(&["user", "reset", "--email", "ana@example.com", "--password-stdin"], "short\n");
    assert!(!short.status.success() && !text(&short.stderr).contains("short\n"));
    let reset = json(&data, &["user", "reset", "--email", "ana@example.com"]);
    assert!(reset["password"].as_str().unwrap().len() >= 20);
}

#[test]
fn a_backup_beside_a_server_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (data, back, archive) = (folder.path().join("data"), folder.path().join("back"), folder.path().join("all.tar"));
    let archive = archive.to_str().unwrap();
    json(&data, &["workspace", "create", "Shop"]);
    let (server, _) = serve(&data);
    let key = json(&data, &["key", "create", "--workspace", "Shop"]);
    std::fs::write(data.join("files/loose"), "a file").unwrap();
    assert!(run(&data, &["backup", archive]).status.success());
    assert!(!run(&data, &["backup", archive]).status.success(), "nothing is written over");
    let taken = run(&data, &["restore", archive, "--force"]);
    assert!(text(&taken.stderr).contains("another seaway"), "{}", text(&taken.stderr));
    drop(server);

    let restored = run(&back, &["restore", archive]);
    assert!(restored.status.success(), "{}", text(&restored.stderr));
    assert_eq!(std::fs::read_to_string(back.join("files/loose")).unwrap(), "a file");
    assert_eq!(std::fs::read(back.join("key")).unwrap(), std::fs::read(data.join("key")).unwrap());
    let again = json(&back, &["key", "create", "--workspace", "Shop"]);
    assert_eq!(again["auth_token"], key["auth_token"], "the restored key opens what was sealed");
    let audit = run(&back, &["audit"]);
    assert!(audit.status.success(), "{}", text(&audit.stdout));
    let foreign = std::env::current_exe().unwrap();
    let other = run(&back.with_extension("other"), &["restore", foreign.to_str().unwrap()]);
    assert!(!other.status.success());
    assert!(text(&other.stderr).trim_end().ends_with("is no archive of `seaway backup`"), "{}", text(&other.stderr));
    let full = run(&back, &["restore", archive]);
    assert!(text(&full.stderr).contains("not empty"), "{}", text(&full.stderr));
    assert!(run(&back, &["restore", archive, "--force"]).status.success());

    let (without, bare) = (folder.path().join("without.tar"), folder.path().join("bare"));
    assert!(run(&back, &["backup", without.to_str().unwrap(), "--without-key"]).status.success());
    assert!(run(&bare, &["restore", without.to_str().unwrap()]).status.success());
    assert!(!bare.join("key").exists());
    let keyless = run(&bare, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(text(&keyless.stderr).contains("key file"), "{}", text(&keyless.stderr));
}

/// Proves S27.
#[test]
fn a_key_is_rotated_by_command_and_a_cut_rotation_is_ended_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let (data, archive) = (folder.path().join("data"), folder.path().join("before.tar"));
    json(&data, &["workspace", "create", "Shop"]);
    let (server, _) = serve(&data);
    let kept = json(&data, &["key", "create", "--workspace", "Shop"])["auth_token"].clone();
    let refused = run(&data, &["key", "rotate"]);
    assert!(!refused.status.success() && text(&refused.stderr).contains("no server runs"), "{}", text(&refused.stderr));
    assert!(run(&data, &["backup", archive.to_str().unwrap()]).status.success());
    drop(server);
    let read = || std::fs::read_to_string(data.join("key")).unwrap();
    let first = read();

    let points = ["rotate.filed", "rotate.step:1", "rotate.step:2", "rotate.step:3", "rotate.step:4", "rotate.step:5", "rotate.sealed"];
    for point in points {
        let held = read();
        let cut = seaway(&data).args(["key", "rotate"]).env("SEAWAY_CRASH_POINT", point).output().unwrap();
        assert!(!cut.status.success() && text(&cut.stderr).contains("crash point"), "{point}: {}", text(&cut.stderr));
        assert!(read().ends_with(&held) && read().lines().count() == 2, "{point}: both keys are kept");
        let check = run(&data, &["check"]);
        assert!(check.status.success() && text(&check.stdout).contains("key rotate"), "{point}: {}", text(&check.stdout));
        let (between, _) = serve(&data);
        assert_eq!(json(&data, &["key", "create", "--workspace", "Shop"])["auth_token"], kept, "{point}: both keys open");
        drop(between);
        let ended = run(&data, &["key", "rotate"]);
        assert!(ended.status.success(), "{point}: {}", text(&ended.stderr));
        assert!(read().lines().count() == 1 && !held.contains(read().trim()), "{point}: the new key alone is left");
        assert_eq!(json(&data, &["key", "create", "--workspace", "Shop"])["auth_token"], kept, "{point}: the secrets are the same");
        assert!(run(&data, &["audit"]).status.success(), "{point}");
    }
    let last = read();
    std::fs::write(data.join("key"), &first).unwrap();
    let old = run(&data, &["key", "create", "--workspace", "Shop"]);
    assert!(text(&old.stderr).contains("not the one this database was made with"), "{}", text(&old.stderr));
    std::fs::write(data.join("key"), &last).unwrap();

    let back = folder.path().join("back");
    assert!(run(&back, &["restore", archive.to_str().unwrap()]).status.success());
    assert_eq!(std::fs::read_to_string(back.join("key")).unwrap(), first, "an old backup opens with the key it came with");
    assert_eq!(json(&back, &["key", "create", "--workspace", "Shop"])["auth_token"], kept);
}

/// Proves S27.
#[test]
fn a_key_of_the_environment_is_rotated_by_giving_both() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let ask = |key: &str, arguments: &[&str]| seaway(&data).args(arguments).env("SEAWAY_KEY", key).output().unwrap();
    let (old, new) = ("0a".repeat(32), "0b".repeat(32));
    assert!(ask(&old, &["workspace", "create", "Shop"]).status.success());
    let alone = ask(&old, &["key", "rotate"]);
    assert!(text(&alone.stderr).contains("SEAWAY_KEY=NEW,OLD") && !text(&alone.stderr).contains(&old), "{}", text(&alone.stderr));
    let done = ask(&format!("{new},{old}"), &["key", "rotate"]);
    assert!(done.status.success(), "{}", text(&done.stderr));
    assert!(ask(&new, &["key", "create", "--workspace", "Shop"]).status.success());
    assert!(!ask(&old, &["key", "create", "--workspace", "Shop"]).status.success());
    assert!(!data.join("key").exists());
}

/// Every breach is named, and the exit code says so.
#[tokio::test]
async fn the_audit_ends_with_one_when_a_promise_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    json(&data, &["workspace", "create", "Shop"]);
    let clean = run(&data, &["audit"]);
    assert_eq!(clean.status.code(), Some(0));
    assert!(text(&clean.stdout).starts_with("{\"audit\":\"clean\",\"checked\":{"), "{}", text(&clean.stdout));
    let database = db::Db::open_sqlite(data.join("seaway.db"), db::SqliteOptions::default()).unwrap();
    let edit = "UPDATE audit_row SET actor = 'somebody else' WHERE no = 1";
    database.write(move |tx| Box::pin(async move { Ok(tx.dynamic(edit.into(), vec![]).await?) })).await.unwrap();
    let breached = run(&data, &["audit"]);
    assert_eq!(breached.status.code(), Some(1));
    let lines: Vec<Value> = text(&breached.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["breach"].as_str(), lines[1]["audit"].as_str()), (Some("audit_chain"), Some("breached")));
}

#[test]
fn the_first_run_prints_a_code_and_check_names_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (server, lines) = serve(&data);
    assert!(server.1.starts_with("http://localhost:"), "{lines:?}");
    let set_up = lines.iter().find(|line| line.starts_with("  set-up   open ")).unwrap();
    assert!(set_up.rsplit(' ').next().is_some_and(|code| code.len() == 32), "{set_up}");
    let check = run(&data, &["check"]);
    assert!(check.status.success(), "{}", text(&check.stdout));
    assert!(text(&check.stdout).lines().all(|line| line.starts_with("ok    ")));
    let wrong = run(&data, &["check", "--public-url", "https://a.example", "--files-url", "https://a.example"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stdout).contains("FAIL  own URLs") && text(&wrong.stdout).contains("--files-url https://files.a.example"));
    let key = std::fs::read_to_string(data.join("key")).unwrap();
    std::fs::remove_file(data.join("key")).unwrap();
    assert!(text(&run(&data, &["check"]).stdout).contains("FAIL  key file"));
    std::fs::write(data.join("key"), key).unwrap();
}
