//! Serves the page at `/simulator/`: two phones in the browser, a clock, the faults and a log.
//!
//! In: GET requests for the files below `assets/`, which are compiled into the binary. Out: the files with
//! their types, an `ETag` each and a content security policy that allows no inline code and no other host.
//! Deliberately absent: data. The page talks to `/simulator/api/…`, which belongs to the simulator, and this
//! router knows nothing of it. How files are served: `static_files.rs`. Next: `assets/index.html`, then
//! `assets/js/main.js`.

use crate::static_files::Files;
use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{Redirect, Response};
use axum::routing::get;

mod files;

use files::FILES;

/// Only our own files run; a customer's text can never become code, even if the page had a hole.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

static PAGE: Files = Files::new(FILES, POLICY);

/// The routes `/simulator` (leads to the slash), `/simulator/` and `/simulator/assets/…`; to be merged, not nested.
pub fn router() -> Router {
    Router::new()
        .route(
            "/simulator",
            get(|| async { Redirect::permanent("/simulator/") }),
        )
        .route(
            "/simulator/",
            get(|headers: HeaderMap| async move { PAGE.serve("", &headers) }),
        )
        .route("/simulator/assets/{*name}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    // The page has one address only, and no asset is called nothing.
    if name.is_empty() {
        PAGE.not_found()
    } else {
        PAGE.serve(&name, &headers)
    }
}

#[cfg(test)]
mod tests;
