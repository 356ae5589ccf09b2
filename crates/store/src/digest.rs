//! Short stand-ins for long texts: 16-byte keys for unique indexes, and a checksum for bodies.
//!
//! A key is a UUIDv5 of a scope and a text: narrow in an index, and it holds no personal data after
//! the text itself is erased. Absent: secrets; these digests protect against accident, not attack.

use uuid::Uuid;

/// The key of a text within a scope (a channel, a conversation).
pub(crate) fn key(scope: Uuid, text: &str) -> Uuid {
    Uuid::new_v5(&scope, text.as_bytes())
}

/// FNV-1a of a body, so that a flipped bit on the disk is a refusal and never a wrong event.
pub(crate) fn sum(bytes: &[u8]) -> i64 {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3)
    });
    i64::from_ne_bytes(hash.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flipped_bit_changes_the_sum() {
        let body = br#"{"event":"received"}"#.to_vec();
        for bit in 0..body.len() * 8 {
            let mut bad = body.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(sum(&bad), sum(&body));
        }
    }

    #[test]
    fn the_same_text_in_two_scopes_has_two_keys() {
        assert_ne!(key(Uuid::from_u128(1), "a"), key(Uuid::from_u128(2), "a"));
        assert_eq!(key(Uuid::from_u128(1), "a"), key(Uuid::from_u128(1), "a"));
    }
}
