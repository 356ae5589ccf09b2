//! Which node works on which number: leases that are taken, kept, given back and, above all, lost.
//!
//! In: the numbers of the store and the nodes that are alive. Out: a [`Hold`] per number that this
//! node owns, with its rooms started and stopped by the caller. A lease is kept well before it runs
//! out, and counts as lost here before it can be another's there. Absent: what an owner does. Next:
//! [`crate::app`].

use ponte_core::time::{Span, Time};
use ponte_store::rows::outbox::LeaseRef;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tokio::sync::Notify;

/// A lease lasts this long: a dead node's numbers are taken over within it.
pub const TTL: Span = Span::secs(10);
/// It is kept this often: two attempts may fail.
pub const RENEW: Span = Span::secs(3);
/// It counts as lost here this long before it ends there.
pub const MARGIN: Span = Span::secs(2);

/// The right to work on one number, shared by its rooms.
#[derive(Clone, Debug)]
pub struct Hold(Arc<Held>);

#[derive(Debug)]
struct Held {
    lease: LeaseRef,
    /// By this node's own clock, measured from before the commit that took or kept it.
    until: AtomicI64,
    lost: AtomicBool,
    stopping: AtomicBool,
    changed: Notify,
}

impl Hold {
    /// A lease asked for at `asked` and granted.
    #[must_use]
    pub fn new(lease: LeaseRef, asked: Time) -> Hold {
        Hold(Arc::new(Held {
            lease,
            until: AtomicI64::new((asked + TTL - MARGIN).micros()),
            lost: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            changed: Notify::new(),
        }))
    }

    #[must_use]
    pub fn lease(&self) -> LeaseRef {
        self.0.lease.clone()
    }

    /// It was kept; asked for at `asked`.
    pub fn kept(&self, asked: Time) {
        self.0
            .until
            .fetch_max((asked + TTL - MARGIN).micros(), Ordering::AcqRel);
    }

    /// Another has it, or may have it soon.
    pub fn lose(&self) {
        self.0.lost.store(true, Ordering::Release);
        self.0.changed.notify_waiters();
    }

    /// Nothing new is begun; what is under way is finished.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Release);
        self.0.changed.notify_waiters();
    }

    #[must_use]
    pub fn is_lost(&self, now: Time) -> bool {
        self.0.lost.load(Ordering::Acquire) || now.micros() >= self.0.until.load(Ordering::Acquire)
    }

    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    /// Wakes when the lease is lost or is to be given back.
    pub async fn changed(&self) {
        self.0.changed.notified().await;
    }
}

/// How many numbers this node should own: an equal share, rounded up.
#[must_use]
pub fn share(numbers: usize, nodes: usize) -> usize {
    numbers.div_ceil(nodes.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_000_000_000);

    fn hold() -> Hold {
        let lease = LeaseRef {
            name: "channel/1".into(),
            token: 1,
        };
        Hold::new(lease, NOW)
    }

    #[test]
    fn a_lease_is_lost_here_before_it_ends_there() {
        let hold = hold();
        assert!(!hold.is_lost(NOW));
        assert!(hold.is_lost(NOW + TTL - MARGIN));
        hold.kept(NOW + RENEW);
        assert!(!hold.is_lost(NOW + TTL - MARGIN));
        assert!(hold.is_lost(NOW + RENEW + TTL - MARGIN));
    }

    #[test]
    fn a_lost_lease_stays_lost() {
        let hold = hold();
        hold.lose();
        hold.kept(NOW + Span::hours(1));
        assert!(hold.is_lost(NOW));
    }

    #[test]
    fn the_share_is_equal_and_leaves_no_number_out() {
        for (numbers, nodes, expected) in [(10, 2, 5), (3, 2, 2), (1, 3, 1), (0, 2, 0), (4, 0, 4)] {
            assert_eq!(share(numbers, nodes), expected);
            assert!(share(numbers, nodes) * nodes.max(1) >= numbers);
        }
    }
}
