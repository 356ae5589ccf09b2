//! The rows as values: what goes in and what comes out, one file per topic.
//!
//! In and out: plain structs over `ponte_core` types. Absent: SQL (see [`crate::commit`] and
//! [`crate::read`]) and any decision. Read [`journal`] first, then [`conversation`].

pub mod contact;
pub mod conversation;
pub mod journal;
pub mod knowledge;
pub mod message;
pub mod models;
pub mod outbox;
pub mod shared;
pub mod tools;
pub mod training;
pub mod words;
pub mod workspace;

use ponte_core::ids::{ChannelId, ConversationId, WorkspaceId};

/// Where something belongs: carried by every row of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
    pub conversation: ConversationId,
}

/// A page of a list, and where the next one begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T, C> {
    pub items: Vec<T>,
    /// Absent: this was the last page.
    pub next: Option<C>,
}
