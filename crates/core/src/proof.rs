//! What becomes of a send of which nobody knows whether it arrived.
//!
//! In: the timer of proof, the provider's list, weak absence, a person's word. Out: accepted, to be
//! sent again (only when proven absent), or unknown and shown to a person — never a blind second
//! copy. Proof by answer, status, quote or echo comes in through [`crate::outcomes::accepted`].

use crate::bounds::{LISTING_WITHIN, RESEND_AFTER, RETRIES_MAX};
use crate::desk::Desk;
use crate::effect::{Alert, Class, Effect, Ignored, SendState, Why, Work};
use crate::event::Found;
use crate::ids::ReplyId;
use crate::outcomes::{accepted, again, failed, move_to, position};
use crate::sending::{address, owed, rearm, withdraw_group};
use crate::takeover::{self, by_person, remember};
use crate::time::Time;

/// How much earlier than the unsure end the request may have been accepted.
const LISTED_FROM: crate::time::Span = crate::time::Span::secs(60);

/// The time of proof has passed for some unsure send.
pub(crate) fn due(desk: &mut Desk<'_>) {
    let at = desk.at;
    while let Some(i) = ripe(desk, SendState::Unsure, at) {
        let listed = desk.state.sends.get(i).is_none_or(|send| send.listed);
        if desk.book.channel.trust_history && !listed {
            ask_listing(desk, i);
        } else {
            unknown(desk, i);
        }
    }
    rearm(desk);
}

fn ripe(desk: &Desk<'_>, state: SendState, at: Time) -> Option<usize> {
    desk.state
        .sends
        .iter()
        .position(|send| send.state == state && send.wake.is_some_and(|wake| wake <= at))
}

fn ask_listing(desk: &mut Desk<'_>, i: usize) {
    let at = desk.at;
    let to = address(desk);
    let call = desk.call_id();
    let epoch = desk.state.epoch;
    let Some(send) = desk.state.sends.get_mut(i) else {
        return;
    };
    send.listed = true;
    send.wake = Some(at + LISTING_WITHIN);
    let work = Work::History {
        reply: send.reply,
        attempt: send.attempt,
        to,
        from: send.since - LISTED_FROM,
    };
    desk.emit(Effect::Call {
        call,
        epoch,
        deadline: at + LISTING_WITHIN,
        work,
    });
}

/// The provider's list was read.
pub(crate) fn listed(desk: &mut Desk<'_>, reply: ReplyId, attempt: u32, found: &Found) {
    if let Found::Sent { wamid } = found {
        accepted(desk, reply, Some(wamid));
        return;
    }
    let Some(i) = position(desk, reply) else {
        desk.ignore(Ignored::NothingToSettle);
        return;
    };
    let current = desk
        .state
        .sends
        .get(i)
        .is_some_and(|s| s.state == SendState::Unsure && s.attempt == attempt && s.listed);
    if !current {
        desk.ignore(Ignored::LateEvidence);
    } else if matches!(found, Found::Absent) && desk.book.channel.trust_history {
        absent(desk, i);
    } else {
        unknown(desk, i);
    }
    rearm(desk);
}

/// Proven absent: it may be sent again, a limited number of times.
fn absent(desk: &mut Desk<'_>, i: usize) {
    let Some(send) = desk.state.sends.get_mut(i) else {
        return;
    };
    send.tries += 1;
    if send.tries > RETRIES_MAX {
        failed(desk, i, 0);
    } else {
        again(desk, i);
    }
}

/// Nothing could be proven: a person decides, or — where switched on, for chat replies — the weak
/// proof of absence is awaited.
fn unknown(desk: &mut Desk<'_>, i: usize) {
    let at = desk.at;
    let may_resend = desk.book.channel.resend_unproven;
    let epoch = desk.state.epoch;
    let Some(send) = desk.state.sends.get_mut(i) else {
        return;
    };
    send.state = SendState::Unknown;
    let waits = may_resend && send.class == Class::Reply && send.epoch == epoch;
    send.wake = waits.then(|| at + RESEND_AFTER);
    let (reply, group, answers) = (send.reply, send.group, send.answers);
    let present = send.epoch == epoch || by_person(&send.provenance);
    move_to(desk, reply, SendState::Unknown);
    desk.alert(Alert::UnknownSend { reply });
    withdraw_group(
        desk,
        group,
        "nobody knows whether the part before it arrived",
    );
    if present && !waits {
        owed(desk, answers);
        takeover::to_people(desk, Why::Trouble);
    }
}

/// Weak proof of absence has ripened: ten minutes without a status, though later sends have theirs,
/// and the conversation has not gone on meanwhile.
pub(crate) fn resend_due(desk: &mut Desk<'_>) {
    let at = desk.at;
    while let Some(i) = ripe(desk, SendState::Unknown, at) {
        let Some(send) = desk.state.sends.get_mut(i) else {
            break;
        };
        send.wake = None;
        let (since, answers, epoch) = (send.since, send.answers, send.epoch);
        let caught_up = desk.book.statuses_until.is_some_and(|until| until > since);
        let went_on = !desk.state.queue.is_empty()
            || desk.state.sends.len() > i + 1
            || desk.state.recent.iter().any(|r| r.at > since);
        if desk.book.channel.resend_unproven && caught_up && !went_on && epoch == desk.state.epoch {
            again(desk, i);
        } else if epoch == desk.state.epoch {
            owed(desk, answers);
            takeover::to_people(desk, Why::Trouble);
        }
    }
    rearm(desk);
}

/// A person saw what became of it.
pub(crate) fn settle(desk: &mut Desk<'_>, reply: ReplyId, arrived: bool) {
    let unsettled = position(desk, reply).filter(|&i| {
        desk.state
            .sends
            .get(i)
            .is_some_and(|s| matches!(s.state, SendState::Unknown | SendState::Unsure))
    });
    let stored = desk.book.replies.get(&reply).map(|wrote| wrote.state);
    match (unsettled, stored) {
        (Some(_), _) if arrived => accepted(desk, reply, None),
        (Some(i), _) => {
            let send = desk.state.sends.remove(i);
            move_to(desk, reply, SendState::Failed);
            remember(desk, &send, SendState::Failed, None);
            owed(desk, send.answers);
            rearm(desk);
        }
        (None, Some(SendState::Unknown)) if arrived => move_to(desk, reply, SendState::Accepted),
        (None, Some(SendState::Unknown)) => move_to(desk, reply, SendState::Failed),
        (None, _) => desk.ignore(Ignored::NothingToSettle),
    }
}
