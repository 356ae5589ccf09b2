//! `/api/v1/quarantine/entries`: journal entries that no engine could apply.
//!
//! In: a cursor or a sequence number. Out: the list, and another try. Absent: entries of other
//! workspaces. Next: `conversations/events.rs`.

use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::conversations::events::{JournalEvent, event};
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_store::Commit;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Entries in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct QuarantinedEntry {
    pub conversation: Uuid,
    pub attempts: u32,
    pub entry: JournalEvent,
}

/// List quarantined journal entries
#[utoipa::path(get, path = "/api/v1/quarantine/entries", operation_id = "list_quarantined_entries", tag = "quarantine", params(Asked), security(("key" = ["admin"])),
    responses((status = 200, description = "A page, newest first", body = Page<QuarantinedEntry>), Refusals))]
pub async fn list(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<QuarantinedEntry>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before = page::number(asked.after.as_deref())?;
    let rows = state
        .store()
        .quarantined_entries_of(caller.workspace, before, limit)
        .await?;
    let next = page::full(&rows, limit, |row| row.seq);
    let items = rows.into_iter().map(|row| QuarantinedEntry {
        conversation: row.place.conversation.0,
        attempts: row.attempts,
        entry: event(row),
    });
    Ok(Json(Page {
        items: items.collect(),
        next,
    }))
}

/// Apply a quarantined journal entry again
#[utoipa::path(post, path = "/api/v1/quarantine/entries/{entry}/retry", operation_id = "retry_quarantined_entry", tag = "quarantine",
    params(("entry" = i64, Path)), security(("key" = ["admin"])),
    responses((status = 202, description = "It is applied again in its turn"), Refusals))]
pub async fn retry(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(seq): Id<i64>,
) -> Result<StatusCode, Problem> {
    let found = state.store().entry(seq).await?;
    let mine = found.filter(|row| row.quarantined && row.place.workspace == caller.workspace);
    let row = mine.ok_or_else(Problem::not_found)?;
    let mut commit = Commit::new();
    commit.reopen_entry(seq, &row.place);
    if state.store().commit(commit).await?.stored() {
        Ok(StatusCode::ACCEPTED)
    } else {
        Err(Problem::not_found())
    }
}
