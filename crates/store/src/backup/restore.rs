//! A backup file into an empty store of either engine, in one transaction.
//!
//! In: the file, of this schema version or an older one (a copy of it is brought up to date first).
//! Out: rows moved, with every lease let go, the outbox frozen, and no mark of what ran here before.

use super::tables::{SERIALS, SETTLE, TABLES, columns, each, insert};
use super::{BackupReport, part_of, remove};
use crate::error::{Result, StoreError};
use crate::postgres::{Postgres, fail};
use crate::sqlite::{Db, error as sqlite_error, to_sql};
use crate::store::{Backend, Store};
use crate::val::Val;
use futures_util::future::try_join_all;
use rusqlite::Connection;
use std::path::Path;

/// Rows sent ahead of their answers.
const AHEAD: usize = 200;

/// Restores into the store.
pub(crate) async fn run(store: &Store, file: &Path) -> Result<BackupReport> {
    let bytes = std::fs::metadata(file)
        .map_err(|e| {
            StoreError::Invalid(format!("the backup {} can't be read: {e}", file.display()))
        })?
        .len();
    let copy = part_of(file);
    remove(&copy);
    let (from, to) = (file.to_owned(), copy.clone());
    let opened = store.blocking(move |_| open_copy(&from, &to)).await;
    let moved = match (opened, store.backend()) {
        (Err(e), _) => Err(e),
        (Ok(source), Backend::Sqlite(_)) => {
            store
                .blocking(move |store| into_sqlite(store, source))
                .await
        }
        (Ok(source), Backend::Postgres(pg)) => into_postgres(pg, source).await,
    };
    remove(&copy);
    moved.map(|rows| BackupReport { rows, bytes })
}

/// The backup itself stays as it is: a copy is checked and brought up to date.
fn open_copy(file: &Path, copy: &Path) -> Result<Db> {
    std::fs::copy(file, copy)
        .map_err(|e| StoreError::Invalid(format!("the backup can't be copied: {e}")))?;
    let mut db = Db::open(Some(copy))?;
    db.quick_check()?;
    let has: i64 = db
        .conn()
        .query_row(
            "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'",
            [],
            |r| r.get(0),
        )
        .map_err(sqlite_error)?;
    if has == 0 {
        return Err(StoreError::Invalid(
            "this file is not a backup of ponte".into(),
        ));
    }
    db.migrate()?;
    Ok(db)
}

fn into_sqlite(store: &Store, mut source: Db) -> Result<u64> {
    let Backend::Sqlite(target) = store.backend() else {
        return Err(StoreError::Internal("not an SQLite database".into()));
    };
    target
        .with_writer(|db| {
            let to = db.conn();
            let tx = to.transaction().map_err(sqlite_error)?;
            let mut moved = 0;
            for table in TABLES {
                tx.execute(&format!("DELETE FROM {table}"), [])
                    .map_err(sqlite_error)?;
                let names = columns(&tx, table)?;
                let mut put = tx
                    .prepare(&insert(table, &names, '?'))
                    .map_err(sqlite_error)?;
                moved += each(source.conn(), table, |cells| {
                    for (i, cell) in cells.iter().enumerate() {
                        put.raw_bind_parameter(i + 1, to_sql(cell))
                            .map_err(sqlite_error)?;
                    }
                    put.raw_execute().map(|_| ()).map_err(sqlite_error)
                })?;
            }
            for (table, _) in SERIALS {
                set_serial(&tx, table, serial(source.conn(), table)?)?;
            }
            for sql in SETTLE {
                tx.execute(sql, []).map_err(sqlite_error)?;
            }
            tx.commit().map_err(sqlite_error)?;
            Ok(moved)
        })
        .and_then(|moved| target.forget_mark().map(|()| moved))
}

async fn into_postgres(pg: &Postgres, mut source: Db) -> Result<u64> {
    let conn = pg.apart().await?;
    conn.word("BEGIN").await?;
    let mut moved = 0;
    for table in TABLES {
        conn.word(&format!("DELETE FROM {table}")).await?;
        let names = columns(source.conn(), table)?;
        let put = conn
            .client
            .prepare(&insert(table, &names, '$'))
            .await
            .map_err(|e| StoreError::from(fail(e)))?;
        // Whole tables pass through memory in slices by their keys, so a large one never does at once.
        let keys = key_of(source.conn(), table)?;
        let mut after: Option<Vec<Val>> = None;
        loop {
            let slice = slice(source.conn(), table, &names, (&keys, after.as_deref()))?;
            let Some(last) = slice.last() else {
                break;
            };
            after = Some(
                keys.iter()
                    .filter_map(|key| place_in(last, &names, key))
                    .collect(),
            );
            moved += slice.len() as u64;
            let sent = slice
                .iter()
                .map(|cells| conn.client.execute_raw(&put, cells));
            try_join_all(sent)
                .await
                .map_err(|e| StoreError::from(fail(e)))?;
        }
    }
    for (table, column) in SERIALS {
        let last = serial(source.conn(), table)?;
        conn.word(&format!(
            "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), {}, {})",
            last.max(1),
            last > 0
        ))
        .await?;
    }
    for sql in SETTLE {
        conn.word(sql).await?;
    }
    conn.word("COMMIT").await?;
    Ok(moved)
}

/// The columns of a table's primary key, in its order.
fn key_of(conn: &Connection, table: &str) -> Result<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
    let mut read = conn.prepare_cached(sql).map_err(sqlite_error)?;
    let names = read
        .query_map([table], |r| r.get(0))
        .map_err(sqlite_error)?;
    names
        .collect::<rusqlite::Result<Vec<String>>>()
        .map_err(sqlite_error)
}

fn place_in(cells: &[Val], names: &[String], key: &str) -> Option<Val> {
    let at = names.iter().position(|name| name == key)?;
    cells.get(at).cloned()
}

/// The rows behind a key, in the order of the key.
fn slice(
    conn: &Connection,
    table: &str,
    names: &[String],
    (keys, after): (&[String], Option<&[Val]>),
) -> Result<Vec<Vec<Val>>> {
    let (all, order) = (names.join(", "), keys.join(", "));
    let behind = after.map_or(String::new(), |values| {
        let marks: Vec<String> = (1..=values.len()).map(|n| format!("?{n}")).collect();
        format!("WHERE ({order}) > ({})", marks.join(", "))
    });
    let sql = format!("SELECT {all} FROM {table} {behind} ORDER BY {order} LIMIT {AHEAD}");
    let mut read = conn.prepare_cached(&sql).map_err(sqlite_error)?;
    for (at, value) in after.unwrap_or_default().iter().enumerate() {
        read.raw_bind_parameter(at + 1, to_sql(value))
            .map_err(sqlite_error)?;
    }
    let mut found = read.raw_query();
    let mut rows = Vec::new();
    while let Some(r) = found.next().map_err(sqlite_error)? {
        let cells: Result<Vec<Val>> = (0..names.len())
            .map(|i| crate::sqlite::val(r.get_ref(i).map_err(sqlite_error)?))
            .collect();
        rows.push(cells?);
    }
    Ok(rows)
}

/// The last number a table gave out.
fn serial(conn: &Connection, table: &str) -> Result<i64> {
    let sql = "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0)";
    conn.query_row(sql, [table], |r| r.get(0))
        .map_err(sqlite_error)
}

/// A table goes on after this number.
pub(crate) fn set_serial(conn: &Connection, table: &str, last: i64) -> Result<()> {
    conn.execute("DELETE FROM sqlite_sequence WHERE name = ?1", [table])
        .map_err(sqlite_error)?;
    let put = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";
    conn.execute(put, rusqlite::params![table, last])
        .map(|_| ())
        .map_err(sqlite_error)
}
