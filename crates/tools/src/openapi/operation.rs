//! One operation as one tool: its parameters and the members of its body side by side, as a model fills
//! them best, and a request that puts each back where it belongs.
//!
//! In: an operation and the document around it. Out: a tool, or why there is none; optional parts that
//! can't be kept are reported and left out. What writes asks the customer first, until a person decides
//! otherwise. Absent: cookies, multipart bodies, files. Next: [`super::schemas`].

use super::schemas::{Schemas, merge};
use super::{Found, Import, Unmapped, security};
use crate::schema::properties;
use crate::template::is_name;
use crate::tool::{Action, Effects, Encoding, Http, Method, Tool};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const DESCRIPTION_MAX_CHARS: usize = 1_024;

/// What is put together.
struct Parts<'i> {
    operation: String,
    url: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    properties: Map<String, Value>,
    required: Vec<Value>,
    body: Option<Value>,
    encoding: Encoding,
    import: &'i mut Import,
}

pub(super) fn make<'a>(
    root: &'a Value,
    found: &Found<'a>,
    base: Option<&str>,
    schemas: &mut Schemas<'a>,
    import: &mut Import,
) -> Result<Tool, String> {
    let method = match found.listed.method.as_str() {
        "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        other => return Err(format!("{other} is not a call of a tool")),
    };
    let server = server(root, found, base)?;
    let credential = security::needed(root, found.operation)?;
    let mut parts = Parts {
        operation: found.listed.id.clone(),
        url: format!("{server}{}", found.listed.path),
        query: BTreeMap::new(),
        headers: BTreeMap::new(),
        properties: Map::new(),
        required: Vec::new(),
        body: None,
        encoding: Encoding::Json,
        import,
    };
    parts.parameters(found, schemas)?;
    if let Some(body) = found.operation.get("requestBody") {
        parts.body(body, schemas)?;
    }
    let parameters = json!({
        "type": "object", "properties": parts.properties, "required": parts.required
    });
    let http = Http {
        method,
        url: parts.url,
        query: parts.query,
        headers: parts.headers,
        body: parts.body,
        encoding: parts.encoding,
        credential: credential.as_ref().map(|needed| needed.name.clone()),
        idempotency_header: None,
    };
    if let Some(needed) = credential
        && !import.credentials.contains(&needed)
    {
        import.credentials.push(needed);
    }
    let mut tool = Tool::new(
        &name(found),
        &description(found),
        parameters,
        Action::Http(http),
    );
    if method == Method::Get {
        tool.effects = Effects::Reads;
    } else {
        tool.confirm = true;
    }
    let summary: String = found.listed.summary.chars().take(100).collect();
    tool.title = Some(summary).filter(|title| !title.is_empty());
    Ok(tool)
}

impl Parts<'_> {
    fn lose(&mut self, what: &str, why: &str) {
        self.import.unmapped.push(Unmapped {
            operation: self.operation.clone(),
            what: what.to_owned(),
            why: why.to_owned(),
        });
    }

    fn parameters<'a>(
        &mut self,
        found: &Found<'a>,
        schemas: &mut Schemas<'a>,
    ) -> Result<(), String> {
        // The operation's own come last and take the place of the path's.
        let mut all: BTreeMap<(String, String), &'a Value> = BTreeMap::new();
        for from in [found.item, found.operation] {
            for parameter in from
                .get("parameters")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                let Some(parameter) = schemas.resolve(parameter) else {
                    continue;
                };
                let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or("");
                all.insert((text("in").to_owned(), text("name").to_owned()), parameter);
            }
        }
        for ((place, name), parameter) in all {
            self.parameter(&place, &name, parameter, schemas)?;
        }
        // A placeholder that no parameter explains is a text.
        let open: Vec<String> = crate::template::Template::parse(&self.url)
            .map_err(|error| error.to_string())?
            .names()
            .filter(|name| !self.properties.contains_key(*name))
            .map(str::to_owned)
            .collect();
        for name in open {
            self.add(&name, json!({"type": "string"}), true);
        }
        Ok(())
    }

    fn parameter<'a>(
        &mut self,
        place: &str,
        name: &str,
        parameter: &'a Value,
        schemas: &mut Schemas<'a>,
    ) -> Result<(), String> {
        let required = place == "path" || parameter.get("required") == Some(&Value::Bool(true));
        let own = matches!(
            name.to_ascii_lowercase().as_str(),
            "accept" | "content-type" | "authorization"
        );
        if place == "header" && own {
            return Ok(());
        }
        let mut schema = match parameter.get("schema") {
            Some(schema) => schemas.unfold(schema),
            None => json!({"type": "string"}),
        };
        if let Some(why) = unfit(place, parameter, &schema) {
            if required {
                return Err(format!("the parameter `{name}`: {why}"));
            }
            self.lose(&format!("parameter `{name}`"), why);
            return Ok(());
        }
        if let (Some(text), Some(members)) = (
            parameter.get("description").and_then(Value::as_str),
            schema.as_object_mut(),
        ) {
            members.insert(
                "description".into(),
                text.chars().take(300).collect::<String>().into(),
            );
        }
        let as_named = self.add(name, schema, required);
        let placeholder = format!("{{{as_named}}}");
        match place {
            "path" => self.url = self.url.replace(&format!("{{{name}}}"), &placeholder),
            "query" => {
                self.query.insert(name.to_owned(), placeholder);
            }
            _ => {
                self.headers.insert(name.to_owned(), placeholder);
            }
        }
        Ok(())
    }

    /// Adds a parameter under a name that models take and nobody has.
    fn add(&mut self, name: &str, schema: Value, required: bool) -> String {
        let mut plain: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() || "_.-".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .take(56)
            .collect();
        if !is_name(&plain) {
            plain = format!("p_{plain}");
        }
        let mut unique = plain.clone();
        let mut n = 1;
        while self.properties.contains_key(&unique) {
            n += 1;
            unique = format!("{plain}_{n}");
        }
        self.properties.insert(unique.clone(), schema);
        if required {
            self.required.push(unique.clone().into());
        }
        unique
    }

    fn body<'a>(&mut self, body: &'a Value, schemas: &mut Schemas<'a>) -> Result<(), String> {
        let Some(body) = schemas.resolve(body) else {
            return Err("its body can't be found".into());
        };
        let required = body.get("required") == Some(&Value::Bool(true));
        let content = body.get("content").and_then(Value::as_object);
        let kinds: Vec<(&String, &Value)> = content.into_iter().flatten().collect();
        let json = kinds.iter().find(|(kind, _)| is_json(kind));
        let form = kinds
            .iter()
            .find(|(kind, _)| kind.starts_with("application/x-www-form-urlencoded"));
        let media = match (json, form) {
            (Some((_, media)), _) => media,
            (None, Some((_, media))) => {
                self.encoding = Encoding::Form;
                media
            }
            (None, None) if required => return Err("its body is neither JSON nor a form".into()),
            (None, None) => {
                self.lose("body", "neither JSON nor a form");
                return Ok(());
            }
        };
        let schema = match media.get("schema") {
            Some(schema) => schemas.unfold(schema),
            None => json!({}),
        };
        let schema = self.flat(schema);
        if properties(&schema).next().is_none() {
            let name = self.add("body", schema, required);
            self.body = Some(format!("{{{name}}}").into());
            return Ok(());
        }
        let wanted = |name: &str| {
            let names = schema.get("required").and_then(Value::as_array);
            required && names.is_some_and(|names| names.iter().any(|one| one == name))
        };
        let mut template = Map::new();
        for (name, member) in properties(&schema) {
            let as_named = self.add(name, member.clone(), wanted(name));
            template.insert(name.clone(), format!("{{{as_named}}}").into());
        }
        self.body = Some(Value::Object(template));
        Ok(())
    }

    /// A body of several shapes as one object with the members of all, none of them required.
    fn flat(&mut self, mut schema: Value) -> Value {
        let shapes = schema
            .as_object_mut()
            .and_then(|members| members.remove("anyOf"));
        let Some(Value::Array(shapes)) = shapes else {
            return schema;
        };
        let objects = shapes
            .iter()
            .all(|shape| properties(shape).next().is_some());
        let Some(members) = schema.as_object_mut().filter(|_| objects) else {
            if let Some(members) = schema.as_object_mut() {
                members.insert("anyOf".into(), Value::Array(shapes));
            }
            return schema;
        };
        for mut shape in shapes {
            if let Some(shape) = shape.as_object_mut() {
                shape.remove("required");
            }
            merge(members, shape);
        }
        self.lose(
            "body",
            "several shapes: their members stand side by side, none required",
        );
        schema
    }
}

/// Why a parameter can't be written where it belongs.
fn unfit(place: &str, parameter: &Value, schema: &Value) -> Option<&'static str> {
    let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or("");
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or("");
    let explode = parameter.get("explode") != Some(&Value::Bool(false));
    match (place, kind, text("style")) {
        _ if parameter.get("content").is_some() => Some("it is a document of its own"),
        ("path" | "query" | "header", "object", _) => Some("an object can't be written there"),
        ("path" | "header", "array", _) => Some("a list can't be written there"),
        ("query", "array", "" | "form") if explode => None,
        ("query", "array", _) => Some("only lists that repeat the name are written"),
        ("path", _, "label" | "matrix") => Some("only the simple style is written"),
        ("path" | "query" | "header", _, _) => None,
        ("cookie", _, _) => Some("cookies are not sent"),
        (_, _, _) => Some("it says not where it belongs"),
    }
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or("").trim();
    kind == "application/json" || kind.ends_with("+json") || kind == "*/*"
}

/// The first server that is an address, with its variables' defaults.
fn server(root: &Value, found: &Found<'_>, base: Option<&str>) -> Result<String, String> {
    let servers = [found.operation, found.item, root]
        .into_iter()
        .find_map(|from| {
            from.get("servers")
                .and_then(Value::as_array)
                .filter(|list| !list.is_empty())
        });
    let first = servers.and_then(|list| list.first());
    let mut url = first
        .and_then(|server| server.get("url")?.as_str())
        .unwrap_or("/")
        .to_owned();
    let variables = first.and_then(|server| server.get("variables")?.as_object());
    for (name, variable) in variables.into_iter().flatten() {
        let default = variable
            .get("default")
            .and_then(Value::as_str)
            .unwrap_or("");
        url = url.replace(&format!("{{{name}}}"), default);
    }
    if !url.contains("://") {
        let origin = base
            .and_then(origin)
            .ok_or("the document names no server: say which")?;
        url = format!("{origin}/{}", url.trim_start_matches('/'));
    }
    let host = url.split("://").nth(1).unwrap_or("");
    if !(url.starts_with("https://") || url.starts_with("http://")) || host.contains(['{', '}']) {
        return Err("its server is no http:// or https:// address".into());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Scheme and authority of an address.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    Some(&url[..end])
}

fn name(found: &Found<'_>) -> String {
    let made = snake(&found.listed.id);
    let cut = made.floor_char_boundary(64);
    made[..cut].trim_end_matches('_').to_owned()
}

fn description(found: &Found<'_>) -> String {
    let text = found
        .operation
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or("");
    let summary = &found.listed.summary;
    let whole = match (summary.is_empty(), text.is_empty()) {
        (true, true) => format!("{} {}", found.listed.method, found.listed.path),
        (false, true) => summary.clone(),
        (true, false) => text.to_owned(),
        (false, false) => format!("{summary}. {text}"),
    };
    whole.chars().take(DESCRIPTION_MAX_CHARS).collect()
}

/// `listPetsByTag` as `list_pets_by_tag`.
pub(super) fn snake(text: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
        before = c;
    }
    let trimmed = out.trim_matches('_');
    if trimmed
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_lowercase())
    {
        trimmed.to_owned()
    } else {
        format!("op_{trimmed}")
    }
}
