//! The running server as a value: what the rooms share, how they start and how they stop.
//!
//! In: an open store, the environment and the configuration. Out: an [`App`] that hands out routers
//! and takes commands, and, once started, a [`Running`] that stops gracefully. Absent: sockets and
//! arguments, which are `boot` and `cli`. Next: [`crate::ingress`], [`crate::intake`],
//! [`crate::engine`], [`crate::sender`].

use crate::env::Env;
use crate::graph::Secret;
use ponte_core::ids::{ChannelId, WorkspaceId};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use tokio::sync::broadcast;

/// What the rooms need to know from outside the store.
#[derive(Clone, Debug)]
pub struct Config {
    /// Names this process in leases; two live processes never share it.
    pub node: String,
    /// Media and other files are kept below it.
    pub data: PathBuf,
    /// Makes and checks the tags on our sends. Every process of one database must have the same.
    pub tag_key: Secret,
    /// Bytes of webhook bodies that may be in memory at once; over it, 503.
    pub ingress_bytes: usize,
    /// Posts to the provider at once, per number.
    pub posts: usize,
}

impl Config {
    /// The defaults for one process that keeps its files in `data`.
    #[must_use]
    pub fn new(data: PathBuf, tag_key: Secret) -> Config {
        Config {
            node: "node".into(),
            data,
            tag_key,
            ingress_bytes: 64 * 1024 * 1024,
            posts: 32,
        }
    }
}

/// Secrets that may change while running: rotation, `apply`, the demo.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Arc<RwLock<Held>>);

#[derive(Clone, Debug, Default)]
struct Held {
    app: Vec<Secret>,
    verify: Option<Secret>,
    default_token: Option<Secret>,
    tokens: BTreeMap<ChannelId, Secret>,
}

impl Secrets {
    /// App secrets that sign deliveries: the new one and, during rotation, the old one.
    pub fn set_app(&self, secrets: Vec<Secret>) {
        self.change(|held| held.app = secrets);
    }
    /// The token of the webhook's verification.
    pub fn set_verify(&self, token: Secret) {
        self.change(|held| held.verify = Some(token));
    }
    /// The access token of every number that has none of its own.
    pub fn set_default_token(&self, token: Secret) {
        self.change(|held| held.default_token = Some(token));
    }
    /// The access token of one number.
    pub fn set_token(&self, channel: ChannelId, token: Secret) {
        self.change(|held| {
            held.tokens.insert(channel, token);
        });
    }
    #[must_use]
    pub fn app(&self) -> Vec<Secret> {
        self.read(|held| held.app.clone())
    }
    #[must_use]
    pub fn verify(&self) -> Option<Secret> {
        self.read(|held| held.verify.clone())
    }
    #[must_use]
    pub fn token(&self, channel: ChannelId) -> Option<Secret> {
        self.read(|held| {
            held.tokens
                .get(&channel)
                .or(held.default_token.as_ref())
                .cloned()
        })
    }

    fn change(&self, change: impl FnOnce(&mut Held)) {
        match self.0.write() {
            Ok(mut held) => change(&mut held),
            Err(poisoned) => change(&mut poisoned.into_inner()),
        }
    }
    fn read<T>(&self, read: impl FnOnce(&Held) -> T) -> T {
        match self.0.read() {
            Ok(held) => read(&held),
            Err(poisoned) => read(&poisoned.into_inner()),
        }
    }
}

/// Something new stands in a workspace's feed up to `seq`. A hint: it may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedHint {
    pub workspace: WorkspaceId,
    pub seq: i64,
}

/// A command could not be journaled.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    #[error("the store can't take it now: {0}")]
    Busy(String),
    #[error("no such conversation")]
    NoConversation,
}

/// A feed hint is overwritten when nobody reads this many; readers then poll from their cursor.
const FEED_HINTS: usize = 1_024;

/// What all rooms share. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub env: Env,
    pub config: Arc<Config>,
    pub secrets: Secrets,
    /// Subscribe to be woken when a workspace's feed has grown.
    pub feed: broadcast::Sender<FeedHint>,
}

impl App {
    #[must_use]
    pub fn new(env: Env, config: Config, secrets: Secrets) -> App {
        App {
            env,
            config: Arc::new(config),
            secrets,
            feed: broadcast::channel(FEED_HINTS).0,
        }
    }
}
