//! The tools that need nobody outside: what they take, and what the router or the server does for them.
//!
//! In: checked arguments. Out: a [`Deed`]. Deeds of the conversation are carried out by the router, in the
//! step; those of the contact by the server, in the store. Which contact and which conversation, the
//! server says: no parameter here names one. Absent: any doing. Next: [`super::policy`].

use crate::tool::{Action, Effects, Tool, no_parameters};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Builtin {
    LookUpContact,
    UpdateContact,
    CreateLead,
    SetVariable,
    HandOff,
    ScheduleMessage,
    AskSatisfaction,
}

/// All of them, in the order they are listed.
pub const ALL: [Builtin; 7] = [
    Builtin::LookUpContact,
    Builtin::UpdateContact,
    Builtin::CreateLead,
    Builtin::SetVariable,
    Builtin::HandOff,
    Builtin::ScheduleMessage,
    Builtin::AskSatisfaction,
];

/// What a call of a built-in tool comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    LookUpContact,
    /// Writes one of the contact's attributes, marked as an assistant's.
    UpdateContact {
        attribute: String,
        value: String,
    },
    CreateLead {
        interest: String,
        note: Option<String>,
    },
    SetVariable {
        name: String,
        value: String,
    },
    HandOff {
        reason: String,
        team: Option<String>,
    },
    /// Minutes from now.
    ScheduleMessage {
        after_minutes: u32,
        text: String,
    },
    AskSatisfaction,
}

/// Days ahead that a message may be scheduled.
const SCHEDULE_MAX_MINUTES: u32 = 30 * 24 * 60;

impl Builtin {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Builtin::LookUpContact => "look_up_contact",
            Builtin::UpdateContact => "update_contact",
            Builtin::CreateLead => "create_lead",
            Builtin::SetVariable => "set_variable",
            Builtin::HandOff => "hand_off",
            Builtin::ScheduleMessage => "schedule_message",
            Builtin::AskSatisfaction => "ask_satisfaction",
        }
    }

    /// Whether the router carries it out in the step, rather than the server in the store.
    #[must_use]
    pub fn is_of_conversation(self) -> bool {
        match self {
            Builtin::LookUpContact | Builtin::UpdateContact | Builtin::CreateLead => false,
            Builtin::SetVariable
            | Builtin::HandOff
            | Builtin::ScheduleMessage
            | Builtin::AskSatisfaction => true,
        }
    }

    /// The tool as a model is shown it.
    #[must_use]
    pub fn tool(self) -> Tool {
        let (title, description, parameters) = self.said();
        let mut tool = Tool::new(self.name(), description, parameters, Action::Builtin(self));
        tool.title = Some(title.to_owned());
        tool.effects = match self {
            Builtin::LookUpContact => Effects::Reads,
            Builtin::UpdateContact
            | Builtin::CreateLead
            | Builtin::SetVariable
            | Builtin::HandOff
            | Builtin::ScheduleMessage
            | Builtin::AskSatisfaction => Effects::Writes,
        };
        tool
    }

    fn said(self) -> (&'static str, &'static str, Value) {
        match self {
            Builtin::LookUpContact => (
                "Consultar contato",
                "What is known of the customer of this conversation: name, attributes, tags.",
                no_parameters(),
            ),
            Builtin::UpdateContact => (
                "Atualizar contato",
                "Keep one thing the customer said about themselves, such as a preference.",
                object(
                    json!({"attribute": name(), "value": text(1, 500)}),
                    &["attribute", "value"],
                ),
            ),
            Builtin::CreateLead => (
                "Criar oportunidade",
                "Note that the customer is interested in buying something.",
                object(
                    json!({"interest": text(1, 200), "note": text(1, 1_000)}),
                    &["interest"],
                ),
            ),
            Builtin::SetVariable => (
                "Guardar variável",
                "Keep a value for the rest of this conversation.",
                object(
                    json!({"name": name(), "value": text(0, 500)}),
                    &["name", "value"],
                ),
            ),
            Builtin::HandOff => (
                "Chamar uma pessoa",
                "Hand the conversation to a person, when asked for one or when you can't help.",
                object(json!({"reason": text(1, 200), "team": name()}), &["reason"]),
            ),
            Builtin::ScheduleMessage => (
                "Agendar mensagem",
                "Send the customer a message later, when they asked for it.",
                object(
                    json!({
                        "after_minutes": {"type": "integer", "minimum": 1, "maximum": SCHEDULE_MAX_MINUTES},
                        "text": text(1, 1_000)
                    }),
                    &["after_minutes", "text"],
                ),
            ),
            Builtin::AskSatisfaction => (
                "Perguntar a satisfação",
                "Ask the customer how this conversation was, when it is over.",
                no_parameters(),
            ),
        }
    }

    /// What a call with these arguments comes to. `None`: they were not checked against the tool.
    #[must_use]
    pub fn deed(self, values: &Map<String, Value>) -> Option<Deed> {
        let get = |name: &str| values.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(match self {
            Builtin::LookUpContact => Deed::LookUpContact,
            Builtin::UpdateContact => Deed::UpdateContact {
                attribute: get("attribute")?,
                value: get("value")?,
            },
            Builtin::CreateLead => Deed::CreateLead {
                interest: get("interest")?,
                note: get("note"),
            },
            Builtin::SetVariable => Deed::SetVariable {
                name: get("name")?,
                value: get("value")?,
            },
            Builtin::HandOff => Deed::HandOff {
                reason: get("reason")?,
                team: get("team"),
            },
            Builtin::ScheduleMessage => Deed::ScheduleMessage {
                after_minutes: u32::try_from(values.get("after_minutes")?.as_u64()?).ok()?,
                text: get("text")?,
            },
            Builtin::AskSatisfaction => Deed::AskSatisfaction,
        })
    }
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

fn text(min: u32, max: u32) -> Value {
    json!({"type": "string", "minLength": min, "maxLength": max})
}

fn name() -> Value {
    json!({"type": "string", "pattern": "^[a-z][a-z0-9_-]{0,63}$"})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, arguments, check};

    #[test]
    fn every_builtin_is_a_sound_tool_and_names_no_customer() {
        for builtin in ALL {
            let tool = builtin.tool();
            assert_eq!(check::check(&tool), [], "{builtin:?}");
            let shown = arguments::shown(&tool).to_string();
            for word in ["contact_id", "phone", "conversation_id", "wa_id"] {
                assert!(!shown.contains(word), "{builtin:?} names {word}");
            }
            assert_eq!(tool.name, builtin.name());
        }
    }

    #[test]
    fn checked_arguments_become_deeds_and_others_do_not() {
        let deed = |builtin: Builtin, written: Value| {
            let made = arguments::prepare(&builtin.tool(), &written.to_string(), &Facts::default());
            made.ok().and_then(|made| builtin.deed(&made.values))
        };
        assert_eq!(
            deed(Builtin::HandOff, json!({"reason": "pediu uma pessoa"})),
            Some(Deed::HandOff {
                reason: "pediu uma pessoa".into(),
                team: None
            })
        );
        assert_eq!(
            deed(
                Builtin::ScheduleMessage,
                json!({"after_minutes": 60, "text": "oi"})
            ),
            Some(Deed::ScheduleMessage {
                after_minutes: 60,
                text: "oi".into()
            })
        );
        assert_eq!(
            deed(
                Builtin::UpdateContact,
                json!({"attribute": "tamanho", "value": "M"})
            ),
            Some(Deed::UpdateContact {
                attribute: "tamanho".into(),
                value: "M".into()
            })
        );
        assert_eq!(
            deed(Builtin::AskSatisfaction, json!({})),
            Some(Deed::AskSatisfaction)
        );
        for (builtin, wrong) in [
            (
                Builtin::ScheduleMessage,
                json!({"after_minutes": 0, "text": "oi"}),
            ),
            (
                Builtin::ScheduleMessage,
                json!({"after_minutes": 9_999_999, "text": "oi"}),
            ),
            (
                Builtin::UpdateContact,
                json!({"attribute": "../x", "value": "M"}),
            ),
            (Builtin::HandOff, json!({"reason": "x", "contact_id": "7"})),
            (Builtin::SetVariable, json!({"name": "a"})),
        ] {
            assert_eq!(deed(builtin, wrong.clone()), None, "{builtin:?} {wrong}");
        }
    }
}
