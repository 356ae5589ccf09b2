//! What people taught and what customers asked.
//!
//! In: a workspace with ids, cursors and limits. Out: rows. A model's bytes come only when one model is
//! asked for. Next: `commit/training.rs`.

use super::cap;
use super::knowledge::page;
use crate::error::Result;
use crate::rows::Page;
use crate::rows::training::{
    Asked, ClusterRow, ClusterState, ExampleRow, IntentRow, ModelRow, ModelState, Origin,
    QuestionRow, Split,
};
use crate::store::Store;
use crate::val::{Cells, Stmt, vals};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use uuid::Uuid;

const HEADS: &str = "SELECT revision, models FROM training_heads WHERE workspace = $1";
const INTENTS: &str =
    "SELECT id, workspace, name, description, enabled, assistants, revision, created, updated
 FROM intents WHERE workspace = $1 AND id > $2 ORDER BY id LIMIT $3";
const INTENT: &str =
    "SELECT id, workspace, name, description, enabled, assistants, revision, created, updated
 FROM intents WHERE workspace = $1 AND id = $2";
const INTENT_NAMED: &str =
    "SELECT id, workspace, name, description, enabled, assistants, revision, created, updated
 FROM intents WHERE workspace = $1 AND name = $2";

macro_rules! examples {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace, intent, text, key, origin, split, created FROM intent_examples
 WHERE workspace = $1 ",
            $rest
        )
    };
}
const EXAMPLES: &str = examples!("AND id > $2 ORDER BY id LIMIT $3");
const EXAMPLES_OF: &str = examples!("AND intent = $4 AND id > $2 ORDER BY id LIMIT $3");
const NEGATIVES: &str = examples!("AND intent IS NULL AND id > $2 ORDER BY id LIMIT $3");
const EXAMPLE: &str = examples!("AND id = $2");
const EXAMPLE_KEYED: &str = examples!("AND key = $2");
const EXAMPLE_COUNT: &str = "SELECT COUNT(*) FROM intent_examples WHERE workspace = $1";

macro_rules! models {
    ($bytes:literal, $rest:literal) => {
        concat!(
            "SELECT workspace, version, state, examples, ",
            $bytes,
            ", report, progress, cancel, created, trained FROM intent_models ",
            $rest
        )
    };
}
const MODELS: &str = models!(
    "NULL",
    "WHERE workspace = $1 AND version < $2 ORDER BY version DESC LIMIT $3"
);
const MODEL: &str = models!("bytes", "WHERE workspace = $1 AND version = $2");
const ACTIVE: &str = models!("bytes", "WHERE workspace = $1 AND state = 'active'");
const CLAIM: &str = "UPDATE intent_models SET lease_owner = $1, lease_until = @now($2) + $3
 WHERE (workspace, version) IN (SELECT workspace, version FROM intent_models
 WHERE state = 'training' AND lease_until <= @now($2) ORDER BY created LIMIT 1 @skip_locked)
 RETURNING workspace, version, state, examples, NULL, report, progress, cancel, created, trained";
const RENEW: &str = "UPDATE intent_models SET lease_until = @now($2) + $3
 WHERE workspace = $4 AND version = $5 AND lease_owner = $1 AND state = 'training' RETURNING cancel";

const QUESTIONS_NEW: &str =
    "SELECT id, workspace, channel, conversation, at, text, outcome, cluster FROM questions
 WHERE workspace = $1 AND sorted = 0 ORDER BY id LIMIT $2";
const QUESTIONS_OF: &str =
    "SELECT id, workspace, channel, conversation, at, text, outcome, cluster FROM questions
 WHERE workspace = $1 AND cluster = $2 AND id > $3 ORDER BY id LIMIT $4";
const CLUSTERS: &str = "SELECT id, workspace, state, size, body, revision, created, updated FROM question_clusters
 WHERE workspace = $1 AND state = $2 AND (size < $3 OR (size = $3 AND id > $4)) ORDER BY size DESC, id LIMIT $5";
const CLUSTER: &str =
    "SELECT id, workspace, state, size, body, revision, created, updated FROM question_clusters
 WHERE workspace = $1 AND id = $2";

impl Store {
    /// How often intents or examples changed, and how often models did.
    pub async fn training_heads(&self, workspace: WorkspaceId) -> Result<(u64, u64)> {
        let found = self
            .read_one(Stmt::read(HEADS, vals![workspace]), |mut c| {
                Ok((c.get()?, c.get()?))
            })
            .await?;
        Ok(found.unwrap_or((0, 0)))
    }

    /// Intents of a workspace, in the order they were made.
    pub async fn intents(
        &self,
        workspace: WorkspaceId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<IntentRow, Uuid>> {
        let limit = cap(limit);
        let after = after.unwrap_or(Uuid::nil());
        let stmt = Stmt::read(INTENTS, vals![workspace, after, limit]);
        let items = self.read_good(stmt, intent).await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// One intent.
    pub async fn intent(&self, workspace: WorkspaceId, id: Uuid) -> Result<Option<IntentRow>> {
        self.read_one(Stmt::read(INTENT, vals![workspace, id]), intent)
            .await
    }

    /// The intent of a name.
    pub async fn intent_named(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<Option<IntentRow>> {
        self.read_one(Stmt::read(INTENT_NAMED, vals![workspace, name]), intent)
            .await
    }

    /// Examples of a workspace, negatives too.
    pub async fn examples(
        &self,
        workspace: WorkspaceId,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<ExampleRow, Uuid>> {
        let limit = cap(limit);
        let after = after.unwrap_or(Uuid::nil());
        let stmt = Stmt::read(EXAMPLES, vals![workspace, after, limit]);
        let items = self.read_good(stmt, example).await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// Examples of one intent, or the negatives.
    pub async fn examples_of(
        &self,
        workspace: WorkspaceId,
        intent: Option<Uuid>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<ExampleRow, Uuid>> {
        let limit = cap(limit);
        let mut params = vals![workspace, after.unwrap_or(Uuid::nil()), limit];
        let sql = match intent {
            Some(intent) => {
                params.extend(vals![intent]);
                EXAMPLES_OF
            }
            None => NEGATIVES,
        };
        let items = self.read_good(Stmt::read(sql, params), example).await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// One example.
    pub async fn example(&self, workspace: WorkspaceId, id: Uuid) -> Result<Option<ExampleRow>> {
        self.read_one(Stmt::read(EXAMPLE, vals![workspace, id]), example)
            .await
    }

    /// The example with this text's key.
    pub async fn example_by_key(
        &self,
        workspace: WorkspaceId,
        key: Uuid,
    ) -> Result<Option<ExampleRow>> {
        self.read_one(Stmt::read(EXAMPLE_KEYED, vals![workspace, key]), example)
            .await
    }

    /// How many examples a workspace has.
    pub async fn example_count(&self, workspace: WorkspaceId) -> Result<u64> {
        let found = self
            .read_one(Stmt::read(EXAMPLE_COUNT, vals![workspace]), |mut c| c.get())
            .await?;
        Ok(found.unwrap_or(0))
    }

    /// Models of a workspace, newest first, without their bytes.
    pub async fn models(
        &self,
        workspace: WorkspaceId,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Page<ModelRow, u64>> {
        let limit = cap(limit);
        let before = before.unwrap_or(i64::MAX.unsigned_abs());
        let stmt = Stmt::read(MODELS, vals![workspace, before, limit]);
        let items = self.read_good(stmt, model).await?;
        Ok(page(items, limit, |row| row.version))
    }

    /// One model with its bytes.
    pub async fn model(&self, workspace: WorkspaceId, version: u64) -> Result<Option<ModelRow>> {
        self.read_one(Stmt::read(MODEL, vals![workspace, version]), model)
            .await
    }

    /// The model in use, with its bytes.
    pub async fn active_model(&self, workspace: WorkspaceId) -> Result<Option<ModelRow>> {
        self.read_one(Stmt::read(ACTIVE, vals![workspace]), model)
            .await
    }

    /// Takes the oldest training that nobody holds.
    pub async fn claim_training(
        &self,
        node: Uuid,
        now: Time,
        lease: Span,
    ) -> Result<Option<ModelRow>> {
        let stmt = Stmt::read(CLAIM, vals![node, now, lease.as_micros()]);
        let done = self.change(stmt).await?;
        let row = done.rows.into_iter().next();
        row.map(|row| model(Cells::new(row))).transpose()
    }

    /// Keeps a training that this node holds; tells whether a person asked it to stop. None: it is
    /// another's by now, or ended.
    pub async fn renew_training(
        &self,
        (workspace, version): (WorkspaceId, u64),
        node: Uuid,
        now: Time,
        lease: Span,
    ) -> Result<Option<bool>> {
        let params = vals![node, now, lease.as_micros(), workspace, version];
        let done = self.change(Stmt::read(RENEW, params)).await?;
        let row = done.rows.into_iter().next();
        row.map(|row| Cells::new(row).get()).transpose()
    }

    /// Questions that no round of learning has looked at, oldest first.
    pub async fn new_questions(
        &self,
        workspace: WorkspaceId,
        limit: u32,
    ) -> Result<Vec<QuestionRow>> {
        let stmt = Stmt::read(QUESTIONS_NEW, vals![workspace, cap(limit)]);
        self.read_good(stmt, question).await
    }

    /// Questions of a cluster, oldest first.
    pub async fn questions_of(
        &self,
        workspace: WorkspaceId,
        cluster: Uuid,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Page<QuestionRow, Uuid>> {
        let limit = cap(limit);
        let after = after.unwrap_or(Uuid::nil());
        let stmt = Stmt::read(QUESTIONS_OF, vals![workspace, cluster, after, limit]);
        let items = self.read_good(stmt, question).await?;
        Ok(page(items, limit, |row| row.id))
    }

    /// Clusters of a state, the largest first.
    pub async fn clusters(
        &self,
        workspace: WorkspaceId,
        state: ClusterState,
        after: Option<(u64, Uuid)>,
        limit: u32,
    ) -> Result<Page<ClusterRow, (u64, Uuid)>> {
        let limit = cap(limit);
        let (size, id) = after.unwrap_or((i64::MAX.unsigned_abs(), Uuid::nil()));
        let stmt = Stmt::read(CLUSTERS, vals![workspace, state.word(), size, id, limit]);
        let items = self.read_good(stmt, cluster).await?;
        Ok(page(items, limit, |row| (row.size, row.id)))
    }

    /// One cluster.
    pub async fn cluster(&self, workspace: WorkspaceId, id: Uuid) -> Result<Option<ClusterRow>> {
        self.read_one(Stmt::read(CLUSTER, vals![workspace, id]), cluster)
            .await
    }
}

fn intent(mut c: Cells) -> Result<IntentRow> {
    Ok(IntentRow {
        id: c.get()?,
        workspace: c.get()?,
        name: c.get()?,
        description: c.get()?,
        enabled: c.get()?,
        assistants: c.json()?,
        revision: c.get()?,
        created: c.get()?,
        updated: c.get()?,
    })
}

fn example(mut c: Cells) -> Result<ExampleRow> {
    Ok(ExampleRow {
        id: c.get()?,
        workspace: c.get()?,
        intent: c.get()?,
        text: c.get()?,
        key: c.get()?,
        origin: c.word(Origin::from_word)?,
        split: c.word(Split::from_word)?,
        created: c.get()?,
    })
}

fn model(mut c: Cells) -> Result<ModelRow> {
    Ok(ModelRow {
        workspace: c.get()?,
        version: c.get()?,
        state: c.word(ModelState::from_word)?,
        examples: c.get()?,
        bytes: c.get()?,
        report: c.json()?,
        progress_percent: c.get()?,
        cancel: c.get()?,
        created: c.get()?,
        trained: c.get()?,
    })
}

fn question(mut c: Cells) -> Result<QuestionRow> {
    Ok(QuestionRow {
        id: c.get()?,
        workspace: c.get()?,
        channel: c.get()?,
        conversation: c.get()?,
        at: c.get()?,
        text: c.get()?,
        outcome: c.word(Asked::from_word)?,
        cluster: c.get()?,
    })
}

fn cluster(mut c: Cells) -> Result<ClusterRow> {
    Ok(ClusterRow {
        id: c.get()?,
        workspace: c.get()?,
        state: c.word(ClusterState::from_word)?,
        size: c.get()?,
        body: c.json()?,
        revision: c.get()?,
        created: c.get()?,
        updated: c.get()?,
    })
}
