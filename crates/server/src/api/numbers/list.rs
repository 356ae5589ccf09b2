//! `GET /api/v1/numbers`: all numbers of the workspace.
//!
//! In: nothing but the key. Out: [`Number`]s with their health. Absent: pages (a workspace has few).
//! Next: `view.rs`.

use super::view::{Number, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::page::Page;
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;

/// List numbers
#[utoipa::path(get, path = "/api/v1/numbers", operation_id = "list_numbers", tag = "numbers", security(("key" = ["read"])),
    responses((status = 200, description = "All numbers", body = Page<Number>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<Number>>, Problem> {
    let rows = state.store().channels(Some(caller.workspace)).await?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| !row.removed) {
        items.push(view(&state, row).await?);
    }
    Ok(Json(Page { items, next: None }))
}
