//! `ponte key …`: makes, lists and revokes keys of the API.
//!
//! In: a name, scopes, a length of life. Out: the secret, once; later only its name, scopes and when it
//! was used. Absent: showing a key again (only its hash is stored). Next: `api/key.rs`.

use super::{Desk, tools};
use crate::api::key::{self, Scope};
use crate::api::time::{show, show_some};
use crate::boot::fail::{Fail, OK, USAGE};
use crate::boot::random;
use crate::both;
use crate::env::{Clock, Ids};
use crate::workspace::length::Length;
use clap::{Args, Subcommand};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_store::rows::workspace::ApiKeyRow;
use ponte_store::{Commit, Store};
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a key; its secret is printed once
    Create(Create),
    /// List keys, without secrets
    List,
    /// End a key for good
    Revoke {
        /// The key's id, as listed
        id: Uuid,
    },
}

#[derive(Args, Debug)]
pub struct Create {
    /// What the key is for
    pub name: String,
    /// What it may do: read, write, admin, installation
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "read",
        value_name = "SCOPE"
    )]
    pub scope: Vec<String>,
    /// How long it lives, such as 90d; for ever when left out
    #[arg(long, value_name = "LENGTH")]
    pub expires: Option<String>,
}

/// Runs one of the three.
///
/// # Errors
/// [`Fail`] for wrong options and from the store.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    match command {
        Command::Create(options) => create(desk, &store, workspace, options).await,
        Command::List => list(desk, &store, workspace).await,
        Command::Revoke { id } => revoke(desk, &store, workspace, *id).await,
    }
}

/// A new key: its row, and the secret that is nowhere else.
///
/// # Errors
/// [`Fail`] when the machine gives no randomness.
pub fn make(
    ids: &Ids,
    workspace: WorkspaceId,
    name: &str,
    scopes: &[Scope],
    at: Time,
    expires: Option<Time>,
) -> Result<(ApiKeyRow, String), Fail> {
    let text = key::text(&random::secret()?);
    let row = ApiKeyRow {
        id: ids.next(at),
        workspace,
        name: name.to_string(),
        hash: key::hash(&text).unwrap_or_default(),
        scopes: scopes
            .iter()
            .map(|scope| scope.word().to_string())
            .collect(),
        agent: None,
        created: at,
        expires,
        last_used: None,
        revoked: false,
    };
    Ok((row, text))
}

async fn create(
    desk: &mut Desk<'_>,
    store: &Store,
    workspace: WorkspaceId,
    options: &Create,
) -> Result<u8, Fail> {
    let scopes = options
        .scope
        .iter()
        .map(|word| scope(word))
        .collect::<Result<Vec<_>, Fail>>()?;
    let at = Clock::real().now();
    let expires = options
        .expires
        .as_deref()
        .map(|text| life(text, at))
        .transpose()?;
    let (row, text) = make(
        &Ids::random(),
        workspace,
        &options.name,
        &scopes,
        at,
        expires,
    )?;
    let mut commit = Commit::new();
    commit.add_api_key(&row);
    store.commit(commit).await?;
    if desk.json {
        desk.json(&json!({ "id": row.id, "name": row.name, "key": text, "scopes": row.scopes, "expires": show_some(expires) }));
    } else {
        desk.say(&text);
        desk.tell(&both!(
            "Guarde-a agora: não será mostrada de novo.",
            "Keep it now: it won't be shown again."
        ));
    }
    Ok(OK)
}

fn scope(word: &str) -> Result<Scope, Fail> {
    Scope::from_word(word).ok_or_else(|| {
        Fail::usage(
            both!("não há escopo `{word}`.", "there is no scope `{word}`."),
            both!(
                "Use read, write, admin ou installation.",
                "Use read, write, admin or installation."
            ),
        )
    })
}

fn life(text: &str, at: Time) -> Result<Time, Fail> {
    let length: Length = text.parse().map_err(|_| {
        Fail::usage(
            both!("`{text}` não é um prazo.", "`{text}` is no length of time."),
            both!("Escreva como 12h ou 90d.", "Write it as 12h or 90d."),
        )
    })?;
    Ok(at + length.0)
}

async fn list(desk: &mut Desk<'_>, store: &Store, workspace: WorkspaceId) -> Result<u8, Fail> {
    let keys = store.api_keys(workspace).await?;
    if desk.json {
        let all: Vec<_> = keys
            .iter()
            .map(|key| {
                json!({
                    "id": key.id, "name": key.name, "scopes": key.scopes, "created": show(key.created),
                    "expires": show_some(key.expires), "last_used": show_some(key.last_used), "revoked": key.revoked,
                })
            })
            .collect();
        desk.json(&json!(all));
        return Ok(OK);
    }
    for key in keys {
        let used = show_some(key.last_used).unwrap_or_else(|| "-".into());
        let mark = if key.revoked { " revoked" } else { "" };
        desk.say(&format!(
            "{}  {}  {}  {used}{mark}",
            key.id,
            key.scopes.join(","),
            key.name
        ));
    }
    Ok(OK)
}

async fn revoke(
    desk: &mut Desk<'_>,
    store: &Store,
    workspace: WorkspaceId,
    id: Uuid,
) -> Result<u8, Fail> {
    let mut commit = Commit::new();
    commit.revoke_api_key(workspace, id);
    if !store.commit(commit).await?.stored() {
        return Err(Fail {
            code: USAGE,
            what: both!("não há chave com este id.", "there is no key with this id."),
            todo: both!(
                "Veja os ids com `ponte key list`.",
                "See the ids with `ponte key list`."
            ),
        });
    }
    desk.tell(&both!("Revogada.", "Revoked."));
    Ok(OK)
}
