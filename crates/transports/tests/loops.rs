//! Machines that answer machines: two houses, somebody's absence notes, and bounces, for a day.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use async_trait::async_trait;
use connectors::{Incoming, MailStage, Reply};
use db::Db;
use engine::clock::ManualClock;
use engine::{Files, Outgoing, OutgoingLetter, Sent, World};
use model::{ChannelAccount, ChannelAccountId, Timestamp};
use testkit::{House, Parts, Shop, engine_on};

/// Answers whatever it hears, each time.
const FLOW: &str = r#"{"description":"answer","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"answer"},{"event":"incomingConversationMessage","next":"answer"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"answer","type":"send-message","properties":{"body":"We have your mail."},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

/// Asks twice, and says thank you; nobody is hurried.
const ASKING: &str = r#"{"description":"ask","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"colour"},{"event":"incomingConversationMessage","next":"colour"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"colour","type":"send-and-wait-for-reply","properties":{"body":"Which colour?","choices":["Blue","Green"],"timeout":"864000"},"transitions":[{"event":"incomingMessage","next":"size"},{"event":"timeout"},{"event":"deliveryFailure"}]},
 {"name":"size","type":"send-and-wait-for-reply","properties":{"body":"{{widgets.colour.inbound.Body}}. Which size?","choices":["Small","Large"],"timeout":"864000"},"transitions":[{"event":"incomingMessage","next":"thanks"},{"event":"timeout"},{"event":"deliveryFailure"}]},
 {"name":"thanks","type":"send-message","properties":{"body":"Thank you."},"transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

const TIDE: &str = "support@tide.example";
const WAVE: &str = "hello@wave.example";
/// Has an absence note that knows no manners: no header says what it is, and everything is answered.
const AWAY: &str = "kim@mail.example";
/// An address that is no more.
const GONE: &str = "gone@mail.example";
/// Its server notes what it does not deliver, and answers the address in the head.
const DAEMON: &str = "mailer-daemon@mail.example";

#[derive(Clone)]
struct Mail {
    /// Of the envelope; empty for none.
    sender: String,
    from: String,
    to: String,
    raw: String,
    automatic: bool,
}

/// The road between everybody's mail servers.
#[derive(Default)]
struct Road(Mutex<Vec<Mail>>);

impl Road {
    fn put(&self, mail: Mail) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
    }
    fn take(&self) -> Vec<Mail> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl World for Road {
    async fn request(&self, _request: Outgoing) -> Sent {
        Sent::NotSent { why: "there are only mails here".into(), permanent: true }
    }
    async fn post(&self, out: OutgoingLetter) -> Reply {
        let raw = String::from_utf8(transports::render(&out.letter, &out.files).expect("a letter")).expect("letters are ASCII");
        let automatic = raw.contains("Auto-Submitted: auto-replied");
        for to in &out.letter.recipients {
            let (sender, from) = (out.letter.sender.clone(), out.letter.from.address.clone());
            self.put(Mail { sender, from, to: to.clone(), raw: raw.clone(), automatic });
        }
        Reply::Mail { stage: MailStage::Done, code: 250, said: String::new(), refused: vec![] }
    }
}

struct Office {
    house: House,
    shop: Shop,
    account: ChannelAccountId,
    address: &'static str,
    read: u32,
}

impl Office {
    async fn open(address: &'static str, seed: u64, clock: &Arc<ManualClock>, road: &Arc<Road>) -> Result<Self> {
        Self::open_saying("We have your mail.", address, seed, clock, road).await
    }

    async fn open_saying(words: &str, address: &'static str, seed: u64, clock: &Arc<ManualClock>, road: &Arc<Road>) -> Result<Self> {
        Self::open_with(&format!("\"body\":\"{words}\""), address, seed, clock, road).await
    }

    /// Asks what it wants to know.
    async fn open_asking(address: &'static str, seed: u64, clock: &Arc<ManualClock>, road: &Arc<Road>) -> Result<Self> {
        Self::open_flow(Some(ASKING), address, seed, clock, road).await
    }

    /// Answers with these properties of a message.
    async fn open_with(says: &str, address: &'static str, seed: u64, clock: &Arc<ManualClock>, road: &Arc<Road>) -> Result<Self> {
        let flow = FLOW.replace("\"body\":\"We have your mail.\"", says);
        Self::open_flow(Some(&flow), address, seed, clock, road).await
    }

    /// Without a flow of its own it has the one that every workspace begins with.
    async fn open_flow(flow: Option<&str>, address: &'static str, seed: u64, clock: &Arc<ManualClock>, road: &Arc<Road>) -> Result<Self> {
        let db = Db::open_memory()?;
        db.migrate(store::MIGRATIONS).await?;
        let parts = Parts {
            db,
            clock: clock.clone(),
            world: road.clone(),
            seed,
            files: Files::in_memory(),
            channels: connectors::ALL,
            alone: true,
        };
        let house = House { engine: engine_on(parts), clock: clock.clone(), world: Arc::default() };
        house.keep_time();
        house.engine.renew().await?;
        let shop = match flow {
            Some(flow) => house.open_shop_of("Office", model::Settings::default(), flow, (vec![], vec![])).await?,
            None => house.open_shop("Office").await?,
        };
        let account: ChannelAccountId = house.engine.ids().next();
        let owned = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let row = ChannelAccount {
            id: account,
            kind: "email".into(),
            name: "Mail".into(),
            address: address.into(),
            enabled: true,
            settings: owned(&[("address", address), ("smtp_host", "smtp.example"), ("authserv_id", "mx.example")]),
            secrets: owned(&[("parse_secret", "s"), ("signing_key", "a key")]),
            app_id: None,
            provider_key: None,
            flow_id: None,
            business_hours_id: None,
            webhook_url: String::new(),
            version: 1,
        };
        house.connect(&shop, row).await?;
        Ok(Self { house, shop, account, address, read: 0 })
    }

    async fn hear(&mut self, raw: &str) -> Result<()> {
        self.read += 1;
        let id = format!("mail:box:1 {:010}", self.read);
        let incoming = Incoming::Mail { id: &id, body: raw.as_bytes(), came_at: Some(self.house.now()), whole: true };
        let heard = self.house.engine.receive(self.shop.ws, self.account, incoming).await;
        heard.map_err(|error| anyhow::anyhow!("{} did not take a mail: {error:?}", self.address))?;
        Ok(())
    }
}

impl Office {
    /// So many minutes pass.
    async fn pass(&self, minutes: i64) -> Result<()> {
        for _ in 0..2 {
            self.house.clock.advance_ms(minutes * 30_000);
            self.house.keep_time();
            self.house.engine.renew().await?;
            self.house.settle().await?;
        }
        Ok(())
    }
}

/// What people and servers on the way do to the mails.
#[derive(Clone, Copy, Debug)]
struct Day {
    /// The houses ask questions with answers to choose from.
    asking: bool,
    /// What answers without manners says back what it was sent.
    echoing: bool,
    /// A server on the way throws away every header that says that a machine wrote.
    stripped: bool,
    /// The receiving server vouches for whoever wrote.
    vouched: bool,
}

/// The mails that machines wrote within 24 hours, by who and who, in no direction.
async fn automatic_mails(day: Day) -> Result<BTreeMap<(String, String), usize>> {
    let road = Arc::new(Road::default());
    let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
    let mut offices = match day.asking {
        true => [Office::open_asking(TIDE, 1, &clock, &road).await?, Office::open_asking(WAVE, 2, &clock, &road).await?],
        false => [Office::open(TIDE, 1, &clock, &road).await?, Office::open(WAVE, 2, &clock, &road).await?],
    };
    let person = |from: &str, to: &str, id: &str| Mail {
        sender: from.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        raw: format!("From: {from}\r\nTo: {to}\r\nSubject: Hello\r\nMessage-ID: <{id}@road.example>\r\n\r\nIs anybody there?\r\n"),
        automatic: false,
    };
    let mut counted: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut no = 0;
    for minute in 0..24 * 60 {
        if minute % 240 == 0 {
            // People write now and then: to one office, from one office to the other, and from an address that is no more.
            for (from, to) in [(AWAY, TIDE), (WAVE, TIDE), (TIDE, WAVE), (GONE, WAVE)] {
                road.put(person(from, to, &format!("human-{minute}-{}", from.len() * 100 + to.len())));
            }
        }
        for mail in road.take() {
            if mail.automatic {
                let mut pair = [base(&mail.from), base(&mail.to)];
                pair.sort();
                let [one, other] = pair;
                *counted.entry((one, other)).or_default() += 1;
            }
            no += 1;
            match base(&mail.to).as_str() {
                AWAY => road.put(Mail {
                    sender: AWAY.into(),
                    from: AWAY.into(),
                    to: reply_address(&mail),
                    raw: format!(
                        "From: {AWAY}\r\nTo: {}\r\nSubject: Out of office\r\nMessage-ID: <away-{no}@mail.example>\r\n\r\n{}\r\n",
                        reply_address(&mail),
                        if day.echoing { words(&mail.raw) } else { "I am away.".into() }
                    ),
                    automatic: true,
                }),
                GONE => {
                    // A well-behaved report to the envelope's sender, and a rude one to whoever stands in the head.
                    for to in [mail.sender.clone(), mail.from.clone()].into_iter().filter(|to| !to.is_empty()) {
                        no += 1;
                        let raw = format!(
                            "From: {DAEMON}\r\nTo: {to}\r\nSubject: Undelivered Mail\r\nMessage-ID: <bounce-{no}@mail.example>\r\n\r\nNobody lives here.\r\n"
                        );
                        road.put(Mail { sender: String::new(), from: DAEMON.into(), to, raw, automatic: true });
                    }
                }
                DAEMON => {}
                office => {
                    let raw = arrived(&mail, day);
                    for one in offices.iter_mut().filter(|one| one.address == office) {
                        one.hear(&raw).await?;
                    }
                }
            }
        }
        clock.advance_ms(60_000);
        for one in &offices {
            one.house.keep_time();
            one.house.engine.renew().await?;
            one.house.settle().await?;
        }
    }
    Ok(counted)
}

/// Without a plus and what follows it.
fn base(address: &str) -> String {
    match address.split_once('+').zip(address.split_once('@')) {
        Some(((local, _), (_, domain))) => format!("{local}@{domain}"),
        None => address.to_owned(),
    }
}

/// What a letter of ours says, without its layout.
fn words(raw: &str) -> String {
    let part = raw.split_once("text/plain").and_then(|(_, rest)| rest.split_once("\r\n\r\n")).map_or(raw, |(_, text)| text);
    part.split("\r\n--").next().unwrap_or_default().replace("=\r\n", "")
}

fn reply_address(mail: &Mail) -> String {
    let said = mail.raw.lines().find_map(|line| line.strip_prefix("Reply-To: "));
    said.map_or_else(|| mail.from.clone(), |said| said.trim().trim_matches(['<', '>']).to_owned())
}

/// The mail as it comes out of the mailbox.
fn arrived(mail: &Mail, day: Day) -> String {
    const MACHINES: [&str; 3] = ["auto-submitted:", "x-auto-response-suppress:", "x-seaway-loop:"];
    let (head, body) = mail.raw.split_once("\r\n\r\n").unwrap_or((&mail.raw, ""));
    let kept: Vec<&str> =
        head.lines().filter(|line| !day.stripped || !MACHINES.iter().any(|name| line.to_lowercase().starts_with(name))).collect();
    let domain = mail.from.rsplit_once('@').map_or("", |(_, domain)| domain);
    let verdict = if day.vouched { "pass" } else { "none" };
    format!("Authentication-Results: mx.example; dmarc={verdict} header.from={domain}\r\n{}\r\n\r\n{body}", kept.join("\r\n"))
}

/// Proves S20: whatever the other side's manners are, a pair exchanges at most three automatic mails in a day.
#[tokio::test]
async fn machines_do_not_talk_to_each_other() -> Result<()> {
    let ways = [(false, true), (false, false), (true, true), (true, false)].map(|(stripped, vouched)| (stripped, vouched, false, false));
    // The houses that ask are easier to lead on, and what echoes says the answers that they offer.
    let asking = [(true, true, true, false), (true, true, true, true)];
    for (stripped, vouched, asking, echoing) in ways.into_iter().chain(asking) {
        let day = Day { stripped, vouched, asking, echoing };
        let counted = automatic_mails(day).await?;
        assert!(!counted.is_empty(), "the houses answer people");
        for (pair, count) in &counted {
            assert!(*count <= 3, "{pair:?} exchanged {count} automatic mails; {day:?}: {counted:?}");
        }
        let answered = |one: &str, other: &str| counted.get(&(one.to_owned(), other.to_owned())).copied().unwrap_or(0);
        assert!(answered(AWAY, TIDE) >= 2, "an answer, and the absence note to it: {counted:?}");
        assert!(answered(WAVE, TIDE) >= 1, "a house answers who writes to it: {counted:?}");
    }
    Ok(())
}

/// A person's letter: their first, or an answer to ours as a mail program writes it.
fn letter(id: &str, verdict: &str, answers: Option<&Mail>, text: &str) -> String {
    let to = answers.map_or(TIDE.to_owned(), reply_address);
    let theirs = answers.map(|mail| {
        let id = mail.raw.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default().trim().to_owned();
        let quoted: String = words(&mail.raw).lines().map(|line| format!("> {line}\r\n")).collect();
        (format!("In-Reply-To: {id}\r\nReferences: {id}\r\n"), format!("\r\nOn Monday, {TIDE} wrote:\r\n{quoted}"))
    });
    let (head, quoted) = theirs.unwrap_or_default();
    format!(
        "Authentication-Results: mx.example; dmarc={verdict} header.from=mail.example\r\nFrom: Kim <{AWAY}>\r\nTo: {to}\r\nSubject: A lamp\r\n\
         Message-ID: <{id}@mail.example>\r\n{head}\r\n{text}\r\n{quoted}"
    )
}

/// The one letter that left.
fn only(road: &Road) -> Mail {
    let [mail] = road.take().try_into().unwrap_or_else(|all: Vec<Mail>| panic!("{} letters left", all.len()));
    mail
}

/// Who answers with what was offered has read it, so the machine goes on: three letters within the hour. More of it a person says.
#[tokio::test]
async fn who_answers_what_is_asked_is_asked_the_next_thing() -> Result<()> {
    for verdict in ["pass", "none"] {
        let road = Arc::new(Road::default());
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let mut office = Office::open_asking(TIDE, 1, &clock, &road).await?;
        office.hear(&letter("one", verdict, None, "I want a lamp.")).await?;
        office.pass(1).await?;
        let colour = only(&road);
        assert!(words(&colour.raw).starts_with("Which colour?"), "{}", colour.raw);
        office.pass(20).await?;
        office.hear(&letter("two", verdict, Some(&colour), "Green, please.\r\n\r\nBest regards\r\nKim")).await?;
        office.pass(1).await?;
        let size = only(&road);
        assert!(words(&size.raw).starts_with("Green. Which size?"), "the answer is what was meant: {}", size.raw);
        office.pass(20).await?;
        office.hear(&letter("three", verdict, Some(&size), "2")).await?;
        office.pass(1).await?;
        let thanks = only(&road);
        assert!(words(&thanks.raw).starts_with("Thank you."), "{}", thanks.raw);
        for mail in [&colour, &size, &thanks] {
            assert!(mail.automatic && mail.sender.is_empty(), "each says that a machine wrote it, and nobody bounces to it: {}", mail.raw);
        }
        office.hear(&letter("four", verdict, Some(&thanks), "And a bulb?")).await?;
        office.pass(1).await?;
        assert!(road.take().is_empty());
        let (conversation, _) = office.house.thread(&office.shop, office.account, "mid:one@mail.example").await?;
        assert_eq!(conversation.holder, model::Holder::Task, "the fourth is a person's");
    }
    Ok(())
}

/// A machine answers an address once in a day; whoever writes again is not left to a flow that nobody hears.
#[tokio::test]
async fn who_writes_twice_in_a_day_gets_a_person() -> Result<()> {
    let road = Arc::new(Road::default());
    let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
    let mut office = Office::open(TIDE, 1, &clock, &road).await?;
    let mut holders = Vec::new();
    for id in ["first", "second"] {
        let raw = format!("From: {AWAY}\r\nTo: {TIDE}\r\nSubject: {id}\r\nMessage-ID: <{id}@mail.example>\r\n\r\nIs anybody there?\r\n");
        office.hear(&raw).await?;
        clock.advance_ms(60_000);
        office.house.keep_time();
        office.house.engine.renew().await?;
        office.house.settle().await?;
        let (conversation, _) = office.house.thread(&office.shop, office.account, &format!("mid:{id}@mail.example")).await?;
        holders.push(conversation.holder);
    }
    assert_eq!(road.take().len(), 1, "one answer by a machine");
    assert_eq!(holders, [model::Holder::None, model::Holder::Task], "the second one is a person's");
    Ok(())
}

/// Proves S20: with a name that nobody vouches for, a stranger cannot make our machines say the stranger's words to somebody else, be it in
/// a text, on a card, among the answers offered, or as the name below.
#[tokio::test]
async fn a_machine_repeats_nothing_to_an_unproven_address() -> Result<()> {
    let card = |title: &str, text: &str, label: &str, url: &str, image: &str| {
        let button = format!(r#"{{"label":"{label}","url":"{url}"}}"#);
        format!(r#""body":"We have your mail.","cards":[{{"title":"{title}","text":"{text}","image":"{image}","buttons":[{button}]}}]"#)
    };
    let (shop, picture) = ("https://shop.example/", "https://shop.example/a.png");
    for (verdict, says, heard) in [
        ("pass", r#""body":"You wrote: {{trigger.conversation.Body}}""#.to_owned(), "You wrote: Win big at evil.example"),
        ("none", r#""body":"You wrote: {{trigger.conversation.Body}}""#.to_owned(), ""),
        ("none", r#""body":"Hello {{contact.name}}!""#.to_owned(), ""),
        ("none", r#""body":"About {{trigger.conversation.Subject}}""#.to_owned(), ""),
        ("none", r#""body":"We have your mail.""#.to_owned(), "We have your mail."),
        ("pass", card("For {{contact.name}}", "x", "Shop", shop, picture), "For Win Big"),
        ("none", card("Sea blue", "Waterproof", "Shop", shop, picture), "Sea blue"),
        ("none", card("For {{contact.name}}", "x", "Shop", shop, picture), ""),
        ("none", card("Sea blue", "{{trigger.conversation.Body}}", "Shop", shop, picture), ""),
        ("none", card("Sea blue", "x", "{{contact.name}}", shop, picture), ""),
        ("none", card("Sea blue", "x", "Shop", "https://shop.example/?to={{trigger.conversation.Body | split: ' ' | last}}", picture), ""),
        ("none", card("Sea blue", "x", "Shop", shop, "https://shop.example/{{trigger.conversation.Body | split: ' ' | last}}.png"), ""),
        ("none", r#""body":"We have your mail.","choices":["Yes","No"]"#.to_owned(), "We have your mail."),
        ("none", r#""body":"We have your mail.","choices":["Yes, {{contact.name}}","No"]"#.to_owned(), ""),
        ("none", r#""body":"We have your mail.","from":"{{contact.name}}""#.to_owned(), ""),
    ] {
        let words = &says;
        let road = Arc::new(Road::default());
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let mut office = Office::open_with(words, TIDE, 1, &clock, &road).await?;
        let raw = format!(
            "Authentication-Results: mx.example; dmarc={verdict} header.from=mail.example\r\nFrom: Win Big <{AWAY}>\r\nTo: {TIDE}\r\n\
             Subject: Cheap pills\r\nMessage-ID: <one@mail.example>\r\n\r\nWin big at evil.example\r\n"
        );
        office.hear(&raw).await?;
        clock.advance_ms(60_000);
        office.house.keep_time();
        office.house.engine.renew().await?;
        office.house.settle().await?;
        let sent = road.take();
        let (conversation, _) = office.house.thread(&office.shop, office.account, "mid:one@mail.example").await?;
        if heard.is_empty() {
            assert!(sent.is_empty(), "{words}: {}", sent[0].raw);
            assert_eq!(conversation.holder, model::Holder::Task, "{words}: a person answers instead");
            continue;
        }
        let [letter] = sent.as_slice() else { panic!("{words}, {verdict}: {} letters", sent.len()) };
        assert!(letter.raw.contains(heard), "{}", letter.raw);
        assert_eq!(letter.raw.contains("Cheap pills"), verdict == "pass", "the subject is theirs, too: {}", letter.raw);
    }
    Ok(())
}

/// What has nothing of the offered answers may be a machine's: there a person answers.
#[tokio::test]
async fn who_answers_something_else_gets_a_person() -> Result<()> {
    for text in ["Something red, if you have it", "I am out of office.\r\n\r\nGreen is my stand-in.", "1. Blue\r\n2. Green"] {
        let road = Arc::new(Road::default());
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let mut office = Office::open_asking(TIDE, 1, &clock, &road).await?;
        office.hear(&letter("one", "pass", None, "I want a lamp.")).await?;
        office.pass(1).await?;
        let colour = only(&road);
        office.hear(&letter("two", "pass", Some(&colour), text)).await?;
        office.pass(1).await?;
        assert!(road.take().is_empty(), "{text}");
        let (conversation, _) = office.house.thread(&office.shop, office.account, "mid:one@mail.example").await?;
        assert_eq!(conversation.holder, model::Holder::Task, "{text}");
    }
    Ok(())
}

/// An absence note is no answer, and uses up none: the person who comes back still gives it. They may take days, and are not asked anew.
#[tokio::test]
async fn who_is_away_may_answer_later() -> Result<()> {
    let road = Arc::new(Road::default());
    let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
    let mut office = Office::open_asking(TIDE, 1, &clock, &road).await?;
    office.hear(&letter("one", "pass", None, "I want a lamp.")).await?;
    office.pass(1).await?;
    let colour = only(&road);
    let note =
        letter("note", "pass", Some(&colour), "I am away.").replace("Subject: A lamp", "Auto-Submitted: auto-replied\r\nSubject: Away");
    office.hear(&note).await?;
    for _ in 0..3 {
        office.pass(20 * 60).await?;
    }
    assert!(road.take().is_empty(), "no machine answers a machine");
    office.hear(&letter("two", "pass", Some(&colour), "Blue")).await?;
    office.pass(1).await?;
    let size = only(&road);
    assert!(words(&size.raw).starts_with("Blue. Which size?"), "{}", size.raw);
    Ok(())
}

/// The flow that every workspace begins with asks for the language: who says it by letter reads that somebody comes, and gets them; who
/// takes their time gets them, too.
#[tokio::test]
async fn the_default_flow_finds_a_person_by_letter() -> Result<()> {
    for (minutes, answer, said) in [
        (5, "Deutsch bitte.\r\n\r\nViele Gr=C3=BC=C3=9Fe\r\nKim", vec!["Einen Moment bitte"]),
        (5, "In German, if that is possible", vec![]),
        (45, "Deutsch", vec![]),
    ] {
        let road = Arc::new(Road::default());
        let clock = Arc::new(ManualClock::new(Timestamp::from_secs(1_800_000_000)));
        let mut office = Office::open_flow(None, TIDE, 1, &clock, &road).await?;
        office.hear(&letter("one", "pass", None, "live agent")).await?;
        office.pass(1).await?;
        let asked = only(&road);
        assert!(words(&asked.raw).starts_with("Which language would you like to write in?"), "{}", asked.raw);
        office.pass(minutes).await?;
        let answer = letter("two", "pass", Some(&asked), answer);
        office
            .hear(&answer.replacen(
                "\r\n\r\n",
                "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n",
                1,
            ))
            .await?;
        office.pass(1).await?;
        let heard: Vec<String> = road.take().iter().map(|mail| words(&mail.raw)).collect();
        assert_eq!(heard.len(), said.len(), "{minutes} {answer} {heard:?}");
        assert!(heard.iter().zip(&said).all(|(heard, said)| heard.starts_with(said)), "{heard:?}");
        let (conversation, _) = office.house.thread(&office.shop, office.account, "mid:one@mail.example").await?;
        assert_eq!(conversation.holder, model::Holder::Task, "{answer}");
    }
    Ok(())
}
