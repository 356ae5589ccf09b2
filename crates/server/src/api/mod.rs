//! The API: what consoles and programs may read and ask, below `/api/v1`.
//!
//! In: requests with a key. Out: JSON views of rows, commands journaled, a live feed. Every route is
//! one file named after what it does, with its document beside it; `openapi.json` is made of them.
//! Absent on purpose: decisions (commands become journal entries like everything else) and any route
//! without a key but its own description. Next: `caller.rs`, `problem.rs`, then `conversations/`.

pub mod account_events;
pub mod alerts;
pub mod assistants;
pub mod caller;
pub mod contacts;
pub mod conversations;
pub mod describe;
pub mod extract;
pub mod guard;
pub mod intents;
pub mod key;
pub mod knowledge;
pub mod live;
pub mod messages;
pub mod numbers;
pub mod page;
pub mod problem;
pub mod providers;
pub mod quarantine;
pub mod sends;
pub mod templates;
pub mod time;
pub mod tools;
pub mod usage;

use crate::app::App;
use guard::Hosts;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, watch};
use uuid::Uuid;

/// Live streams at once. Each is a task and a socket; a team of hundreds with several windows fits.
const STREAMS: usize = 1_024;

/// What the routes share.
#[derive(Clone)]
pub struct ApiState {
    pub app: App,
    /// When each key's last use was written down, so that it is written at most once a minute.
    pub used: Arc<Mutex<BTreeMap<Uuid, ponte_core::Time>>>,
    pub streams: Arc<Semaphore>,
    /// Turns true when the server is stopping: streams end, so that their clients go elsewhere.
    pub stopping: watch::Receiver<bool>,
}

impl ApiState {
    #[must_use]
    pub fn new(app: App, stopping: watch::Receiver<bool>) -> ApiState {
        ApiState {
            app,
            used: Arc::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
            stopping,
        }
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &ponte_store::Store {
        &self.app.store
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> ponte_core::Time {
        self.app.env.clock.now()
    }
}

/// The whole API as a router, guards included.
pub fn router(state: ApiState, hosts: Hosts) -> axum::Router {
    use axum::middleware::from_fn;
    let (quick, _) = describe::quick().split_for_parts();
    let (streams, _) = describe::streams().split_for_parts();
    let document = describe::document_text();
    let api = quick
        .layer(from_fn(guard::in_time))
        .merge(streams)
        .with_state(state)
        .route(
            "/api/v1/openapi.json",
            axum::routing::get(move || describe::serve(document.clone())),
        )
        .route(
            "/api/{*rest}",
            axum::routing::any(|| async { problem::Problem::not_found() }),
        )
        .method_not_allowed_fallback(|| async { problem::Problem::method() });
    api.layer(from_fn(move |request, next| {
        guard::host(hosts.clone(), request, next)
    }))
    .layer(from_fn(problem::speak))
    .layer(from_fn(guard::headers))
    .layer(from_fn(guard::short))
}
