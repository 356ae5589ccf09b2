//! `/api/v1/knowledge/suggestions`: what customers ask and nobody has taught.
//!
//! In: groups of questions. Out: the largest first, with what people of the team answered; approval,
//! dismissal, and taking either back. Numbers and addresses in the texts are masked. Next:
//! `understanding/learning/`.

use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::show;
use crate::both;
use crate::understanding::learning::approve::{Approval, Undone};
use crate::understanding::learning::mine::Body as Kept;
use axum::Json;
use axum::extract::State;
use ponte_store::rows::training::{ClusterRow, ClusterState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// One question is no group.
const SIZE_LEAST: u64 = 2;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AskedSuggestions {
    /// Items in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
    /// `open` (when left out), `approved` or `dismissed`
    state: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion {
    pub id: Uuid,
    /// `open`, `approved` or `dismissed`.
    pub state: String,
    /// Questions in the group.
    pub size: u64,
    /// Of those: nothing was known.
    pub unknown: u64,
    /// Of those: a person took it.
    pub handed_off: u64,
    /// Of those: it was answered.
    pub answered: u64,
    /// The first wording: what the curated question could be.
    pub question: String,
    /// Different wordings, masked.
    pub samples: Vec<String>,
    /// What people answered, masked.
    pub answers: Vec<String>,
    pub updated: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    /// Makes a curated answer with this text.
    pub answer: Option<String>,
    /// Its questions; left out: the group's wordings.
    pub questions: Option<Vec<String>>,
    /// Makes an intent of this name, or adds the group's wordings to it.
    pub intent: Option<String>,
}

/// List suggestions, the most asked first
#[utoipa::path(get, path = "/api/v1/knowledge/suggestions", operation_id = "list_suggestions", tag = "knowledge",
    security(("key" = ["read"])), params(AskedSuggestions),
    responses((status = 200, description = "A page", body = Page<Suggestion>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<AskedSuggestions>,
) -> Result<Json<Page<Suggestion>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let word = asked.state.as_deref().unwrap_or("open");
    let of = ClusterState::from_word(word).ok_or_else(|| {
        Problem::bad(both!(
            "`state` é open, approved ou dismissed.",
            "`state` is open, approved or dismissed."
        ))
    })?;
    let after = page::split::<Uuid>(asked.after.as_deref())?;
    let after = after.map(|(size, id)| (u64::try_from(size.micros()).unwrap_or(0), id));
    let rows = state
        .store()
        .clusters(caller.workspace, of, after, limit)
        .await?;
    let next = rows.next.filter(|(size, _)| *size >= SIZE_LEAST);
    let items = rows.items.into_iter().filter(|row| row.size >= SIZE_LEAST);
    Ok(Json(Page {
        items: items.map(view).collect(),
        next: next.map(|(size, id)| format!("{size}~{id}")),
    }))
}

/// Sort what was asked since
#[utoipa::path(post, path = "/api/v1/knowledge/suggestions/refresh", operation_id = "refresh_suggestions", tag = "knowledge",
    security(("key" = ["write"])),
    responses((status = 204, description = "Sorted"), Refusals))]
pub async fn refresh(
    Writer(caller): Writer,
    State(state): State<ApiState>,
) -> Result<axum::http::StatusCode, Problem> {
    state.app.understanding.sort(caller.workspace).await?;
    Ok(super::DONE)
}

/// Approve a suggestion
///
/// Makes a curated answer, an intent, or both, and a test.
#[utoipa::path(post, path = "/api/v1/knowledge/suggestions/{suggestion}/approve", operation_id = "approve_suggestion", tag = "knowledge",
    security(("key" = ["write"])), params(("suggestion" = Uuid, Path, description = "Its id")), request_body = Approve,
    responses((status = 200, description = "Approved", body = Suggestion), Refusals))]
pub async fn approve(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
    Body(asked): Body<Approve>,
) -> Result<Json<Suggestion>, Problem> {
    let row = state.store().cluster(caller.workspace, id).await?;
    let kept = Kept::of(&row.ok_or_else(Problem::not_found)?);
    if asked.answer.is_none() && asked.intent.is_none() {
        return Err(Problem::bad(both!(
            "Diga `answer`, `intent` ou os dois.",
            "Say `answer`, `intent` or both."
        )));
    }
    let questions = asked.questions.unwrap_or(kept.samples);
    let approval = Approval {
        faq: asked.answer.map(|answer| (questions, answer)),
        intent: asked.intent,
    };
    let understanding = &state.app.understanding;
    let row = understanding.approve(caller.workspace, id, approval).await;
    row.map(|row| Json(view(row))).map_err(problem)
}

/// Dismiss a suggestion
#[utoipa::path(post, path = "/api/v1/knowledge/suggestions/{suggestion}/dismiss", operation_id = "dismiss_suggestion", tag = "knowledge",
    security(("key" = ["write"])), params(("suggestion" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "Dismissed", body = Suggestion), Refusals))]
pub async fn dismiss(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<Json<Suggestion>, Problem> {
    let row = state.app.understanding.dismiss(caller.workspace, id).await;
    row.map(|row| Json(view(row))).map_err(problem)
}

/// Take an approval or a dismissal back
///
/// What the approval made goes.
#[utoipa::path(post, path = "/api/v1/knowledge/suggestions/{suggestion}/undo", operation_id = "undo_suggestion", tag = "knowledge",
    security(("key" = ["write"])), params(("suggestion" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It is open again", body = Suggestion), Refusals))]
pub async fn undo(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<Json<Suggestion>, Problem> {
    let row = state
        .app
        .understanding
        .take_back(caller.workspace, id)
        .await;
    row.map(|row| Json(view(row))).map_err(problem)
}

fn problem(undone: Undone) -> Problem {
    match undone {
        Undone::Missing => Problem::not_found(),
        Undone::Wrong(what) => Problem::bad(what),
        Undone::Store(error) => error.into(),
        Undone::State => Problem::conflict(
            "state",
            both!(
                "A sugestão já foi aprovada, dispensada ou reaberta.",
                "The suggestion was approved, dismissed or opened already."
            ),
            both!("Leia a lista de novo.", "Read the list again."),
        ),
    }
}

fn view(row: ClusterRow) -> Suggestion {
    let kept = Kept::of(&row);
    Suggestion {
        id: row.id,
        state: row.state.word().into(),
        size: row.size,
        unknown: kept.unknown,
        handed_off: kept.handed_off,
        answered: kept.answered,
        question: kept.samples.first().cloned().unwrap_or_default(),
        samples: kept.samples,
        answers: kept.answers,
        updated: show(row.updated),
    }
}
