//! Long random courses against a second, much simpler model, and rules that every webhook body obeys.
//!
//! The model here is written from the documented rules alone and shares no code with `pace.rs`. Next: `send.rs`.

use crate::rng::Rng;
use crate::testing::{NUMBER, START, TOKEN, changes_of};
use crate::time::{DAY, HOUR, MINUTE, SECOND};
use crate::{
    Accepted, ApiRequest, Cloud, CloudConfig, Content, CustomerId, CustomerMessage,
    CustomerProfile, Cut, Fault, OwnerMessage,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the documentation says, kept as plain lists and levels.
#[derive(Default)]
struct Reference {
    /// Everything that counts against the number: inbound and accepted outbound.
    all: Vec<i64>,
    /// Per customer what has been taken out of a bucket of 45, and when that was so.
    taken: BTreeMap<usize, (f64, i64)>,
    /// The last word of each customer.
    word: BTreeMap<usize, i64>,
}

impl Reference {
    /// What is missing from the bucket now: it gains one every six seconds.
    fn missing(&self, now: i64, who: usize) -> f64 {
        let (taken, at) = self.taken.get(&who).copied().unwrap_or((0.0, now));
        (taken - (now - at) as f64 / (6 * SECOND) as f64).max(0.0)
    }

    fn expected(&self, now: i64, who: usize) -> Option<u64> {
        if self
            .all
            .iter()
            .rev()
            .take_while(|at| **at > now - SECOND)
            .count()
            >= 20
        {
            return Some(130429);
        }
        if self.missing(now, who) > 44.0 + 1e-9 {
            return Some(131056);
        }
        match self.word.get(&who) {
            Some(at) if now < at + DAY => None,
            Some(_) | None => Some(131047),
        }
    }

    fn accepted(&mut self, now: i64, who: usize) {
        self.all.push(now);
        self.taken.insert(who, (self.missing(now, who) + 1.0, now));
    }
}

fn phone(who: usize) -> String {
    format!("+551190000{who:04}")
}

fn send(cloud: &mut Cloud, now: i64, who: usize, tag: &str) -> (Cut, Option<u64>) {
    let body = json!({"messaging_product": "whatsapp", "to": phone(who), "type": "text", "text": {"body": "olá"},
        "biz_opaque_callback_data": tag});
    let reply = cloud.http(
        now,
        ApiRequest::post(&format!("/v26.0/{NUMBER}/messages"), TOKEN, &body),
    );
    (reply.cut, reply.code())
}

fn people(cloud: &mut Cloud, count: usize) -> Vec<CustomerId> {
    (0..count)
        .map(|who| cloud.customer(CustomerProfile::new("C", &phone(who))))
        .collect()
}

fn empty(cloud: &mut Cloud, now: i64) {
    for post in cloud.take_due(now) {
        cloud.webhook_answered(now, post.id, Some(200));
    }
}

#[test]
fn acceptance_agrees_with_a_simpler_model() {
    let mut seen = BTreeSet::new();
    for seed in 0..4 {
        let mut rng = Rng::new(seed);
        let mut cloud = Cloud::new(CloudConfig::demo(), seed);
        let customers = people(&mut cloud, 3);
        let mut reference = Reference::default();
        let mut now = START;
        for turn in 0..1_000 {
            // Mostly quick, now and then a pause in which seconds, buckets or windows run out.
            now += match rng.below(200) {
                0 => rng.between(0, 30 * HOUR),
                1..5 => rng.between(0, MINUTE),
                _ => rng.between(0, SECOND / 12),
            };
            let who = usize::try_from(rng.below(3)).unwrap();
            if rng.below(12) == 0 {
                cloud.customer_sends(now, customers[who], NUMBER, CustomerMessage::text("oi"));
                reference.all.push(now);
                reference.word.insert(who, now);
            } else {
                let expected = reference.expected(now, who);
                let (_, code) = send(&mut cloud, now, who, "t");
                assert_eq!(code, expected, "seed {seed} turn {turn}");
                seen.insert(code);
                if code.is_none() {
                    reference.accepted(now, who);
                }
            }
            empty(&mut cloud, now);
        }
        assert!(cloud.ledger().accepted_outside_window().is_empty());
        assert!(cloud.ledger().max_in_any_second(NUMBER, false) <= 20);
    }
    assert_eq!(
        seen,
        BTreeSet::from([None, Some(130429), Some(131047), Some(131056)])
    );
}

/// Faults that put bodies on the wire which are wrong on purpose.
const WRONG_ON_PURPOSE: &[Fault] = &[Fault::MalformedItemInBatch];

/// A course with everything in it; gives back every body and the world at its end.
fn stormy(seed: u64) -> (Cloud, Vec<Vec<u8>>) {
    let mut rng = Rng::new(seed);
    let mut cloud = Cloud::new(CloudConfig::demo(), seed);
    let customers = people(&mut cloud, 5);
    for fault in Fault::ALL
        .iter()
        .filter(|fault| !WRONG_ON_PURPOSE.contains(fault))
    {
        cloud.faults().per_mille(*fault, 50);
    }
    let mut bodies = Vec::new();
    let mut now = START;
    for turn in 0..400 {
        now += rng.between(0, 3 * SECOND);
        let who = usize::try_from(rng.below(5)).unwrap();
        match rng.below(6) {
            0 => drop(cloud.owner_sends(now, NUMBER, customers[who], OwnerMessage::text("olá"))),
            1 => drop(cloud.customer_sends(
                now,
                customers[who],
                NUMBER,
                CustomerMessage::image("foto"),
            )),
            2 => drop(cloud.customer_sends(
                now,
                customers[who],
                NUMBER,
                Content::UserChangedUserId.into(),
            )),
            3 => drop(cloud.customer_sends(
                now,
                customers[who],
                NUMBER,
                CustomerMessage::text("ação"),
            )),
            _ => drop(send(&mut cloud, now, who, &format!("v1.r{turn}.1.m"))),
        }
        for post in cloud.take_due(now) {
            let status = if rng.below(10) == 0 { None } else { Some(200) };
            cloud.webhook_answered(now, post.id, status);
            bodies.push(post.body);
        }
    }
    cloud.faults().calm();
    while let Some(due) = cloud.next_due() {
        for post in cloud.take_due(due) {
            cloud.webhook_answered(due, post.id, Some(200));
            bodies.push(post.body);
        }
    }
    (cloud, bodies)
}

fn items<'a>(changes: &'a [Value], list: &str) -> Vec<&'a Value> {
    changes
        .iter()
        .filter_map(|change| change["value"][list].as_array())
        .flatten()
        .collect()
}

#[test]
fn every_body_obeys_the_documented_shape() {
    let mut counted = BTreeMap::<&str, usize>::new();
    for seed in 0..4 {
        let (_, bodies) = stormy(seed);
        for body in &bodies {
            assert!(body.is_ascii());
            let envelope: Value = serde_json::from_slice(body).expect("JSON");
            assert_eq!(envelope["object"], "whatsapp_business_account");
            let changes = changes_of(body);
            assert!(!changes.is_empty() && changes.len() <= 1_000);
            for change in changes
                .iter()
                .filter(|change| change["field"] != "brand_new_field")
            {
                let shown = change["value"]["metadata"]["display_phone_number"]
                    .as_str()
                    .expect("metadata");
                assert!(shown.chars().all(|digit| digit.is_ascii_digit()), "{shown}");
            }
            for list in ["messages", "statuses", "message_echoes"] {
                for item in items(&changes, list) {
                    *counted.entry(list).or_default() += 1;
                    let stamp = item["timestamp"].as_str().expect("a string");
                    assert!(stamp.parse::<i64>().is_ok(), "{stamp}");
                    assert!(
                        item["id"]
                            .as_str()
                            .is_some_and(|id| id.starts_with("wamid.")),
                        "{item}"
                    );
                    if list == "statuses" {
                        assert!(
                            item["recipient_id"].is_string()
                                || item["recipient_user_id"].is_string()
                        );
                    } else {
                        let kind = item["type"].as_str().expect("a type");
                        assert!(item.get(kind).is_some(), "{kind} has no object: {item}");
                    }
                }
            }
        }
    }
    for list in ["messages", "statuses", "message_echoes"] {
        assert!(
            counted.get(list).is_some_and(|count| *count > 100),
            "{counted:?}"
        );
    }
}

#[test]
fn after_the_storm_everything_said_has_arrived_and_nothing_is_left() {
    for seed in 0..4 {
        let (cloud, bodies) = stormy(seed);
        let mut arrived = BTreeSet::new();
        for body in &bodies {
            let changes = changes_of(body);
            for list in ["messages", "message_echoes"] {
                arrived.extend(
                    items(&changes, list)
                        .iter()
                        .map(|item| item["id"].as_str().unwrap().to_owned()),
                );
            }
        }
        for said in cloud.ledger().inbound().chain(cloud.ledger().echoes()) {
            assert_eq!(arrived.contains(&said.id), !said.lost, "{said:?}");
            assert_eq!(said.acked_at.is_some(), !said.lost, "{said:?}");
        }
        assert_eq!(
            (
                cloud.planned(),
                cloud.unanswered(),
                cloud.ledger().given_up()
            ),
            (0, 0, 0)
        );
    }
}

#[test]
fn every_status_is_about_an_accepted_message_and_carries_its_tag() {
    for seed in 0..4 {
        let (cloud, bodies) = stormy(seed);
        let accepted: BTreeMap<&str, &Accepted> = cloud
            .ledger()
            .accepted()
            .map(|entry| (entry.wamid.as_str(), entry))
            .collect();
        assert!(accepted.len() > 20);
        let mut prices = BTreeMap::<String, BTreeSet<String>>::new();
        for body in &bodies {
            for status in items(&changes_of(body), "statuses") {
                let wamid = status["id"].as_str().unwrap();
                let entry = accepted.get(wamid).expect("a status of an unknown message");
                assert_eq!(
                    status["biz_opaque_callback_data"].as_str(),
                    entry.tag.as_deref()
                );
                if let Some(price) = status.get("pricing") {
                    prices
                        .entry(wamid.to_owned())
                        .or_default()
                        .insert(price.to_string());
                }
            }
        }
        assert!(
            prices.values().all(|told| told.len() == 1),
            "a message has one price however often it is told"
        );
        let twice = cloud
            .ledger()
            .copies_by_tag()
            .values()
            .filter(|copies| **copies > 1)
            .count();
        let mut world = cloud.clone();
        assert_eq!(
            twice as u64,
            world.faults().struck(Fault::DuplicatedByProxy),
            "seed {seed}"
        );
    }
}
