//! The form before the first message, from outside.

use axum::http::StatusCode;
use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

use super::bed::{Bed, Place, SECRET, each};

/// Asks for these from now on.
async fn put_form(bed: &Bed, place: Place) {
    let fields = json!([
        { "key": "name", "type": "name", "required": true, "label": { "en": "Your name", "de": "Ihr Name" } },
        { "key": "email", "type": "email", "required": true, "label": { "en": "Email" } },
        { "key": "order_number", "type": "text", "label": { "en": "Order number", "de": "Bestellnummer" } },
        { "key": "privacy", "type": "consent", "required": true, "label": { "en": "I agree", "de": "Ich stimme zu" } },
    ]);
    let ws = place.ws;
    bed.engine
        .db()
        .write(move |tx| {
            let fields = fields.to_string();
            Box::pin(async move {
                let mut stored = store::channel::all(tx, ws).await?.pop().expect("the webchat");
                stored.account.settings.insert("prechat".into(), "true".into());
                stored.account.settings.insert("prechat_fields".into(), fields);
                assert!(store::channel::update(tx, ws, &stored.account, stored.sealed).await?);
                Ok(())
            })
        })
        .await
        .unwrap();
    bed.engine.config_changed(ws);
}

async fn fill(bed: &Bed, place: Place, token: &str, answers: Value) -> super::bed::Answer {
    bed.post(&format!("/webchat/{}/form", place.channel), Some(token), json!({ "answers": answers })).await
}

async fn asked(bed: &Bed, place: Place, token: &str) -> Vec<String> {
    let ticket = bed.ticket(place, super::bed::SITE).await.json["ticket"].clone();
    let session = bed.post(&format!("/webchat/{}/session", place.channel), None, json!({ "ticket": ticket, "token": token })).await;
    session.json["form"].as_array().unwrap().iter().map(|field| field["key"].as_str().unwrap().to_owned()).collect()
}

/// Name, facts and claims of the only person there.
async fn known(bed: &Bed, place: Place) -> (String, Vec<(String, String)>, Vec<(String, String)>) {
    let ws = place.ws;
    bed.engine
        .db()
        .read(move |tx| {
            Box::pin(async move {
                let persons = store::listing::persons(tx, ws, None, 10).await?;
                assert_eq!(persons.len(), 1);
                let facts = store::contact::facts_of(tx, ws, persons[0].id).await?;
                assert!(facts.iter().all(|fact| !fact.verified), "typed is not proven");
                let facts = facts.into_iter().filter(|fact| fact.key != "browser_language").map(|fact| (fact.key, fact.value)).collect();
                Ok((persons[0].name.clone(), facts, store::contact::claims_of(tx, ws, persons[0].id).await?))
            })
        })
        .await
        .unwrap()
}

fn good() -> Value {
    json!({ "name": "Mira Ahn", "email": "Mira@Example.test", "order_number": "4111 1111 1111 1111", "privacy": "yes" })
}

#[test]
fn nobody_writes_before_the_form_and_what_it_brings_goes_with_the_first_message() {
    each(|bed| async move {
        let place = bed.places[0];
        put_form(&bed, place).await;
        let token = bed.visitor(place).await;
        assert_eq!(asked(&bed, place, &token).await, ["name", "email", "order_number", "privacy"]);
        let early = bed.say(place, &token, "c-1", "hello").await;
        assert_eq!((early.code(), &early.json["params"]["fields"][0]), ((422, "form_required"), &json!("name")));

        let wrong = fill(&bed, place, &token, json!({ "name": "Mira", "email": "mira at home" })).await;
        assert_eq!(wrong.code(), (422, "form_invalid"));
        let named = json!([{ "field": "email", "code": "bad_email" }, { "field": "privacy", "code": "missing" }]);
        assert_eq!(wrong.json["params"]["fields"], named);
        assert_eq!(asked(&bed, place, &token).await.len(), 4, "what was wrong is asked for again");

        assert_eq!(fill(&bed, place, &token, good()).await.status, StatusCode::OK);
        assert_eq!(fill(&bed, place, &token, json!({})).await.status, StatusCode::OK, "a lost answer is asked for again");
        assert!(asked(&bed, place, &token).await.is_empty());
        let said = bed.say(place, &token, "c-1", "hello").await;
        assert_eq!(said.status, StatusCode::OK);
        bed.say(place, &token, "c-2", "are you there").await;

        let (name, facts, claims) = known(&bed, place).await;
        assert_eq!(name, "Mira Ahn");
        let fact = |key: &str| facts.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        assert_eq!((fact("email"), fact("privacy")), (Some("mira@example.test"), Some("yes")));
        assert!(!fact("order_number").unwrap().contains("4111 1111"), "a card is hidden in a form, too: {facts:?}");
        assert_eq!(claims, [("email".to_owned(), "mira@example.test".to_owned())], "an address typed here is a claim");

        let ws = place.ws;
        let conversation = said.json["conversation_id"].as_str().unwrap().parse().unwrap();
        let messages = bed
            .engine
            .db()
            .read(move |tx| Box::pin(async move { store::message::page(tx, ws, conversation, None, None, 20).await }))
            .await
            .unwrap();
        let own: Vec<_> = messages.iter().filter(|message| message.from_contact()).collect();
        let model::Extra::Form { answers } = &own[0].extras[0] else { panic!("no form: {:?}", own[0].extras) };
        assert_eq!((answers[0].label.as_str(), answers[0].shown.as_str()), ("Your name", "Mira Ahn"));
        assert!(own[1].extras.is_empty(), "told once");
        let shown = bed.get(&format!("/webchat/{}/messages", place.channel), Some(&token)).await;
        assert!(!shown.json.to_string().contains("mira@example.test"), "the visitor's log has their words only");
        bed.end().await;
    });
}

#[test]
fn a_proven_visitor_is_not_asked_for_what_the_site_said() {
    each(|bed| async move {
        let place = bed.places[0];
        put_form(&bed, place).await;
        let token = bed.visitor(place).await;
        let exp = bed.engine.now().secs() + 60;
        let claims = json!({ "aud": place.channel.to_string(), "sub": "c-7", "jti": "1", "exp": exp, "name": "Mia", "email": "mia@example.test", "facts": { "order_number": "A-1" } });
        let jwt = jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
        let identified = bed.post(&format!("/webchat/{}/identify", place.channel), Some(&token), json!({ "jwt": jwt })).await;
        assert_eq!(identified.status, StatusCode::OK);
        assert_eq!(asked(&bed, place, &token).await, ["privacy"], "nobody but the visitor can agree");
        assert_eq!(bed.say(place, &token, "c-1", "hello").await.code(), (422, "form_required"));
        assert_eq!(fill(&bed, place, &token, json!({ "privacy": true })).await.status, StatusCode::OK);
        assert_eq!(bed.say(place, &token, "c-1", "hello").await.status, StatusCode::OK);
        bed.end().await;
    });
}

#[test]
fn whoever_was_in_a_talk_before_is_not_stopped_by_a_new_form() {
    each(|bed| async move {
        let place = bed.places[0];
        let token = bed.visitor(place).await;
        assert_eq!(bed.say(place, &token, "c-1", "hello").await.status, StatusCode::OK);
        put_form(&bed, place).await;
        assert!(asked(&bed, place, &token).await.is_empty());
        assert_eq!(bed.say(place, &token, "c-2", "still here").await.status, StatusCode::OK);
        let other = bed.visitor(bed.places[1]).await;
        assert!(asked(&bed, bed.places[1], &other).await.is_empty(), "each account has a form of its own");
        bed.end().await;
    });
}

#[test]
fn where_the_snippet_is_seen_is_noted_and_so_is_a_site_that_may_not_show_it() {
    each(|bed| async move {
        let place = bed.places[0];
        let noted = || {
            let (db, ws, channel) = (bed.engine.db().clone(), place.ws, place.channel);
            async move { db.read(move |tx| Box::pin(async move { store::sighting::of_account(tx, ws, channel).await })).await.unwrap() }
        };
        assert_eq!(noted().await, store::sighting::Sightings::default());
        bed.ticket(place, "https://old.example").await;
        let refused = noted().await;
        assert_eq!((refused.seen, refused.refused.map(|site| site.site)), (None, Some("https://old.example".to_owned())));
        bed.ticket(place, super::bed::SITE).await;
        let seen = noted().await.seen.unwrap();
        assert_eq!(seen.site, super::bed::SITE);
        bed.ticket(place, super::bed::SITE).await;
        assert_eq!(noted().await.seen, Some(seen), "the same news is not written at every page");
        bed.ticket(place, "https://other.example").await;
        assert_eq!(noted().await.refused.unwrap().site, "https://old.example", "nobody makes us write at will");
        bed.end().await;
    });
}
