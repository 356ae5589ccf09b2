//! Learns what to teach: questions that nobody could answer, and those that many ask, sorted into groups
//! with a suggested answer and intent. A person approves with one call, dismisses, or takes back.
//!
//! In: what the router notes of each question ([`Understanding::note_question`]). Out: groups as
//! suggestions; approved ones become a curated answer, an intent with examples and a test. Texts are
//! personal data: numbers and addresses are masked in suggestions, and questions go after 180 days.
//! Absent: models; the sorting is by letters and words. Next: `mine.rs`, `approve.rs`.

pub mod approve;
pub mod group;
pub mod mask;
pub mod mine;

use super::Understanding;
use ponte_core::time::Span;
use ponte_store::rows::Place;
use ponte_store::rows::training::{Asked, QuestionRow};
use ponte_store::{Commit, StoreError};

/// Rounds of sorting.
const ROUND: Span = Span::minutes(5);
/// Letters of a question that are kept.
const QUESTION_MOST: usize = 500;

/// The room: sorts what was asked, for ever.
pub async fn run(room: Understanding) {
    loop {
        room.clock.sleep(ROUND).await;
        if let Err(error) = room.learn().await {
            tracing::warn!(%error, "questions can't be sorted now");
        }
    }
}

impl Understanding {
    /// Keeps what a customer asked and how it ended, to learn from.
    ///
    /// # Errors
    /// The store's.
    pub async fn note_question(
        &self,
        place: Place,
        text: &str,
        outcome: Asked,
    ) -> Result<(), StoreError> {
        let text: String = text.trim().chars().take(QUESTION_MOST).collect();
        if text.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let row = QuestionRow {
            id: self.ids.next(now),
            workspace: place.workspace,
            channel: place.channel,
            conversation: place.conversation,
            at: now,
            text,
            outcome,
            cluster: None,
        };
        let mut commit = Commit::new();
        commit.add_question(&row);
        self.store.commit(commit).await.map(|_| ())
    }

    /// One round of sorting over all workspaces.
    ///
    /// # Errors
    /// The store's.
    pub async fn learn(&self) -> Result<(), StoreError> {
        for workspace in self.store.workspaces().await? {
            while self.sort(workspace.id).await? > 0 {}
        }
        Ok(())
    }
}
