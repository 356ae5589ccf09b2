//! OpenAI's chat completions, and everything that says it is compatible: Azure, vLLM, llama.cpp, Groq, LiteLLM.
//!
//! In: a request; events of its answer. Out: path and body; a draft that grows. Absent: the newer
//! `responses` interface, which compatible servers don't have.

use crate::decode::{Draft, count};
use crate::dialect::{Target, in_path};
use crate::reply::{Finish, ToolCall};
use crate::request::{Format, Image, Message, Request};
use crate::shape;
use crate::trouble::{self, Kind, Trouble};
use serde_json::{Map, Value, json};

/// What ends a stream.
const DONE: &str = "[DONE]";

pub(crate) fn encode(target: &Target, request: &Request) -> (String, Value) {
    let quirks = &target.quirks;
    let mut body = Map::new();
    body.insert("model".into(), json!(target.model));
    body.insert("messages".into(), Value::Array(messages(target, request)));
    let most = if quirks.old_max_tokens {
        "max_tokens"
    } else {
        "max_completion_tokens"
    };
    body.insert(most.into(), json!(request.max_tokens));
    if let Some(temperature) = request.temperature.filter(|_| !quirks.no_temperature) {
        body.insert("temperature".into(), json!(temperature));
    }
    if !request.stop.is_empty() {
        body.insert("stop".into(), json!(request.stop));
    }
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
    if let Format::Json { name, schema } = &request.format {
        let format = if quirks.no_schema {
            json!({"type": "json_object"})
        } else {
            json!({"type": "json_schema", "json_schema": {
                "name": name, "schema": schema, "strict": shape::is_strict(schema)}})
        };
        body.insert("response_format".into(), format);
    }
    if request.stream {
        body.insert("stream".into(), json!(true));
        if !quirks.no_stream_usage {
            body.insert("stream_options".into(), json!({"include_usage": true}));
        }
    }
    (path(target, "chat/completions"), Value::Object(body))
}

/// Below the base, or where Azure has it.
pub(crate) fn path(target: &Target, what: &str) -> String {
    match &target.quirks.azure_version {
        None => format!("/{what}"),
        Some(version) => {
            let (model, version) = (in_path(&target.model), in_path(version));
            format!("/openai/deployments/{model}/{what}?api-version={version}")
        }
    }
}

fn messages(target: &Target, request: &Request) -> Vec<Value> {
    let mut messages = Vec::new();
    let system = shape::instructions(request, target.quirks.no_schema);
    if !system.is_empty() {
        messages.push(json!({"role": "system", "content": system}));
    }
    for message in &request.messages {
        messages.push(match message {
            Message::User { text, images } if images.is_empty() => {
                json!({"role": "user", "content": text})
            }
            Message::User { text, images } => {
                let mut parts = vec![json!({"type": "text", "text": text})];
                parts.extend(images.iter().map(image));
                json!({"role": "user", "content": parts})
            }
            Message::Assistant { text, calls } if calls.is_empty() => {
                json!({"role": "assistant", "content": text})
            }
            Message::Assistant { text, calls } => {
                let content = (!text.is_empty()).then_some(text);
                let calls: Vec<Value> = calls.iter().map(call).collect();
                json!({"role": "assistant", "content": content, "tool_calls": calls})
            }
            Message::Tool { id, content, .. } => {
                json!({"role": "tool", "tool_call_id": id, "content": content})
            }
        });
    }
    messages
}

fn image(image: &Image) -> Value {
    let url = match image {
        Image::Url { url } => url.clone(),
        Image::Data { mime, base64 } => format!("data:{mime};base64,{base64}"),
    };
    json!({"type": "image_url", "image_url": {"url": url}})
}

fn call(call: &ToolCall) -> Value {
    json!({"id": call.id, "type": "function", "function": {
        "name": call.name, "arguments": call.arguments.to_string()}})
}

/// One event of a stream.
pub(crate) fn event(event: &str, draft: &mut Draft) -> Result<(), Trouble> {
    if event.trim() == DONE {
        draft.ended = true;
        return Ok(());
    }
    let said: Value =
        serde_json::from_str(event).map_err(|_| Trouble::coded(Kind::Garbage, "event not json"))?;
    common(&said, draft)?;
    // The last event, with the usage, has no choice.
    let Some(choice) = said.pointer("/choices/0") else {
        return Ok(());
    };
    if let Some(delta) = choice.get("delta") {
        spoken(delta, Said::Piece, draft)?;
    }
    finish(choice, draft);
    Ok(())
}

/// An answer in one piece.
pub(crate) fn whole(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    common(said, draft)?;
    let choice = said
        .pointer("/choices/0")
        .ok_or_else(|| Trouble::coded(Kind::Garbage, "no choices"))?;
    let message = choice
        .get("message")
        .ok_or_else(|| Trouble::coded(Kind::Garbage, "no message"))?;
    spoken(message, Said::Whole, draft)?;
    finish(choice, draft);
    // Some compatible servers leave it out of whole answers.
    draft.finish.get_or_insert(Finish::Stop);
    draft.ended = true;
    Ok(())
}

fn common(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    if said.get("error").is_some_and(|error| !error.is_null()) {
        return Err(trouble::of_error(said, None));
    }
    if !said.is_object() {
        return Err(Trouble::coded(Kind::Garbage, "not an object"));
    }
    draft.model(said, "model");
    if let Some(usage) = said.get("usage").filter(|usage| usage.is_object()) {
        draft.usage.tokens_in = count(usage, "prompt_tokens");
        draft.usage.tokens_out = count(usage, "completion_tokens");
        let cached = usage.pointer("/prompt_tokens_details/cached_tokens");
        draft.usage.cached = cached.and_then(Value::as_u64).unwrap_or(0);
        draft.usage.counted = true;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Said {
    Whole,
    Piece,
}

/// Text and calls, of a message or of a piece of one.
fn spoken(message: &Value, how: Said, draft: &mut Draft) -> Result<(), Trouble> {
    if let Some(text) = message.get("content").and_then(Value::as_str) {
        draft.text(text)?;
    }
    if message.get("refusal").is_some_and(Value::is_string) {
        draft.finish = Some(Finish::Filter);
    }
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for (at, call) in calls.into_iter().flatten().enumerate() {
        let text = |path: &str| call.pointer(path).and_then(Value::as_str);
        // Some compatible servers leave the index out of pieces; whole messages never have one.
        let index = call.get("index").and_then(Value::as_u64);
        let index = index.unwrap_or_else(|| match how {
            Said::Whole => u64::try_from(at).unwrap_or(u64::MAX),
            Said::Piece => draft.index_of(text("/id")),
        });
        let arguments = match call.pointer("/function/arguments") {
            Some(Value::String(text)) => text.clone(),
            // Some compatible servers send the object itself.
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => String::new(),
        };
        draft.call(index, text("/id"), text("/function/name"), &arguments)?;
    }
    Ok(())
}

fn finish(choice: &Value, draft: &mut Draft) {
    let Some(word) = choice.get("finish_reason").and_then(Value::as_str) else {
        return;
    };
    // A refusal says `stop` as well.
    if draft.finish != Some(Finish::Filter) {
        draft.finish = Some(match word {
            "length" => Finish::Length,
            "content_filter" => Finish::Filter,
            "tool_calls" | "function_call" => Finish::Tools,
            _ => Finish::Stop,
        });
    }
}
