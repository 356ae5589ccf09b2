//! What people teach: intents, examples, models, questions and what is made of them.
//!
//! Each change of intents or examples grows the workspace's revision, each change of models its count of
//! those, in the same commit: whoever holds a model in memory compares one number. A model becomes
//! active in one commit that retires the one before. Next: `read/training.rs`.

use super::{Commit, Refused};
use crate::hint::Hint;
use crate::rows::training::{ClusterRow, ExampleRow, IntentRow, ModelRow, QuestionRow};
use crate::val::vals;
use ponte_core::ids::WorkspaceId;
use uuid::Uuid;

const TAUGHT: &str = "INSERT INTO training_heads (workspace, revision, models) VALUES ($1, 1, 0)
 ON CONFLICT (workspace) DO UPDATE SET revision = training_heads.revision + 1";
const MODELS: &str = "INSERT INTO training_heads (workspace, revision, models) VALUES ($1, 0, 1)
 ON CONFLICT (workspace) DO UPDATE SET models = training_heads.models + 1";
const INTENT_NEW: &str =
    "INSERT INTO intents (id, workspace, name, description, enabled, assistants, revision,
 created, updated) VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $8)";
const INTENT_PUT: &str =
    "UPDATE intents SET name = $3, description = $4, enabled = $5, assistants = $6,
 updated = $7, revision = revision + 1 WHERE id = $1 AND workspace = $2 AND revision = $8";
const INTENT_DROP: &str = "DELETE FROM intents WHERE id = $1 AND workspace = $2";
const EXAMPLES_DROP: &str = "DELETE FROM intent_examples WHERE workspace = $1 AND intent = $2";
const EXAMPLE: &str =
    "INSERT INTO intent_examples (id, workspace, intent, text, key, origin, split, created)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (workspace, key) DO UPDATE SET
 intent = excluded.intent, text = excluded.text, origin = excluded.origin, split = excluded.split";
const EXAMPLE_DROP: &str = "DELETE FROM intent_examples WHERE id = $1 AND workspace = $2";
const MODEL_NEW: &str =
    "INSERT INTO intent_models (workspace, version, state, examples, report, progress, cancel,
 lease_until, created) VALUES ($1, $2, 'training', $3, $4, 0, 0, 0, $5)";
const MODEL_PROGRESS: &str = "UPDATE intent_models SET progress = $4
 WHERE workspace = $1 AND version = $2 AND lease_owner = $3 AND state = 'training'";
const MODEL_END: &str =
    "UPDATE intent_models SET state = $4, bytes = $5, report = $6, trained = $7, progress = 100,
 lease_owner = NULL, lease_until = 0
 WHERE workspace = $1 AND version = $2 AND lease_owner = $3 AND state = 'training'";
const MODEL_CANCEL: &str = "UPDATE intent_models SET cancel = 1 WHERE workspace = $1 AND version = $2 AND state = 'training'";
const RETIRE: &str = "UPDATE intent_models SET state = 'retired' WHERE workspace = $1 AND state = 'active' AND version <> $2";
const ACTIVATE: &str =
    "UPDATE intent_models SET state = 'active' WHERE workspace = $1 AND version = $2
 AND state IN ('ready', 'retired', 'active') AND bytes IS NOT NULL";
const BYTES_OLD: &str =
    "UPDATE intent_models SET bytes = NULL WHERE workspace = $1 AND state = 'retired'
 AND version < (SELECT MIN(version) FROM (SELECT version FROM intent_models
 WHERE workspace = $1 AND bytes IS NOT NULL ORDER BY version DESC LIMIT $2) k)";
const QUESTION: &str =
    "INSERT INTO questions (id, workspace, channel, conversation, at, text, outcome, sorted)
 VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT (id) DO NOTHING";
const SORTED: &str =
    "UPDATE questions SET sorted = 1, cluster = $3 WHERE id = $1 AND workspace = $2";
const CLUSTER_NEW: &str =
    "INSERT INTO question_clusters (id, workspace, state, size, body, revision, created,
 updated) VALUES ($1, $2, $3, $4, $5, 1, $6, $7)";
const CLUSTER_PUT: &str =
    "UPDATE question_clusters SET state = $3, size = $4, body = $5, updated = $6,
 revision = revision + 1 WHERE id = $1 AND workspace = $2 AND revision = $7";

impl Commit {
    fn taught(&mut self, workspace: WorkspaceId) -> &mut Self {
        self.hint(Hint::Training(workspace));
        self.push(TAUGHT, vals![workspace])
    }

    /// Adds an intent (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_intent(&mut self, i: &IntentRow, expected: u64) -> &mut Self {
        let assistants = self.json(&i.assistants);
        if expected == 0 {
            let params = vals![
                i.id,
                i.workspace,
                &i.name,
                &i.description,
                i.enabled,
                assistants,
                i.created,
                i.updated,
            ];
            self.push(INTENT_NEW, params);
        } else {
            let params = vals![
                i.id,
                i.workspace,
                &i.name,
                &i.description,
                i.enabled,
                assistants,
                i.updated,
                expected,
            ];
            self.must(INTENT_PUT, params, Refused::Revision);
        }
        self.taught(i.workspace)
    }

    /// Removes an intent with its examples.
    pub fn drop_intent(&mut self, workspace: WorkspaceId, id: Uuid) -> &mut Self {
        self.must(INTENT_DROP, vals![id, workspace], Refused::Missing);
        self.push(EXAMPLES_DROP, vals![workspace, id]);
        self.taught(workspace)
    }

    /// Keeps an example; the same text that stood elsewhere moves here.
    pub fn put_example(&mut self, e: &ExampleRow) -> &mut Self {
        let params = vals![
            e.id,
            e.workspace,
            e.intent,
            &e.text,
            e.key,
            e.origin.word(),
            e.split.word(),
            e.created,
        ];
        self.push(EXAMPLE, params);
        self.taught(e.workspace)
    }

    /// Removes an example.
    pub fn drop_example(&mut self, workspace: WorkspaceId, id: Uuid) -> &mut Self {
        self.must(EXAMPLE_DROP, vals![id, workspace], Refused::Missing);
        self.taught(workspace)
    }

    /// Asks for a training. Refused as `Constraint` when the version was given out meanwhile.
    pub fn add_model(&mut self, m: &ModelRow) -> &mut Self {
        self.hint(Hint::Training(m.workspace));
        let report = self.json(&m.report);
        let params = vals![m.workspace, m.version, m.examples, report, m.created];
        self.push(MODEL_NEW, params)
    }

    /// Notes how far a training has come.
    pub fn model_progress(
        &mut self,
        workspace: WorkspaceId,
        version: u64,
        node: Uuid,
        percent: u32,
    ) -> &mut Self {
        let params = vals![workspace, version, node, percent];
        self.must(MODEL_PROGRESS, params, Refused::Lease)
    }

    /// A training has ended, ready or failed.
    pub fn end_model(&mut self, m: &ModelRow, node: Uuid) -> &mut Self {
        self.hint(Hint::Training(m.workspace));
        let report = self.json(&m.report);
        let params = vals![
            m.workspace,
            m.version,
            node,
            m.state.word(),
            m.bytes.clone(),
            report,
            m.trained,
        ];
        self.must(MODEL_END, params, Refused::Lease);
        self.push(MODELS, vals![m.workspace])
    }

    /// Asks a training to stop.
    pub fn cancel_model(&mut self, workspace: WorkspaceId, version: u64) -> &mut Self {
        self.hint(Hint::Training(workspace));
        self.must(MODEL_CANCEL, vals![workspace, version], Refused::Missing)
    }

    /// A trained version is the one in use from now on. Of those before, `keep` keep their bytes.
    pub fn activate_model(&mut self, workspace: WorkspaceId, version: u64, keep: u32) -> &mut Self {
        self.hint(Hint::Training(workspace));
        self.push(RETIRE, vals![workspace, version]);
        self.must(ACTIVATE, vals![workspace, version], Refused::Missing);
        self.push(BYTES_OLD, vals![workspace, keep]);
        self.push(MODELS, vals![workspace])
    }

    /// No version is in use from now on.
    pub fn retire_model(&mut self, workspace: WorkspaceId) -> &mut Self {
        self.hint(Hint::Training(workspace));
        self.push(RETIRE, vals![workspace, 0_u64]);
        self.push(MODELS, vals![workspace])
    }

    /// Keeps what a customer asked. The same question told twice is one.
    pub fn add_question(&mut self, q: &QuestionRow) -> &mut Self {
        let params = vals![
            q.id,
            q.workspace,
            q.channel,
            q.conversation,
            q.at,
            &q.text,
            q.outcome.word(),
        ];
        self.push(QUESTION, params)
    }

    /// A round of learning has looked at a question.
    pub fn sort_question(
        &mut self,
        workspace: WorkspaceId,
        id: Uuid,
        cluster: Option<Uuid>,
    ) -> &mut Self {
        self.push(SORTED, vals![id, workspace, cluster])
    }

    /// Adds a cluster (`expected` 0) or changes it, if it still has the expected revision.
    pub fn put_cluster(&mut self, c: &ClusterRow, expected: u64) -> &mut Self {
        let body = self.json(&c.body);
        if expected == 0 {
            let params = vals![
                c.id,
                c.workspace,
                c.state.word(),
                c.size,
                body,
                c.created,
                c.updated,
            ];
            return self.push(CLUSTER_NEW, params);
        }
        let params = vals![
            c.id,
            c.workspace,
            c.state.word(),
            c.size,
            body,
            c.updated,
            expected,
        ];
        self.must(CLUSTER_PUT, params, Refused::Revision)
    }
}
