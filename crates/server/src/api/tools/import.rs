//! `POST /api/v1/tools/import`: tools from an OpenAPI document, by picking operations.
//!
//! In: the document as text or as an address, and operations; `keep` to keep what was made. Out: the tools, the
//! credentials they need, and everything that did not map with its reason. Absent: overwriting a tool of the same
//! name, which is told instead. Next: `ponte_tools::openapi`.

use super::refused;
use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::Body;
use crate::api::problem::Problem;
use crate::both;
use crate::egress::{Request, Sent};
use crate::tools::manage::Refusal;
use axum::Json;
use axum::extract::State;
use ponte_core::time::Span;
use ponte_tools::Tool;
use ponte_tools::openapi::{DOCUMENT_MAX_BYTES, Document, Import, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

/// Fetching a document ends within this.
const FETCH_WITHIN: Span = Span::secs(15);

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportWish {
    /// The document itself, JSON or YAML.
    pub document: Option<String>,
    /// Where it is, when it isn't given.
    pub url: Option<String>,
    /// Operations by id, or by `GET /path`; none: only list them.
    #[serde(default)]
    pub operations: Vec<String>,
    /// All of them.
    #[serde(default)]
    pub all: bool,
    /// The server, where the document names none.
    pub server: Option<String>,
    /// Keep the tools that were made.
    #[serde(default)]
    pub keep: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Imported {
    pub operations: Vec<OperationView>,
    #[schema(value_type = Vec<Object>)]
    pub tools: Vec<Tool>,
    /// Credentials to make, by the names that the tools use.
    #[schema(value_type = Vec<Object>)]
    pub credentials: Vec<Value>,
    pub unmapped: Vec<UnmappedView>,
    /// Names of the tools that are kept now.
    pub kept: Vec<String>,
}

/// An operation to pick from.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationView {
    pub id: String,
    pub method: String,
    pub path: String,
    pub summary: String,
    pub deprecated: bool,
}

/// Something that did not map.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnmappedView {
    pub operation: String,
    pub what: String,
    pub why: String,
}

/// What an import gives, as API and command line show it.
#[must_use]
pub fn view(document: &Document, import: Import) -> Imported {
    let operation = |one: ponte_tools::openapi::Listed| OperationView {
        id: one.id,
        method: one.method,
        path: one.path,
        summary: one.summary,
        deprecated: one.deprecated,
    };
    let unmapped = |one: ponte_tools::openapi::Unmapped| UnmappedView {
        operation: one.operation,
        what: one.what,
        why: one.why,
    };
    let credentials = import.credentials.iter().map(|needed| {
        let kind = match &needed.kind {
            Kind::Header { header } => json!({"kind": "header", "header": header}),
            Kind::Query { parameter } => json!({"kind": "query", "parameter": parameter}),
            Kind::Bearer => json!({"kind": "bearer"}),
            Kind::Basic => json!({"kind": "basic"}),
            Kind::ClientCredentials { token_url, scopes } => {
                json!({"kind": "client_credentials", "token_url": token_url, "scopes": scopes})
            }
            Kind::AuthorizationCode {
                authorize_url,
                token_url,
                scopes,
            } => json!({"kind": "authorization_code", "authorize_url": authorize_url,
                "token_url": token_url, "scopes": scopes}),
        };
        json!({"name": needed.name, "settings": kind})
    });
    Imported {
        operations: document.operations().into_iter().map(operation).collect(),
        credentials: credentials.collect(),
        tools: import.tools,
        unmapped: import.unmapped.into_iter().map(unmapped).collect(),
        kept: Vec::new(),
    }
}

/// Import tools from OpenAPI
#[utoipa::path(post, path = "/api/v1/tools/import", operation_id = "import_tools", tag = "tools", security(("key" = ["admin"])),
    request_body = ImportWish, responses((status = 200, description = "What was made, and what was not", body = Imported), Refusals))]
pub async fn import(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Body(wish): Body<ImportWish>,
) -> Result<Json<Imported>, Problem> {
    let text = match (&wish.document, &wish.url) {
        (Some(text), _) => text.clone(),
        (None, Some(url)) => fetch(&state, url).await?,
        (None, None) => {
            return Err(Problem::bad(both!(
                "mande `document` ou `url`.",
                "send `document` or `url`."
            )));
        }
    };
    let base = wish.server.as_deref().or(wish.url.as_deref());
    let unread = |why: ponte_tools::openapi::ImportError| {
        Problem::bad(both!("No documento: {why}.", "In the document: {why}."))
    };
    let document = Document::read(&text).map_err(unread)?;
    let made = if wish.operations.is_empty() && !wish.all {
        Import::default()
    } else {
        document.import(&wish.operations, base).map_err(unread)?
    };
    let mut imported = view(&document, made);
    if wish.keep {
        for tool in &imported.tools {
            match state.app.tools.put(caller.workspace, tool, 0).await {
                Ok(_) => imported.kept.push(tool.name.clone()),
                Err(Refusal::Store(error)) => return Err(refused(Refusal::Store(error))),
                Err(refusal) => imported.unmapped.push(UnmappedView {
                    operation: tool.name.clone(),
                    what: "keep".into(),
                    why: match refusal {
                        Refusal::Wrong(why) => why.en,
                        Refusal::Changed | Refusal::Missing | Refusal::Store(_) => {
                            "a tool of this name is there already".into()
                        }
                    },
                }),
            }
        }
    }
    Ok(Json(imported))
}

async fn fetch(state: &ApiState, url: &str) -> Result<String, Problem> {
    let mut request = Request::get(url, state.now() + FETCH_WITHIN);
    request.limit = DOCUMENT_MAX_BYTES;
    request.redirects = 3;
    let why = match state.app.env.egress.call(request).await {
        Sent::Answered(answer) if answer.status == 200 => {
            return String::from_utf8(answer.body.to_vec()).map_err(|_| {
                Problem::bad(both!(
                    "o documento não é texto.",
                    "the document is no text."
                ))
            });
        }
        Sent::Answered(answer) => format!("HTTP {}", answer.status),
        Sent::NotSent { why } => why.to_string(),
        Sent::Broken { why, .. } => why.to_string(),
    };
    Err(Problem::bad(both!(
        "o documento não veio ({why}).",
        "the document did not come ({why})."
    )))
}
