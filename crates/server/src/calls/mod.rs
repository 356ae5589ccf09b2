//! Does slow work and answers it by id: assistants' turns, files, the provider's listing.
//!
//! In: calls, in memory right after they were asked for, or from the table when nobody works on
//! them. Out: an answer journaled in the commit that ends the call, or a later try. Any node may do
//! any call. Absent: what an answer means (`ponte_core`). Next: [`lanes`], [`answer`], [`media`],
//! [`history`].

pub mod answer;
pub mod history;
pub mod lanes;
pub mod media;

use crate::app::App;
use crate::engine::fresh::{self, Fresh, Origin, Source};
use crate::relay::{Taker, Woken};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use lanes::{Kind, Lanes};
use ponte_core::effect::Work;
use ponte_core::ids::{CallId, EventId};
use ponte_core::time::{Span, Time};
use ponte_core::{Envelope, Event};
use ponte_store::Commit;
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_store::rows::journal::AccountEventNew;
use ponte_store::rows::outbox::CallRow;
use std::sync::Arc;

/// The table is looked at this often.
const POLL: Span = Span::secs(5);
/// Calls taken from the table at once, per number.
const TAKE: u32 = 64;
/// A call is this node's for so long; a file may take most of it.
const LEASE: Span = Span::minutes(2);

/// What came of a call's work.
#[derive(Debug)]
pub enum Result {
    /// The event that answers it.
    Event(Event),
    /// Done, and nobody waits for a word.
    Silent,
    /// To be tried again then.
    Again(Time),
    /// Given up, and kept as a fact of the number.
    Lost { why: &'static str },
}

/// The room: one task per process.
pub struct Calls {
    app: App,
    under_way: FuturesUnordered<BoxFuture<'static, (CallId, Kind)>>,
    lanes: Lanes,
    /// Leases of other processes don't count: they are known to be dead.
    heir: bool,
}

impl Calls {
    #[must_use]
    pub fn new(app: App) -> Calls {
        Calls {
            heir: app.config.alone,
            app,
            under_way: FuturesUnordered::new(),
            lanes: Lanes::default(),
        }
    }

    /// Works until it is dropped.
    pub async fn run(mut self, taker: &mut Taker<CallRow>) {
        let mut handed = Vec::new();
        let mut next_poll = self.app.env.clock.now();
        loop {
            let clock = Arc::clone(&self.app.env.clock);
            if clock.now() >= next_poll {
                next_poll = clock.now() + POLL;
                self.poll().await;
            }
            self.begin_next();
            let room = self.lanes.room();
            tokio::select! {
                biased;
                Some((call, kind)) = self.under_way.next(), if !self.under_way.is_empty() => {
                    self.lanes.ended(call, kind);
                }
                woken = taker.take(&mut handed, room), if room > 0 => {
                    if woken == Woken::Poll {
                        next_poll = clock.now();
                    }
                    for call in handed.drain(..) {
                        self.lanes.add(call);
                    }
                }
                () = clock.sleep_until(next_poll) => {}
            }
        }
    }

    /// Takes up what nobody works on.
    async fn poll(&mut self) {
        let app = self.app.clone();
        let open = match app.store.counts().await {
            Ok(counts) => counts.calls_open,
            Err(_) => return,
        };
        // Claiming writes; with nothing open it would be a sync for nothing.
        if open <= self.lanes.len() as u64 {
            self.heir = false;
            return;
        }
        for (channel, _) in app.settings.now().all() {
            let mut now = app.env.clock.now();
            if self.heir {
                now = now + LEASE;
            }
            let taken = app
                .store
                .claim_calls(*channel, app.config.node, now, LEASE, TAKE)
                .await;
            match taken {
                Ok(calls) => calls.into_iter().for_each(|call| self.lanes.add(call)),
                Err(error) => tracing::warn!(%error, "calls can't be taken up now"),
            }
        }
        self.heir = false;
    }

    fn begin_next(&mut self) {
        while let Some(call) = self.lanes.begin() {
            let app = self.app.clone();
            self.under_way.push(Box::pin(async move {
                let (id, kind) = (call.call, Kind::of(&call.work));
                carry_out(&app, call).await;
                (id, kind)
            }));
        }
    }
}

async fn carry_out(app: &App, call: CallRow) {
    app.env.crash.pass("calls.before_work").await;
    let result = match &call.work {
        Work::Answer {
            assistant, texts, ..
        } => answer::answer(app, &call, *assistant, texts),
        Work::Media { message, media } => media::fetch(app, &call, *message, media).await,
        Work::History {
            reply,
            attempt,
            to,
            from,
        } => history::check(app, &call, (*reply, *attempt), to, *from).await,
    };
    app.env.crash.pass("calls.after_work").await;
    if let Err(error) = finish(app, &call, result).await {
        tracing::warn!(%error, "the end of a call could not be stored; it is done again");
    }
    app.env.crash.pass("calls.after_commit").await;
}

/// Ends the call; its answer, if there is one, is stored in the commit that ends it. One that is no
/// longer open is left alone.
async fn finish(app: &App, call: &CallRow, result: Result) -> std::result::Result<(), StoreError> {
    let now = app.env.clock.now();
    let mut commit = Commit::new();
    match result {
        Result::Event(event) => {
            commit.end_call(call.call);
            let answer = Fresh {
                place: call.place,
                envelope: Envelope {
                    id: EventId(app.env.ids.next(now)),
                    at: now,
                    event,
                },
                origin: Origin {
                    dedupe: format!("call:{}", call.call),
                    delivery: None,
                    with: commit,
                    source: Source::Passing,
                    flight: app.relay.flights.begin(call.place.conversation),
                },
            };
            return fresh::tell(app, answer).await;
        }
        Result::Silent => {
            commit.end_call(call.call);
        }
        Result::Again(at) => {
            commit.retry_call(call.call, app.config.node, at);
        }
        Result::Lost { why } => {
            commit.end_call(call.call);
            commit.add_account_event(&lost(call, &call.place, now, why));
        }
    }
    app.store.commit(commit).await.map(|_| ())
}

fn lost(call: &CallRow, place: &Place, at: Time, why: &str) -> AccountEventNew {
    AccountEventNew {
        workspace: Some(place.workspace),
        channel: Some(place.channel),
        at,
        field: "calls".into(),
        kind: "lost".into(),
        body: serde_json::json!({
            "conversation": place.conversation, "work": call.work, "why": why,
        }),
        dedupe: format!("lost:{}", call.call),
        delivery: None,
    }
}
