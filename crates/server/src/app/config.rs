//! What the rooms need to know from outside the store, and the secrets they may use.
//!
//! In: arguments and variables as `boot` settled them. Out: a [`Config`] that doesn't change while
//! running, and [`Secrets`] that may (rotation, `apply`, the demo). Absent: settings of numbers,
//! which are in the store. Next: [`crate::settings`].

use crate::graph::Secret;
use crate::reading::Reading;
use ponte_core::ids::ChannelId;
use ponte_wire::signature;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use uuid::Uuid;

/// Fixed while running.
#[derive(Clone, Debug)]
pub struct Config {
    /// This process in leases; a new one at each start.
    pub node: Uuid,
    /// Its name for people.
    pub name: String,
    /// Media and other files are kept below it.
    pub data: PathBuf,
    /// Makes and checks the tags on our sends. Every process of one database must have the same.
    pub tag_key: Secret,
    /// `v26.0`, the version of the Graph API that is asked for.
    pub graph_version: String,
    /// Bytes of webhook bodies that may be in memory at once; over it, 503.
    pub ingress_bytes: usize,
    /// Of these, what bodies from one address may hold while they are being read. Behind a proxy all
    /// senders are one address.
    pub ingress_peer_bytes: usize,
    /// Posts to the provider at once, per number.
    pub posts: usize,
    /// No other process can be at work on this store (SQLite's file is locked): what a process
    /// before this one had leased is free at once.
    pub alone: bool,
    /// What every number carries, whatever its settings say: the demo measures load with it.
    pub throughput: Option<u32>,
    /// Where files of strangers are read; none: on a thread of this process, which is for tests.
    pub reading: Option<Reading>,
    /// Command lines of MCP servers that may be run here.
    pub mcp_commands: Vec<String>,
}

impl Config {
    /// The defaults for a process that keeps its files in `data`.
    #[must_use]
    pub fn new(node: Uuid, data: PathBuf, tag_key: Secret) -> Config {
        Config {
            node,
            name: "ponte".into(),
            data,
            tag_key,
            graph_version: "v26.0".into(),
            ingress_bytes: 64 * 1024 * 1024,
            ingress_peer_bytes: 48 * 1024 * 1024,
            posts: 32,
            alone: false,
            throughput: None,
            reading: None,
            mcp_commands: Vec::new(),
        }
    }
}

/// Secrets that may change while running.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Arc<RwLock<Held>>);

#[derive(Clone, Debug, Default)]
struct Held {
    app: Arc<Vec<signature::Secret>>,
    verify: Option<Secret>,
    default_token: Option<Secret>,
    tokens: BTreeMap<ChannelId, Secret>,
    version: u64,
}

impl Secrets {
    /// App secrets that sign deliveries: the new one and, during rotation, the old one.
    pub fn set_app(&self, secrets: Vec<Secret>) {
        let secrets = secrets
            .iter()
            .map(|secret| signature::Secret::new(secret.expose()))
            .collect();
        self.change(|held| held.app = Arc::new(secrets));
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

    /// Whether a body is signed by one of the app secrets.
    #[must_use]
    pub fn signed(&self, body: &[u8], header: Option<&str>) -> bool {
        let secrets = self.read(|held| Arc::clone(&held.app));
        signature::verify(body, header, &secrets)
    }

    #[must_use]
    pub fn verify(&self) -> Option<Secret> {
        self.read(|held| held.verify.clone())
    }

    /// The access token of a number.
    #[must_use]
    pub fn token(&self, channel: ChannelId) -> Option<Secret> {
        self.read(|held| {
            held.tokens
                .get(&channel)
                .or(held.default_token.as_ref())
                .filter(|token| !token.is_empty())
                .cloned()
        })
    }

    /// Grows with each change: whoever waits for a new token sees that there is one.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.read(|held| held.version)
    }

    fn change(&self, change: impl FnOnce(&mut Held)) {
        let mut held = match self.0.write() {
            Ok(held) => held,
            Err(poisoned) => poisoned.into_inner(),
        };
        held.version += 1;
        change(&mut held);
    }

    fn read<T>(&self, read: impl FnOnce(&Held) -> T) -> T {
        match self.0.read() {
            Ok(held) => read(&held),
            Err(poisoned) => read(&poisoned.into_inner()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_own_token_or_the_common_one() {
        let secrets = Secrets::default();
        let (one, other) = (ChannelId(Uuid::from_u128(1)), ChannelId(Uuid::from_u128(2)));
        assert!(secrets.token(one).is_none());
        secrets.set_default_token(Secret::new("common"));
        secrets.set_token(one, Secret::new("own"));
        assert_eq!(secrets.token(one).unwrap().expose(), "own");
        assert_eq!(secrets.token(other).unwrap().expose(), "common");
        assert_eq!(secrets.version(), 2);
        assert!(!format!("{secrets:?}").contains("common"));
    }

    #[test]
    fn old_and_new_app_secret_sign_during_rotation() {
        let secrets = Secrets::default();
        secrets.set_app(vec![Secret::new("new"), Secret::new("old")]);
        for secret in ["new", "old"] {
            let header = signature::sign(b"{}", &signature::Secret::new(secret));
            assert!(secrets.signed(b"{}", Some(&header)));
        }
        secrets.set_app(vec![Secret::new("new")]);
        let header = signature::sign(b"{}", &signature::Secret::new("old"));
        assert!(!secrets.signed(b"{}", Some(&header)));
    }
}
