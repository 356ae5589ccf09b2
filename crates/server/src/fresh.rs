//! Events that are not journaled yet: each is stored in the very commit that applies it.
//!
//! In: an event with what must be stored together with it (the end of its delivery, of an attempt, of
//! a timer, of a call). Out: one commit instead of two. Where that can't be (something older waits,
//! the same event is known, the lease is gone) it is journaled by itself first, as everything else is.
//! While one is on its way its conversation is in [`flights::Flights`], and nothing is sent there: what it says
//! may be that a person has spoken. Absent: order between senders; each hands over in its own. Next:
//! [`crate::engine`].

pub mod flights;

use crate::app::App;
use flights::Flight;
use futures_util::{StreamExt, stream};
use ponte_core::ids::{ChannelId, ConversationId, ReplyId};
use ponte_core::{Envelope, Event};
use ponte_store::rows::Place;
use ponte_store::rows::journal::{JournalNew, JournalRow};
use ponte_store::{Commit, Refused, StoreError};
use std::collections::BTreeMap;

/// Numbers that stand for the place in the journal until there is one: behind everything stored.
pub const FIRST: i64 = 1 << 62;
/// Conversations whose events are journaled at once when a room ends.
const TOGETHER: usize = 64;

/// An event on its way into the journal.
#[derive(Debug)]
pub struct Fresh {
    pub place: Place,
    pub envelope: Envelope,
    pub origin: Origin,
}

/// What a fresh event brings besides itself.
#[derive(Debug)]
pub struct Origin {
    pub dedupe: String,
    pub delivery: Option<i64>,
    /// Stored with it or not at all.
    pub with: Commit,
    pub source: Source,
    /// It gets its place in the journal before it is applied: it may be what ended the process or the
    /// room before, and only what stands there can be blamed and set aside.
    pub careful: bool,
    /// Given back when it is stored or given up.
    pub flight: Flight,
}

/// Where it came from decides what a refusal means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Another took the delivery up, or what was known of its sender is out of date: it is read again.
    Delivery,
    /// The attempt was closed by somebody else: the word is journaled all the same.
    Attempt { reply: ReplyId, n: u32 },
    /// A timer that was replaced, a call that was ended: nobody waits for it any more.
    Passing,
}

impl Fresh {
    /// As a row whose place in the journal is not known yet.
    #[must_use]
    pub fn into_row(self, seq: i64) -> (JournalRow, Origin) {
        let row = JournalRow {
            seq,
            place: self.place,
            envelope: self.envelope,
            delivery: self.origin.delivery,
            attempts: 0,
            applied: None,
            quarantined: false,
        };
        (row, self.origin)
    }

    /// Back from a row that was not stored.
    #[must_use]
    pub fn from_row(row: JournalRow, origin: Origin) -> Fresh {
        Fresh {
            place: row.place,
            envelope: row.envelope,
            origin,
        }
    }
}

/// What became of an event that was journaled by itself.
#[derive(Debug)]
pub enum Stored {
    /// It waits in the journal.
    Row(Box<JournalRow>),
    /// It is known already, or nobody waits for it.
    Known,
    /// Somebody else stored it, or something of it: the journal must be looked at.
    Look,
}

/// Journals an event by itself, with what belongs to it; applying it is another commit.
///
/// # Errors
/// The store's: nothing was stored, or (`Unsure`) nobody knows, and a repeat is harmless.
pub async fn journal(app: &App, fresh: &Fresh) -> Result<Stored, StoreError> {
    let origin = &fresh.origin;
    let new = new_of(fresh, origin.dedupe.clone());
    let mut commit = origin.with.clone();
    commit.append(&new);
    let committed = app.store.commit(commit).await?;
    let Some(why) = committed.refused else {
        let seq = committed.journal.first().copied().flatten();
        return Ok(match seq {
            Some(seq) => Stored::Row(Box::new(row_of(new, seq))),
            None => {
                metrics::counter!("ponte_duplicates_total").increment(1);
                Stored::Known
            }
        });
    };
    match &origin.source {
        Source::Attempt { reply, n } => late(app, fresh, *reply, *n).await,
        Source::Delivery if why == Refused::Delivery => Ok(Stored::Known),
        Source::Delivery => {
            give_back(app, origin.delivery).await?;
            Ok(Stored::Known)
        }
        Source::Passing => Ok(Stored::Known),
    }
}

/// The attempt was closed before. Evidence always wins: its word is journaled, unless it is the word
/// that is there already.
async fn late(app: &App, fresh: &Fresh, reply: ReplyId, n: u32) -> Result<Stored, StoreError> {
    let attempts = app.store.attempts(reply).await?;
    let closed = attempts.iter().find(|made| made.n == n);
    let told = if let Event::SendEnded { outcome, .. } = &fresh.envelope.event {
        Some(outcome)
    } else {
        None
    };
    if closed.is_some_and(|made| told.is_some() && made.outcome.as_ref() == told) {
        // An earlier try of ours was stored after all, with its entry.
        return Ok(Stored::Look);
    }
    let new = new_of(fresh, format!("late:{reply}:{n}"));
    let mut commit = Commit::new();
    commit.append(&new);
    let committed = app.store.commit(commit).await?;
    let seq = committed.journal.first().copied().flatten();
    Ok(seq.map_or(Stored::Look, |seq| Stored::Row(Box::new(row_of(new, seq)))))
}

/// A delivery whose sender is not whom intake took it for: intake forgets what it knew and reads it again.
async fn give_back(app: &App, delivery: Option<i64>) -> Result<(), StoreError> {
    app.relay.forget_people();
    if let Some(id) = delivery {
        let mut commit = Commit::new();
        let now = app.env.clock.now();
        commit.retry_delivery(id, app.config.node, now, "what was known of people changed");
        app.store.commit(commit).await?;
        app.relay.intake.nudge();
    }
    Ok(())
}

/// Hands an event to the engine of its number; where that doesn't run here, journals it.
///
/// # Errors
/// The store's, where it had to be asked: nothing was stored, or nobody knows.
pub async fn tell(app: &App, fresh: Fresh) -> Result<(), StoreError> {
    let channel = fresh.place.channel;
    let Err(back) = app.relay.fresh(channel, vec![fresh]) else {
        return Ok(());
    };
    for fresh in back {
        let stored = journal(app, &fresh).await?;
        pass_on(app, channel, stored);
    }
    Ok(())
}

/// Tells the engine of the channel, if it runs here, what stands in the journal now.
pub fn pass_on(app: &App, channel: ChannelId, stored: Stored) {
    match stored {
        Stored::Row(row) => app.relay.journaled(vec![*row]),
        Stored::Known => {}
        Stored::Look => app.relay.nudge(channel),
    }
}

/// What a room that ends still held goes into the journal, for whoever has the number next: in order
/// within a conversation, many conversations at once.
pub async fn leave(app: &App, left: Vec<Fresh>) {
    let mut all: BTreeMap<ConversationId, Vec<Fresh>> = BTreeMap::new();
    for fresh in left {
        let conversation = fresh.place.conversation;
        all.entry(conversation).or_default().push(fresh);
    }
    stream::iter(all.into_values())
        .for_each_concurrent(TOGETHER, |events| async move {
            for fresh in events {
                match journal(app, &fresh).await {
                    Ok(stored) => pass_on(app, fresh.place.channel, stored),
                    Err(error) => {
                        tracing::warn!(%error, "an event is left to those who find its source open");
                    }
                }
            }
        })
        .await;
}

fn new_of(fresh: &Fresh, dedupe: String) -> JournalNew {
    JournalNew {
        place: fresh.place,
        envelope: fresh.envelope.clone(),
        dedupe,
        delivery: fresh.origin.delivery,
    }
}

fn row_of(new: JournalNew, seq: i64) -> JournalRow {
    JournalRow {
        seq,
        place: new.place,
        envelope: new.envelope,
        delivery: new.delivery,
        attempts: 0,
        applied: None,
        quarantined: false,
    }
}
