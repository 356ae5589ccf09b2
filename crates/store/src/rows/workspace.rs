//! Workspaces, their channels, documents (assistants, teams, whatever files describe), people and keys.
//!
//! Settings are JSON with a revision, so that `ponte apply` can tell what changed. Secrets come in
//! sealed by the caller. Absent: what a document means. Next: [`super::contact`].

use ponte_core::ids::{AgentId, AssistantId, ChannelId, WorkspaceId};
use ponte_core::time::Time;
use serde_json::Value;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceRow {
    pub id: WorkspaceId,
    pub name: String,
    pub settings: Value,
    pub created: Time,
}

/// A number. `number` (the provider's phone number id) is unique in the whole store.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelRow {
    pub id: ChannelId,
    pub workspace: WorkspaceId,
    pub name: String,
    pub number: String,
    pub account: String,
    pub display: String,
    pub assistant: Option<AssistantId>,
    /// A [`ponte_core::book::Channel`] and whatever else the server keeps, as JSON.
    pub settings: Value,
    /// Sealed by the caller.
    pub secrets: Option<Vec<u8>>,
    /// Cut off from the API, by the provider or by a person.
    pub suspended: bool,
    /// Since when it is that way; `put_channel` leaves it alone.
    pub suspended_at: Time,
    pub removed: bool,
    /// Grows with each change.
    pub revision: u64,
    pub updated: Time,
}

/// A settings document, by workspace, kind (`assistant`, `team`, …) and id; names are unique per kind.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentRow {
    pub workspace: WorkspaceId,
    pub kind: String,
    pub id: Uuid,
    pub name: String,
    pub body: Value,
    pub revision: u64,
    pub updated: Time,
}

/// A person who works in the inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentRow {
    pub id: AgentId,
    pub workspace: WorkspaceId,
    pub email: String,
    pub name: String,
    pub role: String,
    pub password_hash: Option<String>,
    pub disabled: bool,
    pub created: Time,
}

/// A key of the API: only its hash is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKeyRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub name: String,
    pub hash: Vec<u8>,
    pub scopes: Vec<String>,
    pub agent: Option<AgentId>,
    pub created: Time,
    pub expires: Option<Time>,
    pub last_used: Option<Time>,
    pub revoked: bool,
}
