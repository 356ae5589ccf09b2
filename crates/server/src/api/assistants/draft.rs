//! `PUT` and `DELETE /api/v1/assistants/{assistant}/draft`: a file beside the one in force.
//!
//! In: the text of `assistants/KEY.yaml` as it shall be. Out: the assistant with its draft, or everything
//! that is wrong in it, by line. Absent: putting it in force (`publish.rs`).

use super::view::{Assistant, find, told, view};
use crate::api::ApiState;
use crate::api::caller::Writer;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id};
use crate::api::problem::{Problem, ProblemBody};
use crate::workspace::versions;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::ids::AssistantId;
use serde::Deserialize;
use utoipa::ToSchema;

/// A draft that is to be saved.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftWish {
    /// The whole file, as YAML
    file: String,
    /// The draft's revision that it replaces; left out of a first one
    #[serde(default)]
    revision: u64,
}

/// Save a draft of an assistant
///
/// It is checked as `ponte apply` checks a folder, and changes nothing until it is published.
#[utoipa::path(put, path = "/api/v1/assistants/{assistant}/draft", operation_id = "save_assistant_draft", tag = "assistants",
    params(("assistant" = Uuid, Path)), security(("key" = ["write"])), request_body = DraftWish,
    responses((status = 200, description = "Saved", body = Assistant),
        (status = 409, description = "Changed by another meanwhile", body = ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn save(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<AssistantId>,
    Body(wish): Body<DraftWish>,
) -> Result<Json<Assistant>, Problem> {
    let held = find(&state, caller, id).await?;
    let (store, now) = (state.store(), state.now());
    versions::save_draft(
        store,
        caller.workspace,
        &held,
        &wish.file,
        wish.revision,
        now,
    )
    .await
    .map_err(told)?;
    Ok(Json(view(&find(&state, caller, id).await?)))
}

/// Throw the draft of an assistant away
#[utoipa::path(delete, path = "/api/v1/assistants/{assistant}/draft", operation_id = "delete_assistant_draft", tag = "assistants",
    params(("assistant" = Uuid, Path)), security(("key" = ["write"])),
    responses((status = 204, description = "Gone"), Refusals))]
pub async fn delete(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<AssistantId>,
) -> Result<StatusCode, Problem> {
    let held = find(&state, caller, id).await?;
    versions::drop_draft(state.store(), caller.workspace, &held)
        .await
        .map_err(told)?;
    Ok(StatusCode::NO_CONTENT)
}
