//! Posts webhooks for real and performs the verification of callbacks.
//!
//! In: posts that fall due. Out: one HTTP request each, and its answer told to the world; repeats are the
//! world's decision, so the client's own are switched off. At most so many posts are in flight. Deliberately
//! absent: TLS; a callback must be plain HTTP here. Next: `flight.rs`, which plans the retries.

use super::host::{Host, Mode};
use crate::flight::WebhookPost;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Looked after even when no wake-up comes.
const POLL: Duration = Duration::from_millis(500);
/// An answer to a webhook is read up to this size.
const ANSWER: usize = 64 * 1024;

type Poster = Client<HttpConnector, Full<Bytes>>;

fn poster() -> Poster {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .retry_canceled_requests(false)
        .set_host(true)
        .pool_idle_timeout(Duration::from_secs(30))
        .build(connector)
}

/// Posts whatever falls due until the host stops.
pub(super) async fn run(host: Arc<Host>) {
    let client = poster();
    let room = Arc::new(Semaphore::new(host.options.webhook_concurrency.max(1)));
    let mut mode = host.mode.subscribe();
    let mut flights = JoinSet::new();
    loop {
        let (posts, wait) = host.peek(|cloud, now| {
            let posts = cloud.take_due(now);
            let wait = cloud.next_due().map_or(POLL, |due| {
                Duration::from_micros((due - now).max(0).unsigned_abs())
            });
            (posts, wait.min(POLL))
        });
        let none = posts.is_empty();
        for post in posts {
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
                return;
            };
            let (host, client) = (Arc::clone(&host), client.clone());
            flights.spawn(async move {
                let id = post.id;
                let status = send(&client, post, host.options.webhook_timeout).await;
                host.with(|cloud, now| cloud.webhook_answered(now, id, status));
                drop(permit);
            });
        }
        if none {
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = host.wake.notified() => {}
                changed = mode.changed() => if changed.is_err() { break },
            }
        }
        while flights.try_join_next().is_some() {}
        if *mode.borrow() == Mode::Stopped {
            break;
        }
    }
    flights.abort_all();
}

/// Posts once; nothing when no answer came in time.
async fn send(client: &Poster, post: WebhookPost, timeout: Duration) -> Option<u16> {
    let mut request = Request::post(&post.url);
    for (name, value) in &post.headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(Bytes::from(post.body))).ok()?;
    let exchange = async {
        let response = client.request(request).await.ok()?;
        let status = response.status().as_u16();
        // The body is read so that the connection can be used again; what it says does not matter.
        Limited::new(response.into_body(), ANSWER)
            .collect()
            .await
            .ok()?;
        Some(status)
    };
    tokio::time::timeout(timeout, exchange).await.ok().flatten()
}

/// Performs a verification.
pub(super) async fn get(url: &str, timeout: Duration) -> (Option<u16>, Vec<u8>) {
    let exchange = async {
        let request = Request::get(url).body(Full::new(Bytes::new())).ok()?;
        let response = poster().request(request).await.ok()?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER)
            .collect()
            .await
            .ok()?
            .to_bytes();
        Some((status, body.to_vec()))
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(Some((status, body))) => (Some(status), body),
        Ok(None) | Err(_) => (None, Vec::new()),
    }
}
