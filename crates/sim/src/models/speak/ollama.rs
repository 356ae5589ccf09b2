//! `/api/chat`, as it is documented.
//!
//! In: what was asked and said. Out: the object, or its lines, of which the last says `done`.

use super::{usage, words};
use crate::models::asked::Asked;
use crate::models::script::{Answer, End};
use serde_json::{Value, json};

fn line(answer: &Answer, content: &str, calls: &[Value]) -> Value {
    let mut message = json!({"role": "assistant", "content": content});
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    json!({"model": answer.model, "created_at": "2026-01-01T00:00:00Z", "message": message, "done": false})
}

fn done(asked: &Asked, answer: &Answer, mut line: Value) -> Value {
    let (given, said) = usage(asked, answer);
    let reason = match answer.end {
        End::Stop | End::Tools | End::Filter => "stop",
        End::Length => "length",
    };
    line["done"] = json!(true);
    line["done_reason"] = json!(reason);
    line["prompt_eval_count"] = json!(given);
    line["eval_count"] = json!(said);
    line
}

fn calls(answer: &Answer) -> Vec<Value> {
    let call = |call: &crate::models::script::ToolUse| json!({"function": {"name": call.name, "arguments": call.arguments}});
    answer.calls.iter().map(call).collect()
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    done(asked, answer, line(answer, &answer.text, &calls(answer)))
}

pub(super) fn pieces(asked: &Asked, answer: &Answer) -> Vec<Value> {
    let mut lines: Vec<Value> = words(&answer.text)
        .into_iter()
        .map(|word| line(answer, word, &[]))
        .collect();
    lines.extend(
        calls(answer)
            .into_iter()
            .map(|call| line(answer, "", &[call])),
    );
    lines.push(done(asked, answer, line(answer, "", &[])));
    lines
}
