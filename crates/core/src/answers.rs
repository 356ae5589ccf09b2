//! Slow work for an assistant's turn: asked for, heard of meanwhile, answered, or not in time.
//!
//! In: a turn that nothing in the book answers; events of its call; what people say of a draft. Out: the
//! call with its deadline, the answer's parts, a hand-off with a note for people, the next assistant
//! asked, or a draft that waits for a person's yes. Every way ends in words, an owner or a timer.
//! Absent: how answers are found; that is outside, and comes back as an event.

use crate::bounds::{
    BRIEF_BYTES_MAX, DISCLOSED_LASTS, PARTS_MAX, PASSES_MAX, PROGRESS_CHARS_MAX, PROGRESS_MAX,
    VARIABLE_BYTES_MAX, VARIABLE_NAME_CHARS_MAX, VARIABLES_MAX,
};
use crate::commands;
use crate::desk::Desk;
use crate::effect::{Alert, Effect, Ignored, Why, Work};
use crate::event::{Answer, TimerReason};
use crate::ids::{AssistantId, CallId};
use crate::limits::cut;
use crate::outgoing::Outgoing;
use crate::ownership::{Owner, Provenance};
use crate::sending::{Voice, speak};
use crate::state::{Awaited, Proposal};
use crate::takeover;
use crate::talk;
use crate::turn;
use serde_json::Value;
use std::collections::BTreeMap;

/// Asks slow work for an answer.
pub(crate) fn ask(desk: &mut Desk<'_>) {
    let call = desk.call_id();
    let epoch = desk.state.epoch;
    let assistant = &desk.book.assistant;
    let deadline = desk.at + assistant.answer_within;
    let progress = desk.at + assistant.progress_after;
    let speaks = !assistant.progress_text.trim().is_empty() && progress < deadline;
    let work = Work::Answer {
        assistant: desk.state.assistant.unwrap_or(assistant.id),
        texts: desk.state.turn.texts.clone(),
        person: desk.state.person.clone(),
        context: desk.state.brief.clone(),
        variables: desk.state.variables.clone(),
        passes: desk.state.turn.passes,
    };
    desk.state.call = Some(Awaited {
        call,
        epoch,
        asked: desk.at,
        taken: desk.state.turn.texts.len(),
    });
    desk.emit(Effect::Call {
        call,
        epoch,
        deadline,
        work,
    });
    desk.set_timer(TimerReason::CallDeadline, deadline);
    if speaks && desk.state.turn.progress < PROGRESS_MAX {
        desk.set_timer(TimerReason::Progress, progress);
    }
}

/// Slow work answered.
pub(crate) fn answered(desk: &mut Desk<'_>, call: CallId, said: &Answer) {
    let awaited = desk
        .state
        .call
        .take_if(|a| a.call == call && a.epoch == desk.state.epoch);
    let Some(awaited) = awaited else {
        desk.ignore(Ignored::UnawaitedAnswer);
        return;
    };
    desk.clear_timer(TimerReason::CallDeadline);
    desk.clear_timer(TimerReason::Progress);
    match said {
        Answer::Say {
            parts,
            sources,
            draft,
            set,
            how: _,
        } if parts.iter().any(sayable) => {
            remember(desk, set);
            let parts: Vec<_> = parts
                .iter()
                .filter(|p| sayable(p))
                .take(PARTS_MAX)
                .cloned()
                .collect();
            if *draft || desk.book.assistant.approval {
                propose(desk, call, (parts, sources.clone()), awaited.taken);
            } else {
                say(desk, parts, sources.clone(), awaited.taken);
            }
        }
        Answer::HandOff {
            team,
            why: _,
            note,
            sentence,
            set,
            how: _,
        } => {
            remember(desk, set);
            let own = &desk.book.assistant.handoff_text;
            let text = if sentence.trim().is_empty() {
                own.clone()
            } else {
                cut(sentence, crate::limits::TEXT).to_owned()
            };
            talk::hand_off(desk, *team, Why::AssistantHandedOff, &text);
            if !note.trim().is_empty() {
                commands::note(desk, cut(note, crate::limits::TEXT), Provenance::System);
            }
        }
        Answer::Pass {
            to,
            context,
            how: _,
        } => pass(desk, *to, context),
        // An answer without words is no answer.
        Answer::DontKnow { how: _ } | Answer::Say { .. } => {
            let text = desk.book.assistant.dont_know_text.clone();
            talk::hand_off(desk, None, Why::DontKnow, &text);
        }
        Answer::Failed { why: _, how: _ } => trouble(desk),
    }
}

fn sayable(part: &Outgoing) -> bool {
    !matches!(part, Outgoing::Text { body, .. } if body.trim().is_empty())
}

/// Answers the texts that slow work was asked about; what came later is the next turn.
fn say(desk: &mut Desk<'_>, parts: Vec<Outgoing>, sources: Vec<String>, taken: usize) {
    let parts = disclosed(desk, parts);
    let parts = turn::with_apology(desk, parts);
    turn::consume(desk, taken);
    let mut voice = Voice::assistant(desk, true);
    voice.sources = sources;
    speak(desk, parts, &voice);
    turn::arm(desk);
}

/// Says first that a machine answers, to whoever has not heard it for long.
fn disclosed(desk: &mut Desk<'_>, mut parts: Vec<Outgoing>) -> Vec<Outgoing> {
    let text = &desk.book.assistant.disclosure;
    let told = desk
        .state
        .disclosed
        .is_some_and(|told| desk.at - told < DISCLOSED_LASTS);
    if told || text.trim().is_empty() {
        return parts;
    }
    desk.state.disclosed = Some(desk.at);
    match parts.first_mut() {
        Some(Outgoing::Text { body, .. }) => *body = format!("{text}\n\n{body}"),
        Some(_) | None => parts.insert(0, Outgoing::text(text.clone())),
    }
    parts
}

/// Asks the next assistant the same, unless they go round in circles.
fn pass(desk: &mut Desk<'_>, to: AssistantId, context: &Value) {
    let known = desk.state.assistant.unwrap_or(desk.book.assistant.id);
    if desk.state.turn.passes >= PASSES_MAX || to == known {
        let text = desk.book.assistant.handoff_text.clone();
        talk::hand_off(desk, None, Why::Trouble, &text);
        return;
    }
    desk.state.turn.passes += 1;
    desk.state.assistant = Some(to).filter(|to| *to != desk.book.assistant.id);
    if size(context) <= BRIEF_BYTES_MAX {
        desk.state.brief.clone_from(context);
    }
    ask(desk);
}

/// Keeps what is to be remembered by name: what is too long, or too much, is left out; null takes away.
fn remember(desk: &mut Desk<'_>, set: &BTreeMap<String, Value>) {
    for (name, value) in set {
        let held = &mut desk.state.variables;
        if value.is_null() {
            held.remove(name);
        } else if name.chars().count() <= VARIABLE_NAME_CHARS_MAX
            && size(value) <= VARIABLE_BYTES_MAX
            && (held.len() < VARIABLES_MAX || held.contains_key(name))
        {
            held.insert(name.clone(), value.clone());
        }
    }
}

fn size(value: &Value) -> usize {
    serde_json::to_string(value).map_or(usize::MAX, |json| json.len())
}

/// The words wait for a person, and somebody is called for them.
fn propose(desk: &mut Desk<'_>, id: CallId, said: (Vec<Outgoing>, Vec<String>), taken: usize) {
    let (parts, sources) = said;
    desk.state.proposal = Some(Proposal {
        id,
        parts,
        sources,
        taken,
        since: desk.at,
    });
    desk.alert(Alert::DraftWaits { draft: id });
    let due = desk.at + desk.book.assistant.approve_within;
    desk.set_timer(TimerReason::Approval, due);
}

/// A person lets the draft go, as it is or in their words. One that is gone changes nothing.
pub(crate) fn approve(desk: &mut Desk<'_>, draft: CallId, instead: &[Outgoing]) {
    let Some(held) = taken_up(desk, draft) else {
        desk.ignore(Ignored::UnknownTarget);
        return;
    };
    let own: Vec<_> = instead.iter().filter(|p| sayable(p)).cloned().collect();
    let parts = if own.is_empty() { held.parts } else { own };
    say(desk, parts, held.sources, held.taken);
}

/// A person keeps the draft back: people answer, and the customer hears nothing of it.
pub(crate) fn reject(desk: &mut Desk<'_>, draft: CallId) {
    if taken_up(desk, draft).is_none() {
        desk.ignore(Ignored::UnknownTarget);
        return;
    }
    let team = desk.book.assistant.handoff_team;
    takeover::to_queue(desk, team, Why::Assigned);
}

fn taken_up(desk: &mut Desk<'_>, draft: CallId) -> Option<Proposal> {
    let held = desk.state.proposal.take_if(|held| held.id == draft)?;
    desk.clear_timer(TimerReason::Approval);
    Some(held)
}

/// Nobody said yes or no in time: people take over, and the customer hears that.
pub(crate) fn approval_late(desk: &mut Desk<'_>) {
    if desk.state.proposal.take().is_some() {
        let text = desk.book.assistant.handoff_text.clone();
        talk::hand_off(desk, None, Why::NobodyCame, &text);
    }
}

pub(crate) fn drop_proposal(desk: &mut Desk<'_>) {
    if desk.state.proposal.take().is_some() {
        desk.clear_timer(TimerReason::Approval);
    }
}

/// Slow work has something to say meanwhile.
pub(crate) fn progressed(desk: &mut Desk<'_>, call: CallId, text: &str) {
    let awaited = desk.state.call.as_ref();
    if awaited.is_none_or(|held| held.call != call || held.epoch != desk.state.epoch) {
        desk.ignore(Ignored::UnawaitedAnswer);
        return;
    }
    tell_progress(desk, text);
}

/// Slow work takes long.
pub(crate) fn progress_due(desk: &mut Desk<'_>) {
    if desk.state.call.is_some() {
        let text = desk.book.assistant.progress_text.clone();
        tell_progress(desk, &text);
    }
}

fn tell_progress(desk: &mut Desk<'_>, text: &str) {
    let text = cut(text.trim(), PROGRESS_CHARS_MAX);
    let mine = desk.state.owner == Owner::Assistant;
    if text.is_empty() || !mine || desk.state.turn.progress >= PROGRESS_MAX {
        desk.ignore(Ignored::NoEffect);
        return;
    }
    desk.state.turn.progress += 1;
    desk.clear_timer(TimerReason::Progress);
    let voice = Voice::assistant(desk, false);
    speak(desk, vec![Outgoing::text(text)], &voice);
}

/// Slow work did not answer in time.
pub(crate) fn late(desk: &mut Desk<'_>) {
    if desk.state.call.is_some() {
        takeover::drop_call(desk);
        trouble(desk);
    }
}

fn trouble(desk: &mut Desk<'_>) {
    let text = desk.book.assistant.handoff_text.clone();
    talk::hand_off(desk, None, Why::Trouble, &text);
}
