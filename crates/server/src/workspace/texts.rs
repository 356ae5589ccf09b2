//! Keeps "one text, or a list of texts", as people write both.
//!
//! In: a YAML string or list of strings. Out: [`Texts`], never empty, and back to the shorter form. Absent
//! on purpose: anything but texts; a number that is meant as one must stand in quotes. Next: `dialogue.rs`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;

/// Texts in one place: a burst of messages, or things that must be said. More belong to another step.
const MAX_TEXTS: usize = 50;

/// At least one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(out),
            all => all.serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(Either)
    }
}

struct Either;

impl<'de> Visitor<'de> for Either {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of texts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts(vec![text.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
        let mut all = Vec::new();
        while let Some(text) = list.next_element::<String>()? {
            if all.len() == MAX_TEXTS {
                return Err(A::Error::custom(format!("more than {MAX_TEXTS} texts")));
            }
            all.push(text);
        }
        if all.is_empty() {
            return Err(A::Error::custom("a list without a text"));
        }
        Ok(Texts(all))
    }
}

impl JsonSchema for Texts {
    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A text, or a list of texts.",
            "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": MAX_TEXTS },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_or_several_are_read_and_written_in_their_shorter_form() {
        for (text, expected) in [("\"a\"", vec!["a"]), ("[\"a\",\"b\"]", vec!["a", "b"])] {
            let read: Texts = serde_json::from_str(text).unwrap();
            assert_eq!(read.0, expected);
            assert_eq!(serde_json::to_string(&read).unwrap(), text);
        }
    }

    #[test]
    fn none_and_too_many_and_other_kinds_are_refused() {
        let many = serde_json::to_string(&vec!["a"; MAX_TEXTS + 1]).unwrap();
        for wrong in ["[]", "7", "{}", "[1]", &many] {
            assert!(serde_json::from_str::<Texts>(wrong).is_err(), "{wrong}");
        }
    }
}
