//! The first page, at `/`: what this is, whether it can work, and what to do next.
//!
//! In: GET of `/` and of the files below `/welcome/`. Out: one page made for the reader's language, the
//! server's health and what this start is for, and the guides as text. It tells a stranger nothing that
//! `/readyz` doesn't, so it needs no key and answers under any name. Absent: scripts, inline code, other
//! hosts, data of the business; the console will stand here. Next: `page.rs`, `advice.rs`.

mod advice;
mod page;

use super::health::Health;
use crate::api::guard::{self, Hosts};
use crate::static_files::{self, File, Files};
use crate::words::Lang;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// What a start is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    Production,
    /// With the simulator inside.
    Demo,
    /// The demo's workspace, and a Graph API somewhere else.
    DemoElsewhere,
}

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

static FILES: Files = Files::new(
    &[
        File {
            name: "base.css",
            kind: STYLE,
            // Ponte's pages look like one: colours and type are the simulator's.
            bytes: include_bytes!("../../simulator_page/assets/css/base.css"),
        },
        File {
            name: "welcome.css",
            kind: STYLE,
            bytes: include_bytes!("assets/welcome.css"),
        },
        File {
            name: "mark.svg",
            kind: "image/svg+xml",
            bytes: include_bytes!("../../simulator_page/assets/mark.svg"),
        },
        File {
            name: "README.md",
            kind: TEXT,
            bytes: include_bytes!("../../../../../README.md"),
        },
        File {
            name: "README.pt-BR.md",
            kind: TEXT,
            bytes: include_bytes!("../../../../../README.pt-BR.md"),
        },
        File {
            name: "protocol.md",
            kind: TEXT,
            bytes: include_bytes!("../../../../../docs/protocol.md"),
        },
    ],
    POLICY,
);

#[derive(Clone)]
struct Shared {
    health: Health,
    scene: Scene,
    hosts: Hosts,
}

/// The page and its files.
pub fn router(health: Health, scene: Scene, hosts: Hosts) -> Router {
    Router::new()
        .route("/", get(show))
        .route(
            "/welcome/{name}",
            get(|Path(name): Path<String>, headers: HeaderMap| async move {
                FILES.serve(&name, &headers)
            }),
        )
        .with_state(Shared {
            health,
            scene,
            hosts,
        })
        .layer(from_fn(guard::headers))
        .layer(from_fn(guard::short))
}

async fn show(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let lang = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::En, Lang::from_header);
    let reasons = shared.health.reasons().await;
    let numbers = shared
        .health
        .api
        .app
        .settings
        .now()
        .all()
        .any(|(_, number)| !number.removed);
    let known = shared.hosts.knows(&headers);
    let html = page::html(lang, shared.scene, &reasons, numbers, known);
    let language = [
        (header::CONTENT_LANGUAGE, page::tag(lang)),
        (header::VARY, "Accept-Language"),
    ];
    (static_files::common(HTML, POLICY), language, html).into_response()
}
