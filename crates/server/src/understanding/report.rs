//! How a new model does: its own figures, and beside the one that is active on the same test set.
//!
//! In: the training's report, the test set, both models. Out: JSON that is kept with the version. What
//! was held out and what was taught as a correction are told apart: the second says whether corrections
//! stay right, the first how good it is on what it never saw. Texts stand in it only as row numbers.

use super::lesson::{Lesson, Test};
use ponte_nlu::intents::Model;
use ponte_nlu::intents::{Advice, Report};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Pairs and examples that are listed.
const LISTED: usize = 20;

/// How a model does on a part of the test set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub messages: usize,
    pub right: usize,
}

/// How a model does on the test set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// Never trained on.
    pub held_out: Score,
    /// Corrections of people.
    pub corrections: Score,
}

/// Judges a model. Right is the intent that was meant, or none where none was meant.
#[must_use]
pub fn judge(model: &Model, tests: &[Test]) -> Scores {
    let mut scores = Scores::default();
    for test in tests {
        let said = model.understand(&test.text);
        let said = said
            .intent()
            .and_then(|one| model.names().get(one.intent).cloned());
        let part = if test.taught {
            &mut scores.corrections
        } else {
            &mut scores.held_out
        };
        part.messages += 1;
        part.right += usize::from(said == test.intent);
    }
    scores
}

/// What is kept with a version.
#[must_use]
pub fn value(
    lesson: &Lesson,
    report: &Report,
    new: (&Model, Scores),
    old: Option<(u64, Scores)>,
    bytes: usize,
) -> Value {
    let name = |at: usize| {
        let intent = lesson.examples.intents.get(at);
        intent.map_or("", |intent| intent.name.as_str())
    };
    let confusions = report.confusions.iter().take(LISTED);
    let confusions: Vec<Value> = confusions
        .map(|c| json!({ "meant": name(c.meant), "said": name(c.said), "messages": c.rows.len() }))
        .collect();
    let suspects = report.suspects.iter().take(LISTED);
    let suspects: Vec<Value> = suspects
        .map(|s| {
            json!({
                "text": lesson.examples.rows.get(s.row).map(|row| &row.text),
                "labelled": name(s.labelled),
                "looks_like": name(s.looks_like),
                "confidence": s.confidence,
            })
        })
        .collect();
    let intents: Vec<Value> = report
        .per_intent
        .iter()
        .enumerate()
        .map(|(at, figures)| {
            json!({
                "name": name(at),
                "examples": figures.examples,
                "held_out": figures.held_out,
                "right": figures.right,
                "refused": figures.refused,
                "advice": figures.advice.map(|advice| told(advice, &name)),
            })
        })
        .collect();
    json!({
        "examples": report.examples,
        "intents": report.intents,
        "negatives": report.negatives,
        "held_out": report.held_out,
        "accuracy": report.accuracy,
        "accuracy_in_scope": report.accuracy_in_scope,
        "negatives_refused": report.negatives_refused,
        "background_refused": report.background_refused,
        "features": new.0.features(),
        "bytes": bytes,
        "confusions": confusions,
        "suspects": suspects,
        "per_intent": intents,
        "test": { "new": new.1, "old": old.map(|(version, scores)| json!({ "version": version, "scores": scores })) },
    })
}

fn told<'a>(advice: Advice, name: &impl Fn(usize) -> &'a str) -> Value {
    match advice {
        Advice::Start => json!({ "do": "start" }),
        Advice::AddExamples { wanted } => json!({ "do": "add_examples", "wanted": wanted }),
        Advice::Contrast { with } => json!({ "do": "contrast", "with": name(with) }),
    }
}
