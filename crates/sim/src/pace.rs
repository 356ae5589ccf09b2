//! Counting against time: messages in any second, the pair bucket, the service window.
//!
//! In: moments. Out: whether one more fits, whether a window is open. Each rule is a value without
//! knowledge of the others and costs O(1) per call. Deliberately absent: refusal codes and the order in
//! which the rules are asked; see `graph/send.rs`.

use crate::time::{DAY, SECOND};
use std::collections::VecDeque;

/// Moments within the last second, and the most there ever were.
#[derive(Debug, Clone, Default)]
pub(crate) struct Second {
    moments: VecDeque<i64>,
    most: usize,
}

impl Second {
    /// How many lie in the second that ends at `now`; a moment exactly one second old has left.
    pub(crate) fn count(&mut self, now: i64) -> usize {
        while self
            .moments
            .front()
            .is_some_and(|moment| *moment <= now - SECOND)
        {
            self.moments.pop_front();
        }
        self.moments.len()
    }

    pub(crate) fn add(&mut self, now: i64) {
        self.count(now);
        self.moments.push_back(now);
        self.most = self.most.max(self.moments.len());
    }

    pub(crate) fn most(&self) -> usize {
        self.most
    }
}

/// One message per six seconds to one user, with up to 45 borrowed from later.
#[derive(Debug, Clone, Default)]
pub(crate) struct PairBucket {
    /// When the bucket will be full again; each message moves it six seconds on.
    full_at: i64,
}

impl PairBucket {
    const STEP: i64 = 6 * SECOND;
    const BURST: i64 = 45;

    pub(crate) fn has_room(&self, now: i64) -> bool {
        self.full_at.max(now) - now <= (Self::BURST - 1) * Self::STEP
    }

    pub(crate) fn add(&mut self, now: i64) {
        self.full_at = self.full_at.max(now) + Self::STEP;
    }
}

/// The service window between one number and one user.
#[derive(Debug, Clone, Default)]
pub(crate) struct Window {
    /// When the user last wrote or called.
    pub(crate) opened_at: Option<i64>,
    /// When the user last came through an ad, until the business has answered.
    entry_at: Option<i64>,
    /// Until when everything is free after such an entry.
    free_until: Option<i64>,
}

impl Window {
    pub(crate) fn open(&mut self, now: i64) {
        self.opened_at = Some(now);
    }

    pub(crate) fn entry_point(&mut self, now: i64) {
        self.entry_at = Some(now);
    }

    /// The business answered: within a day of an ad entry this starts the free entry point.
    pub(crate) fn answered(&mut self, now: i64, length: i64) {
        if let Some(at) = self.entry_at.take()
            && now < at + DAY
        {
            self.free_until = Some(now + length);
        }
    }

    pub(crate) fn is_free(&self, now: i64) -> bool {
        self.free_until.is_some_and(|until| now < until)
    }

    /// The first moment at which only templates are accepted.
    pub(crate) fn until(&self) -> Option<i64> {
        self.opened_at.map(|at| at + DAY).max(self.free_until)
    }

    pub(crate) fn is_open(&self, now: i64) -> bool {
        self.until().is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_half_open() {
        let mut second = Second::default();
        for moment in [0, 10, 999_999] {
            second.add(moment);
        }
        assert_eq!(second.count(999_999), 3);
        assert_eq!(
            second.count(SECOND),
            2,
            "the first left exactly one second later"
        );
        assert_eq!(second.most(), 3);
    }

    #[test]
    fn forty_five_at_once_then_one_per_six_seconds() {
        let mut pair = PairBucket::default();
        for _ in 0..45 {
            assert!(pair.has_room(0));
            pair.add(0);
        }
        assert!(!pair.has_room(0));
        assert!(!pair.has_room(6 * SECOND - 1));
        assert!(pair.has_room(6 * SECOND));
        pair.add(6 * SECOND);
        assert!(!pair.has_room(6 * SECOND));
    }

    #[test]
    fn a_pair_at_one_per_six_seconds_is_never_refused() {
        let mut pair = PairBucket::default();
        for turn in 0..1000 {
            assert!(pair.has_room(turn * 6 * SECOND));
            pair.add(turn * 6 * SECOND);
        }
    }

    #[test]
    fn the_window_closes_exactly_one_day_after_the_last_word() {
        let mut window = Window::default();
        assert!(!window.is_open(0));
        window.open(5);
        assert!(window.is_open(5 + DAY - 1));
        assert!(!window.is_open(5 + DAY));
    }

    #[test]
    fn an_ad_entry_counts_only_when_answered_within_a_day() {
        let mut window = Window::default();
        window.open(0);
        window.entry_point(0);
        assert!(!window.is_free(1));
        window.answered(10, 7 * DAY);
        assert!(window.is_free(11) && window.is_open(7 * DAY + 9));
        assert!(!window.is_free(7 * DAY + 10) && !window.is_open(7 * DAY + 10));

        let mut late = Window::default();
        late.open(0);
        late.entry_point(0);
        late.answered(DAY, 7 * DAY);
        assert!(!late.is_free(DAY + 1));
    }
}
