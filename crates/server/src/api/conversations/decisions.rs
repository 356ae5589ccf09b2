//! `GET /api/v1/conversations/{conversation}/decisions`: why slow work answered as it did, newest first.
//!
//! In: the conversation and a cursor. Out: a page of [`Decision`]s, each as its event keeps it. A page looks
//! at a bounded number of entries of the journal, so that it may hold fewer than asked, or none, and still
//! have a next. Absent: deciding (`crate::router`), and what the step itself decides (events, explain).

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
use ponte_core::Event;
use ponte_core::event::Answer;
use ponte_core::ids::ConversationId;
use ponte_store::rows::journal::JournalRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Entries of the journal that one page looks at; most entries are no decisions.
const LOOKED_AT: u32 = 500;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Decisions in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
}

/// One decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decision {
    /// Its place in the journal.
    pub seq: i64,
    pub at: String,
    pub call: Uuid,
    /// `said`, `drafted`, `handed_off`, `passed`, `did_not_know` or `failed`.
    pub outcome: &'static str,
    /// What it was taken from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Why people were called, or why it failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// The ways that were looked at, what each gave, and why; null where nothing was noted.
    #[schema(value_type = Object)]
    pub how: Value,
}

/// List the decisions in a conversation
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/decisions", operation_id = "list_decisions", tag = "conversations",
    params(("conversation" = Uuid, Path), Asked), security(("key" = ["read"])),
    responses((status = 200, description = "A page, newest first; it may hold fewer than asked and have a next", body = Page<Decision>), Refusals))]
pub async fn decisions(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Decision>>, Problem> {
    let limit = page::limit(asked.limit)? as usize;
    let before = page::number(asked.after.as_deref())?;
    find(&state, caller, id).await?;
    let rows = state.store().journal_of(id, before, LOOKED_AT).await?;
    let mut next = page::full(&rows, LOOKED_AT, |row| row.seq);
    let mut items: Vec<Decision> = rows.into_iter().filter_map(decision).collect();
    if items.len() > limit {
        items.truncate(limit);
        next = items.last().map(|last| last.seq.to_string());
    }
    Ok(Json(Page { items, next }))
}

fn decision(row: JournalRow) -> Option<Decision> {
    let Event::CallAnswered { call, answer } = row.envelope.event else {
        return None;
    };
    let (outcome, sources, why, how) = match answer {
        Answer::Say {
            sources,
            draft,
            how,
            ..
        } => (
            if draft { "drafted" } else { "said" },
            sources,
            String::new(),
            how,
        ),
        Answer::HandOff { why, how, .. } => ("handed_off", Vec::new(), why, how),
        Answer::Pass { how, .. } => ("passed", Vec::new(), String::new(), how),
        Answer::DontKnow { how } => ("did_not_know", Vec::new(), String::new(), how),
        Answer::Failed { why, how } => ("failed", Vec::new(), why, how),
    };
    Some(Decision {
        seq: row.seq,
        at: show(row.envelope.at),
        call: call.0,
        outcome,
        sources,
        why,
        how,
    })
}
