//! Reads the scores of one message: which intent, how far ahead, and whether it is any of them.
//!
//! In: scores of the two scorers and of the detector of "none". Out: a [`Verdict`], and through a [`Gate`]
//! one number for "in scope" that is nought for an ordinary example and negative for less. Absent: how
//! the scores came about (`fit.rs`, `quantised.rs`); the meaning of the number as a probability
//! (`confidence.rs`).

use super::linear::softmax;

/// Signals of "in scope", larger for more.
pub(super) const SIGNALS: usize = 3;
/// The margin of the best intent says most; it was the best single signal on every set tried.
const SIGNAL_WEIGHTS: [f32; SIGNALS] = [2.0, 1.0, 1.0];
/// One signal may say no more than this many deviations.
const DEVIATIONS_MAX: f32 = 4.0;

/// What the scores of one message say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    /// Scores of both scorers, each brought to mean nought and deviation one, and summed.
    pub(super) blend: Vec<f32>,
    pub(super) best: usize,
    /// How far the best is ahead of the second in `blend`.
    pub(super) lead: f32,
    /// Largest margin, negative entropy of the shared scores, and the negative of "none".
    pub(super) signals: [f32; SIGNALS],
}

/// Judges one message. There are at least two intents.
pub(super) fn judge(support: &[f32], shared: &[f32], none: f32) -> Verdict {
    let mut blend = standard(support);
    for (sum, score) in blend.iter_mut().zip(standard(shared)) {
        *sum += score;
    }
    let (best, lead) = lead(&blend);
    let mut chances = shared.to_vec();
    softmax(&mut chances);
    let order: f32 = chances
        .iter()
        .filter(|p| **p > 0.0)
        .map(|p| p * p.ln())
        .sum();
    let margin = support.iter().fold(f32::NEG_INFINITY, |m, s| m.max(*s));
    Verdict {
        blend,
        best,
        lead,
        signals: [margin, order, -none],
    }
}

fn standard(scores: &[f32]) -> Vec<f32> {
    let (mean, deviation) = moments(scores.iter().copied());
    scores.iter().map(|s| (s - mean) / deviation).collect()
}

/// Mean and deviation; the deviation is never nought.
fn moments(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let count = values.clone().count().max(1) as f32;
    let mean = values.clone().sum::<f32>() / count;
    let square = values.map(|v| (v - mean) * (v - mean)).sum::<f32>() / count;
    (mean, square.sqrt().max(1e-6))
}

fn lead(scores: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    let mut second = f32::NEG_INFINITY;
    for (at, score) in scores.iter().enumerate() {
        if *score > best.1 {
            second = best.1;
            best = (at, *score);
        } else if *score > second {
            second = *score;
        }
    }
    (best.0, best.1 - second)
}

/// Turns signals into one number and knows from where on a message is in scope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Gate {
    pub(super) means: [f32; SIGNALS],
    pub(super) deviations: [f32; SIGNALS],
    /// Messages below it are out of scope.
    pub(super) threshold: f32,
}

impl Gate {
    /// Brings signals of held-out examples to a common measure. The threshold is still nought.
    pub(super) fn measure(signals: &[[f32; SIGNALS]]) -> Gate {
        let mut gate = Gate {
            means: [0.0; SIGNALS],
            deviations: [1.0; SIGNALS],
            threshold: 0.0,
        };
        for at in 0..SIGNALS {
            (gate.means[at], gate.deviations[at]) = moments(signals.iter().map(|s| s[at]));
        }
        gate
    }

    /// The weighted mean of the signals in deviations from an ordinary example.
    pub(super) fn level(&self, signals: &[f32; SIGNALS]) -> f32 {
        let mut sum = 0.0;
        for (at, signal) in signals.iter().enumerate() {
            let deviations = (signal - self.means[at]) / self.deviations[at];
            sum += SIGNAL_WEIGHTS[at] * deviations.clamp(-DEVIATIONS_MAX, DEVIATIONS_MAX);
        }
        sum / SIGNAL_WEIGHTS.iter().sum::<f32>()
    }

    /// The highest threshold that costs at most `cost` of all held-out examples: pairs of level and
    /// whether the intent was right. Only those that were right can be lost. Where that would let in
    /// much of the background, it goes higher, up to [`COST_TIMES_MAX`] the cost: examples that were
    /// held out of a small set look stranger than the messages that the whole set will meet.
    pub(super) fn threshold(held_out: &[(f32, bool)], background: &[f32], cost: f32) -> f32 {
        let mut right: Vec<f32> = held_out
            .iter()
            .filter(|(_, right)| *right)
            .map(|(level, _)| *level)
            .collect();
        right.sort_by(f32::total_cmp);
        let at = |cost: f32| {
            let lost = (cost.clamp(0.0, 1.0) * held_out.len() as f32) as usize;
            right.get(lost).or(right.last()).copied().unwrap_or(0.0)
        };
        let mut strange = background.to_vec();
        strange.sort_by(f32::total_cmp);
        let kept_out = (strange.len() as f32 * BACKGROUND_REFUSED) as usize;
        let wanted = strange.get(kept_out).copied().unwrap_or(f32::NEG_INFINITY);
        wanted.clamp(at(cost), at(cost * COST_TIMES_MAX))
    }
}

/// Share of the background that is to be refused, and how many times the cost that may take.
const BACKGROUND_REFUSED: f32 = 0.95;
const COST_TIMES_MAX: f32 = 3.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_best_in_both_scorers_together() {
        let verdict = judge(&[1.0, 0.9, -1.0], &[0.0, 3.0, 0.0], -2.0);
        assert_eq!(verdict.best, 1);
        assert!(verdict.lead > 0.0 && verdict.lead < 3.0);
        assert_eq!(verdict.signals[0], 1.0);
        assert_eq!(verdict.signals[2], 2.0);
        let sure = judge(&[1.0, -1.0, -1.0], &[50.0, 0.0, 0.0], 0.0);
        let torn = judge(&[1.0, -1.0, -1.0], &[1.0, 1.0, 1.0], 0.0);
        assert!(sure.signals[1] > torn.signals[1]);
    }

    #[test]
    fn equal_scores_give_numbers_and_no_lead() {
        let verdict = judge(&[0.0, 0.0], &[0.0, 0.0], 0.0);
        assert_eq!((verdict.best, verdict.lead), (0, 0.0));
        assert!(verdict.signals.iter().all(|s| s.is_finite()));
    }

    #[test]
    fn a_threshold_costs_what_was_allowed_and_no_more() {
        let held: Vec<(f32, bool)> = (0..100).map(|n| (n as f32, n >= 10)).collect();
        let threshold = Gate::threshold(&held, &[], 0.02);
        let lost = held
            .iter()
            .filter(|(level, right)| *right && *level < threshold)
            .count();
        assert_eq!(lost, 2);
        assert_eq!(Gate::threshold(&held, &[], 0.0), 10.0);
        assert_eq!(Gate::threshold(&[], &[], 0.02), 0.0);
        assert_eq!(Gate::threshold(&held, &[], 1.0), 99.0);
    }

    #[test]
    fn a_background_that_comes_in_raises_the_threshold_up_to_three_times_the_cost() {
        let held: Vec<(f32, bool)> = (0..100).map(|n| (n as f32, true)).collect();
        assert_eq!(Gate::threshold(&held, &[-1.0; 50], 0.02), 2.0);
        assert_eq!(Gate::threshold(&held, &[4.5; 50], 0.02), 4.5);
        assert_eq!(Gate::threshold(&held, &[50.0; 50], 0.02), 6.0);
        assert_eq!(Gate::threshold(&held, &[50.0; 50], 0.0), 0.0);
    }

    #[test]
    fn an_ordinary_example_is_at_nought_and_one_signal_cannot_shout() {
        let gate = Gate::measure(&[[1.0, -1.0, 2.0], [3.0, -3.0, 4.0]]);
        assert!(gate.level(&[2.0, -2.0, 3.0]).abs() < 1e-6);
        let loud = gate.level(&[-1e9, -2.0, 3.0]);
        assert!((loud + DEVIATIONS_MAX / 2.0).abs() < 1e-6);
    }
}
