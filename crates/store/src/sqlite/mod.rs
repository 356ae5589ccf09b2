//! SQLite: one writer thread that groups commits, reader threads, or everything inline.
//!
//! In: commits and questions; out: outcomes. The writer takes what waits, up to a limit, begins,
//! runs all, commits with one sync, then answers. No timer: the queue fills while the disk syncs.
//! Absent: several processes on one file (a lock file refuses them). Next: `db.rs`, the connection.

mod db;
mod marker;
mod threads;
mod values;

pub(crate) use db::{Db, check, merge_feed};
pub(crate) use db::{FEED_NEXT, FEED_PUT};
pub(crate) use marker::Run;
pub(crate) use threads::{Job, Queue};
use values::of;
pub(crate) use values::{of as error, to_sql, val};

use crate::commit::Commit;
use crate::error::{Result, StoreError};
use crate::hint::Hint;
use crate::open::Options;
use crate::store::Outcome;
use crate::val::{Done, Stmt};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use threads::Threads;
use tokio::sync::broadcast;

/// An open SQLite database.
pub(crate) struct Sqlite {
    mode: Mode,
    path: Option<PathBuf>,
    hints: broadcast::Sender<Hint>,
    /// Held as long as the database is open.
    _lock: Option<File>,
}

enum Mode {
    /// Boxed: a connection is much larger than the handles of the threads.
    Inline(Box<Mutex<Db>>),
    Threads(Threads),
}

impl Sqlite {
    /// Opens a file, or memory when there is no path.
    pub(crate) fn open(
        path: Option<PathBuf>,
        options: &Options,
        hints: broadcast::Sender<Hint>,
    ) -> Result<Sqlite> {
        let lock = path.as_deref().map(lock).transpose()?;
        let mut writer = Db::open(path.as_deref())?;
        if options.quick_check {
            writer.quick_check()?;
        }
        writer.migrate()?;
        if let Some(file) = &path {
            marker::check(writer.conn(), file)?;
        }
        let mode = match &path {
            Some(file) if !options.inline => {
                let readers = (0..options.readers.max(1))
                    .map(|_| Db::open_reader(file))
                    .collect::<Result<Vec<_>>>()?;
                Mode::Threads(Threads::start(writer, readers, options, hints.clone())?)
            }
            Some(_) | None => Mode::Inline(Box::new(Mutex::new(writer))),
        };
        Ok(Sqlite {
            mode,
            path,
            hints,
            _lock: lock,
        })
    }

    pub(crate) async fn write(&self, commit: Commit, wait: bool) -> Result<Outcome> {
        match &self.mode {
            Mode::Inline(db) => {
                let mut db = db.lock().unwrap_or_else(PoisonError::into_inner);
                let outcome = db.commit_group(&[&commit]).pop();
                drop(db);
                for hint in commit.hints {
                    // Nobody listening is fine: hints may be lost.
                    let _ = self.hints.send(hint);
                }
                outcome
                    .unwrap_or_else(|| Err(StoreError::Internal("a commit gave no outcome".into())))
            }
            Mode::Threads(threads) => threads.write(commit, wait).await,
        }
    }

    pub(crate) async fn read(&self, stmts: Vec<Stmt>) -> Result<Vec<Done>> {
        match &self.mode {
            Mode::Inline(db) => db
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .read(&stmts),
            Mode::Threads(threads) => threads.read(stmts).await,
        }
    }

    /// Whether everything runs on the caller's thread.
    pub(crate) fn is_inline(&self) -> bool {
        matches!(self.mode, Mode::Inline(_))
    }

    /// Long reading: on a connection of its own, so that it holds up nobody; inline on the only one.
    pub(crate) fn with_reader<T>(&self, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        self.with(work, Db::open_reader)
    }

    /// Long writing, with the queue empty: on a second writer, or inline on the only one.
    pub(crate) fn with_writer<T>(&self, work: impl FnOnce(&mut Db) -> Result<T>) -> Result<T> {
        self.with(work, |path| Db::open(Some(path)))
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T>,
        open: impl FnOnce(&Path) -> Result<Db>,
    ) -> Result<T> {
        match (&self.mode, &self.path) {
            (Mode::Inline(db), _) => work(&mut db.lock().unwrap_or_else(PoisonError::into_inner)),
            (Mode::Threads(_), Some(path)) => work(&mut open(path)?),
            (Mode::Threads(_), None) => Err(StoreError::Internal("threads without a file".into())),
        }
    }

    /// Writes the mark beside the file. In memory there is none.
    pub(crate) fn write_mark(&self, run: &Run) -> Result<()> {
        self.path
            .as_deref()
            .map_or(Ok(()), |path| marker::write(path, run))
    }

    /// Whether there is a file, and so a mark beside it.
    pub(crate) fn has_mark(&self) -> bool {
        self.path.is_some()
    }

    /// The mark of what ran here before counts no more.
    pub(crate) fn forget_mark(&self) -> Result<()> {
        self.path.as_deref().map_or(Ok(()), marker::forget)
    }

    /// Bytes of the data file and of its log.
    pub(crate) fn sizes(&self) -> (u64, u64) {
        let size = |p: PathBuf| std::fs::metadata(p).map_or(0, |m| m.len());
        match &self.path {
            None => (0, 0),
            Some(p) => (size(p.clone()), size(beside(p, "-wal"))),
        }
    }
}

/// Two processes with one SQLite file would each believe to own every channel.
fn lock(path: &Path) -> Result<File> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| {
            StoreError::Invalid(format!(
                "the folder {} can't be made: {e}",
                folder.display()
            ))
        })?;
    }
    let file = beside(path, ".lock");
    let held = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&file)
        .map_err(|e| StoreError::Invalid(format!("{} can't be opened: {e}", file.display())))?;
    match held.try_lock() {
        Ok(()) => Ok(held),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(path.display().to_string())),
        Err(TryLockError::Error(e)) => Err(StoreError::Invalid(format!(
            "{} can't be locked: {e}",
            file.display()
        ))),
    }
}

/// A file named like this one, with something more.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
