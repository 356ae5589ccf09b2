//! Throwing away what has had its time, in slices small enough not to hold up the writer.
//!
//! In: the ages to keep. Out: how many rows went; call again while a slice was full. Absent: the
//! journal itself and messages, which stay until a person erases them.

use crate::error::Result;
use crate::store::Store;
use crate::val::{Stmt, vals};
use ponte_core::time::{Span, Time};

/// Rows per table and call: a few milliseconds of the writer.
const SLICE: i64 = 500;

/// The provider repeats for 7 days; imports and clocks need more. Settings can't go below this.
const DEDUPE_MIN: Span = Span::days(30);

/// How long things are kept.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Raw deliveries that are done. The provider repeats for up to 7 days.
    pub deliveries: Span,
    /// Keys that tell a repeat; never less than 30 days.
    pub dedupe: Span,
    pub feed: Span,
    /// Statuses whose message never came.
    pub orphans: Span,
    /// Heartbeats of nodes that are gone.
    pub nodes: Span,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            deliveries: Span::days(30),
            dedupe: Span::days(35),
            feed: Span::days(7),
            orphans: Span::days(7),
            nodes: Span::days(1),
        }
    }
}

/// Rows thrown away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    pub deliveries: u64,
    pub keys: u64,
    pub feed: u64,
    pub orphans: u64,
    pub nodes: u64,
    /// A slice was full: there is more.
    pub more: bool,
}

// The oldest by number are the oldest by time, near enough: no index by time is needed.
const DELIVERIES: &str = "DELETE FROM deliveries WHERE id IN (SELECT id FROM
 (SELECT d.id, d.received FROM deliveries d
 WHERE NOT EXISTS (SELECT 1 FROM deliveries_open o WHERE o.id = d.id) ORDER BY d.id LIMIT $2) e
 WHERE e.received < $1)";
const KEYS: &str = "UPDATE journal SET key = NULL WHERE seq IN (SELECT seq FROM journal
 WHERE seq > $3 AND at < $1 AND applied IS NOT NULL ORDER BY seq LIMIT $2) RETURNING seq";
const FEED: &str = "DELETE FROM feed WHERE workspace = $3 AND seq IN (SELECT seq FROM
 (SELECT seq, at FROM feed WHERE workspace = $3 ORDER BY seq LIMIT $2) f WHERE f.at < $1)";
const ORPHANS: &str = "DELETE FROM orphan_statuses WHERE id IN (SELECT id FROM
 (SELECT id, at FROM orphan_statuses ORDER BY id LIMIT $2) o WHERE o.at < $1)";
const NODES: &str = "DELETE FROM nodes WHERE seen < $1";
/// Keys up to this entry are gone already, so that a slice needn't walk over them again.
const KEYS_MARK: &str = "purged_keys";

impl Store {
    /// Throws away one slice of everything older than its time.
    pub async fn purge(&self, now: Time, keep: &Retention) -> Result<Purged> {
        let mut purged = Purged {
            deliveries: self
                .slice(Stmt::write(DELIVERIES, vals![now - keep.deliveries, SLICE]))
                .await?,
            orphans: self
                .slice(Stmt::write(ORPHANS, vals![now - keep.orphans, SLICE]))
                .await?,
            nodes: self
                .slice(Stmt::write(NODES, vals![now - keep.nodes]))
                .await?,
            keys: self.purge_keys(now - keep.dedupe.max(DEDUPE_MIN)).await?,
            ..Purged::default()
        };
        let slice = SLICE.unsigned_abs();
        let mut fullest = purged.deliveries.max(purged.orphans).max(purged.keys);
        for workspace in self.workspaces().await? {
            let n = self
                .slice(Stmt::write(
                    FEED,
                    vals![now - keep.feed, SLICE, workspace.id],
                ))
                .await?;
            purged.feed += n;
            fullest = fullest.max(n);
        }
        purged.more = fullest >= slice;
        Ok(purged)
    }

    async fn slice(&self, stmt: Stmt) -> Result<u64> {
        Ok(self.change(stmt).await?.changed)
    }

    async fn purge_keys(&self, before: Time) -> Result<u64> {
        let mark = self
            .meta(KEYS_MARK)
            .await?
            .and_then(|m| m.parse::<i64>().ok())
            .unwrap_or(0);
        let done = self
            .change(Stmt::read(KEYS, vals![before, SLICE, mark]))
            .await?;
        let mut last = mark;
        for row in done.rows {
            last = last.max(crate::val::Cells::new(row).get()?);
        }
        if last > mark {
            let mut commit = crate::Commit::new();
            commit.put_meta(KEYS_MARK, &last.to_string());
            self.commit(commit).await?;
        }
        Ok(done.changed)
    }
}
