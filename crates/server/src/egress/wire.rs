//! Connections to the outside: made to addresses that were judged, kept for a moment, used once at a
//! time.
//!
//! In: a [`Target`] and the addresses to connect to, or none where an idle connection serves. Out: a
//! [`Wire`] that carries one request. A place's idle connections lead to addresses that were judged
//! when they were made. Absent: repeating anything on another connection. Next: [`super::stream`],
//! `crate::graph::http`, the same idea for the provider.

use super::{Target, Why};
use crate::env::Clock;
use bytes::Bytes;
use futures_util::future::{Ready, ready};
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use ponte_core::time::{Span, Time};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::task::AbortHandle;
use tower::{Service, ServiceExt};

/// Connections kept open while idle, to all places together.
const IDLE_MAX: usize = 64;
/// An idle connection is used again within this; servers and NATs drop older ones without a word.
const IDLE_FOR: Span = Span::secs(20);
/// Connecting and shaking hands takes less than this or is given up: no byte has left.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A written request that nobody acknowledges kills its connection.
const UNACKED_FOR: Duration = Duration::from_secs(15);
/// What the head of an answer may weigh, and how many headers it may have.
const HEAD_MAX_BYTES: usize = 64 * 1024;
const HEADERS_MAX: usize = 128;

/// One connection. Dropping it ends its task, so that nothing is written after its caller gave up.
pub struct Wire {
    to: Place,
    pub sender: SendRequest<Full<Bytes>>,
    task: AbortHandle,
}

type Place = (bool, String, u16);

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Idle {
    wire: Wire,
    since: Time,
}

/// Idle connections, and how new ones are made.
pub struct Wires {
    clock: Arc<Clock>,
    tls: Arc<rustls::ClientConfig>,
    idle: Mutex<Vec<Idle>>,
}

impl Wires {
    #[must_use]
    pub fn new(clock: Arc<Clock>) -> Wires {
        Wires {
            clock,
            tls: Arc::new(tls()),
            idle: Mutex::new(Vec::new()),
        }
    }

    /// An idle connection to this place.
    pub fn take(&self, target: &Target) -> Option<Wire> {
        let oldest = self.clock.now() - IDLE_FOR;
        let to = place(target);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|held| held.since > oldest && !held.wire.sender.is_closed());
        let at = idle
            .iter()
            .rposition(|held| held.wire.to == to && held.wire.sender.is_ready())?;
        Some(idle.swap_remove(at).wire)
    }

    /// Gives a connection back when its answer has been read to the end.
    pub fn keep(&self, wire: Wire) {
        if wire.sender.is_closed() {
            return;
        }
        let since = self.clock.now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(Idle { wire, since });
        }
    }

    /// A new connection to one of these addresses and no other.
    ///
    /// # Errors
    /// When none of them takes it.
    pub async fn connect(&self, target: &Target, addresses: Vec<SocketAddr>) -> Result<Wire, Why> {
        let mut tcp = HttpConnector::new_with_resolver(Judged(addresses));
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_WITHIN));
        tcp.set_tcp_user_timeout(Some(UNACKED_FOR));
        let mut connector = HttpsConnector::from((tcp, Arc::clone(&self.tls)));
        let made = async {
            let ready = connector.ready().await.map_err(|_| Why::NoConnection)?;
            let io = ready.call(target.uri.clone()).await;
            let io = io.map_err(|_| Why::NoConnection)?;
            let mut builder = http1::Builder::new();
            builder
                .max_headers(HEADERS_MAX)
                .max_header_size(HEAD_MAX_BYTES);
            let (mut sender, connection) =
                builder.handshake(io).await.map_err(|_| Why::NoConnection)?;
            let task = tokio::spawn(async move {
                // Its errors reach the caller through the request.
                let _ended = connection.await;
            })
            .abort_handle();
            let is_ready = sender.ready().await.is_ok();
            let wire = Wire {
                to: place(target),
                sender,
                task,
            };
            if is_ready {
                Ok(wire)
            } else {
                Err(Why::NoConnection)
            }
        };
        let within = tokio::time::timeout(CONNECT_WITHIN, made);
        within.await.unwrap_or(Err(Why::TooSlow))
    }
}

fn place(target: &Target) -> Place {
    (target.is_tls, target.host.clone(), target.port)
}

/// The roots that browsers trust, and ring.
fn tls() -> rustls::ClientConfig {
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has the default versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A resolver that has been asked already: whatever the name, these are the addresses.
#[derive(Clone)]
struct Judged(Vec<SocketAddr>);

impl Service<Name> for Judged {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<Result<Self::Response, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}
