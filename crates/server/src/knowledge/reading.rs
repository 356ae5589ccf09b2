//! Reads one file in a place where it can do no harm.
//!
//! In: the bytes with name and media type, by which the kind is told. Out: the document, or why it was
//! set aside. A reader that dies takes only its own thread with it. Absent: what is done with the text
//! (`import.rs`), and any network.

use super::trouble::Trouble;
use ponte_reader::{Document, Kind, Limits};

/// Bytes of a file that is taken; the reader's own limit is the same.
pub const FILE_MOST: usize = 32 << 20;

/// Reads a file.
///
/// # Errors
/// Why it was set aside.
pub async fn read(bytes: Vec<u8>, name: &str, media: &str) -> Result<Document, Trouble> {
    let kind = Kind::from_name(name).or_else(|| Kind::from_media_type(media));
    let limits = Limits {
        bytes: FILE_MOST,
        ..Limits::default()
    };
    let reading = tokio::task::spawn_blocking(move || ponte_reader::read(&bytes, kind, &limits));
    match reading.await {
        Ok(Ok(document)) => Ok(document),
        Ok(Err(trouble)) => Err(Trouble::from(&trouble)),
        Err(_) => Err(Trouble::broke()),
    }
}
