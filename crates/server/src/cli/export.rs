//! `ponte export DIR`: writes the workspace as a folder of files.
//!
//! In: the database. Out: the same bytes for the same settings, each time. Absent: secrets and
//! conversations. Next: `workspace/write.rs`.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::workspace::kept::KeptError;
use crate::workspace::{kept, taught, write};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Options {
    /// Where to write; made if it isn't there
    pub dir: PathBuf,
}

/// Exports the workspace.
///
/// # Errors
/// [`Fail`] from the store and for files that can't be written.
pub async fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let id = tools::workspace(&store).await?.id;
    let settings = kept::load(&store, id).await?.settings()?;
    let mut files = write::files(&settings).map_err(KeptError::from)?;
    files.extend(taught::files(&tools::knowledge(desk, &store), id).await?);
    for (path, text) in &files {
        write_one(&options.dir, path, text)?;
    }
    let count = files.len();
    if desk.json {
        desk.json(&json!({ "files": files.keys().collect::<Vec<_>>() }));
    } else {
        let shown = options.dir.display();
        desk.tell(&both!(
            "{count} arquivos em {shown}.",
            "{count} files in {shown}."
        ));
    }
    Ok(OK)
}

fn write_one(dir: &Path, path: &str, text: &str) -> Result<(), Fail> {
    let path = dir.join(path);
    let parent = path.parent().unwrap_or(dir);
    let written = std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text));
    written.map_err(|why| {
        let shown = path.display();
        Fail::machine(
            both!(
                "não consigo escrever {shown} ({why}).",
                "{shown} can't be written ({why})."
            ),
            both!(
                "Confira o caminho e as permissões.",
                "Check the path and its permissions."
            ),
        )
    })
}
