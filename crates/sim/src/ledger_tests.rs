//! What the judge must never get wrong. Next: `ledger.rs`.

use super::*;
use crate::time::SECOND;

fn accepted(tag: Option<&str>, at: i64, window_open: bool) -> Accepted {
    Accepted {
        wamid: format!("w{at}"),
        number: Arc::from("1"),
        to: "+55".into(),
        customer: Some(CustomerId(0)),
        kind: "text".into(),
        text: "oi".into(),
        tag: tag.map(str::to_owned),
        template: None,
        quoted: None,
        at,
        window_open,
        bare_number: false,
    }
}

fn said(id: &str, at: i64) -> Said {
    Said {
        id: id.into(),
        number: Arc::from("1"),
        customer: Some(CustomerId(0)),
        kind: "text".into(),
        text: "oi".into(),
        at,
        lost: false,
        posts: 0,
        acked_at: None,
    }
}

fn delivery(post: u64, items: &[&str]) -> Delivery {
    Delivery {
        post,
        url: "u".into(),
        attempt: 1,
        items: items.iter().map(|item| (*item).to_owned()).collect(),
        at: 0,
        answered_at: None,
        status: None,
    }
}

#[test]
fn copies_are_counted_per_reply_and_not_per_attempt() {
    let mut ledger = Ledger::new(100);
    for tag in [
        Some("v1.abc.1.mac"),
        Some("v1.abc.2.mac"),
        Some("v1.def.1.mac"),
        Some("campaign.7"),
        None,
    ] {
        ledger.accept(accepted(tag, 0, true));
    }
    let copies = ledger.copies_by_tag();
    assert_eq!(copies.get("abc"), Some(&2));
    assert_eq!(copies.get("def"), Some(&1));
    assert_eq!(copies.get("campaign.7"), Some(&1));
    assert_eq!(copies.len(), 3);
    assert_eq!(
        ledger.summary()["tags_accepted_more_than_once"],
        json!({"abc": 2})
    );
}

#[test]
fn the_busiest_second_is_found_with_and_without_inbound() {
    let mut ledger = Ledger::new(100);
    ledger.accept(accepted(None, 0, true));
    ledger.hear(said("a", SECOND / 2));
    ledger.accept(accepted(None, SECOND - 1, true));
    ledger.accept(accepted(None, SECOND, true));
    assert_eq!(ledger.max_in_any_second("1", false), 2);
    assert_eq!(ledger.max_in_any_second("1", true), 3);
    assert_eq!(ledger.max_in_any_second("2", true), 0);
}

#[test]
fn only_free_text_outside_the_window_is_a_fault_of_the_sender() {
    let mut ledger = Ledger::new(100);
    ledger.accept(accepted(None, 0, true));
    ledger.accept(Accepted {
        template: Some("hello".into()),
        ..accepted(None, 1, false)
    });
    ledger.accept(accepted(None, 2, false));
    assert_eq!(ledger.accepted_outside_window().len(), 1);
    assert_eq!(ledger.summary()["accepted_outside_window"], 1);
}

#[test]
fn a_200_acknowledges_every_item_inside_and_nothing_else_does() {
    let mut ledger = Ledger::new(100);
    for id in ["a", "b", "c"] {
        ledger.hear(said(id, 0));
    }
    ledger.echo(said("e", 0));
    ledger.post(delivery(1, &["message:a", "status:x:sent", "echo:e"]));
    ledger.post(delivery(2, &["message:b"]));
    ledger.answer(5, 1, Some(200));
    ledger.answer(6, 2, Some(500));
    let acked: Vec<&str> = ledger
        .inbound_acked()
        .iter()
        .map(|said| said.id.as_str())
        .collect();
    assert_eq!(acked, ["a"]);
    let open: Vec<&str> = ledger
        .never_acked()
        .iter()
        .map(|said| said.id.as_str())
        .collect();
    assert_eq!(open, ["b", "c"]);
    assert_eq!(ledger.echoes()[0].acked_at, Some(5));
    ledger.post(delivery(3, &["message:a"]));
    ledger.answer(9, 3, Some(200));
    assert_eq!(
        (
            ledger.inbound_acked()[0].acked_at,
            ledger.inbound_acked()[0].posts
        ),
        (Some(5), 2)
    );
}

#[test]
fn memory_is_bounded_and_totals_are_not() {
    let mut ledger = Ledger::new(10);
    for turn in 0..100 {
        ledger.accept(accepted(None, turn * SECOND, true));
        ledger.hear(said(&format!("m{turn}"), turn * SECOND));
        ledger.post(delivery(turn as u64, &[&format!("message:m{turn}")]));
    }
    assert_eq!(ledger.accepted().count(), 10);
    assert_eq!(ledger.accepted_total(), 100);
    assert_eq!(
        (ledger.inbound_places.len(), ledger.delivery_places.len()),
        (10, 10)
    );
    ledger.answer(0, 99, Some(200));
    ledger.answer(0, 3, Some(200));
    assert_eq!(ledger.inbound_acked()[0].id, "m99");
    assert_eq!(ledger.summary()["posts"], 100);
    assert_eq!(ledger.accepted_in_pair("1", "+55"), 100);
}

#[test]
fn the_dump_holds_every_part() {
    let mut ledger = Ledger::new(10);
    ledger.refuse(Refused {
        number: "1".into(),
        to: "+55".into(),
        kind: "text".into(),
        tag: None,
        code: 131047,
        details: "late".into(),
        at: 0,
    });
    let dump = ledger.to_json();
    for part in [
        "summary",
        "accepted",
        "refused",
        "inbound",
        "echoes",
        "deliveries",
        "calls",
    ] {
        assert!(dump.get(part).is_some(), "{part}");
    }
    assert_eq!(dump["summary"]["refused_by_code"]["131047"], 1);
}
