//! The work of reading: taking one, and looking at them.
//!
//! A job that nobody holds any more (its lease ran out) is taken again and goes on where it was. Of one
//! source only one is under way. Absent: what a job does.

use super::cap;
use super::knowledge::page;
use crate::error::Result;
use crate::rows::Page;
use crate::rows::knowledge::{JobKind, JobRow, JobState};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use uuid::Uuid;

macro_rules! jobs {
    ($bytes:literal, $rest:literal) => {
        concat!(
            "SELECT id, workspace, source, kind, state, name, media, ",
            $bytes,
            ", progress, place, cancel, attempts, created, updated FROM knowledge_jobs ",
            $rest
        )
    };
}
const CLAIM: &str = "UPDATE knowledge_jobs SET lease_owner = $1, lease_until = @now($2) + $3, state = 'working',
 attempts = attempts + 1, updated = $2 WHERE id IN (SELECT j.id FROM knowledge_jobs j
 WHERE j.state IN ('waiting', 'working') AND j.lease_until <= @now($2)
 AND NOT EXISTS (SELECT 1 FROM knowledge_jobs o WHERE o.source = j.source AND o.id <> j.id
  AND o.state = 'working' AND o.lease_until > @now($2))
 ORDER BY j.created, j.id LIMIT 1 @skip_locked)
 RETURNING id, workspace, source, kind, state, name, media, bytes, progress, place, cancel, attempts, created, updated";
const RENEW: &str = "UPDATE knowledge_jobs SET lease_until = @now($2) + $3
 WHERE id = $4 AND lease_owner = $1 AND state = 'working' RETURNING cancel";
const JOB: &str = jobs!("NULL", "WHERE workspace = $1 AND id = $2");
const JOBS: &str = jobs!(
    "NULL",
    "WHERE workspace = $1 AND source = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
);
const OPEN: &str =
    "SELECT COUNT(*) FROM knowledge_jobs WHERE workspace = $1 AND state IN ('waiting', 'working')";

impl Store {
    /// Takes the oldest reading that nobody holds.
    pub async fn claim_knowledge_job(
        &self,
        node: Uuid,
        now: Time,
        lease: Span,
    ) -> Result<Option<JobRow>> {
        let stmt = Stmt::read(CLAIM, vals![node, now, lease.as_micros()]);
        let done = self.change(stmt).await?;
        done.rows
            .into_iter()
            .next()
            .map(|row| job(Cells::new(row)))
            .transpose()
    }

    /// Keeps a reading that this node holds; tells whether a person asked it to stop. None: it is
    /// another's by now, or ended.
    pub async fn renew_knowledge_job(
        &self,
        id: Uuid,
        node: Uuid,
        now: Time,
        lease: Span,
    ) -> Result<Option<bool>> {
        let stmt = Stmt::read(RENEW, vals![node, now, lease.as_micros(), id]);
        let done = self.change(stmt).await?;
        let row = done.rows.into_iter().next();
        row.map(|row| Cells::new(row).get()).transpose()
    }

    /// One reading, without its file.
    pub async fn knowledge_job(&self, workspace: WorkspaceId, id: Uuid) -> Result<Option<JobRow>> {
        self.read_one(Stmt::read(JOB, vals![workspace, id]), job)
            .await
    }

    /// Readings of a source, newest first, without their files.
    pub async fn knowledge_jobs(
        &self,
        workspace: WorkspaceId,
        source: Uuid,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<JobRow, Uuid>> {
        let limit = cap(limit);
        let before = before.unwrap_or(Uuid::max());
        let stmt = Stmt::read(JOBS, vals![workspace, source, before, limit]);
        let items = self.read_good(stmt, job).await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// Readings of a workspace that wait or are under way.
    pub async fn open_knowledge_jobs(&self, workspace: WorkspaceId) -> Result<u64> {
        let found = self
            .read_one(Stmt::read(OPEN, vals![workspace]), |mut c| c.get())
            .await?;
        Ok(found.unwrap_or(0))
    }
}

fn job(mut c: Cells) -> Result<JobRow> {
    Ok(JobRow {
        id: c.get()?,
        workspace: c.get()?,
        source: c.get()?,
        kind: c.word(JobKind::from_word)?,
        state: c.word(JobState::from_word)?,
        name: c.get()?,
        media: c.get()?,
        bytes: c.get()?,
        progress: c.json()?,
        place: c.json_opt()?,
        cancel: c.get()?,
        attempts: c.get()?,
        created: c.get()?,
        updated: c.get()?,
    })
}
