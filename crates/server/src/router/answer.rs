//! A turn's answer, from beginning to end: what is known, which way, and the event's answer with its
//! reasons.
//!
//! In: the call that the step asked for. Out: the [`Answer`]. Whatever fails on the way falls to the next
//! way, and at last to "don't know", which calls a person: an answer always comes. Absent: deadlines and
//! repeats (the room `calls`), and what the words become on the channel (the step).

use super::decision::{Decision, Gave, Note, Way};
use super::format;
use super::hands::ModelHands;
use super::model::{self, End, PENDING, Used};
use super::prompt::{self, Scene, Shown};
use super::signals::{self, Asked, Known, Passage};
use super::summary;
use super::toolbox::Toolbox;
use super::turns;
use super::ways::{self, Found, Next, Notes};
use super::words::Said;
use crate::app::App;
use ponte_core::book::Assistant;
use ponte_core::content::Person;
use ponte_core::event::Answer;
use ponte_core::ids::CallId;
use ponte_core::outgoing::Outgoing;
use ponte_core::time::{Span, Time};
use ponte_models::{Request, Tool};
use ponte_store::rows::Place;
use ponte_store::rows::training::Asked as Outcome;
use serde_json::Value;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Tokens of one answer: a chat message, not an essay.
const ANSWER_TOKENS: u32 = 700;
/// Facts, not fancy.
const TEMPERATURE: f64 = 0.2;
/// A model is given at least this long, or is not asked.
const LEAST: Span = Span::secs(2);

/// What the step asked.
pub struct Question<'a> {
    pub call: CallId,
    pub place: Place,
    pub assistant: &'a Assistant,
    pub texts: &'a [String],
    pub person: &'a Person,
    pub context: &'a Value,
    pub variables: &'a BTreeMap<String, Value>,
    pub passes: u32,
    /// The step awaits it until then.
    pub deadline: Time,
    pub zone: &'a str,
    /// The business, as people call it.
    pub business: &'a str,
}

/// Answers.
pub async fn answer(app: &App, question: &Question<'_>) -> Answer {
    let begun = app.env.clock.now();
    let mut decision = Decision::default();
    let brain = &question.assistant.brain;
    let limit = u32::try_from(turns::TURNS_MAX * 2).unwrap_or(u32::MAX);
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
        zone: question.zone,
        now: begun,
    };
    let known = signals::gather(app, &asked).await;
    decision.language(known.language);
    let said = Said::new(question.texts);
    let mut notes = Notes::new(&mut decision, since(app, begun));
    let until = (begun + brain.within).min(question.deadline - Span::secs(1));
    let no_model = no_model(app, brain.models.is_empty(), until);
    let next = ways::choose(brain, &said, &known.signals, no_model, &mut notes);
    let mut turn = TurnEnd::default();
    let next = match next {
        Next::Model { instead } => {
            let asked = (question, &asked, &known);
            ask_model(
                app,
                asked,
                (begun, until),
                instead,
                (&mut decision, &mut turn),
            )
            .await
        }
        other @ (Next::Say(_) | Next::HandOff { .. } | Next::Pass { .. } | Next::Nothing) => other,
    };
    let next = still_true(app, question.place, &known.passages, next, &mut decision).await;
    let note = match next {
        Next::HandOff { .. } => summary::note(&asked, known.language),
        Next::Say(_) | Next::Pass { .. } | Next::Model { .. } | Next::Nothing => String::new(),
    };
    if question.variables.contains_key(PENDING) {
        // A yes is to the question before it, never to an older one.
        turn.set.entry(PENDING.to_owned()).or_insert(Value::Null);
    }
    learn(app, question, &next).await;
    finished(next, brain.answer_chars, turn, note, &decision)
}

/// Keeps the question, to learn from it. Trouble with that is no trouble of the customer's.
async fn learn(app: &App, question: &Question<'_>, next: &Next) {
    let outcome = match next {
        Next::Say(_) => Outcome::Answered,
        Next::HandOff { .. } => Outcome::HandedOff,
        Next::Nothing | Next::Model { .. } => Outcome::Unknown,
        Next::Pass { .. } => return,
    };
    let text = question.texts.join("\n");
    let noted = app
        .understanding
        .note_question(question.place, &text, outcome);
    if let Err(error) = noted.await {
        tracing::warn!(%error, "a question can't be kept to learn from");
    }
}

/// What a model's turn leaves behind besides its words.
#[derive(Default)]
struct TurnEnd {
    /// Passages that the words cite.
    sources: Vec<String>,
    set: BTreeMap<String, Value>,
}

fn since(app: &App, begun: Time) -> i64 {
    (app.env.clock.now() - begun).as_millis()
}

fn no_model(app: &App, none: bool, until: Time) -> ways::NoModel {
    if none {
        Some("no model is set")
    } else if until - app.env.clock.now() < LEAST {
        Some("no time is left")
    } else {
        None
    }
}

async fn ask_model(
    app: &App,
    (question, asked, known): (&Question<'_>, &Asked<'_>, &Known),
    (begun, until): (Time, Time),
    instead: Option<Found>,
    (decision, turn): (&mut Decision, &mut TurnEnd),
) -> Next {
    let item = app
        .store
        .conversation(question.place.workspace, question.place.conversation)
        .await;
    let contact = item.ok().flatten().map(|item| item.contact);
    let toolbox = Toolbox::open(
        app,
        asked,
        (question.call, contact),
        (question.person, question.variables),
        (known.language, &known.passages),
    )
    .await;
    let mut hands = ModelHands::new(app, asked, contact, toolbox, (known.language, until));
    let request = request(question, (asked, known), begun, hands.tools());
    let texts: Vec<String> = known
        .passages
        .iter()
        .map(|held| held.shown.text.clone())
        .collect();
    let (end, used) = model::run(&mut hands, request, &texts).await;
    let after_ms = since(app, begun);
    take_notes(decision, &end, &used, after_ms);
    turn.set = used.set;
    match end {
        End::Said { text, cited } => {
            let cited = cited.into_iter().filter_map(|n| known.passages.get(n));
            turn.sources = cited.map(|passage| passage.source.clone()).collect();
            Next::Say(Found {
                text,
                source: String::new(),
                percent: 100,
            })
        }
        End::AskCustomer(text) => Next::Say(Found {
            text,
            source: String::new(),
            percent: 100,
        }),
        End::HandOff { team, why: _ } => Next::HandOff {
            team,
            why: "the model calls a person",
            sentence: String::new(),
        },
        End::Pass { to, context } => Next::Pass { to, context },
        End::NoAnswer | End::Unsupported(_) | End::Failed(_) => match instead {
            Some(found) => {
                let note = Note::new(Way::Quote, Gave::Taken, after_ms);
                decision.note(note.name(&found.source).percent(found.percent));
                Next::Say(found)
            }
            None => {
                decision.note(Note::new(Way::Nothing, Gave::Taken, after_ms));
                Next::Nothing
            }
        },
    }
}

/// What a model is asked.
fn request(
    question: &Question<'_>,
    (asked, known): (&Asked<'_>, &Known),
    begun: Time,
    tools: Vec<Tool>,
) -> Request {
    let brain = &question.assistant.brain;
    let shown: Vec<Shown> = known
        .passages
        .iter()
        .map(|held| held.shown.clone())
        .collect();
    let today = today(question.zone, begun);
    let scene = Scene {
        name: &question.assistant.name,
        business: question.business,
        today: &today,
        customer: question.person.name.as_deref().unwrap_or_default(),
        language: known.language,
        variables: question.variables,
        context: question.context,
        specialists: !brain.specialists.is_empty(),
    };
    Request {
        system: prompt::system(brain, &scene, &shown),
        messages: prompt::messages(asked.before, asked.texts),
        tools,
        temperature: Some(TEMPERATURE),
        ..Request::ask("", ANSWER_TOKENS)
    }
}

fn take_notes(decision: &mut Decision, end: &End, used: &Used, after_ms: i64) {
    for tool in &used.tools {
        decision.note(Note::new(Way::Tool, Gave::Passed, after_ms).name(tool));
    }
    let by = used.models.last().cloned().unwrap_or_default();
    let note = |way, gave| Note::new(way, gave, after_ms).name(&by);
    let model = match end {
        End::Said { .. } | End::AskCustomer(_) | End::HandOff { .. } | End::Pass { .. } => {
            note(Way::Model, Gave::Taken)
        }
        End::NoAnswer => note(Way::Model, Gave::Passed).why("it says that it has no answer"),
        End::Unsupported(_) => note(Way::Model, Gave::Refused),
        End::Failed(trouble) => note(Way::Model, Gave::Failed).why(trouble.kind.row().word),
    };
    decision.note(model.cost(used.cost_micros));
    if let End::Unsupported(parts) = end {
        let why = format!("{} parts stand in no passage and no result", parts.len());
        decision.note(note(Way::Support, Gave::Refused).why(why));
    }
}

/// An answer whose passage was deleted while it was found is not given.
async fn still_true(
    app: &App,
    place: Place,
    passages: &[Passage],
    next: Next,
    decision: &mut Decision,
) -> Next {
    let Next::Say(found) = &next else { return next };
    let used: Vec<Uuid> = passages
        .iter()
        .filter(|passage| !found.source.is_empty() && passage.source == found.source)
        .map(|passage| passage.id)
        .collect();
    if used.is_empty() {
        return next;
    }
    match app.knowledge.still_there(place.workspace, &used).await {
        Ok(false) => {
            let why = "its source was deleted meanwhile";
            decision.note(Note::new(Way::Nothing, Gave::Taken, 0).why(why));
            Next::Nothing
        }
        Ok(true) | Err(_) => next,
    }
}

/// `2026-11-20, sexta-feira, 14:05`.
#[must_use]
pub fn today(zone: &str, now: Time) -> String {
    const DAYS: [&str; 7] = [
        "segunda-feira",
        "terça-feira",
        "quarta-feira",
        "quinta-feira",
        "sexta-feira",
        "sábado",
        "domingo",
    ];
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let now = jiff::Timestamp::from_microsecond(now.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let local = zone.to_datetime(now);
    let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap_or(0);
    format!(
        "{}, {}, {:02}:{:02}",
        local.date(),
        DAYS.get(day).unwrap_or(&""),
        local.hour(),
        local.minute()
    )
}

/// The event's answer.
fn finished(next: Next, chars: u32, turn: TurnEnd, note: String, decision: &Decision) -> Answer {
    let how = decision.kept();
    let set = turn.set;
    match next {
        Next::Say(found) => {
            let mut sources = turn.sources;
            if !found.source.is_empty() && !sources.contains(&found.source) {
                sources.push(found.source);
            }
            let chars = usize::try_from(chars).unwrap_or(usize::MAX);
            Answer::Say {
                parts: vec![Outgoing::text(shortened(&found.text, chars, decision))],
                sources,
                draft: false,
                set,
                how,
            }
        }
        Next::HandOff {
            team,
            why,
            sentence,
        } => Answer::HandOff {
            team,
            why: why.to_owned(),
            note,
            sentence,
            set,
            how,
        },
        Next::Pass { to, context } => Answer::Pass { to, context, how },
        Next::Model { .. } | Next::Nothing => Answer::DontKnow { how },
    }
}

/// What a person wrote is said as it is written; what a model words becomes the channel's own.
fn shortened(text: &str, chars: usize, decision: &Decision) -> String {
    let modelled = decision
        .notes()
        .iter()
        .any(|note| note.way == Way::Model && note.gave == Gave::Taken);
    if modelled {
        format::for_channel(text, chars)
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_told_in_the_shops_time() {
        // 2026-11-20 15:00 UTC.
        let now = Time(1_795_186_800_000_000);
        assert_eq!(
            today("America/Sao_Paulo", now),
            "2026-11-20, sexta-feira, 12:00"
        );
        assert_eq!(today("nowhere", now), "2026-11-20, sexta-feira, 15:00");
    }

    #[test]
    fn written_words_stay_and_a_models_words_are_dressed() {
        let mut decision = Decision::default();
        assert_eq!(shortened("**a**", 100, &decision), "**a**");
        decision.note(Note::new(Way::Model, Gave::Taken, 1));
        assert_eq!(shortened("**a**", 100, &decision), "*a*");
    }
}
