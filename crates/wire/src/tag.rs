//! Makes and reads the tag that ties a status of the provider to one attempt of one reply.
//!
//! Format: `v1.<reply uuid, 32 hex>.<attempt>.<16 hex of HMAC-SHA256(key, "reply.attempt")>`. It goes
//! out as `biz_opaque_callback_data` and comes back with every status. Every app subscribed to the
//! account sees it, so it holds no personal data; the MAC keeps others from claiming our replies.
//! Absent: what a proof is worth, which the step decides.

use hmac::{Hmac, KeyInit, Mac};
use ponte_core::ids::ReplyId;
use sha2::Sha256;

const VERSION: &str = "v1";

/// The tag of an attempt.
#[must_use]
pub fn make(key: &[u8], reply: ReplyId, attempt: u32) -> String {
    let subject = format!("{}.{attempt}", reply.0.simple());
    let mac = mac(key, &subject)
        .map(|mac| hex::encode(&mac.finalize().into_bytes()[..8]))
        .unwrap_or_default();
    format!("{VERSION}.{subject}.{mac}")
}

/// Whose tag this is, or `None` if we never made it. Exactly what [`make`] writes is accepted, so a
/// tag has one spelling.
#[must_use]
pub fn read(key: &[u8], text: &str) -> Option<(ReplyId, u32)> {
    let (subject, claimed) = text
        .strip_prefix(VERSION)?
        .strip_prefix('.')?
        .rsplit_once('.')?;
    let (reply, attempt) = subject.split_once('.')?;
    let lower = |text: &str| !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if reply.len() != 32 || claimed.len() != 16 || !lower(subject) || !lower(claimed) {
        return None;
    }
    let mut bytes = [0; 8];
    hex::decode_to_slice(claimed, &mut bytes).ok()?;
    mac(key, subject)?.verify_truncated_left(&bytes).ok()?;
    Some((reply.parse().ok()?, attempt.parse().ok()?))
}

fn mac(key: &[u8], subject: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(subject.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::ids::ReplyId;

    const KEY: &[u8] = b"a tag key of a test";

    fn reply() -> ReplyId {
        "0192f3a4-b5c6-7d8e-9f00-112233445566".parse().unwrap()
    }

    #[test]
    fn a_tag_reads_back_as_what_it_was_made_of() {
        for attempt in [0, 1, 2, u32::MAX] {
            let tag = make(KEY, reply(), attempt);
            assert_eq!(read(KEY, &tag), Some((reply(), attempt)));
        }
    }

    #[test]
    fn the_format_is_fixed_and_fits_the_field() {
        let tag = make(KEY, reply(), 1);
        assert!(tag.starts_with("v1.0192f3a4b5c67d8e9f00112233445566.1."));
        assert_eq!(tag.len(), 3 + 32 + 1 + 1 + 1 + 16);
    }

    #[test]
    fn another_key_another_attempt_or_any_changed_byte_is_refused() {
        let tag = make(KEY, reply(), 7);
        assert_eq!(read(b"another key", &tag), None);
        assert_eq!(read(KEY, &tag.replace(".7.", ".8.")), None);
        for at in 0..tag.len() {
            let mut changed = tag.clone().into_bytes();
            changed[at] ^= 1;
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(read(KEY, &changed), None, "{changed}");
            assert_eq!(read(KEY, &tag[..at]), None);
        }
    }

    #[test]
    fn other_spellings_of_a_good_tag_are_refused() {
        let tag = make(KEY, reply(), 7);
        for other in [
            tag.to_uppercase(),
            format!("{tag} "),
            format!(" {tag}"),
            format!("{tag}.{tag}"),
            String::new(),
            "v1...".into(),
            "v2".into(),
        ] {
            assert_eq!(read(KEY, &other), None, "{other}");
        }
    }
}
