//! What came of tests, for people and for programs.
//!
//! In: outcomes. Out: lines in a person's language, JSON, counts. Absent: printing itself
//! (`cli/test.rs`).

use crate::both;
use crate::words::{Both, Lang};
use serde_json::{Value, json};

/// An expectation that was not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// From 1, in the test's file.
    pub line: u64,
    pub expected: Both,
    pub came: Both,
    /// How the last decisions went, way by way.
    pub ways: Vec<String>,
}

/// One test's end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Relative to the folder.
    pub file: String,
    pub line: u64,
    pub name: String,
    /// Empty: passed.
    pub failures: Vec<Failure>,
}

/// Counts of passed and failed.
#[must_use]
pub fn counts(outcomes: &[Outcome]) -> (usize, usize) {
    let failed = outcomes.iter().filter(|one| !one.passed()).count();
    (outcomes.len() - failed, failed)
}

impl Outcome {
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }

    /// A line for the test's failure, and one for each expectation that was not met.
    #[must_use]
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        if self.passed() {
            return Vec::new();
        }
        let mut lines = vec![format!("✗ {}:{}: {}", self.file, self.line, self.name)];
        for failure in &self.failures {
            let (file, line) = (&self.file, failure.line);
            let (expected, came) = (failure.expected.get(lang), failure.came.get(lang));
            let told = match lang {
                Lang::Pt => format!("  {file}:{line}: esperado: {expected}; veio: {came}"),
                Lang::En => format!("  {file}:{line}: expected: {expected}; came: {came}"),
            };
            lines.push(told);
            let way = both!("caminho", "way");
            for path in &failure.ways {
                lines.push(format!("    {}: {path}", way.get(lang)));
            }
        }
        lines
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self, lang: Lang) -> Value {
        let failures: Vec<Value> = self
            .failures
            .iter()
            .map(|failure| {
                json!({
                    "line": failure.line,
                    "expected": failure.expected.get(lang),
                    "came": failure.came.get(lang),
                    "ways": failure.ways,
                })
            })
            .collect();
        json!({
            "file": self.file,
            "line": self.line,
            "name": self.name,
            "passed": self.passed(),
            "failures": failures,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_where_what_was_expected_what_came_and_which_way_it_took() {
        let failed = Outcome {
            file: "tests/loja.yaml".into(),
            line: 3,
            name: "horário".into(),
            failures: vec![Failure {
                line: 7,
                expected: both!("silêncio", "silence"),
                came: Both::same("“oi”"),
                ways: vec!["written ✓ horario".into()],
            }],
        };
        let passed = Outcome {
            failures: Vec::new(),
            ..failed.clone()
        };
        assert_eq!(
            failed.lines(Lang::Pt),
            [
                "✗ tests/loja.yaml:3: horário",
                "  tests/loja.yaml:7: esperado: silêncio; veio: “oi”",
                "    caminho: written ✓ horario",
            ]
        );
        assert!(failed.lines(Lang::En)[1].ends_with("expected: silence; came: “oi”"));
        assert!(passed.lines(Lang::En).is_empty());
        assert_eq!(failed.json(Lang::En)["failures"][0]["line"], 7);
        assert_eq!(counts(&[failed, passed.clone(), passed]), (2, 1));
    }
}
