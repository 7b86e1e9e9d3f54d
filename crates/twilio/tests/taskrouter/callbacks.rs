//! Callbacks: what is told to a workspace's address, and what a workflow's address may say to an offer.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::{Outgoing, Sent};
use serde_json::json;
use testkit::hmac_sha1_base64;

use super::{Api, check, column, text};

const EVENTS: &str = "https://hooks.example/events?shop=1";
const OFFERS: &str = "https://hooks.example/offers";
const SPARE: &str = "https://hooks.example/spare";

fn answer(status: u16, kind: &str, body: &str) -> Sent {
    Sent::Answer { status, headers: vec![("Content-Type".into(), kind.into())], body: body.to_owned().into() }
}

fn json_answer(body: &str) -> Sent {
    answer(200, "application/json; charset=utf-8", body)
}

/// The parameters of a request, which has to be signed with the account's token.
fn parameters(asked: &Outgoing) -> Vec<(String, String)> {
    let mut sorted: Vec<(String, String)> = form_urlencoded::parse(&asked.body).into_owned().collect();
    sorted.sort();
    let signed = sorted.iter().fold(asked.url.clone(), |text, (name, value)| text + name + value);
    let given = asked.headers.iter().find(|(name, _)| name == "x-twilio-signature").map(|(_, value)| value.clone());
    assert_eq!(given, Some(hmac_sha1_base64("token", signed.as_bytes())));
    assert!(STANDARD.decode(given.unwrap()).is_ok_and(|bytes| bytes.len() == 20));
    sorted
}

fn value<'a>(parameters: &'a [(String, String)], name: &str) -> &'a str {
    parameters.iter().find(|(held, _)| held == name).map_or("", |(_, value)| value)
}

async fn worker(api: &Api, name: &str) -> String {
    let available = api.shop.available.to_string();
    let form = [("FriendlyName", name), ("ActivitySid", available.as_str()), ("Attributes", "{\"languages\":[\"en\"]}")];
    text(&api.post("/Workers", &form).await.made(), "sid").to_owned()
}

async fn task(api: &Api) -> String {
    text(&api.post("/Tasks", &[("Attributes", "{\"order\":7}"), ("TaskChannel", "chat")]).await.made(), "sid").to_owned()
}

async fn statuses(api: &Api, task: &str) -> Vec<String> {
    column(&api.get(&format!("/Tasks/{task}/Reservations")).await.ok(), "reservations", "reservation_status")
}

#[test]
fn events_are_told_signed_until_they_are_taken() {
    check("events_are_told_signed_until_they_are_taken", async |api: Api| {
        api.nobody_works().await;
        let set = [("EventCallbackUrl", EVENTS), ("EventsFilter", "task.created, task.canceled")];
        let shown = api.post("", &set).await.ok();
        assert_eq!((text(&shown, "event_callback_url"), text(&shown, "events_filter")), (EVENTS, "task.created,task.canceled"));
        let tries = Arc::new(Mutex::new(0));
        let counted = tries.clone();
        api.house.world.now_answers(move |_| {
            let mut tries = counted.lock().unwrap();
            *tries += 1;
            if *tries == 1 { Sent::Unknown { why: "the line broke".into() } } else { answer(204, "", "") }
        });
        let task = task(&api).await;
        api.house.settle().await.unwrap();
        let asked = api.house.world.take_asked();
        assert_eq!(asked.len(), 1, "what is not asked for is not told");
        let told = parameters(&asked[0]);
        assert_eq!((asked[0].url.as_str(), value(&told, "EventType"), value(&told, "TaskSid")), (EVENTS, "task.created", task.as_str()));
        assert_eq!((value(&told, "TaskAttributes"), value(&told, "ResourceType")), ("{\"order\":7}", "task"));
        api.advance(2);
        api.house.settle().await.unwrap();
        let again = api.house.world.take_asked();
        assert_eq!(again.iter().map(parameters).collect::<Vec<_>>(), [told], "the same once more");
        api.advance(600);
        api.post(&format!("/Tasks/{task}"), &[("AssignmentStatus", "canceled"), ("Reason", "gone")]).await.ok();
        api.house.settle().await.unwrap();
        let asked = api.house.world.take_asked();
        let told: Vec<_> = asked.iter().map(parameters).collect();
        assert_eq!(told.len(), 1, "what was taken is not told again");
        assert_eq!((value(&told[0], "TaskCanceledReason"), value(&told[0], "EventDescription")), ("gone", "gone"));
        api.post("", &[("EventsFilter", "task.deleted")]).await.ok();
        assert!(api.delete(&format!("/Tasks/{task}")).await.status.is_success());
        api.advance(1);
        api.house.settle().await.unwrap();
        let told: Vec<_> = api.house.world.take_asked().iter().map(parameters).collect();
        assert_eq!(told.iter().map(|told| value(told, "EventType")).collect::<Vec<_>>(), ["task.deleted"]);
        let shown = api.post("", &[("EventCallbackUrl", ""), ("EventsFilter", "")]).await.ok();
        assert!(shown["event_callback_url"].is_null() && shown["events_filter"].is_null());
        api.post("/Tasks", &[("TaskChannel", "chat")]).await.made();
        api.house.settle().await.unwrap();
        assert!(api.house.world.take_asked().is_empty());
    });
}

#[test]
fn an_address_that_never_takes_an_event_is_left_alone_in_the_end() {
    check("an_address_that_never_takes_an_event_is_left_alone_in_the_end", async |api: Api| {
        api.post("", &[("EventCallbackUrl", EVENTS), ("EventsFilter", "task.created")]).await.ok();
        api.house.world.now_answers(|_| answer(500, "text/plain", "no"));
        task(&api).await;
        for _ in 0..480 {
            api.house.settle().await.unwrap();
            api.advance(30);
        }
        let asked = api.house.world.take_asked().len();
        assert!((30..45).contains(&asked), "for four hours, ever later: {asked}");
        api.advance(86_400);
        api.house.settle().await.unwrap();
        assert!(api.house.world.take_asked().is_empty(), "then no more");
    });
}

#[test]
fn an_offer_is_decided_by_who_is_asked_about_it() {
    check("an_offer_is_decided_by_who_is_asked_about_it", async |api: Api| {
        api.nobody_works().await;
        let workflow = format!("/Workflows/{}", api.shop.workflow);
        let set = [("AssignmentCallbackUrl", OFFERS), ("FallbackAssignmentCallbackUrl", SPARE)];
        let shown = api.post(&workflow, &set).await.ok();
        assert_eq!((text(&shown, "assignment_callback_url"), text(&shown, "fallback_assignment_callback_url")), (OFFERS, SPARE));
        let zoe = worker(&api, "Zoe").await;

        api.house.world.now_answers(|_| json_answer(r#"{"instruction":"accept"}"#));
        let first = task(&api).await;
        api.house.settle().await.unwrap();
        let asked = api.house.world.take_asked();
        assert_eq!(asked.len(), 1);
        let told = parameters(&asked[0]);
        assert_eq!((asked[0].url.as_str(), asked[0].timeout_ms), (OFFERS, 5_000));
        assert_eq!((value(&told, "TaskSid"), value(&told, "WorkerSid"), value(&told, "WorkerName")), (first.as_str(), zoe.as_str(), "Zoe"));
        assert_eq!((value(&told, "TaskAge"), value(&told, "TaskPriority")), ("0", "0"));
        let workflow_sid = api.shop.workflow.to_string();
        assert_eq!((value(&told, "WorkflowSid"), value(&told, "TaskChannelUniqueName")), (workflow_sid.as_str(), "chat"));
        assert_eq!(statuses(&api, &first).await, ["accepted"]);
        api.post(&format!("/Tasks/{first}"), &[("AssignmentStatus", "completed")]).await.ok();

        // Who is to be asked is silent; the other address rejects, and says where the worker goes.
        let away = api.shop.away.to_string();
        let body = format!(r#"{{"instruction":"reject","activity_sid":"{away}"}}"#);
        api.house.world.now_answers(move |asked| match asked.url.as_str() {
            OFFERS => Sent::Unknown { why: "too slow".into() },
            _ => json_answer(&body),
        });
        let second = task(&api).await;
        api.house.settle().await.unwrap();
        assert_eq!(api.house.world.take_asked().iter().map(|asked| asked.url.clone()).collect::<Vec<_>>(), [OFFERS, SPARE]);
        assert_eq!(statuses(&api, &second).await, ["rejected"]);
        assert_eq!(text(&api.get(&format!("/Workers/{zoe}")).await.ok(), "activity_sid"), away);
        api.post(&format!("/Tasks/{second}"), &[("AssignmentStatus", "canceled")]).await.ok();

        // An activity that is not there, and an answer without an instruction: the other address is asked.
        let available = api.shop.available.to_string();
        for wrong in [r#"{"instruction":"reject","activity_sid":"WA00000000000000000000000000000009"}"#, r#"{"Instruction":"accept"}"#] {
            api.post(&format!("/Workers/{zoe}"), &[("ActivitySid", &available)]).await.ok();
            api.house.world.now_answers(move |asked| match asked.url.as_str() {
                OFFERS => json_answer(wrong),
                _ => json_answer(r#"{"instruction":"accept"}"#),
            });
            let task = task(&api).await;
            api.house.settle().await.unwrap();
            assert_eq!(api.house.world.take_asked().iter().map(|asked| asked.url.clone()).collect::<Vec<_>>(), [OFFERS, SPARE]);
            assert_eq!(statuses(&api, &task).await, ["accepted"], "{wrong}");
            api.post(&format!("/Tasks/{task}"), &[("AssignmentStatus", "completed")]).await.ok();
        }

        // No good answer at either: the offer is withdrawn, the worker stays.
        api.post(&format!("/Workers/{zoe}"), &[("ActivitySid", &available)]).await.ok();
        api.house.world.now_answers(|asked| match asked.url.as_str() {
            OFFERS => answer(200, "text/plain", "accept"),
            _ => answer(500, "application/json", "{}"),
        });
        let third = task(&api).await;
        api.house.settle().await.unwrap();
        api.house.world.take_asked();
        assert_eq!(statuses(&api, &third).await, ["canceled"]);
        assert_eq!(text(&api.get(&format!("/Workers/{zoe}")).await.ok(), "activity_sid"), available);
        assert_eq!(text(&api.get(&format!("/Tasks/{third}")).await.ok(), "assignment_status"), "pending");
        api.post(&format!("/Tasks/{third}"), &[("AssignmentStatus", "canceled")]).await.ok();

        // Neither can be reached: the offer stands, and they are asked again until it is decided.
        api.house.world.now_answers(|_| Sent::NotSent { why: "no route".into(), permanent: false });
        let stranded = task(&api).await;
        api.house.settle().await.unwrap();
        assert_eq!((statuses(&api, &stranded).await, api.house.world.take_asked().len()), (vec!["pending".to_owned()], 2));
        api.house.world.now_answers(|_| json_answer(r#"{"instruction":"accept"}"#));
        api.advance(3);
        api.house.settle().await.unwrap();
        assert_eq!((statuses(&api, &stranded).await, api.house.world.take_asked().len()), (vec!["accepted".to_owned()], 1));
        api.post(&format!("/Tasks/{stranded}"), &[("AssignmentStatus", "completed")]).await.ok();

        // An empty answer leaves it to people; so does an instruction for a call that is not there.
        for body in ["", "{}", r#"{"instruction":"dequeue","from":"+4915"}"#] {
            let body = body.to_owned();
            api.house.world.now_answers(move |_| json_answer(&body));
            let by_hand = task(&api).await;
            api.house.settle().await.unwrap();
            assert_eq!(statuses(&api, &by_hand).await, ["pending"]);
            api.post(&format!("/Tasks/{by_hand}"), &[("AssignmentStatus", "canceled")]).await.ok();
        }
        assert_eq!(api.house.world.take_asked().len(), 3, "each offer is asked about once");

        // Decided by hand before anybody could be asked: nobody is.
        let by_hand = task(&api).await;
        let offer = api.get(&format!("/Tasks/{by_hand}/Reservations")).await.ok()["reservations"][0].clone();
        let at = format!("/Tasks/{by_hand}/Reservations/{}", text(&offer, "sid"));
        api.post(&at, &[("ReservationStatus", "accepted")]).await.ok();
        api.house.settle().await.unwrap();
        assert!(api.house.world.take_asked().is_empty());
        assert_eq!(json!(statuses(&api, &by_hand).await), json!(["accepted"]));
    });
}
