//! `ponte restore FILE`: makes the database from a backup.
//!
//! In: a backup, and a database that holds nothing. Out: the data, with a frozen outbox: what was
//! waiting then may have been sent since, and only a person can say. Absent: merging. Next: `outbox.rs`.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK};
use crate::both;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Options {
    /// The backup
    pub file: PathBuf,
}

/// Restores the backup.
///
/// # Errors
/// [`Fail`] for a missing file, and from the store (which refuses when it isn't empty).
pub async fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    let shown = options.file.display();
    if !options.file.is_file() {
        return Err(Fail::usage(
            both!("não há um arquivo {shown}.", "there is no file {shown}."),
            both!(
                "Dê um arquivo escrito por `ponte backup`.",
                "Give a file written by `ponte backup`."
            ),
        ));
    }
    let store = tools::open(desk).await?;
    let report = store.restore(&options.file).await?;
    let waiting = store.counts().await?.outbox_pending;
    let rows = report.rows;
    if desk.json {
        desk.json(&json!({ "rows": rows, "frozen": true, "outbox_pending": waiting }));
        return Ok(OK);
    }
    desk.tell(&both!(
        "Restaurado: {rows} linhas.",
        "Restored: {rows} rows."
    ));
    desk.tell(&both!(
        "O envio está parado: {waiting} mensagens esperam e podem já ter sido enviadas depois do backup. Confira e rode `ponte outbox release`.",
        "Sending is frozen: {waiting} messages wait and may have been sent after the backup was made. Look, then run `ponte outbox release`.",
    ));
    Ok(OK)
}
