//! The language of placeholders: `{name}` stands for a value, `{{` and `}}` for braces, nothing else.
//!
//! In: a text that a person wrote, and later values. Out: parts, and what they become when each value has
//! been encoded for where it stands. A value is put in once and never read again, so that no text of a
//! customer becomes part of the language; there are no conditions, loops or functions to misuse. Absent:
//! deciding how a value is encoded ([`super::request`]).

use serde_json::Value;

/// Bytes of a template; requests are forms, not programs.
const SOURCE_MAX_BYTES: usize = 8 * 1024;

/// One piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Text(String),
    Value(String),
}

/// A text taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Part>);

/// A text that is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("a `{{` or `}}` stands alone: write `{{{{` or `}}}}` for the character itself")]
    Brace,
    #[error("`{{{0}}}` is no name of a parameter")]
    Name(String),
    #[error("longer than {SOURCE_MAX_BYTES} bytes")]
    TooLong,
}

impl Template {
    /// Takes a text apart.
    ///
    /// # Errors
    /// [`TemplateError`] for a lone brace or a name that is none.
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        if source.len() > SOURCE_MAX_BYTES {
            return Err(TemplateError::TooLong);
        }
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                text.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                text.push('}');
                rest = after;
            } else if let Some((name, after)) = from
                .strip_prefix('{')
                .and_then(|inside| inside.split_once('}'))
            {
                if !is_name(name) {
                    return Err(TemplateError::Name(name.to_owned()));
                }
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Value(name.to_owned()));
                rest = after;
            } else {
                return Err(TemplateError::Brace);
            }
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Template(parts))
    }

    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The names that stand in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Value(name) => Some(name.as_str()),
        })
    }

    /// The name, when the whole text is one placeholder.
    #[must_use]
    pub fn whole(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Part::Value(name)] => Some(name),
            _ => None,
        }
    }

    /// The text with every value as `encode` makes it. `None`: a value is missing.
    ///
    /// # Errors
    /// Those of `encode`.
    pub fn fill<E>(
        &self,
        values: &serde_json::Map<String, Value>,
        encode: impl Fn(&Value) -> Result<String, E>,
    ) -> Result<Option<String>, E> {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Value(name) => match values.get(name) {
                    None | Some(Value::Null) => return Ok(None),
                    Some(value) => out.push_str(&encode(value)?),
                },
            }
        }
        Ok(Some(out))
    }
}

/// A name of a parameter: what every model's protocol takes.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 64
        && bytes
            .next()
            .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

/// A scalar as text; lists and objects have none.
#[must_use]
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fill(source: &str, values: Value) -> Option<String> {
        let values = values.as_object().unwrap().clone();
        let template = Template::parse(source).unwrap();
        template
            .fill(&values, |value| scalar(value).ok_or(()))
            .unwrap()
    }

    #[test]
    fn values_stand_where_their_names_stood() {
        assert_eq!(fill("a{x}b{y}", json!({"x": 1, "y": "z"})).unwrap(), "a1bz");
        assert_eq!(fill("{{{x}}}", json!({"x": true})).unwrap(), "{true}");
        assert_eq!(fill("", json!({})).unwrap(), "");
        assert_eq!(fill("{x}", json!({})), None);
        assert_eq!(fill("{x}", json!({"x": null})), None);
    }

    #[test]
    fn a_value_is_never_read_as_a_template() {
        let sly = json!({"x": "{y}{{ {% if %} ${y} {x}", "y": "secret"});
        assert_eq!(fill("<{x}>", sly).unwrap(), "<{y}{{ {% if %} ${y} {x}>");
    }

    #[test]
    fn lone_braces_and_strange_names_are_refused() {
        for source in ["{", "}", "a{b", "a}b", "{a{b}}"] {
            assert!(Template::parse(source).is_err(), "{source}");
        }
        for source in ["{}", "{ a }", "{a b}", "{1a}", "{a|upper}", "{a()}", "{é}"] {
            assert!(
                matches!(Template::parse(source), Err(TemplateError::Name(_))),
                "{source}"
            );
        }
        let long = "x".repeat(SOURCE_MAX_BYTES + 1);
        assert_eq!(Template::parse(&long), Err(TemplateError::TooLong));
    }

    #[test]
    fn the_names_are_told() {
        let template = Template::parse("/a/{b}/{c-d}/{b}").unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["b", "c-d", "b"]);
        assert_eq!(template.whole(), None);
        assert_eq!(Template::parse("{b}").unwrap().whole(), Some("b"));
    }
}
