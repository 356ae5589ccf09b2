//! Credentials of tools, the ledger of their calls, and what is known of contacts.
//!
//! Secrets, arguments and results come in sealed by the caller. Absent: tools themselves, which are documents,
//! and what a credential's settings mean (the server's room `tools`). Next: `commit/tools.rs`.

use ponte_core::ids::{ContactId, ConversationId, WorkspaceId};
use ponte_core::time::Time;
use serde_json::Value;
use uuid::Uuid;

/// A credential. Names are unique in a workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct CredentialRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub name: String,
    /// Kind, addresses, scopes, as JSON; nothing secret.
    pub settings: Value,
    /// Key, password or client secret, sealed.
    pub sealed: Option<Vec<u8>>,
    /// Access and refresh token, sealed.
    pub tokens: Option<Vec<u8>>,
    /// When the access token ends.
    pub expires: Time,
    /// `ready`, `connect` (a person must connect it) or `reconnect` (a refresh was refused).
    pub state: String,
    /// The secret's last letters, for people.
    pub hint: String,
    /// Grows with each change but those of tokens; [`crate::Commit::put_credential`] sets it.
    pub revision: u64,
    pub created: Time,
    pub updated: Time,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolCallState {
    /// Written down; the customer or a person is asked, or it is about to begin.
    Asked,
    /// Whoever was asked said yes.
    Confirmed,
    /// Being made: from here on it may have happened.
    Running,
    Done,
    /// It did not happen, or changed nothing.
    Failed,
    /// It may have happened.
    Unsure,
    /// Whoever was asked said no, or policy did.
    Refused,
}

impl ToolCallState {
    pub const ALL: [ToolCallState; 7] = [
        ToolCallState::Asked,
        ToolCallState::Confirmed,
        ToolCallState::Running,
        ToolCallState::Done,
        ToolCallState::Failed,
        ToolCallState::Unsure,
        ToolCallState::Refused,
    ];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ToolCallState::Asked => "asked",
            ToolCallState::Confirmed => "confirmed",
            ToolCallState::Running => "running",
            ToolCallState::Done => "done",
            ToolCallState::Failed => "failed",
            ToolCallState::Unsure => "unsure",
            ToolCallState::Refused => "refused",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<ToolCallState> {
        ToolCallState::ALL
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCallRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    /// Absent: tried by a person.
    pub conversation: Option<ConversationId>,
    pub tool: String,
    /// The same for the same decision to call: deciding twice gives one row.
    pub key: String,
    /// Of the arguments.
    pub digest: String,
    /// It does something in the world.
    pub effects: bool,
    /// Bound parameters that the model tried to choose.
    pub ignored: u32,
    /// Sealed. Absent: nothing could be sealed, or it is too old.
    pub arguments: Option<Vec<u8>>,
    pub state: ToolCallState,
    /// `ok`, or the word of its trouble; empty while open.
    pub outcome: String,
    pub http: Option<u16>,
    /// Sealed: for who asks again after a crash.
    pub result: Option<Vec<u8>>,
    pub at: Time,
    /// While running: by when it has ended, whatever happens.
    pub until: Time,
    /// Microseconds.
    pub latency_us: u64,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCallEnd {
    pub state: ToolCallState,
    pub outcome: String,
    pub http: Option<u16>,
    pub result: Option<Vec<u8>>,
    pub latency_us: u64,
}

/// Something known of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeRow {
    pub workspace: WorkspaceId,
    pub contact: ContactId,
    pub name: String,
    pub value: String,
    /// `assistant`, `person` or `system`.
    pub source: String,
    pub updated: Time,
}
