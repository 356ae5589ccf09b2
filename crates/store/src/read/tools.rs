//! Credentials of tools, calls, and what is known of contacts.
//!
//! In: a workspace. Out: rows, calls newest first. Absent: what is sealed in them.

use super::{LIST_MAX, cap};
use crate::error::{Result, StoreError};
use crate::rows::tools::{AttributeRow, CredentialRow, ToolCallRow, ToolCallState};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::ids::{ContactId, ConversationId, WorkspaceId};
use ponte_core::time::Time;
use uuid::Uuid;

const CREDENTIALS: &str = "SELECT id, workspace, name, settings, sealed, tokens, expires, state, hint, revision, created,
 updated FROM tool_credentials WHERE (CAST($1 AS @id) IS NULL OR workspace = $1) ORDER BY workspace, name LIMIT $2";
const CREDENTIAL: &str =
    "SELECT id, workspace, name, settings, sealed, tokens, expires, state, hint, revision, created,
 updated FROM tool_credentials WHERE workspace = $1 AND (id = $2 OR name = $3)";
const CALL_BY_KEY: &str = "SELECT id, workspace, conversation, tool, call_key, digest, effects, ignored, arguments, state,
 outcome, http, result, at, until, latency FROM tool_calls WHERE workspace = $1 AND call_key = $2";
const CALLS: &str = "SELECT id, workspace, conversation, tool, call_key, digest, effects, ignored, arguments, state,
 outcome, http, result, at, until, latency FROM tool_calls
 WHERE workspace = $1 AND (CAST($2 AS @id) IS NULL OR conversation = $2)
 AND (at < $3 OR (at = $3 AND id < $4)) ORDER BY at DESC, id DESC LIMIT $5";
const BEGUN: &str =
    "SELECT COUNT(*) FROM tool_calls WHERE workspace = $1 AND tool = $2 AND at >= $3
 AND state IN ('running', 'done', 'failed', 'unsure')";
const ATTRIBUTES: &str =
    "SELECT workspace, contact, name, value, source, updated FROM contact_attributes
 WHERE workspace = $1 AND contact = $2 ORDER BY name LIMIT $3";

impl Store {
    /// The credentials of a workspace, or of all.
    pub async fn credentials(&self, workspace: Option<WorkspaceId>) -> Result<Vec<CredentialRow>> {
        let stmt = Stmt::read(CREDENTIALS, vals![workspace, cap(LIST_MAX)]);
        self.read_good(stmt, credential).await
    }

    /// One credential, by id.
    pub async fn credential(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
    ) -> Result<Option<CredentialRow>> {
        // No name is empty.
        let stmt = Stmt::read(CREDENTIAL, vals![workspace, id, ""]);
        self.read_one(stmt, credential).await
    }

    /// One credential, by name.
    pub async fn credential_named(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<CredentialRow>> {
        let stmt = Stmt::read(CREDENTIAL, vals![workspace, Uuid::nil(), name]);
        self.read_one(stmt, credential).await
    }

    /// The call that a decision led to.
    pub async fn tool_call(
        &self,
        workspace: WorkspaceId,
        key: &str,
    ) -> Result<Option<ToolCallRow>> {
        self.read_one(Stmt::read(CALL_BY_KEY, vals![workspace, key]), call)
            .await
    }

    /// Calls before a place in the list, newest first; of one conversation, or of all.
    pub async fn tool_calls(
        &self,
        workspace: WorkspaceId,
        conversation: Option<ConversationId>,
        before: Option<(Time, Uuid)>,
        limit: u32,
    ) -> Result<Vec<ToolCallRow>> {
        let (at, id) = before.unwrap_or((Time(i64::MAX), Uuid::max()));
        let stmt = Stmt::read(CALLS, vals![workspace, conversation, at, id, cap(limit)]);
        self.read_good(stmt, call).await
    }

    /// Calls of a tool that have begun since.
    pub async fn tool_calls_since(
        &self,
        workspace: WorkspaceId,
        tool: &str,
        since: Time,
    ) -> Result<u64> {
        let stmt = Stmt::read(BEGUN, vals![workspace, tool, since]);
        let found = self.read_one(stmt, |mut c| c.get::<u64>()).await?;
        Ok(found.unwrap_or(0))
    }

    /// What is known of a contact.
    pub async fn attributes(
        &self,
        workspace: WorkspaceId,
        contact: ContactId,
    ) -> Result<Vec<AttributeRow>> {
        let stmt = Stmt::read(ATTRIBUTES, vals![workspace, contact, cap(LIST_MAX)]);
        self.read_good(stmt, |mut c| {
            Ok(AttributeRow {
                workspace: c.get()?,
                contact: c.get()?,
                name: c.get()?,
                value: c.get()?,
                source: c.get()?,
                updated: c.get()?,
            })
        })
        .await
    }
}

fn credential(mut c: Cells) -> Result<CredentialRow> {
    Ok(CredentialRow {
        id: c.get()?,
        workspace: c.get()?,
        name: c.get()?,
        settings: c.json()?,
        sealed: c.get()?,
        tokens: c.get()?,
        expires: c.get()?,
        state: c.get()?,
        hint: c.get()?,
        revision: c.get()?,
        created: c.get()?,
        updated: c.get()?,
    })
}

fn call(mut c: Cells) -> Result<ToolCallRow> {
    Ok(ToolCallRow {
        id: c.get()?,
        workspace: c.get()?,
        conversation: c.get()?,
        tool: c.get()?,
        key: c.get()?,
        digest: c.get()?,
        effects: c.get()?,
        ignored: c.get()?,
        arguments: c.get()?,
        state: state(&c.get::<String>()?)?,
        outcome: c.get()?,
        http: c
            .get::<Option<u32>>()?
            .and_then(|http| u16::try_from(http).ok()),
        result: c.get()?,
        at: c.get()?,
        until: c.get()?,
        latency_us: c.get()?,
    })
}

fn state(word: &str) -> Result<ToolCallState> {
    ToolCallState::from_word(word)
        .ok_or_else(|| StoreError::Corrupt(format!("a tool call can't be `{word}`")))
}
