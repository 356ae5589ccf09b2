//! PostgreSQL: writers that group commits, pipelined readers, one listener for hints.
//!
//! In: commits and questions; out: outcomes. Several processes share one database: rows are claimed
//! with SKIP LOCKED, leases carry tokens, times are the server's. Absent: replicas; every answer
//! comes from the primary. Next: `writer.rs`, then `conn.rs`.

mod config;
mod conn;
mod listen;
mod migrate;
mod slot;
mod value;
mod writer;

pub(crate) use conn::{Conn, fail};

use config::Target;

use crate::commit::Commit;
use crate::error::Result;
use crate::hint::Hint;
use crate::open::Options;
use crate::sqlite::Queue;
use crate::store::Outcome;
use crate::val::{Done, Stmt};
use slot::Slot;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{Mutex as AsyncMutex, broadcast};
use tokio::task::JoinHandle;
use writer::Shared;

/// Commits per transaction: smaller than on SQLite, since its locks are held across round trips.
const GROUP_MAX: usize = 64;

/// An open PostgreSQL database.
pub(crate) struct Postgres {
    target: Target,
    queue: Queue,
    readers: Vec<Slot>,
    next: AtomicUsize,
    tasks: Vec<JoinHandle<()>>,
}

impl Postgres {
    pub(crate) async fn open(
        url: &str,
        options: &Options,
        hints: broadcast::Sender<Hint>,
    ) -> Result<Postgres> {
        let mut target = Target::parse(url)?;
        target.callers_clock = options.callers_clock;
        migrate::run(&target).await?;
        let (queue, jobs) = Queue::new(options);
        let pids = Arc::new(Mutex::new(HashSet::new()));
        let shared = Arc::new(Shared {
            jobs: AsyncMutex::new(jobs),
            max: options.group.clamp(1, GROUP_MAX),
            hints: hints.clone(),
            pids: pids.clone(),
        });
        let mut tasks: Vec<_> = (0..options.writers.max(1))
            .map(|_| {
                tokio::spawn(writer::write_loop(
                    shared.clone(),
                    Slot::new(target.clone()),
                ))
            })
            .collect();
        tasks.push(tokio::spawn(listen::listen_loop(
            target.clone(),
            hints,
            pids,
        )));
        let readers = (0..options.readers.max(1))
            .map(|_| Slot::new(target.clone()))
            .collect();
        Ok(Postgres {
            target,
            queue,
            readers,
            next: AtomicUsize::new(0),
            tasks,
        })
    }

    pub(crate) async fn write(&self, commit: Commit, wait: bool) -> Result<Outcome> {
        self.queue.write(commit, wait).await
    }

    pub(crate) async fn read(&self, stmts: Vec<Stmt>) -> Result<Vec<Done>> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        self.readers[turn]
            .ask(&stmts.iter().collect::<Vec<_>>())
            .await
    }

    /// A connection of its own for long work.
    pub(crate) async fn apart(&self) -> Result<Conn> {
        Ok(Conn::open(&self.target, true).await?)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
        }
    }
}
