//! A person says what a customer's message meant: the next model learns it and is tested on it.
//!
//! In: a text with an intent's name, or none. Out: an example of split `both`: trained on, and part of
//! the test set of every later version. The same text said otherwise before has the new meaning. Absent:
//! training, which is asked for by itself.

use super::Understanding;
use super::lesson::{EXAMPLES_MOST, TEXT_MOST, key};
use ponte_core::ids::WorkspaceId;
use ponte_store::rows::training::{ExampleRow, Origin, Split};
use ponte_store::{Commit, StoreError};
use uuid::Uuid;

/// Why something was not learnt.
#[derive(Debug, thiserror::Error)]
pub enum NotLearnt {
    #[error("a text has 1 to {TEXT_MOST} letters")]
    Text,
    #[error("there is no such intent")]
    Intent,
    #[error("a workspace has up to {EXAMPLES_MOST} examples")]
    Full,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Understanding {
    /// Keeps what a person said of a message; `intent` none: of no intent.
    ///
    /// # Errors
    /// [`NotLearnt`].
    pub async fn correct(
        &self,
        workspace: WorkspaceId,
        text: &str,
        intent: Option<Uuid>,
    ) -> Result<ExampleRow, NotLearnt> {
        self.teach(workspace, text, intent, Origin::Correction, Split::Both)
            .await
    }

    /// Keeps an example.
    ///
    /// # Errors
    /// [`NotLearnt`].
    pub async fn teach(
        &self,
        workspace: WorkspaceId,
        text: &str,
        intent: Option<Uuid>,
        origin: Origin,
        split: Split,
    ) -> Result<ExampleRow, NotLearnt> {
        let text = text.trim();
        if !(1..=TEXT_MOST).contains(&text.chars().count()) {
            return Err(NotLearnt::Text);
        }
        if let Some(id) = intent {
            let found = self.store.intent(workspace, id).await?;
            found.ok_or(NotLearnt::Intent)?;
        }
        if self.store.example_count(workspace).await? >= EXAMPLES_MOST {
            return Err(NotLearnt::Full);
        }
        let now = self.clock.now();
        let row = ExampleRow {
            id: self.ids.next(now),
            workspace,
            intent,
            text: text.to_owned(),
            key: key(text),
            origin,
            split,
            created: now,
        };
        let mut commit = Commit::new();
        commit.put_example(&row);
        self.store.commit(commit).await?;
        let kept = self.store.example_by_key(workspace, row.key).await?;
        Ok(kept.unwrap_or(row))
    }
}
