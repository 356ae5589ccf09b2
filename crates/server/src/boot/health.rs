//! Answers whether the server is alive, and whether it can work.
//!
//! In: requests without a key to `/healthz`, `/readyz`, `/metrics`. Out: alive always while the process
//! serves; ready with reasons; counts. No content, names or numbers: only words and counts, so that
//! probes need no key. Absent: advice (`ponte doctor`). Next: `telemetry/metrics.rs`.

use crate::api::ApiState;
use crate::telemetry::metrics;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ponte_core::time::Span;
use serde_json::json;

/// An entry waiting longer than this means that an engine stands still.
const STUCK: Span = Span::minutes(2);

/// The three routes.
pub fn router(state: ApiState) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(counts))
        .with_state(state)
}

/// What keeps the server from working; empty: ready.
pub async fn reasons(state: &ApiState) -> Vec<&'static str> {
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
        Ok(false) => {}
        Ok(true) => reasons.push("outbox_frozen"),
        Err(_) => reasons.push("store_not_readable"),
    }
    match state.store().counts().await {
        Ok(counts) if counts.journal_oldest.is_some_and(|at| now - at > STUCK) => {
            reasons.push("journal_stuck")
        }
        Ok(_) => {}
        Err(_) => reasons.push("store_not_readable"),
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
    let (Ok(channels), Ok(leases)) = (
        state.store().channels(None).await,
        state.store().leases().await,
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

async fn ready(State(state): State<ApiState>) -> Response {
    let reasons = reasons(&state).await;
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

async fn counts(State(state): State<ApiState>) -> Response {
    let Some(handle) = metrics::handle() else {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "another recorder is installed in this process\n",
        )
            .into_response();
    };
    match state.store().counts().await {
        Ok(counts) => metrics::set_gauges(&counts, state.now()),
        // Stale gauges beside fresh counters; the scrape must not fail because the store does.
        Err(error) => tracing::warn!(%error, "gauges could not be read"),
    }
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        handle.render(),
    )
        .into_response()
}
