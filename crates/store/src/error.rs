//! What can go wrong with storage, sorted by what the caller should do about it.
//!
//! Out: one closed enum. A refused expectation of a commit is not here: it is an ordinary answer
//! ([`crate::Committed::refused`]). Absent on purpose: SQL texts, values and connection strings,
//! so that an error can be logged as it is. Next: [`crate::commit`].

/// A failure of the store itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The write queue is full: answer 503 and let the sender come again.
    #[error("the write queue is full; try again in a moment")]
    Busy,
    /// No space left. Nothing of the commit was stored; it works again when there is space.
    #[error("no space left for the database; free some and it goes on by itself")]
    Full,
    /// The disk failed under a write. Fatal: the process must end and start again, since what the
    /// operating system still holds can't be trusted after a failed sync.
    #[error("the disk failed under the database ({0}); stop, check the disk, start again")]
    Io(String),
    /// Another process holds the database.
    #[error(
        "the database {0} is in use by another process; stop that one first, or use PostgreSQL to run several"
    )]
    Locked(String),
    /// The database can't be reached (down, restarting, read-only after a failover, or closed here).
    #[error("the database can't be reached: {0}")]
    Gone(String),
    /// Nobody knows whether the commit was stored: the connection was lost after COMMIT was sent.
    /// Repeating it is harmless where its ids and keys are derived.
    #[error("the connection was lost while committing; the result is unknown")]
    Unsure,
    /// The database was written by a newer Ponte.
    #[error(
        "the database has schema version {found}, this program knows versions up to {known}; start the newer ponte again, or restore a backup made before the upgrade"
    )]
    Newer { found: i64, known: i64 },
    /// What is stored can't be what was written.
    #[error("the database is damaged: {0}; run `ponte doctor`, then restore a backup")]
    Corrupt(String),
    /// The caller asked for something that can't be: a bad address, a store that isn't empty.
    #[error("{0}")]
    Invalid(String),
    /// A statement took longer than it may.
    #[error("the database took too long to answer")]
    Slow,
    /// Any other answer of the database: our mistake. The text names the engine's code, no values.
    #[error("the database refused a statement: {0}")]
    Internal(String),
}

/// Short form for this crate.
pub type Result<T> = std::result::Result<T, StoreError>;
