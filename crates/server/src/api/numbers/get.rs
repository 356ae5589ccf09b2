//! `GET /api/v1/numbers/{number}`: one number, by its channel id.
//!
//! In: the id. Out: a [`Number`]; 404 for another workspace's. Absent: the provider's own view of it
//! (`ponte doctor` asks for that). Next: `view.rs`.

use super::view::{Number, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Id;
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ChannelId;

/// Get a number
#[utoipa::path(get, path = "/api/v1/numbers/{number}", operation_id = "get_number", tag = "numbers",
    params(("number" = Uuid, Path)), security(("key" = ["read"])),
    responses((status = 200, description = "The number", body = Number), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ChannelId>,
) -> Result<Json<Number>, Problem> {
    let rows = state.store().channels(Some(caller.workspace)).await?;
    let row = rows.into_iter().find(|row| row.id == id && !row.removed);
    Ok(Json(
        view(&state, row.ok_or_else(Problem::not_found)?).await?,
    ))
}
