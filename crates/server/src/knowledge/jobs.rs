//! Does the reading that was asked for: one job at a time in this process, one per source in all.
//!
//! In: jobs of the store. Out: documents in the store and how it went, in the job's row and the source's
//! report. A job whose node died is taken by another when its lease has run out, and goes on where it
//! was; what it stores is fenced by the lease. One that keeps dying is given up. Absent: reading itself
//! (`reading.rs`), visiting sites (`crawl/`). Next: `import.rs`.

use super::Knowledge;
use super::import::{Incoming, Planned};
use super::progress::Progress;
use super::trouble::Trouble;
use super::{crawl, reading};
use crate::both;
use ponte_core::time::Span;
use ponte_store::rows::knowledge::{JobKind, JobRow, JobState, SourceRow};
use ponte_store::{Commit, StoreError};
use serde_json::{Value, json};
use uuid::Uuid;

/// A job is held this long without a sign of life.
const LEASE: Span = Span::secs(60);
/// Signs of life.
const RENEW: Span = Span::secs(15);
/// Jobs are looked for this often without a hint.
const POLL: Span = Span::secs(10);
/// Times a job is begun: a file that takes the process down must not do so for ever.
const ATTEMPTS_MOST: u32 = 3;
/// Readings of one workspace that wait or are under way.
pub const OPEN_MOST: u64 = 500;

/// How a job ended.
#[derive(Debug)]
pub(crate) enum End {
    /// As it should, or with a trouble in its progress.
    Whole(JobState),
    /// It is another's by now: nothing more is written.
    Lost,
    /// The store can't be reached; another attempt comes.
    Store(StoreError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> End {
        End::Store(error)
    }
}

/// The room: does what waits, for ever.
pub async fn run(knowledge: Knowledge) {
    loop {
        match knowledge.work_once().await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = knowledge.work().notified() => {}
                    () = knowledge.clock.sleep(POLL) => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "readings can't be looked for now");
                knowledge.clock.sleep(POLL).await;
            }
        }
    }
}

impl Knowledge {
    /// Does one job, if there is one; whether there was.
    ///
    /// # Errors
    /// The store's.
    pub async fn work_once(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let Some(job) = self
            .store
            .claim_knowledge_job(self.node, now, LEASE)
            .await?
        else {
            return Ok(false);
        };
        let (id, kind) = (job.id, job.kind.word());
        let mut desk = Desk {
            knowledge: self,
            progress: Progress::of(&job.progress),
            job,
        };
        let ended = tokio::select! {
            ended = desk.whole() => ended,
            stopped = self.hold(id) => stopped,
        };
        match ended {
            End::Whole(state) => desk.end(state).await?,
            End::Lost => tracing::info!(job = %id, "a reading went to another node"),
            End::Store(error) => {
                tracing::warn!(%error, job = %id, kind, "a reading was interrupted; it is taken up again");
            }
        }
        self.follow().await;
        Ok(true)
    }

    /// Keeps the lease; ends when the job is lost or a person cancelled it.
    async fn hold(&self, job: Uuid) -> End {
        loop {
            self.clock.sleep(RENEW).await;
            let now = self.clock.now();
            match self
                .store
                .renew_knowledge_job(job, self.node, now, LEASE)
                .await
            {
                Ok(Some(false)) => {}
                Ok(Some(true)) => return End::Whole(JobState::Cancelled),
                Ok(None) => return End::Lost,
                Err(error) => return End::Store(error),
            }
        }
    }
}

/// A job that is worked on.
pub(crate) struct Desk<'a> {
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) job: JobRow,
    pub(crate) progress: Progress,
}

impl Desk<'_> {
    async fn whole(&mut self) -> End {
        match self.work().await {
            Ok(state) => End::Whole(state),
            Err(end) => end,
        }
    }

    async fn work(&mut self) -> Result<JobState, End> {
        let (store, workspace) = (&self.knowledge.store, self.job.workspace);
        let source = store.source(workspace, self.job.source).await?;
        let Some(source) = source.filter(|row| row.deleted.is_none()) else {
            return Ok(self.fail(Trouble::new(
                "source_gone",
                both!("A fonte foi apagada.", "The source was deleted."),
            )));
        };
        if self.job.attempts > ATTEMPTS_MOST {
            return Ok(self.fail(Trouble::broke()));
        }
        match self.job.kind {
            JobKind::File => self.file().await,
            JobKind::Crawl => crawl::run::crawl(self, &source).await,
        }
    }

    fn fail(&mut self, why: Trouble) -> JobState {
        self.progress.ended = Some(why);
        JobState::Failed
    }

    async fn file(&mut self) -> Result<JobState, End> {
        self.progress = Progress {
            total: 1,
            ..Progress::default()
        };
        let name = self.job.name.clone();
        let bytes = self.job.bytes.take().unwrap_or_default();
        match reading::read(
            self.knowledge.reader.as_ref(),
            bytes.clone(),
            &name,
            &self.job.media,
        )
        .await
        {
            Ok(document) => {
                let incoming = Incoming {
                    workspace: self.job.workspace,
                    source: self.job.source,
                    key: name,
                    title: None,
                    media: self.job.media.clone(),
                    original: bytes,
                    facts: facts(&document),
                    document,
                };
                self.put(incoming, None).await?;
                Ok(JobState::Done)
            }
            Err(trouble) => {
                self.progress.aside(&name, trouble.clone());
                Ok(self.fail(trouble))
            }
        }
    }

    /// Stores a document while the job is held, with the place to go on from.
    pub(crate) async fn put(&mut self, new: Incoming, place: Option<&Value>) -> Result<(), End> {
        // Once more where somebody changed the same document in between.
        for _ in 0..3 {
            let planned: Planned = self.knowledge.plan(new.clone()).await?;
            let mut progress = self.progress.clone();
            planned.count(&mut progress);
            let mut commit = Commit::new();
            commit.under_job(self.job.id, self.knowledge.node);
            commit.join(planned.commit.clone());
            let now = self.knowledge.clock.now();
            let (job, node) = (self.job.id, self.knowledge.node);
            commit.job_progress(job, node, &progress.value(), place, now);
            match self.knowledge.store.commit(commit).await?.refused {
                None => {
                    self.progress = progress;
                    return Ok(());
                }
                Some(ponte_store::Refused::Lease) => return Err(End::Lost),
                Some(_) => {}
            }
        }
        Err(End::Store(StoreError::Busy))
    }

    /// Notes how far it is.
    pub(crate) async fn note(&mut self, place: Option<&Value>) -> Result<(), End> {
        let mut commit = Commit::new();
        let now = self.knowledge.clock.now();
        let (job, node) = (self.job.id, self.knowledge.node);
        commit.job_progress(job, node, &self.progress.value(), place, now);
        match self.knowledge.store.commit(commit).await?.refused {
            None => Ok(()),
            Some(_) => Err(End::Lost),
        }
    }

    async fn end(&mut self, state: JobState) -> Result<(), StoreError> {
        let (store, now) = (&self.knowledge.store, self.knowledge.clock.now());
        let mut commit = Commit::new();
        let (job, node) = (self.job.id, self.knowledge.node);
        commit.end_job(job, node, state, &self.progress.value(), now);
        if let Some(row) = store.source(self.job.workspace, self.job.source).await? {
            commit.source_report(&report(row, &self.job, state, &self.progress, now));
        }
        if let Some(refused) = store.commit(commit).await?.refused {
            tracing::info!(job = %job, ?refused, "a reading ended after it went to another node");
        }
        tracing::info!(
            job = %job,
            state = state.word(),
            done = self.progress.done,
            set_aside = self.progress.set_aside,
            "a reading has ended"
        );
        Ok(())
    }
}

/// The source with how its last reading went; a whole one finds it right.
fn report(
    row: SourceRow,
    job: &JobRow,
    state: JobState,
    progress: &Progress,
    now: ponte_core::Time,
) -> SourceRow {
    let reviewed = if state == JobState::Done {
        now
    } else {
        row.reviewed
    };
    SourceRow {
        report: json!({ "job": job.id, "state": state.word(), "at": now.micros(), "progress": progress.value() }),
        reviewed,
        ..row
    }
}

/// What the reader left out, for people to see.
pub(crate) fn facts(document: &ponte_reader::Document) -> Value {
    json!({ "kind": document.kind.as_str(), "warnings": document.warnings })
}
