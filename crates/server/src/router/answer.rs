//! A turn's answer, from beginning to end: what is known, which way, and the event's answer with its
//! reasons.
//!
//! In: the call that the step asked for. Out: the [`Answer`]. Whatever fails on the way falls to the next
//! way, and at last to "don't know", which calls a person: an answer always comes. Absent: deadlines and
//! repeats (the room `calls`), and what the words become on the channel (the step).

use super::decision::Decision;
use super::format;
use super::signals::{self, Asked};
use super::turns;
use super::ways::{self, Found, Next, Notes};
use super::words::Said;
use crate::app::App;
use ponte_core::book::Assistant;
use ponte_core::content::Person;
use ponte_core::event::Answer;
use ponte_core::outgoing::Outgoing;
use ponte_store::rows::Place;
use serde_json::Value;
use std::collections::BTreeMap;

/// What the step asked.
pub struct Question<'a> {
    pub place: Place,
    pub assistant: &'a Assistant,
    pub texts: &'a [String],
    pub person: &'a Person,
    pub context: &'a Value,
    pub variables: &'a BTreeMap<String, Value>,
    pub passes: u32,
}

/// Answers.
pub async fn answer(app: &App, question: &Question<'_>) -> Answer {
    let begun = app.env.clock.now();
    let mut decision = Decision::default();
    let brain = &question.assistant.brain;
    let limit = u32::try_from(turns::TURNS_MAX).unwrap_or(u32::MAX);
    let view = app
        .store
        .messages(question.place.conversation, None, limit)
        .await;
    let view = view.map(|page| page.items).unwrap_or_default();
    let before = turns::before(&view, question.texts, begun);
    let asked = Asked {
        place: question.place,
        assistant: question.assistant,
        texts: question.texts,
        before: &before,
        passes: question.passes,
    };
    let signals = signals::gather(app, &asked).await;
    let said = Said::new(question.texts);
    let after_ms = (app.env.clock.now() - begun).as_millis();
    let mut notes = Notes::new(&mut decision, after_ms);
    let no_model = brain.models.is_empty().then_some("no model is set");
    let next = ways::choose(brain, &said, &signals, no_model, &mut notes);
    finished(next, brain.answer_chars, &decision)
}

/// The event's answer.
fn finished(next: Next, chars: u32, decision: &Decision) -> Answer {
    let how = decision.kept();
    match next {
        Next::Say(found) => say(found, chars, how),
        Next::HandOff {
            team,
            why,
            sentence,
        } => Answer::HandOff {
            team,
            why: why.to_owned(),
            note: String::new(),
            sentence,
            set: BTreeMap::new(),
            how,
        },
        Next::Pass { to, context } => Answer::Pass { to, context, how },
        Next::Model { .. } | Next::Nothing => Answer::DontKnow { how },
    }
}

fn say(found: Found, chars: u32, how: Value) -> Answer {
    let chars = usize::try_from(chars).unwrap_or(usize::MAX);
    // What a person wrote is said as it is written; what is long is cut by nobody but the channel.
    let text = if found.text.chars().count() > chars {
        format::for_channel(&found.text, chars.max(ponte_core::limits::TEXT))
    } else {
        found.text
    };
    Answer::Say {
        parts: vec![Outgoing::text(text)],
        sources: Some(found.source)
            .filter(|source| !source.is_empty())
            .into_iter()
            .collect(),
        draft: false,
        set: BTreeMap::new(),
        how,
    }
}
