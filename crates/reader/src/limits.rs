//! Keeps how much of a file is read before reading stops.
//!
//! Reaching a limit of size is [`super::Trouble`] where going on makes no sense, and a warning that says
//! what was left out where the first part is useful by itself.

use serde::{Deserialize, Serialize};

/// The limits of one reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The file itself.
    pub bytes: usize,
    /// What is inside, unpacked: a small archive can hold terabytes of zeros.
    pub unpacked_bytes: usize,
    pub pages: usize,
    /// Cells of all sheets or rows together.
    pub cells: usize,
    /// How deep elements may stand in one another.
    pub depth: usize,
    /// Text that comes out.
    pub text_bytes: usize,
    pub sections: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            // A catalogue with pictures; more is no text.
            bytes: 32 << 20,
            unpacked_bytes: 256 << 20,
            pages: 2_000,
            cells: 500_000,
            depth: 200,
            // A thick book is two million characters.
            text_bytes: 8 << 20,
            sections: 50_000,
        }
    }
}
