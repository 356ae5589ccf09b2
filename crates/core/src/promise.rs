//! The promise "never silent", as something that can be checked on any state.
//!
//! In: a state and the time. Out: whether everything the customer waits for is under way, in
//! somebody's hands with a timer behind it, or has been escalated. The step's tail keeps it; tests
//! and the bench check it after every event; the server may check it on what it loads.

use crate::bounds::GHOST_CALLS_MAX;
use crate::effect::SendState;
use crate::event::TimerReason;
use crate::ownership::{Human, Owner};
use crate::state::State;
use crate::time::{Span, Time};
use crate::turn;

/// A timer this long overdue was lost: somebody should have fired it.
const OVERDUE: Span = Span::hours(1);

/// How the promise is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The customer waits, and nothing will happen.
    NothingScheduled,
    /// What was to happen should have happened long ago.
    Overdue,
    /// The assistant owns a question that nobody is working on.
    TurnForgotten,
    /// Drafts wait, and nothing is on its way that would let them go.
    QueueStuck,
}

/// Whether the promise holds.
///
/// # Errors
/// Says how it is broken; that is a defect of ours.
pub fn kept(state: &State, at: Time) -> Result<(), Broken> {
    let settling = state.sends.iter().any(|send| {
        matches!(
            send.state,
            SendState::Pending | SendState::Claimed | SendState::Unsure
        )
    });
    if !state.queue.is_empty() && !settling {
        return Err(Broken::QueueStuck);
    }
    let waiting = turn::pending(&state.turn) && state.call.is_none() && state.proposal.is_none();
    if state.owner == Owner::Assistant && waiting && !set(state, &TimerReason::Debounce) {
        return Err(Broken::TurnForgotten);
    }
    if state.unanswered_since.is_none() {
        return Ok(());
    }
    let reasons: &[TimerReason] = match &state.owner {
        Owner::Assistant | Owner::Nobody => &[TimerReason::Watchdog],
        Owner::Person {
            who: Human::Phone, ..
        } => &[TimerReason::PauseEnds],
        Owner::Person { .. } => &[TimerReason::Ghost, TimerReason::PauseEnds],
        Owner::Queue { .. } => &[TimerReason::Ghost],
    };
    let due = reasons.iter().filter_map(|r| state.timers.get(r)).max();
    match due {
        Some(due) if at - *due > OVERDUE => Err(Broken::Overdue),
        Some(_) => Ok(()),
        None if !state.owner.is_automatic() && state.ghost_calls >= GHOST_CALLS_MAX => Ok(()),
        None => Err(Broken::NothingScheduled),
    }
}

fn set(state: &State, reason: &TimerReason) -> bool {
    state.timers.contains_key(reason)
}
