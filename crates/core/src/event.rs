//! What can happen to a conversation: the closed list of journal entries.
//!
//! Everything that changes a conversation comes through here, whoever caused it: the channel, a
//! timer, a person in the console, slow work that answers, the result of a send. Past tense. Stored
//! in the journal as JSON for ever: variants and fields are only ever added.

use crate::content::{Person, Received};
use crate::fact::StatusReport;
use crate::ids::{AgentId, AssistantId, CallId, ConversationId, EventId, ReplyId, TeamId};
use crate::outgoing::Outgoing;
use crate::ownership::Owner;
use crate::state::{Recent, Turn, Window};
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// An event with its place and time in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    pub id: EventId,
    /// When Ponte journaled it. The step's only clock.
    pub at: Time,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The customer wrote, tapped, reacted, edited or deleted.
    Received {
        from: Person,
        message: Box<Received>,
    },
    /// Something was sent from the phone app. `ours`: the reply it turned out to be, if any.
    Echoed {
        to: Person,
        message: Box<Received>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ours: Option<ReplyId>,
    },
    /// A message of the imported past. Never triggers, notifies, opens a window or counts.
    Imported {
        with: Person,
        from_business: bool,
        message: Box<Received>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<String>,
    },
    /// A status of a message that left from this number. `reply`/`attempt` come from our tag, verified by intake, or from the known wamid.
    StatusChanged {
        report: Box<StatusReport>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<ReplyId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<u32>,
    },
    /// Something about a voice call with the customer. `sent`: the provider's time; absent in entries
    /// of versions that did not keep it. `ours`: the business called.
    Called {
        call: String,
        what: String,
        #[serde(default)]
        raw: Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sent: Option<Time>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ours: bool,
    },
    /// Marketing stop or resume, from the channel's own switch.
    PreferenceChanged { category: String, stop: bool },
    /// A click or view on the channel; shown, triggers nothing yet.
    Acted {
        action: String,
        #[serde(default)]
        raw: Value,
    },
    /// The contact's names changed or were joined with another contact's.
    Relinked { now: Person },
    /// A timer of this conversation came due. `due` tells a current timer from a replaced one.
    TimerFired { reason: TimerReason, due: Time },
    /// Slow work answered.
    CallAnswered { call: CallId, answer: Answer },
    /// Slow work goes on, and has something to say meanwhile ("I am looking your order up").
    CallProgressed { call: CallId, text: String },
    /// A claimed send came to an end, known or not.
    SendEnded {
        reply: ReplyId,
        attempt: u32,
        outcome: Outcome,
    },
    /// A claim was refused for good: the row's epoch, window or opt-out no longer allows it.
    SendRefused { reply: ReplyId, why: Refusal },
    /// The provider's list of accepted messages was read for an unsure send.
    HistoryChecked {
        reply: ReplyId,
        attempt: u32,
        found: Found,
    },
    /// A person asked for something, in the console or by API.
    Commanded { by: AgentId, command: Command },
    /// The engine could not apply an event (it panicked three times); a person must look.
    Quarantined { entry: EventId, why: String },
    /// The number was cut off from the API, or came back. Changes nothing: a conversation hears of it when
    /// something of its own can't be sent ([`Refusal::ChannelSuspended`]).
    ChannelSuspended { suspended: bool },
    /// The contact turned out to be another one who has a conversation here already: that one lives
    /// on, this one ends.
    Merged { into: ConversationId },
    /// Another conversation with the same person ended, and this is what it still held.
    Joined {
        from: ConversationId,
        carried: Box<Carried>,
    },
}

/// What an ended conversation hands to the one that lives on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Carried {
    pub person: Person,
    pub owner: Owner,
    /// Since when the customer waits for an answer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Time>,
    /// What they said that no answer has taken up.
    pub turn: Turn,
    pub window: Window,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_customer_at: Option<Time>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub marketing_stopped: bool,
    /// What was sent there a short while ago, to know its echoes.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub recent: VecDeque<Recent>,
}

/// Why a conversation wants to be woken. At most one timer per reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerReason {
    /// The customer may still be typing; then the turn is taken.
    Debounce,
    /// The human's pause of the assistant ends.
    PauseEnds,
    /// Handed off and nobody came.
    Ghost,
    /// The never-silent watchdog: something promised an answer and has not kept it.
    Watchdog,
    /// Slow work did not answer in time.
    CallDeadline,
    /// An unsure send must be proven or shown.
    Prove,
    /// A refused send may be tried again.
    Retry,
    /// Weak proof of absence ripens (only where resending unproven sends is switched on).
    Resend,
    /// A menu waits too long for its choice.
    MenuEnds,
    /// Slow work takes long: the customer hears that it goes on.
    Progress,
    /// A draft waits for the person who is to approve it.
    Approval,
}

/// What slow work brought back. `how` is the way to the decision, step by step with its reasons: kept for
/// people who ask, and never looked at here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// Say these, in order.
    Say {
        parts: Vec<Outgoing>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<String>,
        /// Only a draft: a person reads it before it leaves.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        draft: bool,
        /// What is remembered of the conversation from here on.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<String, Value>,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        how: Value,
    },
    /// Give the conversation to people.
    HandOff {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<TeamId>,
        why: String,
        /// What people should know before they answer: a private note.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        /// Said instead of the assistant's own sentence for it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        sentence: String,
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        set: BTreeMap<String, Value>,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        how: Value,
    },
    /// Another assistant is better at this: it is asked the same, and given what is known so far.
    Pass {
        to: AssistantId,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        context: Value,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        how: Value,
    },
    /// Nothing known that answers.
    DontKnow {
        #[serde(default, skip_serializing_if = "Value::is_null")]
        how: Value,
    },
    /// The work failed; the reason is for people, not for the customer.
    Failed {
        why: String,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        how: Value,
    },
}

impl Answer {
    /// These words, and nothing else.
    #[must_use]
    pub fn say(parts: Vec<Outgoing>, sources: Vec<String>) -> Answer {
        Answer::Say {
            parts,
            sources,
            draft: false,
            set: BTreeMap::new(),
            how: Value::Null,
        }
    }

    /// The work failed, for this reason.
    #[must_use]
    pub fn failed(why: impl Into<String>) -> Answer {
        Answer::Failed {
            why: why.into(),
            how: Value::Null,
        }
    }
}

/// How a send ended, as far as we can tell. See the table of proofs in `docs/protocol.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// 2xx with an id: proven sent. `held`: accepted but held for quality assessment.
    Accepted {
        wamid: String,
        #[serde(default)]
        held: bool,
    },
    /// No byte of the request left: proven absent.
    NotSent { why: String },
    /// The provider refused: proven absent. `code` decides what follows.
    Refused {
        code: i64,
        subcode: Option<i64>,
        title: String,
        http: u16,
    },
    /// Sent or not: 5xx, time-out or reset after the first byte, body cut, our crash.
    Unsure { why: String },
}

/// Why a queued send can never be claimed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    EpochPassed,
    WindowClosed,
    OptedOut,
    /// The provider has paused, disabled or refused the template.
    TemplateOff,
    Expired,
    ChannelRemoved,
    /// The number is cut off from the API, and has been for a while.
    ChannelSuspended,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Found {
    /// Exactly one message that fits and that we did not know.
    Sent { wamid: String },
    /// The listing covers the time, has caught up (it shows a later message), and has none.
    Absent,
    /// The listing can't be trusted: switched off, not caught up, or more than one fits.
    Unclear { why: String },
}

/// What a person asks for. `client` ids make repeats harmless.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Send this as the person; takes the conversation over.
    Send {
        client: String,
        what: Box<Outgoing>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quotes: Option<String>,
    },
    /// Become the owner without saying anything.
    TakeOver,
    /// Give it to a team's queue or to another agent.
    Assign {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        team: Option<TeamId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agent: Option<AgentId>,
    },
    /// Give it back to the assistant.
    Return,
    /// Silence the assistant for a while.
    Pause {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        span: Option<Span>,
    },
    /// A private note.
    Note { client: String, text: String },
    /// Nothing more is owed.
    Resolve,
    /// Somebody saw what became of an unknown send.
    SettleUnknown { reply: ReplyId, arrived: bool },
    /// Send a failed or dropped message again, as the person.
    Resend { client: String, reply: ReplyId },
    /// Let the assistant's draft go, perhaps in other words.
    Approve {
        draft: CallId,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parts: Vec<Outgoing>,
    },
    /// The draft does not go: people answer.
    Reject { draft: CallId },
}
