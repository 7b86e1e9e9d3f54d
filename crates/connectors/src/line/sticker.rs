//! The stickers that LINE lets an account send: those of its sticker list, and no others.
//! <https://developers.line.biz/en/docs/messaging-api/sticker-list/>

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use model::{ChannelAccount, FieldProblem};
use serde_json::{Value, json};

use super::base;
use crate::contract::StickerSet;

struct Set {
    package: u64,
    /// LINE's own title; of several with one title, the language their drawings are written in.
    title: &'static str,
    ids: RangeInclusive<u64>,
}

const fn set(package: u64, title: &'static str, first: u64, last: u64) -> Set {
    Set { package, title, ids: first..=last }
}

const SETS: [Set; 15] = [
    set(11_537, "Brown & Cony & Sally: Animated Special", 52_002_734, 52_002_773),
    set(11_538, "CHOCO & Friends: Animated Special", 51_626_494, 51_626_533),
    set(11_539, "UNIVERSTAR BT21: Animated Special", 52_114_110, 52_114_149),
    set(446, "Moon: Special Edition", 1_988, 2_027),
    set(1_070, "Moon: Special Edition (2)", 17_839, 17_878),
    set(789, "Sally: Special Edition", 10_855, 10_894),
    set(6_136, "LINE Characters: Making Amends (日本語)", 10_551_376, 10_551_399),
    set(6_632, "LINE Characters: Making Amends (繁體中文)", 11_825_374, 11_825_397),
    set(6_370, "Brown and Cony Fun Size Pack (English)", 11_088_016, 11_088_039),
    set(6_325, "Brown and Cony Fun Size Pack (日本語)", 10_979_904, 10_979_927),
    set(6_359, "Brown and Cony Fun Size Pack (ไทย)", 11_069_848, 11_069_871),
    set(6_362, "Brown and Cony Fun Size Pack (繁體中文)", 11_087_920, 11_087_943),
    set(8_522, "LINE Characters: Pretty Phrases (English)", 16_581_266, 16_581_289),
    set(8_515, "LINE Characters: Pretty Phrases (日本語)", 16_581_242, 16_581_265),
    set(8_525, "LINE Characters: Pretty Phrases (繁體中文)", 16_581_290, 16_581_313),
];

/// The sets as the contract has them, written out once.
pub(super) static LISTED: LazyLock<Vec<StickerSet>> = LazyLock::new(|| {
    let listed = |set: &Set| StickerSet {
        id: set.package.to_string(),
        name: set.title.to_owned(),
        stickers: set.ids.clone().map(|id| id.to_string()).collect(),
    };
    SETS.iter().map(listed).collect()
});

pub(super) fn check(package: &str, id: &str) -> Result<(), FieldProblem> {
    let Some(set) = SETS.iter().find(|set| set.package.to_string() == package) else {
        let known: Vec<String> = SETS.iter().map(|set| set.package.to_string()).collect();
        let detail = format!("LINE lets nobody send stickers of this set; it has {}", known.join(", "));
        return Err(FieldProblem::new("sticker.set", "unknown_sticker", detail));
    };
    // Written otherwise than LINE writes it, a number is another one.
    let number = id.parse().ok().filter(|number: &u64| number.to_string() == id);
    if number.is_some_and(|number| set.ids.contains(&number)) {
        return Ok(());
    }
    let detail = format!("Set {package} of LINE's has the stickers {} to {}", set.ids.start(), set.ids.end());
    Err(FieldProblem::new("sticker.id", "unknown_sticker", detail))
}

/// Where LINE keeps a sticker's picture, its own or a customer's.
pub(super) fn picture(account: &ChannelAccount, id: &str) -> String {
    format!("{}/stickershop/v1/sticker/{}/android/sticker.png", base(account, "sticker_base_url"), crate::wire::quoted(id))
}

pub(super) fn message(set: &str, id: &str) -> Value {
    json!({ "type": "sticker", "packageId": set, "stickerId": id })
}
