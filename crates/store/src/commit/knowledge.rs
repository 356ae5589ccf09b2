//! What changes a workspace's knowledge: sources, documents, passages, curated answers, vectors.
//!
//! Every change that an index must follow puts an entry into the workspace's log in the same commit; the
//! log's counter is a row that the transaction holds, so entries come in the order of commits. Deleting
//! is a mark, seen at once by every reader, and can be taken back. Next: `read/knowledge.rs`.

use super::{Commit, Refused};
use crate::hint::Hint;
use crate::rows::knowledge::{Changed, ChunkRow, FaqRow, KnowledgeDocument, SourceRow, VersionRow};
use crate::val::vals;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use uuid::Uuid;

const HEAD: &str = "INSERT INTO knowledge_heads (workspace, last) VALUES ($1, 1)
 ON CONFLICT (workspace) DO UPDATE SET last = knowledge_heads.last + 1";
const LOG: &str = "INSERT INTO knowledge_log (workspace, seq, kind, id, at)
 SELECT workspace, last, $2, $3, $4 FROM knowledge_heads WHERE workspace = $1";
const SOURCE_NEW: &str =
    "INSERT INTO knowledge_sources (id, workspace, kind, name, settings, report, revision,
 created, updated, reviewed) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8, $9)";
const SOURCE_PUT: &str = "UPDATE knowledge_sources SET name = $3, settings = $4, report = $5, updated = $6,
 reviewed = $7, revision = revision + 1 WHERE id = $1 AND workspace = $2 AND revision = $8 AND deleted IS NULL";
const SOURCE_REPORT: &str =
    "UPDATE knowledge_sources SET report = $3, reviewed = $4 WHERE id = $1 AND workspace = $2";
const SOURCE_DELETE: &str = "UPDATE knowledge_sources SET deleted = $3, revision = revision + 1
 WHERE id = $1 AND workspace = $2 AND deleted IS NULL";
const SOURCE_RESTORE: &str = "UPDATE knowledge_sources SET deleted = NULL, revision = revision + 1
 WHERE id = $1 AND workspace = $2 AND deleted IS NOT NULL";
const DOCUMENT_NEW: &str = "INSERT INTO knowledge_documents (id, workspace, source, key, title, hash, version,
 facts, misses, created, updated, checked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
const DOCUMENT_PUT: &str = "UPDATE knowledge_documents SET title = $3, hash = $4, version = $5, facts = $6,
 misses = $7, updated = $8, checked = $9, deleted = NULL WHERE id = $1 AND workspace = $2 AND version = $10";
const DOCUMENT_DELETE: &str = "UPDATE knowledge_documents SET deleted = $3
 WHERE id = $1 AND workspace = $2 AND deleted IS NULL";
const DOCUMENT_RESTORE: &str = "UPDATE knowledge_documents SET deleted = NULL
 WHERE id = $1 AND workspace = $2 AND deleted IS NOT NULL";
const VERSION: &str =
    "INSERT INTO knowledge_versions (document, version, workspace, title, hash, at, size,
 media, original) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const VERSIONS_OLD: &str = "DELETE FROM knowledge_versions WHERE document = $1 AND version <= $2";
const CHUNK: &str =
    "INSERT INTO knowledge_chunks (id, workspace, source, document, version, ordinal, heading,
 text, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
 ON CONFLICT (id) DO UPDATE SET version = excluded.version, ordinal = excluded.ordinal
 WHERE knowledge_chunks.document = excluded.document";
const CHUNKS_OLD: &str = "DELETE FROM knowledge_chunks WHERE document = $1 AND version <> $2";
const FAQ_NEW: &str =
    "INSERT INTO knowledge_faq (id, workspace, source, questions, answer, tags, enabled, hash,
 revision, created, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)";
const FAQ_PUT: &str = "UPDATE knowledge_faq SET questions = $3, answer = $4, tags = $5, enabled = $6, hash = $7,
 updated = $8, revision = revision + 1 WHERE id = $1 AND workspace = $2 AND revision = $9 AND deleted IS NULL";
const FAQ_DELETE: &str = "UPDATE knowledge_faq SET deleted = $3, revision = revision + 1
 WHERE id = $1 AND workspace = $2 AND deleted IS NULL";
const FAQ_RESTORE: &str = "UPDATE knowledge_faq SET deleted = NULL, revision = revision + 1
 WHERE id = $1 AND workspace = $2 AND deleted IS NOT NULL";
const VECTOR: &str =
    "INSERT INTO knowledge_vectors (workspace, model, hash, vector) VALUES ($1, $2, $3, $4)
 ON CONFLICT (workspace, model, hash) DO UPDATE SET vector = excluded.vector";

impl Commit {
    /// An entry for whoever keeps an index of this workspace.
    pub fn knowledge_changed(
        &mut self,
        workspace: WorkspaceId,
        changed: Changed,
        id: Uuid,
        at: Time,
    ) -> &mut Self {
        self.hint(Hint::Knowledge(workspace));
        self.push(HEAD, vals![workspace]);
        self.push(LOG, vals![workspace, changed.word(), id, at])
    }

    /// Adds a source (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_source(&mut self, s: &SourceRow, expected: u64) -> &mut Self {
        let (settings, report) = (self.json(&s.settings), self.json(&s.report));
        if expected == 0 {
            let params = vals![
                s.id,
                s.workspace,
                s.kind.word(),
                &s.name,
                settings,
                report,
                s.created,
                s.updated,
                s.reviewed,
            ];
            self.push(SOURCE_NEW, params);
        } else {
            let params = vals![
                s.id,
                s.workspace,
                &s.name,
                settings,
                report,
                s.updated,
                s.reviewed,
                expected,
            ];
            self.must(SOURCE_PUT, params, Refused::Revision);
        }
        self.knowledge_changed(s.workspace, Changed::Source, s.id, s.updated)
    }

    /// Notes how a reading of a source went; its settings and what is found stay as they are.
    pub fn source_report(&mut self, s: &SourceRow) -> &mut Self {
        let report = self.json(&s.report);
        self.push(SOURCE_REPORT, vals![s.id, s.workspace, report, s.reviewed])
    }

    /// Nothing of the source is found from now on.
    pub fn delete_source(&mut self, workspace: WorkspaceId, id: Uuid, at: Time) -> &mut Self {
        self.must(SOURCE_DELETE, vals![id, workspace, at], Refused::Missing);
        self.knowledge_changed(workspace, Changed::Source, id, at)
    }

    /// Takes the deletion of a source back. Refused as `Constraint` when its name is taken by now.
    pub fn restore_source(&mut self, workspace: WorkspaceId, id: Uuid, at: Time) -> &mut Self {
        self.must(SOURCE_RESTORE, vals![id, workspace], Refused::Missing);
        self.knowledge_changed(workspace, Changed::Source, id, at)
    }

    /// Adds a document (`expected` none) or changes it, if it still has the expected version. One that
    /// was deleted is there again. Whether the index must follow is told by the caller, who knows
    /// whether the text changed.
    pub fn put_knowledge(&mut self, d: &KnowledgeDocument, expected: Option<u64>) -> &mut Self {
        let facts = self.json(&d.facts);
        let Some(expected) = expected else {
            let params = vals![
                d.id,
                d.workspace,
                d.source,
                &d.key,
                &d.title,
                d.hash.clone(),
                d.version,
                facts,
                d.misses,
                d.created,
                d.updated,
                d.checked,
            ];
            return self.push(DOCUMENT_NEW, params);
        };
        let params = vals![
            d.id,
            d.workspace,
            &d.title,
            d.hash.clone(),
            d.version,
            facts,
            d.misses,
            d.updated,
            d.checked,
            expected,
        ];
        self.must(DOCUMENT_PUT, params, Refused::Revision)
    }

    /// Nothing of the document is found from now on.
    pub fn delete_knowledge(&mut self, workspace: WorkspaceId, id: Uuid, at: Time) -> &mut Self {
        self.must(DOCUMENT_DELETE, vals![id, workspace, at], Refused::Missing);
        self.knowledge_changed(workspace, Changed::Document, id, at)
    }

    /// Takes the deletion of a document back.
    pub fn restore_knowledge(&mut self, workspace: WorkspaceId, id: Uuid, at: Time) -> &mut Self {
        self.must(DOCUMENT_RESTORE, vals![id, workspace], Refused::Missing);
        self.knowledge_changed(workspace, Changed::Document, id, at)
    }

    /// Keeps a version of a document, and of those before only the last `keep`.
    pub fn add_version(&mut self, v: &VersionRow, keep: u64) -> &mut Self {
        let params = vals![
            v.document,
            v.version,
            v.workspace,
            &v.title,
            v.hash.clone(),
            v.at,
            v.size_bytes,
            &v.media,
            v.original.clone(),
        ];
        self.push(VERSION, params);
        let old = v.version.saturating_sub(keep + 1);
        self.push(VERSIONS_OLD, vals![v.document, old])
    }

    /// Puts a passage of a document; one with its id gets its new place.
    pub fn put_chunk(&mut self, c: &ChunkRow) -> &mut Self {
        let heading = self.json(&c.heading);
        let params = vals![
            c.id,
            c.workspace,
            c.source,
            c.document,
            c.version,
            c.ordinal,
            heading,
            &c.text,
            c.hash,
        ];
        self.must(CHUNK, params, Refused::Constraint)
    }

    /// Throws away the passages of a document that its version no longer has.
    pub fn drop_old_chunks(&mut self, document: Uuid, version: u64) -> &mut Self {
        self.push(CHUNKS_OLD, vals![document, version])
    }

    /// Adds a curated answer (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_faq(&mut self, f: &FaqRow, expected: u64) -> &mut Self {
        let (questions, tags) = (self.json(&f.questions), self.json(&f.tags));
        if expected == 0 {
            let params = vals![
                f.id,
                f.workspace,
                f.source,
                questions,
                &f.answer,
                tags,
                f.enabled,
                f.hash,
                f.created,
                f.updated,
            ];
            self.push(FAQ_NEW, params);
        } else {
            let params = vals![
                f.id,
                f.workspace,
                questions,
                &f.answer,
                tags,
                f.enabled,
                f.hash,
                f.updated,
                expected,
            ];
            self.must(FAQ_PUT, params, Refused::Revision);
        }
        self.knowledge_changed(f.workspace, Changed::Faq, f.id, f.updated)
    }

    /// The curated answer is given no more.
    pub fn delete_faq(&mut self, workspace: WorkspaceId, id: Uuid, at: Time) -> &mut Self {
        self.must(FAQ_DELETE, vals![id, workspace, at], Refused::Missing);
        self.knowledge_changed(workspace, Changed::Faq, id, at)
    }

    /// Takes the deletion of a curated answer back.
    pub fn restore_faq(&mut self, workspace: WorkspaceId, id: Uuid, at: Time) -> &mut Self {
        self.must(FAQ_RESTORE, vals![id, workspace], Refused::Missing);
        self.knowledge_changed(workspace, Changed::Faq, id, at)
    }

    /// Keeps the vector of a text. `bytes` are the caller's shape.
    pub fn put_vector(
        &mut self,
        workspace: WorkspaceId,
        model: &str,
        hash: Uuid,
        bytes: Vec<u8>,
    ) -> &mut Self {
        self.push(VECTOR, vals![workspace, model, hash, bytes])
    }
}
