use super::*;

const HOUR: i64 = 4;
const DAY: i64 = 24 * HOUR;
/// A Monday, 00:00.
const MONDAY: i64 = 2_000_352;

fn at(slot: i64) -> Timestamp {
    Timestamp::from_secs(slot * SLOT_S)
}

/// What a shop heard in the weeks before [`MONDAY`] and until `until`: the deliveries of each quarter of an hour, told by weekday and hour.
fn heard(weeks: i64, until: i64, per_slot: impl Fn(i64, i64) -> i64) -> BTreeMap<i64, i64> {
    let all = MONDAY - weeks * WEEK..until;
    all.map(|slot| (slot, per_slot((slot - MONDAY).rem_euclid(WEEK) / DAY, (slot - MONDAY).rem_euclid(DAY) / HOUR)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// When it is first called silent, hour by hour over two weeks, since its last delivery.
fn silent_after(heard: &BTreeMap<i64, i64>) -> Option<i64> {
    let last = *heard.keys().next_back().unwrap();
    (1..2 * WEEK).find(|quiet| silence(heard, at(last), at(last + quiet)).is_some())
}

fn office(day: i64, hour: i64) -> i64 {
    if day < 5 && (9..18).contains(&hour) { 3 } else { 0 }
}

#[test]
fn the_monday_is_one() {
    assert_eq!(at(MONDAY).micros(), 1_800_316_800_000_000, "2027-01-18 is a Monday, 00:00 UTC");
}

#[test]
fn a_busy_account_is_missed_after_a_good_three_hours() {
    let heard = heard(6, MONDAY + 10 * HOUR, |_, _| 5);
    assert_eq!(silent_after(&heard), Some(3 * HOUR + 1));
    let last = *heard.keys().next_back().unwrap();
    let found = silence(&heard, at(last), at(last + 5 * HOUR)).unwrap();
    assert_eq!(found, Silence { lasts_s: 5 * 3_600, weeks: 4, usual: 5 * (4 * HOUR - 1) });
}

#[test]
fn nights_and_weekends_of_an_office_are_no_silence() {
    // The last delivery is Friday at 18:00: neither the night nor the weekend is missed, but a good part of Monday is.
    let friday = heard(6, MONDAY + 4 * DAY + 18 * HOUR, office);
    let quiet = silent_after(&friday).unwrap();
    let until_monday_nine = 63 * HOUR;
    assert!((until_monday_nine + 3 * HOUR..until_monday_nine + 4 * HOUR).contains(&quiet), "{quiet}");
    // A silence that begins in the middle of the day is noticed on the same day.
    let noon = heard(6, MONDAY + DAY + 11 * HOUR, office);
    assert!(silent_after(&noon).unwrap() <= 4 * HOUR);
}

#[test]
fn an_account_that_never_was_busy_is_never_silent() {
    // Forty messages in one talk, on a day of each week.
    assert_eq!(silent_after(&heard(6, MONDAY, |day, hour| if day == 2 && hour == 12 { 10 } else { 0 })), None);
    // A talk now and then, on no day twice: whether one comes today, nobody knows.
    let mut now_and_then = heard(6, MONDAY, |_, _| 1);
    now_and_then.retain(|slot, _| slot.rem_euclid(11 * DAY + 7) == 0);
    assert!(now_and_then.len() > 2);
    assert_eq!(silent_after(&now_and_then), None);
}

#[test]
fn what_is_usual_takes_three_weeks_to_learn() {
    assert_eq!(silent_after(&heard(2, MONDAY + 10 * HOUR, |_, _| 5)), None);
    assert!(silent_after(&heard(4, MONDAY + 10 * HOUR, |_, _| 5)).is_some());
}

#[test]
fn one_week_with_a_holiday_in_it_changes_nothing_and_two_make_it_usual() {
    let closed = |weeks: &[i64]| {
        let mut all = heard(6, MONDAY + 10 * HOUR, office);
        all.retain(|slot, _| !weeks.iter().any(|back| (MONDAY - back * WEEK..MONDAY - back * WEEK + DAY).contains(slot)));
        silent_after(&all).unwrap()
    };
    assert!(closed(&[2]) <= 4 * HOUR);
    assert!(closed(&[2, 3]) > 24 * HOUR, "on Mondays nobody can tell; on Tuesday it shows");
}

#[test]
fn clocks_that_change_are_no_silence() {
    // What came from nine on comes from ten.
    let last = MONDAY - 2 * DAY - 6 * HOUR;
    let heard: BTreeMap<i64, i64> = heard(6, last, office);
    let last = *heard.keys().next_back().unwrap();
    let monday_at = |hour: i64| silence(&heard, at(last), at(MONDAY + hour * HOUR));
    assert_eq!(monday_at(11), None, "the weeks before had two hours by then, and now it is one");
    assert!(monday_at(12).is_some());
}

#[test]
fn a_silence_stays_one_until_something_comes() {
    let all = heard(6, MONDAY + 10 * HOUR, office);
    let last = *all.keys().next_back().unwrap();
    let begun = silent_after(&all).unwrap();
    for quiet in begun..8 * WEEK {
        let found = silence(&all, at(last), at(last + quiet));
        assert!(found.is_some(), "after {quiet} quarters");
    }
    assert_eq!(silence(&all, at(last + begun), at(last + begun + 1)), None, "somebody wrote");
}

#[test]
fn nothing_heard_is_no_silence() {
    assert_eq!(silence(&BTreeMap::new(), at(0), at(MONDAY)), None);
}
