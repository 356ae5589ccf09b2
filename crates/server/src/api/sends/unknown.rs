//! `GET /api/v1/unknown-sends`: messages that may or may not have arrived.
//!
//! In: nothing but the key. Out: [`SendView`]s; settle each with `settle_unknown`. Absent: guesses.
//! Next: `conversations/command.rs`.

use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::messages::explain::{SendView, send};
use crate::api::page::Page;
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;

/// More than these wait only in a disaster, and then the first thousand are work enough.
const MOST: u32 = 1_000;

/// List sends that nobody could prove
#[utoipa::path(get, path = "/api/v1/unknown-sends", operation_id = "list_unknown_sends", tag = "messages", security(("key" = ["read"])),
    responses((status = 200, description = "Unknown sends", body = Page<SendView>), Refusals))]
pub async fn unknown(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<Page<SendView>>, Problem> {
    let rows = state.store().unknown_sends(caller.workspace, MOST).await?;
    Ok(Json(Page {
        items: rows.into_iter().map(send).collect(),
        next: None,
    }))
}
