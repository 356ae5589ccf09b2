//! The workspace's tools in a model's turn: which are offered, whether a call may be made, and making it.
//!
//! In: the names an assistant may use, the turn's place, and what the model asks for. Out: tools as a model
//! sees them, and [`Acted`]. Authority is here and outside every text: arguments are checked and bound,
//! policy decides (`ponte_tools::policy`), what the customer agreed to is remembered by its digest, and a
//! call that does something is a row before it is made. Absent: how a call is made ([`crate::tools`]).

use super::model::{Acted, PENDING};
use super::signals::{Asked, Passage};
use crate::app::App;
use crate::tools::{Ask, Called, OnSlow, kept};
use crate::words::Both;
use ponte_core::content::Person;
use ponte_core::fold::fold;
use ponte_core::ids::{CallId, ContactId};
use ponte_core::Event;
use ponte_models::{Tool as Offered, ToolCall};
use ponte_tools::arguments::{prepare, shown};
use ponte_tools::builtin::Deed;
use ponte_tools::facts::Facts;
use ponte_tools::policy::{Grant, Situation, Stranger, Verdict, call_digest, may};
use ponte_tools::{Action, Effects, Tool};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Words of a yes: longer sentences say something else.
const YES_WORDS: usize = 5;

/// The tools of one turn.
pub struct Toolbox<'a> {
    app: &'a App,
    call: CallId,
    place: ponte_store::rows::Place,
    contact: Option<ContactId>,
    language: &'static str,
    tools: BTreeMap<String, Tool>,
    facts: Facts,
    strangers: BTreeSet<Stranger>,
    called: Vec<String>,
    agreed: Option<String>,
    made: u32,
}

impl<'a> Toolbox<'a> {
    /// The tools that the assistant may use. Trouble with the store leaves it without.
    pub async fn open(
        app: &'a App,
        asked: &Asked<'a>,
        (call, contact): (CallId, Option<ContactId>),
        (person, variables): (&Person, &BTreeMap<String, Value>),
        (language, passages): (&'static str, &[Passage]),
    ) -> Toolbox<'a> {
        let names = &asked.assistant.brain.tools;
        let mut tools = BTreeMap::new();
        if !names.is_empty() {
            match kept::all(&app.store, asked.place.workspace).await {
                Ok(all) => tools.extend(
                    all.into_iter()
                        .filter(|tool| names.contains(&tool.name))
                        .map(|tool| (tool.name.clone(), tool)),
                ),
                Err(error) => tracing::warn!(%error, "tools can't be read now"),
            }
        }
        let mut strangers = BTreeSet::new();
        if passages.iter().any(|passage| !passage.written_by_hand) {
            strangers.insert(Stranger::File);
        }
        Toolbox {
            facts: facts(app, asked, contact, person, tools.is_empty()).await,
            app,
            call,
            place: asked.place,
            contact,
            language,
            tools,
            strangers,
            called: Vec::new(),
            agreed: agreed(variables, asked.texts),
            made: 0,
        }
    }

    /// As a model sees them: without what the server fills in.
    #[must_use]
    pub fn offered(&self) -> Vec<Offered> {
        let offered = |tool: &Tool| Offered {
            name: tool.name.clone(),
            description: tool.description.clone(),
            parameters: shown(tool),
        };
        self.tools.values().map(offered).collect()
    }

    /// Does what a model asks for, as far as it may; `None`: no such tool is here.
    pub async fn act(&mut self, call: &ToolCall) -> Option<Acted> {
        let tool = self.tools.get(&call.name)?.clone();
        let written = call.arguments.to_string();
        let arguments = match prepare(&tool, &written, &self.facts) {
            Ok(arguments) => arguments,
            Err(error) => return Some(refused(&error.to_string())),
        };
        if arguments.ignored > 0 {
            // The model wrote whom it is about; the conversation knows that better (fault E5).
            metrics::counter!("ponte_tool_bound_ignored_total").increment(1);
        }
        let situation = Situation {
            grant: Grant::Use,
            is_in_order: true,
            strangers: &self.strangers,
            has_private: !self.called.is_empty(),
            called: &self.called,
            customer_agreed: self.agreed.as_deref(),
            person_agreed: None,
        };
        let digest = call_digest(&tool, &arguments);
        match may(&tool, &arguments, &situation) {
            Verdict::Allow => {}
            Verdict::AskCustomer { pt, en } => {
                let sentence = if self.language == "en" { en } else { pt };
                return Some(Acted::AskCustomer { sentence, digest });
            }
            Verdict::AskPerson { why } => {
                return Some(Acted::HandOff {
                    team: None,
                    why: format!("{}: {}", tool.name, why.code()),
                });
            }
            Verdict::Refuse { why } => return Some(refused(why.code())),
        }
        self.called.push(digest);
        self.made += 1;
        let ask = Ask {
            workspace: self.place.workspace,
            conversation: Some(self.place.conversation),
            contact: self.contact,
            tool: &tool,
            arguments: &arguments,
            key: format!("{}:{}", self.call, self.made),
        };
        let called = self.app.tools.call(&ask, Some(self.on_slow())).await;
        Some(match called {
            Ok(Called::Done(output)) => {
                if matches!(tool.action, Action::Mcp(_)) {
                    self.strangers.insert(Stranger::Tool);
                }
                Acted::Result {
                    content: output.for_model(&tool.name).to_string(),
                    failed: false,
                }
            }
            Ok(Called::Deed(deed)) => deed_done(deed),
            Ok(Called::Failed { failure, said: _ }) if tool.effects == Effects::Writes && failure.is_unsure() => {
                // It may have been done: a person looks before anybody says anything.
                Acted::HandOff {
                    team: None,
                    why: format!("{}: {}", tool.name, failure.code()),
                }
            }
            Ok(Called::Failed { failure, said }) => Acted::Result {
                content: json!({"error": failure.for_model(), "say": self.spoken(said)}).to_string(),
                failed: true,
            },
            Err(error) => {
                tracing::warn!(%error, "a tool's call can't be written down, so it is not made");
                refused("out of order")
            }
        })
    }

    fn spoken(&self, said: Both) -> String {
        if self.language == "en" { said.en } else { said.pt }
    }

    /// Tells the customer once that it takes long.
    fn on_slow(&self) -> OnSlow {
        let (app, place, call, made) = (self.app.clone(), self.place, self.call, self.made);
        let english = self.language == "en";
        Box::new(move |said: Both| {
            let text = if english { said.en } else { said.pt };
            tokio::spawn(async move {
                let event = Event::CallProgressed { call, text };
                let key = format!("progress:{call}:{made}");
                if let Err(error) = app.append(place, event, &key).await {
                    tracing::warn!(%error, "the customer isn't told that it takes long");
                }
            });
        })
    }
}

fn refused(why: &str) -> Acted {
    Acted::Result {
        content: json!({ "error": why }).to_string(),
        failed: true,
    }
}

fn deed_done(deed: Deed) -> Acted {
    match deed {
        Deed::SetVariable { name, value } => Acted::Set {
            name,
            value: value.into(),
        },
        Deed::HandOff { reason, team: _ } => Acted::HandOff {
            team: None,
            why: reason,
        },
        // Waits and surveys come with flows; until then a person does it.
        Deed::ScheduleMessage { .. } => Acted::HandOff {
            team: None,
            why: "a message is to be scheduled".into(),
        },
        Deed::AskSatisfaction => refused("not available in this conversation"),
        Deed::LookUpContact | Deed::UpdateContact { .. } | Deed::CreateLead { .. } => {
            refused("out of order")
        }
    }
}

/// What the server knows of the customer.
async fn facts(
    app: &App,
    asked: &Asked<'_>,
    contact: Option<ContactId>,
    person: &Person,
    none: bool,
) -> Facts {
    let mut facts = Facts {
        phone: person.wa_id.clone(),
        contact_id: contact.map(|id| id.to_string()),
        conversation_id: Some(asked.place.conversation.to_string()),
        name: person.name.clone(),
        attributes: BTreeMap::new(),
    };
    let Some(contact) = contact.filter(|_| !none) else {
        return facts;
    };
    match app.store.attributes(asked.place.workspace, contact).await {
        Ok(rows) => facts.attributes.extend(
            rows.into_iter()
                .filter(|row| row.source != "assistant")
                .map(|row| (row.name, row.value)),
        ),
        Err(error) => tracing::warn!(%error, "what is known of a contact can't be read now"),
    }
    facts
}

/// The call that the customer has just said yes to.
fn agreed(variables: &BTreeMap<String, Value>, texts: &[String]) -> Option<String> {
    let pending = variables.get(PENDING)?.as_str()?;
    let [text] = texts else { return None };
    is_yes(text).then(|| pending.to_owned())
}

/// A plain yes, in the three languages. Anything more is not taken for one.
#[must_use]
pub fn is_yes(text: &str) -> bool {
    const YES: [&str; 20] = [
        "sim", "s", "pode", "pode sim", "confirmo", "confirmado", "isso", "isso mesmo", "ok", "okay",
        "claro", "quero", "quero sim", "com certeza", "pode ser", "certo", "yes", "si", "sure", "ss",
    ];
    const MORE: [&str; 6] = ["por favor", "pfv", "please", "obrigado", "obrigada", "pode fazer"];
    let mut said = fold(text).replace(['!', '.', ',', '👍'], " ");
    for more in MORE {
        said = said.replace(more, " ");
    }
    let said = said.split_whitespace().collect::<Vec<_>>();
    if said.is_empty() {
        return text.contains('👍');
    }
    said.len() <= YES_WORDS && {
        let whole = said.join(" ");
        YES.contains(&whole.as_str())
            || said.first().is_some_and(|first| *first == "sim" || *first == "yes")
                && YES.contains(&said[1..].join(" ").as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_yes_is_a_yes() {
        for yes in ["sim", "Sim!", "SIM, pode", "pode sim por favor", "👍", "ok.", "Confirmo", "yes", "sim, isso mesmo", "sí"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in [
            "não", "sim, mas troca o endereço", "não pode", "acho que sim", "simples", "", "pode me dizer o preço?",
            "sim sim sim sim sim sim sim", "talvez", "quero falar com alguém",
        ] {
            assert!(!is_yes(no), "{no}");
        }
    }

    #[test]
    fn a_yes_is_to_what_was_asked_and_to_one_message() {
        let held = BTreeMap::from([(PENDING.to_owned(), json!("cancel:abc"))]);
        let one = |text: &str| vec![text.to_owned()];
        assert_eq!(agreed(&held, &one("sim")).as_deref(), Some("cancel:abc"));
        assert_eq!(agreed(&held, &one("não")), None);
        assert_eq!(agreed(&BTreeMap::new(), &one("sim")), None);
        let two = vec!["sim".to_owned(), "e manda outro".to_owned()];
        assert_eq!(agreed(&held, &two), None);
    }
}
