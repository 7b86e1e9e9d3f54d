//! A session at Discord's gateway: what to answer to each frame, and how to go on after a cut. A value without socket, clock or chance.

use std::collections::VecDeque;

use connectors::discord::{close, place::Place, place::is_session};
use model::Timestamp;
use serde_json::{Value, json};

/// Frames that may leave within a minute: Discord takes 120, and heartbeats shall always have room.
const SENDS: usize = 110;
const SEND_WINDOW_MS: i64 = 60_000;
/// How long a session that was refused is not asked for anew, in milliseconds, drawn between the two.
const ANEW_MS: (u64, u64) = (1_000, 5_000);
/// After Discord said that we are too fast, in milliseconds.
const SLOWER_MS: u64 = 10_000;

/// What a frame asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Order {
    Say(String),
    /// Say that we live: first after so many milliseconds, then each so many.
    Beat {
        first_ms: u64,
        every_ms: u64,
    },
    /// The session stands.
    Opened,
    /// For whoever understands it. `anew`: it begins a session, and what happened since the one before was not told.
    HandOn {
        from: String,
        anew: bool,
    },
    /// Come back after so many milliseconds.
    Leave {
        wait_ms: u64,
    },
}

/// How to go on after the gateway closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// In vain until somebody mends what the code names.
    Fatal(u16),
    Again {
        wait_ms: u64,
    },
}

pub struct Session {
    shard: u32,
    shards: u32,
    token: String,
    intents: u64,
    /// The session that can be resumed, and the last number heard in it.
    place: Option<(Place, u64)>,
    /// The heartbeat before was answered.
    answered: bool,
    sent: VecDeque<Timestamp>,
}

impl Session {
    /// `kept` is where an earlier process stood.
    pub fn new(shard: u32, shards: u32, token: &str, intents: u64, kept: Option<(Place, u64)>) -> Self {
        Self { shard, shards, token: token.to_owned(), intents, place: kept, answered: true, sent: VecDeque::new() }
    }

    /// Where to connect; `None` = where the API says.
    pub fn url(&self) -> Option<&str> {
        self.place.as_ref().map(|(place, _)| place.url.as_str()).filter(|url| !url.is_empty())
    }

    /// Whether the next connection begins a new session.
    pub fn is_new(&self) -> bool {
        self.place.is_none()
    }

    /// A new connection: nothing was said on it.
    pub fn connected(&mut self) {
        self.answered = true;
        self.sent.clear();
    }

    /// One frame of the gateway. `dice` is chance.
    pub fn frame(&mut self, text: &str, now: Timestamp, dice: u64) -> Vec<Order> {
        let Ok(frame) = serde_json::from_str::<Value>(text) else { return vec![Order::Leave { wait_ms: ANEW_MS.0 }] };
        match frame.get("op").and_then(Value::as_u64) {
            Some(0) => self.dispatch(&frame, now),
            Some(1) => vec![Order::Say(self.heartbeat())],
            Some(7) => vec![Order::Leave { wait_ms: 0 }],
            Some(9) => {
                if frame.get("d") != Some(&Value::Bool(true)) {
                    self.place = None;
                }
                vec![Order::Leave { wait_ms: ANEW_MS.0 + dice % (ANEW_MS.1 - ANEW_MS.0 + 1) }]
            }
            Some(10) => {
                let every_ms = frame.pointer("/d/heartbeat_interval").and_then(Value::as_u64).unwrap_or(41_250).max(1);
                vec![Order::Beat { first_ms: dice % every_ms, every_ms }, Order::Say(self.greeting())]
            }
            Some(11) => {
                self.answered = true;
                vec![]
            }
            _ => vec![],
        }
    }

    fn dispatch(&mut self, frame: &Value, now: Timestamp) -> Vec<Order> {
        let number = frame.get("s").and_then(Value::as_u64).unwrap_or_default();
        let kind = frame.get("t").and_then(Value::as_str).unwrap_or_default();
        if kind == "READY" {
            let word = |name: &str| frame.pointer(&format!("/d/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned();
            let session = word("session_id");
            let place = Place { shard: self.shard, shards: self.shards, began: now, session, url: word("resume_gateway_url") };
            self.place = is_session(&place.session).then_some((place, number));
        }
        let Some((place, last)) = &mut self.place else { return vec![] };
        *last = number.max(*last);
        let mut orders = vec![Order::HandOn { from: place.to_string(), anew: kind == "READY" }];
        if matches!(kind, "READY" | "RESUMED") {
            orders.push(Order::Opened);
        }
        orders
    }

    /// Who we are: going on where we were, or from the beginning.
    fn greeting(&self) -> String {
        let frame = match &self.place {
            Some((place, number)) => json!({ "op": 6, "d": { "token": self.token, "session_id": place.session, "seq": number } }),
            None => json!({ "op": 2, "d": {
                "token": self.token,
                "intents": self.intents,
                "shard": [self.shard, self.shards],
                "properties": { "os": std::env::consts::OS, "browser": "seaway", "device": "seaway" },
            } }),
        };
        frame.to_string()
    }

    fn heartbeat(&self) -> String {
        json!({ "op": 1, "d": self.place.as_ref().map(|(_, number)| number) }).to_string()
    }

    /// It is time to say that we live; `None` when nobody answered the last time: the line is dead, though it looks open.
    pub fn beat(&mut self) -> Option<String> {
        std::mem::replace(&mut self.answered, false).then(|| self.heartbeat())
    }

    /// Whether one more frame may leave.
    pub fn may_say(&mut self, now: Timestamp) -> bool {
        while self.sent.front().is_some_and(|at| now.millis() - at.millis() >= SEND_WINDOW_MS) {
            self.sent.pop_front();
        }
        let may = self.sent.len() < SENDS;
        if may {
            self.sent.push_back(now);
        }
        may
    }

    /// The gateway closed, with its code where it said one.
    pub fn closed(&mut self, code: Option<u16>) -> Closing {
        match code {
            Some(code) if close::fatal(code).is_some() => {
                self.place = None;
                Closing::Fatal(code)
            }
            Some(4008) => Closing::Again { wait_ms: SLOWER_MS },
            Some(code) if close::ends_session(code) => {
                self.place = None;
                Closing::Again { wait_ms: ANEW_MS.0 }
            }
            _ => Closing::Again { wait_ms: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_735_984_800);

    fn session() -> Session {
        Session::new(0, 2, "t", 512, None)
    }

    fn dispatch(session: &mut Session, number: u64, kind: &str) -> Vec<Order> {
        let data = json!({ "session_id": "abc", "resume_gateway_url": "wss://eu.test" });
        session.frame(&json!({ "op": 0, "s": number, "t": kind, "d": data }).to_string(), NOW, 7)
    }

    fn said(orders: &[Order]) -> Vec<Value> {
        let said = orders.iter().filter_map(|order| match order {
            Order::Say(frame) => serde_json::from_str(frame).ok(),
            _ => None,
        });
        said.collect()
    }

    const HELLO: &str = r#"{"op":10,"d":{"heartbeat_interval":1000},"s":null,"t":null}"#;

    #[test]
    fn a_stranger_says_who_they_are_and_goes_on_where_they_were() {
        let mut session = session();
        let hello = session.frame(HELLO, NOW, 1_700);
        assert_eq!(hello[0], Order::Beat { first_ms: 700, every_ms: 1000 });
        let identify = &said(&hello)[0];
        assert_eq!((&identify["op"], &identify["d"]["shard"], &identify["d"]["intents"]), (&json!(2), &json!([0, 2]), &json!(512)));
        assert!(identify.to_string().len() < 4096);
        let ready = dispatch(&mut session, 1, "READY");
        let from = "0/2 1735984800000 abc wss://eu.test".to_owned();
        assert_eq!(ready, [Order::HandOn { from: from.clone(), anew: true }, Order::Opened]);
        assert_eq!(dispatch(&mut session, 5, "MESSAGE_CREATE"), [Order::HandOn { from: from.clone(), anew: false }]);
        assert_eq!(session.closed(None), Closing::Again { wait_ms: 0 });
        assert_eq!(session.url(), Some("wss://eu.test"));
        session.connected();
        let resume = said(&session.frame(HELLO, NOW, 0));
        assert_eq!(resume, [json!({ "op": 6, "d": { "token": "t", "session_id": "abc", "seq": 5 } })]);

        let kept = from.parse().ok().map(|place| (place, 5));
        let mut later = Session::new(0, 2, "t", 512, kept);
        assert_eq!(said(&later.frame(HELLO, NOW, 0)), resume, "another process goes on");
    }

    #[test]
    fn a_session_that_is_over_is_begun_anew() {
        let began = |orders: Vec<Order>| said(&orders)[0]["op"] == json!(2);
        for (frame, anew) in [(r#"{"op":9,"d":false}"#, true), (r#"{"op":9,"d":true}"#, false), (r#"{"op":7,"d":null}"#, false)] {
            let mut session = session();
            dispatch(&mut session, 1, "READY");
            let [Order::Leave { wait_ms }] = session.frame(frame, NOW, 3_999)[..] else { panic!("{frame}") };
            assert!(wait_ms <= 5_000 && (frame.contains("7") || wait_ms >= 1_000));
            assert_eq!(began(session.frame(HELLO, NOW, 0)), anew, "{frame}");
        }
        for (code, anew) in [(4000, false), (4001, false), (4007, true), (4008, false), (4009, true), (1000, true), (1006, false)] {
            let mut session = session();
            dispatch(&mut session, 1, "READY");
            assert!(matches!(session.closed(Some(code)), Closing::Again { .. }), "{code}");
            assert_eq!(began(session.frame(HELLO, NOW, 0)), anew, "{code}");
        }
        for code in [4004, 4010, 4011, 4012, 4013, 4014] {
            assert_eq!(session().closed(Some(code)), Closing::Fatal(code));
        }
    }

    #[test]
    fn a_line_that_does_not_answer_is_dead() {
        let mut session = session();
        dispatch(&mut session, 9, "READY");
        assert_eq!(session.beat(), Some(r#"{"op":1,"d":9}"#.into()));
        assert_eq!(session.frame(r#"{"op":11}"#, NOW, 0), []);
        assert!(session.beat().is_some());
        assert_eq!(session.frame(r#"{"op":1,"d":null}"#, NOW, 0), [Order::Say(r#"{"op":1,"d":9}"#.into())], "asked, answered at once");
        assert_eq!(session.beat(), None);
        session.connected();
        assert!(session.beat().is_some());
    }

    #[test]
    fn no_more_leaves_in_a_minute_than_discord_takes() {
        let mut session = session();
        assert_eq!((0..200).filter(|_| session.may_say(NOW)).count(), SENDS);
        assert!(!session.may_say(NOW.plus_secs(59)) && session.may_say(NOW.plus_secs(60)));
    }

    #[test]
    fn nonsense_harms_nobody() {
        for frame in
            ["", "[]", "{}", r#"{"op":"x"}"#, r#"{"op":0}"#, r#"{"op":0,"t":"READY","s":1,"d":{"session_id":"a b"}}"#, r#"{"op":99}"#]
        {
            let orders = session().frame(frame, NOW, 0);
            assert!(orders.iter().all(|order| matches!(order, Order::Leave { .. })), "{frame}: {orders:?}");
        }
    }
}
