//! A mailbox from end to end against the emulated mail server: our reader and our letters, the connector, and a house that answers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use egress::{Egress, EgressOptions, HostPort};
use emulators::MailServer;
use emulators::mail::{Faults, Ledger, MailConfig, MailboxConfig, Person, Refuse, Stage as At};
use engine::clock::{ManualClock, SystemClock};
use engine::{Clock, Files, Outward};
use model::{ChannelAccount, ChannelAccountId};
use serde_json::json;
use testkit::{ECHO, FakeWorld, House, Parts, Shop, engine_on};
use tokio::net::TcpListener;
use transports::Carrier;

const SHOP: &str = "hello@tidewater.example";
const PEOPLE: [&str; 5] = ["ana", "bob", "cleo", "dan", "eve"];

struct Stage {
    house: House,
    mail: MailServer,
    running: tokio::task::JoinHandle<()>,
}

impl Stage {
    async fn open() -> Result<Self> {
        let mailbox = MailboxConfig { address: SHOP.into(), password: "secret".into(), ..MailboxConfig::default() };
        let person = |key: &str| Person { key: key.into(), name: key.to_uppercase(), address: format!("{key}@mail.example") };
        let config = MailConfig { mailboxes: vec![mailbox], people: PEOPLE.map(person).into(), ..MailConfig::default() };
        let mail = MailServer::new(&config, 7);
        let (imap, smtp) = (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
        let [imap_port, smtp_port] = [&imap, &smtp].map(|one| one.local_addr().map(|at| at.port()).unwrap_or_default().to_string());
        tokio::spawn(mail.clone().serve_imap(imap));
        tokio::spawn(mail.clone().serve_smtp(smtp));

        let door = |port: &str| format!("mail.localhost:{port}").parse::<HostPort>();
        let allow = vec![door(&imap_port)?, door(&smtp_port)?];
        let egress = Egress::new(EgressOptions { allow, ..EgressOptions::default() }).map_err(|error| anyhow::anyhow!(error))?;
        let carrier = Carrier::new(Arc::new(Outward(egress.clone())), egress, &[])?;
        let db = db::Db::open_memory()?;
        db.migrate(store::MIGRATIONS).await?;
        // Letters carry the server's own time, which is the real one.
        let clock = Arc::new(ManualClock::new(SystemClock::default().now()));
        let engine = engine_on(Parts {
            db,
            clock: clock.clone(),
            world: Arc::new(carrier.clone()),
            seed: 7,
            files: Files::in_memory(),
            channels: connectors::ALL,
            alone: true,
        });
        let house = House { engine, clock, world: Arc::new(FakeWorld::default()) };
        house.keep_time();
        house.engine.renew().await?;
        let shop: Shop = house.open_shop_of("Tidewater", model::Settings::default(), ECHO, (vec![], vec![])).await?;
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let account = ChannelAccount {
            id: ChannelAccountId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002)),
            kind: "email".into(),
            name: "Tidewater".into(),
            address: SHOP.into(),
            enabled: true,
            settings: map(&[
                ("address", SHOP),
                ("imap_host", "mail.localhost"),
                ("imap_port", &imap_port),
                ("imap_security", "none"),
                ("smtp_host", "mail.localhost"),
                ("smtp_port", &smtp_port),
                ("smtp_security", "none"),
                ("authserv_id", "mail.localhost"),
            ]),
            secrets: map(&[("imap_password", "secret"), ("smtp_password", "secret")]),
            app_id: None,
            provider_key: None,
            flow_id: None,
            business_hours_id: None,
            webhook_url: String::new(),
            version: 1,
        };
        house.connect(&shop, account).await?;
        let running = tokio::spawn({
            let (carrier, engine) = (carrier.clone(), house.engine.clone());
            async move { carrier.run(engine).await }
        });
        let stage = Self { house, mail, running };
        stage.until("the mailbox is listened to", |stage| stage.ledger().imap.iter().any(|one| one == "IDLE")).await?;
        Ok(stage)
    }

    fn ledger(&self) -> Ledger {
        self.mail.read(|mail| mail.ledger().clone())
    }

    fn faults(&self, faults: Faults) {
        self.mail.with(|mail, _| mail.set_faults(faults));
    }

    fn writes(&self, person: &str, text: &str) -> Result<()> {
        let act = serde_json::from_value(json!({ "act": "mail", "subject": "A question", "text": text }))?;
        let done = self.mail.with(|mail, now| mail.act(SHOP, person, None, act, now));
        done.map(drop).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))
    }

    /// What stands in a person's app besides what they wrote, newest thread last.
    fn answers(&self, person: &str) -> Vec<String> {
        let screens = self.mail.read(|mail| mail.screens_json(SHOP, person, 0));
        let all = screens.iter().rev().filter_map(|screen| screen["messages"].as_array()).flatten();
        all.filter(|one| one["by"] == "business").filter_map(|one| one["text"].as_str().map(str::to_owned)).collect()
    }

    /// How many messages of customers the house keeps.
    async fn kept(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM message WHERE json_extract(body, '$.author.kind') = 'contact'";
        let rows =
            self.house.engine.db().read(move |tx| Box::pin(async move { Ok(tx.dynamic(sql.to_owned(), Vec::new()).await?) })).await?;
        Ok(rows.first().context("a count")?.get::<i64>(0)?)
    }

    /// Lets the house work until it is so.
    async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) -> Result<()> {
        for _ in 0..1_000 {
            self.house.settle().await?;
            if so(self) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            self.house.clock.advance_ms(500);
            self.house.keep_time();
            self.house.engine.renew().await?;
        }
        anyhow::bail!("{what} did not come: {:#?}", self.ledger())
    }

    async fn answered(&self, person: &str, texts: &[&str]) -> Result<()> {
        self.until(&format!("{texts:?} for {person}"), |stage| stage.answers(person).len() >= texts.len()).await?;
        assert_eq!(self.answers(person), texts);
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.running.abort();
    }
}

#[tokio::test]
async fn a_letter_is_heard_answered_in_its_thread_and_read_once_over_cuts_and_a_new_mailbox() -> Result<()> {
    let stage = Stage::open().await?;
    stage.writes("ana", "one")?;
    stage.answered("ana", &["You said one"]).await?;
    let screens = stage.mail.read(|mail| mail.screens_json(SHOP, "ana", 0));
    assert_eq!(screens[1]["messages"].as_array().map(Vec::len), Some(2), "question and answer are one thread");
    assert_eq!(screens[1]["messages"][1]["automatic"], true);

    stage.faults(Faults { cut_imap: 2, duplicate: 2, ..Faults::default() });
    stage.writes("bob", "two")?;
    stage.answered("bob", &["You said two"]).await?;
    stage.faults(Faults::default());

    let before = stage.ledger().imap.len();
    stage.mail.with(|mail, _| mail.renew(SHOP));
    stage.writes("cleo", "three")?;
    stage.answered("cleo", &["You said three"]).await?;
    assert!(stage.ledger().imap[before..].iter().any(|one| one == "SELECT"), "it was opened anew");
    stage.until("nothing more", |stage| stage.ledger().taken.len() == 3).await?;
    assert_eq!(stage.kept().await?, 3, "each letter once, whatever its number");
    Ok(())
}

#[tokio::test]
async fn an_answer_that_has_to_wait_leaves_later_and_one_of_unknown_fate_has_the_same_id() -> Result<()> {
    let stage = Stage::open().await?;
    let grey = Refuse { at: At::Recipient, code: 450, said: "4.2.1 Greylisted".into(), count: 2, address: String::new() };
    stage.faults(Faults { refuse: vec![grey], ..Faults::default() });
    stage.writes("ana", "one")?;
    stage.answered("ana", &["You said one"]).await?;
    assert_eq!(stage.ledger().refused.len(), 2);

    stage.faults(Faults { drop_answer: 1, ..Faults::default() });
    stage.writes("bob", "two")?;
    stage.until("the letter came twice", |stage| stage.ledger().taken.len() == 3).await?;
    let ids: Vec<String> = stage.ledger().taken.iter().skip(1).map(|taken| taken.message_id.clone()).collect();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
    assert_eq!(stage.answers("bob"), ["You said two"], "who has it already drops the copy");
    Ok(())
}

#[tokio::test]
async fn a_note_of_absence_begins_no_loop() -> Result<()> {
    let stage = Stage::open().await?;
    let away = serde_json::from_value(json!({ "act": "away", "on": true }))?;
    stage.mail.with(|mail, now| mail.act(SHOP, "dan", None, away, now)).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
    stage.writes("dan", "one")?;
    stage.answered("dan", &["You said one"]).await?;
    assert_eq!(stage.ledger().automatic, [], "what a machine wrote gets no note");
    stage.writes("eve", "two")?;
    stage.answered("eve", &["You said two"]).await?;
    assert_eq!(stage.ledger().taken.len(), 2);
    Ok(())
}
