//! Answers as bytes of the four protocols, whole and in pieces.
//!
//! In: what was asked and what is to be said. Out: a [`Body`] in parts, as a server would flush them. Absent:
//! faults of the connection (`serve.rs`).

mod anthropic;
mod gemini;
mod ollama;
mod openai;

use super::asked::{Asked, Protocol};
use super::script::Answer;
use super::vectors::vector;
use serde_json::{Value, json};

/// A body in the parts in which it leaves.
pub(crate) struct Body {
    pub content_type: &'static str,
    pub parts: Vec<String>,
}

impl Body {
    fn json(value: &Value) -> Body {
        Body {
            content_type: "application/json",
            parts: vec![value.to_string()],
        }
    }
}

/// An answer in the protocol of its request.
pub(crate) fn answer(asked: &Asked, answer: &Answer) -> Body {
    match (asked.protocol, asked.stream) {
        (Protocol::Openai, false) => Body::json(&openai::whole(asked, answer)),
        (Protocol::Openai, true) => sse(openai::pieces(asked, answer), Some("[DONE]"), false),
        (Protocol::Anthropic, false) => Body::json(&anthropic::whole(asked, answer)),
        (Protocol::Anthropic, true) => sse(anthropic::pieces(asked, answer), None, true),
        (Protocol::Gemini, false) => Body::json(&gemini::whole(asked, answer)),
        (Protocol::Gemini, true) => sse(gemini::pieces(asked, answer), None, false),
        (Protocol::Ollama, false) => Body::json(&ollama::whole(asked, answer)),
        (Protocol::Ollama, true) => Body {
            content_type: "application/x-ndjson",
            parts: ollama::pieces(asked, answer)
                .iter()
                .map(|line| format!("{line}\n"))
                .collect(),
        },
    }
}

fn sse(events: Vec<Value>, last: Option<&str>, named: bool) -> Body {
    let mut parts: Vec<String> = events
        .iter()
        .map(|event| {
            let name = event.get("type").and_then(Value::as_str).filter(|_| named);
            let name = name.map_or(String::new(), |name| format!("event: {name}\n"));
            format!("{name}data: {event}\n\n")
        })
        .collect();
    parts.extend(last.map(|last| format!("data: {last}\n\n")));
    Body {
        content_type: "text/event-stream",
        parts,
    }
}

/// Vectors in the protocol of their request.
pub(crate) fn vectors(asked: &Asked) -> Body {
    let vectors: Vec<Vec<f64>> = asked.texts.iter().map(|text| vector(text)).collect();
    let tokens: usize = asked.texts.iter().map(|text| tokens(text)).sum();
    let value = match asked.protocol {
        Protocol::Openai | Protocol::Anthropic => {
            let data: Vec<Value> = vectors
                .iter()
                .enumerate()
                .map(|(n, vector)| json!({"object": "embedding", "index": n, "embedding": vector}))
                .collect();
            json!({"object": "list", "model": asked.model, "data": data,
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens}})
        }
        Protocol::Gemini => {
            let data: Vec<Value> = vectors.iter().map(|v| json!({ "values": v })).collect();
            json!({ "embeddings": data })
        }
        Protocol::Ollama => {
            json!({"model": asked.model, "embeddings": vectors, "prompt_eval_count": tokens})
        }
    };
    Body::json(&value)
}

/// An error in the words of its protocol.
pub(crate) fn error(protocol: Protocol, status: u16) -> Value {
    let message = "scripted trouble";
    match protocol {
        Protocol::Openai => {
            let code = match status {
                401 => "invalid_api_key",
                402 => "insufficient_quota",
                404 => "model_not_found",
                429 => "rate_limit_exceeded",
                _ => "server_error",
            };
            json!({"error": {"message": message, "type": code, "code": code}})
        }
        Protocol::Anthropic => {
            let code = match status {
                401 => "authentication_error",
                404 => "not_found_error",
                429 => "rate_limit_error",
                529 => "overloaded_error",
                400 => "invalid_request_error",
                _ => "api_error",
            };
            json!({"type": "error", "error": {"type": code, "message": message}})
        }
        Protocol::Gemini => {
            let code = match status {
                401 | 403 => "PERMISSION_DENIED",
                404 => "NOT_FOUND",
                429 => "RESOURCE_EXHAUSTED",
                400 => "INVALID_ARGUMENT",
                _ => "UNAVAILABLE",
            };
            json!({"error": {"code": status, "message": message, "status": code}})
        }
        Protocol::Ollama => json!({"error": message}),
    }
}

/// A count of tokens that grows with the text: words.
pub(crate) fn tokens(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Tokens of the request and of the answer.
pub(crate) fn usage(asked: &Asked, answer: &Answer) -> (usize, usize) {
    let calls: usize = answer
        .calls
        .iter()
        .map(|call| 1 + tokens(&call.arguments.to_string()))
        .sum();
    let given = tokens(&asked.body.to_string());
    (given.max(1), (tokens(&answer.text) + calls).max(1))
}

/// A text in pieces, as a model speaks: word by word, cut after each blank.
pub(crate) fn words(text: &str) -> Vec<&str> {
    text.split_inclusive(' ').collect()
}
