//! One message as the views keep it, with the facts known of its delivery.
//!
//! Facts carry the earliest time they were reported with, so the same reports in any order and
//! number give the same row. The shown status is computed, never stored. Next: [`super::outbox`].

use super::Place;
use ponte_core::content::{Content, Trouble};
use ponte_core::effect::{MessageRow, SendState};
use ponte_core::fact::{Delivery, Pricing};
use ponte_core::time::Time;

/// A message read from the views.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageView {
    pub place: Place,
    /// What was put, with the wamid and the state of sending as they are now.
    pub row: MessageRow,
    /// Orders messages of the same provider second: journal entry, then position in its step.
    pub ord: i64,
    pub facts: Facts,
    pub edited: Option<(Time, Content)>,
    pub revoked_at: Option<Time>,
    /// The customer's reaction and ours.
    pub reaction_customer: Option<String>,
    pub reaction_mine: Option<String>,
}

/// When each thing was first reported to have happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    pub sent_at: Option<Time>,
    pub delivered_at: Option<Time>,
    pub read_at: Option<Time>,
    pub played_at: Option<Time>,
    pub failed_at: Option<Time>,
    pub errors: Vec<Trouble>,
    pub pricing: Option<Pricing>,
}

impl Facts {
    /// The furthest status by [`Delivery::rank`].
    #[must_use]
    pub fn status(&self) -> Option<Delivery> {
        [
            (self.sent_at, Delivery::Sent),
            (self.failed_at, Delivery::Failed),
            (self.delivered_at, Delivery::Delivered),
            (self.read_at, Delivery::Read),
            (self.played_at, Delivery::Played),
        ]
        .into_iter()
        .filter(|(at, _)| at.is_some())
        .map(|(_, status)| status)
        .max_by_key(Delivery::rank)
    }
}

impl MessageView {
    /// The state of sending, for messages of ours.
    #[must_use]
    pub fn send(&self) -> Option<SendState> {
        self.row.send
    }
}

/// Where a page of messages ended: newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageCursor {
    pub sent: Time,
    pub ord: i64,
}
