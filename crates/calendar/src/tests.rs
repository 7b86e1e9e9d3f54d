use model::{BusinessHours, BusinessHoursId, Closure, Day, Id, Span, SpecialDate, Timestamp, WeeklySpan};

use crate::{Because, after, check, is_zone, local, look, open_between};

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn span(text: &str) -> Span {
    let (from, to) = text.split_once('-').unwrap();
    Span { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

/// Monday to Friday 9 to 12:30 and 13:30 to 18 in Berlin.
fn shop() -> BusinessHours {
    let day = |day: &Day| ["09:00-12:30", "13:30-18:00"].map(|text| WeeklySpan { day: *day, span: span(text) });
    BusinessHours {
        id: BusinessHoursId::from_uuid(Default::default()),
        name: "Shop".into(),
        time_zone: "Europe/Berlin".into(),
        weekly: Day::ALL[..5].iter().flat_map(day).collect(),
        dates: Vec::new(),
        closures: Vec::new(),
        updated_at: Timestamp::default(),
        version: 1,
    }
}

fn date(day: &str, yearly: bool, open: &[&str]) -> SpecialDate {
    SpecialDate { date: day.parse().unwrap(), name: format!("the {day}"), yearly, open: open.iter().map(|text| span(text)).collect() }
}

#[track_caller]
fn says(hours: &BusinessHours, now: &str, open: bool, until: &str) {
    let moment = look(hours, at(now));
    assert_eq!((moment.open, moment.until.map(|at| local(hours, at)).unwrap_or_default()), (open, until.to_owned()), "at {now}");
}

#[test]
fn the_week_with_its_break_and_its_end() {
    let shop = shop();
    says(&shop, "2026-11-23T07:59:59Z", false, "2026-11-23T09:00:00+01:00");
    says(&shop, "2026-11-23T08:00:00Z", true, "2026-11-23T12:30:00+01:00");
    says(&shop, "2026-11-23T11:30:00Z", false, "2026-11-23T13:30:00+01:00");
    says(&shop, "2026-11-27T17:00:00Z", false, "2026-11-30T09:00:00+01:00");
    assert_eq!(look(&shop, at("2026-11-23T08:00:00Z")).because, Because::Weekly);
}

#[test]
fn a_date_wins_over_the_week_and_its_own_year_over_every_year() {
    let mut shop = shop();
    shop.dates = vec![date("2020-12-24", true, &["09:00-12:00"]), date("2020-12-25", true, &[]), date("2027-12-24", false, &[])];
    says(&shop, "2026-12-24T08:30:00Z", true, "2026-12-24T12:00:00+01:00");
    says(&shop, "2026-12-24T11:00:00Z", false, "2026-12-28T09:00:00+01:00");
    let christmas = look(&shop, at("2026-12-25T10:00:00Z"));
    assert_eq!((christmas.open, christmas.because, christmas.name.as_str()), (false, Because::Date, "the 2020-12-25"));
    says(&shop, "2027-12-24T08:30:00Z", false, "2027-12-27T09:00:00+01:00");
}

#[test]
fn a_closure_wins_over_everything() {
    let mut shop = shop();
    let closure = |from: &str, until: Option<&str>| Closure { from: at(from), until: until.map(at), reason: "Water damage".into() };
    shop.closures = vec![closure("2026-11-23T09:00:00Z", Some("2026-11-23T10:00:00Z"))];
    says(&shop, "2026-11-23T08:30:00Z", true, "2026-11-23T10:00:00+01:00");
    says(&shop, "2026-11-23T09:00:00Z", false, "2026-11-23T11:00:00+01:00");
    says(&shop, "2026-11-23T10:00:00Z", true, "2026-11-23T12:30:00+01:00");
    assert_eq!(look(&shop, at("2026-11-23T09:30:00Z")).name, "Water damage");
    shop.closures = vec![closure("2026-11-23T09:00:00Z", None)];
    says(&shop, "2026-11-24T09:00:00Z", false, "");
}

#[test]
fn nights_have_no_gap_at_midnight_and_the_clocks_change_in_between() {
    let mut hours = shop();
    hours.weekly =
        [(Day::Saturday, "22:00-24:00"), (Day::Sunday, "00:00-06:00")].map(|(day, text)| WeeklySpan { day, span: span(text) }).into();
    says(&hours, "2026-03-28T20:59:59Z", false, "2026-03-28T22:00:00+01:00");
    // Eight hours by the clock on the wall are seven in that night.
    says(&hours, "2026-03-28T21:00:00Z", true, "2026-03-29T06:00:00+02:00");
    assert_eq!(after(&hours, at("2026-03-28T21:00:00Z"), 7 * 3_600), at("2026-03-29T04:00:00Z"));
    // A span that the clocks leave out is none.
    hours.weekly = vec![WeeklySpan { day: Day::Sunday, span: span("02:00-03:00") }];
    says(&hours, "2026-03-28T21:00:00Z", false, "2026-04-05T02:00:00+02:00");
}

#[test]
fn always_open_and_never() {
    let mut hours = shop();
    hours.weekly = Day::ALL.map(|day| WeeklySpan { day, span: span("00:00-24:00") }).into();
    assert_eq!((look(&hours, at("2026-11-23T09:00:00Z")).open, look(&hours, at("2026-11-23T09:00:00Z")).until), (true, None));
    assert_eq!(after(&hours, at("2026-11-23T09:00:00Z"), 60), at("2026-11-23T09:01:00Z"));
    hours.weekly.clear();
    says(&hours, "2026-11-23T09:00:00Z", false, "");
    assert!(after(&hours, at("2026-11-23T09:00:00Z"), 60) > at("2027-11-23T09:00:00Z"));
}

#[test]
fn time_passes_only_while_it_is_open() {
    let shop = shop();
    // Friday 17:30: half an hour, then the weekend.
    let friday = at("2026-11-27T16:30:00Z");
    assert_eq!(after(&shop, friday, 1_800), at("2026-11-27T17:00:00Z"));
    assert_eq!(after(&shop, friday, 3_600), at("2026-11-30T08:30:00Z"));
    assert_eq!(after(&shop, at("2026-11-28T12:00:00Z"), 0), at("2026-11-30T08:00:00Z"));
    // A day has eight hours: its break is none of them.
    assert_eq!(after(&shop, at("2026-11-30T08:00:00Z"), 8 * 3_600), at("2026-11-30T17:00:00Z"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let fault = |change: fn(&mut BusinessHours)| {
        let mut hours = shop();
        change(&mut hours);
        check(&hours).map_err(|fault| (fault.field, fault.code))
    };
    assert_eq!(fault(|_| ()), Ok(()));
    assert_eq!(fault(|hours| hours.time_zone = "Berlin".into()), Err(("time_zone".into(), "unknown")));
    assert_eq!(fault(|hours| hours.weekly[3].span = span("13:30-13:30")), Err(("weekly/3/to".into(), "ends_before_it_begins")));
    assert_eq!(fault(|hours| hours.weekly[1].span = span("12:00-14:00")), Err(("weekly/1/from".into(), "overlaps")));
    assert_eq!(fault(|hours| hours.dates = vec![date("2026-12-24", false, &[]); 2]), Err(("dates/1/date".into(), "taken")));
    assert_eq!(
        fault(|hours| hours.dates = vec![date("2026-12-24", false, &["10:00-12:00", "11:00-13:00"])]),
        Err(("dates/0/open/1/from".into(), "overlaps"))
    );
    let reversed = |hours: &mut BusinessHours| {
        hours.closures = vec![Closure { from: at("2026-11-23T09:00:00Z"), until: Some(at("2026-11-23T09:00:00Z")), reason: String::new() }]
    };
    assert_eq!(fault(reversed), Err(("closures/0/until".into(), "ends_before_it_begins")));
    assert_eq!(fault(|hours| hours.weekly = vec![hours.weekly[0]; 101]), Err(("weekly".into(), "too_many")));
}

#[test]
fn zones_are_those_of_the_database() {
    assert!(is_zone("UTC") && is_zone("Europe/Berlin") && is_zone("Asia/Seoul"));
    assert!(!is_zone("") && !is_zone("Berlin") && !is_zone("../etc/passwd"));
}

#[test]
fn time_counts_while_it_is_open() {
    let shop = shop();
    let open = |from, to| open_between(&shop, at(from), at(to)) / 1_000_000;
    assert_eq!(open("2026-11-23T08:00:00Z", "2026-11-23T08:00:10Z"), 10);
    assert_eq!(open("2026-11-23T11:29:50Z", "2026-11-23T12:30:05Z"), 15, "without the break");
    assert_eq!(open("2026-11-20T16:59:00Z", "2026-11-23T08:01:00Z"), 120, "over a weekend");
    assert_eq!(open("2026-11-21T08:00:00Z", "2026-11-22T08:00:00Z"), 0);
    assert_eq!(open("2026-11-23T08:00:20Z", "2026-11-23T08:00:10Z"), 0, "nothing where the end is before");
    let always = BusinessHours { weekly: Day::ALL.map(|day| WeeklySpan { day, span: span("00:00-24:00") }).to_vec(), ..shop };
    let night = (at("2026-03-28T22:30:00Z"), at("2026-03-29T22:29:00Z"));
    assert_eq!(open_between(&always, night.0, night.1), night.1.since(night.0), "over the night of 23 hours");
}
