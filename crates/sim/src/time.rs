//! Spans of time in microseconds and the little calendar that pricing needs.
//!
//! In: Unix microseconds (UTC). Out: seconds as Meta writes them, and a month number in the account's
//! own offset, because the free tier is counted per calendar month. There is deliberately no clock
//! here: every caller brings its own `now`. Next: `cloud.rs`, where time enters.

/// One second in microseconds.
pub const SECOND: i64 = 1_000_000;
/// One minute in microseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in microseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day in microseconds.
pub const DAY: i64 = 24 * HOUR;

/// Whole Unix seconds, rounded down.
pub(crate) fn seconds(at: i64) -> i64 {
    at.div_euclid(SECOND)
}

/// Unix seconds as the decimal string that message webhooks carry.
pub(crate) fn stamp(at: i64) -> String {
    seconds(at).to_string()
}

/// A number that grows by one per calendar month, in the zone `offset_s` east of UTC.
pub(crate) fn month(at: i64, offset_s: i64) -> i64 {
    let days = (seconds(at) + offset_s).div_euclid(86_400);
    // Civil date from a day count, with the year starting in March so that leap days come last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    (era * 400 + year_of_era) * 12 + march_month
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOV_20_2026: i64 = 1_795_132_800;

    #[test]
    fn months_change_at_local_midnight_of_the_first() {
        // 2026-12-01T00:00:00Z
        let december = (NOV_20_2026 + 11 * 86_400) * SECOND;
        assert_eq!(month(december, 0), month(NOV_20_2026 * SECOND, 0) + 1);
        assert_eq!(month(december - 1, 0), month(NOV_20_2026 * SECOND, 0));
        // Three hours behind UTC the month is still November.
        assert_eq!(month(december, -3 * 3600), month(NOV_20_2026 * SECOND, 0));
    }

    #[test]
    fn twelve_months_make_a_year_even_over_february() {
        assert_eq!(month(365 * DAY, 0) - month(0, 0), 12);
        assert_eq!(month(59 * DAY, 0) - month(58 * DAY, 0), 1, "1 March 1970");
    }

    #[test]
    fn stamps_are_whole_seconds_rounded_down() {
        assert_eq!(stamp(1_999_999), "1");
        assert_eq!(seconds(-1), -1);
    }
}
