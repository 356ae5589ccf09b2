//! Leave for the engine to claim a reply in the very commit that decides it.
//!
//! In: the sender's account of its number (pace, places for posts, whether anything waits in its line).
//! Out: leave to start one message now, counted at once; or none, and then the reply goes the usual way
//! through the line. Leave that was not used gives its place back; its moment of the pace stays used,
//! which is the careful side. Absent: what a claim asks of the conversation (`engine::claim`), and the
//! gate before the first byte (`sender::gate`), which every message passes. Next:
//! [`crate::sender`].

use super::ToSender;
use ponte_core::effect::Lane;
use ponte_core::ids::ConversationId;
use ponte_core::pace::{Limits, Pace};
use ponte_core::time::{Span, Time};
use ponte_store::rows::outbox::{Claim, OutboxRow};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// A request may live this long, counted from before its claim.
pub const LIVES: Span = Span::secs(20);

/// What engine and sender of one number share: who may start, and when.
#[derive(Clone, Debug)]
pub struct Starts(Arc<Mutex<Held>>);

#[derive(Debug)]
struct Held {
    pace: Pace,
    /// Posts that may be under way with those of the engine; 0: the engine starts none.
    room: usize,
    /// Leave that was given and is neither used nor given back.
    given: usize,
    /// Conversations with a post under way.
    busy: BTreeSet<ConversationId>,
}

impl Default for Starts {
    /// Closed until the sender has begun.
    fn default() -> Starts {
        Starts(Arc::new(Mutex::new(Held {
            pace: Pace::new(Limits::new(1, false), Time::ZERO),
            room: 0,
            given: 0,
            busy: BTreeSet::new(),
        })))
    }
}

/// Leave to start one message. Dropped unused, its place is free again.
#[derive(Debug)]
pub struct Leave(Starts);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.held().given -= 1;
    }
}

/// Leave with a place on the way to the sender, so that what is claimed is surely handed over.
#[derive(Debug)]
pub struct Start {
    pub(super) place: mpsc::OwnedPermit<ToSender>,
    pub(super) leave: Leave,
}

/// A reply whose claim is durable already.
#[derive(Debug)]
pub struct Claimed {
    pub row: OutboxRow,
    pub claim: Claim,
    leave: Leave,
}

impl Start {
    /// Hands the reply over after the commit that claimed it.
    pub fn go(self, row: OutboxRow, claim: Claim) {
        let leave = self.leave;
        self.place
            .send(ToSender::Claimed(Box::new(Claimed { row, claim, leave })));
    }
}

impl Claimed {
    /// The post begins: its place is the sender's to count from now on.
    #[must_use]
    pub fn begin(self) -> (OutboxRow, Claim) {
        let mut held = self.leave.0.held();
        held.room = held.room.saturating_sub(1);
        held.busy.insert(self.row.place.conversation);
        drop(held);
        (self.row, self.claim)
    }
}

impl Starts {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A sender begins, with the pace as it knows it.
    pub fn begin(&self, pace: Pace) {
        let mut held = self.held();
        held.pace = pace;
        held.room = 0;
        held.busy.clear();
    }

    /// Looks at the pace, or counts in it.
    pub fn pace<T>(&self, with: impl FnOnce(&mut Pace) -> T) -> T {
        with(&mut self.held().pace)
    }

    /// So many posts may be begun now, those that were given leave included.
    pub fn open(&self, room: usize) {
        self.held().room = room;
    }

    /// Leave that was given and is not used yet.
    #[must_use]
    pub fn given(&self) -> usize {
        self.held().given
    }

    /// A post of this conversation is under way.
    pub fn busy(&self, conversation: ConversationId) {
        self.held().busy.insert(conversation);
    }

    /// It has ended.
    pub fn free(&self, conversation: ConversationId) {
        self.held().busy.remove(&conversation);
    }

    /// Leave to start a reply of this conversation now, counted in the pace.
    #[must_use]
    pub fn ask(&self, conversation: ConversationId, now: Time) -> Option<Leave> {
        let mut held = self.held();
        let may = held.given < held.room
            && !held.busy.contains(&conversation)
            && held
                .pace
                .next_allowed(conversation, Lane::Conversation, now)
                <= now;
        if !may {
            return None;
        }
        held.pace.sent(conversation, now);
        held.given += 1;
        Some(Leave(self.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const NOW: Time = Time(1_000_000_000);

    fn id(n: u128) -> ConversationId {
        ConversationId(Uuid::from_u128(n))
    }

    fn starts(per_second: u32, room: usize) -> Starts {
        let starts = Starts::default();
        let limits = Limits::new(per_second, false);
        starts.begin(Pace::new(limits, NOW - Span::minutes(1)));
        starts.open(room);
        starts
    }

    #[test]
    fn nothing_starts_before_the_sender_has_begun_or_while_it_keeps_closed() {
        assert!(Starts::default().ask(id(1), NOW).is_none());
        let starts = starts(20, 4);
        starts.open(0);
        assert!(starts.ask(id(1), NOW).is_none());
    }

    #[test]
    fn leave_is_bounded_by_the_places_and_comes_back_unused() {
        let starts = starts(20, 2);
        let first = starts.ask(id(1), NOW);
        let second = starts.ask(id(2), NOW);
        assert!(first.is_some() && second.is_some());
        assert!(starts.ask(id(3), NOW).is_none());
        drop(first);
        assert_eq!(starts.given(), 1);
        assert!(starts.ask(id(3), NOW).is_some());
    }

    #[test]
    fn leave_counts_in_the_pace_also_when_it_is_given_back() {
        let starts = starts(2, 10);
        drop(starts.ask(id(1), NOW));
        drop(starts.ask(id(2), NOW));
        assert!(starts.ask(id(3), NOW).is_none());
        let used = starts.pace(|pace| pace.used(NOW));
        assert_eq!(used, 2);
        assert!(starts.ask(id(3), NOW + Span::secs(2)).is_some());
    }

    #[test]
    fn a_conversation_with_a_post_under_way_starts_no_other() {
        let starts = starts(20, 4);
        starts.busy(id(1));
        assert!(starts.ask(id(1), NOW).is_none());
        assert!(starts.ask(id(2), NOW).is_some());
        starts.free(id(1));
        assert!(starts.ask(id(1), NOW).is_some());
    }
}
