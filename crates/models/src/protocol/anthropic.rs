//! Anthropic's messages.
//!
//! In: a request; events of its answer. Out: path and body; a draft that grows. Structured answers are
//! asked for as a tool that must be called, which every model of theirs understands; [`answer_as_text`]
//! makes them text again. Absent: thinking, files, citations.

use crate::decode::{Draft, count};
use crate::dialect::Target;
use crate::reply::{Finish, Reply};
use crate::request::{Format, Image, Message, Request};
use crate::trouble::{self, Kind, Trouble};
use serde_json::{Map, Value, json};

/// The version that the protocol's documentation asks for.
pub(crate) const VERSION: &str = "2023-06-01";
/// The tool that carries a structured answer. No other tool may have this name.
pub(crate) const ANSWER_TOOL: &str = "ponte_answer";

pub(crate) fn encode(target: &Target, request: &Request) -> (String, Value) {
    let mut body = Map::new();
    body.insert("model".into(), json!(target.model));
    body.insert("max_tokens".into(), json!(request.max_tokens));
    body.insert("messages".into(), Value::Array(messages(request)));
    if !request.system.is_empty() {
        body.insert("system".into(), json!(request.system));
    }
    if let Some(temperature) = request
        .temperature
        .filter(|_| !target.quirks.no_temperature)
    {
        // Theirs ends at 1.
        body.insert("temperature".into(), json!(temperature.min(1.0)));
    }
    if !request.stop.is_empty() {
        body.insert("stop_sequences".into(), json!(request.stop));
    }
    let mut tools: Vec<Value> = request
        .tools
        .iter()
        .map(|tool| {
            json!({"name": tool.name, "description": tool.description, "input_schema": tool.parameters})
        })
        .collect();
    if let Format::Json { schema, .. } = &request.format {
        tools.push(json!({
            "name": ANSWER_TOOL,
            "description": "Gives the final answer. Call it once, when you have all you need.",
            "input_schema": schema,
        }));
        let choice = if tools.len() == 1 {
            json!({"type": "tool", "name": ANSWER_TOOL})
        } else {
            json!({"type": "any"})
        };
        body.insert("tool_choice".into(), choice);
    }
    if !tools.is_empty() {
        body.insert("tools".into(), Value::Array(tools));
    }
    if request.stream {
        body.insert("stream".into(), json!(true));
    }
    ("/v1/messages".to_owned(), Value::Object(body))
}

/// Results of tools are the user's, and all results of one step stand in one message.
fn messages(request: &Request) -> Vec<Value> {
    let mut messages: Vec<(&str, Vec<Value>)> = Vec::new();
    for message in &request.messages {
        let (role, parts) = match message {
            Message::User { text, images } => {
                let mut parts: Vec<Value> = images.iter().map(image).collect();
                parts.extend(said(text));
                ("user", parts)
            }
            Message::Assistant { text, calls } => {
                let mut parts: Vec<Value> = said(text).into_iter().collect();
                parts.extend(calls.iter().map(|call| {
                    json!({"type": "tool_use", "id": call.id, "name": call.name, "input": call.arguments})
                }));
                ("assistant", parts)
            }
            Message::Tool {
                id,
                content,
                failed,
                ..
            } => {
                let result = json!({"type": "tool_result", "tool_use_id": id, "content": content, "is_error": failed});
                ("user", vec![result])
            }
        };
        match messages.last_mut() {
            Some((last, held)) if *last == role => held.extend(parts),
            _ => messages.push((role, parts)),
        }
    }
    messages
        .into_iter()
        .filter(|(_, parts)| !parts.is_empty())
        .map(|(role, parts)| json!({"role": role, "content": parts}))
        .collect()
}

/// A text block; they refuse empty ones.
fn said(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"type": "text", "text": text}))
}

fn image(image: &Image) -> Value {
    let source = match image {
        Image::Url { url } => json!({"type": "url", "url": url}),
        Image::Data { mime, base64 } => {
            json!({"type": "base64", "media_type": mime, "data": base64})
        }
    };
    json!({"type": "image", "source": source})
}

/// One event of a stream.
pub(crate) fn event(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    let kind = said.get("type").and_then(Value::as_str);
    let index = count(said, "index");
    match kind {
        Some("message_start") => {
            if let Some(message) = said.get("message") {
                draft.model(message, "model");
                usage(message, draft);
            }
        }
        Some("content_block_start") => {
            if let Some(block) = said.get("content_block") {
                started(block, index, draft)?;
            }
        }
        Some("content_block_delta") => {
            let text = |path: &str| said.pointer(path).and_then(Value::as_str);
            if let Some(more) = text("/delta/text") {
                draft.text(more)?;
            }
            if let Some(more) = text("/delta/partial_json") {
                draft.call(index, None, None, more)?;
            }
        }
        Some("message_delta") => {
            if let Some(delta) = said.get("delta") {
                stopped(delta, draft);
            }
            usage(said, draft);
        }
        Some("message_stop") => draft.ended = true,
        Some("error") => return Err(trouble::of_error(said, None)),
        // Their documentation says that new kinds may come.
        Some(_) => {}
        None => return Err(Trouble::coded(Kind::Garbage, "no type")),
    }
    Ok(())
}

fn started(block: &Value, index: u64, draft: &mut Draft) -> Result<(), Trouble> {
    let text = |key: &str| block.get(key).and_then(Value::as_str);
    match text("type") {
        Some("text") => draft.text(text("text").unwrap_or_default()),
        // Its input comes in pieces, and stands empty here.
        Some("tool_use") => draft.call(index, text("id"), text("name"), ""),
        _ => Ok(()),
    }
}

/// An answer in one piece.
pub(crate) fn whole(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    if said.get("error").is_some() {
        return Err(trouble::of_error(said, None));
    }
    let content = said
        .get("content")
        .and_then(Value::as_array)
        .ok_or_else(|| Trouble::coded(Kind::Garbage, "no content"))?;
    draft.model(said, "model");
    usage(said, draft);
    for block in content {
        let text = |key: &str| block.get(key).and_then(Value::as_str);
        match text("type") {
            Some("text") => draft.text(text("text").unwrap_or_default())?,
            Some("tool_use") => {
                let input = block.get("input").unwrap_or(&Value::Null);
                draft.whole_call(text("id"), text("name").unwrap_or_default(), input)?;
            }
            _ => {}
        }
    }
    stopped(said, draft);
    draft.ended = true;
    Ok(())
}

fn stopped(said: &Value, draft: &mut Draft) {
    let Some(word) = said.get("stop_reason").and_then(Value::as_str) else {
        return;
    };
    draft.finish = Some(match word {
        "max_tokens" | "model_context_window_exceeded" | "pause_turn" => Finish::Length,
        "tool_use" => Finish::Tools,
        "refusal" => Finish::Filter,
        _ => Finish::Stop,
    });
}

/// What goes in is counted at the start in three parts; what comes out at the end.
fn usage(said: &Value, draft: &mut Draft) {
    let Some(usage) = said.get("usage").filter(|usage| usage.is_object()) else {
        return;
    };
    let read = count(usage, "cache_read_input_tokens");
    let tokens_in =
        count(usage, "input_tokens") + read + count(usage, "cache_creation_input_tokens");
    if tokens_in > 0 {
        draft.usage.tokens_in = tokens_in;
        draft.usage.cached = read;
    }
    draft.usage.tokens_out = count(usage, "output_tokens").max(draft.usage.tokens_out);
    draft.usage.counted = true;
}

/// A structured answer comes as a call of [`ANSWER_TOOL`]; everybody else sees text.
pub(crate) fn answer_as_text(mut reply: Reply) -> Reply {
    let Some(at) = reply.calls.iter().position(|call| call.name == ANSWER_TOOL) else {
        return reply;
    };
    let answer = reply.calls.swap_remove(at);
    reply.text = match answer.arguments {
        // Not JSON: as it came, so that the check of the format sees it.
        Value::String(raw) => raw,
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_)) => other.to_string(),
    };
    // With its answer given, what else it wanted to call has no use.
    reply.calls.clear();
    if reply.finish == Finish::Tools {
        reply.finish = Finish::Stop;
    }
    reply
}
