//! Keeps the shapes of search: what is put in, what is asked, what is found and why.
//!
//! Absent on purpose: how (`index.rs`, `rank.rs`).

use super::chunk::ChunkId;
use serde::{Deserialize, Serialize};

/// What is put into the index.
#[derive(Clone, Copy, Debug)]
pub struct Passage<'a> {
    pub id: ChunkId,
    /// The document it comes from, for filters.
    pub source: u128,
    /// The document's title and the headings above the passage, in one line.
    pub title: &'a str,
    pub text: &'a str,
    /// Who may read it: `""` for everybody, otherwise a word the caller chooses.
    pub audience: &'a str,
    /// What it is for (assistants, subjects); none means for everything.
    pub tags: &'a [String],
}

/// Which passages may be found; `None` lets everything pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    pub sources: Option<Vec<u128>>,
    /// Passages for everybody always pass; of the others, those whose audience is named here.
    pub audiences: Option<Vec<String>>,
    /// Passages without tags always pass; of the others, those with at least one of these.
    pub tags: Option<Vec<String>>,
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    pub text: &'a str,
    pub filter: &'a Filter,
    /// How many hits at most.
    pub limit: usize,
    /// The question's embedding, where there is one, and the name of the model that made it.
    pub dense: Option<Dense<'a>>,
}

/// A question as a vector. Ignored where the index serves vectors of another model.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    pub model: &'a str,
    pub vector: &'a [f32],
    /// The share of the dense score, 0 to 1; [`DENSE_SHARE`] is the measured one.
    pub share: f32,
}

/// What the dense score counts beside the lexical one when nothing else is known.
pub const DENSE_SHARE: f32 = 0.3;

/// A passage that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    pub id: ChunkId,
    pub source: u128,
    /// The fused score, 0 to 1; comparable within one answer, not between two questions.
    pub score: f32,
    pub why: Why,
}

/// What a hit was found by. The parts are shares of the best passage's score in that field, 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Why {
    pub words: f32,
    pub pairs: f32,
    pub letters: f32,
    pub title: f32,
    pub dense: f32,
    /// The question's words that the passage has, in the question's order, as typed but folded.
    pub matched: Vec<String>,
    /// The question's words that count and that the passage has not.
    pub missing: Vec<String>,
    /// The share of the question's information that the passage has, 0 to 1: comparable between
    /// questions.
    pub coverage: f32,
}
