//! The seeded world: the whole server on paused time, the simulated platform on the other side.
//!
//! In: a seed, deeds of people, faults, crashes. Out: what both sides have at the end, judged by the
//! simulator's own ledger ([`judge`]). One thread, virtual time, an in-memory store that survives
//! restarts inside a world: the same seed gives the same run. Absent: sockets. Next: [`node`],
//! [`way`], [`judge`].

pub mod business;
pub mod judge;
pub mod node;
pub mod people;
pub mod promises;
pub mod replay;
pub mod way;

use business::Business;
use node::{Node, Plan};
use ponte_core::ids::ConversationId;
use ponte_core::time::Span;
use ponte_core::{Event, Time};
use ponte_sim::{Cloud, CloudConfig, CustomerId, CustomerMessage, CustomerProfile, OwnerMessage};
use ponte_store::rows::Place;
use ponte_store::{Options, Store};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;
use tokio::time::Instant;

/// 2026-11-20T12:00:00Z, a Friday in business hours.
pub const START: Time = Time(1_795_176_000 * 1_000_000);
/// The demo's number.
pub const NUMBER: &str = "100000000000001";

/// What all parts of a world share.
#[derive(Clone)]
pub struct Shared {
    pub cloud: Arc<Mutex<Cloud>>,
    pub store: Store,
    pub base: Instant,
    /// What the machine's wall clock is ahead of true time.
    pub skew: Arc<AtomicI64>,
    /// Connections that are begun in an even second take nearly as long.
    pub slow: Arc<AtomicBool>,
    /// The platform has something new to deliver.
    pub stirred: Arc<Notify>,
    pub seed: u64,
    /// True time when the world began.
    pub start: Time,
}

impl Shared {
    /// True time.
    pub fn now(&self) -> Time {
        let counted = i64::try_from(self.base.elapsed().as_micros()).unwrap();
        self.start + Span(counted)
    }

    pub fn cloud<T>(&self, deed: impl FnOnce(&mut Cloud, i64) -> T) -> T {
        let done = deed(&mut self.cloud.lock().unwrap(), self.now().micros());
        self.stirred.notify_one();
        done
    }
}

/// A world.
pub struct World {
    pub shared: Shared,
    stores: Vec<Store>,
    pub business: Business,
    pub nodes: Vec<Node>,
    plans: Vec<Plan>,
    /// How long a node stays dead.
    pub downtime: Span,
    pub crashes: u32,
    /// Wamids that a test has good reason to see on more than one message, or on none.
    pub excused: BTreeSet<String>,
    _pump: way::Pump,
}

impl World {
    /// A world with one node and the demo's business.
    pub async fn new(seed: u64) -> World {
        World::with(seed, 1, |_| {}, |_| {}).await
    }

    /// A world with its platform and its business changed first.
    pub async fn with(
        seed: u64,
        nodes: usize,
        platform: impl FnOnce(&mut CloudConfig),
        business: impl FnOnce(&mut Business),
    ) -> World {
        let options = Options {
            inline: true,
            ..Options::default()
        };
        let store = Store::open("sqlite::memory:", options).await.unwrap();
        World::over(vec![store], START, seed, nodes, platform, business).await
    }

    /// A world over given stores: one for each node, or one for all; they lead to the same rows.
    pub async fn over(
        stores: Vec<Store>,
        start: Time,
        seed: u64,
        nodes: usize,
        platform: impl FnOnce(&mut CloudConfig),
        change: impl FnOnce(&mut Business),
    ) -> World {
        let mut config = CloudConfig::demo();
        platform(&mut config);
        let shared = Shared {
            cloud: Arc::new(Mutex::new(Cloud::new(config, seed))),
            store: stores[0].clone(),
            base: Instant::now(),
            skew: Arc::default(),
            slow: Arc::default(),
            stirred: Arc::default(),
            seed,
            start,
        };
        let mut business = Business::demo();
        change(&mut business);
        business.put(&shared.store).await;
        let plans: Vec<Plan> = (0..nodes).map(|_| Plan::default()).collect();
        let pump = way::Pump::start(&shared, nodes);
        let mut world = World {
            stores,
            shared,
            business,
            nodes: Vec::new(),
            plans,
            downtime: Span::secs(2),
            crashes: 0,
            excused: BTreeSet::new(),
            _pump: pump,
        };
        for n in 0..nodes {
            let node = world.fresh_node(n).await;
            world.nodes.push(node);
        }
        world
    }

    async fn fresh_node(&mut self, n: usize) -> Node {
        let alone = self.plans.len() == 1;
        loop {
            let (life, plan) = (self.crashes, &self.plans[n]);
            let mut shared = self.shared.clone();
            shared.store = self.stores[n % self.stores.len()].clone();
            let started = Node::start(&shared, &self.business, n, life, plan, alone).await;
            if let Some(node) = started {
                self._pump.open(n, node.door());
                return node;
            }
            self.crashes += 1;
            if alone {
                self.shared.store.revive();
            }
        }
    }

    /// Lets time pass, restarting nodes that die.
    pub async fn run(&mut self, span: Span) {
        let end = self.shared.now() + span;
        loop {
            let left = end - self.shared.now();
            if left.as_micros() <= 0 {
                return;
            }
            let pause = std::time::Duration::from_micros(u64::try_from(left.as_micros()).unwrap());
            let died = tokio::select! {
                biased;
                n = node::first_death(&self.nodes) => Some(n),
                () = tokio::time::sleep(pause) => None,
            };
            if let Some(n) = died {
                self.bury(n).await;
            }
        }
    }

    /// A node is gone with everything in its memory; a new one starts after a while.
    async fn bury(&mut self, n: usize) {
        self.crashes += 1;
        assert!(self.crashes < 500, "it dies again and again");
        self._pump.shut(n);
        self.nodes.remove(n).drop_dead().await;
        if self.plans.len() == 1 {
            self.shared.store.revive();
        }
        let pause = u64::try_from(self.downtime.as_micros()).unwrap();
        tokio::time::sleep(std::time::Duration::from_micros(pause)).await;
        let node = self.fresh_node(n).await;
        self.nodes.insert(n, node);
    }

    /// Kills a node now, as `kill -9` would.
    pub async fn kill(&mut self, n: usize) {
        self.bury(n).await;
    }

    /// Stops a node gracefully and starts a new one.
    pub async fn restart(&mut self, n: usize) {
        self._pump.shut(n);
        let died = self.nodes.remove(n).stop().await;
        self.crashes += 1;
        if died && self.plans.len() == 1 {
            self.shared.store.revive();
        }
        let node = self.fresh_node(n).await;
        self.nodes.insert(n, node);
    }

    /// The node dies at the `nth` passing of a crash point from now.
    pub fn die_at(&self, n: usize, point: &'static str, nth: u32) {
        self.plans[n].set(point, nth);
    }

    /// Where the deaths of a node are planned, for a step that brings them about.
    pub fn plan(&self, n: usize) -> Plan {
        self.plans[n].clone()
    }

    /// Runs until nothing is under way on either side, within `limit`.
    pub async fn settle(&mut self, limit: Span) {
        let end = self.shared.now() + limit;
        let mut quiet = 0;
        while quiet < 3 && self.shared.now() < end {
            self.run(Span::secs(2)).await;
            let planned = self.shared.cloud(|cloud, now| {
                // Statuses and retries far ahead (7 days) don't hold a test up.
                cloud
                    .next_due()
                    .is_some_and(|due| due < now + Span::minutes(11).0)
                    || cloud.unanswered() > 0
            });
            let counts = self.shared.store.counts().await.unwrap();
            let next = self
                .shared
                .store
                .next_due(self.business.channel)
                .await
                .unwrap();
            // A proof or a retry that comes soon belongs to what is under way.
            let soon = next
                .timer
                .is_some_and(|due| due < self.shared.now() + Span::secs(90));
            let open = u64::from(soon)
                + counts.journal_pending
                + counts.deliveries_waiting
                + counts.outbox_pending
                + counts.outbox_claimed;
            quiet = if planned || open > 0 { 0 } else { quiet + 1 };
        }
        assert!(
            quiet >= 3,
            "it doesn't come to rest; seed {}",
            self.shared.seed
        );
    }

    /// Runs until no timer is left that would come within `limit`: what is still open then stays so.
    pub async fn drain(&mut self, limit: Span) {
        let end = self.shared.now() + limit;
        loop {
            let next = self.shared.store.next_due(self.business.channel).await;
            let now = self.shared.now();
            match next.unwrap().timer.filter(|due| *due < end && now < end) {
                Some(due) => self.run((due - now).max(Span::ZERO) + Span::secs(1)).await,
                None => break,
            }
        }
        self.settle(Span::hours(1)).await;
    }

    // What people do.

    /// A new customer with a Brazilian mobile number.
    pub fn customer(&self, n: u32) -> CustomerId {
        let phone = format!("+55 11 9{:04}-{:04}", 8000 + n / 10_000, n % 10_000);
        let profile = CustomerProfile::new(&format!("Cliente {n}"), &phone);
        self.shared.cloud(|cloud, _| cloud.customer(profile))
    }

    /// A customer writes; gives back the wamid.
    pub fn says(&self, customer: CustomerId, text: &str) -> String {
        self.sends(customer, CustomerMessage::text(text))
    }

    pub fn sends(&self, customer: CustomerId, message: CustomerMessage) -> String {
        self.shared
            .cloud(|cloud, now| cloud.customer_sends(now, customer, NUMBER, message))
    }

    /// The owner writes in the phone app.
    pub fn owner_says(&self, customer: CustomerId, text: &str) -> String {
        self.shared
            .cloud(|cloud, now| cloud.owner_sends(now, NUMBER, customer, OwnerMessage::text(text)))
    }

    /// Arms a fault of the platform for its next `times`.
    pub fn arm(&self, fault: ponte_sim::Fault, times: u32) {
        self.shared
            .cloud(|cloud, _| cloud.faults().next(fault, times));
    }

    pub fn struck(&self, fault: ponte_sim::Fault) -> u64 {
        self.shared.cloud(|cloud, _| cloud.faults().struck(fault))
    }

    /// Posts a body to the webhook as the provider would, signed; gives back the answer.
    pub async fn post(&self, body: &serde_json::Value) -> u16 {
        self.post_raw(body.to_string().into_bytes()).await
    }

    pub async fn post_raw(&self, body: Vec<u8>) -> u16 {
        let secret = ponte_wire::signature::Secret::new("demo-app-secret");
        let request = http::Request::post("/webhooks/whatsapp")
            .header(
                "x-hub-signature-256",
                ponte_wire::signature::sign(&body, &secret),
            )
            .body(axum::body::Body::from(body))
            .unwrap();
        let router = self.nodes[0].app().webhook_router();
        let answer = tower::ServiceExt::oneshot(router, request).await.unwrap();
        answer.status().as_u16()
    }

    /// The node is away for a while, as in an outage.
    pub async fn outage(&mut self, span: Span) {
        let usual = std::mem::replace(&mut self.downtime, span);
        self.kill(0).await;
        self.downtime = usual;
    }

    // What both sides have.

    /// What the business said to a customer through the API, in order, as the platform has it.
    pub fn heard(&self, customer: CustomerId) -> Vec<String> {
        self.shared.cloud(|cloud, _| {
            cloud
                .ledger()
                .accepted_to(customer)
                .iter()
                .filter(|accepted| accepted.kind != "reaction")
                .map(|accepted| accepted.text.clone())
                .collect()
        })
    }

    /// The place of the conversation with a customer, once there is one.
    pub async fn place(&self, customer: CustomerId) -> Option<Place> {
        let profile = self.shared.cloud(|cloud, _| {
            let found = cloud.customers().iter().find(|held| held.id == customer);
            found
                .map(|held| (held.wa_id.clone(), held.bsuid.clone()))
                .unwrap()
        });
        self.place_of(&[("wa_id", &profile.0), ("bsuid", &profile.1)])
            .await
    }

    /// The place of the conversation with whoever has one of these names.
    pub async fn place_of(&self, names: &[(&str, &str)]) -> Option<Place> {
        let store = &self.shared.store;
        let found = store.aliases(self.business.workspace, names).await.unwrap();
        let contact = found.first()?.contact;
        let row = store
            .conversation_of(contact, self.business.channel)
            .await
            .unwrap()?;
        Some(row.place)
    }

    /// The ids of all messages of a conversation that have one, as they are shown.
    pub async fn wamids(&self, conversation: ConversationId) -> Vec<String> {
        let messages = self.messages(conversation).await.into_iter();
        messages.filter_map(|message| message.row.wamid).collect()
    }

    /// The alerts of a customer's conversation.
    pub async fn alerts(&self, customer: CustomerId) -> Vec<ponte_core::effect::Alert> {
        let place = self.place(customer).await.unwrap();
        let store = &self.shared.store;
        let rows = store.alerts_of(place.conversation, 50).await.unwrap();
        rows.into_iter().map(|row| row.alert).collect()
    }

    /// The state of a customer's conversation.
    pub async fn state(&self, customer: CustomerId) -> ponte_core::State {
        let place = self.place(customer).await.unwrap();
        let loaded = self.shared.store.load(&place, &[]).await.unwrap().unwrap();
        loaded.row.state
    }

    /// All messages of a conversation, oldest first.
    pub async fn messages(
        &self,
        conversation: ConversationId,
    ) -> Vec<ponte_store::rows::message::MessageView> {
        let mut all = Vec::new();
        let mut before = None;
        loop {
            let page = self
                .shared
                .store
                .messages(conversation, before, 500)
                .await
                .unwrap();
            all.extend(page.items);
            before = page.next;
            if before.is_none() {
                all.reverse();
                return all;
            }
        }
    }

    /// A command of an agent, as the API gives it.
    pub async fn command(&self, customer: CustomerId, event: Event, key: &str) {
        let place = self.place(customer).await.unwrap();
        let app = self.nodes[0].app();
        app.append(place, event, key).await.unwrap();
    }

    /// Moves the machine's wall clock.
    pub fn jump(&self, span: Span) {
        self.shared
            .skew
            .fetch_add(span.as_micros(), Ordering::Relaxed);
    }
}
