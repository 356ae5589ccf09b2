//! A conversation: its state as the engine folds it, and the columns that lists and claims need.
//!
//! Columns that repeat the state (owner, epoch, windows) are filled from it here, so that they can't
//! disagree. Absent: messages. Next: [`super::message`].

use super::Place;
use ponte_core::effect::SendState;
use ponte_core::ids::{ContactId, ConversationId, EventId};
use ponte_core::ownership::{Human, Owner};
use ponte_core::state::State;
use ponte_core::time::Time;
use ponte_core::{book::Known, effect::Why};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A conversation to be begun, with an empty state of version 0.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationNew {
    pub place: Place,
    pub contact: ContactId,
    pub at: Time,
}

/// What a step changes in a conversation.
#[derive(Clone, Debug)]
pub struct ConversationPut<'a> {
    pub conversation: ConversationId,
    /// Its `version` becomes the row's.
    pub state: &'a State,
    /// The newest message, when one came: time and a short text. Older ones than stored don't count.
    pub last_message: Option<(Time, &'a str)>,
    pub unread: Unread,
    pub waiting: Waiting,
}

/// What entries of the conversation that still wait in the journal mean for a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waiting {
    /// They may be newer than what is applied here.
    #[default]
    Fine,
    /// The commit brings entries of its own, and nothing may be older: refused.
    Refuse,
}

/// What happens to the count of unread messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unread {
    #[default]
    Keep,
    Add(u32),
    Clear,
}

/// A conversation with its state, as the engine loads it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationRow {
    pub place: Place,
    pub contact: ContactId,
    pub state: State,
    pub last_message_at: Time,
    pub unread: u32,
    pub preview: String,
    pub alerts: u32,
}

/// What stands beside a conversation's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns {
    pub contact: ContactId,
    pub version: u64,
    pub epoch: u64,
    pub service_until: Option<Time>,
    pub entry_until: Option<Time>,
    pub last_customer_at: Option<Time>,
}

/// What the engine needs for one step besides settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub row: ConversationRow,
    pub known: BTreeMap<String, Known>,
}

/// A conversation in a list, without its state.
#[derive(Clone, Debug, PartialEq)]
pub struct ConversationItem {
    pub place: Place,
    pub contact: ContactId,
    pub name: String,
    pub owner_kind: String,
    pub owner_ref: Option<Uuid>,
    pub epoch: u64,
    pub version: u64,
    pub service_until: Option<Time>,
    pub entry_until: Option<Time>,
    pub last_message_at: Time,
    pub last_customer_at: Option<Time>,
    pub unread: u32,
    pub unknown_sends: u32,
    pub alerts: u32,
    pub preview: String,
    pub closed: bool,
}

/// Which conversations of a workspace a list shows. Empty: all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConversationFilter {
    pub channel: Option<ponte_core::ids::ChannelId>,
    pub contact: Option<ContactId>,
    pub owner: Option<OwnerKind>,
    /// The agent or team behind a person or queue.
    pub owner_ref: Option<Uuid>,
    pub unread: bool,
    pub unknown_sends: bool,
    pub alerts: bool,
    pub closed: Option<bool>,
    /// Folded beginning of the contact's name.
    pub name_prefix: Option<String>,
}

/// The kinds of [`Owner`], for filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnerKind {
    Assistant,
    Person,
    Queue,
    Nobody,
}

impl OwnerKind {
    /// The stored word, as [`Owner::kind`] gives it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            OwnerKind::Assistant => "assistant",
            OwnerKind::Person => "person",
            OwnerKind::Queue => "queue",
            OwnerKind::Nobody => "nobody",
        }
    }
}

/// Where a page of conversations ended: newest activity first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConversationCursor {
    pub last_message_at: Time,
    pub conversation: ConversationId,
}

/// A change of owner, kept with its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnershipRow {
    pub place: Place,
    pub epoch: u64,
    pub at: Time,
    pub from: Owner,
    pub to: Owner,
    pub why: Why,
    pub event: EventId,
}

/// The agent or team behind an owner.
pub(crate) fn owner_ref(owner: &Owner) -> Option<Uuid> {
    match owner {
        Owner::Assistant | Owner::Nobody => None,
        Owner::Person {
            who: Human::Agent { agent },
            ..
        } => Some(agent.0),
        Owner::Person {
            who: Human::Phone, ..
        } => None,
        Owner::Queue { team, .. } => team.map(|t| t.0),
    }
}

/// Sends of this state that nobody could prove.
pub(crate) fn unknown_sends(state: &State) -> u64 {
    state
        .sends
        .iter()
        .filter(|s| s.state == SendState::Unknown)
        .count() as u64
}
