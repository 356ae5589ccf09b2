//! What several commands need: a runtime, an open store, the workspace.
//!
//! In: the settled configuration. Out: a [`Store`], the one workspace, ids and time from the
//! environment. Absent on purpose: starting rooms (that is `serve`). Next: the commands.

use super::Desk;
use crate::boot::config::Config;
use crate::boot::fail::Fail;
use crate::both;
use crate::env::{Clock, Ids};
use crate::knowledge::Knowledge;
use crate::knowledge::crawl::fetch;
use ponte_core::ids::WorkspaceId;
use ponte_store::rows::workspace::WorkspaceRow;
use ponte_store::{Options, Store};
use std::sync::Arc;

/// The runtime that every command runs in.
///
/// # Errors
/// [`Fail`] when the machine gives no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime, Fail> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|why| {
            Fail::machine(
                both!(
                    "a máquina não deu threads ({why}).",
                    "the machine gave no threads ({why})."
                ),
                both!(
                    "Libere memória ou aumente o limite de processos.",
                    "Free memory, or raise the limit of processes."
                ),
            )
        })
}

/// Makes sure that the data folder is there, private to us.
///
/// # Errors
/// [`Fail`] when it can't be made.
pub fn data_folder(config: &Config) -> Result<(), Fail> {
    let dir = &config.data;
    let shown = dir.display();
    let made = if dir.is_dir() {
        Ok(())
    } else {
        make_private(dir)
    };
    made.map_err(|why| {
        Fail::machine(
            both!(
                "não consigo criar a pasta de dados {shown} ({why}).",
                "the data folder {shown} can't be made ({why})."
            ),
            both!(
                "Escolha outra com --data, ou corrija as permissões.",
                "Choose another with --data, or correct the permissions."
            ),
        )
    })
}

#[cfg(unix)]
fn make_private(dir: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}

#[cfg(not(unix))]
fn make_private(dir: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)
}

/// The running server's store when the command runs inside it, else the configuration's.
///
/// # Errors
/// [`Fail`] with the store's own reason.
pub async fn open(desk: &Desk<'_>) -> Result<Store, Fail> {
    open_with(desk, Options::default()).await
}

/// The database, opened for a purpose.
///
/// # Errors
/// As [`open`].
pub async fn open_with(desk: &Desk<'_>, options: Options) -> Result<Store, Fail> {
    if let Some(app) = &desk.app {
        return Ok(app.store.clone());
    }
    if desk.config.database.is_none() {
        data_folder(&desk.config)?;
    }
    Ok(Store::open(&desk.config.database_url(), options).await?)
}

/// The store's one workspace.
///
/// # Errors
/// [`Fail`] when there is none yet, or several.
pub async fn workspace(store: &Store) -> Result<WorkspaceRow, Fail> {
    let mut all = store.workspaces().await?;
    match (all.pop(), all.len()) {
        (Some(one), 0) => Ok(one),
        (Some(_), others) => {
            let count = others + 1;
            Err(Fail::usage(
                both!(
                    "há {count} workspaces neste banco.",
                    "there are {count} workspaces in this database."
                ),
                both!(
                    "Esta versão trabalha com um por banco.",
                    "This version works with one per database."
                ),
            ))
        }
        (None, _) => Err(Fail::usage(
            both!(
                "ainda não há workspace neste banco.",
                "there is no workspace in this database yet."
            ),
            both!(
                "Crie-o com `ponte apply PASTA`.",
                "Make it with `ponte apply DIR`."
            ),
        )),
    }
}

/// The running server's knowledge when the command runs inside it, else one over this store, which
/// visits no sites and reads files on a thread of the command: if one takes it down, only the command ends.
#[must_use]
pub fn knowledge(desk: &Desk<'_>, store: &Store) -> Knowledge {
    if let Some(app) = &desk.app {
        return app.knowledge.clone();
    }
    let (clock, ids) = (Arc::new(Clock::real()), Arc::new(Ids::random()));
    let node = ids.next(clock.now());
    Knowledge::new(store.clone(), clock, ids, node, fetch::nowhere())
}

/// The workspace of a new database: derived, so that two processes that both make it make one.
#[must_use]
pub fn first_workspace() -> WorkspaceId {
    WorkspaceId::derive(uuid::Uuid::nil(), "ponte workspace")
}

impl Desk<'_> {
    /// The sentence in the person's language.
    #[must_use]
    pub fn pick(&self, both: &crate::words::Both) -> String {
        both.get(self.lang).to_string()
    }

    /// A sentence for people.
    pub fn tell(&mut self, both: &crate::words::Both) {
        let text = self.pick(both);
        self.say(&text);
    }
}
