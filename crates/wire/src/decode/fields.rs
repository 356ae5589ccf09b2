//! A JSON object that is taken apart field by field; what nobody took is what we don't know.
//!
//! In: an object. Out: values in the type we want, whatever type they came in (a number where a text
//! is documented, or the reverse), and at the end the rest, kept as `extra`. A value that can't be
//! read stays in the rest, so reading never loses anything. Absent: any idea of which fields exist.

use ponte_core::Time;
use serde_json::{Map, Value};

/// Longest name in bytes; real ones stay below 140.
const SHORT: usize = 256;

#[derive(Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// The fields of an object; anything else comes back unchanged.
    pub(crate) fn of(value: Value) -> Result<Fields, Value> {
        match value {
            Value::Object(map) => Ok(Fields(map)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => Err(value),
        }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.is_null())
    }

    /// Whether [`Fields::name`] would find something.
    pub(crate) fn named(&self, key: &str) -> bool {
        match self.0.get(key) {
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Number(_) | Value::Bool(_)) => true,
            Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => false,
        }
    }

    pub(crate) fn peek(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    pub(crate) fn raw(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key).filter(|value| !value.is_null())
    }

    /// A text; numbers and booleans are written out. An empty text counts as a text.
    pub(crate) fn text(&mut self, key: &str) -> Option<String> {
        match self.0.get_mut(key)? {
            Value::String(text) => {
                let text = std::mem::take(text);
                self.0.remove(key);
                Some(text)
            }
            Value::Number(number) => {
                let text = number.to_string();
                self.0.remove(key);
                Some(text)
            }
            Value::Bool(yes) => {
                let text = yes.to_string();
                self.0.remove(key);
                Some(text)
            }
            Value::Null => {
                self.0.remove(key);
                None
            }
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A text with something in it.
    pub(crate) fn name(&mut self, key: &str) -> Option<String> {
        self.text(key).filter(|text| !text.is_empty())
    }

    /// A name that is copied to many items: one too long for that stays in the rest, so that a small
    /// body can't grow into a large one.
    pub(crate) fn short(&mut self, key: &str) -> Option<String> {
        match self.0.get(key) {
            Some(Value::String(text)) if text.len() > SHORT => None,
            _ => self.name(key),
        }
    }

    pub(crate) fn text_or_empty(&mut self, key: &str) -> String {
        self.text(key).unwrap_or_default()
    }

    /// A whole number; out of range is clamped, a fraction is cut.
    pub(crate) fn int(&mut self, key: &str) -> Option<i64> {
        let number = as_int(self.0.get(key)?)?;
        self.0.remove(key);
        Some(number)
    }

    pub(crate) fn float(&mut self, key: &str) -> Option<f64> {
        let number = match self.0.get(key)? {
            Value::Number(number) => number.as_f64()?,
            Value::String(text) => text.trim().parse().ok()?,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        if !number.is_finite() {
            return None;
        }
        self.0.remove(key);
        Some(number)
    }

    pub(crate) fn flag(&mut self, key: &str) -> Option<bool> {
        let yes = match self.0.get(key)? {
            Value::Bool(yes) => *yes,
            Value::String(text) if text.eq_ignore_ascii_case("true") => true,
            Value::String(text) if text.eq_ignore_ascii_case("false") => false,
            Value::Number(number) => number.as_f64()? != 0.0,
            Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => return None,
        };
        self.0.remove(key);
        Some(yes)
    }

    /// Unix seconds, as text or number.
    pub(crate) fn time(&mut self, key: &str) -> Option<Time> {
        self.int(key).map(Time::from_secs)
    }

    pub(crate) fn object(&mut self, key: &str) -> Option<Fields> {
        match self.0.get_mut(key)? {
            Value::Object(map) => {
                let map = std::mem::take(map);
                self.0.remove(key);
                Some(Fields(map))
            }
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => None,
        }
    }

    /// The elements of an array; a lone object counts as an array of one.
    pub(crate) fn list(&mut self, key: &str) -> Vec<Value> {
        match self.0.get(key) {
            Some(Value::Array(_) | Value::Object(_) | Value::Null) => {}
            Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => return Vec::new(),
        }
        match self.0.remove(key) {
            Some(Value::Array(list)) => list,
            Some(lone @ Value::Object(_)) => vec![lone],
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                Vec::new()
            }
        }
    }

    pub(crate) fn put(&mut self, key: &str, value: Value) {
        self.0.insert(key.to_owned(), value);
    }

    /// Gives back what is left of an object that was taken out, if anything is.
    pub(crate) fn put_rest(&mut self, key: &str, inner: Fields) {
        if !inner.0.is_empty() {
            self.0.insert(key.to_owned(), Value::Object(inner.0));
        }
    }

    /// The arrays with something in them, and everything else but nulls.
    pub(crate) fn split_arrays(self) -> (Fields, Fields) {
        let kept = self.0.into_iter().filter(|(_, value)| !value.is_null());
        let (arrays, others) = kept.partition(|(_, value)| value.is_array());
        (Fields(arrays), Fields(others))
    }

    /// These fields and those of another object, as one.
    pub(crate) fn joined(mut self, other: Value) -> Value {
        if let Value::Object(other) = other {
            self.0.extend(other);
        }
        Value::Object(self.0)
    }

    /// What nobody took; null when there is nothing.
    pub(crate) fn rest(self) -> Value {
        if self.0.is_empty() {
            Value::Null
        } else {
            Value::Object(self.0)
        }
    }

    /// All that is there now, to be hashed.
    pub(crate) fn all(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The object as it is now, empty or not.
    pub(crate) fn whole(self) -> Value {
        Value::Object(self.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_u64().map(|_| i64::MAX))
            .or_else(|| number.as_f64().map(cut)),
        Value::String(text) => {
            let text = text.trim();
            let float = || text.parse::<f64>().ok().filter(|n| n.is_finite()).map(cut);
            text.parse().ok().or_else(float)
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Rust's `as` saturates, which is what a hostile number deserves.
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturation is wanted: a provider's number is clamped, never refused"
)]
fn cut(number: f64) -> i64 {
    number as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        Fields::of(value).expect("an object")
    }

    #[test]
    fn types_are_read_across() {
        let mut it = fields(json!({
            "a": 7, "b": "8", "c": true, "d": "true", "e": 1.9, "f": "1e300", "g": 18_446_744_073_709_551_615_u64
        }));
        assert_eq!(it.text("a").as_deref(), Some("7"));
        assert_eq!(it.int("b"), Some(8));
        assert_eq!(it.text("c").as_deref(), Some("true"));
        assert_eq!(it.flag("d"), Some(true));
        assert_eq!(it.int("e"), Some(1));
        assert_eq!(it.int("f"), Some(i64::MAX));
        assert_eq!(it.int("g"), Some(i64::MAX));
        assert!(it.is_empty());
    }

    #[test]
    fn what_cannot_be_read_stays_in_the_rest() {
        let mut it = fields(json!({"text": {"body": 1}, "n": "many", "flag": "yes", "list": "x"}));
        assert_eq!(it.text("text"), None);
        assert_eq!(it.int("n"), None);
        assert_eq!(it.flag("flag"), None);
        assert_eq!(it.list("list"), Vec::<Value>::new());
        assert_eq!(
            it.rest(),
            json!({"text": {"body": 1}, "n": "many", "flag": "yes", "list": "x"})
        );
    }

    #[test]
    fn nothing_left_is_null_and_a_lone_object_is_a_list_of_one() {
        let mut it = fields(json!({"list": {"id": 1}, "gone": null}));
        assert_eq!(it.list("list"), vec![json!({"id": 1})]);
        assert_eq!(it.text("gone"), None);
        assert_eq!(it.rest(), Value::Null);
    }
}
