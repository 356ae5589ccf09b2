//! Addresses and options of a store.
//!
//! In: `sqlite:PATH`, `sqlite::memory:`, `postgres://…`. Out: which engine with what. Absent: the
//! engines. Next: [`crate::Store::open`].

use crate::error::{Result, StoreError};
use std::path::PathBuf;

/// How a store is opened. The defaults are the production's.
#[derive(Clone, Debug)]
pub struct Options {
    /// SQLite only: everything on the caller's thread, for deterministic simulation. In memory always so.
    pub inline: bool,
    /// Commits that may wait in the write queue; more are `Busy` or wait outside.
    pub queue: usize,
    /// Bytes that may wait in the write queue: bounds memory when bodies are large.
    pub queue_bytes: usize,
    /// Commits put into one transaction at most: bounds how long the first of them waits.
    pub group: usize,
    /// Reader threads (SQLite) or connections (PostgreSQL).
    pub readers: usize,
    /// Writer connections (PostgreSQL); SQLite has one.
    pub writers: usize,
    /// Refuse to start on a damaged SQLite file (`PRAGMA quick_check`; reads the whole file).
    pub quick_check: bool,
    /// PostgreSQL only: the caller's clock says what is due, not the database's. For one process whose clock
    /// may be moved (the demo); several would disagree.
    pub callers_clock: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            inline: false,
            queue: 4_096,
            queue_bytes: 32 * 1024 * 1024,
            group: 512,
            readers: 2,
            writers: 2,
            quick_check: false,
            callers_clock: false,
        }
    }
}

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    Memory,
    File(PathBuf),
    Postgres(String),
}

/// Reads an address. The text itself is not repeated in errors: it may hold a password.
pub(crate) fn parse(url: &str) -> Result<Address> {
    if url == "sqlite::memory:" {
        return Ok(Address::Memory);
    }
    if let Some(path) = url.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() {
            return Err(StoreError::Invalid(
                "the address `sqlite:` needs a path, e.g. sqlite:data/ponte.db".into(),
            ));
        }
        return Ok(Address::File(PathBuf::from(path)));
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Address::Postgres(url.to_owned()));
    }
    Err(StoreError::Invalid(
        "a database address begins with sqlite: or postgres://".into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let cases = [
            ("sqlite::memory:", Some(Address::Memory)),
            ("sqlite:a/b.db", Some(Address::File("a/b.db".into()))),
            (
                "sqlite:///tmp/b.db",
                Some(Address::File("/tmp/b.db".into())),
            ),
            (
                "postgres://u:secret@h/d",
                Some(Address::Postgres("postgres://u:secret@h/d".into())),
            ),
            ("sqlite:", None),
            ("mysql://u:secret@h/d", None),
        ];
        for (url, want) in cases {
            match (parse(url), want) {
                (Ok(got), Some(want)) => assert_eq!(got, want),
                (Err(e), None) => assert!(!e.to_string().contains("secret")),
                (got, want) => panic!("{url}: {got:?} instead of {want:?}"),
            }
        }
    }
}
