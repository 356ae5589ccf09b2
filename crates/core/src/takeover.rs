//! Changes of owner: the one place where the epoch grows.
//!
//! What was written by a machine under the older epoch is dropped here, in the same step, so that
//! nothing of it can be claimed any more; a person's own words are carried over unless another
//! person took the conversation out of their hands. Timers follow the owner: a pause ends, a queue
//! has its ghost, an assistant goes on with what is unanswered. Absent: why an owner changes; that
//! is decided by the rooms that call.

use crate::answers;
use crate::bounds::{GHOST_CALLS_MAX, RECENT_MAX};
use crate::desk::Desk;
use crate::effect::{Alert, Effect, SendState, Why};
use crate::event::TimerReason;
use crate::hours;
use crate::ids::TeamId;
use crate::ownership::{Human, Owner, Provenance};
use crate::sending;
use crate::state::{InFlight, Recent, Turn};
use crate::time::Time;
use crate::turn;

/// Makes `to` the owner. A change to the same owner (another end of the pause, say) keeps the epoch.
pub(crate) fn change(desk: &mut Desk<'_>, to: Owner, why: Why) {
    if same(&desk.state.owner, &to) {
        desk.state.owner = to;
        follow(desk);
        return;
    }
    replace(desk, to, why);
}

/// Nobody owns it any more, whoever did: nothing that was written for it may leave.
pub(crate) fn leave(desk: &mut Desk<'_>, why: Why) {
    replace(desk, Owner::Nobody, why);
}

fn replace(desk: &mut Desk<'_>, to: Owner, why: Why) {
    let from = std::mem::replace(&mut desk.state.owner, to.clone());
    desk.state.epoch += 1;
    let epoch = desk.state.epoch;
    // Whoever has it now is called as often as anybody.
    desk.state.ghost_calls = 0;
    let carry = !matches!(
        why,
        Why::Echo | Why::AgentSent | Why::AgentTook | Why::Merged
    );
    desk.emit(Effect::OwnerChanged {
        from,
        to,
        epoch,
        why,
    });
    drop_call(desk);
    answers::drop_proposal(desk);
    close_menu(desk);
    fence(desk, carry);
    follow(desk);
}

fn same(now: &Owner, to: &Owner) -> bool {
    match (now, to) {
        (Owner::Person { who: now, .. }, Owner::Person { who: to, .. }) => now == to,
        (Owner::Queue { team: now, .. }, Owner::Queue { team: to, .. }) => now == to,
        (Owner::Assistant, Owner::Assistant) | (Owner::Nobody, Owner::Nobody) => true,
        _ => false,
    }
}

/// To people, whoever is free.
pub(crate) fn to_queue(desk: &mut Desk<'_>, team: Option<TeamId>, why: Why) {
    let since = match &desk.state.owner {
        Owner::Queue { since, .. } => *since,
        Owner::Assistant | Owner::Person { .. } | Owner::Nobody => desk.at,
    };
    change(desk, Owner::Queue { team, since }, why);
}

/// Something went wrong with an automatic answer: people take it, unless they have it already.
pub(crate) fn to_people(desk: &mut Desk<'_>, why: Why) {
    if desk.state.owner.is_automatic() {
        let team = desk.book.assistant.handoff_team;
        to_queue(desk, team, why);
    } else {
        call_people(desk);
    }
}

/// Back to the assistant, or to the queue when it is switched off.
pub(crate) fn to_assistant(desk: &mut Desk<'_>, why: Why) {
    desk.state.loops = 0;
    if desk.book.assistant.enabled {
        change(desk, Owner::Assistant, why);
    } else {
        to_queue(desk, desk.book.assistant.handoff_team, why);
    }
}

/// A person has shown themselves: two machines are not talking to each other.
pub(crate) fn human_sign(desk: &mut Desk<'_>) {
    desk.state.loops = 0;
}

/// The customer wants an answer. Where people were called as often as they are and nobody came, new
/// words are a new wait: they are called again, and the customer is told again.
pub(crate) fn waits(desk: &mut Desk<'_>) {
    let at = desk.at;
    desk.state.unanswered_since.get_or_insert(at);
    if desk.state.ghost_calls >= GHOST_CALLS_MAX && !desk.state.owner.is_automatic() {
        desk.state.ghost_calls = 0;
        desk.state.ghost_told = false;
    }
}

/// The customer has been answered (or nothing is owed): no ghost, no watchdog.
pub(crate) fn settled(desk: &mut Desk<'_>) {
    desk.state.unanswered_since = None;
    desk.state.ghost_told = false;
    desk.state.ghost_calls = 0;
    desk.clear_timer(TimerReason::Ghost);
    desk.clear_timer(TimerReason::Watchdog);
}

/// A person answered by hand: everything said so far is taken up.
pub(crate) fn taken_up(desk: &mut Desk<'_>) {
    desk.state.turn = Turn::default();
    desk.clear_timer(TimerReason::Debounce);
}

pub(crate) fn drop_call(desk: &mut Desk<'_>) {
    if let Some(awaited) = desk.state.call.take() {
        desk.emit(Effect::DropCall { call: awaited.call });
        desk.clear_timer(TimerReason::CallDeadline);
        desk.clear_timer(TimerReason::Progress);
    }
}

pub(crate) fn close_menu(desk: &mut Desk<'_>) {
    desk.state.menu = None;
    desk.clear_timer(TimerReason::MenuEnds);
}

/// Sets the timer after which people are called for a customer who waits for them.
pub(crate) fn call_people(desk: &mut Desk<'_>) {
    let waits = match &desk.state.owner {
        Owner::Queue { .. } => true,
        Owner::Person {
            who: Human::Agent { .. },
            ..
        } => desk.state.unanswered_since.is_some(),
        Owner::Assistant | Owner::Person { .. } | Owner::Nobody => false,
    };
    if waits && !desk.has_timer(&TimerReason::Ghost) && desk.state.ghost_calls < GHOST_CALLS_MAX {
        let due = working(desk, desk.at) + desk.book.channel.ghost_after;
        desk.set_timer(TimerReason::Ghost, due);
    }
}

/// Nobody is missed while the business is closed: the wait counts from opening.
fn working(desk: &Desk<'_>, at: Time) -> Time {
    match &desk.book.assistant.hours {
        Some(open) if !hours::is_open(open, &desk.book.channel.zone, at) => {
            hours::next_open(open, &desk.book.channel.zone, at).unwrap_or(at)
        }
        Some(_) | None => at,
    }
}

/// Timers and the turn follow the owner.
fn follow(desk: &mut Desk<'_>) {
    match desk.state.owner.clone() {
        Owner::Assistant => {
            desk.clear_timer(TimerReason::PauseEnds);
            desk.clear_timer(TimerReason::Ghost);
            turn::arm(desk);
        }
        Owner::Person { who, until } => {
            desk.clear_timer(TimerReason::Debounce);
            match until {
                Some(until) => desk.set_timer(TimerReason::PauseEnds, until),
                None => desk.clear_timer(TimerReason::PauseEnds),
            }
            match who {
                Human::Agent { .. } => call_people(desk),
                Human::Phone => desk.clear_timer(TimerReason::Ghost),
            }
        }
        Owner::Queue { .. } => {
            desk.clear_timer(TimerReason::Debounce);
            desk.clear_timer(TimerReason::PauseEnds);
            call_people(desk);
        }
        Owner::Nobody => {
            taken_up(desk);
            forget(desk);
            desk.clear_timer(TimerReason::PauseEnds);
            settled(desk);
        }
    }
}

/// What was remembered for this talk alone ends with it.
fn forget(desk: &mut Desk<'_>) {
    desk.state.assistant = None;
    desk.state.brief = serde_json::Value::Null;
    desk.state.variables.clear();
}

/// Drops what machines wrote under the former owner, and carries or drops what people wrote.
fn fence(desk: &mut Desk<'_>, carry: bool) {
    let epoch = desk.state.epoch;
    for mut draft in std::mem::take(&mut desk.state.queue) {
        if carry && by_person(&draft.provenance) {
            draft.epoch = epoch;
            desk.state.queue.push_back(draft);
        } else {
            let human = by_person(&draft.provenance);
            dropped(desk, draft.reply, human);
        }
    }
    for mut send in std::mem::take(&mut desk.state.sends) {
        match send.state {
            SendState::Pending | SendState::Claimed if carry && by_person(&send.provenance) => {
                send.epoch = epoch;
                desk.emit(Effect::CarrySend {
                    reply: send.reply,
                    epoch,
                });
                desk.state.sends.push(send);
            }
            SendState::Pending | SendState::Claimed => {
                let human = by_person(&send.provenance);
                dropped(desk, send.reply, human);
                remember(desk, &send, SendState::Dropped, None);
            }
            SendState::Unsure => {
                if !carry && !by_person(&send.provenance) {
                    desk.alert(Alert::Collision { reply: send.reply });
                }
                desk.state.sends.push(send);
            }
            SendState::Unknown | SendState::Accepted | SendState::Failed | SendState::Dropped => {
                desk.state.sends.push(send)
            }
        }
    }
    sending::rearm(desk);
}

fn dropped(desk: &mut Desk<'_>, reply: crate::ids::ReplyId, shown: bool) {
    desk.emit(Effect::MoveSend {
        reply,
        to: SendState::Dropped,
    });
    if shown {
        desk.alert(Alert::SendDropped {
            reply,
            why: "somebody else took the conversation over".into(),
        });
    }
}

pub(crate) fn by_person(provenance: &Provenance) -> bool {
    matches!(provenance, Provenance::Agent { .. } | Provenance::PhoneApp)
}

/// Remembers a send that is over, for late evidence.
pub(crate) fn remember(
    desk: &mut Desk<'_>,
    send: &InFlight,
    state: SendState,
    wamid: Option<String>,
) {
    while desk.state.recent.len() >= RECENT_MAX {
        desk.state.recent.pop_front();
    }
    desk.state.recent.push_back(Recent {
        reply: send.reply,
        state,
        wamid,
        print: send.print,
        at: desk.at,
        rank: 0,
        answers: send.answers,
        doubled: false,
        by_look: None,
    });
}
