//! Workspaces, channels, documents, people, keys, and words about the whole store.

use super::{LIST_MAX, cap};
use crate::error::Result;
use crate::rows::shared::{Counts, NodeRow};
use crate::rows::workspace::{AgentRow, ApiKeyRow, ChannelRow, DocumentRow, WorkspaceRow};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::ids::{ChannelId, WorkspaceId};
use ponte_core::time::Time;
use uuid::Uuid;

const WORKSPACES: &str =
    "SELECT id, name, settings, created FROM workspaces ORDER BY created, id LIMIT $1";
const CHANNELS: &str = "SELECT id, workspace, name, number, account, display, assistant, settings, secrets, suspended,
 suspended_at, removed, revision, updated FROM channels WHERE (CAST($1 AS @id) IS NULL OR workspace = $1) ORDER BY id LIMIT $2";
const CHANNEL_BY_NUMBER: &str =
    "SELECT id, workspace, name, number, account, display, assistant, settings, secrets,
 suspended, suspended_at, removed, revision, updated FROM channels WHERE number = $1";
const DOCUMENTS: &str = "SELECT workspace, kind, id, name, body, revision, updated FROM documents
 WHERE (CAST($1 AS @id) IS NULL OR workspace = $1) AND (CAST($2 AS TEXT) IS NULL OR kind = $2)
 ORDER BY workspace, kind, name LIMIT $3";
const DOCUMENTS_BELOW: &str = "SELECT workspace, kind, id, name, body, revision, updated FROM documents
 WHERE workspace = $1 AND kind = $2 AND substr(name, 1, length(CAST($3 AS TEXT))) = $3 ORDER BY updated DESC, name LIMIT $4";
const DOCUMENT: &str = "SELECT workspace, kind, id, name, body, revision, updated FROM documents
 WHERE workspace = $1 AND kind = $2 AND id = $3";
const AGENTS: &str =
    "SELECT id, workspace, email, name, role, password_hash, disabled, created FROM agents
 WHERE workspace = $1 ORDER BY email LIMIT $2";
const KEY_BY_HASH: &str =
    "SELECT id, workspace, name, hash, scopes, agent, created, expires, last_used, revoked
 FROM api_keys WHERE hash = $1";
const KEY_BY_ID: &str =
    "SELECT id, workspace, name, hash, scopes, agent, created, expires, last_used, revoked
 FROM api_keys WHERE id = $1";
const KEYS: &str =
    "SELECT id, workspace, name, hash, scopes, agent, created, expires, last_used, revoked
 FROM api_keys WHERE workspace = $1 ORDER BY created LIMIT $2";
const SEEN: &str = "SELECT webhook FROM channel_seen WHERE channel = $1";
const META: &str = "SELECT value FROM meta WHERE key = $1";
const NODES: &str =
    "SELECT id, name, version, seen FROM nodes WHERE seen >= $1 ORDER BY id LIMIT $2";
const COUNTS: &str = "SELECT
 (SELECT COUNT(*) FROM deliveries_open WHERE state = 'new'),
 (SELECT COUNT(*) FROM deliveries_open WHERE state = 'quarantined'),
 (SELECT COUNT(*) FROM account_events WHERE kind IN ('unreadable', 'foreign_number')),
 (SELECT COUNT(*) FROM journal WHERE applied IS NULL),
 (SELECT MIN(at) FROM journal WHERE applied IS NULL),
 (SELECT MAX(seq) FROM journal),
 (SELECT COUNT(*) FROM journal WHERE quarantined = 1),
 (SELECT COUNT(*) FROM outbox WHERE active = 1 AND state = 'pending'),
 (SELECT COUNT(*) FROM outbox WHERE active = 1 AND state = 'claimed'),
 (SELECT COUNT(*) FROM outbox WHERE state = 'unknown'),
 (SELECT COUNT(*) FROM calls),
 (SELECT COUNT(*) FROM timers)";

impl Store {
    /// When a webhook about a channel came in last, as far as it was noted.
    pub async fn last_webhook(&self, channel: ChannelId) -> Result<Option<Time>> {
        self.read_one(Stmt::read(SEEN, vals![channel]), |mut c| c.get())
            .await
    }

    /// All workspaces. One whose settings can't be read still counts: others must not take it for gone.
    pub async fn workspaces(&self) -> Result<Vec<WorkspaceRow>> {
        self.read_good(Stmt::read(WORKSPACES, vals![cap(LIST_MAX)]), |mut c| {
            let (id, name) = (c.get()?, c.get()?);
            let settings = c.json().unwrap_or_else(|_| {
                self.pass_over("a workspace's settings are not the JSON written");
                serde_json::Value::Null
            });
            Ok(WorkspaceRow {
                id,
                name,
                settings,
                created: c.get()?,
            })
        })
        .await
    }

    /// Channels of one workspace, or of all. One whose settings can't be read is still somebody's number:
    /// it stands there without settings and without its assistant, so that people hear of what comes in.
    pub async fn channels(&self, workspace: Option<WorkspaceId>) -> Result<Vec<ChannelRow>> {
        let stmt = Stmt::read(CHANNELS, vals![workspace, cap(LIST_MAX)]);
        self.read_good(stmt, |c| self.channel(c)).await
    }

    /// The channel of a provider's phone number id.
    pub async fn channel_by_number(&self, number: &str) -> Result<Option<ChannelRow>> {
        self.read_one(Stmt::read(CHANNEL_BY_NUMBER, vals![number]), |c| {
            self.channel(c)
        })
        .await
    }

    fn channel(&self, mut c: Cells) -> Result<ChannelRow> {
        let mut row = ChannelRow {
            id: c.get()?,
            workspace: c.get()?,
            name: c.get()?,
            number: c.get()?,
            account: c.get()?,
            display: c.get()?,
            assistant: c.get()?,
            settings: c.json().unwrap_or_default(),
            secrets: c.get()?,
            suspended: c.get()?,
            suspended_at: c.get()?,
            removed: c.get()?,
            revision: c.get()?,
            updated: c.get()?,
        };
        // Null is what stands for settings that can't be read; nobody writes it.
        if row.settings.is_null() {
            self.pass_over("a channel's settings are not the JSON written");
            row.assistant = None;
        }
        Ok(row)
    }

    /// Documents of a workspace and kind; each may be left open.
    pub async fn documents(
        &self,
        workspace: Option<WorkspaceId>,
        kind: Option<&str>,
    ) -> Result<Vec<DocumentRow>> {
        self.read_good(
            Stmt::read(DOCUMENTS, vals![workspace, kind, cap(LIST_MAX)]),
            document,
        )
        .await
    }

    /// Documents of a kind whose names begin with `prefix` and a slash, the newest first.
    pub async fn documents_below(
        &self,
        workspace: WorkspaceId,
        kind: &str,
        prefix: &str,
    ) -> Result<Vec<DocumentRow>> {
        let below = format!("{prefix}/");
        self.read_good(
            Stmt::read(
                DOCUMENTS_BELOW,
                vals![workspace, kind, &below, cap(LIST_MAX)],
            ),
            document,
        )
        .await
    }

    /// One document.
    pub async fn document(
        &self,
        workspace: WorkspaceId,
        kind: &str,
        id: Uuid,
    ) -> Result<Option<DocumentRow>> {
        self.read_one(Stmt::read(DOCUMENT, vals![workspace, kind, id]), document)
            .await
    }

    /// The people of a workspace.
    pub async fn agents(&self, workspace: WorkspaceId) -> Result<Vec<AgentRow>> {
        self.read_all(
            Stmt::read(AGENTS, vals![workspace, cap(LIST_MAX)]),
            |mut c| {
                Ok(AgentRow {
                    id: c.get()?,
                    workspace: c.get()?,
                    email: c.get()?,
                    name: c.get()?,
                    role: c.get()?,
                    password_hash: c.get()?,
                    disabled: c.get()?,
                    created: c.get()?,
                })
            },
        )
        .await
    }

    /// The API key with this hash, revoked and expired ones too: the caller decides.
    pub async fn api_key(&self, hash: &[u8]) -> Result<Option<ApiKeyRow>> {
        self.read_one(Stmt::read(KEY_BY_HASH, vals![hash.to_vec()]), api_key)
            .await
    }

    /// One API key, for whoever holds on to it for long.
    pub async fn api_key_by_id(&self, id: Uuid) -> Result<Option<ApiKeyRow>> {
        self.read_one(Stmt::read(KEY_BY_ID, vals![id]), api_key)
            .await
    }

    /// The API keys of a workspace.
    pub async fn api_keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKeyRow>> {
        self.read_all(Stmt::read(KEYS, vals![workspace, cap(LIST_MAX)]), api_key)
            .await
    }

    /// A word about the whole store.
    pub async fn meta(&self, key: &str) -> Result<Option<String>> {
        self.read_one(Stmt::read(META, vals![key]), |mut c| c.get())
            .await
    }

    /// Nodes that said something at or after `since`.
    pub async fn nodes(&self, since: Time) -> Result<Vec<NodeRow>> {
        self.read_all(Stmt::read(NODES, vals![since, cap(LIST_MAX)]), |mut c| {
            Ok(NodeRow {
                id: c.get()?,
                name: c.get()?,
                version: c.get()?,
                seen: c.get()?,
            })
        })
        .await
    }

    /// Counts over what is open; cheap, since each stands in an index of its own.
    pub async fn counts(&self) -> Result<Counts> {
        let found = self
            .read_one(Stmt::read(COUNTS, vals![]), |mut c| {
                Ok(Counts {
                    deliveries_waiting: c.get()?,
                    deliveries_quarantined: c.get()?,
                    items_quarantined: c.get()?,
                    journal_pending: c.get()?,
                    journal_oldest: c.get()?,
                    journal_last: c.get::<Option<i64>>()?.unwrap_or(0),
                    journal_quarantined: c.get()?,
                    outbox_pending: c.get()?,
                    outbox_claimed: c.get()?,
                    outbox_unknown: c.get()?,
                    calls_open: c.get()?,
                    timers: c.get()?,
                })
            })
            .await?;
        Ok(found.unwrap_or_default())
    }
}

fn document(mut c: Cells) -> Result<DocumentRow> {
    Ok(DocumentRow {
        workspace: c.get()?,
        kind: c.get()?,
        id: c.get()?,
        name: c.get()?,
        body: c.json()?,
        revision: c.get()?,
        updated: c.get()?,
    })
}

fn api_key(mut c: Cells) -> Result<ApiKeyRow> {
    Ok(ApiKeyRow {
        id: c.get()?,
        workspace: c.get()?,
        name: c.get()?,
        hash: c.get()?,
        scopes: c.json()?,
        agent: c.get()?,
        created: c.get()?,
        expires: c.get()?,
        last_used: c.get()?,
        revoked: c.get()?,
    })
}
