//! The schemas of an OpenAPI document as one piece of JSON Schema 2020-12 each: references put in their
//! place, 3.0's own words translated, what only describes left out.
//!
//! In: a schema and the document around it. Out: a schema that needs nothing outside itself, and a list
//! of what was lost. A schema that contains itself ends as "anything" where it repeats; a document that
//! unfolds without end runs out of places. Absent: remote references. Next: [`super::operation`].

use serde_json::{Map, Value, json};

/// References followed inside each other.
const REFS_MAX: usize = 12;
/// Places of one operation's schemas, unfolded; more is a document that multiplies itself.
const NODES_MAX: usize = 5_000;
/// Nesting of one schema, unfolded: below what a compiled schema may have.
const NESTED_MAX: usize = 12;

/// Words that constrain values and mean the same in all versions.
const KEPT: [&str; 18] = [
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "required",
    "default",
    "title",
];

/// Unfolds schemas of one document.
pub(super) struct Schemas<'a> {
    root: &'a Value,
    nodes: usize,
    lost: Vec<String>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(root: &'a Value) -> Schemas<'a> {
        Schemas {
            root,
            nodes: 0,
            lost: Vec::new(),
        }
    }

    /// What could not be kept, each reason once.
    pub(super) fn lost(mut self) -> Vec<String> {
        self.lost.sort();
        self.lost.dedup();
        self.lost
    }

    /// The thing a reference leads to, through other references; the thing itself if it is none.
    pub(super) fn resolve(&mut self, value: &'a Value) -> Option<&'a Value> {
        let mut at = value;
        for _ in 0..REFS_MAX {
            let Some(to) = at.get("$ref").and_then(Value::as_str) else {
                return Some(at);
            };
            at = self.local(to)?;
        }
        self.lost.push("references that lead in a circle".into());
        None
    }

    fn local(&mut self, to: &str) -> Option<&'a Value> {
        let Some(pointer) = to.strip_prefix('#') else {
            self.lost.push(format!(
                "`{}` is another document, which is never fetched",
                short(to)
            ));
            return None;
        };
        let found = self.root.pointer(pointer);
        if found.is_none() {
            self.lost.push(format!("`{}` leads nowhere", short(to)));
        }
        found
    }

    /// A schema, unfolded.
    pub(super) fn unfold(&mut self, schema: &'a Value) -> Value {
        self.inside(schema, &mut Vec::new(), 0)
    }

    fn inside(&mut self, schema: &'a Value, way: &mut Vec<&'a str>, nested: usize) -> Value {
        self.nodes += 1;
        if self.nodes > NODES_MAX || nested > NESTED_MAX {
            self.lost
                .push("a schema too large or too deep: anything is taken there".into());
            return json!({});
        }
        let Some(members) = schema.as_object() else {
            return json!({});
        };
        if let Some(to) = members.get("$ref").and_then(Value::as_str) {
            if way.contains(&to) || way.len() >= REFS_MAX {
                self.lost.push(format!(
                    "`{}` contains itself: anything is taken there",
                    short(to)
                ));
                return json!({});
            }
            let Some(found) = self.local(to) else {
                return json!({});
            };
            way.push(to);
            let unfolded = self.inside(found, way, nested);
            way.pop();
            return unfolded;
        }
        let mut out = Map::new();
        for word in KEPT {
            if let Some(value) = members.get(word) {
                out.insert(word.to_owned(), value.clone());
            }
        }
        if let Some(text) = members.get("description").and_then(Value::as_str) {
            out.insert(
                "description".into(),
                text.chars().take(300).collect::<String>().into(),
            );
        }
        bounds(members, &mut out);
        self.parts(members, &mut out, way, nested);
        for part in members
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let part = self.inside(part, way, nested + 1);
            merge(&mut out, part);
        }
        if members.get("not").is_some() {
            self.lost.push("`not` is left out".into());
        }
        nullable(members, &mut out);
        Value::Object(out)
    }

    fn parts(
        &mut self,
        members: &'a Map<String, Value>,
        out: &mut Map<String, Value>,
        way: &mut Vec<&'a str>,
        nested: usize,
    ) {
        if let Some(items) = members.get("items") {
            let items = self.inside(items, way, nested + 1);
            out.insert("items".into(), items);
        }
        if let Some(properties) = members.get("properties").and_then(Value::as_object) {
            let mut kept = Map::new();
            for (name, property) in properties {
                if property.get("readOnly") != Some(&Value::Bool(true)) {
                    kept.insert(name.clone(), self.inside(property, way, nested + 1));
                }
            }
            if let Some(required) = out.get_mut("required").and_then(Value::as_array_mut) {
                let gone = |name: &Value| {
                    name.as_str().is_some_and(|name| {
                        properties.contains_key(name) && !kept.contains_key(name)
                    })
                };
                required.retain(|name| !gone(name));
            }
            out.insert("properties".into(), Value::Object(kept));
        }
        match members.get("additionalProperties") {
            Some(Value::Bool(open)) => {
                out.insert("additionalProperties".into(), Value::Bool(*open));
            }
            Some(schema @ Value::Object(_)) => {
                let schema = self.inside(schema, way, nested + 1);
                out.insert("additionalProperties".into(), schema);
            }
            Some(_) | None => {}
        }
        // Of several shapes any may come; that exactly one must, servers say only in documents.
        for word in ["oneOf", "anyOf"] {
            if let Some(shapes) = members.get(word).and_then(Value::as_array) {
                let shapes = shapes
                    .iter()
                    .map(|shape| self.inside(shape, way, nested + 1));
                let shapes: Vec<Value> = shapes.collect();
                out.insert("anyOf".into(), Value::Array(shapes));
            }
        }
    }
}

/// 3.0 says "more than" with a flag beside the bound.
fn bounds(members: &Map<String, Value>, out: &mut Map<String, Value>) {
    for (flag, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        match members.get(flag) {
            Some(Value::Bool(true)) => {
                if let Some(value) = out.remove(bound) {
                    out.insert(flag.to_owned(), value);
                }
            }
            Some(value @ Value::Number(_)) => {
                out.insert(flag.to_owned(), value.clone());
            }
            Some(_) | None => {}
        }
    }
}

/// 3.0 says "or nothing" with a flag.
fn nullable(members: &Map<String, Value>, out: &mut Map<String, Value>) {
    if members.get("nullable") != Some(&Value::Bool(true)) {
        return;
    }
    if let Some(Value::String(kind)) = out.get("type").cloned() {
        out.insert("type".into(), json!([kind, "null"]));
    }
    if let Some(values) = out.get_mut("enum").and_then(Value::as_array_mut)
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

/// Adds what another part of an `allOf` says.
pub(super) fn merge(out: &mut Map<String, Value>, part: Value) {
    let Value::Object(part) = part else {
        return;
    };
    for (word, value) in part {
        match (out.get_mut(&word), value) {
            (Some(Value::Object(have)), Value::Object(more)) if word == "properties" => {
                have.extend(more);
            }
            (Some(Value::Array(have)), Value::Array(more)) if word == "required" => {
                for name in more {
                    if !have.contains(&name) {
                        have.push(name);
                    }
                }
            }
            (Some(_), _) => {}
            (None, value) => {
                out.insert(word, value);
            }
        }
    }
}

fn short(text: &str) -> String {
    text.chars().take(100).collect()
}
