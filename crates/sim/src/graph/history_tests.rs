//! The message history: complete, late, or silent. Next: `history.rs`.

use crate::testing::{ANA, NUMBER, START, answer_all, ask_text, get, open_world, text};
use crate::time::{DAY, MINUTE, SECOND};
use crate::{Cloud, Fault};
use serde_json::{Value, json};

const EVENTS: &str = "id,message_id,events{delivery_status,webhook_update_state,timestamp}";

fn send(cloud: &mut Cloud, now: i64) -> String {
    cloud
        .http(now, ask_text(ANA, "olá"))
        .wamid()
        .expect("accepted")
}

fn ids(page: &Value) -> Vec<String> {
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| text(&entry["message_id"]))
        .collect()
}

fn page(cloud: &mut Cloud, now: i64, query: &str) -> Value {
    get(
        cloud,
        now,
        &format!("/v26.0/{NUMBER}/message_history{query}"),
    )
    .value()
}

#[test]
fn accepted_messages_show_newest_first_and_inbound_never() {
    let (mut cloud, _) = open_world();
    let first = send(&mut cloud, START);
    let second = send(&mut cloud, START + SECOND);
    assert_eq!(ids(&page(&mut cloud, START + MINUTE, "")), [second, first]);
}

#[test]
fn a_message_shows_only_after_the_lag() {
    let (mut cloud, _) = open_world();
    let wamid = send(&mut cloud, START);
    assert!(ids(&page(&mut cloud, START + 2 * SECOND - 1, "")).is_empty());
    assert_eq!(ids(&page(&mut cloud, START + 2 * SECOND, "")), [wamid]);
}

#[test]
fn pages_hold_25_unless_asked_otherwise_and_lead_to_the_next() {
    let (mut cloud, _) = open_world();
    cloud.set_mps(NUMBER, u32::MAX);
    let sent: Vec<String> = (0..40).map(|_| send(&mut cloud, START)).collect();
    let first = page(&mut cloud, START + MINUTE, "");
    assert_eq!(ids(&first).len(), 25);
    let after = text(&first["paging"]["cursors"]["after"]);
    let second = page(&mut cloud, START + MINUTE, &format!("?after={after}"));
    assert_eq!(second["paging"].get("next"), None);
    let mut all = ids(&first);
    all.extend(ids(&second));
    all.reverse();
    assert_eq!(all, sent);
    assert_eq!(ids(&page(&mut cloud, START + MINUTE, "?limit=7")).len(), 7);
}

#[test]
fn one_message_can_be_asked_for() {
    let (mut cloud, _) = open_world();
    let wamid = send(&mut cloud, START);
    send(&mut cloud, START);
    assert_eq!(
        ids(&page(
            &mut cloud,
            START + MINUTE,
            &format!("?message_id={wamid}")
        )),
        [wamid.as_str()]
    );
    assert_eq!(
        page(&mut cloud, START + MINUTE, "?message_id=wamid.none")["error"]["code"],
        100
    );
}

#[test]
fn events_tell_how_each_webhook_fared() {
    let (mut cloud, _) = open_world();
    send(&mut cloud, START);
    let state = |cloud: &mut Cloud, now: i64| -> Vec<(String, String)> {
        page(cloud, now, &format!("?fields={EVENTS}"))["data"][0]["events"]["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| {
                (
                    text(&event["delivery_status"]),
                    text(&event["webhook_update_state"]),
                )
            })
            .collect()
    };
    let posts = cloud.take_due(START + SECOND / 2);
    assert_eq!(
        state(&mut cloud, START + MINUTE),
        [("SENT".into(), "PENDING".into())]
    );
    cloud.webhook_answered(START + SECOND, posts[0].id, Some(500));
    assert_eq!(
        state(&mut cloud, START + MINUTE),
        [("SENT".into(), "RETRYING".into())]
    );
    answer_all(&mut cloud, START + MINUTE);
    let delivered = |name: &str| (name.to_owned(), "DELIVERED".to_owned());
    assert_eq!(
        state(&mut cloud, START + 2 * MINUTE),
        [delivered("SENT"), delivered("DELIVERED"), delivered("READ")]
    );
}

#[test]
fn a_webhook_given_up_shows_as_failed() {
    let (mut cloud, _) = open_world();
    cloud.config.statuses.delivered_us = None;
    send(&mut cloud, START);
    while let Some(due) = cloud.next_due() {
        for post in cloud.take_due(due) {
            cloud.webhook_answered(due, post.id, None);
        }
    }
    let shown = page(&mut cloud, START + 8 * DAY, &format!("?fields={EVENTS}"));
    assert_eq!(
        shown["data"][0]["events"]["data"][0]["webhook_update_state"],
        "FAILED"
    );
}

#[test]
fn an_entry_has_metas_shape_and_events_of_its_own() {
    let (mut cloud, _) = open_world();
    let wamid = send(&mut cloud, START);
    answer_all(&mut cloud, START + MINUTE);
    let plain = page(&mut cloud, START + MINUTE, "");
    let id = text(&plain["data"][0]["id"]);
    assert_eq!(plain["data"][0], json!({"id": id, "message_id": wamid}));
    let events = get(&mut cloud, START + MINUTE, &format!("/v26.0/{id}/events")).value();
    let nodes = events["data"].as_array().unwrap();
    assert_eq!(nodes.len(), 3);
    assert_eq!(nodes[1]["node"]["delivery_status"], "DELIVERED");
    assert_eq!(
        nodes[1]["node"]["occurrence_timestamp"],
        json!(START / SECOND + 1)
    );
    assert_eq!(nodes[0]["node"]["application"]["id"], "300000000000001");
    let read = get(
        &mut cloud,
        START + MINUTE,
        &format!("/{id}/events?status_filter=READ"),
    )
    .value();
    assert_eq!(read["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        get(&mut cloud, START + MINUTE, "/12345/events").code(),
        Some(100)
    );
}

#[test]
fn history_may_be_withheld_or_lag_ten_minutes() {
    let (mut cloud, _) = open_world();
    let old = send(&mut cloud, START);
    let new = send(&mut cloud, START + 5 * MINUTE);
    let now = START + 11 * MINUTE;
    cloud.faults().next(Fault::HistoryWithheld, 1);
    assert!(ids(&page(&mut cloud, now, "")).is_empty());
    cloud.faults().next(Fault::HistoryLags, 1);
    assert_eq!(ids(&page(&mut cloud, now, "")), [old.as_str()]);
    assert_eq!(ids(&page(&mut cloud, now, "")), [new, old]);
    assert_eq!(
        (
            cloud.faults().struck(Fault::HistoryWithheld),
            cloud.faults().struck(Fault::HistoryLags)
        ),
        (1, 1)
    );
}
