use super::*;
use crate::meta::tests::check_fixtures;

#[test]
fn every_sample_comes_to_what_it_says() {
    check_fixtures(&Instagram, EVENTS);
}

const EVENTS: &[(&str, &[&str])] = &[
    ("comment", &[]),
    ("echo", &["own1 9001 @1400 echo to by=9001 scoped text=\"hello\""]),
    ("echo_deleted", &["note a message of ours was taken back in the provider's app"]),
    ("echo_template", &["own2 9001 @1450 echo elsewhere=\"\" to by=9001 scoped link=\"link Kettle https://cdn.test/k.jpg\""]),
    ("edit", &["aWdfZAG1faXRlbToxOk:edit:2 9001 @1300 edit of=aWdfZAG1faXRlbToxOk no=2 \"sehr schön\""]),
    ("ephemeral", &["aWdfZAG1faXRlbToxOk9 9001 @900 message by=9001 scoped unsupported=\"ephemeral\""]),
    ("fallback", &["aWdfZAG1faXRlbToxOk10 9001 @1000 message by=9001 scoped link=\"link Kettle https://shop.test/k\""]),
    ("handover", &["thread_taken:9001:1735689602100 9001 @2100 touch thread_taken by=9001 scoped handover=\"spam\""]),
    ("inline_reply", &["aWdfZAG1faXRlbToxOk6 9001 @600 message by=9001 scoped text=\"that one\" reply_to=\"own1\""]),
    ("like_heart", &["aWdfZAG1faXRlbToxOk8 9001 @800 message by=9001 scoped text=\"❤\""]),
    (
        "media",
        &[
            "aWdfZAG1faXRlbToxOk2 9001 @200 message by=9001 scoped file=\"image/jpeg 1.jpeg https://cdn.test/a.jpg?x=1\" file=\"video/mp4 2.mp4 https://cdn.test/b?x=1\" file=\"audio/mp4 3.mp4 https://cdn.test/c?x=1\" file=\"application/pdf d.pdf https://cdn.test/d.pdf?x=1\"",
        ],
    ),
    (
        "message_referral",
        &[
            "aWdfZAG1faXRlbToxOk13 9001 @1900 message by=9001 scoped referral_source=\"ADS\" advertisement=\"77\" text=\"this one?\" link=\"advertisement Sale https://cdn.test/v.mp4\" link=\"product 88 \"",
        ],
    ),
    (
        "optin",
        &[
            "notifications_allowed:9001:1735689602000 9001 @2000 touch notifications_allowed by=9001 scoped notifications=\"Drops\" notifications_how_often=\"DAILY\"",
        ],
    ),
    ("other_account", &["note for account 17841400000000009, which is not this account's"]),
    ("postback", &["aWdfZAG1faXRlbToxOk12 9001 @1700 message by=9001 scoped text=\"Opening hours\" choice=\"HOURS\""]),
    ("quick_reply", &["aWdfZAG1faXRlbToxOk1 9001 @100 message by=9001 scoped text=\"Yes\" choice=\"YES\""]),
    (
        "reaction",
        &["own1:9001:react:1735689601500 9001 @1500 reaction of=own1 +❤", "own1:9001:unreact:1735689601510 9001 @1510 reaction of=own1 -"],
    ),
    ("reaction_other", &["own1:9001:react:1735689601520 9001 @1520 reaction of=own1 +❔"]),
    ("read", &["read:9001:own1 9001 @1600 read of=own1 through"]),
    (
        "reel_and_post",
        &[
            "aWdfZAG1faXRlbToxOk7 9001 @700 message by=9001 scoped link=\"reel A reel https://ig.test/r/5\" link=\"post A post https://ig.test/p/6\"",
        ],
    ),
    ("referral", &["referred:9001:1735689601800 9001 @1800 touch referred by=9001 scoped referral=\"bio\" referral_source=\"SHORTLINKS\""]),
    ("self", &["note an event that names no customer"]),
    (
        "share",
        &[
            "aWdfZAG1faXRlbToxOk3 9001 @300 message by=9001 scoped link=\"post  https://ig.test/p/1\"",
            "aWdfZAG1faXRlbToxOk3b 9001 @310 message by=9001 scoped unsupported=\"share\"",
        ],
    ),
    ("standby", &["aWdfZAG1faXRlbToxOk14 9001 @2200 message by=9001 scoped text=\"to the other app\" standby=\"yes\""]),
    ("story_mention", &["aWdfZAG1faXRlbToxOk4 9001 @400 message by=9001 scoped link=\"story_mention  https://cdn.test/story.jpg\""]),
    ("story_reply", &["aWdfZAG1faXRlbToxOk5 9001 @500 message by=9001 scoped text=\"nice!\" link=\"story_reply  https://cdn.test/s.jpg\""]),
    ("text", &["aWdfZAG1faXRlbToxOk 9001 @0 message by=9001 scoped text=\"schön! 🎉\""]),
    ("unknown", &["note an event that is not known: glitter"]),
    ("unsend", &["aWdfZAG1faXRlbToxOk:unsend 9001 @1200 unsend of=aWdfZAG1faXRlbToxOk"]),
    ("unsupported", &["aWdfZAG1faXRlbToxOk11 9001 @1100 message by=9001 scoped unsupported=\"unsupported\""]),
];

use crate::meta::tests::account;
use crate::samples::{self, NOW, answer, asked, picture, send, text_part};
use serde_json::json;

fn facebook() -> ChannelAccount {
    let mut account = account("instagram");
    account.settings.insert("login".into(), "facebook".into());
    account
}

#[test]
fn each_login_has_its_host_and_its_way_to_show_the_token() {
    let bare = |login: &str| samples::account("instagram", &[("login", login), ("instagram_id", "178")], &[("access_token", "tok")]);
    let work = send(Part { reply_to: Some("m".into()), ..text_part("hi") }, "9001");
    let (request, body) = asked(Instagram.next(&bare("instagram"), &work, &Value::Null, NOW));
    assert_eq!(request.url, "https://graph.instagram.com/v25.0/178/messages");
    assert!(request.headers.contains(&("authorization".into(), "Bearer tok".into())));
    assert_eq!(body, json!({ "messaging_type": "RESPONSE", "recipient": { "id": "9001" }, "message": { "text": "hi" } }));
    let (request, _) = asked(Instagram.next(&bare("facebook"), &work, &Value::Null, NOW));
    assert_eq!(request.url, "https://graph.facebook.com/v25.0/178/messages?access_token=tok");
    assert!(request.headers.iter().all(|(name, _)| name != "authorization"));
}

#[test]
fn texts_are_cut_by_bytes() {
    let message = Outbound { text: "😀한글 ".repeat(200), ..Outbound::default() };
    let parts = Instagram.split(&facebook(), &message);
    assert!(parts.iter().all(|part| part.text.len() <= 1000));
    let joined: Vec<&str> = parts.iter().map(|part| part.text.as_str()).collect();
    assert_eq!(joined.join(" ").trim(), message.text.trim());
    let families = Outbound { text: "👨‍👩‍👧‍👦".repeat(100), ..Outbound::default() };
    let parts = Instagram.split(&facebook(), &families);
    assert!(parts.iter().all(|part| part.text.len() <= 1000 && part.text.len() % "👨‍👩‍👧‍👦".len() == 0));
}

#[test]
fn a_picture_that_is_too_big_is_refused_before_it_leaves() {
    let part = |bytes| Part { files: vec![FileRef { bytes, ..picture() }], ..Part::default() };
    let fits = send(part(8 << 20), "9001");
    assert!(matches!(Instagram.next(&account("instagram"), &fits, &Value::Null, NOW), Step::Http(_)));
    let big = send(part((8 << 20) + 1), "9001");
    assert_eq!(Instagram.next(&account("instagram"), &big, &Value::Null, NOW), Step::Nothing);
    let outcome = Instagram.outcome(&account("instagram"), &big, &Value::Null, &answer(200, ""), NOW);
    assert!(matches!(outcome, Outcome::Failed(problem) if problem.code == "file_too_big"));
    let types = Instagram.capabilities(&account("instagram")).attachment_types;
    assert!(types.contains(&"image/png".to_owned()) && !types.contains(&"image/".to_owned()));
}

#[test]
fn the_only_reaction_is_a_heart() {
    assert_eq!(Instagram.capabilities(&account("instagram")).reaction_set, ["❤"]);
    let work =
        Work::React { to: "9001".into(), thread: "9001".into(), context: Value::Null, provider_id: "m".into(), emoji: Some("❤".into()) };
    let (_, body) = asked(Instagram.next(&account("instagram"), &work, &Value::Null, NOW));
    assert_eq!(body["payload"], json!({ "message_id": "m", "reaction": "love" }));
}

#[test]
fn a_token_of_the_instagram_login_is_renewed() {
    let (request, _) = asked(Instagram.next(&account("instagram"), &Work::Refresh, &Value::Null, NOW));
    assert_eq!(request.url, "https://graph.test/v25.0/refresh_access_token?grant_type=ig_refresh_token&access_token=tok%261");
    assert_eq!((request.method, request.repeatable), ("GET", Repeatable::Always));
    let hear = |account: &ChannelAccount, work: &Work, status, body: &str| {
        Instagram.outcome(account, work, &Value::Null, &answer(status, body), NOW)
    };
    let day = 86_400;
    let renewed = hear(&account("instagram"), &Work::Refresh, 200, r#"{"access_token":"new","token_type":"bearer","expires_in":5184000}"#);
    let Outcome::Credential { secrets, expires_at, refresh_at } = renewed else { panic!("{renewed:?}") };
    assert_eq!(secrets["access_token"], "new");
    assert_eq!((expires_at, refresh_at), (Some(NOW.plus_secs(60 * day)), Some(NOW.plus_secs(50 * day))));
    let over = r#"{"error":{"code":190,"error_subcode":463,"message":"expired"}}"#;
    assert!(matches!(hear(&account("instagram"), &Work::Refresh, 400, over), Outcome::Problem(p) if p.setting == "access_token"));
    let send = send(text_part("x"), "9001");
    assert_eq!(hear(&account("instagram"), &send, 400, over), Outcome::NeedsRefresh);
    assert!(
        matches!(hear(&facebook(), &send, 400, over), Outcome::Problem(p) if p.code == "token_expired"),
        "a page's token is not renewed"
    );
    assert_eq!(Instagram.next(&facebook(), &Work::Refresh, &Value::Null, NOW), Step::Nothing);
}

#[test]
fn a_profile_needs_consent_and_is_empty_without() {
    let work = Work::Profile { external_id: "9001".into(), context: Value::Null };
    let (request, _) = asked(Instagram.next(&account("instagram"), &work, &Value::Null, NOW));
    assert!(request.url.starts_with("https://graph.test/v25.0/9001?fields=name%2Cusername"));
    let hear = |status, body: &str| Instagram.outcome(&account("instagram"), &work, &Value::Null, &answer(status, body), NOW);
    let told = hear(200, r#"{"username":"mia.m","follower_count":12,"is_verified_user":false}"#);
    let Outcome::Profile { name, facts } = told else { panic!() };
    assert_eq!(name, "mia.m");
    assert!(facts.contains(&("followers".into(), "12".into())) && facts.contains(&("verified_account".into(), "false".into())));
    let nobody = Outcome::Profile { name: String::new(), facts: vec![] };
    for refused in [r#"{"error":{"code":230,"message":"user consent is required"}}"#, r#"{"error":{"code":100,"error_subcode":33}}"#] {
        assert_eq!(hear(400, refused), nobody);
    }
}

#[test]
fn wrong_settings_are_named() {
    let mut account = account("instagram");
    assert_eq!(Instagram.check_settings(&account), vec![]);
    for (key, value) in [("login", "facebook"), ("page_id", ""), ("app_id", ""), ("instagram_id", "@shop")] {
        account.settings.insert(key.into(), value.into());
    }
    let named = |account: &ChannelAccount| {
        Instagram.check_settings(account).into_iter().map(|p| format!("{} {}", p.setting, p.code)).collect::<Vec<_>>()
    };
    assert_eq!(named(&account), ["page_id setting_missing", "app_id setting_missing", "instagram_id bad_id"]);
    account.settings.insert("login".into(), "telepathy".into());
    assert_eq!(named(&account), ["login bad_login", "instagram_id bad_id"]);
}

#[test]
fn cards_stand_side_by_side_and_long_texts_before_them() {
    let mut message = crate::card::tests::message();
    message.cards[0].text = "ü".repeat(81);
    let parts = Instagram.split(&facebook(), &message);
    let shape: Vec<_> = parts.iter().map(|part| (part.text.lines().next().unwrap_or_default(), part.cards.len())).collect();
    assert_eq!(shape, [("Our rooms:", 0), ("Room 1", 0), ("", 2)]);
    assert!(parts[1].text.ends_with(&"ü".repeat(81)) && parts[2].cards[0].text.is_empty());
}
