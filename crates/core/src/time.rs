//! Points in time and spans, both in whole microseconds, UTC. Nobody here asks what time it is.
//!
//! Provider times come in whole seconds; ours in microseconds. Arithmetic saturates, so that a
//! hostile timestamp (year 2106, negative) can't overflow into a nonsense deadline.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Mul, Sub};

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

/// A length of time in microseconds; may be negative when it is a difference.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Time {
    pub const ZERO: Time = Time(0);

    /// A provider's whole seconds, clamped to years 1970 to 2262.
    #[must_use]
    pub fn from_secs(secs: i64) -> Time {
        Time(
            secs.clamp(0, i64::MAX / 1_000_000)
                .saturating_mul(1_000_000),
        )
    }

    #[must_use]
    pub fn micros(self) -> i64 {
        self.0
    }

    #[must_use]
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
}

impl Span {
    pub const ZERO: Span = Span(0);

    #[must_use]
    pub const fn micros(us: i64) -> Span {
        Span(us)
    }
    #[must_use]
    pub const fn millis(ms: i64) -> Span {
        Span(ms.saturating_mul(1_000))
    }
    #[must_use]
    pub const fn secs(s: i64) -> Span {
        Span(s.saturating_mul(1_000_000))
    }
    #[must_use]
    pub const fn minutes(m: i64) -> Span {
        Span::secs(m.saturating_mul(60))
    }
    #[must_use]
    pub const fn hours(h: i64) -> Span {
        Span::secs(h.saturating_mul(3_600))
    }
    #[must_use]
    pub const fn days(d: i64) -> Span {
        Span::secs(d.saturating_mul(86_400))
    }
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0 / 1_000
    }
}

impl Add<Span> for Time {
    type Output = Time;
    fn add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Time {
    type Output = Time;
    fn sub(self, span: Span) -> Time {
        Time(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, more: Span) -> Span {
        Span(self.0.saturating_add(more.0))
    }
}

impl Mul<i64> for Span {
    type Output = Span;
    fn mul(self, times: i64) -> Span {
        Span(self.0.saturating_mul(times))
    }
}

impl Sub for Time {
    type Output = Span;
    fn sub(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}us", self.0)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}us", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_seconds_are_clamped() {
        assert_eq!(Time::from_secs(-5), Time::ZERO);
        assert!(Time::from_secs(i64::MAX) > Time::from_secs(4_294_967_296));
        assert_eq!(Time(i64::MAX) + Span::days(1), Time(i64::MAX));
    }

    #[test]
    fn a_difference_can_be_negative() {
        assert_eq!(Time::from_secs(1) - Time::from_secs(3), Span::secs(-2));
    }
}
