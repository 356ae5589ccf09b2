//! The work of reading: asked for, under way, ended, cancelled.
//!
//! What a job under way writes is fenced by its lease: after another node has taken it over, nothing of
//! the first is stored. Absent: claiming, which returns rows (`read/knowledge_jobs.rs`).

use super::{Commit, Refused};
use crate::hint::Hint;
use crate::rows::knowledge::{JobRow, JobState};
use crate::val::vals;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use serde_json::Value;
use uuid::Uuid;

const ADD: &str =
    "INSERT INTO knowledge_jobs (id, workspace, source, kind, state, name, media, bytes, progress,
 place, cancel, attempts, lease_until, created, updated)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, $11, $11)";
const HELD: &str =
    "SELECT id FROM knowledge_jobs WHERE id = $1 AND lease_owner = $2 AND state = 'working'";
const PROGRESS: &str = "UPDATE knowledge_jobs SET progress = $3, place = COALESCE(CAST($4 AS TEXT), place), updated = $5
 WHERE id = $1 AND lease_owner = $2 AND state = 'working'";
const END: &str = "UPDATE knowledge_jobs SET state = $3, progress = $4, place = NULL, bytes = NULL,
 updated = $5, lease_owner = NULL, lease_until = 0 WHERE id = $1 AND lease_owner = $2 AND state = 'working'";
const CANCEL: &str = "UPDATE knowledge_jobs SET cancel = 1,
 bytes = CASE WHEN state = 'waiting' THEN NULL ELSE bytes END,
 state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END, updated = $3
 WHERE id = $1 AND workspace = $2 AND state IN ('waiting', 'working')";

impl Commit {
    /// Asks for a reading.
    pub fn add_knowledge_job(&mut self, j: &JobRow) -> &mut Self {
        self.hint(Hint::Knowledge(j.workspace));
        let progress = self.json(&j.progress);
        let place = match &j.place {
            Some(place) => self.json(place),
            None => crate::val::Val::Null,
        };
        let params = vals![
            j.id,
            j.workspace,
            j.source,
            j.kind.word(),
            j.state.word(),
            &j.name,
            &j.media,
            j.bytes.clone(),
            progress,
            place,
            j.created,
        ];
        self.push(ADD, params)
    }

    /// The rest of this commit counts only while the node holds the job.
    pub fn under_job(&mut self, job: Uuid, node: Uuid) -> &mut Self {
        self.must_find(HELD, vals![job, node], Refused::Lease)
    }

    /// Notes how far a job has come, and where another attempt would go on.
    pub fn job_progress(
        &mut self,
        job: Uuid,
        node: Uuid,
        progress: &Value,
        place: Option<&Value>,
        at: Time,
    ) -> &mut Self {
        let progress = self.json(progress);
        let place = match place {
            Some(place) => self.json(place),
            None => crate::val::Val::Null,
        };
        let params = vals![job, node, progress, place, at];
        self.must(PROGRESS, params, Refused::Lease)
    }

    /// A job has ended; its file goes.
    pub fn end_job(
        &mut self,
        job: Uuid,
        node: Uuid,
        state: JobState,
        progress: &Value,
        at: Time,
    ) -> &mut Self {
        let progress = self.json(progress);
        let params = vals![job, node, state.word(), progress, at];
        self.must(END, params, Refused::Lease)
    }

    /// Asks a job to stop; one that waits is stopped by this.
    pub fn cancel_job(&mut self, workspace: WorkspaceId, job: Uuid, at: Time) -> &mut Self {
        self.hint(Hint::Knowledge(workspace));
        self.must(CANCEL, vals![job, workspace, at], Refused::Missing)
    }
}
