//! Commits per second of an engine, for batches of callers: `commits URL [SECONDS]`.
//!
//! In: the address of an empty or own database. Out: a line per number of concurrent callers, for a
//! small commit (one journal entry) and for the whole way of a message (delivery, intake, step with
//! reply, claim, outcome, its step). Absent: HTTP, the pure core; only storage is measured.

use ponte_core::content::{Content, Context, Person, Received};
use ponte_core::effect::{Class, Lane, MessageBody, MessageRow, Send, SendState};
use ponte_core::event::{Envelope, Event, Outcome};
use ponte_core::ids::{
    ChannelId, ContactId, ConversationId, EventId, MessageId, ReplyId, WorkspaceId,
};
use ponte_core::outgoing::{Address, Outgoing};
use ponte_core::ownership::Provenance;
use ponte_core::state::State;
use ponte_core::time::{Span, Time};
use ponte_store::rows::Place;
use ponte_store::rows::contact::ContactRow;
use ponte_store::rows::conversation::{ConversationNew, ConversationPut, Unread, Waiting};
use ponte_store::rows::journal::{DeliveryNew, JournalNew};
use ponte_store::rows::outbox::{Claim, LeaseRef, channel_lease};
use ponte_store::rows::shared::Changes;
use ponte_store::rows::workspace::{ChannelRow, WorkspaceRow};
use ponte_store::{Commit, Committed, Options, Result, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use uuid::Uuid;

const NODE: Uuid = Uuid::from_u128(1);
const BODY: &[u8] = &[b'x'; 700];

struct Bench {
    store: Store,
    lease: LeaseRef,
    now: Time,
    /// Makes every key of this run its own.
    run: u128,
    next: AtomicU64,
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().ok_or("usage: commits URL [SECONDS]")?;
    let secs = arguments.next().map_or(Ok(2), |s| s.parse())?;
    let bench = Arc::new(Bench::open(&url).await?);
    say(&format!(
        "{:?}: callers | small commits/s | CPU us | whole messages/s (6 commits each) | CPU us",
        bench.store.engine()
    ));
    for callers in [1, 8, 32, 128, 512] {
        let small = measure(&bench, callers, secs, false).await?;
        let whole = measure(&bench, callers, secs, true).await?;
        say(&format!(
            "{callers:>8} | {:>9.0} | {:>4.0} | {:>9.0} | {:>4.0}",
            small.0, small.1, whole.0, whole.1
        ));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "its output is its result")]
fn say(line: &str) {
    println!("{line}");
}

async fn measure(
    bench: &Arc<Bench>,
    callers: u128,
    secs: u64,
    whole: bool,
) -> std::result::Result<(f64, f64), Box<dyn std::error::Error>> {
    for n in 0..callers {
        bench.talk(n).await?;
    }
    let done = Arc::new(AtomicU64::new(0));
    let begun = tokio::time::Instant::now();
    let cpu = cpu_us();
    let end = begun + Duration::from_secs(secs);
    let tasks: Vec<_> = (0..callers)
        .map(|n| {
            let (bench, done) = (bench.clone(), done.clone());
            tokio::spawn(async move {
                while tokio::time::Instant::now() < end {
                    if whole {
                        bench.message(n).await?
                    } else {
                        bench.small(n).await?
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Result::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    let rounds = done.load(Ordering::Relaxed).max(1) as f64 * if whole { 1.0 } else { 2.0 };
    Ok((
        rounds / begun.elapsed().as_secs_f64(),
        (cpu_us() - cpu) as f64 / rounds,
    ))
}

/// CPU time of this process in microseconds, where the system tells it.
fn cpu_us() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = |n: usize| {
        stat.split(' ')
            .nth(n)
            .and_then(|t| t.parse::<u64>().ok())
            .unwrap_or(0)
    };
    (ticks(13) + ticks(14)) * 10_000
}

impl Bench {
    async fn open(url: &str) -> Result<Bench> {
        let store = Store::open(url, Options::default()).await?;
        let now = store.lease_time(Time(1_800_000_000_000_000)).await?;
        let lease = store
            .take_lease(&channel_lease(ChannelId(NODE)), NODE, now, Span::days(1))
            .await?;
        let lease =
            lease.ok_or_else(|| ponte_store::StoreError::Invalid("the lease is taken".into()))?;
        let run = u128::from(lease.token.unsigned_abs()) << 64;
        let workspace = WorkspaceRow {
            id: WorkspaceId(NODE),
            name: "bench".into(),
            settings: true.into(),
            created: now,
        };
        let channel = ChannelRow {
            id: ChannelId(NODE),
            workspace: workspace.id,
            name: "bench".into(),
            number: "1".into(),
            account: "1".into(),
            display: "1".into(),
            assistant: None,
            settings: true.into(),
            secrets: None,
            suspended: false,
            suspended_at: Time(0),
            removed: false,
            revision: 0,
            updated: now,
        };
        let mut c = Commit::new();
        c.put_workspace(&workspace);
        if store.channel_by_number("1").await?.is_none() {
            c.put_channel(&channel, 0);
        }
        store.commit(c).await?;
        let lease = LeaseRef {
            name: lease.name,
            token: lease.token,
        };
        Ok(Bench {
            store,
            lease,
            now,
            run,
            next: AtomicU64::new(0),
        })
    }

    fn place(&self, n: u128) -> Place {
        let conversation = ConversationId(Uuid::from_u128(self.run + n));
        Place {
            workspace: WorkspaceId(NODE),
            channel: ChannelId(NODE),
            conversation,
        }
    }

    fn fresh(&self) -> u128 {
        self.run + (1 << 32) + u128::from(self.next.fetch_add(1, Ordering::Relaxed))
    }

    async fn talk(&self, n: u128) -> Result<()> {
        let place = self.place(n);
        let contact = ContactRow {
            id: ContactId(place.conversation.0),
            workspace: place.workspace,
            name: "Cliente".into(),
            search: "cliente".into(),
            person: Person::default(),
            created: self.now,
            updated: self.now,
            merged_into: None,
        };
        let mut c = Commit::new();
        c.add_contact(&contact);
        c.add_conversation(&ConversationNew {
            place,
            contact: contact.id,
            at: self.now,
        });
        // Refused when an earlier measurement made it.
        self.store.commit(c).await.map(|_| ())
    }

    fn entry(&self, place: Place, event: Event) -> JournalNew {
        let id = self.fresh();
        let envelope = Envelope {
            id: EventId(Uuid::from_u128(id)),
            at: self.now,
            event,
        };
        JournalNew {
            place,
            envelope,
            dedupe: format!("{id:x}"),
            delivery: None,
        }
    }

    fn received(&self) -> Event {
        let message = Received {
            wamid: format!("wamid.{:x}", self.fresh()),
            sent: self.now,
            content: Content::Text {
                body: "quero saber o preço da coxinha".into(),
            },
            context: Context::default(),
            referral: None,
            group: None,
            extra: serde_json::Value::Null,
        };
        Event::Received {
            from: Person::default(),
            message: Box::new(message),
        }
    }

    async fn small(&self, n: u128) -> Result<()> {
        let mut c = Commit::new();
        c.append(&self.entry(self.place(n), self.received()));
        // Out of the way at once, so that the next measurement can claim: two commits.
        let seq = first(&self.store.commit(c).await?);
        let mut c = Commit::new();
        c.quarantine_entry(seq);
        self.store.commit(c).await.map(|_| ())
    }

    /// The whole way of one message, as server rooms would commit it.
    async fn message(&self, n: u128) -> Result<()> {
        let place = self.place(n);
        let mut c = Commit::new();
        let until = self.now + Span::days(1);
        c.add_delivery(DeliveryNew {
            received: self.now,
            body: BODY.into(),
            lease: Some((NODE, until)),
        });
        let delivery = self.store.commit(c).await?.deliveries[0];
        let mut c = Commit::new();
        let event = self.received();
        c.append(&self.entry(place, event))
            .finish_delivery(delivery, NODE);
        let seq = first(&self.store.commit(c).await?);
        let send = self.answer(place, seq).await?;
        self.send(place, &send).await
    }

    async fn load(&self, place: &Place) -> Result<State> {
        let loaded = self.store.load(place, &["wamid.unknown".into()]).await?;
        Ok(loaded.map(|l| l.row.state).unwrap_or_default())
    }

    async fn answer(&self, place: Place, seq: i64) -> Result<Send> {
        let mut state = self.load(&place).await?;
        let before = state.version;
        state.version += 1;
        state.window.service_until = Some(self.now + Span::days(1));
        let send = Send {
            reply: ReplyId(Uuid::from_u128(self.fresh())),
            epoch: 0,
            lane: Lane::Conversation,
            class: Class::Reply,
            to: Address {
                phone: Some("5511999990000".into()),
                bsuid: None,
            },
            what: Outgoing::text("Custa R$ 8,00."),
            quotes: None,
            provenance: Provenance::System,
            not_before: Time::ZERO,
            expires: self.now + Span::days(1),
        };
        let mut c = Commit::new();
        c.under_lease(&self.lease, self.now);
        c.put_conversation(
            &ConversationPut {
                conversation: place.conversation,
                state: &state,
                last_message: Some((self.now, "quero saber o preço")),
                unread: Unread::Add(1),
                waiting: Waiting::Fine,
            },
            before,
        );
        c.applied(seq, state.version);
        c.put_message(&place, state.version, &self.row(None))
            .put_message(&place, state.version, &self.row(Some(send.reply)));
        c.put_send(&place, &send)
            .feed(&place, self.now, Changes::MESSAGE);
        self.demand(c).await?;
        Ok(send)
    }

    fn row(&self, reply: Option<ReplyId>) -> MessageRow {
        let id = reply.map_or_else(
            || MessageId(Uuid::from_u128(self.fresh())),
            |r| MessageId(r.0),
        );
        MessageRow {
            id,
            provenance: if reply.is_some() {
                Provenance::System
            } else {
                Provenance::Customer
            },
            wamid: reply.is_none().then(|| format!("wamid.{}", id.0)),
            content: MessageBody::In(Content::Text {
                body: "quero saber o preço da coxinha".into(),
            }),
            context: Context::default(),
            referral: None,
            sent: self.now,
            received: self.now,
            send: reply.map(|_| SendState::Pending),
            unread: reply.is_none(),
        }
    }

    async fn send(&self, place: Place, send: &Send) -> Result<()> {
        let mut c = Commit::new();
        c.claim_send(&Claim {
            reply: send.reply,
            conversation: place.conversation,
            attempt: 1,
            at: self.now,
            deadline: self.now + Span::secs(20),
            node: NODE,
            window_margin: Span::secs(60),
            lease: self.lease.clone(),
        });
        self.demand(c).await?;
        let outcome = Outcome::Accepted {
            wamid: format!("wamid.{}", send.reply),
            held: false,
        };
        let mut c = Commit::new();
        c.end_attempt(send.reply, 1, self.now, &outcome);
        c.append(&self.entry(
            place,
            Event::SendEnded {
                reply: send.reply,
                attempt: 1,
                outcome,
            },
        ));
        let seq = first(&self.demand(c).await?);
        let mut state = self.load(&place).await?;
        let before = state.version;
        state.version += 1;
        let mut c = Commit::new();
        c.under_lease(&self.lease, self.now);
        let put = ConversationPut {
            conversation: place.conversation,
            state: &state,
            last_message: None,
            unread: Unread::Keep,
            waiting: Waiting::Fine,
        };
        c.put_conversation(&put, before).applied(seq, state.version);
        c.move_send(&place, send.reply, SendState::Accepted).feed(
            &place,
            self.now,
            Changes::STATUS,
        );
        self.demand(c).await.map(|_| ())
    }

    async fn demand(&self, commit: Commit) -> Result<Committed> {
        let done = self.store.commit(commit).await?;
        match done.refused {
            None => Ok(done),
            Some(why) => Err(ponte_store::StoreError::Internal(format!(
                "refused: {why:?}"
            ))),
        }
    }
}

fn first(done: &Committed) -> i64 {
    done.journal.first().copied().flatten().unwrap_or_default()
}
