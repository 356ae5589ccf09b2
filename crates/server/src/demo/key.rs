//! The demo's API key: made once, kept in a private file beside the database, printed at each start.
//!
//! In: the data folder. Out: the key's text. In production a key's text is kept nowhere; the demo keeps
//! it so that people can try the API without making one. Absent: fixed keys. Next: `cli/key.rs`.

use crate::api::key::{self, Scope};
use crate::boot::fail::Fail;
use crate::both;
use crate::cli::key::make;
use crate::env::Ids;
use ponte_core::Time;
use ponte_core::ids::WorkspaceId;
use ponte_store::{Commit, Store};
use std::io::Write;
use std::path::Path;

/// The key in the file if the database knows it, else a new one.
///
/// # Errors
/// [`Fail`] from the store and for a file that can't be written.
pub async fn of(
    data: &Path,
    store: &Store,
    ids: &Ids,
    workspace: WorkspaceId,
    at: Time,
) -> Result<String, Fail> {
    let path = data.join("demo-key");
    if let Ok(text) = std::fs::read_to_string(&path)
        && let Some(hash) = key::hash(text.trim())
        && let Some(row) = store.api_key(&hash).await?
        && !row.revoked
    {
        return Ok(text.trim().to_string());
    }
    let (row, text) = make(ids, workspace, "demo", &Scope::ALL, at, None)?;
    let mut commit = Commit::new();
    commit.add_api_key(&row);
    store.commit(commit).await?;
    write_private(&path, &text).map_err(|why| {
        let shown = path.display();
        Fail::machine(
            both!(
                "não consigo escrever {shown} ({why}).",
                "{shown} can't be written ({why})."
            ),
            both!(
                "Confira as permissões da pasta de dados.",
                "Check the permissions of the data folder."
            ),
        )
    })?;
    Ok(text)
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
