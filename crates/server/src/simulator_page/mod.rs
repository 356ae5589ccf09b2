//! Serves the page at `/simulator/`: two phones in the browser, a clock, the faults and a log.
//!
//! In: GET requests for the files below `assets/`, which are compiled into the binary. Out: the files with
//! their types, an `ETag` each and a content security policy that allows no inline code and no other host.
//! Deliberately absent: data. The page talks to `/simulator/api/…`, which belongs to the simulator, and this
//! router knows nothing of it. Next: `assets/index.html`, then `assets/js/main.js`.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

mod files;

use files::FILES;

/// Only our own files run; a customer's text can never become code, even if the page had a hole.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
                      trusted-types 'none'";

/// One asset as it is compiled in.
struct File {
    /// Below `/simulator/`; the page itself is the empty name.
    name: &'static str,
    /// The media type it is served with.
    kind: &'static str,
    /// The bytes.
    bytes: &'static [u8],
}

/// Strong tags in the order of `FILES`: the names never change between versions, so browsers ask again
/// each time and mostly get a 304.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|file| format!("\"{}\"", hex::encode(&Sha256::digest(file.bytes)[..12])))
        .collect()
});

/// The routes `/simulator` (leads to the slash), `/simulator/` and `/simulator/assets/…`; to be merged, not nested.
pub fn router() -> Router {
    Router::new()
        .route(
            "/simulator",
            get(|| async { Redirect::permanent("/simulator/") }),
        )
        .route(
            "/simulator/",
            get(|headers: HeaderMap| async move { serve("", &headers) }),
        )
        .route("/simulator/assets/{*name}", get(asset))
}

async fn asset(Path(name): Path<String>, headers: HeaderMap) -> Response {
    // The page has one address only, and no asset is called nothing.
    if name.is_empty() {
        not_found()
    } else {
        serve(&name, &headers)
    }
}

fn serve(name: &str, headers: &HeaderMap) -> Response {
    let Some((place, file)) = FILES.iter().enumerate().find(|(_, file)| file.name == name) else {
        return not_found();
    };
    let tag = TAGS[place].as_str();
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|value| value.trim().trim_start_matches("W/"))
        .any(|value| value == tag || value == "*");
    let (status, body) = if known {
        (StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        (StatusCode::OK, Body::from(file.bytes))
    };
    let mut response = (status, common(file.kind), body).into_response();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn not_found() -> Response {
    (
        StatusCode::NOT_FOUND,
        common("text/plain; charset=utf-8"),
        "No such file in the simulator page.\n",
    )
        .into_response()
}

fn common(kind: &'static str) -> [(HeaderName, &'static str); 6] {
    [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ]
}

#[cfg(test)]
mod tests;
