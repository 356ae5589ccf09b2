//! Decides whether a webhook body really comes from the app that shares a secret with us.
//!
//! In: the exact bytes received, the `X-Hub-Signature-256` header and the secrets that are valid now
//! (two during a rotation). Out: yes or no, in time that doesn't depend on where a digest differs.
//! Absent: parsing (nothing may read the body before this says yes) and the reason of a no, which
//! would only help a forger. Our own correlation tag is next door in [`crate::tag`].

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// What every valid header starts with; SHA-1 headers (`sha1=`) are refused.
const PREFIX: &str = "sha256=";

/// An app secret. Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Secret(bytes.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// True if the header is the lower-case hex HMAC-SHA256 of the body under one of the secrets.
///
/// All secrets are tried whatever the outcome of the first, so that the time says nothing about
/// which one is current. An empty secret never verifies: it would be a configuration without a key.
#[must_use]
pub fn verify(body: &[u8], header: Option<&str>, secrets: &[Secret]) -> bool {
    let Some(claimed) = header.and_then(digest) else {
        return false;
    };
    let mut good = false;
    for secret in secrets.iter().filter(|secret| !secret.0.is_empty()) {
        good |= mac(body, secret).is_some_and(|mac| mac.verify_slice(&claimed).is_ok());
    }
    good
}

/// The header value for a body: `sha256=` and 64 lower-case hex digits.
#[must_use]
pub fn sign(body: &[u8], secret: &Secret) -> String {
    let digest = mac(body, secret).map(|mac| hex::encode(mac.finalize().into_bytes()));
    format!("{PREFIX}{}", digest.unwrap_or_default())
}

/// The 32 bytes a header claims. Upper-case hex is refused: Meta never sends it, and one spelling
/// per digest keeps a captured header from having siblings.
fn digest(header: &str) -> Option<[u8; 32]> {
    let text = header.strip_prefix(PREFIX)?;
    if text.len() != 64 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// HMAC takes keys of any length, so `None` can't happen; a total function needs no panic to say so.
fn mac(body: &[u8], secret: &Secret) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.0).ok()?;
    mac.update(body);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPACT: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const SPACED: &[u8] = br#"{"object": "whatsapp_business_account", "entry": []}"#;
    const DIGEST: &str = "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";

    fn secret() -> Secret {
        Secret::new("test_app_secret")
    }

    #[test]
    fn the_published_vectors_hold_over_the_exact_bytes() {
        assert_eq!(sign(COMPACT, &secret()), DIGEST);
        assert_eq!(
            sign(SPACED, &secret()),
            "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a"
        );
        assert!(verify(COMPACT, Some(DIGEST), &[secret()]));
        assert!(!verify(SPACED, Some(DIGEST), &[secret()]));
    }

    #[test]
    fn old_and_new_secret_are_both_good_during_a_rotation() {
        let new = Secret::new("next");
        assert!(verify(COMPACT, Some(DIGEST), &[new.clone(), secret()]));
        assert!(verify(COMPACT, Some(DIGEST), &[secret(), new.clone()]));
        assert!(!verify(COMPACT, Some(DIGEST), &[new]));
        assert!(!verify(COMPACT, Some(DIGEST), &[]));
    }

    #[test]
    fn every_other_spelling_of_the_header_is_refused() {
        let sha1 = format!("sha1={}", &DIGEST[7..47]);
        let bad = [
            None,
            Some(""),
            Some("sha256="),
            Some(&DIGEST[7..]),
            Some(sha1.as_str()),
            Some("SHA256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"),
            Some("sha256=DEC6A680679A968E7E0319355B23599CBFC54502C0784668E9618BAA0C633756"),
            Some("sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c63375é"),
            Some(" sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756"),
        ];
        for header in bad {
            assert!(!verify(COMPACT, header, &[secret()]), "{header:?}");
        }
    }

    #[test]
    fn no_prefix_and_no_extension_of_a_good_header_is_good() {
        for end in 0..DIGEST.len() {
            assert!(!verify(COMPACT, Some(&DIGEST[..end]), &[secret()]), "{end}");
        }
        assert!(!verify(COMPACT, Some(&format!("{DIGEST}0")), &[secret()]));
        assert!(!verify(COMPACT, Some(&format!("{DIGEST} ")), &[secret()]));
    }

    #[test]
    fn no_truncation_of_the_body_is_good() {
        for end in 0..COMPACT.len() {
            assert!(!verify(&COMPACT[..end], Some(DIGEST), &[secret()]), "{end}");
        }
    }

    #[test]
    fn an_empty_secret_never_verifies() {
        let empty = Secret::new("");
        assert!(!verify(COMPACT, Some(&sign(COMPACT, &empty)), &[empty]));
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
    }
}
