//! The migrations on PostgreSQL: the same texts, under a lock that two starting nodes share.

use super::config::Target;
use super::conn::{Conn, fail};
use crate::dialect::Dialect;
use crate::error::{Result, StoreError};
use crate::migrate::{LEDGER_PUT, LEDGER_READ, checksum_of, ledger, missing, text_for};
use std::time::Duration;

/// Any number that is ours alone among the locks of this database: "ponte".
const LOCK: &str = "SELECT pg_advisory_xact_lock(482335909989)";
/// A server that is just starting refuses for a moment.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);

/// Brings the schema up to date.
pub(crate) async fn run(target: &Target) -> Result<()> {
    let conn = connect(target).await?;
    conn.word("BEGIN").await?;
    // The second node waits here, then finds everything done.
    conn.word(LOCK).await?;
    conn.word(ledger()).await?;
    let rows = conn.client.query(LEDGER_READ, &[]).await.map_err(fail)?;
    let applied = rows
        .iter()
        .map(|r| Ok((r.try_get(0)?, r.try_get(1)?)))
        .collect::<std::result::Result<Vec<(i64, i64)>, tokio_postgres::Error>>()
        .map_err(fail)?;
    for (version, text) in missing(&applied)? {
        conn.word(&text_for(text, Dialect::Postgres)).await?;
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 2] =
            [&version, &checksum_of(text)];
        conn.client
            .execute(LEDGER_PUT, &params)
            .await
            .map_err(fail)?;
    }
    Ok(conn.word("COMMIT").await?)
}

async fn connect(target: &Target) -> Result<Conn> {
    let mut last = StoreError::Gone("not tried".into());
    for _ in 0..TRIES {
        match Conn::open(target, true).await.map_err(StoreError::from) {
            Ok(conn) => return Ok(conn),
            Err(e @ StoreError::Gone(_)) => last = e,
            Err(e) => return Err(e),
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(last)
}
