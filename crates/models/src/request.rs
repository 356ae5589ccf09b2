//! What is asked of a model, in words that fit all four protocols.
//!
//! In: texts, tools and a wished format, from whoever builds the turn. Out: a [`Request`] for
//! [`crate::encode`], and how many tokens it may take, estimated for reserving its cost. Absent: which
//! provider and model ([`crate::Target`]), keys, and what a tool does when called.

use crate::reply::ToolCall;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What the model is told to be; empty: nothing.
    #[serde(default)]
    pub system: String,
    /// The conversation, oldest first. Never empty.
    pub messages: Vec<Message>,
    #[serde(default)]
    pub tools: Vec<Tool>,
    #[serde(default)]
    pub format: Format,
    /// 0 to 2; absent: the model's own.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// Tokens the answer may take.
    pub max_tokens: u32,
    /// The answer ends before any of these.
    #[serde(default)]
    pub stop: Vec<String>,
    /// Whether the answer is wished in pieces.
    #[serde(default)]
    pub stream: bool,
}

/// One message of the conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum Message {
    User {
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        images: Vec<Image>,
    },
    Assistant {
        #[serde(default)]
        text: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
    },
    /// What a tool gave, for the call with this id.
    Tool {
        id: String,
        name: String,
        /// JSON or text; the model reads it as data.
        content: String,
        #[serde(default)]
        failed: bool,
    },
}

/// A picture, by address or by its bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Image {
    /// The provider fetches it.
    Url { url: String },
    /// Base64 without a prefix.
    Data { mime: String, base64: String },
}

/// A tool that the model may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    pub name: String,
    pub description: String,
    /// JSON Schema of an object.
    pub parameters: Value,
}

/// What the answer must be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Format {
    #[default]
    Text,
    /// One JSON value of this schema.
    Json { name: String, schema: Value },
}

impl Request {
    /// A question with nothing around it.
    #[must_use]
    pub fn ask(text: impl Into<String>, max_tokens: u32) -> Request {
        Request {
            system: String::new(),
            messages: vec![Message::user(text)],
            tools: Vec::new(),
            format: Format::Text,
            temperature: None,
            max_tokens,
            stop: Vec::new(),
            stream: false,
        }
    }

    /// Tokens that go in, estimated high, for reserving what the call may cost: three bytes of text to a
    /// token (Portuguese takes about four), and 1,500 for a picture.
    #[must_use]
    pub fn tokens_in_at_most(&self) -> u64 {
        const BYTES_PER_TOKEN: usize = 3;
        const OF_IMAGE: usize = 1_500;
        const AROUND_MESSAGE: usize = 8;
        let of_message = |message: &Message| {
            AROUND_MESSAGE
                + match message {
                    Message::User { text, images } => {
                        text.len() / BYTES_PER_TOKEN + images.len() * OF_IMAGE
                    }
                    Message::Assistant { text, calls } => {
                        let called: usize = calls
                            .iter()
                            .map(|call| call.name.len() + call.arguments.to_string().len())
                            .sum();
                        (text.len() + called) / BYTES_PER_TOKEN
                    }
                    Message::Tool { content, name, .. } => {
                        (content.len() + name.len()) / BYTES_PER_TOKEN
                    }
                }
        };
        let tools: usize = self
            .tools
            .iter()
            .map(|tool| {
                tool.name.len() + tool.description.len() + tool.parameters.to_string().len()
            })
            .sum();
        let format = match &self.format {
            Format::Text => 0,
            Format::Json { schema, .. } => schema.to_string().len(),
        };
        let fixed = (self.system.len() + tools + format) / BYTES_PER_TOKEN + AROUND_MESSAGE;
        let all = fixed + self.messages.iter().map(of_message).sum::<usize>();
        u64::try_from(all).unwrap_or(u64::MAX)
    }
}

impl Message {
    #[must_use]
    pub fn user(text: impl Into<String>) -> Message {
        Message::User {
            text: text.into(),
            images: Vec::new(),
        }
    }

    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Message {
        Message::Assistant {
            text: text.into(),
            calls: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_estimate_grows_with_everything_that_is_sent() {
        let bare = Request::ask("oi", 100);
        let base = bare.tokens_in_at_most();
        let mut longer = bare.clone();
        longer.system = "a".repeat(300);
        assert_eq!(longer.tokens_in_at_most(), base + 100);
        let mut tooled = bare.clone();
        tooled.tools.push(Tool {
            name: "t".into(),
            description: "d".repeat(90),
            parameters: json!({}),
        });
        assert!(tooled.tokens_in_at_most() >= base + 30);
        let mut formed = bare.clone();
        formed.format = Format::Json {
            name: "x".into(),
            schema: json!({"type": "object", "properties": {"a": {"type": "string"}}}),
        };
        assert!(formed.tokens_in_at_most() > base);
        let mut seen = bare.clone();
        seen.messages.push(Message::User {
            text: String::new(),
            images: vec![Image::Url {
                url: "https://x".into(),
            }],
        });
        assert_eq!(seen.tokens_in_at_most(), base + 1_508);
    }

    #[test]
    fn a_request_is_written_and_read_again() {
        let mut request = Request::ask("oi", 5);
        request.messages.push(Message::Tool {
            id: "1".into(),
            name: "stock".into(),
            content: "{}".into(),
            failed: true,
        });
        request.messages.push(Message::assistant("olá"));
        let text = serde_json::to_string(&request).unwrap();
        assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    }
}
