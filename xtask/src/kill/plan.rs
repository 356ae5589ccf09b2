//! The seeded plan of a campaign: how long each round runs before the kill, and how long it stays dead.
//!
//! In: a seed. Out: the same numbers for the same seed. A small generator of our own, since the plan
//! must not change with a library. Absent: real time.

use std::time::Duration;

/// SplitMix64: every seed gives a full, well-mixed sequence.
pub(crate) struct Plan(u64);

impl Plan {
    pub(crate) fn new(seed: u64) -> Plan {
        Plan(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn between_ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.next() % (to - from))
    }

    /// From the moment it is ready to the kill; short ones hit the recovery of the round before.
    pub(crate) fn alive(&mut self) -> Duration {
        if self.next().is_multiple_of(4) {
            self.between_ms(1, 150)
        } else {
            self.between_ms(150, 4_000)
        }
    }

    /// From the kill to the next start.
    pub(crate) fn dead(&mut self) -> Duration {
        self.between_ms(0, 400)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_plan() {
        let times = |seed| {
            let mut plan = Plan::new(seed);
            (0..50)
                .map(|_| (plan.alive(), plan.dead()))
                .collect::<Vec<_>>()
        };
        assert_eq!(times(7), times(7));
        assert_ne!(times(7), times(8));
        assert!(
            times(7)
                .iter()
                .all(|(alive, dead)| alive.as_millis() < 4_000 && dead.as_millis() < 400)
        );
        assert!(times(7).iter().any(|(alive, _)| alive.as_millis() < 150));
    }
}
