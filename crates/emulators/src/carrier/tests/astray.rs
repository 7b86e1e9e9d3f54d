//! Webhooks that never arrive.

use super::*;

const IN: &str = "http://localhost:8080/in/sms/KA1";

fn lost_and_come(world: &World) -> (usize, usize) {
    let ledger = world.carrier.ledger();
    (ledger.webhooks.iter().filter(|tried| tried.error.as_deref() == Some("lost on the way")).count(), world.left.len())
}

#[test]
fn a_webhook_that_is_lost_comes_again_where_its_address_asks_for_it() {
    for (url, come) in [(IN.to_owned(), 0), (format!("{IN}#rc=5&rp=all"), 1), (format!("{IN}#rc=5&rp=5xx"), 0)] {
        let mut world = World::with(&url);
        world.faults(json!({ "drop_webhook": 1 }));
        let sid = world.text_from(MIA, "hello");
        world.pass(4);
        assert_eq!(lost_and_come(&world), (0, 0), "{url}: it is noticed when the patience for a connection is over");
        world.pass(30);
        assert_eq!(lost_and_come(&world), (1, come), "{url}");
        assert!(world.left.iter().all(|callback| field(callback, "MessageSid").as_deref() == Some(&*sid)));
        world.text_from(MIA, "and this");
        world.pass(2);
        assert_eq!(lost_and_come(&world), (1, come + 1), "{url}: one was to be lost");
    }
}

#[test]
fn what_is_lost_for_good_is_told_neither_again_nor_at_the_other_address() {
    let mut world = World::with(&format!("{IN}#rc=5&rp=all"));
    let number = Number { sms_fallback_url: "http://localhost:8080/fallback".into(), ..world.carrier.numbers[SHOP].clone() };
    world.carrier.put_number(number);
    world.faults(json!({ "drop_webhook": 1, "no_repeats": true }));
    world.text_from(MIA, "hello");
    world.pass(600);
    assert_eq!(lost_and_come(&world), (1, 0));
    assert_eq!(world.carrier.ledger().alerts.len(), 1, "the account's owner is told");
    // Three waits for a connection are all that fifteen seconds hold.
    world.faults(json!({ "drop_webhook": 3 }));
    world.text_from(MIA, "again");
    world.pass(600);
    assert_eq!(world.left.iter().map(|callback| callback.url.as_str()).collect::<Vec<_>>(), ["http://localhost:8080/fallback"]);
}
