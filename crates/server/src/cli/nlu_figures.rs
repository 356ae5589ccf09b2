//! Counts how good answers about intents are: accuracy, recall of what is out of scope, F1, times.
//!
//! In: for each message what it is and what was said. Out: [`Figures`], as shares of one and microseconds.
//! Absent: where the answers come from (`nlu.rs`). A wrong rejection is an error in scope; a message out
//! of scope that is taken for an intent is a false one of that intent in its F1.

use std::collections::BTreeMap;

/// One message: what it is, and what was said. `None` is out of scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    pub is: Option<&'a str>,
    pub said: Option<&'a str>,
    /// The likeliest intent, whether or not it was in scope.
    pub best: Option<&'a str>,
    pub nanoseconds: u64,
}

/// What comes of a test file. Shares are of one; absent where the file has no such rows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    pub in_scope: usize,
    pub out_of_scope: usize,
    pub in_scope_accuracy: Option<f64>,
    pub accuracy_no_rejection: Option<f64>,
    pub oos_recall: Option<f64>,
    /// Mean over the intents that the test file has.
    pub macro_f1: Option<f64>,
    pub mean_us: f64,
    pub p50_us: f64,
    pub p99_us: f64,
}

/// Counts.
#[must_use]
pub fn figures(answers: &[Answer<'_>]) -> Figures {
    let inside: Vec<&Answer<'_>> = answers.iter().filter(|a| a.is.is_some()).collect();
    let outside: Vec<&Answer<'_>> = answers.iter().filter(|a| a.is.is_none()).collect();
    let share = |of: &[&Answer<'_>], good: &dyn Fn(&Answer<'_>) -> bool| {
        let count = of.iter().filter(|a| good(a)).count();
        (!of.is_empty()).then(|| count as f64 / of.len() as f64)
    };
    let mut times: Vec<u64> = answers.iter().map(|a| a.nanoseconds).collect();
    times.sort_unstable();
    let at = |percent: usize| {
        let rank = (times.len() * percent).div_ceil(100).saturating_sub(1);
        times.get(rank).map_or(0.0, |ns| *ns as f64 / 1e3)
    };
    Figures {
        in_scope: inside.len(),
        out_of_scope: outside.len(),
        in_scope_accuracy: share(&inside, &|a| a.said == a.is),
        accuracy_no_rejection: share(&inside, &|a| a.best == a.is),
        oos_recall: share(&outside, &|a| a.said.is_none()),
        macro_f1: macro_f1(answers),
        mean_us: times.iter().sum::<u64>() as f64 / 1e3 / times.len().max(1) as f64,
        p50_us: at(50),
        p99_us: at(99),
    }
}

fn macro_f1(answers: &[Answer<'_>]) -> Option<f64> {
    // Of each intent: right, said in all, is in all.
    let mut counts: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for answer in answers {
        if let Some(is) = answer.is {
            counts.entry(is).or_default()[2] += 1;
        }
        if let Some(said) = answer.said {
            let count = counts.entry(said).or_default();
            count[1] += 1;
            count[0] += usize::from(answer.said == answer.is);
        }
    }
    let scores: Vec<f64> = counts
        .values()
        .filter(|[_, _, is]| *is > 0)
        .map(|[right, said, is]| 2.0 * *right as f64 / (said + is) as f64)
        .collect();
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer<'a>(is: Option<&'a str>, said: Option<&'a str>, best: &'a str) -> Answer<'a> {
        Answer {
            is,
            said,
            best: Some(best),
            nanoseconds: 1_000,
        }
    }

    #[test]
    fn a_wrong_rejection_is_an_error_in_scope_and_not_without_rejection() {
        let all = [
            answer(Some("a"), Some("a"), "a"),
            answer(Some("a"), None, "a"),
            answer(Some("b"), Some("a"), "a"),
            answer(Some("b"), Some("b"), "b"),
            answer(None, None, "a"),
            answer(None, Some("b"), "b"),
        ];
        let found = figures(&all);
        assert_eq!((found.in_scope, found.out_of_scope), (4, 2));
        assert_eq!(found.in_scope_accuracy, Some(0.5));
        assert_eq!(found.accuracy_no_rejection, Some(0.75));
        assert_eq!(found.oos_recall, Some(0.5));
        // Of a: 1 right of 2 said and 2 that are; of b the same, one of its false ones out of scope.
        assert_eq!(found.macro_f1, Some(0.5));
    }

    #[test]
    fn what_a_file_does_not_have_has_no_figure() {
        let found = figures(&[answer(None, Some("b"), "b")]);
        assert_eq!(found.oos_recall, Some(0.0));
        assert_eq!(found.in_scope_accuracy, None);
        assert_eq!(found.macro_f1, None);
        assert_eq!(figures(&[]), Figures::default());
    }

    #[test]
    fn times_are_of_the_nearest_rank() {
        let all: Vec<Answer<'_>> = (1..=200)
            .map(|n| Answer {
                nanoseconds: n * 1_000,
                ..answer(Some("a"), Some("a"), "a")
            })
            .collect();
        let found = figures(&all);
        assert_eq!(
            (found.p50_us, found.p99_us, found.mean_us),
            (100.0, 198.0, 100.5)
        );
    }
}
