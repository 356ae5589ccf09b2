//! Learns linear scores from rows: one support-vector trainer, one logistic trainer with dropout.
//!
//! In: rows, the class of each, a seed. Out: [`Weights`], one row of class weights per feature, so that a
//! message costs one pass over the rows of its features. Both trainers see all classes at once, in dense
//! inner loops the compiler turns into vector code. Absent: which of them counts how much (`ensemble`).

use super::dice::Dice;
use super::vocabulary::Row;

/// Weights by feature, then by class; the last row is the constant's.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Weights {
    pub(super) classes: usize,
    pub(super) values: Vec<f32>,
}

impl Weights {
    pub(super) fn new(features: usize, classes: usize) -> Weights {
        Weights {
            classes,
            values: vec![0.0; (features + 1) * classes],
        }
    }

    pub(super) fn row(&self, feature: usize) -> &[f32] {
        &self.values[feature * self.classes..][..self.classes]
    }

    fn row_mut(&mut self, feature: usize) -> &mut [f32] {
        &mut self.values[feature * self.classes..][..self.classes]
    }

    fn constant(&self) -> usize {
        self.values.len() / self.classes - 1
    }

    /// Scores of all classes.
    pub(super) fn scores(&self, row: &[(u32, f32)], out: &mut [f32]) {
        out.copy_from_slice(self.row(self.constant()));
        for (feature, value) in row {
            add(out, self.row(*feature as usize), *value);
        }
    }
}

pub(super) fn add(to: &mut [f32], row: &[f32], times: f32) {
    for (to, weight) in to.iter_mut().zip(row) {
        *to += weight * times;
    }
}

/// What is learned from.
#[derive(Clone, Copy)]
pub(super) struct Lesson<'a> {
    pub(super) rows: &'a [Row],
    /// The class of each row; one that is no class stands against all of them.
    pub(super) labels: &'a [u32],
    /// How much each row counts.
    pub(super) counts: &'a [f32],
    pub(super) features: usize,
    pub(super) classes: usize,
    pub(super) seed: u64,
}

impl Lesson<'_> {
    fn label(&self, at: usize) -> Option<usize> {
        let label = self.labels[at] as usize;
        (label < self.classes).then_some(label)
    }
}

/// Whether to go on; asked once per pass.
pub(super) type GoOn<'a> = &'a mut dyn FnMut() -> bool;

/// One-against-rest support vectors with squared hinge, by dual coordinate descent over all classes.
pub(super) fn support(
    lesson: Lesson<'_>,
    cost: f32,
    passes: usize,
    go_on: GoOn<'_>,
) -> Option<Weights> {
    let classes = lesson.classes;
    let mut weights = Weights::new(lesson.features, classes);
    let constant = weights.constant();
    let mut alphas = vec![0.0f32; lesson.rows.len() * classes];
    let lengths: Vec<f32> = lesson
        .rows
        .iter()
        .map(|r| 1.0 + r.iter().map(|(_, v)| v * v).sum::<f32>())
        .collect();
    let mut order: Vec<usize> = (0..lesson.rows.len()).collect();
    let mut dice = Dice::new(lesson.seed);
    let mut scores = vec![0.0f32; classes];
    let mut steps = vec![0.0f32; classes];
    for _ in 0..passes {
        if !go_on() {
            return None;
        }
        dice.shuffle(&mut order);
        let mut widest = 0.0f32;
        for &at in &order {
            let row = &lesson.rows[at];
            weights.scores(row, &mut scores);
            let slack = 0.5 / (cost * lesson.counts[at]);
            let whole = 1.0 / (lengths[at] + slack);
            let mine = &mut alphas[at * classes..][..classes];
            // For every other class the sign is minus: the score must be at most minus one.
            for ((step, alpha), score) in steps.iter_mut().zip(mine.iter_mut()).zip(&scores) {
                let slope = -score - 1.0 + *alpha * slack;
                let next = (*alpha - slope * whole).max(0.0);
                *step = *alpha - next;
                *alpha = next;
            }
            if let Some(label) = lesson.label(at) {
                // The own class, again and right.
                let before = mine[label] + steps[label];
                let slope = scores[label] - 1.0 + before * slack;
                let next = (before - slope * whole).max(0.0);
                mine[label] = next;
                steps[label] = next - before;
            }
            let most = steps.iter().fold(0.0f32, |m, s| m.max(s.abs()));
            if most == 0.0 {
                continue;
            }
            widest = widest.max(most);
            learn(&mut weights, row, constant, &steps);
        }
        if widest < STILL {
            break;
        }
    }
    Some(weights)
}

/// A pass whose largest step is below this changes no decision.
const STILL: f32 = 1e-2;

fn learn(weights: &mut Weights, row: &Row, constant: usize, steps: &[f32]) {
    let moved: Vec<(usize, f32)> = steps
        .iter()
        .copied()
        .enumerate()
        .filter(|(_, s)| *s != 0.0)
        .collect();
    let all = row
        .iter()
        .map(|(f, v)| (*f as usize, *v))
        .chain([(constant, 1.0)]);
    if moved.len() * 8 < steps.len() {
        for (feature, value) in all {
            let to = weights.row_mut(feature);
            for (class, step) in &moved {
                to[*class] += step * value;
            }
        }
    } else {
        for (feature, value) in all {
            add(weights.row_mut(feature), steps, value);
        }
    }
}

/// What the logistic trainer minimises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// Each class against the rest.
    Apart,
    /// All classes share one.
    Shared,
}

/// Logistic scores by AdaGrad; half of the features of a row are left out at random each time, which keeps
/// the scores from leaning on single words.
pub(super) fn logistic(
    lesson: Lesson<'_>,
    loss: Loss,
    passes: usize,
    rate: f32,
    go_on: GoOn<'_>,
) -> Option<Weights> {
    let classes = lesson.classes;
    let mut weights = Weights::new(lesson.features, classes);
    let constant = weights.constant();
    let mut sums = vec![1e-6f32; weights.values.len()];
    let mut order: Vec<usize> = (0..lesson.rows.len()).collect();
    let mut dice = Dice::new(lesson.seed);
    let mut slopes = vec![0.0f32; classes];
    let mut kept: Row = Vec::new();
    for pass in 0..passes {
        if !go_on() {
            return None;
        }
        let rate = rate / (1.0 + pass as f32 * DECAY);
        dice.shuffle(&mut order);
        for &at in &order {
            keep_half(&lesson.rows[at], &mut dice, &mut kept);
            kept.push((constant as u32, 1.0));
            slopes.fill(0.0);
            for (feature, value) in &kept {
                add(&mut slopes, weights.row(*feature as usize), *value);
            }
            match loss {
                Loss::Apart => slopes
                    .iter_mut()
                    .for_each(|s| *s = 1.0 / (1.0 + (-*s).exp())),
                Loss::Shared => softmax(&mut slopes),
            }
            if let Some(label) = lesson.label(at) {
                slopes[label] -= 1.0;
            }
            if lesson.counts[at] != 1.0 {
                slopes.iter_mut().for_each(|s| *s *= lesson.counts[at]);
            }
            for (feature, value) in &kept {
                let from = *feature as usize * classes;
                let to = &mut weights.values[from..from + classes];
                let sums = &mut sums[from..from + classes];
                descend(to, sums, &slopes, *value, rate);
            }
        }
    }
    Some(weights)
}

const DECAY: f32 = 0.1;

fn descend(to: &mut [f32], sums: &mut [f32], slopes: &[f32], value: f32, rate: f32) {
    for ((to, sum), slope) in to.iter_mut().zip(sums).zip(slopes) {
        let slope = slope * value;
        *sum += slope * slope;
        *to -= rate * slope / sum.sqrt();
    }
}

/// What is kept counts double, so that the sum stays what it was on average.
fn keep_half(row: &Row, dice: &mut Dice, kept: &mut Row) {
    kept.clear();
    let mut bits = 0u64;
    for (at, (feature, value)) in row.iter().enumerate() {
        if at % 64 == 0 {
            bits = dice.next();
        }
        if bits & 1 == 1 {
            kept.push((*feature, value * 2.0));
        }
        bits >>= 1;
    }
}

pub(super) fn softmax(scores: &mut [f32]) {
    let most = scores.iter().fold(f32::NEG_INFINITY, |m, s| m.max(*s));
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - most).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|s| *s /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: usize = 60;

    /// Three classes, each with a feature of its own and one that all share.
    fn rows() -> (Vec<Row>, Vec<u32>) {
        let row = |at: usize| vec![((at % 3) as u32, 0.8), (3, 0.6)];
        (
            (0..ROWS).map(row).collect(),
            (0..ROWS).map(|at| (at % 3) as u32).collect(),
        )
    }

    fn lesson<'a>(
        rows: &'a [Row],
        labels: &'a [u32],
        counts: &'a [f32],
        classes: usize,
    ) -> Lesson<'a> {
        Lesson {
            rows,
            labels,
            counts,
            features: 4,
            classes,
            seed: 1,
        }
    }

    fn best(weights: &Weights, row: &Row) -> usize {
        let mut scores = vec![0.0; weights.classes];
        weights.scores(row, &mut scores);
        (0..scores.len())
            .max_by(|a, b| scores[*a].total_cmp(&scores[*b]))
            .unwrap()
    }

    #[test]
    fn all_trainers_learn_what_can_be_told_apart() {
        let (rows, labels) = rows();
        let counts = vec![1.0; ROWS];
        let lesson = lesson(&rows, &labels, &counts, 3);
        let all = [
            support(lesson, 1.0, 20, &mut || true),
            logistic(lesson, Loss::Apart, 20, 0.3, &mut || true),
            logistic(lesson, Loss::Shared, 20, 0.3, &mut || true),
        ];
        for weights in all {
            let weights = weights.unwrap();
            assert!(
                rows.iter()
                    .zip(&labels)
                    .all(|(row, label)| best(&weights, row) == *label as usize)
            );
        }
    }

    #[test]
    fn margins_are_those_of_the_optimum() {
        // Two classes that mirror each other: the constant is nought, and the weight minimises
        // w²/2 + nC(1 - w)² over n rows, so it is 2nC / (1 + 2nC).
        let rows: Vec<Row> = (0..20)
            .map(|at| vec![(0, if at % 2 == 0 { 1.0 } else { -1.0 })])
            .collect();
        let labels: Vec<u32> = (0..20).map(|at| at % 2).collect();
        let counts = vec![1.0; 20];
        let lesson = Lesson {
            rows: &rows,
            labels: &labels,
            counts: &counts,
            features: 1,
            classes: 2,
            seed: 3,
        };
        let weights = support(lesson, 0.1, 500, &mut || true).unwrap();
        let wanted = 2.0 * 20.0 * 0.1 / (1.0 + 2.0 * 20.0 * 0.1);
        assert!(
            (weights.row(0)[0] - wanted).abs() < 0.02,
            "{:?}",
            weights.values
        );
        assert!(
            (weights.row(0)[1] + wanted).abs() < 0.02,
            "{:?}",
            weights.values
        );
        assert!(weights.row(1)[0].abs() < 0.02);
    }

    #[test]
    fn rows_of_no_class_stand_against_all() {
        let (mut rows, mut labels) = rows();
        rows.extend(vec![vec![(3, 1.0)]; 20]);
        labels.resize(rows.len(), 3);
        let counts = vec![1.0; rows.len()];
        let weights = support(lesson(&rows, &labels, &counts, 3), 1.0, 30, &mut || true).unwrap();
        let mut scores = [0.0; 3];
        weights.scores(&[(3, 1.0)], &mut scores);
        assert!(scores.iter().all(|score| *score < -0.5), "{scores:?}");
    }

    #[test]
    fn rows_that_count_more_win() {
        let rows: Vec<Row> = vec![vec![(0, 1.0)]; 4];
        let labels = [0, 1, 1, 1];
        let even = lesson(&rows, &labels, &[1.0; 4], 2);
        let tilted = lesson(&rows, &labels, &[9.0, 1.0, 1.0, 1.0], 2);
        for (lesson, wanted) in [(even, 1), (tilted, 0)] {
            assert_eq!(
                best(&support(lesson, 1.0, 50, &mut || true).unwrap(), &rows[0]),
                wanted
            );
            let shared = logistic(lesson, Loss::Shared, 50, 0.3, &mut || true).unwrap();
            assert_eq!(best(&shared, &rows[0]), wanted);
        }
    }

    #[test]
    fn chances_sum_to_one_however_large() {
        let mut scores = [1e4, 1e4 - 1.0, -1e4];
        softmax(&mut scores);
        assert!((scores.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert!(scores[0] > scores[1] && scores[2] == 0.0);
    }
}
