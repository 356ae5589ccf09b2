//! `POST /api/v1/conversations/{conversation}/seen`: a person has looked; nothing is unread any more.
//!
//! In: the conversation. Out: 204. Not journaled: what a person has read decides nothing. Absent:
//! telling the customer ("read" is the step's to send). Next: `command.rs`.

use super::get::find;
use crate::api::ApiState;
use crate::api::caller::Writer;
use crate::api::describe::Refusals;
use crate::api::extract::Id;
use crate::api::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::ids::ConversationId;
use ponte_store::Commit;
use ponte_store::rows::shared::Changes;

/// Mark a conversation as seen
#[utoipa::path(post, path = "/api/v1/conversations/{conversation}/seen", operation_id = "mark_conversation_seen", tag = "conversations",
    params(("conversation" = Uuid, Path)), security(("key" = ["write"])),
    responses((status = 204, description = "Nothing is unread"), Refusals))]
pub async fn seen(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
) -> Result<StatusCode, Problem> {
    let row = find(&state, caller, id).await?;
    if row.unread > 0 {
        let mut commit = Commit::new();
        commit
            .mark_seen(id)
            .feed(&row.place, state.now(), Changes::SEEN);
        state.store().commit(commit).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
