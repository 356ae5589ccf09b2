//! The simulator's own randomness: a seeded SplitMix64.
//!
//! In: a seed. Out: a stream that is the same on every machine. Deliberately absent: any entropy from
//! the outside, so that a failing world can be played again from its seed. Next: `ids.rs`.

/// A small, fast, seedable generator; not for secrets.
#[derive(Debug, Clone)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own for one concern, so that drawing in one place does not shift another.
    pub(crate) fn split(&self, concern: u64) -> Self {
        let mut child = Self(self.0 ^ concern.wrapping_mul(0xA24B_AED4_963E_E407));
        let seed = child.next();
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A value in `0..bound`; zero when the bound is zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// A span in `low..=high` microseconds.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low).unwrap_or(0);
        low + i64::try_from(self.below(width.saturating_add(1))).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_seed_same_stream_and_known_first_value() {
        let mut one = Rng::new(0);
        assert_eq!(
            one.next(),
            0xE220_A839_7B1D_CDAF,
            "SplitMix64 reference value"
        );
        let mut other = Rng::new(0);
        other.next();
        assert_eq!(one.next(), other.next());
    }

    #[test]
    fn splits_differ_and_leave_the_parent_alone() {
        let parent = Rng::new(7);
        assert_ne!(parent.split(1).next(), parent.split(2).next());
        assert_eq!(parent.split(1).next(), parent.split(1).next());
    }

    #[test]
    fn between_stays_inside_its_bounds() {
        let mut rng = Rng::new(3);
        for _ in 0..1000 {
            let value = rng.between(5, 9);
            assert!((5..=9).contains(&value));
        }
        assert_eq!(rng.between(4, 4), 4);
        assert_eq!(rng.below(0), 0);
    }
}
