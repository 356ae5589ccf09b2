//! Tells the conversation how an attempt ended; the attempt is closed in the commit that applies it.
//!
//! In: an outcome. Out: `SendEnded`, handed to the engine, or journaled where that is gone. When the
//! attempt was closed by somebody else meanwhile (a new owner called it unsure), the late word is
//! journaled all the same: evidence always wins. Absent: what follows from it. Next:
//! `ponte_core::outcomes`, [`crate::fresh`].

use crate::app::App;
use crate::fresh::{self, Fresh, Origin, Source};
use ponte_core::event::{Outcome, Refusal};
use ponte_core::ids::{EventId, ReplyId};
use ponte_core::time::Span;
use ponte_core::{Envelope, Event};
use ponte_store::Commit;
use ponte_store::rows::Place;
use ponte_store::rows::journal::{JournalNew, JournalRow};
use ponte_store::rows::outbox::{LeaseRef, OutboxRow};

/// A store that is in trouble is asked again this often, with doubling waits from 50 ms: about
/// 25 seconds. After that the open claim is found by the poll and called unsure.
const TRIES: u32 = 9;

/// Closes the attempt and tells its end.
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
    let mut with = Commit::new();
    with.end_attempt(reply, attempt, app.env.clock.now(), outcome);
    let source = Source::Attempt { reply, n: attempt };
    let dedupe = format!("ended:{reply}:{attempt}");
    tell(app, event_of(app, place, event, (dedupe, with, source))).await;
}

/// Tells the conversation that a send can never be claimed.
pub async fn refused(app: &App, place: &Place, reply: ReplyId, attempt: u32, why: Refusal) {
    metrics::counter!("ponte_sends_total", "outcome" => "withdrawn").increment(1);
    let event = Event::SendRefused { reply, why };
    let dedupe = format!("refused:{reply}:{attempt}");
    let origin = (dedupe, Commit::new(), Source::Passing);
    tell(app, event_of(app, place, event, origin)).await;
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

fn event_of(
    app: &App,
    place: &Place,
    event: Event,
    (dedupe, with, source): (String, Commit, Source),
) -> Fresh {
    let at = app.env.clock.now();
    Fresh {
        place: *place,
        envelope: Envelope {
            id: EventId(app.env.ids.next(at)),
            at,
            event,
        },
        origin: Origin {
            dedupe,
            delivery: None,
            with,
            source,
            careful: false,
            flight: app.relay.flights.begin(place.conversation, None),
        },
    }
}

/// Hands the event over; where no engine takes it, journals it, as often as it takes.
async fn tell(app: &App, event: Fresh) {
    let channel = event.place.channel;
    let Err(back) = app.relay.fresh(channel, vec![event]) else {
        return;
    };
    for event in back {
        let mut wait = Span::millis(50);
        let mut told = false;
        for _ in 0..TRIES {
            match fresh::journal(app, &event).await {
                Ok(stored) => {
                    fresh::pass_on(app, channel, stored);
                    told = true;
                    break;
                }
                Err(error) => {
                    tracing::warn!(%error, "the end of a send could not be stored yet");
                }
            }
            app.env.clock.sleep(wait).await;
            wait = wait * 2;
        }
        if !told {
            tracing::error!("the end of a send could not be stored; it will count as unsure");
        }
    }
}
