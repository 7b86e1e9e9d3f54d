//! Pictures that a channel does not take leave as ones that it takes; the original stays.

use std::io::Cursor;
use std::sync::{Arc, Mutex};

use engine::{FileCopy, Sent, WriteMessage};
use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use testkit::{House, Shop, Writer, on_each};

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn moving() -> Vec<u8> {
    let frames = [image::Frame::new(RgbaImage::new(8, 8)), image::Frame::new(RgbaImage::new(8, 8))];
    let mut made = Vec::new();
    image::codecs::gif::GifEncoder::new(&mut made).encode_frames(frames).unwrap();
    made
}

/// Sends a file to a phone, and says what the carrier was asked for: the form's text, and the address of each picture in it.
async fn sent(house: &House, shop: &Shop, name: &str, bytes: Vec<u8>) -> (String, Vec<String>) {
    let (conversation, _) = house.thread(shop, shop.sms, "+15005550100").await.unwrap();
    let file = house.engine.upload(shop.ws, "desk", name, bytes.into()).await.unwrap().unwrap();
    let by = Writer { worker_id: None, name: "Ada".into(), anywhere: true };
    let message = WriteMessage { attachment_ids: vec![file.id], ..WriteMessage::text(conversation.id, name, "", by, "desk") };
    let written = house.engine.write(shop.ws, message).await.unwrap().unwrap();
    assert_eq!((written.attachments[0].name.as_str(), &written.attachments[0].key), (file.name.as_str(), &file.key));
    house.settle().await.unwrap();
    house.pass(30).await.unwrap();
    let asked = house.world.take_asked();
    let forms = asked.iter().map(|asked| form_urlencoded::parse(&asked.body).into_owned().collect::<Vec<_>>());
    let pairs: Vec<(String, String)> = forms.flatten().collect();
    let of = |name: &str| pairs.iter().filter(|(held, _)| held == name).map(|(_, value)| value.clone()).collect::<Vec<_>>();
    (of("Body").join("\n"), of("MediaUrl"))
}

/// What a signed link opens.
async fn opened(house: &House, shop: &Shop, link: &str) -> Option<engine::StoredFile> {
    let url = url::Url::parse(link).unwrap();
    let id = url.path_segments().unwrap().nth(2).unwrap().parse().unwrap();
    let of = |name: &str| url.query_pairs().find(|(held, _)| held == name).map(|(_, value)| value.into_owned());
    let copy = of("m").map_or(FileCopy::Whole, FileCopy::Made);
    house.engine.open_file(shop.id, id, of("e").unwrap().parse().unwrap(), &of("s").unwrap(), copy).await.unwrap()
}

async fn talk(house: &House) -> Shop {
    let shop = house.open_shop("Tidewater").await.unwrap();
    house.carrier_works();
    house.text(&shop, "+15005550100", "SMin", "hello").await.unwrap();
    house.pass(10).await.unwrap();
    house.world.take_asked();
    shop
}

#[test]
fn a_picture_of_another_type_leaves_as_one_that_phones_show() {
    on_each("house::a_picture_of_another_type_leaves_as_one_that_phones_show", async |house| {
        let shop = talk(&house).await;
        let through = DynamicImage::from(RgbaImage::from_fn(30, 20, |x, _| Rgba([0, 90, 200, if x < 9 { 0 } else { 255 }])));
        for (name, picture, kind) in [("a.webp", &through, "image/png"), ("b.webp", &DynamicImage::new_rgb8(30, 20), "image/jpeg")] {
            let original = file(picture, ImageFormat::WebP);
            let (body, links) = sent(&house, &shop, name, original).await;
            assert_eq!((body.as_str(), links.len()), ("", 1), "{name}");
            let shown = opened(&house, &shop, &links[0]).await.unwrap();
            assert_eq!((shown.media_type.as_str(), shown.inline), (kind, true), "{name}");
            let drawn = image::load_from_memory(&shown.bytes).unwrap();
            assert_eq!((drawn.width(), drawn.height()), (30, 20));
            let whole = opened(&house, &shop, links[0].split("&m=").next().unwrap()).await.unwrap();
            assert_eq!(whole.media_type, "image/webp", "the original stays");
        }
        // Nothing but what was made can be asked for.
        let (_, links) = sent(&house, &shop, "c.webp", file(&through, ImageFormat::WebP)).await;
        for forged in ["j-1-0", "../../x", "small", ""] {
            let link = format!("{}&m={forged}", links[0].split("&m=").next().unwrap());
            assert!(forged == "small" || opened(&house, &shop, &link).await.is_none(), "{forged}");
        }
    });
}

#[test]
fn a_picture_too_large_is_made_smaller_and_what_moves_goes_as_it_is() {
    on_each("house::a_picture_too_large_is_made_smaller_and_what_moves_goes_as_it_is", async |house| {
        let shop = talk(&house).await;
        let mut seed = 1_u32;
        let noise = image::RgbImage::from_fn(1_500, 1_500, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            image::Rgb([(seed >> 24) as u8, (seed >> 16) as u8, (seed >> 8) as u8])
        });
        let large = file(&noise.into(), ImageFormat::Png);
        assert!(large.len() > 5 << 20);
        let (body, links) = sent(&house, &shop, "big.png", large).await;
        let made = opened(&house, &shop, &links[0]).await.unwrap();
        assert_eq!((body.as_str(), made.media_type.as_str()), ("", "image/jpeg"));
        assert!(made.bytes.len() <= 5 << 20);

        let (body, links) = sent(&house, &shop, "party.gif", moving()).await;
        assert_eq!((body.as_str(), links.len()), ("", 1), "phones show it");
        assert_eq!(opened(&house, &shop, &links[0]).await.unwrap().media_type, "image/gif");
        let small = file(&DynamicImage::new_rgb8(9, 9), ImageFormat::Png);
        let (_, links) = sent(&house, &shop, "ok.png", small).await;
        assert!(!links[0].contains("&m="), "what the channel takes is left alone");
    });
}

#[test]
fn a_retry_sends_the_same_picture() {
    on_each("house::a_retry_sends_the_same_picture", async |house| {
        let shop = talk(&house).await;
        let links = Arc::new(Mutex::new(Vec::new()));
        let heard = links.clone();
        house.world.now_answers(move |asked| {
            let mut heard = heard.lock().unwrap();
            heard.extend(form_urlencoded::parse(&asked.body).into_owned().filter(|(name, _)| name == "MediaUrl").map(|(_, url)| url));
            match heard.len() {
                1 => Sent::NotSent { why: "no way there".into(), permanent: false },
                no => Sent::Answer { status: 201, headers: vec![], body: format!(r#"{{"sid":"SMagain{no}"}}"#).into() },
            }
        });
        sent(&house, &shop, "a.webp", file(&DynamicImage::new_rgb8(40, 40), ImageFormat::WebP)).await;
        let links = links.lock().unwrap().clone();
        assert!(links.len() >= 2 && links.iter().all(|link| *link == links[0]), "{links:?}");
        assert_eq!(opened(&house, &shop, &links[0]).await.unwrap().media_type, "image/jpeg");
    });
}
