//! The judge: what was accepted, refused, delivered and said, independent of the system under test.
//!
//! In: facts from the places where they happen. Out: the facts in order and the questions a judge asks
//! (copies per tag, most in any second, sends outside the window, what was never acknowledged). Kept to
//! `limit` entries of each kind, oldest forgotten first; totals are never forgotten. Deliberately absent:
//! any influence on behaviour. Next: `facts.rs`, what it keeps; `cloud.rs`, which writes here.

use crate::facts::{Accepted, Call, Delivery, Refused, Said};
use crate::pace::Second;
use crate::world::people::CustomerId;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// The last entries of an endless list.
#[derive(Debug, Clone)]
struct Tail<T> {
    kept: VecDeque<T>,
    forgotten: u64,
}

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Self {
            kept: VecDeque::new(),
            forgotten: 0,
        }
    }
}

impl<T> Tail<T> {
    /// Appends; gives back the entry that fell off.
    fn push(&mut self, entry: T, limit: usize) -> Option<T> {
        self.kept.push_back(entry);
        if self.kept.len() <= limit {
            return None;
        }
        self.forgotten += 1;
        self.kept.pop_front()
    }

    fn last(&self) -> u64 {
        self.total().saturating_sub(1)
    }

    fn total(&self) -> u64 {
        self.forgotten + self.kept.len() as u64
    }

    fn get_mut(&mut self, place: u64) -> Option<&mut T> {
        let place = usize::try_from(place.checked_sub(self.forgotten)?).ok()?;
        self.kept.get_mut(place)
    }
}

#[derive(Debug, Clone, Default)]
struct NumberCounts {
    outbound: Second,
    both: Second,
}

/// The judge.
#[derive(Debug, Clone)]
pub struct Ledger {
    limit: usize,
    accepted: Tail<Accepted>,
    refused: Tail<Refused>,
    inbound: Tail<Said>,
    inbound_places: HashMap<String, u64>,
    echoes: Tail<Said>,
    echo_places: HashMap<String, u64>,
    deliveries: Tail<Delivery>,
    delivery_places: HashMap<u64, u64>,
    calls: Tail<Call>,
    reads: u64,
    outside_window: u64,
    given_up: u64,
    refused_by_code: BTreeMap<u32, u64>,
    numbers: BTreeMap<Arc<str>, NumberCounts>,
    pairs: HashMap<(Arc<str>, String), u64>,
}

impl Ledger {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(1),
            accepted: Tail::default(),
            refused: Tail::default(),
            inbound: Tail::default(),
            inbound_places: HashMap::new(),
            echoes: Tail::default(),
            echo_places: HashMap::new(),
            deliveries: Tail::default(),
            delivery_places: HashMap::new(),
            calls: Tail::default(),
            reads: 0,
            outside_window: 0,
            given_up: 0,
            refused_by_code: BTreeMap::new(),
            numbers: BTreeMap::new(),
            pairs: HashMap::new(),
        }
    }

    // What happened.

    pub(crate) fn accept(&mut self, entry: Accepted) {
        let counts = self.numbers.entry(Arc::clone(&entry.number)).or_default();
        counts.outbound.add(entry.at);
        counts.both.add(entry.at);
        self.outside_window += u64::from(!entry.window_open && entry.template.is_none());
        let pair = (Arc::clone(&entry.number), entry.to.clone());
        if self.pairs.len() < self.limit || self.pairs.contains_key(&pair) {
            *self.pairs.entry(pair).or_default() += 1;
        }
        self.accepted.push(entry, self.limit);
    }

    pub(crate) fn refuse(&mut self, entry: Refused) {
        *self.refused_by_code.entry(entry.code).or_default() += 1;
        self.refused.push(entry, self.limit);
    }

    pub(crate) fn hear(&mut self, entry: Said) {
        self.numbers
            .entry(Arc::clone(&entry.number))
            .or_default()
            .both
            .add(entry.at);
        let id = entry.id.clone();
        if let Some(old) = self.inbound.push(entry, self.limit) {
            self.inbound_places.remove(&old.id);
        }
        self.inbound_places.insert(id, self.inbound.last());
    }

    pub(crate) fn echo(&mut self, entry: Said) {
        let id = entry.id.clone();
        if let Some(old) = self.echoes.push(entry, self.limit) {
            self.echo_places.remove(&old.id);
        }
        self.echo_places.insert(id, self.echoes.last());
    }

    pub(crate) fn post(&mut self, entry: Delivery) {
        for item in &entry.items {
            if let Some(said) = self.said(item) {
                said.posts += 1;
            }
        }
        let id = entry.post;
        if let Some(old) = self.deliveries.push(entry, self.limit) {
            self.delivery_places.remove(&old.post);
        }
        self.delivery_places.insert(id, self.deliveries.last());
    }

    pub(crate) fn answer(&mut self, now: i64, post: u64, status: Option<u16>) {
        let place = self.delivery_places.get(&post).copied();
        let Some(delivery) = place.and_then(|place| self.deliveries.get_mut(place)) else {
            return;
        };
        delivery.answered_at = Some(now);
        delivery.status = status;
        if status != Some(200) {
            return;
        }
        for item in delivery.items.clone() {
            if let Some(said) = self.said(&item) {
                said.acked_at.get_or_insert(now);
            }
        }
    }

    pub(crate) fn call(&mut self, entry: Call) {
        self.calls.push(entry, self.limit.min(10_000));
    }

    pub(crate) fn read(&mut self) {
        self.reads += 1;
    }

    pub(crate) fn give_up(&mut self) {
        self.given_up += 1;
    }

    fn said(&mut self, item: &str) -> Option<&mut Said> {
        if let Some(id) = item.strip_prefix("message:") {
            let place = self.inbound_places.get(id).copied()?;
            return self.inbound.get_mut(place);
        }
        let place = self.echo_places.get(item.strip_prefix("echo:")?).copied()?;
        self.echoes.get_mut(place)
    }

    // What a judge asks.

    /// Accepted messages in order.
    pub fn accepted(&self) -> impl DoubleEndedIterator<Item = &Accepted> {
        self.accepted.kept.iter()
    }

    /// How many were ever accepted, forgotten ones included.
    pub fn accepted_total(&self) -> u64 {
        self.accepted.total()
    }

    /// Accepted messages to one customer, in order.
    pub fn accepted_to(&self, customer: CustomerId) -> Vec<&Accepted> {
        self.accepted
            .kept
            .iter()
            .filter(|entry| entry.customer == Some(customer))
            .collect()
    }

    /// Accepted copies per reply: the second dot-separated field of a tag `v1.<reply>.<attempt>.<mac>`,
    /// or the whole tag. Untagged messages are not counted.
    pub fn copies_by_tag(&self) -> BTreeMap<String, u32> {
        let mut copies = BTreeMap::new();
        for tag in self
            .accepted
            .kept
            .iter()
            .filter_map(|entry| entry.tag.as_deref())
        {
            *copies.entry(reply_of(tag).to_owned()).or_insert(0) += 1;
        }
        copies
    }

    /// Accepted messages that were no template while the window was closed.
    pub fn accepted_outside_window(&self) -> Vec<&Accepted> {
        self.accepted
            .kept
            .iter()
            .filter(|entry| !entry.window_open && entry.template.is_none())
            .collect()
    }

    /// The most messages of a number in any one second.
    pub fn max_in_any_second(&self, phone_number_id: &str, counting_inbound: bool) -> usize {
        self.numbers.get(phone_number_id).map_or(0, |counts| {
            if counting_inbound {
                counts.both.most()
            } else {
                counts.outbound.most()
            }
        })
    }

    /// Accepted messages from one number to one recipient as written.
    pub fn accepted_in_pair(&self, phone_number_id: &str, to: &str) -> u64 {
        self.pairs
            .get(&(Arc::from(phone_number_id), to.to_owned()))
            .copied()
            .unwrap_or(0)
    }

    /// Refused sends in order.
    pub fn refused(&self) -> impl DoubleEndedIterator<Item = &Refused> {
        self.refused.kept.iter()
    }

    /// How often each code was refused with.
    pub fn refused_by_code(&self) -> &BTreeMap<u32, u64> {
        &self.refused_by_code
    }

    /// Everything customers said, in order.
    pub fn inbound(&self) -> impl DoubleEndedIterator<Item = &Said> {
        self.inbound.kept.iter()
    }

    /// What customers said and the webhook acknowledged with 200.
    pub fn inbound_acked(&self) -> Vec<&Said> {
        self.inbound
            .kept
            .iter()
            .filter(|said| said.acked_at.is_some())
            .collect()
    }

    /// What customers said and no webhook post ever got a 200 for.
    pub fn never_acked(&self) -> Vec<&Said> {
        self.inbound
            .kept
            .iter()
            .filter(|said| said.acked_at.is_none() && !said.lost)
            .collect()
    }

    /// Everything sent from the phone app, in order.
    pub fn echoes(&self) -> Vec<&Said> {
        self.echoes.kept.iter().collect()
    }

    /// Webhook posts in order.
    pub fn deliveries(&self) -> impl DoubleEndedIterator<Item = &Delivery> {
        self.deliveries.kept.iter()
    }

    /// API calls in order; at most the last ten thousand.
    pub fn calls(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls.kept.iter()
    }

    /// Read and typing marks received.
    pub fn reads(&self) -> u64 {
        self.reads
    }

    /// Webhook bodies dropped after seven days without a 200.
    pub fn given_up(&self) -> u64 {
        self.given_up
    }

    /// The totals.
    pub fn summary(&self) -> Value {
        let seconds: BTreeMap<&str, Value> = self
            .numbers
            .iter()
            .map(|(number, counts)| {
                (
                    &**number,
                    json!({"outbound": counts.outbound.most(), "with_inbound": counts.both.most()}),
                )
            })
            .collect();
        let twice: BTreeMap<String, u32> = self
            .copies_by_tag()
            .into_iter()
            .filter(|(_, copies)| *copies > 1)
            .collect();
        json!({
            "accepted": self.accepted.total(),
            "refused": self.refused.total(),
            "refused_by_code": self.refused_by_code,
            "inbound": self.inbound.total(),
            "never_acked": self.never_acked().len(),
            "echoes": self.echoes.total(),
            "posts": self.deliveries.total(),
            "given_up": self.given_up,
            "reads": self.reads,
            "accepted_outside_window": self.outside_window,
            "tags_accepted_more_than_once": twice,
            "max_in_any_second": seconds,
        })
    }

    /// Everything still remembered.
    pub fn to_json(&self) -> Value {
        json!({
            "summary": self.summary(),
            "accepted": self.accepted.kept,
            "refused": self.refused.kept,
            "inbound": self.inbound.kept,
            "echoes": self.echoes.kept,
            "deliveries": self.deliveries.kept,
            "calls": self.calls.kept,
        })
    }
}

fn reply_of(tag: &str) -> &str {
    if tag.starts_with("v1.") {
        tag.split('.').nth(1).unwrap_or(tag)
    } else {
        tag
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
