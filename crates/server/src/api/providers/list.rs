//! `GET /api/v1/providers`: the workspace's providers of language models.
//!
//! In: nothing but the key. Out: [`ModelProvider`]s, by name. Absent: their keys. Next: `view.rs`.

use super::view::{ModelProvider, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::page::Page;
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;

/// List model providers
#[utoipa::path(get, path = "/api/v1/providers", operation_id = "list_providers", tag = "providers", security(("key" = ["read"])),
    responses((status = 200, description = "All providers, by name", body = Page<ModelProvider>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<ModelProvider>>, Problem> {
    let rows = state.store().providers(Some(caller.workspace)).await?;
    let items = rows.iter().map(|row| view(&state.app.models, row));
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}
