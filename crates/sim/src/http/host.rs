//! The parts of a running simulator together: world, clock, listener, poster, wake-ups.
//!
//! In: a `Cloud`, options. Out: a `Host` that runs until it is stopped; whoever holds it may do anything to
//! the world through `with`, which also wakes the poster and tells the page. The world is behind a plain
//! mutex that is never held across an await. Deliberately absent: what each part does; see `serve.rs`,
//! `post.rs`, `admin.rs`.

use super::clock::Clock;
use super::{post, serve};
use crate::cloud::Cloud;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

/// How a host runs.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Webhooks in flight at most.
    pub webhook_concurrency: usize,
    /// How long a webhook answer is waited for.
    pub webhook_timeout: Duration,
    /// Ahead of the machine's clock by this much.
    pub offset_us: i64,
    /// Whether media links in answers point at this host rather than where the configuration says.
    pub own_media_links: bool,
    /// How the admin API moves the clock; `None` at once.
    pub stride: Option<Stride>,
    /// Puts something around the admin API: pages beside it, guards before it. Only paths below
    /// `/simulator` come here.
    pub around: Option<Around>,
}

/// Gets the admin API and gives back what is served below `/simulator`.
#[derive(Clone)]
pub struct Around(pub Arc<dyn Fn(axum::Router) -> axum::Router + Send + Sync>);

impl std::fmt::Debug for Around {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Around")
    }
}

/// Moves of the clock in parts, so that whoever follows the clock does in between what falls due, as in
/// time that really passes. A part must be well below the 24 hours that a window lasts.
#[derive(Debug, Clone, Copy)]
pub struct Stride {
    /// The longest part.
    pub longest_us: i64,
    /// The rest between two parts.
    pub rest: Duration,
}

impl Default for HostOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            webhook_concurrency: 64,
            webhook_timeout: Duration::from_secs(20),
            offset_us: 0,
            own_media_links: true,
            stride: None,
            around: None,
        }
    }
}

/// What the listener is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Open,
    /// The port is closed: connecting fails.
    Refusing,
    Stopped,
}

/// A running simulator.
#[derive(Debug)]
pub struct Host {
    cloud: Mutex<Cloud>,
    pub(super) clock: Clock,
    pub(super) options: HostOptions,
    address: SocketAddr,
    pub(super) wake: Notify,
    pub(super) changes: watch::Sender<u64>,
    pub(super) mode: watch::Sender<Mode>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Host {
    /// Listens and runs.
    pub async fn start(mut cloud: Cloud, options: HostOptions) -> std::io::Result<Arc<Self>> {
        let listener = TcpListener::bind(options.listen).await?;
        let address = listener.local_addr()?;
        if options.own_media_links {
            cloud.set_media_base(&format!("http://{address}"));
        }
        let host = Arc::new(Self {
            cloud: Mutex::new(cloud),
            clock: Clock::start(options.offset_us),
            options,
            address,
            wake: Notify::new(),
            changes: watch::Sender::new(0),
            mode: watch::Sender::new(Mode::Open),
            tasks: Mutex::new(Vec::new()),
        });
        let serving = tokio::spawn(serve::run(Arc::clone(&host), listener));
        let posting = tokio::spawn(post::run(Arc::clone(&host)));
        host.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend([serving, posting]);
        Ok(host)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base of Graph API calls.
    pub fn graph_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The world's time.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Moves the world's time forward: windows close, statuses and retries fall due.
    pub fn advance(&self, span_us: i64) {
        self.clock.advance(span_us);
        self.touched();
    }

    /// Moves the world's time forward as the options say: in parts with a rest between them, or at once.
    pub async fn stroll(&self, span_us: i64) {
        let Some(stride) = self.options.stride else {
            return self.advance(span_us);
        };
        let mut left = span_us;
        while left > stride.longest_us {
            self.advance(stride.longest_us);
            left -= stride.longest_us;
            tokio::time::sleep(stride.rest).await;
        }
        self.advance(left);
    }

    /// Where webhooks go.
    pub fn set_webhook_url(&self, url: Option<String>) {
        self.with(|cloud, _| cloud.set_webhook_url(url));
    }

    /// Does something to the world at its present moment.
    pub fn with<R>(&self, deed: impl FnOnce(&mut Cloud, i64) -> R) -> R {
        let result = self.peek(deed);
        self.touched();
        result
    }

    /// Looks at the world without waking anybody.
    pub(super) fn peek<R>(&self, look: impl FnOnce(&mut Cloud, i64) -> R) -> R {
        let mut cloud = self.lock();
        // Read under the lock, so that the world never sees time go back.
        let now = self.clock.now();
        look(&mut cloud, now)
    }

    fn lock(&self) -> MutexGuard<'_, Cloud> {
        self.cloud.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the poster and tells the page.
    pub(super) fn touched(&self) {
        self.wake.notify_one();
        self.changes.send_modify(|version| *version += 1);
    }

    /// Closes the port for real, so that connecting fails with a refusal, or opens it again.
    pub fn refuse_connections(&self, refuse: bool) {
        self.mode.send_if_modified(|mode| {
            let wanted = if refuse { Mode::Refusing } else { Mode::Open };
            let changes = *mode != Mode::Stopped && *mode != wanted;
            if changes {
                *mode = wanted;
            }
            changes
        });
    }

    /// Stops: no new connections, calls in progress get a second to finish, webhooks in flight are dropped.
    pub async fn stop(&self) {
        self.mode.send_replace(Mode::Stopped);
        self.wake.notify_one();
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            // A task that panicked has nothing left to stop.
            drop(task.await);
        }
    }
}
