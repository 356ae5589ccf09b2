//! Statuses that came before their message was known, and how they find it.
//!
//! In: provider ids that have just become known. Out: the parked statuses journaled, in the commit
//! that takes them out of the park. Whoever makes an id known asks here (the engine), and whoever
//! parks looks once more (intake), so that no order of the two leaves one behind. Absent: statuses
//! with our tag, which need no id. Next: `intake/write.rs`.

use crate::app::App;
use ponte_core::fact::StatusReport;
use ponte_core::ids::{EventId, ReplyId};
use ponte_core::{Envelope, Event};
use ponte_store::rows::Place;
use ponte_store::rows::journal::{JournalNew, JournalRow};
use ponte_store::{Commit, StoreError};
use serde::{Deserialize, Serialize};

/// Statuses of one message that may wait: there are four kinds, each perhaps repeated.
const MOST: u32 = 32;

/// A parked status.
#[derive(Debug, Serialize, Deserialize)]
pub struct Parked {
    pub report: StatusReport,
    pub dedupe: String,
}

/// Journals what waits for this id. `reply`: the message's reply, where it is one of ours.
///
/// # Errors
/// The store's; the statuses stay parked then.
pub async fn match_up(
    app: &App,
    place: &Place,
    wamid: &str,
    reply: Option<ReplyId>,
) -> Result<(), StoreError> {
    let waiting = app.store.orphans(place.channel, wamid, MOST).await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let at = app.env.clock.now();
    let mut commit = Commit::new();
    let mut appended = Vec::new();
    for orphan in waiting {
        commit.unpark_status(orphan.id);
        let Ok(parked) = serde_json::from_value::<Parked>(orphan.body) else {
            continue;
        };
        let new = JournalNew {
            place: *place,
            envelope: Envelope {
                id: EventId(app.env.ids.next(at)),
                at,
                event: Event::StatusChanged {
                    report: Box::new(parked.report),
                    reply,
                    attempt: None,
                },
            },
            dedupe: parked.dedupe,
            delivery: None,
        };
        commit.append(&new);
        appended.push(new);
    }
    let committed = app.store.commit(commit).await?;
    let rows = appended
        .into_iter()
        .zip(committed.journal)
        .filter_map(|(new, seq)| {
            Some(JournalRow {
                seq: seq?,
                place: new.place,
                envelope: new.envelope,
                delivery: None,
                attempts: 0,
                applied: None,
                quarantined: false,
            })
        })
        .collect();
    app.relay.journaled(rows);
    Ok(())
}
