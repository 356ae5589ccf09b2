//! A trained model as a value: reads a message and says what it wants.
//!
//! In: a message. Out: an [`Understanding`]: the intents by likelihood, and whether it is any of them.
//! A model is immutable; a new one takes its place whole. Absent: training (`train.rs`), storage
//! (`bytes.rs` gives bytes), reasons (`explain.rs`), what to do about it (the server's router).

use super::confidence::Confidence;
use super::judge::{Gate, Verdict, judge};
use super::quantised::Quantised;
use super::vocabulary::Vocabulary;
use crate::text::Folded;

/// Intents told of one message: people look at no more.
const RANKED_MAX: usize = 5;

/// What was learned.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(super) names: Vec<String>,
    pub(super) vocabulary: Vocabulary,
    pub(super) weights: Quantised,
    pub(super) gate: Gate,
    pub(super) confidence: Confidence,
}

/// An intent and how likely it is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// Its place in [`Model::names`].
    pub intent: usize,
    /// 0 to 1; of a hundred messages told with 0.8, about eighty are right.
    pub confidence: f32,
}

/// What a message wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Understanding {
    /// The likeliest first, at most five; told even when the message is out of scope.
    pub ranked: Vec<Ranked>,
    /// Whether it is any of the intents.
    pub in_scope: bool,
    /// Distance from the threshold of "in scope" in deviations of ordinary examples; negative is out.
    pub scope: f32,
}

impl Understanding {
    /// The intent, where the message has one.
    #[must_use]
    pub fn intent(&self) -> Option<Ranked> {
        self.ranked.first().copied().filter(|_| self.in_scope)
    }
}

impl Model {
    /// Names of the intents it knows, sorted.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Features it knows.
    #[must_use]
    pub fn features(&self) -> usize {
        self.vocabulary.len()
    }

    /// What a message wants. Any text will do; only its beginning is read
    /// ([`crate::text::TEXT_BYTES_MAX`]).
    #[must_use]
    pub fn understand(&self, text: &str) -> Understanding {
        let folded = Folded::new(text);
        let row = self.vocabulary.row(&folded, &mut Vec::new());
        let verdict = self.judge(&row);
        let level = self.gate.level(&verdict.signals);
        // A text without one known feature says nothing, whatever the constants say.
        let in_scope = level >= self.gate.threshold && !row.is_empty();
        Understanding {
            ranked: self.rank(&verdict, level),
            in_scope,
            scope: level - self.gate.threshold,
        }
    }

    pub(super) fn judge(&self, row: &[(u32, f32)]) -> Verdict {
        let scores = self.weights.scores(row);
        judge(&scores.support, &scores.shared, scores.none)
    }

    /// The best has the confidence that was measured; the others share what is left by their scores, none
    /// of them more than the best.
    fn rank(&self, verdict: &Verdict, level: f32) -> Vec<Ranked> {
        let best = self.confidence.chance(level, verdict.lead);
        let top = verdict.blend[verdict.best];
        let weight = |score: f32| (score - top).exp();
        let mut others: Vec<usize> = (0..verdict.blend.len())
            .filter(|at| *at != verdict.best)
            .collect();
        let total: f32 = others.iter().map(|at| weight(verdict.blend[*at])).sum();
        let by_score = |a: &usize, b: &usize| {
            verdict.blend[*b]
                .total_cmp(&verdict.blend[*a])
                .then(a.cmp(b))
        };
        if others.len() >= RANKED_MAX {
            others.select_nth_unstable_by(RANKED_MAX - 2, by_score);
            others.truncate(RANKED_MAX - 1);
        }
        others.sort_by(by_score);
        let other = |at: usize| {
            let share = weight(verdict.blend[at]) / total.max(f32::MIN_POSITIVE);
            Ranked {
                intent: at,
                confidence: ((1.0 - best) * share).min(best),
            }
        };
        let first = Ranked {
            intent: verdict.best,
            confidence: best,
        };
        std::iter::once(first)
            .chain(others.into_iter().map(other))
            .collect()
    }
}
