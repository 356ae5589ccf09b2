//! Every list of the API, walked page by page: each row once, in order, and an end.
//!
//! In: more rows than a page holds, rows that arrive meanwhile, cursors of other lists. Out: what a
//! client that follows `next` has read. Absent: keys and scopes. Next: `api_bad_input.rs`.

use crate::api_kit::{Kit, conversation, id, kit};
use ponte_core::effect::Alert;
use ponte_core::ids::{ContactId, ConversationId, EventId, MessageId, ReplyId};
use ponte_core::time::Span;
use ponte_core::{Envelope, Event, Time};
use ponte_store::Commit;
use ponte_store::rows::Place;
use ponte_store::rows::journal::{AccountEventNew, DeliveryNew, JournalNew};
use ponte_store::rows::shared::AlertNew;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The lists, and what tells their rows apart.
const LISTS: [(&str, &str); 8] = [
    ("/api/v1/conversations", "id"),
    ("/api/v1/contacts", "id"),
    ("/api/v1/conversations/{conversation}/messages", "id"),
    ("/api/v1/conversations/{conversation}/events", "seq"),
    ("/api/v1/alerts", "id"),
    ("/api/v1/account-events", "id"),
    ("/api/v1/quarantine/deliveries", "id"),
    ("/api/v1/quarantine/entries", "seq"),
];

const START: Time = Time(1_795_186_800_000_000);

/// Seven more of everything that lists show.
async fn filled() -> Kit {
    let kit = kit().await;
    for n in 0..7 {
        more(&kit, n).await;
    }
    kit
}

async fn more(kit: &Kit, n: u8) {
    let at = START + Span::minutes(i64::from(n));
    let n128 = u128::from(n);
    let place = Place {
        conversation: ConversationId(id(1_000 + n128)),
        ..kit.home
    };
    let (contact, message) = (ContactId(id(2_000 + n128)), MessageId(id(3_000 + n128)));
    conversation(&kit.store, place, contact, message, at).await;
    let mut commit = Commit::new();
    let reply = ReplyId(id(4_000 + n128));
    commit.open_alert(&AlertNew {
        place: kit.home,
        at,
        alert: Alert::SendFailed {
            reply,
            code: 131_026,
        },
    });
    commit.add_account_event(&AccountEventNew {
        workspace: Some(kit.home.workspace),
        channel: Some(kit.home.channel),
        at,
        field: "phone_number_quality_update".into(),
        kind: "quality".into(),
        body: json!({"event": "UPGRADE", "n": n}),
        dedupe: format!("account/{n}"),
        delivery: None,
    });
    for entry in [0_u128, 1] {
        commit.append(&JournalNew {
            place: kit.home,
            envelope: Envelope {
                id: EventId(id(5_000 + 10 * n128 + entry)),
                at,
                event: Event::ChannelSuspended { suspended: false },
            },
            dedupe: format!("entry/{n}/{entry}"),
            delivery: None,
        });
    }
    let owner = id(77);
    commit.add_delivery(DeliveryNew {
        received: at,
        body: format!("{{\"n\": {n}}}").into_bytes().into(),
        lease: Some((owner, at + Span::hours(1))),
    });
    let stored = kit.store.commit(commit).await.unwrap();
    let mut commit = Commit::new();
    commit.quarantine_delivery(stored.deliveries[0], owner, "not JSON of ours");
    commit.delivery_of(stored.deliveries[0], kit.home.workspace);
    commit.quarantine_entry(stored.journal[0].unwrap());
    assert!(kit.store.commit(commit).await.unwrap().stored());
}

/// Follows `next` to the end; `between` happens after the first page.
async fn walk(kit: &Kit, key: &str, path: &str, limit: usize, between: bool) -> Vec<Value> {
    let mut all = Vec::new();
    let mut after = String::new();
    for page in 0..200 {
        let query = format!("{path}?limit={limit}{after}");
        let answer = kit.call("GET", &query, Some(key), "").await;
        assert_eq!(answer.status, 200, "{query}");
        let answer = answer.json();
        let items = answer["items"].as_array().unwrap();
        assert!(items.len() <= limit, "{query}");
        all.extend(items.iter().cloned());
        let Some(next) = answer.get("next") else {
            return all;
        };
        assert!(!next.as_str().unwrap().is_empty());
        after = format!("&after={}", next.as_str().unwrap().replace('+', "%2B"));
        if between && page == 0 {
            more(kit, 100).await;
        }
    }
    panic!("{path} never ends");
}

fn names(rows: &[Value], name: &str) -> Vec<String> {
    let names = rows
        .iter()
        .map(|row| match (&row[name], &row["entry"][name]) {
            (Value::Null, inner) => inner.to_string(),
            (own, _) => own.to_string(),
        });
    names.collect()
}

#[tokio::test]
async fn pages_of_any_size_show_every_row_once_in_one_order() {
    let kit = filled().await;
    let key = kit.full_key().await;
    for (path, name) in LISTS {
        let path = kit.fill(path, false);
        let whole = names(&walk(&kit, &key, &path, 100, false).await, name);
        let once: BTreeSet<&String> = whole.iter().collect();
        assert_eq!(once.len(), whole.len(), "{path} repeats a row");
        assert!(!once.contains(&"null".to_owned()), "{path} has no {name}");
        for limit in [1, 2, 3, 7, 8, 50] {
            let paged = names(&walk(&kit, &key, &path, limit, false).await, name);
            assert_eq!(paged, whole, "{path} by {limit}");
        }
    }
}

#[tokio::test]
async fn rows_that_arrive_meanwhile_shift_nothing() {
    for (path, name) in LISTS {
        let kit = filled().await;
        let key = kit.full_key().await;
        let path = kit.fill(path, false);
        let before = names(&walk(&kit, &key, &path, 100, false).await, name);
        let meanwhile = names(&walk(&kit, &key, &path, 3, true).await, name);
        let again: BTreeSet<&String> = meanwhile.iter().collect();
        assert_eq!(again.len(), meanwhile.len(), "{path} repeats a row");
        let old: Vec<&String> = meanwhile
            .iter()
            .filter(|row| before.contains(row))
            .collect();
        assert_eq!(old, before.iter().collect::<Vec<_>>(), "{path}");
    }
}

#[tokio::test]
async fn cursors_that_no_page_of_the_list_gave_are_refused() {
    let kit = filled().await;
    let key = kit.full_key().await;
    for (path, _) in LISTS {
        let path = kit.fill(path, false);
        for after in ["x", "", "~", "1.5", "9999999999999999999999", "a~b", "%00"] {
            let query = format!("{path}?after={after}");
            let answer = kit.call("GET", &query, Some(&key), "").await;
            assert_eq!(answer.status, 400, "{query}");
            let detail = answer.json()["detail"].clone();
            assert_eq!(
                detail, "`after` did not come from a page of this list.",
                "{query}"
            );
        }
        for (limit, detail) in [
            ("0", "`limit` goes from 1 to 100."),
            ("101", "`limit` goes from 1 to 100."),
            ("-1", "In the query: limit: invalid digit found in string."),
        ] {
            let query = format!("{path}?limit={limit}");
            let answer = kit.call("GET", &query, Some(&key), "").await;
            assert_eq!(answer.status, 400, "{query}");
            assert_eq!(answer.json()["detail"], detail, "{query}");
        }
    }
}

#[tokio::test]
async fn alerts_and_account_events_tell_what_happened_where_and_when() {
    let kit = filled().await;
    let key = kit.full_key().await;
    let rows = walk(&kit, &key, "/api/v1/alerts", 100, false).await;
    assert_eq!(rows.len(), 7, "open ones of this workspace");
    let mut newest = rows[0].clone();
    newest.as_object_mut().unwrap().remove("id");
    assert_eq!(
        newest,
        json!({
            "number": kit.home.channel.to_string(),
            "conversation": kit.home.conversation.to_string(),
            "at": "2026-11-20T15:06:00.000000Z",
            "alert": {"alert": "send_failed", "reply": id(4_006).to_string(), "code": 131_026},
        })
    );
    let rows = walk(&kit, &key, "/api/v1/account-events", 100, false).await;
    let mut newest = rows[0].clone();
    newest.as_object_mut().unwrap().remove("id");
    assert_eq!(
        newest,
        json!({
            "channel": kit.home.channel.to_string(),
            "at": "2026-11-20T15:06:00.000000Z",
            "field": "phone_number_quality_update",
            "kind": "quality",
            "body": {"event": "UPGRADE", "n": 6},
        })
    );
    // A closed alert is seen to.
    let mut commit = Commit::new();
    commit.close_alerts(kit.home.conversation, START + Span::hours(1));
    assert!(kit.store.commit(commit).await.unwrap().stored());
    let rows = walk(&kit, &key, "/api/v1/alerts", 100, false).await;
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn quarantined_deliveries_are_listed_short_and_shown_whole() {
    let kit = filled().await;
    let key = kit.full_key().await;
    let rows = walk(&kit, &key, "/api/v1/quarantine/deliveries", 100, false).await;
    assert_eq!(rows.len(), 7);
    assert_eq!(rows[0]["error"], "not JSON of ours");
    assert_eq!(rows[0]["bytes"], 8);
    assert_eq!(rows[0].get("body"), None);
    let path = format!("/api/v1/quarantine/deliveries/{}", rows[0]["id"]);
    let whole = kit.call("GET", &path, Some(&key), "").await.json();
    assert_eq!(whole["body"], "{\"n\": 6}");
    let answer = kit
        .call("POST", &format!("{path}/retry"), Some(&key), "")
        .await;
    assert!(answer.status.is_success(), "{}", answer.status);
    let left = walk(&kit, &key, "/api/v1/quarantine/deliveries", 2, false).await;
    assert_eq!(left.len(), 6, "it waits to be decoded again");
    let again = kit
        .call("POST", &format!("{path}/retry"), Some(&key), "")
        .await;
    assert_eq!(again.status, 404, "no longer there");
}
