//! The admin API as the two-phone page uses it.

use crate::support::{ANA, NUMBER, call, eventually, send, world};
use ponte_sim::Host;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn admin(host: &Host, method: &str, path: &str, body: Value) -> (u16, Value) {
    let body = (!body.is_null()).then_some(body);
    let wire = call(
        host,
        method,
        &format!("/simulator/api{path}"),
        body.as_ref(),
    )
    .await
    .expect("an answer");
    (wire.status, wire.json())
}

#[tokio::test]
async fn two_phones_talk_through_the_page() {
    let (host, receiver, _) = world().await;
    let (status, customer) = admin(
        &host,
        "POST",
        "/customers",
        json!({"name": "Bia", "phone": "+55 21 99999-0000"}),
    )
    .await;
    assert_eq!((status, &customer["wa_id"]), (201, &json!("5521999990000")));
    let id = customer["id"].as_u64().expect("an id");
    let (status, said) = admin(
        &host,
        "POST",
        &format!("/customers/{id}/messages"),
        json!({"type": "text", "body": "bom dia"}),
    )
    .await;
    assert_eq!(status, 201);
    let reply_to = said["id"].clone();
    let (status, _) = admin(
        &host,
        "POST",
        "/owner/messages",
        json!({"customer": id, "number": NUMBER, "type": "text", "body": "bom dia, Bia", "reply_to": reply_to}),
    )
    .await;
    assert_eq!(status, 201);
    let (_, chat) = admin(&host, "GET", &format!("/conversations/{id}"), Value::Null).await;
    let texts = |side: &str| -> Vec<String> {
        chat[side]
            .as_array()
            .expect("lines")
            .iter()
            .map(|line| line["text"].as_str().expect("text").into())
            .collect()
    };
    assert_eq!(texts("customer_phone"), ["bom dia", "bom dia, Bia"]);
    assert_eq!(texts("owner_phone"), texts("customer_phone"));
    assert_eq!(chat["owner_phone"][1]["quoted"], reply_to);
    assert!(chat["window_until"].is_i64());
    eventually("message and echo", || {
        receiver.messages().len() == 1 && receiver.all("message_echoes").len() == 1
    })
    .await;
    host.stop().await;
}

#[tokio::test]
async fn an_answer_shows_on_the_customers_phone_once_delivered() {
    let (host, _, _) = world().await;
    admin(&host, "PATCH", "/customers/0", json!({"offline": true})).await;
    admin(
        &host,
        "POST",
        "/customers/0/messages",
        json!({"type": "text", "body": "oi"}),
    )
    .await;
    assert_eq!(send(&host, "olá").await.expect("an answer").status, 200);
    admin(&host, "POST", "/clock", json!({"advance_s": 5})).await;
    let count = |chat: &Value, side: &str| chat[side].as_array().expect("lines").len();
    let (_, chat) = admin(&host, "GET", "/conversations/0", Value::Null).await;
    assert_eq!(
        (count(&chat, "customer_phone"), count(&chat, "owner_phone")),
        (1, 2),
        "the phone is off"
    );
    admin(
        &host,
        "PATCH",
        "/customers/0",
        json!({"offline": false, "reads_late": true}),
    )
    .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let (_, chat) = admin(&host, "GET", "/conversations/0", Value::Null).await;
    assert_eq!(count(&chat, "customer_phone"), 2);
    assert_eq!(chat["customer"]["chats"][0]["unread"], 1);
    let (_, read) = admin(&host, "POST", "/customers/0/read", json!({})).await;
    assert_eq!(read["read"], 1);
    let (_, chat) = admin(&host, "GET", "/conversations/0", Value::Null).await;
    assert_eq!(chat["owner_phone"][1]["ticks"], "read");
    host.stop().await;
}

#[tokio::test]
async fn faults_are_listed_armed_counted_and_calmed() {
    let (host, _, _) = world().await;
    let (_, list) = admin(&host, "GET", "/faults", Value::Null).await;
    assert_eq!(
        list["faults"].as_array().expect("faults").len(),
        ponte_sim::Fault::ALL.len()
    );
    let (status, fault) = admin(
        &host,
        "POST",
        "/faults",
        json!({"name": "slow-api", "mode": "per-mille", "value": 5}),
    )
    .await;
    assert_eq!(
        (status, &fault["mode"], &fault["value"]),
        (200, &json!("per-mille"), &json!(5))
    );
    for wrong in [
        json!({"name": "none", "mode": "always"}),
        json!({"name": "slow-api", "mode": "often"}),
        json!({"name": "slow-api", "mode": "per-mille", "value": 1001}),
    ] {
        let (status, answer) = admin(&host, "POST", "/faults", wrong).await;
        assert_eq!(status, 400);
        assert!(answer["error"].is_string());
    }
    admin(
        &host,
        "POST",
        "/faults",
        json!({"name": "app-rate-4", "mode": "next", "value": 1}),
    )
    .await;
    assert_eq!(
        call(&host, "GET", &format!("/{NUMBER}"), None)
            .await
            .expect("an answer")
            .status,
        429
    );
    let (_, calmed) = admin(&host, "DELETE", "/faults", Value::Null).await;
    let all = calmed["faults"].as_array().expect("faults");
    assert!(all.iter().all(|fault| fault["mode"] == "off"));
    assert!(
        all.iter()
            .any(|fault| fault["name"] == "app-rate-4" && fault["struck"] == 1)
    );
    host.stop().await;
}

#[tokio::test]
async fn state_log_ledger_and_clock_tell_what_happened() {
    let (host, receiver, _) = world().await;
    admin(
        &host,
        "POST",
        "/customers/0/messages",
        json!({"type": "text", "body": "oi"}),
    )
    .await;
    eventually("the webhook", || receiver.count() == 1).await;
    send(&host, "olá").await.expect("an answer");
    let (_, state) = admin(&host, "GET", "/state", Value::Null).await;
    assert_eq!(state["numbers"][0]["phone_number_id"], NUMBER);
    assert_eq!(state["customers"][0]["phone"], ANA);
    assert_eq!(state["customers"][0]["chats"][0]["last"]["text"], "olá");
    let (_, moved) = admin(&host, "POST", "/clock", json!({"advance_s": 3600})).await;
    assert_eq!(moved["offset_s"], 3600);
    assert!(moved["now"].as_i64() >= state["now"].as_i64().map(|now| now + 3_600_000_000));
    let (_, log) = admin(&host, "GET", "/log?limit=50", Value::Null).await;
    let kinds: Vec<&str> = log["entries"]
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .collect();
    assert!(kinds.contains(&"call") && kinds.contains(&"webhook"));
    let (_, ledger) = admin(&host, "GET", "/ledger", Value::Null).await;
    assert_eq!(ledger["accepted"][0]["text"], "olá");
    let (_, summary) = admin(&host, "GET", "/summary", Value::Null).await;
    assert_eq!(
        (&summary["accepted"], &summary["inbound"]),
        (&json!(1), &json!(1))
    );
    host.stop().await;
}

#[tokio::test]
async fn templates_notices_and_mistakes() {
    let (host, receiver, _) = world().await;
    let (_, list) = admin(&host, "GET", "/templates", Value::Null).await;
    assert_eq!(list["templates"].as_array().expect("templates").len(), 4);
    let pause = json!({"name": "promocao_mensal", "language": "pt_BR", "event": "PAUSED", "reason": "NONE"});
    assert_eq!(
        admin(&host, "POST", "/templates/status", pause).await.0,
        200
    );
    let notice = json!({"field": "account_alerts", "value": {"entity_type": "BUSINESS"}});
    assert_eq!(admin(&host, "POST", "/notices", notice).await.0, 200);
    eventually("both notices", || receiver.count() == 2).await;
    for (path, body) in [
        (
            "/customers/77/messages",
            json!({"type": "text", "body": "oi"}),
        ),
        (
            "/templates/status",
            json!({"name": "none", "language": "pt", "event": "PAUSED"}),
        ),
        (
            "/owner/messages",
            json!({"customer": 77, "type": "text", "body": "oi"}),
        ),
    ] {
        assert_eq!(admin(&host, "POST", path, body).await.0, 404, "{path}");
    }
    for (path, body) in [
        ("/customers", json!({"name": " "})),
        ("/customers/0/messages", json!({"type": "telepathy"})),
        ("/notices", json!({"field": "x", "value": 3})),
        ("/webhook", json!({"url": "not an address"})),
        ("/clock", json!({"advance_s": -1})),
    ] {
        assert_eq!(admin(&host, "POST", path, body).await.0, 400, "{path}");
    }
    host.stop().await;
}

#[tokio::test]
async fn the_event_stream_tells_of_changes() {
    let (host, _, _) = world().await;
    let mut stream = TcpStream::connect(host.address()).await.expect("connects");
    stream
        .write_all(b"GET /simulator/api/events HTTP/1.1\r\nHost: sim\r\n\r\n")
        .await
        .expect("writes");
    let mut seen = String::new();
    let mut buffer = [0u8; 4096];
    let mut told = false;
    for _ in 0..50 {
        let Ok(read) = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut buffer)).await
        else {
            break;
        };
        seen.push_str(&String::from_utf8_lossy(&buffer[..read.expect("reads")]));
        let events = seen.matches("event: changed").count();
        if events == 1 && !told {
            told = true;
            admin(
                &host,
                "POST",
                "/customers/0/messages",
                json!({"type": "text", "body": "oi"}),
            )
            .await;
        }
        if events >= 2 {
            break;
        }
    }
    assert!(seen.contains("text/event-stream"), "{seen}");
    assert!(seen.matches("event: changed").count() >= 2, "{seen}");
    host.stop().await;
}
