//! Keeps a workspace's index in memory: built of the store, then following its log.
//!
//! In: passages, curated answers and sources of the store; the log of what changed, here or on another
//! node. Out: the index to search, and how far it is. Questions are answered from the index as it is
//! while it is built or changed: a new one is built beside it, and changes hold it for a moment each.
//! Absent: texts of passages (the store has them). An index that followed equals one that was built: a
//! test holds it. Next: `retrieve.rs`.

use super::settings::SourceSettings;
use ponte_core::ids::WorkspaceId;
use ponte_nlu::search::chunk::ChunkId;
use ponte_nlu::search::index::{Index, Passage};
use ponte_store::rows::knowledge::{Changed, FaqRow, LiveChunk, LogRow};
use ponte_store::{LIST_MAX, Store, StoreError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::Mutex;
use utoipa::ToSchema;
use uuid::Uuid;

/// Passages put while the index is held at once: well under a millisecond each.
const PUT_AT_ONCE: usize = 16;
/// Entries of the log taken at once.
const LOG_AT_ONCE: u32 = 1_000;

/// One workspace's index.
pub struct Held {
    workspace: WorkspaceId,
    state: RwLock<State>,
    /// One at a time builds or follows.
    turn: Mutex<()>,
    building: AtomicBool,
    built: AtomicU64,
}

/// What is known of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) settings: SourceSettings,
    pub(crate) reviewed: ponte_core::Time,
}

/// The index with what the log is followed by.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) index: Index,
    pub(crate) sources: BTreeMap<Uuid, Known>,
    /// Of which source a document is, and which passages it has.
    documents: BTreeMap<Uuid, (Uuid, BTreeSet<Uuid>)>,
    pub(crate) faqs: BTreeMap<Uuid, Uuid>,
    /// The last entry of the log that is in here; none: never built.
    seq: Option<i64>,
}

/// How an index stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IndexState {
    /// Passages and curated answers that can be found.
    pub passages: u64,
    /// It is being built; what is there so far is answered from.
    pub building: bool,
    /// Passages put in since the building began.
    pub built: u64,
    pub ready: bool,
}

impl Held {
    pub(crate) fn new(workspace: WorkspaceId) -> Held {
        Held {
            workspace,
            state: RwLock::default(),
            turn: Mutex::new(()),
            building: AtomicBool::new(false),
            built: AtomicU64::new(0),
        }
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> IndexState {
        let state = self.read();
        IndexState {
            passages: state.index.len() as u64,
            building: self.building.load(Ordering::Acquire),
            built: self.built.load(Ordering::Acquire),
            ready: state.seq.is_some(),
        }
    }

    /// Brings it up to what the store says; builds it where that is not possible.
    ///
    /// # Errors
    /// The store's; the index answers as before.
    pub async fn follow(&self, store: &Store) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let (first, last) = store.knowledge_ends(self.workspace).await?;
        let at = self.read().seq;
        match at {
            Some(at) if at == last => return Ok(()),
            // Entries between are gone from the log, or the store is an older copy.
            Some(at) if at > last || first.is_none_or(|first| first > at + 1) => {}
            Some(at) => return self.catch_up(store, at).await,
            None => {}
        }
        self.building.store(true, Ordering::Release);
        self.built.store(0, Ordering::Release);
        let built = self.build(store, last).await;
        self.building.store(false, Ordering::Release);
        *self.write() = built?;
        Ok(())
    }

    /// Builds it anew beside the one that answers.
    ///
    /// # Errors
    /// The store's.
    pub async fn rebuild(&self, store: &Store) -> Result<(), StoreError> {
        self.write().seq = None;
        self.follow(store).await
    }

    /// What changes meanwhile stands in the log behind `last` and is followed next.
    async fn build(&self, store: &Store, last: i64) -> Result<State, StoreError> {
        let mut state = State::default();
        let mut after = None;
        loop {
            let page = store
                .sources(self.workspace, false, after, LIST_MAX)
                .await?;
            for row in page.items {
                let settings = SourceSettings::of(&row);
                let known = Known {
                    name: row.name,
                    settings,
                    reviewed: row.reviewed,
                };
                state.sources.insert(row.id, known);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = store.chunks(self.workspace, after, LIST_MAX).await?;
            for rows in page.items.chunks(PUT_AT_ONCE) {
                rows.iter().for_each(|row| state.put(row));
                self.built.fetch_add(rows.len() as u64, Ordering::AcqRel);
                tokio::task::yield_now().await;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = store
                .faqs(self.workspace, None, false, after, LIST_MAX)
                .await?;
            for row in &page.items {
                state.put_faq(row);
                self.built.fetch_add(1, Ordering::AcqRel);
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        state.seq = Some(last);
        Ok(state)
    }

    async fn catch_up(&self, store: &Store, mut at: i64) -> Result<(), StoreError> {
        loop {
            let log = store.knowledge_log(self.workspace, at, LOG_AT_ONCE).await?;
            let Some(last) = log.last().map(|row| row.seq) else {
                return Ok(());
            };
            for (changed, id) in distinct(&log) {
                match changed {
                    Changed::Source => self.source_changed(store, id).await?,
                    Changed::Document => self.document_changed(store, id).await?,
                    Changed::Faq => self.faq_changed(store, id).await?,
                    Changed::Vectors => {}
                }
            }
            at = last;
            self.write().seq = Some(last);
            self.compact();
        }
    }

    async fn source_changed(&self, store: &Store, id: Uuid) -> Result<(), StoreError> {
        let row = store.source(self.workspace, id).await?;
        let row = row.filter(|row| row.deleted.is_none());
        let before = self.read().sources.get(&id).cloned();
        let Some(row) = row else {
            self.write().drop_source(id);
            return Ok(());
        };
        let now = Known {
            settings: SourceSettings::of(&row),
            name: row.name,
            reviewed: row.reviewed,
        };
        let same = before.is_some_and(|old| {
            old.settings.audience == now.settings.audience
                && old.settings.assistants == now.settings.assistants
        });
        self.write().sources.insert(id, now);
        if same {
            return Ok(());
        }
        let mut after = None;
        loop {
            let page = store
                .knowledge_documents(self.workspace, id, false, after, LIST_MAX)
                .await?;
            for document in page.items {
                self.document_changed(store, document.id).await?;
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = store
                .faqs(self.workspace, Some(id), false, after, LIST_MAX)
                .await?;
            for row in &page.items {
                self.write().put_faq(row);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn document_changed(&self, store: &Store, id: Uuid) -> Result<(), StoreError> {
        let mut there = BTreeSet::new();
        let mut after = None;
        loop {
            let page = store.chunks_of(self.workspace, id, after, LIST_MAX).await?;
            for rows in page.items.chunks(PUT_AT_ONCE) {
                there.extend(rows.iter().map(|row| row.chunk.id));
                let mut state = self.write();
                rows.iter().for_each(|row| state.put(row));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        self.write().keep_only(id, &there);
        Ok(())
    }

    async fn faq_changed(&self, store: &Store, id: Uuid) -> Result<(), StoreError> {
        let live = store.live_faqs(self.workspace, &[id]).await?;
        let mut state = self.write();
        match live.first() {
            Some(row) => state.put_faq(row),
            None => state.drop_faq(id),
        }
        Ok(())
    }

    /// Puts vectors beside the words. One that doesn't fit its model's is passed over: the passage is
    /// found by its words.
    pub(crate) fn put_vectors(
        &self,
        model: &str,
        vectors: impl Iterator<Item = (ChunkId, Vec<f32>)>,
    ) {
        let mut state = self.write();
        let mut refused = 0_u32;
        for (id, vector) in vectors {
            if state.index.contains(id) && state.index.put_vector(model, id, &vector).is_err() {
                refused += 1;
            }
        }
        if refused > 0 {
            tracing::warn!(
                refused,
                "vectors don't fit their model's and are passed over"
            );
        }
    }

    fn compact(&self) {
        let compacted = {
            let state = self.read();
            let worth = state.index.wants_compaction();
            worth.then(|| state.index.compacted())
        };
        if let Some(index) = compacted {
            self.write().index = index;
        }
    }
}

impl State {
    fn put(&mut self, row: &LiveChunk) {
        let chunk = &row.chunk;
        // Its source is not known yet, or gone: the log says so in a moment.
        let Some(source) = self.sources.get(&chunk.source) else {
            return;
        };
        let title = line(&row.title, &chunk.heading);
        self.index.put(&Passage {
            id: ChunkId(chunk.id.as_u128()),
            source: chunk.source.as_u128(),
            title: &title,
            text: &chunk.text,
            audience: source.settings.audience_word(),
            tags: &source.settings.assistants,
        });
        let entry = self.documents.entry(chunk.document);
        let (_, passages) = entry.or_insert_with(|| (chunk.source, BTreeSet::new()));
        passages.insert(chunk.id);
    }

    fn put_faq(&mut self, row: &FaqRow) {
        let Some(source) = self.sources.get(&row.source).filter(|_| row.enabled) else {
            self.drop_faq(row.id);
            return;
        };
        self.index.put(&Passage {
            id: ChunkId(row.id.as_u128()),
            source: row.source.as_u128(),
            title: &row.questions.join(" "),
            text: &row.answer,
            audience: source.settings.audience_word(),
            tags: &source.settings.assistants,
        });
        self.faqs.insert(row.id, row.source);
    }

    fn drop_faq(&mut self, id: Uuid) {
        self.index.remove(ChunkId(id.as_u128()));
        self.faqs.remove(&id);
    }

    /// Of a document only these passages are left.
    fn keep_only(&mut self, document: Uuid, there: &BTreeSet<Uuid>) {
        let Some((_, passages)) = self.documents.get_mut(&document) else {
            return;
        };
        let gone: Vec<Uuid> = passages.difference(there).copied().collect();
        passages.retain(|id| there.contains(id));
        if passages.is_empty() {
            self.documents.remove(&document);
        }
        for id in gone {
            self.index.remove(ChunkId(id.as_u128()));
        }
    }

    fn drop_source(&mut self, id: Uuid) {
        self.sources.remove(&id);
        let of = |(document, (source, _)): (&Uuid, &(Uuid, BTreeSet<Uuid>))| {
            (*source == id).then_some(*document)
        };
        let documents: Vec<Uuid> = self.documents.iter().filter_map(of).collect();
        for document in documents {
            self.keep_only(document, &BTreeSet::new());
        }
        let of = |(faq, source): (&Uuid, &Uuid)| (*source == id).then_some(*faq);
        let faqs: Vec<Uuid> = self.faqs.iter().filter_map(of).collect();
        for faq in faqs {
            self.drop_faq(faq);
        }
    }
}

/// Title and headings in one line; a heading that repeats the title stands once.
fn line(title: &str, heading: &[String]) -> String {
    let mut parts = vec![title];
    parts.extend(
        heading
            .iter()
            .map(String::as_str)
            .filter(|part| *part != title),
    );
    parts.join(" › ")
}

/// Each thing once, where it stood last: sources before what they hold is of no matter, since each is
/// read as it is now.
fn distinct(log: &[LogRow]) -> Vec<(Changed, Uuid)> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<(Changed, Uuid)> = log
        .iter()
        .map(|row| (row.changed, row.id))
        .filter(|key| seen.insert(*key))
        .collect();
    // A source must be known before its documents are put.
    all.sort_by_key(|(changed, _)| *changed != Changed::Source);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_followed_once_and_sources_first() {
        let row = |seq, changed, id| LogRow {
            seq,
            changed,
            id: Uuid::from_u128(id),
        };
        let log = [
            row(1, Changed::Document, 1),
            row(2, Changed::Source, 2),
            row(3, Changed::Document, 1),
        ];
        let want = [
            (Changed::Source, Uuid::from_u128(2)),
            (Changed::Document, Uuid::from_u128(1)),
        ];
        assert_eq!(distinct(&log), want);
    }

    #[test]
    fn a_title_is_not_said_twice() {
        let heading = ["Entrega".to_owned(), "Prazos".to_owned()];
        assert_eq!(line("Entrega", &heading), "Entrega › Prazos");
        assert_eq!(line("Manual", &[]), "Manual");
    }
}
