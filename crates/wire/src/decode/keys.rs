//! The keys by which a repeated item is known, however it was batched the second time.
//!
//! In: the provider's ids, or a value without one. Out: `m:<wamid>`, `s:<wamid>:<status>`, … or a
//! hash of the value with sorted keys, which depends neither on place nor on the order of fields.
//! Absent: the number or account, since uniqueness is per channel.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Longest id kept as it is inside a key; real ones are below 120. Longer ones are hashed, so that an
/// index entry stays small.
const LONGEST: usize = 256;

/// `prefix:part:part…`
pub(crate) fn key(prefix: &str, parts: &[&str]) -> String {
    let length: usize = parts.iter().map(|part| part.len() + 1).sum();
    let mut out = String::with_capacity(prefix.len() + length.min(4 * LONGEST));
    out.push_str(prefix);
    for part in parts {
        out.push(':');
        if part.len() <= LONGEST {
            out.push_str(part);
        } else {
            out.push('#');
            out.push_str(&hex::encode(Sha256::digest(part.as_bytes())));
        }
    }
    out
}

/// `prefix:<sha256 of the canonical value>`, for what has no id.
pub(crate) fn hashed(prefix: &str, about: &[&str], value: &Value) -> String {
    let mut hash = start(about);
    feed(&mut hash, value);
    format!("{prefix}:{}", hex::encode(hash.finalize()))
}

/// The same for the fields of an object that is being taken apart.
pub(crate) fn hashed_object(prefix: &str, about: &[&str], map: &Map<String, Value>) -> String {
    let mut hash = start(about);
    feed_object(&mut hash, map);
    format!("{prefix}:{}", hex::encode(hash.finalize()))
}

fn start(about: &[&str]) -> Sha256 {
    let mut hash = Sha256::new();
    for part in about {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash
}

fn feed_object(hash: &mut Sha256, map: &Map<String, Value>) {
    let mut pairs: Vec<_> = map.iter().collect();
    pairs.sort_unstable_by_key(|(key, _)| *key);
    hash.update(b"{");
    for (key, value) in pairs {
        hash.update(Value::from(key.as_str()).to_string());
        hash.update(b":");
        feed(hash, value);
        hash.update(b",");
    }
    hash.update(b"}");
}

/// Canonical JSON: no spaces, keys in byte order. Depth is bounded by the parser's limit of 128.
fn feed(hash: &mut Sha256, value: &Value) {
    match value {
        Value::Object(map) => feed_object(hash, map),
        Value::Array(list) => {
            hash.update(b"[");
            for value in list {
                feed(hash, value);
                hash.update(b",");
            }
            hash.update(b"]");
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            hash.update(value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_fields_does_not_change_a_key() {
        let one = serde_json::from_str::<Value>(r#"{"a":1,"b":{"c":[1,2],"d":null}}"#).unwrap();
        let two = serde_json::from_str::<Value>(r#"{"b":{"d":null,"c":[1,2]},"a":1}"#).unwrap();
        assert_eq!(hashed("x", &["f"], &one), hashed("x", &["f"], &two));
    }

    #[test]
    fn values_routes_and_prefixes_that_differ_have_other_keys() {
        let keys = [
            hashed("x", &["f"], &json!({"a": [1, 2]})),
            hashed("x", &["f"], &json!({"a": [2, 1]})),
            hashed("x", &["f"], &json!({"a": ["1", 2]})),
            hashed("x", &["g"], &json!({"a": [1, 2]})),
            hashed("x", &["f", ""], &json!({"a": [1, 2]})),
            hashed("y", &["f"], &json!({"a": [1, 2]})),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(key), "{key}");
        }
    }

    #[test]
    fn a_long_id_is_shortened_and_stays_its_own() {
        let long = "w".repeat(10_000);
        let key_one = key("m", &[&long]);
        assert_eq!(key_one.len(), 3 + 64);
        assert_ne!(key_one, key("m", &[&long[1..]]));
        assert_eq!(key("s", &["wamid.A", "read"]), "s:wamid.A:read");
    }
}
