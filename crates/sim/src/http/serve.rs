//! Connections: accepting, telling the Graph API from the admin API, and breaking off where a cut says so.
//!
//! In: a listener. Out: answers, late, half or never. A cut before or after acceptance closes the socket
//! without a byte of answer; a cut inside the body sends the head and half of the body first. Deliberately
//! absent: what a call means; see `Cloud::http`. Next: `admin.rs`.

use super::admin::router;
use super::host::{Host, Mode};
use crate::api::{ApiReply, ApiRequest, Cut};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, Incoming};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};

/// Largest request: a document of 100 MB with its form around it.
const LARGEST: usize = 110 * 1024 * 1024;
/// What a stop leaves calls in progress.
const GRACE: Duration = Duration::from_secs(1);
/// How long half a body stands before the connection closes, so that it has really left.
const HALF: Duration = Duration::from_millis(20);

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection broken on purpose")
    }
}

impl std::error::Error for Broken {}

/// Accepts until stopped; while refusing, the port is closed.
pub(super) async fn run(host: Arc<Host>, listener: TcpListener) {
    let mut mode = host.mode.subscribe();
    let mut listener = Some(listener);
    let mut connections = JoinSet::new();
    let api = router(Arc::clone(&host));
    let admin = TowerToHyperService::new(match &host.options.around {
        Some(around) => (around.0)(api),
        None => api,
    });
    loop {
        let wanted = *mode.borrow_and_update();
        match (wanted, &listener) {
            (Mode::Stopped, _) => break,
            (Mode::Refusing, _) => listener = None,
            (Mode::Open, None) => listener = TcpListener::bind(host.address()).await.ok(),
            (Mode::Open, Some(_)) => {}
        }
        tokio::select! {
            changed = mode.changed() => if changed.is_err() { break },
            accepted = accept(listener.as_ref()) => if let Some(stream) = accepted {
                connections.spawn(connection(Arc::clone(&host), admin.clone(), stream));
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, finished).await.is_err() {
        connections.abort_all();
    }
}

async fn accept(listener: Option<&TcpListener>) -> Option<TcpStream> {
    match listener {
        Some(listener) => match listener.accept().await {
            Ok((stream, _)) => Some(stream),
            // Out of descriptors and the like: do not spin.
            Err(_) => {
                sleep(Duration::from_millis(10)).await;
                None
            }
        },
        None => {
            sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn connection(host: Arc<Host>, admin: TowerToHyperService<axum::Router>, stream: TcpStream) {
    let mut mode = host.mode.subscribe();
    // Latency matters more than packets on a loopback.
    drop(stream.set_nodelay(true));
    let service = hyper::service::service_fn(move |request| {
        answer(Arc::clone(&host), admin.clone(), request)
    });
    let serving =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::pin!(serving);
    tokio::select! {
        // A cut ends the connection with an error on purpose; there is nobody to tell.
        _ = serving.as_mut() => return,
        () = until_closed(&mut mode) => {}
    }
    if *mode.borrow() == Mode::Stopped {
        serving.as_mut().graceful_shutdown();
        drop(tokio::time::timeout(GRACE, serving).await);
    }
}

async fn until_closed(mode: &mut tokio::sync::watch::Receiver<Mode>) {
    drop(mode.wait_for(|mode| *mode != Mode::Open).await);
}

async fn answer(
    host: Arc<Host>,
    admin: TowerToHyperService<axum::Router>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Broken> {
    let path = request.uri().path();
    if path == "/simulator" || path.starts_with("/simulator/") {
        return hyper::service::Service::call(&admin, request)
            .await
            .map_err(|never| match never {});
    }
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LARGEST).collect().await else {
        return Ok(plain(
            StatusCode::PAYLOAD_TOO_LARGE,
            Body::from("too large"),
        ));
    };
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let call = ApiRequest {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_bytes().into(),
    };
    let reply = perform(&host, call).await;
    if reply.delay_us > 0 {
        sleep(Duration::from_micros(reply.delay_us.unsigned_abs())).await;
    }
    match reply.cut {
        Cut::None => Ok(whole(reply)),
        Cut::MidBody => Ok(half(reply)),
        Cut::BeforeRequest | Cut::BeforeAccept | Cut::AfterAccept => Err(Broken),
        Cut::Never => std::future::pending().await,
    }
}

/// Asks the world, and performs the verifications it wants before the answer.
async fn perform(host: &Arc<Host>, call: ApiRequest) -> ApiReply {
    let (mut reply, verifications) = host.with(|cloud, now| {
        let reply = cloud.http(now, call);
        (reply, cloud.take_verifications())
    });
    for verification in verifications {
        let (status, body) =
            super::post::get(&verification.url, host.options.webhook_timeout).await;
        if let Some(refusal) =
            host.with(|cloud, _| cloud.verification_answered(verification, status, &body))
        {
            reply = refusal;
        }
    }
    reply
}

fn plain(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

fn headed(reply: &ApiReply, body: Body) -> Response<Body> {
    let mut response = plain(
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK),
        body,
    );
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (
            name.parse::<http::HeaderName>(),
            value.parse::<http::HeaderValue>(),
        ) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn whole(reply: ApiReply) -> Response<Body> {
    let body = Bytes::from(reply.body.clone());
    headed(&reply, Body::from(body))
}

/// The head promises the whole body, half of it follows.
fn half(reply: ApiReply) -> Response<Body> {
    let length = reply.body.len();
    let first = Bytes::copy_from_slice(&reply.body[..length / 2]);
    let body = Half {
        first: Some(first),
        then: Box::pin(sleep(HALF)),
    };
    let mut response = headed(&reply, Body::new(body));
    response.headers_mut().insert(
        http::header::CONTENT_LENGTH,
        http::HeaderValue::from(length),
    );
    response
}

/// A body that breaks off.
struct Half {
    first: Option<Bytes>,
    then: Pin<Box<Sleep>>,
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        if let Some(first) = this.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        this.then.as_mut().poll(context).map(|()| Some(Err(Broken)))
    }
}
