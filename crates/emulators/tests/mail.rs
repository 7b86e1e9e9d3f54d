//! The emulated mail server at its real sockets, judged by foreign clients: Python's imaplib and smtplib.

use emulators::MailServer;
use emulators::mail::{MailConfig, MailboxConfig, Person};
use tokio::net::TcpListener;

#[tokio::test(flavor = "multi_thread")]
async fn pythons_own_clients_find_nothing_wrong() {
    let mailbox = MailboxConfig {
        address: "hello@tidewater.example".into(),
        password: "secret".into(),
        token: "ya29".into(),
        ..MailboxConfig::default()
    };
    let person = Person { key: "mia".into(), name: "Mia".into(), address: "mia@mail.example".into() };
    let config = MailConfig { mailboxes: vec![mailbox], people: vec![person], ..MailConfig::default() };
    let server = MailServer::new(&config, 7);
    let (imap, smtp) = (TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let ports = [&imap, &smtp].map(|one| one.local_addr().unwrap().port().to_string());
    tokio::spawn(server.clone().serve_imap(imap));
    tokio::spawn(server.clone().serve_smtp(smtp));
    let judge = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail_judge.py");
    let judged = tokio::task::spawn_blocking(move || std::process::Command::new("python3").arg(judge).args(ports).output()).await.unwrap();
    let judged = judged.expect("python3 is there: sudo apt-get install -y python3");
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    let (taken, shown) = server.read(|mail| {
        let shown = mail.screens_json("hello@tidewater.example", "mia", 0);
        (mail.ledger().taken.iter().map(|taken| taken.subject.clone()).collect::<Vec<_>>(), shown[1]["messages"][0]["text"].clone())
    });
    assert_eq!(taken, ["First", "Second", "Fifth", "Answer", "Nobody"]);
    assert_eq!(shown, "here you are");
}
