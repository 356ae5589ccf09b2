//! Providers of language models, the ledger of calls, and budgets.
//!
//! Amounts are micro-dollars. Keys come in sealed by the caller. Absent: what a provider's settings mean (the
//! server's room `models`), prices, and any text of a conversation. Next: `commit/models.rs`.

use ponte_core::ids::{AssistantId, ConversationId, WorkspaceId};
use ponte_core::time::Time;
use serde_json::Value;
use uuid::Uuid;

/// A provider. Names are unique in a workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct ProviderRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub name: String,
    /// The protocol's word.
    pub dialect: String,
    /// Where it is.
    pub base: String,
    /// Models, quirks, limits, as JSON.
    pub settings: Value,
    /// The key, sealed. Absent: it needs none.
    pub sealed: Option<Vec<u8>>,
    /// The key's last letters, for people.
    pub hint: String,
    pub enabled: bool,
    /// Grows with each change; [`crate::Commit::put_provider`] sets it.
    pub revision: u64,
    pub created: Time,
    pub updated: Time,
}

/// One call of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCallRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub conversation: Option<ConversationId>,
    pub assistant: Option<AssistantId>,
    /// The provider's name.
    pub provider: String,
    /// The model that was asked.
    pub model: String,
    /// The one that says it answered; empty where it doesn't say.
    pub answered: String,
    /// What it was for: `answer`, `embed`, `test`, …
    pub purpose: String,
    pub tokens_in: u64,
    pub tokens_out: u64,
    pub cached: u64,
    /// Micro-dollars; absent: not known, which is not zero.
    pub cost: Option<u64>,
    /// Microseconds from the decision to ask to the end.
    pub latency_us: u64,
    /// `ok`, or the word of its trouble.
    pub outcome: String,
    pub at: Time,
}

/// What a budget is for. The order is the order in which rows are locked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BudgetScope {
    Conversation(Uuid),
    Contact(Uuid),
    Assistant(Uuid),
    /// `YYYY-MM-DD` in the workspace's time zone.
    Day(String),
}

impl BudgetScope {
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            BudgetScope::Conversation(_) => "conversation",
            BudgetScope::Contact(_) => "contact",
            BudgetScope::Assistant(_) => "assistant",
            BudgetScope::Day(_) => "day",
        }
    }

    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            BudgetScope::Conversation(id)
            | BudgetScope::Contact(id)
            | BudgetScope::Assistant(id) => id.to_string(),
            BudgetScope::Day(day) => day.clone(),
        }
    }
}

/// A bound on what may be spent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget {
    pub scope: BudgetScope,
    /// Micro-dollars.
    pub cap: u64,
}

/// How a budget stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRow {
    pub scope: String,
    pub subject: String,
    pub cap: u64,
    pub reserved: u64,
    pub spent: u64,
    pub updated: Time,
}

/// What calls are added up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageBy {
    /// In a time zone that is so many microseconds ahead of UTC.
    Day(i64),
    Assistant,
    /// Provider and model.
    Provider,
}

/// Calls of one group, added up. What the group is not made of is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// Days since 1970-01-01.
    pub day: Option<i64>,
    pub assistant: Option<AssistantId>,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub calls: u64,
    /// Of these: those that ended in trouble.
    pub failed: u64,
    pub tokens_in: u64,
    pub tokens_out: u64,
    pub cached: u64,
    /// Of the calls whose cost is known.
    pub cost: u64,
    /// Calls whose cost is not known.
    pub unpriced: u64,
}
