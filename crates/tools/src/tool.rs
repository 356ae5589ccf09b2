//! What a tool is: its name and promise to the model, its parameters, what calling it does in the world,
//! and how it is called.
//!
//! In and out: the form that is stored and that stands in `tools/NAME.yaml`. Absent on purpose: secrets
//! (a tool names its credential) and anything that customer text could become part of (templates are
//! written by people, values are put in encoded). Next: [`super::check`], [`super::request`].

use crate::facts::Fact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Milliseconds that a tool may take unless it says otherwise, and at most.
pub const TIMEOUT_MS: u32 = 10_000;
pub const TIMEOUT_MAX_MS: u32 = 60_000;
/// Milliseconds after which the customer hears that it takes a moment.
pub const PROGRESS_AFTER_MS: u32 = 4_000;

/// A tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// As the model calls it: small letters, digits and `_`.
    pub name: String,
    /// As people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// For the model: when to use it, and what it gives.
    pub description: String,
    /// JSON Schema (2020-12) of an object. No member that it doesn't name is ever accepted.
    #[serde(default = "no_parameters")]
    pub parameters: Value,
    /// Parameters that the server fills from the conversation; the model never sees them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub bound: BTreeMap<String, Fact>,
    #[serde(default)]
    pub effects: Effects,
    /// The customer is asked before it is called.
    #[serde(default, skip_serializing_if = "is_false")]
    pub confirm: bool,
    /// How the customer is asked, with `{parameter}`s; a plain sentence is made where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm_text: Option<Words>,
    /// Milliseconds for the whole call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
    /// Said to the customer when it is slow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_text: Option<Words>,
    /// Said to the customer when it fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_text: Option<Words>,
    /// What is taken from the answer: new name to JSON pointer (`/data/0/status`). Empty: all of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub take: BTreeMap<String, String>,
    /// JSON Schema of the result, after `take`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Calls a minute, of all conversations together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<u32>,
    pub action: Action,
    /// Made-up values to try it with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// What a call does in the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effects {
    /// Nothing: it may be asked again.
    Reads,
    /// Something: at most once. What isn't said counts as this.
    #[default]
    Writes,
}

/// How a tool is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    Http(Http),
    /// No file describes one: they are there already.
    #[schemars(skip)]
    Builtin(crate::builtin::Builtin),
    Mcp(Mcp),
}

/// An HTTP request with `{parameter}`s.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub method: Method,
    /// Whole, as `https://api.loja.com.br/pedidos/{pedido}`: placeholders in the path only.
    pub url: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A JSON value whose strings may have placeholders; a string that is one placeholder becomes the
    /// parameter's own value, number or list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    #[serde(default, skip_serializing_if = "Encoding::is_json")]
    pub encoding: Encoding,
    /// The credential's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The header that carries the key by which the other side knows a repeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_header: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
            Method::Delete => "DELETE",
        }
    }
}

/// How a body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    #[default]
    Json,
    Form,
}

impl Encoding {
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks with a reference"
    )]
    fn is_json(&self) -> bool {
        *self == Encoding::Json
    }
}

/// A tool of an MCP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mcp {
    /// The server's name.
    pub server: String,
    /// The tool's name there.
    pub tool: String,
    /// Digest of what the server said about it when a person approved it; another one needs another
    /// approval.
    pub approved: String,
}

/// A sentence for customers. Portuguese first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Words {
    One(String),
    Two { pt: String, en: String },
}

impl Words {
    #[must_use]
    pub fn pt(&self) -> &str {
        match self {
            Words::One(text) | Words::Two { pt: text, .. } => text,
        }
    }

    #[must_use]
    pub fn en(&self) -> &str {
        match self {
            Words::One(text) | Words::Two { en: text, .. } => text,
        }
    }
}

/// Made-up values to try a tool with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sample {
    pub arguments: Value,
    /// For the bound parameters: parameter to value.
    pub bound: BTreeMap<String, String>,
    /// An answer as the other side would give it: with one, a try needs no network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Value>,
}

impl Tool {
    /// A tool with nothing but what it must have.
    #[must_use]
    pub fn new(name: &str, description: &str, parameters: Value, action: Action) -> Tool {
        Tool {
            name: name.to_owned(),
            title: None,
            description: description.to_owned(),
            parameters,
            bound: BTreeMap::new(),
            effects: Effects::Writes,
            confirm: false,
            confirm_text: None,
            timeout_ms: None,
            progress_text: None,
            failure_text: None,
            take: BTreeMap::new(),
            result: None,
            per_minute: None,
            action,
            sample: None,
        }
    }

    /// Milliseconds for the whole call.
    #[must_use]
    pub fn timeout_ms(&self) -> u32 {
        self.timeout_ms.unwrap_or(TIMEOUT_MS).min(TIMEOUT_MAX_MS)
    }

    /// As people call it.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }
}

/// No parameters at all.
#[must_use]
pub fn no_parameters() -> Value {
    serde_json::json!({"type": "object", "properties": {}})
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_reads_back_as_it_was_written_and_unknown_members_are_refused() {
        let text = serde_json::json!({
            "name": "pedido",
            "description": "Situação de um pedido",
            "parameters": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "bound": {"fone": "phone", "cpf": "attribute:cpf"},
            "effects": "reads",
            "confirm_text": "Consulto o pedido {n}?",
            "failure_text": {"pt": "Não consegui.", "en": "I couldn't."},
            "action": {"http": {"method": "GET", "url": "https://a.example/{n}"}}
        });
        let tool: Tool = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&tool).unwrap(), text);
        assert_eq!(tool.timeout_ms(), TIMEOUT_MS);
        assert_eq!(tool.failure_text.as_ref().unwrap().en(), "I couldn't.");
        assert_eq!(
            tool.confirm_text.as_ref().unwrap().en(),
            "Consulto o pedido {n}?"
        );
        let mut more = text;
        more["secret"] = "x".into();
        assert!(serde_json::from_value::<Tool>(more).is_err());
    }

    #[test]
    fn what_does_not_say_what_it_does_counts_as_doing_something() {
        let text = serde_json::json!({
            "name": "x", "description": "y",
            "action": {"http": {"method": "GET", "url": "https://a.example/"}}
        });
        let tool: Tool = serde_json::from_value(text).unwrap();
        assert_eq!(tool.effects, Effects::Writes);
    }
}
