//! `/api/v1/knowledge/documents`: what was read, its versions and passages.
//!
//! In: ids and cursors. Out: lists, one document, deletion that can be taken back. Absent: changing a
//! document, which is reading it again. Next: `jobs.rs`.

use super::view::{self, KnowledgeDocumentView, KnowledgePassage};
use super::{Asked, DONE, after, sources, stored};
use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_store::Commit;
use uuid::Uuid;

/// List the documents of a source
#[utoipa::path(get, path = "/api/v1/knowledge/sources/{source}/documents", operation_id = "list_knowledge_documents", tag = "knowledge",
    security(("key" = ["read"])), params(("source" = Uuid, Path, description = "The source's id"), Asked),
    responses((status = 200, description = "A page", body = Page<KnowledgeDocumentView>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(source): Id<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<KnowledgeDocumentView>>, Problem> {
    let limit = page::limit(asked.limit)?;
    sources::one(&state, caller.workspace, source).await?;
    let deleted = asked.deleted.unwrap_or(false);
    let after = after(asked.after.as_deref())?;
    let rows = state
        .store()
        .knowledge_documents(caller.workspace, source, deleted, after, limit)
        .await?;
    let items = rows.items.into_iter();
    Ok(Json(Page {
        items: items.map(|row| view::document(row, Vec::new())).collect(),
        next: rows.next.map(|id| id.to_string()),
    }))
}

/// Read a document with its versions
#[utoipa::path(get, path = "/api/v1/knowledge/documents/{document}", operation_id = "get_knowledge_document", tag = "knowledge",
    security(("key" = ["read"])), params(("document" = Uuid, Path, description = "The document's id")),
    responses((status = 200, description = "The document", body = KnowledgeDocumentView), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<Json<KnowledgeDocumentView>, Problem> {
    let row = state
        .store()
        .knowledge_document(caller.workspace, id)
        .await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let versions = state.store().versions(caller.workspace, id).await?;
    Ok(Json(view::document(row, versions)))
}

/// Read a document's passages in order
#[utoipa::path(get, path = "/api/v1/knowledge/documents/{document}/passages", operation_id = "list_knowledge_passages", tag = "knowledge",
    security(("key" = ["read"])), params(("document" = Uuid, Path, description = "The document's id"), Asked),
    responses((status = 200, description = "A page", body = Page<KnowledgePassage>), Refusals))]
pub async fn passages(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<KnowledgePassage>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = page::number(asked.after.as_deref())?;
    let after = after.map(|at| u32::try_from(at).unwrap_or(u32::MAX));
    let store = state.store();
    let row = store.knowledge_document(caller.workspace, id).await?;
    row.ok_or_else(Problem::not_found)?;
    let rows = store.chunks_of(caller.workspace, id, after, limit).await?;
    Ok(Json(Page {
        items: rows.items.into_iter().map(view::passage).collect(),
        next: rows.next.map(|at| at.to_string()),
    }))
}

/// Delete a document
///
/// Nothing of it is found from now on. It can be brought back for 30 days; a crawl or an upload that
/// finds it again brings it back too.
#[utoipa::path(delete, path = "/api/v1/knowledge/documents/{document}", operation_id = "delete_knowledge_document", tag = "knowledge",
    security(("key" = ["write"])), params(("document" = Uuid, Path, description = "The document's id")),
    responses((status = 204, description = "Deleted"), Refusals))]
pub async fn delete(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.delete_knowledge(caller.workspace, id, state.now());
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    Ok(DONE)
}

/// Bring a deleted document back
#[utoipa::path(post, path = "/api/v1/knowledge/documents/{document}/restore", operation_id = "restore_knowledge_document", tag = "knowledge",
    security(("key" = ["write"])), params(("document" = Uuid, Path, description = "The document's id")),
    responses((status = 204, description = "It is back"), Refusals))]
pub async fn restore(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.restore_knowledge(caller.workspace, id, state.now());
    stored(&state.store().commit(commit).await?)?;
    state.app.knowledge.follow().await;
    Ok(DONE)
}
