//! Callbacks: who gets what after which verification. Next: `subscribe.rs`.

use super::*;
use crate::testing::{ACCOUNT, NUMBER, START, TOKEN, get, post, world};
use crate::{CustomerId, CustomerMessage};

fn edge() -> String {
    format!("/{ACCOUNT}/subscribed_apps")
}

/// Where the next message of the customer is posted.
fn target(cloud: &mut Cloud, ana: CustomerId) -> Option<String> {
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let posts = cloud.take_due(START);
    let url = posts.first().map(|post| post.url.clone());
    for post in posts {
        cloud.webhook_answered(START, post.id, Some(200));
    }
    url
}

/// Performs the one waiting verification with the right or a wrong answer.
fn perform(cloud: &mut Cloud, right: bool) -> Option<ApiReply> {
    let mut waiting = cloud.take_verifications();
    assert_eq!(waiting.len(), 1);
    let verification = waiting.remove(0);
    let body = if right {
        verification.challenge.clone().into_bytes()
    } else {
        b"no".to_vec()
    };
    cloud.verification_answered(verification, Some(200), &body)
}

#[test]
fn the_account_moves_its_callback_after_verification() {
    let (mut cloud, ana) = world();
    let body = json!({"override_callback_uri": "https://own/hook?x=1", "verify_token": "a b&c"});
    assert_eq!(
        post(&mut cloud, START, &edge(), body).value(),
        json!({"success": true})
    );
    let waiting = cloud.verifications[0].clone();
    assert_eq!(
        waiting.url,
        format!(
            "https://own/hook?x=1&hub.mode=subscribe&hub.challenge={}&hub.verify_token=a%20b%26c",
            waiting.challenge
        )
    );
    assert_eq!(
        target(&mut cloud, ana).as_deref(),
        Some("http://127.0.0.1:8080/webhooks/whatsapp"),
        "not before"
    );
    assert_eq!(perform(&mut cloud, true), None);
    assert_eq!(
        target(&mut cloud, ana).as_deref(),
        Some("https://own/hook?x=1")
    );
    let listed = get(&mut cloud, START, &edge()).value();
    assert_eq!(
        listed["data"][0]["override_callback_uri"],
        "https://own/hook?x=1"
    );
    post(&mut cloud, START, &edge(), json!({}));
    assert_eq!(
        target(&mut cloud, ana).as_deref(),
        Some("http://127.0.0.1:8080/webhooks/whatsapp"),
        "an empty body removes it"
    );
}

#[test]
fn a_failed_verification_changes_nothing_and_refuses() {
    let (mut cloud, ana) = world();
    let body = json!({"override_callback_uri": "https://own/", "verify_token": "t"});
    post(&mut cloud, START, &edge(), body.clone());
    let refusal = perform(&mut cloud, false).expect("a refusal");
    assert_eq!((refusal.status, refusal.code()), (400, Some(2200)));
    post(&mut cloud, START, &edge(), body);
    let waiting = cloud.take_verifications().remove(0);
    assert!(
        cloud
            .verification_answered(waiting.clone(), None, b"")
            .is_some()
    );
    assert!(
        cloud
            .verification_answered(waiting.clone(), Some(403), waiting.challenge.as_bytes())
            .is_some()
    );
    assert!(
        target(&mut cloud, ana)
            .unwrap()
            .starts_with("http://127.0.0.1")
    );
}

#[test]
fn a_numbers_callback_wins_over_the_accounts() {
    let (mut cloud, ana) = world();
    post(
        &mut cloud,
        START,
        &edge(),
        json!({"override_callback_uri": "https://account/", "verify_token": "t"}),
    );
    perform(&mut cloud, true);
    let number = |url: &str| json!({"webhook_configuration": {"override_callback_uri": url, "verify_token": "t"}});
    assert_eq!(
        post(
            &mut cloud,
            START,
            &format!("/{NUMBER}"),
            number("https://number/")
        )
        .status,
        200
    );
    perform(&mut cloud, true);
    assert_eq!(target(&mut cloud, ana).as_deref(), Some("https://number/"));
    let shown = get(
        &mut cloud,
        START,
        &format!("/{NUMBER}?fields=webhook_configuration"),
    )
    .value();
    assert_eq!(
        shown["webhook_configuration"],
        json!({"phone_number": "https://number/", "whatsapp_business_account": "https://account/",
            "application": "http://127.0.0.1:8080/webhooks/whatsapp"})
    );
    post(&mut cloud, START, &format!("/{NUMBER}"), number(""));
    assert!(cloud.take_verifications().is_empty());
    assert_eq!(target(&mut cloud, ana).as_deref(), Some("https://account/"));
}

#[test]
fn callbacks_must_be_short_addresses_with_a_token() {
    let (mut cloud, _) = world();
    let long = format!("https://{}", "a".repeat(193));
    for body in [
        json!({"override_callback_uri": long, "verify_token": "t"}),
        json!({"override_callback_uri": "ftp://a", "verify_token": "t"}),
        json!({"override_callback_uri": "https://a"}),
    ] {
        assert_eq!(
            post(&mut cloud, START, &edge(), body.clone()).code(),
            Some(100),
            "{body}"
        );
    }
    assert!(cloud.take_verifications().is_empty());
}

#[test]
fn unsubscribing_stops_webhooks_and_subscribing_starts_them() {
    let (mut cloud, ana) = world();
    assert_eq!(
        get(&mut cloud, START, &edge()).value()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    cloud.http(START, ApiRequest::delete(&edge(), TOKEN));
    assert_eq!(get(&mut cloud, START, &edge()).value(), json!({"data": []}));
    assert_eq!(target(&mut cloud, ana), None);
    let early = json!({"override_callback_uri": "https://own/", "verify_token": "t"});
    assert_eq!(
        post(&mut cloud, START, &edge(), early).code(),
        Some(100),
        "plain first, then the override"
    );
    post(&mut cloud, START, &edge(), json!({}));
    assert!(target(&mut cloud, ana).is_some());
}
