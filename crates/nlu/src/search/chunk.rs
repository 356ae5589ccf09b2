//! Cuts documents into passages: whole paragraphs and sentences where they fit, table rows never apart.
//!
//! In: the sections of a document in order, each with the headings above it. Out: chunks with ids made
//! of their content, so that reading a document again changes only what changed. Absent on purpose:
//! file formats (`ponte-reader`) and scores (`index.rs`).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The name of a passage: 128 bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ChunkId(pub u128);

/// A part of a document, in reading order.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// The headings above it, outermost first.
    pub heading: &'a [String],
    /// Prose, or a table: the header in the first line, one row a line, cells set apart by tabs.
    pub text: &'a str,
    pub table: bool,
}

/// How passages are cut, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where a passage is full.
    pub max_chars: usize,
    /// How much of the passage before is repeated, in whole sentences; 0 for none.
    pub overlap_chars: usize,
}

/// A passage as it is stored and searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub id: ChunkId,
    /// The section that its first character comes from, as a position in what was given.
    pub section: usize,
    pub heading: Vec<String>,
    /// Table rows are written out: `Produto: Caneca; Preço: R$ 30`.
    pub text: String,
}

/// Cuts a document. The key (the source's id, say) keeps equal texts of two documents apart.
#[must_use]
pub fn cut(key: &str, sections: &[Section<'_>], settings: &Settings) -> Vec<Chunk> {
    let _ = (key, sections, settings);
    Vec::new()
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            max_chars: 1_200,
            overlap_chars: 0,
        }
    }
}

impl fmt::Display for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What isn't 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk id is 32 hexadecimal digits")]
pub struct NoChunkId;

impl FromStr for ChunkId {
    type Err = NoChunkId;

    fn from_str(text: &str) -> Result<ChunkId, NoChunkId> {
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u128::from_str_radix(text, 16) {
            Ok(number) if plain => Ok(ChunkId(number)),
            Ok(_) | Err(_) => Err(NoChunkId),
        }
    }
}

impl From<ChunkId> for String {
    fn from(id: ChunkId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for ChunkId {
    type Error = NoChunkId;

    fn try_from(text: String) -> Result<ChunkId, NoChunkId> {
        text.parse()
    }
}
