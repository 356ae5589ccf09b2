//! The real hands of a model's turn: asks through the room of models, offers the tools that change nothing
//! outside the conversation, and those of the workspace.
//!
//! In: the turn with its budgets and deadline. Out: replies, and what tools gave. Personal data is masked on
//! its way out and restored on its way back; a reply in another language than the turn's is refused. Absent:
//! the turn's course ([`super::model`]), and what tools of the workspace may do ([`super::toolbox`]).

use super::model::{Acted, Hands, Spoken};
use super::signals::Asked;
use super::toolbox::Toolbox;
use crate::app::App;
use crate::models::{Fluent, Link, Question, Whose};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ponte_core::brain::Brain;
use ponte_core::ids::ContactId;
use ponte_core::time::Time;
use ponte_models::trouble::Kind as Bad;
use ponte_models::{Message, Request, Tool, ToolCall, Trouble};
use ponte_nlu::entities::Kind;
use ponte_nlu::mask::{self, Table};
use ponte_nlu::sense::language::{Language, detect};
use ponte_store::rows::models::{Budget, BudgetScope};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// Tools that every assistant has, where it has a use for them.
pub const CALL_PERSON: &str = "call_person";
pub const PASS_TO: &str = "pass_to";
pub const REMEMBER: &str = "remember";

/// Everything a model's turn is done with.
pub struct ModelHands<'a> {
    app: &'a App,
    brain: &'a Brain,
    whose: Whose,
    chain: Vec<Link>,
    deadline: Time,
    language: &'static str,
    hidden: Vec<Kind>,
    table: Table,
    toolbox: Toolbox<'a>,
}

impl<'a> ModelHands<'a> {
    #[must_use]
    pub fn new(
        app: &'a App,
        asked: &Asked<'a>,
        contact: Option<ContactId>,
        toolbox: Toolbox<'a>,
        (language, deadline): (&'static str, Time),
    ) -> ModelHands<'a> {
        let brain = &*asked.assistant.brain;
        ModelHands {
            app,
            brain,
            whose: Whose {
                workspace: asked.place.workspace,
                conversation: Some(asked.place.conversation),
                assistant: Some(asked.assistant.id),
                purpose: "answer",
                budgets: budgets(brain, asked, contact),
            },
            chain: brain.models.iter().map(|name| link(name)).collect(),
            deadline,
            language,
            hidden: hidden(&brain.mask),
            table: Table::default(),
            toolbox,
        }
    }

    /// The tools that are offered.
    #[must_use]
    pub fn tools(&self) -> Vec<Tool> {
        let mut tools = vec![
            tool(
                CALL_PERSON,
                "Chama uma pessoa da equipe para continuar a conversa.",
                json!({"why": {"type": "string", "description": "Por quê, em poucas palavras."}}),
                &["why"],
            ),
            tool(
                REMEMBER,
                "Guarda um dado da conversa, como o número do pedido.",
                json!({
                    "name": {"type": "string", "description": "Nome curto, como pedido."},
                    "value": {"type": "string"},
                }),
                &["name", "value"],
            ),
        ];
        if !self.brain.specialists.is_empty() {
            let names: Vec<_> = self
                .brain
                .specialists
                .iter()
                .map(|held| &held.name)
                .collect();
            let about: Vec<_> = self
                .brain
                .specialists
                .iter()
                .map(|held| format!("{}: {}", held.name, held.about))
                .collect();
            tools.push(tool(
                PASS_TO,
                &format!(
                    "Passa a conversa para outro assistente. {}",
                    about.join("; ")
                ),
                json!({
                    "assistant": {"type": "string", "enum": names},
                    "context": {"type": "string", "description": "O que já se sabe."},
                }),
                &["assistant"],
            ));
        }
        tools.extend(self.toolbox.offered());
        tools
    }

    /// The request with personal data masked; `Err` where there is too much of it to be masked.
    fn masked(&mut self, request: &Request) -> Result<Request, Trouble> {
        if self.hidden.is_empty() {
            return Ok(request.clone());
        }
        let mut masked = request.clone();
        masked.system = self.hide(&request.system)?;
        for message in &mut masked.messages {
            match message {
                Message::User { text, .. } | Message::Assistant { text, .. } => {
                    *text = self.hide(text)?;
                }
                Message::Tool { content, .. } => *content = self.hide(content)?,
            }
        }
        Ok(masked)
    }

    fn hide(&mut self, text: &str) -> Result<String, Trouble> {
        let table = std::mem::take(&mut self.table);
        let codes = ponte_nlu::entities::codes::Codes::default();
        let masked = mask::mask_with(table, text, &self.hidden, &codes)
            .map_err(|_| Trouble::coded(Bad::Ours, "too much personal data to mask"))?;
        self.table = masked.table;
        Ok(masked.text)
    }

    fn restored(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => mask::restore(text, &self.table).into(),
            Value::Array(all) => all.iter().map(|held| self.restored(held)).collect(),
            Value::Object(all) => all
                .iter()
                .map(|(name, held)| (name.clone(), self.restored(held)))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

impl Hands for ModelHands<'_> {
    async fn ask(&mut self, request: Request) -> Result<Spoken, Trouble> {
        let request = self.masked(&request)?;
        let question = Question {
            whose: self.whose.clone(),
            chain: self.chain.clone(),
            request,
            deadline: self.deadline,
            fluent: Some(fluent(self.language)),
        };
        let answered = self
            .app
            .models
            .ask(question)
            .await
            .map_err(|failed| failed.trouble)?;
        let mut reply = answered.checked.reply;
        reply.text = mask::restore(&reply.text, &self.table);
        for call in &mut reply.calls {
            call.arguments = self.restored(&call.arguments);
        }
        Ok(Spoken {
            reply,
            by: format!("{}/{}", answered.provider, answered.model),
            cost_micros: answered.cost.micro_usd(),
        })
    }

    async fn act(&mut self, call: &ToolCall) -> Acted {
        let text = |name: &str| call.arguments[name].as_str().unwrap_or_default().to_owned();
        match call.name.as_str() {
            CALL_PERSON => Acted::HandOff {
                team: None,
                why: text("why"),
            },
            REMEMBER => Acted::Set {
                name: text("name"),
                value: call.arguments["value"].clone(),
            },
            PASS_TO => {
                let name = text("assistant");
                let found = self.brain.specialists.iter().find(|held| held.name == name);
                match found {
                    Some(held) => Acted::Pass {
                        to: held.assistant,
                        context: json!({"nota": text("context")}),
                    },
                    None => failed("there is no such assistant"),
                }
            }
            _ => match self.toolbox.act(call).await {
                Some(acted) => acted,
                None => failed("there is no such tool"),
            },
        }
    }
}

fn failed(why: &str) -> Acted {
    Acted::Result {
        content: json!({ "error": why }).to_string(),
        failed: true,
    }
}

fn tool(name: &str, description: &str, properties: Value, required: &[&str]) -> Tool {
    Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: json!({
            "type": "object", "properties": properties, "required": required,
            "additionalProperties": false,
        }),
    }
}

/// `provider/model`.
#[must_use]
pub fn link(name: &str) -> Link {
    let (provider, model) = name.split_once('/').unwrap_or((name, ""));
    Link {
        provider: provider.to_owned(),
        model: model.to_owned(),
    }
}

/// The budgets that must have room. A day's is a budget of its own: contact or assistant, and the day.
#[must_use]
pub fn budgets(brain: &Brain, asked: &Asked<'_>, contact: Option<ContactId>) -> Vec<Budget> {
    let zone = TimeZone::get(asked.zone).unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_microsecond(asked.now.0).unwrap_or(Timestamp::UNIX_EPOCH);
    let day = zone.to_datetime(now).date().to_string();
    let of_day = |id: Uuid| Uuid::new_v5(&id, day.as_bytes());
    let wanted = &brain.budgets;
    let conversation = wanted.conversation_micros.map(|cap| Budget {
        scope: BudgetScope::Conversation(asked.place.conversation.0),
        cap,
    });
    let contact = contact.zip(wanted.contact_day_micros);
    let contact = contact.map(|(contact, cap)| Budget {
        scope: BudgetScope::Contact(of_day(contact.0)),
        cap,
    });
    let assistant = wanted.assistant_day_micros.map(|cap| Budget {
        scope: BudgetScope::Assistant(of_day(asked.assistant.id.0)),
        cap,
    });
    [conversation, contact, assistant]
        .into_iter()
        .flatten()
        .collect()
}

/// The kinds of data that are masked, by their names in the assistant's file.
#[must_use]
pub fn hidden(names: &[String]) -> Vec<Kind> {
    let all = [
        ("email", Kind::Email),
        ("cpf", Kind::Cpf),
        ("cnpj", Kind::Cnpj),
        ("phone", Kind::Phone),
        ("cep", Kind::Cep),
        ("pix", Kind::PixKey),
        ("card", Kind::Card),
        ("plate", Kind::Plate),
    ];
    let every = names.iter().any(|name| name == "all");
    all.into_iter()
        .filter(|(name, _)| every || names.iter().any(|held| held == name))
        .map(|(_, kind)| kind)
        .collect()
}

/// Whether a reply is in the turn's language: short and doubtful ones are.
#[must_use]
pub fn fluent(language: &'static str) -> Fluent {
    let wanted = match language {
        "en" => Language::En,
        "es" => Language::Es,
        _ => Language::Pt,
    };
    Arc::new(move |text: &str| {
        let words = text.split_whitespace().count();
        words < SURE_WORDS
            || detect(text)
                .is_none_or(|guess| guess.language == wanted || guess.confidence < SURE_OF_OTHER)
    })
}

/// Fewer words than this are names, numbers and greetings in any language.
const SURE_WORDS: usize = 6;
/// Another language is believed from here on: Spanish and Portuguese look alike.
const SURE_OF_OTHER: f32 = 0.9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_data_go_by_the_names_of_the_file() {
        let names =
            |all: &[&str]| -> Vec<String> { all.iter().map(|&name| name.to_owned()).collect() };
        assert_eq!(hidden(&names(&["cpf", "phone"])), [Kind::Cpf, Kind::Phone]);
        assert_eq!(hidden(&names(&["all"])).len(), 8);
        assert!(hidden(&names(&["cor"])).is_empty());
    }

    #[test]
    fn another_language_is_noticed_and_doubt_is_let_pass() {
        let portuguese = fluent("pt");
        assert!(portuguese(
            "Nós abrimos de segunda a sábado às oito horas da manhã."
        ));
        assert!(!portuguese(
            "We are open from Monday to Saturday at eight in the morning."
        ));
        assert!(portuguese("OK!"));
        assert!(fluent("en")(
            "We are open from Monday to Saturday at eight in the morning."
        ));
    }

    #[test]
    fn a_model_is_named_with_its_provider() {
        let wanted = |provider: &str, model: &str| Link {
            provider: provider.into(),
            model: model.into(),
        };
        assert_eq!(link("groq/llama-3/70b"), wanted("groq", "llama-3/70b"));
        assert_eq!(link("local"), wanted("local", ""));
    }
}
