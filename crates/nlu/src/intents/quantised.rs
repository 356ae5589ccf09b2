//! Keeps weights as one byte each, all of a feature together.
//!
//! In: fitted weights. Out: [`Quantised`], a quarter of the size, whose scores differ from the fitted ones
//! by a fraction of what tells intents apart (a test holds how much). Each feature has three scales, one
//! per part, since margins and log-chances have different sizes. Absent: reading and writing (`bytes.rs`).

use super::fit::Fitted;
use super::linear::Weights;

/// Parts of a row: margins by intent, shared scores by intent, one for "none".
pub(super) const PARTS: usize = 3;
const STEPS: f32 = 127.0;

/// Weights of all parts.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Quantised {
    pub(super) intents: usize,
    /// By feature, then part by part.
    pub(super) steps: Vec<i8>,
    /// By feature: how much one step is in each part.
    pub(super) scales: Vec<[f32; PARTS]>,
    /// What a message without known features scores.
    pub(super) constants: Vec<f32>,
}

/// Scores of one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Scores {
    pub(super) support: Vec<f32>,
    pub(super) shared: Vec<f32>,
    pub(super) none: f32,
}

impl Quantised {
    pub(super) fn new(fitted: &Fitted) -> Quantised {
        let intents = fitted.support.classes;
        let features = fitted.vocabulary.len();
        let mut quantised = Quantised {
            intents,
            steps: Vec::with_capacity(features * (2 * intents + 1)),
            scales: Vec::with_capacity(features),
            constants: Vec::with_capacity(2 * intents + 1),
        };
        let parts = [&fitted.support, &fitted.shared, &fitted.none];
        for feature in 0..features {
            let scale = |part: &Weights| scale(part.row(feature));
            let scales = [scale(parts[0]), scale(parts[1]), scale(parts[2])];
            for (part, scale) in parts.iter().zip(scales) {
                let step = |weight: &f32| (weight / scale).round() as i8;
                quantised.steps.extend(part.row(feature).iter().map(step));
            }
            quantised.scales.push(scales);
        }
        for part in parts {
            quantised.constants.extend(part.row(features));
        }
        quantised
    }

    /// Steps of a feature.
    fn width(&self) -> usize {
        2 * self.intents + 1
    }

    /// Scores of a row.
    pub(super) fn scores(&self, row: &[(u32, f32)]) -> Scores {
        let mut sums = self.constants.clone();
        for (feature, value) in row {
            let (steps, scales) = self.feature(*feature);
            let mut sums = sums.as_mut_slice();
            let mut steps = steps;
            for (size, scale) in [
                (self.intents, scales[0]),
                (self.intents, scales[1]),
                (1, scales[2]),
            ] {
                let (sum, other_sums) = sums.split_at_mut(size);
                let (step, other_steps) = steps.split_at(size);
                add(sum, step, value * scale);
                (sums, steps) = (other_sums, other_steps);
            }
        }
        let none = sums[2 * self.intents];
        sums.truncate(2 * self.intents);
        let shared = sums.split_off(self.intents);
        Scores {
            support: sums,
            shared,
            none,
        }
    }

    fn feature(&self, feature: u32) -> (&[i8], [f32; PARTS]) {
        let at = feature as usize;
        (
            &self.steps[at * self.width()..][..self.width()],
            self.scales[at],
        )
    }

    /// How much a feature says for an intent more than for the others on average: in margins and in
    /// shared scores.
    pub(super) fn says(&self, feature: u32, intent: usize) -> [f32; 2] {
        let (steps, scales) = self.feature(feature);
        let part = |steps: &[i8], scale: f32| {
            let mean = steps.iter().map(|s| f32::from(*s)).sum::<f32>() / self.intents as f32;
            (f32::from(steps[intent]) - mean) * scale
        };
        [
            part(&steps[..self.intents], scales[0]),
            part(&steps[self.intents..2 * self.intents], scales[1]),
        ]
    }
}

fn add(sums: &mut [f32], steps: &[i8], times: f32) {
    for (sum, step) in sums.iter_mut().zip(steps) {
        *sum += f32::from(*step) * times;
    }
}

/// The size of a step; never nought.
fn scale(weights: &[f32]) -> f32 {
    let most = weights.iter().fold(0.0f32, |most, w| most.max(w.abs()));
    (most / STEPS).max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::super::features::Shape;
    use super::super::vocabulary::Vocabulary;
    use super::*;
    use crate::text::Folded;

    fn weights(classes: usize, values: &[f32]) -> Weights {
        Weights {
            classes,
            values: values.to_vec(),
        }
    }

    fn fitted() -> Fitted {
        let texts = [Folded::new("a")];
        let shape = Shape {
            weights: [1.0, 0.0, 0.0, 0.0],
            ..Shape::FEW
        };
        Fitted {
            vocabulary: Vocabulary::learn(texts.iter(), shape, 10),
            support: weights(2, &[0.5, -1.27, 0.1, 0.2]),
            shared: weights(2, &[100.0, -3.0, 0.3, 0.4]),
            none: weights(1, &[0.01, 0.5]),
        }
    }

    #[test]
    fn scores_are_those_of_the_fit_within_a_step() {
        let quantised = Quantised::new(&fitted());
        let scores = quantised.scores(&[(0, 1.0)]);
        let near = |a: f32, b: f32, step: f32| assert!((a - b).abs() <= step, "{a} {b}");
        near(scores.support[0], 0.6, 0.01);
        near(scores.support[1], -1.07, 0.01);
        near(scores.shared[0], 100.3, 0.5);
        near(scores.none, 0.51, 1e-4);
        assert_eq!(quantised.scores(&[]).support, [0.1, 0.2]);
        assert_eq!(quantised.scores(&[]).none, 0.5);
    }

    #[test]
    fn a_feature_says_more_for_one_than_for_the_rest() {
        let quantised = Quantised::new(&fitted());
        let [margin, shared] = quantised.says(0, 0);
        assert!(margin > 0.8 && shared > 50.0);
        assert_eq!(quantised.says(0, 1)[0], -margin);
    }
}
