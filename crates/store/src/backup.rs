//! Backups while running, and restoring into an empty store. (Bodies follow.)

use crate::error::{Result, StoreError};
use crate::store::Store;
use std::path::Path;

/// What a backup or restore moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BackupReport {
    pub rows: u64,
    pub bytes: u64,
}

impl Store {
    /// Writes a consistent copy into a new SQLite file, whatever the engine, while others go on.
    pub async fn backup(&self, _file: &Path) -> Result<BackupReport> {
        Err(StoreError::Invalid("not yet".into()))
    }

    /// Fills an empty store from a backup and freezes its outbox until [`Store::release_outbox`].
    pub async fn restore(&self, _file: &Path) -> Result<BackupReport> {
        Err(StoreError::Invalid("not yet".into()))
    }

    /// Whether a restored outbox waits for a person.
    pub async fn frozen(&self) -> Result<bool> {
        Ok(self.meta("frozen").await?.is_some())
    }

    /// A person has looked at what is in the outbox: it may be sent. Gives back whether it was frozen.
    pub async fn release_outbox(&self) -> Result<bool> {
        Err(StoreError::Invalid("not yet".into()))
    }

    /// Looks for damage; on SQLite reads the whole file.
    pub async fn quick_check(&self) -> Result<()> {
        Err(StoreError::Invalid("not yet".into()))
    }

    /// Bytes on disk.
    pub async fn sizes(&self) -> Result<crate::rows::shared::Sizes> {
        Err(StoreError::Invalid("not yet".into()))
    }
}
