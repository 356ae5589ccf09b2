//! Keeps embeddings beside the words: one byte a number, and the name of the model that made them.
//!
//! In: vectors by passage, from one model version. Out: the nearest passages. Two sets at most: the one
//! that serves, and the next one, which takes its place only when it is complete, so that a change of
//! model never leaves questions to half a set. Absent on purpose: approximate search (a contact centre's
//! knowledge is small enough to look at all of it) and calls for embeddings.

use super::chunk::ChunkId;

/// The embeddings of an index.
#[derive(Clone, Debug, Default)]
pub struct Vectors {}

/// Why a vector was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoVector {
    #[error("the vectors of {model} have {expected} numbers, this one has {found}")]
    Length {
        model: String,
        expected: usize,
        found: usize,
    },
    #[error("a vector has between 1 and {max} finite numbers that are not all zero")]
    Shape { max: usize },
}

impl Vectors {
    /// Keeps a passage's vector. Vectors of a model other than the serving one go to the next set; those
    /// of a third model start the next set again.
    ///
    /// # Errors
    /// [`NoVector`]; nothing has changed then.
    pub fn put(&mut self, model: &str, id: ChunkId, vector: &[f32]) -> Result<(), NoVector> {
        let _ = (model, id, vector);
        Ok(())
    }

    /// The model whose vectors answer now: questions are embedded with this one.
    #[must_use]
    pub fn serving(&self) -> Option<&str> {
        None
    }

    /// The model whose vectors are being gathered, and how many there are.
    #[must_use]
    pub fn coming(&self) -> Option<(&str, usize)> {
        None
    }

    /// Whether the passage has a vector of this model.
    #[must_use]
    pub fn has(&self, model: &str, id: ChunkId) -> bool {
        let _ = (model, id);
        false
    }
}
