//! Keeps passages so that they can be found: one value in memory, grown and shrunk one passage at a time.
//!
//! In: passages with title, text, source, audience and tags. Out: hits, best first, ties by id, each with
//! what it was found by. The order never depends on the order in which passages came or went: an index
//! that was changed a thousand times answers like one built afresh. Absent on purpose: the texts.
//! Next: `rank.rs`.

use super::chunk::ChunkId;
use super::vectors::Vectors;
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

/// The passages of one workspace.
#[derive(Clone, Debug, Default)]
pub struct Index {
    vectors: Vectors,
}

impl Index {
    #[must_use]
    pub fn new() -> Index {
        Index::default()
    }

    /// Adds a passage, or puts it in the place of the one with its id.
    pub fn put(&mut self, passage: &Passage<'_>) {
        let _ = passage;
    }

    /// Takes a passage out; whether it was there.
    pub fn remove(&mut self, id: ChunkId) -> bool {
        let _ = id;
        false
    }

    /// Takes out all passages of a source; how many.
    pub fn remove_source(&mut self, source: u128) -> usize {
        let _ = source;
        0
    }

    #[must_use]
    pub fn contains(&self, id: ChunkId) -> bool {
        let _ = id;
        false
    }

    /// How many passages can be found.
    #[must_use]
    pub fn len(&self) -> usize {
        0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether so much was taken out that [`Index::compacted`] is worth its time.
    #[must_use]
    pub fn wants_compaction(&self) -> bool {
        false
    }

    /// The same passages without what removed ones left behind. Answers are the same.
    #[must_use]
    pub fn compacted(&self) -> Index {
        self.clone()
    }

    /// The best passages, best first.
    #[must_use]
    pub fn search(&self, query: &Query<'_>) -> Vec<Hit> {
        let _ = query;
        Vec::new()
    }

    /// The vectors beside the words.
    #[must_use]
    pub fn vectors(&self) -> &Vectors {
        &self.vectors
    }

    /// The vectors, to be filled; a set becomes the serving one when all passages have theirs.
    pub fn vectors_mut(&mut self) -> &mut Vectors {
        &mut self.vectors
    }

    /// The index as bytes, for a cache; the store is the truth.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        Vec::new()
    }

    /// # Errors
    /// [`BadBytes`] where the bytes are not from this version of the index; build it again.
    pub fn from_bytes(bytes: &[u8]) -> Result<Index, BadBytes> {
        let _ = bytes;
        Err(BadBytes)
    }
}

/// Bytes that no index of this version wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not an index of this version; build the index again from the store")]
pub struct BadBytes;
