//! What every input must hold for, whatever it is: the checks behind the fuzz targets.
//!
//! In: arbitrary bytes. Out: nothing, or a panic that a fuzzer (or the replay test of `ponte-wire`)
//! reports. Absent: inputs; they are in `corpus/`. How to run it: `README.md`.

use ponte_wire::signature::Secret;
use serde_json::Value;

/// Decoding is total, repeatable, and what it gives can be stored.
pub fn decode(data: &[u8]) {
    let once = ponte_wire::decode::delivery(data);
    assert_eq!(once, ponte_wire::decode::delivery(data));
    let Ok(decoded) = once else { return };
    for item in decoded.items {
        let Ok(text) = serde_json::to_string(&item) else {
            panic!("an item can't be stored: {item:?}");
        };
        let back = serde_json::from_str::<ponte_core::fact::Item>(&text);
        assert!(back.is_ok(), "an item can't be read back: {text}");
        assert!(
            !serde_json::to_value(&item).is_ok_and(|it| has_nul(&it)),
            "a NUL got in"
        );
        assert!(!item.dedupe.is_empty() && item.dedupe.len() < 2048);
    }
}

/// PostgreSQL stores no NUL, so none may come through.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(list) => list.iter().any(has_nul),
        Value::Object(map) => map
            .iter()
            .any(|(key, it)| key.contains('\0') || has_nul(it)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The first line is the header, the rest the body; only what we sign ourselves verifies.
pub fn signature(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (header, body) = data.split_at(at);
    let secret = Secret::new("a secret of the fuzzer");
    let good = ponte_wire::signature::sign(body, &secret);
    let secrets = [Secret::new("another"), secret];
    assert!(ponte_wire::signature::verify(body, Some(&good), &secrets));
    if let Ok(header) = std::str::from_utf8(header) {
        let verified = ponte_wire::signature::verify(body, Some(header), &secrets);
        assert_eq!(verified, header == good);
    }
}

/// A tag that reads is exactly the one we would make.
pub fn tag(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Some((reply, attempt)) = ponte_wire::tag::read(b"key", text) {
        assert_eq!(ponte_wire::tag::make(b"key", reply, attempt), text);
    }
}

/// The first two bytes are the status. Only 2xx can be accepted, only 4xx refused.
pub fn answer(data: &[u8]) {
    use ponte_core::event::Outcome;
    let (http, body) = match data {
        [high, low, body @ ..] => (Some(u16::from_be_bytes([*high, *low])), body),
        rest => (None, rest),
    };
    match ponte_wire::answer::classify(http, body) {
        Outcome::Accepted { wamid, .. } => {
            assert!(!wamid.is_empty() && matches!(http, Some(200..=299)));
        }
        Outcome::Refused { http: said, .. } => {
            assert!(http == Some(said) && (400..500).contains(&said));
        }
        Outcome::Unsure { why } => assert!(!why.is_empty()),
        Outcome::NotSent { .. } => panic!("an answer can't prove that nothing left"),
    }
}
