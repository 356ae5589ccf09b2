//! From words decided to rows in the outbox: one at a time, in order.
//!
//! In: the parts of an answer. Out: message rows at once (people see what is coming), drafts in the
//! state's queue, and one `Send` effect whenever nothing of this conversation is on its way. Free
//! text never enters the outbox with the window closed. Absent: how sends end ([`crate::outcomes`])
//! and what counts as proof ([`crate::proof`]).

use crate::bounds::{PARTS_MAX, QUEUE_BYTES_MAX, QUEUE_MAX, TEMPLATE_LASTS, UNSETTLED_MAX};
use crate::desk::Desk;
use crate::effect::{Alert, Class, Effect, Lane, MessageBody, MessageRow, Send, SendState, Why};
use crate::event::TimerReason;
use crate::ids::{MessageId, ReplyId};
use crate::limits::{TEXT, split_text};
use crate::outgoing::{Address, Outgoing};
use crate::ownership::{Owner, Provenance};
use crate::readable::print;
use crate::state::{Draft, InFlight};
use crate::takeover;
use crate::time::Time;
use crate::window;

/// Who says something, and whether it answers the customer.
#[derive(Clone)]
pub(crate) struct Voice {
    pub(crate) provenance: Provenance,
    pub(crate) answers: bool,
    pub(crate) quotes: Option<String>,
    pub(crate) sources: Vec<String>,
}

impl Voice {
    pub(crate) fn assistant(desk: &Desk<'_>, answers: bool) -> Voice {
        Voice {
            provenance: Provenance::Assistant {
                assistant: desk.state.assistant.unwrap_or(desk.book.assistant.id),
            },
            answers,
            quotes: None,
            sources: Vec::new(),
        }
    }

    pub(crate) fn system() -> Voice {
        Voice {
            provenance: Provenance::System,
            answers: false,
            quotes: None,
            sources: Vec::new(),
        }
    }
}

/// Says these parts, in order, under the present ownership. Returns how many could be queued.
pub(crate) fn speak(desk: &mut Desk<'_>, parts: Vec<Outgoing>, voice: &Voice) -> usize {
    let mut group = None;
    let mut queued = 0;
    let mut refused = None;
    for what in parts.into_iter().flat_map(split).take(PARTS_MAX) {
        let reply = desk.reply_id();
        let group = *group.get_or_insert(reply);
        let why = refused.or_else(|| hindrance(desk, &what));
        put_row(desk, reply, &what, voice, why.is_some());
        if let Some(why) = why {
            // Parts keep their order: after one that can't go, none goes.
            refused = Some(why);
            desk.alert(Alert::SendDropped {
                reply,
                why: why.into(),
            });
            continue;
        }
        let class = if what.is_template() {
            Class::Never
        } else {
            Class::Reply
        };
        desk.state.queue.push_back(Draft {
            reply,
            epoch: desk.state.epoch,
            lane: Lane::Conversation,
            class,
            what,
            quotes: voice.quotes.clone().filter(|_| reply == group),
            provenance: voice.provenance.clone(),
            group,
            answers: voice.answers,
        });
        queued += 1;
    }
    if refused.is_some() {
        takeover::to_people(desk, Why::Trouble);
    }
    queued
}

/// Why this can't be queued at all.
fn hindrance(desk: &Desk<'_>, what: &Outgoing) -> Option<&'static str> {
    let margin = desk.book.channel.window_margin;
    if !window::allows(&desk.state, what, margin, desk.at) {
        Some("the 24-hour window is closed")
    } else if desk.state.queue.len() >= QUEUE_MAX || overweight(desk, what) {
        Some("too many messages are waiting already")
    } else if address(desk) == Address::default() {
        Some("the customer has no address")
    } else {
        None
    }
}

fn overweight(desk: &Desk<'_>, what: &Outgoing) -> bool {
    let waiting: usize = desk.state.queue.iter().map(|d| weight(&d.what)).sum();
    waiting + weight(what) > QUEUE_BYTES_MAX
}

/// Roughly the bytes it takes in the state.
fn weight(what: &Outgoing) -> usize {
    let Outgoing::Text { body, .. } = what else {
        return serde_json::to_string(what).map_or(QUEUE_BYTES_MAX, |json| json.len());
    };
    // As JSON escapes it: a control character takes six bytes.
    let escaped = body.bytes().map(|byte| match byte {
        0..0x20 | 0x7f => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    });
    escaped.sum()
}

fn put_row(desk: &mut Desk<'_>, reply: ReplyId, what: &Outgoing, voice: &Voice, refused: bool) {
    let state = if refused {
        SendState::Dropped
    } else {
        SendState::Pending
    };
    let row = MessageRow {
        id: MessageId(reply.0),
        provenance: voice.provenance.clone(),
        wamid: None,
        content: MessageBody::Out(what.clone()),
        context: crate::content::Context {
            quotes: voice.quotes.clone(),
            sources: voice.sources.clone(),
            ..Default::default()
        },
        referral: None,
        sent: desk.at,
        received: desk.at,
        send: Some(state),
        unread: false,
    };
    desk.emit(Effect::PutMessage(Box::new(row)));
}

/// A text longer than the channel carries becomes several; other kinds stay as they are.
fn split(what: Outgoing) -> Vec<Outgoing> {
    let Outgoing::Text { body, preview_url } = what else {
        return vec![what];
    };
    split_text(&body, TEXT)
        .into_iter()
        .filter(|body| !body.trim().is_empty())
        .map(|body| Outgoing::Text {
            body: body.to_owned(),
            preview_url,
        })
        .collect()
}

/// Puts the next draft into the outbox when nothing of this conversation is on its way.
pub(crate) fn pump(desk: &mut Desk<'_>) {
    while !blocked(desk) {
        let Some(draft) = desk.state.queue.pop_front() else {
            return;
        };
        let margin = desk.book.channel.window_margin;
        if draft.epoch != desk.state.epoch {
            withdraw(desk, draft.reply, "the owner changed");
        } else if !window::allows(&desk.state, &draft.what, margin, desk.at) {
            withdraw(desk, draft.reply, "the 24-hour window is closed");
            withdraw_group(desk, draft.group, "the 24-hour window is closed");
            owed(desk, draft.answers);
            takeover::to_people(desk, Why::Trouble);
        } else {
            place(desk, draft);
        }
    }
}

/// Whether a send is on its way, or one that may have arrived is still being proven. A send of an
/// older epoch that is being proven holds nobody up: a person has taken over meanwhile.
fn blocked(desk: &Desk<'_>) -> bool {
    let epoch = desk.state.epoch;
    desk.state.sends.iter().any(|send| match send.state {
        SendState::Pending | SendState::Claimed => true,
        SendState::Unsure => send.epoch == epoch,
        SendState::Accepted | SendState::Failed | SendState::Dropped | SendState::Unknown => false,
    })
}

fn place(desk: &mut Desk<'_>, draft: Draft) {
    desk.emit(Effect::Send(Box::new(Send {
        reply: draft.reply,
        epoch: draft.epoch,
        lane: draft.lane,
        class: draft.class,
        to: address(desk),
        what: draft.what.clone(),
        quotes: draft.quotes.clone(),
        provenance: draft.provenance.clone(),
        not_before: desk.at,
        expires: expires(desk, &draft.what),
    })));
    desk.state.sends.push(InFlight {
        reply: draft.reply,
        state: SendState::Pending,
        epoch: draft.epoch,
        attempt: 1,
        lane: draft.lane,
        class: draft.class,
        provenance: draft.provenance,
        group: draft.group,
        print: print(draft.what.words()),
        since: desk.at,
        placed: desk.at,
        tries: 0,
        what: draft.what,
        quotes: draft.quotes,
        wake: None,
        answers: draft.answers,
        listed: false,
    });
    bound(desk);
}

/// Old unknown sends leave the state; a person still finds them in the views.
fn bound(desk: &mut Desk<'_>) {
    loop {
        let kept = desk.state.sends.iter();
        let heavy = kept.map(|send| weight(&send.what)).sum::<usize>() > QUEUE_BYTES_MAX;
        if desk.state.sends.len() <= UNSETTLED_MAX && !heavy {
            return;
        }
        let oldest = desk
            .state
            .sends
            .iter()
            .position(|send| send.state == SendState::Unknown);
        let Some(oldest) = oldest else { return };
        let send = desk.state.sends.remove(oldest);
        takeover::remember(desk, &send, SendState::Unknown, None);
    }
}

fn expires(desk: &Desk<'_>, what: &Outgoing) -> Time {
    if what.is_template() {
        return desk.at + TEMPLATE_LASTS;
    }
    window::free_until(&desk.state, desk.book.channel.window_margin).unwrap_or(desk.at)
}

pub(crate) fn address(desk: &Desk<'_>) -> Address {
    let person = &desk.state.person;
    let some = |name: &Option<String>| name.clone().filter(|name| !name.is_empty());
    let phone = some(&person.wa_id);
    let bsuid = match phone {
        Some(_) => None,
        None => some(&person.bsuid).or_else(|| some(&person.parent)),
    };
    Address { phone, bsuid }
}

/// Takes a draft or row back and shows that it did not go.
pub(crate) fn withdraw(desk: &mut Desk<'_>, reply: ReplyId, why: &str) {
    desk.emit(Effect::MoveSend {
        reply,
        to: SendState::Dropped,
    });
    desk.alert(Alert::SendDropped {
        reply,
        why: why.into(),
    });
}

/// Takes back the parts that were to follow a part that did not go.
pub(crate) fn withdraw_group(desk: &mut Desk<'_>, group: ReplyId, why: &str) {
    for draft in std::mem::take(&mut desk.state.queue) {
        if draft.group == group {
            withdraw(desk, draft.reply, why);
            owed(desk, draft.answers);
        } else {
            desk.state.queue.push_back(draft);
        }
    }
}

/// An answer did not go: the customer waits (again).
pub(crate) fn owed(desk: &mut Desk<'_>, answer: bool) {
    if answer && desk.state.unanswered_since.is_none() && desk.state.owner != Owner::Nobody {
        desk.state.unanswered_since = Some(desk.at);
    }
}

/// Sets the timers of sends to the earliest time at which one of them wants attention.
pub(crate) fn rearm(desk: &mut Desk<'_>) {
    for (reason, wanted) in [
        (TimerReason::Retry, SendState::Claimed),
        (TimerReason::Prove, SendState::Unsure),
        (TimerReason::Resend, SendState::Unknown),
    ] {
        let due = desk
            .state
            .sends
            .iter()
            .filter(|send| send.state == wanted)
            .filter_map(|send| send.wake)
            .min();
        match due {
            Some(due) => desk.set_timer(reason, due),
            None => desk.clear_timer(reason),
        }
    }
}
