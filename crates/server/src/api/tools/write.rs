//! `PUT` and `DELETE /api/v1/tools/{tool}`: making, changing and removing tools.
//!
//! In: the tool as in `tools/NAME.yaml`, and the revision it is a change of. Out: the tool as it is then.
//! Absent: built-in tools, which don't change. Next: `crate::tools::manage`.

use super::list::{ToolView, view};
use super::refused;
use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::problem::Problem;
use crate::both;
use crate::tools::kept;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_tools::Tool;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// What a tool is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolWish {
    #[schema(value_type = Object)]
    pub tool: Tool,
    /// The revision this is a change of; left out of a new one.
    pub revision: Option<u64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Gone {
    /// The revision that is to go.
    pub revision: u64,
}

/// Make or change a tool
#[utoipa::path(put, path = "/api/v1/tools/{tool}", operation_id = "put_tool", tag = "tools",
    params(("tool" = String, Path, description = "Its name")), security(("key" = ["admin"])), request_body = ToolWish,
    responses((status = 200, description = "The tool as it is now", body = ToolView),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn put(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Body(wish): Body<ToolWish>,
) -> Result<Json<ToolView>, Problem> {
    if wish.tool.name != name {
        return Err(Problem::bad(both!(
            "`tool.name` e o endereço dizem nomes diferentes.",
            "`tool.name` and the address say different names."
        )));
    }
    let expected = wish.revision.unwrap_or(0);
    let put = state.app.tools.put(caller.workspace, &wish.tool, expected);
    let row = put.await.map_err(refused)?;
    Ok(Json(view(wish.tool, row.revision)))
}

/// Remove a tool
///
/// Its calls stay in the ledger.
#[utoipa::path(delete, path = "/api/v1/tools/{tool}", operation_id = "delete_tool", tag = "tools",
    params(("tool" = String, Path, description = "Its name"), Gone), security(("key" = ["admin"])),
    responses((status = 204, description = "Gone"),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn delete(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Query(gone): Query<Gone>,
) -> Result<StatusCode, Problem> {
    let id = kept::id(caller.workspace, &name);
    let dropped = state
        .app
        .tools
        .drop_document(caller.workspace, (kept::TOOL, id), gone.revision);
    dropped.await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
