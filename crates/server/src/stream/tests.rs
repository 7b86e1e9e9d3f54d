//! The desk's stream from outside: resumed under load, judged by rights, cut with a reason.

use std::time::Duration;

use model::RouterCommand;
use serde_json::json;

use crate::webchat::bed::{Bed, DESK, Place, each};

async fn last(bed: &Bed, place: Place) -> i64 {
    let ws = place.ws;
    bed.engine.db().read(move |tx| Box::pin(async move { store::event::last(tx, ws).await })).await.unwrap()
}

/// Proves S14.
#[test]
fn a_ticket_opens_one_socket_of_its_own_session() {
    each(|bed| async move {
        let [one, other] = [bed.places[0], bed.places[1]];
        let (ana, ben) = (bed.agent(one, "Ana", "agent").await, bed.agent(one, "Ben", "agent").await);
        assert_eq!(bed.stream_ticket(other, &ana).await.status.as_u16(), 404, "no membership there");
        let ticket = bed.stream_ticket(one, &ana).await.json["ticket"].as_str().unwrap().to_owned();
        let path = |place: Place, ticket: &str| format!("/api/v1/workspaces/{}/stream?ticket={ticket}&from=0", place.id);
        assert_eq!(bed.socket("https://evil.example", &path(one, &ticket), Some(&ana.cookie)).await.err(), Some(403));
        assert_eq!(bed.socket(DESK, &path(other, &ticket), Some(&ana.cookie)).await.err(), Some(403));
        let ticket = bed.stream_ticket(one, &ana).await.json["ticket"].as_str().unwrap().to_owned();
        assert_eq!(bed.socket(DESK, &path(one, &ticket), Some(&ben.cookie)).await.err(), Some(403), "another's ticket");
        let ticket = bed.stream_ticket(one, &ana).await.json["ticket"].as_str().unwrap().to_owned();
        let mut socket = bed.socket(DESK, &path(one, &ticket), Some(&ana.cookie)).await.unwrap();
        socket.wait("position").await;
        assert_eq!(bed.socket(DESK, &path(one, &ticket), Some(&ana.cookie)).await.err(), Some(403), "used");
        assert_eq!(bed.socket(DESK, &path(one, "guess"), Some(&ana.cookie)).await.err(), Some(403));
        bed.end().await;
    });
}

/// Proves I7.1.
#[test]
fn a_supervisor_hears_every_event_once_however_often_the_line_is_cut() {
    each(|bed| async move {
        let [one, other] = [bed.places[0], bed.places[1]];
        let sam = bed.agent(one, "Sam", "supervisor").await;
        let visitors = [bed.visitor(one).await, bed.visitor(one).await, bed.visitor(one).await];
        let stranger = bed.visitor(other).await;
        let from = last(&bed, one).await;
        // The number up to which the reader has to come; 0 while writing goes on.
        let target = std::sync::atomic::AtomicI64::new(0);
        let write = async {
            for n in 0..20 {
                for visitor in &visitors {
                    assert_eq!(bed.say(one, visitor, &format!("c-{n}"), "hello").await.status.as_u16(), 200);
                }
                bed.say(other, &stranger, &format!("c-{n}"), "of another house").await;
            }
            target.store(last(&bed, one).await, std::sync::atomic::Ordering::SeqCst);
        };
        let read = async {
            let (mut heard, mut position, mut rounds) = (Vec::new(), from, 0);
            loop {
                rounds += 1;
                let mut socket = bed.stream(one, &sam, position).await;
                for _ in 0..(3 + rounds % 9) {
                    let Ok(frame) = tokio::time::timeout(Duration::from_millis(400), socket.next()).await else { break };
                    let frame = frame.expect("a frame");
                    if frame["type"] == "event" {
                        let seq = frame["seq"].as_i64().unwrap();
                        assert!(seq > position, "{seq} came again after {position}");
                        assert!(!frame.to_string().contains("of another house"));
                        position = seq;
                        heard.push(seq);
                    } else {
                        assert_ne!(frame["type"], "reload");
                    }
                }
                let target = target.load(std::sync::atomic::Ordering::SeqCst);
                if target > 0 && position >= target {
                    return heard;
                }
                assert!(rounds < 500, "heard up to {position} of {target}");
            }
        };
        let ((), heard) = tokio::join!(write, read);
        // The supervisor's own coming and going are events as well; whatever the number, none is missing.
        let wanted: Vec<i64> = (from + 1..=*heard.last().unwrap()).collect();
        assert_eq!(heard, wanted);
        assert!(heard.len() > 60);
        bed.end().await;
    });
}

/// Proves S1.
#[test]
fn an_agent_hears_what_is_theirs_and_of_colleagues_only_the_name() {
    each(|bed| async move {
        let place = bed.places[0];
        let (ana, sam) = (bed.agent(place, "Ana", "agent").await, bed.agent(place, "Sam", "supervisor").await);
        let from = last(&bed, place).await;
        let mut hers = bed.stream(place, &ana, from).await;
        let mut his = bed.stream(place, &sam, from).await;
        hers.wait("position").await;
        let visitor = bed.visitor(place).await;
        bed.say(place, &visitor, "c-1", "nobody has this yet").await;
        loop {
            let frame = his.wait("event").await;
            if frame["event"]["kind"] == "message.added" && frame["event"]["message"]["text"] == "nobody has this yet" {
                break;
            }
        }
        let target = last(&bed, place).await;
        loop {
            let frame = hers.next().await.unwrap();
            match frame["type"].as_str() {
                Some("position") if frame["seq"].as_i64().unwrap() >= target => break,
                Some("event") => {
                    let event = &frame["event"];
                    assert!(!event["kind"].as_str().unwrap().starts_with("message"), "{event}");
                    assert_ne!(event["kind"], "conversation.updated");
                    if event["kind"] == "worker.updated" && event["worker"]["id"] != ana.worker.to_string() {
                        assert_eq!(event["worker"]["attributes"], "{}");
                    }
                }
                _ => {}
            }
            hers.send(json!({ "type": "ping" })).await;
        }
        bed.end().await;
    });
}

/// Proves I7.1.
#[test]
fn a_position_that_leads_nowhere_is_answered_with_reload() {
    each(|bed| async move {
        let place = bed.places[0];
        let ana = bed.agent(place, "Ana", "agent").await;
        let mut ahead = bed.stream(place, &ana, 1_000_000).await;
        assert_eq!(ahead.next().await.unwrap(), json!({ "type": "reload", "reason": "unknown_position" }));
        ahead.wait("position").await;
        let ws = place.ws;
        let later = bed.engine.now().plus_secs(3600);
        bed.engine.db().write(move |tx| Box::pin(async move { store::event::expire(tx, ws, later, 1_000_000).await })).await.unwrap();
        let mut behind = bed.stream(place, &ana, 0).await;
        assert_eq!(behind.next().await.unwrap()["type"], "reload");
        bed.end().await;
    });
}

#[test]
fn who_is_signed_out_hears_no_more() {
    each(|bed| async move {
        let place = bed.places[0];
        let (ana, ben) = (bed.agent(place, "Ana", "agent").await, bed.agent(place, "Ben", "agent").await);
        let mut hers = bed.stream(place, &ana, last(&bed, place).await).await;
        let mut his = bed.stream(place, &ben, last(&bed, place).await).await;
        hers.wait("position").await;
        his.wait("position").await;
        let session = ana.session;
        bed.engine.db().write(move |tx| Box::pin(async move { store::access::delete_session(tx, session).await })).await.unwrap();
        assert_eq!(hers.wait("bye").await["code"], "signed_out");
        bed.server.close();
        assert_eq!(his.wait("bye").await["code"], "shutdown");
        bed.end().await;
    });
}

#[test]
fn from_offer_to_delivered_on_open_lines() {
    each(|bed| async move {
        let place = bed.places[0];
        let ana = bed.agent(place, "Ana", "agent").await;
        let from = last(&bed, place).await;
        let mut desk = bed.stream(place, &ana, from).await;
        desk.wait("position").await;
        let available = RouterCommand::SetActivity { worker_id: ana.worker, activity_id: place.available };
        bed.engine.route(place.ws, "test", None, available).await.unwrap().unwrap();
        let visitor = bed.visitor(place).await;
        let mut chat = bed.chat(place, &visitor, 0).await;
        chat.wait("ready").await;
        bed.say(place, &visitor, "c-1", "I want to speak to a live agent, please").await;
        while chat.wait("message").await["message"]["from"] != "bot" {}
        bed.say(place, &visitor, "c-1b", "English").await;
        let offer = desk.event("reservation.created").await;
        let id = offer["event"]["reservation"]["id"].as_str().unwrap().parse().unwrap();
        bed.engine.route(place.ws, "test", None, RouterCommand::Accept { reservation_id: id }).await.unwrap().unwrap();
        let agent = chat.wait("agent").await;
        assert_eq!((&agent["name"], &agent["present"]), (&json!("Ana"), &json!(true)));

        let said = bed.say(place, &visitor, "c-2", "my order is 4711").await;
        let heard = loop {
            let frame = desk.event("message.added").await;
            if frame["event"]["message"]["id"] == said.json["id"] {
                break frame;
            }
        };
        desk.send(json!({ "type": "typing", "conversation_id": said.json["conversation_id"], "on": true })).await;
        assert_eq!(chat.wait("typing").await, json!({ "type": "typing", "on": true, "name": "Ana" }));
        chat.send(json!({ "type": "typing", "on": true })).await;
        assert_eq!(desk.wait("signal").await["signal"]["author"]["kind"], "contact");

        let mut state = async |wanted: &str| loop {
            let frame = chat.wait("message").await;
            if frame["message"]["id"] == said.json["id"] && frame["message"]["state"] == wanted {
                break;
            }
        };
        desk.send(json!({ "type": "ack", "seq": heard["seq"] })).await;
        state("delivered").await;
        let seq = &heard["event"]["message"]["seq"];
        desk.send(json!({ "type": "seen", "conversation_id": said.json["conversation_id"], "seq": seq })).await;
        state("read").await;
        bed.end().await;
    });
}
