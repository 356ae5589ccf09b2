//! Does slow work and answers it by id: assistants' turns, files, the provider's listing.
//!
//! In: calls, in memory right after they were asked for, or from the table when nobody works on
//! them. Out: an answer, stored together with the end of the call, or a later try. Any node may do
//! any call. Absent: what an answer means (`ponte_core`). Next: [`lanes`], [`answer`], [`media`],
//! [`history`].

pub mod answer;
pub mod history;
pub mod lanes;
pub mod media;

use crate::app::App;
use crate::fresh::{self, Fresh, Origin, Source};
use crate::relay::{Taker, Woken};
use futures_util::FutureExt;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use lanes::{Kind, Lanes};
use ponte_core::effect::Work;
use ponte_core::event::{Answer, Found};
use ponte_core::ids::{CallId, EventId};
use ponte_core::time::{Span, Time};
use ponte_core::{Envelope, Event};
use ponte_store::Commit;
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_store::rows::journal::AccountEventNew;
use ponte_store::rows::outbox::CallRow;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// The table is looked at this often.
const POLL: Span = Span::secs(5);
/// Calls taken from the table at once, per number.
const TAKE: u32 = 64;
/// Panics of the same call before it is given up…
const STRIKES: u32 = 3;
/// …with this long between two tries: a customer waits.
const AGAIN: Span = Span::secs(1);
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
    let result = guarded(app, &call, || work(app, &call)).await;
    app.env.crash.pass("calls.after_work").await;
    if let Err(error) = finish(app, &call, result).await {
        tracing::warn!(%error, "the end of a call could not be stored; it is done again");
    }
    app.env.crash.pass("calls.after_commit").await;
}

async fn work(app: &App, call: &CallRow) -> Result {
    match &call.work {
        Work::Answer { .. } => answer::answer(app, call).await,
        Work::Media { message, media } => media::fetch(app, call, *message, media).await,
        Work::History {
            reply,
            attempt,
            to,
            from,
        } => history::check(app, call, (*reply, *attempt), to, *from).await,
    }
}

/// Work that panics is tried again a few times, then given up as failed: whoever waits for it hears so,
/// and the other calls of the room never do.
async fn guarded<F>(app: &App, call: &CallRow, mut work: impl FnMut() -> F) -> Result
where
    F: Future<Output = Result>,
{
    for strikes in 1..=STRIKES {
        // Work keeps nothing in memory between two tries.
        match AssertUnwindSafe(async { work().await })
            .catch_unwind()
            .await
        {
            Ok(result) => return result,
            Err(_) => {
                metrics::counter!("ponte_panics_total").increment(1);
                tracing::error!(call = %call.call, strikes, "a call panicked");
            }
        }
        if strikes < STRIKES {
            app.env.clock.sleep(AGAIN).await;
        }
    }
    given_up(call)
}

/// What is said of a call that panicked too often.
fn given_up(call: &CallRow) -> Result {
    let why = "it panicked three times";
    match &call.work {
        Work::Answer { .. } => Result::Event(Event::CallAnswered {
            call: call.call,
            answer: Answer::failed(why),
        }),
        Work::Media { .. } => Result::Lost { why },
        Work::History { reply, attempt, .. } => Result::Event(Event::HistoryChecked {
            reply: *reply,
            attempt: *attempt,
            found: Found::Unclear { why: why.into() },
        }),
    }
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
                    careful: call.attempts > 1,
                    flight: app.relay.flights.begin(call.place.conversation, None),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Config, Secrets};
    use crate::env::{Clock, CrashPoints, Env, Ids};
    use crate::graph::{Graph, Request, Secret, Sent};
    use ponte_core::content::Person;
    use ponte_core::ids::{
        AssistantId, ChannelId, ContactId, ConversationId, MessageId, ReplyId, WorkspaceId,
    };
    use ponte_core::outgoing::Address;
    use ponte_store::rows::contact::ContactRow;
    use ponte_store::rows::conversation::ConversationNew;
    use ponte_store::rows::workspace::{ChannelRow, WorkspaceRow};
    use ponte_store::{Options, Store};
    use std::sync::atomic::{AtomicU32, Ordering};
    use uuid::Uuid;

    /// A provider on whose calls our own code panics.
    struct Trap(Arc<AtomicU32>);

    impl Graph for Trap {
        fn call(&self, _: Request) -> BoxFuture<'_, Sent> {
            let asked = Arc::clone(&self.0);
            Box::pin(async move {
                asked.fetch_add(1, Ordering::Relaxed);
                panic!("played")
            })
        }
    }

    const PLACE: Place = Place {
        workspace: WorkspaceId(Uuid::from_u128(1)),
        channel: ChannelId(Uuid::from_u128(2)),
        conversation: ConversationId(Uuid::from_u128(3)),
    };
    const NOW: Time = Time(1_795_176_000_000_000);

    async fn app(asked: &Arc<AtomicU32>) -> App {
        let store = Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap();
        let mut commit = Commit::new();
        commit.put_workspace(&WorkspaceRow {
            id: PLACE.workspace,
            name: "Casa".into(),
            settings: serde_json::json!({}),
            created: NOW,
        });
        let row = ChannelRow {
            id: PLACE.channel,
            workspace: PLACE.workspace,
            name: "Loja".into(),
            number: "100".into(),
            account: "200".into(),
            display: "+1".into(),
            assistant: None,
            settings: serde_json::json!({"trust_history": true}),
            secrets: None,
            suspended: false,
            suspended_at: Time::ZERO,
            removed: false,
            revision: 0,
            updated: NOW,
        };
        commit.put_channel(&row, 0);
        let contact = ContactId(Uuid::from_u128(4));
        commit.add_contact(&ContactRow {
            id: contact,
            workspace: PLACE.workspace,
            name: "Ana".into(),
            search: "ana".into(),
            person: Person::default(),
            created: NOW,
            updated: NOW,
            merged_into: None,
        });
        let place = PLACE;
        let at = NOW;
        commit.add_conversation(&ConversationNew { place, contact, at });
        assert!(store.commit(commit).await.unwrap().stored());
        let bits = AtomicU32::new(1);
        let clock = Arc::new(Clock::with_wall(|| NOW));
        let env = Env {
            egress: crate::egress::Egress::new(Arc::clone(&clock), crate::egress::Allow::default()),
            clock,
            ids: Arc::new(Ids::from_source(move || {
                u128::from(bits.fetch_add(1, Ordering::Relaxed))
            })),
            graph: Arc::new(Trap(Arc::clone(asked))),
            crash: CrashPoints::none(),
        };
        let config = Config::new(Uuid::from_u128(9), "data".into(), Secret::new("k"));
        let secrets = Secrets::default();
        secrets.set_default_token(Secret::new("t"));
        let app = App::new(store, env, config, secrets);
        app.settings.reload(&app.store).await.unwrap();
        app
    }

    fn listing(n: u128) -> (CallId, Work) {
        let work = Work::History {
            reply: ReplyId(Uuid::from_u128(n)),
            attempt: 1,
            to: Address::default(),
            from: NOW,
        };
        (CallId(Uuid::from_u128(n)), work)
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_panics_three_times_is_answered_as_failed_and_the_room_goes_on() {
        let asked = Arc::new(AtomicU32::new(0));
        let app = app(&asked).await;
        let answer = Work::answer(
            AssistantId(Uuid::from_u128(5)),
            vec!["oi".into()],
            Person::default(),
        );
        let file = Work::Media {
            message: MessageId(Uuid::from_u128(6)),
            media: "77".into(),
        };
        let ids = |n| CallId(Uuid::from_u128(n));
        let calls = [listing(11), (ids(12), file), (ids(13), answer)];
        let mut commit = Commit::new();
        for (call, work) in &calls {
            commit.put_call(&PLACE, *call, 0, NOW + Span::hours(1), work, None);
        }
        assert!(app.store.commit(commit).await.unwrap().stored());
        let (_port, mut taker) = crate::relay::port(8);
        let room = Calls::new(app.clone()).run(&mut taker);
        let long = std::time::Duration::from_secs(30);
        assert!(tokio::time::timeout(long, room).await.is_err(), "it lives");
        assert_eq!(asked.load(Ordering::Relaxed), 2 * STRIKES);
        assert_eq!(app.store.counts().await.unwrap().calls_open, 0);
        let told = app.store.pending_of(PLACE.conversation, 10).await.unwrap();
        let unclear = told.iter().any(|row| {
            matches!(row.event(), Event::HistoryChecked { found: Found::Unclear { why }, .. }
                if why == "it panicked three times")
        });
        let answered = told
            .iter()
            .any(|row| matches!(row.event(), Event::CallAnswered { call, .. } if *call == ids(13)));
        assert!(unclear && answered, "{told:?}");
        let facts = app.store.account_events(PLACE.workspace, None, 10).await;
        let facts = facts.unwrap();
        assert_eq!(facts[0].body["why"], "it panicked three times", "the file");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_panics_once_is_done_at_the_second_try_and_an_answer_says_that_it_failed() {
        let app = app(&Arc::default()).await;
        let call = |work| CallRow {
            place: PLACE,
            call: CallId(Uuid::from_u128(11)),
            epoch: 0,
            deadline: NOW,
            work,
            attempts: 1,
        };
        let (_, work) = listing(11);
        let mut tries = 0;
        let listed = call(work);
        let result = guarded(&app, &listed, || {
            tries += 1;
            let now = tries;
            async move {
                assert!(now > 1, "played");
                Result::Silent
            }
        });
        assert!(matches!(result.await, Result::Silent));
        assert_eq!(tries, 2);
        let work = Work::answer(
            AssistantId(Uuid::from_u128(5)),
            Vec::new(),
            Person::default(),
        );
        let awaited = call(work);
        let result = guarded(&app, &awaited, || async { panic!("played") });
        let Result::Event(Event::CallAnswered { answer, .. }) = result.await else {
            panic!("an answer is awaited");
        };
        assert!(matches!(answer, Answer::Failed { .. }));
    }
}
