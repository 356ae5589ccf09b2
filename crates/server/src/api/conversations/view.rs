//! A conversation as the API shows it.
//!
//! In: the store's list row. Out: JSON with names for what columns abbreviate. Absent: the state, which
//! is the step's own business. Next: `list.rs`.

use crate::api::time::{show, show_some};
use ponte_core::Time;
use ponte_core::state::Proposal;
use ponte_store::rows::conversation::ConversationItem;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct Conversation {
    pub id: Uuid,
    /// The number it runs on.
    pub channel: Uuid,
    pub contact: ContactName,
    pub owner: OwnerView,
    /// Grows with each change of owner.
    pub epoch: u64,
    /// Grows with each event folded.
    pub version: u64,
    pub window: WindowView,
    pub last_message_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_customer_at: Option<String>,
    /// The beginning of the last message.
    pub preview: String,
    pub unread: u32,
    /// Sends that nobody could prove.
    pub unknown_sends: u32,
    pub alerts: u32,
    pub closed: bool,
    /// An answer of the assistant's that waits for a person's yes; only where one conversation is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<DraftView>,
}

/// What the assistant would say.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// For `approve` and `reject`.
    pub id: Uuid,
    /// In the shape of outgoing messages.
    #[schema(value_type = Vec<Object>)]
    pub messages: Vec<serde_json::Value>,
    /// Where its words come from.
    pub sources: Vec<String>,
    pub since: String,
}

/// The view of a draft.
#[must_use]
pub fn draft_view(held: Proposal) -> DraftView {
    DraftView {
        id: held.id.0,
        messages: held
            .parts
            .iter()
            .map(|part| serde_json::to_value(part).unwrap_or_default())
            .collect(),
        sources: held.sources,
        since: show(held.since),
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ContactName {
    pub id: Uuid,
    pub name: String,
}

/// Who may answer now.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnerView {
    /// `assistant`, `person`, `queue` or `nobody`.
    #[schema(example = "queue")]
    pub kind: String,
    /// The agent behind a person (absent: the phone app), or the team behind a queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

/// Whether we may write freely.
#[derive(Debug, Serialize, ToSchema)]
pub struct WindowView {
    pub open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_until: Option<String>,
    /// End of the free window that an ad opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_until: Option<String>,
}

/// The view of a row at this moment.
#[must_use]
pub fn view(row: ConversationItem, now: Time) -> Conversation {
    let open = [row.service_until, row.entry_until]
        .into_iter()
        .flatten()
        .any(|end| end > now);
    Conversation {
        id: row.place.conversation.0,
        channel: row.place.channel.0,
        contact: ContactName {
            id: row.contact.0,
            name: row.name,
        },
        owner: OwnerView {
            kind: row.owner_kind,
            id: row.owner_ref,
        },
        epoch: row.epoch,
        version: row.version,
        window: WindowView {
            open,
            service_until: show_some(row.service_until),
            entry_until: show_some(row.entry_until),
        },
        last_message_at: show(row.last_message_at),
        last_customer_at: show_some(row.last_customer_at),
        preview: row.preview,
        unread: row.unread,
        unknown_sends: row.unknown_sends,
        alerts: row.alerts,
        closed: row.closed,
        draft: None,
    }
}
