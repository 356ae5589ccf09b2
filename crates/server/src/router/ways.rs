//! Chooses the way to an answer from what is known of a turn, before any model is asked.
//!
//! In: a brain, the words, and [`Signals`]: what knowledge and understanding gave. Out: [`Next`]: the answer,
//! or that a model is to be asked and what to fall back on; and a note for each way that was looked at. Pure,
//! so that every order of ways is a row in a table of tests. Absent: gathering signals and asking models.

use super::decision::{Decision, Gave, Note, Way};
use super::words::{self, Said};
use ponte_core::brain::{Brain, Prefer, Reaction};
use ponte_core::ids::{AssistantId, TeamId};
use serde_json::{Value, json};

/// What is known of a turn.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// The best answer that somebody wrote for this question.
    pub written: Option<Found>,
    /// The intent that was recognised, with its confidence in percent.
    pub intent: Option<(String, u32)>,
    /// The best sentence of the knowledge.
    pub quote: Option<Found>,
    pub mood: Mood,
    /// How often this turn was passed on already.
    pub passes: u32,
}

/// Words that may be said, and where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub text: String,
    pub source: String,
    pub percent: u32,
}

/// What the customer seems to feel; each with the reason, in English.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mood {
    pub dissatisfied: Option<String>,
    pub threat: Option<String>,
    pub urgent: Option<String>,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Said, with its source.
    Say(Found),
    /// People are called; the sentence may be empty.
    HandOff {
        team: Option<TeamId>,
        why: &'static str,
        sentence: String,
    },
    Pass {
        to: AssistantId,
        context: Value,
    },
    /// A model words it; failing that, this is said, or nothing is known.
    Model {
        instead: Option<Found>,
    },
    Nothing,
}

/// Whether a model may be asked now: a reason against it, in English.
pub type NoModel = Option<&'static str>;

/// Decides.
#[must_use]
pub fn choose(
    brain: &Brain,
    said: &Said,
    signals: &Signals,
    no_model: NoModel,
    notes: &mut Notes<'_>,
) -> Next {
    if let Some(next) = specialist(brain, said, signals, notes) {
        return next;
    }
    if let Some(next) = forbidden(brain, said, notes) {
        return next;
    }
    if let Some(next) = escalation(brain, &signals.mood, notes) {
        return next;
    }
    if let Some(found) = &signals.written {
        notes.found(Way::Written, Gave::Taken, found);
        return Next::Say(found.clone());
    }
    notes.passed(Way::Written);
    let reaction = intent(brain, signals, notes);
    if let Some(next) = reaction.and_then(react) {
        return next;
    }
    let words = words::critical(brain, said);
    if words.is_some() || reaction.is_some_and(|reaction| reaction.critical) {
        let why = "nobody wrote an answer for a critical matter";
        notes.put(Note::new(Way::Critical, Gave::Taken, 0).why(why));
        return hand_off("critical matter");
    }
    quote_or_model(brain, signals, no_model, notes)
}

fn specialist(
    brain: &Brain,
    said: &Said,
    signals: &Signals,
    notes: &mut Notes<'_>,
) -> Option<Next> {
    let found = words::specialist(brain, said)?;
    let note = Note::new(Way::Specialist, Gave::Taken, 0).name(&found.name);
    if signals.passes > 0 {
        // Whoever got it by being passed on answers, or says that it can't.
        notes.put(Note {
            gave: Gave::Refused,
            ..note.why("it was passed on already")
        });
        return None;
    }
    notes.put(note);
    Some(Next::Pass {
        to: found.assistant,
        context: json!({}),
    })
}

fn forbidden(brain: &Brain, said: &Said, notes: &mut Notes<'_>) -> Option<Next> {
    let found = words::forbidden(brain, said)?;
    notes.put(Note::new(Way::Forbidden, Gave::Taken, 0).name(&found.subject));
    if found.say.trim().is_empty() {
        return Some(hand_off("forbidden subject"));
    }
    Some(Next::Say(Found {
        text: found.say.clone(),
        source: String::new(),
        percent: 100,
    }))
}

fn escalation(brain: &Brain, mood: &Mood, notes: &mut Notes<'_>) -> Option<Next> {
    let wanted = &brain.escalation;
    let felt = [
        (wanted.threats, &mood.threat, "threat"),
        (wanted.dissatisfied, &mood.dissatisfied, "dissatisfied"),
        (wanted.urgent, &mood.urgent, "urgent"),
    ];
    let (reason, name) = felt
        .into_iter()
        .filter(|(wanted, _, _)| *wanted)
        .find_map(|(_, reason, name)| Some((reason.as_ref()?, name)))?;
    notes.put(
        Note::new(Way::Escalation, Gave::Taken, 0)
            .name(name)
            .why(reason.as_str()),
    );
    Some(hand_off(name))
}

fn hand_off(why: &'static str) -> Next {
    Next::HandOff {
        team: None,
        why,
        sentence: String::new(),
    }
}

fn intent<'b>(brain: &'b Brain, signals: &Signals, notes: &mut Notes<'_>) -> Option<&'b Reaction> {
    let Some((name, percent)) = &signals.intent else {
        notes.passed(Way::Intent);
        return None;
    };
    let note = Note::new(Way::Intent, Gave::Passed, 0)
        .name(name)
        .percent(*percent);
    let reaction = brain.intents.get(name);
    if *percent < brain.intent_percent {
        notes.put(Note {
            gave: Gave::Refused,
            ..note.why("not sure enough")
        });
        return None;
    }
    if reaction.is_none() {
        notes.put(note.why("nothing is said to do for it"));
        return None;
    }
    notes.put(Note {
        gave: Gave::Taken,
        ..note
    });
    reaction
}

/// What the author wants done for an intent; `None` where it only marks the matter as critical.
fn react(reaction: &Reaction) -> Option<Next> {
    if !reaction.say.trim().is_empty() && !reaction.hand_off {
        return Some(Next::Say(Found {
            text: reaction.say.clone(),
            source: String::new(),
            percent: 100,
        }));
    }
    if reaction.hand_off {
        return Some(Next::HandOff {
            team: reaction.team,
            why: "intent",
            sentence: reaction.say.clone(),
        });
    }
    reaction.pass.map(|to| Next::Pass {
        to,
        context: json!({}),
    })
}

fn quote_or_model(
    brain: &Brain,
    signals: &Signals,
    no_model: NoModel,
    notes: &mut Notes<'_>,
) -> Next {
    let enough = |found: &&Found| found.percent >= brain.knowledge.quote_percent;
    let quote = signals.quote.as_ref().filter(enough);
    match (quote, &signals.quote) {
        (None, Some(weak)) => notes.found(Way::Quote, Gave::Refused, weak),
        (None, None) => notes.passed(Way::Quote),
        (Some(_), _) => {}
    }
    if let (Some(found), Prefer::Cheapest) = (quote, brain.prefer) {
        notes.found(Way::Quote, Gave::Taken, found);
        return Next::Say(found.clone());
    }
    if let Some(why) = no_model {
        notes.put(Note::new(Way::Model, Gave::Passed, 0).why(why));
        return match quote {
            Some(found) => {
                notes.found(Way::Quote, Gave::Taken, found);
                Next::Say(found.clone())
            }
            None => {
                notes.put(Note::new(Way::Nothing, Gave::Taken, 0));
                Next::Nothing
            }
        };
    }
    Next::Model {
        instead: quote.cloned(),
    }
}

/// Where notes are taken, with the time since the turn was begun.
pub struct Notes<'d> {
    decision: &'d mut Decision,
    after_ms: i64,
}

impl<'d> Notes<'d> {
    pub fn new(decision: &'d mut Decision, after_ms: i64) -> Notes<'d> {
        Notes { decision, after_ms }
    }

    fn put(&mut self, note: Note) {
        let after_ms = self.after_ms;
        self.decision.note(Note { after_ms, ..note });
    }

    fn passed(&mut self, way: Way) {
        self.put(Note::new(way, Gave::Passed, 0));
    }

    fn found(&mut self, way: Way, gave: Gave, found: &Found) {
        self.put(
            Note::new(way, gave, 0)
                .name(&found.source)
                .percent(found.percent),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::brain::{Escalation, Forbidden, Specialist};
    use uuid::Uuid;

    fn found(text: &str, percent: u32) -> Found {
        Found {
            text: text.into(),
            source: format!("{text}.md"),
            percent,
        }
    }

    fn brain() -> Brain {
        let reaction = |say: &str, hand_off, critical| Reaction {
            say: say.into(),
            hand_off,
            critical,
            ..Reaction::default()
        };
        Brain {
            specialists: vec![Specialist {
                assistant: AssistantId(Uuid::from_u128(7)),
                name: "vendas".into(),
                about: String::new(),
                words: vec!["comprar".into()],
            }],
            forbidden: vec![
                Forbidden {
                    subject: "política".into(),
                    words: vec!["eleição".into()],
                    say: "Não falo disso.".into(),
                },
                Forbidden {
                    subject: "processo".into(),
                    words: vec!["advogado".into()],
                    say: String::new(),
                },
            ],
            critical: vec!["alergia".into()],
            intents: [
                (
                    "horario".to_owned(),
                    reaction("Das 8h às 18h.", false, false),
                ),
                ("cancelar".to_owned(), reaction("Já chamo.", true, false)),
                ("alergenicos".to_owned(), reaction("", false, true)),
            ]
            .into(),
            ..Brain::default()
        }
    }

    fn chosen(brain: &Brain, text: &str, signals: &Signals, no_model: NoModel) -> (Next, Value) {
        let mut decision = Decision::default();
        let said = Said::new(&[text.to_owned()]);
        let mut notes = Notes::new(&mut decision, 3);
        let next = choose(brain, &said, signals, no_model, &mut notes);
        (next, decision.kept())
    }

    /// Everything at once; each way alone shows by taking the ones before it away.
    fn all() -> Signals {
        Signals {
            written: Some(found("escrita", 90)),
            intent: Some(("horario".into(), 80)),
            quote: Some(found("trecho", 70)),
            mood: Mood {
                dissatisfied: Some("asked three times".into()),
                ..Mood::default()
            },
            passes: 0,
        }
    }

    #[test]
    fn the_ways_are_taken_in_their_order() {
        let brain = brain();
        let text = "quero comprar, fala da eleição, tenho alergia";
        let by =
            |text: &str, signals: &Signals| chosen(&brain, text, signals, None).1["by"].clone();
        assert_eq!(by(text, &all()), "specialist");
        let passed = Signals { passes: 1, ..all() };
        assert_eq!(by(text, &passed), "forbidden");
        let text = "tenho alergia";
        assert_eq!(by(text, &all()), "escalation");
        let calm = Signals {
            mood: Mood::default(),
            ..all()
        };
        assert_eq!(by(text, &calm), "written");
        let unwritten = Signals {
            written: None,
            ..calm
        };
        assert_eq!(by(text, &unwritten), "intent");
        let unknown = Signals {
            intent: None,
            ..unwritten
        };
        assert_eq!(by(text, &unknown), "critical");
        assert_eq!(by("e aí", &unknown), "quote");
        let nothing = Signals {
            quote: None,
            ..unknown
        };
        let (next, kept) = chosen(&brain, "e aí", &nothing, None);
        assert_eq!(next, Next::Model { instead: None });
        assert!(kept["by"].is_null(), "the model's own note comes later");
    }

    #[test]
    fn what_an_intent_wants_is_done() {
        let brain = brain();
        let of = |name: &str, percent| {
            let signals = Signals {
                intent: Some((name.into(), percent)),
                ..Signals::default()
            };
            chosen(&brain, "hm", &signals, Some("off")).0
        };
        assert!(matches!(of("horario", 80), Next::Say(said) if said.text == "Das 8h às 18h."));
        assert_eq!(of("horario", 59), Next::Nothing, "not sure enough");
        assert_eq!(of("outra", 99), Next::Nothing);
        assert!(
            matches!(of("cancelar", 80), Next::HandOff { sentence, .. } if sentence == "Já chamo.")
        );
        assert!(
            matches!(
                of("alergenicos", 80),
                Next::HandOff {
                    why: "critical matter",
                    ..
                }
            ),
            "a critical matter without a written answer is a person's"
        );
    }

    #[test]
    fn a_forbidden_matter_has_its_sentence_or_a_person() {
        let none = Signals::default();
        let (next, _) = chosen(&brain(), "e a eleição?", &none, None);
        assert!(matches!(next, Next::Say(said) if said.text == "Não falo disso."));
        let (next, _) = chosen(&brain(), "vou chamar meu ADVOGADO", &none, None);
        assert!(matches!(
            next,
            Next::HandOff {
                why: "forbidden subject",
                ..
            }
        ));
    }

    #[test]
    fn only_the_moods_that_are_switched_on_call_a_person() {
        let felt = Mood {
            dissatisfied: Some("a".into()),
            threat: Some("b".into()),
            urgent: Some("c".into()),
        };
        let why = |escalation| {
            let brain = Brain {
                escalation,
                ..Brain::default()
            };
            let signals = Signals {
                mood: felt.clone(),
                ..Signals::default()
            };
            let Next::HandOff { why, .. } = chosen(&brain, "x", &signals, Some("off")).0 else {
                panic!("a person is called");
            };
            why
        };
        let only = |dissatisfied, threats, urgent| Escalation {
            dissatisfied,
            threats,
            urgent,
        };
        assert_eq!(why(only(true, true, true)), "threat");
        assert_eq!(why(only(true, false, true)), "dissatisfied");
        assert_eq!(why(only(false, false, true)), "urgent");
    }

    #[test]
    fn a_quote_stands_in_for_a_model_and_a_model_for_a_quote() {
        let with = |percent| Signals {
            quote: Some(found("trecho", percent)),
            ..Signals::default()
        };
        let eloquent = Brain {
            prefer: Prefer::Model,
            ..Brain::default()
        };
        let plain = Brain::default();
        assert!(matches!(
            chosen(&plain, "x", &with(70), None).0,
            Next::Say(_)
        ));
        assert!(matches!(
            chosen(&eloquent, "x", &with(70), None).0,
            Next::Model { instead: Some(_) }
        ));
        assert!(matches!(
            chosen(&eloquent, "x", &with(70), Some("no budget")).0,
            Next::Say(_)
        ));
        let (next, kept) = chosen(&plain, "x", &with(49), Some("no budget"));
        assert_eq!(next, Next::Nothing);
        assert_eq!(kept["by"], "nothing");
        assert!(matches!(
            chosen(&plain, "x", &with(49), None).0,
            Next::Model { instead: None }
        ));
    }
}
