//! What became of every message of one run: asked, acknowledged, answered, how often, in which order.
//!
//! In: times from the load generator and answers from the fake Graph API. Out: a [`Tally`].
//! Written by many connections at once, so each message has a slot of atomics. Absent: clocks; times
//! come in as microseconds since the run began. Read next: `graph` and `load`, which write here.

use super::message::Deal;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::Notify;

#[derive(Default)]
struct Slot {
    asked_us: AtomicU64,
    acked_us: AtomicU64,
    answered_us: AtomicU64,
    copies: AtomicU32,
}

pub(crate) struct Ledger {
    pub(crate) deal: Deal,
    slots: Vec<Slot>,
    /// The newest answered number per customer.
    order: Mutex<HashMap<u64, u64>>,
    reordered: AtomicU64,
    misaddressed: AtomicU64,
    /// Customers of whom an answer's fate was hidden for good: their conversation goes to people, and
    /// so does what they write after it.
    handed: Mutex<HashSet<u64>>,
    refused: AtomicU64,
    broken: AtomicU64,
    /// A lane that waits for its answer sleeps here.
    lanes: Vec<Notify>,
}

/// The figures of a finished run.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Tally {
    pub(crate) acked: u64,
    pub(crate) answered: u64,
    /// Acknowledged, never answered, and no person has it.
    pub(crate) lost: u64,
    /// Not answered, since the fate of an answer in that conversation was hidden for good.
    pub(crate) for_a_person: u64,
    /// Answers beyond the first of a message.
    pub(crate) extra: u64,
    pub(crate) reordered: u64,
    pub(crate) misaddressed: u64,
    /// Told to come back later (503), before any promise.
    pub(crate) refused: u64,
    /// No or another answer to the delivery.
    pub(crate) broken: u64,
    pub(crate) ack_p50_us: u64,
    pub(crate) ack_p99_us: u64,
    pub(crate) end_p50_us: u64,
    pub(crate) end_p99_us: u64,
}

impl Ledger {
    /// A ledger for at most `capacity` messages.
    pub(crate) fn new(deal: Deal, capacity: usize) -> Ledger {
        Ledger {
            deal,
            slots: (0..capacity).map(|_| Slot::default()).collect(),
            order: Mutex::default(),
            reordered: AtomicU64::new(0),
            misaddressed: AtomicU64::new(0),
            handed: Mutex::default(),
            refused: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            lanes: (0..deal.lanes).map(|_| Notify::new()).collect(),
        }
    }

    pub(crate) fn has_room(&self, number: u64) -> bool {
        (number as usize) < self.slots.len()
    }

    pub(crate) fn asked(&self, number: u64, at_us: u64) {
        if let Some(slot) = self.slots.get(number as usize) {
            slot.asked_us.store(at_us.max(1), Ordering::Relaxed);
        }
    }

    /// What the delivery was answered with.
    pub(crate) fn delivered(&self, number: u64, status: Option<u16>, at_us: u64) {
        match status {
            Some(200) => {
                if let Some(slot) = self.slots.get(number as usize) {
                    slot.acked_us.store(at_us.max(1), Ordering::Relaxed);
                }
            }
            Some(503) => drop(self.refused.fetch_add(1, Ordering::Relaxed)),
            _ => drop(self.broken.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// An answer accepted by the fake Graph API.
    pub(crate) fn answered(&self, number: u64, to: &str, at_us: u64) {
        let Some(slot) = self.slots.get(number as usize) else {
            return;
        };
        let customer = self.deal.customer(number);
        if to.trim_start_matches('+') != customer.to_string() {
            self.misaddressed.fetch_add(1, Ordering::Relaxed);
        }
        if slot.copies.fetch_add(1, Ordering::Relaxed) == 0 {
            slot.answered_us.store(at_us.max(1), Ordering::Relaxed);
            let mut order = self.order.lock().unwrap_or_else(|e| e.into_inner());
            let newest = order.entry(customer).or_insert(number);
            if *newest > number {
                self.reordered.fetch_add(1, Ordering::Relaxed);
            }
            *newest = number.max(*newest);
        }
        self.lanes[(number % self.deal.lanes) as usize].notify_one();
    }

    /// Nobody can know whether the answer to this arrived, and it did not.
    pub(crate) fn hidden(&self, number: u64) {
        let customer = self.deal.customer(number);
        self.handed().insert(customer);
    }

    fn handed(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.handed.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(crate) fn is_answered(&self, number: u64) -> bool {
        let slot = self.slots.get(number as usize);
        slot.is_some_and(|s| s.copies.load(Ordering::Relaxed) > 0)
    }

    /// Sleeps until something on this lane is answered.
    pub(crate) async fn lane_moved(&self, lane: u64) {
        self.lanes[lane as usize].notified().await;
    }

    /// Acknowledged, not answered yet, and not in a person's hands.
    pub(crate) fn owed(&self) -> u64 {
        let handed = self.handed();
        let numbered = (0..).zip(&self.slots);
        let owed = numbered.filter(|(number, s)| {
            s.acked_us.load(Ordering::Relaxed) > 0
                && s.copies.load(Ordering::Relaxed) == 0
                && !handed.contains(&self.deal.customer(*number))
        });
        owed.count() as u64
    }

    pub(crate) fn tally(&self) -> Tally {
        let mut tally = Tally {
            reordered: self.reordered.load(Ordering::Relaxed),
            misaddressed: self.misaddressed.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            broken: self.broken.load(Ordering::Relaxed),
            ..Tally::default()
        };
        let (mut acks, mut ends) = (Vec::new(), Vec::new());
        let handed = self.handed();
        for (number, slot) in (0..).zip(&self.slots) {
            let asked = slot.asked_us.load(Ordering::Relaxed);
            let acked = slot.acked_us.load(Ordering::Relaxed);
            let copies = u64::from(slot.copies.load(Ordering::Relaxed));
            if acked > 0 {
                tally.acked += 1;
                if copies == 0 && handed.contains(&self.deal.customer(number)) {
                    tally.for_a_person += 1;
                } else if copies == 0 {
                    tally.lost += 1;
                }
                acks.push(acked.saturating_sub(asked));
            }
            if copies > 0 {
                tally.answered += 1;
                tally.extra += copies - 1;
                ends.push(
                    slot.answered_us
                        .load(Ordering::Relaxed)
                        .saturating_sub(asked),
                );
            }
        }
        acks.sort_unstable();
        ends.sort_unstable();
        (tally.ack_p50_us, tally.ack_p99_us) = (percentile(&acks, 50), percentile(&acks, 99));
        (tally.end_p50_us, tally.end_p99_us) = (percentile(&ends, 50), percentile(&ends, 99));
        tally
    }
}

/// By nearest rank; 0 for nothing.
pub(crate) fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        Ledger::new(
            Deal {
                lanes: 1,
                pool: 32,
                run: 0,
            },
            100,
        )
    }

    fn answer(ledger: &Ledger, number: u64, at_us: u64) {
        let to = ledger.deal.customer(number).to_string();
        ledger.answered(number, &format!("+{to}"), at_us);
    }

    #[test]
    fn lost_extra_and_refused_are_told_apart() {
        let ledger = ledger();
        for number in 0..4 {
            ledger.asked(number, 10);
        }
        ledger.delivered(0, Some(200), 20);
        ledger.delivered(1, Some(200), 20);
        ledger.delivered(2, Some(503), 20);
        ledger.delivered(3, None, 20);
        answer(&ledger, 0, 50);
        answer(&ledger, 0, 60);
        let tally = ledger.tally();
        assert_eq!((tally.acked, tally.answered, tally.lost), (2, 1, 1));
        assert_eq!((tally.extra, tally.refused, tally.broken), (1, 1, 1));
        assert_eq!((tally.ack_p50_us, tally.end_p99_us), (10, 40));
        assert_eq!(ledger.owed(), 1);
    }

    #[test]
    fn an_answer_before_an_older_one_of_the_same_customer_is_a_reordering() {
        let ledger = ledger();
        assert_eq!(ledger.deal.customer(0), ledger.deal.customer(32));
        answer(&ledger, 32, 1);
        answer(&ledger, 1, 2);
        assert_eq!(ledger.tally().reordered, 0);
        answer(&ledger, 0, 3);
        assert_eq!(ledger.tally().reordered, 1);
    }

    #[test]
    fn what_follows_a_hidden_answer_is_a_persons_and_not_lost() {
        let ledger = ledger();
        for number in [0, 1, 32] {
            ledger.delivered(number, Some(200), 20);
        }
        ledger.hidden(0);
        let tally = ledger.tally();
        assert_eq!((tally.lost, tally.for_a_person), (1, 2));
        assert_eq!(ledger.owed(), 1);
    }

    #[test]
    fn an_answer_to_somebody_else_is_counted() {
        let ledger = ledger();
        ledger.answered(0, "+5511", 1);
        assert_eq!(ledger.tally().misaddressed, 1);
    }
}
