//! Makes the end of an attempt durable and tells the conversation, in one commit.
//!
//! In: an outcome. Out: the attempt closed and `SendEnded` journaled, handed to the engine. When the
//! attempt was closed by somebody else meanwhile (a new owner called it unsure), the late word is
//! journaled all the same: evidence always wins. Absent: what follows from it. Next:
//! `ponte_core::outcomes`.

use crate::app::App;
use ponte_core::event::{Outcome, Refusal};
use ponte_core::ids::{EventId, ReplyId};
use ponte_core::time::Span;
use ponte_core::{Envelope, Event};
use ponte_store::rows::Place;
use ponte_store::rows::journal::{JournalNew, JournalRow};
use ponte_store::rows::outbox::{LeaseRef, OutboxRow};
use ponte_store::{Commit, Refused};

/// A store that is in trouble is asked again this often, with doubling waits from 50 ms: about
/// 25 seconds. After that the open claim is found by the poll and called unsure.
const TRIES: u32 = 9;

/// Closes the attempt and journals its end.
pub async fn ended(app: &App, place: &Place, reply: ReplyId, attempt: u32, outcome: &Outcome) {
    let name = match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::NotSent { .. } => "not_sent",
        Outcome::Refused { .. } => "refused",
        Outcome::Unsure { .. } => "unsure",
    };
    metrics::counter!("ponte_sends_total", "outcome" => name).increment(1);
    let event = Event::SendEnded {
        reply,
        attempt,
        outcome: outcome.clone(),
    };
    let new = entry(
        app,
        place,
        event.clone(),
        format!("ended:{reply}:{attempt}"),
    );
    let close = |commit: &mut Commit| {
        let at = new.envelope.at;
        commit.end_attempt(reply, attempt, at, outcome);
    };
    if store(app, &new, close).await == Some(Refused::Attempt) {
        let attempts = app.store.attempts(reply).await.unwrap_or_default();
        let closed = attempts.iter().find(|made| made.n == attempt);
        if closed.is_some_and(|made| made.outcome.as_ref() == Some(outcome)) {
            // An earlier try of ours was stored after all, with its entry.
            if let Some(ports) = app.relay.channel(place.channel) {
                ports.engine.nudge();
            }
            return;
        }
        let late = entry(app, place, event, format!("late:{reply}:{attempt}"));
        store(app, &late, |_| {}).await;
    }
}

/// Tells the conversation that a send can never be claimed.
pub async fn refused(app: &App, place: &Place, reply: ReplyId, attempt: u32, why: Refusal) {
    metrics::counter!("ponte_sends_total", "outcome" => "withdrawn").increment(1);
    let event = Event::SendRefused { reply, why };
    let new = entry(app, place, event, format!("refused:{reply}:{attempt}"));
    store(app, &new, |_| {}).await;
}

/// Tells the conversations of these rows, in one commit. A repeat changes nothing; without an answer of
/// the store they are found again.
pub async fn turned_away(app: &App, lease: &LeaseRef, rows: &[OutboxRow], why: &Refusal) {
    let mut commit = Commit::new();
    commit.under_lease(lease, app.env.clock.now());
    let mut told = Vec::with_capacity(rows.len());
    for row in rows {
        let (reply, attempt) = (row.send.reply, row.attempt + 1);
        let why = why.clone();
        let event = Event::SendRefused { reply, why };
        let dedupe = format!("refused:{reply}:{attempt}");
        let new = entry(app, &row.place, event, dedupe);
        commit.append(&new);
        told.push(new);
    }
    let committed = match app.store.commit(commit).await {
        Ok(committed) => committed,
        Err(error) => {
            tracing::warn!(%error, "conversations can't be told now that their number can't send");
            return;
        }
    };
    let journaled = told.iter().zip(committed.journal);
    let journaled: Vec<JournalRow> = journaled
        .filter_map(|(new, seq)| Some(journal_row(new, seq?)))
        .collect();
    let count = u64::try_from(journaled.len()).unwrap_or(0);
    metrics::counter!("ponte_sends_total", "outcome" => "withdrawn").increment(count);
    if !journaled.is_empty() {
        app.relay.journaled(journaled);
    }
}

fn journal_row(new: &JournalNew, seq: i64) -> JournalRow {
    JournalRow {
        seq,
        place: new.place,
        envelope: new.envelope.clone(),
        delivery: None,
        attempts: 0,
        applied: None,
        quarantined: false,
    }
}

fn entry(app: &App, place: &Place, event: Event, dedupe: String) -> JournalNew {
    let at = app.env.clock.now();
    JournalNew {
        place: *place,
        envelope: Envelope {
            id: EventId(app.env.ids.next(at)),
            at,
            event,
        },
        dedupe,
        delivery: None,
    }
}

/// Stores an entry with whatever else belongs into its commit; gives back why it was refused.
async fn store(app: &App, new: &JournalNew, with: impl Fn(&mut Commit)) -> Option<Refused> {
    let mut wait = Span::millis(50);
    for _ in 0..TRIES {
        let mut commit = Commit::new();
        with(&mut commit);
        commit.append(new);
        match app.store.commit(commit).await {
            Ok(committed) => {
                if let Some(seq) = committed.journal.first().copied().flatten() {
                    app.relay.journaled(vec![journal_row(new, seq)]);
                }
                return committed.refused;
            }
            Err(error) => {
                tracing::warn!(%error, "the end of a send could not be stored yet");
            }
        }
        app.env.clock.sleep(wait).await;
        wait = wait * 2;
    }
    tracing::error!("the end of a send could not be stored; it will count as unsure");
    None
}
