//! Keeps why a file could not be read, so that a person can do something about it.
//!
//! The words for people are the server's, in their language; these are for programs and logs, and carry
//! no text of the file.

use super::Kind;
use serde::{Deserialize, Serialize};

/// Why there is no document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "trouble", rename_all = "snake_case")]
pub enum Trouble {
    #[error("the file is empty")]
    Empty,
    #[error("the file is of no kind that can be read")]
    Unknown,
    /// A kind that people send and that must be saved as another first (`.doc`, `.xls`, pictures).
    #[error("{found} files are not read; save the file as {}", instead.as_str())]
    OtherKind { found: String, instead: Kind },
    #[error("the file is larger than {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
    #[error("what is inside the file is larger than {limit_bytes} bytes")]
    Bomb { limit_bytes: usize },
    #[error("the file's elements are nested deeper than {limit}")]
    TooDeep { limit: usize },
    #[error("the file is protected by a password")]
    Password,
    #[error("the file has no text; it may be a scan or pictures")]
    NoText,
    #[error("the {} file is damaged", kind.as_str())]
    Damaged { kind: Kind },
}
