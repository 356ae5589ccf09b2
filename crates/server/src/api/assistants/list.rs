//! `GET /api/v1/assistants` and `GET /api/v1/assistants/{assistant}`: what is in force.
//!
//! In: a key, an id. Out: [`Assistant`]s, and one with its file. Absent: versions (`versions.rs`).

use super::view::{Assistant, find, told, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Id;
use crate::api::page::Page;
use crate::api::problem::Problem;
use crate::workspace::versions;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::AssistantId;
use serde::Serialize;
use utoipa::ToSchema;

/// An assistant with its texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssistantFile {
    #[serde(flatten)]
    pub assistant: Assistant,
    /// As `assistants/KEY.yaml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The draft's, as it was saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft_file: Option<String>,
}

/// List assistants
#[utoipa::path(get, path = "/api/v1/assistants", operation_id = "list_assistants", tag = "assistants", security(("key" = ["read"])),
    responses((status = 200, description = "All assistants, by file name", body = Page<Assistant>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<Assistant>>, Problem> {
    let all = versions::list(state.store(), caller.workspace).await;
    Ok(Json(Page {
        items: all.map_err(told)?.iter().map(view).collect(),
        next: None,
    }))
}

/// Get an assistant with its file
#[utoipa::path(get, path = "/api/v1/assistants/{assistant}", operation_id = "get_assistant", tag = "assistants",
    params(("assistant" = Uuid, Path)), security(("key" = ["read"])),
    responses((status = 200, description = "The assistant", body = AssistantFile), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<AssistantId>,
) -> Result<Json<AssistantFile>, Problem> {
    let held = find(&state, caller, id).await?;
    let all = versions::versions(state.store(), caller.workspace, &held).await;
    let newest = all.map_err(told)?.into_iter().next();
    Ok(Json(AssistantFile {
        assistant: view(&held),
        file: newest.and_then(|version| version.text),
        draft_file: held.draft.map(|draft| draft.text),
    }))
}
