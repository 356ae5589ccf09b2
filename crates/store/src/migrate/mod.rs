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
    (3, include_str!("0003_order_and_keys.sql")),
    (10, include_str!("0010_numbers.sql")),
    (11, include_str!("0011_quarantined_items.sql")),
    (12, include_str!("0012_models.sql")),
    (13, include_str!("0013_budgets.sql")),
    (14, include_str!("0014_tools.sql")),
    (15, include_str!("0015_knowledge.sql")),
    (16, include_str!("0016_training.sql")),
];

/// From the one to the other a text is for SQLite alone.
const SQLITE_FROM: &str = "-- @sqlite_only";
const SQLITE_UNTIL: &str = "-- @all";

/// What an engine gets of a migration.
pub(crate) fn text_for(text: &str, dialect: Dialect) -> String {
    let mut skipped = false;
    let lines = text.lines().filter(|line| {
        match line.trim() {
            SQLITE_FROM => skipped = dialect != Dialect::Sqlite,
            SQLITE_UNTIL => skipped = false,
            _ => {}
        }
        !skipped && !line.trim_start().starts_with("-- @")
    });
    translate(&lines.collect::<Vec<_>>().join("\n"), dialect)
}

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
        tx.execute_batch(&text_for(text, Dialect::Sqlite))
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
    fn what_is_for_sqlite_alone_is_left_out_elsewhere() {
        let text = "A @id;\n-- @sqlite_only\nB @keyed;\n-- @all\nC;";
        assert_eq!(text_for(text, Dialect::Postgres), "A UUID;\nC;");
        assert_eq!(
            text_for(text, Dialect::Sqlite),
            "A BLOB;\nB WITHOUT ROWID;\nC;"
        );
    }

    #[test]
    fn what_stood_in_tables_that_are_built_anew_is_still_there() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        conn.execute_batch(LEDGER).unwrap();
        for (version, text) in &ALL[..2] {
            conn.execute_batch(&text_for(text, Dialect::Sqlite))
                .unwrap();
            let put = translate(LEDGER_PUT, Dialect::Sqlite);
            conn.execute(&put, [*version, checksum_of(text)]).unwrap();
        }
        conn.execute_batch(
            "INSERT INTO deliveries_open VALUES (9, 'new', 1, NULL, 5, NULL);
             INSERT INTO contact_aliases VALUES (x'01', 'phone', '5511', x'02');
             INSERT INTO attempts VALUES (x'03', 1, 10, 20, x'04', NULL, NULL);
             INSERT INTO timers VALUES (x'05', 'ghost', x'01', x'06', 77);
             INSERT INTO feed VALUES (x'01', 3, x'06', x'05', 8, 1);
             INSERT INTO journal (seq, workspace, channel, conversation, id, kind, at, attempts, applied,
              quarantined, sum, body) VALUES (41, x'01', x'06', x'05', x'07', 'received', 1, 0, 6, 0, 0, '{}');
             INSERT INTO messages (id, workspace, channel, conversation, sent, ord, received, provenance,
              content, unread) VALUES (x'08', x'01', x'06', x'05', 1, 41986, 1, '{}', '{}', 0),
              (x'09', x'01', x'06', x'05', 1, 99, 1, '{}', '{}', 0);",
        )
        .unwrap();
        sqlite(&mut conn).unwrap();
        sqlite(&mut conn).unwrap();
        let one = |sql: &str| -> i64 { conn.query_row(sql, [], |r| r.get(0)).unwrap() };
        assert_eq!(
            one("SELECT lease_until FROM deliveries_open WHERE id = 9"),
            5
        );
        assert_eq!(
            one("SELECT COUNT(*) FROM contact_aliases WHERE contact = x'02'"),
            1
        );
        assert_eq!(one("SELECT deadline FROM attempts WHERE reply = x'03'"), 20);
        assert_eq!(one("SELECT due FROM timers WHERE channel = x'06'"), 77);
        assert_eq!(
            one("SELECT conversation = x'05' FROM feed WHERE seq = 3"),
            1
        );
        // 41,986 was entry 41, second message; the entry stands sixth in its conversation.
        assert_eq!(
            one("SELECT ord FROM messages WHERE id = x'08'"),
            6 * 1_024 + 2
        );
        assert_eq!(one("SELECT ord FROM messages WHERE id = x'09'"), 99);
    }

    #[test]
    fn what_is_applied_is_not_missing() {
        let applied: Vec<_> = ALL.iter().map(|(v, t)| (*v, checksum_of(t))).collect();
        assert!(missing(&applied).unwrap().is_empty());
        assert_eq!(missing(&[]).unwrap().len(), ALL.len());
    }
}
