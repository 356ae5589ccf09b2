//! Answers from passages without any model: the sentence that answers, or nothing.
//!
//! In: a question and the texts of its hits. Out: the best sentence or two with their source and how sure
//! it is, or `None` where the passages don't support an answer. Absent on purpose: wording ("não sei",
//! hand-off: the router's) and new sentences: every word stands in the source.
//! Next: `support.rs`, the judge of sentences that somebody else wrote.

use super::chunk::ChunkId;
use super::index::{Hit, Index};
use serde::{Deserialize, Serialize};

/// A hit with its text, as the store has it.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    pub hit: &'a Hit,
    pub title: &'a str,
    pub text: &'a str,
}

/// What answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extract {
    /// One or two sentences, word for word.
    pub text: String,
    pub source: ChunkId,
    /// Where the sentences stand in the passage's text, in bytes.
    pub from: usize,
    pub to: usize,
    /// How sure, 0 to 1: of a hundred answers given with 0.8, about eighty answer.
    pub confidence: f32,
    /// What the question asks for.
    pub asks: Asks,
}

/// What kind of thing a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    When,
    HowMuch,
    Where,
    How,
    Whether,
    Who,
    Which,
    Other,
}

/// The confidence under which no answer is given. It was chosen on our own questions so that a wrong
/// answer costs four times as much as a hand-off that was not needed.
pub const THRESHOLD: f32 = 0.5;

/// The answer that the passages hold, best passage first; `None` where none reaches the threshold.
#[must_use]
pub fn answer(
    index: &Index,
    question: &str,
    found: &[Found<'_>],
    threshold: f32,
) -> Option<Extract> {
    let _ = (index, question, found, threshold);
    None
}
