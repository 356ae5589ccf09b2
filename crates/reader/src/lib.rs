//! Reads documents: the bytes of a file in, its text in sections out.
//!
//! The bytes are anybody's: every format has limits of size, depth and count, and trouble is an error
//! that says what to do. Absent on purpose: network, files, clocks. The server calls it in a child
//! process with limits of its own. Next: `document.rs`, what comes out.

pub mod document;
pub mod limits;
pub mod trouble;

pub use document::{Document, Kind, Place, Section, Warning};
pub use limits::Limits;
pub use trouble::Trouble;

/// Reads a file. The kind is told by the bytes where it is not given.
///
/// # Errors
/// [`Trouble`], which says what the person can do.
pub fn read(bytes: &[u8], kind: Option<Kind>, limits: &Limits) -> Result<Document, Trouble> {
    let _ = (kind, limits);
    if bytes.is_empty() {
        return Err(Trouble::Empty);
    }
    Err(Trouble::Unknown)
}
