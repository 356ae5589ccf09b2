//! What the server says: rules, the first that fits, and else what it makes of the request itself.
//!
//! In: what was [`Asked`]. Out: an [`Answer`]. Without rules it calls a tool whose name the customer's text
//! holds, fills a schema with the plainest value, tells a tool's result, and repeats what was said: enough for
//! a self-test. Absent: memory between calls, beyond how often a rule may still be used.

use super::asked::Asked;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Rules, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub when: When,
    pub say: Say,
    /// How often it may be used; absent: always.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What a rule looks at. Letters count whatever their case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    Any,
    /// The last message is the customer's and holds this.
    User(String),
    /// The last message is a tool's result and holds this.
    Tool(String),
    /// The model that is asked.
    Model(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Say {
    Text(String),
    Calls(Vec<ToolUse>),
    Json(Value),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolUse {
    pub name: String,
    pub arguments: Value,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub text: String,
    pub calls: Vec<ToolUse>,
    pub end: End,
    pub model: String,
}

/// Why it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Stop,
    Tools,
    Length,
    Filter,
}

impl Script {
    /// A script of rules that may be used for ever.
    #[must_use]
    pub fn of(rules: Vec<(When, Say)>) -> Script {
        let rules = rules.into_iter().map(|(when, say)| Rule {
            when,
            say,
            times: None,
        });
        Script {
            rules: rules.collect(),
        }
    }

    /// The answer to a request; uses up a rule that is counted.
    pub(crate) fn answer(&mut self, asked: &Asked) -> Answer {
        let usable = |rule: &&mut Rule| rule.times != Some(0) && fits(&rule.when, asked);
        let said = self.rules.iter_mut().find(usable).map(|rule| {
            rule.times = rule.times.map(|left| left.saturating_sub(1));
            rule.say.clone()
        });
        let (text, calls) = match said.unwrap_or_else(|| plain(asked)) {
            Say::Text(text) => (text, Vec::new()),
            Say::Json(value) => (value.to_string(), Vec::new()),
            Say::Calls(calls) => (String::new(), calls),
        };
        let end = if calls.is_empty() {
            End::Stop
        } else {
            End::Tools
        };
        Answer {
            text,
            calls,
            end,
            model: asked.model.clone(),
        }
    }
}

fn fits(when: &When, asked: &Asked) -> bool {
    let holds = |text: &Option<String>, part: &str| {
        text.as_ref()
            .is_some_and(|text| text.to_lowercase().contains(&part.to_lowercase()))
    };
    match when {
        When::Any => true,
        When::User(part) => asked.last_tool.is_none() && holds(&asked.last_user, part),
        When::Tool(part) => holds(&asked.last_tool, part),
        When::Model(name) => &asked.model == name,
    }
}

/// What is said where no rule fits.
fn plain(asked: &Asked) -> Say {
    let user = asked.last_user.clone().unwrap_or_default();
    if asked.last_tool.is_none() {
        let named = |tool: &&(String, Value)| user.contains(tool.0.as_str());
        if let Some((name, schema)) = asked.tools.iter().find(named) {
            return Say::Calls(vec![ToolUse {
                name: name.clone(),
                arguments: plainest(schema, 0),
            }]);
        }
    }
    if let Some(schema) = &asked.schema {
        return Say::Json(plainest(schema, 0));
    }
    match &asked.last_tool {
        Some(result) => Say::Text(format!("Resultado: {result}")),
        None => Say::Text(format!("Você disse: {user}")),
    }
}

/// The plainest value that a schema lets through.
pub(crate) fn plainest(schema: &Value, depth: usize) -> Value {
    if depth > 8 {
        return Value::Null;
    }
    if let Some(first) = schema.pointer("/enum/0").or(schema.get("const")) {
        return first.clone();
    }
    let kind = schema.get("type");
    let word = kind.and_then(|kind| kind.get(0)).or(kind);
    match word.and_then(Value::as_str) {
        Some("string") => json!("ok"),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("null") => Value::Null,
        _ => {
            let mut fields = Map::new();
            let required = schema.get("required").and_then(Value::as_array);
            for name in required.into_iter().flatten().filter_map(Value::as_str) {
                let inner = schema.get("properties").and_then(|all| all.get(name));
                let value = plainest(inner.unwrap_or(&json!({"type": "string"})), depth + 1);
                fields.insert(name.to_owned(), value);
            }
            Value::Object(fields)
        }
    }
}
