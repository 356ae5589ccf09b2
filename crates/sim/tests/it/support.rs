//! A webhook receiver that keeps what it got, and a client that shows exactly what the wire did.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use ponte_sim::{Cloud, CloudConfig, CustomerId, CustomerProfile, Host, HostOptions};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const NUMBER: &str = "100000000000001";
pub(crate) const ANA: &str = "+5511987654321";

/// What a receiver got: signature and body.
pub(crate) type Got = (String, Vec<u8>);

#[derive(Default)]
pub(crate) struct Receiver {
    pub(crate) got: Mutex<Vec<Got>>,
    pub(crate) answer: AtomicU16,
}

impl Receiver {
    pub(crate) fn count(&self) -> usize {
        self.got.lock().expect("not poisoned").len()
    }

    /// Every `messages[]` entry received.
    pub(crate) fn messages(&self) -> Vec<Value> {
        self.all("messages")
    }

    pub(crate) fn all(&self, list: &str) -> Vec<Value> {
        let got = self.got.lock().expect("not poisoned");
        let mut found = Vec::new();
        for (_, body) in got.iter() {
            let body: Value = serde_json::from_slice(body).expect("JSON");
            for change in body["entry"][0]["changes"].as_array().expect("changes") {
                found.extend(
                    change["value"][list]
                        .as_array()
                        .cloned()
                        .unwrap_or_default(),
                );
            }
        }
        found
    }
}

async fn take(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let signature = headers
        .get("x-hub-signature-256")
        .expect("signed")
        .to_str()
        .expect("text")
        .to_owned();
    receiver
        .got
        .lock()
        .expect("not poisoned")
        .push((signature, body.to_vec()));
    StatusCode::from_u16(receiver.answer.load(Ordering::Relaxed)).expect("a status")
}

async fn verify(Query(query): Query<HashMap<String, String>>) -> (StatusCode, String) {
    if query.get("hub.verify_token").map(String::as_str) == Some("demo-verify-token") {
        (
            StatusCode::OK,
            query.get("hub.challenge").cloned().unwrap_or_default(),
        )
    } else {
        (StatusCode::FORBIDDEN, String::new())
    }
}

/// A receiver on a free port and its address.
pub(crate) async fn receiver() -> (Arc<Receiver>, String) {
    let receiver = Arc::new(Receiver {
        answer: AtomicU16::new(200),
        ..Receiver::default()
    });
    let app = axum::Router::new()
        .route("/hook", get(verify).post(take))
        .with_state(Arc::clone(&receiver));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    (receiver, format!("http://{address}/hook"))
}

/// A host of the demo with one customer, posting to the receiver.
pub(crate) async fn world() -> (Arc<Host>, Arc<Receiver>, CustomerId) {
    let (receiver, url) = receiver().await;
    let mut config = CloudConfig::demo();
    config.webhook_url = Some(url);
    let mut cloud = Cloud::new(config, 1);
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    let host = Host::start(cloud, HostOptions::default())
        .await
        .expect("a free port");
    (host, receiver, ana)
}

/// What came back on the wire.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// The length the head promised.
    pub(crate) promised: usize,
}

impl Wire {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

/// One request on a connection of its own; nothing when it closed without a byte.
pub(crate) async fn call(
    host: &Host,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Option<Wire> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(host.address()).await.ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nAuthorization: Bearer demo-access-token\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    let mut raw = Vec::new();
    // A reset ends the reading like an end of file does; what was read before counts.
    drop(stream.read_to_end(&mut raw).await);
    let end = raw.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&raw[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let promised = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .and_then(|text| text.parse().ok());
    Some(Wire {
        status,
        body: raw[end + 4..].to_vec(),
        promised: promised.unwrap_or(0),
    })
}

/// A text to Ana.
pub(crate) async fn send(host: &Host, text: &str) -> Option<Wire> {
    let body =
        json!({"messaging_product": "whatsapp", "to": ANA, "type": "text", "text": {"body": text}});
    call(
        host,
        "POST",
        &format!("/v26.0/{NUMBER}/messages"),
        Some(&body),
    )
    .await
}

/// Waits until something holds, five seconds at most.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never happened: {what}");
}
