//! Reads one file in a place where it can do no harm.
//!
//! In: the bytes with name and media type, by which the kind is told. Out: the document, or why it was
//! set aside. The server reads in a process of its own with limits; tests of other things read on a
//! thread, where a reader that dies takes only that with it. Absent: what is done with the text
//! (`import.rs`), and any network. Next: `crate::reading`.

use super::trouble::Trouble;
use crate::both;
use crate::reading::{NoDocument, Reading};
use ponte_reader::{Document, Kind, Limits};

/// Bytes of a file that is taken; the reader's own limit is the same.
pub const FILE_MOST: usize = 32 << 20;

/// Reads a file; without a place of its own, on a thread.
///
/// # Errors
/// Why it was set aside.
pub async fn read(
    place: Option<&Reading>,
    bytes: Vec<u8>,
    name: &str,
    media: &str,
) -> Result<Document, Trouble> {
    let kind = Kind::from_name(name).or_else(|| Kind::from_media_type(media));
    let Some(place) = place else {
        return on_a_thread(bytes, kind).await;
    };
    place.read(&bytes, kind).await.map_err(|error| match error {
        NoDocument::Trouble(trouble) => Trouble::from(&trouble),
        NoDocument::TooSlow { .. } | NoDocument::Ended => Trouble::broke(),
        NoDocument::Machine(why) => {
            tracing::error!(%why, "files can't be read: the reading process doesn't start");
            Trouble::new(
                "machine",
                both!(
                    "A máquina não conseguiu abrir o leitor de arquivos. Tente de novo; se continuar, rode `ponte doctor`.",
                    "The machine could not start the file reader. Try again; if it stays, run `ponte doctor`."
                ),
            )
        }
    })
}

async fn on_a_thread(bytes: Vec<u8>, kind: Option<Kind>) -> Result<Document, Trouble> {
    let limits = Limits::default();
    let reading = tokio::task::spawn_blocking(move || ponte_reader::read(&bytes, kind, &limits));
    match reading.await {
        Ok(Ok(document)) => Ok(document),
        Ok(Err(trouble)) => Err(Trouble::from(&trouble)),
        Err(_) => Err(Trouble::broke()),
    }
}
