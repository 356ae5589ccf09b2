//! What happens when a timer of the conversation comes due.
//!
//! In: `TimerFired`. A timer counts only if it is the one the state has set: replaced ones, and ones
//! that fire twice, are stale. Out: the turn taken, the pause ended, people called, sends looked at
//! again. Absent: setting timers, which every room does for itself through the desk.

use crate::answers;
use crate::bounds::GHOST_CALLS_MAX;
use crate::desk::Desk;
use crate::effect::{Alert, Ignored, SendState, Why};
use crate::event::TimerReason;
use crate::outcomes;
use crate::outgoing::Outgoing;
use crate::ownership::{Human, Owner};
use crate::proof;
use crate::sending::{Voice, speak};
use crate::takeover;
use crate::time::{Span, Time};
use crate::turn;
use crate::window;

pub(crate) fn fired(desk: &mut Desk<'_>, reason: &TimerReason, due: Time) {
    if desk.state.timers.get(reason) != Some(&due) {
        desk.ignore(Ignored::StaleTimer);
        return;
    }
    desk.state.timers.remove(reason);
    if desk.at < due {
        // Never early: a clock was set back between the row and the event.
        desk.set_timer(reason.clone(), due);
        return;
    }
    match reason {
        TimerReason::Debounce => turn::take(desk),
        TimerReason::PauseEnds => pause_ends(desk),
        TimerReason::Ghost => ghost(desk),
        TimerReason::Watchdog => watchdog(desk),
        TimerReason::CallDeadline => answers::late(desk),
        TimerReason::Prove => proof::due(desk),
        TimerReason::Retry => outcomes::retry_due(desk),
        TimerReason::Resend => proof::resend_due(desk),
        TimerReason::MenuEnds => desk.state.menu = None,
        TimerReason::Progress => answers::progress_due(desk),
        TimerReason::Approval => answers::approval_late(desk),
    }
}

/// The pause is over: the assistant goes on, but only into silence.
fn pause_ends(desk: &mut Desk<'_>) {
    let Owner::Person { who, .. } = desk.state.owner.clone() else {
        return;
    };
    let idle = desk.book.channel.idle.max(desk.book.assistant.debounce);
    let quiet = desk.state.last_activity.map_or(desk.at, |last| last + idle);
    let busy = !desk.state.queue.is_empty() || on_its_way(desk);
    if quiet <= desk.at && !busy {
        takeover::to_assistant(desk, Why::PauseEnded);
        return;
    }
    let until = if quiet > desk.at {
        quiet
    } else {
        desk.at + idle.max(Span::secs(1))
    };
    let until = Some(until);
    takeover::change(desk, Owner::Person { who, until }, Why::Echo);
}

fn on_its_way(desk: &Desk<'_>) -> bool {
    desk.state.sends.iter().any(|send| {
        matches!(
            send.state,
            SendState::Pending | SendState::Claimed | SendState::Unsure
        )
    })
}

/// Handed off and nobody came: the customer is told once, people are called a few times.
fn ghost(desk: &mut Desk<'_>) {
    let Some(since) = desk.state.unanswered_since else {
        return;
    };
    match desk.state.owner {
        Owner::Assistant | Owner::Nobody => return,
        Owner::Person {
            who: Human::Phone, ..
        } => return,
        Owner::Person { .. } if on_its_way(desk) || !desk.state.queue.is_empty() => {
            // They have answered; it is on its way.
            takeover::call_people(desk);
            return;
        }
        // Whoever it was given to did not come: anybody may take it, and only then is a notice sent.
        Owner::Person { .. } => {
            let team = desk.book.assistant.handoff_team;
            takeover::to_queue(desk, team, Why::NobodyCame);
        }
        Owner::Queue { .. } => {}
    }
    let waited = desk.at - since;
    desk.alert(Alert::NobodyCame {
        waited_minutes: waited.as_micros() / Span::minutes(1).as_micros(),
    });
    desk.state.ghost_calls += 1;
    notice(desk);
    if desk.state.ghost_calls < GHOST_CALLS_MAX {
        let wait = desk.book.channel.ghost_after * (1 << desk.state.ghost_calls.min(8));
        desk.set_timer(TimerReason::Ghost, desk.at + wait);
    } else {
        desk.clear_timer(TimerReason::Ghost);
    }
}

/// The notice: free text inside the window, a template outside, and never twice for one wait.
fn notice(desk: &mut Desk<'_>) {
    if desk.state.ghost_told {
        return;
    }
    let channel = &desk.book.channel;
    let text = Outgoing::text(channel.ghost_text.clone());
    let free = window::allows(&desk.state, &text, channel.window_margin, desk.at);
    let what = if free && !channel.ghost_text.trim().is_empty() {
        Some(text)
    } else {
        let template = channel.ghost_template.clone();
        template.filter(|_| !free).map(Outgoing::Template)
    };
    if let Some(what) = what {
        desk.state.ghost_told = true;
        speak(desk, vec![what], &Voice::system());
    }
}

/// Nothing may stay unanswered with nothing under way.
fn watchdog(desk: &mut Desk<'_>) {
    let Some(since) = desk.state.unanswered_since else {
        return;
    };
    if !desk.state.owner.is_automatic() {
        return;
    }
    let again = desk.book.assistant.watch.max(Span::secs(1));
    let working = desk.state.call.is_some()
        || desk.state.proposal.is_some()
        || desk.has_timer(&TimerReason::Debounce)
        || desk.has_timer(&TimerReason::Resend)
        || !desk.state.queue.is_empty()
        || on_its_way(desk);
    if working {
        let long = desk.at - since > desk.book.channel.ghost_after;
        if long && desk.state.ghost_calls == 0 {
            // Under way, but far too long: somebody should know.
            desk.state.ghost_calls = 1;
            desk.alert(Alert::Silent);
        }
        desk.set_timer(TimerReason::Watchdog, desk.at + again);
        return;
    }
    desk.alert(Alert::Silent);
    takeover::to_people(desk, Why::Trouble);
}
