//! What the unit tests share: a demo world with one customer, and short ways to call and to answer.
//!
//! Compiled for tests only. Next: any `*_tests.rs`.

use crate::api::{ApiReply, ApiRequest};
use crate::{Cloud, CloudConfig, CustomerId, CustomerMessage, CustomerProfile};
use serde_json::{Value, json};

/// The demo number.
pub(crate) const NUMBER: &str = "100000000000001";
/// The demo account.
pub(crate) const ACCOUNT: &str = "200000000000001";
/// The demo token.
pub(crate) const TOKEN: &str = "demo-access-token";
/// 2026-11-20T12:00:00Z.
pub(crate) const START: i64 = 1_795_176_000 * 1_000_000;
/// The phone of the one customer.
pub(crate) const ANA: &str = "+5511987654321";

/// The demo world with exact statuses.
pub(crate) fn demo() -> Cloud {
    let mut config = CloudConfig::demo();
    config.statuses.jitter_us = 0;
    Cloud::new(config, 1)
}

/// The demo world with one customer.
pub(crate) fn world() -> (Cloud, CustomerId) {
    let mut cloud = demo();
    let ana = cloud.customer(CustomerProfile::new("Ana Souza", ANA));
    (cloud, ana)
}

/// The same, after the customer wrote at `START`: the window is open.
pub(crate) fn open_world() -> (Cloud, CustomerId) {
    let (mut cloud, ana) = world();
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    answer_all(&mut cloud, START);
    (cloud, ana)
}

/// A send of any object.
pub(crate) fn ask(body: &Value) -> ApiRequest {
    ApiRequest::post(&format!("/v26.0/{NUMBER}/messages"), TOKEN, body)
}

/// A send of a type with its object.
pub(crate) fn ask_kind(to: &str, kind: &str, content: Value) -> ApiRequest {
    let mut body = json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": to, "type": kind});
    body[kind] = content;
    ask(&body)
}

/// A send of a text.
pub(crate) fn ask_text(to: &str, text: &str) -> ApiRequest {
    ask_kind(to, "text", json!({"body": text}))
}

/// A call on the Graph API by path.
pub(crate) fn get(cloud: &mut Cloud, now: i64, path: &str) -> ApiReply {
    cloud.http(now, ApiRequest::get(path, TOKEN))
}

/// A `POST` by path.
pub(crate) fn post(cloud: &mut Cloud, now: i64, path: &str, body: Value) -> ApiReply {
    cloud.http(now, ApiRequest::post(path, TOKEN, &body))
}

/// Answers everything due until `now` with 200; gives back the changes in order.
pub(crate) fn answer_all(cloud: &mut Cloud, now: i64) -> Vec<Value> {
    let mut changes = Vec::new();
    loop {
        let posts = cloud.take_due(now);
        if posts.is_empty() {
            return changes;
        }
        for post in posts {
            changes.extend(changes_of(&post.body));
            cloud.webhook_answered(now, post.id, Some(200));
        }
    }
}

/// The changes of a body.
pub(crate) fn changes_of(body: &[u8]) -> Vec<Value> {
    let body: Value = serde_json::from_slice(body).expect("a JSON body");
    let entries = body["entry"].as_array().expect("entries").clone();
    entries
        .iter()
        .flat_map(|entry| entry["changes"].as_array().expect("changes").clone())
        .collect()
}

/// The `(wamid, status)` of every status among changes.
pub(crate) fn statuses(changes: &[Value]) -> Vec<(String, String)> {
    changes
        .iter()
        .filter_map(|change| change["value"]["statuses"].as_array())
        .flatten()
        .map(|status| (text(&status["id"]), text(&status["status"])))
        .collect()
}

/// A JSON string.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
