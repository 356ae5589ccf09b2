//! `GET /api/v1/tool-calls`: the ledger of calls.
//!
//! In: a conversation, or none for all; a page. Out: [`ToolCallView`]s, newest first. What a tool was called
//! with and what it gave is shown to administrators only. Absent: changing anything.

use crate::api::ApiState;
use crate::api::caller::{Admin, Reader};
use crate::api::describe::Refusals;
use crate::api::extract::Query;
use crate::api::page::{Page, join, limit, split};
use crate::api::problem::Problem;
use crate::api::time::show;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ConversationId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of one conversation.
    pub conversation: Option<Uuid>,
    /// 1 to 100 [default: 50]
    pub limit: Option<u32>,
    /// The `next` of the page before.
    pub after: Option<String>,
}

/// A call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ToolCall)]
pub struct ToolCallView {
    pub id: Uuid,
    pub conversation: Option<Uuid>,
    pub tool: String,
    /// `asked`, `confirmed`, `running`, `done`, `failed`, `unsure`, `refused`.
    pub state: &'static str,
    /// `ok`, or the word of its trouble; empty while open.
    pub outcome: String,
    /// It does something in the world.
    pub effects: bool,
    /// Values that a model tried to choose and may not.
    pub ignored: u32,
    pub http: Option<u16>,
    pub latency_ms: u64,
    pub at: String,
    /// What it was called with; for administrators, while it can be opened.
    #[schema(value_type = Option<Object>)]
    pub arguments: Option<Value>,
}

/// List calls of tools
#[utoipa::path(get, path = "/api/v1/tool-calls", operation_id = "list_tool_calls", tag = "tools", params(Which), security(("key" = ["read"])),
    responses((status = 200, description = "Calls, newest first", body = Page<ToolCallView>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    admin: Result<Admin, Problem>,
    State(state): State<ApiState>,
    Query(which): Query<Which>,
) -> Result<Json<Page<ToolCallView>>, Problem> {
    let most = limit(which.limit)?;
    let before = split(which.after.as_deref())?;
    let conversation = which.conversation.map(ConversationId);
    let store = state.store();
    let mut rows = store
        .tool_calls(caller.workspace, conversation, before, most + 1)
        .await?;
    let more = rows.len() > most as usize;
    rows.truncate(most as usize);
    let next = rows
        .last()
        .filter(|_| more)
        .map(|row| join(row.at.micros(), row.id));
    let tools = &state.app.tools;
    let items = rows.into_iter().map(|row| ToolCallView {
        id: row.id,
        conversation: row.conversation.map(|id| id.0),
        state: row.state.word(),
        effects: row.effects,
        ignored: row.ignored,
        http: row.http,
        latency_ms: row.latency_us / 1_000,
        at: show(row.at),
        arguments: admin.as_ref().ok().and_then(|_| {
            let text = tools.opened(row.id, "arguments", row.arguments.as_deref())?;
            serde_json::from_str(&text).ok()
        }),
        tool: row.tool,
        outcome: row.outcome,
    });
    Ok(Json(Page {
        items: items.collect(),
        next,
    }))
}
