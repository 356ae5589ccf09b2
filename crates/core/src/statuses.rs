//! What became of a message after the provider accepted it.
//!
//! In: `StatusChanged`. Out: a fact on the message (kept with its earliest time, so that order and
//! repeats don't matter), and what the fact proves: that an unsure send was sent, that an accepted
//! one failed after all, that one reply went out twice. Statuses only move forward, by
//! [`Delivery::rank`]. Absent: prices and totals; those are views.

use crate::desk::Desk;
use crate::effect::{Effect, Ignored, Mark, SendState};
use crate::fact::{Delivery, StatusReport};
use crate::ids::{MessageId, ReplyId};
use crate::outcomes;
use crate::window;

pub(crate) fn changed(desk: &mut Desk<'_>, report: &StatusReport, reply: Option<ReplyId>) {
    if let Some(until) = report.window_until {
        window::entry_ends(&mut desk.state.window, until);
    }
    let known = desk.book.known.get(&report.wamid);
    let recent = desk.state.recent.iter();
    let reply = reply.or_else(|| known.and_then(|k| k.reply)).or_else(|| {
        let mut same = recent.filter(|r| r.wamid.as_deref() == Some(report.wamid.as_str()));
        same.next().map(|r| r.reply)
    });
    let message = reply
        .map(|reply| MessageId(reply.0))
        .or_else(|| known.map(|k| k.message));
    let Some(message) = message else {
        desk.ignore(Ignored::UnknownTarget);
        return;
    };
    desk.emit(Effect::MarkMessage {
        message,
        mark: Mark::Status {
            status: report.status.clone(),
            at: report.at,
            errors: report.errors.clone(),
            pricing: report.pricing.clone(),
        },
    });
    if let Some(reply) = reply {
        proves(desk, report, reply);
    }
}

fn proves(desk: &mut Desk<'_>, report: &StatusReport, reply: ReplyId) {
    let rank = report.status.rank();
    if rank == 0 {
        return;
    }
    let told = desk
        .state
        .recent
        .iter()
        .any(|r| r.reply == reply && r.wamid.as_deref() == Some(report.wamid.as_str()));
    let remembered = desk.state.recent.iter().any(|r| r.reply == reply);
    let in_flight = outcomes::position(desk, reply).is_some();
    if in_flight || (remembered && !told) {
        outcomes::accepted(desk, reply, Some(&report.wamid));
    }
    let code = report.errors.first().map_or(0, |e| e.code);
    let failed = report.status == Delivery::Failed;
    let Some(recent) = desk.state.recent.iter_mut().find(|r| r.reply == reply) else {
        forgotten(desk, report, reply, code);
        return;
    };
    let before = recent.rank;
    recent.rank = before.max(rank);
    let (state, answers) = (recent.state, recent.answers);
    if failed && before < rank && state == SendState::Accepted {
        recent.state = SendState::Failed;
        outcomes::failed_later(desk, reply, code, answers);
    } else if rank > Delivery::Failed.rank() && state == SendState::Failed {
        // Delivered after all: what reached the customer can't have failed.
        recent.state = SendState::Accepted;
        outcomes::move_to(desk, reply, SendState::Accepted);
    }
}

/// The state has forgotten this send: the book says how it stood.
fn forgotten(desk: &mut Desk<'_>, report: &StatusReport, reply: ReplyId, code: i64) {
    let stored = desk.book.replies.get(&reply).map(|wrote| wrote.state);
    let known = desk.book.known.get(&report.wamid).and_then(|k| k.send);
    let failed = report.status == Delivery::Failed;
    match stored.or(known) {
        Some(SendState::Accepted) if failed => outcomes::failed_later(desk, reply, code, false),
        Some(SendState::Accepted | SendState::Failed) => {}
        Some(
            SendState::Pending
            | SendState::Claimed
            | SendState::Dropped
            | SendState::Unsure
            | SendState::Unknown,
        )
        | None => outcomes::accepted(desk, reply, Some(&report.wamid)),
    }
}
