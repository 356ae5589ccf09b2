//! `GET`, `PUT` and `DELETE /api/v1/mcp-servers`, and `POST …/{name}/tools`: MCP servers and what they offer.
//!
//! In: where a server is. Out: servers; and what one offers, as tools ready to be kept by `PUT /tools`. Keeping one is
//! the approval: a server that says something else later must be approved again. Absent: calling. Next:
//! `crate::tools::mcp`.

use super::refused;
use super::write::Gone;
use crate::api::ApiState;
use crate::api::caller::{Admin, Reader};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::page::Page;
use crate::api::problem::Problem;
use crate::both;
use crate::tools::kept;
use crate::tools::mcp::{self, McpError, SERVER, Server};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_tools::{Action, Tool};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct ServerView {
    pub name: String,
    /// Absent: written by a newer version.
    pub server: Option<Server>,
    /// Give it back with a change.
    pub revision: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerWish {
    pub server: Server,
    /// The revision this is a change of; left out of a new one.
    pub revision: Option<u64>,
}

/// What a server offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Offer {
    /// As it would be kept: it asks the customer first, until somebody changes that.
    #[schema(value_type = Object)]
    pub tool: Tool,
    /// `new`, `approved`, or `changed`: kept, and the server says something else now.
    pub state: &'static str,
}

/// List MCP servers
#[utoipa::path(get, path = "/api/v1/mcp-servers", operation_id = "list_mcp_servers", tag = "tools", security(("key" = ["read"])),
    responses((status = 200, description = "All servers", body = Page<ServerView>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<ServerView>>, Problem> {
    let rows = state
        .store()
        .documents(Some(caller.workspace), Some(SERVER))
        .await?;
    let items = rows.into_iter().map(|row| ServerView {
        server: serde_json::from_value(row.body).ok(),
        name: row.name,
        revision: row.revision,
    });
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}

/// Make or change an MCP server
#[utoipa::path(put, path = "/api/v1/mcp-servers/{name}", operation_id = "put_mcp_server", tag = "tools",
    params(("name" = String, Path)), security(("key" = ["admin"])), request_body = ServerWish,
    responses((status = 200, description = "The server as it is now", body = ServerView),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn put(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Body(wish): Body<ServerWish>,
) -> Result<Json<ServerView>, Problem> {
    let expected = wish.revision.unwrap_or(0);
    let put = state
        .app
        .tools
        .put_server(caller.workspace, &name, &wish.server, expected);
    let row = put.await.map_err(refused)?;
    let (server, revision) = (Some(wish.server), row.revision);
    Ok(Json(ServerView {
        name,
        server,
        revision,
    }))
}

/// Remove an MCP server
#[utoipa::path(delete, path = "/api/v1/mcp-servers/{name}", operation_id = "delete_mcp_server", tag = "tools",
    params(("name" = String, Path), Gone), security(("key" = ["admin"])),
    responses((status = 204, description = "Gone"),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn delete(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Query(gone): Query<Gone>,
) -> Result<StatusCode, Problem> {
    let id = mcp::id(caller.workspace, &name);
    let dropped = state
        .app
        .tools
        .drop_document(caller.workspace, (SERVER, id), gone.revision);
    dropped.await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask an MCP server for its tools
#[utoipa::path(post, path = "/api/v1/mcp-servers/{name}/tools", operation_id = "list_mcp_tools", tag = "tools",
    params(("name" = String, Path)), security(("key" = ["admin"])),
    responses((status = 200, description = "What it offers now", body = Page<Offer>), Refusals))]
pub async fn offers(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
) -> Result<Json<Page<Offer>>, Problem> {
    let tools = &state.app.tools;
    let server = mcp::server(state.store(), caller.workspace, &name).await?;
    let server = server.ok_or_else(Problem::not_found)?;
    let found = tools.mcp.list(tools, caller.workspace, &server).await;
    let found = found.map_err(|why| match why {
        McpError::Store(error) => error.into(),
        McpError::Missing
        | McpError::NotAllowed
        | McpError::NotSent(_)
        | McpError::Broken(_)
        | McpError::Refused(_)
        | McpError::Changed => Problem::bad(both!(
            "o servidor MCP não respondeu como devia ({why}).",
            "the MCP server did not answer as it should ({why})."
        )),
    })?;
    let kept = kept::made(state.store(), caller.workspace).await?;
    let items = found.iter().map(|remote| {
        let approved = kept.iter().find_map(|(_, tool)| match &tool.action {
            Action::Mcp(one) if one.server == name && one.tool == remote.name => {
                Some(&one.approved)
            }
            Action::Mcp(_) | Action::Http(_) | Action::Builtin(_) => None,
        });
        Offer {
            tool: ponte_tools::mcp::tool(&name, remote),
            state: match approved {
                None => "new",
                Some(digest) if *digest == remote.digest => "approved",
                Some(_) => "changed",
            },
        }
    });
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}
