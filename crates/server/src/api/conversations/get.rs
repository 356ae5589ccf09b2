//! `GET /api/v1/conversations/{conversation}`: one conversation.
//!
//! In: its id. Out: a [`Conversation`]; 404 for another workspace's, exactly as for none. Absent:
//! messages. Next: `messages.rs`.

use super::view::{Conversation, draft_view, view};
use crate::api::ApiState;
use crate::api::caller::{Caller, Reader};
use crate::api::describe::Refusals;
use crate::api::extract::Id;
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ConversationId;
use ponte_store::rows::conversation::ConversationItem;

/// Get a conversation
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}", operation_id = "get_conversation", tag = "conversations",
    params(("conversation" = Uuid, Path)), security(("key" = ["read"])),
    responses((status = 200, description = "The conversation", body = Conversation), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
) -> Result<Json<Conversation>, Problem> {
    let row = find(&state, caller, id).await?;
    let loaded = state.store().load(&row.place, &[]).await?;
    let draft = loaded.and_then(|loaded| loaded.row.state.proposal);
    let mut shown = view(row, state.now());
    shown.draft = draft.map(draft_view);
    Ok(Json(shown))
}

/// The caller's conversation of this id.
///
/// # Errors
/// 404 when it isn't there or isn't theirs.
pub async fn find(
    state: &ApiState,
    caller: Caller,
    id: ConversationId,
) -> Result<ConversationItem, Problem> {
    let found = state.store().conversation(caller.workspace, id).await?;
    found.ok_or_else(Problem::not_found)
}
