//! Tells people after training how good the model is, and what to do to make it better.
//!
//! In: the examples and what was said of those held out. Out: [`Report`]: figures, intents that are taken
//! for each other, examples that look mislabelled, advice per intent. Everything is told by the caller's
//! numbers of rows and intents. Absent: wording, which differs by language and page.

use super::confidence::{Confidence, Reliability, reliability};
use super::examples::{Doubt, Examples};
use super::judge::Gate;
use super::limits::FINDINGS_MAX;
use super::train::{Held, Set};
use std::collections::BTreeMap;

/// What training found. Shares are 0 to 1, of held-out messages: none was judged by a model that had
/// seen it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    pub examples: usize,
    pub intents: usize,
    /// The user's examples of "out of scope".
    pub negatives: usize,
    /// Lines of the generic background that were used; those near an intent are not.
    pub background: usize,
    /// Examples that were held out.
    pub held_out: usize,
    /// The right intent, not asking whether it is in scope.
    pub accuracy: f32,
    /// The right intent, and in scope.
    pub accuracy_in_scope: f32,
    /// Out-of-scope messages that were told as such: the user's, and the background's.
    pub negatives_refused: Option<f32>,
    pub background_refused: Option<f32>,
    pub reliability: Reliability,
    /// Most frequent first, at most fifty.
    pub confusions: Vec<Confusion>,
    /// Surest first, at most fifty.
    pub suspects: Vec<Suspect>,
    /// One per intent that the caller gave, in the caller's order.
    pub per_intent: Vec<IntentFigures>,
    pub doubts: Vec<Doubt>,
}

/// An intent that is taken for another: a pair to merge, or to contrast with examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    pub meant: usize,
    pub said: usize,
    pub rows: Vec<usize>,
}

/// An example that the other examples say is of another intent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Suspect {
    pub row: usize,
    pub labelled: usize,
    pub looks_like: usize,
    pub confidence: f32,
}

/// How one intent stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntentFigures {
    pub examples: usize,
    pub held_out: usize,
    pub right: usize,
    /// Held out, right, and yet told as out of scope.
    pub refused: usize,
    pub advice: Option<Advice>,
}

/// What would help an intent most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// It has no examples: it is not known at all.
    Start,
    /// More examples, in other words than those there are.
    AddExamples { wanted: usize },
    /// Examples that show how it differs from another, or one intent for both.
    Contrast { with: usize },
}

/// With fewer an intent is learned badly whatever the figures say.
const EXAMPLES_WANTED: usize = 10;
/// An intent that is right less often needs something.
const RIGHT_WANTED: f32 = 0.8;
/// An example is suspect when the model that never saw it is at least this sure of another intent.
const SUSPECT_FROM: f32 = 0.6;

pub(super) fn report(
    examples: &Examples,
    set: &Set,
    held: &[Held],
    gate: &Gate,
    confidence: &Confidence,
) -> Report {
    let is_in = |h: &Held| gate.level(&h.signals) >= gate.threshold;
    let inside: Vec<&Held> = held.iter().filter(|h| h.intent.is_some()).collect();
    let refused = |of: Vec<&Held>| {
        let count = of.iter().filter(|h| !is_in(h)).count();
        (!of.is_empty()).then(|| count as f32 / of.len() as f32)
    };
    let outside = |mine: bool| {
        let all = held
            .iter()
            .filter(|h| h.intent.is_none() && h.row.is_some() == mine);
        all.collect::<Vec<_>>()
    };
    let told: Vec<(f32, bool)> = inside
        .iter()
        .map(|h| {
            (
                confidence.chance(gate.level(&h.signals), h.lead),
                h.is_right(),
            )
        })
        .collect();
    let share = |count: usize| count as f32 / inside.len().max(1) as f32;
    let confusions = confusions(set, &inside);
    Report {
        examples: set.rows.len(),
        intents: set.intents.len(),
        negatives: set.none.iter().filter(|(_, row)| row.is_some()).count(),
        background: set.none.iter().filter(|(_, row)| row.is_none()).count(),
        held_out: inside.len(),
        accuracy: share(inside.iter().filter(|h| h.is_right()).count()),
        accuracy_in_scope: share(inside.iter().filter(|h| h.is_right() && is_in(h)).count()),
        negatives_refused: refused(outside(true)),
        background_refused: refused(outside(false)),
        reliability: reliability(&told),
        per_intent: per_intent(examples, set, &inside, &confusions, &is_in),
        suspects: suspects(set, &inside, &told),
        confusions: confusions.into_iter().take(FINDINGS_MAX).collect(),
        doubts: examples.doubts(),
    }
}

fn confusions(set: &Set, inside: &[&Held]) -> Vec<Confusion> {
    let mut pairs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for held in inside.iter().filter(|h| !h.is_right()) {
        if let (Some(intent), Some(row)) = (held.intent, held.row) {
            let pair = (
                set.intents[intent as usize],
                set.intents[held.best as usize],
            );
            pairs.entry(pair).or_default().push(row);
        }
    }
    let mut found: Vec<Confusion> = pairs
        .into_iter()
        .map(|((meant, said), mut rows)| {
            rows.sort_unstable();
            Confusion { meant, said, rows }
        })
        .collect();
    found.sort_by_key(|c| (std::cmp::Reverse(c.rows.len()), c.meant, c.said));
    found
}

fn suspects(set: &Set, inside: &[&Held], told: &[(f32, bool)]) -> Vec<Suspect> {
    let mut found: Vec<Suspect> = inside
        .iter()
        .zip(told)
        .filter(|(_, (confidence, right))| !right && *confidence >= SUSPECT_FROM)
        .filter_map(|(held, (confidence, _))| {
            Some(Suspect {
                row: held.row?,
                labelled: set.intents[held.intent? as usize],
                looks_like: set.intents[held.best as usize],
                confidence: *confidence,
            })
        })
        .collect();
    found.sort_by(|a, b| {
        b.confidence
            .total_cmp(&a.confidence)
            .then(a.row.cmp(&b.row))
    });
    found.truncate(FINDINGS_MAX);
    found
}

fn per_intent(
    examples: &Examples,
    set: &Set,
    inside: &[&Held],
    confusions: &[Confusion],
    is_in: &dyn Fn(&Held) -> bool,
) -> Vec<IntentFigures> {
    let counts = examples.counts();
    let mut figures: Vec<IntentFigures> = counts
        .into_iter()
        .map(|examples| IntentFigures {
            examples,
            ..IntentFigures::default()
        })
        .collect();
    for held in inside {
        let Some(intent) = held.intent else { continue };
        let mine = &mut figures[set.intents[intent as usize]];
        mine.held_out += 1;
        mine.right += usize::from(held.is_right());
        mine.refused += usize::from(held.is_right() && !is_in(held));
    }
    for (intent, mine) in figures.iter_mut().enumerate() {
        mine.advice = advice(intent, mine, confusions);
    }
    figures
}

fn advice(intent: usize, mine: &IntentFigures, confusions: &[Confusion]) -> Option<Advice> {
    if mine.examples == 0 {
        return Some(Advice::Start);
    }
    if mine.examples < EXAMPLES_WANTED {
        let wanted = EXAMPLES_WANTED - mine.examples;
        return Some(Advice::AddExamples { wanted });
    }
    if mine.right as f32 >= RIGHT_WANTED * mine.held_out as f32 {
        return None;
    }
    let wrong = mine.held_out - mine.right;
    let worst = confusions.iter().find(|c| c.meant == intent);
    match worst {
        // Most of what goes wrong goes to one other: the two are too alike.
        Some(worst) if worst.rows.len() * 2 >= wrong => Some(Advice::Contrast { with: worst.said }),
        Some(_) | None => Some(Advice::AddExamples {
            wanted: mine.examples,
        }),
    }
}
