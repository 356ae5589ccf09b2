//! The yardsticks: servers that do the least that could be called right, each a few lines.
//!
//! `hmac` reads the body, verifies, answers 200. `sqlite` also keeps it in one row (WAL, FULL, group
//! commit) before the 200. `echo-sqlite` also posts the reply at the Graph API and keeps its id.
//! Run as a process of their own (`xtask limit KIND`), so that CPU and memory are theirs alone.
//! Absent: parsing, dedupe, order after a crash, retries: that is what the product adds.

use super::message::{asked, member, verifies};
use bytes::Bytes;
use clap::ValueEnum;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Hmac,
    Sqlite,
    EchoSqlite,
}

/// Rows that one commit takes at most: as many as can wait while a sync runs.
const GROUP_MAX: usize = 512;
/// Kept connections to Graph; enough for more than the machine can post.
const POSTERS: usize = 32;
/// Replies that may wait per poster; a full queue slows the 200 down instead of growing.
const POSTER_QUEUE: usize = 256;

struct Row {
    body: Bytes,
    kept: Option<oneshot::Sender<()>>,
}

struct Server {
    rows: Option<mpsc::Sender<Row>>,
    posters: Vec<mpsc::Sender<Bytes>>,
}

/// Serves until the process is killed.
pub(crate) async fn serve(
    kind: Kind,
    listen: SocketAddr,
    data: &Path,
    graph: SocketAddr,
) -> Result<(), String> {
    let listener = tokio::net::TcpListener::bind(listen)
        .await
        .map_err(|e| e.to_string())?;
    let rows = match kind {
        Kind::Hmac => None,
        Kind::Sqlite | Kind::EchoSqlite => Some(writer(data)?),
    };
    let posters = match (kind, &rows) {
        (Kind::EchoSqlite, Some(rows)) => {
            (0..POSTERS).map(|_| poster(graph, rows.clone())).collect()
        }
        _ => Vec::new(),
    };
    let server = Arc::new(Server { rows, posters });
    loop {
        let (stream, _) = listener.accept().await.map_err(|e| e.to_string())?;
        let _ = stream.set_nodelay(true);
        let server = Arc::clone(&server);
        let service = hyper::service::service_fn(move |r| answer(Arc::clone(&server), r));
        let io = hyper_util::rt::TokioIo::new(stream);
        tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
    }
}

async fn answer(
    server: Arc<Server>,
    request: Request<Incoming>,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let header = request.headers().get("x-hub-signature-256");
    let header = header
        .and_then(|h| h.to_str().ok())
        .unwrap_or_default()
        .to_string();
    let body = match request.into_body().collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Ok(status(400)),
    };
    if !verifies(&body, &header) {
        return Ok(status(if body.is_empty() { 200 } else { 401 }));
    }
    let kept = match &server.rows {
        Some(rows) => keep(rows, body.clone()).await,
        None => true,
    };
    if kept && !server.posters.is_empty() {
        let text = String::from_utf8_lossy(&body);
        let customer = member(&text, "from")
            .and_then(|f| f.parse::<usize>().ok())
            .unwrap_or(0);
        let _ = server.posters[customer % POSTERS].send(body.clone()).await;
    }
    Ok(status(if kept { 200 } else { 503 }))
}

fn status(code: u16) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = hyper::StatusCode::from_u16(code).unwrap_or_default();
    response
}

async fn keep(rows: &mpsc::Sender<Row>, body: Bytes) -> bool {
    let (kept, done) = oneshot::channel();
    let row = Row {
        body,
        kept: Some(kept),
    };
    rows.send(row).await.is_ok() && done.await.is_ok()
}

/// One thread that takes everything that waits, commits it with one sync, and tells all.
fn writer(data: &Path) -> Result<mpsc::Sender<Row>, String> {
    let connection =
        rusqlite::Connection::open(data.join("limit.db")).map_err(|e| e.to_string())?;
    connection
        .execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE IF NOT EXISTS row (id INTEGER PRIMARY KEY, body BLOB NOT NULL);",
        )
        .map_err(|e| e.to_string())?;
    let (rows, mut waiting) = mpsc::channel::<Row>(4 * GROUP_MAX);
    std::thread::spawn(move || {
        let mut group = Vec::with_capacity(GROUP_MAX);
        while let Some(first) = waiting.blocking_recv() {
            group.push(first);
            while group.len() < GROUP_MAX {
                match waiting.try_recv() {
                    Ok(row) => group.push(row),
                    Err(_) => break,
                }
            }
            if let Err(why) = commit(&connection, &group) {
                eprintln!("limit: {why}");
                std::process::exit(1); // A yardstick that can't keep its rows measures nothing.
            }
            for row in group.drain(..) {
                row.kept.map(|k| k.send(()));
            }
        }
    });
    Ok(rows)
}

fn commit(connection: &rusqlite::Connection, group: &[Row]) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let mut insert = connection.prepare_cached("INSERT INTO row (body) VALUES (?1)")?;
    for row in group {
        insert.execute([row.body.as_ref()])?;
    }
    connection.execute_batch("COMMIT")
}

/// A task with one kept connection: posts one reply after the other and keeps each id.
fn poster(graph: SocketAddr, rows: mpsc::Sender<Row>) -> mpsc::Sender<Bytes> {
    let (queue, mut waiting) = mpsc::channel::<Bytes>(POSTER_QUEUE);
    tokio::spawn(async move {
        let mut line: Option<http1::SendRequest<Full<Bytes>>> = None;
        while let Some(body) = waiting.recv().await {
            if line.as_ref().is_none_or(|l| l.is_closed()) {
                line = connect(graph).await;
            }
            let Some(line) = line.as_mut() else { continue };
            if let Some(id) = post(line, &body).await {
                let _ = rows
                    .send(Row {
                        body: id,
                        kept: None,
                    })
                    .await;
            }
        }
    });
    queue
}

async fn connect(graph: SocketAddr) -> Option<http1::SendRequest<Full<Bytes>>> {
    let stream = tokio::net::TcpStream::connect(graph).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let io = hyper_util::rt::TokioIo::new(stream);
    let (line, connection) = http1::handshake(io).await.ok()?;
    tokio::spawn(connection);
    Some(line)
}

async fn post(line: &mut http1::SendRequest<Full<Bytes>>, delivery: &Bytes) -> Option<Bytes> {
    let text = String::from_utf8_lossy(delivery);
    let (number, to) = (asked(&text)?, member(&text, "from")?);
    let body = format!(
        r#"{{"messaging_product":"whatsapp","recipient_type":"individual","to":"+{to}","type":"text","text":{{"body":"m{number}"}}}}"#
    );
    let request = Request::post("/v23.0/100000000000001/messages")
        .header("host", "graph")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .ok()?;
    line.ready().await.ok()?;
    let response = line.send_request(request).await.ok()?;
    Some(response.into_body().collect().await.ok()?.to_bytes())
}
