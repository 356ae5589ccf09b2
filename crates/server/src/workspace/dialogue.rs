//! Keeps the shape of `tests/*.yaml`: conversations that a workspace must be able to hold, as people write
//! them down.
//!
//! In: YAML. Out: these types, each expectation with its line. Absent on purpose: playing them
//! (`dialogue`), and ids, times and numbers of real people. How it is written, with examples:
//! `docs/tests.md`. Next: `texts.rs` (one text or several), `dialogue/play.rs`.

use super::length::Length;
use super::texts::Texts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

/// `tests/NAME.yaml`: conversations and what must come of them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestsFile {
    /// An assistant is published only when these pass.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// For every test of the file; a test's own `given` goes before it, key by key.
    #[serde(default, skip_serializing_if = "GivenFile::is_empty")]
    pub given: GivenFile,
    /// What models answer, in every test of the file; a test's own come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelFile>,
    /// What tools answer, in every test of the file; a test's own come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolFile>,
    #[schemars(with = "Vec<TestFile>")]
    pub tests: Vec<Spanned<TestFile>>,
}

/// One conversation with one customer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// What is proven; unique in its file.
    pub name: String,
    #[serde(default, skip_serializing_if = "GivenFile::is_empty")]
    pub given: GivenFile,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<ModelFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<ToolFile>,
    /// In order. Each does at most one thing, and may say what must have come of it.
    #[schemars(with = "Vec<StepFile>")]
    pub steps: Vec<Spanned<StepFile>>,
}

/// What stands before the first step.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GivenFile {
    /// Date and time on the shop's clock: `2026-11-20 10:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub at: Option<Spanned<String>>,
    /// The customer's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// The number that is written to: a file in `channels/` without `.yaml`. Absent: the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub channel: Option<Spanned<String>>,
    /// Another assistant than the number's: a file in `assistants/` without `.yaml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub assistant: Option<Spanned<String>>,
    /// What the conversation remembers already, by name.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
    /// The customer has written before, some days ago.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
    /// Open (or closed) all day, whatever the assistant's hours say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
}

impl GivenFile {
    fn is_empty(&self) -> bool {
        self.at.is_none()
            && self.customer.is_none()
            && self.channel.is_none()
            && self.assistant.is_none()
            && self.variables.is_empty()
            && self.known.is_none()
            && self.open.is_none()
    }
}

/// What a model answers. The first that fits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ModelFile {
    /// The customer's last words hold this. Absent: any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// It was just told a tool's result that holds this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when_tool: Option<String>,
    /// Only this model, as `provider/model`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The words of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
    /// Tools that it calls.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub call: Vec<CallFile>,
    /// An HTTP status instead of an answer: 429, 500, 503.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<u16>,
    /// Before the answer comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay: Option<Length>,
    /// How often it is used. Absent: always.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// A tool with its arguments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallFile {
    pub tool: String,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub with: Map<String, Value>,
}

/// What a tool answers. The first that fits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolFile {
    /// The tool's name.
    pub tool: String,
    /// Arguments that it must be called with, among others. Absent: any.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub when: Map<String, Value>,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub result: Value,
    /// An HTTP status instead of the result: 404, 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<u16>,
    /// Before the result comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Length>,
}

/// One thing that happens, and what must have come of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StepFile {
    /// The customer writes this; several texts are several messages in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<Texts>,
    /// The customer taps a button or picks from a list, by its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taps: Option<String>,
    /// The customer sends something that is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sends: Option<Kind>,
    /// With `sends`: the words below the picture, or the document's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Somebody types this in the phone app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Texts>,
    /// Somebody does this in the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentFile>,
    /// So long passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Length>,

    /// Each of these stands in a message that came. Case, accents and punctuation don't matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Texts>")]
    pub says: Option<Spanned<Texts>>,
    /// These are the messages that came, word for word and no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Texts>")]
    pub says_exactly: Option<Spanned<Texts>>,
    /// One of these stands in a message that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Texts>")]
    pub says_any: Option<Spanned<Texts>>,
    /// None of these stands in any message so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Texts>")]
    pub never_says: Option<Spanned<Texts>>,
    /// Nothing came (or, with `false`, something did).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<bool>")]
    pub silent: Option<Spanned<bool>>,
    /// These can be tapped now, by their titles.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Texts>")]
    pub buttons: Option<Spanned<Texts>>,
    /// The first message came within this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Length>")]
    pub within: Option<Spanned<Length>>,
    /// The way that decided: `rule`, `written`, `intent`, `quote`, `model`, `escalation`, `nothing`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Texts>")]
    pub by: Option<Spanned<Texts>>,
    /// The intent that was recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub intent: Option<Spanned<String>>,
    /// Sources that the answer cites.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Texts>")]
    pub source: Option<Spanned<Texts>>,
    /// A tool that was called, with these arguments among others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<CallFile>")]
    pub tool: Option<Spanned<CallFile>>,
    /// The conversation was given to people (or, with `false`, was not).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<bool>")]
    pub handed_off: Option<Spanned<bool>>,
    /// The team that it waits for: a file in `teams/` without `.yaml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub team: Option<Spanned<String>>,
    /// Stands in the reason of the hand-off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub why: Option<Spanned<String>>,
    /// Stands in a draft that waits for a person's yes; empty: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub draft: Option<Spanned<String>>,
    /// Who answers now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<OwnerFile>")]
    pub owner: Option<Spanned<OwnerFile>>,
    /// Whether the customer may be written to freely.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<WindowFile>")]
    pub window: Option<Spanned<WindowFile>>,
    /// What the conversation remembers, among others.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub variables: Map<String, Value>,
}

/// What a customer sends that is not text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Picture,
    Video,
    Voice,
    Document,
    Sticker,
    Location,
}

/// What an agent does in the inbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentFile {
    TakeOver,
    /// Gives it back to the assistant.
    Return,
    Resolve,
    /// Lets the draft go.
    Approve,
    /// Lets the draft go in these words.
    ApproveAs(String),
    Reject,
    /// Writes to the customer.
    Send(String),
    /// Writes a private note.
    Note(String),
    /// Silences the assistant.
    Pause(Length),
    /// Gives it to a team: a file in `teams/` without `.yaml`.
    Assign(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnerFile {
    Assistant,
    Person,
    Queue,
    Nobody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowFile {
    Open,
    Closed,
}
