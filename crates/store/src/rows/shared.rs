//! Rows that nodes and screens share: leases, nodes, the feed, alerts, templates, counts.
//!
//! Absent: who takes which lease when (the server's boot). Next: [`crate::lease`].

use super::Place;
use ponte_core::effect::Alert;
use ponte_core::ids::{ChannelId, ConversationId, WorkspaceId};
use ponte_core::time::Time;
use serde_json::Value;
use uuid::Uuid;

/// A lease that was taken or kept. The token grows with each new holder; commits are fenced by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    pub owner: Uuid,
    pub token: i64,
    pub until: Time,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NodeRow {
    pub id: Uuid,
    pub name: String,
    pub version: String,
    pub seen: Time,
}

/// What changed in a conversation, as bits that add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes(pub i64);

impl Changes {
    pub const MESSAGE: Changes = Changes(1);
    pub const STATUS: Changes = Changes(2);
    pub const OWNER: Changes = Changes(4);
    pub const ALERT: Changes = Changes(8);
    pub const SEEN: Changes = Changes(16);

    /// Both.
    #[must_use]
    pub fn and(self, other: Changes) -> Changes {
        Changes(self.0 | other.0)
    }

    /// Whether all of `other` is in here.
    #[must_use]
    pub fn has(self, other: Changes) -> bool {
        self.0 & other.0 == other.0
    }
}

/// One entry of a workspace's feed, in the order of commits without gaps or late arrivals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRow {
    pub seq: i64,
    pub channel: ChannelId,
    pub conversation: ConversationId,
    pub at: Time,
    pub changes: Changes,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AlertRow {
    pub id: i64,
    pub workspace: WorkspaceId,
    pub channel: Option<ChannelId>,
    pub conversation: Option<ConversationId>,
    pub at: Time,
    pub alert: Alert,
    pub closed_at: Option<Time>,
}

/// An alert on a conversation. The same one open twice is one.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertNew {
    pub place: Place,
    pub at: Time,
    pub alert: Alert,
}

/// A message template as the provider last reported it.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateRow {
    pub workspace: WorkspaceId,
    pub account: String,
    pub name: String,
    pub language: String,
    pub status: String,
    pub category: String,
    pub quality: String,
    pub body: Value,
    pub updated: Time,
}

/// Cheap counts for metrics and `doctor`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub deliveries_waiting: u64,
    pub deliveries_quarantined: u64,
    /// Items of deliveries that can't be read, or that are about nobody's number.
    pub items_quarantined: u64,
    pub journal_pending: u64,
    /// The oldest entry not applied.
    pub journal_oldest: Option<Time>,
    pub journal_last: i64,
    pub journal_quarantined: u64,
    pub outbox_pending: u64,
    pub outbox_claimed: u64,
    pub outbox_unknown: u64,
    pub calls_open: u64,
    pub timers: u64,
}

/// Bytes on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    pub data_bytes: u64,
    pub wal_bytes: u64,
}
