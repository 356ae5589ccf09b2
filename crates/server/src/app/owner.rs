//! Takes numbers for this node, runs their rooms, and gives the numbers back.
//!
//! In: the numbers, the nodes that are alive, the clock. Out: leases kept, an engine and a sender per
//! owned number, stopped at once when the lease is lost and gently when it is given back. Rooms belong
//! to one lease: their end touches nothing of a later one. Each node takes no more than its share, so
//! that numbers spread. Absent: what the rooms do. Next:
//! [`crate::lease`].

use super::App;
use crate::engine::Engine;
use crate::lease::{Hold, TTL, share};
use crate::sender::Sender;
use crate::settings::Number;
use ponte_core::ids::ChannelId;
use ponte_core::time::Span;
use ponte_store::StoreError;
use ponte_store::rows::outbox::{LeaseRef, channel_lease};
use ponte_store::rows::shared::NodeRow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::{JoinHandle, JoinSet};

/// A node that said nothing for this long counts as dead when shares are counted.
const ALIVE: Span = Span::secs(12);
/// What is under way when a number is given back may take this long: a POST lives 20 seconds.
const DRAIN: Span = Span::secs(25);

/// The rooms of a number under one lease.
pub type Tenure = (ChannelId, i64);

/// The numbers of this node.
pub struct Owner {
    app: App,
    held: BTreeMap<ChannelId, Hold>,
    /// One task per number and lease, around its rooms.
    rooms: JoinSet<Tenure>,
    /// Those whose rooms have not ended: such a number is not taken again, two senders have no one pace.
    running: BTreeSet<Tenure>,
    /// Numbers that are being given back: their rooms finish what is under way.
    leaving: BTreeMap<ChannelId, Hold>,
}

/// A task that ends with whoever holds this.
struct Bound(JoinHandle<()>);

impl Drop for Bound {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Owner {
    #[must_use]
    pub fn new(app: App) -> Owner {
        Owner {
            app,
            held: BTreeMap::new(),
            rooms: JoinSet::new(),
            running: BTreeSet::new(),
            leaving: BTreeMap::new(),
        }
    }

    /// Where no other process can be, leases left behind by a dead one are free at once.
    pub async fn inherit(&self) {
        if !self.app.config.alone {
            return;
        }
        let left = self.app.store.leases().await.unwrap_or_default();
        for lease in left {
            let lease = LeaseRef {
                name: lease.name,
                token: lease.token,
            };
            if let Err(error) = self.app.store.release_lease(&lease).await {
                tracing::warn!(%error, "a dead process's lease runs out by itself");
            }
        }
    }

    /// One round: say that we live, keep what we have, take or give back up to our share.
    pub async fn round(&mut self) {
        if let Err(error) = self.try_round().await {
            tracing::warn!(%error, "leases can't be kept now");
        }
    }

    async fn try_round(&mut self) -> Result<(), StoreError> {
        self.reap().await;
        self.beat().await?;
        self.keep().await?;
        let now = self.app.env.clock.now();
        let since = self.app.store.lease_time(now).await? - ALIVE;
        let nodes = self.app.store.nodes(since).await?.len();
        let numbers = self.app.settings.now();
        let gone: Vec<ChannelId> = self
            .held
            .keys()
            .filter(|id| numbers.get(**id).is_none())
            .copied()
            .collect();
        gone.into_iter().for_each(|id| self.give_back(id));
        let share = share(numbers.len(), nodes);
        while self.held.len() > share
            && let Some((id, _)) = self.held.last_key_value()
        {
            let id = *id;
            self.give_back(id);
        }
        for (id, number) in numbers.all() {
            let ours = self.held.contains_key(id)
                || self.leaving.contains_key(id)
                || self.running.iter().any(|(running, _)| running == id);
            if !ours && self.held.len() < share {
                self.take(*id, number).await?;
            }
        }
        Ok(())
    }

    async fn beat(&self) -> Result<(), StoreError> {
        let node = NodeRow {
            id: self.app.config.node,
            name: self.app.config.name.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            seen: self.app.env.clock.now(),
        };
        self.app.store.beat(&node).await.map(|_| ())
    }

    async fn keep(&mut self) -> Result<(), StoreError> {
        let all: Vec<(ChannelId, Hold)> = self
            .held
            .iter()
            .chain(&self.leaving)
            .map(|(id, hold)| (*id, hold.clone()))
            .collect();
        for (id, hold) in all {
            let asked = self.app.env.clock.now();
            let kept = self
                .app
                .store
                .renew_lease(&hold.lease(), asked, TTL)
                .await?;
            if kept.is_some() {
                hold.kept(asked);
            } else {
                tracing::warn!(channel = %id, "a number's lease is lost");
                hold.lose();
            }
            if hold.is_lost(self.app.env.clock.now()) {
                self.held.remove(&id);
                self.leaving.remove(&id);
                self.app.relay.close(id, hold.lease().token);
            }
        }
        Ok(())
    }

    async fn take(&mut self, id: ChannelId, number: &Arc<Number>) -> Result<(), StoreError> {
        let app = self.app.clone();
        let asked = app.env.clock.now();
        let name = channel_lease(id);
        let node = app.config.node;
        let Some(lease) = app.store.take_lease(&name, node, asked, TTL).await? else {
            return Ok(());
        };
        app.env.crash.pass("lease.after_take").await;
        let hold = Hold::new(
            LeaseRef {
                name,
                token: lease.token,
            },
            asked,
        );
        let tenure = (id, lease.token);
        let takers = app.relay.open(id, lease.token);
        let engine = Engine::new(app.clone(), Arc::clone(number), hold.clone());
        let sender = Sender::new(app.clone(), Arc::clone(number), hold.clone());
        self.running.insert(tenure);
        let (rooms, guarded) = (app.rooms.clone(), hold.clone());
        self.rooms.spawn(async move {
            let mut engine = Bound(tokio::spawn(engine.run(takers.engine)));
            let mut sender = Bound(tokio::spawn(sender.run(takers.sender)));
            // One that falls takes the other along: the number is given back and taken anew.
            let fell = |room| {
                rooms.fell(room, app.env.clock.now());
                guarded.lose();
                app.relay.fell();
            };
            let (mut engine_over, mut sender_over) = (false, false);
            while !(engine_over && sender_over) {
                tokio::select! {
                    ended = &mut engine.0, if !engine_over => {
                        engine_over = true;
                        if ended.is_err() {
                            fell("engine");
                        }
                    }
                    ended = &mut sender.0, if !sender_over => {
                        sender_over = true;
                        if ended.is_err() {
                            fell("sender");
                        }
                    }
                }
            }
            tenure
        });
        self.held.insert(id, hold);
        Ok(())
    }

    /// Rooms that ended: their numbers may be taken again.
    async fn reap(&mut self) {
        while let Some(ended) = self.rooms.try_join_next() {
            if let Ok(tenure) = ended {
                self.settle(tenure).await;
            }
        }
    }

    /// Begins to give a number back: nothing new, what is under way is finished.
    fn give_back(&mut self, id: ChannelId) {
        if let Some(hold) = self.held.remove(&id) {
            hold.stop();
            self.leaving.insert(id, hold);
        }
    }

    /// Gives back what has been finished: that lease and nothing of a newer one.
    pub async fn settle(&mut self, tenure: Tenure) {
        let (id, token) = tenure;
        self.running.remove(&tenure);
        self.app.relay.close(id, token);
        for holds in [&mut self.leaving, &mut self.held] {
            if holds
                .get(&id)
                .is_some_and(|hold| hold.lease().token == token)
            {
                holds.remove(&id);
            }
        }
        let lease = LeaseRef {
            name: channel_lease(id),
            token,
        };
        if let Err(error) = self.app.store.release_lease(&lease).await {
            tracing::warn!(%error, "a lease runs out by itself");
        }
    }

    /// A room has ended.
    pub async fn ended(&mut self) -> Option<Tenure> {
        match self.rooms.join_next().await {
            Some(Ok(tenure)) => Some(tenure),
            Some(Err(_)) => None,
            None => std::future::pending().await,
        }
    }

    /// Gives everything back, within [`DRAIN`].
    pub async fn stop(&mut self) {
        let ids: BTreeSet<ChannelId> = self.held.keys().copied().collect();
        ids.into_iter().for_each(|id| self.give_back(id));
        let until = self.app.env.clock.now() + DRAIN;
        while !self.leaving.is_empty() {
            let clock = Arc::clone(&self.app.env.clock);
            tokio::select! {
                ended = self.ended() => {
                    if let Some(tenure) = ended {
                        self.settle(tenure).await;
                    }
                }
                () = clock.sleep_until(until) => {
                    tracing::warn!("some sends are still under way; they will count as unsure");
                    break;
                }
            }
        }
        self.rooms.abort_all();
        if let Err(error) = self.app.store.drop_node(self.app.config.node).await {
            tracing::warn!(%error, "this node is forgotten by itself");
        }
    }
}
