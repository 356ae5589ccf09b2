//! `ponte vault …`: which master key seals secrets at rest, and its change.
//!
//! In: nothing. Out: the key's name (a print of it, not the key) and whether everything opens; or everything sealed
//! anew. A change that is broken off is taken up by the same command. The old key's file stays until a person takes it
//! away: it opens older backups. Absent: showing a secret. Next:
//! `boot/master_key.rs`, `crate::models::manage`.

use super::{Desk, provider, tool, tools};
use crate::boot::fail::{FOUND, Fail, OK};
use crate::boot::master_key;
use crate::both;
use crate::models::manage::Rotated;
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show which master key is in use, and whether every secret opens with it
    Status,
    /// Seal every secret anew: under a new key made in the data folder, or under the one in PONTE_MASTER_KEY
    Rotate,
}

/// Runs one of the two.
///
/// # Errors
/// [`Fail`] for keys that can't be read or made, and from the store.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    match command {
        Command::Status => status(desk).await,
        Command::Rotate => rotate(desk).await,
    }
}

async fn status(desk: &mut Desk<'_>) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let models = provider::models(desk, &store)?;
    let id = models.vault().key_id().unwrap_or_else(|| "-".into());
    let rows = store.providers(None).await?;
    let sealed = rows.iter().filter_map(|row| models.key_opens(row));
    let (open, closed): (Vec<bool>, Vec<bool>) = sealed.partition(|opens| *opens);
    let (of_tools, not_of_tools) = tool::room(desk, &store)?.opens().await?;
    let (open, closed) = (open.len() + of_tools, closed.len() + not_of_tools);
    if desk.json {
        desk.json(&json!({ "master_key": id, "open": open, "closed": closed }));
    } else {
        desk.tell(&both!(
            "Chave mestra {id}: {open} segredos abrem, {closed} não.",
            "Master key {id}: {open} secrets open, {closed} don't."
        ));
    }
    Ok(if closed == 0 { OK } else { FOUND })
}

async fn rotate(desk: &mut Desk<'_>) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    tools::data_folder(&desk.config)?;
    let data = desk.config.data.clone();
    let loaded = master_key::load(&data, desk.vars)?;
    let models = provider::models(desk, &store)?;
    // With an old key beside it, a change has begun: it is finished, not begun again.
    let fresh = !loaded.given && loaded.keys.old.is_none();
    let keys = match &loaded.keys.current {
        Some(current) if fresh => master_key::next(&data, current)?,
        Some(_) | None => loaded.keys,
    };
    models.vault().set(keys);
    let mut done = models.rewrap().await?;
    let mut room = tool::room(desk, &store)?;
    // A running server's rooms share one vault; a command alone has made two, and the keys are new.
    room.vault = models.vault().clone();
    done += room.rewrap().await?;
    if let Some(id) = models.vault().key_id() {
        master_key::remember(&store, &id).await?;
    }
    let Rotated {
        moved,
        already,
        lost,
    } = done;
    if desk.json {
        desk.json(&json!({ "moved": moved, "already": already, "lost": lost }));
    } else {
        desk.tell(&both!(
            "{moved} segredos selados de novo, {already} já estavam, {lost} não abrem. Guarde uma cópia da chave nova. A antiga fica em master.key.old: ela abre as cópias do banco feitas antes.",
            "{moved} secrets sealed anew, {already} were already, {lost} don't open. Keep a copy of the new key. The old one stays in master.key.old: it opens backups made before."
        ));
    }
    Ok(if lost == 0 { OK } else { FOUND })
}
