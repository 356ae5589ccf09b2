//! A short name for a JSON value that is the same for the same value: arguments that a customer said yes
//! to, what an MCP server said of a tool.
//!
//! In: a value. Out: 64 hexadecimal digits of SHA-256 over the value with its members in order, whatever
//! order they came in. Absent: secrecy; who can guess a value can check the guess.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// The digest of a value.
#[must_use]
pub fn digest(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut keys: Vec<&String> = members.keys().collect();
            keys.sort();
            out.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                if let Some(member) = members.get(key) {
                    write(member, out);
                }
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_members_does_not_show_and_everything_else_does() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#).unwrap();
        let two: Value = serde_json::from_str(r#"{"b":{"d":null,"c":[1,2]},"a":1}"#).unwrap();
        assert_eq!(digest(&one), digest(&two));
        assert_eq!(digest(&one).len(), 64);
        for other in [
            json!({"a": 1, "b": {"c": [2, 1], "d": null}}),
            json!({"a": "1", "b": {"c": [1, 2], "d": null}}),
            json!({"a": 1, "b": {"c": [1, 2]}}),
            json!(null),
        ] {
            assert_ne!(digest(&one), digest(&other), "{other}");
        }
        assert_ne!(digest(&json!("a\",\"b")), digest(&json!(["a", "b"])));
    }
}
