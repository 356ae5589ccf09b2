//! What a request asked, whatever its protocol: what rules look at and the ledger keeps.
//!
//! In: path and body. Out: an [`Asked`], or that it is no request of this protocol. Absent: whether the protocol's
//! every rule was kept; only what a real server would refuse at once is refused.

use serde::Serialize;
use serde_json::Value;

/// The protocols spoken here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    Openai,
    Anthropic,
    Gemini,
    Ollama,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    pub protocol: Protocol,
    /// `chat` or `embed`.
    pub what: &'static str,
    pub model: String,
    pub stream: bool,
    /// The key it came with, if any.
    pub key: Option<String>,
    /// The customer's last text.
    pub last_user: Option<String>,
    /// A tool's result, if that is the last message.
    pub last_tool: Option<String>,
    /// Tools that were offered, with their schemas.
    pub tools: Vec<(String, Value)>,
    /// The schema of a structured answer.
    pub schema: Option<Value>,
    /// Texts to embed.
    pub texts: Vec<String>,
    /// The body as it came.
    pub body: Value,
}

/// The tool that carries a structured answer where a protocol has no field for it: it is the only one that must
/// be called, or the last of those of which one must.
fn forced(body: &Value) -> Option<&Value> {
    let tools = body.get("tools")?.as_array()?;
    match body.pointer("/tool_choice/type")?.as_str()? {
        "tool" => {
            let name = body.pointer("/tool_choice/name")?;
            tools.iter().find(|tool| tool.get("name") == Some(name))
        }
        "any" => tools.last(),
        _ => None,
    }
}

impl Asked {
    /// Reads a request for an answer.
    pub(crate) fn chat(
        protocol: Protocol,
        model: Option<&str>,
        stream: Option<bool>,
        body: Value,
    ) -> Result<Asked, &'static str> {
        let named = body.get("model").and_then(Value::as_str);
        let model = model.or(named).ok_or("no model")?.to_owned();
        let list = match protocol {
            Protocol::Gemini => "contents",
            Protocol::Openai | Protocol::Anthropic | Protocol::Ollama => "messages",
        };
        let messages = body.get(list).and_then(Value::as_array);
        let messages = messages
            .filter(|all| !all.is_empty())
            .ok_or("no messages")?;
        if protocol == Protocol::Anthropic && body.get("max_tokens").is_none() {
            return Err("max_tokens: Field required");
        }
        let flag = body.get("stream").and_then(Value::as_bool);
        let stream = stream.or(flag).unwrap_or(protocol == Protocol::Ollama);
        let last = messages.last().ok_or("no messages")?;
        let users = messages
            .iter()
            .rev()
            .filter(|message| role(message) == "user");
        Ok(Asked {
            protocol,
            what: "chat",
            stream,
            key: None,
            last_user: users.map(text_of).find(|text| !text.is_empty()),
            last_tool: result_of(last),
            tools: tools_of(protocol, &body),
            schema: schema_of(protocol, &body),
            texts: Vec::new(),
            model,
            body,
        })
    }

    /// Reads a request for vectors.
    pub(crate) fn embed(
        protocol: Protocol,
        model: Option<&str>,
        body: Value,
    ) -> Result<Asked, &'static str> {
        let named = body.get("model").and_then(Value::as_str);
        let model = model.or(named).ok_or("no model")?.to_owned();
        let texts: Vec<String> = match protocol {
            Protocol::Gemini => body
                .get("requests")
                .and_then(Value::as_array)
                .ok_or("no requests")?
                .iter()
                .filter_map(|one| one.pointer("/content/parts/0/text")?.as_str())
                .map(str::to_owned)
                .collect(),
            Protocol::Openai | Protocol::Ollama | Protocol::Anthropic => match body.get("input") {
                Some(Value::String(text)) => vec![text.clone()],
                Some(Value::Array(texts)) => texts
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
                _ => return Err("no input"),
            },
        };
        Ok(Asked {
            protocol,
            what: "embed",
            model,
            stream: false,
            key: None,
            last_user: None,
            last_tool: None,
            tools: Vec::new(),
            schema: None,
            texts,
            body,
        })
    }
}

fn role(message: &Value) -> &str {
    message.get("role").and_then(Value::as_str).unwrap_or("")
}

/// The text of a message: a string, or the text among its parts.
fn text_of(message: &Value) -> String {
    let content = message.get("content").or_else(|| message.get("parts"));
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts
            .iter()
            .filter_map(|part| part.get("text")?.as_str())
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}

/// A tool's result, if the message is one.
fn result_of(message: &Value) -> Option<String> {
    if role(message) == "tool" {
        return message.get("content")?.as_str().map(str::to_owned);
    }
    let parts = message
        .get("content")
        .or_else(|| message.get("parts"))?
        .as_array()?;
    parts.iter().find_map(|part| {
        let anthropic = part.get("type").and_then(Value::as_str) == Some("tool_result");
        if anthropic {
            return part.get("content")?.as_str().map(str::to_owned);
        }
        let response = part.pointer("/functionResponse/response")?;
        Some(response.to_string())
    })
}

fn tools_of(protocol: Protocol, body: &Value) -> Vec<(String, Value)> {
    let list = match protocol {
        Protocol::Gemini => body.pointer("/tools/0/functionDeclarations"),
        Protocol::Openai | Protocol::Anthropic | Protocol::Ollama => body.get("tools"),
    };
    let answer = forced(body).and_then(|tool| tool.get("name"));
    let tools = list.and_then(Value::as_array).into_iter().flatten();
    tools
        .filter_map(|tool| {
            let tool = tool.get("function").unwrap_or(tool);
            let name = tool.get("name")?;
            let schema = ["parameters", "input_schema", "parametersJsonSchema"]
                .iter()
                .find_map(|key| tool.get(*key))?;
            (Some(name) != answer).then(|| (name.as_str().unwrap_or("").to_owned(), schema.clone()))
        })
        .collect()
}

fn schema_of(protocol: Protocol, body: &Value) -> Option<Value> {
    match protocol {
        Protocol::Openai => body.pointer("/response_format/json_schema/schema").cloned(),
        Protocol::Anthropic => forced(body)?.get("input_schema").cloned(),
        Protocol::Gemini => body
            .pointer("/generationConfig/responseJsonSchema")
            .cloned(),
        Protocol::Ollama => body
            .get("format")
            .filter(|format| format.is_object())
            .cloned(),
    }
}

/// The name of the tool that carries the structured answer, for the protocol that needs one.
pub(crate) fn answer_tool(asked: &Asked) -> Option<&str> {
    match asked.protocol {
        Protocol::Anthropic => forced(&asked.body)?.get("name")?.as_str(),
        Protocol::Openai | Protocol::Gemini | Protocol::Ollama => None,
    }
}
