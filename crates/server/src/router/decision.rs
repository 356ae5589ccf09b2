//! The way to a decision, as it is kept: which ways were looked at, what each gave, and why.
//!
//! In: notes in the order in which they are made. Out: JSON for the event that answers the call; the API
//! shows it, and evaluations count it. Bounded, and without anybody's words: names of sources, intents,
//! models and tools, shares and times. Absent: deciding.

use serde::Serialize;
use serde_json::{Value, json};

/// Notes of one decision: the ways, and each turn of a model with its tools.
const NOTES_MAX: usize = 40;
/// Characters of a reason.
const WHY_CHARS: usize = 200;

/// A way to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Another assistant is better at it.
    Specialist,
    /// What is never talked about.
    Forbidden,
    /// A person is called although there may be an answer.
    Escalation,
    /// A written answer of the assistant's or of the knowledge.
    Written,
    Intent,
    /// Only people or written answers may touch it.
    Critical,
    /// A passage of the knowledge, quoted.
    Quote,
    Model,
    Tool,
    /// A model's words held against the passages they come from.
    Support,
    /// A person reads it before it leaves.
    Draft,
    /// Nothing answers.
    Nothing,
}

/// What a way gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gave {
    /// It decides.
    Taken,
    /// It has nothing to say.
    Passed,
    /// It had something, and that was not good enough or not allowed.
    Refused,
    /// It did not work.
    Failed,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    pub way: Way,
    pub gave: Gave,
    /// In English, for people who look into it: no words of customers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The source, intent, model or tool.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_micros: Option<u64>,
    pub after_ms: i64,
}

/// The notes of one decision so far.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    notes: Vec<Note>,
    left_out: usize,
    language: String,
}

impl Decision {
    /// The language of what was asked.
    pub fn language(&mut self, code: &str) {
        code.clone_into(&mut self.language);
    }

    /// Takes a note.
    pub fn note(&mut self, mut note: Note) {
        if self.notes.len() >= NOTES_MAX {
            self.left_out += 1;
            return;
        }
        note.why = note.why.chars().take(WHY_CHARS).collect();
        self.notes.push(note);
    }

    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// As the event keeps it.
    #[must_use]
    pub fn kept(&self) -> Value {
        let by = self
            .notes
            .iter()
            .rev()
            .find(|note| note.gave == Gave::Taken);
        let cost: u64 = self.notes.iter().filter_map(|note| note.cost_micros).sum();
        let mut kept = json!({
            "by": by.map(|note| note.way),
            "ways": self.notes,
        });
        if cost > 0 {
            kept["cost_micros"] = cost.into();
        }
        if self.left_out > 0 {
            kept["left_out"] = self.left_out.into();
        }
        if !self.language.is_empty() {
            kept["language"] = self.language.clone().into();
        }
        kept
    }
}

impl Note {
    #[must_use]
    pub fn new(way: Way, gave: Gave, after_ms: i64) -> Note {
        Note {
            way,
            gave,
            why: String::new(),
            name: String::new(),
            percent: None,
            cost_micros: None,
            after_ms,
        }
    }

    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Note {
        self.why = why.into();
        self
    }

    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Note {
        self.name = name.into();
        self
    }

    #[must_use]
    pub fn percent(mut self, percent: u32) -> Note {
        self.percent = Some(percent);
        self
    }

    #[must_use]
    pub fn cost(mut self, micros: Option<u64>) -> Note {
        self.cost_micros = micros;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_way_taken_is_the_one_that_decided() {
        let mut decision = Decision::default();
        decision.language("pt");
        decision.note(Note::new(Way::Written, Gave::Passed, 0));
        let model = Note::new(Way::Model, Gave::Taken, 900).name("local/small");
        decision.note(model.cost(Some(120)));
        decision.note(Note::new(Way::Support, Gave::Refused, 901).why("a price has no source"));
        decision.note(Note::new(Way::Quote, Gave::Taken, 902).percent(71));
        let kept = decision.kept();
        assert_eq!(kept["by"], "quote");
        assert_eq!(kept["cost_micros"], 120);
        assert_eq!(kept["language"], "pt");
        assert_eq!(kept["ways"][2]["why"], "a price has no source");
        assert_eq!(kept["ways"].as_array().map(Vec::len), Some(4));
        assert!(kept.get("left_out").is_none());
    }

    #[test]
    fn notes_are_bounded_and_what_is_left_out_is_counted() {
        let mut decision = Decision::default();
        for _ in 0..NOTES_MAX + 3 {
            let long = "x".repeat(WHY_CHARS * 2);
            decision.note(Note::new(Way::Tool, Gave::Passed, 1).why(long));
        }
        let kept = decision.kept();
        assert_eq!(kept["left_out"], 3);
        assert_eq!(decision.notes()[0].why.len(), WHY_CHARS);
        assert!(kept["by"].is_null());
    }
}
