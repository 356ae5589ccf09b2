//! Holds a turn of several calls to its bounds: steps, tokens, and no call twice.
//!
//! In: each reply of the turn. Out: whether the turn may go on. A model that calls the same tool with the same
//! arguments again has learnt nothing from the result; one that takes more than [`STEPS_MAX`] steps is lost.
//! Absent: what the tools do, and what becomes of the turn then (a person).

use crate::bounds::{STEPS_MAX, TURN_TOKENS_MAX};
use crate::reply::{Reply, Usage};
use crate::trouble::{Kind, Trouble};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a turn has used so far.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    steps: u32,
    used: Usage,
    called: BTreeSet<String>,
}

impl Turn {
    #[must_use]
    pub fn new() -> Turn {
        Turn {
            used: Usage {
                counted: true,
                ..Usage::default()
            },
            ..Turn::default()
        }
    }

    /// Takes a reply into account. A reply without tool calls ends the turn and always passes.
    ///
    /// # Errors
    /// [`Kind::Loop`], with which bound it ran into. The tools of this reply must not be called.
    pub fn step(&mut self, reply: &Reply) -> Result<(), Trouble> {
        self.steps += 1;
        self.used = self.used.and(reply.usage);
        if reply.calls.is_empty() {
            return Ok(());
        }
        if self.steps >= STEPS_MAX {
            return Err(Trouble::coded(Kind::Loop, "steps"));
        }
        if self.used.total() > TURN_TOKENS_MAX {
            return Err(Trouble::coded(Kind::Loop, "tokens"));
        }
        for call in &reply.calls {
            if !self
                .called
                .insert(format!("{} {}", call.name, canonical(&call.arguments)))
            {
                return Err(Trouble::coded(Kind::Loop, "same call"));
            }
        }
        Ok(())
    }

    #[must_use]
    pub fn steps(&self) -> u32 {
        self.steps
    }

    #[must_use]
    pub fn used(&self) -> Usage {
        self.used
    }
}

/// The same text for the same value: fields in order, so that another order is not another call.
#[must_use]
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            let inside: Vec<String> = names
                .into_iter()
                .map(|name| {
                    format!(
                        "{}:{}",
                        Value::from(name.as_str()),
                        canonical(&fields[name])
                    )
                })
                .collect();
            format!("{{{}}}", inside.join(","))
        }
        Value::Array(items) => {
            let inside: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", inside.join(","))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{Finish, ToolCall};
    use serde_json::json;

    fn calls(arguments: &[Value], tokens: u64) -> Reply {
        Reply {
            text: String::new(),
            calls: arguments
                .iter()
                .map(|arguments| ToolCall {
                    id: "x".into(),
                    name: "stock".into(),
                    arguments: arguments.clone(),
                    opaque: None,
                })
                .collect(),
            finish: Finish::Tools,
            usage: Usage {
                tokens_in: tokens,
                counted: true,
                ..Usage::default()
            },
            model: String::new(),
        }
    }

    #[test]
    fn a_turn_ends_after_its_steps() {
        let mut turn = Turn::new();
        for n in 1..STEPS_MAX {
            turn.step(&calls(&[json!({ "n": n })], 1)).unwrap();
        }
        let last = turn.step(&calls(&[json!({"n": 99})], 1)).unwrap_err();
        assert_eq!(
            (last.kind, last.code.as_deref()),
            (Kind::Loop, Some("steps"))
        );
        assert_eq!(
            (turn.steps(), turn.used().total()),
            (STEPS_MAX, u64::from(STEPS_MAX))
        );
        let mut spoken = Turn::new();
        for n in 1..STEPS_MAX {
            spoken.step(&calls(&[json!({ "n": n })], 1)).unwrap();
        }
        assert!(spoken.step(&calls(&[], 1)).is_ok(), "words end it well");
    }

    #[test]
    fn the_same_call_again_ends_it_however_its_fields_are_ordered() {
        let mut turn = Turn::new();
        let first: Value = serde_json::from_str(r#"{"a": 1, "b": [{"c": 2, "d": 3}]}"#).unwrap();
        let again: Value = serde_json::from_str(r#"{"b": [{"d": 3, "c": 2}], "a": 1}"#).unwrap();
        turn.step(&calls(&[first], 1)).unwrap();
        turn.step(&calls(&[json!({"a": 2})], 1)).unwrap();
        let same = turn.step(&calls(&[again], 1)).unwrap_err();
        assert_eq!(same.code.as_deref(), Some("same call"));
        let twice = Turn::new().step(&calls(&[json!({}), json!({})], 1));
        assert!(twice.is_err(), "in one reply too");
    }

    #[test]
    fn a_turn_ends_at_its_tokens() {
        let mut turn = Turn::new();
        turn.step(&calls(&[json!(1)], TURN_TOKENS_MAX)).unwrap();
        let over = turn.step(&calls(&[json!(2)], 1)).unwrap_err();
        assert_eq!(over.code.as_deref(), Some("tokens"));
    }
}
