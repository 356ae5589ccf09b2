//! Keeps which passages have a stem and how often: bytes that only grow, three to two a passage.
//!
//! In: passage numbers in rising order. Out: the same, in order. A number's distance from the one before
//! is a varint whose lowest bit says whether a count follows, since most counts are one. Absent on
//! purpose: deletion (the index skips passages that are gone) and scores.

/// The passages of one stem.
#[derive(Clone, Debug, Default)]
pub(super) struct Postings {
    bytes: Vec<u8>,
    /// The next passage number that may be added.
    next: u32,
    /// Passages that are still there.
    pub(super) live: u32,
}

impl Postings {
    /// Adds a passage. Numbers only rise; the index gives every passage a new one.
    pub(super) fn add(&mut self, passage: u32, times: u32) {
        let gap = u64::from(passage.saturating_sub(self.next));
        if times <= 1 {
            put_number(gap << 1, &mut self.bytes);
        } else {
            put_number((gap << 1) | 1, &mut self.bytes);
            put_number(u64::from(times), &mut self.bytes);
        }
        self.next = passage.saturating_add(1);
        self.live += 1;
    }

    /// Every passage that was added, and how often it has the stem.
    pub(super) fn each(&self, mut visit: impl FnMut(u32, u32)) {
        let mut rest = self.bytes.as_slice();
        let mut next = 0u64;
        while let Some(head) = take_number(&mut rest) {
            let passage = next + (head >> 1);
            let times = if head & 1 == 1 {
                take_number(&mut rest).unwrap_or(1)
            } else {
                1
            };
            next = passage + 1;
            visit(
                u32::try_from(passage).unwrap_or(u32::MAX),
                u32::try_from(times).unwrap_or(u32::MAX),
            );
        }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Writes a number in seven-bit groups, lowest first.
pub(super) fn put_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or(0));
}

/// Reads one; `None` at the end and where the bytes make no number.
#[inline]
pub(super) fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            *bytes = &bytes[at + 1..];
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(added in prop::collection::btree_map(0u32..5_000_000, 1u32..400, 0..60)) {
            let mut list = Postings::default();
            for (passage, times) in &added {
                list.add(*passage, *times);
            }
            let mut seen = Vec::new();
            list.each(|passage, times| seen.push((passage, times)));
            prop_assert_eq!(seen, added.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn numbers_survive(number: u64) {
            let mut bytes = Vec::new();
            put_number(number, &mut bytes);
            prop_assert_eq!(take_number(&mut bytes.as_slice()), Some(number));
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut rest = bytes.as_slice();
            let mut count = 0;
            while take_number(&mut rest).is_some() {
                count += 1;
            }
            prop_assert!(count <= bytes.len());
        }
    }

    #[test]
    fn a_posting_of_one_takes_one_byte() {
        let mut list = Postings::default();
        for passage in 0..1_000 {
            list.add(passage, 1);
        }
        assert_eq!(list.bytes.len(), 1_000);
        assert_eq!(list.live, 1_000);
    }
}
