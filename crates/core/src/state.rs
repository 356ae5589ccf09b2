//! What a conversation remembers between two events: only what a decision needs.
//!
//! Kept small and bounded (limits in `limits`), since it is read and written with every event;
//! messages themselves are rows in the views. Serialised as JSON: fields are only added, with
//! defaults, so old states stay readable.

use crate::content::Person;
use crate::effect::{Class, Lane, SendState};
use crate::event::TimerReason;
use crate::ids::{AssistantId, CallId, ConversationId, ReplyId};
use crate::outgoing::Outgoing;
use crate::ownership::{Owner, Provenance};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Events folded so far; the fencing version of the row.
    pub version: u64,
    pub owner: Owner,
    pub epoch: u64,
    pub person: Person,
    pub window: Window,
    /// What the customer said that no answer has taken up yet.
    pub turn: Turn,
    /// The slow work that is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Awaited>,
    /// Messages decided and not yet in the outbox: one goes at a time, in order.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub queue: VecDeque<Draft>,
    /// The sends that are not settled, oldest first. At most one is `Pending` or `Claimed`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<InFlight>,
    /// The timers that are set: the truth; rows in the timer table are their copies.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub timers: BTreeMap<TimerReason, Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub menu: Option<MenuOpen>,
    /// Since when the customer waits for an answer that nobody has given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unanswered_since: Option<Time>,
    /// The ghost notice of this wait has been given.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ghost_told: bool,
    /// How often people have been called for this wait, to repeat a few times and then stop.
    #[serde(skip_serializing_if = "is_zero")]
    pub ghost_calls: u32,
    /// Text sent for this closed period already (once per period).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_told_until: Option<Time>,
    /// The unsupported-kind notice was given in this turn of talk.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unsupported_told: bool,
    /// Marketing stopped by the customer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub marketing_stopped: bool,
    /// Client ids of recent commands, newest last, to make repeats harmless.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub clients: VecDeque<String>,
    /// Exchanges without a human sign, to stop two machines talking to each other.
    #[serde(skip_serializing_if = "is_zero")]
    pub loops: u32,
    /// Digest of the words that an `immediate` rule answered last: a machine repeats itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub said: Option<u64>,
    /// Answers of `immediate` rules to ever new words, not yet counted in `loops`.
    #[serde(skip_serializing_if = "is_zero")]
    pub varied: u32,
    /// The provider's time of the newest live customer message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_customer_at: Option<Time>,
    /// When the last message of the customer that wants an answer was journaled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<Time>,
    /// When the last live message of anyone was journaled: a pause ends only in silence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_activity: Option<Time>,
    /// Sends that came to their end a short while ago, to know late evidence and echoes of our own.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    pub recent: VecDeque<Recent>,
    /// When the customer was last told that an answer comes late (after an outage).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apologised: Option<Time>,
    /// The specialist that answers here instead of the number's own assistant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assistant: Option<AssistantId>,
    /// What the assistants have passed on to each other: any JSON, bounded.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub brief: Value,
    /// What is remembered by name, bounded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub variables: BTreeMap<String, Value>,
    /// An answer that waits for a person's yes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// When the customer was last told that a machine answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disclosed: Option<Time>,
    /// It ended in favour of this one, where everything of the customer goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<ConversationId>,
}

/// A send that is over, remembered for a short while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recent {
    pub reply: ReplyId,
    pub state: SendState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wamid: Option<String>,
    pub print: u64,
    pub at: Time,
    /// The furthest delivery status seen, by [`crate::fact::Delivery::rank`].
    #[serde(default)]
    pub rank: u8,
    /// Its failure would leave the customer without an answer.
    #[serde(default)]
    pub answers: bool,
    /// The doubled copy was reported already.
    #[serde(default)]
    pub doubled: bool,
    /// Only an echo with the same words has shown that it was sent: these words, should the echo turn
    /// out to be a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_look: Option<String>,
}

/// When we may write freely.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Window {
    /// End of the 24-hour service window (provider's time of the last message or call, plus 24 h).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_until: Option<Time>,
    /// An ad brought the customer at this time; answering within 24 h opens the free window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_at: Option<Time>,
    /// End of the free entry point window, when open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry_until: Option<Time>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Turn {
    /// Readable texts of the customer's messages, oldest first; bounded, the oldest fall out.
    pub texts: Vec<String>,
    /// The last message's wamid, to mark read and to quote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_wamid: Option<String>,
    /// When the first of them was journaled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// The provider's times of `texts`: they are kept in that order, whatever order they came in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Time>,
    /// How often new messages have thrown away work on this turn.
    pub restarts: u32,
    /// The messages' wamids, beside `texts`: an edit or deletion of one changes the question.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wamids: Vec<String>,
    /// The newest button or list choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// The first words of a conversation, or of one that was closed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// Some of it reached us long after it was written.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// How often assistants have passed it on to each other.
    #[serde(skip_serializing_if = "is_zero")]
    pub passes: u32,
    /// How often the customer was told that the answer takes a while.
    #[serde(skip_serializing_if = "is_zero")]
    pub progress: u32,
    /// Holds a message of a kind we can't read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unreadable: bool,
}

/// An answer that a person reads before it leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The call that brought it.
    pub id: CallId,
    pub parts: Vec<Outgoing>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// How many of the turn's texts it answers.
    pub taken: usize,
    pub since: Time,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Awaited {
    pub call: CallId,
    pub epoch: u64,
    pub asked: Time,
    /// How many of the turn's texts the work was asked about.
    #[serde(default)]
    pub taken: usize,
}

/// A message that waits for its turn to enter the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub reply: ReplyId,
    pub epoch: u64,
    pub lane: Lane,
    pub class: Class,
    pub what: Outgoing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    pub provenance: Provenance,
    /// Parts of one turn share this; when one fails the rest are withdrawn and shown.
    pub group: ReplyId,
    /// Answers the customer; notices and hand-off sentences don't.
    #[serde(default)]
    pub answers: bool,
}

/// A send that is in the outbox and not settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InFlight {
    pub reply: ReplyId,
    pub state: SendState,
    pub epoch: u64,
    pub attempt: u32,
    pub lane: Lane,
    pub class: Class,
    pub provenance: Provenance,
    pub group: ReplyId,
    /// A short digest of the readable body, to know an echo of our own message.
    pub print: u64,
    /// When its present doubt or wait began; at first, when it was put into the outbox.
    pub since: Time,
    /// When it was first put into the outbox.
    #[serde(default)]
    pub placed: Time,
    /// Tries so far by error class, for back-off.
    #[serde(default)]
    pub tries: u32,
    /// What is sent, kept so that a proven absence can be sent again.
    pub what: Outgoing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// When its proof, retry or resend comes due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wake: Option<Time>,
    /// Answers the customer; notices and hand-off sentences don't.
    #[serde(default)]
    pub answers: bool,
    /// The provider's list of accepted messages was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub listed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuOpen {
    pub menu: String,
    pub since: Time,
    pub tries: u32,
}

impl State {
    /// A conversation in which nothing has happened yet.
    #[must_use]
    pub fn new(person: Person) -> State {
        State {
            person,
            ..State::default()
        }
    }
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}
