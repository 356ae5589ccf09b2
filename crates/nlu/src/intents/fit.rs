//! Fits one model to some rows: which features, two scorers, and a detector of "none".
//!
//! In: folded texts with their classes, texts that are none of them, a [`Plan`]. Out: [`Fitted`], whose
//! scores `judge.rs` reads. The plan is chosen by how many examples an intent has, never by what they
//! are about. Absent: hold-out and thresholds (`train.rs`).

use super::features::Shape;
use super::judge::{Verdict, judge};
use super::limits::WEIGHTS_MAX;
use super::linear::{GoOn, Lesson, Loss, Weights, logistic, support};
use super::vocabulary::{Row, Vocabulary};
use crate::text::Folded;

/// Below this many examples an intent, on average, a set is one of few.
const FEW_EXAMPLES: f32 = 30.0;
const COST: f32 = 1.0;
const RATE: f32 = 0.3;
const SUPPORT_PASSES: usize = 30;
const FEW_PASSES: usize = 20;
const MANY_PASSES: usize = 15;
/// A glance suffices to see what is near.
const GLANCE_PASSES: usize = 8;
/// Intents with few examples count for more, but not so much that common ones give way.
const BALANCE: f32 = 0.5;
const BALANCE_MAX: f32 = 3.0;
/// How far from what an unknown text gets (nought) to what an example gets (one) a line of the
/// background may come before it is near an intent.
const NEAR: f32 = 0.4;

/// How to fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) shape: Shape,
    pub(super) passes: usize,
    pub(super) seed: u64,
}

impl Plan {
    pub(super) fn choose(rows: usize, intents: usize, seed: u64) -> Plan {
        if (rows as f32) < FEW_EXAMPLES * intents as f32 {
            Plan {
                shape: Shape::FEW,
                passes: FEW_PASSES,
                seed,
            }
        } else {
            Plan {
                shape: Shape::MANY,
                passes: MANY_PASSES,
                seed,
            }
        }
    }

    /// Passes of one fit at most, for those who show progress.
    pub(super) fn steps(&self) -> usize {
        SUPPORT_PASSES + 2 * self.passes
    }

    /// Passes of a look at the background.
    pub(super) const fn glance_steps() -> usize {
        GLANCE_PASSES
    }
}

/// What is fitted to.
#[derive(Clone, Default)]
pub(super) struct Material<'a> {
    pub(super) intents: usize,
    /// Texts and the intent of each; names and descriptions of intents among them.
    pub(super) rows: Vec<(&'a Folded, u32)>,
    pub(super) none: Vec<&'a Folded>,
}

/// Two scorers and a detector over one vocabulary.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    pub(super) vocabulary: Vocabulary,
    /// Margins by intent.
    pub(super) support: Weights,
    /// Shared log-chances by intent.
    pub(super) shared: Weights,
    /// One column: the log-odds of "none".
    pub(super) none: Weights,
}

impl Fitted {
    pub(super) fn judge(&self, text: &Folded) -> Verdict {
        let row = self.vocabulary.row(text, &mut Vec::new());
        let mut support = vec![0.0; self.support.classes];
        let mut shared = vec![0.0; self.shared.classes];
        let mut none = [0.0];
        self.support.scores(&row, &mut support);
        self.shared.scores(&row, &mut shared);
        self.none.scores(&row, &mut none);
        judge(&support, &shared, none[0])
    }
}

/// Fits; `None` when told to stop.
pub(super) fn fit(material: &Material<'_>, plan: &Plan, go_on: GoOn<'_>) -> Option<Fitted> {
    let intents = material.intents;
    let vocabulary = vocabulary(material, plan);
    let none = intents as u32;
    let mut rows = turn(&vocabulary, material.rows.iter().map(|(text, _)| *text));
    let mut labels: Vec<u32> = material.rows.iter().map(|(_, intent)| *intent).collect();
    let mut counts = balance(&labels, intents);
    let inside = rows.len();
    let shared = logistic(
        lesson(
            &rows,
            &labels,
            &counts,
            vocabulary.len(),
            intents,
            plan.seed,
        ),
        Loss::Shared,
        plan.passes,
        RATE,
        go_on,
    )?;
    rows.extend(turn(&vocabulary, material.none.iter().copied()));
    labels.resize(rows.len(), none);
    counts.resize(rows.len(), 1.0);
    let margins = lesson(
        &rows,
        &labels,
        &counts,
        vocabulary.len(),
        intents,
        plan.seed,
    );
    let support = support(margins, COST, SUPPORT_PASSES, go_on)?;
    // For the detector "none" is the one class, and every intent is against it.
    let outside: Vec<u32> = (0..rows.len()).map(|at| u32::from(at < inside)).collect();
    let even = vec![1.0; rows.len()];
    let detector = lesson(&rows, &outside, &even, vocabulary.len(), 1, plan.seed);
    let none = logistic(detector, Loss::Apart, plan.passes, RATE, go_on)?;
    Some(Fitted {
        vocabulary,
        support,
        shared,
        none,
    })
}

/// Which of some texts are near none of the intents; `None` when told to stop.
pub(super) fn far(
    material: &Material<'_>,
    plan: &Plan,
    texts: &[Folded],
    go_on: GoOn<'_>,
) -> Option<Vec<bool>> {
    let vocabulary = vocabulary(material, plan);
    let rows = turn(&vocabulary, material.rows.iter().map(|(text, _)| *text));
    let labels: Vec<u32> = material.rows.iter().map(|(_, intent)| *intent).collect();
    let counts = vec![1.0; rows.len()];
    let glance = lesson(
        &rows,
        &labels,
        &counts,
        vocabulary.len(),
        material.intents,
        plan.seed,
    );
    let weights = support(glance, COST, GLANCE_PASSES, go_on)?;
    let mut scores = vec![0.0; material.intents];
    let mut found = Vec::new();
    let mut is_far = |text: &Folded| {
        weights.scores(&vocabulary.row(text, &mut found), &mut scores);
        let unknown = weights.row(vocabulary.len());
        scores
            .iter()
            .zip(unknown)
            .all(|(score, unknown)| *score <= unknown + NEAR * (1.0 - unknown))
    };
    Some(texts.iter().map(&mut is_far).collect())
}

fn vocabulary(material: &Material<'_>, plan: &Plan) -> Vocabulary {
    let texts = material.rows.iter().map(|(text, _)| *text);
    Vocabulary::learn(texts, plan.shape, WEIGHTS_MAX / material.intents.max(1))
}

fn turn<'a>(vocabulary: &Vocabulary, texts: impl Iterator<Item = &'a Folded>) -> Vec<Row> {
    let mut found = Vec::new();
    texts.map(|text| vocabulary.row(text, &mut found)).collect()
}

fn lesson<'a>(
    rows: &'a [Row],
    labels: &'a [u32],
    counts: &'a [f32],
    features: usize,
    classes: usize,
    seed: u64,
) -> Lesson<'a> {
    Lesson {
        rows,
        labels,
        counts,
        features,
        classes,
        seed,
    }
}

/// How much each row counts: more where its intent has few.
fn balance(labels: &[u32], intents: usize) -> Vec<f32> {
    let mut per = vec![0.0f32; intents];
    for label in labels {
        per[*label as usize] += 1.0;
    }
    let mean = labels.len() as f32 / intents as f32;
    let count = |label: &u32| (mean / per[*label as usize]).powf(BALANCE);
    labels
        .iter()
        .map(|l| count(l).clamp(1.0 / BALANCE_MAX, BALANCE_MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(list: &[(&str, u32)]) -> Vec<(Folded, u32)> {
        list.iter()
            .map(|(text, intent)| (Folded::new(text), *intent))
            .collect()
    }

    #[test]
    fn what_was_shown_is_known_again_and_the_rest_is_none() {
        let rows = texts(&[
            ("quero um pão", 0),
            ("me vê dois pães", 0),
            ("que horas abre", 1),
            ("abre domingo?", 1),
        ]);
        let none = texts(&[
            ("vai chover amanhã", 2),
            ("conta uma piada", 2),
            ("quem ganhou o jogo", 2),
        ]);
        let material = Material {
            intents: 2,
            rows: rows.iter().map(|(t, l)| (t, *l)).collect(),
            none: none.iter().map(|(t, _)| t).collect(),
        };
        let plan = Plan::choose(rows.len(), 2, 1);
        assert_eq!(plan.shape, Shape::FEW);
        let fitted = fit(&material, &plan, &mut || true).unwrap();
        for (text, intent) in &rows {
            assert_eq!(fitted.judge(text).best as u32, *intent);
        }
        let inside = fitted.judge(&Folded::new("quero dois pães")).signals;
        let outside = fitted.judge(&Folded::new("quem ganhou o jogo")).signals;
        assert!(inside[0] > outside[0] && inside[2] > outside[2]);
        let far = far(
            &material,
            &plan,
            &[rows[0].0.clone(), none[0].0.clone()],
            &mut || true,
        )
        .unwrap();
        assert_eq!(far, [false, true]);
    }

    #[test]
    fn a_fit_that_is_told_to_stop_stops() {
        let rows = texts(&[("a", 0), ("b", 1)]);
        let material = Material {
            intents: 2,
            rows: rows.iter().map(|(t, l)| (t, *l)).collect(),
            none: vec![],
        };
        let mut left = 5;
        let mut go_on = || {
            left -= 1;
            left > 0
        };
        assert!(fit(&material, &Plan::choose(2, 2, 1), &mut go_on).is_none());
    }

    #[test]
    fn the_plan_goes_by_examples_an_intent() {
        assert_eq!(Plan::choose(299, 10, 1).shape, Shape::FEW);
        assert_eq!(Plan::choose(300, 10, 1).shape, Shape::MANY);
    }

    #[test]
    fn rare_intents_count_more_within_bounds() {
        let mut labels = vec![0u32; 90];
        labels.extend([1; 10]);
        let counts = balance(&labels, 2);
        assert!(counts[0] < 1.0 && counts[99] > 2.0 && counts[99] <= BALANCE_MAX);
        assert_eq!(balance(&[0, 1], 2), [1.0, 1.0]);
    }
}
