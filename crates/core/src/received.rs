//! The customer wrote, tapped, reacted, edited, deleted or called.
//!
//! In: `Received` and `Called`. Out: the message's row or its mark on another, the window, the turn.
//! Only words that want an answer make the customer wait; reactions, edits, deletions and the
//! channel's own notices don't. Absent: deciding the answer ([`crate::turn`]).

use crate::bounds::{LATE_AFTER, LOOP_FORGOTTEN_AFTER};
use crate::content::{Content, Person, Received};
use crate::desk::Desk;
use crate::effect::{Alert, Effect, Ignored, Mark, MessageBody, MessageRow, SendState, Why, Work};
use crate::event::TimerReason;
use crate::identity;
use crate::ids::MessageId;
use crate::outcomes;
use crate::ownership::{Owner, Provenance};
use crate::rules;
use crate::takeover;
use crate::talk;
use crate::time::Time;
use crate::turn;
use crate::window;
use serde_json::Value;

/// The channel kept the message from us, as it does in coexistence: it is in the phone app.
const LOOK_IN_APP: i64 = 131_060;

pub(crate) fn received(desk: &mut Desk<'_>, from: &Person, message: &Received) {
    let known = desk.book.known.get(&message.wamid);
    let imported = known.is_some_and(|k| matches!(k.provenance, Provenance::Imported { .. }));
    if known.is_some() && !imported {
        desk.ignore(Ignored::KnownMessage);
        return;
    }
    identity::relink(&mut desk.state.person, from);
    match &message.content {
        Content::Edit { target, content } => edited(desk, message, target, content),
        Content::Revoke { target } => revoked(desk, message, target),
        Content::Reaction { target, emoji } => {
            let mark = Mark::Reaction {
                mine: false,
                emoji: emoji.clone(),
                at: message.sent,
            };
            mark_or_row(desk, message, target, mark, &Provenance::Customer);
        }
        Content::System(change) => {
            identity::relink(&mut desk.state.person, &change.now);
            put_row(desk, message, Provenance::System, false);
        }
        Content::Text { .. }
        | Content::Image(_)
        | Content::Video(_)
        | Content::Audio(_)
        | Content::Document(_)
        | Content::Sticker(_)
        | Content::Location(_)
        | Content::Contacts { .. }
        | Content::ButtonReply { .. }
        | Content::ListReply { .. }
        | Content::FormReply { .. }
        | Content::CallPermissionReply { .. }
        | Content::Product { .. }
        | Content::TemplateButton { .. }
        | Content::Order { .. }
        | Content::Unsupported { .. }
        | Content::MediaPlaceholder
        | Content::Template { .. }
        | Content::Interactive { .. }
        | Content::Unknown { .. } => said(desk, message, imported),
    }
}

fn said(desk: &mut Desk<'_>, message: &Received, imported: bool) {
    if !imported {
        put_row(desk, message, Provenance::Customer, true);
    }
    fetch_file(desk, &message.content);
    if message.group.is_some() {
        // A group has many readers; no assistant answers there, and no window opens.
        return;
    }
    let first = opens(desk, message);
    quoted(desk, message);
    if kept_in_app(&message.content) {
        look_in_app(desk, first);
        return;
    }
    if matches!(message.content, Content::CallPermissionReply { .. }) {
        // The phone's own answer to a request; nobody waits for words.
        return;
    }
    let at = desk.at;
    takeover::waits(desk);
    let first = wake(desk, first);
    let late = at - message.sent > LATE_AFTER;
    if !late && at_once(desk, message, first) {
        return;
    }
    gather(desk, message, first, late);
}

/// Nobody but the people with the phone can read it: it waits for them, and not for the assistant,
/// which would answer what it has not seen.
fn look_in_app(desk: &mut Desk<'_>, first: bool) {
    desk.alert(Alert::LookInApp);
    desk.state.heard = Some(desk.at);
    takeover::waits(desk);
    wake(desk, first);
    takeover::to_people(desk, Why::DontKnow);
}

fn kept_in_app(content: &Content) -> bool {
    matches!(content, Content::Unsupported { errors, .. }
        if errors.iter().any(|e| e.code == LOOK_IN_APP))
}

/// The window, the clocks, the loop guard. True: the conversation's first words.
fn opens(desk: &mut Desk<'_>, message: &Received) -> bool {
    let at = desk.at;
    window::opened(&mut desk.state.window, message.sent, at);
    if message.referral.is_some() {
        window::entered(&mut desk.state.window, message.sent, at);
    }
    let quiet = desk
        .state
        .last_activity
        .is_none_or(|last| at - last > LOOP_FORGOTTEN_AFTER);
    if quiet {
        desk.state.loops = 0;
    }
    desk.state.last_activity = Some(at);
    let first = desk.state.last_customer_at.is_none();
    let sent = message.sent.min(at);
    if desk.state.last_customer_at.is_none_or(|last| last < sent) {
        desk.state.last_customer_at = Some(sent);
    }
    first
}

/// A closed conversation opens again; a switched-off assistant leaves it to people.
fn wake(desk: &mut Desk<'_>, first: bool) -> bool {
    let reopened = desk.state.owner == Owner::Nobody;
    if reopened {
        takeover::to_assistant(desk, Why::Reopened);
    } else if desk.state.owner == Owner::Assistant && !desk.book.assistant.enabled {
        takeover::to_people(desk, Why::FirstMessage);
    }
    first || reopened
}

/// A rule that answers at once. True: it did.
fn at_once(desk: &mut Desk<'_>, message: &Received, first: bool) -> bool {
    let free = desk.state.owner == Owner::Assistant && desk.state.menu.is_none();
    if !free {
        return false;
    }
    let content = &message.content;
    let rules = &desk.book.assistant.rules;
    if !rules.iter().any(|rule| rule.immediate) {
        return false;
    }
    let open = turn::is_open(desk);
    let found = rules::immediate(rules, content.words(), content.payload(), first, open);
    let Some((rule, rest)) = found else {
        return false;
    };
    if turn::count_immediate(desk, message.content.words()) {
        desk.emit(Effect::MarkRead {
            wamid: message.wamid.clone(),
            typing: false,
        });
        talk::act(desk, &rule.then, &rest, talk::Of::Message);
    }
    true
}

fn gather(desk: &mut Desk<'_>, message: &Received, first: bool, late: bool) {
    let content = &message.content;
    turn::interrupt(desk);
    turn::heard(desk, message);
    let turn = &mut desk.state.turn;
    turn.first |= first;
    turn.late |= late;
    turn.unreadable |= matches!(
        content,
        Content::Unsupported { .. } | Content::Unknown { .. } | Content::MediaPlaceholder
    );
    turn::arm(desk);
    if desk
        .state
        .timers
        .get(&TimerReason::Debounce)
        .is_some_and(|due| *due <= desk.at)
    {
        turn::take(desk);
    }
}

/// The customer quotes a message of ours that we don't know: the one whose sending is in doubt.
fn quoted(desk: &mut Desk<'_>, message: &Received) {
    let Some(quotes) = message.context.quotes.as_deref() else {
        return;
    };
    if desk.book.known.contains_key(quotes) {
        return;
    }
    if !of_ours(desk, message) {
        return;
    }
    let mut doubtful = desk
        .state
        .sends
        .iter()
        .filter(|s| matches!(s.state, SendState::Unsure | SendState::Unknown));
    if let (Some(send), None) = (doubtful.next(), doubtful.next()) {
        outcomes::accepted(desk, send.reply, Some(quotes));
    }
}

/// Whether the quoted message was the business's own. Where the channel doesn't say whose it was, it
/// proves nothing: customers quote themselves too.
fn of_ours(desk: &Desk<'_>, message: &Received) -> bool {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    let own = digits(&desk.book.channel.display);
    let author = message.context.author.as_deref().map(digits);
    !own.is_empty()
        && author.is_some_and(|author| {
            author == own || identity::other_form(&author).is_some_and(|other| other == own)
        })
}

fn edited(desk: &mut Desk<'_>, message: &Received, target: &str, content: &Content) {
    let mark = Mark::Edited {
        content: content.clone(),
        at: message.sent,
    };
    mark_or_row(desk, message, target, mark, &Provenance::Customer);
    let Some(i) = in_turn(desk, target) else {
        return;
    };
    // The question itself changed: work on the old wording is of no use.
    if let Some(text) = desk.state.turn.texts.get_mut(i) {
        *text = turn::clean(content.words());
    }
    turn::interrupt(desk);
    turn::arm(desk);
}

fn revoked(desk: &mut Desk<'_>, message: &Received, target: &str) {
    let mark = Mark::Revoked { at: message.sent };
    mark_or_row(desk, message, target, mark, &Provenance::Customer);
    let Some(i) = in_turn(desk, target) else {
        return;
    };
    if i < desk.state.turn.texts.len() {
        desk.state.turn.texts.remove(i);
    }
    desk.state.turn.wamids.remove(i);
    if i < desk.state.turn.sent.len() {
        desk.state.turn.sent.remove(i);
    }
    takeover::drop_call(desk);
    let nothing_left = desk.state.turn.texts.is_empty();
    if nothing_left {
        takeover::taken_up(desk);
        let in_hand = !desk.state.queue.is_empty() || !desk.state.sends.is_empty();
        if desk.state.owner == Owner::Assistant && !in_hand {
            takeover::settled(desk);
        }
    } else {
        turn::arm(desk);
    }
}

fn in_turn(desk: &Desk<'_>, target: &str) -> Option<usize> {
    desk.state.turn.wamids.iter().position(|w| w == target)
}

/// A mark on the message it is about, or a row of its own when we never had that message.
pub(crate) fn mark_or_row(
    desk: &mut Desk<'_>,
    message: &Received,
    target: &str,
    mark: Mark,
    provenance: &Provenance,
) {
    match desk.book.known.get(target) {
        Some(known) => {
            let message = known.message;
            desk.emit(Effect::MarkMessage { message, mark });
        }
        None => {
            put_row(desk, message, provenance.clone(), false);
            desk.ignore(Ignored::UnknownTarget);
        }
    }
}

pub(crate) fn put_row(
    desk: &mut Desk<'_>,
    message: &Received,
    provenance: Provenance,
    unread: bool,
) -> MessageId {
    let id = desk.message_id();
    let row = MessageRow {
        id,
        provenance,
        wamid: Some(message.wamid.clone()).filter(|w| !w.is_empty()),
        content: MessageBody::In(message.content.clone()),
        context: message.context.clone(),
        referral: message.referral.clone(),
        sent: message.sent,
        received: desk.at,
        send: None,
        unread,
    };
    desk.emit(Effect::PutMessage(Box::new(row)));
    id
}

/// Media ids of the channel die after a week: fetched at once.
pub(crate) fn fetch_file(desk: &mut Desk<'_>, content: &Content) {
    let Some(file) = content.file() else {
        return;
    };
    let call = desk.call_id();
    let work = Work::Media {
        message: desk.message_id(),
        media: file.id.clone(),
    };
    desk.emit(Effect::Call {
        call,
        epoch: desk.state.epoch,
        deadline: desk.at + crate::bounds::MEDIA_LASTS,
        work,
    });
}

/// A call of the customer, or one of ours that they took, opens the window from the provider's time,
/// and wants no written answer. Ringing, ending and refusing open nothing.
pub(crate) fn called(
    desk: &mut Desk<'_>,
    (call, what, raw): (&str, &str, &Value),
    sent: Option<Time>,
    ours: bool,
) {
    let at = desk.at;
    let sent = sent.unwrap_or(at);
    let opens = if ours { "accepted" } else { "connect" };
    if what == opens {
        window::opened(&mut desk.state.window, sent, at);
    }
    desk.state.last_activity = Some(at);
    let message = Received {
        wamid: String::new(),
        sent,
        content: Content::Unknown {
            kind: format!("call_{what}"),
            raw: if raw.is_null() {
                Value::String(call.to_owned())
            } else {
                raw.clone()
            },
        },
        context: crate::content::Context::default(),
        referral: None,
        group: None,
        extra: Value::Null,
    };
    put_row(desk, &message, Provenance::Customer, true);
}
