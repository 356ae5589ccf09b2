//! Rows of knowledge as the API shows them.
//!
//! In: rows. Out: views whose fields are documented and stable. Absent: files and vectors.

use crate::api::time::{show, show_some};
use crate::knowledge::progress::Progress;
use crate::knowledge::retrieve::{Body, Found};
use crate::knowledge::settings::SourceSettings;
use crate::words::Lang;
use ponte_core::Time;
use ponte_store::rows::knowledge::{
    FaqRow, JobRow, KnowledgeDocument, LiveChunk, SourceRow, VersionRow,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct KnowledgeSource {
    pub id: Uuid,
    /// `upload`, `site`, `faq`, `text` or `history`.
    pub kind: String,
    pub name: String,
    pub settings: SourceSettings,
    /// How the last reading ended: `done`, `failed` or `cancelled`; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Reading>,
    /// Nobody has found it right for longer than `review_days`.
    pub stale: bool,
    pub reviewed: String,
    pub revision: u64,
    pub created: String,
    pub updated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
}

/// A reading: how far it is, or how it ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reading {
    pub id: Uuid,
    /// `waiting`, `working`, `done`, `failed` or `cancelled`.
    pub state: String,
    /// Documents looked at.
    pub done: u32,
    /// Documents known of; a crawl finds more as it goes.
    pub total: u32,
    pub added: u32,
    pub changed: u32,
    pub unchanged: u32,
    pub removed: u32,
    pub passages_added: u32,
    pub passages_removed: u32,
    pub set_aside: u32,
    /// The first of what was set aside.
    pub troubles: Vec<SetAside>,
    /// Why it ended before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SetAside {
    /// File name or address.
    pub what: String,
    /// Stable, for programs.
    pub code: String,
    /// What is wrong and what to do.
    pub why: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct KnowledgeDocumentView {
    pub id: Uuid,
    pub source: Uuid,
    /// File name or address.
    pub key: String,
    pub title: String,
    pub version: u64,
    /// Visits in a row that found it gone; with the second it goes.
    pub misses: u32,
    pub created: String,
    pub updated: String,
    /// When it was last looked at.
    pub checked: String,
    /// The versions kept, newest first; only where one is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<DocumentVersion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentVersion {
    pub version: u64,
    pub at: String,
    pub size_bytes: u64,
    pub media: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct KnowledgePassage {
    pub id: Uuid,
    pub ordinal: u32,
    pub heading: Vec<String>,
    pub text: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Faq {
    pub id: Uuid,
    pub source: Uuid,
    pub questions: Vec<String>,
    pub answer: String,
    pub tags: Vec<String>,
    pub enabled: bool,
    pub revision: u64,
    pub created: String,
    pub updated: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<String>,
}

/// Something that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnowledgeHit {
    pub id: Uuid,
    /// `passage` or `faq`.
    pub kind: &'static str,
    /// 0 to 1, within this answer.
    pub score: f32,
    pub source: Uuid,
    pub source_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Uuid>,
    pub title: String,
    /// File name or address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub heading: Vec<String>,
    pub text: String,
    pub stale: bool,
    /// What it was found by: shares of each field, the words it has and lacks.
    #[schema(value_type = Object)]
    pub why: serde_json::Value,
}

#[must_use]
pub fn source(row: SourceRow, now: Time, lang: Lang) -> KnowledgeSource {
    let settings = SourceSettings::of(&row);
    let report = &row.report;
    let last = report.get("job").and_then(|job| {
        let id = job.as_str()?.parse().ok()?;
        let state = report.get("state")?.as_str()?;
        Some(reading(
            id,
            state,
            &Progress::of(report.get("progress")?),
            lang,
        ))
    });
    KnowledgeSource {
        id: row.id,
        kind: row.kind.word().into(),
        stale: settings.is_stale(row.reviewed, now),
        name: row.name,
        settings,
        last,
        reviewed: show(row.reviewed),
        revision: row.revision,
        created: show(row.created),
        updated: show(row.updated),
        deleted: show_some(row.deleted),
    }
}

#[must_use]
pub fn job(row: &JobRow, lang: Lang) -> Reading {
    reading(row.id, row.state.word(), &Progress::of(&row.progress), lang)
}

fn reading(id: Uuid, state: &str, progress: &Progress, lang: Lang) -> Reading {
    let aside = progress.troubles.iter().map(|aside| SetAside {
        what: aside.what.clone(),
        code: aside.why.code.clone(),
        why: aside.why.words().get(lang).to_owned(),
    });
    let why = progress.ended.as_ref();
    Reading {
        id,
        state: state.to_owned(),
        done: progress.done,
        total: progress.total,
        added: progress.added,
        changed: progress.changed,
        unchanged: progress.unchanged,
        removed: progress.removed,
        passages_added: progress.passages_added,
        passages_removed: progress.passages_removed,
        set_aside: progress.set_aside,
        troubles: aside.collect(),
        why: why.map(|why| why.words().get(lang).to_owned()),
    }
}

#[must_use]
pub fn document(row: KnowledgeDocument, versions: Vec<VersionRow>) -> KnowledgeDocumentView {
    let versions = versions.into_iter().map(|row| DocumentVersion {
        version: row.version,
        at: show(row.at),
        size_bytes: row.size_bytes,
        media: row.media,
    });
    KnowledgeDocumentView {
        id: row.id,
        source: row.source,
        key: row.key,
        title: row.title,
        version: row.version,
        misses: row.misses,
        created: show(row.created),
        updated: show(row.updated),
        checked: show(row.checked),
        versions: versions.collect(),
        deleted: show_some(row.deleted),
    }
}

#[must_use]
pub fn passage(row: LiveChunk) -> KnowledgePassage {
    KnowledgePassage {
        id: row.chunk.id,
        ordinal: row.chunk.ordinal,
        heading: row.chunk.heading,
        text: row.chunk.text,
    }
}

#[must_use]
pub fn faq(row: FaqRow) -> Faq {
    Faq {
        id: row.id,
        source: row.source,
        questions: row.questions,
        answer: row.answer,
        tags: row.tags,
        enabled: row.enabled,
        revision: row.revision,
        created: show(row.created),
        updated: show(row.updated),
        deleted: show_some(row.deleted),
    }
}

#[must_use]
pub fn hit(found: Found) -> KnowledgeHit {
    let (title, text) = (found.title().to_owned(), found.text().to_owned());
    let (kind, source, document, key, heading) = match found.body {
        Body::Passage(row) => (
            "passage",
            row.chunk.source,
            Some(row.chunk.document),
            Some(row.key),
            row.chunk.heading,
        ),
        Body::Faq(row) => ("faq", row.source, None, None, Vec::new()),
    };
    KnowledgeHit {
        id: Uuid::from_u128(found.hit.id.0),
        kind,
        score: found.hit.score,
        source,
        source_name: found.source_name,
        document,
        title,
        key,
        heading,
        text,
        stale: found.stale,
        why: serde_json::to_value(&found.hit.why).unwrap_or_default(),
    }
}
