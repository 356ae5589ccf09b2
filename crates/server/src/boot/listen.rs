//! Accepts connections and serves a router on them, with limits, until asked to stop.
//!
//! In: a listener and a router. Out: answered requests; at a stop, requests in progress finish within
//! the grace and idle connections close at once. Absent: TLS, which a reverse proxy in front does.
//! Next: `serve.rs`.

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at once: below the usual limit of open files with room for database and provider.
const CONNECTIONS: usize = 8_192;
/// A client that can't say its headers in this long is no client of ours.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);
/// Headers of all kinds together; Meta's are a kilobyte.
const HEADER_BYTES: usize = 32 * 1024;
/// Out of descriptors and the like: look again, without spinning.
const AGAIN: Duration = Duration::from_millis(50);

pub use crate::ingress::Peer;

/// Serves until `stopping` turns true, then for at most `grace`.
pub async fn run(
    listener: TcpListener,
    router: Router,
    mut stopping: watch::Receiver<bool>,
    grace: Duration,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    while !*stopping.borrow_and_update() {
        tokio::select! {
            _ = stopping.changed() => {}
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = accept(&listener, &places) => if let Some((stream, peer, place)) = accepted {
                let (router, stopping) = (router.clone(), stopping.clone());
                connections.spawn(async move {
                    connection(stream, peer, router, stopping).await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(grace, finished).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut");
        connections.abort_all();
    }
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, Peer, tokio::sync::OwnedSemaphorePermit)> {
    // Waiting for a place before accepting leaves the rest in the kernel's queue, where they cost nothing.
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, Peer(address), place)),
        Err(_) => {
            tokio::time::sleep(AGAIN).await;
            None
        }
    }
}

async fn connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    mut stopping: watch::Receiver<bool>,
) {
    // Small answers must not wait for more to come; a socket that refuses this is still served.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .max_buf_size(HEADER_BYTES);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        router.call(request)
    });
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // Broken connections are the client's affair: what was committed is committed.
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stopping.wait_for(|stop| *stop) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
