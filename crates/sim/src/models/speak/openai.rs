//! Chat completions, as they are documented.
//!
//! In: what was asked and said. Out: the object, or its chunks with the usage last where it was wished.

use super::{usage, words};
use crate::models::asked::Asked;
use crate::models::script::{Answer, End};
use serde_json::{Value, json};

fn reason(end: End) -> &'static str {
    match end {
        End::Stop => "stop",
        End::Tools => "tool_calls",
        End::Length => "length",
        End::Filter => "content_filter",
    }
}

fn counted(asked: &Asked, answer: &Answer) -> Value {
    let (given, said) = usage(asked, answer);
    json!({"prompt_tokens": given, "completion_tokens": said, "total_tokens": given + said,
        "prompt_tokens_details": {"cached_tokens": 0}})
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    let mut message = json!({"role": "assistant", "content": answer.text, "refusal": null});
    if !answer.calls.is_empty() {
        let calls: Vec<Value> = answer
            .calls
            .iter()
            .enumerate()
            .map(|(n, call)| {
                json!({"id": format!("call_{n}"), "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments.to_string()}})
            })
            .collect();
        message["content"] = Value::Null;
        message["tool_calls"] = Value::Array(calls);
    }
    json!({"id": "chatcmpl-sim", "object": "chat.completion", "created": 0, "model": answer.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reason(answer.end)}],
        "usage": counted(asked, answer)})
}

pub(super) fn pieces(asked: &Asked, answer: &Answer) -> Vec<Value> {
    let chunk = |delta: Value, reason: Option<&str>| {
        json!({"id": "chatcmpl-sim", "object": "chat.completion.chunk", "created": 0, "model": answer.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
    };
    let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), None)];
    events.extend(
        words(&answer.text)
            .into_iter()
            .map(|word| chunk(json!({ "content": word }), None)),
    );
    for (n, call) in answer.calls.iter().enumerate() {
        let id = format!("call_{n}");
        let arguments = call.arguments.to_string();
        let middle = arguments.chars().count() / 2;
        let (first, rest): (String, String) = (
            arguments.chars().take(middle).collect(),
            arguments.chars().skip(middle).collect(),
        );
        let open = json!([{"index": n, "id": id, "type": "function", "function": {"name": call.name, "arguments": ""}}]);
        events.push(chunk(json!({ "tool_calls": open }), None));
        for part in [first, rest] {
            let more = json!([{"index": n, "function": {"arguments": part}}]);
            events.push(chunk(json!({ "tool_calls": more }), None));
        }
    }
    events.push(chunk(json!({}), Some(reason(answer.end))));
    let wished = asked.body.pointer("/stream_options/include_usage");
    if wished == Some(&Value::Bool(true)) {
        events.push(
            json!({"id": "chatcmpl-sim", "object": "chat.completion.chunk", "created": 0,
            "model": answer.model, "choices": [], "usage": counted(asked, answer)}),
        );
    }
    events
}
