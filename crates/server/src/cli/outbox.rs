//! `ponte outbox …`: the queue of sends after a restore, or in a database that was copied by hand.
//!
//! In: nothing. Out: whether it is frozen, or its release. Absent: dropping single messages (commands on
//! conversations). Next: `restore.rs`.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::words::Both;
use clap::Subcommand;
use ponte_store::Frozen;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what waits, and whether it may be sent
    Status,
    /// Let a restored or copied outbox send again
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
            let held = store.frozen().await?;
            let frozen = held.is_some();
            let (pending, unknown) = (counts.outbox_pending, counts.outbox_unknown);
            if desk.json {
                desk.json(&json!({ "frozen": frozen, "pending": pending, "claimed": counts.outbox_claimed, "unknown": unknown }));
            } else {
                desk.tell(&both!(
                    "{pending} esperam, {unknown} sem prova.",
                    "{pending} wait, {unknown} unproven."
                ));
                if let Some(held) = held {
                    desk.tell(&why(held));
                    desk.tell(&todo(held));
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

/// Why nothing is sent.
#[must_use]
pub fn why(frozen: Frozen) -> Both {
    match frozen {
        Frozen::Restored => both!(
            "O envio está parado: este banco veio de um backup.",
            "Sending is frozen: this database comes from a backup."
        ),
        Frozen::Older => both!(
            "O envio está parado: este arquivo é uma cópia mais antiga do que já rodou aqui, e o que espera nele pode já ter sido enviado.",
            "Sending is frozen: this file is an older copy of what has run here, and what waits in it may have been sent."
        ),
        Frozen::Elsewhere => both!(
            "O envio está parado: este arquivo já rodou em outro lugar e foi copiado para cá.",
            "Sending is frozen: this file has run in another place and was copied here."
        ),
    }
}

/// What to do before it is released.
#[must_use]
pub fn todo(frozen: Frozen) -> Both {
    match frozen {
        Frozen::Restored | Frozen::Older => both!(
            "Confira o que espera e rode `ponte outbox release`.",
            "Look at what waits, then run `ponte outbox release`."
        ),
        Frozen::Elsewhere => both!(
            "Confira se ele não roda mais lá, e o que espera; depois rode `ponte outbox release`.",
            "Make sure that it runs there no more, and look at what waits; then run `ponte outbox release`."
        ),
    }
}
