//! A writer of PostgreSQL: takes what waits, runs it as one pipelined transaction, then answers.
//!
//! In: jobs from the queue that all writers share. Out: outcomes, hints, and one notification per
//! group to the other nodes. A refused member is left out by doing the group again with savepoints;
//! deadlocks are done again whole; a connection lost at COMMIT is `Unsure`, never guessed.

use super::conn::{Conn, PgFail};
use super::slot::Slot;
use crate::commit::{Commit, Refused};
use crate::error::StoreError;
use crate::hint::{self, Hint};
use crate::rows::Place;
use crate::sqlite::{FEED_NEXT, FEED_PUT, Job, check, merge_feed};
use crate::store::Outcome;
use crate::val::{Done, Stmt, vals};
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, broadcast, mpsc};

/// Times a group is done again after a deadlock before its callers are told.
const TRIES: u32 = 6;
const NOTIFY: &str = "SELECT pg_notify('ponte', $1)";

type Group = std::result::Result<Vec<Result<Outcome, StoreError>>, PgFail>;

/// What the writers of a store share.
pub(crate) struct Shared {
    pub(crate) jobs: AsyncMutex<mpsc::Receiver<Job>>,
    pub(crate) max: usize,
    pub(crate) hints: broadcast::Sender<Hint>,
    /// Server processes behind our writers, to skip our own notifications.
    pub(crate) pids: Arc<Mutex<HashSet<i32>>>,
}

/// Runs until the queue closes.
pub(crate) async fn write_loop(shared: Arc<Shared>, slot: Slot) {
    loop {
        let mut group = Vec::new();
        // Only one writer takes at a time; while it works the next one gathers.
        let taken = shared
            .jobs
            .lock()
            .await
            .recv_many(&mut group, shared.max)
            .await;
        if taken == 0 {
            return;
        }
        let commits: Vec<&Commit> = group.iter().map(|j| &j.commit).collect();
        let outcomes = store(&shared, &slot, &commits).await;
        let mut ready = ready_hints(&commits, &outcomes);
        for (job, outcome) in group.into_iter().zip(outcomes) {
            let _ = job.ack.send(outcome);
        }
        for hint in ready.drain(..) {
            let _ = shared.hints.send(hint);
        }
    }
}

fn ready_hints(commits: &[&Commit], outcomes: &[Result<Outcome, StoreError>]) -> Vec<Hint> {
    let stored = |o: &Result<Outcome, StoreError>| o.as_ref().is_ok_and(|o| o.refused.is_none());
    let all = commits.iter().zip(outcomes).filter(|(_, o)| stored(o));
    let mut hints: Vec<Hint> = all.flat_map(|(c, _)| c.hints.iter().copied()).collect();
    hints.sort_unstable();
    hints.dedup();
    hints
}

async fn store(
    shared: &Shared,
    slot: &Slot,
    commits: &[&Commit],
) -> Vec<Result<Outcome, StoreError>> {
    let all = |e: StoreError| commits.iter().map(|_| Err(e.clone())).collect();
    for attempt in 0..TRIES {
        let conn = match slot.get().await {
            Ok(conn) => conn,
            Err(e) => return all(e),
        };
        shared
            .pids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(conn.pid);
        match store_on(&conn, commits).await {
            Ok(outcomes) => return outcomes,
            // Nothing was committed: a fresh connection may do it, once.
            Err(PgFail::Lost(why)) => {
                slot.drop_conn(&conn).await;
                if attempt > 0 {
                    return all(StoreError::Gone(why));
                }
            }
            Err(PgFail::Again) => {
                rollback(slot, &conn).await;
                tokio::time::sleep(std::time::Duration::from_millis(u64::from(attempt) * 7)).await;
            }
            Err(e @ (PgFail::Constraint | PgFail::Store(_))) => {
                rollback(slot, &conn).await;
                return all(e.into());
            }
        }
    }
    all(StoreError::Slow)
}

async fn rollback(slot: &Slot, conn: &Arc<Conn>) {
    if conn.word("ROLLBACK").await.is_err() {
        slot.drop_conn(conn).await;
    }
}

async fn store_on(conn: &Conn, commits: &[&Commit]) -> Group {
    conn.prepare_all(commits.iter().flat_map(|c| &c.stmts))
        .await?;
    let tail = tail(commits);
    conn.prepare_all(tail.iter()).await?;
    let stmts: Vec<&Stmt> = commits.iter().flat_map(|c| &c.stmts).chain(&tail).collect();
    conn.word("BEGIN").await?;
    let done = match conn.run(&stmts).await {
        Ok(done) => done,
        Err(PgFail::Constraint) => return apart(conn, commits, Some(Refused::Constraint)).await,
        Err(other) => return Err(other),
    };
    let mut done = done.into_iter();
    let mut outcomes = Vec::with_capacity(commits.len());
    for commit in commits {
        let mine: Vec<Done> = done.by_ref().take(commit.stmts.len()).collect();
        if let Some(why) = refusal(commit, &mine) {
            return apart(conn, commits, Some(why)).await;
        }
        outcomes.push(Ok(Outcome {
            done: mine,
            refused: None,
        }));
    }
    commit_or_unsure(conn, outcomes).await
}

/// Feed and notification of a group: last, so that the counter rows are held for a moment only.
fn tail(commits: &[&Commit]) -> Vec<Stmt> {
    let mut stmts = Vec::new();
    for f in merge_feed(commits.iter().copied()) {
        let Place {
            workspace,
            channel,
            conversation,
        } = f.place;
        stmts.push(Stmt::write(FEED_NEXT, vals![workspace]));
        stmts.push(Stmt::write(
            FEED_PUT,
            vals![workspace, channel, conversation, f.at, f.changes.0],
        ));
    }
    let mut hints: Vec<Hint> = commits
        .iter()
        .flat_map(|c| c.hints.iter().copied())
        .collect();
    hints.sort_unstable();
    hints.dedup();
    if !hints.is_empty() {
        stmts.push(Stmt::read(NOTIFY, vals![hint::pack(&hints)]));
    }
    stmts
}

fn refusal(commit: &Commit, done: &[Done]) -> Option<Refused> {
    let checks = commit.stmts.iter().zip(&commit.roles).zip(done);
    checks
        .map(|((stmt, role), done)| check(stmt, role, done))
        .find_map(Result::err)
}

/// The careful way: each member in a savepoint of its own, after the fast one met a refusal.
async fn apart(conn: &Conn, commits: &[&Commit], why: Option<Refused>) -> Group {
    conn.word("ROLLBACK").await?;
    if let ([_], Some(why)) = (commits, why) {
        return Ok(vec![Ok(Outcome {
            done: Vec::new(),
            refused: Some(why),
        })]);
    }
    conn.word("BEGIN").await?;
    let mut outcomes = Vec::with_capacity(commits.len());
    let mut stored = Vec::new();
    for commit in commits {
        conn.word("SAVEPOINT one").await?;
        let stmts: Vec<&Stmt> = commit.stmts.iter().collect();
        let refused = match conn.run(&stmts).await {
            Ok(done) => match refusal(commit, &done) {
                None => {
                    stored.push(*commit);
                    outcomes.push(Ok(Outcome {
                        done,
                        refused: None,
                    }));
                    None
                }
                refused => refused,
            },
            Err(PgFail::Constraint) => Some(Refused::Constraint),
            Err(other) => return Err(other),
        };
        if refused.is_some() {
            conn.word("ROLLBACK TO one").await?;
            outcomes.push(Ok(Outcome {
                done: Vec::new(),
                refused,
            }));
        }
        conn.word("RELEASE one").await?;
    }
    let tail = tail(&stored);
    conn.run(&tail.iter().collect::<Vec<_>>()).await?;
    commit_or_unsure(conn, outcomes).await
}

/// After COMMIT was sent a lost connection leaves the result unknown.
async fn commit_or_unsure(conn: &Conn, outcomes: Vec<Result<Outcome, StoreError>>) -> Group {
    match conn.word("COMMIT").await {
        Ok(()) => Ok(outcomes),
        Err(PgFail::Lost(_)) => Ok(outcomes.iter().map(|_| Err(StoreError::Unsure)).collect()),
        Err(other) => Err(other),
    }
}
