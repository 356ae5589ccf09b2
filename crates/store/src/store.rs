//! The store: one handle, cloned freely, over whichever engine the address named.
//!
//! Kept here: routing to the engine, the poison after a disk failure, faults on demand, and turning
//! results of statements into [`Committed`]. Absent: SQL and threads. Next: [`crate::sqlite`],
//! [`crate::postgres`].

use crate::commit::{Commit, Committed, Refused, Role};
use crate::error::{Result, StoreError};
use crate::fault::{Fault, Faults, Spoiled};
use crate::hint::Hint;
use crate::open::{self, Address, Options};
use crate::postgres::Postgres;
use crate::purge::Walks;
use crate::sqlite::Sqlite;
use crate::val::{Cells, Done, Stmt};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use tokio::sync::broadcast;

/// Hints kept for a slow listener; it learns that it missed some and looks everywhere.
const HINTS_KEPT: usize = 4_096;

/// Which engine a store runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// What an engine did with one commit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) done: Vec<Done>,
    pub(crate) refused: Option<Refused>,
}

/// The database, behind one API. Clones share it; it closes with the last.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Backend,
    faults: Faults,
    /// Set after the disk failed or a crash was played: every later call fails with this.
    poison: Arc<RwLock<Option<StoreError>>>,
    hints: broadcast::Sender<Hint>,
    unreadable: AtomicU64,
    walks: Walks,
}

pub(crate) enum Backend {
    Sqlite(Sqlite),
    /// Boxed: it is much larger.
    Postgres(Box<Postgres>),
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.engine())
    }
}

impl Store {
    /// Opens the database at an address and brings its schema up to date.
    pub async fn open(url: &str, options: Options) -> Result<Store> {
        let (hints, _) = broadcast::channel(HINTS_KEPT);
        let backend = match open::parse(url)? {
            Address::Memory => Backend::Sqlite(Sqlite::open(None, &options, hints.clone())?),
            Address::File(path) => {
                Backend::Sqlite(Sqlite::open(Some(path), &options, hints.clone())?)
            }
            Address::Postgres(url) => Backend::Postgres(Box::new(
                Postgres::open(&url, &options, hints.clone()).await?,
            )),
        };
        let poison = Arc::new(RwLock::new(None));
        Ok(Store {
            inner: Arc::new(Inner {
                backend,
                faults: Faults::default(),
                poison,
                hints,
                unreadable: AtomicU64::new(0),
                walks: Walks::default(),
            }),
        })
    }

    /// Which engine it runs on.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self.inner.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Stores a commit; waits while the write queue is full.
    pub async fn commit(&self, commit: Commit) -> Result<Committed> {
        self.store(commit, true).await
    }

    /// Stores a commit, or is `Busy` at once when the write queue is full.
    pub async fn try_commit(&self, commit: Commit) -> Result<Committed> {
        self.store(commit, false).await
    }

    async fn store(&self, mut commit: Commit, wait: bool) -> Result<Committed> {
        self.check_alive()?;
        commit.take_broken()?;
        if commit.is_empty() {
            return Ok(Committed::default());
        }
        let fault = self.inner.faults.next();
        if let Some(fault) = fault {
            self.before(fault).await?;
        }
        // Most commits have nothing to be told of but that they were stored.
        let told = |role: &Role| !matches!(role, Role::Plain(_));
        let roles = if commit.roles.iter().any(told) {
            commit.roles.clone()
        } else {
            Vec::new()
        };
        let outcome = self.run(commit, wait).await;
        if let Some(fault) = fault {
            self.after(fault)?;
        }
        assemble(&roles, outcome?)
    }

    /// Runs a commit on the engine and remembers a disk failure.
    async fn run(&self, commit: Commit, wait: bool) -> Result<Outcome> {
        let result = match &self.inner.backend {
            Backend::Sqlite(db) => db.write(commit, wait).await,
            Backend::Postgres(db) => db.write(commit, wait).await,
        };
        if let Err(e @ StoreError::Io(_)) = &result {
            self.poison(e.clone());
        }
        result
    }

    /// Runs one changing statement by itself, for claims that return rows.
    pub(crate) async fn change(&self, stmt: Stmt) -> Result<Done> {
        self.check_alive()?;
        let commit = Commit::single(stmt);
        let outcome = self.run(commit, true).await?;
        outcome
            .done
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::Internal("a statement gave no result".into()))
    }

    /// Several questions in one hop, answered from one state of the database on SQLite.
    pub(crate) async fn read_many(&self, stmts: Vec<Stmt>) -> Result<Vec<Vec<Cells>>> {
        self.check_alive()?;
        if stmts.is_empty() {
            return Ok(Vec::new());
        }
        let result = match &self.inner.backend {
            Backend::Sqlite(db) => db.read(stmts).await,
            Backend::Postgres(db) => db.read(stmts).await,
        };
        if let Err(e @ StoreError::Io(_)) = &result {
            self.poison(e.clone());
        }
        let cells = |d: Done| d.rows.into_iter().map(Cells::new).collect();
        Ok(result?.into_iter().map(cells).collect())
    }

    pub(crate) async fn read_all<T>(
        &self,
        stmt: Stmt,
        row: impl Fn(Cells) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.read_many(vec![stmt])
            .await?
            .into_iter()
            .flatten()
            .map(row)
            .collect()
    }

    /// Rows that can be read; the others are counted and left where they are, so that one damaged
    /// row, or one of a newer version, doesn't stop a whole number.
    pub(crate) async fn read_good<T>(
        &self,
        stmt: Stmt,
        row: impl Fn(Cells) -> Result<T>,
    ) -> Result<Vec<T>> {
        let cells = self.read_many(vec![stmt]).await?.into_iter().flatten();
        self.good(cells, row)
    }

    /// The rows that can be read; the others are counted.
    pub(crate) fn good<T>(
        &self,
        rows: impl Iterator<Item = Cells>,
        row: impl Fn(Cells) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut good = Vec::new();
        for cells in rows {
            match row(cells) {
                Ok(row) => good.push(row),
                Err(StoreError::Corrupt(why)) => self.pass_over(&why),
                Err(error) => return Err(error),
            }
        }
        Ok(good)
    }

    /// Counts a row that can't be read, and says so.
    pub(crate) fn pass_over(&self, why: &str) {
        self.inner.unreadable.fetch_add(1, Ordering::Relaxed);
        tracing::error!(why, "a row can't be read and is passed over");
    }

    /// How often a row was passed over because it can't be read.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.inner.unreadable.load(Ordering::Relaxed)
    }

    pub(crate) async fn read_one<T>(
        &self,
        stmt: Stmt,
        row: impl Fn(Cells) -> Result<T>,
    ) -> Result<Option<T>> {
        self.read_many(vec![stmt])
            .await?
            .into_iter()
            .flatten()
            .next()
            .map(row)
            .transpose()
    }

    /// Told that something may be ready. A listener that falls behind must look everywhere.
    #[must_use]
    pub fn hints(&self) -> broadcast::Receiver<Hint> {
        self.inner.hints.subscribe()
    }

    pub(crate) fn walks(&self) -> &Walks {
        &self.inner.walks
    }

    pub(crate) fn backend(&self) -> &Backend {
        &self.inner.backend
    }

    /// Plans a fault for the `nth` commit from now (1: the next). For tests and the seeded world.
    pub fn inject(&self, nth: u64, fault: Fault) {
        self.inner.faults.add(nth, fault);
    }

    /// Damages a row as a bad disk or a newer version would. For tests.
    pub async fn spoil(&self, what: Spoiled) -> Result<()> {
        self.change(what.stmt()).await.map(|_| ())
    }

    /// After a played crash: forgets planned faults and works again, on what was stored.
    pub fn revive(&self) {
        self.inner.faults.clear();
        *self
            .inner
            .poison
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = None;
    }

    fn poison(&self, error: StoreError) {
        let mut poison = self
            .inner
            .poison
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        poison.get_or_insert(error);
    }

    fn check_alive(&self) -> Result<()> {
        let poison = self
            .inner
            .poison
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        poison.clone().map_or(Ok(()), Err)
    }

    async fn before(&self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Full => Err(StoreError::Full),
            Fault::UnsureLost => Err(StoreError::Unsure),
            Fault::Io => {
                let error = StoreError::Io("injected".into());
                self.poison(error.clone());
                Err(error)
            }
            Fault::CrashBefore => {
                self.poison(StoreError::Gone("crashed".into()));
                self.check_alive()
            }
            Fault::Delay(span) => {
                tokio::time::sleep(span).await;
                Ok(())
            }
            Fault::UnsureStored | Fault::CrashAfter => Ok(()),
        }
    }

    fn after(&self, fault: Fault) -> Result<()> {
        match fault {
            Fault::UnsureStored => Err(StoreError::Unsure),
            Fault::CrashAfter => {
                self.poison(StoreError::Gone("crashed".into()));
                self.check_alive()
            }
            Fault::Full | Fault::Io | Fault::Delay(_) | Fault::UnsureLost | Fault::CrashBefore => {
                Ok(())
            }
        }
    }
}

/// The results of a commit's statements, as its builder promised them.
fn assemble(roles: &[Role], outcome: Outcome) -> Result<Committed> {
    if outcome.refused.is_some() {
        return Ok(Committed {
            refused: outcome.refused,
            ..Committed::default()
        });
    }
    let mut committed = Committed::default();
    for (role, done) in roles.iter().zip(outcome.done) {
        let first = || {
            done.rows
                .into_iter()
                .next()
                .map(|r| Cells::new(r).get::<i64>())
                .transpose()
        };
        match role {
            Role::Plain(_) => {}
            Role::Append => committed.journal.push(first()?),
            Role::Delivery => committed.deliveries.extend(first()?),
        }
    }
    Ok(committed)
}
