//! A message as the API shows it.
//!
//! In: the store's view row. Out: JSON with who made it, what it says and what became of it; the shown
//! status only moves forward. Absent: media files. Next: `explain.rs`.

use crate::api::time::{show, show_some};
use ponte_core::effect::MessageBody;
use ponte_store::rows::message::{Facts, MessageView};
use ponte_store::rows::words::send_state;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    pub id: Uuid,
    pub conversation: Uuid,
    /// Who made it: `customer`, `assistant`, `agent`, `phone_app`, `system`, `flow`, `campaign`, `imported`.
    pub by: &'static str,
    /// `in`, `out` or `note`.
    pub direction: &'static str,
    /// What a person reads of it.
    pub text: String,
    /// The whole content, by its `type`.
    #[schema(value_type = Object)]
    pub content: Value,
    /// The provider's id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// The provider's id of the message it quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// The provider's time for what came in; the decision's for what we wrote.
    pub sent: String,
    pub received: String,
    /// For ours: `pending`, `accepted`, `failed`, `dropped`, `unsure`, `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<&'static str>,
    /// The furthest known: `sent`, `delivered`, `read`, `played`, `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Value>,
    pub times: Times,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction_customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reaction_ours: Option<String>,
}

/// When each thing was first reported.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Times {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub played: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The provider's errors, where it failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProviderError>,
    /// Why it has its price.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub pricing: Option<Value>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderError {
    pub code: i64,
    pub title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub details: String,
}

/// The view of a row.
#[must_use]
pub fn view(message: MessageView) -> Message {
    let status = message
        .facts
        .status()
        .map(|status| serde_json::to_value(status).unwrap_or_default());
    let row = message.row;
    let (direction, text, content) = match &row.content {
        MessageBody::In(content) => {
            let now = message
                .edited
                .as_ref()
                .map_or(content, |(_, edited)| edited);
            ("in", now.text(), serde_json::to_value(now))
        }
        MessageBody::Out(what) => ("out", what.words().to_string(), serde_json::to_value(what)),
        MessageBody::Note(text) => (
            "note",
            text.clone(),
            Ok(serde_json::json!({ "type": "note", "body": text })),
        ),
    };
    Message {
        id: row.id.0,
        conversation: message.place.conversation.0,
        by: row.provenance.kind(),
        direction,
        text,
        content: content.unwrap_or_default(),
        provider_id: row.wamid,
        quotes: row.context.quotes,
        sent: show(row.sent),
        received: show(row.received),
        send: row.send.as_ref().map(send_state),
        status,
        times: times(message.facts),
        edited_at: message.edited.map(|(at, _)| show(at)),
        revoked_at: show_some(message.revoked_at),
        reaction_customer: message.reaction_customer,
        reaction_ours: message.reaction_mine,
    }
}

fn times(facts: Facts) -> Times {
    let errors = facts.errors.into_iter().map(|error| ProviderError {
        code: error.code,
        title: error.title,
        details: error.details,
    });
    Times {
        sent: show_some(facts.sent_at),
        delivered: show_some(facts.delivered_at),
        read: show_some(facts.read_at),
        played: show_some(facts.played_at),
        failed: show_some(facts.failed_at),
        errors: errors.collect(),
        pricing: facts
            .pricing
            .map(|pricing| serde_json::to_value(pricing).unwrap_or_default()),
    }
}
