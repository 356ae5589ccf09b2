//! Keeps opening hours as people write them: `seg-sex: "08:00-18:00"`, in Portuguese or English.
//!
//! In: a mapping from days to spans. Out: the core's week of minutes, and back to one canonical
//! mapping in which neighbouring days with equal hours are joined. Absent on purpose: holidays (their
//! own list in the file) and time zones (the channel's). Next: `files.rs`.

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Spans of minutes since local midnight, Monday first; an end above 1440 runs past midnight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Week(pub [Vec<(u16, u16)>; 7]);

const NAMES: [&[&str]; 7] = [
    &["seg", "segunda", "segunda-feira", "mon", "monday"],
    &["ter", "terca", "terca-feira", "tue", "tuesday"],
    &["qua", "quarta", "quarta-feira", "wed", "wednesday"],
    &["qui", "quinta", "quinta-feira", "thu", "thursday"],
    &["sex", "sexta", "sexta-feira", "fri", "friday"],
    &["sab", "sabado", "sat", "saturday"],
    &["dom", "domingo", "sun", "sunday"],
];
/// The forms that are written; the short Portuguese ones, as the product's people read them.
const WRITTEN: [&str; 7] = ["seg", "ter", "qua", "qui", "sex", "sab", "dom"];
/// Spans in one day: shops close for lunch, nobody opens ten times.
const MAX_SPANS: usize = 8;
const DAY: u16 = 1440;

fn fold(text: &str) -> String {
    text.trim()
        .to_lowercase()
        .chars()
        .map(|c| match c {
            'á' | 'ã' | 'â' => 'a',
            'ç' => 'c',
            '–' => '-',
            other => other,
        })
        .collect()
}

fn day(text: &str) -> Option<usize> {
    NAMES.iter().position(|names| names.contains(&text))
}

/// `seg`, `seg-sex`, `sex-seg` (over the weekend), `seg, qua`, `todos`.
fn days(text: &str) -> Option<Vec<usize>> {
    let text = fold(text);
    if ["todos", "todo dia", "daily", "every day"].contains(&text.as_str()) {
        return Some((0..7).collect());
    }
    let mut all = Vec::new();
    for part in text.split(',').map(str::trim) {
        if let Some(one) = day(part) {
            all.push(one);
            continue;
        }
        // A dash also stands inside `segunda-feira`: try each as the divider of a range.
        let (from, to) = part
            .match_indices('-')
            .find_map(|(at, _)| Some((day(part[..at].trim())?, day(part[at + 1..].trim())?)))?;
        let long = (to + 7 - from) % 7;
        all.extend((0..=long).map(|step| (from + step) % 7));
    }
    Some(all)
}

fn clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let hour: u16 = hour.parse().ok().filter(|_| hour.len() <= 2)?;
    let minute: u16 = minute.parse().ok().filter(|_| minute.len() == 2)?;
    let at = hour * 60 + minute;
    (minute < 60 && at <= DAY).then_some(at)
}

fn span(text: &str) -> Option<(u16, u16)> {
    let text = text.replace('–', "-");
    let (from, to) = text.split_once('-')?;
    let (from, to) = (clock(from)?, clock(to)?);
    match (from < DAY, to > from) {
        (true, true) => Some((from, to)),
        (true, false) if to < from => Some((from, to + DAY)),
        (true, false) | (false, _) => None,
    }
}

fn write_span((from, to): (u16, u16)) -> String {
    let to = if to > DAY { to - DAY } else { to };
    format!(
        "{:02}:{:02}-{:02}:{:02}",
        from / 60,
        from % 60,
        to / 60,
        to % 60
    )
}

/// One span as a string, or several as a list.
struct OneOrMany(Vec<String>);

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = OneOrMany;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("hours such as \"08:00-18:00\", or a list of them")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany(vec![text.to_string()]))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<OneOrMany, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    all.push(text);
                    if all.len() > MAX_SPANS {
                        return Err(A::Error::custom(format!(
                            "more than {MAX_SPANS} spans in one day"
                        )));
                    }
                }
                Ok(OneOrMany(all))
            }
        }
        input.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Week {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Days;
        impl<'de> Visitor<'de> for Days {
            type Value = Week;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping from days to hours, such as seg-sex: \"08:00-18:00\"")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Week, A::Error> {
                let mut week = Week::default();
                while let Some(key) = map.next_key::<String>()? {
                    let days = days(&key).ok_or_else(|| {
                        A::Error::custom(format!(
                            "`{key}` is no day; write seg-sex, sab, dom, mon-fri or todos"
                        ))
                    })?;
                    let spans = map.next_value::<OneOrMany>()?.0;
                    for text in &spans {
                        let span = span(text).ok_or_else(|| {
                            A::Error::custom(format!("`{text}` are no hours; write \"08:00-18:00\", or \"22:00-02:00\" past midnight"))
                        })?;
                        for day in &days {
                            week.0[*day].push(span);
                        }
                    }
                }
                for spans in &mut week.0 {
                    spans.sort_unstable();
                    if let Some(pair) = spans.windows(2).find(|pair| pair[1].0 < pair[0].1) {
                        return Err(A::Error::custom(format!(
                            "{} and {} overlap on the same day",
                            write_span(pair[0]),
                            write_span(pair[1])
                        )));
                    }
                }
                Ok(week)
            }
        }
        input.deserialize_map(Days)
    }
}

impl Serialize for Week {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        let mut from = 0;
        while from < 7 {
            let spans = &self.0[from];
            let mut to = from;
            while to < 6 && &self.0[to + 1] == spans {
                to += 1;
            }
            if !spans.is_empty() {
                let key = if from == to {
                    WRITTEN[from].to_string()
                } else {
                    format!("{}-{}", WRITTEN[from], WRITTEN[to])
                };
                let texts: Vec<String> = spans.iter().map(|span| write_span(*span)).collect();
                match texts.as_slice() {
                    [one] => map.serialize_entry(&key, one)?,
                    many => map.serialize_entry(&key, many)?,
                }
            }
            from = to + 1;
        }
        map.end()
    }
}

impl schemars::JsonSchema for Week {
    fn schema_name() -> Cow<'static, str> {
        "Week".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let span = r"^[0-9]{1,2}:[0-9]{2} *[-–] *[0-9]{1,2}:[0-9]{2}$";
        schemars::json_schema!({
            "type": "object",
            "description": "Opening hours per day or range of days (seg-sex, sab, mon-fri, todos); a missing day is closed.",
            "additionalProperties": {
                "oneOf": [
                    { "type": "string", "pattern": span },
                    { "type": "array", "items": { "type": "string", "pattern": span }, "maxItems": MAX_SPANS }
                ]
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Week {
        serde_saphyr::from_str(text).unwrap()
    }

    #[test]
    fn days_are_understood_in_both_languages() {
        let nine_to_six = read("seg-sex: \"09:00-18:00\"");
        assert_eq!(nine_to_six, read("mon-fri: \"9:00 – 18:00\""));
        assert_eq!(
            nine_to_six,
            read("Segunda-feira-sexta-feira: \"09:00-18:00\"")
        );
        assert_eq!(nine_to_six, read("seg, ter, qua-sex: [\"09:00-18:00\"]"));
        assert_eq!(
            read("sáb-dom: \"10:00-12:00\""),
            read("saturday-sunday: \"10:00-12:00\"")
        );
        assert_eq!(
            read("sex-seg: \"10:00-12:00\"")
                .0
                .iter()
                .filter(|day| !day.is_empty())
                .count(),
            4
        );
        assert_eq!(read("todos: \"00:00-24:00\"").0[6], [(0, 1440)]);
    }

    #[test]
    fn hours_may_run_past_midnight() {
        assert_eq!(read("sex: \"22:00-02:00\"").0[4], [(1320, 1560)]);
    }

    #[test]
    fn equal_neighbours_are_written_as_one_range() {
        let week = read(
            "ter: \"08:00-12:00\"\nseg: \"08:00-12:00\"\nsex: [\"14:00-18:00\", \"08:00-12:00\"]\nsab: \"22:00-02:00\"",
        );
        let text = serde_saphyr::to_string(&week).unwrap();
        assert!(text.starts_with("seg-ter: "), "{text}");
        assert_eq!(read(&text), week);
    }

    #[test]
    fn nonsense_says_what_to_write() {
        for (text, answer) in [
            ("seg-xyz: \"08:00-18:00\"", "is no day"),
            ("seg: \"8-18\"", "are no hours"),
            ("seg: \"08:00-08:00\"", "are no hours"),
            ("seg: \"24:00-25:00\"", "are no hours"),
            ("seg: [\"08:00-12:00\", \"11:00-13:00\"]", "overlap"),
            ("seg: 5", "hours such as"),
        ] {
            let error = serde_saphyr::from_str::<Week>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(answer), "{text}: {error}");
        }
    }
}
