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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Brain {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    #[test]
    fn nothing_said_is_the_careful_brain() {
        let brain = read("{}");
        assert_eq!(brain, Brain::default());
        assert!(
            brain.models.is_empty() && brain.tools.is_empty(),
            "nothing leaves unasked"
        );
        assert_eq!(brain.prefer, Prefer::Cheapest);
        assert_eq!(brain.languages, ["pt"]);
        assert!(brain.escalation.dissatisfied && brain.escalation.threats);
        assert_eq!(brain.budgets.conversation_micros, Some(500_000));
    }

    #[test]
    fn what_is_left_out_of_a_part_keeps_its_default() {
        let brain = read(
            r#"{"knowledge":{"quote_percent":80},"escalation":{"urgent":true},
                "budgets":{"assistant_day_micros":9}}"#,
        );
        assert_eq!(
            brain.knowledge,
            Knowledge {
                quote_percent: 80,
                ..Knowledge::default()
            }
        );
        assert!(brain.knowledge.enabled);
        assert!(brain.escalation.urgent && brain.escalation.threats);
        assert_eq!(brain.budgets.conversation_micros, Some(500_000));
        assert_eq!(brain.budgets.assistant_day_micros, Some(9));
    }

    #[test]
    fn a_limit_can_be_taken_away() {
        let brain = read(r#"{"budgets":{"conversation_micros":null}}"#);
        assert_eq!(brain.budgets.conversation_micros, None);
    }

    #[test]
    fn preferences_have_their_names_and_no_others() {
        assert_eq!(read(r#"{"prefer":"model"}"#).prefer, Prefer::Model);
        assert_eq!(read(r#"{"prefer":"cheapest"}"#).prefer, Prefer::Cheapest);
        for json in [
            r#"{"prefer":"Model"}"#,
            r#"{"prefer":"dearest"}"#,
            r#"{"answer_chars":-1}"#,
        ] {
            assert!(serde_json::from_str::<Brain>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_reaction_does_nothing_unless_told() {
        let brain = read(r#"{"intents":{"troca":{},"golpe":{"critical":true,"hand_off":true}}}"#);
        assert_eq!(brain.intents["troca"], Reaction::default());
        assert!(!brain.intents["troca"].hand_off && !brain.intents["troca"].critical);
        assert!(brain.intents["golpe"].critical && brain.intents["golpe"].hand_off);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let brain = Brain {
            prompt: "Você atende na {business}".into(),
            languages: vec!["en".into(), "pt".into()],
            forbidden: vec![Forbidden {
                subject: "política".into(),
                words: vec!["eleição".into()],
                say: String::new(),
            }],
            within: Span::secs(3),
            intents: BTreeMap::from([("troca".to_owned(), Reaction::default())]),
            ..Brain::default()
        };
        let json = serde_json::to_string(&brain).unwrap_or_default();
        assert_eq!(read(&json), brain);
    }
}
