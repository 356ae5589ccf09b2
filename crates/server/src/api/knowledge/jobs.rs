//! Readings: a file, a text or a visit to a site is asked for, watched, stopped.
//!
//! In: a file as the raw body, a text as JSON, or nothing (a crawl). Out: the reading, at once; how far
//! it is, by asking again. Absent: waiting for the end in the request. Next: `knowledge/jobs.rs`.

use super::view::{self, Reading};
use super::{Asked, after, sources, stored};
use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Language, Query, Raw};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::both;
use crate::knowledge::jobs::OPEN_MOST;
use crate::knowledge::progress::Progress;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::ids::WorkspaceId;
use ponte_store::Commit;
use ponte_store::rows::knowledge::{JobKind, JobRow, JobState, SourceKind};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Letters in a file's name.
const NAME_MOST: usize = 300;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The file's name; the same name again is a new version of the same document
    name: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewText {
    /// The same name again is a new version of the same document.
    pub name: String,
    /// Markdown.
    pub text: String,
}

/// Read a file
///
/// The body is the file: PDF, DOCX, XLSX, HTML, Markdown, CSV or text, up to 32 MiB.
#[utoipa::path(post, path = "/api/v1/knowledge/sources/{source}/files", operation_id = "add_knowledge_file", tag = "knowledge",
    security(("key" = ["write"])), params(("source" = Uuid, Path, description = "The source's id"), Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, description = "It will be read", body = Reading), Refusals))]
pub async fn file(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Language(lang): Language,
    Id(source): Id<Uuid>,
    Query(named): Query<Named>,
    raw: Raw,
) -> Result<(StatusCode, Json<Reading>), Problem> {
    readable(&state, caller.workspace, source).await?;
    let job = Asking {
        kind: JobKind::File,
        name: name(&named.name)?,
        media: raw.media,
        bytes: Some(raw.bytes),
    };
    ask(&state, caller.workspace, source, job)
        .await
        .map(|row| answer(&row, lang))
}

/// Keep a text
#[utoipa::path(post, path = "/api/v1/knowledge/sources/{source}/texts", operation_id = "add_knowledge_text", tag = "knowledge",
    security(("key" = ["write"])), params(("source" = Uuid, Path, description = "The source's id")), request_body = NewText,
    responses((status = 202, description = "It will be read", body = Reading), Refusals))]
pub async fn text(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Language(lang): Language,
    Id(source): Id<Uuid>,
    Body(new): Body<NewText>,
) -> Result<(StatusCode, Json<Reading>), Problem> {
    readable(&state, caller.workspace, source).await?;
    let job = Asking {
        kind: JobKind::File,
        name: name(&new.name)?,
        media: "text/markdown".into(),
        bytes: Some(new.text.into_bytes()),
    };
    ask(&state, caller.workspace, source, job)
        .await
        .map(|row| answer(&row, lang))
}

/// Visit a site
#[utoipa::path(post, path = "/api/v1/knowledge/sources/{source}/crawl", operation_id = "crawl_knowledge_source", tag = "knowledge",
    security(("key" = ["write"])), params(("source" = Uuid, Path, description = "The source's id")),
    responses((status = 202, description = "It will be visited", body = Reading), Refusals))]
pub async fn crawl(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Language(lang): Language,
    Id(source): Id<Uuid>,
) -> Result<(StatusCode, Json<Reading>), Problem> {
    let row = sources::one(&state, caller.workspace, source).await?;
    if row.kind != SourceKind::Site {
        return Err(Problem::bad(both!(
            "Só uma fonte do tipo `site` pode ser visitada.",
            "Only a source of kind `site` can be visited."
        )));
    }
    let job = Asking {
        kind: JobKind::Crawl,
        name: row.name,
        media: String::new(),
        bytes: None,
    };
    ask(&state, caller.workspace, source, job)
        .await
        .map(|row| answer(&row, lang))
}

/// List the readings of a source, newest first
#[utoipa::path(get, path = "/api/v1/knowledge/sources/{source}/readings", operation_id = "list_knowledge_readings", tag = "knowledge",
    security(("key" = ["read"])), params(("source" = Uuid, Path, description = "The source's id"), Asked),
    responses((status = 200, description = "A page", body = Page<Reading>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Language(lang): Language,
    Id(source): Id<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Reading>>, Problem> {
    let limit = page::limit(asked.limit)?;
    sources::one(&state, caller.workspace, source).await?;
    let before = after(asked.after.as_deref())?;
    let rows = state
        .store()
        .knowledge_jobs(caller.workspace, source, before, limit)
        .await?;
    Ok(Json(Page {
        items: rows.items.iter().map(|row| view::job(row, lang)).collect(),
        next: rows.next.map(|id| id.to_string()),
    }))
}

/// Watch a reading
#[utoipa::path(get, path = "/api/v1/knowledge/readings/{reading}", operation_id = "get_knowledge_reading", tag = "knowledge",
    security(("key" = ["read"])), params(("reading" = Uuid, Path, description = "The reading's id")),
    responses((status = 200, description = "How far it is", body = Reading), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Language(lang): Language,
    Id(id): Id<Uuid>,
) -> Result<Json<Reading>, Problem> {
    let row = state.store().knowledge_job(caller.workspace, id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    Ok(Json(view::job(&row, lang)))
}

/// Stop a reading
///
/// What was read so far stays.
#[utoipa::path(post, path = "/api/v1/knowledge/readings/{reading}/cancel", operation_id = "cancel_knowledge_reading", tag = "knowledge",
    security(("key" = ["write"])), params(("reading" = Uuid, Path, description = "The reading's id")),
    responses((status = 204, description = "It will stop"), Refusals))]
pub async fn cancel(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.cancel_job(caller.workspace, id, state.now());
    stored(&state.store().commit(commit).await?)?;
    Ok(super::DONE)
}

struct Asking {
    kind: JobKind,
    name: String,
    media: String,
    bytes: Option<Vec<u8>>,
}

async fn ask(
    state: &ApiState,
    workspace: WorkspaceId,
    source: Uuid,
    asking: Asking,
) -> Result<JobRow, Problem> {
    if state.store().open_knowledge_jobs(workspace).await? >= OPEN_MOST {
        return Err(Problem::busy());
    }
    let now = state.now();
    let row = JobRow {
        id: state.app.env.ids.next(now),
        workspace,
        source,
        kind: asking.kind,
        state: JobState::Waiting,
        name: asking.name,
        media: asking.media,
        bytes: asking.bytes,
        progress: Progress::default().value(),
        place: None,
        cancel: false,
        attempts: 0,
        created: now,
        updated: now,
    };
    let mut commit = Commit::new();
    commit.add_knowledge_job(&row);
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.nudge();
    Ok(row)
}

fn answer(row: &JobRow, lang: crate::words::Lang) -> (StatusCode, Json<Reading>) {
    (StatusCode::ACCEPTED, Json(view::job(row, lang)))
}

/// A source that files and texts may be put into.
async fn readable(state: &ApiState, workspace: WorkspaceId, id: Uuid) -> Result<(), Problem> {
    let row = sources::one(state, workspace, id).await?;
    match row.kind {
        SourceKind::Upload | SourceKind::Text | SourceKind::History => Ok(()),
        SourceKind::Site | SourceKind::Faq => Err(Problem::bad(both!(
            "Nesta fonte não entram arquivos nem textos; crie uma do tipo `upload` ou `text`.",
            "Files and texts don't go into this source; make one of kind `upload` or `text`."
        ))),
    }
}

fn name(asked: &str) -> Result<String, Problem> {
    let name = asked.trim();
    let fine = (1..=NAME_MOST).contains(&name.chars().count());
    let plain = !name.chars().any(char::is_control);
    (fine && plain).then(|| name.to_owned()).ok_or_else(|| {
        Problem::bad(both!(
            "`name` tem de 1 a {NAME_MOST} letras.",
            "`name` has 1 to {NAME_MOST} letters."
        ))
    })
}
