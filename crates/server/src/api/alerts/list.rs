//! `GET /api/v1/alerts`: open alerts, newest first.
//!
//! In: a cursor. Out: [`AlertView`]s. Absent: closed ones. Next: `mod.rs`.

use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Query;
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::{show, show_some};
use axum::Json;
use axum::extract::State;
use ponte_store::rows::shared::AlertRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Alerts in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    pub id: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Uuid>,
    /// The number, where it is about the number itself or a conversation on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<Uuid>,
    pub at: String,
    /// What it is about, by its `alert`: `unknown_send`, `send_failed`, `nobody_came`, `number_suspended`, …
    #[schema(value_type = Object)]
    pub alert: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<String>,
}

/// List open alerts
#[utoipa::path(get, path = "/api/v1/alerts", operation_id = "list_alerts", tag = "alerts", params(Asked), security(("key" = ["read"])),
    responses((status = 200, description = "A page, newest first", body = Page<AlertView>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<AlertView>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before = page::number(asked.after.as_deref())?;
    let rows = state
        .store()
        .alerts(caller.workspace, before, limit)
        .await?;
    Ok(page::falling(rows, limit, |row| row.id, view))
}

fn view(row: AlertRow) -> AlertView {
    AlertView {
        id: row.id,
        conversation: row.conversation.map(|id| id.0),
        number: row.channel.map(|id| id.0),
        at: show(row.at),
        alert: serde_json::to_value(&row.alert).unwrap_or_default(),
        closed_at: show_some(row.closed_at),
    }
}
