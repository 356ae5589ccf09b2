//! A tool tried by a person: with sample values, against its sample answer or for real.
//!
//! In: a tool and values. Out: the request as it would be sent (without its proof), and what came of it. With
//! a sample answer nothing leaves the machine. A try for real is a call like others, in the ledger, without a
//! conversation. Absent: policy; a person decided. Next: [`super::Tools::call`].

use super::{Ask, Called, Tools};
use ponte_core::ids::WorkspaceId;
use ponte_store::StoreError;
use ponte_tools::arguments::{self, ArgumentError, Arguments};
use ponte_tools::facts::{Fact, Facts};
use ponte_tools::request::{self, Built};
use ponte_tools::result::{self, Failure, Output};
use ponte_tools::{Action, Tool};
use serde_json::Value;

/// What a try came to.
#[derive(Debug)]
pub enum Tried {
    /// The values don't fit.
    Unfit(ArgumentError),
    Went {
        request: Option<Built>,
        /// Whether the sample answer was read instead of a real one.
        from_sample: bool,
        called: Called,
    },
}

impl Tools {
    /// Tries a tool. `real`: the other side is asked, whatever the sample says.
    ///
    /// # Errors
    /// The store's.
    pub async fn try_out(
        &self,
        workspace: WorkspaceId,
        tool: &Tool,
        written: Option<&Value>,
        real: bool,
    ) -> Result<Tried, StoreError> {
        let sample = tool.sample.clone().unwrap_or_default();
        let written = written.unwrap_or(&sample.arguments);
        let written = if written.is_null() {
            String::new()
        } else {
            written.to_string()
        };
        let prepared = match arguments::prepare(tool, &written, &facts(tool)) {
            Ok(prepared) => prepared,
            Err(why) => return Ok(Tried::Unfit(why)),
        };
        let request = match &tool.action {
            Action::Http(http) => request::build(http, &prepared.values).ok(),
            Action::Builtin(_) | Action::Mcp(_) => None,
        };
        if let (Some(answer), false) = (&sample.answer, real) {
            let called = match result::take(tool, answer.clone()) {
                Ok(output) => Called::Done(output),
                Err(failure) => failed(tool, failure),
            };
            return Ok(Tried::Went {
                request,
                from_sample: true,
                called,
            });
        }
        let called = self.try_for_real(workspace, tool, &prepared).await?;
        Ok(Tried::Went {
            request,
            from_sample: false,
            called,
        })
    }

    async fn try_for_real(
        &self,
        workspace: WorkspaceId,
        tool: &Tool,
        prepared: &Arguments,
    ) -> Result<Called, StoreError> {
        if let Action::Builtin(_) = tool.action {
            // What it does, it does in a conversation.
            return Ok(Called::Done(Output {
                value: Value::Null,
                trimmed: false,
            }));
        }
        let ask = Ask {
            workspace,
            conversation: None,
            contact: None,
            tool,
            arguments: prepared,
            key: format!("try:{}", self.env.ids.next(self.now())),
        };
        self.call(&ask, None).await
    }
}

fn failed(tool: &Tool, failure: Failure) -> Called {
    let said = super::words::failure(tool, &failure);
    Called::Failed { failure, said }
}

/// The sample's values for what is bound.
fn facts(tool: &Tool) -> Facts {
    let mut facts = Facts::default();
    let bound = tool.sample.as_ref().map(|sample| &sample.bound);
    for (parameter, value) in bound.into_iter().flatten() {
        match tool.bound.get(parameter) {
            Some(Fact::Phone) => facts.phone = Some(value.clone()),
            Some(Fact::ContactId) => facts.contact_id = Some(value.clone()),
            Some(Fact::ConversationId) => facts.conversation_id = Some(value.clone()),
            Some(Fact::Name) => facts.name = Some(value.clone()),
            Some(Fact::Attribute(name)) => {
                facts.attributes.insert(name.clone(), value.clone());
            }
            None => {}
        }
    }
    facts
}
