//! The assistant's turn: what the customer said is gathered, and when they pause, answered.
//!
//! In: messages as they come, the debounce timer, slow work's answers. Out: one answer for a burst,
//! decided in a fixed order — the open menu, a request for a person, closed hours, the rules, and
//! then slow work with a deadline ([`crate::answers`]). New messages throw running work away a few
//! times, then it is let finish. Absent: what the texts mean ([`crate::rules`],
//! [`crate::handoff_words`]) and sending.

use crate::answers;
use crate::book::Rule;
use crate::bounds::{
    APOLOGY_LASTS, DEBOUNCE_CAP, LATE_DEBOUNCE, RESTARTS_MAX, TURN_BYTES_MAX, TURN_TEXT_CHARS_MAX,
    TURN_TEXTS_MAX, VARIED_COUNTS,
};
use crate::content::Received;
use crate::desk::Desk;
use crate::effect::{Effect, Why};
use crate::event::TimerReason;
use crate::handoff_words;
use crate::hours;
use crate::limits::cut;
use crate::outgoing::Outgoing;
use crate::ownership::Owner;
use crate::readable::print;
use crate::rules;
use crate::sending::{Voice, speak};
use crate::state::Turn;
use crate::takeover;
use crate::talk;
use crate::time::Time;

/// Takes note of something the customer said. Bounded: the oldest texts fall out first.
pub(crate) fn heard(desk: &mut Desk<'_>, message: &Received) {
    let at = desk.at;
    let wamid = cut(&message.wamid, 512);
    let payload = message.content.payload();
    desk.state.heard = Some(at);
    let asked = desk.state.call.as_ref().map_or(0, |call| call.taken);
    let turn = &mut desk.state.turn;
    let later = turn.sent.iter().rposition(|sent| *sent <= message.sent);
    let place = later.map_or(0, |i| i + 1).max(asked).min(turn.texts.len());
    turn.texts.insert(place, clean(message.content.words()));
    turn.wamids
        .insert(place.min(turn.wamids.len()), wamid.to_owned());
    turn.sent.insert(place.min(turn.sent.len()), message.sent);
    turn.last_wamid = turn.wamids.last().cloned();
    turn.since.get_or_insert(at);
    if let Some(payload) = payload {
        turn.payload = Some(cut(payload, 512).to_owned());
    }
    let mut bytes: usize = turn.texts.iter().map(String::len).sum();
    while turn.texts.len() > TURN_TEXTS_MAX || bytes > TURN_BYTES_MAX {
        if turn.texts.is_empty() {
            break;
        }
        bytes -= turn.texts.remove(0).len();
        if !turn.wamids.is_empty() {
            turn.wamids.remove(0);
        }
        if !turn.sent.is_empty() {
            turn.sent.remove(0);
        }
        if let Some(call) = &mut desk.state.call {
            call.taken = call.taken.saturating_sub(1);
        }
    }
}

/// The words without control characters, and no longer than anything WhatsApp carries.
pub(crate) fn clean(words: &str) -> String {
    cut(words, TURN_TEXT_CHARS_MAX)
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

/// Whether something the customer said waits for an answer.
pub(crate) fn pending(turn: &Turn) -> bool {
    !turn.texts.is_empty() || turn.unreadable
}

/// A new message while slow work runs: its result is thrown away and the turn is one again, unless
/// that has happened too often already. A draft that waits for its yes no longer answers all.
pub(crate) fn interrupt(desk: &mut Desk<'_>) {
    answers::drop_proposal(desk);
    if desk.state.call.is_some() && desk.state.turn.restarts < RESTARTS_MAX {
        desk.state.turn.restarts += 1;
        takeover::drop_call(desk);
    }
}

/// Sets the time at which the turn is taken: when the customer has paused, or has gone on for long.
pub(crate) fn arm(desk: &mut Desk<'_>) {
    let turn = &desk.state.turn;
    let mine = desk.state.owner == Owner::Assistant;
    if !mine || desk.state.call.is_some() || desk.state.proposal.is_some() || !pending(turn) {
        return;
    }
    let wait = if turn.late {
        desk.book.assistant.debounce.max(LATE_DEBOUNCE)
    } else {
        desk.book.assistant.debounce
    };
    let latest = turn.since.unwrap_or(desk.at) + wait * DEBOUNCE_CAP;
    let due = (desk.at + wait).min(latest).max(desk.at);
    desk.set_timer(TimerReason::Debounce, due);
}

/// Takes the turn.
pub(crate) fn take(desk: &mut Desk<'_>) {
    let ready = desk.state.owner == Owner::Assistant
        && desk.state.call.is_none()
        && desk.state.proposal.is_none()
        && pending(&desk.state.turn);
    if !ready {
        return;
    }
    desk.clear_timer(TimerReason::Debounce);
    if let Some(wamid) = desk.state.turn.last_wamid.clone() {
        desk.emit(Effect::MarkRead {
            wamid,
            typing: true,
        });
    }
    if !count_exchange(desk) {
        return;
    }
    if desk
        .state
        .turn
        .texts
        .iter()
        .all(|text| text.trim().is_empty())
        && unreadable(desk)
    {
        return;
    }
    desk.state.unsupported_told = false;
    if menu(desk) {
        return;
    }
    let texts = &desk.state.turn.texts;
    let extra = &desk.book.assistant.handoff_words;
    if texts.iter().any(|text| handoff_words::asks(text, extra)) {
        let text = desk.book.assistant.handoff_text.clone();
        talk::hand_off(desk, None, Why::Asked, &text);
        return;
    }
    if rule(desk) || closed(desk) {
        return;
    }
    answers::ask(desk);
}

/// Counts exchanges without a human sign; after too many of them people take over. False: they did.
pub(crate) fn count_exchange(desk: &mut Desk<'_>) -> bool {
    if desk.state.loops >= desk.book.assistant.max_loops {
        let text = desk.book.assistant.handoff_text.clone();
        talk::hand_off(desk, None, Why::Trouble, &text);
        return false;
    }
    desk.state.loops += 1;
    true
}

/// The same for the answer of an `immediate` rule, which a person may draw out as often as they like:
/// only the same words over again count in full, as a machine would send them; ever new ones count
/// once in [`VARIED_COUNTS`]. False: people took over.
pub(crate) fn count_immediate(desk: &mut Desk<'_>, words: &str) -> bool {
    let words = print(words);
    let before = desk.state.said.replace(words);
    let anew = before.is_some_and(|before| before != words);
    let out = desk.state.loops >= desk.book.assistant.max_loops;
    if anew && !out && desk.state.varied + 1 < VARIED_COUNTS {
        desk.state.varied += 1;
        return true;
    }
    desk.state.varied = 0;
    count_exchange(desk)
}

/// Only things we can't read: say so once, and the next time call a person. True: decided.
fn unreadable(desk: &mut Desk<'_>) -> bool {
    if !desk.state.turn.unreadable {
        return false;
    }
    let text = desk.book.channel.unsupported_text.clone();
    if desk.state.unsupported_told || text.trim().is_empty() {
        let text = desk.book.assistant.handoff_text.clone();
        talk::hand_off(desk, None, Why::DontKnow, &text);
    } else {
        desk.state.unsupported_told = true;
        answer(desk, vec![Outgoing::text(text)], true);
    }
    true
}

/// The open menu, where there is one. True: decided.
fn menu(desk: &mut Desk<'_>) -> bool {
    let Some(open) = desk.state.menu.clone() else {
        return false;
    };
    let book = desk.book;
    let Some(menu) = book.assistant.menus.iter().find(|m| m.name == open.menu) else {
        takeover::close_menu(desk);
        return false;
    };
    let turn = &desk.state.turn;
    if let Some(option) = rules::choice(menu, &turn.texts, turn.payload.as_deref()) {
        takeover::close_menu(desk);
        talk::act(desk, &option.then, "", talk::Of::Turn);
        return true;
    }
    let extra = &book.assistant.handoff_words;
    let leaves = turn.texts.iter().any(|t| handoff_words::asks(t, extra))
        || picked(desk).is_some_and(|(rule, _)| !rule.when.first);
    if leaves {
        takeover::close_menu(desk);
        return false;
    }
    if open.tries + 1 >= menu.tries.max(1) {
        takeover::close_menu(desk);
        let text = book.assistant.handoff_text.clone();
        talk::hand_off(desk, None, Why::AssistantHandedOff, &text);
    } else {
        if let Some(state) = &mut desk.state.menu {
            state.tries += 1;
        }
        let again = talk::menu_message(menu, &menu.retry_text);
        answer(desk, vec![again], true);
    }
    true
}

fn picked<'a>(desk: &Desk<'a>) -> Option<(&'a Rule, String)> {
    let turn = &desk.state.turn;
    rules::pick(
        &desk.book.assistant.rules,
        &turn.texts,
        turn.payload.as_deref(),
        turn.first,
        is_open(desk),
    )
}

pub(crate) fn is_open(desk: &Desk<'_>) -> bool {
    desk.book
        .assistant
        .hours
        .as_ref()
        .is_none_or(|hours| hours::is_open(hours, &desk.book.channel.zone, desk.at))
}

/// The first rule that matches. Outside hours only rules marked for it. True: decided.
fn rule(desk: &mut Desk<'_>) -> bool {
    let Some((rule, rest)) = picked(desk) else {
        return false;
    };
    talk::act(desk, &rule.then, &rest, talk::Of::Turn);
    true
}

/// Closed: said once per period, and people find the conversation waiting. True: decided.
fn closed(desk: &mut Desk<'_>) -> bool {
    let book = desk.book;
    let Some(open) = &book.assistant.hours else {
        return false;
    };
    if is_open(desk) {
        return false;
    }
    let opens = hours::next_open(open, &book.channel.zone, desk.at);
    let told = desk.state.closed_told_until.is_some_and(|t| t > desk.at);
    let text = if told {
        ""
    } else {
        &book.assistant.closed_text
    };
    desk.state.closed_told_until =
        Some(opens.unwrap_or(desk.at + crate::bounds::CLOSED_TOLD_LASTS));
    talk::hand_off(desk, None, Why::OutOfHours, text);
    true
}

/// Answers the whole turn.
pub(crate) fn answer(desk: &mut Desk<'_>, parts: Vec<Outgoing>, answers: bool) {
    let all = desk.state.turn.texts.len();
    let parts = with_apology(desk, parts);
    consume(desk, all);
    let voice = Voice::assistant(desk, answers);
    speak(desk, parts, &voice);
}

/// The first `taken` texts are taken up.
pub(crate) fn consume(desk: &mut Desk<'_>, taken: usize) {
    let at: Time = desk.at;
    let mut turn = std::mem::take(&mut desk.state.turn);
    if taken < turn.texts.len() {
        turn.texts.drain(..taken);
        turn.wamids.drain(..taken.min(turn.wamids.len()));
        turn.sent.drain(..taken.min(turn.sent.len()));
        desk.state.turn = Turn {
            since: Some(at),
            last_wamid: turn.last_wamid.take(),
            payload: turn.payload.take(),
            texts: turn.texts,
            wamids: turn.wamids,
            sent: turn.sent,
            ..Turn::default()
        };
    } else {
        desk.clear_timer(TimerReason::Debounce);
    }
}

/// Puts the apology for a late answer before its first text, once an hour at most.
pub(crate) fn with_apology(desk: &mut Desk<'_>, mut parts: Vec<Outgoing>) -> Vec<Outgoing> {
    let text = &desk.book.assistant.late_text;
    let told = desk
        .state
        .apologised
        .is_some_and(|told| desk.at - told < APOLOGY_LASTS);
    if !desk.state.turn.late || told || text.trim().is_empty() || parts.is_empty() {
        return parts;
    }
    desk.state.apologised = Some(desk.at);
    match parts.first_mut() {
        Some(Outgoing::Text { body, .. }) => *body = format!("{text}\n\n{body}"),
        Some(_) | None => parts.insert(0, Outgoing::text(text.clone())),
    }
    parts
}
