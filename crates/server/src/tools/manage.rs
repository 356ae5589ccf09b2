//! Setting tools, credentials and MCP servers up: checked before they are kept.
//!
//! In: what is wanted, and the revision it was made from. Out: the row as it is then, or a [`Refusal`] in both
//! languages. A tool's address is held against the rules of egress when it is written down, not only when it
//! is called; a credential's secret is sealed here and never given back. Absent: who may ask (`api`).
//! Next: [`super::kept`].

use super::credential::{HOSTS_MAX, Kind, Settings, secret_place};
use super::kept::{MOST, TOOL, id, made};
use super::mcp::{self, SERVER, Server};
use super::{Tools, oauth};
use crate::both;
use crate::graph::Secret;
use crate::vault::mask;
use crate::words::Both;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_store::rows::tools::CredentialRow;
use ponte_store::rows::workspace::DocumentRow;
use ponte_store::{Commit, Refused, StoreError};
use ponte_tools::check::check;
use ponte_tools::{Action, Tool};
use serde_json::Value;
use uuid::Uuid;

/// A secret longer than this is a file.
const SECRET_MAX_BYTES: usize = 8 * 1024;

/// Why something is not kept.
#[derive(Debug)]
pub enum Refusal {
    Wrong(Both),
    Missing,
    /// Changed by another meanwhile.
    Changed,
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Store(error)
    }
}

impl Tools {
    /// Everything that is wrong with a tool, for people.
    ///
    /// # Errors
    /// [`Refusal::Wrong`].
    pub fn sound(&self, tool: &Tool) -> Result<(), Refusal> {
        if let Some(wrong) = check(tool).first() {
            let (at, what) = (&wrong.at, &wrong.what);
            return Err(Refusal::Wrong(both!(
                "em `{at}`: {what}.",
                "in `{at}`: {what}."
            )));
        }
        if let Action::Http(http) = &tool.action {
            let fixed = http.url.split('{').next().unwrap_or("");
            if let Err(why) = self.env.egress.check(fixed) {
                return Err(Refusal::Wrong(both!(
                    "o endereço não pode ser chamado ({why}). O operador libera endereços internos em PONTE_EGRESS_ALLOW.",
                    "the address may not be called ({why}). The operator allows private ones in PONTE_EGRESS_ALLOW."
                )));
            }
        }
        if let Action::Builtin(_) = tool.action {
            return Err(Refusal::Wrong(both!(
                "as ferramentas prontas já existem e não se mudam.",
                "built-in tools are there already and don't change."
            )));
        }
        Ok(())
    }

    /// Keeps a tool. `expected` 0: a new one.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn put(
        &self,
        workspace: WorkspaceId,
        tool: &Tool,
        expected: u64,
    ) -> Result<DocumentRow, Refusal> {
        self.sound(tool)?;
        if expected == 0 && made(&self.store, workspace).await?.len() >= MOST {
            return Err(Refusal::Wrong(both!(
                "há mais de {MOST} ferramentas.",
                "there are more than {MOST} tools."
            )));
        }
        let body = serde_json::to_value(tool).unwrap_or_default();
        let at = id(workspace, &tool.name);
        self.document(workspace, (TOOL, at), &tool.name, body, expected)
            .await
    }

    /// Keeps an MCP server. `expected` 0: a new one.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn put_server(
        &self,
        workspace: WorkspaceId,
        name: &str,
        server: &Server,
        expected: u64,
    ) -> Result<DocumentRow, Refusal> {
        named(name)?;
        if let Server::Http { url, .. } = server
            && let Err(why) = self.env.egress.check(url)
        {
            return Err(Refusal::Wrong(both!(
                "o endereço não pode ser chamado ({why}).",
                "the address may not be called ({why})."
            )));
        }
        let body = serde_json::to_value(server).unwrap_or_default();
        let at = mcp::id(workspace, name);
        self.document(workspace, (SERVER, at), name, body, expected)
            .await
    }

    async fn document(
        &self,
        workspace: WorkspaceId,
        (kind, id): (&str, Uuid),
        name: &str,
        body: Value,
        expected: u64,
    ) -> Result<DocumentRow, Refusal> {
        if expected > 0 && self.store.document(workspace, kind, id).await?.is_none() {
            return Err(Refusal::Missing);
        }
        let row = DocumentRow {
            workspace,
            kind: kind.to_owned(),
            id,
            name: name.to_owned(),
            body,
            revision: expected + 1,
            updated: self.now(),
        };
        let mut commit = Commit::new();
        commit.put_document(&row, expected);
        settle(self.store.commit(commit).await?.refused)?;
        Ok(row)
    }

    /// Removes a tool or a server.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn drop_document(
        &self,
        workspace: WorkspaceId,
        (kind, id): (&str, Uuid),
        expected: u64,
    ) -> Result<(), Refusal> {
        if self.store.document(workspace, kind, id).await?.is_none() {
            return Err(Refusal::Missing);
        }
        let mut commit = Commit::new();
        commit.drop_document(workspace, kind, id, expected);
        settle(self.store.commit(commit).await?.refused)
    }

    /// Keeps a credential. `secret` absent: the one there is stays. `expected` 0: a new one.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn put_credential(
        &self,
        workspace: WorkspaceId,
        name: &str,
        settings: &Settings,
        secret: Option<Secret>,
        expected: u64,
    ) -> Result<CredentialRow, Refusal> {
        named(name)?;
        self.fit(settings)?;
        let now = self.now();
        let id = Uuid::new_v5(&workspace.0, format!("tool-credential:{name}").as_bytes());
        let kept = self.store.credential(workspace, id).await?;
        if expected > 0 && kept.is_none() {
            return Err(Refusal::Missing);
        }
        let mut row = CredentialRow {
            id,
            workspace,
            name: name.to_owned(),
            settings: serde_json::to_value(settings).unwrap_or_default(),
            sealed: kept.as_ref().and_then(|kept| kept.sealed.clone()),
            // What was got with the old settings may not be good under the new ones.
            tokens: None,
            expires: Time(0),
            state: state(&settings.kind).to_owned(),
            hint: kept
                .as_ref()
                .map_or_else(String::new, |kept| kept.hint.clone()),
            revision: expected + 1,
            created: kept.map_or(now, |kept| kept.created),
            updated: now,
        };
        if let Some(secret) = secret {
            if secret.is_empty() || secret.expose().len() > SECRET_MAX_BYTES {
                return Err(Refusal::Wrong(both!(
                    "o segredo está vazio ou é longo demais.",
                    "the secret is empty or too long."
                )));
            }
            row.sealed = Some(
                self.vault
                    .seal(&secret_place(&row), &secret)
                    .map_err(|why| {
                        Refusal::Wrong(both!(
                            "o segredo não pôde ser guardado ({why}).",
                            "the secret can't be sealed ({why})."
                        ))
                    })?,
            );
            row.hint = mask(&secret);
        }
        let mut commit = Commit::new();
        commit.put_credential(&row, expected);
        settle(self.store.commit(commit).await?.refused)?;
        Ok(row)
    }

    fn fit(&self, settings: &Settings) -> Result<(), Refusal> {
        let hosts = &settings.hosts;
        let plain = |host: &String| !host.is_empty() && !host.contains(['/', '@', '*', ' ']);
        if hosts.is_empty() || hosts.len() > HOSTS_MAX || !hosts.iter().all(plain) {
            return Err(Refusal::Wrong(both!(
                "`hosts` diz para onde a credencial pode ir, como api.loja.com.br; de 1 a {HOSTS_MAX}.",
                "`hosts` says where the credential may go, such as api.shop.com; 1 to {HOSTS_MAX}."
            )));
        }
        let (Kind::ClientCredentials(oauth) | Kind::AuthorizationCode(oauth)) = &settings.kind
        else {
            return Ok(());
        };
        for url in [Some(&oauth.token_url), oauth.authorize_url.as_ref()]
            .into_iter()
            .flatten()
        {
            if let Err(why) = self.env.egress.check(url) {
                return Err(Refusal::Wrong(both!(
                    "`{url}` não serve ({why}).",
                    "`{url}` won't do ({why})."
                )));
            }
        }
        if matches!(settings.kind, Kind::AuthorizationCode(_)) && oauth.authorize_url.is_none() {
            return Err(Refusal::Wrong(both!(
                "falta `authorize_url`.",
                "`authorize_url` is missing."
            )));
        }
        Ok(())
    }

    /// Removes a credential.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn drop_credential(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        expected: u64,
    ) -> Result<(), Refusal> {
        let mut commit = Commit::new();
        commit.drop_credential(workspace, id, expected);
        settle(self.store.commit(commit).await?.refused)
    }
}

fn state(kind: &Kind) -> &'static str {
    match kind {
        Kind::AuthorizationCode(_) => oauth::CONNECT,
        Kind::Header { .. }
        | Kind::Query { .. }
        | Kind::Bearer
        | Kind::Basic { .. }
        | Kind::ClientCredentials(_) => oauth::READY,
    }
}

fn named(name: &str) -> Result<(), Refusal> {
    if ponte_tools::template::is_name(name) {
        return Ok(());
    }
    Err(Refusal::Wrong(both!(
        "o nome usa letras, números, `_`, `.` e `-`, até 64.",
        "a name has letters, digits, `_`, `.` and `-`, at most 64."
    )))
}

fn settle(refused: Option<Refused>) -> Result<(), Refusal> {
    match refused {
        None => Ok(()),
        Some(Refused::Missing) => Err(Refusal::Missing),
        Some(
            Refused::Revision
            | Refused::Constraint
            | Refused::Version
            | Refused::Lease
            | Refused::Claim
            | Refused::Attempt
            | Refused::Timer
            | Refused::Call
            | Refused::Delivery
            | Refused::Entry
            | Refused::Budget,
        ) => Err(Refusal::Changed),
    }
}
