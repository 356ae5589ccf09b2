//! Typed identifiers: one wrapper per noun, all UUIDs, so that a contact can't be passed for a channel.
//!
//! Rows that people or the outside create carry UUIDv7 made by the server. Rows that a decision
//! creates are derived (UUIDv5) from the event that caused them, so that deciding again makes the
//! same row and never a second one. Nothing here makes random ids: the caller brings them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The id derived from this one for a named thing that a decision makes.
            #[must_use]
            pub fn derive(base: Uuid, name: &str) -> Self {
                Self(Uuid::new_v5(&base, name.as_bytes()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map(Self) }
        }
    )*};
}

id! {
    /// A business: the wall between tenants.
    WorkspaceId
    /// A number (or, later, a widget or account) that messages come in by.
    ChannelId
    /// A person who writes to the business, whatever names the provider knows them by.
    ContactId
    /// All that passes between one contact and one channel.
    ConversationId
    /// A message in a conversation, ours or theirs.
    MessageId
    /// One entry of the journal.
    EventId
    /// One message that we decided to send: the row in the outbox. Equal to its [`MessageId`]'s UUID.
    ReplyId
    /// Slow work asked for by a decision.
    CallId
    /// An assistant of a workspace.
    AssistantId
    /// A team that a conversation can wait for.
    TeamId
    /// A person who works in the inbox.
    AgentId
}
