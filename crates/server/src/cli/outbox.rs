//! `ponte outbox …`: the queue of sends after a restore.
//!
//! In: nothing. Out: whether it is frozen, or its release. Absent: dropping single messages (commands on
//! conversations). Next: `restore.rs`.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK};
use crate::both;
use clap::Subcommand;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what waits, and whether it may be sent
    Status,
    /// Let a restored outbox send again
    Release,
}

/// Shows or releases.
///
/// # Errors
/// [`Fail`] from the store.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    match command {
        Command::Status => {
            let counts = store.counts().await?;
            let frozen = store.frozen().await?;
            let (pending, unknown) = (counts.outbox_pending, counts.outbox_unknown);
            if desk.json {
                desk.json(&json!({ "frozen": frozen, "pending": pending, "claimed": counts.outbox_claimed, "unknown": unknown }));
            } else {
                desk.tell(&both!(
                    "{pending} esperam, {unknown} sem prova.",
                    "{pending} wait, {unknown} unproven."
                ));
                if frozen {
                    desk.tell(&both!(
                        "Parado desde a restauração: `ponte outbox release` libera.",
                        "Frozen since the restore: `ponte outbox release` lets it go."
                    ));
                }
            }
        }
        Command::Release => {
            let was = store.release_outbox().await?;
            if desk.json {
                desk.json(&json!({ "released": was }));
            } else if was {
                desk.tell(&both!("Liberado.", "Released."));
            } else {
                desk.tell(&both!("Não estava parado.", "It was not frozen."));
            }
        }
    }
    Ok(OK)
}
