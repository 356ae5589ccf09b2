//! `GET /api/v1/messages/{message}/explain`: why it is as it is, from the delivery to the last status.
//!
//! In: a message's id. Out: the delivery that brought its cause, the event, the message that the step
//! put there, every attempt to send it, and what the provider reported, with times. Absent: the raw
//! body (an admin's, in quarantine) and reasons inside a model, until there are models.
//! Next: `conversations/events.rs`.

use super::view::{Message, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::conversations::events::{JournalEvent, event};
use crate::api::describe::Refusals;
use crate::api::extract::Id;
use crate::api::problem::Problem;
use crate::api::time::{show, show_some};
use axum::Json;
use axum::extract::State;
use ponte_core::ids::MessageId;
use ponte_store::rows::outbox::{AttemptRow, OutboxRow};
use ponte_store::rows::words;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// What the message is, with the times that the provider reported.
    pub message: Message,
    /// What brought the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryRef>,
    /// The event whose step made the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<JournalEvent>,
    /// The row in the queue of sends, for messages of ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<SendView>,
    pub attempts: Vec<Attempt>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryRef {
    pub id: i64,
    pub received: String,
    pub bytes: usize,
}

/// A row of the queue of sends.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendView {
    pub reply: Uuid,
    pub conversation: Uuid,
    pub state: &'static str,
    /// The owner's version it was written under; it is dropped when that has passed.
    pub epoch: u64,
    pub attempt: u32,
    pub not_before: String,
    pub expires: String,
}

/// One attempt, recorded before it was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attempt {
    pub number: u32,
    pub claimed_at: String,
    pub deadline: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// How it ended: `accepted`, `not_sent`, `refused`, `unsure`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub outcome: Option<Value>,
}

/// Explain a message
#[utoipa::path(get, path = "/api/v1/messages/{message}/explain", operation_id = "explain_message", tag = "messages",
    params(("message" = Uuid, Path)), security(("key" = ["read"])),
    responses((status = 200, description = "Its way through the system", body = Explanation), Refusals))]
pub async fn explain(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<MessageId>,
) -> Result<Json<Explanation>, Problem> {
    let found = state
        .store()
        .explain(caller.workspace, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let delivery = match found.cause.as_ref().and_then(|cause| cause.delivery) {
        Some(delivery) => state.store().delivery(delivery).await?,
        None => None,
    };
    Ok(Json(Explanation {
        message: view(found.message),
        delivery: delivery.map(|row| DeliveryRef {
            id: row.id,
            received: show(row.received),
            bytes: row.body.len(),
        }),
        event: found.cause.map(event),
        send: found.send.map(send),
        attempts: found.attempts.into_iter().map(attempt).collect(),
    }))
}

/// The view of a row of the queue.
#[must_use]
pub fn send(row: OutboxRow) -> SendView {
    SendView {
        reply: row.send.reply.0,
        conversation: row.place.conversation.0,
        state: words::send_state(&row.state),
        epoch: row.send.epoch,
        attempt: row.attempt,
        not_before: show(row.send.not_before),
        expires: show(row.send.expires),
    }
}

fn attempt(row: AttemptRow) -> Attempt {
    Attempt {
        number: row.n,
        claimed_at: show(row.claimed_at),
        deadline: show(row.deadline),
        ended_at: show_some(row.ended_at),
        outcome: row
            .outcome
            .map(|outcome| serde_json::to_value(outcome).unwrap_or_default()),
    }
}
