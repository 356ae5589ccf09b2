//! Gives passages their vectors, by a provider that the caller brings.
//!
//! In: the name of a model and a function that makes vectors of texts. Out: vectors in the store and in
//! the index, kept by the text's hash, so that what did not change is not paid for twice. The vectors of
//! another model are gathered beside those that serve, and take their place when all are there (the
//! index's part). Absent: providers, prices, and when this is run (the models' room).

use super::Knowledge;
use super::import::text_hash;
use ponte_core::ids::WorkspaceId;
use ponte_nlu::search::chunk::ChunkId;
use ponte_store::rows::knowledge::{Changed, LiveChunk};
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

impl Knowledge {
    /// Makes the vectors that a workspace's passages lack and puts them into the index. What was made
    /// before a failure stays made. Back comes how many were made.
    ///
    /// # Errors
    /// Of the store and of the provider.
    pub async fn embed<E>(
        &self,
        workspace: WorkspaceId,
        model: &str,
        mut make: impl AsyncFnMut(Vec<String>) -> Result<Vec<Vec<f32>>, E>,
    ) -> Result<u64, EmbedError<E>> {
        let mut made = 0;
        let mut after = None;
        loop {
            let page = self.store.chunks(workspace, after, LIST_MAX).await?;
            let mut lacking = self.load(workspace, model, &page.items).await?;
            while !lacking.is_empty() {
                let rest = lacking.split_off(lacking.len().min(BATCH));
                let texts: Vec<String> = lacking.iter().map(|(_, text)| text.clone()).collect();
                let asked = texts.len();
                let vectors = make(texts).await.map_err(EmbedError::Provider)?;
                if vectors.len() != asked {
                    let found = vectors.len();
                    return Err(EmbedError::Count { asked, found });
                }
                let mut commit = Commit::new();
                for ((hash, _), vector) in lacking.iter().zip(&vectors) {
                    commit.put_vector(workspace, model, *hash, bytes(vector));
                }
                let now = self.clock.now();
                commit.knowledge_changed(workspace, Changed::Vectors, Uuid::nil(), now);
                self.store.commit(commit).await?;
                made += asked as u64;
                lacking = rest;
            }
            self.load(workspace, model, &page.items).await?;
            after = page.next;
            if after.is_none() {
                return Ok(made);
            }
        }
    }

    /// Puts the vectors that the store has into the index; back come hash and text of those it lacks.
    async fn load(
        &self,
        workspace: WorkspaceId,
        model: &str,
        rows: &[LiveChunk],
    ) -> Result<Vec<(Uuid, String)>, StoreError> {
        let hashes: Vec<Uuid> = rows.iter().map(|row| row.chunk.hash).collect();
        let kept = self.store.vectors(workspace, model, &hashes).await?;
        let kept: BTreeMap<Uuid, Vec<u8>> = kept.into_iter().collect();
        let held = self.held(workspace);
        held.put_vectors(
            model,
            rows.iter().filter_map(|row| {
                let vector = floats(kept.get(&row.chunk.hash)?);
                Some((ChunkId(row.chunk.id.as_u128()), vector))
            }),
        );
        let lacking = rows
            .iter()
            .filter(|row| !kept.contains_key(&row.chunk.hash));
        let texts: BTreeMap<Uuid, String> = lacking
            .map(|row| {
                let heading = row.chunk.heading.join(" › ");
                debug_assert_eq!(row.chunk.hash, text_hash(&heading, &row.chunk.text));
                (row.chunk.hash, format!("{heading}\n{}", row.chunk.text))
            })
            .collect();
        Ok(texts.into_iter().collect())
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
