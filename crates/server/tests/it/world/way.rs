//! The wires of a world: calls from a node to the platform, deliveries from the platform to a node.
//!
//! In: requests and due posts. Out: what the simulated platform answers, with its delays and cuts; the
//! node's answers to deliveries. A dead node's calls go nowhere, and deliveries to it get no answer.
//! Absent: sockets. Next: [`super::node`].

use super::Shared;
use super::node::Door;
use axum::body::Body;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use ponte::graph::{Graph, Request, Sent};
use ponte_core::time::Span;
use ponte_sim::{ApiRequest, Cut, WebhookPost};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

/// The way from a node to the platform.
pub struct SimGraph {
    shared: Shared,
    dead: watch::Receiver<bool>,
}

impl SimGraph {
    pub fn new(shared: Shared, dead: watch::Receiver<bool>) -> SimGraph {
        SimGraph { shared, dead }
    }

    async fn exchange(&self, request: Request) -> Sent {
        if *self.dead.borrow() {
            std::future::pending::<()>().await;
        }
        let now = self.shared.now();
        if self.shared.slow.load(Ordering::Relaxed) && now.micros() / 1_000_000 % 2 == 0 {
            tokio::time::sleep(Duration::from_millis(900)).await;
        }
        if let Some(before) = &request.before
            && let Err(why) = before.0.pass(request.deadline).await
        {
            return Sent::NotSent { why };
        }
        let reply = self
            .shared
            .cloud(|cloud, now| cloud.http(now, api_request(&request)));
        let left = request.deadline - self.shared.now();
        let delay = reply.delay_us.min(left.as_micros()).max(0);
        tokio::time::sleep(Duration::from_micros(u64::try_from(delay).unwrap())).await;
        if reply.delay_us > left.as_micros() {
            return broken("no answer in time", None);
        }
        match reply.cut {
            Cut::None => Sent::Answered {
                http: reply.status,
                body: Bytes::from(reply.body),
                date: Some(self.shared.now()),
            },
            Cut::BeforeRequest => Sent::NotSent {
                why: "no connection".into(),
            },
            Cut::BeforeAccept | Cut::AfterAccept => broken("cut before an answer", None),
            Cut::MidBody => broken("the answer was cut", Some(reply.status)),
            Cut::Never => {
                let left = request.deadline - self.shared.now();
                let left = u64::try_from(left.as_micros()).unwrap_or(0);
                tokio::time::sleep(Duration::from_micros(left)).await;
                broken("no answer in time", None)
            }
        }
    }
}

impl Graph for SimGraph {
    fn call(&self, request: Request) -> BoxFuture<'_, Sent> {
        Box::pin(self.exchange(request))
    }
}

fn broken(why: &str, http: Option<u16>) -> Sent {
    Sent::Broken {
        why: why.into(),
        http,
    }
}

fn api_request(request: &Request) -> ApiRequest {
    let path = match request.path.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("/", |(_, path)| path),
        None => request.path.as_str(),
    };
    let mut api = ApiRequest::get(path, request.bearer.expose());
    api.method = request.method.to_string();
    api.body = request.body.to_vec();
    if !api.body.is_empty() {
        api.headers
            .push(("content-type".into(), request.content_type.into()));
    }
    api
}

/// Delivers what is due, to the nodes in turn.
pub struct Pump {
    doors: Arc<Mutex<Vec<Option<Door>>>>,
    task: JoinHandle<()>,
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Pump {
    pub fn start(shared: &Shared, nodes: usize) -> Pump {
        let doors: Arc<Mutex<Vec<Option<Door>>>> = Arc::new(Mutex::new(vec![None; nodes]));
        let task = tokio::spawn(pump(shared.clone(), Arc::clone(&doors)));
        Pump { doors, task }
    }

    pub fn open(&self, n: usize, door: Door) {
        self.doors.lock().unwrap()[n] = Some(door);
    }

    pub fn shut(&self, n: usize) {
        self.doors.lock().unwrap()[n] = None;
    }
}

async fn pump(shared: Shared, doors: Arc<Mutex<Vec<Option<Door>>>>) {
    loop {
        let due = shared.cloud.lock().unwrap().next_due();
        let wait = due.map_or(Span::hours(24), |due| Span(due - shared.now().micros()));
        let wait = Duration::from_micros(u64::try_from(wait.as_micros()).unwrap_or(0));
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shared.stirred.notified() => {}
        }
        let now = shared.now().micros();
        let posts = shared.cloud.lock().unwrap().take_due(now);
        for post in posts {
            let n = usize::try_from(post.id).unwrap() % doors.lock().unwrap().len();
            let door = doors.lock().unwrap()[n].clone();
            tokio::spawn(deliver(shared.clone(), door, post));
        }
    }
}

async fn deliver(shared: Shared, door: Option<Door>, post: WebhookPost) {
    let id = post.id;
    let status = match door {
        None => None,
        Some(mut door) => {
            let answered = door.router.clone().oneshot(http_request(post));
            tokio::select! {
                biased;
                answer = answered => answer.ok().map(|response| response.status().as_u16()),
                _ = door.dead.wait_for(|dead| *dead) => None,
            }
        }
    };
    shared.cloud(|cloud, now| cloud.webhook_answered(now, id, status));
}

fn http_request(post: WebhookPost) -> http::Request<Body> {
    let mut request = http::Request::post("/webhooks/whatsapp");
    for (name, value) in &post.headers {
        request = request.header(name, value);
    }
    request.body(Body::from(post.body)).unwrap()
}
