//! The providers' side of every channel: the emulators, with customers who write there and look at their screens.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use emulators::carrier::{self, HandsetMessage};
use emulators::discord;
use emulators::mail::{self, Mail};
use emulators::platform::{self, Act, Delays, PlatformAccount};
use emulators::{DiscordServer, MailServer, Network};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::accounts::{self, ACCOUNT, BOT, MAILBOX, SHOP};

/// Where the emulators listen.
#[derive(Clone, Copy)]
pub struct Doors {
    pub http: u16,
    pub imap: u16,
    pub smtp: u16,
}

pub struct World {
    network: Network,
    discord: DiscordServer,
    mail: MailServer,
    served: JoinHandle<()>,
}

/// A message of ours on somebody's screen.
pub struct Seen {
    pub text: String,
    pub at: Option<Timestamp>,
}

/// When the provider first told us of a text, and when we first said that we have it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    pub left: Option<Timestamp>,
    pub taken: Option<Timestamp>,
    pub tries: usize,
}

/// What a provider's ledger says of the faults that struck.
#[derive(Clone, Copy, Debug, Default)]
pub struct Struck {
    pub refused: usize,
    pub answers_lost: usize,
    /// More tries of webhooks than there was to tell.
    pub repeats: usize,
}

impl Drop for World {
    fn drop(&mut self) {
        self.served.abort();
    }
}

impl World {
    /// All emulators with these many customers, whose webhooks may reach the server's port.
    pub async fn open(doors: Doors, server: u16, people: usize) -> Self {
        let config: emulators::Config = serde_json::from_value(accounts::emulators(doors, server, people)).unwrap();
        let post = Arc::new(emulators::Outward::new(&config.egress_allow).unwrap());
        let listener = TcpListener::bind(("127.0.0.1", doors.http)).await.unwrap();
        let emulators = emulators::routers(&config, post);
        let (network, discord, mail) = (emulators.network.clone(), emulators.discord_server.clone(), emulators.mail_server.clone());
        let letters = mail.open([127, 0, 0, 1].into(), doors.imap, doors.smtp).await.unwrap();
        let (router, run) = emulators::by_host(&config.hosts, emulators);
        let served = tokio::spawn(async move {
            tokio::select! {
                served = axum::serve(listener, router) => served.unwrap(),
                () = run => {}
                () = letters => {}
            }
        });
        Self { network, discord, mail, served }
    }

    /// Tells the provider where we hear it. Its repeats come faster than in truth: a dead server is back within seconds.
    pub fn connect(&self, kind: &str, door: &str) {
        match kind {
            "sms" => {
                let number = json!({ "number": SHOP, "account_sid": ACCOUNT, "sms_url": format!("{door}#rc=5&rp=all") });
                self.network.with(|carrier, _| carrier.put_number(serde_json::from_value(number).unwrap()));
            }
            "discord" | "email" | "webchat" => {}
            _ => {
                let account: PlatformAccount = serde_json::from_value(accounts::at_platform(kind, door)).unwrap();
                let pace = if kind == "line" { 20 } else { 10 };
                self.network.with_platforms(|platforms, _| {
                    let id = account.id.clone();
                    platforms.put_account(account);
                    platforms.set_delays(&id, Delays { pace, ..Delays::default() });
                });
            }
        }
    }

    /// Whether the bot's session and the mailbox's line stand: what is said to a bot that never came is told to nobody.
    pub fn listened_to(&self) -> bool {
        self.discord.read(|discord, _| discord.ledger().count("identify") > 0)
            && self.mail.read(|mail| mail.ledger().sign_ins.iter().any(|(door, ..)| *door == "imap"))
    }

    /// A customer writes; the provider's id of it.
    pub fn say(&self, kind: &str, person: usize, text: &str) -> String {
        let key = accounts::key(person);
        let act = Act::Say { text: text.to_owned(), media: vec![], reply_to: None, quick_reply: None };
        let said = match kind {
            "sms" => {
                let message = HandsetMessage { to: SHOP.to_owned(), text: text.to_owned(), media: vec![] };
                let number = accounts::phone(person);
                self.network.with(|carrier, now| carrier.handset_send(&number, &message, now)).map_err(|why| format!("{why:?}"))
            }
            "discord" => self.discord.with(|discord, now| discord.act(BOT, &key, None, act, now)).map_err(|why| why.message),
            "email" => {
                let letter = Act::Mail { subject: "A question".into(), text: text.to_owned(), html: String::new(), media: vec![] };
                self.mail.with(|mail, now| mail.act(MAILBOX, &key, None, letter, now)).map_err(|why| why.message)
            }
            _ => self.network.with_platforms(|all, now| all.act(accounts::id(kind), &key, act, now)).map_err(|why| why.message),
        };
        said.unwrap_or_else(|why| panic!("{kind}: {text}: {why}"))
    }

    /// What we brought to each customer's screen, in the order in which it came.
    pub fn screens(&self, kind: &str, people: usize) -> Vec<Vec<Seen>> {
        let at_ms = |ms: i64| Timestamp::from_millisecond(ms).ok();
        let all = 0..people;
        match kind {
            "sms" => {
                let ledger = self.network.read(|carrier| carrier.ledger());
                let shown = |no| ledger.handsets.get(&accounts::phone(no)).into_iter().flatten().filter(|one| !one.mine && !one.by_carrier);
                all.map(|no| shown(no).map(|one| Seen { text: one.body.clone(), at: Some(one.at) }).collect()).collect()
            }
            "discord" => self.discord.read(|discord, _| {
                let ours = |no| discord.direct_messages(BOT, &accounts::key(no)).into_iter().filter(|one| one.author == BOT);
                all.map(|no| ours(no).map(|one| Seen { text: one.text, at: at_ms(one.at_ms) }).collect()).collect()
            }),
            "email" => self.mail.read(|mail| all.map(|no| letters(mail, &accounts::key(no))).collect()),
            _ => self.network.read_platforms(|all_platforms| {
                let shown = all_platforms.ledger(accounts::id(kind)).map_or(&[][..], |ledger| &ledger.shown);
                let of = |key: String| shown.iter().filter(move |one| one.person == key && one.by == "business");
                all.map(|no| of(accounts::key(no)).map(|one| Seen { text: one.text.clone(), at: Some(one.at) }).collect()).collect()
            }),
        }
    }

    /// How many messages of ours the provider took.
    pub fn taken(&self, kind: &str) -> usize {
        match kind {
            "sms" => self.network.read(|carrier| carrier.ledger().accepted.len()),
            "discord" => self.discord.read(|discord, _| discord.ledger().accepted.len()),
            "email" => self.mail.read(|mail| own_letters(mail).collect::<BTreeSet<_>>().len()),
            _ => self.network.read_platforms(|all| all.ledger(accounts::id(kind)).map_or(0, |ledger| ledger.accepted.len())),
        }
    }

    /// By the provider's id of a text, what we were told of it, and when. Nothing of those that tell by a line of ours, in order.
    pub fn told(&self, kind: &str) -> BTreeMap<String, Told> {
        let mut told: BTreeMap<String, Told> = BTreeMap::new();
        let mut note = |message: &str, left: Timestamp, answered: Option<Timestamp>, status: Option<u16>| {
            let one = told.entry(message.to_owned()).or_default();
            one.tries += 1;
            one.left = Some(one.left.map_or(left, |first| first.min(left)));
            if let Some(at) = answered.filter(|_| status.is_some_and(|status| status < 300)) {
                one.taken = Some(one.taken.map_or(at, |first| first.min(at)));
            }
        };
        match kind {
            "sms" => {
                let ledger = self.network.read(|carrier| carrier.ledger());
                let texts = ledger.webhooks.iter().filter(|one| one.kind == carrier::WebhookKind::Inbound);
                texts.for_each(|one| note(&one.message_sid, one.left_at, one.answered_at, one.answer_status));
            }
            "discord" | "email" | "webchat" => {}
            _ => {
                let ledger = self.network.read_platforms(|all| all.ledger(accounts::id(kind)).cloned().unwrap_or_default());
                let texts = ledger.webhooks.iter().filter(|one| one.what == "message");
                texts.for_each(|one| note(&one.message, one.left_at, one.answered_at, one.answer_status));
            }
        }
        told
    }

    /// What goes wrong everywhere from now on: some of it each time, some of it by turns.
    pub fn upset(&self, no: u64) {
        let by_turns = |every: u64| u32::from(no.is_multiple_of(every));
        for kind in accounts::PLATFORMS {
            let faults = platform::Faults {
                jitter_ms: 300,
                duplicate: by_turns(2),
                shuffle: no % 3 == 1,
                shuffle_ms: 700,
                wrong_signature: by_turns(3),
                drop_response: 1,
                lose_request: by_turns(2),
                too_many: 1,
                retry_after_s: Some(1),
                server_error: by_turns(2),
                server_error_status: 503,
                ..platform::Faults::default()
            };
            self.network.with_platforms(|all, _| all.set_faults(accounts::id(kind), faults));
        }
        let faults = carrier::Faults {
            jitter_ms: 300,
            duplicate: by_turns(2),
            shuffle: no % 3 == 1,
            shuffle_ms: 700,
            drop_response: 1,
            lose_request: by_turns(2),
            too_many: 1,
            retry_after_s: Some(1),
            server_error: by_turns(2),
            server_error_status: 503,
            ..carrier::Faults::default()
        };
        self.network.with(|carrier, _| carrier.set_faults(faults));
        let faults = discord::Faults {
            duplicate: by_turns(2),
            drop_response: 1,
            lose_request: by_turns(2),
            too_many: 1,
            retry_after_ms: 700,
            server_error: by_turns(2),
            ..discord::Faults::default()
        };
        self.discord.with(|discord, _| discord.set_faults(faults));
        let later =
            mail::Refuse { at: mail::Stage::Content, code: 451, said: "4.3.0 Try again later".into(), count: 1, ..mail::Refuse::default() };
        let faults = mail::Faults {
            refuse: if no.is_multiple_of(2) { vec![later] } else { vec![] },
            drop_answer: 1,
            cut_imap: by_turns(2),
            duplicate: by_turns(3),
            ..mail::Faults::default()
        };
        self.mail.with(|mail, _| mail.set_faults(faults));
    }

    /// The gateway's line is cut without a word.
    pub fn cut(&self) {
        self.discord.with(|discord, now| discord.upset("cut", 0, now));
    }

    /// Everything works again.
    pub fn calm(&self) {
        for kind in accounts::PLATFORMS {
            self.network.with_platforms(|all, _| all.set_faults(accounts::id(kind), platform::Faults::default()));
        }
        self.network.with(|carrier, _| carrier.set_faults(carrier::Faults::default()));
        self.discord.with(|discord, _| discord.set_faults(discord::Faults::default()));
        self.mail.with(|mail, _| mail.set_faults(mail::Faults::default()));
    }

    /// What platforms failed to tell us is told now, and not when their schedules of repeats come to it.
    pub fn hurry(&self) {
        self.network.with_platforms(platform::Platforms::hurry);
    }

    /// Webhooks that platforms have yet to tell us, texts and receipts alike.
    pub fn untold(&self) -> usize {
        self.network.read_platforms(|all| accounts::PLATFORMS.iter().map(|kind| all.untold(accounts::id(kind))).sum())
    }

    pub fn struck(&self, kind: &str) -> Struck {
        let told = self.told(kind);
        let repeats = told.values().map(|one| one.tries).sum::<usize>() - told.len();
        match kind {
            "webchat" => Struck::default(),
            "sms" => {
                let ledger = self.network.read(|carrier| carrier.ledger());
                Struck { refused: ledger.refused.len(), answers_lost: ledger.answers_lost as usize, repeats }
            }
            "discord" => self.discord.read(|discord, _| {
                let ledger = discord.ledger();
                Struck { refused: ledger.refused.len(), answers_lost: ledger.answers_lost as usize, repeats: ledger.count("resume") }
            }),
            "email" => self.mail.read(|mail| Struck {
                refused: mail.ledger().refused.len(),
                answers_lost: own_letters(mail).count() - own_letters(mail).collect::<BTreeSet<_>>().len(),
                repeats: mail.ledger().sign_ins.len(),
            }),
            _ => {
                let ledger = self.network.read_platforms(|all| all.ledger(accounts::id(kind)).cloned().unwrap_or_default());
                Struck { refused: ledger.refused.len(), answers_lost: ledger.answers_lost as usize, repeats }
            }
        }
    }
}

/// The ids of the letters that we handed over; a letter is one under its id, however often that was.
fn own_letters(mail: &Mail) -> impl Iterator<Item = &String> {
    mail.ledger().taken.iter().filter(|one| !one.user.is_empty()).map(|one| &one.message_id)
}

/// What stands in a customer's mail app of ours: the first line of each letter, as below it an answer quotes.
fn letters(mail: &Mail, key: &str) -> Vec<Seen> {
    let screens = mail.screens_json(MAILBOX, key, 0);
    let all = screens.iter().flat_map(|screen| screen["messages"].as_array().into_iter().flatten());
    let mut ours: Vec<&Value> = all.filter(|one| one["by"] == "business").collect();
    ours.sort_by_key(|one| one["position"].as_u64());
    let first = |one: &Value| one["text"].as_str().unwrap_or_default().lines().next().unwrap_or_default().to_owned();
    let at = |one: &Value| one["at_ms"].as_i64().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    ours.into_iter().map(|one| Seen { text: first(one), at: at(one) }).collect()
}
