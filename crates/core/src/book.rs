//! Everything a step may read besides the state and the event: loaded first, by the engine.
//!
//! Settings of the channel and of its assistant with their defaults, and what the views know of the
//! messages that the event mentions. Absent: anything that changes while a step runs.

use crate::brain::Brain;
use crate::effect::SendState;
use crate::ids::{AssistantId, ChannelId, ConversationId, MessageId, ReplyId, TeamId};
use crate::outgoing::{Outgoing, Template};
use crate::ownership::Provenance;
use crate::time::{Span, Time};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Messages that one pair may borrow ahead of its rule of one in six seconds; the default of a number.
pub const PAIR_BURST: u32 = 45;

/// What the step may look up.
#[derive(Clone, Debug)]
pub struct Book {
    pub conversation: ConversationId,
    pub channel: Arc<Channel>,
    pub assistant: Arc<Assistant>,
    /// What is known of each provider message id that the event mentions (its own, its target, its quote).
    pub known: BTreeMap<String, Known>,
    /// The sends that the event mentions by reply id (`Resend`, `SettleUnknown`, `SendEnded`,
    /// `SendRefused`, `HistoryChecked`, `StatusChanged`), as the outbox has them.
    pub replies: BTreeMap<ReplyId, Wrote>,
    /// Weak proof of absence (A3): the latest claim time among sends of this number for which any
    /// status has come. Absent: unknown, and then nothing is proven.
    pub statuses_until: Option<Time>,
}

impl Book {
    /// A book in which nothing is known of any message.
    #[must_use]
    pub fn new(
        conversation: ConversationId,
        channel: Arc<Channel>,
        assistant: Arc<Assistant>,
    ) -> Book {
        Book {
            conversation,
            channel,
            assistant,
            known: BTreeMap::new(),
            replies: BTreeMap::new(),
            statuses_until: None,
        }
    }
}

/// A send as the outbox has it, for what the state has forgotten already.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wrote {
    pub what: Outgoing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    pub provenance: Provenance,
    pub state: SendState,
}

/// A message that the views have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub message: MessageId,
    pub reply: Option<ReplyId>,
    pub provenance: Provenance,
    pub send: Option<SendState>,
    pub sent: Time,
}

/// Settings of one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Channel {
    pub id: ChannelId,
    pub name: String,
    /// The provider's phone number id.
    pub number: String,
    /// The WhatsApp Business account id.
    pub account: String,
    pub display: String,
    /// The phone app is used beside the API.
    pub coexistence: bool,
    /// Messages per second that the number may carry (inbound counted too in coexistence).
    pub per_second: u32,
    /// Messages to one customer that may be borrowed from the pair rule's future (the channel allows
    /// 45); 0 switches the rule off, which is only right against a server that has none.
    pub pair_burst: u32,
    /// How long an echo silences the assistant.
    pub pause: Span,
    /// A pause ends only after this long without a message of anyone.
    pub idle: Span,
    /// How long a handed-off customer waits before being told.
    pub ghost_after: Span,
    pub ghost_text: String,
    /// Sent instead of `ghost_text` when the window is closed.
    pub ghost_template: Option<Template>,
    /// `#bot` and the like are obeyed when typed in the phone app.
    pub commands: bool,
    /// Chat replies nobody could prove may be sent again by machine after ten minutes.
    pub resend_unproven: bool,
    /// `message_history` may be used as proof of absence (needs calibration on a real number).
    pub trust_history: bool,
    /// Taken off each end of the window, for clocks and travel.
    pub window_margin: Span,
    /// Said once when the customer sends a kind we can't read; empty: never.
    pub unsupported_text: String,
    /// IANA name, for hours and dates.
    pub zone: String,
}

/// Settings of one assistant, as far as the step decides by them; how slow work finds its answers is the
/// server's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Assistant {
    pub id: AssistantId,
    pub name: String,
    /// Off: every message goes to the queue.
    pub enabled: bool,
    /// A burst within this long becomes one turn.
    pub debounce: Span,
    /// Slow work must answer within this.
    pub answer_within: Span,
    /// The watchdog looks this long after a message that nothing has answered.
    pub watch: Span,
    pub hours: Option<Hours>,
    /// Said once per closed period.
    pub closed_text: String,
    pub rules: Vec<Rule>,
    pub menus: Vec<Menu>,
    pub faq: Vec<Faq>,
    /// Said by the hand-off itself, never by a reply that hopes for one.
    pub handoff_text: String,
    pub handoff_team: Option<TeamId>,
    /// Said, with the hand-off, when nothing answers.
    pub dont_know_text: String,
    /// Further wordings of "I want a person", beside the built-in list.
    pub handoff_words: Vec<String>,
    /// Put before the answer when the messages reached us long after they were written; empty: nothing.
    pub late_text: String,
    /// Said before the first answer that slow work gives, and again after long silence; empty: never.
    pub disclosure: String,
    /// Every answer of slow work waits for a person's yes…
    pub approval: bool,
    /// …for so long; then people take the conversation over.
    pub approve_within: Span,
    /// Said when slow work takes long; empty: never.
    pub progress_text: String,
    /// How long slow work may take before that.
    pub progress_after: Span,
    /// Exchanges without a human sign before it stops and hands off. Of an `immediate` rule's answers
    /// only those to the same words over again count in full.
    pub max_loops: u32,
    /// How slow work finds its answers. Nothing the step decides by.
    pub brain: Arc<Brain>,
}

/// Opening hours in local time; a missing day is closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hours {
    /// Per weekday, Monday = 0: spans of minutes since local midnight; `(1320, 1560)` runs past midnight.
    pub week: [Vec<(u16, u16)>; 7],
    /// Closed days, `YYYY-MM-DD`.
    pub holidays: Vec<String>,
}

/// A keyword rule. The first that matches wins, in file order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rule {
    pub name: String,
    pub when: Match,
    pub then: Vec<Act>,
    /// Answer at once, without waiting for the customer to finish typing.
    pub immediate: bool,
    /// Applies outside opening hours too.
    pub always: bool,
}

/// Texts are compared folded: lower case, no accents, single spaces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Match {
    /// The whole text is one of these.
    pub equals: Vec<String>,
    /// One of these stands in the text as whole words.
    pub contains: Vec<String>,
    /// The text begins with one of these words; the rest, as typed, is `{rest}`.
    pub starts: Vec<String>,
    /// A button or list choice with one of these ids.
    pub payload: Vec<String>,
    /// The first message of a conversation, or of one that was closed.
    pub first: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Act {
    /// A text; `{rest}`, `{name}` and `{greeting}` are filled in.
    Say {
        text: String,
    },
    Menu {
        menu: String,
    },
    HandOff {
        #[serde(default)]
        team: Option<TeamId>,
    },
    Resolve,
}

/// A numbered menu: buttons up to three options, a list up to ten, digits always understood.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Menu {
    pub name: String,
    pub text: String,
    pub button: String,
    pub options: Vec<MenuOption>,
    /// Wrong answers before it hands off.
    pub tries: u32,
    pub retry_text: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MenuOption {
    pub id: String,
    pub title: String,
    pub description: Option<String>,
    pub then: Vec<Act>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Faq {
    pub id: String,
    pub questions: Vec<String>,
    pub answer: String,
}

impl Default for Channel {
    fn default() -> Self {
        Channel {
            id: ChannelId(uuid::Uuid::nil()),
            name: String::new(),
            number: String::new(),
            account: String::new(),
            display: String::new(),
            coexistence: true,
            per_second: 20,
            pair_burst: PAIR_BURST,
            pause: Span::hours(2),
            idle: Span::minutes(10),
            ghost_after: Span::minutes(15),
            ghost_text: "Ainda não conseguimos te atender, mas sua mensagem está guardada e uma pessoa vai responder assim que possível.".into(),
            ghost_template: None,
            commands: true,
            resend_unproven: false,
            trust_history: false,
            window_margin: Span::secs(60),
            unsupported_text: "Não consigo abrir esse tipo de mensagem por aqui. Pode escrever em texto, por favor?".into(),
            zone: "America/Sao_Paulo".into(),
        }
    }
}

impl Default for Assistant {
    fn default() -> Self {
        Assistant {
            id: AssistantId(uuid::Uuid::nil()),
            name: String::new(),
            enabled: true,
            debounce: Span::millis(800),
            answer_within: Span::secs(20),
            watch: Span::secs(60),
            hours: None,
            closed_text: "Estamos fechados agora, mas sua mensagem já está guardada. Respondemos assim que abrirmos.".into(),
            rules: Vec::new(),
            menus: Vec::new(),
            faq: Vec::new(),
            handoff_text: "Certo! Vou chamar uma pessoa da equipe para continuar por aqui.".into(),
            handoff_team: None,
            dont_know_text: "Não sei responder isso com segurança, então vou chamar uma pessoa da equipe.".into(),
            handoff_words: Vec::new(),
            late_text: "Desculpe a demora: suas mensagens só chegaram até nós agora.".into(),
            disclosure: String::new(),
            approval: false,
            approve_within: Span::minutes(10),
            progress_text: String::new(),
            progress_after: Span::secs(10),
            max_loops: 30,
            brain: Arc::default(),
        }
    }
}
