//! `POST /api/v1/numbers/{number}/suspend` and `…/resume`: a person's hand on a number.
//!
//! In: the id. Out: the [`Number`] as it is then; 404 for another workspace's. Both stand among the
//! account events with who asked. Absent: cutting off single conversations (commands on them). Next:
//! `view.rs`.

use super::view::{Number, view};
use crate::api::ApiState;
use crate::api::caller::{Admin, Caller};
use crate::api::describe::Refusals;
use crate::api::extract::Id;
use crate::api::problem::Problem;
use crate::app::cut_off::by_hand;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ChannelId;
use serde_json::json;

/// Stop sending on a number
///
/// What waits longer than ten minutes goes to people. Nothing that comes in is lost.
#[utoipa::path(post, path = "/api/v1/numbers/{number}/suspend", operation_id = "suspend_number", tag = "numbers",
    params(("number" = Uuid, Path)), security(("key" = ["admin"])),
    responses((status = 200, description = "The number, cut off", body = Number), Refusals))]
pub async fn suspend(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<ChannelId>,
) -> Result<Json<Number>, Problem> {
    set(&state, caller, id, true).await
}

/// Send on a number again
///
/// Also closes the alerts about the number itself.
#[utoipa::path(post, path = "/api/v1/numbers/{number}/resume", operation_id = "resume_number", tag = "numbers",
    params(("number" = Uuid, Path)), security(("key" = ["admin"])),
    responses((status = 200, description = "The number, back in use", body = Number), Refusals))]
pub async fn resume(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<ChannelId>,
) -> Result<Json<Number>, Problem> {
    set(&state, caller, id, false).await
}

async fn set(
    state: &ApiState,
    caller: Caller,
    id: ChannelId,
    suspended: bool,
) -> Result<Json<Number>, Problem> {
    let (store, env) = (state.store(), &state.app.env);
    let by = json!({ "key": caller.key, "agent": caller.agent });
    let here = (caller.workspace, id);
    if !by_hand(store, env, here, suspended, &by).await? {
        return Err(Problem::not_found());
    }
    let rows = store.channels(Some(caller.workspace)).await?;
    let row = rows.into_iter().find(|row| row.id == id);
    Ok(Json(
        view(state, row.ok_or_else(Problem::not_found)?).await?,
    ))
}
