//! `Cloud`: the whole simulated platform as one value without clock and sockets.
//!
//! In: API calls, webhook answers and deeds of people, each with its moment. Out: API answers and webhook
//! posts; same seed and same calls give the same bytes. This file holds the parts together and is the door;
//! rules live in `graph/`, people in `world/`, delivery in `deliver.rs`, the verdict in `ledger.rs`.
//! Deliberately absent: everything with a clock; see `http/mod.rs`.

use crate::api::{ApiReply, ApiRequest};
use crate::config::{CloudConfig, NumberConfig};
use crate::deliver::{Change, Schedule};
use crate::faults::Faults;
use crate::flight::{Flight, WebhookPost};
use crate::graph::media::MediaStore;
use crate::graph::subscribe::Verification;
use crate::graph::template::Templates;
use crate::ids::Ids;
use crate::ledger::Ledger;
use crate::pace::Second;
use crate::rng::Rng;
use crate::world::chat::Chats;
use crate::world::people::{Customer, CustomerId, CustomerProfile, People, digits};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A business number as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub(crate) config: NumberConfig,
    pub(crate) id: Arc<str>,
    pub(crate) digits: String,
    pub(crate) second: Second,
    /// Month and service messages priced in it.
    pub(crate) service: (i64, u64),
    /// Own callback, once verified.
    pub(crate) callback: Option<String>,
    /// Synchronisations asked for.
    pub(crate) synced: BTreeSet<String>,
    pub(crate) onboarded_at: Option<i64>,
    pub(crate) settings: Value,
    pub(crate) quality: String,
    pub(crate) offboarded: bool,
}

impl Number {
    /// The `metadata` of number-scoped webhooks.
    pub(crate) fn metadata(&self) -> Value {
        json!({"display_phone_number": self.digits, "phone_number_id": &*self.id})
    }
}

/// The simulated platform.
#[derive(Debug, Clone)]
pub struct Cloud {
    pub(crate) config: CloudConfig,
    pub(crate) ids: Ids,
    pub(crate) rng: Rng,
    pub(crate) faults: Faults,
    pub(crate) ledger: Ledger,
    pub(crate) numbers: Vec<Number>,
    pub(crate) people: People,
    pub(crate) chats: Chats,
    pub(crate) templates: Templates,
    pub(crate) media: MediaStore,
    pub(crate) schedule: Schedule,
    pub(crate) flying: BTreeMap<u64, Flight>,
    pub(crate) last_post: u64,
    /// The last change posted to each URL, for rebatching.
    pub(crate) earlier: BTreeMap<String, (Value, Vec<String>)>,
    pub(crate) subscribed: bool,
    pub(crate) app_url: Option<String>,
    pub(crate) account_callback: Option<String>,
    pub(crate) verifications: Vec<Verification>,
    pub(crate) last_verification: u64,
    pub(crate) revoked: bool,
    /// Names of the faults that struck the call being answered.
    pub(crate) struck: Vec<&'static str>,
}

impl Cloud {
    /// A world; the seed decides every id and every draw.
    pub fn new(config: CloudConfig, seed: u64) -> Self {
        let root = Rng::new(seed);
        let mut ids = Ids::new(root.split(1));
        let numbers = config
            .numbers
            .iter()
            .map(|number| Number {
                id: Arc::from(number.phone_number_id.as_str()),
                digits: digits(&number.display_phone_number),
                config: number.clone(),
                second: Second::default(),
                service: (0, 0),
                callback: None,
                synced: BTreeSet::new(),
                onboarded_at: config.onboarded_at,
                settings: json!({}),
                quality: "GREEN".into(),
                offboarded: false,
            })
            .collect();
        Self {
            templates: Templates::new(&config.templates, &mut ids),
            ids,
            rng: root.split(2),
            faults: Faults::new(root.split(3)),
            ledger: Ledger::new(config.ledger_limit),
            numbers,
            people: People::default(),
            chats: Chats::new(config.ledger_limit),
            media: MediaStore::default(),
            schedule: Schedule::default(),
            flying: BTreeMap::new(),
            last_post: 0,
            earlier: BTreeMap::new(),
            subscribed: true,
            app_url: config.webhook_url.clone(),
            account_callback: None,
            verifications: Vec::new(),
            last_verification: 0,
            revoked: false,
            struck: Vec::new(),
            config,
        }
    }

    /// Answers a Graph API call.
    pub fn http(&mut self, now: i64, req: ApiRequest) -> ApiReply {
        self.answer_call(now, &req)
    }

    /// When the next webhook post is due.
    pub fn next_due(&self) -> Option<i64> {
        self.schedule.next()
    }

    /// The webhook posts due until `now`. Each must be handed back with `webhook_answered`.
    pub fn take_due(&mut self, now: i64) -> Vec<WebhookPost> {
        self.collect_due(now)
    }

    /// The answer to a post; `None` when there was none. Anything but 200 is retried.
    pub fn webhook_answered(&mut self, now: i64, id: u64, status: Option<u16>) {
        self.settle(now, id, status);
    }

    /// Posts handed out and not yet answered.
    pub fn unanswered(&self) -> usize {
        self.flying.len()
    }

    /// Deliveries, retries and statuses still planned.
    pub fn planned(&self) -> usize {
        self.schedule.len()
    }

    /// What goes wrong.
    pub fn faults(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// The judge.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The set-up.
    pub fn config(&self) -> &CloudConfig {
        &self.config
    }

    /// Where webhooks go unless an override says otherwise; changes at already posted ones excepted.
    pub fn set_webhook_url(&mut self, url: Option<String>) {
        self.app_url = url;
    }

    /// The default callback.
    pub fn webhook_url(&self) -> Option<&str> {
        self.app_url.as_deref()
    }

    /// What media links in answers start with.
    pub fn set_media_base(&mut self, base: &str) {
        self.config.media_base = base.trim_end_matches('/').to_owned();
    }

    /// Changes a number's throughput while running.
    pub fn set_mps(&mut self, phone_number_id: &str, mps: u32) {
        if let Some(number) = self.number_index(phone_number_id) {
            self.numbers[number].config.mps = mps;
        }
    }

    /// Revokes the access token, or makes it valid again.
    pub fn revoke_token(&mut self, revoked: bool) {
        self.revoked = revoked;
    }

    /// Adds a customer.
    pub fn customer(&mut self, profile: CustomerProfile) -> CustomerId {
        let country = self.config.country.clone();
        self.people.add(profile, &country, &mut self.ids)
    }

    /// All customers, in the order they came.
    pub fn customers(&self) -> &[Customer] {
        self.people.all()
    }

    /// Finds a customer by phone digits or user id.
    pub fn find_customer(&self, name: &str) -> Option<CustomerId> {
        self.people
            .by_digits(&digits(name))
            .or_else(|| self.people.by_user_id(name))
    }

    /// Changes how a customer behaves (blocked, offline, stopped marketing, …).
    pub fn change_customer(&mut self, id: CustomerId, change: impl FnOnce(&mut CustomerProfile)) {
        if let Some(customer) = self.people.get_mut(id) {
            change(&mut customer.profile);
        }
    }

    /// Until when free messages from a number to a customer are accepted.
    pub fn window_until(&self, phone_number_id: &str, customer: CustomerId) -> Option<i64> {
        self.chats
            .peek(self.number_index(phone_number_id)?, customer)?
            .window
            .until()
    }

    /// A chat as both phones show it, oldest line first.
    pub fn chat(&self, phone_number_id: &str, customer: CustomerId) -> Vec<Value> {
        self.number_index(phone_number_id)
            .map(|number| {
                self.chats
                    .lines(number, customer)
                    .map(|line| line.line())
                    .collect()
            })
            .unwrap_or_default()
    }

    pub(crate) fn number_index(&self, phone_number_id: &str) -> Option<usize> {
        self.numbers
            .iter()
            .position(|number| *number.id == *phone_number_id)
    }

    /// Plans a change of a number-scoped field: product and metadata are put in.
    pub(crate) fn emit_number(
        &mut self,
        due: i64,
        number: usize,
        field: &str,
        mut value: Value,
        items: Vec<String>,
    ) {
        value["messaging_product"] = json!("whatsapp");
        value["metadata"] = self.numbers[number].metadata();
        self.emit(
            due,
            Change {
                field: field.into(),
                value,
                number: Some(number),
                items,
                timed: false,
            },
        );
    }
}

#[cfg(test)]
#[path = "cloud_tests.rs"]
mod tests;
