//! What a workspace knows: takes files, sites and curated answers in, and finds passages for questions.
//!
//! In: rows of the store and files. Out: documents with versions and passages in the store, an index of
//! each workspace in memory, and [`Knowledge::retrieve`], the one way to ask it: the API's test, the
//! router and people's tools all use it. The store is the truth; an index is built from it at any time
//! and follows its log, also of what other nodes changed. Absent on purpose: models and wording of
//! answers (the router's), scores (`ponte_nlu::search`). Next: `index.rs`, `retrieve.rs`, `import.rs`.

pub mod crawl;
pub mod embed;
pub mod faq;
pub mod import;
pub mod index;
pub mod jobs;
pub mod progress;
pub mod reading;
pub mod retrieve;
pub mod settings;
pub mod trouble;

use crate::env::{Clock, Ids};
use crate::reading::Reading;
use index::Held;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Span;
use ponte_store::{Store, StoreError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use uuid::Uuid;

/// Workspaces whose indexes are in memory at once. Beyond it the one asked longest ago goes; it is built
/// again when somebody asks.
const HELD_MOST: usize = 256;

/// Indexes look at the store's log this often without a hint.
const FOLLOW_POLL: Span = Span::secs(5);

/// Builds all indexes, then keeps them up to what the store says, for ever.
pub async fn keep_indexes(knowledge: Knowledge) {
    if let Err(error) = knowledge.build_all().await {
        tracing::warn!(%error, "indexes can't be built now; each is built when it is asked");
    }
    loop {
        tokio::select! {
            () = knowledge.changed.notified() => {}
            () = knowledge.clock.sleep(FOLLOW_POLL) => {}
        }
        knowledge.follow().await;
    }
}

/// The room, as others hold it. Clones share it.
#[derive(Clone)]
pub struct Knowledge {
    pub(crate) store: Store,
    pub(crate) clock: Arc<Clock>,
    pub(crate) ids: Arc<Ids>,
    pub(crate) node: Uuid,
    pub(crate) fetch: crawl::Fetcher,
    /// Where files are read; none: on a thread of this process.
    pub(crate) reader: Option<Reading>,
    indexes: Arc<Mutex<Indexes>>,
    /// There is something to read.
    work: Arc<Notify>,
    /// Something changed that indexes must follow.
    changed: Arc<Notify>,
}

#[derive(Default)]
struct Indexes {
    held: BTreeMap<WorkspaceId, (u64, Arc<Held>)>,
    /// Grows with each question; the smallest was asked longest ago.
    asked: u64,
}

impl Knowledge {
    #[must_use]
    pub fn new(
        store: Store,
        clock: Arc<Clock>,
        ids: Arc<Ids>,
        node: Uuid,
        fetch: crawl::Fetcher,
    ) -> Knowledge {
        Knowledge {
            store,
            clock,
            ids,
            node,
            fetch,
            reader: None,
            indexes: Arc::default(),
            work: Arc::new(Notify::new()),
            changed: Arc::new(Notify::new()),
        }
    }

    /// The same with a place of its own to read files in.
    #[must_use]
    pub fn reading_in(mut self, reader: Option<Reading>) -> Knowledge {
        self.reader = reader;
        self
    }

    /// There may be something to read, or to follow: a hint.
    pub fn nudge(&self) {
        self.work.notify_one();
        self.changed.notify_one();
    }

    pub(crate) fn work(&self) -> &Notify {
        &self.work
    }

    /// The index of a workspace as far as it is known here; it may still be empty.
    pub(crate) fn held(&self, workspace: WorkspaceId) -> Arc<Held> {
        let mut all = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        all.asked += 1;
        let asked = all.asked;
        if let Some((last, held)) = all.held.get_mut(&workspace) {
            *last = asked;
            return Arc::clone(held);
        }
        if all.held.len() >= HELD_MOST {
            let oldest = all.held.iter().min_by_key(|(_, (last, _))| *last);
            if let Some(oldest) = oldest.map(|(id, _)| *id) {
                all.held.remove(&oldest);
            }
        }
        let held = Arc::new(Held::new(workspace));
        all.held.insert(workspace, (asked, Arc::clone(&held)));
        held
    }

    /// Brings every index in memory up to what the store says.
    pub async fn follow(&self) {
        let all: Vec<Arc<Held>> = {
            let all = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
            all.held
                .values()
                .map(|(_, held)| Arc::clone(held))
                .collect()
        };
        for held in all {
            if let Err(error) = held.follow(&self.store).await {
                tracing::warn!(%error, "an index can't follow the store now; it answers as before");
            }
        }
    }

    /// Builds the indexes of all workspaces, one after the other: at the start.
    ///
    /// # Errors
    /// The store's.
    pub async fn build_all(&self) -> Result<(), StoreError> {
        for workspace in self.store.workspaces().await?.into_iter().take(HELD_MOST) {
            self.held(workspace.id).follow(&self.store).await?;
        }
        Ok(())
    }
}
