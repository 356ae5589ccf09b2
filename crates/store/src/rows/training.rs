//! What people taught, as rows: intents, examples, trained models; and what customers asked.
//!
//! Reports and clusters' bodies are JSON of the server's. Absent: training and clustering. Next:
//! `commit/training.rs`, `read/training.rs`.

use super::knowledge::words;
use ponte_core::ids::{ChannelId, ConversationId, WorkspaceId};
use ponte_core::time::Time;
use serde_json::Value;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct IntentRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    /// Unique in the workspace.
    pub name: String,
    pub description: String,
    pub enabled: bool,
    /// The assistants it is for; none: all.
    pub assistants: Vec<String>,
    pub revision: u64,
    pub created: Time,
    pub updated: Time,
}

/// Who brought an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    Author,
    /// A person said what a customer's message meant.
    Correction,
    /// Approved from what customers asked.
    History,
}

/// What an example is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Split {
    Train,
    /// Never trained on.
    Test,
    /// Trained on and tested: a correction.
    Both,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ExampleRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    /// None: of no intent, a negative.
    pub intent: Option<Uuid>,
    pub text: String,
    /// Digest of the folded text; unique in the workspace.
    pub key: Uuid,
    pub origin: Origin,
    pub split: Split,
    pub created: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelState {
    Training,
    /// Trained, never active so far.
    Ready,
    Active,
    /// Was active.
    Retired,
    Failed,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ModelRow {
    pub workspace: WorkspaceId,
    pub version: u64,
    pub state: ModelState,
    /// The revision of the examples that it was trained on.
    pub examples: u64,
    /// Left out of lists.
    pub bytes: Option<Vec<u8>>,
    pub report: Value,
    /// Parts in a hundred.
    pub progress_percent: u32,
    pub cancel: bool,
    pub created: Time,
    pub trained: Option<Time>,
}

/// How a customer's question ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// Nothing was known.
    Unknown,
    /// A person took it.
    HandedOff,
    /// It was answered.
    Answered,
}

#[derive(Clone, Debug, PartialEq)]
pub struct QuestionRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
    pub conversation: ConversationId,
    pub at: Time,
    pub text: String,
    pub outcome: Asked,
    pub cluster: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClusterState {
    Open,
    Approved,
    Dismissed,
}

/// Questions that mean the same, as far as their letters tell.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub state: ClusterState,
    pub size: u64,
    pub body: Value,
    pub revision: u64,
    pub created: Time,
    pub updated: Time,
}

words! { Origin { Author = "author", Correction = "correction", History = "history" } }
words! { Split { Train = "train", Test = "test", Both = "both" } }
words! { ModelState { Training = "training", Ready = "ready", Active = "active", Retired = "retired", Failed = "failed" } }
words! { Asked { Unknown = "unknown", HandedOff = "handed_off", Answered = "answered" } }
words! { ClusterState { Open = "open", Approved = "approved", Dismissed = "dismissed" } }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for origin in [Origin::Author, Origin::Correction, Origin::History] {
            assert_eq!(Origin::from_word(origin.word()), Some(origin));
        }
        for split in [Split::Train, Split::Test, Split::Both] {
            assert_eq!(Split::from_word(split.word()), Some(split));
        }
        for state in [
            ModelState::Training,
            ModelState::Ready,
            ModelState::Active,
            ModelState::Retired,
            ModelState::Failed,
        ] {
            assert_eq!(ModelState::from_word(state.word()), Some(state));
        }
        for asked in [Asked::Unknown, Asked::HandedOff, Asked::Answered] {
            assert_eq!(Asked::from_word(asked.word()), Some(asked));
        }
        for state in [
            ClusterState::Open,
            ClusterState::Approved,
            ClusterState::Dismissed,
        ] {
            assert_eq!(ClusterState::from_word(state.word()), Some(state));
        }
    }
}
