//! Structured answers: finds the JSON in what a model said, and holds it to its schema.
//!
//! In: a text, a schema. Out: the value, or where it differs; the words that ask for a format where a server
//! has no field for it. The check knows the part of JSON Schema that the providers' structured answers know
//! (`type`, `properties`, `required`, `additionalProperties`, `items`, `enum`, `const`, bounds, `anyOf`,
//! local `$ref`); what it doesn't know it lets pass. Absent: remote references, formats, patterns.

use crate::bounds::DEPTH_MAX;
use crate::request::{Format, Request};
use serde_json::Value;

/// The JSON in a text: the whole text, or what stands in a code fence, or the first object or list in it.
#[must_use]
pub fn find(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let starts = text.char_indices().filter(|(_, c)| matches!(c, '{' | '['));
    // Enough for words around it, and no feast for a text of brackets.
    for (at, _) in starts.take(8) {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => return Some(value),
            // It opens and never closes: what stands inside it is a part, not the answer.
            Some(Err(error)) if error.is_eof() => return None,
            Some(Err(_)) | None => {}
        }
    }
    None
}

/// Where a value differs from a schema: a path such as `$.items[0].price` and what was wanted. Names come from
/// the schema, never from the value.
///
/// # Errors
/// The first difference.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    at(schema, schema, value, "$", 0)
}

fn at(root: &Value, schema: &Value, value: &Value, path: &str, depth: usize) -> Result<(), String> {
    if depth > DEPTH_MAX {
        return Err(format!("{path} too deep"));
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let found = target.strip_prefix('#').and_then(|path| root.pointer(path));
        let found = found.ok_or_else(|| format!("{path} schema reference"))?;
        return at(root, found, value, path, depth + 1);
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(key).and_then(Value::as_array) {
            let fits = |choice| at(root, choice, value, path, depth + 1).is_ok();
            if !choices.iter().any(fits) {
                return Err(format!("{path} fits no choice"));
            }
        }
    }
    typed(schema, value, path)?;
    bounded(schema, value, path)?;
    match value {
        Value::Object(fields) => {
            let required = schema.get("required").and_then(Value::as_array);
            for name in required.into_iter().flatten().filter_map(Value::as_str) {
                if !fields.contains_key(name) {
                    return Err(format!("{path}.{name} missing"));
                }
            }
            let known = schema.get("properties").and_then(Value::as_object);
            let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
            for (name, field) in fields {
                match known.and_then(|known| known.get(name)) {
                    Some(schema) => at(root, schema, field, &format!("{path}.{name}"), depth + 1)?,
                    None if closed => return Err(format!("{path} unknown field")),
                    None => {}
                }
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for (n, item) in items.iter().enumerate() {
                    at(root, schema, item, &format!("{path}[{n}]"), depth + 1)?;
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

fn typed(schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    let is = |word: &str| match word {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        // 3.0 is an integer too.
        "integer" => value
            .as_f64()
            .is_some_and(|number| value.is_i64() || value.is_u64() || number.fract() == 0.0),
        _ => true,
    };
    match schema.get("type") {
        Some(Value::String(word)) if !is(word) => Err(format!("{path} must be {word}")),
        Some(Value::Array(words)) if !words.iter().filter_map(Value::as_str).any(is) => {
            Err(format!("{path} has the wrong type"))
        }
        _ => Ok(()),
    }
}

fn bounded(schema: &Value, value: &Value, path: &str) -> Result<(), String> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array)
        && !words.contains(value)
    {
        return Err(format!("{path} is none of the allowed"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{path} is not the allowed one"));
    }
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let size = |key: &str| schema.get(key).and_then(Value::as_u64);
    if let Some(number) = value.as_f64() {
        let low = bound("minimum").is_some_and(|least| number < least)
            || bound("exclusiveMinimum").is_some_and(|least| number <= least);
        let high = bound("maximum").is_some_and(|most| number > most)
            || bound("exclusiveMaximum").is_some_and(|most| number >= most);
        if low || high {
            return Err(format!("{path} out of bounds"));
        }
    }
    let (length, least, most) = match value {
        Value::String(text) => (text.chars().count(), "minLength", "maxLength"),
        Value::Array(items) => (items.len(), "minItems", "maxItems"),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Ok(()),
    };
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    if size(least).is_some_and(|least| length < least)
        || size(most).is_some_and(|most| length > most)
    {
        return Err(format!("{path} has the wrong length"));
    }
    Ok(())
}

/// Whether a schema meets the rules of the strict mode: every object closed, every field required.
#[must_use]
pub fn is_strict(schema: &Value) -> bool {
    strict(schema, 0)
}

fn strict(schema: &Value, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    let below = |key: &str| schema.get(key);
    if schema.get("type") == Some(&Value::from("object")) {
        let closed = below("additionalProperties") == Some(&Value::Bool(false));
        let fields = below("properties").and_then(Value::as_object);
        let required = below("required").and_then(Value::as_array);
        let all = fields.is_some_and(|fields| {
            fields.keys().all(|name| {
                required.is_some_and(|required| required.iter().any(|r| r.as_str() == Some(name)))
            })
        });
        if !closed || !all {
            return false;
        }
    }
    let inside = below("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|fields| fields.values())
        .chain(below("items"))
        .chain(
            below("anyOf")
                .and_then(Value::as_array)
                .into_iter()
                .flatten(),
        )
        .chain(
            below("$defs")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|defs| defs.values()),
        );
    inside.into_iter().all(|schema| strict(schema, depth + 1))
}

/// What the system prompt says, with the format in words where the server has no field for it.
#[must_use]
pub(crate) fn instructions(request: &Request, in_words: bool) -> String {
    match &request.format {
        Format::Json { schema, .. } if in_words => format!(
            "{}\n\nAnswer with one JSON value and nothing else. It must match this JSON Schema:\n{schema}",
            request.system
        )
        .trim_start()
        .to_owned(),
        Format::Json { .. } | Format::Text => request.system.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_found_in_what_models_put_around_it() {
        let wanted = Some(json!({"a": [1]}));
        for text in [
            "{\"a\":[1]}",
            " \n{\"a\": [1]}\n",
            "```json\n{\"a\": [1]}\n```",
            "Claro! Aqui está:\n{\"a\": [1]}\nEspero ter ajudado.",
            "use {nome} assim: {\"a\": [1]}",
        ] {
            assert_eq!(find(text), wanted, "{text}");
        }
        for text in ["", "não sei", "{\"a\": [1]", "{{{{{{{{{{{{{\"a\":1}"] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_is_held_to_its_schema() {
        let schema = json!({
            "type": "object", "additionalProperties": false, "required": ["intent", "items"],
            "properties": {
                "intent": {"enum": ["buy", "ask"]},
                "score": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
                "items": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/item"}},
                "only": {"const": 7},
                "either": {"anyOf": [{"type": "string", "minLength": 2}, {"type": "integer"}]},
            },
            "$defs": {"item": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "exclusiveMinimum": 0}}}},
        });
        for good in [
            json!({"intent": "buy", "items": []}),
            json!({"intent": "ask", "items": [{"n": 1}, {"n": 2.0, "x": 1}], "score": null, "only": 7, "either": 3}),
        ] {
            assert_eq!(check(&schema, &good), Ok(()), "{good}");
        }
        for (bad, told) in [
            (json!([]), "$ must be object"),
            (json!({"intent": "buy"}), "$.items missing"),
            (
                json!({"intent": "sell", "items": []}),
                "$.intent is none of the allowed",
            ),
            (
                json!({"intent": "buy", "items": [{}]}),
                "$.items[0].n missing",
            ),
            (
                json!({"intent": "buy", "items": [{"n": 0}]}),
                "$.items[0].n out of bounds",
            ),
            (
                json!({"intent": "buy", "items": [{"n": 1.5}]}),
                "$.items[0].n must be integer",
            ),
            (
                json!({"intent": "buy", "items": [{"n": 1}, {"n": 1}, {"n": 1}]}),
                "$.items has the wrong length",
            ),
            (
                json!({"intent": "buy", "items": [], "score": "x"}),
                "$.score has the wrong type",
            ),
            (
                json!({"intent": "buy", "items": [], "score": 1.1}),
                "$.score out of bounds",
            ),
            (
                json!({"intent": "buy", "items": [], "only": 8}),
                "$.only is not the allowed one",
            ),
            (
                json!({"intent": "buy", "items": [], "either": "a"}),
                "$.either fits no choice",
            ),
            (
                json!({"intent": "buy", "items": [], "CPF": 1}),
                "$ unknown field",
            ),
        ] {
            assert_eq!(check(&schema, &bad), Err(told.to_owned()), "{bad}");
        }
    }

    #[test]
    fn a_schema_that_turns_in_a_circle_ends() {
        let schema = json!({"$ref": "#"});
        assert_eq!(check(&schema, &json!(1)), Err("$ too deep".to_owned()));
        let lost = json!({"$ref": "https://elsewhere/schema"});
        assert_eq!(
            check(&lost, &json!(1)),
            Err("$ schema reference".to_owned())
        );
    }

    #[test]
    fn strict_is_what_closes_every_object_and_requires_every_field() {
        let closed = json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": {"type": "array", "items": {"type": "object", "additionalProperties": false, "properties": {}}}}});
        assert!(is_strict(&closed));
        let mut open = closed.clone();
        open["properties"]["a"]["items"]["additionalProperties"] = json!(true);
        assert!(!is_strict(&open));
        let mut optional = closed;
        optional["required"] = json!([]);
        assert!(!is_strict(&optional));
        assert!(is_strict(&json!({"type": "string"})));
    }
}
