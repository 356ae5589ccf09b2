//! Opening hours: midnight, holidays, leap days and the changes of the clock.

use ponte_core::book::Hours;
use ponte_core::hours::{greeting, is_open, knows_zone, next_open};
use ponte_core::time::{Span, Time};
use proptest::prelude::*;

const SAO_PAULO: &str = "America/Sao_Paulo";

/// A UTC time as `2026-11-20T15:00:00Z`.
fn at(text: &str) -> Time {
    let parsed: jiff::Timestamp = text.parse().unwrap();
    Time(parsed.as_microsecond())
}

fn every_day(spans: &[(u16, u16)]) -> Hours {
    Hours {
        week: std::array::from_fn(|_| spans.to_vec()),
        holidays: vec![],
    }
}

#[test]
fn a_table_of_moments() {
    let shop = Hours {
        week: [
            vec![(540, 720), (780, 1080)],
            vec![(540, 1080)],
            vec![(540, 1080)],
            vec![(540, 1080)],
            vec![(540, 1080), (1320, 1560)],
            vec![],
            vec![],
        ],
        holidays: vec!["2026-12-25".into(), "2028-02-29".into()],
    };
    for (moment, open, why) in [
        (
            "2026-11-20T12:00:00Z",
            true,
            "Friday 09:00, the first minute",
        ),
        ("2026-11-20T11:59:59Z", false, "a second before"),
        ("2026-11-20T21:00:00Z", false, "18:00 is closed already"),
        ("2026-11-21T01:00:00Z", true, "Friday 22:00"),
        (
            "2026-11-21T04:30:00Z",
            true,
            "Saturday 01:30 belongs to Friday",
        ),
        ("2026-11-21T05:00:00Z", false, "02:00 closes"),
        ("2026-11-21T15:00:00Z", false, "Saturday"),
        ("2026-11-23T15:30:00Z", false, "Monday lunch"),
        ("2026-12-25T15:00:00Z", false, "a holiday on a Friday"),
        ("2026-12-26T02:00:00Z", false, "the holiday's night too"),
        (
            "2028-02-29T15:00:00Z",
            false,
            "a leap-day holiday on a Tuesday",
        ),
        ("2028-03-01T15:00:00Z", true, "the day after"),
    ] {
        assert_eq!(
            is_open(&shop, SAO_PAULO, at(moment)),
            open,
            "{moment}: {why}"
        );
    }
    let next = |moment| next_open(&shop, SAO_PAULO, at(moment)).unwrap();
    assert_eq!(next("2026-11-21T15:00:00Z"), at("2026-11-23T12:00:00Z"));
    assert_eq!(
        next("2026-12-24T23:00:00Z"),
        at("2026-12-28T12:00:00Z"),
        "over the holiday"
    );
    assert_eq!(
        next("2026-11-23T12:00:00Z"),
        at("2026-11-23T16:00:00Z"),
        "strictly after"
    );
}

#[test]
fn a_time_that_the_clock_skips_becomes_the_next_that_exists() {
    // New York, 8 March 2026: 02:00 becomes 03:00.
    let early = every_day(&[(150, 600)]);
    let before = at("2026-03-08T05:00:00Z");
    assert_eq!(
        next_open(&early, "America/New_York", before),
        Some(at("2026-03-08T07:30:00Z"))
    );
    // 1 November 2026: 01:30 happens twice; the first counts.
    let twice = every_day(&[(90, 600)]);
    let before = at("2026-11-01T04:00:00Z");
    assert_eq!(
        next_open(&twice, "America/New_York", before),
        Some(at("2026-11-01T05:30:00Z"))
    );
    // São Paulo had no midnight on 4 November 2018.
    let midnight = every_day(&[(0, 600)]);
    let before = at("2018-11-04T00:00:00Z");
    assert_eq!(
        next_open(&midnight, SAO_PAULO, before),
        Some(at("2018-11-04T03:00:00Z"))
    );
}

#[test]
fn never_open_is_told_as_such_and_unknown_zones_count_as_utc() {
    let never = Hours::default();
    let now = at("2026-11-20T15:00:00Z");
    assert!(!is_open(&never, SAO_PAULO, now));
    assert_eq!(next_open(&never, SAO_PAULO, now), None);
    assert!(knows_zone(SAO_PAULO) && !knows_zone("Brasil/Sampa"));
    assert!(is_open(&every_day(&[(900, 901)]), "Brasil/Sampa", now));
    assert!(
        !is_open(&never, SAO_PAULO, Time(i64::MAX)),
        "hostile times do no harm"
    );
}

#[test]
fn the_greeting_follows_the_local_clock() {
    for (moment, said) in [
        ("2026-11-20T08:00:00Z", "Bom dia"),
        ("2026-11-20T15:00:00Z", "Boa tarde"),
        ("2026-11-20T21:00:00Z", "Boa noite"),
        ("2026-11-20T06:00:00Z", "Boa noite"),
    ] {
        assert_eq!(greeting(SAO_PAULO, at(moment)), said);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// When it opens next it is open, in any zone, at any time from 2020 to 2040.
    #[test]
    fn the_next_opening_is_open(
        secs in 1_577_836_800i64..2_208_988_800,
        from in 0u16..1_440,
        long in 61u16..600,
        zone in prop::sample::select(vec![SAO_PAULO, "America/New_York", "Europe/Lisbon", "Australia/Lord_Howe", "UTC"]),
    ) {
        let hours = every_day(&[(from, from + long)]);
        let now = Time::from_secs(secs);
        let next = next_open(&hours, zone, now).unwrap();
        prop_assert!(next > now && next - now <= Span::hours(50));
        prop_assert!(is_open(&hours, zone, next));
    }
}
