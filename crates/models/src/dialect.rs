//! Whom we speak to, and what a request becomes for them.
//!
//! In: a [`Target`], its key, and a [`Request`]. Out: a [`Call`], the parts of one HTTP request, whose
//! secrets don't print. Absent: sending it, and reading what comes ([`crate::Decoder`]). Next: the four
//! files of `protocol/`.

use crate::bounds::{MESSAGES_MAX, REQUEST_BYTES_MAX, TOOL_NAME_BYTES_MAX, TOOLS_MAX};
use crate::protocol::{anthropic, gemini, ollama, openai};
use crate::request::{Image, Message, Request};
use crate::trouble::{Kind, Trouble};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// Chat completions: OpenAI and everything that says it is compatible.
    Openai,
    /// Messages.
    Anthropic,
    /// `generateContent`.
    Gemini,
    /// `/api/chat`.
    Ollama,
}

impl Dialect {
    pub const ALL: [Dialect; 4] = [
        Dialect::Openai,
        Dialect::Anthropic,
        Dialect::Gemini,
        Dialect::Ollama,
    ];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Dialect::Openai => "openai",
            Dialect::Anthropic => "anthropic",
            Dialect::Gemini => "gemini",
            Dialect::Ollama => "ollama",
        }
    }

    #[must_use]
    pub fn of_word(word: &str) -> Option<Dialect> {
        Dialect::ALL.into_iter().find(|known| known.word() == word)
    }

    /// Where it is spoken if nothing else is said.
    #[must_use]
    pub const fn default_base(self) -> &'static str {
        match self {
            Dialect::Openai => "https://api.openai.com/v1",
            Dialect::Anthropic => "https://api.anthropic.com",
            Dialect::Gemini => "https://generativelanguage.googleapis.com",
            Dialect::Ollama => "http://127.0.0.1:11434",
        }
    }

    /// Whether it can embed texts. Anthropic has no embeddings.
    #[must_use]
    pub const fn embeds(self) -> bool {
        match self {
            Dialect::Openai | Dialect::Gemini | Dialect::Ollama => true,
            Dialect::Anthropic => false,
        }
    }
}

/// A model at a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub dialect: Dialect,
    /// Where it is, without a slash at the end.
    pub base: String,
    pub model: String,
    pub quirks: Quirks,
}

/// How a server that speaks a dialect differs from it. All off is what its documentation says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Azure: this `api-version`; the model is the deployment, and the key goes into `api-key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azure_version: Option<String>,
    /// OpenAI dialect: `max_tokens`, as older and compatible servers have it, not
    /// `max_completion_tokens`.
    pub old_max_tokens: bool,
    /// Leave the temperature out: reasoning models refuse it.
    pub no_temperature: bool,
    /// Structured answers are asked for as JSON without a schema; the schema goes into the instructions.
    pub no_schema: bool,
    /// Never ask for pieces.
    pub no_stream: bool,
    /// OpenAI dialect: no `stream_options`, which some servers refuse. Usage is then unknown.
    pub no_stream_usage: bool,
}

/// The parts of one HTTP request: `POST`, always.
#[derive(Clone, PartialEq)]
pub struct Call {
    pub url: String,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
    /// Whether pieces were asked for.
    pub stream: bool,
}

/// One header.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    pub name: &'static str,
    pub value: String,
    /// Not to be shown.
    pub secret: bool,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body holds what people wrote.
        f.debug_struct("Call")
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .field("stream", &self.stream)
            .finish()
    }
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.secret { "…" } else { &self.value };
        write!(f, "{}: {value}", self.name)
    }
}

/// The HTTP request for a request. An empty `key` leaves the key's header out: local servers need none.
///
/// # Errors
/// [`Kind::Ours`] for a request that nobody could take, [`Kind::TooLong`] for one over our own limit.
pub fn encode(target: &Target, key: &str, request: &Request) -> Result<Call, Trouble> {
    check(request)?;
    if target.dialect == Dialect::Ollama && request.messages.iter().any(has_address) {
        return Err(Trouble::coded(Kind::NotTaken, "picture by address"));
    }
    let mut request = request.clone();
    request.stream &= !target.quirks.no_stream;
    let (path, body) = match target.dialect {
        Dialect::Openai => openai::encode(target, &request),
        Dialect::Anthropic => anthropic::encode(target, &request),
        Dialect::Gemini => gemini::encode(target, &request),
        Dialect::Ollama => ollama::encode(target, &request),
    };
    call(target, key, path, &body, request.stream)
}

/// Whether a message has a picture that somebody else would have to fetch.
fn has_address(message: &Message) -> bool {
    match message {
        Message::User { images, .. } => images
            .iter()
            .any(|image| matches!(image, Image::Url { .. })),
        Message::Assistant { .. } | Message::Tool { .. } => false,
    }
}

/// A call with a body, for all that is asked of a target.
pub(crate) fn call(
    target: &Target,
    key: &str,
    path: String,
    body: &Value,
    stream: bool,
) -> Result<Call, Trouble> {
    let body = serde_json::to_vec(body).map_err(|_| Trouble::coded(Kind::Ours, "not json"))?;
    if body.len() > REQUEST_BYTES_MAX {
        return Err(Trouble::coded(Kind::TooLong, "over our own limit"));
    }
    Ok(Call {
        url: format!("{}{path}", target.base.trim_end_matches('/')),
        headers: headers(target, key)?,
        body,
        stream,
    })
}

fn headers(target: &Target, key: &str) -> Result<Vec<Header>, Trouble> {
    let plain = |name, value: &str| Header {
        name,
        value: value.to_owned(),
        secret: false,
    };
    let mut headers = vec![plain("content-type", "application/json")];
    if target.dialect == Dialect::Anthropic {
        headers.push(plain("anthropic-version", anthropic::VERSION));
    }
    if key.is_empty() {
        return Ok(headers);
    }
    if !key.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
        return Err(Trouble::coded(Kind::KeyRefused, "not a key"));
    }
    let (name, value) = match target.dialect {
        Dialect::Openai if target.quirks.azure_version.is_some() => ("api-key", key.to_owned()),
        Dialect::Openai | Dialect::Ollama => ("authorization", format!("Bearer {key}")),
        Dialect::Anthropic => ("x-api-key", key.to_owned()),
        Dialect::Gemini => ("x-goog-api-key", key.to_owned()),
    };
    headers.push(Header {
        name,
        value,
        secret: true,
    });
    Ok(headers)
}

fn check(request: &Request) -> Result<(), Trouble> {
    let ours = |code| Err(Trouble::coded(Kind::Ours, code));
    if request.messages.is_empty() {
        return ours("no messages");
    }
    if request.messages.len() > MESSAGES_MAX || request.tools.len() > TOOLS_MAX {
        return Err(Trouble::coded(Kind::TooLong, "over our own limit"));
    }
    if request.max_tokens == 0 {
        return ours("no tokens");
    }
    let named = |name: &str| {
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        !name.is_empty() && name.len() <= TOOL_NAME_BYTES_MAX && name.chars().all(fine)
    };
    for (at, tool) in request.tools.iter().enumerate() {
        if !named(&tool.name) || tool.name == anthropic::ANSWER_TOOL {
            return ours("tool name");
        }
        if !tool.parameters.is_object() {
            return ours("tool parameters");
        }
        if request.tools[..at]
            .iter()
            .any(|other| other.name == tool.name)
        {
            return ours("two tools of one name");
        }
    }
    if request
        .temperature
        .is_some_and(|wish| !(0.0..=2.0).contains(&wish))
    {
        return ours("temperature");
    }
    Ok(())
}

/// A model's or deployment's name inside a path: only what may stand there, so that a name can't lead
/// to another place of the same host.
pub(crate) fn in_path(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    // A path of dots would climb.
    if out.chars().all(|c| c == '.') {
        out = out.replace('.', "%2E");
    }
    out
}
