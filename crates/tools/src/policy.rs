//! Whether a tool may be called now: decided from what is true, never from what a text says.
//!
//! In: the tool, what the assistant was given, where the texts in the model's context came from, what was
//! called before in this turn, and who has agreed. Out: a [`Verdict`]. Injected text is assumed to have
//! convinced the model: once text of strangers stands in the context, a tool that does something needs
//! the customer's yes to exactly these values, or a person; and what is private and what is from
//! strangers never leave together. Absent: recognising injections. Next: `docs/tools.md`.

use crate::arguments::Arguments;
use crate::builtin::Builtin;
use crate::template::{Template, scalar};
use crate::tool::{Action, Effects, Tool};
use std::collections::BTreeSet;

/// Calls of one turn. More is a loop (fault E4).
pub const STEPS_MAX: usize = 8;
/// Characters of one value in a question to the customer.
const VALUE_SHOWN: usize = 80;

/// Text of strangers in the model's context, by where it came from. The customer is none: he may ask for
/// what is his.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stranger {
    Web,
    File,
    /// The answer of a tool that is not the business's own word.
    Tool,
    /// A forwarded message, or a contact's name.
    Forwarded,
}

/// What an assistant may do with a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Call it, as the tool says.
    Use,
    /// Call it after the customer's yes, whatever the tool says.
    Confirmed,
    /// Call it after a person's yes.
    Approved,
    None,
}

/// Everything that is looked at.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    pub grant: Grant,
    /// Switched on, and (MCP) as a person has approved it.
    pub is_in_order: bool,
    pub strangers: &'a BTreeSet<Stranger>,
    /// What is private of the customer or the business stands in the context.
    pub has_private: bool,
    /// Digests of the calls of this turn, tool name and arguments.
    pub called: &'a [String],
    /// Digest of the call that the customer said yes to, in this conversation, just now.
    pub customer_agreed: Option<&'a str>,
    /// Digest of the call that a person approved.
    pub person_agreed: Option<&'a str>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    AskCustomer { pt: String, en: String },
    AskPerson { why: Reason },
    Refuse { why: Reason },
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    NotGranted,
    OutOfOrder,
    TooManySteps,
    Repeated,
    /// The assistant may do this only with a person's approval.
    NeedsApproval,
    /// Private data and text of strangers would leave together.
    Leak,
}

impl Reason {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Reason::NotGranted => "not_granted",
            Reason::OutOfOrder => "out_of_order",
            Reason::TooManySteps => "too_many_steps",
            Reason::Repeated => "repeated",
            Reason::NeedsApproval => "needs_approval",
            Reason::Leak => "leak",
        }
    }
}

/// The name under which a call is agreed to and recognised.
#[must_use]
pub fn call_digest(tool: &Tool, arguments: &Arguments) -> String {
    format!("{}:{}", tool.name, arguments.digest)
}

/// Whether this call may be made now.
#[must_use]
pub fn may(tool: &Tool, arguments: &Arguments, now: &Situation<'_>) -> Verdict {
    let refuse = |why| Verdict::Refuse { why };
    let call = call_digest(tool, arguments);
    if now.grant == Grant::None {
        return refuse(Reason::NotGranted);
    }
    if !now.is_in_order {
        return refuse(Reason::OutOfOrder);
    }
    if now.called.len() >= STEPS_MAX {
        return refuse(Reason::TooManySteps);
    }
    if now.called.contains(&call) {
        return refuse(Reason::Repeated);
    }
    let approved = now.person_agreed == Some(call.as_str());
    if approved {
        return Verdict::Allow;
    }
    if now.grant == Grant::Approved {
        return Verdict::AskPerson {
            why: Reason::NeedsApproval,
        };
    }
    let tainted = !now.strangers.is_empty();
    if tainted && now.has_private && leaves(tool) {
        return Verdict::AskPerson { why: Reason::Leak };
    }
    // Calling a person is the safe way out, and reading changes nothing.
    let harmless =
        tool.effects == Effects::Reads || tool.action == Action::Builtin(Builtin::HandOff);
    let ask = tool.confirm || now.grant == Grant::Confirmed || (tainted && !harmless);
    if !ask || now.customer_agreed == Some(call.as_str()) {
        return Verdict::Allow;
    }
    let (pt, en) = question(tool, arguments);
    Verdict::AskCustomer { pt, en }
}

/// Whether values that a model wrote go to another system.
fn leaves(tool: &Tool) -> bool {
    let free = crate::schema::properties(&tool.parameters).any(|(name, schema)| {
        !tool.bound.contains_key(name) && schema.get("enum").is_none() && {
            let kind = schema.get("type").and_then(serde_json::Value::as_str);
            !matches!(kind, Some("boolean" | "integer" | "number"))
        }
    });
    match &tool.action {
        Action::Http(_) | Action::Mcp(_) => free,
        Action::Builtin(_) => false,
    }
}

/// The question to the customer, in both languages: the tool's own, or a plain one with every value, so
/// that the yes is to what will be done.
#[must_use]
pub fn question(tool: &Tool, arguments: &Arguments) -> (String, String) {
    let values: serde_json::Map<String, serde_json::Value> = arguments
        .values
        .iter()
        .map(|(name, value)| (name.clone(), shown(value).into()))
        .collect();
    let fill = |source: &str| {
        let filled = Template::parse(source).ok()?;
        filled
            .fill(&values, |value| scalar(value).ok_or(()))
            .ok()
            .flatten()
    };
    let own = tool.confirm_text.as_ref();
    let told = values
        .iter()
        .filter(|(name, _)| !tool.bound.contains_key(*name))
        .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or("")))
        .collect::<Vec<_>>()
        .join("; ");
    let told = if told.is_empty() {
        String::new()
    } else {
        format!(" ({told})")
    };
    let name = tool.shown();
    let pt = own.and_then(|words| fill(words.pt()));
    let en = own.and_then(|words| fill(words.en()));
    (
        pt.unwrap_or_else(|| format!("Posso continuar com “{name}”{told}? Responda sim ou não.")),
        en.unwrap_or_else(|| format!("May I go on with “{name}”{told}? Answer yes or no.")),
    )
}

/// A value in one short line, so that no text in it can pose as ours.
fn shown(value: &serde_json::Value) -> String {
    let text = scalar(value).unwrap_or_else(|| value.to_string());
    let mut line: String = text
        .chars()
        .map(|c| {
            if c.is_whitespace() || c.is_control() {
                ' '
            } else {
                c
            }
        })
        .take(VALUE_SHOWN + 1)
        .collect();
    if line.chars().count() > VALUE_SHOWN {
        line.pop();
        line.push('…');
    }
    line
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
