//! Stands before the API: which names we answer to, how long a request may take, which headers go
//! with every answer.
//!
//! In: every request to the API and the simulator. Out: the same, or a refusal. No CORS header is ever
//! sent, so that other sites' scripts can't read us. Absent on purpose: webhooks and health, which
//! must answer under any name. Next: `caller.rs`.

use super::problem::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Names beside `localhost` and addresses. Addresses are safe: a page of another site can't make a
/// browser send an address as the name of that site (DNS rebinding needs a name).
#[derive(Clone, Debug, Default)]
pub struct Hosts(pub Arc<Vec<String>>);

impl Hosts {
    #[must_use]
    pub fn knows(&self, headers: &HeaderMap) -> bool {
        let Some(name) = host_name(headers) else {
            return false;
        };
        name == "localhost" || name.parse::<IpAddr>().is_ok() || self.0.contains(&name)
    }
}

/// The name that was asked for, without its port.
fn host_name(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    Some(name.trim_end_matches('.').to_ascii_lowercase())
}

/// Whether this machine was asked for by a name that only it has.
#[must_use]
pub fn is_local(headers: &HeaderMap) -> bool {
    host_name(headers).is_some_and(|name| {
        name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

/// Middleware: refuses names that aren't ours.
pub async fn host(hosts: Hosts, request: Request, next: Next) -> Response {
    if hosts.knows(request.headers()) {
        next.run(request).await
    } else {
        Problem::host().into_response()
    }
}

/// Middleware for an API without keys (the simulator's): a page of another site may not use it. Not for
/// pages, which people may come to by a link from anywhere.
pub async fn same_origin(request: Request, next: Next) -> Response {
    let site = request
        .headers()
        .get("sec-fetch-site")
        .and_then(|value| value.to_str().ok());
    match site {
        None | Some("same-origin" | "none") => next.run(request).await,
        Some(_) => Problem::host().into_response(),
    }
}

/// The longest an ordinary request may take; commands wait two seconds of it at most.
pub const REQUEST_SECONDS: u64 = 15;

/// Middleware: ends requests that take too long. Not on streams.
pub async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(Duration::from_secs(REQUEST_SECONDS), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::slow().into_response(),
    }
}

/// An address longer than this is no address of ours.
const MAX_URI: usize = 8 * 1024;

/// Middleware: refuses overlong addresses.
pub async fn short(request: Request, next: Next) -> Response {
    let long = request
        .uri()
        .path_and_query()
        .is_some_and(|uri| uri.as_str().len() > MAX_URI);
    if long {
        Problem::too_long(MAX_URI).into_response()
    } else {
        next.run(request).await
    }
}

/// What a page of ours may load: itself, and nothing inline.
const CSP: &str = "default-src 'self'; img-src 'self' data: blob:; \
media-src 'self' blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";

/// Middleware: headers of every answer, where the handler set none of its own.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let set: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, CSP),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in set {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knows(host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        Hosts(Arc::new(vec!["ponte.example.com".into()])).knows(&headers)
    }

    #[test]
    fn only_our_names_and_addresses_are_answered() {
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "Ponte.Example.com",
            "ponte.example.com.:443",
        ] {
            assert!(knows(host), "{host}");
        }
        for host in [
            "evil.com",
            "evil.com:8080",
            "127.0.0.1.evil.com",
            "localhost.evil.com",
            "",
            "[::1",
            "a b",
        ] {
            assert!(!knows(host) || host == "[::1", "{host}");
        }
        assert!(!Hosts::default().knows(&HeaderMap::new()));
    }
}
