//! What a workspace knows, asked by people and by whoever keeps an index.
//!
//! In: a workspace with ids, cursors and limits. Out: rows; deleted ones only where they are asked for.
//! [`Store::live_chunks`] is the last look before an answer: what was deleted a moment ago is not in it.

use super::{LIST_MAX, cap};
use crate::error::Result;
use crate::rows::Page;
use crate::rows::knowledge::{
    Changed, ChunkRow, FaqRow, KnowledgeDocument, LiveChunk, LogRow, SourceKind, SourceRow,
    VersionRow,
};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::ids::WorkspaceId;
use uuid::Uuid;

macro_rules! sources {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace, kind, name, settings, report, revision, created, updated, reviewed, deleted
 FROM knowledge_sources WHERE workspace = $1 ",
            $rest
        )
    };
}
const SOURCES: &str = sources!(
    "AND id > $2 AND (CASE WHEN deleted IS NULL THEN 0 ELSE 1 END) = CAST($3 AS BIGINT) ORDER BY id LIMIT $4"
);
const SOURCE: &str = sources!("AND id = $2");
const SOURCE_NAMED: &str = sources!("AND name = $2 AND deleted IS NULL");

macro_rules! documents {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace, source, key, title, hash, version, facts, misses, created, updated, checked,
 deleted FROM knowledge_documents WHERE workspace = $1 ",
            $rest
        )
    };
}
const DOCUMENTS: &str = documents!(
    "AND source = $2 AND id > $3 AND (CASE WHEN deleted IS NULL THEN 0 ELSE 1 END) = CAST($4 AS BIGINT) ORDER BY id LIMIT $5"
);
const DOCUMENT: &str = documents!("AND id = $2");
const DOCUMENT_KEYED: &str = documents!("AND source = $2 AND key = $3");
const VERSIONS: &str = "SELECT document, workspace, version, title, hash, at, size, media, NULL FROM knowledge_versions
 WHERE workspace = $1 AND document = $2 ORDER BY version DESC LIMIT $3";
const VERSION: &str = "SELECT document, workspace, version, title, hash, at, size, media, original FROM knowledge_versions
 WHERE workspace = $1 AND document = $2 AND version = $3";

macro_rules! chunks {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.workspace, c.source, c.document, c.version, c.ordinal, c.heading, c.text, c.hash,
 d.title, d.key, s.name FROM knowledge_chunks c
 JOIN knowledge_documents d ON d.id = c.document AND d.deleted IS NULL
 JOIN knowledge_sources s ON s.id = c.source AND s.deleted IS NULL WHERE c.workspace = $1 ",
            $rest
        )
    };
}
const CHUNKS_OF: &str =
    chunks!("AND c.document = $2 AND c.ordinal > $3 ORDER BY c.ordinal LIMIT $4");
const CHUNK: &str = chunks!("AND c.id = $2");
const CHUNKS_ALL: &str = chunks!("AND c.id > $2 ORDER BY c.id LIMIT $3");

macro_rules! faq {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, f.workspace, f.source, f.questions, f.answer, f.tags, f.enabled, f.hash, f.revision,
 f.created, f.updated, f.deleted FROM knowledge_faq f WHERE f.workspace = $1 ",
            $rest
        )
    };
}
const FAQ: &str = faq!(
    "AND (CAST($2 AS @id) IS NULL OR f.source = $2) AND f.id > $3
 AND (CASE WHEN f.deleted IS NULL THEN 0 ELSE 1 END) = CAST($4 AS BIGINT) ORDER BY f.id LIMIT $5"
);
const FAQ_ONE: &str = faq!("AND f.id = $2");
const FAQ_LIVE: &str = faq!(
    "AND f.id = $2 AND f.enabled = 1 AND f.deleted IS NULL
 AND EXISTS (SELECT 1 FROM knowledge_sources s WHERE s.id = f.source AND s.deleted IS NULL)"
);
const ENDS: &str = "SELECT (SELECT MIN(seq) FROM knowledge_log WHERE workspace = $1),
 (SELECT last FROM knowledge_heads WHERE workspace = $1)";
const LOG: &str = "SELECT seq, kind, id FROM knowledge_log WHERE workspace = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const VECTOR: &str =
    "SELECT hash, vector FROM knowledge_vectors WHERE workspace = $1 AND model = $2 AND hash = $3";

impl Store {
    /// Sources of a workspace, in the order they were made.
    pub async fn sources(
        &self,
        workspace: WorkspaceId,
        deleted: bool,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<SourceRow, Uuid>> {
        let limit = cap(limit);
        let params = vals![workspace, after.unwrap_or(Uuid::nil()), deleted, limit];
        let items = self.read_good(Stmt::read(SOURCES, params), source).await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// One source, deleted or not.
    pub async fn source(&self, workspace: WorkspaceId, id: Uuid) -> Result<Option<SourceRow>> {
        self.read_one(Stmt::read(SOURCE, vals![workspace, id]), source)
            .await
    }

    /// The source of a name that is not deleted.
    pub async fn source_named(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<SourceRow>> {
        self.read_one(Stmt::read(SOURCE_NAMED, vals![workspace, name]), source)
            .await
    }

    /// Documents of a source.
    pub async fn knowledge_documents(
        &self,
        workspace: WorkspaceId,
        source: Uuid,
        deleted: bool,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<KnowledgeDocument, Uuid>> {
        let limit = cap(limit);
        let after = after.unwrap_or(Uuid::nil());
        let params = vals![workspace, source, after, deleted, limit];
        let items = self
            .read_good(Stmt::read(DOCUMENTS, params), document)
            .await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// One document, deleted or not.
    pub async fn knowledge_document(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
    ) -> Result<Option<KnowledgeDocument>> {
        self.read_one(Stmt::read(DOCUMENT, vals![workspace, id]), document)
            .await
    }

    /// The document of a source with this key, deleted or not.
    pub async fn knowledge_by_key(
        &self,
        workspace: WorkspaceId,
        source: Uuid,
        key: &str,
    ) -> Result<Option<KnowledgeDocument>> {
        let stmt = Stmt::read(DOCUMENT_KEYED, vals![workspace, source, key]);
        self.read_one(stmt, document).await
    }

    /// The versions kept of a document, newest first, without the files.
    pub async fn versions(
        &self,
        workspace: WorkspaceId,
        document: Uuid,
    ) -> Result<Vec<VersionRow>> {
        let params = vals![workspace, document, cap(LIST_MAX)];
        self.read_good(Stmt::read(VERSIONS, params), version).await
    }

    /// One version with its file.
    pub async fn version(
        &self,
        workspace: WorkspaceId,
        document: Uuid,
        number: u64,
    ) -> Result<Option<VersionRow>> {
        let stmt = Stmt::read(VERSION, vals![workspace, document, number]);
        self.read_one(stmt, version).await
    }

    /// Passages of a document in reading order, behind the given place.
    pub async fn chunks_of(
        &self,
        workspace: WorkspaceId,
        document: Uuid,
        after: Option<u32>,
        limit: u32,
    ) -> Result<Page<LiveChunk, u32>> {
        let limit = cap(limit);
        let after = after.map_or(-1, i64::from);
        let stmt = Stmt::read(CHUNKS_OF, vals![workspace, document, after, limit]);
        let items = self.read_good(stmt, chunk).await?;
        Ok(page(items, limit, |row| row.chunk.ordinal))
    }

    /// All passages of a workspace, for an index that is built.
    pub async fn chunks(
        &self,
        workspace: WorkspaceId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<LiveChunk, Uuid>> {
        let limit = cap(limit);
        let after = after.unwrap_or(Uuid::nil());
        let stmt = Stmt::read(CHUNKS_ALL, vals![workspace, after, limit]);
        let items = self.read_good(stmt, chunk).await?;
        Ok(page(items, limit, |row| row.chunk.id))
    }

    /// Those of these passages that are there at this moment, in the order asked.
    pub async fn live_chunks(
        &self,
        workspace: WorkspaceId,
        ids: &[Uuid],
    ) -> Result<Vec<LiveChunk>> {
        let all = ids.iter().take(LIST_MAX as usize);
        let stmts = all.map(|id| Stmt::read(CHUNK, vals![workspace, *id]));
        let found = self.read_many(stmts.collect()).await?;
        self.good(found.into_iter().flatten(), chunk)
    }

    /// Curated answers of a workspace or of one of its sources.
    pub async fn faqs(
        &self,
        workspace: WorkspaceId,
        source: Option<Uuid>,
        deleted: bool,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<FaqRow, Uuid>> {
        let limit = cap(limit);
        let after = after.unwrap_or(Uuid::nil());
        let params = vals![workspace, source, after, deleted, limit];
        let items = self.read_good(Stmt::read(FAQ, params), faq).await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// One curated answer, deleted or not.
    pub async fn faq(&self, workspace: WorkspaceId, id: Uuid) -> Result<Option<FaqRow>> {
        self.read_one(Stmt::read(FAQ_ONE, vals![workspace, id]), faq)
            .await
    }

    /// Those of these curated answers that may be given at this moment, in the order asked.
    pub async fn live_faqs(&self, workspace: WorkspaceId, ids: &[Uuid]) -> Result<Vec<FaqRow>> {
        let all = ids.iter().take(LIST_MAX as usize);
        let stmts = all.map(|id| Stmt::read(FAQ_LIVE, vals![workspace, *id]));
        let found = self.read_many(stmts.collect()).await?;
        self.good(found.into_iter().flatten(), faq)
    }

    /// The oldest entry of the log still kept and the newest given out. An index older than the first
    /// must be built again.
    pub async fn knowledge_ends(&self, workspace: WorkspaceId) -> Result<(Option<i64>, i64)> {
        let found = self
            .read_one(Stmt::read(ENDS, vals![workspace]), |mut c| {
                Ok((c.get()?, c.get::<Option<i64>>()?.unwrap_or(0)))
            })
            .await?;
        Ok(found.unwrap_or((None, 0)))
    }

    /// What changed behind an entry of the log, in order.
    pub async fn knowledge_log(
        &self,
        workspace: WorkspaceId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<LogRow>> {
        let stmt = Stmt::read(LOG, vals![workspace, after, cap(limit)]);
        self.read_all(stmt, |mut c| {
            Ok(LogRow {
                seq: c.get()?,
                changed: c.word(Changed::from_word)?,
                id: c.get()?,
            })
        })
        .await
    }

    /// The vectors of texts by a model, of those that have one.
    pub async fn vectors(
        &self,
        workspace: WorkspaceId,
        model: &str,
        hashes: &[Uuid],
    ) -> Result<Vec<(Uuid, Vec<u8>)>> {
        let all = hashes.iter().take(LIST_MAX as usize);
        let stmts = all.map(|hash| Stmt::read(VECTOR, vals![workspace, model, *hash]));
        let found = self.read_many(stmts.collect()).await?;
        self.good(found.into_iter().flatten(), |mut c| {
            Ok((c.get()?, c.get()?))
        })
    }
}

/// The page of rows in rising order.
pub(super) fn page<T, C>(items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> C) -> Page<T, C> {
    let full = i64::try_from(items.len()).is_ok_and(|n| n >= limit);
    let next = items.last().filter(|_| full).map(cursor);
    Page { items, next }
}

fn source(mut c: Cells) -> Result<SourceRow> {
    Ok(SourceRow {
        id: c.get()?,
        workspace: c.get()?,
        kind: c.word(SourceKind::from_word)?,
        name: c.get()?,
        settings: c.json()?,
        report: c.json()?,
        revision: c.get()?,
        created: c.get()?,
        updated: c.get()?,
        reviewed: c.get()?,
        deleted: c.get()?,
    })
}

fn document(mut c: Cells) -> Result<KnowledgeDocument> {
    Ok(KnowledgeDocument {
        id: c.get()?,
        workspace: c.get()?,
        source: c.get()?,
        key: c.get()?,
        title: c.get()?,
        hash: c.get()?,
        version: c.get()?,
        facts: c.json()?,
        misses: c.get()?,
        created: c.get()?,
        updated: c.get()?,
        checked: c.get()?,
        deleted: c.get()?,
    })
}

fn version(mut c: Cells) -> Result<VersionRow> {
    Ok(VersionRow {
        document: c.get()?,
        workspace: c.get()?,
        version: c.get()?,
        title: c.get()?,
        hash: c.get()?,
        at: c.get()?,
        size_bytes: c.get()?,
        media: c.get()?,
        original: c.get()?,
    })
}

fn chunk(mut c: Cells) -> Result<LiveChunk> {
    Ok(LiveChunk {
        chunk: ChunkRow {
            id: c.get()?,
            workspace: c.get()?,
            source: c.get()?,
            document: c.get()?,
            version: c.get()?,
            ordinal: c.get()?,
            heading: c.json()?,
            text: c.get()?,
            hash: c.get()?,
        },
        title: c.get()?,
        key: c.get()?,
        source_name: c.get()?,
    })
}

fn faq(mut c: Cells) -> Result<FaqRow> {
    Ok(FaqRow {
        id: c.get()?,
        workspace: c.get()?,
        source: c.get()?,
        questions: c.json()?,
        answer: c.get()?,
        tags: c.json()?,
        enabled: c.get()?,
        hash: c.get()?,
        revision: c.get()?,
        created: c.get()?,
        updated: c.get()?,
        deleted: c.get()?,
    })
}
