//! Card numbers and keys of customers, hidden on every road before anything is kept.

use model::Settings;
use testkit::{House, Shop, on_each, visitor};

const CARD: &str = "4111 1111 1111 1111";
const SMS: &str = "+15005550001";

async fn write_on_every_road(house: &House, shop: &Shop, key: &str) {
    let mia = visitor(1);
    house.chat(shop, mia, "c1", &format!("take my card {CARD}")).await.unwrap();
    house.text(shop, SMS, "SM01", &format!("{CARD} and {key}, order 1042, call +4915123456789")).await.unwrap();
}

/// Proves S27.
#[test]
fn cards_and_keys_are_hidden_on_every_road() {
    on_each("house::cards_and_keys_are_hidden_on_every_road", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let key = format!("sk_{}_{}", "live", "a1B2c3D4e5F6g7H8");
        write_on_every_road(&house, &shop, &key).await;
        let said = house.transcript(&shop, shop.webchat, &visitor(1).to_string()).await.unwrap();
        assert_eq!(said[0], "customer: take my card •••• 1111");
        let said = house.transcript(&shop, shop.sms, SMS).await.unwrap();
        assert_eq!(said[0], "customer: •••• 1111 and sk_live_••••, order 1042, call +4915123456789");
        // Nothing of it stands in a row, the raw delivery is sealed, and it is emptied after eight days.
        for (table, columns) in EVERYTHING {
            for column in *columns {
                for secret in ["4111 1111", "4111111111111111", &key] {
                    let stands = format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%{secret}%'");
                    assert_eq!(house.count(&stands).await.unwrap(), 0, "{table}.{column}");
                }
            }
        }
        assert_eq!(house.count("SELECT count(*) FROM delivery WHERE body IS NOT NULL").await.unwrap(), 2);
        house.clock.advance_ms(7 * 86_400_000);
        house.keep_time();
        house.engine.expire_once(shop.ws).await.unwrap();
        assert_eq!(house.count("SELECT count(*) FROM delivery WHERE body IS NOT NULL").await.unwrap(), 2);
        house.clock.advance_ms(86_400_001);
        house.keep_time();
        house.engine.expire_once(shop.ws).await.unwrap();
        assert_eq!(house.count("SELECT count(*) FROM delivery WHERE body IS NOT NULL").await.unwrap(), 0);
    });
}

/// Proves S27.
#[test]
fn a_workspace_may_switch_the_hiding_off() {
    on_each("house::a_workspace_may_switch_the_hiding_off", async |house| {
        let shop = house.open_shop_with("Tidewater", Settings { mask_secrets: false, ..Settings::default() }).await.unwrap();
        write_on_every_road(&house, &shop, "nothing").await;
        let said = house.transcript(&shop, shop.webchat, &visitor(1).to_string()).await.unwrap();
        assert_eq!(said[0], format!("customer: take my card {CARD}"));
    });
}

/// Proves S27.
#[test]
fn raw_deliveries_of_apps_are_emptied_too() {
    on_each("house::raw_deliveries_of_apps_are_emptied_too", async |house| {
        let shop = house.open_shop("Tidewater").await.unwrap();
        let app = house.engine.ids().next();
        house.register_app(app).await.unwrap();
        house.fake_app_posts(app, vec![]).await.unwrap();
        let kept = "SELECT count(*) FROM app_delivery WHERE body IS NOT NULL";
        assert_eq!(house.count(kept).await.unwrap(), 1);
        house.clock.advance_ms(8 * 86_400_000 + 1);
        house.keep_time();
        house.engine.expire_once(shop.ws).await.unwrap();
        assert_eq!(house.count(kept).await.unwrap(), 0);
    });
}

/// Where words of customers may end up.
const EVERYTHING: &[(&str, &[&str])] = &[
    ("message", &["body"]),
    ("inbound", &["body", "external_id"]),
    ("delivery", &["headers"]),
    ("event", &["body"]),
    ("execution", &["body"]),
    ("step", &["body"]),
    ("job", &["body"]),
    ("task", &["body"]),
    ("thread", &["context"]),
    ("contact", &["name"]),
    ("contact_fact", &["value"]),
    ("conversation", &["body"]),
    ("outbox", &["body"]),
    ("search_index", &["tokens"]),
];
