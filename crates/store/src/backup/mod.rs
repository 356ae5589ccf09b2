//! Backups while running, restoring into an empty store, and looking for damage.
//!
//! A backup is always an SQLite file with our schema, whatever engine it came from, so it can be
//! restored into either. A restored outbox is frozen: what was due then may have been sent since. So is
//! the outbox of an SQLite file that was copied by hand, as far as the mark beside it tells.
//! Absent: incremental backups, and where files are kept. Next: `tables.rs`, `from_postgres.rs`.

mod from_postgres;
mod restore;
mod tables;

use crate::error::{Result, StoreError};
use crate::rows::shared::Sizes;
use crate::sqlite::{Db, Run, error as sqlite_error};
use crate::store::{Backend, Store};
use crate::val::{Stmt, vals};
use std::fs::File;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// What a backup or restore moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackupReport {
    pub rows: u64,
    pub bytes: u64,
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frozen {
    /// It comes from a backup.
    Restored,
    /// An older copy was put in the place of the file that ran here.
    Older,
    /// The file ran in another place, and may still.
    Elsewhere,
}

const NOTE: &str = "INSERT INTO meta (key, value) VALUES ('run', $1)
 ON CONFLICT (key) DO UPDATE SET value = excluded.value";
const RELEASE: &str = "DELETE FROM meta WHERE key = 'frozen' RETURNING 1";
const PG_SIZE: &str = "SELECT pg_database_size(current_database())";
const PG_ALIVE: &str = "SELECT COUNT(*) FROM schema_migrations";

impl Store {
    /// Writes a consistent copy into a new file while others go on. A backup that fails leaves no
    /// file under this name.
    pub async fn backup(&self, file: &Path) -> Result<BackupReport> {
        if file.exists() {
            return Err(StoreError::Invalid(format!(
                "{} exists already; choose another name",
                file.display()
            )));
        }
        let part = part_of(file);
        let made = match self.backend() {
            Backend::Sqlite(_) => {
                let to = part.clone();
                self.blocking(move |store| store.copy_sqlite(&to)).await
            }
            Backend::Postgres(pg) => from_postgres::copy(pg, &part).await,
        };
        let done = made.and_then(|rows| finish(&part, file, rows));
        if done.is_err() {
            remove(&part);
        }
        done
    }

    /// Fills an empty store from a backup and freezes its outbox until [`Store::release_outbox`].
    pub async fn restore(&self, file: &Path) -> Result<BackupReport> {
        let counts = self.counts().await?;
        if !self.workspaces().await?.is_empty()
            || counts.journal_last > 0
            || counts.deliveries_waiting > 0
        {
            return Err(StoreError::Invalid(
                "restoring needs an empty database; this one has data".into(),
            ));
        }
        restore::run(self, file).await
    }

    /// Whether the outbox waits for a person to release it, and why.
    pub async fn frozen(&self) -> Result<Option<Frozen>> {
        let word = self.meta("frozen").await?;
        Ok(word.map(|word| match word.as_str() {
            "older" => Frozen::Older,
            "elsewhere" => Frozen::Elsewhere,
            _ => Frozen::Restored,
        }))
    }

    /// Marks, in the database and in a file beside it, that a server works on it; `fresh` names a
    /// database without a name. Once at each start, before anything is sent, and now and then after it.
    /// Nothing to do but for an SQLite file.
    pub async fn mark_run(&self, fresh: Uuid) -> Result<()> {
        if !self.is_marked() {
            return Ok(());
        }
        let run = Run::next(self.meta("run").await?.as_deref(), fresh);
        self.note(&run).await?;
        self.blocking(move |store| match store.backend() {
            Backend::Sqlite(db) => db.write_mark(&run),
            Backend::Postgres(_) => Ok(()),
        })
        .await?;
        match run.noted() {
            Some(run) => self.note(&run).await,
            None => Ok(()),
        }
    }

    /// Whether a mark stands beside it: it is one file.
    #[must_use]
    pub fn is_marked(&self) -> bool {
        matches!(self.backend(), Backend::Sqlite(db) if db.has_mark())
    }

    async fn note(&self, run: &Run) -> Result<()> {
        self.change(Stmt::write(NOTE, vals![run.text()?]))
            .await
            .map(|_| ())
    }

    /// A person has looked at what is in the outbox: it may be sent. Gives back whether it was frozen.
    pub async fn release_outbox(&self) -> Result<bool> {
        Ok(!self
            .change(Stmt::read(RELEASE, vals![]))
            .await?
            .rows
            .is_empty())
    }

    /// Looks for damage; on SQLite reads the whole file, on PostgreSQL asks whether it answers.
    pub async fn quick_check(&self) -> Result<()> {
        match self.backend() {
            Backend::Sqlite(_) => {
                self.blocking(|store| match store.backend() {
                    Backend::Sqlite(db) => db.with_reader(Db::quick_check),
                    Backend::Postgres(_) => Ok(()),
                })
                .await
            }
            Backend::Postgres(_) => self
                .read_all(Stmt::read(PG_ALIVE, vals![]), |mut c| c.get::<i64>())
                .await
                .map(|_| ()),
        }
    }

    /// Bytes on disk. In memory: none.
    pub async fn sizes(&self) -> Result<Sizes> {
        match self.backend() {
            Backend::Sqlite(db) => {
                let (data_bytes, wal_bytes) = db.sizes();
                Ok(Sizes {
                    data_bytes,
                    wal_bytes,
                })
            }
            Backend::Postgres(_) => {
                let data_bytes = self
                    .read_one(Stmt::read(PG_SIZE, vals![]), |mut c| c.get())
                    .await?
                    .unwrap_or(0);
                Ok(Sizes {
                    data_bytes,
                    wal_bytes: 0,
                })
            }
        }
    }

    /// A ceiling for the SQLite file, in pages: plays a full disk, or keeps one from filling.
    pub async fn limit_pages(&self, pages: u32) -> Result<()> {
        self.blocking(move |store| match store.backend() {
            Backend::Sqlite(db) => db.with_writer(|db| db.limit_pages(pages)),
            Backend::Postgres(_) => {
                Err(StoreError::Invalid("PostgreSQL has its own limits".into()))
            }
        })
        .await
    }

    /// SQLite's own online copy, in one step: under WAL it reads one state and holds up nobody.
    fn copy_sqlite(&self, to: &Path) -> Result<u64> {
        let Backend::Sqlite(db) = self.backend() else {
            return Err(StoreError::Internal("not an SQLite database".into()));
        };
        remove(to);
        db.with_reader(|from| {
            let mut copy = rusqlite::Connection::open(to).map_err(sqlite_error)?;
            let backup =
                rusqlite::backup::Backup::new(from.conn(), &mut copy).map_err(sqlite_error)?;
            backup.step(-1).map_err(sqlite_error)?;
            drop(backup);
            copy.execute(tables::FREEZE, []).map_err(sqlite_error)?;
            copy.execute_batch("PRAGMA journal_mode = DELETE")
                .map_err(sqlite_error)?;
            tables::count(&copy)
        })
    }

    /// Long work of SQLite: on a thread of its own, or right here when everything is inline.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if matches!(self.backend(), Backend::Sqlite(db) if db.is_inline()) {
            return work(self);
        }
        let store = self.clone();
        tokio::task::spawn_blocking(move || work(&store))
            .await
            .unwrap_or_else(|_| Err(StoreError::Internal("long work ended badly".into())))
    }
}

/// Onto the disk first, then under its name: half a backup is never found.
fn finish(part: &Path, file: &Path, rows: u64) -> Result<BackupReport> {
    let io = |e: std::io::Error| {
        if e.kind() == std::io::ErrorKind::StorageFull {
            return StoreError::Full;
        }
        StoreError::Invalid(format!("the backup can't be written: {e}"))
    };
    let written = File::options().write(true).open(part).map_err(io)?;
    written.sync_all().map_err(io)?;
    let bytes = written.metadata().map_err(io)?.len();
    std::fs::rename(part, file).map_err(io)?;
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty()) {
        File::open(folder).and_then(|f| f.sync_all()).map_err(io)?;
    }
    Ok(BackupReport { rows, bytes })
}

fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Removes what an earlier try left; nothing there is fine.
pub(crate) fn remove(part: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal", ".lock"] {
        let mut name = part.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
}
