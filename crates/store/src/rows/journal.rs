//! Deliveries as they came, the journal, and facts that belong to no conversation.
//!
//! A delivery is one provider request kept raw; journal entries are the events of conversations.
//! Absent: how bytes become events (`ponte-wire`, the server's intake). Next: [`super::conversation`].

use super::Place;
use ponte_core::event::{Envelope, Event};
use ponte_core::ids::{ChannelId, EventId, WorkspaceId};
use ponte_core::time::Time;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// A delivery to be kept before anything else is done with it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryNew {
    pub received: Time,
    /// Shared with whoever decodes it at once: it stands in memory once.
    pub body: Arc<[u8]>,
    /// The node that will decode it at once; others may take it after the lease.
    pub lease: Option<(Uuid, Time)>,
}

/// A delivery that waits to be decoded (or to be looked at by a person).
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRow {
    pub id: i64,
    /// Whose it is, where that could be told.
    pub workspace: Option<WorkspaceId>,
    pub received: Time,
    pub body: Vec<u8>,
    /// Times it was taken up, this one included.
    pub attempts: u32,
    pub quarantined: bool,
    pub error: Option<String>,
}

/// An event to be journaled.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalNew {
    pub place: Place,
    pub envelope: Envelope,
    /// What makes it one of a kind within its channel: a repeat is skipped. Kept as a digest for at
    /// least 30 days.
    pub dedupe: String,
    pub delivery: Option<i64>,
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalRow {
    pub seq: i64,
    pub place: Place,
    pub envelope: Envelope,
    pub delivery: Option<i64>,
    /// Times the engine tried it.
    pub attempts: u32,
    /// Its place in the conversation's fold; absent while pending.
    pub applied: Option<u64>,
    pub quarantined: bool,
}

/// Whose set-aside things are looked at. What belongs to nobody known must be seen by somebody, and not
/// by everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// All there are: for whoever holds the machine.
    All,
    Of(WorkspaceId),
    /// A workspace's, and what belongs to nobody known.
    OfAndNobodys(WorkspaceId),
}

impl Whose {
    pub(crate) fn params(self) -> (Option<WorkspaceId>, bool) {
        match self {
            Whose::All => (None, true),
            Whose::Of(workspace) => (Some(workspace), false),
            Whose::OfAndNobodys(workspace) => (Some(workspace), true),
        }
    }
}

/// Kinds of account events that are items of deliveries set aside: not readable, or about a number
/// that nobody here has set up. The migration's index and the statements name them too.
pub const UNREADABLE_ITEM: &str = "unreadable";
pub const FOREIGN_ITEM: &str = "foreign_number";

/// How much is set aside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetAside {
    pub deliveries: u64,
    pub items: u64,
    pub entries: u64,
}

/// What stands for the event of an entry whose body can't be read.
pub const UNREADABLE: &str = "the entry can't be read";

impl JournalRow {
    /// Whether its body can't be read: the event is a stand-in then.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        matches!(&self.envelope.event, Event::Quarantined { entry, why }
            if *entry == self.envelope.id && why == UNREADABLE)
    }

    /// The event itself.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.envelope.event
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> EventId {
        self.envelope.id
    }
}

/// Something about a number, an account, or nobody we know.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountEventNew {
    pub workspace: Option<WorkspaceId>,
    pub channel: Option<ChannelId>,
    pub at: Time,
    pub field: String,
    pub kind: String,
    pub body: Value,
    /// A repeat with the same key is skipped.
    pub dedupe: String,
    pub delivery: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AccountEventRow {
    pub id: i64,
    pub workspace: Option<WorkspaceId>,
    pub channel: Option<ChannelId>,
    pub at: Time,
    pub field: String,
    pub kind: String,
    pub body: Value,
    pub delivery: Option<i64>,
}

/// A status whose message nobody knows yet.
#[derive(Clone, Debug, PartialEq)]
pub struct OrphanNew {
    pub workspace: WorkspaceId,
    pub channel: ChannelId,
    /// The wamid or the tag it waits for.
    pub waits_for: String,
    pub at: Time,
    /// The item, as intake wants it back.
    pub body: Value,
    pub dedupe: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OrphanRow {
    pub id: i64,
    pub at: Time,
    pub body: Value,
}
