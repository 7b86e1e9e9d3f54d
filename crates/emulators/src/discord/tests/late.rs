//! Events that are late, overtake one another, or are lost with the line.

use super::*;

fn faults(discord: &mut Discord, faults: Value) {
    discord.set_faults(serde_json::from_value(faults).unwrap());
}

/// The texts of what was told, with their numbers.
fn texts(discord: &mut Discord) -> Vec<(u64, String)> {
    let text = |out: Out| match out {
        Out::Text(text) => serde_json::from_str::<Value>(&text).ok(),
        _ => None,
    };
    let frames = discord.take_out().into_iter().filter_map(|(_, out)| text(out));
    frames
        .filter(|frame| frame["t"] == "MESSAGE_CREATE")
        .map(|frame| (frame["s"].as_u64().unwrap(), frame["d"]["content"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn events_come_late_and_overtake_one_another_and_are_numbered_as_they_come() {
    let mut discord = discord();
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS, TOKEN);
    discord.take_out();
    faults(&mut discord, json!({ "delay_ms": 2_000 }));
    discord.act(BOT, "ana", None, say("late"), at(1)).unwrap();
    assert_eq!((texts(&mut discord), discord.next_due()), (vec![], Some(at(3))));
    discord.due(at(2));
    assert_eq!(texts(&mut discord), []);
    discord.due(at(3));
    assert_eq!(texts(&mut discord), [(3, "late".into())]);
    faults(&mut discord, json!({ "shuffle": true }));
    let said: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).into();
    for text in &said {
        discord.act(BOT, "ana", None, say(text), at(4)).unwrap();
    }
    discord.due(at(7));
    let told = texts(&mut discord);
    assert_eq!(told.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9]);
    let order: Vec<String> = told.into_iter().map(|(_, text)| text).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert!(sorted == said && order != said, "{order:?}");
}

#[test]
fn an_event_is_lost_with_the_line_and_told_to_who_resumes() {
    let mut discord = discord();
    let link = discord.open(at(0));
    identify(&mut discord, link, INTENTS, TOKEN);
    told(&mut discord);
    let session = discord.ledger().gateway.iter().find(|noted| noted.what == "identify").unwrap().detail.clone();
    let resume = |discord: &mut Discord, number: u64, seconds: i64| {
        let link = discord.open(at(seconds));
        discord.heard(link, &json!({ "op": 6, "d": { "token": TOKEN, "session_id": session, "seq": number } }).to_string(), at(seconds));
    };
    faults(&mut discord, json!({ "drop_webhook": 1 }));
    discord.act(BOT, "ana", None, say("lost"), at(1)).unwrap();
    assert_eq!(told(&mut discord), ["cut"]);
    discord.act(BOT, "ana", None, say("while nobody hears"), at(2)).unwrap();
    resume(&mut discord, 2, 3);
    assert_eq!(told(&mut discord), ["op 10", "3 MESSAGE_CREATE", "4 MESSAGE_CREATE", "5 RESUMED"]);
    faults(&mut discord, json!({ "drop_webhook": 1, "no_repeats": true }));
    discord.act(BOT, "ana", None, say("lost for good"), at(4)).unwrap();
    assert_eq!(told(&mut discord), ["cut"]);
    resume(&mut discord, 5, 5);
    assert_eq!(told(&mut discord), ["op 10", "op 9"], "only who lists the channel finds it");
}

#[test]
fn an_interaction_is_late_or_never_comes() {
    let mut discord = discord();
    discord.bots.get_mut(TOKEN).unwrap().interactions_url = "http://help.test/in/discord/KA1".into();
    discord.bots.get_mut(TOKEN).unwrap().commands = vec!["help".into()];
    faults(&mut discord, json!({ "delay_ms": 1_000 }));
    discord.act(BOT, "ana", Some(ROOM), say("/help"), at(1)).unwrap();
    assert_eq!((discord.due(at(1)).len(), discord.due(at(2)).len()), (0, 1));
    faults(&mut discord, json!({ "drop_webhook": 1 }));
    discord.act(BOT, "ana", Some(ROOM), say("/help"), at(3)).unwrap();
    assert_eq!(discord.due(at(600)).len(), 0, "nobody tries again");
    assert_eq!(discord.ledger().interactions.iter().map(|tapped| tapped.status).collect::<Vec<_>>(), [None, None]);
}
