//! `GET`, `PUT` and `DELETE /api/v1/tool-credentials`: how tools prove who we are.
//!
//! In: settings, the hosts a credential may go to, and its secret in the body of this one request. Out:
//! [`CredentialView`]s with a mask. Absent: reading a secret back. Next: `oauth.rs`,
//! `crate::tools::credential`.

use super::refused;
use super::write::Gone;
use crate::api::ApiState;
use crate::api::caller::{Admin, Reader};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::page::Page;
use crate::api::problem::Problem;
use crate::api::time::show;
use crate::graph::Secret;
use crate::tools::credential::{Settings, settings};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_store::rows::tools::CredentialRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A credential, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ToolCredential)]
pub struct CredentialView {
    pub id: Uuid,
    pub name: String,
    /// Absent: written by a newer version.
    pub settings: Option<Settings>,
    /// The secret's end, such as `…abcd`; empty: it has none.
    pub secret: String,
    /// `ready`, `connect` (a person must agree first) or `reconnect` (the agreement has ended).
    pub state: String,
    /// Give it back with a change.
    pub revision: u64,
    pub updated: String,
}

fn view(row: &CredentialRow) -> CredentialView {
    CredentialView {
        id: row.id,
        name: row.name.clone(),
        settings: settings(row).ok(),
        secret: row.hint.clone(),
        state: row.state.clone(),
        revision: row.revision,
        updated: show(row.updated),
    }
}

/// What a credential is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialWish {
    pub settings: Settings,
    /// Absent in a change: it stays.
    pub secret: Option<String>,
    /// The revision this is a change of; left out of a new one.
    pub revision: Option<u64>,
}

/// List credentials of tools
#[utoipa::path(get, path = "/api/v1/tool-credentials", operation_id = "list_tool_credentials", tag = "tools", security(("key" = ["read"])),
    responses((status = 200, description = "All credentials, by name", body = Page<CredentialView>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<CredentialView>>, Problem> {
    let rows = state.store().credentials(Some(caller.workspace)).await?;
    let items = rows.iter().map(view).collect();
    Ok(Json(Page { items, next: None }))
}

/// Make or change a credential
#[utoipa::path(put, path = "/api/v1/tool-credentials/{name}", operation_id = "put_tool_credential", tag = "tools",
    params(("name" = String, Path)), security(("key" = ["admin"])), request_body = CredentialWish,
    responses((status = 200, description = "The credential as it is now", body = CredentialView),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn put(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Body(wish): Body<CredentialWish>,
) -> Result<Json<CredentialView>, Problem> {
    let secret = wish.secret.map(Secret::new);
    let expected = wish.revision.unwrap_or(0);
    let tools = &state.app.tools;
    let put = tools.put_credential(caller.workspace, &name, &wish.settings, secret, expected);
    Ok(Json(view(&put.await.map_err(refused)?)))
}

/// Remove a credential
#[utoipa::path(delete, path = "/api/v1/tool-credentials/{name}", operation_id = "delete_tool_credential", tag = "tools",
    params(("name" = String, Path), Gone), security(("key" = ["admin"])),
    responses((status = 204, description = "Gone"),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn delete(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Query(gone): Query<Gone>,
) -> Result<StatusCode, Problem> {
    let row = state
        .store()
        .credential_named(caller.workspace, &name)
        .await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let dropped = state
        .app
        .tools
        .drop_credential(caller.workspace, row.id, gone.revision);
    dropped.await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
