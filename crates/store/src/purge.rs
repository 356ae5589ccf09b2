//! Throwing away what has had its time, in slices small enough not to hold up the writer.
//!
//! In: the ages to keep. Out: how many rows went; call again while a slice was full. Tables that have no
//! index by age, because every message would pay for it, are walked through once a day, a slice at a time
//! and beside the writer. Absent: the journal itself, messages with their files, and sends that nobody
//! could prove: they stay until a person erases or settles them.

mod knowledge;

use crate::error::Result;
use crate::store::Store;
use crate::val::{Stmt, vals};
use ponte_core::ids::{ConversationId, ReplyId};
use ponte_core::time::{Span, Time};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Rows per table and call: a few milliseconds of the writer.
const SLICE: i64 = 500;

/// Rows that a walk reads at once: milliseconds of a reader. What of them is old is the writer's slice.
const STRIDE: i64 = 2_000;
/// A walk through a whole table begins this long after the last one.
const WALK_EVERY: Span = Span::days(1);

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
    /// Sends that are settled, with their attempts; what was said stays as a message.
    pub sends: Span,
    /// What happened to an account, and what no conversation is for (groups: others' words).
    pub account_events: Span,
    /// Alerts that are closed.
    pub alerts: Span,
    /// Settings of before, which `ponte apply` files.
    pub past: Span,
    /// Deliveries that could not be decoded and that nobody has asked to try again.
    pub quarantined: Span,
    /// Changes of owner that others followed. The journal has them for good.
    pub owners: Span,
    /// Sources, documents and curated answers that were deleted: so long it can be undone.
    pub deleted: Span,
    /// Readings that have ended.
    pub readings: Span,
    /// What customers asked, with what was learnt of nothing else: personal data.
    pub questions: Span,
    /// The ledger of model calls, and budgets that nobody has used since.
    pub model_calls: Span,
    /// The ledger of tool calls, with what they were called with.
    pub tool_calls: Span,
}

impl Default for Retention {
    fn default() -> Self {
        Retention {
            deliveries: Span::days(30),
            dedupe: Span::days(35),
            feed: Span::days(7),
            orphans: Span::days(7),
            nodes: Span::days(1),
            sends: Span::days(90),
            account_events: Span::days(90),
            alerts: Span::days(180),
            past: Span::days(365),
            quarantined: Span::days(90),
            owners: Span::days(730),
            deleted: Span::days(30),
            readings: Span::days(30),
            questions: Span::days(180),
            model_calls: Span::days(400),
            tool_calls: Span::days(180),
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
    pub sends: u64,
    pub account_events: u64,
    pub alerts: u64,
    pub past: u64,
    pub quarantined: u64,
    pub owners: u64,
    /// Deleted sources, documents and curated answers, and vectors of texts that are gone.
    pub knowledge: u64,
    pub readings: u64,
    pub questions: u64,
    pub model_calls: u64,
    pub budgets: u64,
    pub tool_calls: u64,
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
const SENDS: &str = "SELECT reply, CASE WHEN active = 0 AND state NOT IN ('unknown', 'unsure')
 AND expires < $1 THEN 1 ELSE 0 END FROM outbox WHERE reply > $2 ORDER BY reply LIMIT $3";
/// The newest of a conversation stays: it says whose it is, and why.
const OWNERS: &str = "SELECT o.conversation, o.epoch, CASE WHEN o.at < $1 AND EXISTS (SELECT 1
 FROM ownership_log n WHERE n.conversation = o.conversation AND n.epoch > o.epoch) THEN 1 ELSE 0 END
 FROM ownership_log o WHERE (o.conversation, o.epoch) > ($2, $3) ORDER BY o.conversation, o.epoch LIMIT $4";
const OWNER: &str = "DELETE FROM ownership_log WHERE conversation = $1 AND epoch = $2";
const SEND: &str = "DELETE FROM outbox WHERE reply = $1 AND active = 0";
const ATTEMPTS: &str = "DELETE FROM attempts WHERE reply = $1";
const ACCOUNT_EVENTS: &str = "DELETE FROM account_events WHERE id IN (SELECT id FROM
 (SELECT id, at FROM account_events ORDER BY id LIMIT $2) a WHERE a.at < $1)";
const ALERTS: &str = "DELETE FROM alerts WHERE id IN
 (SELECT id FROM alerts WHERE closed_at < $1 ORDER BY id LIMIT $2)";
const PAST: &str = "DELETE FROM documents WHERE kind = 'past' AND updated < $1";
const QUARANTINED: &str = "DELETE FROM deliveries_open WHERE state = 'quarantined' AND id IN
 (SELECT o.id FROM deliveries_open o LEFT JOIN deliveries d ON d.id = o.id
 WHERE o.state = 'quarantined' AND COALESCE(d.received, o.lease_until) < $1 ORDER BY o.id LIMIT $2)";
const MODEL_CALLS: &str =
    "DELETE FROM model_calls WHERE workspace = $3 AND id IN (SELECT id FROM model_calls
 WHERE workspace = $3 AND at < $1 ORDER BY at LIMIT $2)";
const TOOL_CALLS: &str =
    "DELETE FROM tool_calls WHERE workspace = $3 AND id IN (SELECT id FROM tool_calls
 WHERE workspace = $3 AND at < $1 ORDER BY at LIMIT $2)";
const BUDGETS: &str = "DELETE FROM budgets WHERE updated < $1 AND NOT EXISTS (SELECT 1 FROM budget_holds h
 WHERE h.workspace = budgets.workspace AND h.scope = budgets.scope AND h.subject = budgets.subject)";
/// Keys up to this entry are gone already, so that a slice needn't walk over them again.
const KEYS_MARK: &str = "purged_keys";

/// How far the walks of this process have come. A new process begins anew.
#[derive(Debug, Default)]
pub(crate) struct Walks {
    sends: Mutex<Walk<Uuid>>,
    owners: Mutex<Walk<(Uuid, u64)>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Walk<K> {
    /// Behind this key it goes on; none: from the first.
    at: K,
    /// When the last one came to the end; none: it is under way.
    ended: Option<Time>,
}

impl<K: Copy + Default> Walk<K> {
    /// Where to go on, if it is time to.
    fn next(held: &Mutex<Walk<K>>, now: Time) -> Option<K> {
        let mut walk = held.lock().unwrap_or_else(PoisonError::into_inner);
        let due = walk
            .ended
            .is_none_or(|ended| now >= ended + WALK_EVERY || now < ended);
        due.then(|| {
            walk.ended = None;
            walk.at
        })
    }

    /// This far by now; none: to the end. Tells whether there is more.
    fn came(held: &Mutex<Walk<K>>, to: Option<K>, now: Time) -> bool {
        let mut walk = held.lock().unwrap_or_else(PoisonError::into_inner);
        walk.at = to.unwrap_or_default();
        walk.ended = to.is_none().then_some(now);
        to.is_some()
    }
}

/// What is old of a stride, no more than a slice, and the key to go on behind; none: the table's end.
fn slice_of<K: Copy>(keys: &[(K, bool)]) -> (Vec<K>, Option<K>) {
    let slice = usize::try_from(SLICE).unwrap_or(usize::MAX);
    let stride = usize::try_from(STRIDE).unwrap_or(usize::MAX);
    let mut old = Vec::new();
    for (key, is_old) in keys {
        if *is_old {
            old.push(*key);
            if old.len() == slice {
                return (old, Some(*key));
            }
        }
    }
    let next = keys.last().filter(|_| keys.len() >= stride);
    (old, next.map(|(key, _)| *key))
}

impl Store {
    /// Throws away one slice of everything older than its time.
    pub async fn purge(&self, now: Time, keep: &Retention) -> Result<Purged> {
        // First: then its body is no longer open, and goes with the deliveries.
        let old = now - keep.quarantined;
        let mut purged = Purged {
            quarantined: self
                .slice(Stmt::write(QUARANTINED, vals![old, SLICE]))
                .await?,
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
            account_events: self
                .slice(Stmt::write(
                    ACCOUNT_EVENTS,
                    vals![now - keep.account_events, SLICE],
                ))
                .await?,
            alerts: self
                .slice(Stmt::write(ALERTS, vals![now - keep.alerts, SLICE]))
                .await?,
            past: self
                .slice(Stmt::write(PAST, vals![now - keep.past]))
                .await?,
            budgets: self
                .slice(Stmt::write(BUDGETS, vals![now - keep.model_calls]))
                .await?,
            ..Purged::default()
        };
        let (sends, more_sends) = self.purge_sends(now, now - keep.sends).await?;
        let (owners, more_owners) = self.purge_owners(now, now - keep.owners).await?;
        (purged.sends, purged.owners) = (sends, owners);
        let slice = SLICE.unsigned_abs();
        let mut fullest = [purged.deliveries, purged.orphans, purged.keys]
            .into_iter()
            .chain([purged.account_events, purged.alerts, purged.quarantined])
            .max()
            .unwrap_or(0);
        for workspace in self.workspaces().await? {
            let n = self
                .slice(Stmt::write(
                    FEED,
                    vals![now - keep.feed, SLICE, workspace.id],
                ))
                .await?;
            purged.feed += n;
            let old = vals![now - keep.model_calls, SLICE, workspace.id];
            let calls = self.slice(Stmt::write(MODEL_CALLS, old)).await?;
            purged.model_calls += calls;
            let old = vals![now - keep.tool_calls, SLICE, workspace.id];
            let tools = self.slice(Stmt::write(TOOL_CALLS, old)).await?;
            purged.tool_calls += tools;
            fullest = fullest.max(n).max(calls).max(tools);
        }
        let more_knowledge = self.purge_knowledge(now, keep, &mut purged).await?;
        purged.more = fullest >= slice || more_sends || more_owners || more_knowledge;
        Ok(purged)
    }

    async fn slice(&self, stmt: Stmt) -> Result<u64> {
        Ok(self.change(stmt).await?.changed)
    }

    async fn purge_sends(&self, now: Time, before: Time) -> Result<(u64, bool)> {
        let walk = &self.walks().sends;
        let Some(at) = Walk::next(walk, now) else {
            return Ok((0, false));
        };
        let keys: Vec<(Uuid, bool)> = self
            .read_all(Stmt::read(SENDS, vals![before, at, STRIDE]), |mut c| {
                Ok((c.get::<ReplyId>()?.0, c.get()?))
            })
            .await?;
        let (old, next) = slice_of(&keys);
        let mut commit = crate::Commit::new();
        for reply in &old {
            commit
                .purge(ATTEMPTS, vals![*reply])
                .purge(SEND, vals![*reply]);
        }
        self.commit(commit).await?;
        Ok((old.len() as u64, Walk::came(walk, next, now)))
    }

    async fn purge_owners(&self, now: Time, before: Time) -> Result<(u64, bool)> {
        let walk = &self.walks().owners;
        let Some((conversation, epoch)) = Walk::next(walk, now) else {
            return Ok((0, false));
        };
        let params = vals![before, conversation, epoch, STRIDE];
        let keys: Vec<((Uuid, u64), bool)> = self
            .read_all(Stmt::read(OWNERS, params), |mut c| {
                Ok(((c.get::<ConversationId>()?.0, c.get()?), c.get()?))
            })
            .await?;
        let (old, next) = slice_of(&keys);
        let mut commit = crate::Commit::new();
        for (conversation, epoch) in &old {
            commit.purge(OWNER, vals![*conversation, *epoch]);
        }
        self.commit(commit).await?;
        Ok((old.len() as u64, Walk::came(walk, next, now)))
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
