//! Workspaces, channels, documents, people, keys, templates: what people and `ponte apply` change.

use super::{Commit, Refused};
use crate::hint::Hint;
use crate::rows::shared::TemplateRow;
use crate::rows::workspace::{AgentRow, ApiKeyRow, ChannelRow, DocumentRow, WorkspaceRow};
use crate::val::vals;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use uuid::Uuid;

const WORKSPACE: &str =
    "INSERT INTO workspaces (id, name, settings, created) VALUES ($1, $2, $3, $4)
 ON CONFLICT (id) DO UPDATE SET name = excluded.name, settings = excluded.settings";
const FEED_HEAD: &str =
    "INSERT INTO feed_heads (workspace, last) VALUES ($1, 0) ON CONFLICT (workspace) DO NOTHING";
const CHANNEL_NEW: &str = "INSERT INTO channels (id, workspace, name, number, account, display, assistant, settings,
 secrets, suspended, removed, revision, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12)";
const CHANNEL_PUT: &str =
    "UPDATE channels SET name = $3, number = $4, account = $5, display = $6, assistant = $7,
 settings = $8, secrets = $9, suspended = $10, removed = $11, updated = $12, revision = revision + 1
 WHERE id = $1 AND workspace = $2 AND revision = $13";
const DOCUMENT_NEW: &str =
    "INSERT INTO documents (workspace, kind, id, name, body, revision, updated)
 VALUES ($1, $2, $3, $4, $5, 1, $6)";
const DOCUMENT_PUT: &str =
    "UPDATE documents SET name = $4, body = $5, updated = $6, revision = revision + 1
 WHERE workspace = $1 AND kind = $2 AND id = $3 AND revision = $7";
const DOCUMENT_DROP: &str =
    "DELETE FROM documents WHERE workspace = $1 AND kind = $2 AND id = $3 AND revision = $4";
const AGENT: &str =
    "INSERT INTO agents (id, workspace, email, name, role, password_hash, disabled, created)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
 ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name, role = excluded.role,
 password_hash = excluded.password_hash, disabled = excluded.disabled";
const KEY: &str = "INSERT INTO api_keys (id, workspace, name, hash, scopes, agent, created, expires, last_used, revoked)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const KEY_USED: &str =
    "UPDATE api_keys SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used < $2)";
const KEY_REVOKED: &str = "UPDATE api_keys SET revoked = 1 WHERE id = $1 AND workspace = $2";
const TEMPLATE: &str = "INSERT INTO templates (workspace, account, name, language, status, category, quality, body, updated)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
 ON CONFLICT (workspace, account, name, language) DO UPDATE SET
 status = CASE WHEN excluded.status = '' THEN templates.status ELSE excluded.status END,
 category = CASE WHEN excluded.category = '' THEN templates.category ELSE excluded.category END,
 quality = CASE WHEN excluded.quality = '' THEN templates.quality ELSE excluded.quality END,
 body = excluded.body, updated = excluded.updated
 WHERE templates.updated <= excluded.updated";
const META: &str = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const META_ONCE: &str =
    "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";

impl Commit {
    /// Adds a workspace or changes its name and settings.
    pub fn put_workspace(&mut self, w: &WorkspaceRow) -> &mut Self {
        self.hint(Hint::Settings(w.id));
        let settings = self.json(&w.settings);
        self.push(WORKSPACE, vals![w.id, &w.name, settings, w.created]);
        self.push(FEED_HEAD, vals![w.id])
    }

    /// Adds a channel (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_channel(&mut self, c: &ChannelRow, expected: u64) -> &mut Self {
        self.hint(Hint::Settings(c.workspace));
        let settings = self.json(&c.settings);
        let mut params = vals![
            c.id,
            c.workspace,
            &c.name,
            &c.number,
            &c.account,
            &c.display,
            c.assistant,
            settings,
            c.secrets.clone(),
            c.suspended,
            c.removed,
            c.updated,
        ];
        if expected == 0 {
            return self.push(CHANNEL_NEW, params);
        }
        params.extend(vals![expected]);
        self.must(CHANNEL_PUT, params, Refused::Revision)
    }

    /// Adds a document (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_document(&mut self, d: &DocumentRow, expected: u64) -> &mut Self {
        self.hint(Hint::Settings(d.workspace));
        let body = self.json(&d.body);
        let mut params = vals![d.workspace, &d.kind, d.id, &d.name, body, d.updated];
        if expected == 0 {
            return self.push(DOCUMENT_NEW, params);
        }
        params.extend(vals![expected]);
        self.must(DOCUMENT_PUT, params, Refused::Revision)
    }

    /// Removes a document, if it still has the expected revision.
    pub fn drop_document(
        &mut self,
        workspace: WorkspaceId,
        kind: &str,
        id: Uuid,
        expected: u64,
    ) -> &mut Self {
        self.hint(Hint::Settings(workspace));
        self.must(
            DOCUMENT_DROP,
            vals![workspace, kind, id, expected],
            Refused::Revision,
        )
    }

    /// Adds or changes a person.
    pub fn put_agent(&mut self, a: &AgentRow) -> &mut Self {
        let params = vals![
            a.id,
            a.workspace,
            &a.email,
            &a.name,
            &a.role,
            a.password_hash.as_ref(),
            a.disabled,
            a.created,
        ];
        self.push(AGENT, params)
    }

    /// Adds an API key.
    pub fn add_api_key(&mut self, k: &ApiKeyRow) -> &mut Self {
        let scopes = self.json(&k.scopes);
        let params = vals![
            k.id,
            k.workspace,
            &k.name,
            k.hash.clone(),
            scopes,
            k.agent,
            k.created,
            k.expires,
            k.last_used,
            k.revoked,
        ];
        self.push(KEY, params)
    }

    /// Notes when a key was used last.
    pub fn api_key_used(&mut self, id: Uuid, at: Time) -> &mut Self {
        self.push(KEY_USED, vals![id, at])
    }

    /// The key opens nothing from now on.
    pub fn revoke_api_key(&mut self, workspace: WorkspaceId, id: Uuid) -> &mut Self {
        self.must(KEY_REVOKED, vals![id, workspace], Refused::Missing)
    }

    /// Keeps what the provider last said of a template; older news don't replace newer, and what a
    /// notice leaves empty stays.
    pub fn put_template(&mut self, t: &TemplateRow) -> &mut Self {
        let body = self.json(&t.body);
        let params = vals![
            t.workspace,
            &t.account,
            &t.name,
            &t.language,
            &t.status,
            &t.category,
            &t.quality,
            body,
            t.updated,
        ];
        self.push(TEMPLATE, params)
    }

    /// Keeps a word about the whole store (last run, marks of jobs). Keys are ours, not people's.
    pub fn put_meta(&mut self, key: &str, value: &str) -> &mut Self {
        self.push(META, vals![key, value])
    }

    /// Keeps a word unless there is one: for secrets that are made once.
    pub fn put_meta_once(&mut self, key: &str, value: &str) -> &mut Self {
        self.push(META_ONCE, vals![key, value])
    }
}
