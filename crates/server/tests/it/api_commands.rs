//! Commands through the API: journaled once, applied by the engine, seen in the live feed.
//!
//! In: requests. Out: what the journal, the views and the stream have. Absent: what commands decide
//! (the core's stories). Next: `api_live.rs`.

use crate::api_kit::kit;
use serde_json::json;

const COMMANDS: &str = "/api/v1/conversations/{conversation}/commands";

#[tokio::test]
async fn a_command_is_applied_and_its_repeat_is_harmless() {
    let kit = kit().await;
    let running = kit.app.start().await.unwrap();
    let key = kit.full_key().await;
    let path = format!("{}?wait=true", kit.fill(COMMANDS, false));
    let body =
        json!({ "client": "n1", "do": { "command": "note", "text": "Ligou ontem" } }).to_string();
    let first = kit.call("POST", &path, Some(&key), &body).await;
    assert_eq!(first.status.as_u16(), 200, "{:?}", first.json());
    assert_eq!(
        (&first.json()["applied"], &first.json()["repeated"]),
        (&json!(true), &json!(false))
    );
    let second = kit.call("POST", &path, Some(&key), &body).await;
    assert_eq!(
        (second.status.as_u16(), &second.json()["repeated"]),
        (200, &json!(true))
    );
    let messages = kit
        .call(
            "GET",
            &kit.fill("/api/v1/conversations/{conversation}/messages", false),
            Some(&key),
            "",
        )
        .await
        .json();
    let notes: Vec<_> = messages["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["direction"] == "note")
        .collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0]["text"], "Ligou ontem");
    let events = kit
        .call(
            "GET",
            &kit.fill("/api/v1/conversations/{conversation}/events", false),
            Some(&key),
            "",
        )
        .await
        .json();
    assert_eq!(events["items"][0]["kind"], "commanded");
    running.stop().await;
}

#[tokio::test]
async fn without_an_engine_a_command_is_accepted_and_waits() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let body = json!({ "client": "t1", "do": { "command": "take_over" } }).to_string();
    let answer = kit
        .call("POST", &kit.fill(COMMANDS, false), Some(&key), &body)
        .await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["applied"]),
        (202, &json!(false))
    );
    assert!(answer.json()["seq"].is_number());
}

#[tokio::test]
async fn a_conversation_can_be_marked_as_seen() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let path = kit.fill("/api/v1/conversations/{conversation}/seen", false);
    assert_eq!(
        kit.call("POST", &path, Some(&key), "")
            .await
            .status
            .as_u16(),
        204
    );
    let path = kit.fill("/api/v1/conversations/{conversation}", false);
    assert_eq!(
        kit.call("GET", &path, Some(&key), "").await.json()["unread"],
        0
    );
}
