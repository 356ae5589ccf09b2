//! `GET /api/v1/conversations/{conversation}/messages`: a page of its messages, newest first.
//!
//! In: the conversation and a cursor. Out: [`Message`]s. Absent: media files. Next: `messages/view.rs`.

use super::get::find;
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::messages::view::{Message, view};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ConversationId;
use ponte_store::rows::message::MessageCursor;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Messages in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
}

/// List the messages of a conversation
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/messages", operation_id = "list_messages", tag = "conversations",
    params(("conversation" = Uuid, Path), Asked), security(("key" = ["read"])),
    responses((status = 200, description = "A page, newest first", body = Page<Message>), Refusals))]
pub async fn messages(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Message>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before =
        page::split(asked.after.as_deref())?.map(|(sent, ord)| MessageCursor { sent, ord });
    find(&state, caller, id).await?;
    let found = state.store().messages(id, before, limit).await?;
    Ok(Json(Page {
        items: found.items.into_iter().map(view).collect(),
        next: found
            .next
            .map(|next| page::join(next.sent.micros(), next.ord)),
    }))
}
