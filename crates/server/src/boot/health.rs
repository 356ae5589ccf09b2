//! Answers whether the server is alive, and whether it can work.
//!
//! In: requests to `/healthz`, `/readyz`, `/metrics`. Out: alive always while the process serves; ready
//! with reasons; counts. The first two are open: words only, looked up at most once a second, so that
//! probes need no key and strangers can't make work. Counts tell how much business is done: they are open
//! in the demo and to this machine itself, else they need a key that may read. Absent: advice (`ponte
//! doctor`). Next: `telemetry/metrics.rs`, `welcome/mod.rs`.

use super::listen::Peer;
use super::welcome::Scene;
use crate::api::caller::Reader;
use crate::api::guard::is_local;
use crate::api::{ApiState, problem};
use crate::telemetry::metrics;
use axum::Json;
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ponte_core::Time;
use ponte_core::time::Span;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Mutex;

/// An entry waiting longer than this means that an engine stands still.
const STUCK: Span = Span::minutes(2);

/// An answer about readiness counts for this long: asking writes to the store.
const FRESH: Span = Span::secs(1);

/// What was seen last, and when.
type Seen = (Time, Vec<&'static str>);

/// The server's health, looked up once for all who ask at the same time.
#[derive(Clone)]
pub struct Health {
    pub api: ApiState,
    last: Arc<Mutex<Option<Seen>>>,
}

impl Health {
    #[must_use]
    pub fn new(api: ApiState) -> Health {
        Health {
            api,
            last: Arc::default(),
        }
    }

    /// What keeps the server from working; empty: ready.
    pub async fn reasons(&self) -> Vec<&'static str> {
        let mut last = self.last.lock().await;
        let now = self.api.now();
        let stopping = *self.api.stopping.borrow();
        if let Some((at, reasons)) = &*last
            && now - *at < FRESH
            && !stopping
        {
            return reasons.clone();
        }
        let reasons = reasons(&self.api).await;
        *last = Some((now, reasons.clone()));
        reasons
    }
}

/// The three routes.
pub fn router(health: Health, scene: Scene) -> Router {
    let metrics = get(
        move |State(health): State<Health>, request: Request| async move {
            counts(&health, scene, request).await
        },
    );
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", metrics.layer(from_fn(problem::speak)))
        .with_state(health)
}

/// What keeps the server from working; empty: ready.
async fn reasons(state: &ApiState) -> Vec<&'static str> {
    let mut reasons = Vec::new();
    if *state.stopping.borrow() {
        reasons.push("stopping");
    }
    let now = state.now();
    if let Err(error) = writable(state).await {
        tracing::warn!(%error, "not ready: the store can't be written");
        reasons.push("store_not_writable");
        return reasons;
    }
    match state.store().frozen().await {
        Ok(None) => {}
        Ok(Some(_)) => reasons.push("outbox_frozen"),
        Err(_) => reasons.push("store_not_readable"),
    }
    match state.store().counts().await {
        Ok(counts) if counts.journal_oldest.is_some_and(|at| now - at > STUCK) => {
            reasons.push("journal_stuck")
        }
        Ok(_) => {}
        Err(_) => reasons.push("store_not_readable"),
    }
    if state.app.rooms.is_troubled(now) {
        reasons.push("room_restarting");
    }
    if state.app.env.clock.is_suspect() {
        reasons.push("clock_suspect");
    }
    if unleased(state, now).await {
        reasons.push("numbers_without_node");
    }
    reasons
}

async fn writable(state: &ApiState) -> Result<(), ponte_store::StoreError> {
    let mut commit = ponte_store::Commit::new();
    commit.put_meta("probe", &state.now().micros().to_string());
    state.store().commit(commit).await.map(|_| ())
}

/// Whether some number is worked on by nobody. Any node's lease counts: this one may just serve HTTP.
async fn unleased(state: &ApiState, now: ponte_core::Time) -> bool {
    let (Ok(channels), Ok(leases), Ok(now)) = (
        state.store().channels(None).await,
        state.store().leases().await,
        state.store().lease_time(now).await,
    ) else {
        return true;
    };
    let held = |name: &str| {
        leases
            .iter()
            .any(|lease| lease.name == name && lease.until > now)
    };
    channels
        .iter()
        .filter(|channel| !channel.removed)
        .any(|channel| !held(&ponte_store::rows::outbox::channel_lease(channel.id)))
}

async fn ready(State(health): State<Health>) -> Response {
    let reasons = health.reasons().await;
    let status = if reasons.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({ "ready": reasons.is_empty(), "reasons": reasons })),
    )
        .into_response()
}

/// Headers that a proxy adds: behind one, everybody seems to be on this machine.
const FORWARDED: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Whether somebody on this machine asks, by its own name and not through a proxy.
fn from_here(peer: Option<&Peer>, headers: &HeaderMap) -> bool {
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && is_local(headers)
        && FORWARDED.iter().all(|name| !headers.contains_key(*name))
}

async fn counts(health: &Health, scene: Scene, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let open = match scene {
        Scene::Demo | Scene::DemoElsewhere => true,
        Scene::Production => from_here(parts.extensions.get::<Peer>(), &parts.headers),
    };
    if !open && let Err(refusal) = Reader::from_request_parts(&mut parts, &health.api).await {
        return refusal.into_response();
    }
    let Some(handle) = metrics::handle() else {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "another recorder is installed in this process\n",
        )
            .into_response();
    };
    match health.api.store().counts().await {
        Ok(counts) => {
            let unreadable = health.api.store().unreadable();
            let flights = health.api.app.relay.flights.len();
            metrics::set_gauges(&counts, unreadable, flights, health.api.now());
        }
        // Stale gauges beside fresh counters; the scrape must not fail because the store does.
        Err(error) => tracing::warn!(%error, "gauges could not be read"),
    }
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        handle.render(),
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(peer: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        from_here(Some(&Peer(peer.parse().unwrap())), &map)
    }

    #[test]
    fn only_this_machine_by_its_own_name_and_without_a_proxy_is_here() {
        let local = [("host", "localhost:8080")];
        assert!(here("127.0.0.1:5", &local));
        assert!(here("[::1]:5", &[("host", "127.0.0.1:8080")]));
        assert!(here("[::ffff:127.0.0.1]:5", &local));
        assert!(!here("10.0.0.7:5", &local));
        assert!(!here("127.0.0.1:5", &[("host", "ponte.example.com")]));
        assert!(!here("127.0.0.1:5", &[("host", "10.0.0.7:8080")]));
        assert!(!here("127.0.0.1:5", &[]));
        for name in FORWARDED {
            assert!(!here("127.0.0.1:5", &[local[0], (name, "x")]), "{name}");
        }
        assert!(!from_here(None, &HeaderMap::new()));
    }
}
