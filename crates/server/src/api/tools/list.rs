//! `GET /api/v1/tools`: what assistants of the workspace may call.
//!
//! In: nothing but the key. Out: [`ToolView`]s, built-in ones first. Absent: secrets. Next: `write.rs`.

use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::page::Page;
use crate::api::problem::Problem;
use crate::tools::kept;
use axum::Json;
use axum::extract::State;
use ponte_tools::{Tool, arguments, builtin};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A tool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tool)]
pub struct ToolView {
    pub name: String,
    /// As it was written; the shape is that of `tools/NAME.yaml`.
    #[schema(value_type = Object)]
    pub tool: Tool,
    /// The parameters as a model sees them, without those that the server fills in.
    #[schema(value_type = Object)]
    pub shown: Value,
    pub builtin: bool,
    /// Give it back with a change; 0 for built-in ones.
    pub revision: u64,
}

pub(super) fn view(tool: Tool, revision: u64) -> ToolView {
    ToolView {
        name: tool.name.clone(),
        shown: arguments::shown(&tool),
        builtin: revision == 0,
        tool,
        revision,
    }
}

/// List tools
#[utoipa::path(get, path = "/api/v1/tools", operation_id = "list_tools", tag = "tools", security(("key" = ["read"])),
    responses((status = 200, description = "All tools, built-in ones first", body = Page<ToolView>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<ToolView>>, Problem> {
    let mut items: Vec<ToolView> = builtin::ALL.iter().map(|one| view(one.tool(), 0)).collect();
    let made = kept::made(state.store(), caller.workspace).await?;
    items.extend(made.into_iter().map(|(row, tool)| view(tool, row.revision)));
    Ok(Json(Page { items, next: None }))
}
