//! The webhook's door: checks the signature over the raw bytes, keeps them, answers. Nothing else.
//!
//! In: GET and POST on `/webhooks/whatsapp`. Out: one durable row per delivery before the 200, and
//! the delivery in memory for intake. Everything that is wrong has a fixed, empty or short answer;
//! what can't be taken now gets 503, so that Meta keeps it and comes again. Absent: JSON, channels,
//! conversations. Next: [`crate::intake`].

pub mod body;
pub mod verify;

use crate::app::App;
use axum::Extension;
use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use body::{Budget, Held, Unread};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use ponte_core::time::Span;
use ponte_store::Commit;
use ponte_store::rows::journal::DeliveryNew;
use std::net::SocketAddr;
use std::sync::Arc;

/// Another node may take a delivery that its inserter has not finished by then.
pub const LEASE: Span = Span::secs(15);
/// When Meta (or a proxy) should come again after a 503, in seconds.
const RETRY_AFTER: &str = "5";

/// A delivery that is durable and waits in memory for intake.
pub struct Kept {
    pub id: i64,
    pub held: Held,
}

/// Who is at the other end of the connection, in every request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

#[derive(Clone)]
struct Door {
    app: App,
    budget: Budget,
}

/// The webhook's routes.
pub fn router(app: App) -> Router {
    let budget = Budget::new(app.config.ingress_bytes, app.config.ingress_peer_bytes);
    Router::new()
        .route("/webhooks/whatsapp", get(confirm).post(deliver))
        .with_state(Door { app, budget })
}

async fn confirm(State(door): State<Door>, RawQuery(query): RawQuery) -> Response {
    let token = door.app.secrets.verify();
    let token = token.as_ref().map(crate::graph::Secret::expose);
    match verify::challenge(query.as_deref().unwrap_or(""), token) {
        Some(challenge) => {
            let mut response = Response::new(Body::from(challenge));
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, plain);
            let bare = HeaderValue::from_static("nosniff");
            response
                .headers_mut()
                .insert("x-content-type-options", bare);
            response
        }
        None => answer(StatusCode::FORBIDDEN, "not verified\n"),
    }
}

async fn deliver(
    State(door): State<Door>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    if door.app.relay.intake.place().is_none() {
        // What has been kept must be worked off first; the provider keeps this one meanwhile.
        metrics::counter!("ponte_deliveries_total", "outcome" => "busy").increment(1);
        return come_again();
    }
    let from = peer.map(|Extension(Peer(address))| address.ip());
    let read = body::read(&headers, body, from, &door.budget).await;
    let (outcome, response) = match read {
        Ok(held) => keep(&door, &headers, held).await,
        Err(Unread::TooLarge) => (
            "too_large",
            answer(StatusCode::PAYLOAD_TOO_LARGE, "too large\n"),
        ),
        Err(Unread::TooSlow) => (
            "too_slow",
            answer(StatusCode::REQUEST_TIMEOUT, "too slow\n"),
        ),
        Err(Unread::Full) => ("busy", come_again()),
        Err(Unread::Broken) => ("broken", answer(StatusCode::BAD_REQUEST, "cut\n")),
    };
    metrics::counter!("ponte_deliveries_total", "outcome" => outcome).increment(1);
    response
}

async fn keep(door: &Door, headers: &HeaderMap, held: Held) -> (&'static str, Response) {
    let signature = headers
        .get("x-hub-signature-256")
        .and_then(|value| value.to_str().ok());
    let app = &door.app;
    if !app.secrets.signed(&held.bytes, signature) {
        return (
            "bad_signature",
            answer(StatusCode::UNAUTHORIZED, "bad signature\n"),
        );
    }
    // Kept before it is stored, so that nothing stored later gets ahead of it.
    let Some(place) = app.relay.intake.place() else {
        return ("busy", come_again());
    };
    let received = app.env.clock.now();
    app.env.crash.pass("ingress.before_commit").await;
    let mut commit = Commit::new();
    commit.add_delivery(DeliveryNew {
        received,
        body: Arc::clone(&held.bytes),
        lease: Some((app.config.node, received + LEASE)),
    });
    // A full write queue is an overload: the sender keeps the delivery better than our memory.
    let kept = app.store.try_commit(commit).await;
    app.env.crash.pass("ingress.after_commit").await;
    match kept {
        Ok(committed) => {
            if let Some(id) = committed.deliveries.first().copied() {
                place.send(Kept { id, held });
            }
            ("kept", Response::new(Body::empty()))
        }
        Err(error) => {
            tracing::warn!(%error, "a delivery could not be kept; the sender will come again");
            ("busy", come_again())
        }
    }
}

fn come_again() -> Response {
    let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, "come again\n");
    let after = HeaderValue::from_static(RETRY_AFTER);
    response.headers_mut().insert(header::RETRY_AFTER, after);
    response
}

fn answer(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
