//! Settings of how an assistant finds its answers: knowledge, intents, models, tools, and what it must not do.
//!
//! Plain data, beside the [`crate::book::Assistant`] it belongs to. The step never reads it: slow work
//! does, outside. Every default is the careful one. Absent: keys of providers and credentials of tools,
//! which are named here and kept elsewhere.

use crate::ids::{AssistantId, TeamId};
use crate::time::Span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Brain {
    /// What the model is told that it is; `{name}`, `{business}`, `{today}`, `{customer}` and the
    /// conversation's variables are filled in.
    pub prompt: String,
    /// How it speaks, in a few words: "próximo, frases curtas".
    pub tone: String,
    /// Languages it answers in, best first (`pt`, `en`, `es`); others are answered in the first.
    pub languages: Vec<String>,
    /// Models in the order in which they are asked, as `provider/model`. Empty: none is asked.
    pub models: Vec<String>,
    pub knowledge: Knowledge,
    /// What is done when the customer wants one of these, by the intent's name.
    pub intents: BTreeMap<String, Reaction>,
    /// Tools it may use, by name.
    pub tools: Vec<String>,
    pub specialists: Vec<Specialist>,
    /// What it never talks about.
    pub forbidden: Vec<Forbidden>,
    /// Words of matters that only people or written answers may touch.
    pub critical: Vec<String>,
    pub escalation: Escalation,
    pub prefer: Prefer,
    /// Answers that come later than this are no use: dearer ways are left out when it would not do.
    pub within: Span,
    pub budgets: Budgets,
    /// Kinds of personal data that are masked before words leave to a provider (`cpf`, `phone`, …); `all`.
    pub mask: Vec<String>,
    /// Characters of one answer.
    pub answer_chars: u32,
    /// Confidence in percent from which an intent counts.
    pub intent_percent: u32,
}

/// What it may answer from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Knowledge {
    pub enabled: bool,
    /// Names of sources; empty: all that are open to this assistant.
    pub sources: Vec<String>,
    /// Confidence in percent from which a passage is quoted as the answer, without a model.
    pub quote_percent: u32,
}

/// What is done when an intent is recognised. The first that is set counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reaction {
    pub say: String,
    /// Calls a person, of this team where one is named.
    pub hand_off: bool,
    pub team: Option<TeamId>,
    /// Gives it to this assistant.
    pub pass: Option<AssistantId>,
    /// Never answered by a model: a written answer, or a person.
    pub critical: bool,
}

/// Another assistant that is better at something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specialist {
    pub assistant: AssistantId,
    pub name: String,
    /// What it is good at, in words; a model chooses by them.
    #[serde(default)]
    pub about: String,
    /// Words that mean it, for when no model is asked.
    #[serde(default)]
    pub words: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forbidden {
    /// What it is, for people and for the model.
    pub subject: String,
    /// Words that mean it.
    pub words: Vec<String>,
    /// What the customer hears; empty: a person is called.
    pub say: String,
}

/// When a person is called although there may be an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Escalation {
    /// The customer is more and more dissatisfied.
    pub dissatisfied: bool,
    /// Threats of law suits, consumer protection, the press.
    pub threats: bool,
    /// It can't wait.
    pub urgent: bool,
}

/// Which way is tried first, where several would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prefer {
    /// The cheapest that is good enough: written answers, intents, quotes, and then a model.
    #[default]
    Cheapest,
    /// A model words what is not written down by hand; quotes when none can be asked.
    Model,
}

/// Money for models, in millionths of a US dollar; `None`: no limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Budgets {
    pub conversation_micros: Option<u64>,
    pub contact_day_micros: Option<u64>,
    pub assistant_day_micros: Option<u64>,
}

impl Default for Brain {
    fn default() -> Self {
        Brain {
            prompt: String::new(),
            tone: String::new(),
            languages: vec!["pt".into()],
            models: Vec::new(),
            knowledge: Knowledge::default(),
            intents: BTreeMap::new(),
            tools: Vec::new(),
            specialists: Vec::new(),
            forbidden: Vec::new(),
            critical: Vec::new(),
            escalation: Escalation::default(),
            prefer: Prefer::Cheapest,
            within: Span::secs(15),
            budgets: Budgets::default(),
            mask: Vec::new(),
            answer_chars: 1_000,
            intent_percent: 60,
        }
    }
}

impl Default for Knowledge {
    fn default() -> Self {
        Knowledge {
            enabled: true,
            sources: Vec::new(),
            quote_percent: 50,
        }
    }
}

impl Default for Escalation {
    fn default() -> Self {
        Escalation {
            dissatisfied: true,
            threats: true,
            urgent: false,
        }
    }
}

impl Default for Budgets {
    fn default() -> Self {
        Budgets {
            // Some fifty answers of a middling model: more in one talk is a loop or an abuse.
            conversation_micros: Some(500_000),
            contact_day_micros: None,
            assistant_day_micros: None,
        }
    }
}
