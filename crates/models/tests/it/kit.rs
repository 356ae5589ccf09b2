//! Reading golden bodies, and the replies that they all must give.

use ponte_models::{Decoder, Dialect, Finish, Reply, ToolCall, Trouble, Usage};
use serde_json::{Value, json};
use std::path::PathBuf;

pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name)
}

pub(crate) fn golden(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// The content type and the file's ending of a dialect's stream.
pub(crate) fn streams(dialect: Dialect) -> (&'static str, &'static str) {
    match dialect {
        Dialect::Openai | Dialect::Anthropic | Dialect::Gemini => {
            ("text/event-stream; charset=utf-8", "sse")
        }
        Dialect::Ollama => ("application/x-ndjson", "ndjson"),
    }
}

/// Decodes a body that comes in pieces of so many bytes.
pub(crate) fn decode(
    dialect: Dialect,
    content_type: &str,
    body: &[u8],
    piece: usize,
) -> Result<Reply, Trouble> {
    let mut decoder = Decoder::new(dialect, content_type);
    for bytes in body.chunks(piece.max(1)) {
        decoder.push(bytes)?;
    }
    decoder.finish()
}

/// What every dialect must read from its golden of this name.
pub(crate) fn wanted(dialect: Dialect, case: &str) -> Reply {
    let call = |id: &str, sku: &str, opaque: Option<&str>| ToolCall {
        id: id.into(),
        name: "stock".into(),
        arguments: json!({ "sku": sku }),
        opaque: opaque.map(Into::into),
    };
    let signature = (dialect == Dialect::Gemini).then_some("c2ln");
    let (text, calls, finish) = match case {
        "plain" => ("Olá! Abrimos às 9h. 😀", vec![], Finish::Stop),
        "structured" => (r#"{"intent":"buy","items":["bolo"]}"#, vec![], Finish::Stop),
        "tools" => {
            let calls = vec![call("call_a", "A-1", signature), call("call_b", "ç", None)];
            ("", calls, Finish::Tools)
        }
        other => panic!("no such case: {other}"),
    };
    let (model, cached) = match dialect {
        Dialect::Openai => ("gpt-5-mini-2025-08-07", 16),
        Dialect::Anthropic => ("claude-haiku-4-5-20251001", 16),
        Dialect::Gemini => ("gemini-2.5-flash", 16),
        Dialect::Ollama => ("llama3.2:1b", 0),
    };
    Reply {
        text: text.into(),
        calls,
        finish,
        usage: Usage {
            tokens_in: 31,
            tokens_out: 12,
            cached,
            counted: true,
        },
        model: model.into(),
    }
}

/// Text as JSON where it is JSON: fields may stand in another order.
pub(crate) fn same_text(one: &str, other: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || (json(one).is_some() && json(one) == json(other))
}
