//! One exchange: a request written to one connection once, and its answer read piece by piece.
//!
//! In: a request whose target has been judged. Out: a [`Stream`] with the head, whose pieces come as
//! they arrive, within the caller's deadline and limit. A connection goes back to the others only when
//! its answer was read to the end. Absent: redirects ([`super::redirect`]). Next: [`super::wire`].

use super::staged::{Coming, Stage};
use super::wire::Wire;
use super::{Cut, Egress, Inner, Opened, Refusal, Request, Sent, Target, Why};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use http_body_util::Full;
use ponte_core::time::{Span, Time};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Nothing is written when less than this is left of the deadline: it would only be in doubt.
const MARGIN: Span = Span::millis(50);

/// Headers that frame a message or belong to the connection; a caller's would contradict ours.
const OURS: [HeaderName; 9] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
    header::ACCEPT_ENCODING,
];

/// An answer whose body is still coming.
pub struct Stream {
    pub status: u16,
    pub headers: HeaderMap,
    /// Where it comes from: another address than the request's after redirects.
    pub url: String,
    body: Coming,
    left: usize,
    deadline: Time,
    wire: Option<Wire>,
    inner: Arc<Inner>,
    /// Held while the body comes.
    _place: Option<OwnedSemaphorePermit>,
}

impl Stream {
    /// The next piece, or `None` after the last.
    ///
    /// # Errors
    /// The answer is not whole and will not be: late, cut, or longer than its limit.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Cut> {
        loop {
            let left = left(&self.inner, self.deadline);
            let frame = match tokio::time::timeout(left, self.body.frame()).await {
                Err(_) => return Err(self.cut(Cut::TooSlow)),
                Ok(Some(Err(_))) => return Err(self.cut(Cut::Body)),
                Ok(None) => {
                    self.end().await;
                    return Ok(None);
                }
                Ok(Some(Ok(frame))) => frame,
            };
            // What is no data are trailers, which nobody reads.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if data.len() > self.left {
                return Err(self.cut(Cut::TooLong));
            }
            self.left -= data.len();
            if !data.is_empty() {
                return Ok(Some(data));
            }
        }
    }

    /// All that is still to come, in one piece.
    ///
    /// # Errors
    /// As [`Stream::chunk`].
    pub async fn rest(&mut self) -> Result<Bytes, Cut> {
        let mut read = BytesMut::new();
        while let Some(data) = self.chunk().await? {
            read.extend_from_slice(&data);
        }
        Ok(read.freeze())
    }

    fn cut(&mut self, why: Cut) -> Cut {
        self.wire = None;
        why
    }

    async fn end(&mut self) {
        if let Some(mut wire) = self.wire.take() {
            // The connection frees itself in its task a moment after the body ends.
            if wire.sender.ready().await.is_ok() {
                self.inner.wires.keep(wire);
            }
        }
    }
}

/// Sends to a judged target, once.
pub(super) async fn exchange(egress: &Egress, request: &Request, target: &Target) -> Opened {
    let inner = &egress.0;
    let built = match build(request, target) {
        Ok(built) => built,
        Err(why) => return Opened::NotSent { why: why.into() },
    };
    if left(inner, request.deadline).is_zero() {
        return Opened::NotSent { why: Why::TooLate };
    }
    if let Some(stage) = &inner.stage {
        return staged(inner, stage.as_ref(), request).await;
    }
    let prepared = tokio::time::timeout(left(inner, request.deadline), prepare(inner, target));
    let (mut wire, place) = match prepared.await {
        Ok(Ok(prepared)) => prepared,
        Ok(Err(why)) => return Opened::NotSent { why },
        Err(_) => return Opened::NotSent { why: Why::TooSlow },
    };
    if inner.clock.now() + MARGIN >= request.deadline {
        inner.wires.keep(wire);
        return Opened::NotSent { why: Why::TooLate };
    }
    let head_by = request
        .head_by
        .unwrap_or(request.deadline)
        .min(request.deadline);
    let sent = tokio::time::timeout(left(inner, head_by), wire.sender.try_send_request(built));
    let response = match sent.await {
        Ok(Ok(response)) => response,
        // The request handed back whole is the one proof that the connection never took it up.
        Ok(Err(failed)) if failed.message().is_some() => {
            return Opened::NotSent {
                why: Why::NoConnection,
            };
        }
        Ok(Err(_)) => return broken(Cut::NoAnswer, None),
        Err(_) => return broken(Cut::TooSlow, None),
    };
    let (head, body) = response.into_parts();
    let status = head.status.as_u16();
    if is_packed(&head.headers) {
        return broken(Cut::Packed, Some(status));
    }
    Opened::Answered(Box::new(Stream {
        status,
        headers: head.headers,
        url: request.url.clone(),
        body: Coming::Wire(body),
        left: request.limit,
        deadline: request.deadline,
        wire: Some(wire),
        inner: Arc::clone(inner),
        _place: Some(place),
    }))
}

/// The same on a stage.
async fn staged(inner: &Arc<Inner>, stage: &dyn Stage, request: &Request) -> Opened {
    match stage.act(request).await {
        Sent::NotSent { why } => Opened::NotSent { why },
        Sent::Broken { why, status } => Opened::Broken { why, status },
        Sent::Answered(answer) => Opened::Answered(Box::new(Stream {
            status: answer.status,
            headers: answer.headers,
            url: request.url.clone(),
            body: Coming::Staged(Some(answer.body)),
            left: request.limit,
            deadline: request.deadline,
            wire: None,
            inner: Arc::clone(inner),
            _place: None,
        })),
    }
}

/// A place among the calls under way, and a connection: an idle one, or a new one to an address that has
/// been looked up and judged just now.
async fn prepare(inner: &Arc<Inner>, target: &Target) -> Result<(Wire, OwnedSemaphorePermit), Why> {
    let place = Arc::clone(&inner.places).acquire_owned().await;
    let place = place.map_err(|_| Why::TooMany)?;
    if let Some(wire) = inner.wires.take(target) {
        return Ok((wire, place));
    }
    let found = match target.literal {
        Some(ip) => vec![ip],
        None => inner
            .resolver
            .resolve(&target.host)
            .await
            .map_err(|_| Why::NoSuchName)?,
    };
    let addresses = target.checked(&found, &inner.allow)?;
    let wire = inner.wires.connect(target, addresses).await?;
    Ok((wire, place))
}

fn build(request: &Request, target: &Target) -> Result<http::Request<Full<Bytes>>, Refusal> {
    let path = target
        .uri
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let mut built = http::Request::new(Full::new(request.body.clone()));
    *built.method_mut() = request.method.clone();
    *built.uri_mut() = path.parse().map_err(|_| Refusal::Unreadable)?;
    let headers = built.headers_mut();
    let host = HeaderValue::try_from(target.host_header()).map_err(|_| Refusal::Host)?;
    headers.insert(header::HOST, host);
    let agent = concat!("ponte/", env!("CARGO_PKG_VERSION"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    headers.insert(
        header::ACCEPT_ENCODING,
        HeaderValue::from_static("identity"),
    );
    for (name, value) in &request.headers {
        if OURS.contains(name) || name.as_str().starts_with("proxy-") {
            return Err(Refusal::Header);
        }
        if name == header::USER_AGENT {
            headers.insert(name.clone(), value.clone());
        } else {
            headers.append(name.clone(), value.clone());
        }
    }
    Ok(built)
}

fn is_packed(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity") && !value.is_empty())
}

fn broken(why: Cut, status: Option<u16>) -> Opened {
    Opened::Broken { why, status }
}

fn left(inner: &Inner, until: Time) -> Duration {
    let micros = (until - inner.clock.now()).as_micros();
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
