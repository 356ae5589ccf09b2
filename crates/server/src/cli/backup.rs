//! `ponte backup FILE`: a consistent copy of the database while it runs.
//!
//! In: a file that isn't there yet. Out: the copy, from either engine. Absent: where copies go and how
//! long they are kept, which are the operator's. Next: `restore.rs`.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK};
use crate::both;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Options {
    /// The new file
    pub file: PathBuf,
}

/// Writes the backup.
///
/// # Errors
/// [`Fail`] when the file is there already, and from the store.
pub async fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    let shown = options.file.display();
    if options.file.exists() {
        return Err(Fail::usage(
            both!("{shown} já existe.", "{shown} is there already."),
            both!(
                "Dê um nome novo; um backup nunca substitui outro.",
                "Give a new name; a backup never replaces another."
            ),
        ));
    }
    let store = tools::open(desk).await?;
    let report = store.backup(&options.file).await?;
    let (rows, bytes) = (report.rows, report.bytes);
    if desk.json {
        desk.json(&json!({ "file": shown.to_string(), "rows": rows, "bytes": bytes }));
    } else {
        desk.tell(&both!(
            "Backup em {shown}: {bytes} bytes.",
            "Backup in {shown}: {bytes} bytes."
        ));
    }
    Ok(OK)
}
