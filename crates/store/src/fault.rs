//! Faults on demand, for tests and the seeded world: the n-th commit from now fails in a named way.
//!
//! In: [`crate::Store::inject`]. Without faults this costs one atomic load per commit. Absent: faults
//! of readers, and anything random (the seed is the caller's).

use crate::val::{Stmt, vals};
use ponte_core::ids::{CallId, ChannelId, ConversationId, WorkspaceId};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What happens to one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The disk is full: nothing stored, the next commit may work.
    Full,
    /// The disk fails: nothing stored, and every later call fails too.
    Io,
    /// It takes this long before it begins.
    Delay(Duration),
    /// Stored, but the caller learns only that nobody knows.
    UnsureStored,
    /// Not stored, and the caller learns only that nobody knows.
    UnsureLost,
    /// The process dies before it: not stored, nothing works until [`crate::Store::revive`].
    CrashBefore,
    /// The process dies after it: stored, the caller never learns, nothing works until revived.
    CrashAfter,
}

/// The faults that wait for their commit.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    any: AtomicBool,
    plan: Mutex<Vec<(u64, Fault)>>,
}

impl Faults {
    /// `nth` counts from 1: the next commit.
    pub(crate) fn add(&self, nth: u64, fault: Fault) {
        let mut plan = self
            .plan
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        plan.push((nth.max(1), fault));
        self.any.store(true, Ordering::Release);
    }

    pub(crate) fn clear(&self) {
        self.plan
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clear();
        self.any.store(false, Ordering::Release);
    }

    /// Counts one commit and gives the fault that was waiting for it.
    pub(crate) fn next(&self) -> Option<Fault> {
        if !self.any.load(Ordering::Acquire) {
            return None;
        }
        let mut plan = self
            .plan
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut due = None;
        plan.retain_mut(|(nth, fault)| {
            *nth -= 1;
            if *nth == 0 && due.is_none() {
                due = Some(*fault);
            }
            *nth > 0
        });
        self.any.store(!plan.is_empty(), Ordering::Release);
        due
    }
}

/// A row that is damaged on purpose.
#[derive(Clone, Copy, Debug)]
pub enum Spoiled {
    /// A journal entry's body.
    Entry(i64),
    /// A conversation's state.
    State(ConversationId),
    /// The words of a conversation's timers.
    Timers(ConversationId),
    /// A call's work.
    Call(CallId),
    /// A channel's settings.
    Settings(ChannelId),
    /// A workspace's settings.
    Workspace(WorkspaceId),
    /// A delivery's raw row is gone.
    Delivery(i64),
}

impl Spoiled {
    pub(crate) fn stmt(self) -> Stmt {
        match self {
            Spoiled::Entry(seq) => Stmt::read(
                "UPDATE journal SET body = '{' WHERE seq = $1 RETURNING seq",
                vals![seq],
            ),
            Spoiled::State(id) => Stmt::read(
                "UPDATE conversations SET state = '{' WHERE id = $1 RETURNING id",
                vals![id],
            ),
            Spoiled::Timers(id) => Stmt::read(
                "UPDATE timers SET reason = '?' WHERE conversation = $1 RETURNING due",
                vals![id],
            ),
            Spoiled::Call(id) => Stmt::read(
                "UPDATE calls SET work = '{\"work\":\"of tomorrow\"}' WHERE id = $1 RETURNING id",
                vals![id],
            ),
            Spoiled::Settings(id) => Stmt::read(
                "UPDATE channels SET settings = '{' WHERE id = $1 RETURNING id",
                vals![id],
            ),
            Spoiled::Workspace(id) => Stmt::read(
                "UPDATE workspaces SET settings = '{' WHERE id = $1 RETURNING id",
                vals![id],
            ),
            Spoiled::Delivery(id) => Stmt::read(
                "DELETE FROM deliveries WHERE id = $1 RETURNING id",
                vals![id],
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_for_its_commit_and_happens_once() {
        let faults = Faults::default();
        assert_eq!(faults.next(), None);
        faults.add(2, Fault::Full);
        faults.add(3, Fault::Io);
        assert_eq!(faults.next(), None);
        assert_eq!(faults.next(), Some(Fault::Full));
        assert_eq!(faults.next(), Some(Fault::Io));
        assert_eq!(faults.next(), None);
    }
}
