//! `ponte number …`: shows the numbers, cuts one off, lets it back in.
//!
//! In: a number by its name, its id or the provider's id. Out: the list, or the change, kept among the
//! account events. Absent: settings (`apply`), and asking the provider (`doctor`). Next:
//! `app/cut_off.rs`.

use super::{Desk, tools};
use crate::api::time::show;
use crate::app::cut_off::by_hand;
use crate::boot::fail::{Fail, OK};
use crate::boot::serve;
use crate::both;
use clap::Subcommand;
use ponte_core::ids::WorkspaceId;
use ponte_store::Store;
use ponte_store::rows::workspace::ChannelRow;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the numbers, and whether they may send
    List,
    /// Stop sending on a number; what waits goes to people
    Suspend {
        /// The number's name or id
        number: String,
    },
    /// Send on a number again, and close the alerts about it
    Resume {
        /// The number's name or id
        number: String,
    },
}

/// Runs one of the three.
///
/// # Errors
/// [`Fail`] for an unknown number, and from the store.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    match command {
        Command::List => list(desk, &store, workspace).await,
        Command::Suspend { number } => set(desk, &store, workspace, number, true).await,
        Command::Resume { number } => set(desk, &store, workspace, number, false).await,
    }
}

async fn numbers(store: &Store, workspace: WorkspaceId) -> Result<Vec<ChannelRow>, Fail> {
    let mut rows = store.channels(Some(workspace)).await?;
    rows.retain(|row| !row.removed);
    Ok(rows)
}

async fn list(desk: &mut Desk<'_>, store: &Store, workspace: WorkspaceId) -> Result<u8, Fail> {
    let rows = numbers(store, workspace).await?;
    if desk.json {
        let all: Vec<_> = rows
            .iter()
            .map(|row| {
                let since = row.suspended.then(|| show(row.suspended_at));
                json!({ "id": row.id.0, "name": row.name, "number": row.number, "display": row.display, "suspended": row.suspended, "suspended_since": since })
            })
            .collect();
        desk.json(&json!({ "numbers": all }));
        return Ok(OK);
    }
    for row in rows {
        let (id, name, display) = (row.id.0, row.name, row.display);
        let since = show(row.suspended_at);
        desk.tell(&if row.suspended {
            both!(
                "{id}  {name}  {display}  desligado desde {since}",
                "{id}  {name}  {display}  cut off since {since}"
            )
        } else {
            both!(
                "{id}  {name}  {display}  em uso",
                "{id}  {name}  {display}  in use"
            )
        });
    }
    Ok(OK)
}

async fn set(
    desk: &mut Desk<'_>,
    store: &Store,
    workspace: WorkspaceId,
    asked: &str,
    suspended: bool,
) -> Result<u8, Fail> {
    let rows = numbers(store, workspace).await?;
    let found = rows
        .iter()
        .find(|row| row.name == asked || row.number == asked || row.id.0.to_string() == asked);
    let Some(row) = found else {
        return Err(Fail::usage(
            both!("não há um número {asked}.", "there is no number {asked}."),
            both!("Veja `ponte number list`.", "See `ponte number list`."),
        ));
    };
    let env = match &desk.app {
        Some(app) => app.env.clone(),
        None => serve::environment(None)?,
    };
    let by = json!({ "command": "ponte number" });
    let here = (workspace, row.id);
    let done = by_hand(store, &env, here, suspended, &by).await?;
    let name = &row.name;
    if desk.json {
        desk.json(&json!({ "id": row.id.0, "suspended": suspended, "done": done }));
    } else if suspended {
        desk.tell(&both!(
            "{name}: nada mais é enviado; o que espera vai para as pessoas em 10 minutos. `ponte number resume` religa.",
            "{name}: nothing more is sent; what waits goes to people within 10 minutes. `ponte number resume` lets it back in."
        ));
    } else {
        desk.tell(&both!("{name}: em uso.", "{name}: in use."));
    }
    Ok(OK)
}
