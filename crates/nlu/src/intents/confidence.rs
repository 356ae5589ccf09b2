//! Says how likely the best intent is right: a number that means what it says.
//!
//! In: for held-out messages the gate's level, the lead of the best intent, and whether it was right.
//! Out: [`Confidence`], a logistic curve over both, and figures that show how well it fits
//! ([`Reliability`]). Messages out of scope count as one in five, which is what contact centres see.
//! Absent: more parameters; with a hundred examples more would be noise.

/// Share of messages out of scope that the curve reckons with.
const OUT_OF_SCOPE_SHARE: f32 = 0.2;
const STEPS: usize = 400;
const RATE: f32 = 0.5;
/// Pulls towards a flat curve, so that a set without errors doesn't claim certainty.
const PULL: f32 = 0.002;

/// A curve from level and lead to a chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Confidence {
    pub(super) level: f32,
    pub(super) lead: f32,
    pub(super) start: f32,
}

/// One held-out message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) level: f32,
    pub(super) lead: f32,
    pub(super) right: bool,
    pub(super) in_scope: bool,
}

impl Confidence {
    /// Fits the curve.
    pub(super) fn fit(seen: &[Seen]) -> Confidence {
        let mut curve = Confidence {
            level: 1.0,
            lead: 1.0,
            start: 0.0,
        };
        let inside = seen.iter().filter(|s| s.in_scope).count();
        let outside = seen.len() - inside;
        let share = if outside > 0 { OUT_OF_SCOPE_SHARE } else { 0.0 };
        let weight = |s: &Seen| {
            if s.in_scope {
                (1.0 - share) / inside.max(1) as f32
            } else {
                share / outside as f32
            }
        };
        for _ in 0..STEPS {
            let mut slope = [0.0f32; 3];
            for s in seen {
                let miss =
                    (curve.chance(s.level, s.lead) - f32::from(u8::from(s.right))) * weight(s);
                slope[0] += miss * s.level;
                slope[1] += miss * s.lead;
                slope[2] += miss;
            }
            // More level or more lead never means less.
            curve.level = (curve.level - RATE * (slope[0] + PULL * curve.level)).max(0.05);
            curve.lead = (curve.lead - RATE * (slope[1] + PULL * curve.lead)).max(0.05);
            curve.start -= RATE * slope[2];
        }
        curve
    }

    /// The chance that the best intent is right, within 0.01 and 0.99.
    pub(super) fn chance(&self, level: f32, lead: f32) -> f32 {
        let sum = self.start + self.level * level + self.lead * lead;
        (1.0 / (1.0 + (-sum).exp())).clamp(0.01, 0.99)
    }
}

/// A range of confidences: what was said and what came true.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bin {
    /// Messages within the range.
    pub messages: usize,
    /// Mean confidence, 0 to 1.
    pub said: f32,
    /// Share that was right, 0 to 1.
    pub right: f32,
}

/// How well confidences hold, in ten ranges of one tenth.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reliability {
    pub bins: [Bin; 10],
    /// Mean distance between said and right over messages, 0 to 1.
    pub error: f32,
}

/// Compares confidences with what came true.
#[must_use]
pub fn reliability(told: &[(f32, bool)]) -> Reliability {
    let mut result = Reliability::default();
    for (said, right) in told {
        let bin = &mut result.bins[((said * 10.0) as usize).min(9)];
        bin.messages += 1;
        bin.said += said;
        bin.right += f32::from(u8::from(*right));
    }
    for bin in &mut result.bins {
        let count = bin.messages.max(1) as f32;
        bin.said /= count;
        bin.right /= count;
        result.error +=
            (bin.said - bin.right).abs() * bin.messages as f32 / told.len().max(1) as f32;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(level: f32, right: bool, in_scope: bool) -> Seen {
        Seen {
            level,
            lead: level.abs(),
            right,
            in_scope,
        }
    }

    #[test]
    fn more_level_is_more_confidence_and_errors_lower_it() {
        let mut all: Vec<Seen> = (0..80)
            .map(|n| seen(n as f32 / 80.0, n % 10 != 0, true))
            .collect();
        all.extend((0..40).map(|n| seen(-2.0 - n as f32 / 40.0, false, false)));
        let curve = Confidence::fit(&all);
        assert!(curve.chance(0.5, 0.5) > 0.7, "{curve:?}");
        assert!(curve.chance(-2.0, 0.2) < 0.4, "{curve:?}");
        assert!(curve.chance(0.5, 1.0) >= curve.chance(0.5, 0.5));
    }

    #[test]
    fn no_messages_or_no_errors_claim_no_certainty() {
        let curve = Confidence::fit(&[]);
        assert!((0.01..=0.99).contains(&curve.chance(0.0, 0.0)));
        let all: Vec<Seen> = (0..20).map(|_| seen(0.0, true, true)).collect();
        let chance = Confidence::fit(&all).chance(9.0, 9.0);
        assert!(chance <= 0.99);
    }

    #[test]
    fn reliability_compares_said_and_right() {
        let told = [(0.95, true), (0.95, false), (0.15, false), (1.0, true)];
        let found = reliability(&told);
        assert_eq!(found.bins[9].messages, 3);
        assert!((found.bins[9].right - 2.0 / 3.0).abs() < 1e-6);
        assert!((found.error - ((0.9667f32 - 0.6667) * 0.75 + 0.15 * 0.25)).abs() < 1e-3);
        assert_eq!(reliability(&[]).error, 0.0);
    }
}
