//! Reservations, from both sides.

use serde_json::{Value, json};

use super::{Api, check, column, text};

/// A worker without a sign-in, available; their SID.
async fn worker(api: &Api, name: &str) -> String {
    let available = api.shop.available.to_string();
    let made =
        api.post("/Workers", &[("FriendlyName", name), ("ActivitySid", &available), ("Attributes", "{\"languages\":[\"en\"]}")]).await;
    text(&made.made(), "sid").to_owned()
}

async fn task(api: &Api) -> String {
    text(&api.post("/Tasks", &[("Attributes", "{}"), ("TaskChannel", "chat")]).await.made(), "sid").to_owned()
}

async fn offer(api: &Api, task: &str) -> Value {
    let list = api.get(&format!("/Tasks/{task}/Reservations?ReservationStatus=pending")).await.ok();
    list["reservations"][0].clone()
}

#[test]
fn a_task_is_accepted_wrapped_up_and_completed() {
    check("a_task_is_accepted_wrapped_up_and_completed", async |api: Api| {
        api.nobody_works().await;
        let zoe = worker(&api, "Zoe").await;
        let task = task(&api).await;
        let offered = offer(&api, &task).await;
        assert_eq!(
            (text(&offered, "worker_sid"), text(&offered, "worker_name"), text(&offered, "task_sid")),
            (zoe.as_str(), "Zoe", task.as_str())
        );
        let sid = text(&offered, "sid").to_owned();
        let (of_task, of_worker) = (format!("/Tasks/{task}/Reservations/{sid}"), format!("/Workers/{zoe}/Reservations/{sid}"));
        assert!(text(&offered, "url").ends_with(&of_task));
        let seen = api.get(&of_worker).await;
        let etag = seen.etag();
        assert!(text(&seen.ok(), "url").ends_with(&of_worker), "each side has its own address");

        assert_eq!(api.post(&of_task, &[("ReservationStatus", "completed")]).await.refusal(), (400, 20001));
        assert_eq!(api.post(&of_task, &[("Instruction", "sing")]).await.refusal(), (400, 20001));
        assert_eq!(api.post(&of_task, &[("ReservationStatus", "accepted"), ("DequeueTo", "x")]).await.refusal(), (400, 20001));
        assert_eq!(api.post(&of_task, &[("ReservationStatus", "accepted"), ("Odd", "x")]).await.refusal(), (400, 20001));
        assert_eq!(api.post(&of_task, &[]).await.refusal(), (400, 20001));

        let accepted = api.post_matching(&of_worker, &etag, &[("ReservationStatus", "accepted")]).await.ok();
        assert_eq!(text(&accepted, "reservation_status"), "accepted");
        assert_eq!(api.post_matching(&of_worker, &etag, &[("ReservationStatus", "accepted")]).await.refusal(), (412, 20412));
        assert_eq!(api.post(&of_task, &[("ReservationStatus", "accepted")]).await.refusal(), (400, 20001));
        assert_eq!(api.post(&of_task, &[("Instruction", "reject")]).await.refusal(), (400, 20001));
        let at = format!("/Tasks/{task}");
        assert_eq!(text(&api.get(&at).await.ok(), "assignment_status"), "assigned");
        assert_eq!(api.post(&at, &[("AssignmentStatus", "canceled")]).await.refusal(), (400, 20001), "assigned is never canceled");
        assert_eq!(text(&api.post(&of_task, &[("ReservationStatus", "wrapping")]).await.ok(), "reservation_status"), "wrapping");
        let done = api.post(&at, &[("AssignmentStatus", "completed"), ("Reason", "solved")]).await.ok();
        assert_eq!((text(&done, "assignment_status"), text(&done, "reason")), ("completed", "solved"));
        assert_eq!(text(&api.get(&of_worker).await.ok(), "reservation_status"), "completed");
    });
}

#[test]
fn who_ends_a_task_by_its_address_is_noted_and_its_worker_is_not() {
    check("who_ends_a_task_by_its_address_is_noted_and_its_worker_is_not", async |api: Api| {
        api.nobody_works().await;
        worker(&api, "Zoe").await;
        for (by_task, noted) in [(true, 1), (false, 1)] {
            let task = task(&api).await;
            let offered = format!("/Tasks/{task}/Reservations/{}", text(&offer(&api, &task).await, "sid"));
            api.post(&offered, &[("ReservationStatus", "accepted")]).await.ok();
            for status in ["wrapping", "completed"] {
                match by_task {
                    true => api.post(&format!("/Tasks/{task}"), &[("AssignmentStatus", status)]).await.ok(),
                    false => api.post(&offered, &[("ReservationStatus", status)]).await.ok(),
                };
            }
            for action in ["task.wrapped", "task.completed"] {
                let rows = api.house.count(&format!("SELECT count(*) FROM audit_row WHERE action = '{action}'")).await.unwrap();
                assert_eq!(rows, noted, "{action}, by its address: {by_task}");
            }
        }
    });
}

#[test]
fn an_instruction_for_a_call_is_refused_for_what_is_wrong_with_it() {
    check("an_instruction_for_a_call_is_refused_for_what_is_wrong_with_it", async |api: Api| {
        api.nobody_works().await;
        let zoe = worker(&api, "Zoe").await;
        let task = task(&api).await;
        let at = format!("/Tasks/{task}/Reservations/{}", text(&offer(&api, &task).await, "sid"));
        let refused = async |instruction: &str, more: &[(&str, &str)]| {
            api.post(&at, &[&[("Instruction", instruction), ("To", "client:zoe")], more].concat()).await.refusal()
        };
        let redirect = [("RedirectCallSid", "CA1"), ("RedirectUrl", "https://shop.example/twiml")];
        let monitor = [("Supervisor", zoe.as_str()), ("SupervisorMode", "monitor")];
        for (instruction, code) in [("dequeue", 40140), ("call", 40110), ("conference", 40142)] {
            assert_eq!(refused(instruction, &[]).await, (400, code));
        }
        assert_eq!(refused("redirect", &[("RedirectCallSid", "CA1")]).await, (400, 40120));
        assert_eq!(refused("redirect", &[("RedirectUrl", "here")]).await, (400, 40120));
        assert_eq!(refused("redirect", &redirect).await, (400, 40121));
        assert_eq!(refused("supervise", &monitor).await, (400, 40146));

        api.post(&at, &[("ReservationStatus", "accepted")]).await.ok();
        for (instruction, code) in [("dequeue", 40135), ("call", 40114), ("redirect", 40123), ("conference", 40144)] {
            assert_eq!(refused(instruction, &redirect).await, (400, code), "{instruction}");
        }
        assert_eq!(refused("supervise", &monitor).await, (400, 40147));
        let reachable = [("Attributes", r#"{"contact_uri":"client:zoe"}"#)];
        api.post(&format!("/Workers/{zoe}"), &reachable).await.ok();
        assert_eq!(refused("supervise", &monitor).await, (400, 20001), "there is no call");
        for wrong in [[("Supervisor", "zoe"), ("SupervisorMode", "barge")], [("Supervisor", zoe.as_str()), ("SupervisorMode", "sing")]] {
            assert_eq!(refused("supervise", &wrong).await, (400, 20001));
        }
    });
}

#[test]
fn a_rejection_moves_the_worker_and_the_task_goes_on() {
    check("a_rejection_moves_the_worker_and_the_task_goes_on", async |api: Api| {
        api.nobody_works().await;
        let zoe = worker(&api, "Zoe").await;
        let task = task(&api).await;
        let sid = text(&offer(&api, &task).await, "sid").to_owned();
        let at = format!("/Tasks/{task}/Reservations/{sid}");
        let stays = api.post(&format!("/Workers/{zoe}"), &[("ActivitySid", &api.shop.offline.to_string())]).await;
        assert_eq!((stays.refusal(), stays.message().contains("RejectPendingReservations")), ((400, 20001), true), "an offer stands");
        for nowhere in ["WA00000000000000000000000000000009", "lunch"] {
            let refused = api.post(&at, &[("ReservationStatus", "rejected"), ("WorkerActivitySid", nowhere)]).await;
            assert_eq!(refused.refusal(), (400, 40100));
        }
        let rejected = api.post(&at, &[("ReservationStatus", "rejected"), ("WorkerActivitySid", &api.shop.away.to_string())]).await.ok();
        assert_eq!(text(&rejected, "reservation_status"), "rejected");
        assert_eq!(text(&api.get(&format!("/Workers/{zoe}")).await.ok(), "activity_name"), "Away");
        assert_eq!(text(&api.get(&format!("/Tasks/{task}")).await.ok(), "assignment_status"), "pending");
        assert_eq!(api.post(&at, &[("ReservationStatus", "accepted")]).await.refusal(), (400, 20001));

        let max = worker(&api, "Max").await;
        let second = offer(&api, &task).await;
        assert_eq!(text(&second, "worker_sid"), max);
        let gone = api
            .post(&format!("/Workers/{max}"), &[("ActivitySid", &api.shop.away.to_string()), ("RejectPendingReservations", "true")])
            .await;
        assert_eq!(text(&gone.ok(), "activity_name"), "Away");
        let all = api.get(&format!("/Tasks/{task}/Reservations")).await.ok();
        assert_eq!(column(&all, "reservations", "reservation_status"), ["rejected", "rejected"]);
        let zoes = api.get(&format!("/Tasks/{task}/Reservations?WorkerSid={zoe}")).await.ok();
        assert_eq!(column(&zoes, "reservations", "sid"), [sid]);
    });
}

#[test]
fn a_workers_reservations_are_paged_and_nobody_elses() {
    check("a_workers_reservations_are_paged_and_nobody_elses", async |api: Api| {
        api.nobody_works().await;
        let (zoe, mut made) = (worker(&api, "Zoe").await, Vec::new());
        for no in 0..5 {
            let task = task(&api).await;
            let sid = text(&offer(&api, &task).await, "sid").to_owned();
            let at = format!("/Workers/{zoe}/Reservations/{sid}");
            api.post(&at, &[("Instruction", "accept")]).await.ok();
            if no != 4 {
                api.post(&at, &[("ReservationStatus", "completed")]).await.ok();
            }
            made.push(sid);
            api.advance(1);
        }
        let list = format!("/Workers/{zoe}/Reservations");
        let rows = api.all(&format!("{list}?PageSize=2")).await;
        assert_eq!(rows.iter().map(|row| text(row, "sid")).collect::<Vec<_>>(), made);
        let done = api.all(&format!("{list}?PageSize=3&ReservationStatus=completed")).await;
        assert_eq!(done.iter().map(|row| text(row, "sid")).collect::<Vec<_>>(), made[..4]);
        let second = api.get(&format!("{list}?PageSize=2")).await.ok();
        let next = text(&second["meta"], "next_page_url").split_once("8080").unwrap().1.to_owned();
        let page = api.send(&api.account, axum::http::Method::GET, &next, None, &[]).await.ok();
        let back = text(&page["meta"], "previous_page_url").split_once("8080").unwrap().1.to_owned();
        let first = api.send(&api.account, axum::http::Method::GET, &back, None, &[]).await.ok();
        assert_eq!(column(&first, "reservations", "sid"), made[..2]);
        assert_eq!(first["meta"]["previous_page_url"], Value::Null);
        let max = worker(&api, "Max").await;
        assert_eq!(api.get(&format!("/Workers/{max}/Reservations/{}", made[0])).await.refusal(), (404, 20404));
        assert_eq!(api.get(&format!("/Workers/{max}/Reservations")).await.ok()["reservations"], json!([]));
        assert_eq!(api.get(&format!("{list}?ReservationStatus=lost")).await.refusal(), (400, 20001));
    });
}
