//! Keeps spans of time as people write them in files: `800ms`, `90s`, `2h`, `1h30m`, `2d`.
//!
//! In: text from a workspace file. Out: a [`Length`] around the core's `Span`, and back to the same
//! text. Absent on purpose: fractions, months and years (they have no fixed length). Next: `files.rs`.

use ponte_core::time::Span;
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// A non-negative span with a humane text form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length(pub Span);

/// Longest first, so that writing takes the largest units.
const UNITS: [(&str, i64); 6] = [
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// A year: longer settings are mistakes of unit, and sums with them stay far from overflow.
const LONGEST_US: i64 = 366 * 86_400_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotALength;

impl FromStr for Length {
    type Err = NotALength;

    fn from_str(text: &str) -> Result<Self, NotALength> {
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(NotALength);
        }
        let mut total: i64 = 0;
        while !rest.is_empty() {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (number, after) = rest.split_at(digits);
            let letters = after.len()
                - after
                    .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                    .len();
            let (unit, after) = after.split_at(letters);
            let size = UNITS
                .iter()
                .find(|(name, _)| *name == unit)
                .map(|(_, size)| *size)
                .ok_or(NotALength)?;
            let count: i64 = number.parse().map_err(|_| NotALength)?;
            total = count
                .checked_mul(size)
                .and_then(|part| total.checked_add(part))
                .filter(|sum| *sum <= LONGEST_US)
                .ok_or(NotALength)?;
            rest = after.trim_start();
        }
        Ok(Length(Span::micros(total)))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0.as_micros().max(0);
        if left == 0 {
            return f.write_str("0s");
        }
        for (unit, size) in UNITS {
            if left >= size {
                write!(f, "{}{unit}", left / size)?;
                left %= size;
            }
        }
        Ok(())
    }
}

impl Serialize for Length {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(input)?;
        text.parse().map_err(|_| {
            D::Error::invalid_value(
                Unexpected::Str(&text),
                &"a length such as 800ms, 90s, 15m, 2h or 1h30m",
            )
        })
    }
}

impl schemars::JsonSchema for Length {
    fn schema_name() -> Cow<'static, str> {
        "Length".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^([0-9]+(d|h|m|s|ms|us) *)+$",
            "description": "A span of time: 800ms, 90s, 15m, 2h, 1h30m, 2d.",
            "examples": ["800ms", "15m", "2h"]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn humane_forms_are_read_and_written_alike() {
        for text in ["800ms", "90s", "15m", "2h", "1h30m", "2d", "0s", "1s500ms"] {
            let length: Length = text.parse().unwrap();
            let again: Length = length.to_string().parse().unwrap();
            assert_eq!(length, again, "{text}");
        }
        assert_eq!("90s".parse::<Length>().unwrap().to_string(), "1m30s");
        assert_eq!("2h".parse::<Length>().unwrap().0, Span::hours(2));
        assert_eq!("1h 30m".parse::<Length>().unwrap().0, Span::minutes(90));
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in [
            "",
            "2",
            "h",
            "2 h",
            "-2h",
            "1.5h",
            "2x",
            "9999999999999999999s",
            "400d",
            "2h!",
        ] {
            assert_eq!(text.parse::<Length>(), Err(NotALength), "{text}");
        }
    }
}
