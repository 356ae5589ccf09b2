//! A number as the API shows it: what it is, who works on it, what waits.
//!
//! In: the channel's row and its lease. Out: JSON. Absent: secrets. Next: `list.rs`.

use crate::api::ApiState;
use crate::api::problem::Problem;
use crate::api::time::{show, show_some};
use ponte_core::book::Channel;
use ponte_store::rows::conversation::ConversationFilter;
use ponte_store::rows::outbox::channel_lease;
use ponte_store::rows::shared::AlertRow;
use ponte_store::rows::workspace::ChannelRow;
use serde::Serialize;
use serde_json::Value;
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
    /// Cut off from the API, by the provider or by a person: nothing is sent.
    pub suspended: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspended_since: Option<String>,
    /// Open alerts about the number itself, newest first: `number_suspended`, `number_at_risk` with the
    /// provider's word and its date
    pub alerts: Vec<NumberAlert>,
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
    /// When a webhook about it came in last; up to half a minute old on other nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_webhook: Option<String>,
    /// How it sends; absent on nodes that don't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<PaceNow>,
}

/// Something about the number that people must see.
#[derive(Debug, Serialize, ToSchema)]
pub struct NumberAlert {
    pub id: i64,
    pub at: String,
    #[schema(value_type = Object)]
    pub alert: Value,
}

/// What it carries.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaceNow {
    /// Messages that any second may hold.
    pub limit: u32,
    /// Messages of the last second, received ones too where the phone app is used beside.
    pub used: u32,
    /// Nothing leaves before this, after refusals or failures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rests_until: Option<String>,
}

/// The same alert opens once, so there are few.
const ALERTS: u32 = 20;

fn alert(row: AlertRow) -> NumberAlert {
    NumberAlert {
        id: row.id,
        at: show(row.at),
        alert: serde_json::to_value(&row.alert).unwrap_or_default(),
    }
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
    let alerts = state.store().alerts_of_channel(row.id, ALERTS).await?;
    let noted = state.store().last_webhook(row.id).await?;
    let seen = &state.app.seen;
    let last_webhook = noted.max(seen.last_webhook(row.id));
    let pace = seen.pace_of(row.id, state.now());
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
            suspended_since: row.suspended.then(|| show(row.suspended_at)),
            alerts: alerts.into_iter().map(alert).collect(),
            node: live.as_ref().map(|lease| lease.owner),
            node_until: live.map(|lease| show(lease.until)),
            has_token: state.app.secrets.token(row.id).is_some(),
            last_message: show_some(newest.map(|row| row.last_message_at)),
            last_webhook: show_some(last_webhook),
            pace: pace.map(|pace| PaceNow {
                limit: pace.limit,
                used: pace.used,
                rests_until: show_some(pace.rests_until),
            }),
        },
    })
}
