//! `/api/v1/knowledge/faq`: curated questions and answers.
//!
//! In: questions with an answer. Out: the list, one, changes by revision, deletion that can be taken
//! back. Next: `knowledge/faq.rs`, which checks them.

use super::view::{self, Faq};
use super::{Asked, DONE, after, changed, sources, stored};
use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::knowledge::faq::Written;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::ids::WorkspaceId;
use ponte_store::Commit;
use ponte_store::rows::knowledge::FaqRow;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFaq {
    /// 1 to 50 wordings.
    pub questions: Vec<String>,
    pub answer: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// On unless it is said otherwise.
    pub enabled: Option<bool>,
    /// The source it stands in; left out: the usual one for curated answers.
    pub source: Option<Uuid>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangedFaq {
    pub questions: Vec<String>,
    pub answer: String,
    #[serde(default)]
    pub tags: Vec<String>,
    pub enabled: bool,
    /// As it was read.
    pub revision: u64,
}

/// List curated answers
#[utoipa::path(get, path = "/api/v1/knowledge/faq", operation_id = "list_faq", tag = "knowledge",
    security(("key" = ["read"])), params(Asked),
    responses((status = 200, description = "A page", body = Page<Faq>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Faq>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let deleted = asked.deleted.unwrap_or(false);
    let after = after(asked.after.as_deref())?;
    let rows = state
        .store()
        .faqs(caller.workspace, None, deleted, after, limit)
        .await?;
    Ok(Json(Page {
        items: rows.items.into_iter().map(view::faq).collect(),
        next: rows.next.map(|id| id.to_string()),
    }))
}

/// Add a curated answer
#[utoipa::path(post, path = "/api/v1/knowledge/faq", operation_id = "add_faq", tag = "knowledge",
    security(("key" = ["write"])), request_body = NewFaq,
    responses((status = 201, description = "Added", body = Faq), Refusals))]
pub async fn add(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Body(new): Body<NewFaq>,
) -> Result<(StatusCode, Json<Faq>), Problem> {
    let written = Written {
        questions: new.questions,
        answer: new.answer,
        tags: new.tags,
        enabled: new.enabled.unwrap_or(true),
    };
    let written = written.checked().map_err(Problem::bad)?;
    let source = match new.source {
        Some(id) => sources::one(&state, caller.workspace, id).await?.id,
        None => state.app.knowledge.usual_faq(caller.workspace).await?,
    };
    let now = state.now();
    let id = state.app.env.ids.next(now);
    let row = written.row(id, caller.workspace, source, now);
    let mut commit = Commit::new();
    commit.put_faq(&row, 0);
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    let row = one(&state, caller.workspace, id).await?;
    Ok((StatusCode::CREATED, Json(view::faq(row))))
}

/// Read a curated answer
#[utoipa::path(get, path = "/api/v1/knowledge/faq/{faq}", operation_id = "get_faq", tag = "knowledge",
    security(("key" = ["read"])), params(("faq" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "The curated answer", body = Faq), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<Json<Faq>, Problem> {
    one(&state, caller.workspace, id)
        .await
        .map(|row| Json(view::faq(row)))
}

/// Change a curated answer
#[utoipa::path(put, path = "/api/v1/knowledge/faq/{faq}", operation_id = "change_faq", tag = "knowledge",
    security(("key" = ["write"])), params(("faq" = Uuid, Path, description = "Its id")), request_body = ChangedFaq,
    responses((status = 200, description = "Changed", body = Faq), Refusals))]
pub async fn change(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
    Body(new): Body<ChangedFaq>,
) -> Result<Json<Faq>, Problem> {
    let written = Written {
        questions: new.questions,
        answer: new.answer,
        tags: new.tags,
        enabled: new.enabled,
    };
    let written = written.checked().map_err(Problem::bad)?;
    let old = one(&state, caller.workspace, id).await?;
    if old.revision != new.revision {
        return Err(changed());
    }
    let row = written.row(id, caller.workspace, old.source, state.now());
    let mut commit = Commit::new();
    commit.put_faq(&row, new.revision);
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    one(&state, caller.workspace, id)
        .await
        .map(|row| Json(view::faq(row)))
}

/// Delete a curated answer
///
/// It is given no more. It can be brought back for 30 days.
#[utoipa::path(delete, path = "/api/v1/knowledge/faq/{faq}", operation_id = "delete_faq", tag = "knowledge",
    security(("key" = ["write"])), params(("faq" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "Deleted"), Refusals))]
pub async fn delete(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.delete_faq(caller.workspace, id, state.now());
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    Ok(DONE)
}

/// Bring a deleted curated answer back
#[utoipa::path(post, path = "/api/v1/knowledge/faq/{faq}/restore", operation_id = "restore_faq", tag = "knowledge",
    security(("key" = ["write"])), params(("faq" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "It is back"), Refusals))]
pub async fn restore(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.restore_faq(caller.workspace, id, state.now());
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    Ok(DONE)
}

async fn one(state: &ApiState, workspace: WorkspaceId, id: Uuid) -> Result<FaqRow, Problem> {
    let row = state.store().faq(workspace, id).await?;
    row.filter(|row| row.deleted.is_none())
        .ok_or_else(Problem::not_found)
}
