//! Each platform's own rules, in virtual time.

use bytes::Bytes;
use serde_json::{Value, json};

use super::super::{
    Limits, Request,
    tests::{GRAM, NUMBER, PAGE, PICTURE, WABA, World},
};
use crate::carrier::{CallbackAnswer, HttpAnswer};

fn code(answer: &HttpAnswer) -> (u64, Option<u64>) {
    let error = &answer.value()["error"];
    (error["code"].as_u64().unwrap_or_default(), error["error_subcode"].as_u64())
}

fn message_id(answer: &HttpAnswer) -> String {
    let value = answer.value();
    let id = value["message_id"].as_str().or_else(|| value["messages"][0]["id"].as_str());
    id.unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

#[test]
fn messenger_tells_echo_delivery_and_read_by_watermark() {
    let mut world = World::new();
    world.says(PAGE, "mia", "hello");
    let _ = world.heard();
    let sent = world.page(json!({ "text": "hi", "metadata": "our-7" }));
    assert_eq!(sent.value()["recipient_id"], json!(world.id(PAGE, "mia")));
    let id = message_id(&sent);
    let heard = world.events();
    assert_eq!(heard.len(), 2);
    assert_eq!((&heard[0]["message"]["mid"], &heard[0]["message"]["is_echo"]), (&json!(id), &json!(true)));
    assert_eq!((&heard[0]["message"]["app_id"], &heard[0]["message"]["metadata"]), (&json!(778_899), &json!("our-7")));
    assert_eq!(heard[0]["sender"]["id"], PAGE);
    assert_eq!(heard[1]["delivery"]["mids"], json!([id]));
    world.act(PAGE, "mia", json!({ "act": "read" }));
    let read = world.events();
    assert_eq!(read[0]["read"]["watermark"], heard[1]["delivery"]["watermark"]);
    world.act(PAGE, "mia", json!({ "act": "read" }));
    assert_eq!(world.events().len(), 0, "nothing new was read");
    // Somebody answers in the page's inbox.
    world.act(PAGE, "mia", json!({ "act": "staff_says", "text": "from the inbox" }));
    assert_eq!(world.events()[0]["message"]["app_id"], 26_390_203_743_090_u64);
}

#[test]
fn every_act_on_messenger_has_its_event() {
    let mut world = World::new();
    let first = world.says(PAGE, "mia", "Blue?");
    let media = json!({ "act": "say", "text": "two", "reply_to": first, "media": [
        { "content_type": "image/png", "data": PICTURE, "name": "a.png" }, { "content_type": "application/pdf", "data": "JVBERg==", "name": "b.pdf" }] });
    world.act(PAGE, "mia", media);
    world.act(PAGE, "mia", json!({ "act": "sticker", "sticker": "thumb" }));
    world.act(PAGE, "mia", json!({ "act": "location", "place": { "latitude": 53.5, "longitude": 10.0, "name": "Harbour" } }));
    world.act(PAGE, "mia", json!({ "act": "share", "what": "fallback", "url": "https://a.test/", "title": "A" }));
    world.act(PAGE, "mia", json!({ "act": "react", "message": first, "emoji": "❤" }));
    world.act(PAGE, "mia", json!({ "act": "react", "message": first }));
    world.act(PAGE, "mia", json!({ "act": "edit", "message": first, "text": "Green?" }));
    world.act(PAGE, "mia", json!({ "act": "start", "payload": "GET_STARTED", "title": "Start", "referral": { "ref": "spring", "source": "SHORTLINK", "type": "OPEN_THREAD" } }));
    world.act(PAGE, "mia", json!({ "act": "start", "referral": { "ref": "x", "source": "ADS", "type": "OPEN_THREAD" } }));
    world.act(PAGE, "mia", json!({ "act": "raw", "json": { "optin": { "ref": "r" } } }));
    let heard = world.events();
    assert_eq!(heard.len(), 11);
    assert_eq!(heard[0]["message"]["text"], "Blue?");
    let attachments = heard[1]["message"]["attachments"].as_array().expect("files");
    assert_eq!(attachments.iter().map(|one| one["type"].as_str().unwrap_or_default()).collect::<Vec<_>>(), ["image", "file"]);
    assert_eq!(heard[1]["message"]["reply_to"]["mid"], json!(first));
    assert_eq!(heard[2]["message"]["attachments"][0]["type"], "sticker");
    assert_eq!(heard[2]["message"]["attachments"][1]["payload"]["sticker_id"], 369_239_263_222_822_u64);
    assert_eq!(heard[3]["message"]["attachments"][0]["payload"]["coordinates"]["lat"], 53.5);
    assert_eq!(heard[4]["message"]["attachments"][0], json!({ "type": "fallback", "payload": { "url": "https://a.test/", "title": "A" } }));
    assert_eq!(heard[5]["reaction"], json!({ "reaction": "love", "emoji": "❤", "action": "react", "mid": first }));
    assert_eq!(heard[6]["reaction"]["action"], "unreact");
    assert_eq!(heard[7]["message_edit"], json!({ "mid": first, "text": "Green?", "num_edit": 1 }));
    assert_eq!(heard[8]["postback"]["referral"]["ref"], "spring");
    assert_eq!(heard[9]["referral"]["source"], "ADS");
    assert_eq!(heard[10]["optin"]["ref"], "r");
    assert_eq!(world.refused(PAGE, "mia", json!({ "act": "unsend", "message": first })), 400);
    assert_eq!(world.refused(PAGE, "mia", json!({ "act": "contact", "contact": { "name": "x" } })), 400);
    // The link of a file holds, until it does not.
    let url = attachments[0]["payload"]["url"].as_str().expect("a link").to_owned();
    let target = url.strip_prefix("http://cdn.localhost:8080").expect("of the cdn");
    let file = world.call("cdn", "", "GET", target, Value::Null);
    assert_eq!((file.status, file.headers[0].1.as_str()), (200, "image/png"));
    world.faults(PAGE, json!({ "media_type": "text/html" }));
    assert_eq!(world.call("cdn", "", "GET", target, Value::Null).headers[0].1, "text/html");
    world.faults(PAGE, json!({ "media_missing": true }));
    assert_eq!(world.call("cdn", "", "GET", target, Value::Null).status, 404);
    world.faults(PAGE, json!({}));
    assert_eq!(world.call("cdn", "", "GET", &target.replace("oh=", "oh=0"), Value::Null).status, 403);
    world.pass(4 * 86_400);
    assert_eq!(world.call("cdn", "", "GET", target, Value::Null).status, 403);
}

#[test]
fn messenger_draws_choices_and_tells_which_was_tapped() {
    let mut world = World::new();
    world.says(PAGE, "mia", "hello");
    let quick = json!({ "text": "Colour?", "quick_replies": [
        { "content_type": "text", "title": "Blue", "payload": "BLUE" }, { "content_type": "user_email" }] });
    let asked = message_id(&world.page(quick));
    let buttons = json!({ "attachment": { "type": "template", "payload": { "template_type": "button", "text": "Go on?", "buttons": [
        { "type": "postback", "title": "Yes", "payload": "YES" }, { "type": "web_url", "title": "Shop", "url": "https://shop.test/" }] } } });
    let templated = message_id(&world.page(buttons));
    let cards = json!({ "attachment": { "type": "template", "payload": { "template_type": "generic", "elements": [
        { "title": "Kettle", "subtitle": "One litre", "image_url": "https://shop.test/k.png", "buttons": [{ "type": "postback", "title": "Buy", "payload": "BUY" }] }] } } });
    let carded = message_id(&world.page(cards));
    let _ = world.heard();
    world.act(PAGE, "mia", json!({ "act": "tap", "message": asked, "button": "q0" }));
    world.act(PAGE, "mia", json!({ "act": "tap", "message": asked, "button": "q1" }));
    world.act(PAGE, "mia", json!({ "act": "tap", "message": templated, "button": "b0" }));
    world.act(PAGE, "mia", json!({ "act": "tap", "message": templated, "button": "b1" }));
    world.act(PAGE, "mia", json!({ "act": "tap", "message": carded, "button": "c00" }));
    let heard = world.events();
    assert_eq!(heard.len(), 4, "nobody is told of a link");
    assert_eq!((&heard[0]["message"]["text"], &heard[0]["message"]["quick_reply"]["payload"]), (&json!("Blue"), &json!("BLUE")));
    assert_eq!(heard[1]["message"]["quick_reply"]["payload"], "mia@mail.example");
    assert_eq!((&heard[2]["postback"]["title"], &heard[2]["postback"]["payload"]), (&json!("Yes"), &json!("YES")));
    assert_eq!(heard[3]["postback"]["payload"], "BUY");
    let screen = world.screen(PAGE, "mia");
    let card = screen.iter().find(|shown| shown.id == carded).expect("the card");
    assert!(world.platforms.file_bytes_of(&card.cards[0].image).is_some(), "its picture was fetched");
}

#[test]
fn messenger_refuses_with_its_own_numbers() {
    let mut world = World::new();
    let stranger = world.page(json!({ "text": "hi" }));
    assert_eq!(code(&stranger), (100, Some(2_018_001)), "who never wrote cannot be written to");
    world.says(PAGE, "mia", "hello");
    assert_eq!(world.page(json!({ "text": "x".repeat(2000) })).status, 200);
    assert_eq!(code(&world.page(json!({ "text": "x".repeat(2001) }))).0, 100);
    let many: Vec<Value> = (0..14).map(|n| json!({ "content_type": "text", "title": n.to_string(), "payload": "p" })).collect();
    assert_eq!(code(&world.page(json!({ "text": "x", "quick_replies": many }))).0, 100);
    assert_eq!(code(&world.page(json!({ "text": "x", "colour": "red" }))).0, 100);
    assert_eq!(code(&world.page(json!({}))), (100, Some(2_018_031)));
    let late = json!({ "text": "late" });
    world.pass(86_401);
    assert_eq!(code(&world.page(late.clone())), (10, Some(2_018_278)));
    let id = world.id(PAGE, "mia");
    let tagged = |tag: &str| json!({ "recipient": { "id": id }, "messaging_type": "MESSAGE_TAG", "tag": tag, "message": { "text": "x" } });
    let path = format!("/v25.0/{PAGE}/messages");
    assert_eq!(world.call("graph", "page-token", "POST", &path, tagged("HUMAN_AGENT")).status, 200);
    assert_eq!(code(&world.call("graph", "page-token", "POST", &path, tagged("SALE"))).0, 100);
    world.pass(7 * 86_400);
    assert_eq!(code(&world.call("graph", "page-token", "POST", &path, tagged("HUMAN_AGENT"))), (10, Some(2_018_278)));
    world.says(PAGE, "mia", "back");
    world.act(PAGE, "mia", json!({ "act": "block" }));
    assert_eq!(code(&world.page(late.clone())), (551, Some(1_545_041)));
    world.act(PAGE, "mia", json!({ "act": "unblock" }));
    world.platforms.set_limits(PAGE, Limits { per_second: Some(1), ..Limits::default() });
    assert_eq!(world.page(late.clone()).status, 200);
    let refused = world.page(late.clone());
    assert_eq!(code(&refused).0, 613);
    let usage = refused.headers.iter().find(|(name, _)| name == "x-app-usage").expect("usage");
    assert!(usage.1.contains("\"call_count\":100"), "{}", usage.1);
    world.pass(1);
    assert_eq!(world.page(late).status, 200);
    world.platforms.set_limits(PAGE, Limits::default());
    // A file that cannot be had is said at once, and nothing is sent.
    world.file = CallbackAnswer::status(404);
    let before = world.ledger(PAGE).accepted.len();
    let image = json!({ "attachment": { "type": "image", "payload": { "url": "https://shop.test/gone.png" } } });
    assert_eq!(code(&world.page(image.clone())), (100, Some(2_018_008)));
    world.file = CallbackAnswer::Answered { status: 200, content_type: "text/html".into(), body: Bytes::from_static(b"no") };
    assert_eq!(code(&world.page(image)), (100, Some(2_018_008)));
    assert_eq!(world.ledger(PAGE).accepted.len(), before);
}

#[test]
fn typing_seen_and_reactions_of_the_business_reach_the_screen() {
    let mut world = World::new();
    let first = world.says(PAGE, "mia", "hello");
    let id = world.id(PAGE, "mia");
    let path = format!("/v25.0/{PAGE}/messages");
    for action in ["mark_seen", "typing_on"] {
        let done = world.call("graph", "page-token", "POST", &path, json!({ "recipient": { "id": id }, "sender_action": action }));
        assert_eq!(done.value(), json!({ "recipient_id": id }));
    }
    let react = json!({ "recipient": { "id": id }, "sender_action": "react", "payload": { "message_id": first, "reaction": "love" } });
    assert_eq!(world.call("graph", "page-token", "POST", &path, react).status, 200);
    let screen = world.platforms.screen_json(PAGE, "mia", 0);
    assert_eq!(screen["typing_until_ms"], world.now.as_millisecond() + 20_000);
    assert_eq!(screen["messages"][0]["seen"], true);
    assert_eq!(screen["messages"][0]["reactions"], json!([{ "by": "business", "emoji": "❤" }]));
    assert_eq!(world.ledger(PAGE).signals.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["mark_seen", "typing_on", "react"]);
}

#[test]
fn a_profile_is_told_to_whom_somebody_wrote() {
    let mut world = World::new();
    let (page, gram) = (world.id(PAGE, "mia"), world.id(GRAM, "mia"));
    let ask = format!("/v25.0/{gram}?fields=name,username");
    assert_eq!(code(&world.call("instagram", "gram-token", "GET", &ask, Value::Null)).0, 230);
    world.says(PAGE, "mia", "hello");
    world.says(GRAM, "mia", "hello");
    assert_eq!(world.call("instagram", "gram-token", "GET", &ask, Value::Null).value()["username"], "mia");
    let told = world.call("graph", "page-token", "GET", &format!("/v25.0/{page}?fields=first_name,last_name"), Value::Null).value();
    assert_eq!(told, json!({ "first_name": "Mia", "last_name": "Höffmann", "id": page }));
}

#[test]
fn instagram_counts_bytes_echoes_all_and_tells_what_was_unsent() {
    let mut world = World::new();
    let first = world.says(GRAM, "mia", "hello");
    assert_eq!(world.gram(json!({ "text": "ä".repeat(500) })).status, 200);
    assert_eq!(code(&world.gram(json!({ "text": "ä".repeat(501) }))).0, 100);
    let heard = world.events();
    assert_eq!(heard.len(), 2, "the message and the echo; there are no deliveries");
    assert_eq!(heard[1]["message"]["is_echo"], true);
    assert!(heard[1]["message"].get("app_id").is_none());
    world.act(GRAM, "mia", json!({ "act": "read" }));
    world.act(GRAM, "mia", json!({ "act": "unsend", "message": first }));
    world.act(GRAM, "mia", json!({ "act": "sticker", "sticker": "heart" }));
    world.act(GRAM, "mia", json!({ "act": "share", "what": "story_mention", "url": "https://cdn.test/s.jpg" }));
    world.act(GRAM, "mia", json!({ "act": "share", "what": "story_reply", "url": "https://cdn.test/s.jpg", "text": "nice!" }));
    world.act(GRAM, "mia", json!({ "act": "react", "message": heard[1]["message"]["mid"], "emoji": "❤" }));
    let heard = world.events();
    assert!(heard[0]["read"]["mid"].is_string());
    assert_eq!(heard[1]["message"], json!({ "mid": first, "is_deleted": true }));
    assert_eq!(heard[2]["message"]["attachments"], json!([{ "type": "like_heart" }]));
    assert_eq!(heard[3]["message"]["attachments"][0]["type"], "story_mention");
    assert_eq!(heard[4]["message"]["reply_to"]["story"]["url"], "https://cdn.test/s.jpg");
    assert_eq!(heard[5]["reaction"]["reaction"], "love");
    assert_eq!(world.refused(GRAM, "mia", json!({ "act": "location", "place": {} })), 400);
    let unsent = world.screen(GRAM, "mia").into_iter().find(|shown| shown.id == first).expect("a tombstone");
    assert!(unsent.unsent && unsent.text.is_empty());
    world.pass(86_401);
    assert_eq!(code(&world.gram(json!({ "text": "late" }))), (10, Some(2_534_022)));
    // The other way in: by the page, on the Graph host.
    world.says(GRAM, "mia", "back");
    let id = world.id(GRAM, "mia");
    let body = json!({ "recipient": { "id": id }, "message": { "text": "by the page" } });
    assert_eq!(world.call("graph", "gram-token", "POST", "/v25.0/me/messages", body).status, 200);
}

#[test]
fn whatsapp_statuses_come_in_order_and_carry_our_word() {
    let mut world = World::new();
    let first = world.says(NUMBER, "mia", "hello");
    let told = &world.changes()[0];
    assert_eq!(told["metadata"], json!({ "display_phone_number": "15550783881", "phone_number_id": NUMBER }));
    assert_eq!(told["contacts"][0]["wa_id"], "4915228817386");
    assert_eq!((&told["messages"][0]["from"], &told["messages"][0]["id"]), (&json!("4915228817386"), &json!(first)));
    assert!(told["messages"][0]["timestamp"].is_string());
    let body = json!({ "messaging_product": "whatsapp", "to": "+49 1522 8817386", "type": "text", "text": { "body": "hi" },
        "context": { "message_id": first }, "biz_opaque_callback_data": "msg-7" });
    let sent = world.call("graph", "number-token", "POST", &format!("/v25.0/{NUMBER}/messages"), body);
    assert_eq!(sent.value()["contacts"][0]["wa_id"], "4915228817386");
    let id = message_id(&sent);
    let statuses = |world: &mut World| world.changes().iter().map(|value| value["statuses"][0].clone()).collect::<Vec<_>>();
    let heard = statuses(&mut world);
    assert_eq!(heard.iter().map(|one| one["status"].as_str().unwrap_or_default()).collect::<Vec<_>>(), ["sent", "delivered"]);
    assert!(heard.iter().all(|one| one["id"] == json!(id) && one["biz_opaque_callback_data"] == "msg-7"));
    world.act(NUMBER, "mia", json!({ "act": "read" }));
    assert_eq!(statuses(&mut world)[0]["status"], "read");
    assert_eq!(world.screen(NUMBER, "mia")[1].reply_to.as_deref(), Some(first.as_str()));
    let read = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": first, "typing_indicator": { "type": "text" } });
    assert_eq!(world.call("graph", "number-token", "POST", &format!("/v25.0/{NUMBER}/messages"), read).value(), json!({ "success": true }));
    let screen = world.platforms.screen_json(NUMBER, "mia", 0);
    assert!(screen["messages"].as_array().expect("messages").iter().any(|shown| shown["id"] == json!(first) && shown["seen"] == true));
    assert_eq!(screen["typing_until_ms"], world.now.as_millisecond() + 25_000);
}

#[test]
fn every_act_on_whatsapp_has_its_event() {
    let mut world = World::new();
    let first = world.says(NUMBER, "mia", "hello");
    world.act(
        NUMBER,
        "mia",
        json!({ "act": "say", "text": "broken", "media": [{ "content_type": "image/png", "data": PICTURE, "name": "a.png" }] }),
    );
    world.act(NUMBER, "mia", json!({ "act": "say", "media": [{ "content_type": "audio/ogg", "data": PICTURE, "voice": true }, { "content_type": "application/pdf", "data": PICTURE, "name": "b.pdf" }] }));
    world.act(NUMBER, "mia", json!({ "act": "sticker", "sticker": "cup" }));
    world.act(NUMBER, "mia", json!({ "act": "location", "place": { "latitude": 1.5, "longitude": 2.0, "name": "Harbour" } }));
    world.act(NUMBER, "mia", json!({ "act": "contact", "contact": { "name": "Tom", "phone": "+12025550142" } }));
    world.act(NUMBER, "mia", json!({ "act": "react", "message": first, "emoji": "👍" }));
    world.act(NUMBER, "mia", json!({ "act": "react", "message": first }));
    world.act(NUMBER, "mia", json!({ "act": "edit", "message": first, "text": "hullo" }));
    world.act(NUMBER, "mia", json!({ "act": "unsend", "message": first }));
    world.act(
        NUMBER,
        "mia",
        json!({ "act": "raw", "json": { "type": "system", "system": { "type": "user_changed_number", "wa_id": "1" } } }),
    );
    world.act(NUMBER, "mia", json!({ "act": "raw", "field": "account_update", "json": { "event": "x" } }));
    world.act(NUMBER, "mia", json!({ "act": "marketing", "wanted": false }));
    world.act(NUMBER, "mia", json!({ "act": "staff_says", "text": "from the phone" }));
    let heard = world.changes();
    let messages: Vec<&Value> = heard.iter().map(|value| &value["messages"][0]).collect();
    let kinds: Vec<&str> = messages.iter().map(|message| message["type"].as_str().unwrap_or_default()).collect();
    assert_eq!(
        kinds,
        [
            "text", "image", "audio", "document", "sticker", "location", "contacts", "reaction", "reaction", "edit", "revoke", "system",
            "", "", ""
        ]
    );
    assert_eq!(messages[1]["image"]["caption"], "broken");
    assert_eq!(messages[2]["audio"]["voice"], true);
    assert_eq!(messages[3]["document"]["filename"], "b.pdf");
    assert_ne!(messages[2]["id"], messages[3]["id"]);
    assert_eq!(messages[4]["sticker"]["mime_type"], "image/webp");
    assert_eq!(messages[6]["contacts"][0]["phones"][0]["wa_id"], "12025550142");
    assert!(messages[7]["reaction"]["emoji"] == "👍" && messages[8]["reaction"].get("emoji").is_none());
    assert_eq!(messages[9]["edit"]["message"]["text"]["body"], "hullo");
    assert_eq!(messages[10]["revoke"]["original_message_id"], json!(first));
    assert_eq!(heard[12]["event"], "x");
    assert_eq!(heard[13]["user_preferences"][0]["value"], "stop");
    assert_eq!(heard[14]["message_echoes"][0]["text"]["body"], "from the phone");
    world.faults(NUMBER, json!({ "edits_unsupported": true }));
    let second = world.says(NUMBER, "mia", "x");
    world.act(NUMBER, "mia", json!({ "act": "edit", "message": second, "text": "y" }));
    let heard = world.changes();
    assert_eq!((&heard[1]["messages"][0]["type"], &heard[1]["messages"][0]["errors"][0]["code"]), (&json!("unsupported"), &json!(131_051)));
}

#[test]
fn a_whatsapp_file_is_had_by_id_then_by_link_then_with_the_token() {
    let mut world = World::new();
    world.act(NUMBER, "mia", json!({ "act": "say", "media": [{ "content_type": "image/png", "data": PICTURE, "name": "a.png" }] }));
    let id = world.changes()[0]["messages"][0]["image"]["id"].as_str().expect("an id").to_owned();
    let told = world.call("graph", "number-token", "GET", &format!("/v25.0/{id}?phone_number_id={NUMBER}"), Value::Null).value();
    assert_eq!((&told["mime_type"], &told["id"]), (&json!("image/png"), &json!(id)));
    let target = told["url"].as_str().and_then(|url| url.strip_prefix("http://graph.localhost:8080")).expect("a link").to_owned();
    assert_eq!(world.call("graph", "number-token", "GET", &target, Value::Null).status, 200);
    assert_eq!(world.call("graph", "page-token", "GET", &target, Value::Null).status, 401);
    world.pass(301);
    assert_eq!(world.call("graph", "number-token", "GET", &target, Value::Null).status, 404);
    assert_eq!(world.call("graph", "page-token", "GET", &format!("/v25.0/{id}"), Value::Null).status, 400);
    // The other way: uploaded, then sent by its id.
    let upload = |kind: &str| Request {
        method: "POST".into(),
        host: "graph".into(),
        path: format!("/v25.0/{NUMBER}/media"),
        headers: vec![
            ("authorization".into(), "Bearer number-token".into()),
            ("content-type".into(), "multipart/form-data; boundary=b".into()),
        ],
        body: Bytes::from(format!(
            "--b\r\ncontent-disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b\r\ncontent-disposition: form-data; name=\"type\"\r\n\r\n{kind}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"c.jpg\"\r\ncontent-type: {kind}\r\n\r\nbytes\r\n--b--\r\n"
        )),
        ..Request::default()
    };
    let now = world.now;
    let id = world.platforms.handle_request(&upload("image/jpeg"), now).value()["id"].as_str().expect("an id").to_owned();
    assert_eq!(code(&world.platforms.handle_request(&upload("image/tiff"), now)).0, 100);
    world.says(NUMBER, "mia", "hello");
    assert_eq!(world.number("image", json!({ "id": id, "caption": "look" })).status, 200);
    assert_eq!(code(&world.number("image", json!({ "id": "1" }))).0, 131_009);
    assert_eq!(code(&world.number("audio", json!({ "id": id }))).0, 131_053);
    let _ = world.heard();
    let shown = world.screen(NUMBER, "mia").pop().expect("a picture");
    assert_eq!((shown.kind.as_str(), shown.text.as_str(), shown.media[0].file.as_str()), ("image", "look", id.as_str()));
    // By a link that leads nowhere: accepted, and failed.
    world.file = CallbackAnswer::status(404);
    let id = message_id(&world.number("image", json!({ "link": "https://shop.test/gone.png" })));
    let heard = world.changes();
    let failed = heard.iter().find(|value| value["statuses"][0]["id"] == json!(id)).expect("a status");
    assert_eq!((&failed["statuses"][0]["status"], &failed["statuses"][0]["errors"][0]["code"]), (&json!("failed"), &json!(131_053)));
}

#[test]
fn whatsapp_fails_later_what_the_form_does_not_forbid() {
    let mut world = World::new();
    let failed = |world: &mut World| {
        world
            .changes()
            .iter()
            .map(|value| value["statuses"][0].clone())
            .find(|status| status["status"] == "failed")
            .map(|status| status["errors"][0]["code"].as_u64())
    };
    assert_eq!(world.number("text", json!({ "body": "first" })).status, 200);
    assert_eq!(failed(&mut world), Some(Some(131_047)), "nobody wrote yet");
    let stranger = json!({ "messaging_product": "whatsapp", "to": "4930999999", "type": "text", "text": { "body": "x" } });
    assert_eq!(world.call("graph", "number-token", "POST", &format!("/v25.0/{NUMBER}/messages"), stranger).status, 200);
    assert_eq!(failed(&mut world), Some(Some(131_026)));
    world.says(NUMBER, "mia", "hello");
    world.faults(NUMBER, json!({ "fail_code": 131_049, "fail_count": 1 }));
    assert_eq!(world.number("text", json!({ "body": "x" })).status, 200);
    assert_eq!(failed(&mut world), Some(Some(131_049)));
    assert_eq!(world.screen(NUMBER, "mia").len(), 1, "what failed is not shown");
    assert_eq!(world.number("text", json!({ "body": "y" })).status, 200);
    assert_eq!(failed(&mut world), None);
    world.act(NUMBER, "mia", json!({ "act": "block" }));
    world.number("text", json!({ "body": "z" }));
    let told: Vec<String> =
        world.changes().iter().map(|value| value["statuses"][0]["status"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(told, ["sent"], "who blocks is never reached");
    world.pass(86_401);
    world.number("text", json!({ "body": "late" }));
    assert_eq!(failed(&mut world), Some(Some(131_047)));
}

#[test]
fn whatsapp_judges_the_form_at_once() {
    let mut world = World::new();
    world.says(NUMBER, "mia", "hello");
    let button = |n: usize| json!({ "type": "reply", "reply": { "id": format!("id{n}"), "title": format!("Title {n}") } });
    let interactive = |buttons: usize| json!({ "type": "button", "body": { "text": "?" }, "action": { "buttons": (0..buttons).map(button).collect::<Vec<_>>() } });
    for (kind, part, expected) in [
        ("text", json!({ "body": "x".repeat(4097) }), 131_009),
        ("text", json!({}), 131_008),
        ("poll", json!({}), 131_051),
        ("audio", json!({ "link": "https://a.test/a.ogg", "caption": "no" }), 100),
        ("image", json!({}), 131_008),
        ("reaction", json!({ "message_id": "wamid.none", "emoji": "👍" }), 131_009),
        ("interactive", interactive(4), 131_009),
        ("template", json!({ "name": "none", "language": { "code": "en" } }), 132_001),
    ] {
        assert_eq!(code(&world.number(kind, part)).0, expected, "{kind}");
    }
    let own = json!({ "messaging_product": "whatsapp", "to": "15550783881", "type": "text", "text": { "body": "x" } });
    assert_eq!(code(&world.call("graph", "number-token", "POST", &format!("/{NUMBER}/messages"), own)).0, 131_021);
    assert_eq!(world.ledger(NUMBER).accepted.len(), 0);
    let asked = message_id(&world.number("interactive", interactive(3)));
    let rows: Vec<Value> =
        (0..2).map(|n| json!({ "id": format!("slot-{n}"), "title": format!("{n}:00"), "description": "Monday" })).collect();
    let list = json!({ "type": "list", "body": { "text": "When?" }, "action": { "button": "Times", "sections": [{ "title": "Day", "rows": rows }] } });
    let listed = message_id(&world.number("interactive", list));
    let _ = world.heard();
    world.act(NUMBER, "mia", json!({ "act": "tap", "message": asked, "button": "b1" }));
    world.act(NUMBER, "mia", json!({ "act": "tap", "message": listed, "button": "r1" }));
    let heard = world.changes();
    assert_eq!(heard[0]["messages"][0]["interactive"]["button_reply"], json!({ "id": "id1", "title": "Title 1" }));
    assert_eq!(heard[0]["messages"][0]["context"], json!({ "from": "15550783881", "id": asked }));
    assert_eq!(heard[1]["messages"][0]["interactive"]["list_reply"], json!({ "id": "slot-1", "title": "1:00", "description": "Monday" }));
    // Many at once to one person.
    world.platforms.set_limits(NUMBER, Limits { pair_burst: Some(2), ..Limits::default() });
    world.pass(60);
    let codes: Vec<u64> = (0..3).map(|_| code(&world.number("text", json!({ "body": "x" }))).0).collect();
    assert_eq!(codes, [0, 0, 131_056]);
    world.pass(6);
    assert_eq!(world.number("text", json!({ "body": "x" })).status, 200);
}

#[test]
fn a_template_is_reviewed_then_opens_a_closed_window() {
    let mut world = World::new();
    let path = format!("/v25.0/{WABA}/message_templates");
    let written = json!({ "name": "order_ready", "language": "en", "category": "UTILITY", "components": [
        { "type": "BODY", "text": "Hello {{1}}, order {{2}} is ready." },
        { "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "Thanks" }] }] });
    let made = world.call("graph", "number-token", "POST", &path, written.clone());
    assert_eq!(made.value()["status"], "PENDING");
    assert_eq!(code(&world.call("graph", "number-token", "POST", &path, written)).0, 100, "it exists");
    let words = |count: usize| {
        let parameters: Vec<Value> = ["Mia", "7", "x"].iter().take(count).map(|text| json!({ "type": "text", "text": text })).collect();
        json!({ "name": "order_ready", "language": { "code": "en" }, "components": [
            { "type": "body", "parameters": parameters },
            { "type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{ "type": "payload", "payload": "THANKS" }] }] })
    };
    assert_eq!(code(&world.number("template", words(2))).0, 132_001, "not approved yet");
    let approved = &world.changes()[0];
    assert_eq!((&approved["event"], &approved["message_template_name"]), (&json!("APPROVED"), &json!("order_ready")));
    assert_eq!(code(&world.number("template", words(3))).0, 132_000);
    let id = message_id(&world.number("template", words(2)));
    assert_eq!(world.changes()[0]["statuses"][0]["pricing"]["category"], "utility");
    assert_eq!(world.screen(NUMBER, "mia")[0].text, "Hello Mia, order 7 is ready.");
    world.act(NUMBER, "mia", json!({ "act": "tap", "message": id, "button": "t0" }));
    assert_eq!(world.changes()[0]["messages"][0]["button"], json!({ "text": "Thanks", "payload": "THANKS" }));
    let list = world.call("graph", "number-token", "GET", &format!("{path}?status=APPROVED"), Value::Null).value();
    assert_eq!(list["data"][0]["name"], "order_ready");
    let now = world.now;
    let pause = Request {
        method: "PUT".into(),
        path: format!("/control/accounts/{NUMBER}/templates/order_ready/en"),
        body: Bytes::from_static(br#"{"status":"PAUSED"}"#),
        ..Request::default()
    };
    assert_eq!(world.platforms.control(&pause, now).status, 204);
    assert_eq!(world.changes()[0]["event"], "PAUSED");
    assert_eq!(code(&world.number("template", words(2))).0, 132_015);
}

#[test]
fn somebody_without_a_number_is_known_by_a_scoped_id() {
    let mut world = World::new();
    world.says(NUMBER, "seo", "안녕하세요");
    let told = &world.changes()[0];
    let id = world.id(NUMBER, "seo");
    assert!(id.starts_with("KR."), "{id}");
    assert_eq!(told["messages"][0]["from_user_id"], json!(id));
    assert!(told["messages"][0].get("from").is_none() && told["contacts"][0].get("wa_id").is_none());
    let body = json!({ "messaging_product": "whatsapp", "recipient": id, "type": "text", "text": { "body": "네" } });
    let sent = world.call("graph", "number-token", "POST", &format!("/v25.0/{NUMBER}/messages"), body);
    assert_eq!(sent.value()["contacts"][0]["user_id"], json!(id));
    let status = &world.changes()[0]["statuses"][0];
    assert!(status["recipient_user_id"] == json!(id) && status.get("recipient_id").is_none());
    assert_eq!(world.screen(NUMBER, "seo").len(), 2);
    assert!(world.platforms.id_of(NUMBER, "tom").is_none(), "who has no phone is not there");
}
