//! Keeps what a model is learned from: texts, the intent of each, and those that belong to none.
//!
//! In: rows of people or of a TSV file. Out: [`Examples`] within the limits, or an error that names the
//! row; and [`Doubt`]s, which hold up nothing. Absent: languages of people (the server words the errors).
//! Next: `train.rs`.

use super::limits::{EXAMPLE_BYTES_MAX, EXAMPLES_MAX, INTENTS_MAX, INTENTS_MIN, NAME_BYTES_MAX};
use crate::text::fold;
use std::collections::BTreeMap;

/// The name that stands for "none of the intents" in files.
pub const OUT_OF_SCOPE: &str = "oos";

/// One thing that people want.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// Unique. Its words are learned from like an example, so "segunda via de boleto" helps and "int_07"
    /// doesn't.
    pub name: String,
    /// A sentence, or nothing. Learned from like an example too.
    pub description: String,
}

/// One message, and what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    pub text: String,
    /// Which of the intents; `None` is out of scope.
    pub intent: Option<usize>,
}

/// What a model is learned from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examples {
    pub intents: Vec<Intent>,
    pub rows: Vec<Example>,
}

/// Why nothing can be learned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("row {row}: no tab between text and intent")]
    NoTab { row: usize },
    #[error("row {row}: no text")]
    NoText { row: usize },
    #[error("row {row}: no intent")]
    NoIntent { row: usize },
    #[error("row {row}: intent {intent} of {intents}")]
    UnknownIntent {
        row: usize,
        intent: usize,
        intents: usize,
    },
    #[error("{found} examples, at most {EXAMPLES_MAX}")]
    TooManyExamples { found: usize },
    #[error("{found} intents, at most {INTENTS_MAX}")]
    TooManyIntents { found: usize },
    #[error("{found} intents with examples, at least {INTENTS_MIN}")]
    TooFewIntents { found: usize },
    #[error("intent {intent}: a name has 1 to {NAME_BYTES_MAX} bytes")]
    Name { intent: usize },
    #[error("two intents are named {name:?}")]
    SameName { name: String },
}

/// What may be wrong with examples, by row from nought. Training goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The same text under two intents.
    TwoIntents { rows: [usize; 2] },
    /// The same text twice; the second says nothing new.
    Twice { rows: [usize; 2] },
    /// An intent with so few examples that it is guessed at rather than learned.
    FewExamples { intent: usize, examples: usize },
    /// An intent that no row has.
    NoExamples { intent: usize },
    /// A text of which only the beginning is read.
    Cut { row: usize },
}

/// Below this an intent is told as one with few examples.
const FEW_EXAMPLES: usize = 5;

impl Examples {
    /// From lines `text<TAB>intent`, intent `oos` for out of scope. Empty lines are passed over. Rows are
    /// told by their line, from one.
    ///
    /// # Errors
    /// The first line that isn't so.
    pub fn from_tsv(file: &str) -> Result<Examples, Unfit> {
        let file = file.strip_prefix('\u{FEFF}').unwrap_or(file);
        let mut examples = Examples::default();
        let mut known: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, line) in file.lines().enumerate() {
            let row = at + 1;
            if line.trim().is_empty() {
                continue;
            }
            let (text, name) = line.split_once('\t').ok_or(Unfit::NoTab { row })?;
            let (text, name) = (text.trim(), name.trim());
            if text.is_empty() {
                return Err(Unfit::NoText { row });
            }
            if name.is_empty() || name.contains('\t') {
                return Err(Unfit::NoIntent { row });
            }
            let intent = (name != OUT_OF_SCOPE).then(|| {
                *known.entry(name).or_insert_with(|| {
                    examples.intents.push(Intent {
                        name: name.into(),
                        ..Intent::default()
                    });
                    examples.intents.len() - 1
                })
            });
            examples.rows.push(Example {
                text: text.into(),
                intent,
            });
        }
        Ok(examples)
    }

    /// Whether something can be learned from them.
    ///
    /// # Errors
    /// The first reason why not; rows are counted from one.
    pub fn check(&self) -> Result<(), Unfit> {
        let (found, intents) = (self.rows.len(), self.intents.len());
        if found > EXAMPLES_MAX {
            return Err(Unfit::TooManyExamples { found });
        }
        if intents > INTENTS_MAX {
            return Err(Unfit::TooManyIntents { found: intents });
        }
        let mut names = BTreeMap::new();
        for (at, intent) in self.intents.iter().enumerate() {
            if intent.name.is_empty() || intent.name.len() > NAME_BYTES_MAX {
                return Err(Unfit::Name { intent: at });
            }
            if names.insert(intent.name.as_str(), at).is_some() {
                let name = intent.name.clone();
                return Err(Unfit::SameName { name });
            }
        }
        for (at, row) in self.rows.iter().enumerate() {
            let row_number = at + 1;
            if let Some(intent) = row.intent.filter(|intent| *intent >= intents) {
                return Err(Unfit::UnknownIntent {
                    row: row_number,
                    intent,
                    intents,
                });
            }
            if row.text.trim().is_empty() {
                return Err(Unfit::NoText { row: row_number });
            }
        }
        let found = self.counts().iter().filter(|count| **count > 0).count();
        if found < INTENTS_MIN {
            return Err(Unfit::TooFewIntents { found });
        }
        Ok(())
    }

    /// Examples of each intent.
    #[must_use]
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.intents.len()];
        for intent in self.rows.iter().filter_map(|row| row.intent) {
            if let Some(count) = counts.get_mut(intent) {
                *count += 1;
            }
        }
        counts
    }

    /// What may be wrong, in the order of rows, then of intents.
    #[must_use]
    pub fn doubts(&self) -> Vec<Doubt> {
        let mut doubts = Vec::new();
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            if row.text.len() > EXAMPLE_BYTES_MAX {
                doubts.push(Doubt::Cut { row: at });
            }
            match first.get(&fold(&row.text)) {
                None => {
                    first.insert(fold(&row.text), at);
                }
                Some(&before) if self.rows[before].intent == row.intent => {
                    doubts.push(Doubt::Twice { rows: [before, at] });
                }
                Some(&before) => doubts.push(Doubt::TwoIntents { rows: [before, at] }),
            }
        }
        for (intent, examples) in self.counts().into_iter().enumerate() {
            if examples == 0 {
                doubts.push(Doubt::NoExamples { intent });
            } else if examples < FEW_EXAMPLES {
                doubts.push(Doubt::FewExamples { intent, examples });
            }
        }
        doubts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_becomes_rows_and_intents_in_order() {
        let read = Examples::from_tsv(
            "\u{FEFF}oi\tsaudar\n\n quero pão \tpedir\r\nque dia\toos\nolá\tsaudar\n",
        )
        .unwrap();
        let names: Vec<&str> = read.intents.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(names, ["saudar", "pedir"]);
        let intents: Vec<Option<usize>> = read.rows.iter().map(|r| r.intent).collect();
        assert_eq!(intents, [Some(0), Some(1), None, Some(0)]);
        assert_eq!(read.rows[1].text, "quero pão");
        assert_eq!(read.check(), Ok(()));
    }

    #[test]
    fn a_bad_line_is_named() {
        assert_eq!(
            Examples::from_tsv("a\tb\n\nsem"),
            Err(Unfit::NoTab { row: 3 })
        );
        assert_eq!(Examples::from_tsv(" \tb"), Err(Unfit::NoText { row: 1 }));
        assert_eq!(Examples::from_tsv("a\t "), Err(Unfit::NoIntent { row: 1 }));
        assert_eq!(
            Examples::from_tsv("a\tb\tc"),
            Err(Unfit::NoIntent { row: 1 })
        );
    }

    #[test]
    fn limits_are_told_apart() {
        let of = |text: &str| Examples::from_tsv(text).unwrap();
        assert_eq!(of("").check(), Err(Unfit::TooFewIntents { found: 0 }));
        assert_eq!(
            of("a\tx\nb\tx\nc\toos").check(),
            Err(Unfit::TooFewIntents { found: 1 })
        );
        let mut bad = of("a\tx\nb\ty");
        bad.rows[1].intent = Some(2);
        assert_eq!(
            bad.check(),
            Err(Unfit::UnknownIntent {
                row: 2,
                intent: 2,
                intents: 2
            })
        );
        let mut bad = of("a\tx\nb\ty");
        bad.intents[1].name = "x".into();
        assert_eq!(bad.check(), Err(Unfit::SameName { name: "x".into() }));
        bad.intents[1].name = "y".repeat(NAME_BYTES_MAX + 1);
        assert_eq!(bad.check(), Err(Unfit::Name { intent: 1 }));
        let mut many = of("a\tx\nb\ty");
        many.rows.resize(EXAMPLES_MAX + 1, many.rows[0].clone());
        assert_eq!(
            many.check(),
            Err(Unfit::TooManyExamples {
                found: EXAMPLES_MAX + 1
            })
        );
        let mut many = of("a\tx\nb\ty");
        many.intents.resize(INTENTS_MAX + 1, Intent::default());
        assert_eq!(
            many.check(),
            Err(Unfit::TooManyIntents {
                found: INTENTS_MAX + 1
            })
        );
    }

    #[test]
    fn doubts_name_the_rows() {
        let mut read = Examples::from_tsv("Não\tx\nnao\ty\nnão\tx\nb\ty").unwrap();
        read.intents.push(Intent {
            name: "z".into(),
            ..Intent::default()
        });
        read.rows[3].text = "b".repeat(EXAMPLE_BYTES_MAX + 1);
        assert_eq!(
            read.doubts(),
            [
                Doubt::TwoIntents { rows: [0, 1] },
                Doubt::Twice { rows: [0, 2] },
                Doubt::Cut { row: 3 },
                Doubt::FewExamples {
                    intent: 0,
                    examples: 2
                },
                Doubt::FewExamples {
                    intent: 1,
                    examples: 2
                },
                Doubt::NoExamples { intent: 2 },
            ]
        );
    }
}
