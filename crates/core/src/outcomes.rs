//! How sends end: accepted, proven absent, refused, unsure, refused before the claim.
//!
//! In: `SendEnded` and `SendRefused`. Out: the row's next state, retries with growing waits,
//! and — when nothing more can be done by a machine — people. Late evidence always wins: an attempt
//! that turns out accepted settles the reply whatever was thought of it. The meaning of codes is in
//! [`crate::errors`]; what becomes of an unsure send is in [`crate::proof`].

use crate::bounds::{PROVE_AFTER, RETRIES_MAX, RETRY_WAIT_MAX};
use crate::desk::Desk;
use crate::echoed;
use crate::effect::{Alert, Class, Effect, Ignored, Lane, Mark, SendState, Why};
use crate::errors::{self, Retry};
use crate::event::{Outcome, Refusal};
use crate::ids::{MessageId, ReplyId};
use crate::outgoing::Outgoing;
use crate::ownership::{Owner, Provenance};
use crate::readable::print;
use crate::sending::{self, owed, rearm, withdraw_group};
use crate::state::InFlight;
use crate::takeover::{self, by_person, remember};
use crate::time::Span;
use crate::window;

const WINDOW_CLOSED: i64 = 131_047;
const PAIR_LIMIT_TRIES: u32 = 5;

/// A claimed send came to an end.
pub(crate) fn ended(desk: &mut Desk<'_>, reply: ReplyId, attempt: u32, outcome: &Outcome) {
    if let Outcome::Accepted { wamid, .. } = outcome {
        accepted(desk, reply, Some(wamid));
        return;
    }
    let Some(i) = position(desk, reply) else {
        ended_after_all(desk, reply, attempt, outcome);
        return;
    };
    let Some(send) = desk.state.sends.get_mut(i) else {
        return;
    };
    let open = matches!(send.state, SendState::Pending | SendState::Claimed) && send.wake.is_none();
    if attempt < send.attempt || !open {
        desk.ignore(Ignored::LateEvidence);
        return;
    }
    send.attempt = attempt;
    match outcome {
        Outcome::Accepted { .. } => {}
        Outcome::NotSent { .. } => retry(desk, i, None, Retry::Backoff),
        Outcome::Refused { code, subcode, .. } => {
            let rule = errors::lookup(*code, *subcode);
            if rule.code == WINDOW_CLOSED {
                window::refused(&mut desk.state.window, desk.at);
            }
            retry(desk, i, Some(rule.code), rule.retry);
        }
        Outcome::Unsure { .. } => unsure(desk, i),
    }
}

/// Evidence that the reply was sent: by an answer, a status, a quote, an echo or a listing.
pub(crate) fn accepted(desk: &mut Desk<'_>, reply: ReplyId, wamid: Option<&str>) {
    match position(desk, reply) {
        Some(i) => {
            let send = desk.state.sends.remove(i);
            move_to(desk, reply, SendState::Accepted);
            mark_wamid(desk, reply, wamid);
            remember(desk, &send, SendState::Accepted, wamid.map(Into::into));
            window::answered(&mut desk.state.window, desk.at);
            // Of an older ownership it still answers, if the customer has asked for nothing since.
            let quiet = desk.state.heard.is_none_or(|heard| heard <= send.placed);
            if send.epoch == desk.state.epoch || by_person(&send.provenance) || quiet {
                answered(desk, &send);
            }
            rearm(desk);
        }
        None => accepted_after_all(desk, reply, wamid),
    }
}

/// The same for a send that the state had done with.
fn accepted_after_all(desk: &mut Desk<'_>, reply: ReplyId, wamid: Option<&str>) {
    let known = desk.book.replies.get(&reply).map(|wrote| wrote.state);
    let at = desk.at;
    let recent = desk.state.recent.iter_mut().find(|r| r.reply == reply);
    let Some(recent) = recent else {
        if known == Some(SendState::Accepted) {
            desk.ignore(Ignored::LateEvidence);
        } else {
            move_to(desk, reply, SendState::Accepted);
            mark_wamid(desk, reply, wamid);
        }
        return;
    };
    let doubled = matches!((&recent.wamid, wamid), (Some(a), Some(b)) if a != b);
    let before = recent.state;
    if doubled && recent.by_look.is_some() {
        echoed::mistaken(desk, reply, wamid);
        return;
    }
    if doubled {
        let told = std::mem::replace(&mut recent.doubled, true);
        if told {
            desk.ignore(Ignored::LateEvidence);
        } else {
            desk.alert(Alert::Duplicated { reply });
        }
        return;
    }
    if wamid.is_some() {
        recent.by_look = None;
    }
    let first_wamid = recent.wamid.is_none() && wamid.is_some();
    if first_wamid {
        recent.wamid = wamid.map(Into::into);
    }
    // A `failed` status is later word than the acceptance: the message stays failed.
    let failed_later = recent.state == SendState::Failed && recent.rank > 0;
    if before != SendState::Accepted && !failed_later {
        recent.state = SendState::Accepted;
        recent.at = at;
        move_to(desk, reply, SendState::Accepted);
        if before == SendState::Dropped {
            desk.alert(Alert::Collision { reply });
        }
        window::answered(&mut desk.state.window, at);
    } else if !first_wamid {
        desk.ignore(Ignored::LateEvidence);
    }
    if first_wamid {
        mark_wamid(desk, reply, wamid);
    }
}

/// An end other than acceptance for a send that the state had done with: it was claimed just before
/// it was dropped.
fn ended_after_all(desk: &mut Desk<'_>, reply: ReplyId, attempt: u32, outcome: &Outcome) {
    let recent = desk.state.recent.iter_mut().find(|r| r.reply == reply);
    let absent = !matches!(outcome, Outcome::Unsure { .. });
    if let Some(recent) = recent
        && recent.by_look.is_some()
        && absent
    {
        // The echo that was taken for its proof was a person's.
        recent.state = SendState::Dropped;
        move_to(desk, reply, SendState::Dropped);
        echoed::mistaken(desk, reply, None);
        return;
    }
    let recent = desk.state.recent.iter().find(|r| r.reply == reply);
    if recent.map(|r| r.state) != Some(SendState::Dropped) {
        desk.ignore(Ignored::LateEvidence);
        return;
    }
    if absent {
        move_to(desk, reply, SendState::Dropped);
        return;
    }
    desk.state.recent.retain(|r| r.reply != reply);
    let wrote = desk.book.replies.get(&reply);
    let what = wrote.map_or_else(|| Outgoing::text(""), |wrote| wrote.what.clone());
    let provenance = wrote.map_or(Provenance::System, |wrote| wrote.provenance.clone());
    desk.state.sends.push(InFlight {
        reply,
        state: SendState::Claimed,
        // Of no present ownership: it can be proven, and never sent again by a machine.
        epoch: 0,
        attempt,
        lane: Lane::Conversation,
        class: Class::Never,
        provenance,
        group: reply,
        print: print(what.words()),
        since: desk.at,
        placed: desk.at,
        tries: 0,
        what,
        quotes: None,
        wake: None,
        answers: false,
        listed: false,
    });
    desk.alert(Alert::Collision { reply });
    unsure(desk, desk.state.sends.len() - 1);
}

/// The customer has this answer. They are still owed one for what they wrote meanwhile.
fn answered(desk: &mut Desk<'_>, send: &InFlight) {
    if !send.answers {
        return;
    }
    let more = desk
        .state
        .queue
        .iter()
        .any(|draft| draft.answers && draft.group == send.group);
    if more {
        return;
    }
    if desk.state.turn.texts.is_empty() && desk.state.call.is_none() {
        takeover::settled(desk);
    } else {
        desk.state.unanswered_since = desk.state.turn.since.or(desk.state.unanswered_since);
    }
}

/// A send that provably did not happen: again later, or never.
fn retry(desk: &mut Desk<'_>, i: usize, code: Option<i64>, rule: Retry) {
    let at = desk.at;
    let Some(send) = desk.state.sends.get_mut(i) else {
        return;
    };
    send.state = SendState::Claimed;
    let tries = send.tries;
    let doubling = Span::secs(1 << tries.min(9));
    let (wait, most) = match rule {
        Retry::No | Retry::NextDay => (None, 0),
        Retry::Backoff => (Some(doubling), RETRIES_MAX),
        Retry::After(secs) => (Some(Span::secs(i64::from(secs))), RETRIES_MAX),
        Retry::Pair4k => (Some(Span::secs(4 << (2 * tries.min(8)))), PAIR_LIMIT_TRIES),
        // Held until somebody has put it right; the window's end is the limit.
        Retry::WhenFixed => (Some(RETRY_WAIT_MAX), u32::MAX),
    };
    let held = matches!(rule, Retry::WhenFixed);
    match wait {
        Some(wait) if tries < most => {
            let cap = if matches!(rule, Retry::Pair4k) {
                Span::hours(1)
            } else {
                RETRY_WAIT_MAX
            };
            send.tries = tries.saturating_add(1);
            send.wake = Some(at + wait.min(cap));
            let reply = send.reply;
            if held && tries == 0 {
                desk.alert(Alert::SendFailed {
                    reply,
                    code: code.unwrap_or(0),
                });
            }
            rearm(desk);
        }
        Some(_) | None => failed(desk, i, code.unwrap_or(0)),
    }
}

/// Refused for good: shown, the parts behind it withdrawn, and a person takes it.
pub(crate) fn failed(desk: &mut Desk<'_>, i: usize, code: i64) {
    let send = desk.state.sends.remove(i);
    move_to(desk, send.reply, SendState::Failed);
    remember(desk, &send, SendState::Failed, None);
    given_up(desk, &send, code);
}

/// What follows a failure, whenever it became known.
fn given_up(desk: &mut Desk<'_>, send: &InFlight, code: i64) {
    desk.alert(Alert::SendFailed {
        reply: send.reply,
        code,
    });
    withdraw_group(desk, send.group, "an earlier part did not go");
    owed(desk, send.answers);
    rearm(desk);
    if send.epoch == desk.state.epoch || by_person(&send.provenance) {
        takeover::to_people(desk, Why::Trouble);
    }
}

fn unsure(desk: &mut Desk<'_>, i: usize) {
    let at = desk.at;
    let epoch = desk.state.epoch;
    let Some(send) = desk.state.sends.get_mut(i) else {
        return;
    };
    send.state = SendState::Unsure;
    send.since = at;
    send.wake = Some(at + PROVE_AFTER);
    send.listed = false;
    let reply = send.reply;
    let collided = send.epoch != epoch && send.epoch != 0 && !by_person(&send.provenance);
    move_to(desk, reply, SendState::Unsure);
    if collided {
        desk.alert(Alert::Collision { reply });
    }
    rearm(desk);
}

/// The timer of retries: the send may be claimed again, if it still may be sent at all.
pub(crate) fn retry_due(desk: &mut Desk<'_>) {
    let at = desk.at;
    let due = desk
        .state
        .sends
        .iter()
        .position(|s| s.state == SendState::Claimed && s.wake.is_some_and(|wake| wake <= at));
    if let Some(i) = due {
        again(desk, i);
    }
    rearm(desk);
}

/// Makes a send that provably did not happen claimable again, or takes it back.
pub(crate) fn again(desk: &mut Desk<'_>, i: usize) {
    let margin = desk.book.channel.window_margin;
    let Some(send) = desk.state.sends.get(i) else {
        return;
    };
    let passed = send.epoch != desk.state.epoch;
    let open = window::allows(&desk.state, &send.what, margin, desk.at);
    let busy = desk
        .state
        .sends
        .iter()
        .enumerate()
        .any(|(j, s)| j != i && matches!(s.state, SendState::Pending | SendState::Claimed));
    if passed || !open || busy {
        let send = desk.state.sends.remove(i);
        let why = if open {
            "the conversation went on without it"
        } else {
            "the 24-hour window is closed"
        };
        dropped(desk, &send, why);
        return;
    }
    let Some(send) = desk.state.sends.get_mut(i) else {
        return;
    };
    send.state = SendState::Pending;
    send.wake = None;
    send.attempt += 1;
    let reply = send.reply;
    move_to(desk, reply, SendState::Pending);
}

/// Takes a send back that never left, and sees to it that somebody answers.
fn dropped(desk: &mut Desk<'_>, send: &InFlight, why: &str) {
    sending::withdraw(desk, send.reply, why);
    // It is certain that it isn't there: an echo of the same words is a person's.
    let absent = InFlight {
        print: 0,
        ..send.clone()
    };
    remember(desk, &absent, SendState::Dropped, None);
    withdraw_group(desk, send.group, why);
    let present = send.epoch == desk.state.epoch;
    if present || by_person(&send.provenance) {
        owed(desk, send.answers);
        takeover::to_people(desk, Why::Trouble);
    }
}

/// The claim was refused for good.
pub(crate) fn refused(desk: &mut Desk<'_>, reply: ReplyId, why: &Refusal) {
    let Some(i) = position(desk, reply) else {
        desk.ignore(Ignored::LateEvidence);
        return;
    };
    let send = desk.state.sends.remove(i);
    if *why == Refusal::WindowClosed {
        window::refused(&mut desk.state.window, desk.at);
    }
    let text = match why {
        Refusal::EpochPassed => "the owner changed",
        Refusal::WindowClosed => "the 24-hour window is closed",
        Refusal::OptedOut => "the customer has opted out",
        Refusal::TemplateOff => "the provider has switched the template off",
        Refusal::Expired => "its time has passed",
        Refusal::ChannelRemoved => "the number is not connected",
        Refusal::ChannelSuspended => "the number is cut off",
    };
    dropped(desk, &send, text);
    rearm(desk);
}

/// A status says that a message which had been accepted did fail after all.
pub(crate) fn failed_later(desk: &mut Desk<'_>, reply: ReplyId, code: i64, answers: bool) {
    move_to(desk, reply, SendState::Failed);
    if code == WINDOW_CLOSED {
        window::refused(&mut desk.state.window, desk.at);
    }
    desk.alert(Alert::SendFailed { reply, code });
    if answers {
        owed(desk, true);
        if !matches!(desk.state.owner, Owner::Nobody) {
            takeover::to_people(desk, Why::Trouble);
        }
    }
}

pub(crate) fn position(desk: &Desk<'_>, reply: ReplyId) -> Option<usize> {
    desk.state.sends.iter().position(|send| send.reply == reply)
}

pub(crate) fn move_to(desk: &mut Desk<'_>, reply: ReplyId, to: SendState) {
    desk.emit(Effect::MoveSend { reply, to });
}

pub(crate) fn mark_wamid(desk: &mut Desk<'_>, reply: ReplyId, wamid: Option<&str>) {
    if let Some(wamid) = wamid.filter(|wamid| !wamid.is_empty()) {
        desk.emit(Effect::MarkMessage {
            message: MessageId(reply.0),
            mark: Mark::Wamid {
                wamid: wamid.into(),
            },
        });
    }
}
