//! Typed identifiers: one wrapper per noun, all UUIDs, so that a contact can't be passed for a channel.
//!
//! Rows that people or the outside create carry UUIDv7 made by the server. Rows that a decision
//! creates are derived (UUIDv5) from the event that caused them, so that deciding again makes the
//! same row and never a second one. Nothing here makes random ids: the caller brings them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// The milliseconds and the counter of a UUIDv7, the rest of another id.
fn in_time(event: Uuid, derived: Uuid) -> Uuid {
    if event.get_version_num() != 7 {
        return derived;
    }
    let (time, mut bytes) = (event.as_bytes(), derived.into_bytes());
    bytes[..8].copy_from_slice(&time[..8]);
    // Version 8: laid out by us.
    bytes[6] = 0x80 | (bytes[6] & 0x0f);
    Uuid::from_bytes(bytes)
}

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

            /// The same from an event's id, whose time it keeps: what an event makes stands together
            /// in every index, beside what was made just before.
            #[must_use]
            pub fn of_event(event: EventId, name: &str) -> Self {
                Self(in_time(event.0, Uuid::new_v5(&event.0, name.as_bytes())))
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

#[cfg(test)]
mod tests {
    use super::*;

    const V7: &str = "01a1fbd4-e82f-7009-8e39-dc0875506501";

    #[test]
    fn what_an_event_makes_keeps_its_time_and_differs_by_name() {
        let event: EventId = V7.parse().unwrap();
        let (one, two) = (
            ReplyId::of_event(event, "reply.0"),
            ReplyId::of_event(event, "reply.1"),
        );
        assert_eq!(one, ReplyId::of_event(event, "reply.0"));
        assert_ne!(one, two);
        assert_eq!(one.0.as_bytes()[..6], event.0.as_bytes()[..6]);
        assert_eq!(one.0.as_bytes()[7], event.0.as_bytes()[7]);
        assert_eq!(one.0.get_version_num(), 8);
        assert_eq!(one.0.get_variant(), uuid::Variant::RFC4122);
    }

    #[test]
    fn an_id_without_a_time_gives_the_plain_derivation() {
        let event = EventId(Uuid::from_u128(7));
        assert_eq!(
            MessageId::of_event(event, "message"),
            MessageId::derive(event.0, "message")
        );
    }
}
