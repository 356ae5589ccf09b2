//! Whether a tool is sound before anybody calls it: everything that can be found out without a network.
//!
//! In: a tool as it was written. Out: every fault with the member it stands in. Absent: whether its
//! address answers, whose credential it is, and wording for people beyond English; the server's API and
//! files say the rest. Next: [`super::tool`].

use crate::arguments::shown;
use crate::request;
use crate::schema::{Schema, properties};
use crate::template::{Template, is_name};
use crate::tool::{Action, Http, Method, TIMEOUT_MAX_MS, Tool, Words};
use crate::{Effects, builtin};
use serde_json::{Map, Value, json};

const DESCRIPTION_MAX_CHARS: usize = 1_024;
const WORDS_MAX_CHARS: usize = 1_000;
const PARAMETERS_MAX: usize = 40;
const TAKES_MAX: usize = 40;
const PER_MINUTE_MAX: u32 = 6_000;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The member, such as `action/http/url`.
    pub at: String,
    pub what: String,
}

/// Headers that would carry a secret or frame the message.
const FORBIDDEN_HEADERS: [&str; 11] = [
    "authorization",
    "cookie",
    "proxy-authorization",
    "host",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "upgrade",
    "te",
    "expect",
];

/// Every fault of a tool; none: it is sound.
#[must_use]
pub fn check(tool: &Tool) -> Vec<Wrong> {
    let mut found = Vec::new();
    names(tool, &mut found);
    parameters(tool, &mut found);
    limits(tool, &mut found);
    for (at, words) in [
        ("confirm_text", &tool.confirm_text),
        ("progress_text", &tool.progress_text),
        ("failure_text", &tool.failure_text),
    ] {
        if let Some(words) = words {
            sentences(at, words, tool, &mut found);
        }
    }
    if let Some(schema) = &tool.result
        && let Err(error) = Schema::compile(schema)
    {
        add(&mut found, "result", error);
    }
    match &tool.action {
        Action::Http(http) => requests(tool, http, &mut found),
        Action::Mcp(mcp) => {
            if !is_name(&mcp.server) || mcp.tool.is_empty() || mcp.tool.len() > 128 {
                add(&mut found, "action/mcp", "names a server and a tool of it");
            }
        }
        Action::Builtin(one) => {
            let same = one.tool();
            if tool.parameters != same.parameters || tool.effects != same.effects {
                add(
                    &mut found,
                    "action/builtin",
                    "a built-in tool's parameters and effects are its own",
                );
            }
        }
    }
    found
}

fn add(found: &mut Vec<Wrong>, at: &str, what: impl ToString) {
    found.push(Wrong {
        at: at.to_owned(),
        what: what.to_string(),
    });
}

fn names(tool: &Tool, found: &mut Vec<Wrong>) {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let begins = tool
        .name
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_lowercase());
    if !begins || tool.name.len() > 64 || !tool.name.bytes().all(plain) {
        add(
            found,
            "name",
            "small letters, digits and `_`, at most 64, beginning with a letter",
        );
    }
    let reserved = builtin::ALL.iter().any(|one| one.name() == tool.name);
    if reserved && !matches!(tool.action, Action::Builtin(_)) {
        add(found, "name", "the name of a built-in tool");
    }
    let long = tool.description.chars().count();
    if tool.description.trim().is_empty() || long > DESCRIPTION_MAX_CHARS {
        add(
            found,
            "description",
            format!("1 to {DESCRIPTION_MAX_CHARS} characters: when to use it, and what it gives"),
        );
    }
    if tool
        .title
        .as_ref()
        .is_some_and(|title| title.chars().count() > 100)
    {
        add(found, "title", "at most 100 characters");
    }
}

fn parameters(tool: &Tool, found: &mut Vec<Wrong>) {
    if tool.parameters.get("type").and_then(Value::as_str) != Some("object") {
        add(
            found,
            "parameters",
            "the schema of an object: `type: object`",
        );
        return;
    }
    if let Err(error) = Schema::compile(&shown(tool)) {
        add(found, "parameters", error);
    }
    if properties(&tool.parameters).count() > PARAMETERS_MAX {
        add(found, "parameters", format!("at most {PARAMETERS_MAX}"));
    }
    for (name, _) in properties(&tool.parameters) {
        if !is_name(name) {
            add(
                found,
                "parameters",
                format!("`{name}` is no name: letters, digits, `_`, `.`, `-`"),
            );
        }
    }
    for name in tool.bound.keys() {
        if !properties(&tool.parameters).any(|(known, _)| known == name) {
            add(found, "bound", format!("`{name}` is no parameter"));
        }
    }
}

fn limits(tool: &Tool, found: &mut Vec<Wrong>) {
    if tool
        .timeout_ms
        .is_some_and(|ms| ms == 0 || ms > TIMEOUT_MAX_MS)
    {
        add(found, "timeout_ms", format!("1 to {TIMEOUT_MAX_MS}"));
    }
    if tool
        .per_minute
        .is_some_and(|n| n == 0 || n > PER_MINUTE_MAX)
    {
        add(found, "per_minute", format!("1 to {PER_MINUTE_MAX}"));
    }
    if tool.take.len() > TAKES_MAX {
        add(found, "take", format!("at most {TAKES_MAX}"));
    }
    for (name, pointer) in &tool.take {
        if !is_name(name) || !(pointer.is_empty() || pointer.starts_with('/')) {
            add(
                found,
                "take",
                format!("`{name}`: a name, and a JSON pointer such as /data/0/status"),
            );
        }
    }
}

fn sentences(at: &str, words: &Words, tool: &Tool, found: &mut Vec<Wrong>) {
    for text in [words.pt(), words.en()] {
        if text.trim().is_empty() || text.chars().count() > WORDS_MAX_CHARS {
            add(found, at, format!("1 to {WORDS_MAX_CHARS} characters"));
        }
        match Template::parse(text) {
            Err(error) => add(found, at, error),
            Ok(template) if at == "confirm_text" => {
                for name in template.names() {
                    if !properties(&tool.parameters).any(|(known, _)| known == name) {
                        add(found, at, format!("`{name}` is no parameter"));
                    }
                }
            }
            Ok(template) => {
                if template.names().next().is_some() {
                    add(found, at, "takes no placeholders");
                }
            }
        }
    }
}

fn requests(tool: &Tool, http: &Http, found: &mut Vec<Wrong>) {
    let url = "action/http/url";
    // Every parameter as a harmless value: what fails now fails always.
    let values: Map<String, Value> = properties(&tool.parameters)
        .map(|(name, _)| (name.clone(), json!("x")))
        .collect();
    match request::used(http) {
        Err(error) => add(found, "action/http", error),
        Ok(used) => {
            for name in used {
                if !values.contains_key(&name) {
                    add(found, "action/http", format!("`{name}` is no parameter"));
                }
            }
        }
    }
    match request::build(http, &values) {
        Ok(_) | Err(request::BuildError::Missing) => {}
        Err(error) => add(found, url, error),
    }
    if http.method == Method::Get && http.body.is_some() {
        add(found, "action/http/body", "a GET has none");
    }
    if http.method == Method::Delete && tool.effects == Effects::Reads {
        add(found, "effects", "a DELETE does something: `writes`");
    }
    let mut headers: Vec<&String> = http.headers.keys().collect();
    headers.extend(&http.idempotency_header);
    for name in headers {
        let lower = name.to_ascii_lowercase();
        let token = !lower.is_empty()
            && lower
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !token {
            add(
                found,
                "action/http/headers",
                format!("`{name}` is no name of a header"),
            );
        } else if FORBIDDEN_HEADERS.contains(&lower.as_str()) {
            add(
                found,
                "action/http/headers",
                format!("`{name}` is not written here: secrets belong into a credential"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Value {
        json!({
            "name": "pedido", "description": "Situação de um pedido",
            "parameters": {"type": "object", "properties": {"n": {"type": "string"}, "fone": {"type": "string"}}},
            "bound": {"fone": "phone"}, "effects": "reads",
            "action": {"http": {"method": "GET", "url": "https://a.example/{n}", "query": {"f": "{fone}"}}}
        })
    }

    fn faults(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut value = sound();
        change(&mut value);
        let tool: Tool = serde_json::from_value(value).unwrap();
        check(&tool).into_iter().map(|wrong| wrong.at).collect()
    }

    #[test]
    fn a_sound_tool_has_no_fault() {
        assert_eq!(faults(|_| {}), Vec::<String>::new());
    }

    #[test]
    fn every_fault_is_found_where_it_stands() {
        type Change = fn(&mut Value);
        let cases: [(&str, Change); 24] = [
            ("name", |v| v["name"] = "Pedido".into()),
            ("name", |v| v["name"] = "hand_off".into()),
            ("name", |v| v["name"] = "".into()),
            ("description", |v| v["description"] = " ".into()),
            ("description", |v| {
                v["description"] = "x".repeat(2_000).into()
            }),
            ("title", |v| v["title"] = "x".repeat(101).into()),
            ("parameters", |v| v["parameters"] = json!({"type": "array"})),
            ("parameters", |v| {
                v["parameters"]["properties"]["n"] = json!({"type": "what"})
            }),
            ("parameters", |v| {
                v["parameters"]["properties"]["a b"] = json!({})
            }),
            ("bound", |v| v["bound"]["x"] = "phone".into()),
            ("timeout_ms", |v| v["timeout_ms"] = json!(999_999)),
            ("per_minute", |v| v["per_minute"] = json!(0)),
            ("take", |v| v["take"] = json!({"a": "data.x"})),
            ("result", |v| {
                v["result"] = json!({"$ref": "http://a.example/x"})
            }),
            ("confirm_text", |v| {
                v["confirm_text"] = "Confirma {x}?".into()
            }),
            ("failure_text", |v| {
                v["failure_text"] = "Não deu, {n}".into()
            }),
            ("progress_text", |v| v["progress_text"] = "{".into()),
            ("action/http", |v| {
                v["action"]["http"]["url"] = "https://a.example/{m}".into()
            }),
            ("action/http/url", |v| {
                v["action"]["http"]["url"] = "ftp://a.example/".into()
            }),
            ("action/http/url", |v| {
                v["action"]["http"]["url"] = "https://{n}/".into()
            }),
            ("action/http/body", |v| {
                v["action"]["http"]["body"] = json!({})
            }),
            ("effects", |v| {
                v["action"]["http"]["method"] = "DELETE".into()
            }),
            ("action/http/headers", |v| {
                v["action"]["http"]["headers"] = json!({"Authorization": "Bearer x"});
            }),
            ("action/http/headers", |v| {
                v["action"]["http"]["idempotency_header"] = "a: b".into();
            }),
        ];
        for (n, (at, change)) in cases.into_iter().enumerate() {
            let found = faults(change);
            assert!(
                found.iter().any(|one| one == at),
                "{n}: {at} not in {found:?}"
            );
        }
    }
}
