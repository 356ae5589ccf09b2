//! Applies the waiting entries of one conversation: look up, fold, one commit, hand over.
//!
//! In: rows of one conversation and perhaps its state from a moment ago. Out: a [`Done`] for the
//! engine's loop, after everything is durable. An entry that panics three times is quarantined and a
//! person gets the conversation; it never holds back the others. Absent: decisions. Next:
//! [`super::fold`].

use super::claim;
use super::fold::{self, Hand, Panicked, Shelf};
use super::recent::Warm;
use super::write::Follow;
use crate::app::App;
use crate::fresh::{self, Fresh, Origin, Stored};
use crate::lease::Hold;
use crate::orphans;
use crate::settings::Number;
use ponte_core::book::{Known, Wrote};
use ponte_core::ids::{ConversationId, EventId, ReplyId};
use ponte_core::ownership::Owner;
use ponte_core::state::Window;
use ponte_core::{Envelope, Event, State, Time};
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_store::rows::conversation::{ConversationPut, Unread, Waiting};
use ponte_store::rows::journal::{JournalNew, JournalRow, UNREADABLE};
use ponte_store::{Commit, Refused};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Panics on the same entry before it is set aside.
const STRIKES: u32 = 3;
/// Refused commits in a row before the rows are left to the poll.
const TRIES: u32 = 4;
/// Entries read again after a refusal.
const AGAIN: u32 = 64;

/// What became of the entries of a conversation.
pub enum Done {
    Applied {
        conversation: ConversationId,
        warm: Box<Warm>,
        follow: Box<Follow>,
        place: Place,
        /// Entries that this work journaled itself.
        more: Vec<JournalRow>,
    },
    /// Nothing is left to do: applied or set aside already.
    Nothing {
        conversation: ConversationId,
        more: Vec<JournalRow>,
    },
    /// Not now; the rows are still pending in the table, and what stands nowhere else is given back.
    Failed {
        conversation: ConversationId,
        kept: Vec<(i64, Fresh)>,
    },
    /// The lease is another's.
    Lost {
        conversation: ConversationId,
        kept: Vec<(i64, Fresh)>,
    },
}

/// What the work needs.
#[derive(Clone)]
pub struct Bench {
    pub app: Arc<App>,
    pub number: Arc<Number>,
    pub hold: Hold,
    /// The conversation that is worked on.
    pub place: Place,
    /// These rows were found at a take-over: a try is recorded first, in case one of them kills us.
    pub suspicious: bool,
    /// The newest send of this number of which a status has come: the weak proof of absence asks.
    /// It counts from when a message was written, which is before its claim: the careful side.
    pub statuses_until: Option<Time>,
}

/// Applies the rows, of which some may not be stored yet: `origins` has what belongs to those.
pub async fn work(
    bench: Bench,
    mut rows: Vec<JournalRow>,
    mut origins: BTreeMap<i64, Origin>,
    mut warm: Option<Warm>,
) -> Done {
    let place = bench.place;
    let conversation = place.conversation;
    let mut more = Vec::new();
    let mut claims = true;
    let failed = |rows, origins| Done::Failed {
        conversation,
        kept: unstored(rows, origins),
    };
    if let Err(error) = beware(&bench, &mut rows, &mut origins, &mut more).await {
        tracing::warn!(%error, "entries can't be marked as tried now");
        return failed(rows, origins);
    }
    for _ in 0..TRIES {
        if let Err(error) = unreadable(&bench, &mut rows, &mut more).await {
            tracing::warn!(%error, "an unreadable entry can't be set aside now");
            return failed(rows, origins);
        }
        if rows.is_empty() {
            return Done::Nothing { conversation, more };
        }
        let stumble = match once(&bench, &place, (&rows, &origins), warm.take(), claims).await {
            Ok((warm, follow)) => {
                orphans_found(&bench.app, &place, &follow).await;
                return Done::Applied {
                    conversation,
                    warm: Box::new(warm),
                    follow,
                    place,
                    more,
                };
            }
            Err(Stumble::Lost) => {
                return Done::Lost {
                    conversation,
                    kept: unstored(rows, origins),
                };
            }
            Err(Stumble::Unclaimed) => {
                claims = false;
                continue;
            }
            Err(Stumble::Store(error)) if !matches!(error, StoreError::Corrupt(_)) => {
                tracing::warn!(%error, "entries can't be applied now");
                return failed(rows, origins);
            }
            Err(stumble) => stumble,
        };
        // Something is odd: each event gets its own place in the journal first.
        let unstored = !origins.is_empty();
        if let Err(error) = settle(&bench, &mut rows, &mut origins).await {
            tracing::warn!(%error, "an event can't be journaled now");
            return failed(rows, origins);
        }
        if unstored && !matches!(stumble, Stumble::Refused) {
            continue;
        }
        if let Err(error) = mended(&bench, &place, &mut rows, stumble, &mut more).await {
            tracing::warn!(%error, "what is wrong with a conversation can't be put right now");
            return failed(rows, origins);
        }
    }
    failed(rows, origins)
}

/// What may have ended a process before leaves its mark before it is tried again.
async fn beware(
    bench: &Bench,
    rows: &mut Vec<JournalRow>,
    origins: &mut BTreeMap<i64, Origin>,
    more: &mut Vec<JournalRow>,
) -> Result<(), StoreError> {
    if bench.suspicious {
        blame(bench, rows, more).await?;
    }
    if origins.values().any(|origin| origin.careful) {
        settle(bench, rows, origins).await?;
    }
    Ok(())
}

/// Makes a new try possible after a stumble.
async fn mended(
    bench: &Bench,
    place: &Place,
    rows: &mut Vec<JournalRow>,
    stumble: Stumble,
    more: &mut Vec<JournalRow>,
) -> Result<(), StoreError> {
    match stumble {
        Stumble::Store(why) => {
            tracing::error!(%why, "a conversation can't be read");
            mend(bench, place, rows, more).await
        }
        Stumble::Panicked(seq) => strike(bench, rows, seq, more).await,
        Stumble::Refused | Stumble::Unclaimed | Stumble::Lost => {
            // What the table has, older entries that were never handed over included.
            let pending = bench.app.store.pending_of(place.conversation, AGAIN);
            *rows = pending.await?;
            Ok(())
        }
    }
}

/// The rows that stand nowhere else, each with the number it had.
fn unstored(rows: Vec<JournalRow>, mut origins: BTreeMap<i64, Origin>) -> Vec<(i64, Fresh)> {
    rows.into_iter()
        .filter_map(|row| {
            let seq = row.seq;
            let origin = origins.remove(&seq)?;
            Some((seq, Fresh::from_row(row, origin)))
        })
        .collect()
}

/// Journals what is not stored yet, in order. After an error the rest is still in `rows` and `origins`.
async fn settle(
    bench: &Bench,
    rows: &mut Vec<JournalRow>,
    origins: &mut BTreeMap<i64, Origin>,
) -> Result<(), StoreError> {
    while let Some((seq, origin)) = origins.pop_first() {
        let Some(at) = rows.iter().position(|row| row.seq == seq) else {
            continue;
        };
        let event = Fresh::from_row(rows.remove(at), origin);
        match fresh::journal(&bench.app, &event).await {
            Ok(Stored::Row(row)) => rows.insert(at, *row),
            Ok(Stored::Known) => {}
            Ok(Stored::Look) => bench.app.relay.nudge(bench.number.channel.id),
            Err(error) => {
                let (row, origin) = event.into_row(seq);
                rows.insert(at, row);
                origins.insert(seq, origin);
                return Err(error);
            }
        }
    }
    Ok(())
}

/// Statuses that had come before these ids were known.
async fn orphans_found(app: &App, place: &Place, follow: &Follow) {
    if follow.named.is_empty() || !app.relay.orphans.load(Ordering::Acquire) {
        return;
    }
    for (wamid, reply) in &follow.named {
        if let Err(error) = orphans::match_up(app, place, wamid, *reply).await {
            tracing::warn!(%error, "parked statuses stay parked for now");
        }
    }
}

enum Stumble {
    Panicked(i64),
    Refused,
    /// Nothing may be sent now: the same without the claim.
    Unclaimed,
    Lost,
    Store(StoreError),
}

impl From<StoreError> for Stumble {
    fn from(error: StoreError) -> Stumble {
        Stumble::Store(error)
    }
}

async fn once(
    bench: &Bench,
    place: &Place,
    (rows, origins): (&[JournalRow], &BTreeMap<i64, Origin>),
    warm: Option<Warm>,
    claims: bool,
) -> Result<(Warm, Box<Follow>), Stumble> {
    let app = &bench.app;
    let (warm, known) = load(app, place, rows, warm).await?;
    let shelf = Shelf {
        channel: Arc::clone(&bench.number.channel),
        assistant: Arc::clone(&bench.number.assistant),
        replies: replies(app, rows, &warm.state).await?,
        statuses_until: bench.statuses_until,
        known,
    };
    let hand = Hand {
        node: app.config.node,
        lease: bench.hold.lease(),
        now: app.env.clock.now(),
    };
    let mut folded = fold::fold(&*app.decide, warm, rows, origins, &shelf, &hand)
        .map_err(|Panicked { seq }| Stumble::Panicked(seq))?;
    if claims {
        folded.follow.going = claim::claim(bench, rows, origins, &mut folded, hand.now);
    }
    app.env.crash.pass("engine.before_commit").await;
    let stored = app.store.commit(folded.commit).await;
    app.env.crash.pass("engine.after_commit").await;
    let refused = match stored {
        Ok(committed) => committed.refused,
        Err(error) => {
            let unsure = error == StoreError::Unsure;
            let going = folded.follow.going.as_ref().filter(|_| unsure);
            match going {
                // The attempt that it claims tells whether all of it was stored.
                Some(going) if going.is_recorded(&app.store).await => None,
                Some(_) | None => return Err(error.into()),
            }
        }
    };
    match refused {
        None => Ok((folded.warm, Box::new(folded.follow))),
        Some(Refused::Lease) => Err(Stumble::Lost),
        Some(Refused::Claim) => Err(Stumble::Unclaimed),
        Some(why) => {
            tracing::debug!(?why, "a step is folded again");
            Err(Stumble::Refused)
        }
    }
}

/// The state, and what is known of the messages that the entries mention.
async fn load(
    app: &App,
    place: &Place,
    rows: &[JournalRow],
    warm: Option<Warm>,
) -> Result<(Warm, BTreeMap<String, Known>), StoreError> {
    let mut wamids: Vec<String> = Vec::new();
    for wamid in rows
        .iter()
        .flat_map(|row| fold::mentions(&row.envelope.event))
    {
        let held = warm.as_ref().is_some_and(|warm| warm.find(wamid).is_some());
        if !held && !wamids.iter().any(|listed| listed == wamid) {
            wamids.push(wamid.to_owned());
        }
    }
    if let Some(warm) = warm {
        let found = app.store.known(place.channel, &wamids).await?;
        let known = found
            .into_iter()
            .map(|(wamid, (_, known))| (wamid, known))
            .collect();
        return Ok((warm, known));
    }
    let loaded = app.store.load(place, &wamids).await?;
    let loaded =
        loaded.ok_or_else(|| StoreError::Corrupt("a journal entry has no conversation".into()))?;
    let warm = Warm {
        state: loaded.row.state,
        known: Vec::new(),
    };
    Ok((warm, loaded.known))
}

async fn replies(
    app: &App,
    rows: &[JournalRow],
    state: &State,
) -> Result<BTreeMap<ReplyId, Wrote>, StoreError> {
    let mut all = BTreeMap::new();
    for row in rows {
        let Some(reply) = fold::names(&row.envelope.event, state) else {
            continue;
        };
        if let Some(row) = app.store.send(reply).await? {
            let wrote = Wrote {
                what: row.send.what,
                quotes: row.send.quotes,
                provenance: row.send.provenance,
                state: row.state,
            };
            all.insert(reply, wrote);
        }
    }
    Ok(all)
}

/// Entries that can't be read are set aside, and people get the conversation.
async fn unreadable(
    bench: &Bench,
    rows: &mut Vec<JournalRow>,
    more: &mut Vec<JournalRow>,
) -> Result<(), StoreError> {
    let bad: Vec<i64> = rows
        .iter()
        .filter(|row| row.is_unreadable())
        .map(|row| row.seq)
        .collect();
    for seq in bad {
        set_aside(bench, rows, seq, UNREADABLE, more).await?;
    }
    Ok(())
}

/// Something that a conversation needs can't be read: its state begins anew in the hands of people,
/// or, where that is well, its entries are set aside. Never tried again in silence.
async fn mend(
    bench: &Bench,
    place: &Place,
    rows: &mut Vec<JournalRow>,
    more: &mut Vec<JournalRow>,
) -> Result<(), StoreError> {
    let app = &bench.app;
    match app.store.load(place, &[]).await {
        Ok(Some(_)) => {
            for seq in rows.iter().map(|row| row.seq).collect::<Vec<_>>() {
                set_aside(bench, rows, seq, "what it needs can't be read", more).await?;
            }
            return Ok(());
        }
        Ok(None) => {
            // Nobody to tell: there is no conversation.
            let mut commit = Commit::new();
            commit.under_lease(&bench.hold.lease(), app.env.clock.now());
            rows.drain(..).for_each(|row| {
                commit.quarantine_entry(row.seq);
            });
            return app.store.commit(commit).await.map(|_| ());
        }
        Err(StoreError::Corrupt(_)) => {}
        Err(error) => return Err(error),
    }
    let Some(kept) = app.store.columns(place.conversation).await? else {
        return Ok(());
    };
    let now = app.env.clock.now();
    let contact = app.store.contact(kept.contact).await?;
    let state = State {
        version: kept.version + 1,
        // What was decided before is not sent any more.
        epoch: kept.epoch + 1,
        owner: Owner::Queue {
            team: None,
            since: now,
        },
        person: contact.map(|contact| contact.person).unwrap_or_default(),
        window: Window {
            service_until: kept.service_until,
            entry_until: kept.entry_until,
            ..Window::default()
        },
        last_customer_at: kept.last_customer_at,
        ..State::default()
    };
    let put = ConversationPut {
        conversation: place.conversation,
        state: &state,
        last_message: None,
        unread: Unread::Keep,
        waiting: Waiting::Fine,
    };
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let told = notice(app, *place, first, "the conversation's state can't be read");
    let mut commit = Commit::new();
    commit.under_lease(&bench.hold.lease(), now);
    commit.put_conversation(&put, kept.version);
    commit.append(&told);
    let committed = app.store.commit(commit).await?;
    metrics::counter!("ponte_quarantined_total", "what" => "state").increment(1);
    tracing::error!("a conversation's state can't be read; people have the conversation");
    more.extend(appended(told, committed.journal.first().copied().flatten()));
    Ok(())
}

/// The event that tells people that an entry, or more, could not be applied.
fn notice(app: &App, place: Place, row: &JournalRow, why: &str) -> JournalNew {
    let now = app.env.clock.now();
    JournalNew {
        place,
        envelope: Envelope {
            id: EventId(app.env.ids.next(now)),
            at: now,
            event: Event::Quarantined {
                entry: row.envelope.id,
                why: why.to_owned(),
            },
        },
        // An entry that was tried again and fails again calls people again.
        dedupe: format!("quarantined:{}:{now:?}", row.envelope.id),
        delivery: row.delivery,
    }
}

fn appended(new: JournalNew, seq: Option<i64>) -> Option<JournalRow> {
    seq.map(|seq| JournalRow {
        seq,
        place: new.place,
        envelope: new.envelope,
        delivery: new.delivery,
        attempts: 0,
        applied: None,
        quarantined: false,
    })
}

/// Entries that this process has marked as tried. Each is marked once in a life: a store that fails, or a
/// lease that is lost and taken again, is no crash to blame an entry for.
#[derive(Clone, Debug, Default)]
pub struct Tried(Arc<Mutex<BTreeSet<i64>>>);

/// Entries remembered; beyond it all are forgotten and may be marked once more.
const TRIED: usize = 100_000;

impl Tried {
    fn not_yet(&self, seqs: impl Iterator<Item = i64>) -> BTreeSet<i64> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seqs.filter(|seq| !held.contains(seq)).collect()
    }

    fn mark(&self, seqs: BTreeSet<i64>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() + seqs.len() > TRIED {
            held.clear();
        }
        held.extend(seqs);
    }
}

/// Entries that were pending when this node took over: one of them may have ended the last process.
async fn blame(
    bench: &Bench,
    rows: &mut Vec<JournalRow>,
    more: &mut Vec<JournalRow>,
) -> Result<(), StoreError> {
    // What is not stored yet has ended nobody.
    let stored = rows.iter().map(|row| row.seq);
    let unmarked = bench
        .app
        .tried
        .not_yet(stored.filter(|seq| *seq < fresh::FIRST));
    let mut tried = Commit::new();
    for seq in &unmarked {
        tried.try_entry(*seq);
    }
    // Refused: some are applied already; the fold finds out which.
    if bench.app.store.commit(tried).await?.stored() {
        for row in rows.iter_mut().filter(|row| unmarked.contains(&row.seq)) {
            row.attempts += 1;
        }
        bench.app.tried.mark(unmarked);
    }
    let worn: Vec<i64> = rows
        .iter()
        .filter(|row| row.attempts > STRIKES)
        .map(|row| row.seq)
        .collect();
    for seq in worn {
        set_aside(
            bench,
            rows,
            seq,
            "the process ended three times on it",
            more,
        )
        .await?;
    }
    Ok(())
}

/// The entry panicked: counted, and set aside the third time.
async fn strike(
    bench: &Bench,
    rows: &mut Vec<JournalRow>,
    seq: i64,
    more: &mut Vec<JournalRow>,
) -> Result<(), StoreError> {
    metrics::counter!("ponte_panics_total").increment(1);
    let Some(row) = rows.iter_mut().find(|row| row.seq == seq) else {
        return Ok(());
    };
    row.attempts += 1;
    tracing::error!(seq, attempts = row.attempts, "an entry panicked");
    if row.attempts >= STRIKES {
        return set_aside(bench, rows, seq, "it panicked three times", more).await;
    }
    let mut tried = Commit::new();
    tried.try_entry(seq);
    bench.app.store.commit(tried).await.map(|_| ())
}

async fn set_aside(
    bench: &Bench,
    rows: &mut Vec<JournalRow>,
    seq: i64,
    why: &str,
    more: &mut Vec<JournalRow>,
) -> Result<(), StoreError> {
    let Some(at) = rows.iter().position(|row| row.seq == seq) else {
        return Ok(());
    };
    let row = rows.remove(at);
    let app = &bench.app;
    let now = app.env.clock.now();
    let new = notice(app, row.place, &row, why);
    let mut commit = Commit::new();
    commit.under_lease(&bench.hold.lease(), now);
    commit.quarantine_entry(seq);
    commit.append(&new);
    let committed = app.store.commit(commit).await?;
    metrics::counter!("ponte_quarantined_total", "what" => "entry").increment(1);
    tracing::error!(seq, why, "a journal entry is quarantined");
    more.extend(appended(new, committed.journal.first().copied().flatten()));
    Ok(())
}
