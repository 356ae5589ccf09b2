//! The real way to the provider, over TLS, or plain HTTP where the base says so.
//!
//! In: a [`Request`]. Out: a [`Sent`] that never claims more than is known. Connections are kept in
//! a small pool of our own, because a client that retries by itself, or hides whether a byte had
//! left, would break the proof protocol: one request is written to one connection, once. Absent:
//! redirects, cookies, HTTP/2, retries. Next: [`super::Sent`], `tests/it/wire_cuts.rs`.

use super::place::{self, Public, Way};
use super::{Graph, Request, Sent};
use crate::env::Clock;
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use http::{HeaderValue, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::GaiResolver;
use ponte_core::time::{Span, Time};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::AbortHandle;
use tower::ServiceExt;

/// Connections kept open while idle: as many as one number posts at once.
const IDLE_MAX: usize = 32;
/// An idle connection is used again within this; servers and NATs drop older ones without a word.
const IDLE_FOR: Span = Span::secs(20);
/// Finding a host and shaking hands takes less than this or is given up: no byte has left.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A written request that nobody acknowledges kills its connection; below the POST deadline of 20 s.
const UNACKED_FOR: Duration = Duration::from_secs(15);
/// Nothing is written when less than this is left of the deadline.
const MARGIN: Span = Span::secs(1);

/// The real client.
pub struct Client {
    base: String,
    at: Uri,
    clock: Arc<Clock>,
    connector: HttpsConnector<HttpConnector>,
    /// For addresses that somebody else gave us.
    public: HttpsConnector<HttpConnector<Public>>,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    wire: Wire,
    since: Time,
}

/// One connection. Dropping it ends its task, so that nothing is written after its caller gave up.
struct Wire {
    to: String,
    sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The client can't be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the Graph address `{0}` must be http:// or https:// and a host")]
    Base(String),
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl Client {
    /// A client whose relative paths lie below `base`, such as `https://graph.facebook.com`.
    pub fn new(base: &str, clock: Arc<Clock>) -> Result<Client, ClientError> {
        let base = base.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| ClientError::Base(base.clone()))?;
        if uri.authority().is_none() || !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(ClientError::Base(base));
        }
        let tcp = HttpConnector::new();
        let public = HttpConnector::new_with_resolver(Public(GaiResolver::new()));
        Ok(Client {
            base,
            at: uri,
            clock,
            connector: over_tls(tcp)?,
            public: over_tls(public)?,
            idle: Mutex::new(Vec::new()),
        })
    }

    async fn exchange(&self, request: Request) -> Sent {
        let (uri, way, built) = match self.build(&request) {
            Ok(built) => built,
            Err(why) => return Sent::NotSent { why },
        };
        let connected = tokio::time::timeout(self.left(request.deadline), self.wire(&uri, way));
        let mut wire = match connected.await {
            Ok(Ok(wire)) => wire,
            Ok(Err(why)) => return Sent::NotSent { why },
            Err(_) => {
                return Sent::NotSent {
                    why: "connecting took too long".into(),
                };
            }
        };
        if let Some(before) = &request.before
            && let Err(why) = before.0.pass(request.deadline).await
        {
            self.keep(wire);
            return Sent::NotSent { why };
        }
        if self.clock.now() + MARGIN >= request.deadline {
            self.keep(wire);
            return Sent::NotSent {
                why: "too late to write".into(),
            };
        }
        let answered = answer(&mut wire, built, request.limit);
        match tokio::time::timeout(self.left(request.deadline), answered).await {
            Ok((sent, reusable)) => {
                if reusable {
                    self.keep(wire);
                }
                sent
            }
            Err(_) => Sent::Broken {
                why: "no answer in time".into(),
                http: None,
            },
        }
    }

    fn left(&self, deadline: Time) -> Duration {
        let micros = (deadline - self.clock.now()).as_micros();
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    fn build(&self, request: &Request) -> Result<(Uri, Way, http::Request<Full<Bytes>>), String> {
        let ours = request.path.starts_with('/');
        let whole = if ours {
            format!("{}{}", self.base, request.path)
        } else {
            request.path.clone()
        };
        let uri: Uri = whole.parse().map_err(|_| "not an address".to_owned())?;
        let way = if ours {
            Way::Base
        } else {
            place::way(&uri, &self.at)?
        };
        let authority = uri.authority().ok_or("no host")?.as_str().to_owned();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", request.bearer.expose()))
            .map_err(|_| "the token has characters no header may have".to_owned())?;
        bearer.set_sensitive(true);
        let built = http::Request::builder()
            .method(request.method.clone())
            .uri(path)
            .header(header::HOST, &authority)
            .header(header::AUTHORIZATION, bearer)
            .header(header::CONTENT_TYPE, request.content_type)
            .header(
                header::USER_AGENT,
                concat!("ponte/", env!("CARGO_PKG_VERSION")),
            )
            .body(Full::new(request.body.clone()))
            .map_err(|_| "not a request".to_owned())?;
        Ok((uri, way, built))
    }

    /// An idle connection to this place, or a new one.
    async fn wire(&self, uri: &Uri, way: Way) -> Result<Wire, String> {
        let (scheme, host) = (uri.scheme_str(), uri.authority());
        let host = host.map_or("", |host| host.as_str());
        let to = format!("{}://{host}", scheme.unwrap_or("https"));
        if let Some(wire) = self.take_idle(&to) {
            return Ok(wire);
        }
        let io = match way {
            Way::Base => self.connector.clone().oneshot(uri.clone()).await,
            Way::Public => self.public.clone().oneshot(uri.clone()).await,
        };
        let io = io.map_err(|_| "no connection".to_owned())?;
        let (mut sender, connection) = http1::handshake(io)
            .await
            .map_err(|_| "no handshake".to_owned())?;
        let task = tokio::spawn(async move {
            // Its errors reach the caller through the request.
            let _ended = connection.await;
        })
        .abort_handle();
        sender
            .ready()
            .await
            .map_err(|_| "closed at once".to_owned())?;
        Ok(Wire { to, sender, task })
    }

    fn take_idle(&self, to: &str) -> Option<Wire> {
        let oldest = self.clock.now() - IDLE_FOR;
        let mut idle = self.idle.lock().ok()?;
        idle.retain(|held| held.since > oldest && !held.wire.sender.is_closed());
        let at = idle
            .iter()
            .rposition(|held| held.wire.to == to && held.wire.sender.is_ready())?;
        Some(idle.swap_remove(at).wire)
    }

    fn keep(&self, wire: Wire) {
        if wire.sender.is_closed() {
            return;
        }
        if let Ok(mut idle) = self.idle.lock()
            && idle.len() < IDLE_MAX
        {
            let since = self.clock.now();
            idle.push(Idle { wire, since });
        }
    }
}

fn over_tls<R>(
    mut tcp: HttpConnector<R>,
) -> Result<HttpsConnector<HttpConnector<R>>, rustls::Error> {
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_WITHIN));
    tcp.set_tcp_user_timeout(Some(UNACKED_FOR));
    let tls = HttpsConnectorBuilder::new()
        .with_provider_and_webpki_roots(rustls::crypto::ring::default_provider())?;
    Ok(tls.https_or_http().enable_http1().wrap_connector(tcp))
}

impl Graph for Client {
    fn call(&self, request: Request) -> BoxFuture<'_, Sent> {
        Box::pin(self.exchange(request))
    }
}

/// Writes the request and reads the answer. The flag: the connection may carry another request.
async fn answer(
    wire: &mut Wire,
    request: http::Request<Full<Bytes>>,
    limit: usize,
) -> (Sent, bool) {
    let response = match wire.sender.try_send_request(request).await {
        Ok(response) => response,
        // The request handed back whole is the one proof that the connection never took it up.
        Err(failed) if failed.message().is_some() => {
            let why = "the connection was closed before the request".to_owned();
            return (Sent::NotSent { why }, false);
        }
        Err(_) => {
            let why = "cut before an answer".to_owned();
            return (Sent::Broken { why, http: None }, false);
        }
    };
    let status = response.status().as_u16();
    let date = response
        .headers()
        .get(header::DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(parse_date);
    let broken = |why: &str| Sent::Broken {
        why: why.to_owned(),
        http: Some(status),
    };
    let mut body = response.into_body();
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return (broken("the answer was cut"), false);
        };
        if let Some(data) = frame.data_ref() {
            if read.len() + data.len() > limit {
                return (broken("the answer is too long"), false);
            }
            read.extend_from_slice(data);
        }
    }
    let sent = Sent::Answered {
        http: status,
        body: read.freeze(),
        date,
    };
    // The connection frees itself in its task a moment after the body ends.
    let reusable = wire.sender.ready().await.is_ok();
    (sent, reusable)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, the only form servers may still make.
#[must_use]
pub fn parse_date(text: &str) -> Option<Time> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next().filter(|name| name.len() == 3)?;
    let month = i64::try_from(MONTHS.find(name)? / 3).ok()? + 1;
    let year: i64 = words.next()?.parse().ok()?;
    let mut clock = words.next()?.split(':').map(str::parse::<i64>);
    let mut part = || clock.next()?.ok();
    let (hour, minute, second) = (part()?, part()?, part()?);
    let inside = (1..=31).contains(&day) && (1970..=9999).contains(&year);
    if !inside
        || !(0..24).contains(&hour)
        || !(0..60).contains(&minute)
        || !(0..=60).contains(&second)
    {
        return None;
    }
    // Days since 1970 by the civil calendar, years beginning in March.
    let (y, m) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era_days = 365 * y + y / 4 - y / 100 + y / 400;
    let days = era_days + (153 * m + 2) / 5 + day - 1 - 719_468;
    Some(Time::from_secs(
        days * 86_400 + hour * 3_600 + minute * 60 + second,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_answers_are_read_and_nonsense_is_not() {
        let cases = [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 23:59:59 GMT", Some(1_709_251_199)),
            ("Fri, 20 Nov 2026 23:07:37 GMT", Some(1_795_216_057)),
            ("Sun, 06 Foo 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("yesterday", None),
            ("", None),
        ];
        for (text, secs) in cases {
            assert_eq!(parse_date(text), secs.map(Time::from_secs), "{text}");
        }
    }

    #[tokio::test]
    async fn a_token_is_not_carried_to_a_strangers_address() {
        let stranger = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/file", stranger.local_addr().unwrap());
        let clock = Arc::new(Clock::real());
        let client = Client::new("https://graph.facebook.com", Arc::clone(&clock)).unwrap();
        let until = clock.now() + Span::secs(5);
        let wanted = Request::get(url, crate::graph::Secret::new("token"), until);
        assert!(matches!(client.call(wanted).await, Sent::NotSent { .. }));
        let came = tokio::time::timeout(Duration::from_millis(50), stranger.accept()).await;
        assert!(came.is_err(), "not even a connection");
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused_at_once() {
        let clock = Arc::new(Clock::real());
        for base in ["", "graph.facebook.com", "ftp://host", "https://"] {
            assert!(Client::new(base, Arc::clone(&clock)).is_err(), "{base}");
        }
        assert!(Client::new("https://graph.facebook.com/", clock).is_ok());
    }
}
