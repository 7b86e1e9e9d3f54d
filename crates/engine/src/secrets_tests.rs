//! Every connector, every work and every check of the doctor, against providers that repeat to us whatever we said.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use connectors::{ALL, FileRef, Part, Signal, Speaker};
use model::{ChannelAccountId, MessageId, Timestamp};
use serde_json::json;

use super::*;
use crate::clock::ManualClock;
use crate::{CheckLine, Files, MasterKey, Options, Origins, Outgoing, Sent, Vault, World};

/// Marks every secret, so that one is found wherever it stands.
const MARK: &str = "Geheim7";
const KEY: &str = include_str!("../tests/conformance/service-account.json");

/// Repeats address, headers and body in every way that providers say no, or why nothing left.
struct Parrot {
    status: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl World for Parrot {
    async fn request(&self, out: Outgoing) -> Sent {
        let headers: Vec<String> = out.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let body = String::from_utf8_lossy(&out.body).into_owned();
        let said = format!("{} {} {} {body}", out.method, out.url, headers.join(" "));
        self.heard.lock().unwrap().push(said.clone());
        match self.status {
            0 => Sent::NotSent { why: said, permanent: false },
            1 => Sent::Unknown { why: said },
            status => {
                // The id of a message is kept as it is, whatever a provider takes for one.
                let id = if out.method == "POST" { "m-1" } else { &said };
                let error = json!({ "message": said, "code": 190, "type": said, "error_data": { "details": said }, "status": said });
                let body = json!({
                    "error": error, "message": said, "code": 21_211, "error_description": said, "detail": said, "reason": said,
                    "details": [{ "message": said, "property": said }], "data": { "is_valid": false, "error": error }, "statusCode": 500,
                    "basicId": said, "id": id, "endpoint": said, "callback_url": said, "tells": said, "username": said,
                });
                Sent::Answer { status, headers: vec![("retry-after".into(), "1".into())], body: body.to_string().into() }
            }
        }
    }
}

fn engine(status: u16, heard: &Arc<Mutex<Vec<String>>>) -> Engine {
    let origin = || "http://help.example".to_owned();
    Engine::new(Options {
        db: db::Db::open_memory().unwrap(),
        files: Files::in_memory(),
        vault: Vault::new(MasterKey([7; 32])),
        clock: Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000))),
        connectors: ALL,
        origins: Origins { public: origin(), webchat: origin(), files: origin() },
        world: Arc::new(Parrot { status, heard: heard.clone() }),
        seed: 7,
        alone: true,
    })
}

/// An account whose every secret holds the mark.
fn account(connector: &dyn Connector) -> ChannelAccount {
    let mut settings = BTreeMap::new();
    let mut secrets = BTreeMap::new();
    for setting in connector.settings() {
        let key = setting.key.to_owned();
        match setting.kind {
            connectors::SettingKind::Secret => {
                let value = match setting.key {
                    "service_account_json" => KEY.replace("N KEY-", "N PRIVATE KEY-").replace("D KEY-", "D PRIVATE KEY-"),
                    "bot_token" => format!("MTAwMDAwMDAwMDAwMDAwMDAwOQ.{MARK}.öäü"),
                    _ => format!("{MARK}/{}+=\"ü", setting.key),
                };
                secrets.insert(key, value);
            }
            _ => drop(settings.insert(key, setting.default.unwrap_or("1020304050").to_owned())),
        }
    }
    // Tokens that are drawn, and addresses that are not told.
    for (key, value) in [("access_token", MARK), ("stateless_token", MARK)] {
        secrets.entry(key.to_owned()).or_insert_with(|| format!("{value}-drawn"));
    }
    settings.insert("capabilities".into(), r#"{"says":["typing","read","reaction"]}"#.into());
    settings.insert("agent".into(), "brands/b1/agents/a1".into());
    settings.insert("account_sid".into(), "AC5ea0a7000000000000000000000000aa".into());
    ChannelAccount {
        id: ChannelAccountId(uuid::Uuid::from_u128(1)),
        kind: connector.kind().into(),
        name: "Account".into(),
        address: "@account".into(),
        enabled: true,
        settings,
        secrets,
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: "https://help.example/in".into(),
        version: 1,
    }
}

fn works(connector: &dyn Connector) -> Vec<Work> {
    let file =
        FileRef { name: "a.png".into(), media_type: "image/png".into(), bytes: 1, url: "https://f.example/1".into(), ..FileRef::default() };
    let part = |files: Vec<FileRef>| Part { text: "hello".into(), files, speaker: Speaker::default(), ..Part::default() };
    let (to, thread) = ("+4915228817386".to_owned(), "U8189cf6745fc0d808977bdb0b9f22995".to_owned());
    let at = Timestamp::from_secs(1_799_999_000);
    let context = json!({ "markAsReadToken": "m", "replyToken": "r", "channel": "5", "guild": "6" });
    let sends = [vec![], vec![file]].into_iter().map(|files| Work::Part {
        part: part(files),
        to: to.clone(),
        thread: thread.clone(),
        context: context.clone(),
        message: Some(MessageId(uuid::Uuid::from_u128(5))),
        no: 0,
        heard_at: Some(at),
    });
    let signals = [Signal::Typing(true), Signal::Read].map(|signal| Work::Signal {
        to: to.clone(),
        thread: thread.clone(),
        context: context.clone(),
        signal,
        last: Some("m-1".into()),
    });
    let others = [
        Work::Media { url: "https://graph.facebook.com/v25.0/1".into() },
        Work::React {
            to: to.clone(),
            thread: thread.clone(),
            context: context.clone(),
            provider_id: "m-1".into(),
            emoji: Some("👍".into()),
        },
        Work::Profile { external_id: to.clone(), context: context.clone() },
        Work::Templates,
        Work::Missed { since: None, list: None },
        Work::Missed { since: Some("5".into()), list: Some("direct:6".into()) },
        Work::Find { part: part(vec![]), to: to.clone(), sent_after: at },
        Work::Refresh,
    ];
    let checks = connector.checks().iter().map(|what| Work::Check(what));
    sends.chain(signals).chain(others).chain(checks).collect()
}

/// Every part of a secret that would be one.
fn leaks(account: &ChannelAccount, text: &str) -> bool {
    let basic = account.secrets.values().map(|secret| STANDARD.encode(format!("{}:{secret}", account.setting("account_sid"))));
    let key: Value = serde_json::from_str(KEY).unwrap();
    let pem = key["private_key"].as_str().unwrap().lines().nth(1).unwrap_or_default().to_owned();
    text.contains(MARK) || basic.into_iter().any(|one| text.contains(&one)) || text.contains(&pem)
}

/// What each outcome says to people and to logs.
fn said(outcome: &Outcome) -> String {
    let noted = match outcome {
        Outcome::Problem(problem) => {
            format!("{:?}", CheckLine { name: problem.code.clone(), setting: None, problem: Some(problem.clone().into()) })
        }
        Outcome::Failed(problem) => format!("{} {}", problem.code, problem.detail),
        Outcome::RetryAfter { why, .. } | Outcome::HoldThread { why, .. } | Outcome::Uncertain(why) => why.clone(),
        _ => String::new(),
    };
    format!("{outcome:?} {noted}")
}

/// Proves that logs of deliveries, problems of accounts and lines of the doctor hold no secret, whatever a provider says.
#[tokio::test]
async fn no_secret_is_repeated_by_any_connector_in_any_work() {
    let (mut asked, mut spoken, mut repeated) = (0, 0, 0);
    for connector in ALL.iter().filter(|connector| !connector.settings().is_empty()) {
        let account = account(*connector);
        assert!(!leaks(&account, &format!("{account:?}")), "an account is written down with its secrets");
        for work in works(*connector) {
            for status in [0, 1, 200, 201, 400, 401, 403, 404, 409, 429, 500] {
                let heard = Arc::new(Mutex::new(Vec::new()));
                let engine = engine(status, &heard);
                // Files of a message are read before they leave, and there are none here.
                let Ok(outcome) = engine.errand(1, &account, &work).await else { continue };
                let heard = heard.lock().unwrap().join("\n");
                asked += usize::from(!heard.is_empty());
                spoken += usize::from(leaks(&account, &heard));
                let Some(outcome) = outcome else { continue };
                let said = said(&outcome);
                assert!(!leaks(&account, &said), "{} {work:?} {status}: {said}", connector.kind());
                repeated += usize::from(said.contains(HIDDEN));
            }
        }
    }
    assert!(asked > 500 && spoken > 300 && repeated > 50, "{asked} requests, {spoken} with secrets, {repeated} said back");
}

#[tokio::test]
async fn a_step_and_a_request_are_written_down_without_what_proves_us() {
    for connector in ALL.iter().filter(|connector| !connector.settings().is_empty()) {
        let account = account(*connector);
        let engine = engine(200, &Arc::default());
        for work in works(*connector) {
            let step = connector.next(&account, &work, &Value::Null, engine.now());
            assert!(!leaks(&account, &format!("{step:?}")), "{} {work:?}", connector.kind());
            let connectors::Step::Http(request) = step else { continue };
            let Ok(outgoing) = engine.outgoing(1, &account, request).await else { continue };
            assert!(!leaks(&account, &format!("{outgoing:?}")), "{} {work:?}", connector.kind());
        }
    }
    let drawn = Outcome::Credential { secrets: [("access_token".to_owned(), MARK.to_owned())].into(), expires_at: None, refresh_at: None };
    assert!(!format!("{drawn:?}").contains(MARK));
}

#[test]
fn a_secret_is_found_however_it_is_written() {
    let mut account = account(ALL[0]);
    account.secrets = [("a".to_owned(), "s€cret/key=1".to_owned()), ("b".to_owned(), "kurz".to_owned())].into();
    account.settings = [("name".to_owned(), "AC1".to_owned())].into();
    let basic = STANDARD.encode("AC1:s€cret/key=1");
    for said in [
        "at s€cret/key=1!",
        "at https://x.example/bot/s%E2%82%ACcret%2Fkey%3D1/send",
        &format!("Basic {basic}"),
        "Bearer EAAB-another, and on",
    ] {
        let clean = hidden(&account, said);
        assert!(clean.contains(HIDDEN) && !clean.contains("cret") && !clean.contains("EAAB") && !clean.contains(&basic), "{clean}");
    }
    assert_eq!(hidden(&account, "Bearer no, kurz"), "Bearer no, kurz", "words stay words");
}
