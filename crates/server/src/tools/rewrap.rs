//! What tools keep sealed, when the master key changes: credentials, their tokens, and the ledger's arguments
//! and results.
//!
//! In: the vault with the key to come, and the one before it. Out: how many were sealed anew, and how many
//! open. Done again, it goes on where it stopped. Absent: providers' keys (`models/manage.rs`). Next:
//! `cli/vault.rs`.

use super::Tools;
use super::credential::secret_place;
use super::ledger::place;
use super::oauth::tokens_place;
use crate::models::manage::Rotated;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_store::rows::tools::{CredentialRow, ToolCallRow};
use ponte_store::{Commit, StoreError};
use uuid::Uuid;

/// Calls that are read at once: a result is at most some kilobytes.
const BATCH: u32 = 200;

impl Tools {
    /// Seals everything of tools under the current master key.
    ///
    /// # Errors
    /// The store's. What was moved stays moved.
    pub async fn rewrap(&self) -> Result<Rotated, StoreError> {
        let mut rotated = Rotated::default();
        for workspace in self.store.workspaces().await? {
            for row in self.store.credentials(Some(workspace.id)).await? {
                self.rewrap_credential(&row, &mut rotated).await?;
            }
            self.rewrap_calls(workspace.id, &mut rotated).await?;
        }
        Ok(rotated)
    }

    /// Of the credentials, how many secrets open and how many don't. The ledger isn't counted: it may be long,
    /// and nothing is called with it.
    ///
    /// # Errors
    /// The store's.
    pub async fn opens(&self) -> Result<(usize, usize), StoreError> {
        let (mut open, mut closed) = (0, 0);
        for workspace in self.store.workspaces().await? {
            for row in self.store.credentials(Some(workspace.id)).await? {
                let secret = (secret_place(&row), row.sealed.as_deref());
                let tokens = (tokens_place(&row), row.tokens.as_deref());
                for (place, sealed) in [secret, tokens] {
                    match sealed.map(|sealed| self.vault.open(&place, sealed)) {
                        Some(Ok(_)) => open += 1,
                        Some(Err(_)) => closed += 1,
                        None => {}
                    }
                }
            }
        }
        Ok((open, closed))
    }

    async fn rewrap_credential(
        &self,
        row: &CredentialRow,
        rotated: &mut Rotated,
    ) -> Result<(), StoreError> {
        let secret = self.moved(&secret_place(row), row.sealed.as_deref(), row.id, rotated);
        if let Some(sealed) = secret {
            let mut commit = Commit::new();
            commit.reseal_secret(row, sealed);
            self.count(commit, rotated).await?;
        }
        let tokens = self.moved(&tokens_place(row), row.tokens.as_deref(), row.id, rotated);
        if let Some(tokens) = tokens {
            let mut commit = Commit::new();
            commit.reseal_tokens(row, tokens);
            self.count(commit, rotated).await?;
        }
        Ok(())
    }

    /// Newest first, batch by batch: what is written meanwhile is sealed under the current key.
    async fn rewrap_calls(
        &self,
        workspace: WorkspaceId,
        rotated: &mut Rotated,
    ) -> Result<(), StoreError> {
        let mut before: Option<(Time, Uuid)> = None;
        loop {
            let rows = self.store.tool_calls(workspace, None, before, BATCH);
            let rows = rows.await?;
            let Some(last) = rows.last() else {
                return Ok(());
            };
            before = Some((last.at, last.id));
            let mut commit = Commit::new();
            let mut moved = 0;
            for row in &rows {
                moved += self.rewrap_call(row, &mut commit, rotated);
            }
            if moved > 0 {
                self.store.commit(commit).await?;
                rotated.moved += moved;
            }
        }
    }

    fn rewrap_call(&self, row: &ToolCallRow, commit: &mut Commit, rotated: &mut Rotated) -> u64 {
        let of = |what| place(row.id, what);
        let arguments = row.arguments.as_deref();
        let arguments = self.moved(&of("arguments"), arguments, row.id, rotated);
        let result = self.moved(&of("result"), row.result.as_deref(), row.id, rotated);
        let moved = u64::from(arguments.is_some()) + u64::from(result.is_some());
        if moved > 0 {
            commit.reseal_tool_call(row.workspace, row.id, (arguments, result));
        }
        moved
    }

    /// The same under the current key; `None`: nothing is to be written.
    fn moved(
        &self,
        place: &str,
        sealed: Option<&[u8]>,
        row: Uuid,
        rotated: &mut Rotated,
    ) -> Option<Vec<u8>> {
        match self.vault.rewrap(place, sealed?) {
            Ok(Some(moved)) => return Some(moved),
            Ok(None) => rotated.already += 1,
            Err(why) => {
                tracing::warn!(%row, %why, "what a tool keeps can't be sealed anew");
                rotated.lost += 1;
            }
        }
        None
    }

    async fn count(&self, commit: Commit, rotated: &mut Rotated) -> Result<(), StoreError> {
        // Changed meanwhile: it was sealed under the current key then.
        if self.store.commit(commit).await?.stored() {
            rotated.moved += 1;
        } else {
            rotated.already += 1;
        }
        Ok(())
    }
}
