//! The world as a whole: one seed one course, the two phones, the fixed door. Next: `cloud.rs`.

use super::*;
use crate::faults::Fault;
use crate::testing::{NUMBER, START, answer_all, ask_text, demo, world};
use crate::time::{DAY, SECOND};
use crate::{CustomerMessage, OwnerMessage};

/// A busy half hour with probable faults; everything that came out, in bytes.
fn course(seed: u64) -> Vec<u8> {
    let mut cloud = Cloud::new(CloudConfig::demo(), seed);
    for fault in Fault::ALL {
        cloud.faults().per_mille(*fault, 40);
    }
    let people: Vec<CustomerId> = (0..5)
        .map(|n| {
            cloud.customer(CustomerProfile::new(
                &format!("C{n}"),
                &format!("+55119{n}"),
            ))
        })
        .collect();
    let mut out = Vec::new();
    let mut now = START;
    for turn in 0..200usize {
        now += 3 * SECOND;
        let who = people[turn % people.len()];
        let wamid = cloud.customer_sends(
            now,
            who,
            NUMBER,
            CustomerMessage::text(format!("oi {turn}")),
        );
        out.extend_from_slice(wamid.as_bytes());
        let reply = cloud.http(now, ask_text(&format!("+55119{}", turn % 5), "olá"));
        out.extend_from_slice(format!("{:?}{}", reply.cut, reply.delay_us).as_bytes());
        out.extend_from_slice(&reply.body);
        for post in cloud.take_due(now) {
            out.extend_from_slice(&post.body);
            out.extend_from_slice(format!("{:?}", post.headers).as_bytes());
            let status = if post.id % 5 == 0 {
                Some(500)
            } else {
                Some(200)
            };
            cloud.webhook_answered(now, post.id, status);
        }
    }
    out.extend_from_slice(cloud.ledger().to_json().to_string().as_bytes());
    out
}

#[test]
fn the_same_seed_and_calls_give_the_same_bytes() {
    let once = course(7);
    assert!(
        once.len() > 100_000,
        "the course must be busy, {} bytes",
        once.len()
    );
    assert!(once == course(7), "two runs of one seed differ");
    assert!(once != course(8), "two seeds must differ");
}

#[test]
fn both_phones_show_the_same_chat_with_ticks() {
    let (mut cloud, ana) = world();
    let hello = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let reply = cloud
        .http(START + SECOND, ask_text("+5511987654321", "olá"))
        .wamid()
        .expect("accepted");
    let phone = cloud.owner_sends(
        START + 2 * SECOND,
        NUMBER,
        ana,
        OwnerMessage::text("sou eu, a dona"),
    );
    answer_all(&mut cloud, START + 60 * SECOND);
    let lines = cloud.chat(NUMBER, ana);
    let shown: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["from"].as_str().unwrap(),
                line["text"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("customer", "oi"),
            ("api", "olá"),
            ("phone_app", "sou eu, a dona")
        ]
    );
    assert_eq!(lines[1]["ticks"], "read");
    let ids: Vec<&str> = lines
        .iter()
        .map(|line| line["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [hello.as_str(), reply.as_str(), phone.as_str()]);
}

#[test]
fn edits_reactions_and_deletions_show_on_the_lines() {
    let (mut cloud, ana) = world();
    let first = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let second = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("tchau"));
    let edit = crate::Content::Edit {
        original_message_id: first.clone(),
        body: "oi!".into(),
    };
    cloud.customer_sends(START, ana, NUMBER, edit.into());
    cloud.customer_sends(
        START,
        ana,
        NUMBER,
        crate::Content::Revoke {
            original_message_id: second,
        }
        .into(),
    );
    let reaction = crate::Content::Reaction {
        message_id: first,
        emoji: Some("👍".into()),
    };
    cloud.owner_sends(START, NUMBER, ana, reaction.into());
    let lines = cloud.chat(NUMBER, ana);
    assert_eq!(
        (lines.len(), &lines[0]["text"], &lines[0]["edited"]),
        (2, &json!("oi!"), &json!(true))
    );
    assert_eq!(
        lines[0]["reactions"],
        json!([{"by": "phone_app", "emoji": "👍"}])
    );
    assert_eq!(
        (&lines[1]["revoked"], &lines[1]["text"]),
        (&json!(true), &json!(""))
    );
}

#[test]
fn nothing_is_due_in_an_empty_world_and_the_next_moment_is_told() {
    let (mut cloud, ana) = world();
    assert_eq!(cloud.next_due(), None);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert_eq!(cloud.next_due(), Some(START));
    assert!(cloud.take_due(START - 1).is_empty());
    assert_eq!(cloud.take_due(START).len(), 1);
    assert_eq!((cloud.next_due(), cloud.unanswered()), (None, 1));
}

#[test]
fn callers_mistakes_are_empty_and_harmless() {
    let (mut cloud, ana) = world();
    assert_eq!(
        cloud.customer_sends(START, CustomerId(99), NUMBER, CustomerMessage::text("oi")),
        ""
    );
    assert_eq!(
        cloud.customer_sends(START, ana, "1", CustomerMessage::text("oi")),
        ""
    );
    assert_eq!(
        cloud.owner_sends(START, NUMBER, CustomerId(99), OwnerMessage::text("oi")),
        ""
    );
    assert!(cloud.chat("1", ana).is_empty());
    assert_eq!(cloud.ledger().inbound().count(), 0);
}

#[test]
fn customers_are_found_and_windows_are_told() {
    let (mut cloud, ana) = world();
    assert_eq!(cloud.find_customer("+55 11 98765-4321"), Some(ana));
    assert_eq!(cloud.window_until(NUMBER, ana), None);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert_eq!(cloud.window_until(NUMBER, ana), Some(START + DAY));
}

#[test]
fn without_an_address_or_a_subscription_webhooks_are_dropped() {
    let mut cloud = demo();
    let ana = cloud.customer(CustomerProfile::new("Ana", "+5511"));
    cloud.set_webhook_url(None);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert!(cloud.take_due(START + DAY).is_empty());
    assert_eq!(cloud.ledger().never_acked().len(), 1);
}
