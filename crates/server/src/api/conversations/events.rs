//! `GET /api/v1/conversations/{conversation}/events`: its journal, newest first.
//!
//! In: the conversation and a cursor. Out: what happened, as it was journaled. Absent: what followed
//! (messages, explain). Next: `messages/explain.rs`.

use super::get::find;
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::show;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ConversationId;
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::words::event_kind;
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

/// One entry of the journal.
#[derive(Debug, Serialize, ToSchema)]
pub struct JournalEvent {
    pub seq: i64,
    pub id: Uuid,
    pub at: String,
    /// `received`, `echoed`, `commanded`, `send_ended`, …
    pub kind: &'static str,
    /// The event as it was journaled.
    #[schema(value_type = Object)]
    pub event: Value,
    /// The delivery that brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<i64>,
    /// Its place in the fold; absent while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied: Option<u64>,
    /// No engine could apply it: a person must look.
    pub quarantined: bool,
}

/// List the events of a conversation
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/events", operation_id = "list_events", tag = "conversations",
    params(("conversation" = Uuid, Path), Asked), security(("key" = ["read"])),
    responses((status = 200, description = "A page, newest first", body = Page<JournalEvent>), Refusals))]
pub async fn events(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<JournalEvent>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before = page::number(asked.after.as_deref())?;
    find(&state, caller, id).await?;
    let rows = state.store().journal_of(id, before, limit).await?;
    Ok(page::falling(rows, limit, |row| row.seq, event))
}

/// The view of a journal entry.
#[must_use]
pub fn event(row: JournalRow) -> JournalEvent {
    JournalEvent {
        seq: row.seq,
        id: row.envelope.id.0,
        at: show(row.envelope.at),
        kind: event_kind(&row.envelope.event),
        event: serde_json::to_value(&row.envelope.event).unwrap_or_default(),
        delivery: row.delivery,
        applied: row.applied,
        quarantined: row.quarantined,
    }
}
