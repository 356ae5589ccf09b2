//! Signs webhook bodies and writes them the way Meta does.
//!
//! In: the app secret and a JSON value. Out: bytes with non-ASCII escaped as lower-case `\uXXXX` and
//! slashes escaped, and the `X-Hub-Signature-256` value over exactly those bytes. Deliberately absent:
//! verification, which is the receiver's work. Next: `deliver.rs`.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

/// The header value `sha256=<hex>` for a body under a secret.
pub fn signature(secret: &str, body: &[u8]) -> String {
    match Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        Ok(mut mac) => {
            mac.update(body);
            format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
        }
        // HMAC takes keys of any length; an empty value would simply never verify.
        Err(_) => String::from("sha256="),
    }
}

/// The bytes of a webhook body.
pub(crate) fn webhook_bytes(value: &Value) -> Vec<u8> {
    let text = value.to_string();
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut units = [0u16; 2];
    for character in text.chars() {
        if character == '/' {
            out.extend_from_slice(b"\\/");
        } else if character.is_ascii() {
            out.push(character as u8);
        } else {
            for unit in character.encode_utf16(&mut units) {
                out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_published_vectors_hold() {
        let compact = br#"{"object":"whatsapp_business_account","entry":[]}"#;
        let spaced = br#"{"object": "whatsapp_business_account", "entry": []}"#;
        assert_eq!(
            signature("test_app_secret", compact),
            "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"
        );
        assert_eq!(
            signature("test_app_secret", spaced),
            "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a"
        );
    }

    #[test]
    fn bodies_are_ascii_and_read_back_unchanged() {
        let value = json!({"body": "ação 👍 https://a/b", "n": 1});
        let bytes = webhook_bytes(&value);
        assert!(bytes.is_ascii());
        let text = String::from_utf8(bytes.clone()).expect("ascii");
        assert!(
            text.contains("a\\u00e7\\u00e3o \\ud83d\\udc4d https:\\/\\/a\\/b"),
            "{text}"
        );
        assert_eq!(
            serde_json::from_slice::<Value>(&bytes).expect("json"),
            value
        );
    }
}
