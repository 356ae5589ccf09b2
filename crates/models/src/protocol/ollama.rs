//! Ollama's own `/api/chat`.
//!
//! In: a request; events of its answer. Out: path and body; a draft that grows. Absent: pulling models, and
//! pictures by address, which it can't fetch.

use crate::decode::{Draft, count};
use crate::dialect::Target;
use crate::reply::Finish;
use crate::request::{Format, Image, Message, Request};
use crate::shape;
use crate::trouble::{self, Kind, Trouble};
use serde_json::{Map, Value, json};

pub(crate) fn encode(target: &Target, request: &Request) -> (String, Value) {
    let mut options = Map::new();
    options.insert("num_predict".into(), json!(request.max_tokens));
    if let Some(temperature) = request
        .temperature
        .filter(|_| !target.quirks.no_temperature)
    {
        options.insert("temperature".into(), json!(temperature));
    }
    if !request.stop.is_empty() {
        options.insert("stop".into(), json!(request.stop));
    }
    let mut body = Map::new();
    body.insert("model".into(), json!(target.model));
    body.insert("messages".into(), Value::Array(messages(target, request)));
    // It asks for pieces unless it is told not to.
    body.insert("stream".into(), json!(request.stream));
    body.insert("options".into(), Value::Object(options));
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({"type": "function", "function": {
                    "name": tool.name, "description": tool.description, "parameters": tool.parameters}})
            })
            .collect();
        body.insert("tools".into(), Value::Array(tools));
    }
    if let Format::Json { schema, .. } = &request.format {
        let format = if target.quirks.no_schema {
            json!("json")
        } else {
            schema.clone()
        };
        body.insert("format".into(), format);
    }
    ("/api/chat".to_owned(), Value::Object(body))
}

fn messages(target: &Target, request: &Request) -> Vec<Value> {
    let mut messages = Vec::new();
    let system = shape::instructions(request, target.quirks.no_schema);
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    for message in &request.messages {
        messages.push(match message {
            Message::User { text, images } => {
                let mut message = json!({"role": "user", "content": text});
                let data: Vec<&str> = images.iter().filter_map(bytes).collect();
                if let (false, Some(message)) = (data.is_empty(), message.as_object_mut()) {
                    message.insert("images".into(), json!(data));
                }
                message
            }
            Message::Assistant { text, calls } => {
                let mut message = json!({"role": "assistant", "content": text});
                let calls: Vec<Value> = calls
                    .iter()
                    .map(|call| json!({"function": {"name": call.name, "arguments": call.arguments}}))
                    .collect();
                if let (false, Some(message)) = (calls.is_empty(), message.as_object_mut()) {
                    message.insert("tool_calls".into(), Value::Array(calls));
                }
                message
            }
            Message::Tool { name, content, .. } => {
                json!({"role": "tool", "tool_name": name, "content": content})
            }
        });
    }
    messages
}

/// The bytes of a picture. One by address was refused before.
fn bytes(image: &Image) -> Option<&str> {
    match image {
        Image::Url { .. } => None,
        Image::Data { base64, .. } => Some(base64),
    }
}

/// One line of a stream; the last says `done`.
pub(crate) fn event(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    if said.get("error").is_some() {
        return Err(trouble::of_error(said, None));
    }
    let message = said
        .get("message")
        .ok_or_else(|| Trouble::coded(Kind::Garbage, "no message"))?;
    draft.model(said, "model");
    if let Some(text) = message.get("content").and_then(Value::as_str) {
        draft.text(text)?;
    }
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for call in calls.into_iter().flatten() {
        let text = |path: &str| call.pointer(path).and_then(Value::as_str);
        let arguments = call.pointer("/function/arguments").unwrap_or(&Value::Null);
        let name = text("/function/name").unwrap_or_default();
        draft.whole_call(text("/id"), name, arguments)?;
    }
    if said.get("done").and_then(Value::as_bool) == Some(true) {
        let reason = said.get("done_reason").and_then(Value::as_str);
        draft.finish = Some(match reason {
            Some("length") => Finish::Length,
            _ => Finish::Stop,
        });
        draft.usage.tokens_in = count(said, "prompt_eval_count");
        draft.usage.tokens_out = count(said, "eval_count");
        // A prompt that is still in memory is not counted again, and the field is missing then.
        draft.usage.counted = said.get("eval_count").is_some();
        draft.ended = true;
    }
    Ok(())
}

/// An answer in one piece: the same as a stream's only line.
pub(crate) fn whole(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    event(said, draft)
}
