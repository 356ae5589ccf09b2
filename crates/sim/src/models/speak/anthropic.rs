//! Messages, as they are documented.
//!
//! In: what was asked and said. Out: the message, or its events. A structured answer is a call of the tool that
//! the request forces.

use super::{usage, words};
use crate::models::asked::{Asked, answer_tool};
use crate::models::script::{Answer, End};
use serde_json::{Value, json};

fn reason(end: End, calls: bool) -> &'static str {
    match end {
        End::Stop if calls => "tool_use",
        End::Stop => "end_turn",
        End::Tools => "tool_use",
        End::Length => "max_tokens",
        End::Filter => "refusal",
    }
}

/// The blocks of the answer.
fn blocks(asked: &Asked, answer: &Answer) -> Vec<Value> {
    let mut blocks = Vec::new();
    let mut used = |name: &str, input: &Value| {
        let id = format!("toolu_{}", blocks.len());
        blocks.push(json!({"type": "tool_use", "id": id, "name": name, "input": input}));
    };
    match (
        answer_tool(asked),
        serde_json::from_str::<Value>(&answer.text),
    ) {
        (Some(name), Ok(input)) if answer.calls.is_empty() => used(name, &input),
        _ => {
            for call in &answer.calls {
                used(&call.name, &call.arguments);
            }
            if !answer.text.is_empty() {
                blocks.insert(0, json!({"type": "text", "text": answer.text}));
            }
        }
    }
    blocks
}

fn is_use(block: &Value) -> bool {
    block.get("type").and_then(Value::as_str) == Some("tool_use")
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    let (given, said) = usage(asked, answer);
    let blocks = blocks(asked, answer);
    let reason = reason(answer.end, blocks.iter().any(is_use));
    json!({"id": "msg_sim", "type": "message", "role": "assistant", "model": answer.model,
        "content": blocks, "stop_reason": reason, "stop_sequence": null,
        "usage": {"input_tokens": given, "output_tokens": said}})
}

pub(super) fn pieces(asked: &Asked, answer: &Answer) -> Vec<Value> {
    let (given, said) = usage(asked, answer);
    let blocks = blocks(asked, answer);
    let mut events = vec![
        json!({"type": "message_start", "message": {"id": "msg_sim", "type": "message", "role": "assistant",
            "model": answer.model, "content": [], "stop_reason": null,
            "usage": {"input_tokens": given, "output_tokens": 1}}}),
        json!({"type": "ping"}),
    ];
    for (n, block) in blocks.iter().enumerate() {
        let mut empty = block.clone();
        let text = |key: &str| {
            block
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let deltas: Vec<Value> = if is_use(block) {
            empty["input"] = json!({});
            let input = block.get("input").unwrap_or(&Value::Null).to_string();
            vec![json!({"type": "input_json_delta", "partial_json": input})]
        } else {
            empty["text"] = json!("");
            words(&text("text"))
                .into_iter()
                .map(|word| json!({"type": "text_delta", "text": word}))
                .collect()
        };
        events.push(json!({"type": "content_block_start", "index": n, "content_block": empty}));
        for delta in deltas {
            events.push(json!({"type": "content_block_delta", "index": n, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": n}));
    }
    let reason = reason(answer.end, blocks.iter().any(is_use));
    events.push(
        json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
        "usage": {"output_tokens": said}}),
    );
    events.push(json!({"type": "message_stop"}));
    events
}
