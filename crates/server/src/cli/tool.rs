//! `ponte tool …`: lists tools, tries one, and makes tools from an OpenAPI document.
//!
//! In: a name and values, or a document's file and operations. Out: the list, what a try came to, or what was
//! made and what was not, with the reason. Absent: secrets; credentials are made over the API. Next:
//! `crate::tools`, `docs/tools.md`.

use super::{Desk, provider, tools};
use crate::api::tools::{import, trial};
use crate::boot::fail::{FOUND, Fail, OK};
use crate::both;
use crate::tools::manage::Refusal;
use crate::tools::mcp::Servers;
use crate::tools::{Tools, kept};
use clap::{Args, Subcommand};
use ponte_core::ids::WorkspaceId;
use ponte_store::Store;
use ponte_tools::openapi::{DOCUMENT_MAX_BYTES, Document, Import};
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the tools that assistants may call
    List,
    /// Try a tool with sample values
    Try(Try),
    /// Make tools from an OpenAPI document
    Import(ImportFile),
}

#[derive(Args, Debug)]
pub struct Try {
    /// The tool's name
    pub name: String,
    /// Values as a JSON object; the tool's sample when left out
    #[arg(long, value_name = "JSON")]
    pub arguments: Option<String>,
    /// Ask the other side, even where the sample has an answer
    #[arg(long)]
    pub real: bool,
}

#[derive(Args, Debug)]
pub struct ImportFile {
    /// The document, JSON or YAML
    pub file: PathBuf,
    /// An operation, by id or as `GET /path`; only lists them when left out
    #[arg(long, value_name = "ID")]
    pub operation: Vec<String>,
    /// All operations
    #[arg(long, conflicts_with = "operation")]
    pub all: bool,
    /// The server, where the document names none
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// Keep the tools that were made
    #[arg(long)]
    pub keep: bool,
}

/// Runs one of the three.
///
/// # Errors
/// [`Fail`] for what was written wrong, an unknown name, and from the store.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let room = room(desk, &store)?;
    match command {
        Command::List => list(desk, &store, workspace).await,
        Command::Try(options) => try_out(desk, &room, workspace, options).await,
        Command::Import(options) => import_file(desk, &room, workspace, options).await,
    }
}

/// The running server's room, or one of this command alone, which runs no programs.
pub(super) fn room(desk: &Desk<'_>, store: &Store) -> Result<Tools, Fail> {
    if let Some(app) = &desk.app {
        return Ok(app.tools.clone());
    }
    let mut env = crate::boot::serve::environment(None)?;
    crate::boot::serve::open_egress(&mut env, &desk.config);
    let vault = provider::models(desk, store)?.vault().clone();
    Ok(Tools::new(store.clone(), env, vault, Servers::default()))
}

async fn list(desk: &mut Desk<'_>, store: &Store, workspace: WorkspaceId) -> Result<u8, Fail> {
    let all = kept::all(store, workspace).await?;
    if desk.json {
        desk.json(&json!({ "tools": all }));
        return Ok(OK);
    }
    for tool in all {
        let (name, shown) = (&tool.name, tool.shown());
        desk.say(&format!("{name}  {shown}"));
    }
    Ok(OK)
}

async fn try_out(
    desk: &mut Desk<'_>,
    room: &Tools,
    workspace: WorkspaceId,
    options: &Try,
) -> Result<u8, Fail> {
    let name = &options.name;
    let all = kept::all(&room.store, workspace).await?;
    let tool = all
        .into_iter()
        .find(|tool| tool.name == *name)
        .ok_or_else(|| {
            Fail::usage(
                both!("não há uma ferramenta {name}.", "there is no tool {name}."),
                both!("Veja `ponte tool list`.", "See `ponte tool list`."),
            )
        })?;
    let given = options
        .arguments
        .as_deref()
        .map(serde_json::from_str::<Value>);
    let given = given.transpose().map_err(|why| {
        Fail::usage(
            both!(
                "--arguments não é JSON ({why}).",
                "--arguments is no JSON ({why})."
            ),
            both!(
                "Escreva um objeto, como '{{\"pedido\": \"7\"}}'.",
                "Write an object, such as '{{\"order\": \"7\"}}'."
            ),
        )
    })?;
    let tried = room
        .try_out(workspace, &tool, given.as_ref(), options.real)
        .await?;
    let view = trial::view(&tool, tried);
    let code = if view.outcome == "done" { OK } else { FOUND };
    // The same shape for people and programs: a request and its answer read best as they are.
    desk.json(&serde_json::to_value(&view).unwrap_or_default());
    Ok(code)
}

async fn import_file(
    desk: &mut Desk<'_>,
    room: &Tools,
    workspace: WorkspaceId,
    options: &ImportFile,
) -> Result<u8, Fail> {
    let document = read(&options.file)?;
    let made = if options.operation.is_empty() && !options.all {
        Import::default()
    } else {
        let made = document.import(&options.operation, options.server.as_deref());
        made.map_err(|why| wrong(&options.file, &why.to_string()))?
    };
    let mut imported = import::view(&document, made);
    if options.keep {
        for tool in &imported.tools {
            let name = &tool.name;
            match room.put(workspace, tool, 0).await {
                Ok(_) => imported.kept.push(name.clone()),
                Err(Refusal::Store(error)) => return Err(error.into()),
                Err(Refusal::Wrong(why)) => desk.tell(&both!("{name}: {why}", "{name}: {why}")),
                Err(Refusal::Changed | Refusal::Missing) => desk.tell(&both!(
                    "{name}: já existe, ficou como estava.",
                    "{name}: is there already and stays as it was."
                )),
            }
        }
    }
    let code = if imported.unmapped.is_empty() {
        OK
    } else {
        FOUND
    };
    if desk.json {
        desk.json(&serde_json::to_value(&imported).unwrap_or_default());
        return Ok(code);
    }
    if imported.tools.is_empty() && imported.unmapped.is_empty() {
        for one in &imported.operations {
            desk.say(&format!(
                "{}  {}  {} {}",
                one.id, one.summary, one.method, one.path
            ));
        }
    }
    for tool in &imported.tools {
        desk.say(&format!("+ {}  {}", tool.name, tool.shown()));
    }
    for one in &imported.unmapped {
        desk.say(&format!("! {}  {}: {}", one.operation, one.what, one.why));
    }
    Ok(code)
}

fn read(file: &std::path::Path) -> Result<Document, Fail> {
    let most = u64::try_from(DOCUMENT_MAX_BYTES).unwrap_or(u64::MAX);
    let opened = std::fs::File::open(file).map_err(|why| wrong(file, &why.to_string()))?;
    let mut text = String::new();
    let read = opened.take(most + 1).read_to_string(&mut text);
    read.map_err(|why| wrong(file, &why.to_string()))?;
    Document::read(&text).map_err(|why| wrong(file, &why.to_string()))
}

fn wrong(file: &std::path::Path, why: &str) -> Fail {
    let shown = file.display();
    Fail::usage(
        both!("{shown} não serve ({why}).", "{shown} won't do ({why})."),
        both!(
            "Use um documento OpenAPI 3, em JSON ou YAML.",
            "Use an OpenAPI 3 document, JSON or YAML."
        ),
    )
}
