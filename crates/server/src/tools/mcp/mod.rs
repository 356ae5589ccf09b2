//! MCP servers: asked for their tools, and called, over HTTP or as a program of this machine.
//!
//! In: a server as a workspace keeps it, and a call. Out: tools to approve, or what a call gave. Every exchange
//! is a session of its own: greeted, used, ended; nothing is repeated, and a server that changed what it says of
//! a tool is not called until a person approves it again. A program runs only when the operator has allowed
//! its whole command line. Absent: resources, prompts, and anything that a server may ask of us. Next:
//! [`web`], [`program`], `ponte_tools::mcp`, `docs/decisions/0011`.

mod program;
mod web;

use super::{Ask, Tools};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_store::{Store, StoreError};
use ponte_tools::mcp::{self, Era, Heard, Remote, Request};
use ponte_tools::result::{self, Failure, Output};
use ponte_tools::tool::Mcp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// The documents' kind.
pub const SERVER: &str = "mcp_server";
/// Programs that may run at once: each is a process with memory of its own.
const PROGRAMS: usize = 8;
/// Listing the tools of a server ends within this; a program may have to start first.
pub const LIST_WITHIN: Span = Span::secs(30);

/// A server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = McpServer)]
pub enum Server {
    Http {
        url: String,
        /// The name of a credential.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        credential: Option<String>,
    },
    Stdio {
        /// The program and its arguments.
        command: Vec<String>,
        /// Variables that it gets, besides the path; nothing secret.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        env: BTreeMap<String, String>,
    },
}

/// Why a server can't be used.
#[derive(Debug, thiserror::Error)]
pub enum McpError {
    #[error("there is no such server")]
    Missing,
    #[error("the operator has not allowed this command: PONTE_MCP_COMMANDS")]
    NotAllowed,
    #[error("nothing was asked: {0}")]
    NotSent(String),
    /// It may have acted.
    #[error("the exchange broke: {0}")]
    Broken(String),
    #[error("the server refused with code {0}")]
    Refused(i64),
    /// It says something else of this tool than what was approved.
    #[error("the server has changed this tool: it must be approved again")]
    Changed,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What programs the operator allows, and how many run.
#[derive(Clone, Debug)]
pub struct Servers {
    commands: Arc<Vec<String>>,
    places: Arc<Semaphore>,
}

impl Default for Servers {
    fn default() -> Servers {
        Servers::new(Vec::new())
    }
}

/// A line to a server: one request, its answer.
enum Line {
    Web(web::Web),
    Program(program::Program),
}

impl Servers {
    /// `commands`: whole command lines, with single spaces.
    #[must_use]
    pub fn new(commands: Vec<String>) -> Servers {
        Servers {
            commands: Arc::new(commands),
            places: Arc::new(Semaphore::new(PROGRAMS)),
        }
    }

    pub(super) async fn call(
        &self,
        tools: &Tools,
        ask: &Ask<'_>,
        mcp: &Mcp,
        deadline: Time,
    ) -> Result<Output, Failure> {
        let called = self.exchange(tools, ask, mcp, deadline).await;
        let answer = called.map_err(|why| {
            tracing::debug!(%why, "an MCP server was not called well");
            match why {
                McpError::Broken(_) => result::failed(ask.tool, None),
                McpError::Changed | McpError::NotAllowed | McpError::Missing => Failure::Credential,
                McpError::Refused(_) => Failure::Rejected {
                    status: 0,
                    said: String::new(),
                },
                McpError::NotSent(_) | McpError::Store(_) => Failure::Failed { status: None },
            }
        })?;
        result::take(ask.tool, ponte_tools::mcp::given(ask.tool, &answer)?)
    }

    async fn exchange(
        &self,
        tools: &Tools,
        ask: &Ask<'_>,
        one: &Mcp,
        deadline: Time,
    ) -> Result<Value, McpError> {
        let server = server(&tools.store, ask.workspace, &one.server).await?;
        let server = server.ok_or(McpError::Missing)?;
        let (mut line, era) = self.greet(tools, ask.workspace, &server, deadline).await?;
        // Nothing has been asked for yet: whatever breaks until here did nothing.
        let listed = listed(&mut line, &era).await.map_err(harmless)?;
        let same = listed
            .iter()
            .any(|remote| remote.name == one.tool && remote.digest == one.approved);
        if !same {
            return Err(McpError::Changed);
        }
        let arguments = Value::Object(ask.arguments.values.clone());
        let request = mcp::call(90, &era, &one.tool, &arguments);
        let answer = line.ask(&request, &era).await;
        line.end(&era).await;
        answer
    }

    /// The tools of a server, as it says now.
    ///
    /// # Errors
    /// [`McpError`].
    pub async fn list(
        &self,
        tools: &Tools,
        workspace: WorkspaceId,
        server: &Server,
    ) -> Result<Vec<Remote>, McpError> {
        let deadline = tools.now() + LIST_WITHIN;
        let (mut line, era) = self.greet(tools, workspace, server, deadline).await?;
        let found = listed(&mut line, &era).await;
        line.end(&era).await;
        found
    }

    async fn greet(
        &self,
        tools: &Tools,
        workspace: WorkspaceId,
        server: &Server,
        deadline: Time,
    ) -> Result<(Line, Era), McpError> {
        let mut line = match server {
            Server::Http { url, credential } => Line::Web(web::Web::new(
                tools.clone(),
                workspace,
                url,
                credential.clone(),
                deadline,
            )),
            Server::Stdio { command, env } => {
                if !self.commands.contains(&command.join(" ")) {
                    return Err(McpError::NotAllowed);
                }
                let place = Arc::clone(&self.places).acquire_owned().await;
                let place = place.map_err(|_| McpError::NotSent("closed".into()))?;
                Line::Program(program::Program::start(
                    tools, command, env, deadline, place,
                )?)
            }
        };
        let first = Era::Session(mcp::SESSIONS.to_owned());
        match line
            .ask(&mcp::initialize(1), &first)
            .await
            .map_err(harmless)
        {
            Ok(answer) => {
                let era = mcp::chosen(&answer);
                line.tell(&mcp::initialized(), &era)
                    .await
                    .map_err(harmless)?;
                Ok((line, era))
            }
            // A server that knows no sessions says so; it is greeted as the newer ones are.
            Err(McpError::Refused(_)) => {
                let era = Era::SelfContained;
                line.ask(&mcp::discover(2), &era).await.map_err(harmless)?;
                Ok((line, era))
            }
            Err(why) => Err(why),
        }
    }
}

/// Before a call, a broken exchange has done nothing.
fn harmless(why: McpError) -> McpError {
    match why {
        McpError::Broken(why) => McpError::NotSent(why),
        McpError::Missing
        | McpError::NotAllowed
        | McpError::NotSent(_)
        | McpError::Refused(_)
        | McpError::Changed
        | McpError::Store(_) => why,
    }
}

async fn listed(line: &mut Line, era: &Era) -> Result<Vec<Remote>, McpError> {
    let mut found = Vec::new();
    let mut cursor = None;
    for page in 0..mcp::PAGES_MAX {
        let id = 10 + u64::try_from(page).unwrap_or(0);
        let answer = line
            .ask(&mcp::list(id, era, cursor.as_deref()), era)
            .await?;
        let (remotes, next) = mcp::listed(&answer);
        found.extend(remotes);
        cursor = next;
        if cursor.is_none() || found.len() >= mcp::TOOLS_MAX {
            break;
        }
    }
    found.truncate(mcp::TOOLS_MAX);
    Ok(found)
}

impl Line {
    async fn ask(&mut self, request: &Request, era: &Era) -> Result<Value, McpError> {
        match self {
            Line::Web(web) => web.ask(request, era).await,
            Line::Program(program) => program.ask(request).await,
        }
    }

    async fn tell(&mut self, message: &Value, era: &Era) -> Result<(), McpError> {
        match self {
            Line::Web(web) => web.tell(message, era).await,
            Line::Program(program) => program.tell(message).await,
        }
    }

    async fn end(self, era: &Era) {
        match self {
            Line::Web(web) => web.end(era).await,
            // Its pipe closes, and it is killed if that is not enough.
            Line::Program(_) => {}
        }
    }
}

/// What a message means while an answer is waited for; `None`: go on waiting.
fn heard(message: &Value, id: u64) -> (Option<Result<Value, McpError>>, Option<Value>) {
    match mcp::hear(message, id) {
        Heard::Answer(answer) => (Some(Ok(answer)), None),
        Heard::Error { code } => (Some(Err(McpError::Refused(code))), None),
        Heard::Reply(reply) => (None, Some(reply)),
        Heard::Nothing => (None, None),
    }
}

/// The id of a server: made of its name.
#[must_use]
pub fn id(workspace: WorkspaceId, name: &str) -> Uuid {
    Uuid::new_v5(&workspace.0, format!("mcp-server:{name}").as_bytes())
}

/// A server that a workspace keeps.
///
/// # Errors
/// The store's.
pub async fn server(
    store: &Store,
    workspace: WorkspaceId,
    name: &str,
) -> Result<Option<Server>, StoreError> {
    let row = store
        .document(workspace, SERVER, id(workspace, name))
        .await?;
    Ok(row.and_then(|row| serde_json::from_value(row.body).ok()))
}
