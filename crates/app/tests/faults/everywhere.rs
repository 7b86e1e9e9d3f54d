//! What must be true in the end on all channels: what customers wrote and what stands on their screens, by the emulators, against what
//! the installation holds and what it lists before a person.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use db::{Db, Value};
use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::time::sleep;

use super::accounts::KINDS;
use super::agent::ANSWER;
use super::crowd::Crowd;
use super::house::House;
use super::judge::{DELIVERY, PATIENCE, nothing_put_aside, open, rows, stuck};
use super::world::{Seen, World};

/// So long an unknown send holds back what stands behind it.
const HELD_BACK_S: i64 = 30;
/// Of so many answers at most one may be left to a person: a kill rarely meets a request on its way.
const OF_MANY: usize = 5;
/// Channels on which a send in doubt is looked up, or asked again under its key: none stays so.
const CLEARED_UP: [&str; 4] = ["sms", "email", "gbm", "custom"];
/// Channels whose provider tells what it took: what arrived does not stay in doubt.
const TELL: [&str; 3] = ["messenger", "instagram", "whatsapp"];

/// On LINE a free answer is said once, and may stay in doubt; a push has a key. Told with what became of each try.
const PUSHED_IN_DOUBT: &str = "SELECT o.progress, o.body, t.no, t.epoch, t.started_at, t.ended_at, t.outcome \
    FROM outbox o JOIN channel_account a ON a.workspace_id = o.workspace_id AND a.id = o.channel_account_id \
    LEFT JOIN attempt t ON t.workspace_id = o.workspace_id AND t.outbox_id = o.id \
    WHERE a.kind = 'line' AND o.state = 'uncertain' AND o.progress LIKE '%push%' ORDER BY o.id, t.no";

/// A message in the database.
struct Kept {
    kind: String,
    thread: String,
    id: String,
    text: String,
    state: String,
    from_customer: bool,
}

/// Waits until nothing is left to do but for a person to decide.
pub async fn quiet(house: &House, crowd: &Crowd) {
    let db = open(house).await;
    let cleared_up = CLEARED_UP.map(|kind| format!("'{kind}'")).join(", ");
    let left = format!(
        "SELECT 'inbound ' || state, count(*) FROM inbound WHERE state = 'received' GROUP BY 1 \
        UNION ALL SELECT 'outbox ' || a.kind || ' ' || o.state, count(*) FROM outbox o JOIN channel_account a ON a.workspace_id = o.workspace_id AND a.id = o.channel_account_id \
            WHERE o.state IN ('queued', 'sending') OR (o.state = 'uncertain' AND a.kind IN ({cleared_up})) GROUP BY 1 \
        UNION ALL SELECT 'job ' || kind, count(*) FROM job WHERE kind NOT IN ('close', 'wait', 'worker_gone') GROUP BY 1 \
        UNION ALL SELECT 'conversation ' || holder, count(*) FROM conversation WHERE state = 'open' AND holder <> 'none' GROUP BY 1"
    );
    let (mut moved, mut before) = (Instant::now(), String::new());
    // A server is there that lives: what failed so often that its next try is minutes away may come.
    house.world().hurry();
    loop {
        let untold = house.world().untold();
        let heard = rows(&db, "SELECT count(*) FROM inbound WHERE body LIKE '%\"kind\":\"message\"%'").await;
        let heard_all = matches!(heard[0][0], Value::Int(count) if count as usize >= crowd.written.len()) && crowd.waiting() == 0;
        let waiting = rows(&db, &left).await;
        if waiting.is_empty() && heard_all && untold == 0 {
            return nothing_put_aside(house, &db).await;
        }
        let state = format!("{waiting:?} {heard:?} {} {untold}", crowd.waiting());
        if state != before {
            (moved, before) = (Instant::now(), state);
        }
        if moved.elapsed() > PATIENCE {
            let unheard = unheard(&db, crowd).await;
            let stuck = stuck(&db).await;
            panic!(
                "{}: work is left over: {waiting:?}; heard {:?} of {}, not: {unheard:?}; {untold} webhooks not taken\nopen: {stuck:#?}",
                house.engine,
                heard[0],
                crowd.written.len()
            );
        }
        sleep(Duration::from_millis(500)).await;
    }
}

async fn unheard<'a>(db: &Db, crowd: &'a Crowd) -> Vec<&'a str> {
    let kept = kept(db).await;
    let heard: BTreeSet<&str> = kept.iter().filter(|one| one.from_customer).map(|one| one.text.as_str()).collect();
    crowd.written.iter().map(|one| one.text.as_str()).filter(|text| !heard.contains(text)).collect()
}

async fn kept(db: &Db) -> Vec<Kept> {
    let sql = "SELECT m.body, a.kind FROM message m JOIN thread t ON t.workspace_id = m.workspace_id AND t.id = m.thread_id \
        JOIN channel_account a ON a.workspace_id = t.workspace_id AND a.id = t.channel_account_id ORDER BY m.thread_id, m.pos";
    let mut kept = Vec::new();
    for row in rows(db, sql).await {
        let [Value::Text(body), Value::Text(kind)] = row.as_slice() else { panic!("a row of texts") };
        let message: Json = serde_json::from_str(body).unwrap();
        let word = |name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let by = message["author"]["kind"].as_str().unwrap_or_default();
        if !message["notice"].is_null() || message["private"] == true || !matches!(by, "contact" | "bot" | "worker") {
            continue;
        }
        let kind = kind.clone();
        kept.push(Kept {
            kind,
            thread: word("thread_id"),
            id: word("id"),
            text: word("text"),
            state: word("state"),
            from_customer: by == "contact",
        });
    }
    kept
}

/// The judgement.
pub async fn judged(house: &House, crowd: &Crowd) {
    let world = house.world();
    arrived(world, crowd).await;
    let db = open(house).await;
    let kept = kept(&db).await;
    let undelivered = undelivered(house).await;
    heard_once(house, crowd, &kept);
    let faults: Vec<String> = KINDS.iter().flat_map(|kind| channel(kind, world, crowd, &kept, &undelivered)).collect();
    assert!(faults.is_empty(), "{}:\n{}", house.engine, faults.join("\n"));
    let pushed = rows(&db, PUSHED_IN_DOUBT).await;
    assert!(pushed.is_empty(), "{}: LINE can be asked again under a key, and was not: {pushed:#?}", house.engine);
    let late: Vec<String> = order(world, crowd, &kept, &first_tries(&db).await);
    assert!(late.is_empty(), "{}: out of order:\n{}", house.engine, late.join("\n"));
    really_upset(house, world, crowd, &kept);
}

/// Whatever a provider took comes to a screen a moment later.
async fn arrived(world: &World, crowd: &Crowd) {
    let began = Instant::now();
    let on_the_way = |kind: &&str| *kind != "webchat" && world.taken(kind) > screens(world, crowd, kind).iter().map(Vec::len).sum();
    while KINDS.iter().any(&on_the_way) && began.elapsed() < DELIVERY {
        sleep(Duration::from_millis(200)).await;
    }
    // A visitor's socket that broke is open again, and is told what it missed.
    sleep(Duration::from_secs(2)).await;
}

fn screens(world: &World, crowd: &Crowd, kind: &str) -> Vec<Vec<Seen>> {
    if kind != "webchat" {
        return world.screens(kind, crowd.people);
    }
    let seen = |texts: Vec<String>| texts.into_iter().map(|text| Seen { text, at: None }).collect();
    crowd.visitors.iter().map(|visitor| seen(visitor.seen())).collect()
}

/// Each text is one message of a customer, and each customer of a channel has a thread of their own, or one for each letter.
fn heard_once(house: &House, crowd: &Crowd, kept: &[Kept]) {
    let mut heard: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for one in kept.iter().filter(|one| one.from_customer) {
        heard.entry((&one.kind, &one.text)).or_default().push(&one.thread);
    }
    let wrong: Vec<String> = crowd
        .written
        .iter()
        .filter(|one| heard.get(&(one.kind, one.text.as_str())).is_none_or(|threads| threads.len() != 1))
        .map(|one| format!("{}: {:?}", one.text, heard.get(&(one.kind, one.text.as_str()))))
        .collect();
    assert!(wrong.is_empty(), "{}: not heard exactly once: {wrong:?}", house.engine);
    assert_eq!(heard.len(), crowd.written.len(), "{}: something was heard that nobody wrote", house.engine);
    let mut owners: BTreeMap<&str, BTreeSet<(&str, usize)>> = BTreeMap::new();
    let mut threads: BTreeMap<(&str, usize), BTreeSet<&str>> = BTreeMap::new();
    for one in &crowd.written {
        let thread = heard[&(one.kind, one.text.as_str())][0];
        owners.entry(thread).or_default().insert((one.kind, one.person));
        threads.entry((one.kind, one.person)).or_default().insert(thread);
    }
    assert!(owners.values().all(|of| of.len() == 1), "{}: two customers in one thread: {owners:?}", house.engine);
    assert!(threads.values().all(|of| of.len() == 1), "{}: one customer in two threads: {threads:?}", house.engine);
}

/// What is wrong with the answers on a channel.
fn channel(kind: &str, world: &World, crowd: &Crowd, kept: &[Kept], undelivered: &BTreeMap<String, String>) -> Vec<String> {
    let screens = screens(world, crowd, kind);
    let mut faults = Vec::new();
    let mut wanted: BTreeMap<&str, usize> = BTreeMap::new();
    for ours in kept.iter().filter(|one| one.kind == kind && !one.from_customer) {
        *wanted.entry(&ours.text).or_default() += 1;
        let shown = screens.iter().flatten().filter(|seen| seen.text == ours.text).count();
        let listed = undelivered.get(&ours.id).map(String::as_str);
        let right = match ours.state.as_str() {
            "sent" | "delivered" | "read" => shown == 1 && listed.is_none(),
            "uncertain" => shown <= usize::from(!TELL.contains(&kind)) && listed == Some("uncertain") && !CLEARED_UP.contains(&kind),
            _ => false,
        };
        if !right {
            faults.push(format!("{}: {:?} is {}, stands on {shown} screens, and is listed as {listed:?}", kind, ours.text, ours.state));
        }
    }
    for (person, screen) in screens.iter().enumerate() {
        let theirs: Vec<_> = crowd.written.iter().filter(|one| one.kind == kind && one.person == person).collect();
        for one in &theirs {
            let answer = format!("We heard {}", one.text);
            if wanted.get(answer.as_str()) != Some(&1) {
                faults.push(format!("{answer:?} was said {:?} times", wanted.get(answer.as_str())));
            }
        }
        let answers = screen.iter().filter(|seen| seen.text.starts_with(ANSWER)).count();
        let asked = theirs.iter().filter(|one| one.asks).count();
        let all_told = kept.iter().filter(|one| one.kind == kind).all(|one| one.state != "uncertain");
        if answers > asked || all_told && answers < asked {
            faults.push(format!("{kind}: person {person} asked for a person {asked} times, and was answered {answers} times"));
        }
        for seen in screen {
            let right = seen.text.starts_with(ANSWER) || theirs.iter().any(|one| seen.text == format!("We heard {}", one.text));
            if !right {
                faults.push(format!("{kind}: person {person} sees {:?}, which is no answer to them", seen.text));
            }
        }
    }
    faults
}

/// What we list before a person: messages by id, with their states.
async fn undelivered(house: &House) -> BTreeMap<String, String> {
    let (mut listed, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = house.api(&format!("/undelivered?limit=100{cursor}")).await;
        for one in page["items"].as_array().unwrap() {
            let word = |name: &str| one["message"][name].as_str().unwrap().to_owned();
            listed.insert(word("id"), word("state"));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return listed,
        }
    }
}

/// When each of our messages was tried first.
async fn first_tries(db: &Db) -> BTreeMap<String, Timestamp> {
    let sql = "SELECT m.body, min(t.started_at) FROM message m JOIN outbox o ON o.workspace_id = m.workspace_id AND o.message_id = m.id \
        JOIN attempt t ON t.workspace_id = o.workspace_id AND t.outbox_id = o.id GROUP BY m.body";
    let mut tries = BTreeMap::new();
    for row in rows(db, sql).await {
        let [Value::Text(body), Value::Int(at)] = row.as_slice() else { panic!("a text and a time") };
        let message: Json = serde_json::from_str(body).unwrap();
        tries.insert(message["text"].as_str().unwrap_or_default().to_owned(), Timestamp::from_microsecond(*at).unwrap());
    }
    tries
}

/// Texts are kept in the order in which we were told of them, and what we say to a customer comes in the order in which we said it.
fn order(world: &World, crowd: &Crowd, kept: &[Kept], tries: &BTreeMap<String, Timestamp>) -> Vec<String> {
    let mut late = Vec::new();
    let place: BTreeMap<&str, usize> = kept.iter().enumerate().map(|(at, one)| (one.text.as_str(), at)).collect();
    for kind in KINDS {
        let told = world.told(kind);
        let by_line = matches!(kind, "discord" | "webchat");
        let of_kind: Vec<_> = crowd.written.iter().filter(|one| one.kind == kind).collect();
        for (no, first) in of_kind.iter().enumerate() {
            assert!(by_line || kind == "email" || told.contains_key(&first.id), "{:?} was never told", first.text);
            for second in of_kind[no + 1..].iter().filter(|one| one.person == first.person) {
                let taken = told.get(&first.id).and_then(|one| one.taken);
                let left = told.get(&second.id).and_then(|one| one.left);
                let before = by_line || taken.zip(left).is_some_and(|(taken, left)| taken < left);
                if before && place[first.text.as_str()] > place[second.text.as_str()] {
                    late.push(format!("{:?} was told before {:?}, and is kept behind it", first.text, second.text));
                }
            }
        }
        for screen in screens(world, crowd, kind) {
            for (no, first) in screen.iter().enumerate() {
                for second in &screen[no + 1..] {
                    let (one, other) = (place.get(first.text.as_str()), place.get(second.text.as_str()));
                    // Whoever waits in doubt lets the others go first in the end.
                    let doubtful =
                        tries.get(&second.text).zip(first.at).is_some_and(|(tried, at)| at.as_second() - tried.as_second() >= HELD_BACK_S);
                    if one > other && !doubtful {
                        late.push(format!("{kind}: {:?} came before {:?}, which was said first", first.text, second.text));
                    }
                }
            }
        }
    }
    late
}

/// A test that nothing disturbed proves nothing. Says what struck.
fn really_upset(house: &House, world: &World, crowd: &Crowd, kept: &[Kept]) {
    let (mut lost, mut in_doubt) = (0, 0);
    for kind in KINDS {
        let (texts, struck) = (crowd.written.iter().filter(|one| one.kind == kind).count(), world.struck(kind));
        let doubtful = kept.iter().filter(|one| one.kind == kind && one.state == "uncertain").count();
        println!("{} {kind}: {texts} texts, {doubtful} answers left to a person, {struck:?}", house.engine);
        assert!(texts > 5, "{}: {kind}: hardly anybody wrote", house.engine);
        let calm = kind != "webchat" && (struck.refused == 0 || struck.repeats == 0);
        assert!(!calm, "{}: {kind}: no fault struck: {struck:?}", house.engine);
        (lost, in_doubt) = (lost + struck.answers_lost, in_doubt + doubtful);
    }
    assert!(lost >= KINDS.len(), "{}: hardly an answer was lost", house.engine);
    assert!(in_doubt * OF_MANY <= crowd.written.len(), "{}: {in_doubt} answers were left to a person", house.engine);
}
