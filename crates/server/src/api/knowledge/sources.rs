//! `/api/v1/knowledge/sources`: where knowledge comes from.
//!
//! In: a source's name, kind and settings. Out: the list, one, changes by revision, deletion that can be
//! taken back, and a mark that a person found it right. Next: `documents.rs`, `jobs.rs`.

use super::view::{self, KnowledgeSource};
use super::{Asked, DONE, after, changed, stored};
use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Language, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::both;
use crate::knowledge::faq::new_source;
use crate::knowledge::settings::{NAME_MOST, SourceSettings};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::ids::WorkspaceId;
use ponte_store::Commit;
use ponte_store::rows::knowledge::{SourceKind, SourceRow};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Sources of one workspace that are not deleted.
const SOURCES_MOST: usize = 1_000;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSource {
    pub name: String,
    /// `upload`, `site`, `faq`, `text` or `history`.
    pub kind: String,
    #[serde(default)]
    pub settings: SourceSettings,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedSource {
    pub name: String,
    pub settings: SourceSettings,
    /// As it was read.
    pub revision: u64,
}

/// List sources of knowledge
#[utoipa::path(get, path = "/api/v1/knowledge/sources", operation_id = "list_knowledge_sources", tag = "knowledge",
    security(("key" = ["read"])), params(Asked),
    responses((status = 200, description = "A page", body = Page<KnowledgeSource>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Language(lang): Language,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<KnowledgeSource>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let deleted = asked.deleted.unwrap_or(false);
    let after = after(asked.after.as_deref())?;
    let rows = state
        .store()
        .sources(caller.workspace, deleted, after, limit)
        .await?;
    let now = state.now();
    let items = rows
        .items
        .into_iter()
        .map(|row| view::source(row, now, lang));
    Ok(Json(Page {
        items: items.collect(),
        next: rows.next.map(|id| id.to_string()),
    }))
}

/// Add a source
#[utoipa::path(post, path = "/api/v1/knowledge/sources", operation_id = "add_knowledge_source", tag = "knowledge",
    security(("key" = ["write"])), request_body = NewSource,
    responses((status = 201, description = "Added", body = KnowledgeSource), Refusals))]
pub async fn add(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Language(lang): Language,
    Body(new): Body<NewSource>,
) -> Result<(StatusCode, Json<KnowledgeSource>), Problem> {
    let kind = SourceKind::from_word(&new.kind).ok_or_else(|| {
        Problem::bad(both!(
            "`kind` é upload, site, faq, text ou history.",
            "`kind` is upload, site, faq, text or history."
        ))
    })?;
    check(&state, kind, &new.name, &new.settings)?;
    let store = state.store();
    let most = u32::try_from(SOURCES_MOST).unwrap_or(u32::MAX);
    let all = store.sources(caller.workspace, false, None, most).await?;
    if all.items.len() >= SOURCES_MOST {
        return Err(Problem::bad(both!(
            "Há {SOURCES_MOST} fontes. Junte ou apague algumas.",
            "There are {SOURCES_MOST} sources. Merge or delete some."
        )));
    }
    let now = state.now();
    let id = state.app.env.ids.next(now);
    let mut row = new_source(id, caller.workspace, kind, new.name.trim(), now);
    row.settings = new.settings.value();
    let mut commit = Commit::new();
    commit.put_source(&row, 0);
    stored(&store.commit(commit).await?)?;
    let row = one(&state, caller.workspace, id).await?;
    Ok((StatusCode::CREATED, Json(view::source(row, now, lang))))
}

/// Read a source
#[utoipa::path(get, path = "/api/v1/knowledge/sources/{source}", operation_id = "get_knowledge_source", tag = "knowledge",
    security(("key" = ["read"])), params(("source" = Uuid, Path, description = "The source's id")),
    responses((status = 200, description = "The source", body = KnowledgeSource), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Language(lang): Language,
    Id(id): Id<Uuid>,
) -> Result<Json<KnowledgeSource>, Problem> {
    let row = one(&state, caller.workspace, id).await?;
    Ok(Json(view::source(row, state.now(), lang)))
}

/// Change a source
#[utoipa::path(put, path = "/api/v1/knowledge/sources/{source}", operation_id = "change_knowledge_source", tag = "knowledge",
    security(("key" = ["write"])), params(("source" = Uuid, Path, description = "The source's id")), request_body = ChangedSource,
    responses((status = 200, description = "Changed", body = KnowledgeSource), Refusals))]
pub async fn change(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Language(lang): Language,
    Id(id): Id<Uuid>,
    Body(new): Body<ChangedSource>,
) -> Result<Json<KnowledgeSource>, Problem> {
    let row = one(&state, caller.workspace, id).await?;
    check(&state, row.kind, &new.name, &new.settings)?;
    if row.revision != new.revision {
        return Err(changed());
    }
    let row = SourceRow {
        name: new.name.trim().to_owned(),
        settings: new.settings.value(),
        updated: state.now(),
        ..row
    };
    let mut commit = Commit::new();
    commit.put_source(&row, new.revision);
    stored(&state.store().commit(commit).await?)?;
    let row = one(&state, caller.workspace, id).await?;
    Ok(Json(view::source(row, state.now(), lang)))
}

/// Delete a source
///
/// Nothing of it is found from now on. It can be brought back for 30 days.
#[utoipa::path(delete, path = "/api/v1/knowledge/sources/{source}", operation_id = "delete_knowledge_source", tag = "knowledge",
    security(("key" = ["write"])), params(("source" = Uuid, Path, description = "The source's id")),
    responses((status = 204, description = "Deleted"), Refusals))]
pub async fn delete(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.delete_source(caller.workspace, id, state.now());
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    Ok(DONE)
}

/// Bring a deleted source back
#[utoipa::path(post, path = "/api/v1/knowledge/sources/{source}/restore", operation_id = "restore_knowledge_source", tag = "knowledge",
    security(("key" = ["write"])), params(("source" = Uuid, Path, description = "The source's id")),
    responses((status = 204, description = "It is back"), Refusals))]
pub async fn restore(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.restore_source(caller.workspace, id, state.now());
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    Ok(DONE)
}

/// Say that a source is right as it stands
#[utoipa::path(post, path = "/api/v1/knowledge/sources/{source}/reviewed", operation_id = "review_knowledge_source", tag = "knowledge",
    security(("key" = ["write"])), params(("source" = Uuid, Path, description = "The source's id")),
    responses((status = 204, description = "Noted"), Refusals))]
pub async fn reviewed(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let row = one(&state, caller.workspace, id).await?;
    let revision = row.revision;
    let row = SourceRow {
        reviewed: state.now(),
        ..row
    };
    let mut commit = Commit::new();
    commit.put_source(&row, revision);
    stored(&state.store().commit(commit).await?)?;
    Ok(DONE)
}

/// A source that is there.
pub(super) async fn one(
    state: &ApiState,
    workspace: WorkspaceId,
    id: Uuid,
) -> Result<SourceRow, Problem> {
    let row = state.store().source(workspace, id).await?;
    row.filter(|row| row.deleted.is_none())
        .ok_or_else(Problem::not_found)
}

fn check(
    state: &ApiState,
    kind: SourceKind,
    name: &str,
    settings: &SourceSettings,
) -> Result<(), Problem> {
    if !(1..=NAME_MOST).contains(&name.trim().chars().count()) {
        return Err(Problem::bad(both!(
            "`name` tem de 1 a {NAME_MOST} letras.",
            "`name` has 1 to {NAME_MOST} letters."
        )));
    }
    if let Some(trouble) = settings.trouble() {
        return Err(Problem::bad(trouble));
    }
    if kind != SourceKind::Site {
        return Ok(());
    }
    let address = settings.address.as_deref().unwrap_or("");
    match state.app.env.egress.check(address) {
        Ok(()) => Ok(()),
        Err(why) => Err(Problem::bad(both!(
            "`address` não pode ser visitado ({why}). Ponha um endereço público com https://.",
            "`address` can't be visited ({why}). Put a public address with https://."
        ))),
    }
}
