//! Gives passages their vectors, by a provider that the caller brings.
//!
//! In: the name of a model and a function that makes vectors of texts. Out: vectors in the store and in
//! the index, kept by the text's hash, so that what did not change is not paid for twice. The vectors of
//! another model are gathered beside those that serve, and take their place when all are there (the
//! index's part). Absent: providers, prices, and when this is run (the models' room).

use super::Knowledge;
use ponte_core::ids::WorkspaceId;
use ponte_nlu::search::chunk::ChunkId;
use ponte_store::rows::knowledge::{Changed, FaqRow, LiveChunk};
use ponte_store::{Commit, LIST_MAX, StoreError};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Texts that a provider is given at once: within what all of them take.
pub const BATCH: usize = 64;

/// What went wrong while vectors were made.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError<E> {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the provider gave {found} vectors for {asked} texts")]
    Count { asked: usize, found: usize },
    #[error("the provider failed")]
    Provider(E),
}

/// A text that can be found, with the name of its vector.
struct Text {
    id: ChunkId,
    hash: Uuid,
    text: String,
}

impl Knowledge {
    /// Makes the vectors that a workspace's passages and curated answers lack and puts them into the
    /// index. What was made before a failure stays made. Back comes how many were made.
    ///
    /// # Errors
    /// Of the store and of the provider.
    pub async fn embed<E>(
        &self,
        workspace: WorkspaceId,
        model: &str,
        mut make: impl AsyncFnMut(Vec<String>) -> Result<Vec<Vec<f32>>, E>,
    ) -> Result<u64, EmbedError<E>> {
        let held = self.held(workspace);
        held.follow(&self.store).await?;
        let mut made = 0;
        let mut after = None;
        loop {
            let page = self.store.chunks(workspace, after, LIST_MAX).await?;
            let texts = page.items.iter().map(of_passage).collect();
            made += self.give(workspace, model, texts, &mut make).await?;
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let mut after = None;
        loop {
            let page = self
                .store
                .faqs(workspace, None, false, after, LIST_MAX)
                .await?;
            let texts = page.items.iter().map(of_faq).collect();
            made += self.give(workspace, model, texts, &mut make).await?;
            after = page.next;
            if after.is_none() {
                return Ok(made);
            }
        }
    }

    async fn give<E>(
        &self,
        workspace: WorkspaceId,
        model: &str,
        texts: Vec<Text>,
        make: &mut impl AsyncFnMut(Vec<String>) -> Result<Vec<Vec<f32>>, E>,
    ) -> Result<u64, EmbedError<E>> {
        let lacking = self.load(workspace, model, &texts).await?;
        let mut made = 0;
        for batch in lacking.chunks(BATCH) {
            let asked = batch.len();
            let wanted = batch.iter().map(|(_, text)| text.clone()).collect();
            let vectors = make(wanted).await.map_err(EmbedError::Provider)?;
            if vectors.len() != asked {
                let found = vectors.len();
                return Err(EmbedError::Count { asked, found });
            }
            let mut commit = Commit::new();
            for ((hash, _), vector) in batch.iter().zip(&vectors) {
                commit.put_vector(workspace, model, *hash, bytes(vector));
            }
            let now = self.clock.now();
            commit.knowledge_changed(workspace, Changed::Vectors, Uuid::nil(), now);
            self.store.commit(commit).await?;
            made += asked as u64;
        }
        if made > 0 {
            self.load(workspace, model, &texts).await?;
        }
        Ok(made)
    }

    /// Puts the vectors that the store has into the index; back come hash and text of those it lacks.
    async fn load(
        &self,
        workspace: WorkspaceId,
        model: &str,
        texts: &[Text],
    ) -> Result<Vec<(Uuid, String)>, StoreError> {
        let hashes: Vec<Uuid> = texts.iter().map(|text| text.hash).collect();
        let kept = self.store.vectors(workspace, model, &hashes).await?;
        let kept: BTreeMap<Uuid, Vec<u8>> = kept.into_iter().collect();
        let known = texts
            .iter()
            .filter_map(|text| Some((text.id, floats(kept.get(&text.hash)?))));
        self.held(workspace).put_vectors(model, known);
        let lacking = texts.iter().filter(|text| !kept.contains_key(&text.hash));
        let lacking: BTreeMap<Uuid, String> =
            lacking.map(|text| (text.hash, text.text.clone())).collect();
        Ok(lacking.into_iter().collect())
    }
}

fn of_passage(row: &LiveChunk) -> Text {
    Text {
        id: ChunkId(row.chunk.id.as_u128()),
        hash: row.chunk.hash,
        text: format!("{}\n{}", row.chunk.heading.join(" › "), row.chunk.text),
    }
}

fn of_faq(row: &FaqRow) -> Text {
    Text {
        id: ChunkId(row.id.as_u128()),
        hash: row.hash,
        text: format!("{}\n{}", row.questions.join(" "), row.answer),
    }
}

/// Little-endian, four bytes a number.
fn bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|n| n.to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (all, _) = bytes.as_chunks::<4>();
    all.iter().map(|four| f32::from_le_bytes(*four)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_reads_back() {
        let vector = vec![0.5, -1.25, f32::MIN_POSITIVE];
        assert_eq!(floats(&bytes(&vector)), vector);
        assert_eq!(floats(&[1, 2, 3]), Vec::<f32>::new());
    }
}
