//! Webhooks leave for real: signed, repeated after refusals, moved by overrides, and driven by the clock.

use crate::support::{NUMBER, call, eventually, receiver, send, world};
use ponte_sim::time::{DAY, HOUR};
use ponte_sim::{CustomerMessage, signature};
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_customers_message_arrives_signed_over_its_exact_bytes() {
    let (host, receiver, ana) = world().await;
    let wamid = host.with(|cloud, now| {
        cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("olá, é você?"))
    });
    eventually("the webhook", || receiver.count() == 1).await;
    let (signed, body) = receiver.got.lock().expect("not poisoned")[0].clone();
    assert_eq!(signed, signature("demo-app-secret", &body));
    assert_eq!(receiver.messages()[0]["id"], json!(wamid));
    eventually("the acknowledgement", || {
        host.with(|cloud, _| cloud.ledger().never_acked().is_empty())
    })
    .await;
    host.stop().await;
}

#[tokio::test]
async fn a_reply_is_accepted_and_its_statuses_come_by_the_clock() {
    let (host, receiver, ana) = world().await;
    host.with(|cloud, now| cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("oi")));
    let wire = send(&host, "olá").await.expect("an answer");
    assert_eq!(wire.status, 200);
    let wamid = wire.json()["messages"][0]["id"].clone();
    host.advance(HOUR);
    eventually("three statuses", || receiver.all("statuses").len() == 3).await;
    assert!(
        receiver
            .all("statuses")
            .iter()
            .all(|status| status["id"] == wamid)
    );
    host.advance(DAY);
    let late = send(&host, "ainda aí?").await.expect("an answer");
    assert_eq!(
        (late.status, late.json()["error"]["code"].as_u64()),
        (400, Some(131047))
    );
    host.stop().await;
}

#[tokio::test]
async fn a_refused_webhook_comes_again_and_again() {
    let (host, receiver, ana) = world().await;
    receiver.answer.store(503, Ordering::Relaxed);
    host.with(|cloud, now| cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("oi")));
    eventually("the immediate retry", || receiver.count() == 2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(receiver.count(), 2, "the next waits for half a minute");
    receiver.answer.store(200, Ordering::Relaxed);
    host.advance(HOUR);
    eventually("the third", || receiver.count() == 3).await;
    eventually("the acknowledgement", || {
        host.with(|cloud, _| cloud.ledger().inbound_acked().len() == 1)
    })
    .await;
    host.advance(DAY);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(
        receiver.count(),
        3,
        "an acknowledged body never comes again"
    );
    host.stop().await;
}

#[tokio::test]
async fn nobody_listening_is_a_refusal_too() {
    let (host, receiver, ana) = world().await;
    host.set_webhook_url(Some("http://127.0.0.1:1/hook".into()));
    host.with(|cloud, now| cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("oi")));
    eventually("two attempts", || {
        host.with(|cloud, _| cloud.ledger().deliveries().count() == 2)
    })
    .await;
    assert_eq!(receiver.count(), 0);
    assert_eq!(host.with(|cloud, _| cloud.ledger().never_acked().len()), 1);
    host.stop().await;
}

#[tokio::test]
async fn an_override_holds_only_after_its_address_is_verified() {
    let (host, receiver_one, ana) = world().await;
    let (receiver_two, url) = receiver().await;
    let ask = |token: &str| json!({"webhook_configuration": {"override_callback_uri": url, "verify_token": token}});
    let wrong = call(&host, "POST", &format!("/{NUMBER}"), Some(&ask("wrong")))
        .await
        .expect("an answer");
    assert_eq!(
        (wrong.status, wrong.json()["error"]["code"].as_u64()),
        (400, Some(2200))
    );
    host.with(|cloud, now| cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("um")));
    eventually("the default address", || receiver_one.count() == 1).await;
    let right = call(
        &host,
        "POST",
        &format!("/{NUMBER}"),
        Some(&ask("demo-verify-token")),
    )
    .await
    .expect("an answer");
    assert_eq!(right.status, 200);
    host.with(|cloud, now| cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("dois")));
    eventually("the override", || receiver_two.count() == 1).await;
    assert_eq!(receiver_one.count(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_burst_of_calls_is_answered_quickly() {
    let (host, _, ana) = world().await;
    host.with(|cloud, now| {
        cloud.set_mps(NUMBER, u32::MAX);
        cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("oi"));
    });
    let started = Instant::now();
    let calls: Vec<_> = (0..40).map(|_| send(&host, "x")).collect();
    let mut accepted = 0;
    for call in calls {
        accepted += u32::from(call.await.expect("an answer").status == 200);
    }
    assert_eq!(accepted, 40);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    host.stop().await;
}
