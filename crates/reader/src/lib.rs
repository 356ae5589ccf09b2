//! Reads documents: the bytes of a file in, its text in sections out.
//!
//! The bytes are anybody's: every format has limits of size, depth and count, and trouble is an error
//! that says what to do. Absent on purpose: network, files, clocks. The server calls it in a child
//! process with limits of its own, since a library below may still loop or take memory. Next:
//! `document.rs`, what comes out; `sniff.rs`, which reader is asked.

mod archive;
mod build;
mod csv;
mod decode;
pub mod document;
mod docx;
mod html;
pub mod limits;
mod markdown;
mod pdf;
mod sniff;
pub mod trouble;
mod xlsx;

pub use document::{Document, Kind, Place, Section, Warning};
pub use limits::Limits;
pub use trouble::Trouble;

use build::Builder;

/// Reads a file. The kind is told by the bytes where it is not given; bytes that are clearly of another
/// kind than was given are read as what they are.
///
/// # Errors
/// [`Trouble`], which says what the person can do.
pub fn read(bytes: &[u8], kind: Option<Kind>, limits: &Limits) -> Result<Document, Trouble> {
    if bytes.len() > limits.bytes {
        return Err(Trouble::TooLarge {
            limit_bytes: limits.bytes,
        });
    }
    let kind = sniff::kind(bytes, kind)?;
    let mut builder = Builder::new(limits);
    match kind {
        Kind::Pdf => pdf::read(bytes, limits, &mut builder)?,
        Kind::Docx => docx::read(bytes, limits, &mut builder)?,
        Kind::Xlsx => xlsx::read(bytes, limits, &mut builder)?,
        Kind::Html => html::read(&decode::html(bytes, &mut builder), limits, &mut builder)?,
        Kind::Markdown => markdown::read(&decode::text(bytes, &mut builder), &mut builder),
        Kind::Csv => csv::read(&decode::text(bytes, &mut builder), limits, &mut builder),
        Kind::Text => {
            for paragraph in decode::text(bytes, &mut builder).split("\n\n") {
                builder.paragraph(paragraph);
            }
        }
    }
    builder.finish(kind)
}
