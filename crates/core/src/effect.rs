//! What a step asks to be done: plain values, imperative, carried out after the commit that stores
//! them. Their results come back as events.
//!
//! The first group is rows (views, outbox, timers, calls) written in the same commit as the state;
//! the second is hints to the outside that may be repeated or lost.

use crate::content::Trouble;
use crate::content::{Content, Context, Person, Referral};
use crate::event::{Carried, TimerReason};
use crate::fact::{Delivery, Pricing};
use crate::ids::{CallId, ConversationId, MessageId, ReplyId};
use crate::outgoing::{Address, Outgoing};
use crate::ownership::{Owner, Provenance};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Put a message into the conversation's view.
    PutMessage(Box<MessageRow>),
    /// A fact about a message's delivery. Facts are kept with their earliest time, so order and repeats don't matter.
    MarkMessage {
        message: MessageId,
        mark: Mark,
    },
    /// Put a send into the outbox.
    Send(Box<Send>),
    /// Move an outbox row, if there is one yet, and the send state shown on the message.
    ///
    /// `Dropped` and `Failed` leave a row alone that is `Claimed` at that moment: its attempt may be
    /// under way, and its end comes back as an event. `Pending` makes it claimable again as the next
    /// attempt. `Accepted` holds whatever the row's state was: evidence always wins.
    MoveSend {
        reply: ReplyId,
        to: SendState,
    },
    /// A person's message that still waits stays valid under a new ownership version (they wrote
    /// and then closed the conversation): a `Pending` row gets this epoch.
    CarrySend {
        reply: ReplyId,
        epoch: u64,
    },
    /// Ask for slow work.
    Call {
        call: CallId,
        epoch: u64,
        deadline: Time,
        work: Work,
    },
    /// Its answer is no longer awaited.
    DropCall {
        call: CallId,
    },
    SetTimer {
        reason: TimerReason,
        due: Time,
    },
    ClearTimer {
        reason: TimerReason,
    },
    /// The owner changed: kept as a row of the conversation's history, with the reason.
    OwnerChanged {
        from: Owner,
        to: Owner,
        epoch: u64,
        why: Why,
    },
    /// Something people must see; opens or raises an alert on the conversation.
    Alert {
        alert: Alert,
    },
    /// Mark the customer's message as read, perhaps showing "typing…". Repeatable.
    MarkRead {
        wamid: String,
        typing: bool,
    },
    /// Marketing consent as the channel reports it.
    Consent {
        category: String,
        allowed: bool,
    },
    /// Journal `Joined` in the conversation that lives on, in the same commit.
    HandOver {
        into: ConversationId,
        carried: Box<Carried>,
    },
    /// Nothing to do, and why: counted, shown by `explain`.
    Ignored {
        why: Ignored,
    },
}

/// One message as the views keep it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageRow {
    pub id: MessageId,
    pub provenance: Provenance,
    /// Provider's id, where there is one already.
    pub wamid: Option<String>,
    pub content: MessageBody,
    #[serde(default)]
    pub context: Context,
    #[serde(default)]
    pub referral: Option<Referral>,
    /// The provider's time for what came in; the decision's time for what we write.
    pub sent: Time,
    /// When Ponte journaled it.
    pub received: Time,
    /// For sends: the state at birth. None for messages of others and notes.
    #[serde(default)]
    pub send: Option<SendState>,
    /// Counts as unread for people.
    #[serde(default)]
    pub unread: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "body", content = "content", rename_all = "snake_case")]
pub enum MessageBody {
    In(Content),
    Out(Outgoing),
    /// A private note or a system line: never leaves the house.
    Note(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub enum Mark {
    Status {
        status: Delivery,
        at: Time,
        #[serde(default)]
        errors: Vec<Trouble>,
        #[serde(default)]
        pricing: Option<Pricing>,
    },
    Wamid {
        wamid: String,
    },
    Edited {
        content: Content,
        at: Time,
    },
    Revoked {
        at: Time,
    },
    /// A reaction by the customer (`mine: false`) or by us; absent emoji takes it back.
    Reaction {
        mine: bool,
        emoji: Option<String>,
        at: Time,
    },
    /// Media that a placeholder stood for.
    Filled {
        content: Content,
    },
}

/// One message to be sent: the outbox row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Send {
    pub reply: ReplyId,
    /// The ownership version it was written under.
    pub epoch: u64,
    pub lane: Lane,
    pub class: Class,
    pub to: Address,
    pub what: Outgoing,
    #[serde(default)]
    pub quotes: Option<String>,
    pub provenance: Provenance,
    pub not_before: Time,
    pub expires: Time,
}

/// Conversation goes before campaign, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    Conversation,
    Campaign,
}

/// What may be done when nobody knows whether it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A chat reply: a person decides; a machine only where switched on.
    Reply,
    /// Template, campaign, payment, code: never resent by a machine.
    Never,
}

/// The life of an outbox row. `Claimed` and `Unsure` may have reached the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendState {
    /// May be claimed from `not_before` on.
    Pending,
    /// An attempt is recorded and may be on its way.
    Claimed,
    /// Proven sent.
    Accepted,
    /// Proven refused, for good.
    Failed,
    /// Never left: ownership, window or consent had passed, or it was withdrawn.
    Dropped,
    /// May have been sent; proofs are being collected.
    Unsure,
    /// Nothing could be proven; a person sees it and says.
    Unknown,
}

/// Slow work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// The assistant's turn: what the customer wrote since the last answer.
    Answer {
        assistant: crate::ids::AssistantId,
        texts: Vec<String>,
        person: Person,
        /// What another assistant passed on.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        context: Value,
        /// What the conversation remembers by name.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        variables: BTreeMap<String, Value>,
        /// How often this turn has been passed on.
        #[serde(default, skip_serializing_if = "is_zero")]
        passes: u32,
    },
    /// Fetch and keep inbound media while its id lives.
    Media { message: MessageId, media: String },
    /// Read the provider's list of accepted messages to settle an unsure send.
    History {
        reply: ReplyId,
        attempt: u32,
        to: Address,
        from: Time,
    },
}

impl Work {
    /// An assistant's turn, with nothing passed on and nothing remembered.
    #[must_use]
    pub fn answer(assistant: crate::ids::AssistantId, texts: Vec<String>, person: Person) -> Work {
        Work::Answer {
            assistant,
            texts,
            person,
            context: Value::Null,
            variables: BTreeMap::new(),
            passes: 0,
        }
    }
}

/// Why the owner changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    FirstMessage,
    Echo,
    AgentSent,
    AgentTook,
    Assigned,
    Asked,
    AssistantHandedOff,
    DontKnow,
    Trouble,
    PauseEnded,
    Returned,
    Resolved,
    Reopened,
    PhoneCommand,
    OutOfHours,
    /// The person it was given to did not answer in time.
    NobodyCame,
    /// Two conversations turned out to be one person's.
    Merged,
}

/// Things that people must see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "alert", rename_all = "snake_case")]
pub enum Alert {
    /// Nobody knows whether this arrived.
    UnknownSend {
        reply: ReplyId,
    },
    SendFailed {
        reply: ReplyId,
        code: i64,
    },
    SendDropped {
        reply: ReplyId,
        why: String,
    },
    /// Handed off, and nobody came in time.
    NobodyCame {
        waited_minutes: i64,
    },
    /// Our message left just before a person's takeover was known.
    Collision {
        reply: ReplyId,
    },
    /// Seen twice by the customer, by no doing of ours.
    Duplicated {
        reply: ReplyId,
    },
    /// The watchdog found an unanswered customer with nothing scheduled.
    Silent,
    Quarantined {
        event: crate::ids::EventId,
    },
    /// Look in the phone app: the channel did not give us the message.
    LookInApp,
    /// An answer waits for a person's yes.
    DraftWaits {
        draft: CallId,
    },
    /// The number is cut off from the API: nothing can be sent on it.
    NumberSuspended,
    /// The provider has announced that it will cut the number off (`date` in its own words), or something
    /// like it that this version doesn't know.
    NumberAtRisk {
        state: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        date: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ignored {
    StaleTimer,
    UnawaitedAnswer,
    KnownMessage,
    OwnEcho,
    UnknownTarget,
    NothingToSettle,
    LateEvidence,
    RepeatedCommand,
    Imported,
    NoEffect,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}
