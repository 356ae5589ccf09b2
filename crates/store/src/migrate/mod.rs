//! Migrations: numbered texts inside the program, applied in one transaction, each once.
//!
//! In: a connection. Out: the schema this program knows, or a refusal: of a newer one (with what to
//! do) and of one whose applied texts were changed afterwards. Absent: ways back; restore a backup.

use crate::dialect::{Dialect, translate};
use crate::digest;
use crate::error::{Result, StoreError};
use crate::sqlite::error as sqlite_error;
use rusqlite::{Connection, TransactionBehavior};

/// All migrations, in order. Texts are never changed once released; the checksum would not match.
pub(crate) const ALL: &[(i64, &str)] = &[
    (1, include_str!("0001_base.sql")),
    (2, include_str!("0002_suspended_at.sql")),
    (10, include_str!("0010_numbers.sql")),
];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (version BIGINT PRIMARY KEY, checksum BIGINT NOT NULL)";
pub(crate) const LEDGER_READ: &str =
    "SELECT version, checksum FROM schema_migrations ORDER BY version";
pub(crate) const LEDGER_PUT: &str =
    "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)";

/// The newest version this program knows.
pub(crate) fn newest() -> i64 {
    ALL.last().map_or(0, |(v, _)| *v)
}

/// What is still to be applied to a schema with these versions and checksums.
pub(crate) fn missing(applied: &[(i64, i64)]) -> Result<Vec<(i64, &'static str)>> {
    if let Some((found, _)) = applied.iter().find(|(v, _)| *v > newest()) {
        return Err(StoreError::Newer {
            found: *found,
            known: newest(),
        });
    }
    for (version, checksum) in applied {
        let text = ALL
            .iter()
            .find(|(v, _)| v == version)
            .map(|(_, text)| checksum_of(text));
        if text != Some(*checksum) {
            return Err(StoreError::Corrupt(format!(
                "migration {version} is not the one that was applied"
            )));
        }
    }
    let done = |v: i64| applied.iter().any(|(a, _)| *a == v);
    Ok(ALL.iter().filter(|(v, _)| !done(*v)).copied().collect())
}

/// Of the text without its comments' and lines' ends, so that a checkout on Windows is the same.
pub(crate) fn checksum_of(text: &str) -> i64 {
    digest::sum(text.replace('\r', "").as_bytes())
}

/// Brings an SQLite database up to date. Two processes at once: the second waits for the first.
pub(crate) fn sqlite(conn: &mut Connection) -> Result<()> {
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(sqlite_error)?;
    tx.execute_batch(LEDGER).map_err(sqlite_error)?;
    let applied = {
        let mut read = tx.prepare(LEDGER_READ).map_err(sqlite_error)?;
        let rows = read
            .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
            .map_err(sqlite_error)?;
        rows.collect::<rusqlite::Result<Vec<(i64, i64)>>>()
            .map_err(sqlite_error)?
    };
    for (version, text) in missing(&applied)? {
        tx.execute_batch(&translate(text, Dialect::Sqlite))
            .map_err(sqlite_error)?;
        let put = translate(LEDGER_PUT, Dialect::Sqlite);
        tx.execute(&put, [version, checksum_of(text)])
            .map_err(sqlite_error)?;
    }
    tx.commit().map_err(sqlite_error)
}

/// The same for PostgreSQL, as texts: the ledger's table.
pub(crate) fn ledger() -> &'static str {
    LEDGER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_refused_with_what_to_do() {
        let error = missing(&[(newest() + 1, 0)]).unwrap_err();
        assert_eq!(
            error,
            StoreError::Newer {
                found: newest() + 1,
                known: newest()
            }
        );
        assert!(error.to_string().contains("backup"));
    }

    #[test]
    fn a_changed_migration_is_refused() {
        assert!(matches!(missing(&[(1, 42)]), Err(StoreError::Corrupt(_))));
    }

    #[test]
    fn what_is_applied_is_not_missing() {
        let applied: Vec<_> = ALL.iter().map(|(v, t)| (*v, checksum_of(t))).collect();
        assert!(missing(&applied).unwrap().is_empty());
        assert_eq!(missing(&[]).unwrap().len(), ALL.len());
    }
}
