//! The running server as a value: what the rooms share, how they start and how they stop.
//!
//! In: an open store, the environment, the configuration and the secrets. Out: an [`App`] that hands
//! out the webhook's router and takes commands, and, once started, a [`Running`] that stops
//! gracefully. Absent: sockets and arguments, which are `boot` and `cli`. Next: [`crate::ingress`],
//! [`crate::intake`], [`crate::engine`], [`crate::sender`].

pub mod config;
pub mod cut_off;
pub mod doubt;
pub mod owner;
pub mod rooms;
pub mod run;
pub mod seen;

pub use config::{Config, Secrets};
pub use run::Running;

use crate::boot::master_key;
use crate::engine::fold::Decide;
use crate::engine::work::Tried;
use crate::env::Env;
use crate::knowledge::Knowledge;
use crate::knowledge::crawl::fetch;
use crate::models::Models;
use crate::relay::{Relay, Takers};
use crate::settings::Settings;
use crate::tools::Tools;
use crate::tools::mcp::Servers;
use crate::understanding::Understanding;
use crate::vault::{Keys, Vault};
use ponte_core::ids::{ConversationId, EventId, WorkspaceId};
use ponte_core::{Envelope, Event};
use ponte_store::rows::Place;
use ponte_store::rows::journal::{JournalNew, JournalRow};
use ponte_store::{Commit, Store, StoreError};
use std::sync::{Arc, Mutex};
use tokio::sync::broadcast;

/// Something new stands in a workspace's feed. A hint: it may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedHint {
    pub workspace: WorkspaceId,
}

/// A feed hint is overwritten when nobody reads this many; readers then poll from their cursor.
const FEED_HINTS: usize = 1_024;

/// What all rooms share. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub env: Env,
    pub config: Arc<Config>,
    pub secrets: Secrets,
    pub settings: Settings,
    pub relay: Relay,
    /// Secrets at rest; closed until [`Vault::set`].
    pub vault: Vault,
    /// The way to language models.
    pub models: Models,
    /// What assistants may call.
    pub tools: Tools,
    /// Which rooms fell and were begun again.
    pub rooms: rooms::Rooms,
    /// What is seen of the numbers, for people to look at.
    pub seen: seen::Seen,
    /// Subscribe to be woken when a workspace's feed has grown.
    pub feed: broadcast::Sender<FeedHint>,
    /// How events are decided: `ponte_core::step`, unless a test brings one that fails.
    pub decide: Arc<Decide>,
    /// Entries that this process has marked as tried.
    pub tried: Tried,
    /// What workspaces know.
    pub knowledge: Knowledge,
    /// What people taught.
    pub understanding: Understanding,
    takers: Arc<Mutex<Option<Takers>>>,
}

impl App {
    #[must_use]
    pub fn new(store: Store, env: Env, config: Config, secrets: Secrets) -> App {
        let (relay, takers) = Relay::new();
        let settings = Settings::with_throughput(config.throughput);
        let knowledge = Knowledge::new(
            store.clone(),
            Arc::clone(&env.clock),
            Arc::clone(&env.ids),
            config.node,
            fetch::outside(env.egress.clone()),
        )
        .reading_in(config.reading.clone());
        let vault = Vault::new(Keys::default(), master_key::machine());
        App {
            models: Models::new(store.clone(), env.clone(), vault.clone()),
            tools: Tools::new(
                store.clone(),
                env.clone(),
                vault.clone(),
                Servers::new(config.mcp_commands.clone()),
            ),
            vault,
            store,
            env,
            config: Arc::new(config),
            secrets,
            settings,
            relay,
            rooms: rooms::Rooms::default(),
            seen: seen::Seen::default(),
            feed: broadcast::channel(FEED_HINTS).0,
            decide: Arc::new(ponte_core::step),
            tried: Tried::default(),
            understanding: Understanding::new(&knowledge),
            knowledge,
            takers: Arc::new(Mutex::new(Some(takers))),
        }
    }

    /// The routes of the webhook.
    pub fn webhook_router(&self) -> axum::Router {
        crate::ingress::router(self.clone())
    }

    /// Starts the rooms. Once per app.
    ///
    /// # Errors
    /// If the settings can't be read, or the app was started before.
    pub async fn start(&self) -> Result<Running, StoreError> {
        let takers = match self.takers.lock() {
            Ok(mut held) => held.take(),
            Err(_) => None,
        };
        let takers =
            takers.ok_or_else(|| StoreError::Invalid("this app was started before".into()))?;
        self.settings.reload(&self.store).await?;
        Ok(Running::begin(self.clone(), takers).await)
    }

    /// Marks the database file as worked on by this process, so that an older copy of it is known as one.
    pub async fn mark_run(&self) {
        if !self.store.is_marked() {
            return;
        }
        let fresh = self.env.ids.next(self.env.clock.now());
        if let Err(error) = self.store.mark_run(fresh).await {
            tracing::warn!(%error, "the mark beside the database can't be written: an older copy put in its place now would send again");
        }
    }

    /// A path of the Graph API with its version, for a path without.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        format!("/{}/{path}", self.config.graph_version)
    }

    /// Journals an event of a conversation: the door for commands. `key` makes a repeat harmless;
    /// `None` back: it was a repeat.
    ///
    /// # Errors
    /// The store's; nothing was journaled then, or (`Unsure`) nobody knows, and a repeat is harmless.
    pub async fn append(
        &self,
        place: Place,
        event: Event,
        key: &str,
    ) -> Result<Option<EventId>, StoreError> {
        let at = self.env.clock.now();
        let id = EventId(self.env.ids.next(at));
        let new = JournalNew {
            place,
            envelope: Envelope { id, at, event },
            dedupe: format!("command:{}:{key}", place.conversation),
            delivery: None,
        };
        let mut commit = Commit::new();
        commit.append(&new);
        let committed = self.store.commit(commit).await?;
        let Some(seq) = committed.journal.first().copied().flatten() else {
            return Ok(None);
        };
        self.relay.journaled(vec![JournalRow {
            seq,
            place,
            envelope: new.envelope,
            delivery: None,
            attempts: 0,
            applied: None,
            quarantined: false,
        }]);
        Ok(Some(id))
    }

    /// Where a conversation belongs, if it is one of this workspace.
    ///
    /// # Errors
    /// The store's.
    pub async fn place(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
    ) -> Result<Option<Place>, StoreError> {
        let found = self.store.conversation(workspace, conversation).await?;
        Ok(found.map(|item| item.place))
    }
}
