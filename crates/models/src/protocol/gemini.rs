//! Google's `generateContent`.
//!
//! In: a request; events of its answer. Out: path and body; a draft that grows. Calls carry a signature
//! that newer models want to see again, which is kept as `opaque`. Absent: files, live sessions, search.

use crate::decode::{Draft, count};
use crate::dialect::{Target, in_path};
use crate::reply::Finish;
use crate::request::{Format, Image, Message, Request};
use crate::shape;
use crate::trouble::{self, Kind, Trouble};
use serde_json::{Map, Value, json};

pub(crate) fn encode(target: &Target, request: &Request) -> (String, Value) {
    let mut body = Map::new();
    body.insert("contents".into(), Value::Array(contents(request)));
    let system = shape::instructions(request, target.quirks.no_schema);
    if !system.is_empty() {
        let parts = json!({"parts": [{"text": system}]});
        body.insert("systemInstruction".into(), parts);
    }
    if !request.tools.is_empty() {
        let tools: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| {
                json!({"name": tool.name, "description": tool.description, "parametersJsonSchema": tool.parameters})
            })
            .collect();
        let tools = json!([{ "functionDeclarations": tools }]);
        body.insert("tools".into(), tools);
    }
    let mut config = Map::new();
    config.insert("maxOutputTokens".into(), json!(request.max_tokens));
    if let Some(temperature) = request
        .temperature
        .filter(|_| !target.quirks.no_temperature)
    {
        config.insert("temperature".into(), json!(temperature));
    }
    if !request.stop.is_empty() {
        config.insert("stopSequences".into(), json!(request.stop));
    }
    if let Format::Json { schema, .. } = &request.format {
        config.insert("responseMimeType".into(), json!("application/json"));
        if !target.quirks.no_schema {
            config.insert("responseJsonSchema".into(), schema.clone());
        }
    }
    body.insert("generationConfig".into(), Value::Object(config));
    let model = in_path(&target.model);
    let what = if request.stream {
        "streamGenerateContent?alt=sse"
    } else {
        "generateContent"
    };
    (
        format!("/v1beta/models/{model}:{what}"),
        Value::Object(body),
    )
}

fn contents(request: &Request) -> Vec<Value> {
    let mut contents: Vec<(&str, Vec<Value>)> = Vec::new();
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
                    let mut part =
                        json!({"functionCall": {"name": call.name, "args": call.arguments}});
                    if let (Some(signature), Some(part)) = (&call.opaque, part.as_object_mut()) {
                        part.insert("thoughtSignature".into(), json!(signature));
                    }
                    part
                }));
                ("model", parts)
            }
            Message::Tool {
                name,
                content,
                failed,
                ..
            } => {
                let key = if *failed { "error" } else { "result" };
                // Theirs is an object; results that are JSON go in as such.
                let value: Value = serde_json::from_str(content).unwrap_or_else(|_| json!(content));
                let mut response = Map::new();
                response.insert(key.to_owned(), value);
                let part = json!({"functionResponse": {"name": name, "response": response}});
                ("user", vec![part])
            }
        };
        match contents.last_mut() {
            Some((last, held)) if *last == role => held.extend(parts),
            _ => contents.push((role, parts)),
        }
    }
    contents
        .into_iter()
        .filter(|(_, parts)| !parts.is_empty())
        .map(|(role, parts)| json!({"role": role, "parts": parts}))
        .collect()
}

fn said(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!({"text": text}))
}

fn image(image: &Image) -> Value {
    match image {
        Image::Url { url } => json!({"fileData": {"fileUri": url}}),
        Image::Data { mime, base64 } => json!({"inlineData": {"mimeType": mime, "data": base64}}),
    }
}

/// One event of a stream, which is a whole answer with a part of the text. Nothing marks the last but
/// that it says why it ended, and that the body ends.
pub(crate) fn event(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    if said.get("error").is_some() {
        return Err(trouble::of_error(said, None));
    }
    if !said.is_object() {
        return Err(Trouble::coded(Kind::Garbage, "not an object"));
    }
    draft.model(said, "modelVersion");
    if let Some(usage) = said.get("usageMetadata").filter(|usage| usage.is_object()) {
        draft.usage.tokens_in = count(usage, "promptTokenCount");
        // Thinking costs as much as speaking.
        draft.usage.tokens_out =
            count(usage, "candidatesTokenCount") + count(usage, "thoughtsTokenCount");
        draft.usage.cached = count(usage, "cachedContentTokenCount");
        draft.usage.counted = true;
    }
    if said.pointer("/promptFeedback/blockReason").is_some() {
        draft.finish = Some(Finish::Filter);
        draft.ended = true;
        return Ok(());
    }
    let Some(candidate) = said.pointer("/candidates/0") else {
        return Ok(());
    };
    let parts = candidate
        .pointer("/content/parts")
        .and_then(Value::as_array);
    for part in parts.into_iter().flatten() {
        spoken(part, draft)?;
    }
    if let Some(word) = candidate.get("finishReason").and_then(Value::as_str) {
        draft.finish = Some(match word {
            "STOP" => Finish::Stop,
            "MAX_TOKENS" => Finish::Length,
            "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" => {
                return Err(Trouble::coded(Kind::WrongTool, word));
            }
            // The others are reasons of their rules: safety, recitation, forbidden words.
            _ => Finish::Filter,
        });
        draft.ended = true;
    }
    Ok(())
}

fn spoken(part: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    // A thought is not for customers.
    if part.get("thought").and_then(Value::as_bool) == Some(true) {
        return Ok(());
    }
    if let Some(text) = part.get("text").and_then(Value::as_str) {
        draft.text(text)?;
    }
    if let Some(call) = part.get("functionCall") {
        let text = |key: &str| call.get(key).and_then(Value::as_str);
        let arguments = call.get("args").unwrap_or(&Value::Null);
        draft.whole_call(text("id"), text("name").unwrap_or_default(), arguments)?;
        if let Some(signature) = part.get("thoughtSignature").and_then(Value::as_str) {
            draft.opaque(signature);
        }
    }
    Ok(())
}

/// An answer in one piece.
pub(crate) fn whole(said: &Value, draft: &mut Draft) -> Result<(), Trouble> {
    if said.get("candidates").is_none()
        && said.get("promptFeedback").is_none()
        && said.get("error").is_none()
    {
        return Err(Trouble::coded(Kind::Garbage, "no candidates"));
    }
    event(said, draft)
}
