//! A number as the API shows it: what it is, who works on it, what waits.
//!
//! In: the channel's row and its lease. Out: JSON. Absent: secrets. Next: `list.rs`.

use crate::api::ApiState;
use crate::api::problem::Problem;
use crate::api::time::{show, show_some};
use ponte_core::book::Channel;
use ponte_store::rows::conversation::ConversationFilter;
use ponte_store::rows::outbox::channel_lease;
use ponte_store::rows::workspace::ChannelRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Serialize, ToSchema)]
pub struct Number {
    pub id: Uuid,
    pub name: String,
    /// The provider's phone number id.
    pub number: String,
    /// The provider's account id.
    pub account: String,
    /// As people write it.
    pub display: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assistant: Option<Uuid>,
    /// The phone app is used beside the API.
    pub coexistence: bool,
    /// Messages per second that it may carry.
    pub per_second: u32,
    pub health: Health,
}

/// How it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Cut off from the API by the provider.
    pub suspended: bool,
    /// The node that works on it; absent: none right now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_until: Option<String>,
    /// An access token is known to this process.
    pub has_token: bool,
    /// When something was last said on it, by anybody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
}

/// The view of a row.
///
/// # Errors
/// The store's.
pub async fn view(state: &ApiState, row: ChannelRow) -> Result<Number, Problem> {
    let settings: Channel = serde_json::from_value(row.settings).unwrap_or_default();
    let name = channel_lease(row.id);
    let leases = state.store().leases().await?;
    let now = state.store().lease_time(state.now()).await?;
    let live = leases
        .into_iter()
        .find(|lease| lease.name == name && lease.until > now);
    let busiest = ConversationFilter {
        channel: Some(row.id),
        ..ConversationFilter::default()
    };
    let newest = state
        .store()
        .conversations(row.workspace, &busiest, None, 1)
        .await?
        .items
        .pop();
    Ok(Number {
        id: row.id.0,
        name: row.name,
        number: row.number,
        account: row.account,
        display: row.display,
        assistant: row.assistant.map(|id| id.0),
        coexistence: settings.coexistence,
        per_second: settings.per_second,
        health: Health {
            suspended: row.suspended,
            node: live.as_ref().map(|lease| lease.owner),
            node_until: live.map(|lease| show(lease.until)),
            has_token: state.app.secrets.token(row.id).is_some(),
            last_message: show_some(newest.map(|row| row.last_message_at)),
        },
    })
}
