//! Tools from an OpenAPI 3.0 or 3.1 document, by picking operations.
//!
//! In: the document as text, which operations, and where it came from. Out: sound tools, the credentials
//! they need, and a report of everything that did not map, with the reason. Documents of the wild break
//! their own rules: what can't be read is left out and said, and the rest goes on. Absent: fetching
//! anything (a reference to another document is refused), and checking answers against the document,
//! because documents promise more than servers keep; a person adds `result` where it holds.
//! Next: [`operation`], [`schemas`].

mod operation;
mod schemas;
mod security;

pub use security::{Kind, Needed};

use crate::check;
use crate::tool::Tool;
use schemas::Schemas;
use serde_json::Value;

/// What a document may weigh; the largest in daily use are some megabytes.
pub const DOCUMENT_MAX_BYTES: usize = 8 * 1024 * 1024;
/// Tools of one import; an assistant with more chooses badly.
pub const TOOLS_MAX: usize = 64;
/// Operations that are listed.
const OPERATIONS_MAX: usize = 2_000;

/// The methods that operations have.
const METHODS: [&str; 8] = [
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];

/// A document that has been read.
#[derive(Clone, Debug)]
pub struct Document {
    root: Value,
}

/// Why nothing can be made of a text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    #[error("larger than {DOCUMENT_MAX_BYTES} bytes")]
    TooLarge,
    #[error("neither JSON nor YAML: {0}")]
    Unreadable(String),
    #[error("not an OpenAPI 3 document: `openapi: 3.x` is missing")]
    NotOpenApi,
    #[error("Swagger 2 is not read: convert it to OpenAPI 3 first")]
    Swagger2,
    #[error("there is no operation `{0}`")]
    NoSuchOperation(String),
    #[error("more than {TOOLS_MAX} operations at once: pick the ones that are needed")]
    TooMany,
}

/// An operation to pick from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The `operationId`, or `GET /path` where it has none.
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub deprecated: bool,
}

/// Something that did not map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmapped {
    pub operation: String,
    /// The part: a parameter, the body, the whole operation.
    pub what: String,
    pub why: String,
}

/// What an import gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Import {
    pub tools: Vec<Tool>,
    pub credentials: Vec<Needed>,
    pub unmapped: Vec<Unmapped>,
}

impl Document {
    /// Reads a document from JSON or YAML.
    ///
    /// # Errors
    /// [`ImportError`].
    pub fn read(text: &str) -> Result<Document, ImportError> {
        if text.len() > DOCUMENT_MAX_BYTES {
            return Err(ImportError::TooLarge);
        }
        let root: Value = if text.trim_start().starts_with('{') {
            serde_json::from_str(text)
                .map_err(|error| ImportError::Unreadable(error.to_string()))?
        } else {
            serde_saphyr::from_str(text)
                .map_err(|error| ImportError::Unreadable(error.to_string()))?
        };
        if root.get("swagger").is_some() {
            return Err(ImportError::Swagger2);
        }
        let version = root.get("openapi").and_then(Value::as_str).unwrap_or("");
        if !version.starts_with("3.") {
            return Err(ImportError::NotOpenApi);
        }
        Ok(Document { root })
    }

    /// All operations, in the document's order of paths.
    #[must_use]
    pub fn operations(&self) -> Vec<Listed> {
        let each = self.each().map(|found| found.listed);
        each.take(OPERATIONS_MAX).collect()
    }

    fn each(&self) -> impl Iterator<Item = Found<'_>> {
        let paths = self.root.get("paths").and_then(Value::as_object);
        paths.into_iter().flatten().flat_map(|(path, item)| {
            METHODS.iter().filter_map(move |method| {
                let operation = item.get(*method)?;
                let upper = method.to_ascii_uppercase();
                let id = operation.get("operationId").and_then(Value::as_str);
                let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or("");
                let listed = Listed {
                    id: id.map_or_else(|| format!("{upper} {path}"), str::to_owned),
                    method: upper,
                    path: path.clone(),
                    summary: text("summary").to_owned(),
                    deprecated: operation.get("deprecated") == Some(&Value::Bool(true)),
                };
                Some(Found {
                    listed,
                    item,
                    operation,
                })
            })
        })
    }

    /// Makes tools of the picked operations (by id; none: of all). `base`: the address the document
    /// came from, or the server to use where it names none.
    ///
    /// # Errors
    /// [`ImportError`] when an operation is not there, or there are too many.
    pub fn import(&self, picked: &[String], base: Option<&str>) -> Result<Import, ImportError> {
        let found: Vec<Found<'_>> = self
            .each()
            .filter(|one| picked.is_empty() || picked.contains(&one.listed.id))
            .take(TOOLS_MAX + 1)
            .collect();
        if let Some(missing) = picked
            .iter()
            .find(|id| !found.iter().any(|one| one.listed.id == **id))
            && found.len() <= TOOLS_MAX
        {
            return Err(ImportError::NoSuchOperation(missing.clone()));
        }
        if found.len() > TOOLS_MAX {
            return Err(ImportError::TooMany);
        }
        let mut import = Import::default();
        for one in &found {
            let mut schemas = Schemas::new(&self.root);
            let made = operation::make(&self.root, one, base, &mut schemas, &mut import);
            let operation = one.listed.id.clone();
            let lost = schemas.lost();
            import.unmapped.extend(lost.into_iter().map(|why| Unmapped {
                operation: operation.clone(),
                what: "schema".into(),
                why,
            }));
            match made {
                Ok(tool) => import.keep(tool, &operation),
                Err(why) => import.unmapped.push(Unmapped {
                    operation,
                    what: "operation".into(),
                    why,
                }),
            }
        }
        Ok(import)
    }
}

struct Found<'a> {
    listed: Listed,
    item: &'a Value,
    operation: &'a Value,
}

impl Import {
    /// Keeps a tool under a name of its own, if it is sound.
    fn keep(&mut self, mut tool: Tool, operation: &str) {
        let base = tool.name.clone();
        let mut n = 1;
        while self.tools.iter().any(|other| other.name == tool.name) {
            n += 1;
            let end = base.floor_char_boundary(60);
            tool.name = format!("{}_{n}", &base[..end]);
        }
        let faults = check::check(&tool);
        if faults.is_empty() {
            self.tools.push(tool);
            return;
        }
        for fault in faults {
            self.unmapped.push(Unmapped {
                operation: operation.to_owned(),
                what: fault.at,
                why: fault.what,
            });
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
