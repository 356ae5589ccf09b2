//! Writes times as the API shows them: RFC 3339, UTC, to the microsecond.
//!
//! In: the core's `Time`. Out: text such as `2026-11-20T12:00:00.250000Z`. Absent: local times, which
//! are the screen's. Next: the nouns' `view.rs`.

use ponte_core::time::Time;

/// Times before year 1 or after 9999 don't occur; clamped rather than failing a whole list.
#[must_use]
pub fn show(at: Time) -> String {
    let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap_or(jiff::Timestamp::MAX);
    format!("{stamp:.6}")
}

#[must_use]
pub fn show_some(at: Option<Time>) -> Option<String> {
    at.map(show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_to_the_microsecond() {
        assert_eq!(
            show(Time(1_700_000_000_250_000)),
            "2023-11-14T22:13:20.250000Z"
        );
        assert_eq!(show(Time(0)), "1970-01-01T00:00:00.000000Z");
        assert!(show(Time(i64::MAX)).starts_with("9999-"));
    }
}
