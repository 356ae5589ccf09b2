//! Hands work from room to room in memory.
//!
//! In: rows that one room has just stored, and events that are stored by whoever takes them. Out: the
//! same at the room that takes them up, when it runs in this process and has space. Rows may be lost:
//! behind each stands a poll of the table, and what could not be handed over makes the taker poll at
//! once. Events are given back instead. Absent: truth. Next: [`crate::app`], which joins the rooms, and
//! [`crate::fresh`].

pub mod starts;

use crate::fresh::Fresh;
use crate::fresh::flights::Flights;
use crate::ingress::Kept;
use ponte_core::Time;
use ponte_core::ids::{ChannelId, ConversationId};
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::outbox::{CallRow, OutboxRow};
use starts::{Claimed, Start, Starts};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};
use tokio::sync::{Notify, mpsc};

/// Deliveries that wait in memory for intake; their bytes are bounded by ingress.
const DELIVERIES: usize = 4_096;
/// Journal entries that wait in memory for one channel's engine.
const ENTRIES: usize = 16_384;
/// Sends that wait in memory for one channel's sender.
const SENDS: usize = 8_192;
/// Calls that wait in memory.
const CALLS: usize = 1_024;
/// With more journal entries than this waiting to be applied here, intake pauses; then deliveries
/// wait, and when their space is used up ingress refuses, so that the provider keeps what comes.
const ENTRIES_HIGH: usize = 4_000;

/// A bounded way to one taker. What doesn't fit makes the taker poll.
#[derive(Debug)]
pub struct Port<T> {
    way: mpsc::Sender<T>,
    state: Arc<PortState>,
}

#[derive(Debug, Default)]
struct PortState {
    missed: AtomicBool,
    wake: Notify,
}

/// The taker's end.
#[derive(Debug)]
pub struct Taker<T> {
    way: mpsc::Receiver<T>,
    state: Arc<PortState>,
}

/// What a taker woke up for.
#[derive(Debug, PartialEq, Eq)]
pub enum Woken {
    /// Something was put into the buffer.
    Some,
    /// Something may stand in the table that was not handed over.
    Poll,
}

impl<T> Clone for Port<T> {
    fn clone(&self) -> Self {
        Port {
            way: self.way.clone(),
            state: Arc::clone(&self.state),
        }
    }
}

/// A port and its taker.
#[must_use]
pub fn port<T>(space: usize) -> (Port<T>, Taker<T>) {
    let (send, receive) = mpsc::channel(space);
    let state = Arc::new(PortState::default());
    (
        Port {
            way: send,
            state: Arc::clone(&state),
        },
        Taker {
            way: receive,
            state,
        },
    )
}

impl<T> Port<T> {
    /// Hands over, or makes the taker poll.
    pub fn hand(&self, item: T) {
        if self.way.try_send(item).is_err() {
            self.nudge();
        }
    }

    /// Whether nobody takes anything any more.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.way.is_closed()
    }

    /// Hands over what stands nowhere else.
    ///
    /// # Errors
    /// The thing itself, when there is no space or no taker.
    pub fn offer(&self, item: T) -> Result<(), T> {
        self.way.try_send(item).map_err(|error| match error {
            mpsc::error::TrySendError::Full(item) | mpsc::error::TrySendError::Closed(item) => item,
        })
    }

    /// A place kept for something that is not stored yet: what is stored then can't be overtaken by
    /// what comes later and finds room. None: nothing more can be handed over now.
    #[must_use]
    pub fn place(&self) -> Option<mpsc::OwnedPermit<T>> {
        self.way.clone().try_reserve_owned().ok()
    }

    /// Makes the taker look at its table.
    pub fn nudge(&self) {
        self.state.missed.store(true, Ordering::Release);
        self.state.wake.notify_one();
    }
}

impl<T> Taker<T> {
    /// Takes nothing more; gives out what was handed over before.
    pub fn close(&mut self) -> Vec<T> {
        self.way.close();
        std::iter::from_fn(|| self.way.try_recv().ok()).collect()
    }

    /// Takes nothing more; gives out what was handed over before, and what those still bring who had a
    /// place. None: that was all.
    pub async fn last(&mut self) -> Option<T> {
        self.way.close();
        self.way.recv().await
    }

    /// Waits for something; takes up to `most` at once into `into`.
    pub async fn take(&mut self, into: &mut Vec<T>, most: usize) -> Woken {
        if self.state.missed.swap(false, Ordering::AcqRel) && self.way.is_empty() {
            return Woken::Poll;
        }
        tokio::select! {
            biased;
            taken = self.way.recv_many(into, most) => {
                if taken == 0 {
                    // All ports are gone; the table remains.
                    std::future::pending::<()>().await;
                }
                Woken::Some
            }
            () = self.state.wake.notified() => {
                self.state.missed.store(false, Ordering::Release);
                Woken::Poll
            }
        }
    }
}

/// What an engine is given.
#[derive(Debug)]
pub enum ToEngine {
    /// Entries that wait in the journal.
    Rows(Vec<JournalRow>),
    /// Events that are not in the journal yet.
    Fresh(Vec<Fresh>),
}

/// What a sender is told.
#[derive(Debug)]
pub enum ToSender {
    /// A row that was just put into the outbox.
    Row(Box<OutboxRow>),
    /// One that was claimed by the commit that put it there: it is posted at once.
    Claimed(Box<Claimed>),
    /// A row that became pending again: it is read from the table.
    Again(ponte_core::ids::ReplyId),
    /// A row that is no longer to be sent.
    Gone(ponte_core::ids::ReplyId),
    /// A message came in on this number: it counts towards the pace.
    Inbound(Time),
    /// Mark the customer's message as read. Repeatable; may be lost.
    Mark { wamid: String, typing: bool },
}

/// The ways to the rooms of one channel that this node owns.
#[derive(Clone, Debug)]
pub struct ChannelPorts {
    /// The token of the lease under which the rooms run.
    token: i64,
    pub engine: Port<ToEngine>,
    pub sender: Port<ToSender>,
    /// Who may start on this number, and when.
    pub starts: Starts,
}

impl ChannelPorts {
    /// Leave to claim a reply in the commit that decides it, for whoever works under this lease.
    #[must_use]
    pub fn start(&self, token: i64, conversation: ConversationId, now: Time) -> Option<Start> {
        if token != self.token {
            return None;
        }
        let place = self.sender.place()?;
        let leave = self.starts.ask(conversation, now)?;
        Some(Start { place, leave })
    }
}

/// The takers of one channel.
pub struct ChannelTakers {
    pub engine: Taker<ToEngine>,
    pub sender: Taker<ToSender>,
}

/// All ways.
#[derive(Clone)]
pub struct Relay {
    channels: Arc<RwLock<BTreeMap<ChannelId, ChannelPorts>>>,
    pub intake: Port<Kept>,
    pub calls: Port<CallRow>,
    /// The conversations with events on their way that are not in the journal yet.
    pub flights: Flights,
    /// What intake remembers of people is out of date.
    people_changed: Arc<AtomicBool>,
    /// An engine fell: what it held stands in the deliveries.
    fallen: Arc<AtomicBool>,
    /// Some status may be waiting for its message: only then is it looked for.
    pub orphans: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
}

/// One engine's share of the entries that wait in this process. Gone with the engine.
#[derive(Debug)]
pub struct Load {
    all: Arc<AtomicUsize>,
    mine: usize,
}

impl Load {
    /// So many entries wait now.
    pub fn set(&mut self, waiting: usize) {
        if waiting >= self.mine {
            self.all.fetch_add(waiting - self.mine, Ordering::AcqRel);
        } else {
            self.all.fetch_sub(self.mine - waiting, Ordering::AcqRel);
        }
        self.mine = waiting;
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.set(0);
    }
}

/// The takers that exist once per process.
pub struct Takers {
    pub intake: Taker<Kept>,
    pub calls: Taker<CallRow>,
}

impl Relay {
    #[must_use]
    pub fn new() -> (Relay, Takers) {
        let (intake, intake_taker) = port(DELIVERIES);
        let (calls, calls_taker) = port(CALLS);
        let relay = Relay {
            channels: Arc::default(),
            intake,
            calls,
            flights: Flights::default(),
            people_changed: Arc::default(),
            fallen: Arc::default(),
            orphans: Arc::new(AtomicBool::new(true)),
            waiting: Arc::default(),
        };
        let takers = Takers {
            intake: intake_taker,
            calls: calls_taker,
        };
        (relay, takers)
    }

    /// An engine's account of what waits for it.
    #[must_use]
    pub fn load(&self) -> Load {
        Load {
            all: Arc::clone(&self.waiting),
            mine: 0,
        }
    }

    /// Whether the engines of this process are too far behind to be given more.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > ENTRIES_HIGH
    }

    /// This node owns the channel from now on, under the lease with this token.
    #[must_use]
    pub fn open(&self, channel: ChannelId, token: i64) -> ChannelTakers {
        let (engine, engine_taker) = port(ENTRIES);
        let (sender, sender_taker) = port(SENDS);
        if let Ok(mut channels) = self.channels.write() {
            let ports = ChannelPorts {
                token,
                engine,
                sender,
                starts: Starts::default(),
            };
            channels.insert(channel, ports);
        }
        ChannelTakers {
            engine: engine_taker,
            sender: sender_taker,
        }
    }

    /// This node owns the channel no longer under that lease. The ways of a newer one stay.
    pub fn close(&self, channel: ChannelId, token: i64) {
        if let Ok(mut channels) = self.channels.write()
            && channels
                .get(&channel)
                .is_some_and(|ports| ports.token == token)
        {
            channels.remove(&channel);
        }
    }

    /// The ways to a channel's rooms, if they run here.
    #[must_use]
    pub fn channel(&self, channel: ChannelId) -> Option<ChannelPorts> {
        self.channels.read().ok()?.get(&channel).cloned()
    }

    /// Whether an engine of this channel takes events that stand nowhere else.
    #[must_use]
    pub fn takes_fresh(&self, channel: ChannelId) -> bool {
        self.channel(channel)
            .is_some_and(|ports| !ports.engine.is_closed())
    }

    /// An engine fell with what it held: intake reads again what nobody finished.
    pub fn fell(&self) {
        self.fallen.store(true, Ordering::Release);
        self.intake.nudge();
    }

    /// Whether one fell; asked once.
    #[must_use]
    pub fn has_fallen(&self) -> bool {
        self.fallen.swap(false, Ordering::AcqRel)
    }

    /// Intake must forget what it knew of people.
    pub fn forget_people(&self) {
        self.people_changed.store(true, Ordering::Release);
    }

    /// Whether it must; asked once.
    #[must_use]
    pub fn people_changed(&self) -> bool {
        self.people_changed.swap(false, Ordering::AcqRel)
    }

    /// Hands events that are not stored yet to the engine of their channel.
    ///
    /// # Errors
    /// The events, when that engine doesn't run here or has no space.
    pub fn fresh(&self, channel: ChannelId, events: Vec<Fresh>) -> Result<(), Vec<Fresh>> {
        let Some(ports) = self.channel(channel) else {
            return Err(events);
        };
        match ports.engine.offer(ToEngine::Fresh(events)) {
            Ok(()) => Ok(()),
            Err(ToEngine::Fresh(events)) => Err(events),
            // Not what was offered.
            Err(ToEngine::Rows(_)) => Err(Vec::new()),
        }
    }

    /// Makes the channel's engine look at its table.
    pub fn nudge(&self, channel: ChannelId) {
        if let Some(ports) = self.channel(channel) {
            ports.engine.nudge();
        }
    }

    /// Hands journal entries to the engines of their channels.
    pub fn journaled(&self, rows: Vec<JournalRow>) {
        let mut by_channel = BTreeMap::<ChannelId, Vec<JournalRow>>::new();
        for row in rows {
            by_channel.entry(row.place.channel).or_default().push(row);
        }
        for (channel, rows) in by_channel {
            if let Some(ports) = self.channel(channel) {
                ports.engine.hand(ToEngine::Rows(rows));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_does_not_fit_makes_the_taker_poll_after_what_did() {
        let (port, mut taker) = port(2);
        for n in 0..3 {
            port.hand(n);
        }
        let mut got = Vec::new();
        assert_eq!(taker.take(&mut got, 10).await, Woken::Some);
        assert_eq!(got, [0, 1]);
        assert_eq!(taker.take(&mut got, 10).await, Woken::Poll);
        port.hand(9);
        assert_eq!(taker.take(&mut got, 10).await, Woken::Some);
        assert_eq!(got, [0, 1, 9]);
    }

    #[tokio::test]
    async fn a_kept_place_is_taken_until_it_is_used_or_given_back() {
        let (port, mut taker) = port(1);
        let place = port.place().unwrap();
        assert!(port.place().is_none());
        drop(place);
        let place = port.place().unwrap();
        place.send(7);
        let mut got = Vec::new();
        assert_eq!(taker.take(&mut got, 10).await, Woken::Some);
        assert_eq!(got, [7]);
        assert!(port.place().is_some());
    }

    #[tokio::test]
    async fn engines_far_behind_are_noticed_together_and_forgotten_when_they_end() {
        let (relay, _takers) = Relay::new();
        let (mut one, mut two) = (relay.load(), relay.load());
        one.set(ENTRIES_HIGH);
        assert!(!relay.is_behind());
        two.set(1);
        assert!(relay.is_behind());
        one.set(ENTRIES_HIGH - 1);
        assert!(!relay.is_behind());
        two.set(500);
        drop(one);
        assert!(!relay.is_behind());
    }

    #[test]
    fn the_end_of_an_old_lease_leaves_the_ways_of_the_new_one() {
        let (relay, _takers) = Relay::new();
        let channel = ChannelId(uuid::Uuid::from_u128(1));
        let _old = relay.open(channel, 1);
        let _new = relay.open(channel, 2);
        relay.close(channel, 1);
        assert!(relay.channel(channel).is_some());
        relay.close(channel, 2);
        assert!(relay.channel(channel).is_none());
    }

    #[tokio::test]
    async fn a_nudge_wakes_a_waiting_taker() {
        let (port, mut taker) = port::<u8>(2);
        let waiting = tokio::spawn(async move { taker.take(&mut Vec::new(), 1).await });
        tokio::task::yield_now().await;
        port.nudge();
        assert_eq!(waiting.await.unwrap(), Woken::Poll);
    }
}
