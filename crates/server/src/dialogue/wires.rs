//! The wires of a test's world: calls to the simulated platform, and its deliveries to us, without sockets.
//!
//! In: requests of the sender and what the platform has due. Out: its answers, after the time that they
//! take; the webhook's answers to it. Absent: faults of a connection, which no dialogue asks for. Next:
//! [`super::world`].

use crate::env::Clock;
use crate::graph::{Graph, Request, Sent};
use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use ponte_core::Time;
use ponte_core::time::Span;
use ponte_sim::{ApiRequest, Cloud, Cut, WebhookPost};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tower::ServiceExt;

/// Looked after even when the platform has nothing planned.
const LOOK: Span = Span::hours(24);

/// The platform, and the time that both sides share.
#[derive(Clone)]
pub struct Platform {
    cloud: Arc<Mutex<Cloud>>,
    clock: Arc<Clock>,
    /// It has something new to deliver.
    stirred: Arc<Notify>,
}

impl Platform {
    #[must_use]
    pub fn new(cloud: Cloud, clock: Arc<Clock>) -> Platform {
        Platform {
            cloud: Arc::new(Mutex::new(cloud)),
            clock,
            stirred: Arc::default(),
        }
    }

    /// Does something on the platform, at its present moment.
    pub fn with<T>(&self, deed: impl FnOnce(&mut Cloud, i64) -> T) -> T {
        let done = self.look(deed);
        self.stirred.notify_one();
        done
    }

    /// Looks at the platform without waking anybody.
    pub fn look<T>(&self, look: impl FnOnce(&mut Cloud, i64) -> T) -> T {
        let mut cloud = self.cloud.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut cloud, self.clock.now().micros())
    }

    /// Delivers what is due to the webhook. Never ends; drop it to end it.
    pub async fn deliver(self, webhook: axum::Router) {
        loop {
            let now = self.clock.now();
            let due = self.look(|cloud, _| cloud.next_due());
            let until = due.map_or(now + LOOK, Time);
            tokio::select! {
                biased;
                () = self.stirred.notified() => {}
                () = self.clock.sleep_until(until) => {}
            }
            let posts = self.look(Cloud::take_due);
            for post in posts {
                let id = post.id;
                let status = match posted(post) {
                    Some(request) => webhook.clone().oneshot(request).await.ok(),
                    None => None,
                };
                let status = status.map(|answer| answer.status().as_u16());
                self.with(|cloud, now| cloud.webhook_answered(now, id, status));
            }
        }
    }

    async fn exchange(&self, request: Request) -> Sent {
        if let Some(before) = &request.before
            && let Err(why) = before.0.pass(request.deadline).await
        {
            return Sent::NotSent { why };
        }
        let reply = self.with(|cloud, now| cloud.http(now, api_request(&request)));
        let whole = self.clock.now() + Span::micros(reply.delay_us);
        self.clock.sleep_until(whole.min(request.deadline)).await;
        let broken = whole > request.deadline || reply.cut != Cut::None;
        if broken {
            return Sent::Broken {
                why: "no whole answer in time".into(),
                http: None,
            };
        }
        Sent::Answered {
            http: reply.status,
            body: Bytes::from(reply.body),
            date: Some(self.clock.now()),
        }
    }
}

impl Graph for Platform {
    fn call(&self, request: Request) -> BoxFuture<'_, Sent> {
        Box::pin(self.exchange(request))
    }
}

fn api_request(request: &Request) -> ApiRequest {
    let path = match request.path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("/", |(_, path)| path),
        None => request.path.as_str(),
    };
    let mut api = ApiRequest::get(path, request.bearer.expose());
    api.method = request.method.to_string();
    api.body = request.body.to_vec();
    if !api.body.is_empty() {
        let kind = request.content_type.into();
        api.headers.push(("content-type".into(), kind));
    }
    api
}

fn posted(post: WebhookPost) -> Option<http::Request<Body>> {
    let mut request = http::Request::post("/webhooks/whatsapp");
    for (name, value) in &post.headers {
        request = request.header(name, value);
    }
    request.body(Body::from(post.body)).ok()
}
