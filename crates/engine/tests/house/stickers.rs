//! Pictures of the provider's stickers: asked for once for an account, and kept.

use engine::Sent;
use model::{ChannelAccount, ChannelAccountId};
use testkit::{FakeWorld, House, Shop, databases};

/// One black pixel.
const PNG: &[u8] = &[
    137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 144, 119, 83, 222, 0, 0, 0, 12,
    73, 68, 65, 84, 120, 156, 99, 96, 96, 96, 0, 0, 0, 4, 0, 1, 246, 23, 56, 85, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
];

pub fn on_each(name: &str, test: impl AsyncFn(House)) {
    databases(name, async |db| {
        let house = House::on_with_connectors(db, 1, FakeWorld::default(), connectors::ALL).await.unwrap();
        test(house).await;
    });
}

/// A LINE account beside the shop's own.
pub async fn line(house: &House) -> (Shop, ChannelAccountId) {
    let shop = house.open_shop("Tidewater").await.unwrap();
    let id = ChannelAccountId(uuid::Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0007));
    let settings = [("sticker_base_url", "https://shop.example")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let account = ChannelAccount {
        id,
        kind: "line".into(),
        name: "LINE".into(),
        address: "@tidewater".into(),
        enabled: true,
        settings: settings.into(),
        secrets: [("channel_secret".to_owned(), "s".to_owned()), ("channel_access_token".to_owned(), "t".to_owned())].into(),
        app_id: None,
        provider_key: None,
        flow_id: None,
        business_hours_id: None,
        webhook_url: format!("http://localhost:8080/in/line/{id}"),
        version: 1,
    };
    house.connect(&shop, account).await.unwrap();
    (shop, id)
}

fn answered(status: u16, body: &'static [u8]) -> Sent {
    Sent::Answer { status, headers: vec![("content-type".into(), "image/png".into())], body: body.into() }
}

#[test]
fn a_stickers_picture_is_asked_for_once_and_kept() {
    on_each("house::a_stickers_picture_is_asked_for_once", async |house| {
        let (Shop { ws, .. }, account) = line(&house).await;
        house.world.now_answers(|_| answered(200, PNG));
        house.world.take_asked();
        for _ in 0..2 {
            let (bytes, kind) = house.engine.sticker_picture(ws, account, "446", "1988").await.unwrap().expect("a picture");
            assert_eq!((kind.as_str(), bytes.is_empty()), ("image/png", false));
        }
        let asked = house.world.take_asked();
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].url, "https://shop.example/stickershop/v1/sticker/1988/android/sticker.png");
        assert!(asked[0].headers.iter().all(|(name, _)| name != "authorization"), "the token is for LINE's API");
        let next = house.reborn(8).await.unwrap();
        assert!(next.engine.sticker_picture(ws, account, "446", "1988").await.unwrap().is_some(), "another life has it still");
        assert!(house.world.take_asked().is_empty());
    });
}

#[test]
fn nothing_is_asked_about_stickers_that_there_are_not_and_nothing_else_is_kept() {
    on_each("house::nothing_is_asked_about_stickers_that_there_are_not", async |house| {
        let (Shop { ws, .. }, account) = line(&house).await;
        house.world.take_asked();
        for (set, id) in [("446", "2028"), ("446", "../1988"), ("", ""), ("7", "7")] {
            assert!(house.engine.sticker_picture(ws, account, set, id).await.unwrap().is_none(), "{set} {id}");
        }
        assert!(house.world.take_asked().is_empty());
        house.world.now_answers(|_| answered(200, b"<html><script>alert(1)</script></html>"));
        assert!(house.engine.sticker_picture(ws, account, "446", "1988").await.unwrap().is_none(), "that is no picture");
        house.world.now_answers(|_| answered(503, b""));
        assert!(house.engine.sticker_picture(ws, account, "446", "1988").await.unwrap().is_none());
        house.world.now_answers(|_| answered(200, PNG));
        assert!(house.engine.sticker_picture(ws, account, "446", "1988").await.unwrap().is_some(), "asked again, since nothing was kept");
        assert_eq!(house.world.take_asked().len(), 3);
    });
}
