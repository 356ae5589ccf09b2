//! Throwing away knowledge that was deleted long ago, readings that ended, old questions of customers.
//!
//! In: the ages to keep. Out: how many rows went, and whether a slice was full. A source goes after all
//! that it held, so a crash in between leaves nothing behind. Next: `purge.rs`, the ages.

use super::{Purged, Retention, SLICE};
use crate::Commit;
use crate::error::Result;
use crate::store::Store;
use crate::val::{Cells, Stmt, Val, vals};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use uuid::Uuid;

/// Documents at once: each may have hundreds of passages and files of megabytes.
const DOCUMENTS_SLICE: i64 = 20;

const JOBS: &str = "DELETE FROM knowledge_jobs WHERE id IN (SELECT id FROM knowledge_jobs
 WHERE state NOT IN ('waiting', 'working') AND updated < $1 ORDER BY id LIMIT $2)";
const QUESTIONS: &str = "DELETE FROM questions WHERE id IN
 (SELECT id FROM questions WHERE at < $1 ORDER BY at LIMIT $2)";
const LOG: &str = "DELETE FROM knowledge_log WHERE workspace = $3 AND seq IN (SELECT seq FROM
 (SELECT seq, at FROM knowledge_log WHERE workspace = $3 ORDER BY seq LIMIT $2) l WHERE l.at < $1)";
const DOCUMENTS: &str = "SELECT d.id FROM knowledge_documents d WHERE d.deleted < $1
 UNION SELECT d.id FROM knowledge_documents d JOIN knowledge_sources s ON s.id = d.source WHERE s.deleted < $1
 LIMIT $2";
const CHUNKS_OF: &str = "DELETE FROM knowledge_chunks WHERE document = $1";
const VERSIONS_OF: &str = "DELETE FROM knowledge_versions WHERE document = $1";
const DOCUMENT: &str = "DELETE FROM knowledge_documents WHERE id = $1";
const FAQ: &str = "DELETE FROM knowledge_faq WHERE id IN (SELECT f.id FROM knowledge_faq f WHERE f.deleted < $1
 UNION SELECT f.id FROM knowledge_faq f JOIN knowledge_sources s ON s.id = f.source WHERE s.deleted < $1 LIMIT $2)";
const SOURCES: &str = "DELETE FROM knowledge_sources WHERE deleted < $1
 AND NOT EXISTS (SELECT 1 FROM knowledge_documents d WHERE d.source = knowledge_sources.id)
 AND NOT EXISTS (SELECT 1 FROM knowledge_faq f WHERE f.source = knowledge_sources.id)";
const VECTORS: &str = "SELECT v.workspace, v.model, v.hash FROM knowledge_vectors v
 WHERE NOT EXISTS (SELECT 1 FROM knowledge_chunks c WHERE c.workspace = v.workspace AND c.hash = v.hash)
 AND NOT EXISTS (SELECT 1 FROM knowledge_faq f WHERE f.workspace = v.workspace AND f.hash = v.hash) LIMIT $1";
const VECTOR: &str =
    "DELETE FROM knowledge_vectors WHERE workspace = $1 AND model = $2 AND hash = $3";

impl Store {
    /// One slice of what knowledge and learning leave behind; whether there is more.
    pub(super) async fn purge_knowledge(
        &self,
        now: Time,
        keep: &Retention,
        purged: &mut Purged,
    ) -> Result<bool> {
        let (deleted, slice) = (now - keep.deleted, SLICE);
        let go = |sql, before: Time| self.slice(Stmt::write(sql, vals![before, slice]));
        purged.readings = go(JOBS, now - keep.readings).await?;
        purged.questions = go(QUESTIONS, now - keep.questions).await?;
        let documents = self.purge_documents(deleted).await?;
        let faq = go(FAQ, deleted).await?;
        let sources = self.slice(Stmt::write(SOURCES, vals![deleted])).await?;
        let vectors = self.purge_vectors().await?;
        purged.knowledge = documents + faq + sources + vectors;
        let mut fullest = purged.readings.max(purged.questions).max(faq).max(vectors);
        for workspace in self.workspaces().await? {
            let params = vals![now - keep.feed, slice, workspace.id];
            fullest = fullest.max(self.slice(Stmt::write(LOG, params)).await?);
        }
        Ok(fullest >= slice.unsigned_abs() || documents >= DOCUMENTS_SLICE.unsigned_abs())
    }

    async fn purge_documents(&self, before: Time) -> Result<u64> {
        let stmt = Stmt::read(DOCUMENTS, vals![before, DOCUMENTS_SLICE]);
        let old: Vec<Uuid> = self.read_all(stmt, |mut c| c.get()).await?;
        let mut commit = Commit::new();
        for id in &old {
            commit
                .purge(CHUNKS_OF, vals![*id])
                .purge(VERSIONS_OF, vals![*id])
                .purge(DOCUMENT, vals![*id]);
        }
        self.commit(commit).await?;
        Ok(old.len() as u64)
    }

    /// Looked for beside the writer: most vectors have their text.
    async fn purge_vectors(&self) -> Result<u64> {
        let row = |mut c: Cells| {
            let (workspace, model, hash): (WorkspaceId, String, Uuid) =
                (c.get()?, c.get()?, c.get()?);
            Ok(vec![
                Val::from(workspace),
                Val::from(model),
                Val::from(hash),
            ])
        };
        let old = self
            .read_all(Stmt::read(VECTORS, vals![SLICE]), row)
            .await?;
        let count = old.len() as u64;
        let mut commit = Commit::new();
        for key in old {
            commit.purge(VECTOR, key);
        }
        self.commit(commit).await?;
        Ok(count)
    }
}
