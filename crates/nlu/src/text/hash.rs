//! A hash that never changes: what is stored by it must be found by the next version too.
//!
//! In: bytes, one after another. Out: 64 bits (FNV-1a, then mixed so that the low bits serve as a table
//! index). Absent: any defence against chosen collisions; a table keyed by it must stay right, only
//! slower or less sharp, when two texts share a hash. Next: `crate::intents`.

/// A hash in the making. Copying it continues one beginning in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(u64);

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Hash {
    /// A family of hashes of its own, so that a word and a pair of letters that look alike differ.
    #[must_use]
    pub fn new(family: u8) -> Hash {
        Hash(OFFSET).byte(family)
    }

    #[must_use]
    pub fn byte(self, byte: u8) -> Hash {
        Hash((self.0 ^ u64::from(byte)).wrapping_mul(PRIME))
    }

    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Hash {
        bytes.iter().fold(self, |hash, byte| hash.byte(*byte))
    }

    /// Continues with another hash's value.
    #[must_use]
    pub fn word(self, value: u64) -> Hash {
        self.bytes(&value.to_le_bytes())
    }

    /// The value, with every bit depending on every byte.
    #[must_use]
    pub fn finish(self) -> u64 {
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }
}

/// The hash of some bytes in one go.
#[must_use]
pub fn hash(bytes: &[u8]) -> u64 {
    Hash::new(0).bytes(bytes).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_that_stored_models_hold() {
        assert_eq!(hash(b""), 0x25fc_6dd3_6ce0_4b20);
        assert_eq!(hash(b"pedido"), 0xfd63_6150_34bd_7ab1);
    }

    #[test]
    fn families_and_bytes_tell_apart() {
        let in_family = |family| Hash::new(family).bytes(b"ab").finish();
        assert_ne!(in_family(1), in_family(2));
        assert_ne!(hash(b"ab"), hash(b"ba"));
        let start = Hash::new(0).bytes(b"a");
        assert_eq!(start.byte(b'b').finish(), hash(b"ab"));
    }
}
