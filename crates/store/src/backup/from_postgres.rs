//! A backup of PostgreSQL: one snapshot, copied table by table into an SQLite file.
//!
//! In: a connection of its own. Out: rows. The snapshot lasts as long as the copy; other nodes go on.

use super::tables::{FREEZE, SERIALS, TABLES, columns, insert};
use crate::error::{Result, StoreError};
use crate::postgres::{Conn, Postgres, fail};
use crate::sqlite::{Db, error as sqlite_error, to_sql};
use crate::val::Val;
use rusqlite::Connection;
use std::path::Path;

/// Rows fetched at a time: bodies may be megabytes.
const FETCH: u32 = 200;

/// Copies everything into a fresh file.
pub(crate) async fn copy(pg: &Postgres, part: &Path) -> Result<u64> {
    super::remove(part);
    let mut db = Db::open(Some(part))?;
    db.migrate()?;
    let conn = pg.apart().await?;
    conn.word("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    db.conn()
        .execute_batch("PRAGMA foreign_keys = OFF; BEGIN")
        .map_err(sqlite_error)?;
    let mut rows = 0;
    for table in TABLES {
        rows += copy_table(&conn, db.conn(), table).await?;
    }
    for (table, column) in SERIALS {
        let sql = format!(
            "SELECT COALESCE(pg_sequence_last_value(pg_get_serial_sequence('{table}', '{column}')::regclass), 0)"
        );
        let last: i64 = conn
            .client
            .query_one(&sql, &[])
            .await
            .and_then(|r| r.try_get(0))
            .map_err(pg_error)?;
        super::restore::set_serial(db.conn(), table, last)?;
    }
    conn.word("COMMIT").await?;
    db.conn().execute(FREEZE, []).map_err(sqlite_error)?;
    db.conn()
        .execute_batch("COMMIT; PRAGMA journal_mode = DELETE")
        .map_err(sqlite_error)?;
    Ok(rows)
}

async fn copy_table(from: &Conn, to: &mut Connection, table: &str) -> Result<u64> {
    let columns = columns(to, table)?;
    let put = insert(table, &columns, '?');
    from.word(&format!(
        "DECLARE rows CURSOR FOR SELECT {} FROM {table}",
        columns.join(", ")
    ))
    .await?;
    let fetch = from
        .client
        .prepare(&format!("FETCH {FETCH} FROM rows"))
        .await
        .map_err(pg_error)?;
    let mut copied = 0;
    loop {
        let rows = from.client.query(&fetch, &[]).await.map_err(pg_error)?;
        if rows.is_empty() {
            break;
        }
        let mut stmt = to.prepare_cached(&put).map_err(sqlite_error)?;
        for row in &rows {
            for i in 0..columns.len() {
                let cell: Val = row.try_get(i).map_err(pg_error)?;
                stmt.raw_bind_parameter(i + 1, to_sql(&cell))
                    .map_err(sqlite_error)?;
            }
            stmt.raw_execute().map_err(sqlite_error)?;
            copied += 1;
        }
    }
    from.word("CLOSE rows").await?;
    Ok(copied)
}

fn pg_error(e: tokio_postgres::Error) -> StoreError {
    fail(e).into()
}
