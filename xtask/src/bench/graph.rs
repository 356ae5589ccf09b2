//! A fake Graph API: accepts every answer at once with an id, and writes it into the ledger.
//!
//! In: requests on loopback. Out: what Graph would say, in a few lines; by order, every tenth answer
//! gets a 500 (half of them accepted all the same, with a status webhook as proof) or a refusal for
//! pace. Absent: rules, windows, limits: the simulator has those; this one must cost nothing.

use super::ledger::Ledger;
use super::message::{echoed, member, status_request};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Instant;
use tokio::sync::mpsc;

/// What Graph does with every tenth answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Fine,
    /// HTTP 500; every second of them was accepted.
    Broken,
    /// 130429: slow down; nothing was accepted.
    Busy,
}

pub(crate) struct Graph {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    began: Instant,
    run: RwLock<(Arc<Ledger>, Mood)>,
    /// Answers seen, also refused ones.
    seen: AtomicU64,
    proofs: mpsc::UnboundedSender<Vec<u8>>,
}

impl Graph {
    /// Serves until the process ends. Status webhooks to be posted come out of the channel.
    pub(crate) async fn start(
        began: Instant,
        first: Arc<Ledger>,
    ) -> std::io::Result<(Graph, mpsc::UnboundedReceiver<Vec<u8>>)> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (proofs, posts) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            began,
            run: RwLock::new((first, Mood::Fine)),
            seen: AtomicU64::new(0),
            proofs,
        });
        let serving = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&serving);
                let _ = stream.set_nodelay(true);
                let service =
                    hyper::service::service_fn(move |request| answer(Arc::clone(&shared), request));
                let io = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(io, service),
                );
            }
        });
        Ok((Graph { address, shared }, posts))
    }

    /// The ledger and mood of the next run.
    pub(crate) fn turn(&self, ledger: Arc<Ledger>, mood: Mood) {
        *self.shared.run.write().unwrap_or_else(|e| e.into_inner()) = (ledger, mood);
    }
}

type Reply = Result<Response<Full<Bytes>>, Infallible>;

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Reply {
    let posted = request.method() == hyper::Method::POST;
    let Ok(body) = request.into_body().collect().await else {
        return say(400, "{}".into());
    };
    let body = body.to_bytes();
    let text = String::from_utf8_lossy(&body);
    let Some(number) = echoed(&text).filter(|_| posted) else {
        return say(200, r#"{"success":true,"data":[]}"#.into()); // Read marks and look-ups.
    };
    let (ledger, mood) = shared.run.read().unwrap_or_else(|e| e.into_inner()).clone();
    let to = member(&text, "to").unwrap_or_default();
    let seen = shared.seen.fetch_add(1, Ordering::Relaxed);
    let wamid = format!("wamid.GRAPH{seen:x}");
    let now_us = || shared.began.elapsed().as_micros() as u64;
    match mood {
        Mood::Broken if seen % 20 == 9 => {
            ledger.answered(number, to, now_us());
            let tag = member(&text, "biz_opaque_callback_data").unwrap_or_default();
            // The receiver lives as long as the bench; a closed channel means it is over.
            let _ = shared
                .proofs
                .send(status_request(&wamid, tag, to, "127.0.0.1"));
            say(
                500,
                r#"{"error":{"code":2,"message":"Service temporarily unavailable"}}"#.into(),
            )
        }
        Mood::Broken if seen % 20 == 19 => {
            ledger.hidden(number);
            say(
                500,
                r#"{"error":{"code":1,"message":"An unknown error occurred"}}"#.into(),
            )
        }
        Mood::Busy if seen % 10 == 9 => say(
            429,
            r#"{"error":{"code":130429,"message":"Rate limit hit"}}"#.into(),
        ),
        Mood::Fine | Mood::Broken | Mood::Busy => {
            ledger.answered(number, to, now_us());
            say(
                200,
                format!(
                    r#"{{"messaging_product":"whatsapp","contacts":[{{"input":"{to}","wa_id":"{to}"}}],"messages":[{{"id":"{wamid}"}}]}}"#
                ),
            )
        }
    }
}

fn say(status: u16, body: String) -> Reply {
    let response = Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)));
    Ok(response.unwrap_or_else(|_| unreachable!("a fixed header and a known status")))
}
