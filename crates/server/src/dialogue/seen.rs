//! What can be seen of a test's conversation: messages that came, decisions with their ways, the state.
//!
//! In: a world. Out: [`Seen`], from the last deed on, and all messages since the beginning. Absent: whether
//! it is what was expected ([`super::expect`]).

use super::world::World;
use crate::workspace::dialogue::CallFile;
use ponte_core::effect::MessageBody;
use ponte_core::event::Answer;
use ponte_core::time::Time;
use ponte_core::{Event, State};
use ponte_sim::Accepted;
use serde_json::Value;

/// Entries of a conversation that are looked at: a test is some dozen.
const ENTRIES: u32 = 2_000;
/// Notes that are looked at.
const NOTES: u32 = 200;

/// A message that reached the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Came {
    pub text: String,
    /// `text`, `image`, `interactive`, `template`, …
    pub kind: String,
    pub at: Time,
    pub wamid: String,
}

/// Something that can be tapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub wamid: String,
    pub id: String,
    pub title: String,
    /// From a list, not a button.
    pub row: bool,
}

/// A decision of the router.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    pub how: Value,
    pub sources: Vec<String>,
    /// Why it was given to people, where it was.
    pub why: String,
}

/// What is seen after a step.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Since the last deed.
    pub came: Vec<Came>,
    pub decided: Vec<Decided>,
    /// Tools that were called.
    pub calls: Vec<CallFile>,
    /// Since the beginning.
    pub all: Vec<Came>,
    pub choices: Vec<Choice>,
    pub notes: Vec<String>,
    pub state: State,
    pub deed_at: Time,
    pub now: Time,
}

/// How much there was before a deed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mark {
    came: usize,
    folded: usize,
    at: Time,
}

/// Takes the mark for a deed that comes now.
pub async fn mark(world: &mut World) -> Mark {
    Mark {
        came: accepted(world).len(),
        folded: folded(world).await.len(),
        at: world.now(),
    }
}

/// Looks.
pub async fn look(world: &mut World, mark: Mark) -> Seen {
    let all = accepted(world);
    let decided = folded(world).await.into_iter().skip(mark.folded);
    Seen {
        came: all.iter().skip(mark.came).cloned().collect(),
        decided: decided.filter_map(decision).collect(),
        calls: Vec::new(),
        choices: choices(world),
        notes: notes(world).await,
        state: world.state().await.unwrap_or_default(),
        deed_at: mark.at,
        now: world.now(),
        all,
    }
}

fn accepted(world: &World) -> Vec<Came> {
    let came = |one: &Accepted| Came {
        text: one.text.clone(),
        kind: one.kind.clone(),
        at: Time(one.at),
        wamid: one.wamid.clone(),
    };
    world.platform.look(|cloud, _| {
        let all = cloud.ledger().accepted();
        all.filter(|one| one.kind != "reaction").map(came).collect()
    })
}

async fn folded(world: &mut World) -> Vec<Event> {
    let Some(place) = world.place().await else {
        return Vec::new();
    };
    let rows = world.app.store.folded(place.conversation, 0, ENTRIES).await;
    let rows = rows.unwrap_or_default().into_iter();
    rows.map(|row| row.envelope.event).collect()
}

async fn notes(world: &mut World) -> Vec<String> {
    let Some(place) = world.place().await else {
        return Vec::new();
    };
    let page = world.app.store.messages(place.conversation, None, NOTES);
    let items = page.await.map(|page| page.items).unwrap_or_default();
    let note = |body: MessageBody| match body {
        MessageBody::Note(text) => Some(text),
        MessageBody::In(_) | MessageBody::Out(_) => None,
    };
    items
        .into_iter()
        .filter_map(|item| note(item.row.content))
        .collect()
}

/// A decision that slow work brought; `None` for every other event.
fn decision(event: Event) -> Option<Decided> {
    let Event::CallAnswered { answer, .. } = event else {
        return None;
    };
    let (how, sources, why) = match answer {
        Answer::Say { how, sources, .. } => (how, sources, String::new()),
        Answer::HandOff { how, why, .. } | Answer::Failed { how, why } => (how, Vec::new(), why),
        Answer::Pass { how, .. } => (how, Vec::new(), String::new()),
        Answer::DontKnow { how } => (how, Vec::new(), "nothing answers".into()),
    };
    Some(Decided { how, sources, why })
}

/// What the newest message with choices lets the customer tap.
fn choices(world: &World) -> Vec<Choice> {
    let lines = world
        .platform
        .look(|cloud, _| cloud.chat(&world.number, world.customer));
    let ours = lines.iter().rev().filter(|line| line["from"] == "api");
    ours.map(of_line)
        .find(|all| !all.is_empty())
        .unwrap_or_default()
}

fn of_line(line: &Value) -> Vec<Choice> {
    let wamid = line["id"].as_str().unwrap_or_default();
    let choice = |entry: &Value, row: bool| {
        Some(Choice {
            wamid: wamid.to_owned(),
            id: entry["id"].as_str()?.to_owned(),
            title: entry["title"].as_str()?.to_owned(),
            row,
        })
    };
    let action = &line["content"]["action"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let buttons = list(&action["buttons"]);
    let buttons = buttons
        .iter()
        .filter_map(|button| choice(&button["reply"], false));
    let sections = list(&action["sections"]);
    let rows: Vec<Value> = sections
        .iter()
        .flat_map(|section| list(&section["rows"]))
        .collect();
    let rows = rows.iter().filter_map(|row| choice(row, true));
    buttons.chain(rows).collect()
}
