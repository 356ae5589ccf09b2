//! The threads of SQLite: one writer that groups, readers that answer.
//!
//! In: jobs over bounded queues, by number and by bytes. Out: answers over one-shot channels. When
//! the last handle goes the queues close, what waits is still written, and the threads end.

use super::db::Db;
use crate::commit::Commit;
use crate::error::{Result, StoreError};
use crate::hint::Hint;
use crate::open::Options;
use crate::store::Outcome;
use crate::val::{Done, Stmt};
use rusqlite::InterruptHandle;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc, oneshot};

/// Questions that may wait per reader; more wait outside.
const READS_WAITING: usize = 1_024;
/// A question that takes longer is interrupted: a long reader keeps the log from being reused.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// A commit on its way, with what it weighs.
pub(crate) struct Job {
    pub(crate) commit: Commit,
    pub(crate) ack: oneshot::Sender<Result<Outcome>>,
    pub(crate) _room: OwnedSemaphorePermit,
}

/// The way into a writer: bounded by number and by bytes.
#[derive(Clone)]
pub(crate) struct Queue {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    bytes: usize,
}

impl Queue {
    /// A queue and its other end.
    pub(crate) fn new(options: &Options) -> (Queue, mpsc::Receiver<Job>) {
        let (jobs, rx) = mpsc::channel(options.queue.max(1));
        let bytes = options.queue_bytes.clamp(1, Semaphore::MAX_PERMITS / 2);
        (
            Queue {
                jobs,
                room: Arc::new(Semaphore::new(bytes)),
                bytes,
            },
            rx,
        )
    }

    /// Puts a commit in, waits for what came of it.
    pub(crate) async fn write(&self, commit: Commit, wait: bool) -> Result<Outcome> {
        // One commit larger than the whole queue takes all of it.
        let weight = u32::try_from(commit.weight().min(self.bytes)).unwrap_or(u32::MAX);
        let room = self.room.clone();
        let room = if wait {
            room.acquire_many_owned(weight)
                .await
                .map_err(|_| closed())?
        } else {
            room.try_acquire_many_owned(weight)
                .map_err(|_| StoreError::Busy)?
        };
        let (ack, outcome) = oneshot::channel();
        let job = Job {
            commit,
            ack,
            _room: room,
        };
        if wait {
            self.jobs.send(job).await.map_err(|_| closed())?;
        } else {
            self.jobs.try_send(job).map_err(|e| match e {
                mpsc::error::TrySendError::Full(_) => StoreError::Busy,
                mpsc::error::TrySendError::Closed(_) => closed(),
            })?;
        }
        outcome.await.unwrap_or(Err(StoreError::Unsure))
    }
}

fn closed() -> StoreError {
    StoreError::Gone("the store is closed".into())
}

struct Question {
    stmts: Vec<Stmt>,
    answer: oneshot::Sender<Result<Vec<Done>>>,
}

struct Reader {
    questions: mpsc::Sender<Question>,
    interrupt: InterruptHandle,
}

/// The running threads.
pub(crate) struct Threads {
    /// Emptied when closing, so that the threads see the end of their queues.
    queue: Option<Queue>,
    readers: Vec<Reader>,
    next: AtomicUsize,
    running: Vec<JoinHandle<()>>,
    /// Ends last: only a connection that may write folds the log into the file when it is the last one,
    /// and people copy the file alone.
    writer: Option<JoinHandle<()>>,
}

impl Threads {
    pub(crate) fn start(
        writer: Db,
        readers: Vec<Db>,
        options: &Options,
        hints: broadcast::Sender<Hint>,
    ) -> Result<Threads> {
        let (queue, jobs) = Queue::new(options);
        let group = options.group.max(1);
        let writer = spawn("ponte-write", move || {
            write_loop(writer, jobs, group, &hints)
        })?;
        let mut running = Vec::new();
        let mut handles = Vec::new();
        for mut db in readers {
            let (questions, rx) = mpsc::channel(READS_WAITING);
            let interrupt = db.conn().get_interrupt_handle();
            handles.push(Reader {
                questions,
                interrupt,
            });
            running.push(spawn("ponte-read", move || read_loop(db, rx))?);
        }
        Ok(Threads {
            queue: Some(queue),
            readers: handles,
            next: AtomicUsize::new(0),
            running,
            writer: Some(writer),
        })
    }

    pub(crate) async fn write(&self, commit: Commit, wait: bool) -> Result<Outcome> {
        match &self.queue {
            Some(queue) => queue.write(commit, wait).await,
            None => Err(closed()),
        }
    }

    pub(crate) async fn read(&self, stmts: Vec<Stmt>) -> Result<Vec<Done>> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.readers.len().max(1);
        let reader = self.readers.get(turn).ok_or_else(closed)?;
        let (answer, answered) = oneshot::channel();
        reader
            .questions
            .send(Question { stmts, answer })
            .await
            .map_err(|_| closed())?;
        match tokio::time::timeout(READ_TIMEOUT, answered).await {
            Ok(done) => done.unwrap_or_else(|_| Err(closed())),
            Err(_) => {
                reader.interrupt.interrupt();
                Err(StoreError::Slow)
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for reader in self.readers.drain(..) {
            reader.interrupt.interrupt();
        }
        let end = |thread: JoinHandle<()>| {
            if thread.join().is_err() {
                tracing::error!("a thread of the store panicked");
            }
        };
        self.running.drain(..).for_each(end);
        self.queue = None;
        self.writer.take().into_iter().for_each(end);
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|e| StoreError::Gone(format!("no thread for the database: {e}")))
}

fn write_loop(
    mut db: Db,
    mut jobs: mpsc::Receiver<Job>,
    max: usize,
    hints: &broadcast::Sender<Hint>,
) {
    let mut failed: Option<StoreError> = None;
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        while group.len() < max {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        if let Some(error) = &failed {
            for job in group {
                let _ = job.ack.send(Err(error.clone()));
            }
            continue;
        }
        let commits: Vec<&Commit> = group.iter().map(|j| &j.commit).collect();
        let outcomes = db.commit_group(&commits);
        failed = outcomes.iter().find_map(|o| match o {
            // A failed sync may have dropped pages: nothing written after it could be trusted.
            Err(e @ StoreError::Io(_)) => Some(e.clone()),
            Err(_) | Ok(_) => None,
        });
        answer(group, outcomes, hints);
    }
}

/// Answers all, then tells what may be ready.
fn answer(group: Vec<Job>, outcomes: Vec<Result<Outcome>>, hints: &broadcast::Sender<Hint>) {
    let mut ready: Vec<Hint> = Vec::new();
    for (job, outcome) in group.into_iter().zip(outcomes) {
        if outcome.as_ref().is_ok_and(|o| o.refused.is_none()) {
            ready.extend(&job.commit.hints);
        }
        // A caller that stopped waiting is fine: its commit stands all the same.
        let _ = job.ack.send(outcome);
    }
    ready.sort_unstable();
    ready.dedup();
    for hint in ready {
        let _ = hints.send(hint);
    }
}

fn read_loop(mut db: Db, mut questions: mpsc::Receiver<Question>) {
    while let Some(q) = questions.blocking_recv() {
        if q.answer.is_closed() {
            continue;
        }
        let _ = q.answer.send(db.read(&q.stmts));
    }
}
