//! Moments against a calendar reckoned apart: any day of a century, the edges of months, the limits of
//! what a date can be. The wordings themselves stand in `cases/moments.rs`.

use crate::cases::moments::TABLES;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday, date};
use ponte_nlu::entities::{Entity, Grain, Kind, Settings, Value, When, find};
use proptest::prelude::*;

fn whens(now: DateTime, text: &str) -> Vec<When> {
    let found = find(text, &Settings::default(), now);
    found
        .into_iter()
        .filter_map(|entity| match entity.value {
            Value::When(when) => Some(when),
            _ => None,
        })
        .collect()
}

/// The one moment of a text.
fn only(now: DateTime, text: &str) -> When {
    let found = whens(now, text);
    assert_eq!(found.len(), 1, "{text} at {now}: {found:?}");
    found[0]
}

fn normal(now: DateTime, text: &str) -> String {
    only(now, text).normal()
}

/// Any day from 2000 to 2099.
fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..36_500).prop_map(|days| date(2000, 1, 1).checked_add(days.days()).unwrap())
}

fn any_now() -> impl Strategy<Value = DateTime> {
    (any_day(), 0_i8..24, 0_i8..60).prop_map(|(day, hour, minute)| day.at(hour, minute, 0, 0))
}

#[test]
fn weekends_are_those_that_people_mean() {
    let cases = [
        // A Wednesday: the one ahead, and a doubt where "que vem" may mean it too.
        (
            "2026-11-18T10:00",
            "no fim de semana",
            "2026-11-21/2026-11-23",
        ),
        (
            "2026-11-18T10:00",
            "fim de semana que vem",
            "2026-11-28/2026-11-30 or 2026-11-21/2026-11-23",
        ),
        (
            "2026-11-18T10:00",
            "fim de semana passado",
            "2026-11-14/2026-11-16",
        ),
        // Saturday and Sunday are within theirs, and then the next is no doubt.
        ("2026-11-21T10:00", "esse fds", "2026-11-21/2026-11-23"),
        ("2026-11-22T10:00", "esse fds", "2026-11-21/2026-11-23"),
        (
            "2026-11-22T10:00",
            "fim de semana que vem",
            "2026-11-28/2026-11-30",
        ),
        // A Monday.
        ("2026-11-23T00:00", "no fds", "2026-11-28/2026-11-30"),
    ];
    for (now, text, expected) in cases {
        assert_eq!(
            normal(now.parse().unwrap(), text),
            expected,
            "{text} at {now}"
        );
    }
}

#[test]
fn edges_of_months_and_years() {
    let cases = [
        (
            "2026-11-21T10:00",
            "no final do mês",
            "2026-11-21/2026-12-01",
        ),
        (
            "2026-11-21T10:00",
            "no começo do mês que vem",
            "2026-12-01/2026-12-11",
        ),
        ("2028-02-10T10:00", "no fim do mês", "2028-02-20/2028-03-01"),
        ("2027-02-10T10:00", "no fim do mês", "2027-02-19/2027-03-01"),
        ("2026-11-21T10:00", "no fim do ano", "2026-12-01/2027-01-01"),
        ("2026-12-31T23:59", "amanhã", "2027-01-01"),
        ("2028-02-28T23:59", "amanhã", "2028-02-29"),
        ("2100-02-28T12:00", "amanhã", "2100-03-01"),
        ("2027-01-31T12:00", "daqui a um mês", "2027-02-28"),
        ("2028-01-31T12:00", "daqui a um mês", "2028-02-29"),
        ("2028-02-29T12:00", "daqui a um ano", "2029-02-28"),
    ];
    for (now, text, expected) in cases {
        assert_eq!(
            normal(now.parse().unwrap(), text),
            expected,
            "{text} at {now}"
        );
    }
}

#[test]
fn a_month_by_name_is_the_coming_one_unless_the_past_is_told() {
    let now = date(2026, 11, 21).at(10, 0, 0, 0);
    let cases = [
        ("em março", "2027-03-01/2027-04-01"),
        ("em novembro", "2026-11-01/2026-12-01"),
        ("em dezembro", "2026-12-01/2027-01-01"),
        ("comprei em março", "2026-03-01/2026-04-01"),
        ("comprei em dezembro", "2025-12-01/2026-01-01"),
        ("em março de 2031", "2031-03-01/2031-04-01"),
    ];
    for (text, expected) in cases {
        let when = only(now, text);
        assert_eq!(when.normal(), expected, "{text}");
        assert_eq!(when.grain, Grain::Month, "{text}");
    }
}

#[test]
fn a_distance_has_an_end_that_somebody_would_plan() {
    let now = date(2026, 11, 21).at(10, 0, 0, 0);
    assert_eq!(normal(now, "daqui a 1000 dias"), "2029-08-17");
    assert_eq!(whens(now, "daqui a 1001 dias"), []);
}

#[test]
fn the_first_and_the_last_moment_of_all_stop_nothing() {
    let texts = TABLES.iter().flat_map(|(_, table)| table.iter());
    let mut found_some = false;
    for (text, _) in texts {
        for now in [DateTime::MIN, DateTime::MAX] {
            for when in whens(now, text) {
                found_some = true;
                let reading = when.reading;
                assert!(
                    reading.end.is_none_or(|end| end > reading.start),
                    "{text} at {now}"
                );
            }
        }
    }
    assert!(found_some, "the end of time is no reason to read nothing");
    assert_eq!(whens(DateTime::MAX, "amanhã"), []);
    assert_eq!(whens(DateTime::MIN, "ontem"), []);
}

#[test]
fn the_end_settles_the_half_of_the_day_in_which_a_span_begins() {
    let now = date(2026, 11, 21).at(10, 0, 0, 0);
    let cases = [
        // An end that the afternoon has passed: it began in the morning.
        ("amanhã das 6h às 13h", "2026-11-22T06:00/2026-11-22T13:00"),
        ("amanhã das 6 às 18", "2026-11-22T06:00/2026-11-22T18:00"),
        ("amanhã das 3h às 12h", "2026-11-22T03:00/2026-11-22T12:00"),
        (
            "amanhã das 5 às 8 da manhã",
            "2026-11-22T05:00/2026-11-22T08:00",
        ),
        // An end behind it in the same afternoon.
        (
            "amanhã das 2 às 5 da tarde",
            "2026-11-22T14:00/2026-11-22T17:00",
        ),
        ("amanhã das 2h às 18h", "2026-11-22T14:00/2026-11-22T18:00"),
        ("amanhã das 2 às 5", "2026-11-22T14:00/2026-11-22T17:00"),
        // Over midnight.
        ("amanhã das 22h às 2h", "2026-11-22T22:00/2026-11-23T02:00"),
    ];
    for (text, expected) in cases {
        assert_eq!(normal(now, text), expected, "{text}");
    }
}

#[test]
fn greetings_name_no_time() {
    let now = date(2026, 11, 21).at(10, 0, 0, 0);
    for text in [
        "boa tarde",
        "bom dia",
        "boa noite!",
        "good morning",
        "buenas noches",
    ] {
        assert_eq!(whens(now, text), [], "{text}");
    }
}

fn is_when(entity: &Entity) -> bool {
    entity.kind == Kind::When
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn next_week_begins_on_the_coming_monday(now in any_now()) {
        let when = only(now, "semana que vem");
        let start = when.reading.start.date();
        prop_assert_eq!(start.weekday(), Weekday::Monday);
        let ahead = now.date().until(start).unwrap().get_days();
        prop_assert!((1..=7).contains(&ahead), "{} days ahead", ahead);
        prop_assert_eq!(when.reading.end.unwrap().date(), start.checked_add(7.days()).unwrap());
        prop_assert_eq!(when.grain, Grain::Week);
    }

    #[test]
    fn next_month_and_last_year_are_whole(now in any_now()) {
        let month = only(now, "mês que vem").reading;
        let (from, to) = (month.start.date(), month.end.unwrap().date());
        prop_assert_eq!((from.day(), to.day()), (1, 1));
        let months = |d: Date| i32::from(d.year()) * 12 + i32::from(d.month());
        prop_assert_eq!(months(from), months(now.date()) + 1);
        prop_assert_eq!(months(to), months(now.date()) + 2);
        let year = only(now, "ano passado").reading;
        prop_assert_eq!(year.start.date(), date(now.year() - 1, 1, 1));
        prop_assert_eq!(year.end.unwrap().date(), date(now.year(), 1, 1));
    }

    #[test]
    fn days_ahead_and_back_are_counted(now in any_now(), days in 2_i64..1000) {
        let ahead = only(now, &format!("daqui a {days} dias"));
        prop_assert_eq!(ahead.reading.start.date(), now.date().checked_add(days.days()).unwrap());
        prop_assert_eq!((ahead.grain, ahead.other), (Grain::Day, None));
        let back = only(now, &format!("{days} dias atrás"));
        prop_assert_eq!(back.reading.start.date(), now.date().checked_sub(days.days()).unwrap());
    }

    #[test]
    fn hours_and_minutes_ahead_cross_midnight(now in any_now(), count in 2_i64..100) {
        let minutes = only(now, &format!("daqui a {count} minutos"));
        prop_assert_eq!(minutes.reading.start, now.checked_add(count.minutes()).unwrap());
        let halves = only(now, &format!("daqui a {count} horas e meia"));
        prop_assert_eq!(halves.reading.start, now.checked_add((count * 60 + 30).minutes()).unwrap());
        prop_assert_eq!(halves.grain, Grain::Minute);
    }

    #[test]
    fn a_time_of_the_afternoon_is_the_next_one(now in any_now(), hour in 13_i8..24, minute in 0_i8..60) {
        let when = only(now, &format!("às {hour}:{minute:02}"));
        let today = now.date().at(hour, minute, 0, 0);
        let expected = if today > now { today } else { today.checked_add(1.day()).unwrap() };
        prop_assert_eq!(when.reading.start, expected);
        prop_assert_eq!(when.other, None);
    }

    #[test]
    fn the_half_of_the_day_leaves_no_doubt(now in any_now(), hour in 1_i8..=12, evening: bool) {
        let text = format!("tomorrow at {hour}{}", if evening { "pm" } else { "am" });
        let when = only(now, &text);
        let expected = hour % 12 + if evening { 12 } else { 0 };
        let tomorrow = now.date().tomorrow().unwrap();
        prop_assert_eq!(when.reading.start, tomorrow.at(expected, 0, 0, 0), "{}", text);
        prop_assert_eq!(when.other, None);
    }

    #[test]
    fn opening_hours_begin_before_they_end(now in any_now(), from in 7_i8..12, to in 13_i8..24) {
        let when = only(now, &format!("amanhã das {from}h às {to}h"));
        let tomorrow = now.date().tomorrow().unwrap();
        prop_assert_eq!(when.reading.start, tomorrow.at(from, 0, 0, 0));
        prop_assert_eq!(when.reading.end, Some(tomorrow.at(to, 0, 0, 0)));
    }

    #[test]
    fn a_written_date_is_that_date(now in any_now(), day in any_day()) {
        let text = format!("{:02}/{:02}/{}", day.day(), day.month(), day.year());
        let found = find(&text, &Settings::default(), now);
        prop_assert_eq!(found.iter().filter(|e| is_when(e)).count(), 1);
        prop_assert_eq!(only(now, &text).reading.start.date(), day);
    }
}
