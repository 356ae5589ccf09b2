//! What one item of a provider's delivery says, before it is known whose conversation it is.
//!
//! `ponte-wire` makes [`Item`]s from bytes: one per message, status, echo or event, so that the
//! failure of one never touches another. The server's intake finds the channel and the contact and
//! journals an [`crate::event::Event`]. Absent: ids of ours, except what the tag gives back.

use crate::content::{Person, Received, Trouble};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One independent item of a delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Where it stood, e.g. `entry[0].changes[2].value.messages[1]`.
    pub place: String,
    /// The WhatsApp Business account (`entry[].id`), where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The phone number id, where the item is about one number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Display digits, the only route some account events give.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// The key that makes this item one of a kind within its number: a repeat has the same.
    pub dedupe: String,
    pub fact: Fact,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The customer wrote, tapped, reacted, edited or deleted.
    Message {
        from: Person,
        message: Box<Received>,
    },
    /// Somebody sent from the phone app or a companion.
    Echo {
        to: Person,
        message: Box<Received>,
    },
    Status(StatusReport),
    /// A message of the imported past, or a later media for one.
    History {
        with: Person,
        from_business: bool,
        message: Box<Received>,
        status: Option<String>,
        phase: Option<i64>,
        chunk: Option<i64>,
        progress: Option<i64>,
    },
    /// Progress of an import, or its refusal by the owner.
    HistoryProgress {
        phase: Option<i64>,
        chunk: Option<i64>,
        progress: Option<i64>,
        errors: Vec<Trouble>,
    },
    /// A contact of the phone's address book.
    Contact {
        person: Person,
        first_name: Option<String>,
        removed: bool,
        at: Time,
    },
    /// Marketing stop or resume.
    Preference {
        person: Person,
        category: String,
        stop: bool,
        detail: String,
        at: Time,
    },
    /// A voice call event.
    Call {
        person: Person,
        call: String,
        event: String,
        at: Time,
        /// The business called the customer.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ours: bool,
        raw: Value,
    },
    /// A click or view reported by Meta, not a message.
    UserAction {
        person: Person,
        action: String,
        at: Time,
        raw: Value,
    },
    /// Who answers a thread changed (Conversation Routing).
    Handover {
        person: Person,
        kind: String,
        at: Time,
        raw: Value,
    },
    /// A copy of somebody else's thread. Must never be answered.
    Standby {
        raw: Value,
    },
    /// An error that belongs to no message.
    Trouble {
        errors: Vec<Trouble>,
        raw: Value,
    },
    /// Something about the number, the account or its templates.
    Account(AccountFact),
    /// A field or kind this version doesn't know. Kept and shown.
    Unknown {
        field: String,
        raw: Value,
    },
}

/// One step in the life of a message that we (or the app) sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusReport {
    pub wamid: String,
    pub status: Delivery,
    pub at: Time,
    pub recipient: Person,
    /// `biz_opaque_callback_data`: our tag, if it is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Trouble>,
    /// Expiry of a free entry point window, from `conversation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_until: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub extra: Value,
}

/// A delivery status. Order of the variants is not their rank: see [`Delivery::rank`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Sent,
    Delivered,
    Read,
    Played,
    Failed,
    Other(String),
}

impl Delivery {
    /// How far along a message is; a shown status never goes to a lower rank. `Failed` is apart:
    /// it wins over `Sent` only, since what was delivered can't have failed.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match self {
            Delivery::Other(_) => 0,
            Delivery::Sent => 1,
            Delivery::Failed => 2,
            Delivery::Delivered => 3,
            Delivery::Read => 4,
            Delivery::Played => 5,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pricing {
    pub model: String,
    pub kind: String,
    pub category: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billable: Option<bool>,
}

/// Something about a number, an account or a template. `raw` is the whole value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountFact {
    /// The webhook field it came in.
    pub field: String,
    pub kind: AccountKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    pub raw: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountKind {
    TemplateStatus {
        template: String,
        name: String,
        language: String,
        event: String,
        reason: Option<String>,
        category: Option<String>,
    },
    TemplateQuality {
        template: String,
        name: String,
        language: String,
        previous: String,
        now: String,
    },
    TemplateComponents {
        template: String,
        name: String,
        language: String,
    },
    TemplateCategory {
        template: String,
        name: String,
        language: String,
        previous: Option<String>,
        now: String,
        scheduled: Option<Time>,
    },
    NumberQuality {
        event: String,
        tier: Option<String>,
    },
    NumberName {
        decision: String,
        name: Option<String>,
        reason: Option<String>,
    },
    /// `account_update`, by its `event`: ACCOUNT_OFFBOARDED, PARTNER_REMOVED, …
    Account {
        event: String,
        reason: Option<String>,
    },
    Capability {
        daily: Option<String>,
        numbers: Option<i64>,
    },
    Alert {
        severity: String,
        status: String,
        alert: String,
        description: String,
    },
    Review {
        decision: String,
    },
    Security {
        event: String,
    },
    Flow {
        event: String,
        flow: String,
        message: String,
    },
    Group {
        group: String,
        event: String,
    },
    Username {
        status: String,
        username: Option<String>,
    },
    Settings,
    Payment {
        status: String,
    },
    Partner {
        event: String,
    },
    /// A documented account field whose inside we only keep.
    Other,
}
