//! The HTTP request of a call: every value encoded for where it stands, so that none changes the shape
//! of what a person wrote.
//!
//! In: the template and checked arguments. Out: method, address, headers, body. A value in the path is
//! one piece of one segment, in the query one value, in a header one line, in a body one JSON or form
//! value; it never reaches scheme, host or port, where no placeholder is allowed. A member whose value
//! is missing is left out; a path can't do without. Absent: credentials, which the server adds.
//! Next: [`super::result`].

use crate::template::{Part, Template, TemplateError, scalar};
use crate::tool::{Encoding, Http};
use serde_json::{Map, Value};

/// A body larger than this is no call of a tool.
const BODY_MAX_BYTES: usize = 256 * 1024;
/// What a whole address may weigh.
const URL_MAX_BYTES: usize = 8 * 1024;
/// Values of one list in a query.
const LIST_MAX: usize = 50;

/// A request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    pub method: &'static str,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub content_type: Option<&'static str>,
}

/// Why no request can be made of these values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError {
    #[error("{0}")]
    Template(#[from] TemplateError),
    #[error("the address must begin with http:// or https:// and a host, without placeholders")]
    Address,
    #[error("the address needs a value that is missing")]
    Missing,
    #[error("a value can't stand in {0}")]
    Unfit(&'static str),
    #[error("the request is too large")]
    TooLarge,
}

/// Makes the request.
///
/// # Errors
/// [`BuildError`].
pub fn build(http: &Http, values: &Map<String, Value>) -> Result<Built, BuildError> {
    let mut url = address(&http.url, values)?;
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, source) in &http.query {
        for value in query_values(&Template::parse(source)?, values)? {
            url.push(separator);
            url.push_str(&encode(name));
            url.push('=');
            url.push_str(&encode(&value));
            separator = '&';
        }
    }
    if url.len() > URL_MAX_BYTES {
        return Err(BuildError::TooLarge);
    }
    let mut headers = Vec::new();
    for (name, source) in &http.headers {
        let value = Template::parse(source)?.fill(values, header_value)?;
        headers.extend(value.map(|value| (name.clone(), value)));
    }
    let (body, content_type) = match (&http.body, http.encoding) {
        (None, _) => (Vec::new(), None),
        (Some(body), Encoding::Json) => {
            let filled = fill(body, values)?.unwrap_or_else(|| Value::Object(Map::new()));
            (filled.to_string().into_bytes(), Some("application/json"))
        }
        (Some(body), Encoding::Form) => (
            form(body, values)?.into_bytes(),
            Some("application/x-www-form-urlencoded"),
        ),
    };
    if body.len() > BODY_MAX_BYTES {
        return Err(BuildError::TooLarge);
    }
    Ok(Built {
        method: http.method.as_str(),
        url,
        headers,
        body,
        content_type,
    })
}

/// Scheme, host and port as written, and the path with its values.
fn address(source: &str, values: &Map<String, Value>) -> Result<String, BuildError> {
    let (scheme, rest) = source.split_once("://").ok_or(BuildError::Address)?;
    if !matches!(scheme, "http" | "https") {
        return Err(BuildError::Address);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    if authority.is_empty() || !authority.bytes().all(plain) {
        return Err(BuildError::Address);
    }
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut url = format!("{scheme}://{authority}");
    for segment in path.split('/').skip(1) {
        url.push('/');
        let template = Template::parse(segment)?;
        let filled = template.fill(values, |value| {
            let text = scalar(value).ok_or(BuildError::Unfit("the path"))?;
            // An empty value would be another path, and so would one that is only dots.
            if text.is_empty() || text.chars().all(|c| c == '.') {
                return Err(BuildError::Unfit("the path"));
            }
            Ok(encode(&text))
        })?;
        url.push_str(&filled.ok_or(BuildError::Missing)?);
    }
    if let Some(query) = query {
        let filled = Template::parse(query)?.fill(values, |value| {
            let text = scalar(value).ok_or(BuildError::Unfit("the query"))?;
            Ok::<_, BuildError>(encode(&text))
        })?;
        url.push('?');
        url.push_str(&filled.ok_or(BuildError::Missing)?);
    }
    Ok(url)
}

/// One value, or the items of a list.
fn query_values(
    template: &Template,
    values: &Map<String, Value>,
) -> Result<Vec<String>, BuildError> {
    let unfit = || BuildError::Unfit("the query");
    if let Some(Value::Array(items)) = template.whole().and_then(|name| values.get(name)) {
        if items.len() > LIST_MAX {
            return Err(BuildError::TooLarge);
        }
        return items
            .iter()
            .map(|item| scalar(item).ok_or_else(unfit))
            .collect();
    }
    let filled = template.fill(values, |value| scalar(value).ok_or_else(unfit))?;
    Ok(filled.into_iter().collect())
}

fn header_value(value: &Value) -> Result<String, BuildError> {
    let text = scalar(value).ok_or(BuildError::Unfit("a header"))?;
    // Anything but visible ASCII would be a second header or another reading of this one.
    if text.len() > 1_024 || !text.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
        return Err(BuildError::Unfit("a header"));
    }
    Ok(text)
}

/// A JSON value with its values; `None` where a value is missing.
fn fill(template: &Value, values: &Map<String, Value>) -> Result<Option<Value>, BuildError> {
    match template {
        Value::String(source) => {
            let template = Template::parse(source)?;
            if let Some(name) = template.whole() {
                return Ok(values.get(name).filter(|value| !value.is_null()).cloned());
            }
            let text = template.fill(values, |value| {
                scalar(value).ok_or(BuildError::Unfit("the middle of a text"))
            })?;
            Ok(text.map(Value::String))
        }
        Value::Array(items) => {
            let mut filled = Vec::new();
            for item in items {
                filled.extend(fill(item, values)?);
            }
            Ok(Some(Value::Array(filled)))
        }
        Value::Object(members) => {
            let mut filled = Map::new();
            for (name, member) in members {
                if let Some(member) = fill(member, values)? {
                    filled.insert(name.clone(), member);
                }
            }
            Ok(Some(Value::Object(filled)))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Some(template.clone())),
    }
}

fn form(template: &Value, values: &Map<String, Value>) -> Result<String, BuildError> {
    let filled = fill(template, values)?;
    let Some(Value::Object(members)) = filled else {
        return Err(BuildError::Unfit("a form"));
    };
    let mut pairs = Vec::new();
    for (name, member) in &members {
        let items = member
            .as_array()
            .map_or_else(|| std::slice::from_ref(member), Vec::as_slice);
        for item in items.iter().take(LIST_MAX) {
            let text = scalar(item).ok_or(BuildError::Unfit("a form"))?;
            pairs.push(format!("{}={}", encode(name), encode(&text)));
        }
    }
    Ok(pairs.join("&"))
}

/// Percent-encoding of everything but what is never special.
#[must_use]
pub fn encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    out
}

/// Every parameter that a request uses.
///
/// # Errors
/// The first text that is no template.
pub fn used(http: &Http) -> Result<Vec<String>, BuildError> {
    let mut names = Vec::new();
    let mut add = |source: &str| -> Result<(), BuildError> {
        let template = Template::parse(source)?;
        for part in template.parts() {
            if let Part::Value(name) = part {
                names.push(name.clone());
            }
        }
        Ok(())
    };
    add(&http.url)?;
    http.query.values().try_for_each(|source| add(source))?;
    http.headers.values().try_for_each(|source| add(source))?;
    let mut open: Vec<&Value> = http.body.iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::String(source) => add(source)?,
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
