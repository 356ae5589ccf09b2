//! `generateContent`, as it is documented.
//!
//! In: what was asked and said. Out: the response, or its parts, each a response of its own.

use super::{usage, words};
use crate::models::asked::Asked;
use crate::models::script::{Answer, End};
use serde_json::{Value, json};

fn reason(end: End) -> &'static str {
    match end {
        End::Stop | End::Tools => "STOP",
        End::Length => "MAX_TOKENS",
        End::Filter => "SAFETY",
    }
}

fn response(asked: &Asked, answer: &Answer, parts: &[Value], last: bool) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": parts}, "index": 0});
    let mut response = json!({"modelVersion": answer.model, "responseId": "sim"});
    if last {
        let (given, said) = usage(asked, answer);
        candidate["finishReason"] = json!(reason(answer.end));
        response["usageMetadata"] = json!({"promptTokenCount": given, "candidatesTokenCount": said,
            "totalTokenCount": given + said});
    }
    response["candidates"] = json!([candidate]);
    response
}

fn calls(answer: &Answer) -> Vec<Value> {
    let part = |call: &crate::models::script::ToolUse| json!({"functionCall": {"name": call.name, "args": call.arguments}, "thoughtSignature": "c2lt"});
    answer.calls.iter().map(part).collect()
}

pub(super) fn whole(asked: &Asked, answer: &Answer) -> Value {
    let mut parts = calls(answer);
    if !answer.text.is_empty() {
        parts.insert(0, json!({"text": answer.text}));
    }
    response(asked, answer, &parts, true)
}

pub(super) fn pieces(asked: &Asked, answer: &Answer) -> Vec<Value> {
    let mut parts: Vec<Value> = words(&answer.text)
        .into_iter()
        .map(|word| json!({ "text": word }))
        .collect();
    parts.extend(calls(answer));
    if parts.is_empty() {
        parts.push(json!({"text": ""}));
    }
    let last = parts.len() - 1;
    parts
        .into_iter()
        .enumerate()
        .map(|(n, part)| response(asked, answer, &[part], n == last))
        .collect()
}
