//! What a person does with a suggestion: approve, dismiss, take back.
//!
//! In: a group, and what of it is to become a curated answer or an intent. Out: one commit that makes
//! them and notes what was made, so that taking back removes just that. Of an intent's examples each
//! fourth goes to the test set and is never trained on, the others are trained on. Absent: training,
//! which is asked for by itself.

use super::mine::{Body, Made};
use crate::knowledge::faq::{Written, new_source};
use crate::understanding::Understanding;
use crate::understanding::lesson::key;
use crate::words::Both;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_store::rows::knowledge::SourceKind;
use ponte_store::rows::training::{ClusterRow, ClusterState, ExampleRow, IntentRow, Origin, Split};
use ponte_store::{Commit, StoreError};
use uuid::Uuid;

/// The source that approved answers stand in.
pub const LEARNT: &str = "Aprendido das conversas";
/// Of so many samples one becomes a test.
const TEST_EVERY: usize = 4;

/// What is to be made of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// The curated answer, with the wordings of its question; none: no curated answer.
    pub faq: Option<(Vec<String>, String)>,
    /// The intent's name, new or known; none: no intent.
    pub intent: Option<String>,
}

/// Why nothing was done.
#[derive(Debug)]
pub enum Undone {
    Missing,
    /// It is not in the state that this can be done in, or somebody changed it just now.
    State,
    Wrong(Both),
    Store(StoreError),
}

impl From<StoreError> for Undone {
    fn from(error: StoreError) -> Undone {
        Undone::Store(error)
    }
}

impl Understanding {
    /// Makes of a group what a person approved.
    ///
    /// # Errors
    /// [`Undone`].
    pub async fn approve(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        approval: Approval,
    ) -> Result<ClusterRow, Undone> {
        let mut row = self.open(workspace, id, ClusterState::Open).await?;
        let mut body = Body::of(&row);
        let now = self.clock.now();
        let (mut commit, mut made) = (Commit::new(), Made::default());
        if let Some((questions, answer)) = approval.faq {
            let written = Written {
                questions,
                answer,
                tags: Vec::new(),
                enabled: true,
            };
            let written = written.checked().map_err(Undone::Wrong)?;
            let source = self.learnt(workspace, now, &mut commit).await?;
            let faq = written.row(self.ids.next(now), workspace, source, now);
            commit.put_faq(&faq, 0);
            made.faq = Some(faq.id);
        }
        if let Some(name) = approval.intent {
            let (intent, new) = self.intent(workspace, &name, now, &mut commit).await?;
            made.intent = Some((intent, new));
            for (n, text) in body.samples.iter().enumerate() {
                // Said to mean something else before: that stays.
                if self
                    .store
                    .example_by_key(workspace, key(text))
                    .await?
                    .is_some()
                {
                    continue;
                }
                let example = self.example(workspace, intent, text, n, now);
                made.examples.push(example.id);
                commit.put_example(&example);
            }
        }
        body.made = Some(made);
        row.body = body.value();
        self.put(row, ClusterState::Approved, commit).await
    }

    /// Nobody wants to hear of this group again.
    ///
    /// # Errors
    /// [`Undone`].
    pub async fn dismiss(&self, workspace: WorkspaceId, id: Uuid) -> Result<ClusterRow, Undone> {
        let row = self.open(workspace, id, ClusterState::Open).await?;
        self.put(row, ClusterState::Dismissed, Commit::new()).await
    }

    /// Takes an approval or a dismissal back: what it made goes, and the group is suggested again.
    ///
    /// # Errors
    /// [`Undone`].
    pub async fn take_back(&self, workspace: WorkspaceId, id: Uuid) -> Result<ClusterRow, Undone> {
        let row = self.store.cluster(workspace, id).await?;
        let mut row = row.ok_or(Undone::Missing)?;
        if row.state == ClusterState::Open {
            return Err(Undone::State);
        }
        let mut body = Body::of(&row);
        let mut commit = Commit::new();
        let now = self.clock.now();
        if let Some(made) = body.made.take() {
            // What a person has removed since is gone already.
            if let Some(id) = made.faq
                && let Some(faq) = self.store.faq(workspace, id).await?
                && faq.deleted.is_none()
            {
                commit.delete_faq(workspace, id, now);
            }
            for id in made.examples {
                if self.store.example(workspace, id).await?.is_some() {
                    commit.drop_example(workspace, id);
                }
            }
            if let Some((id, true)) = made.intent
                && self.store.intent(workspace, id).await?.is_some()
            {
                commit.drop_intent(workspace, id);
            }
        }
        row.body = body.value();
        self.put(row, ClusterState::Open, commit).await
    }

    async fn open(
        &self,
        workspace: WorkspaceId,
        id: Uuid,
        wanted: ClusterState,
    ) -> Result<ClusterRow, Undone> {
        let row = self.store.cluster(workspace, id).await?;
        let row = row.ok_or(Undone::Missing)?;
        if row.state == wanted {
            Ok(row)
        } else {
            Err(Undone::State)
        }
    }

    async fn put(
        &self,
        mut row: ClusterRow,
        state: ClusterState,
        mut commit: Commit,
    ) -> Result<ClusterRow, Undone> {
        row.state = state;
        row.updated = self.clock.now();
        commit.put_cluster(&row, row.revision);
        if !self.store.commit(commit).await?.stored() {
            return Err(Undone::State);
        }
        self.knowledge.follow().await;
        row.revision += 1;
        Ok(row)
    }

    async fn learnt(
        &self,
        workspace: WorkspaceId,
        now: Time,
        commit: &mut Commit,
    ) -> Result<Uuid, StoreError> {
        if let Some(row) = self.store.source_named(workspace, LEARNT).await? {
            return Ok(row.id);
        }
        let id = self.ids.next(now);
        commit.put_source(
            &new_source(id, workspace, SourceKind::History, LEARNT, now),
            0,
        );
        Ok(id)
    }

    async fn intent(
        &self,
        workspace: WorkspaceId,
        name: &str,
        now: Time,
        commit: &mut Commit,
    ) -> Result<(Uuid, bool), Undone> {
        let name = super::super::checked_name(name).map_err(Undone::Wrong)?;
        if let Some(row) = self.store.intent_named(workspace, &name).await? {
            return Ok((row.id, false));
        }
        let row = IntentRow {
            id: self.ids.next(now),
            workspace,
            name,
            description: String::new(),
            enabled: true,
            assistants: Vec::new(),
            revision: 0,
            created: now,
            updated: now,
        };
        commit.put_intent(&row, 0);
        Ok((row.id, true))
    }

    fn example(
        &self,
        workspace: WorkspaceId,
        intent: Uuid,
        text: &str,
        n: usize,
        now: Time,
    ) -> ExampleRow {
        let test = (n + 1).is_multiple_of(TEST_EVERY);
        ExampleRow {
            id: self.ids.next(now),
            workspace,
            intent: Some(intent),
            text: text.to_owned(),
            key: key(text),
            origin: Origin::History,
            split: if test { Split::Test } else { Split::Train },
            created: now,
        }
    }
}
