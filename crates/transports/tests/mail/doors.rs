//! What stands between us and a server: passwords, tokens, certificates, refusals, each named for what it is.

use std::sync::Arc;

use connectors::{LINE, MailStage, Reply};
use engine::{Sent, World};
use model::{ChannelAccount, Timestamp};
use testkit::FakeWorld;
use transports::Carrier;

use crate::servers::{Servers, TOKEN_KEY};
use crate::stage::{self, Stage};
use crate::{fixture, with_servers};

#[test]
fn what_is_wrong_with_an_account_is_named() {
    with_servers(async |servers| {
        let wrong: [(&str, &str, &str, &str, &str); 5] = [
            ("secret", "imap_password", "wrong", "imap_login", "imap_password"),
            ("secret", "smtp_password", "wrong", "smtp_login", "smtp_password"),
            ("setting", "imap_folder", "Nowhere", "imap_folder", "imap_folder"),
            ("setting", "imap_security", "starttls", "imap_unreachable", "imap_host"),
            ("setting", "smtp_host", "127.0.0.1", "smtp_unreachable", "smtp_host"),
        ];
        for (what, key, value, code, setting) in wrong {
            let stage = Stage::open(servers, "doctor", |account| {
                let place = if what == "secret" { &mut account.secrets } else { &mut account.settings };
                place.insert(key.into(), value.into());
            })
            .await;
            let lines = stage.house.engine.check_channel(stage.shop.ws, stage.account).await.unwrap();
            let bad = lines.iter().find_map(|line| line.problem.clone()).unwrap_or_else(|| panic!("{key} {value}: {lines:?}"));
            assert_eq!((bad.code.as_str(), bad.setting.as_deref()), (code, Some(setting)), "{key} {value}: {lines:?}");
            stage.close().await;
        }
        let stage = Stage::open(servers, "doctor", |_| ()).await;
        let lines = stage.house.engine.check_channel(stage.shop.ws, stage.account).await.unwrap();
        assert!(lines.iter().all(|line| line.problem.is_none()), "{lines:?}");
        assert!([LINE, "smtp"].iter().all(|name| lines.iter().any(|line| line.name == *name)), "{lines:?}");
        stage.close().await;
    });
}

/// A line that does not open says at the account why, and opens once that is mended.
#[test]
fn a_wrong_password_is_the_accounts_problem_until_it_is_right() {
    with_servers(async |servers| {
        let mut kept = None;
        let stage = Stage::open(servers, "mender", |account| {
            account.secrets.insert("imap_password".into(), "wrong".into());
            kept = Some(account.clone());
        })
        .await;
        let problem = stage.until("the problem", async |stage| stage.problem().await).await;
        assert!(problem.contains("imap_login") && !problem.contains("wrong"), "{problem}");
        let mut account: ChannelAccount = kept.expect("the account");
        account.secrets.insert("imap_password".into(), "pass".into());
        stage.house.reconnect(&stage.shop, account).await.unwrap();
        stage.until("no problem any more", async |stage| stage.problem().await.is_none().then_some(())).await;
        servers.deliver("mender@tide.example", &fixture("plain"));
        stage.heard("first@mail.example").await;
        stage.close().await;
    });
}

/// Instead of a password a token that is renewed: the first is too old, the provider gives another one, both servers take it.
#[test]
fn a_token_opens_both_servers_and_is_renewed_when_it_is_over() {
    with_servers(async |servers| {
        let stage = Stage::open(servers, "bearer", |account| {
            for key in ["imap_password", "smtp_password"] {
                account.secrets.remove(key);
            }
            account.settings.insert("oauth_token_url".into(), "https://login.example/token".into());
            account.settings.insert("oauth_client_id".into(), "seaway".into());
            account.secrets.insert("oauth_refresh_token".into(), "refresh".into());
            account.secrets.insert("oauth_access_token".into(), token("bearer@tide.example", -60));
        })
        .await;
        stage.house.world.now_answers(|request| {
            let asked = format!("{request:?}");
            assert!(asked.contains("login.example"), "{asked}");
            let body = serde_json::json!({ "access_token": token("bearer@tide.example", 3_600), "expires_in": 3_600 }).to_string();
            Sent::Answer { status: 200, headers: vec![], body: body.into() }
        });
        servers.deliver("bearer@tide.example", &fixture("plain"));
        let (conversation, _) = stage.heard("first@mail.example").await;
        stage.reply(&conversation, "c1", "By token.").await;
        stage.letter("kim", "By token.").await;
        let lines = stage.house.engine.check_channel(stage.shop.ws, stage.account).await.unwrap();
        assert!(lines.iter().all(|line| line.problem.is_none()), "{lines:?}");
        stage.close().await;
    });
}

/// A signed token as a provider gives it, for so many seconds from now.
fn token(address: &str, seconds: i64) -> String {
    use base64::Engine;
    let write = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs() as i64;
    let claims = serde_json::json!({ "sub": address, "email": address, "iat": now - 120, "exp": now + seconds }).to_string();
    let signed = format!("{}.{}", write(br#"{"alg":"HS256","typ":"JWT"}"#), write(claims.as_bytes()));
    format!("{signed}.{}", write(&connectors::signature::hmac_sha256(TOKEN_KEY, signed.as_bytes())))
}

#[test]
fn a_refusal_names_the_stage_and_the_number() {
    with_servers(async |servers| {
        let world = || Arc::new(FakeWorld::default());
        let carrier = stage::carrier(servers, world(), std::slice::from_ref(&servers.root));
        let account = stage::account(servers, model::Ids::new(Timestamp::from_secs(1), 1).next(), "poster");
        let gone = post(&carrier, &account, "gone@mail.example", vec![]).await;
        assert!(matches!(&gone, Reply::Mail { stage: MailStage::Recipients, code: 550, said, .. } if said.contains("5.1.1")), "{gone:?}");
        let fine = post(&carrier, &account, "poster-kim@mail.example", vec![]).await;
        assert!(matches!(&fine, Reply::Mail { stage: MailStage::Done, code: 250, refused, .. } if refused.is_empty()), "{fine:?}");
        // One of several is refused: the others have it, and who has not is named.
        let partly = post(&carrier, &account, "poster-kim@mail.example", vec!["gone@mail.example"]).await;
        assert!(
            matches!(&partly, Reply::Mail { stage: MailStage::Done, refused, .. } if refused.iter().map(|one| one.code).eq([550])),
            "{partly:?}"
        );
        let slow = post(&carrier, &account, "slow@mail.example", vec![]).await;
        assert!(
            matches!(slow, Reply::Mail { stage: MailStage::Recipients, code: 450, .. } | Reply::Mail { stage: MailStage::Done, .. }),
            "{slow:?}"
        );
        let mut wrong = account.clone();
        wrong.secrets.insert("smtp_password".into(), "wrong".into());
        let refused = post(&carrier, &wrong, "poster-kim@mail.example", vec![]).await;
        assert!(matches!(refused, Reply::Mail { stage: MailStage::SignIn, code: 535, .. }), "{refused:?}");
        // A server that nobody vouches for hears no password, neither for letters nor for a mailbox.
        let strict = stage::carrier(servers, world(), &[]);
        let untrusted = post(&strict, &account, "poster-kim@mail.example", vec![]).await;
        assert!(matches!(untrusted, Reply::Mail { stage: MailStage::Secure, .. }), "{untrusted:?}");
        let email = connectors::find(connectors::ALL, "email").expect("email");
        let line = email.line(&account).expect("a line");
        let closed = strict.knock(connectors::Door::Line(line)).await;
        assert!(matches!(closed, Reply::Mail { stage: MailStage::Secure, .. }), "{closed:?}");
        // A name that the certificate does not have is no better.
        let mut elsewhere = account.clone();
        elsewhere.settings.insert("smtp_host".into(), "mail.localhost".into());
        let other = post(&carrier, &elsewhere, "poster-kim@mail.example", vec![]).await;
        assert!(!matches!(other, Reply::Mail { stage: MailStage::Done, .. }), "{other:?}");
        // Nothing inside is dialled unless the operator allowed it.
        let egress = egress::Egress::new(egress::EgressOptions::default()).expect("a way out");
        let inside = Carrier::new(world(), egress, &[]).expect("a carrier");
        assert!(matches!(post(&inside, &account, "poster-kim@mail.example", vec![]).await, Reply::NotSent(_)));
        // The mail server takes letters before it has put them into mailboxes.
        for _ in 0..600 {
            if servers.mailbox("poster-kim").len() >= 2 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        assert_eq!(servers.mailbox("poster-kim").len(), 2, "refused letters are in no mailbox");
    });
}

/// Hands over a letter as the sender of the house would.
async fn post(carrier: &Carrier, account: &ChannelAccount, to: &str, copies: Vec<&str>) -> Reply {
    let speaker = connectors::Speaker { person: true, name: "Ana".into(), ..Default::default() };
    let work = connectors::Work::Part {
        part: connectors::Part { text: "Hello".into(), speaker, ..Default::default() },
        to: to.into(),
        thread: "mid:a@b".into(),
        context: serde_json::json!({ "copies": copies }),
        message: None,
        no: 0,
        heard_at: None,
    };
    let email = connectors::find(connectors::ALL, "email").expect("email");
    let connectors::Step::Post(letter) = email.next(account, &work, &serde_json::Value::Null, Timestamp::from_secs(1)) else {
        panic!("no letter")
    };
    carrier.post(engine::OutgoingLetter { letter: *letter, files: Default::default() }).await
}

/// Keeps `Servers` honest about what it promises to others.
#[test]
fn a_mail_that_is_delivered_is_in_its_mailbox() {
    with_servers(async |servers: &'static Servers| {
        servers.deliver("nobody-reads@tide.example", b"Subject: kept\r\n\r\n.dot\r\n");
        for _ in 0..200 {
            if servers.mailbox("nobody-reads").iter().any(|mail| mail.contains("Subject: kept") && mail.contains(".dot")) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{}", servers.log());
    });
}
