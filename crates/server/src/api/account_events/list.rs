//! `GET /api/v1/account-events`: what happened to the workspace's numbers and accounts, newest first.
//!
//! In: a cursor. Out: [`AccountEvent`]s. Absent: events of conversations. Next: `mod.rs`.

use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Query;
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::show;
use axum::Json;
use axum::extract::State;
use ponte_store::rows::journal::AccountEventRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Events in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AccountEvent {
    pub id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Uuid>,
    pub at: String,
    /// The webhook field it came in; `ponte` for what people did here.
    pub field: String,
    pub kind: String,
    /// As it came.
    #[schema(value_type = Object)]
    pub body: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<i64>,
}

/// List account events
#[utoipa::path(get, path = "/api/v1/account-events", operation_id = "list_account_events", tag = "numbers", params(Asked), security(("key" = ["read"])),
    responses((status = 200, description = "A page, newest first", body = Page<AccountEvent>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<AccountEvent>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before = page::number(asked.after.as_deref())?;
    let rows = state
        .store()
        .account_events(caller.workspace, before, limit)
        .await?;
    Ok(page::falling(rows, limit, |row| row.id, view))
}

fn view(row: AccountEventRow) -> AccountEvent {
    AccountEvent {
        id: row.id,
        channel: row.channel.map(|id| id.0),
        at: show(row.at),
        field: row.field,
        kind: row.kind,
        body: row.body,
        delivery: row.delivery,
    }
}
