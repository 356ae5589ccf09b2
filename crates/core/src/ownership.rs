//! Who answers a conversation. Each change has a version (the epoch); what was written under an
//! older version is dropped before it is sent.
//!
//! Absent: how a change comes about — that is the step — and pauses of whole channels.

use crate::ids::{AgentId, TeamId};
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// The one who may speak to the customer now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "owner", rename_all = "snake_case")]
pub enum Owner {
    #[default]
    Assistant,
    /// A person: an agent in the inbox or whoever holds the phone. `until` absent: until given back.
    Person {
        who: Human,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Time>,
    },
    /// Waiting for a person of a team (or any).
    Queue {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<TeamId>,
        since: Time,
    },
    /// Closed: nobody owes anything until the customer writes again.
    Nobody,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "human", rename_all = "snake_case")]
pub enum Human {
    Agent {
        agent: AgentId,
    },
    /// The phone app or one of its companions; the channel doesn't say which person.
    Phone,
}

impl Owner {
    /// Whether an automatic answer may be prepared at all.
    #[must_use]
    pub fn is_automatic(&self) -> bool {
        matches!(self, Owner::Assistant | Owner::Nobody)
    }

    /// The word used in columns, filters and metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Owner::Assistant => "assistant",
            Owner::Person { .. } => "person",
            Owner::Queue { .. } => "queue",
            Owner::Nobody => "nobody",
        }
    }
}

/// Who made a message. A field on every message, never inferred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Provenance {
    Customer,
    Assistant {
        assistant: crate::ids::AssistantId,
    },
    Flow {
        flow: String,
    },
    Agent {
        agent: AgentId,
    },
    PhoneApp,
    Campaign {
        campaign: String,
    },
    /// Ponte itself: notices that a rule or a promise asks for.
    System,
    /// From imported history. Never triggers anything.
    Imported {
        from_business: bool,
    },
}

impl Provenance {
    /// The word used in columns and metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Provenance::Customer => "customer",
            Provenance::Assistant { .. } => "assistant",
            Provenance::Flow { .. } => "flow",
            Provenance::Agent { .. } => "agent",
            Provenance::PhoneApp => "phone_app",
            Provenance::Campaign { .. } => "campaign",
            Provenance::System => "system",
            Provenance::Imported { .. } => "imported",
        }
    }
}
