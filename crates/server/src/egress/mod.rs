//! The one way to the outside, for everything but the Cloud API: models, tools, sites, MCP servers.
//!
//! In: a [`Request`] to an address that somebody wrote down, maybe a stranger. Out: a [`Sent`] (or an
//! [`Opened`], whose body is still to come) that never claims more than is known: certainly not sent,
//! answered, or maybe processed. The name is looked up once, every address is judged
//! ([`address`]), and one of those judged is connected to. Nothing is ever repeated by itself. Absent:
//! retries, cookies, proxies, decompression, HTTP/2 and the meaning of an answer. Next: [`wire`],
//! `docs/tools.md` for who may allow what, `docs/decisions/0004` for why hyper is driven directly.

pub mod address;
pub mod allow;
pub mod ranges;
pub mod redirect;
pub mod resolve;
pub mod staged;
pub mod stream;
pub mod wire;

pub use address::{Refusal, Target};
pub use allow::Allow;
pub use staged::Stage;
pub use stream::Stream;

use crate::env::Clock;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use ponte_core::time::Time;
use resolve::Resolve;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Calls that may be under way at once. More would be somebody's loop; the rest wait within their
/// deadlines.
const AT_ONCE: usize = 256;

/// Bytes of an answer that are read unless the caller says otherwise.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// One call.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: Method,
    /// Whole, with scheme and host. See [`address`] for what is refused.
    pub url: String,
    /// Besides `Host`, `User-Agent` and what frames the body, which are written here. Mark secrets
    /// with [`HeaderValue::set_sensitive`].
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub body: Bytes,
    /// Whether the body must be sent even when empty is told by the method; this is the whole call's end.
    pub deadline: Time,
    /// The head of the answer must be there by then; `None`: by the deadline.
    pub head_by: Option<Time>,
    /// Bytes of the answer that are read at most; a longer one counts as cut.
    pub limit: usize,
    /// Redirects that are followed, each judged like a first address; see [`redirect`].
    pub redirects: u8,
}

/// Why no byte left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The address breaks a rule: it will break it again.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    #[error("the name leads nowhere")]
    NoSuchName,
    #[error("no connection")]
    NoConnection,
    #[error("connecting took too long")]
    TooSlow,
    #[error("too late to begin")]
    TooLate,
    #[error("too many calls at once")]
    TooMany,
}

/// Why an answer is not whole, after something may have been processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    #[error("no answer in time")]
    TooSlow,
    #[error("cut before an answer")]
    NoAnswer,
    #[error("the answer was cut")]
    Body,
    #[error("the answer is too long")]
    TooLong,
    #[error("the answer is packed in a way nobody asked for")]
    Packed,
    #[error("a redirect that may not be followed")]
    Redirect,
}

/// What can be said about a call.
#[derive(Clone, Debug)]
pub enum Sent {
    /// No byte of the request left: it has certainly not been processed.
    NotSent { why: Why },
    /// A whole answer came.
    Answered(Answer),
    /// The first byte may have left: it may have been processed. `status` where one had come.
    Broken { why: Cut, status: Option<u16> },
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where it came from: another address than the request's after redirects.
    pub url: String,
}

/// What can be said about a call whose body is read piece by piece.
pub enum Opened {
    NotSent { why: Why },
    Answered(Box<Stream>),
    Broken { why: Cut, status: Option<u16> },
}

/// The client. Cheap to clone.
#[derive(Clone)]
pub struct Egress(Arc<Inner>);

struct Inner {
    clock: Arc<Clock>,
    allow: Allow,
    resolver: Arc<dyn Resolve>,
    wires: Arc<wire::Wires>,
    places: Arc<Semaphore>,
    stage: Option<Arc<dyn Stage>>,
}

impl Inner {
    fn new(clock: Arc<Clock>, allow: Allow, resolver: Arc<dyn Resolve>) -> Inner {
        Inner {
            wires: Arc::new(wire::Wires::new(Arc::clone(&clock))),
            clock,
            allow,
            resolver,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            stage: None,
        }
    }
}

impl Egress {
    /// A client to the open internet and to what the operator allows besides.
    ///
    /// # Panics
    /// Never: the provider of TLS that is compiled in has the versions that are asked for.
    #[must_use]
    pub fn new(clock: Arc<Clock>, allow: Allow) -> Egress {
        Egress::with_resolver(clock, allow, Arc::new(resolve::System))
    }

    /// The same with another way to look names up.
    #[must_use]
    pub fn with_resolver(clock: Arc<Clock>, allow: Allow, resolver: Arc<dyn Resolve>) -> Egress {
        Egress(Arc::new(Inner::new(clock, allow, resolver)))
    }

    /// A client that asks a stage instead of the outside.
    #[must_use]
    pub fn staged(clock: Arc<Clock>, allow: Allow, stage: Arc<dyn Stage>) -> Egress {
        let inner = Inner::new(clock, allow, Arc::new(resolve::System));
        Egress(Arc::new(Inner {
            stage: Some(stage),
            ..inner
        }))
    }

    /// Sends once and reads the whole answer.
    pub async fn call(&self, request: Request) -> Sent {
        let mut stream = match self.open(request).await {
            Opened::Answered(stream) => stream,
            Opened::NotSent { why } => return Sent::NotSent { why },
            Opened::Broken { why, status } => return Sent::Broken { why, status },
        };
        match stream.rest().await {
            Ok(body) => Sent::Answered(Answer {
                status: stream.status,
                headers: std::mem::take(&mut stream.headers),
                url: std::mem::take(&mut stream.url),
                body,
            }),
            Err(why) => Sent::Broken {
                why,
                status: Some(stream.status),
            },
        }
    }

    /// Sends once and hands the answer over as soon as its head is there.
    pub async fn open(&self, request: Request) -> Opened {
        let opened = redirect::follow(self, request).await;
        let outcome = match &opened {
            Opened::Answered(_) => "answered",
            Opened::NotSent {
                why: Why::Refused(_),
            } => "refused",
            Opened::NotSent { .. } => "not_sent",
            Opened::Broken { .. } => "broken",
        };
        metrics::counter!("ponte_egress_total", "outcome" => outcome).increment(1);
        opened
    }

    /// Whether an address would be asked, as far as can be told without looking its name up: for
    /// saying no when it is written down, not only when it is used.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn check(&self, url: &str) -> Result<(), Refusal> {
        Target::read(url, &self.0.allow).map(|_| ())
    }

    /// The clock that deadlines are measured by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

impl fmt::Debug for Egress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Egress(allow: {})", self.0.allow)
    }
}

impl Request {
    /// A GET that follows no redirect.
    #[must_use]
    pub fn get(url: impl Into<String>, deadline: Time) -> Request {
        Request {
            method: Method::GET,
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            deadline,
            head_by: None,
            limit: BODY_LIMIT,
            redirects: 0,
        }
    }

    /// A POST of JSON.
    #[must_use]
    pub fn post_json(url: impl Into<String>, body: impl Into<Bytes>, deadline: Time) -> Request {
        let json = HeaderValue::from_static("application/json");
        Request {
            method: Method::POST,
            body: body.into(),
            headers: vec![(http::header::CONTENT_TYPE, json)],
            ..Request::get(url, deadline)
        }
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Request {
        self.headers.push((name, value));
        self
    }
}
