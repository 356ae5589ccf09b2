//! Keeps a hash map whose hashing costs next to nothing and is the same in every run.
//!
//! For keys that we make ourselves: word numbers, folded words, hashes. The order of such a map shows
//! nowhere. Absent on purpose: protection against keys chosen to collide; what a workspace puts into its
//! own index slows down nobody else, and the number of words per passage is limited.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub(super) type FastMap<K, V> = HashMap<K, V, BuildHasherDefault<Fast>>;

/// Multiply and rotate, with a final mix so that the upper bits count as well.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fast(u64);

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Fast {
    fn mix(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(23) ^ number).wrapping_mul(ODD);
    }
}

impl Hasher for Fast {
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut eight = [0; 8];
            eight[..part.len()].copy_from_slice(part);
            self.mix(u64::from_le_bytes(eight));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.mix(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.mix(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn write_u128(&mut self, number: u128) {
        let bytes = number.to_le_bytes();
        self.write(&bytes);
    }

    fn finish(&self) -> u64 {
        let folded = self.0 ^ (self.0 >> 32);
        folded.wrapping_mul(ODD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::Hash;

    #[test]
    fn neighbours_fall_apart() {
        let hash = |key: u32| {
            let mut hasher = Fast::default();
            key.hash(&mut hasher);
            hasher.finish()
        };
        let mut buckets = vec![0; 256];
        for key in 0..25_600 {
            buckets[usize::try_from(hash(key) >> 56).unwrap()] += 1;
            assert_eq!(hash(key), hash(key));
        }
        assert!(
            buckets.iter().all(|count| (50..200).contains(count)),
            "{buckets:?}"
        );
    }

    #[test]
    fn texts_are_found() {
        let mut map: FastMap<Box<str>, u32> = FastMap::default();
        for number in 0..1_000 {
            map.insert(format!("palavra{number}").into(), number);
        }
        assert_eq!(map.get("palavra777"), Some(&777));
        assert_eq!(map.get("palavra1000"), None);
    }
}
