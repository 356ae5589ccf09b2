//! Sends that are due or under way, their attempts, timers and calls.
//!
//! Absent: pace, retries and proofs, which are decisions of the core and the sender.
//! Next: [`crate::commit`].

use super::Place;
use ponte_core::effect::{Send, SendState, Work};
use ponte_core::event::{Outcome, TimerReason};
use ponte_core::ids::{CallId, ChannelId, ConversationId, ReplyId};
use ponte_core::time::{Span, Time};
use uuid::Uuid;

/// A row of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxRow {
    pub place: Place,
    pub send: Send,
    pub state: SendState,
    /// The attempt that was made last; 0 before the first.
    pub attempt: u32,
}

/// The right to send, asked for. Granted only if the row is pending and due, its epoch is the
/// conversation's, no journal entry of the conversation waits, the window is open (where needed),
/// marketing is not stopped and the template not switched off (where it is one), the lease of the channel is ours, and the outbox isn't frozen.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub reply: ReplyId,
    pub conversation: ConversationId,
    /// The attempt to be recorded: the row's plus one.
    pub attempt: u32,
    pub at: Time,
    /// The request must have ended by then.
    pub deadline: Time,
    pub node: Uuid,
    pub window_margin: Span,
    pub lease: LeaseRef,
}

/// A lease by its name and token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRef {
    pub name: String,
    pub token: i64,
}

/// Why a claim isn't granted. Several may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimBlock {
    /// The row doesn't exist or is in another state or attempt.
    NotPending,
    NotYet,
    Expired,
    EpochPassed,
    /// An event of the conversation waits to be applied: come back after it.
    JournalWaits,
    WindowClosed,
    /// It is marketing, and the customer has stopped marketing.
    OptedOut,
    /// The provider has paused, disabled or refused the template.
    TemplateOff,
    LeaseLost,
    Frozen,
}

/// One attempt to send.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRow {
    pub reply: ReplyId,
    pub n: u32,
    pub claimed_at: Time,
    pub deadline: Time,
    pub node: Uuid,
    pub ended_at: Option<Time>,
    pub outcome: Option<Outcome>,
}

/// A claimed send that has no outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenClaim {
    pub place: Place,
    pub reply: ReplyId,
    pub attempt: u32,
    pub claimed_at: Time,
    pub deadline: Time,
    pub node: Uuid,
}

#[derive(Clone, Debug, PartialEq)]
pub struct TimerRow {
    pub place: Place,
    pub reason: TimerReason,
    pub due: Time,
}

/// Slow work that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRow {
    pub place: Place,
    pub call: CallId,
    pub epoch: u64,
    pub deadline: Time,
    pub work: Work,
    /// Times it was taken up, this one included.
    pub attempts: u32,
}

/// What becomes due next on a channel, so that nobody polls for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextDue {
    pub send: Option<Time>,
    pub timer: Option<Time>,
}

/// The name of the lease that owns a channel.
#[must_use]
pub fn channel_lease(channel: ChannelId) -> String {
    format!("channel/{}", channel.0.simple())
}
