//! Makes almost-JSON into JSON, so that one bad character never costs an item.
//!
//! In: body bytes. Out: a value. Meta's own escaping can cut an emoji in half (a lone surrogate), a
//! customer can paste a NUL that PostgreSQL refuses to store, and a number can be too big for any
//! type: each becomes something harmless (U+FFFD; the number as text). Absent: repair of the
//! structure; what isn't JSON stays undecodable and is kept raw by the caller.

use serde_json::Value;
use std::borrow::Cow;

const REPLACEMENT: &str = "\\ufffd";

/// Parses leniently. Nearly every body takes the first way and is read once.
pub(crate) fn parse(body: &[u8]) -> Result<Value, serde_json::Error> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let text = String::from_utf8_lossy(body);
    if !text.contains("\\u0000")
        && let Ok(value) = serde_json::from_str(&text)
    {
        return Ok(value);
    }
    serde_json::from_str(&mend(&text))
}

/// One pass over the text, copying what is fine.
fn mend(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    let mut copied = 0;
    let mut quoted = false;
    while at < bytes.len() {
        let (length, instead) = match (quoted, bytes[at]) {
            (_, b'"') => {
                quoted = !quoted;
                (1, None)
            }
            (true, b'\\') => escape(bytes, at),
            (true, byte @ 0..0x20) => (1, Some(control(byte))),
            (false, b'-' | b'0'..=b'9') => number(text, at),
            (true | false, _) => (1, None),
        };
        if let Some(instead) = instead {
            out.push_str(&text[copied..at]);
            out.push_str(&instead);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// A raw control character, escaped; NUL is replaced.
fn control(byte: u8) -> Cow<'static, str> {
    if byte == 0 {
        Cow::Borrowed(REPLACEMENT)
    } else {
        Cow::Owned(format!("\\u{byte:04x}"))
    }
}

/// The length of the escape at `at` and what to write instead of it, if it can't stay.
fn escape(bytes: &[u8], at: usize) -> (usize, Option<Cow<'static, str>>) {
    let Some(unit) = unit(bytes, at) else {
        // `\n`, `\"` and the like; `min` because the text may end right after the backslash.
        return (2.min(bytes.len() - at), None);
    };
    let low = |unit: u16| (0xdc00..0xe000).contains(&unit);
    match unit {
        0 => (6, Some(Cow::Borrowed(REPLACEMENT))),
        0xd800..0xdc00 if self::unit(bytes, at + 6).is_some_and(low) => (12, None),
        0xd800..0xe000 => (6, Some(Cow::Borrowed(REPLACEMENT))),
        1..0xd800 | 0xe000.. => (6, None),
    }
}

/// The UTF-16 unit of `\uXXXX` at `at`.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The length of the number at `at`, and itself in quotes if no float can hold it.
fn number(text: &str, at: usize) -> (usize, Option<Cow<'static, str>>) {
    let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    let length = text.as_bytes()[at..].iter().take_while(|b| part(b)).count();
    let token = &text[at..at + length];
    match token.parse::<f64>() {
        Ok(number) if number.is_infinite() => (length, Some(Cow::Owned(format!("\"{token}\"")))),
        Ok(_) | Err(_) => (length, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Option<Value> {
        parse(text.as_bytes()).ok()
    }

    #[test]
    fn good_json_is_left_alone() {
        let text = r#"{"a":"\ud83d\udc4d \\ud800 \" \u00e7","n":[1,-2.5e3]}"#;
        assert_eq!(read(text), Some(serde_json::from_str(text).unwrap()));
        assert!(matches!(mend(text), Cow::Borrowed(_)));
    }

    #[test]
    fn half_an_emoji_becomes_a_replacement_character() {
        assert_eq!(read(r#"["\ud83d"]"#), Some(json!(["\u{fffd}"])));
        assert_eq!(read(r#"["\udc4d x"]"#), Some(json!(["\u{fffd} x"])));
        assert_eq!(
            read(r#"["\ud83d\ud83d\udc4d"]"#),
            Some(json!(["\u{fffd}👍"]))
        );
        assert_eq!(read(r#"["\ud83d\n"]"#), Some(json!(["\u{fffd}\n"])));
        assert_eq!(read(r#"{"\ud83d":1}"#), Some(json!({"\u{fffd}": 1})));
    }

    #[test]
    fn nul_escaped_or_raw_never_gets_in() {
        assert_eq!(read("[\"a\\u0000b\"]"), Some(json!(["a\u{fffd}b"])));
        assert_eq!(read("[\"a\u{0}b\u{1}\"]"), Some(json!(["a\u{fffd}b\u{1}"])));
        assert_eq!(read("[\"a\nb\"]"), Some(json!(["a\nb"])));
        assert_eq!(read(r#"["\\u0000"]"#), Some(json!(["\\u0000"])));
    }

    #[test]
    fn a_number_nothing_can_hold_becomes_text() {
        assert_eq!(read("[1e999, -1e999]"), Some(json!(["1e999", "-1e999"])));
        assert!(read("[1e-999]").is_some());
    }

    #[test]
    fn broken_utf_8_and_a_byte_order_mark_are_tolerated() {
        assert_eq!(parse(b"[\"\xff\"]").ok(), Some(json!(["\u{fffd}"])));
        assert_eq!(parse(b"\xef\xbb\xbf[]").ok(), Some(json!([])));
    }

    #[test]
    fn what_is_not_json_stays_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "nan",
            "[\"\\",
            "[\"\\u12\"]",
            "{\"a\":1}x",
            "\\",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
