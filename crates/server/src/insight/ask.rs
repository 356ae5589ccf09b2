//! Asks a model on behalf of a person who looks at a conversation.
//!
//! In: a request and what it is for. Out: its checked answer, or [`Nobody`] with a word that says why. The
//! assistant's providers, budgets and masks hold here too, and cards are masked whatever its file says; who
//! waits is a person in front of a screen, so it is over in [`PATIENCE`]. Absent: what is made of it.

use super::talk::Talk;
use crate::app::App;
use crate::models::{Question, Whose};
use crate::router::{hands, signals};
use ponte_core::time::Span;
use ponte_models::{Message, Request};
use ponte_nlu::entities::Kind;
use ponte_nlu::entities::codes::Codes;
use ponte_nlu::mask::{self, Table};
use ponte_store::StoreError;
use serde_json::Value;

/// Less than an ordinary request of the API may take, so that what needs no model is still answered.
pub const PATIENCE: Span = Span::secs(9);

/// What a model said.
#[derive(Debug)]
pub struct Spoken {
    pub text: String,
    /// Where the request asked for one.
    pub value: Option<Value>,
    /// `provider/model`.
    pub by: String,
}

/// No model answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nobody {
    /// `no_provider`, `budget`, `timed_out`, … for programs and people.
    pub why: &'static str,
}

pub const NO_PROVIDER: Nobody = Nobody { why: "no_provider" };
pub const TOO_MUCH_TO_MASK: Nobody = Nobody {
    why: "too_much_to_mask",
};
/// It says what nothing supports.
pub const UNSUPPORTED: Nobody = Nobody { why: "unsupported" };
pub const NOTHING_SAID: Nobody = Nobody {
    why: "nothing_said",
};

/// Whether anybody could be asked.
///
/// # Errors
/// The store's.
pub async fn is_set(app: &App, talk: &Talk) -> Result<bool, StoreError> {
    let rows = app.store.providers(Some(talk.place.workspace)).await?;
    Ok(rows.iter().any(|row| row.enabled))
}

/// Asks; `language` is the one that the answer must be in.
///
/// # Errors
/// [`Nobody`].
pub async fn ask(
    app: &App,
    talk: &Talk,
    purpose: &'static str,
    language: &'static str,
    request: Request,
) -> Result<Spoken, Nobody> {
    match is_set(app, talk).await {
        Ok(true) => {}
        Ok(false) => return Err(NO_PROVIDER),
        Err(error) => {
            tracing::warn!(%error, "providers can't be read");
            return Err(NO_PROVIDER);
        }
    }
    let brain = &*talk.assistant.brain;
    let mut kinds = hands::hidden(&brain.mask);
    if !kinds.contains(&Kind::Card) {
        kinds.push(Kind::Card);
    }
    let (request, table) = masked(request, &kinds)?;
    let turn = signals::Asked {
        place: talk.place,
        assistant: &talk.assistant,
        texts: &[],
        before: &[],
        passes: 0,
        zone: &talk.zone,
        now: talk.now,
    };
    let question = Question {
        whose: Whose {
            workspace: talk.place.workspace,
            conversation: Some(talk.place.conversation),
            assistant: Some(talk.assistant.id),
            purpose,
            budgets: hands::budgets(brain, &turn, Some(talk.contact)),
        },
        chain: brain.models.iter().map(|name| hands::link(name)).collect(),
        request,
        deadline: app.models.now() + PATIENCE,
        fluent: Some(hands::fluent(language)),
    };
    let answered = app.models.ask(question).await.map_err(|failed| Nobody {
        why: failed.trouble.kind.row().word,
    })?;
    Ok(Spoken {
        text: mask::restore(&answered.checked.reply.text, &table),
        value: answered.checked.value.map(|value| restored(value, &table)),
        by: format!("{}/{}", answered.provider, answered.model),
    })
}

fn masked(mut request: Request, kinds: &[Kind]) -> Result<(Request, Table), Nobody> {
    let codes = Codes::default();
    let mut table = Table::default();
    let mut hide = |text: &mut String| -> Result<(), Nobody> {
        let held = std::mem::take(&mut table);
        let masked = mask::mask_with(held, text, kinds, &codes).map_err(|_| TOO_MUCH_TO_MASK)?;
        *text = masked.text;
        table = masked.table;
        Ok(())
    };
    hide(&mut request.system)?;
    for message in &mut request.messages {
        match message {
            Message::User { text, .. } | Message::Assistant { text, .. } => hide(text)?,
            Message::Tool { content, .. } => hide(content)?,
        }
    }
    Ok((request, table))
}

fn restored(value: Value, table: &Table) -> Value {
    match value {
        Value::String(text) => mask::restore(&text, table).into(),
        Value::Array(all) => all.into_iter().map(|held| restored(held, table)).collect(),
        Value::Object(all) => all
            .into_iter()
            .map(|(name, held)| (name, restored(held, table)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_masked_on_its_way_out_comes_back_in_values_too() {
        let mut request = Request::ask("Meu CPF é 529.982.247-25.", 10);
        request
            .messages
            .push(Message::assistant("CPF 529.982.247-25?"));
        let (masked, table) = masked(request, &[Kind::Cpf]).unwrap();
        let shown = format!("{:?}", masked.messages);
        assert!(!shown.contains("529.982"), "{shown}");
        let Message::User { text, .. } = &masked.messages[0] else {
            panic!("{shown}")
        };
        let value = json!({"wants": [text], "n": 1});
        let wanted = json!({"wants": ["Meu CPF é 529.982.247-25."], "n": 1});
        assert_eq!(restored(value, &table), wanted);
    }
}
