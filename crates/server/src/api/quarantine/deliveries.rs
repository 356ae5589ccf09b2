//! `/api/v1/quarantine/deliveries`: deliveries that this version could not decode.
//!
//! In: a cursor or an id. Out: the list, one with its raw body, and another try. Absent: deliveries
//! that went well, and those of other workspaces. Next: `items.rs`.

use super::whose;
use crate::api::ApiState;
use crate::api::caller::{Admin, Caller};
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::show;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_store::Commit;
use ponte_store::rows::journal::DeliveryRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Rows in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Delivery {
    pub id: i64,
    pub received: String,
    pub bytes: usize,
    pub attempts: u32,
    /// Why it could not be decoded.
    pub error: String,
    /// The raw body; only where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

fn view(row: DeliveryRow, whole: bool) -> Delivery {
    Delivery {
        id: row.id,
        received: show(row.received),
        bytes: row.body.len(),
        attempts: row.attempts,
        error: row.error.unwrap_or_default(),
        body: whole.then(|| String::from_utf8_lossy(&row.body).into_owned()),
    }
}

/// List quarantined deliveries
#[utoipa::path(get, path = "/api/v1/quarantine/deliveries", operation_id = "list_quarantined_deliveries", tag = "quarantine", params(Asked), security(("key" = ["admin"])),
    responses((status = 200, description = "A page, newest first", body = Page<Delivery>), Refusals))]
pub async fn list(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Delivery>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before = page::number(asked.after.as_deref())?;
    let whose = whose(&state, &caller).await?;
    let rows = state
        .store()
        .quarantined_deliveries(whose, before, limit)
        .await?;
    Ok(page::falling(
        rows,
        limit,
        |row| row.id,
        |row| view(row, false),
    ))
}

/// Get a quarantined delivery with its raw body
#[utoipa::path(get, path = "/api/v1/quarantine/deliveries/{delivery}", operation_id = "get_quarantined_delivery", tag = "quarantine",
    params(("delivery" = i64, Path)), security(("key" = ["admin"])),
    responses((status = 200, description = "The delivery", body = Delivery), Refusals))]
pub async fn get(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<i64>,
) -> Result<Json<Delivery>, Problem> {
    Ok(Json(view(one(&state, &caller, id).await?, true)))
}

/// Decode a quarantined delivery again
#[utoipa::path(post, path = "/api/v1/quarantine/deliveries/{delivery}/retry", operation_id = "retry_quarantined_delivery", tag = "quarantine",
    params(("delivery" = i64, Path)), security(("key" = ["admin"])),
    responses((status = 202, description = "It is decoded again in its turn"), Refusals))]
pub async fn retry(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<i64>,
) -> Result<StatusCode, Problem> {
    let id = one(&state, &caller, id).await?.id;
    let mut commit = Commit::new();
    commit.reopen_delivery(id);
    if state.store().commit(commit).await?.stored() {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(Problem::not_found())
    }
}

async fn one(state: &ApiState, caller: &Caller, id: i64) -> Result<DeliveryRow, Problem> {
    let whose = whose(state, caller).await?;
    let before = Some(id.saturating_add(1));
    let found = state
        .store()
        .quarantined_deliveries(whose, before, 1)
        .await?;
    let found = found.into_iter().find(|row| row.id == id);
    found.ok_or_else(Problem::not_found)
}
