//! Setting providers up: added, changed, removed, and sealed anew under another master key.
//!
//! In: a [`Draft`], checked here whoever wrote it. Out: the row, or a [`Refusal`]. Keys go in and never come out: what
//! people see is a mask. Absent: who may do it (the API's scopes), and how it is said. Next: `cli/provider.rs`,
//! `api/providers`.

use super::Models;
use super::provider::{PROVIDERS_MAX, Provider, Settings, Wrong, check_name, place};
use crate::both;
use crate::graph::Secret;
use crate::vault::{VaultError, mask};
use ponte_core::ids::WorkspaceId;
use ponte_models::Dialect;
use ponte_store::rows::models::ProviderRow;
use ponte_store::{Commit, Refused, StoreError};
use uuid::Uuid;

/// What a person wants a provider to be.
#[derive(Clone, Debug)]
pub struct Draft {
    pub name: String,
    pub dialect: Dialect,
    /// Absent: where the dialect is spoken.
    pub base: Option<String>,
    pub settings: Settings,
    pub key: KeyWish,
    pub enabled: bool,
}

/// What becomes of the key.
#[derive(Clone, Debug)]
pub enum KeyWish {
    Keep,
    /// Local servers need none.
    None,
    New(Secret),
}

/// Why it was not done.
#[derive(Debug)]
pub enum Refusal {
    /// What was written is wrong.
    Wrong(Wrong),
    /// There is no such provider.
    Missing,
    /// It was changed by another meanwhile.
    Changed,
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Refusal {
        Refusal::Store(error)
    }
}

/// What a change of the master key did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    pub moved: u64,
    pub already: u64,
    /// Sealed under a key that this process doesn't have: to be entered again.
    pub lost: u64,
}

impl std::ops::AddAssign for Rotated {
    fn add_assign(&mut self, more: Rotated) {
        self.moved += more.moved;
        self.already += more.already;
        self.lost += more.lost;
    }
}

impl Models {
    /// Adds a provider.
    ///
    /// # Errors
    /// [`Refusal`], with what is wrong.
    pub async fn add(&self, workspace: WorkspaceId, draft: Draft) -> Result<ProviderRow, Refusal> {
        let known = self.0.store.providers(Some(workspace)).await?;
        if known.len() >= PROVIDERS_MAX {
            return Err(Refusal::Wrong(both!(
                "já há {PROVIDERS_MAX} provedores.",
                "there are {PROVIDERS_MAX} providers already."
            )));
        }
        let now = self.now();
        let row = ProviderRow {
            id: self.0.env.ids.next(now),
            workspace,
            name: String::new(),
            dialect: String::new(),
            base: String::new(),
            settings: serde_json::Value::Null,
            sealed: None,
            hint: String::new(),
            enabled: true,
            revision: 0,
            created: now,
            updated: now,
        };
        self.put(row, draft).await
    }

    /// Changes a provider, if it still has this revision.
    ///
    /// # Errors
    /// [`Refusal`], with what is wrong.
    pub async fn change(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        revision: u64,
        draft: Draft,
    ) -> Result<ProviderRow, Refusal> {
        let row = self.0.store.provider(workspace, id).await?;
        let mut row = row.ok_or(Refusal::Missing)?;
        if row.revision != revision {
            return Err(Refusal::Changed);
        }
        row.updated = self.now();
        self.put(row, draft).await
    }

    async fn put(&self, mut row: ProviderRow, draft: Draft) -> Result<ProviderRow, Refusal> {
        check_name(&draft.name).map_err(Refusal::Wrong)?;
        draft.settings.check().map_err(Refusal::Wrong)?;
        let base = draft
            .base
            .unwrap_or_else(|| draft.dialect.default_base().into());
        let base = base.trim_end_matches('/').to_owned();
        self.check_base(&base).map_err(Refusal::Wrong)?;
        // A key must not follow its row to another host.
        let kept = matches!(draft.key, KeyWish::Keep) && row.sealed.is_some();
        if kept && row.base != base {
            return Err(Refusal::Wrong(both!(
                "com outro endereço, a chave precisa ser escrita de novo.",
                "with another address, the key has to be entered again."
            )));
        }
        row.name = draft.name;
        draft.dialect.word().clone_into(&mut row.dialect);
        row.base = base;
        row.enabled = draft.enabled;
        row.settings = serde_json::to_value(&draft.settings).unwrap_or_default();
        match draft.key {
            KeyWish::Keep => {}
            KeyWish::None => (row.sealed, row.hint) = (None, String::new()),
            KeyWish::New(key) => {
                check_key(&key).map_err(Refusal::Wrong)?;
                let sealed = self.0.vault.seal(&place(row.workspace, row.id), &key);
                row.sealed = Some(sealed.map_err(|why| Refusal::Wrong(of_vault(&why)))?);
                row.hint = mask(&key);
            }
        }
        let mut commit = Commit::new();
        commit.put_provider(&row, row.revision);
        match self.0.store.commit(commit).await?.refused {
            None => {
                self.0.lines.forget(row.id);
                row.revision += 1;
                Ok(row)
            }
            Some(Refused::Constraint) => {
                let name = &row.name;
                Err(Refusal::Wrong(both!(
                    "já há um provedor {name}.",
                    "there is a provider {name} already."
                )))
            }
            Some(_) => Err(Refusal::Changed),
        }
    }

    /// Removes a provider, if it still has this revision.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn remove(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        revision: u64,
    ) -> Result<(), Refusal> {
        let known = self.0.store.provider(workspace, id).await?;
        known.ok_or(Refusal::Missing)?;
        let mut commit = Commit::new();
        commit.drop_provider(workspace, id, revision);
        match self.0.store.commit(commit).await?.refused {
            None => Ok(()),
            Some(_) => Err(Refusal::Changed),
        }
    }

    /// Whether a provider's key opens; absent: it has none.
    #[must_use]
    pub fn key_opens(&self, row: &ProviderRow) -> Option<bool> {
        row.sealed.as_ref()?;
        let read = Provider::read(row).ok()?;
        Some(read.key(&self.0.vault).is_ok())
    }

    /// Seals every provider's key under the current master key. Done again, it goes on where it stopped.
    ///
    /// # Errors
    /// The store's. What was moved stays moved.
    pub async fn rewrap(&self) -> Result<Rotated, StoreError> {
        let mut rotated = Rotated::default();
        for mut row in self.0.store.providers(None).await? {
            let Some(sealed) = &row.sealed else {
                continue;
            };
            match self.0.vault.rewrap(&place(row.workspace, row.id), sealed) {
                Ok(None) => rotated.already += 1,
                Ok(Some(moved)) => {
                    row.sealed = Some(moved);
                    let mut commit = Commit::new();
                    commit.put_provider(&row, row.revision);
                    let stored = self.0.store.commit(commit).await?.stored();
                    // Changed meanwhile: it was sealed under the current key then.
                    if stored {
                        rotated.moved += 1;
                    } else {
                        rotated.already += 1;
                    }
                }
                Err(why) => {
                    tracing::warn!(provider = %row.id, %why, "a provider's key can't be sealed anew");
                    rotated.lost += 1;
                }
            }
        }
        Ok(rotated)
    }
}

/// What can't be a key: nothing, blanks, a whole file.
fn check_key(key: &Secret) -> Result<(), Wrong> {
    let text = key.expose();
    let fine =
        !text.is_empty() && text.len() <= 4_096 && text.bytes().all(|b| (0x21..0x7f).contains(&b));
    if fine {
        Ok(())
    } else {
        Err(both!(
            "isto não é uma chave: uma linha sem espaços nem acentos.",
            "this is no key: one line without blanks or accents."
        ))
    }
}

/// A vault's trouble for people.
#[must_use]
pub fn of_vault(why: &VaultError) -> Wrong {
    match why {
        VaultError::NoKey => both!(
            "não há chave mestra; defina PONTE_MASTER_KEY ou deixe o Ponte criar uma na pasta de dados.",
            "there is no master key; set PONTE_MASTER_KEY or let Ponte make one in the data folder."
        ),
        VaultError::OtherKey { sealed_under, have } => both!(
            "foi selada com a chave mestra {sealed_under}, e aqui está a {have}; ponha a chave certa de volta, ou escreva a chave do provedor de novo.",
            "it was sealed with the master key {sealed_under}, and this is {have}; put the right key back, or enter the provider's key again."
        ),
        VaultError::NotHere | VaultError::Unreadable => both!(
            "o que está guardado não abre; escreva a chave de novo.",
            "what is kept doesn't open; enter the key again."
        ),
        VaultError::NoRandomness => both!(
            "a máquina não deu números aleatórios.",
            "the machine gave no randomness."
        ),
        VaultError::TooLong => both!("a chave é longa demais.", "the key is too long."),
    }
}
