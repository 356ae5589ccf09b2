//! JSON Schemas as they are used here: compiled without reaching outside, closed to members that nobody
//! named, and with messages that repeat no value.
//!
//! In: a schema that a person, an OpenAPI document or an MCP server wrote. Out: a [`Schema`] that checks
//! values. Only references into the same document are followed, patterns run in linear time. Absent:
//! drafts before 2019 as anything but their common part. Next: [`super::arguments`].

use crate::DEPTH_MAX;
use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

/// What a schema may weigh as text; the largest seen in the wild are some ten kilobytes.
pub const SCHEMA_MAX_BYTES: usize = 64 * 1024;
/// Faults that are told; a value that is wrong everywhere is wrong once.
const FAULTS_MAX: usize = 8;
/// What a compiled pattern may weigh.
const PATTERN_MAX_BYTES: usize = 256 * 1024;

/// A schema, ready to check.
#[derive(Debug)]
pub struct Schema(Validator);

/// Where a value does not fit, and how; no value is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer; empty: the whole value.
    pub at: String,
    pub what: String,
}

/// Why a schema can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error("the schema is larger than {SCHEMA_MAX_BYTES} bytes or nested deeper than {DEPTH_MAX}")]
    TooLarge,
    #[error("the schema refers to another document, which is never fetched")]
    Remote,
    #[error("not a JSON Schema: {0}")]
    NotOne(String),
}

impl Schema {
    /// Compiles a schema.
    ///
    /// # Errors
    /// [`SchemaError`].
    pub fn compile(schema: &Value) -> Result<Schema, SchemaError> {
        if depth(schema) > DEPTH_MAX || schema.to_string().len() > SCHEMA_MAX_BYTES {
            return Err(SchemaError::TooLarge);
        }
        if refers_outside(schema) {
            return Err(SchemaError::Remote);
        }
        let patterns = PatternOptions::regex()
            .size_limit(PATTERN_MAX_BYTES)
            .dfa_size_limit(PATTERN_MAX_BYTES);
        let built = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_pattern_options(patterns)
            .should_validate_formats(true)
            .build(schema);
        built
            .map(Schema)
            .map_err(|error| SchemaError::NotOne(error.masked().to_string()))
    }

    /// Everything that is wrong with a value, up to a few.
    #[must_use]
    pub fn faults(&self, value: &Value) -> Vec<Fault> {
        self.0
            .iter_errors(value)
            .take(FAULTS_MAX)
            .map(|error| Fault {
                at: error.instance_path().to_string(),
                what: error.masked().to_string(),
            })
            .collect()
    }
}

/// An object's schema that takes only the members it names, without those in `hidden`.
#[must_use]
pub fn closed(schema: &Value, hidden: &dyn Fn(&str) -> bool) -> Value {
    let mut shown = schema.clone();
    if let Some(object) = shown.as_object_mut() {
        if let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|name, _| !hidden(name));
        }
        if let Some(required) = object.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| !name.as_str().is_some_and(hidden));
        }
        object.insert("type".into(), "object".into());
        object.insert("additionalProperties".into(), Value::Bool(false));
        object
            .entry("properties")
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    shown
}

/// The names of an object schema's members.
pub fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
}

/// How deep a value is nested; a scalar is 0.
#[must_use]
pub fn depth(value: &Value) -> usize {
    // The parser has limited the depth of what comes from outside, so that this can't run away.
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn refers_outside(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, member)| {
            let reference = matches!(name.as_str(), "$ref" | "$dynamicRef" | "$recursiveRef");
            let outside = reference && member.as_str().is_some_and(|to| !to.starts_with('#'));
            // `$id` moves what `#` means; nothing here needs it.
            let moved = matches!(name.as_str(), "$id" | "id") && is_url(member);
            outside || moved || refers_outside(member)
        }),
        Value::Array(items) => items.iter().any(refers_outside),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn is_url(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn faults_say_where_and_repeat_no_value() {
        let schema = Schema::compile(&json!({
            "type": "object",
            "properties": {"cpf": {"type": "string", "pattern": "^[0-9]{11}$"}, "n": {"type": "integer"}},
            "required": ["cpf"]
        }))
        .unwrap();
        assert_eq!(schema.faults(&json!({"cpf": "12345678901", "n": 3})), []);
        let faults = schema.faults(&json!({"cpf": "segredo", "n": "tres"}));
        assert_eq!(faults.len(), 2);
        let told = format!("{faults:?}");
        assert!(told.contains("/cpf") && told.contains("/n"), "{told}");
        assert!(
            !told.contains("segredo") && !told.contains("tres"),
            "{told}"
        );
    }

    #[test]
    fn nothing_is_fetched_and_nothing_large_is_compiled() {
        for remote in [
            "http://127.0.0.1:1/x.json",
            "file:///etc/passwd",
            "other.json#/a",
        ] {
            let refused = Schema::compile(&json!({"properties": {"a": {"$ref": remote}}}));
            assert_eq!(refused.unwrap_err(), SchemaError::Remote, "{remote}");
        }
        assert!(Schema::compile(&json!({"$ref": "#/$defs/a", "$defs": {"a": {}}})).is_ok());
        let mut deep = json!({});
        for _ in 0..=DEPTH_MAX {
            deep = json!({"not": deep});
        }
        assert_eq!(Schema::compile(&deep).unwrap_err(), SchemaError::TooLarge);
        let wide = json!({"description": "x".repeat(SCHEMA_MAX_BYTES)});
        assert_eq!(Schema::compile(&wide).unwrap_err(), SchemaError::TooLarge);
        assert!(matches!(
            Schema::compile(&json!({"type": "strange"})),
            Err(SchemaError::NotOne(_))
        ));
    }

    #[test]
    fn patterns_run_in_linear_time_or_not_at_all() {
        let evil = json!({"type": "string", "pattern": "^(a+)+$"});
        let schema = Schema::compile(&evil).unwrap();
        let text = format!("{}!", "a".repeat(50_000));
        assert_eq!(schema.faults(&json!(text)).len(), 1);
        let behind = json!({"type": "string", "pattern": "(?<=a)b"});
        assert!(
            Schema::compile(&behind).is_err(),
            "no engine that goes back"
        );
        let huge = json!({"type": "string", "pattern": "((a{1,100}){1,100}){1,100}"});
        assert!(Schema::compile(&huge).is_err());
    }

    #[test]
    fn what_is_hidden_is_not_there_and_what_is_not_named_is_refused() {
        let full = json!({
            "type": "object",
            "properties": {"fone": {"type": "string"}, "n": {"type": "integer"}},
            "required": ["fone", "n"]
        });
        let shown = closed(&full, &|name| name == "fone");
        assert_eq!(
            shown,
            json!({
                "type": "object", "additionalProperties": false,
                "properties": {"n": {"type": "integer"}}, "required": ["n"]
            })
        );
        let schema = Schema::compile(&shown).unwrap();
        assert!(schema.faults(&json!({"n": 1})).is_empty());
        assert_eq!(schema.faults(&json!({"n": 1, "x": 2})).len(), 1);
    }
}
