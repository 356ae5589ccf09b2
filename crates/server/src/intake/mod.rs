//! Takes deliveries apart and journals what they say.
//!
//! In: deliveries, in memory right after they were kept, or from the table when their lease ran out.
//! Out: events and journal entries, handed to the engines; contacts, conversations, facts. What says one
//! thing only is stored by the engine that applies it; the others share a commit; imported history goes in parts, behind everything live. Absent: what a conversation
//! makes of it. Next: [`sort`], [`people`], [`write`].

pub mod account;
pub mod people;
pub mod sort;
pub mod whose;
pub mod write;

use crate::app::App;
use crate::fresh::{self, Fresh};
use crate::ingress::{Kept, LEASE, body::Held};
use crate::orphans;
use crate::relay::Taker;
use futures_util::FutureExt;
use ponte_core::fact::Fact;
use ponte_core::ids::{ChannelId, ConversationId, WorkspaceId};
use ponte_core::time::Span;
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_wire::decode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use write::{Draft, Memory};

/// Deliveries that share a commit: enough to spread a sync, few enough to answer soon.
const TOGETHER: usize = 128;
/// How often the table is asked for what nobody works on.
const POLL: Span = Span::secs(1);
/// Deliveries taken from the table at once.
const TAKE: u32 = 64;
/// A delivery taken up this often without end is to blame for the ends: a person must look.
const TRIES: u32 = 6;
/// Taken up more often than this, a delivery goes by itself: what ends the process then is known.
const SUSPECTED: u32 = 2;
/// Panics on the same delivery before it is set aside.
const STRIKES: u32 = 3;
/// Items of an imported history per commit: a live message waits for one such commit at most.
const PART: usize = 100;
/// Tries of a commit before the deliveries are left to the poll.
const COMMITS: u32 = 5;
/// What would overtake an event on its way waits for it this long, in steps of about a commit.
const LANDS: Span = Span::secs(2);
const STEP: Span = Span::millis(3);
/// While the engines are too far behind, this long between looks.
const PAUSE: Span = Span::millis(10);

/// A delivery that is worked on here.
struct Work {
    id: i64,
    body: Arc<[u8]>,
    attempts: u32,
    /// Its share of the memory budget, where it came straight from the door.
    _held: Option<Held>,
}

/// The room: one task per process.
pub struct Intake {
    app: App,
    memory: Memory,
    /// History waits here while anything live is there.
    low: VecDeque<Work>,
    mine: BTreeSet<i64>,
    /// The last look at the table found as much as it takes at once.
    again: bool,
    /// Leases of other processes don't count: they are known to be dead.
    heir: bool,
}

impl Intake {
    #[must_use]
    pub fn new(app: App) -> Intake {
        Intake {
            heir: app.config.alone,
            app,
            memory: Memory::default(),
            low: VecDeque::new(),
            mine: BTreeSet::new(),
            again: false,
        }
    }

    /// Works until it is dropped.
    pub async fn run(mut self, taker: &mut Taker<Kept>) {
        let mut next_poll = self.app.env.clock.now();
        let mut kept = Vec::new();
        loop {
            let clock = std::sync::Arc::clone(&self.app.env.clock);
            while self.app.relay.is_behind() {
                clock.sleep_until(clock.now() + PAUSE).await;
            }
            let wait_poll = clock.sleep_until(next_poll);
            let polls = tokio::select! {
                biased;
                woken = taker.take(&mut kept, TOGETHER) => woken == crate::relay::Woken::Poll,
                () = std::future::ready(()), if !self.low.is_empty() => false,
                () = wait_poll => true,
            };
            if !kept.is_empty() {
                let works = kept.drain(..).map(Work::from).collect();
                self.live(works).await;
                continue;
            }
            if polls || clock.now() >= next_poll {
                next_poll = clock.now() + POLL;
                self.again = false;
                self.poll().await;
                if self.again {
                    next_poll = clock.now();
                }
            }
            if let Some(work) = self.low.pop_front() {
                self.history(work).await;
            }
        }
    }

    async fn poll(&mut self) {
        let node = self.app.config.node;
        let mut now = self.app.env.clock.now();
        // What a fallen engine held stands in deliveries that are leased to this very process.
        if self.heir || self.app.relay.has_fallen() {
            now = now + LEASE;
        }
        let taken = self
            .app
            .store
            .claim_deliveries(node, now, LEASE, TAKE)
            .await;
        let rows = match taken {
            Ok(rows) => {
                self.heir &= !rows.is_empty();
                rows
            }
            Err(error) => {
                tracing::warn!(%error, "deliveries can't be taken up now");
                return;
            }
        };
        if rows.len() >= TAKE as usize {
            self.again = true;
        }
        let flights = &self.app.relay.flights;
        let fresh: Vec<Work> = rows
            .into_iter()
            .filter(|row| !self.mine.contains(&row.id) && !flights.has_delivery(row.id))
            .map(|row| Work {
                id: row.id,
                body: row.body.into(),
                attempts: row.attempts,
                _held: None,
            })
            .collect();
        if !fresh.is_empty() {
            self.live(fresh).await;
        }
    }

    /// Works on deliveries together; those with history step back.
    async fn live(&mut self, works: Vec<Work>) {
        if self.app.relay.people_changed() {
            self.memory.forget();
        }
        let (low, live): (Vec<Work>, Vec<Work>) = works.into_iter().partition(|work| {
            // The field's name stands in every such body; a false alarm only costs a little time.
            memchr(&work.body, b"\"history\"") && has_history(&work.body)
        });
        self.mine.extend(low.iter().map(|work| work.id));
        self.low.extend(low);
        let (suspects, live): (Vec<Work>, Vec<Work>) =
            live.into_iter().partition(|work| work.attempts > SUSPECTED);
        self.suspects(suspects).await;
        if live.is_empty() {
            return;
        }
        if let Err(error) = self.together(&live).await {
            // A draft that was given up has put things into the memory that were never stored.
            self.memory.forget();
            tracing::debug!(%error, "a group of deliveries goes one by one");
            for work in &live {
                self.alone(work).await;
            }
        }
    }

    /// Deliveries of which one may have ended the process, oldest first and each by itself: whatever
    /// was before it is done by then, so the first that is worn out is the one to blame.
    async fn suspects(&mut self, mut works: Vec<Work>) {
        works.sort_by_key(|work| work.id);
        for (at, work) in works.iter().enumerate() {
            if at == 0 && work.attempts > TRIES {
                self.set_aside(work, "taken up too often without end").await;
            } else {
                self.alone(work).await;
            }
        }
    }

    async fn set_aside(&mut self, work: &Work, why: &str) {
        let mut draft = Draft::new(&self.app, &mut self.memory);
        let drafted = draft.quarantine(work.id, &work.body, why).await;
        let commit = draft.commit;
        let stored = match drafted {
            Ok(()) => self.store(commit, Vec::new()).await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = stored {
            tracing::warn!(%error, "a delivery can't be set aside now");
        }
    }

    /// One commit for all. An error: none of them is done.
    async fn together(&mut self, works: &[Work]) -> Result<(), Trouble> {
        let mut draft = Draft::new(&self.app, &mut self.memory);
        for work in works {
            // After a panic the draft is thrown away and the memory forgotten.
            let taken = AssertUnwindSafe(async {
                self.app.env.crash.pass("intake.delivery").await;
                draft.careful = work.attempts > 1;
                draft.delivery(work.id, &work.body).await
            });
            match taken.catch_unwind().await {
                Ok(done) => done?,
                Err(_) => {
                    metrics::counter!("ponte_panics_total").increment(1);
                    return Err(Trouble::Panicked);
                }
            }
        }
        if !draft.overtakes.is_empty() {
            return Err(Trouble::Overtakes(draft.overtakes));
        }
        let (commit, appended, parked) = (draft.commit, draft.appended, draft.parked);
        let fresh = draft.fresh;
        if !commit.is_empty() {
            self.store(commit, appended).await?;
        }
        self.hand(fresh).await;
        self.look_once_more(parked).await
    }

    /// Waits until what came in before is applied, as long as that makes sense.
    async fn landed(&self, conversations: &BTreeSet<ConversationId>) {
        let clock = &self.app.env.clock;
        let flights = &self.app.relay.flights;
        let until = clock.now() + LANDS;
        while conversations.iter().any(|id| flights.any_delivered(*id)) && clock.now() < until {
            clock.sleep(STEP).await;
        }
    }

    /// Hands events to the engines that run here; what finds no space is journaled instead.
    async fn hand(&mut self, events: Vec<Fresh>) {
        if events.is_empty() {
            return;
        }
        let app = &self.app;
        app.env.crash.pass("intake.before_commit").await;
        let mut by_channel = BTreeMap::<ChannelId, Vec<Fresh>>::new();
        for event in events {
            let channel = event.place.channel;
            by_channel.entry(channel).or_default().push(event);
        }
        for (channel, events) in by_channel {
            if let Err(back) = app.relay.fresh(channel, events) {
                fresh::leave(app, back).await;
            }
        }
        app.env.crash.pass("intake.after_commit").await;
        self.memory.trim();
    }

    /// A message may have become known between the look-up and the parking of its status.
    async fn look_once_more(
        &self,
        parked: Vec<(WorkspaceId, ChannelId, String)>,
    ) -> Result<(), Trouble> {
        for (workspace, channel, wamid) in parked {
            let wamids = [wamid];
            let known = self.app.store.known(channel, &wamids).await?;
            for (wamid, (conversation, known)) in known {
                let place = Place {
                    workspace,
                    channel,
                    conversation,
                };
                orphans::match_up(&self.app, &place, &wamid, known.reply).await?;
            }
        }
        Ok(())
    }

    async fn store(
        &mut self,
        commit: ponte_store::Commit,
        appended: Vec<ponte_store::rows::journal::JournalNew>,
    ) -> Result<(), Trouble> {
        let app = &self.app;
        app.env.crash.pass("intake.before_commit").await;
        let stored = app.store.commit(commit).await;
        app.env.crash.pass("intake.after_commit").await;
        let committed = match stored {
            Ok(committed) => committed,
            Err(error) => {
                self.memory.forget();
                return Err(error.into());
            }
        };
        if let Some(why) = committed.refused {
            self.memory.forget();
            return Err(Trouble::Refused(why));
        }
        self.memory.trim();
        app.relay
            .journaled(Draft::rows(appended, &committed.journal));
        Ok(())
    }

    /// One delivery in its own commit, tried a few times, then left to the poll.
    async fn alone(&mut self, work: &Work) {
        let mut wait = Span::millis(50);
        let mut strikes = 0;
        for _ in 0..COMMITS {
            match self.together(std::slice::from_ref(work)).await {
                Ok(()) => return,
                // Another took it up and is done with it.
                Err(Trouble::Refused(ponte_store::Refused::Delivery)) => return,
                Err(Trouble::Panicked) => {
                    self.memory.forget();
                    strikes += 1;
                    tracing::error!(delivery = work.id, strikes, "a delivery panicked");
                    if strikes >= STRIKES {
                        return self.set_aside(work, "it panicked three times").await;
                    }
                }
                Err(Trouble::Overtakes(conversations)) => {
                    self.memory.forget();
                    self.landed(&conversations).await;
                    continue;
                }
                Err(error) => {
                    self.memory.forget();
                    tracing::warn!(%error, delivery = work.id, "a delivery could not be journaled yet");
                }
            }
            self.app.env.clock.sleep(wait).await;
            wait = wait * 2;
        }
    }

    /// A delivery of imported messages, in parts. Repeats of a part are known by their keys.
    async fn history(&mut self, work: Work) {
        let done = self.history_parts(&work).await;
        self.mine.remove(&work.id);
        if let Err(error) = done {
            self.memory.forget();
            tracing::warn!(%error, delivery = work.id, "imported history is left for later");
        }
    }

    async fn history_parts(&mut self, work: &Work) -> Result<(), Trouble> {
        let mut decoded = match decode::delivery(&work.body) {
            Ok(decoded) if decoded.items.len() > PART => decoded,
            Ok(_) | Err(_) => return self.together(std::slice::from_ref(work)).await,
        };
        while !decoded.items.is_empty() {
            let rest = decoded.items.split_off(decoded.items.len().min(PART));
            let part = std::mem::replace(&mut decoded.items, rest);
            let mut draft = Draft::new(&self.app, &mut self.memory);
            let troubles = std::mem::take(&mut decoded.troubles);
            draft.part(work.id, part, troubles).await?;
            if decoded.items.is_empty() {
                draft.commit.finish_delivery(work.id, self.app.config.node);
            }
            let (commit, appended, parked) = (draft.commit, draft.appended, draft.parked);
            self.store(commit, appended).await?;
            self.look_once_more(parked).await?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }
}

/// Why a commit was not stored.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("refused: {0:?}")]
    Refused(ponte_store::Refused),
    #[error("it panicked")]
    Panicked,
    #[error("an event of the same conversation is on its way")]
    Overtakes(BTreeSet<ConversationId>),
}

impl From<Kept> for Work {
    fn from(kept: Kept) -> Work {
        Work {
            id: kept.id,
            body: Arc::clone(&kept.held.bytes),
            attempts: 1,
            _held: Some(kept.held),
        }
    }
}

fn has_history(body: &[u8]) -> bool {
    decode::delivery(body).is_ok_and(|decoded| {
        decoded
            .items
            .iter()
            .any(|item| matches!(item.fact, Fact::History { .. }))
    })
}

fn memchr(body: &[u8], word: &[u8]) -> bool {
    body.windows(word.len()).any(|window| window == word)
}
