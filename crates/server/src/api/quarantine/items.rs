//! `/api/v1/quarantine/items`: parts of deliveries that could not be read, or that are about a number
//! nobody has set up.
//!
//! In: a cursor or an id. Out: the list, one with what came, and another try of its delivery. Absent:
//! items of other workspaces. Next: `deliveries.rs`.

use super::whose;
use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::show;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_store::Commit;
use ponte_store::rows::journal::AccountEventRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Items in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedItem {
    pub id: i64,
    pub at: String,
    /// `unreadable` or `foreign_number`.
    pub kind: String,
    /// Where in the delivery it stood.
    pub place: String,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The provider's id of the number it came for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<i64>,
    /// What came; only where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
}

/// As it is shown; the list leaves out what came.
#[must_use]
pub fn view(row: AccountEventRow, whole: bool) -> QuarantinedItem {
    let text = |key: &str| Some(row.body.get(key)?.as_str()?.to_owned());
    QuarantinedItem {
        id: row.id,
        at: show(row.at),
        place: text("place").unwrap_or_default(),
        why: text("why"),
        number: text("number"),
        kind: row.kind,
        delivery: row.delivery,
        body: whole.then_some(row.body),
    }
}

/// List quarantined items
#[utoipa::path(get, path = "/api/v1/quarantine/items", operation_id = "list_quarantined_items", tag = "quarantine", params(Asked), security(("key" = ["admin"])),
    responses((status = 200, description = "A page, newest first", body = Page<QuarantinedItem>), Refusals))]
pub async fn list(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<QuarantinedItem>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before = page::number(asked.after.as_deref())?;
    let whose = whose(&state, &caller).await?;
    let rows = state
        .store()
        .quarantined_items(whose, before, limit)
        .await?;
    Ok(page::falling(
        rows,
        limit,
        |row| row.id,
        |row| view(row, false),
    ))
}

/// Get a quarantined item with what came
#[utoipa::path(get, path = "/api/v1/quarantine/items/{item}", operation_id = "get_quarantined_item", tag = "quarantine",
    params(("item" = i64, Path)), security(("key" = ["admin"])),
    responses((status = 200, description = "The item", body = QuarantinedItem), Refusals))]
pub async fn get(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<i64>,
) -> Result<Json<QuarantinedItem>, Problem> {
    let whose = whose(&state, &caller).await?;
    let found = state.store().quarantined_item(whose, id).await?;
    Ok(Json(view(found.ok_or_else(Problem::not_found)?, true)))
}

/// Decode the delivery of a quarantined item again
///
/// All items of that delivery leave the list; those that still can't be used come back. What was taken in
/// before is known and not taken in twice. A raw delivery is kept for 30 days after it was decoded.
#[utoipa::path(post, path = "/api/v1/quarantine/items/{item}/retry", operation_id = "retry_quarantined_item", tag = "quarantine",
    params(("item" = i64, Path)), security(("key" = ["admin"])),
    responses((status = 202, description = "Its delivery is decoded again in its turn"), Refusals))]
pub async fn retry(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<i64>,
) -> Result<StatusCode, Problem> {
    let whose = whose(&state, &caller).await?;
    let found = state.store().quarantined_item(whose, id).await?;
    let delivery = found
        .and_then(|row| row.delivery)
        .ok_or_else(Problem::not_found)?;
    let mut commit = Commit::new();
    commit.reopen_delivery(delivery);
    if state.store().commit(commit).await?.stored() {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(Problem::not_found())
    }
}
