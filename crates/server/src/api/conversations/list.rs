//! `GET /api/v1/conversations`: a page of conversations, newest activity first.
//!
//! In: filters and a cursor. Out: [`Conversation`]s. Absent: search in texts. Next: `get.rs`.

use super::view::{Conversation, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::contacts::fold;
use crate::api::describe::Refusals;
use crate::api::extract::Query;
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::{ChannelId, ContactId};
use ponte_store::rows::conversation::{ConversationCursor, ConversationFilter, OwnerKind};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Filters {
    /// Conversations in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
    channel: Option<Uuid>,
    contact: Option<Uuid>,
    /// Who may answer
    owner: Option<Owner>,
    /// The agent or team behind the owner
    owner_id: Option<Uuid>,
    /// Only those with unread messages
    #[serde(default)]
    unread: bool,
    /// Only those with sends that nobody could prove
    #[serde(default)]
    unknown_sends: bool,
    /// Only those with open alerts
    #[serde(default)]
    alerts: bool,
    /// Only closed, or only open ones
    closed: Option<bool>,
    /// Beginning of the contact's name; case and accents don't matter
    name: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    Assistant,
    Person,
    Queue,
    Nobody,
}

/// List conversations
#[utoipa::path(get, path = "/api/v1/conversations", operation_id = "list_conversations", tag = "conversations", params(Filters), security(("key" = ["read"])),
    responses((status = 200, description = "A page, newest activity first", body = Page<Conversation>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Filters>,
) -> Result<Json<Page<Conversation>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = page::split(asked.after.as_deref())?;
    let after = after.map(|(last_message_at, conversation)| ConversationCursor {
        last_message_at,
        conversation,
    });
    let filter = ConversationFilter {
        channel: asked.channel.map(ChannelId),
        contact: asked.contact.map(ContactId),
        owner: asked.owner.map(|owner| match owner {
            Owner::Assistant => OwnerKind::Assistant,
            Owner::Person => OwnerKind::Person,
            Owner::Queue => OwnerKind::Queue,
            Owner::Nobody => OwnerKind::Nobody,
        }),
        owner_ref: asked.owner_id,
        unread: asked.unread,
        unknown_sends: asked.unknown_sends,
        alerts: asked.alerts,
        closed: asked.closed,
        name_prefix: asked.name.as_deref().map(fold),
    };
    let found = state
        .store()
        .conversations(caller.workspace, &filter, after, limit)
        .await?;
    let now = state.now();
    Ok(Json(Page {
        items: found.items.into_iter().map(|row| view(row, now)).collect(),
        next: found
            .next
            .map(|next| page::join(next.last_message_at.micros(), next.conversation)),
    }))
}
