//! Finds what answers a question: the one way to ask a workspace's knowledge.
//!
//! In: a question with who asks and through which assistant. Out: hits with their texts, where they
//! stand and what they were found by, and the answer that they hold word for word, or none. The texts
//! are read from the store after the ranking, so what was deleted a moment ago is not among them; who
//! answers later asks [`Knowledge::still_there`]. Absent on purpose: wording, hand-off, models.

use super::Knowledge;
use super::index::{IndexState, State};
use super::settings::INTERNAL;
use ponte_core::ids::WorkspaceId;
use ponte_nlu::search::answer::{self, Extract, Found as Passage};
use ponte_nlu::search::index::{DENSE_SHARE, Dense, Filter, Hit, Query};
use ponte_store::StoreError;
use ponte_store::rows::knowledge::{FaqRow, LiveChunk};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Letters of a question that are looked at: longer ones are letters, not questions.
pub const QUESTION_MOST: usize = 2_000;
/// Hits at most.
pub const HITS_MOST: usize = 50;

/// Who asks what.
#[derive(Clone, Debug, Default)]
pub struct Ask<'a> {
    pub text: &'a str,
    /// The team asks: what is internal may be found too.
    pub internal: bool,
    /// Through this assistant, by name; none: whatever any may use.
    pub assistant: Option<&'a str>,
    /// Only from these sources.
    pub sources: Option<&'a [Uuid]>,
    /// 1 to [`HITS_MOST`].
    pub limit: usize,
    /// The question's embedding with the name of its model.
    pub dense: Option<(&'a str, &'a [f32])>,
    /// How sure an answer must be; none: as measured.
    pub threshold: Option<f32>,
}

/// What a hit is.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Passage(LiveChunk),
    Faq(FaqRow),
}

/// Something that was found, as it stands in the store at this moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    pub hit: Hit,
    pub body: Body,
    pub source_name: String,
    /// Nobody has found its source right for longer than was set.
    pub stale: bool,
}

/// What knowledge says to a question.
#[derive(Clone, Debug)]
pub struct Retrieved {
    pub hits: Vec<Found>,
    /// Where an answer stands word for word; of a curated one `text` is all of it.
    pub answer: Option<Extract>,
    pub index: IndexState,
}

impl Found {
    #[must_use]
    pub fn id(&self) -> Uuid {
        Uuid::from_u128(self.hit.id.0)
    }

    #[must_use]
    pub fn title(&self) -> &str {
        match &self.body {
            Body::Passage(row) => &row.title,
            Body::Faq(row) => row.questions.first().map_or("", String::as_str),
        }
    }

    #[must_use]
    pub fn text(&self) -> &str {
        match &self.body {
            Body::Passage(row) => &row.chunk.text,
            Body::Faq(row) => &row.answer,
        }
    }
}

impl Knowledge {
    /// Finds what answers a question.
    ///
    /// # Errors
    /// The store's.
    pub async fn retrieve(
        &self,
        workspace: WorkspaceId,
        ask: &Ask<'_>,
    ) -> Result<Retrieved, StoreError> {
        let held = self.held(workspace);
        if !held.state().ready {
            held.follow(&self.store).await?;
        }
        let text: String = ask.text.chars().take(QUESTION_MOST).collect();
        let hits = search(&held.read(), &text, ask);
        let hits = self.bodies(workspace, hits).await?;
        let state = held.read();
        let hits = dress(&state, hits, self.clock.now());
        let answer = extract(&state, &text, &hits, ask.threshold);
        drop(state);
        Ok(Retrieved {
            hits,
            answer,
            index: held.state(),
        })
    }

    /// Whether all that an answer was made of is still there: asked when it is decided to send it.
    ///
    /// # Errors
    /// The store's.
    pub async fn still_there(
        &self,
        workspace: WorkspaceId,
        ids: &[Uuid],
    ) -> Result<bool, StoreError> {
        let chunks = self.store.live_chunks(workspace, ids).await?;
        let faqs = self.store.live_faqs(workspace, ids).await?;
        let there = |id: &Uuid| {
            chunks.iter().any(|row| row.chunk.id == *id) || faqs.iter().any(|row| row.id == *id)
        };
        Ok(ids.iter().all(there))
    }

    /// How the index of a workspace stands.
    #[must_use]
    pub fn index_state(&self, workspace: WorkspaceId) -> IndexState {
        self.held(workspace).state()
    }

    async fn bodies(
        &self,
        workspace: WorkspaceId,
        hits: Vec<(Hit, bool)>,
    ) -> Result<Vec<(Hit, Body)>, StoreError> {
        let of = |faq: bool| -> Vec<Uuid> {
            let wanted = hits.iter().filter(|(_, is_faq)| *is_faq == faq);
            wanted.map(|(hit, _)| Uuid::from_u128(hit.id.0)).collect()
        };
        let chunks = self.store.live_chunks(workspace, &of(false)).await?;
        let faqs = self.store.live_faqs(workspace, &of(true)).await?;
        let chunks = chunks
            .into_iter()
            .map(|row| (row.chunk.id, Body::Passage(row)));
        let faqs = faqs.into_iter().map(|row| (row.id, Body::Faq(row)));
        let mut bodies: BTreeMap<Uuid, Body> = chunks.chain(faqs).collect();
        let dressed = hits.into_iter().filter_map(|(hit, _)| {
            let body = bodies.remove(&Uuid::from_u128(hit.id.0))?;
            Some((hit, body))
        });
        Ok(dressed.collect())
    }
}

/// Hits of the index, each with whether it is a curated answer.
fn search(state: &State, text: &str, ask: &Ask<'_>) -> Vec<(Hit, bool)> {
    let filter = Filter {
        sources: ask
            .sources
            .map(|all| all.iter().map(|id| id.as_u128()).collect()),
        audiences: Some(if ask.internal {
            vec![INTERNAL.to_owned()]
        } else {
            Vec::new()
        }),
        tags: ask.assistant.map(|name| vec![name.to_owned()]),
    };
    let hits = state.index.search(&Query {
        text,
        filter: &filter,
        limit: ask.limit.clamp(1, HITS_MOST),
        dense: ask.dense.map(|(model, vector)| Dense {
            model,
            vector,
            share: DENSE_SHARE,
        }),
    });
    let is_faq = |hit: &Hit| state.faqs.contains_key(&Uuid::from_u128(hit.id.0));
    hits.into_iter()
        .map(|hit| {
            let faq = is_faq(&hit);
            (hit, faq)
        })
        .collect()
}

fn dress(state: &State, hits: Vec<(Hit, Body)>, now: ponte_core::Time) -> Vec<Found> {
    let dressed = hits.into_iter().map(|(hit, body)| {
        let source = match &body {
            Body::Passage(row) => row.chunk.source,
            Body::Faq(row) => row.source,
        };
        let known = state.sources.get(&source);
        Found {
            hit,
            body,
            source_name: known.map_or_else(String::new, |known| known.name.clone()),
            stale: known.is_some_and(|known| known.settings.is_stale(known.reviewed, now)),
        }
    });
    dressed.collect()
}

fn extract(state: &State, text: &str, hits: &[Found], threshold: Option<f32>) -> Option<Extract> {
    let passages: Vec<Passage<'_>> = hits
        .iter()
        .map(|found| Passage {
            hit: &found.hit,
            title: found.title(),
            text: found.text(),
        })
        .collect();
    let threshold = threshold.unwrap_or(answer::THRESHOLD);
    let mut extract = answer::answer(&state.index, text, &passages, threshold)?;
    let source = hits.iter().find(|found| found.hit.id == extract.source)?;
    if let Body::Faq(row) = &source.body {
        // What a person wrote as the answer is given whole.
        extract.text.clone_from(&row.answer);
        (extract.from, extract.to) = (0, row.answer.len());
    }
    Some(extract)
}
