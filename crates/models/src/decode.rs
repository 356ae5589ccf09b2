//! An answer's bytes to a reply: whole, or in pieces as they come.
//!
//! In: the dialect, the answer's content type, and its bytes, cut anywhere. Out: a [`Reply`] once the
//! protocol says that it is whole **and** the caller says that the body ended well; else a [`Trouble`].
//! Nothing partial ever leaves this file. Absent: answers with a status that is no success
//! ([`crate::trouble::of_answer`]), and whether a reply may be used ([`crate::check`]).

use crate::bounds::{ANSWER_BYTES_MAX, ARGUMENTS_BYTES_MAX, TEXT_BYTES_MAX, TOOL_CALLS_MAX};
use crate::dialect::Dialect;
use crate::lines::{Framing, Lines};
use crate::protocol::{anthropic, gemini, ollama, openai};
use crate::reply::{Finish, Reply, ToolCall, Usage};
use crate::trouble::{Kind, Trouble};
use serde_json::{Map, Value};

/// Reads one answer.
#[derive(Debug)]
pub struct Decoder {
    dialect: Dialect,
    body: Body,
    draft: Draft,
}

#[derive(Debug)]
enum Body {
    /// Neither the content type nor a byte has told yet which it is.
    Unknown,
    /// One JSON value.
    Whole(Vec<u8>),
    Pieces(Lines),
}

impl Body {
    /// By its content type, which some servers get wrong: then its first byte tells.
    fn of(content_type: &str) -> Body {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| kind.eq_ignore_ascii_case(name);
        if is("text/event-stream") {
            Body::Pieces(Lines::new(Framing::Sse))
        } else if is("application/x-ndjson") {
            Body::Pieces(Lines::new(Framing::Json))
        } else if is("application/json") {
            Body::Whole(Vec::new())
        } else {
            Body::Unknown
        }
    }

    /// By its first byte that is no blank: a field's name or a comment begins a stream of events.
    fn by(bytes: &[u8]) -> Body {
        match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Body::Unknown,
            Some(b'd' | b'e' | b'i' | b'r' | b':') => Body::Pieces(Lines::new(Framing::Sse)),
            Some(_) => Body::Whole(Vec::new()),
        }
    }
}

impl Decoder {
    /// For an answer with this content type. A server that was asked for pieces may answer whole.
    #[must_use]
    pub fn new(dialect: Dialect, content_type: &str) -> Decoder {
        Decoder {
            dialect,
            body: Body::of(content_type),
            draft: Draft::default(),
        }
    }

    /// Takes more of the answer.
    ///
    /// # Errors
    /// Trouble that no further byte can mend. The decoder is of no use afterwards.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        if matches!(self.body, Body::Unknown) {
            self.body = Body::by(bytes);
        }
        let lines = match &mut self.body {
            // Blanks before anything else mean nothing.
            Body::Unknown => return Ok(()),
            Body::Whole(body) => {
                if body.len() + bytes.len() > ANSWER_BYTES_MAX {
                    return Err(Trouble::coded(Kind::TooMuch, "body"));
                }
                body.extend_from_slice(bytes);
                return Ok(());
            }
            Body::Pieces(lines) => lines,
        };
        for event in lines.push(bytes)? {
            match self.dialect {
                Dialect::Openai => openai::event(&event, &mut self.draft)?,
                Dialect::Anthropic => anthropic::event(&json(&event)?, &mut self.draft)?,
                Dialect::Gemini => gemini::event(&json(&event)?, &mut self.draft)?,
                Dialect::Ollama => ollama::event(&json(&event)?, &mut self.draft)?,
            }
        }
        Ok(())
    }

    /// The body has ended, and the transport says that it ended well.
    ///
    /// # Errors
    /// [`Kind::Cut`] where the protocol says that more should have come.
    pub fn finish(mut self) -> Result<Reply, Trouble> {
        if matches!(self.body, Body::Unknown) {
            return Err(Trouble::coded(Kind::Empty, "body"));
        }
        if let Body::Whole(body) = &self.body {
            let value = whole(body)?;
            match self.dialect {
                Dialect::Openai => openai::whole(&value, &mut self.draft)?,
                Dialect::Anthropic => anthropic::whole(&value, &mut self.draft)?,
                Dialect::Gemini => gemini::whole(&value, &mut self.draft)?,
                Dialect::Ollama => ollama::whole(&value, &mut self.draft)?,
            }
        }
        self.draft.reply()
    }

    /// Whether the answer said everything before its body ended.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.draft.ended && self.draft.finish.is_some()
    }
}

/// A body that is one JSON value; one that ends in the middle is cut, not garbage.
pub(crate) fn whole(body: &[u8]) -> Result<Value, Trouble> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Trouble::coded(Kind::Empty, "body"));
    }
    serde_json::from_slice(body).map_err(|error| {
        if error.is_eof() {
            Trouble::coded(Kind::Cut, "body")
        } else {
            Trouble::coded(Kind::Garbage, "not json")
        }
    })
}

fn json(event: &str) -> Result<Value, Trouble> {
    serde_json::from_str(event).map_err(|_| Trouble::coded(Kind::Garbage, "event not json"))
}

/// A reply in the making, the same for all protocols.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    text: String,
    calls: Vec<DraftCall>,
    pub(crate) finish: Option<Finish>,
    pub(crate) usage: Usage,
    pub(crate) model: String,
    /// The protocol's own sign that nothing more comes.
    pub(crate) ended: bool,
}

#[derive(Debug, Default)]
struct DraftCall {
    index: u64,
    id: String,
    name: String,
    arguments: String,
    opaque: Option<String>,
}

impl Draft {
    pub(crate) fn text(&mut self, more: &str) -> Result<(), Trouble> {
        if self.text.len() + more.len() > TEXT_BYTES_MAX {
            return Err(Trouble::coded(Kind::TooMuch, "text"));
        }
        self.text.push_str(more);
        Ok(())
    }

    /// A call, or a piece of one: pieces with the same index belong together.
    pub(crate) fn call(
        &mut self,
        index: u64,
        id: Option<&str>,
        name: Option<&str>,
        arguments: &str,
    ) -> Result<(), Trouble> {
        let at = match self.calls.iter().position(|call| call.index == index) {
            Some(at) => at,
            None if self.calls.len() >= TOOL_CALLS_MAX => {
                return Err(Trouble::coded(Kind::TooMuch, "tool calls"));
            }
            None => {
                self.calls.push(DraftCall {
                    index,
                    ..DraftCall::default()
                });
                self.calls.len() - 1
            }
        };
        let call = &mut self.calls[at];
        if call.arguments.len() + arguments.len() > ARGUMENTS_BYTES_MAX {
            return Err(Trouble::coded(Kind::TooMuch, "arguments"));
        }
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            id.clone_into(&mut call.id);
        }
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            name.clone_into(&mut call.name);
        }
        call.arguments.push_str(arguments);
        Ok(())
    }

    /// The index of a piece that names none: the call with its id, a new one for a new id, else the last.
    pub(crate) fn index_of(&self, id: Option<&str>) -> u64 {
        let known = match id.filter(|id| !id.is_empty()) {
            None => self.calls.last(),
            Some(id) => match self.calls.iter().find(|call| call.id == id) {
                None => return self.calls.last().map_or(0, |call| call.index + 1),
                found @ Some(_) => found,
            },
        };
        known.map_or(0, |call| call.index)
    }

    /// A call that came whole.
    pub(crate) fn whole_call(
        &mut self,
        id: Option<&str>,
        name: &str,
        arguments: &Value,
    ) -> Result<(), Trouble> {
        let index = u64::try_from(self.calls.len()).unwrap_or(u64::MAX);
        let text = match arguments {
            Value::Null => String::new(),
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => arguments.to_string(),
        };
        self.call(index, id, Some(name), &text)
    }

    /// What the provider wants to see again beside the last call.
    pub(crate) fn opaque(&mut self, opaque: &str) {
        if let Some(call) = self.calls.last_mut() {
            call.opaque = Some(opaque.to_owned());
        }
    }

    pub(crate) fn model(&mut self, said: &Value, key: &str) {
        if let Some(model) = said.get(key).and_then(Value::as_str) {
            // A name; a longer one is none of a model.
            self.model = model.chars().take(128).collect();
        }
    }

    fn reply(self) -> Result<Reply, Trouble> {
        let (true, Some(finish)) = (self.ended, self.finish) else {
            return Err(Trouble::coded(Kind::Cut, "no end"));
        };
        let mut calls = Vec::new();
        for (at, call) in self.calls.into_iter().enumerate() {
            calls.push(ToolCall {
                id: if call.id.is_empty() {
                    format!("call_{at}")
                } else {
                    call.id
                },
                name: call.name,
                arguments: arguments(&call.arguments),
                opaque: call.opaque,
            });
        }
        let finish = match finish {
            Finish::Stop if !calls.is_empty() => Finish::Tools,
            Finish::Stop | Finish::Tools | Finish::Length | Finish::Filter => finish,
        };
        let reply = Reply {
            text: self.text,
            calls,
            finish,
            usage: self.usage,
            model: self.model,
        };
        Ok(anthropic::answer_as_text(reply))
    }
}

/// Arguments as a value. What is no JSON stays as text, for [`crate::check`] to refuse with the usage kept.
fn arguments(text: &str) -> Value {
    if text.trim().is_empty() {
        return Value::Object(Map::new());
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

/// A count of tokens, wherever it stands.
pub(crate) fn count(value: &Value, key: &str) -> u64 {
    value.get(key).and_then(Value::as_u64).unwrap_or(0)
}
