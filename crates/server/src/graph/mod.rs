//! The way to the provider: one call out, and what can truthfully be said about it afterwards.
//!
//! In: method, path, bearer, body and a hard deadline. Out: [`Sent`], which keeps apart "no byte of
//! it left", "answered" and "may have been processed", because the proof protocol stands on that.
//! Absent: retries of any kind, and the meaning of an answer (`ponte_wire`). Next: [`http`], the
//! real one; the seeded world brings the simulator's.

pub mod http;
pub mod place;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use ponte_core::time::Time;
use std::sync::Arc;

/// One call.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: ::http::Method,
    /// Path and query below the base, beginning with `/`; or a whole URL that the provider
    /// gave, which [`place::way`] must know.
    pub path: String,
    pub bearer: Secret,
    /// Empty for GET.
    pub body: Bytes,
    pub content_type: &'static str,
    /// The whole call ends by then, whatever happens.
    pub deadline: Time,
    /// Bytes of the answer that are read at most; a longer one counts as cut.
    pub limit: usize,
    /// Asked when the connection stands and nothing is written yet.
    pub before: Option<Before>,
}

/// The last word before a request is written.
pub trait Pass: Send + Sync {
    /// May wait. An error: nothing is written, and the call ends as not sent.
    fn pass(&self, deadline: Time) -> BoxFuture<'_, Result<(), String>>;
}

/// A [`Pass`] in a request.
#[derive(Clone)]
pub struct Before(pub Arc<dyn Pass>);

impl std::fmt::Debug for Before {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Before(…)")
    }
}

/// What a JSON answer may weigh: the largest documented one is a page of the message history.
pub const ANSWER_LIMIT: usize = 1024 * 1024;

/// What can be said about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// No byte of the request left: it has certainly not been processed.
    NotSent { why: String },
    /// A whole answer came.
    Answered {
        http: u16,
        body: Bytes,
        date: Option<Time>,
    },
    /// The first byte may have left: it may have been processed. `http` where a status had come.
    Broken { why: String, http: Option<u16> },
}

/// A way to the provider, which asks [`Request::before`] right before it writes. Two implementations:
/// [`http::Client`], and the simulator in tests.
pub trait Graph: Send + Sync {
    fn call(&self, request: Request) -> BoxFuture<'_, Sent>;
}

/// A token, a secret: never shown, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<Arc<str>>) -> Secret {
        Secret(text.into())
    }

    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Request {
    #[must_use]
    pub fn get(path: impl Into<String>, bearer: Secret, deadline: Time) -> Request {
        Request {
            method: ::http::Method::GET,
            path: path.into(),
            bearer,
            body: Bytes::new(),
            content_type: "application/json",
            deadline,
            limit: ANSWER_LIMIT,
            before: None,
        }
    }

    #[must_use]
    pub fn post(
        path: impl Into<String>,
        bearer: Secret,
        body: impl Into<Bytes>,
        deadline: Time,
    ) -> Request {
        Request {
            method: ::http::Method::POST,
            body: body.into(),
            ..Request::get(path, bearer, deadline)
        }
    }
}
