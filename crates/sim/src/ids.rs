//! Makes the identifiers Meta would make: message ids, object ids, trace ids, user ids.
//!
//! In: a seeded stream. Out: strings with the outer shape of the real ones (`wamid.` + base64 holding
//! the user's digits and a direction byte). Deliberately absent: any meaning a caller could rely on;
//! the layout of a message id is undocumented. Next: `rng.rs`.

use crate::rng::Rng;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const UPPER_HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Draws identifiers from its own stream.
#[derive(Debug, Clone)]
pub(crate) struct Ids(Rng);

impl Ids {
    pub(crate) fn new(rng: Rng) -> Self {
        Self(rng)
    }

    /// A message id for a chat with the user who has these digits.
    pub(crate) fn wamid(&mut self, digits: &str, outbound: bool) -> String {
        let mut raw = vec![0x1C, 0x18, u8::try_from(digits.len()).unwrap_or(u8::MAX)];
        raw.extend_from_slice(digits.as_bytes());
        raw.extend_from_slice(&[
            0x15,
            0x02,
            0x00,
            if outbound { 0x11 } else { 0x12 },
            0x18,
            0x14,
        ]);
        for shift in 0..20 {
            let drawn = if shift % 16 == 0 {
                self.0.next()
            } else {
                self.0.next() >> 7
            };
            raw.push(UPPER_HEX[(drawn & 15) as usize]);
        }
        raw.push(0);
        format!("wamid.{}", base64(&raw))
    }

    /// A sixteen digit object id that never starts with zero.
    pub(crate) fn object(&mut self) -> String {
        (1_000_000_000_000_000 + self.0.below(8_999_999_999_999_999)).to_string()
    }

    /// A trace id as found in error answers.
    pub(crate) fn trace(&mut self) -> String {
        let mut bytes = Vec::with_capacity(16);
        bytes.extend_from_slice(&self.0.next().to_be_bytes());
        bytes.extend_from_slice(&self.0.next().to_be_bytes());
        let text = base64(&bytes).replace('+', "-").replace('/', "_");
        format!("A{}", text.trim_end_matches('='))
    }

    /// A business-scoped user id of the given country.
    pub(crate) fn bsuid(&mut self, country: &str) -> String {
        format!("{country}.{}{}", 1_000 + self.0.below(9_000), self.object())
    }
}

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = u32::from(chunk[0]) << 16
            | u32::from(chunk.get(1).copied().unwrap_or(0)) << 8
            | u32::from(chunk.get(2).copied().unwrap_or(0));
        for place in 0..4usize {
            if place <= chunk.len() {
                let index = (word >> (18 - 6 * place)) & 63;
                out.push(char::from(STANDARD[index as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_agrees_with_the_rfc_vectors() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn wamids_look_like_metas_and_never_repeat() {
        let mut ids = Ids::new(Rng::new(1));
        let outbound = ids.wamid("16473777775", true);
        assert!(
            outbound.starts_with("wamid.HBgLMTY0NzM3Nzc3NzUVAgARGBQ"),
            "{outbound}"
        );
        assert!(ids.wamid("16473777775", false).contains("VAgASGBQ"));
        let many: std::collections::BTreeSet<String> =
            (0..10_000).map(|_| ids.wamid("1", true)).collect();
        assert_eq!(many.len(), 10_000);
    }

    #[test]
    fn object_ids_have_sixteen_digits_and_traces_are_url_safe() {
        let mut ids = Ids::new(Rng::new(2));
        for _ in 0..100 {
            assert_eq!(ids.object().len(), 16);
            assert!(
                ids.trace()
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            );
        }
        assert!(ids.bsuid("BR").starts_with("BR."));
    }
}
