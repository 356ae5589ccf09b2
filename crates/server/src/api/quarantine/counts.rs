//! `GET /api/v1/quarantine`: how much is set aside.
//!
//! In: an admin's request. Out: counts of what its lists show. Absent: other workspaces' counts. Next:
//! `items.rs`.

use super::whose;
use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use ponte_store::rows::journal::{SetAside, Whose};
use serde::Serialize;
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
pub struct Quarantine {
    /// Deliveries of which nothing could be used.
    pub deliveries: u64,
    /// Items of deliveries that could not be read, or that are about a number nobody has set up.
    pub items: u64,
    /// Journal entries that could not be applied.
    pub entries: u64,
}

/// Count what is in quarantine
#[utoipa::path(get, path = "/api/v1/quarantine", operation_id = "count_quarantine", tag = "quarantine", security(("key" = ["admin"])),
    responses((status = 200, description = "The counts", body = Quarantine), Refusals))]
pub async fn get(
    Admin(caller): Admin,
    State(state): State<ApiState>,
) -> Result<Json<Quarantine>, Problem> {
    let whose: Whose = whose(&state, &caller).await?;
    let SetAside {
        deliveries,
        items,
        entries,
    } = state.store().set_aside(whose).await?;
    Ok(Json(Quarantine {
        deliveries,
        items,
        entries,
    }))
}
