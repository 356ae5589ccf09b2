//! One SQLite connection: pragmas, statements, groups of commits.
//!
//! In: statements as values; out: what they did. A group is one transaction; when a member is
//! refused the group is begun again with a savepoint around each, so that only that member is left
//! out. Absent: threads and queues (`threads.rs`).

use crate::commit::engine::UNDER_LEASE;
use crate::commit::send::THAWED;
use crate::commit::{Commit, FeedNew, Refused, Role};
use crate::dialect::{Dialect, Texts};
use crate::error::{Result, StoreError};
use crate::rows::Place;
use crate::sqlite::values::{of, to_sql, val};
use crate::store::Outcome;
use crate::val::{Done, Stmt, Val, vals};
use ponte_core::ids::WorkspaceId;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Older SQLites can lose commits when a writer and a checkpoint meet.
const SQLITE_MIN: i32 = 3_051_003;
/// Every statement of this crate fits.
const STATEMENTS_KEPT: usize = 256;
/// Checkpoints get in the way of commits, and a page that changed often is copied once by each: one per
/// 64 MiB of log, which is read again in a tenth of a second after a crash. The log is then written over
/// and never truncated, since overwriting a file syncs several times faster than growing it.
const CHECKPOINT_PAGES: i64 = 16_000;
/// Someone else's backup may hold a lock for a moment.
const BUSY: Duration = Duration::from_secs(5);

/// The statements that give an entry of the feed its number and store it. The counter row is held
/// until the transaction ends, so numbers become visible in their order.
pub(crate) const FEED_NEXT: &str = "UPDATE feed_heads SET last = last + 1 WHERE workspace = $1";
pub(crate) const FEED_PUT: &str =
    "INSERT INTO feed (workspace, seq, channel, conversation, at, changes)
 SELECT workspace, last, $2, $3, $4, $5 FROM feed_heads WHERE workspace = $1";

/// The same for a whole group, where the counter can be asked in between.
const FEED_TAKE: &str =
    "UPDATE feed_heads SET last = last + $2 WHERE workspace = $1 RETURNING last";
const FEED_ADD: &str = "INSERT INTO feed (workspace, seq, channel, conversation, at, changes)
 VALUES ($1, $2, $3, $4, $5, $6)";

/// A connection.
pub(crate) struct Db {
    conn: Connection,
    texts: Texts,
    /// A lease that was found held in this group: name, token, until when.
    lease: Option<(Val, Val, i64)>,
    /// The outbox was found not frozen in this group.
    thawed: bool,
}

/// Why a statement did not do its part.
enum Fail {
    /// A constraint, or another number of rows than expected: this commit only.
    Refused(Refused),
    /// The engine: everyone.
    Store(StoreError),
}

impl Db {
    /// Opens for writing, the file or memory.
    pub(crate) fn open(path: Option<&Path>) -> Result<Db> {
        if rusqlite::version_number() < SQLITE_MIN {
            return Err(StoreError::Invalid(
                "this program was built with an SQLite that can lose commits".into(),
            ));
        }
        let conn = match path {
            Some(p) => Connection::open(p),
            None => Connection::open_in_memory(),
        }
        .map_err(of)?;
        let pragmas = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}; PRAGMA journal_size_limit = -1;
             PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY;"
        );
        Db::prepare(conn, &pragmas)
    }

    /// Opens for reading only.
    pub(crate) fn open_reader(path: &Path) -> Result<Db> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).map_err(of)?;
        // Each commit of the writer empties this cache, which costs by its size; the system's has it all.
        Db::prepare(
            conn,
            "PRAGMA query_only = ON; PRAGMA cache_size = -2000; PRAGMA temp_store = MEMORY;",
        )
    }

    fn prepare(conn: Connection, pragmas: &str) -> Result<Db> {
        conn.busy_timeout(BUSY).map_err(of)?;
        // Else a statement whose limit is a parameter is planned anew each time it is asked, which
        // costs a poll more than its answer does.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(of)?;
        conn.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        conn.execute_batch(pragmas).map_err(of)?;
        Ok(Db {
            conn,
            texts: Texts::new(Dialect::Sqlite),
            lease: None,
            thawed: false,
        })
    }

    /// The connection itself, for backup and migration.
    pub(crate) fn conn(&mut self) -> &mut Connection {
        &mut self.conn
    }

    /// Brings the schema up to date.
    pub(crate) fn migrate(&mut self) -> Result<()> {
        crate::migrate::sqlite(&mut self.conn)
    }

    /// Looks for damage; reads the whole file.
    pub(crate) fn quick_check(&mut self) -> Result<()> {
        let word: String = self
            .conn
            .query_row("PRAGMA quick_check(1)", [], |r| r.get(0))
            .map_err(of)?;
        if word == "ok" {
            Ok(())
        } else {
            Err(StoreError::Corrupt("quick_check found damage".into()))
        }
    }

    /// Lets the file grow no further than this. Of this connection only.
    pub(crate) fn limit_pages(&mut self, pages: u32) -> Result<()> {
        self.conn
            .execute_batch(&format!("PRAGMA max_page_count = {pages}"))
            .map_err(of)
    }

    /// Answers questions, several from one state of the database.
    pub(crate) fn read(&mut self, stmts: &[Stmt]) -> Result<Vec<Done>> {
        let many = stmts.len() > 1;
        if many {
            self.word("BEGIN")?;
        }
        let done = stmts
            .iter()
            .map(|s| self.exec(s).map_err(as_store))
            .collect();
        if many {
            self.word("COMMIT")?;
        }
        done
    }

    /// Stores commits in one transaction. The outcomes are in their order.
    pub(crate) fn commit_group(&mut self, group: &[&Commit]) -> Vec<Result<Outcome>> {
        match self.run_plain(group) {
            Ok(outcomes) => outcomes.into_iter().map(Ok).collect(),
            Err(Fail::Refused(why)) => {
                self.rollback();
                if group.len() == 1 {
                    return vec![Ok(Outcome {
                        done: Vec::new(),
                        refused: Some(why),
                    })];
                }
                self.run_apart(group)
                    .unwrap_or_else(|e| self.fail(group, e))
            }
            Err(Fail::Store(e)) => self.fail(group, e),
        }
    }

    fn fail(&mut self, group: &[&Commit], error: StoreError) -> Vec<Result<Outcome>> {
        self.rollback();
        group.iter().map(|_| Err(error.clone())).collect()
    }

    /// The fast way: no savepoints. A member refused before it has written anything is left out as
    /// it is; the first one refused after a write ends it.
    fn run_plain(&mut self, group: &[&Commit]) -> std::result::Result<Vec<Outcome>, Fail> {
        (self.lease, self.thawed) = (None, false);
        self.word("BEGIN IMMEDIATE").map_err(Fail::Store)?;
        let mut all = Vec::with_capacity(group.len());
        let mut stored = Vec::with_capacity(group.len());
        for commit in group {
            let mut done = Vec::with_capacity(commit.stmts.len());
            match self.run(commit, &mut done) {
                Ok(()) => {
                    stored.push(*commit);
                    all.push(Outcome {
                        done,
                        refused: None,
                    });
                }
                Err(Fail::Refused(why)) if untouched(commit, &done) => all.push(Outcome {
                    done: Vec::new(),
                    refused: Some(why),
                }),
                Err(fail) => return Err(fail),
            }
        }
        self.feed(stored.into_iter())?;
        self.word("COMMIT").map_err(Fail::Store)?;
        Ok(all)
    }

    /// The careful way: each member in a savepoint of its own.
    fn run_apart(&mut self, group: &[&Commit]) -> Result<Vec<Result<Outcome>>> {
        (self.lease, self.thawed) = (None, false);
        self.word("BEGIN IMMEDIATE")?;
        let mut outcomes = Vec::with_capacity(group.len());
        let mut stored = Vec::with_capacity(group.len());
        for commit in group {
            self.word("SAVEPOINT one")?;
            let mut done = Vec::with_capacity(commit.stmts.len());
            match self.run(commit, &mut done) {
                Ok(()) => {
                    stored.push(*commit);
                    outcomes.push(Ok(Outcome {
                        done,
                        refused: None,
                    }));
                }
                Err(Fail::Refused(why)) => {
                    self.word("ROLLBACK TO one")?;
                    // What it had asked may have been its own doing.
                    (self.lease, self.thawed) = (None, false);
                    outcomes.push(Ok(Outcome {
                        done: Vec::new(),
                        refused: Some(why),
                    }));
                }
                Err(Fail::Store(e)) => return Err(e),
            }
            self.word("RELEASE one")?;
        }
        self.feed(stored.into_iter()).map_err(as_store)?;
        self.word("COMMIT")?;
        Ok(outcomes)
    }

    /// Runs a commit's statements; `done` holds what they did, the refused one included where it ran.
    fn run(&mut self, commit: &Commit, done: &mut Vec<Done>) -> std::result::Result<(), Fail> {
        for (stmt, role) in commit.stmts.iter().zip(&commit.roles) {
            let one = match self.asked_before(stmt) {
                Some(known) => known,
                None => self.exec(stmt).map_err(|e| match e {
                    Fail::Refused(_) => Fail::Refused(Refused::Constraint),
                    Fail::Store(e) => Fail::Store(e),
                })?,
            };
            if stmt.sql == UNDER_LEASE {
                self.remember_lease(stmt, &one);
            } else if stmt.sql == THAWED {
                self.thawed = one.changed == 1;
            }
            let verdict = check(stmt, role, &one).map_err(Fail::Refused);
            done.push(one);
            verdict?;
        }
        Ok(())
    }

    /// The answer to a question that was asked before in this group: for a lease, or for a frozen outbox.
    fn asked_before(&self, stmt: &Stmt) -> Option<Done> {
        if self.thawed && stmt.sql == THAWED {
            return Some(found(Val::I64(1)));
        }
        let (name, token, until) = self.lease.as_ref()?;
        let [asked, held, Val::I64(now)] = stmt.params.as_slice() else {
            return None;
        };
        let same = stmt.sql == UNDER_LEASE && asked == name && held == token && until > now;
        same.then(|| found(Val::I64(*until)))
    }

    fn remember_lease(&mut self, stmt: &Stmt, done: &Done) {
        if let ([name, token, _], Some([Val::I64(until)])) =
            (stmt.params.as_slice(), done.rows.first().map(Vec::as_slice))
        {
            self.lease = Some((name.clone(), token.clone(), *until));
        }
    }

    /// The feed of the whole group: a conversation changed by several members is one entry.
    fn feed<'a>(
        &mut self,
        group: impl Iterator<Item = &'a Commit>,
    ) -> std::result::Result<(), Fail> {
        let entries = merge_feed(group);
        let mut counts: BTreeMap<WorkspaceId, i64> = BTreeMap::new();
        for f in &entries {
            *counts.entry(f.place.workspace).or_default() += 1;
        }
        // The number before the first of each workspace's entries.
        let mut next: BTreeMap<WorkspaceId, i64> = BTreeMap::new();
        for (workspace, count) in counts {
            let done = self.exec(&Stmt::read(FEED_TAKE, vals![workspace, count]))?;
            let last = done.rows.first().and_then(|row| row.first());
            if let Some(Val::I64(last)) = last {
                next.insert(workspace, last - count);
            }
        }
        for f in entries {
            let Place {
                workspace,
                channel,
                conversation,
            } = f.place;
            // Without a counter there is no such workspace.
            let Some(seq) = next.get_mut(&workspace) else {
                continue;
            };
            *seq += 1;
            self.exec(&Stmt::write(
                FEED_ADD,
                vals![workspace, *seq, channel, conversation, f.at, f.changes.0],
            ))?;
        }
        Ok(())
    }

    fn exec(&mut self, stmt: &Stmt) -> std::result::Result<Done, Fail> {
        let text = self.texts.of(stmt.sql);
        let mut prepared = self.conn.prepare_cached(&text.sql).map_err(fail)?;
        if text.leases {
            self.lease = None;
        }
        self.thawed &= !text.meta;
        for (i, v) in stmt.params.iter().enumerate() {
            prepared
                .raw_bind_parameter(i + 1, to_sql(v))
                .map_err(fail)?;
        }
        if !stmt.rows {
            let changed = prepared.raw_execute().map_err(fail)?;
            return Ok(Done {
                changed: changed as u64,
                rows: Vec::new(),
            });
        }
        let width = prepared.column_count();
        let mut found = prepared.raw_query();
        let mut rows = Vec::new();
        while let Some(row) = found.next().map_err(fail)? {
            let mut cells = Vec::with_capacity(width);
            for i in 0..width {
                cells.push(val(row.get_ref(i).map_err(fail)?).map_err(Fail::Store)?);
            }
            rows.push(cells);
        }
        Ok(Done {
            changed: rows.len() as u64,
            rows,
        })
    }

    fn word(&mut self, sql: &str) -> Result<()> {
        self.conn
            .prepare_cached(sql)
            .and_then(|mut s| s.raw_execute())
            .map(|_| ())
            .map_err(of)
    }

    fn rollback(&mut self) {
        // After some errors SQLite has rolled back by itself.
        if !self.conn.is_autocommit() && self.word("ROLLBACK").is_err() {
            tracing::warn!("a rollback failed");
        }
    }
}

/// One row with one value.
fn found(value: Val) -> Done {
    Done {
        changed: 1,
        rows: vec![vec![value]],
    }
}

/// Whether a commit that was refused has written nothing: its statements only looked, or changed no
/// row. A statement that failed left nothing of itself behind.
fn untouched(commit: &Commit, done: &[Done]) -> bool {
    let mut pairs = commit.stmts.iter().zip(done);
    pairs.all(|(stmt, done)| done.changed == 0 || stmt.only_looks())
}

/// Whether a statement did what its commit demands.
pub(crate) fn check(stmt: &Stmt, role: &Role, done: &Done) -> std::result::Result<(), Refused> {
    match (stmt.expect, role) {
        (Some(want), Role::Plain(why)) if want != done.changed => Err(*why),
        (Some(want), Role::Append | Role::Delivery) if want != done.changed => {
            Err(Refused::Constraint)
        }
        (Some(_) | None, _) => Ok(()),
    }
}

/// One entry per conversation, in the order first met.
pub(crate) fn merge_feed<'a>(group: impl Iterator<Item = &'a Commit>) -> Vec<FeedNew> {
    let mut all: Vec<FeedNew> = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for f in group.flat_map(|c| &c.feed) {
        match seen.get(&f.place) {
            Some(&i) => {
                let entry: &mut FeedNew = &mut all[i];
                entry.changes = entry.changes.and(f.changes);
                entry.at = entry.at.max(f.at);
            }
            None => {
                seen.insert(f.place, all.len());
                all.push(*f);
            }
        }
    }
    all
}

fn fail(e: rusqlite::Error) -> Fail {
    match e.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Fail::Refused(Refused::Constraint),
        Some(_) | None => Fail::Store(of(e)),
    }
}

fn as_store(f: Fail) -> StoreError {
    match f {
        Fail::Refused(_) => StoreError::Internal("a constraint".into()),
        Fail::Store(e) => e,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::StatementStatus::RePrepare;

    #[test]
    fn a_statement_is_planned_once_however_often_it_is_asked() {
        const POLL: &str = "SELECT seq FROM journal WHERE channel = $1 AND applied IS NULL
             AND seq > $2 ORDER BY seq LIMIT $3";
        let mut db = Db::open(None).unwrap();
        db.migrate().unwrap();
        let text = db.texts.of(POLL).sql.clone();
        for limit in 1..=3_i64 {
            let found = db.read(&[Stmt::read(POLL, vals![limit, 0_i64, limit])]);
            assert!(found.unwrap()[0].rows.is_empty());
            let kept = db.conn.prepare_cached(&text).unwrap();
            assert_eq!(kept.get_status(RePrepare), 0, "asked {limit} times");
        }
    }
}
