//! `POST /api/v1/knowledge/search`: what production would find and answer, with its reasons.
//!
//! In: a question with who asks. Out: hits, the answer word for word or none, how the index stands. It is
//! the same function that answers customers. Next: `knowledge/retrieve.rs`.

use super::view::{self, KnowledgeHit};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Body;
use crate::api::problem::Problem;
use crate::both;
use crate::knowledge::index::IndexState;
use crate::knowledge::retrieve::{Ask, HITS_MOST, QUESTION_MOST};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

const USUAL: usize = 10;
const SOURCES_MOST: usize = 100;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// As a customer types it.
    pub text: String,
    /// As the team asks: what is internal is found too.
    #[serde(default)]
    pub internal: bool,
    /// As this assistant, by name.
    pub assistant: Option<String>,
    /// Only from these sources.
    pub sources: Option<Vec<Uuid>>,
    /// Hits, 1 to 50; 10 when left out.
    pub limit: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    pub hits: Vec<KnowledgeHit>,
    /// Absent: production would say that it doesn't know.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<Extracted>,
    pub index: IndexState,
}

/// An answer that stands in a hit word for word.
#[derive(Debug, Serialize, ToSchema)]
pub struct Extracted {
    pub text: String,
    /// The hit that holds it.
    pub source: Uuid,
    /// 0 to 1.
    pub confidence: f32,
    /// What the question asks for: `when`, `how_much`, `where`, …
    #[schema(value_type = String)]
    pub asks: ponte_nlu::search::answer::Asks,
}

/// Ask what is known
#[utoipa::path(post, path = "/api/v1/knowledge/search", operation_id = "search_knowledge", tag = "knowledge",
    security(("key" = ["read"])), request_body = Question,
    responses((status = 200, description = "What was found", body = SearchAnswer), Refusals))]
pub async fn search(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Body(question): Body<Question>,
) -> Result<Json<SearchAnswer>, Problem> {
    let limit = question.limit.unwrap_or(USUAL);
    let sources = question.sources.as_deref();
    let fine = (1..=HITS_MOST).contains(&limit)
        && question.text.chars().count() <= QUESTION_MOST
        && sources.is_none_or(|all| all.len() <= SOURCES_MOST);
    if !fine {
        return Err(Problem::bad(both!(
            "`text` tem até {QUESTION_MOST} letras, `limit` vai de 1 a {HITS_MOST}, `sources` tem até {SOURCES_MOST} ids.",
            "`text` has up to {QUESTION_MOST} letters, `limit` goes from 1 to {HITS_MOST}, `sources` has up to {SOURCES_MOST} ids."
        )));
    }
    let ask = Ask {
        text: &question.text,
        internal: question.internal,
        assistant: question.assistant.as_deref(),
        sources,
        limit,
        ..Ask::default()
    };
    let found = state.app.knowledge.retrieve(caller.workspace, &ask).await?;
    let answer = found.answer.map(|extract| Extracted {
        source: Uuid::from_u128(extract.source.0),
        text: extract.text,
        confidence: extract.confidence,
        asks: extract.asks,
    });
    Ok(Json(SearchAnswer {
        hits: found.hits.into_iter().map(view::hit).collect(),
        answer,
        index: found.index,
    }))
}

/// How the index stands
#[utoipa::path(get, path = "/api/v1/knowledge/index", operation_id = "get_knowledge_index", tag = "knowledge",
    security(("key" = ["read"])),
    responses((status = 200, description = "How it stands", body = IndexState), Refusals))]
pub async fn index(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<IndexState>, Problem> {
    Ok(Json(state.app.knowledge.index_state(caller.workspace)))
}
