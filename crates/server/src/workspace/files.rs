//! Keeps the shapes of a workspace's files: what may stand in `workspace.yaml`, `channels/*.yaml`,
//! `assistants/*.yaml` and `teams/*.yaml`, and what is meant where a key is missing.
//!
//! In: YAML. Out: these types, with the place of every value that names something else. Absent on
//! purpose: secrets (a file names the variable that holds one), ids (derived from file names), and
//! defaults of our own (all come from the core). Next: `convert.rs` makes core settings of them.

use super::brain::BrainFile;
use super::length::Length;
use super::week::Week;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;

/// `workspace.yaml`: the business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkspaceFile {
    /// The business as people call it.
    pub name: String,
}

/// `teams/NAME.yaml`: people that a conversation can wait for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamFile {
    pub name: String,
}

/// `channels/NAME.yaml`: one number.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelFile {
    pub name: String,
    /// The provider's phone number id (digits, in quotes).
    #[schemars(with = "String")]
    pub number: Spanned<String>,
    /// The WhatsApp Business account id (digits, in quotes).
    #[schemars(with = "String")]
    pub account: Spanned<String>,
    /// The number as people write it: `+55 11 4000-0001`.
    pub display: String,
    /// The assistant that answers here: the name of a file in `assistants/` without `.yaml`.
    #[schemars(with = "String")]
    pub assistant: Spanned<String>,
    /// The name of the variable with this number's access token. The token itself never stands here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub access_token_env: Option<Spanned<String>>,
    /// The phone app is used beside the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coexistence: Option<bool>,
    /// Messages per second that the number may carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u32>")]
    pub per_second: Option<Spanned<u32>>,
    /// Messages to one customer that may go at once, ahead of one in six seconds; 0: no such rule,
    /// which is only right against a test server that has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pair_burst: Option<u32>,
    /// How long a message from the phone app silences the assistant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Length>,
    /// A pause ends only after this long without a message of anyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<Length>,
    /// What happens when nobody comes after a hand-off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ghost: Option<GhostFile>,
    /// `#bot` and the like are obeyed when typed in the phone app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<bool>,
    /// Chat replies that nobody could prove may be sent again by machine after ten minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resend_unproven: Option<bool>,
    /// The provider's message history may be used as proof that nothing was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_history: Option<bool>,
    /// Taken off each end of the 24-hour window, for clocks and travel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_margin: Option<Length>,
    /// Said once when the customer sends a kind that can't be read; empty: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsupported_text: Option<String>,
    /// Time zone of the opening hours: `America/Sao_Paulo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub zone: Option<Spanned<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GhostFile {
    /// How long a handed-off customer waits before being told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Length>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Sent instead of the text when the window is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateFile>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateFile {
    pub name: String,
    pub language: String,
    /// Parameters in the provider's shape.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<serde_json::Value>,
    /// What the customer will read, for the inbox.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub preview: String,
}

/// `assistants/NAME.yaml`: who answers, and how.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssistantFile {
    pub name: String,
    /// Off: every message goes to the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// A burst of messages within this long is answered once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debounce: Option<Length>,
    /// Slow work must answer within this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_within: Option<Length>,
    /// The watchdog looks this long after a message that nothing has answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Length>,
    /// Without hours it is always open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Week>,
    /// Closed days, `2026-12-25`; only together with `hours`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub holidays: Vec<Spanned<String>>,
    /// Said once per closed period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_text: Option<String>,
    /// Keyword rules: the first that matches answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<RuleFile>")]
    pub rules: Vec<Spanned<RuleFile>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<MenuFile>")]
    pub menus: Vec<Spanned<MenuFile>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<FaqFile>")]
    pub faq: Vec<Spanned<FaqFile>>,
    /// Giving the conversation to people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_off: Option<HandOffFile>,
    /// Put before the answer when messages reached us long after they were written; empty: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_text: Option<String>,
    /// Said, with the hand-off, when nothing answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dont_know_text: Option<String>,
    /// Said before the first answer in other people's words, so that nobody takes it for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disclosure: Option<String>,
    /// Answers wait for a person's yes before they leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<bool>,
    /// For so long; then people take the conversation over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approve_within: Option<Length>,
    /// What the customer hears while an answer takes long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<ProgressFile>,
    /// How it finds answers that no rule gives: knowledge, intents, models, tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<BrainFile>")]
    pub brain: Option<Spanned<BrainFile>>,
    /// Exchanges without a human sign before it stops and hands off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_loops: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgressFile {
    /// Empty: nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Length>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOffFile {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The name of a file in `teams/` without `.yaml`; absent: anyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub team: Option<Spanned<String>>,
    /// Further wordings of "I want a person", beside the built-in list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleFile {
    pub name: String,
    pub when: WhenFile,
    pub then: Vec<ActFile>,
    /// Answer at once, without waiting for the customer to finish typing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub immediate: bool,
    /// Applies outside opening hours too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
}

/// Any of these is enough. Case, accents and double spaces don't matter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WhenFile {
    /// The whole text is one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub equals: Vec<String>,
    /// One of these stands in the text as whole words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contains: Vec<String>,
    /// The text begins with one of these; the rest, as typed, is `{rest}`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<String>,
    /// A button or list choice with one of these ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub payload: Vec<String>,
    /// The first message of a conversation, or of one that was closed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
}

/// One thing to do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActFile {
    /// A text; `{rest}`, `{name}` and `{greeting}` are filled in.
    Say(String),
    /// Open a menu of this assistant, by name.
    #[schemars(with = "String")]
    Menu(#[schemars(with = "String")] Spanned<String>),
    /// Give the conversation to the assistant's team, or to anyone.
    HandOff,
    /// Give the conversation to a named team.
    HandOffTo(#[schemars(with = "String")] Spanned<String>),
    /// Close the conversation.
    Resolve,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuFile {
    pub name: String,
    pub text: String,
    /// What opens the list, where there are more options than buttons.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub button: String,
    pub options: Vec<OptionFile>,
    /// Wrong answers before it hands off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub retry_text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionFile {
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub then: Vec<ActFile>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqFile {
    /// Shown as the source of the answer. Absent: derived from the first question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub questions: Vec<String>,
    pub answer: String,
}

/// `knowledge/faq.yaml`: curated questions and answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnowledgeFaqFile {
    pub entries: Vec<FaqEntryFile>,
}

/// One curated answer. It is known again by its first question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaqEntryFile {
    /// Wordings of the question, 1 to 50.
    pub questions: Vec<String>,
    pub answer: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// On unless it is said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// `intents/NAME.yaml`: what customers can want, with examples. `intents/none.yaml` has examples of
/// nothing that is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct IntentFile {
    /// Left out: the file's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A sentence; learned from like an example.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Off: neither trained on nor told. On unless it is said otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The assistants it is for; none: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assistants: Vec<String>,
    /// What is trained on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// What is only tested on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<String>,
    /// What people corrected: trained and tested on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<String>,
}
