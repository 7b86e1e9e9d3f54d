//! A flow's message in the form of one channel: sent as it is there, as text, choices and cards everywhere else.

use engine::Sent;
use serde_json::{Value, json};
use testkit::visitor;

use crate::stickers::{line, on_each};

/// Shows a picture with places to tap on LINE; what it is called is filled in.
const FLOW: &str = r#"{"description":"shows a map","initial_state":"Trigger","flags":{},"states":[
 {"name":"Trigger","type":"trigger","properties":{},"transitions":[{"event":"incomingMessage","next":"map"},{"event":"incomingConversationMessage","next":"map"},{"event":"incomingCall"},{"event":"incomingRequest"},{"event":"incomingParent"}]},
 {"name":"map","type":"send-message","properties":{"body":"You wrote {{trigger.conversation.Body}}","choices":["Harbour"],
  "native":{"line":{"type":"{{trigger.conversation.Body}}","baseUrl":"https://shop.example/map","altText":"Map for {{trigger.conversation.Body}}","baseSize":{"width":1040,"height":585},"actions":[]}}},
  "transitions":[{"event":"sent"},{"event":"failed"}]}]}"#;

#[test]
fn a_flows_message_leaves_in_the_form_of_the_channel_that_has_it() {
    on_each("house::a_flows_message_leaves_in_the_form_of_the_channel", async |house| {
        let (shop, account) = line(&house).await;
        house.publish(&shop, FLOW).await.unwrap();
        house.world.now_answers(|_| Sent::Answer {
            status: 200,
            headers: vec![],
            body: json!({ "sentMessages": [{ "id": "m1" }] }).to_string().into(),
        });
        house.world.take_asked();
        let says = async |text: &str| {
            let lane = house.journal(&shop, account, &["mia"], "mia", text).await.unwrap();
            house.engine.turn_once(shop.ws, vec![lane]).await;
            house.settle().await.unwrap();
            let asked = house.world.take_asked();
            let pushed =
                asked.iter().filter(|out| out.url.ends_with("/push")).map(|out| serde_json::from_slice::<Value>(&out.body).unwrap());
            pushed.map(|body| body["messages"].clone()).collect::<Vec<_>>()
        };
        let map = json!({ "type": "imagemap", "baseUrl": "https://shop.example/map", "altText": "Map for imagemap",
            "baseSize": { "width": 1040, "height": 585 }, "actions": [] });
        assert_eq!(says("imagemap").await, [json!([map])]);
        let (_, messages) = house.thread(&shop, account, "mia").await.unwrap();
        let kept = messages.last().unwrap();
        assert_eq!((kept.text.as_str(), kept.extras.len(), kept.choices.len()), ("You wrote imagemap", 1, 0));

        // Filled in with nothing it is no message of LINE's: the customer is told in the words beside it.
        let told = says(" ").await;
        let [told] = &told[..] else { panic!("{told:?}") };
        assert_eq!((&told[0]["type"], told[0]["text"].as_str().map(str::trim)), (&json!("text"), Some("You wrote")), "{told}");
        assert!(told.to_string().contains("Harbour"), "with its choices: {told}");

        // Another channel has no such form.
        let leo = visitor(2);
        house.chat(&shop, leo, "1", "imagemap").await.unwrap();
        let (_, messages) = house.thread(&shop, shop.webchat, &leo.to_string()).await.unwrap();
        let kept = messages.last().unwrap();
        assert_eq!((kept.text.as_str(), kept.extras.len(), &kept.choices[..]), ("You wrote imagemap", 0, &["Harbour".to_owned()][..]));
    });
}
