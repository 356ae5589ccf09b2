//! `GET /api/v1/templates`: the workspace's message templates.
//!
//! In: nothing but the key. Out: [`Template`]s. Absent: their parameters' meaning. Next: `mod.rs`.

use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::page::Page;
use crate::api::problem::Problem;
use crate::api::time::show;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The provider allows 6,000 per account; a person reads fewer.
const MOST: u32 = 1_000;

#[derive(Debug, Serialize, ToSchema)]
pub struct Template {
    pub account: String,
    pub name: String,
    pub language: String,
    /// `APPROVED`, `PAUSED`, `REJECTED`, … as the provider says.
    pub status: String,
    pub category: String,
    pub quality: String,
    /// As the provider last sent it.
    #[schema(value_type = Object)]
    pub body: Value,
    pub updated: String,
}

/// List message templates
#[utoipa::path(get, path = "/api/v1/templates", operation_id = "list_templates", tag = "templates", security(("key" = ["read"])),
    responses((status = 200, description = "All templates", body = Page<Template>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<Template>>, Problem> {
    let rows = state.store().templates(caller.workspace, MOST).await?;
    let items = rows.into_iter().map(|row| Template {
        account: row.account,
        name: row.name,
        language: row.language,
        status: row.status,
        category: row.category,
        quality: row.quality,
        body: row.body,
        updated: show(row.updated),
    });
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}
