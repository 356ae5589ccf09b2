//! Puts a document that was read into the store, touching only what changed.
//!
//! In: the document's sections with its key in its source, and what the store has of it. Out: one commit
//! (document, version with the file, passages, log) and what became of it. The same text again changes
//! nothing but the day it was looked at; done twice it is done once, so a crash in the middle of an
//! import is followed by the same import. Absent: reading (`reading.rs`). Next: `jobs.rs`.

use super::Knowledge;
use super::progress::{Became, Progress};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_nlu::search::chunk::{self, Section};
use ponte_reader::Document;
use ponte_store::rows::knowledge::{Changed, ChunkRow, KnowledgeDocument, VersionRow};
use ponte_store::{Commit, LIST_MAX, StoreError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Versions kept of a document besides the newest.
pub const VERSIONS_KEPT: u64 = 5;
/// Bytes of a file that is kept beside its text; of a larger one only the text stays.
pub const ORIGINAL_MOST: usize = 8 << 20;
/// Letters of a title.
const TITLE_MOST: usize = 300;

/// Something that was read.
#[derive(Clone, Debug)]
pub struct Incoming {
    pub workspace: WorkspaceId,
    pub source: Uuid,
    /// File name or canonical address.
    pub key: String,
    /// Shown where the document itself has none.
    pub title: Option<String>,
    pub media: String,
    pub original: Vec<u8>,
    pub document: Document,
    /// What the server keeps beside it: marks for the next visit.
    pub facts: Value,
}

/// A commit to be stored, and what it does.
#[derive(Clone, Debug)]
pub struct Planned {
    pub commit: Commit,
    pub became: Became,
    pub passages_added: u32,
    pub passages_removed: u32,
}

impl Planned {
    /// Counts it, after it was stored.
    pub fn count(&self, progress: &mut Progress) {
        progress.count(self.became);
        progress.passages_added += self.passages_added;
        progress.passages_removed += self.passages_removed;
    }
}

impl Knowledge {
    /// What storing a document would do.
    ///
    /// # Errors
    /// The store's.
    pub async fn plan(&self, new: Incoming) -> Result<Planned, StoreError> {
        let now = self.clock.now();
        let old = self
            .store
            .knowledge_by_key(new.workspace, new.source, &new.key)
            .await?;
        let hash = hash(&new.document);
        if let Some(old) = &old
            && old.deleted.is_none()
            && old.version > 0
            && old.hash == hash
        {
            return Ok(unchanged(old, &new, now));
        }
        let before = match &old {
            Some(old) => self.passages(new.workspace, old.id).await?,
            None => BTreeSet::new(),
        };
        let id = old
            .as_ref()
            .map_or_else(|| self.ids.next(now), |old| old.id);
        let row = KnowledgeDocument {
            id,
            workspace: new.workspace,
            source: new.source,
            title: title(&new),
            hash,
            version: old.as_ref().map_or(0, |old| old.version) + 1,
            facts: new.facts.clone(),
            misses: 0,
            created: old.as_ref().map_or(now, |old| old.created),
            updated: now,
            checked: now,
            deleted: None,
            key: new.key.clone(),
        };
        Ok(changed(&row, &new, old.as_ref(), &before))
    }

    /// The ids of a document's passages as they stand, deleted or not.
    async fn passages(
        &self,
        workspace: WorkspaceId,
        document: Uuid,
    ) -> Result<BTreeSet<Uuid>, StoreError> {
        let mut all = BTreeSet::new();
        let mut after = None;
        loop {
            let page = self
                .store
                .chunks_of(workspace, document, after, LIST_MAX)
                .await?;
            all.extend(page.items.iter().map(|row| row.chunk.id));
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

fn unchanged(old: &KnowledgeDocument, new: &Incoming, now: Time) -> Planned {
    let row = KnowledgeDocument {
        facts: new.facts.clone(),
        misses: 0,
        checked: now,
        ..old.clone()
    };
    let mut commit = Commit::new();
    commit.put_knowledge(&row, Some(old.version));
    Planned {
        commit,
        became: Became::Unchanged,
        passages_added: 0,
        passages_removed: 0,
    }
}

fn changed(
    row: &KnowledgeDocument,
    new: &Incoming,
    old: Option<&KnowledgeDocument>,
    before: &BTreeSet<Uuid>,
) -> Planned {
    let chunks = chunks(row, &new.document);
    let after: BTreeSet<Uuid> = chunks.iter().map(|chunk| chunk.id).collect();
    let mut commit = Commit::new();
    commit.put_knowledge(row, old.map(|old| old.version));
    commit.add_version(&version(row, new), VERSIONS_KEPT);
    for chunk in &chunks {
        commit.put_chunk(chunk);
    }
    commit.drop_old_chunks(row.id, row.version);
    commit.knowledge_changed(row.workspace, Changed::Document, row.id, row.updated);
    let fresh = old.is_none_or(|old| old.deleted.is_some() || old.version == 0);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Planned {
        commit,
        became: if fresh {
            Became::Added
        } else {
            Became::Changed
        },
        passages_added: count(after.difference(before).count()),
        passages_removed: count(before.difference(&after).count()),
    }
}

fn version(row: &KnowledgeDocument, new: &Incoming) -> VersionRow {
    let kept = !new.original.is_empty() && new.original.len() <= ORIGINAL_MOST;
    VersionRow {
        document: row.id,
        workspace: row.workspace,
        version: row.version,
        title: row.title.clone(),
        hash: row.hash.clone(),
        at: row.updated,
        size_bytes: new.original.len() as u64,
        media: new.media.clone(),
        original: kept.then(|| new.original.clone()),
    }
}

/// The passages of a document.
fn chunks(row: &KnowledgeDocument, document: &Document) -> Vec<ChunkRow> {
    let sections: Vec<Section<'_>> = document
        .sections
        .iter()
        .map(|section| Section {
            heading: &section.heading,
            text: &section.text,
            table: section.table,
        })
        .collect();
    let cut = chunk::cut(&row.id.to_string(), &sections, &chunk::Settings::default());
    let mut seen = BTreeSet::new();
    cut.into_iter()
        .filter(|chunk| seen.insert(chunk.id))
        .zip(0_u32..)
        .map(|(chunk, ordinal)| ChunkRow {
            id: Uuid::from_u128(chunk.id.0),
            workspace: row.workspace,
            source: row.source,
            document: row.id,
            version: row.version,
            ordinal,
            hash: text_hash(&chunk.heading.join(" › "), &chunk.text),
            heading: chunk.heading,
            text: chunk.text,
        })
        .collect()
}

/// The name of a text for its vector: the same text has the same.
#[must_use]
pub fn text_hash(heading: &str, text: &str) -> Uuid {
    Uuid::new_v5(
        &Uuid::NAMESPACE_OID,
        format!("{heading}\n{text}").as_bytes(),
    )
}

fn hash(document: &Document) -> Vec<u8> {
    let parts = json!({ "title": document.title, "sections": document.sections });
    Sha256::digest(parts.to_string().as_bytes()).to_vec()
}

fn title(new: &Incoming) -> String {
    let own = new.title.as_ref().or(new.document.title.as_ref());
    let title = own.map_or(new.key.as_str(), |title| title.trim());
    let title = if title.is_empty() { &new.key } else { title };
    title.chars().take(TITLE_MOST).collect()
}
