//! Real mail servers of Debian in a temporary folder: Postfix takes letters, Dovecot keeps and shows them.
//!
//! One pair serves all tests of the run; each test has mailboxes of its own. A guard ends both and removes the folder as soon as its input
//! closes, so that nothing stays behind, not even of a run that was killed. Every wait here has an end.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The longest that a server may take to begin, to answer or to do what the guard was told.
const PATIENCE: Duration = Duration::from_secs(60);
/// What signs the tokens of XOAUTH2: the server of the mailboxes proves them by itself.
pub const TOKEN_KEY: &[u8] = b"a key that the mail server and the test know";

pub struct Servers {
    folder: PathBuf,
    /// TLS from the first byte, and STARTTLS.
    pub imap: u16,
    pub imap_plain: u16,
    pub smtp: u16,
    /// The certificate of both.
    pub root: Vec<u8>,
    guard: Mutex<Guard>,
}

struct Guard {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

/// What is missing to run them here.
pub fn missing() -> Option<String> {
    const PROGRAMS: [&str; 4] = ["/usr/sbin/dovecot", "/usr/lib/dovecot/lmtp", "/usr/lib/dovecot/imap", "/usr/sbin/postfix"];
    if PROGRAMS.iter().any(|path| !Path::new(path).exists()) {
        return Some("apt-get install dovecot-imapd dovecot-lmtpd postfix".into());
    }
    if !succeeds(Command::new("openssl").arg("version")) {
        return Some("apt-get install openssl".into());
    }
    let may = user() == 0 || succeeds(Command::new("sudo").args(["-n", "true"]));
    (!may).then(|| "Postfix begins as root and gives its rights away: run the test as root, or allow sudo without a password".into())
}

/// The pair of this run.
pub fn shared() -> &'static Servers {
    static SERVERS: OnceLock<Servers> = OnceLock::new();
    SERVERS.get_or_init(Servers::start)
}

impl Servers {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("seaway-mail").tempdir().expect("a folder").keep();
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("rights");
        for name in ["run", "mail", "home", "postfix", "postfix/queue", "postfix/data", "keys/default/HS256"] {
            fs::create_dir_all(folder.join(name)).expect("a folder");
        }
        certificate(&folder);
        // All are held until each is known, so that none is given twice.
        let held = [(); 4].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let [imap, imap_plain, lmtp, smtp] = held.each_ref().map(|one| one.local_addr().expect("a port").port());
        drop(held);
        // Mail servers keep no mail for root.
        let owner = if user() == 0 { 65_534 } else { user() };
        let words = [
            ("IMAP_PLAIN", imap_plain.to_string()),
            ("IMAP", imap.to_string()),
            ("LMTP", lmtp.to_string()),
            ("SMTP", smtp.to_string()),
            ("OWNER", owner.to_string()),
            ("FOLDER", folder.display().to_string()),
        ];
        for (name, text) in [
            ("dovecot.conf", DOVECOT),
            ("oauth2.conf", OAUTH2),
            ("postfix/main.cf", POSTFIX),
            ("postfix/master.cf", MASTER),
            ("guard.sh", GUARD),
        ] {
            let text = words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
            fs::write(folder.join(name), text).expect("a file of settings");
        }
        fs::write(folder.join("postfix/slow"), "slow@mail.example 450 4.2.0 come back later\n").expect("a file of settings");
        // The program that keeps this person's mail finds out too late that there is none (EX_NOUSER).
        fs::write(folder.join("lost.sh"), "cat >/dev/null\nexit 67\n").expect("a program");
        use base64::Engine;
        let key = base64::engine::general_purpose::STANDARD.encode(TOKEN_KEY);
        fs::write(folder.join("keys/default/HS256/default"), key).expect("a key");
        let mut command = if user() == 0 { Command::new("sh") } else { Command::new("sudo") };
        if user() != 0 {
            command.args(["-n", "sh"]);
        }
        let mut child = std::os::unix::process::CommandExt::process_group(&mut command, 0)
            .arg(folder.join("guard.sh"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a guard");
        let said = BufReader::new(child.stdout.take().expect("its words"));
        let root = fs::read(folder.join("cert.der")).expect("a certificate");
        let servers = Self { folder, imap, imap_plain, smtp, root, guard: Mutex::new(Guard { child, said }) };
        servers.hear("ready");
        for port in [imap, imap_plain, lmtp, smtp] {
            let until = Instant::now() + PATIENCE;
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                assert!(Instant::now() < until, "a mail server did not begin: {}", servers.log());
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        servers
    }

    /// Puts a mail into a mailbox as a stranger's server would: through SMTP.
    pub fn deliver(&self, to: &str, mail: &[u8]) {
        let out = TcpStream::connect(("127.0.0.1", self.smtp)).expect("the mail server");
        out.set_read_timeout(Some(PATIENCE)).expect("an end to waiting");
        out.set_write_timeout(Some(PATIENCE)).expect("an end to waiting");
        let mut lines = BufReader::new(out.try_clone().expect("the same stream"));
        let mut out = out;
        let mut hear = |wanted: char| {
            loop {
                let mut line = String::new();
                lines.read_line(&mut line).expect("an answer");
                if line.as_bytes().get(3) != Some(&b'-') {
                    assert!(line.starts_with(wanted), "the mail server said {line}");
                    break;
                }
            }
        };
        hear('2');
        for command in ["EHLO mx.mail.example", "MAIL FROM:<kim@mail.example> BODY=8BITMIME", &format!("RCPT TO:<{to}>")] {
            write!(out, "{command}\r\n").expect("a command");
            hear('2');
        }
        write!(out, "DATA\r\n").expect("a command");
        hear('3');
        let mut content = Vec::with_capacity(mail.len() + 8);
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                content.push(b'.');
            }
            content.extend_from_slice(line);
        }
        content.extend_from_slice(b"\r\n.\r\n");
        out.write_all(&content).expect("a mail");
        hear('2');
    }

    /// Everything in somebody's mailbox, with header lines unfolded.
    pub fn mailbox(&self, who: &str) -> Vec<String> {
        let mut found = Vec::new();
        for part in ["new", "cur"] {
            let entries = fs::read_dir(self.folder.join("mail").join(who).join(part)).into_iter().flatten().flatten();
            found.extend(entries.filter_map(|entry| fs::read(entry.path()).ok()).map(|mail| unfolded(&String::from_utf8_lossy(&mail))));
        }
        found
    }

    /// Cuts every open line to a mailbox.
    pub fn cut_lines(&self) {
        self.tell("cut");
    }

    /// Makes a mailbox anew: the same mails, under other numbers.
    pub fn make_anew(&self, who: &str) {
        self.tell(&format!("anew {who}"));
    }

    /// From now on letters to `slow@mail.example` are taken at once.
    pub fn hurry(&self) {
        self.tell("hurry");
    }

    pub fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        format!("{}{}", read("dovecot.log"), read("postfix.log"))
    }

    fn tell(&self, what: &str) {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let input = guard.child.stdin.as_mut().expect("its ear");
        writeln!(input, "{what}").expect("the guard hears");
        input.flush().expect("the guard hears");
        drop(guard);
        self.hear("done");
    }

    /// The guard's next line; it ends each of its commands by itself in less time than ours.
    fn hear(&self, wanted: &str) {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let mut line = String::new();
        guard.said.read_line(&mut line).expect("the guard's words");
        assert_eq!(line.trim(), wanted, "{}", self.log());
    }
}

fn unfolded(mail: &str) -> String {
    let (head, body) = mail.split_once("\n\n").or_else(|| mail.split_once("\r\n\r\n")).unwrap_or((mail, ""));
    format!("{}\n\n{body}", head.replace("\r\n", "\n").replace("\n\t", " ").replace("\n ", " "))
}

fn user() -> u32 {
    let output = Command::new("id").arg("-u").output().expect("id");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number")
}

fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn certificate(at: &Path) {
    let made =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
    let names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
    assert!(succeeds(
        Command::new("openssl").args(made).args(names).arg("-keyout").arg(at.join("key.pem")).arg("-out").arg(at.join("cert.pem"))
    ));
    assert!(succeeds(
        Command::new("openssl").args(["x509", "-outform", "der", "-in"]).arg(at.join("cert.pem")).arg("-out").arg(at.join("cert.der"))
    ));
    let mut der = Vec::new();
    fs::File::open(at.join("cert.der")).expect("a certificate").read_to_end(&mut der).expect("a certificate");
    assert!(!der.is_empty());
}

/// Runs as root: begins the servers, does what each line of its input says, and ends them with its input.
const GUARD: &str = r#"trap '' INT TERM HUP
export MAIL_CONFIG=FOLDER/postfix
quietly() { timeout 50 "$@" >>FOLDER/guard.log 2>&1 </dev/null; }
chown OWNER:OWNER FOLDER/mail FOLDER/home
chown postfix FOLDER/postfix/data
quietly dovecot -c FOLDER/dovecot.conf && quietly postfix -c FOLDER/postfix start && echo ready || cat FOLDER/guard.log
while read -r what who; do
  case $what in
    cut) quietly doveadm -c FOLDER/dovecot.conf kick '*' ;;
    anew) rm -f FOLDER/mail/$who/dovecot* && quietly doveadm -c FOLDER/dovecot.conf kick $who ;;
    hurry) : >FOLDER/postfix/slow && quietly postfix -c FOLDER/postfix reload ;;
  esac
  echo done
done
quietly postfix -c FOLDER/postfix abort
quietly dovecot -c FOLDER/dovecot.conf stop
rm -rf FOLDER
"#;

const DOVECOT: &str = "base_dir = FOLDER/run
log_path = FOLDER/dovecot.log
protocols = imap lmtp
ssl = required
ssl_cert = <FOLDER/cert.pem
ssl_key = <FOLDER/key.pem
mail_location = maildir:FOLDER/mail/%n
first_valid_uid = 1
default_vsz_limit = 0
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
recipient_delimiter = +
mail_max_userip_connections = 100
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = FOLDER/oauth2.conf
}
passdb {
  driver = static
  mechanisms = plain login
  args = password=pass
}
userdb {
  driver = static
  args = uid=OWNER gid=OWNER home=FOLDER/home/%n allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = IMAP_PLAIN
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = IMAP
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = LMTP
  }
}
service auth {
  unix_listener auth-smtp {
    mode = 0666
  }
}
";

const OAUTH2: &str = "introspection_mode = local
local_validation_key_dict = fs:posix:prefix=FOLDER/keys/
username_attribute = email
";

const POSTFIX: &str = "compatibility_level = 3.6
queue_directory = FOLDER/postfix/queue
data_directory = FOLDER/postfix/data
maillog_file = FOLDER/postfix.log
maillog_file_prefixes = /
myhostname = localhost
mydestination =
mynetworks = 192.0.2.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
local_recipient_maps =
alias_maps =
virtual_mailbox_domains = tide.example, mail.example
virtual_transport = lmtp:inet:127.0.0.1:LMTP
transport_maps = inline:{ {lost@mail.example = lost:nowhere} }
smtpd_tls_cert_file = FOLDER/cert.pem
smtpd_tls_key_file = FOLDER/key.pem
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = FOLDER/run/auth-smtp
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access inline:{ {gone@mail.example = 550 5.1.1 no such user}, {small@mail.example = 552 5.3.4 message size exceeds fixed limit} }, check_recipient_access texthash:FOLDER/postfix/slow
smtpd_error_sleep_time = 0
message_size_limit = 40000000
";

const MASTER: &str = "127.0.0.1:SMTP inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
lost unix - n n - - pipe user=nobody argv=/bin/sh FOLDER/lost.sh
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";
