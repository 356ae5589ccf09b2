//! `ponte replay CONVERSATION`: folds it again from its journal and compares.
//!
//! In: the journal, and the settings as they were. Out: "the same", or the first place where the fold
//! differs from what is kept. An event folded in the very moment of a change of settings may have been
//! decided by either, and the answer says so. Absent: writing anything. Next: `replay_fold.rs`.

use super::replay_fold::{Fold, compare_messages};
use super::replay_history::History;
use super::{Desk, tools};
use crate::boot::fail::{FOUND, Fail, OK};
use crate::both;
use crate::settings::Settings;
use crate::workspace::kept::PAST;
use clap::Args;
use ponte_core::ids::ConversationId;
use ponte_store::Store;
use ponte_store::rows::Place;
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct Options {
    /// The conversation's id
    pub conversation: ConversationId,
}

/// Entries read at once.
const BATCH: u32 = 500;
/// Messages read at once.
const PAGE: u32 = 200;

/// Replays and compares.
///
/// # Errors
/// [`Fail`] for an unknown conversation, and from the store.
pub async fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let place = match store.conversation(workspace, options.conversation).await? {
        Some(row) => row.place,
        None => {
            return Err(Fail::usage(
                both!(
                    "não há conversa com este id.",
                    "there is no conversation with this id."
                ),
                both!(
                    "Veja os ids em /api/v1/conversations.",
                    "See the ids at /api/v1/conversations."
                ),
            ));
        }
    };
    let verdict = replay(&store, place).await?;
    Ok(print(desk, &verdict))
}

/// What came of a replay.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub events: u64,
    pub messages: u64,
    /// The first difference: where, what is kept, what the fold gives.
    pub difference: Option<(String, Value, Value)>,
}

/// Folds the conversation again.
///
/// # Errors
/// [`Fail`] from the store, or when the number is gone.
pub async fn replay(store: &Store, place: Place) -> Result<Verdict, Fail> {
    let settings = Settings::default();
    settings.reload(store).await?;
    let numbers = settings.now();
    let number = numbers.get(place.channel).ok_or_else(|| {
        Fail::usage(
            both!(
                "o número desta conversa foi removido.",
                "this conversation's number was removed."
            ),
            both!(
                "Aplique de novo a pasta que o contém.",
                "Apply the folder that holds it again."
            ),
        )
    })?;
    let mut fold = Fold::new(
        place.conversation,
        number.channel.clone(),
        number.assistant.clone(),
    );
    let past = store.documents(Some(place.workspace), Some(PAST)).await?;
    let mut history = History::new(
        past,
        place.channel,
        number.channel.clone(),
        number.assistant.clone(),
    );
    loop {
        let rows = store.folded(place.conversation, fold.order, BATCH).await?;
        let Some(last) = rows.last().and_then(|row| row.applied) else {
            break;
        };
        for row in &rows {
            let (channel, assistant) = history.at(row.envelope.at);
            fold.settings(channel, assistant);
            fold.step(row);
        }
        fold.order = last;
    }
    verdict(store, place, &fold).await
}

/// Compares the fold with what is kept: the state first, then every message.
async fn verdict(store: &Store, place: Place, fold: &Fold) -> Result<Verdict, Fail> {
    let kept = store
        .load(&place, &[])
        .await?
        .map(|loaded| loaded.row.state)
        .unwrap_or_default();
    let folded = serde_json::to_value(&fold.state).unwrap_or_default();
    let stored = serde_json::to_value(&kept).unwrap_or_default();
    let mut difference = first_difference("state", &stored, &folded);
    let mut messages = 0;
    let mut cursor = None;
    while difference.is_none() {
        let page = store.messages(place.conversation, cursor, PAGE).await?;
        messages += page.items.len() as u64;
        difference = compare_messages(fold, &page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    if difference.is_none() && messages != fold.messages.len() as u64 {
        difference = Some((
            "messages".into(),
            json!(messages),
            json!(fold.messages.len()),
        ));
    }
    Ok(Verdict {
        events: fold.events,
        messages,
        difference,
    })
}

/// The first place where two values differ, as a path.
#[must_use]
pub fn first_difference(
    path: &str,
    kept: &Value,
    folded: &Value,
) -> Option<(String, Value, Value)> {
    match (kept, folded) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let (left, right) = (
                    a.get(key).unwrap_or(&Value::Null),
                    b.get(key).unwrap_or(&Value::Null),
                );
                first_difference(&format!("{path}.{key}"), left, right)
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            pairs.into_iter().find_map(|(at, (left, right))| {
                first_difference(&format!("{path}[{at}]"), left, right)
            })
        }
        (left, right) if left == right => None,
        (left, right) => Some((path.to_string(), left.clone(), right.clone())),
    }
}

fn print(desk: &mut Desk<'_>, verdict: &Verdict) -> u8 {
    let (events, messages) = (verdict.events, verdict.messages);
    if desk.json {
        let difference = verdict
            .difference
            .as_ref()
            .map(|(place, kept, folded)| json!({ "place": place, "kept": kept, "folded": folded }));
        desk.json(&json!({ "same": verdict.difference.is_none(), "events": events, "messages": messages, "difference": difference }));
    } else if let Some((place, kept, folded)) = &verdict.difference {
        desk.tell(&both!(
            "Difere em {place}:\n  gravado: {kept}\n  refeito: {folded}\nSe as configurações mudaram no meio da conversa, isso pode explicar a diferença.",
            "Differs at {place}:\n  kept:   {kept}\n  folded: {folded}\nIf the settings changed while the conversation ran, that may explain it.",
        ));
    } else {
        desk.tell(&both!(
            "Igual: {events} eventos, {messages} mensagens.",
            "The same: {events} events, {messages} messages."
        ));
    }
    if verdict.difference.is_some() {
        FOUND
    } else {
        OK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_by_its_path() {
        let kept = json!({ "a": [1, { "b": 2 }], "c": 1 });
        assert_eq!(first_difference("state", &kept, &kept), None);
        let folded = json!({ "a": [1, { "b": 3 }], "c": 2 });
        assert_eq!(
            first_difference("state", &kept, &folded),
            Some(("state.a[1].b".into(), json!(2), json!(3)))
        );
        let longer = json!({ "a": [1], "c": 1 });
        assert_eq!(
            first_difference("state", &kept, &longer).unwrap().0,
            "state.a"
        );
    }
}
