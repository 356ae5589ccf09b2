//! Examples of intents, negatives, and corrections of people.
//!
//! In: texts with what they mean. Out: examples; the same text again moves to its new meaning. Next:
//! `understanding/corrections.rs`.

use super::list;
use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::knowledge::{Asked, DONE, after, stored};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::show;
use crate::both;
use crate::understanding::corrections::NotLearnt;
use crate::understanding::lesson::{EXAMPLES_MOST, TEXT_MOST};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::ids::WorkspaceId;
use ponte_store::Commit;
use ponte_store::rows::training::{ExampleRow, Origin, Split};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Examples in one request.
const AT_ONCE: usize = 200;

#[derive(Debug, Serialize, ToSchema)]
pub struct Example {
    pub id: Uuid,
    /// Absent: of no intent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Uuid>,
    pub text: String,
    /// `author`, `correction` or `history`.
    pub origin: String,
    /// `train`, `test` (never trained on) or `both` (corrections).
    pub split: String,
    pub created: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExamples {
    /// 1 to 200 texts of up to 500 letters.
    pub texts: Vec<String>,
    /// Only for testing: never trained on.
    #[serde(default)]
    pub test: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// What the customer wrote.
    pub text: String,
    /// What it meant; left out: none of the intents.
    pub intent: Option<Uuid>,
}

/// List the examples of an intent
#[utoipa::path(get, path = "/api/v1/intents/{intent}/examples", operation_id = "list_examples", tag = "intents",
    security(("key" = ["read"])), params(("intent" = Uuid, Path, description = "The intent's id"), Asked),
    responses((status = 200, description = "A page", body = Page<Example>), Refusals))]
pub async fn of(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(intent): Id<Uuid>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Example>>, Problem> {
    list::one(&state, caller.workspace, intent).await?;
    page_of(&state, caller.workspace, Some(intent), &asked).await
}

/// Add examples to an intent
#[utoipa::path(post, path = "/api/v1/intents/{intent}/examples", operation_id = "add_examples", tag = "intents",
    security(("key" = ["write"])), params(("intent" = Uuid, Path, description = "The intent's id")), request_body = NewExamples,
    responses((status = 201, description = "Added", body = Vec<Example>), Refusals))]
pub async fn add(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(intent): Id<Uuid>,
    Body(new): Body<NewExamples>,
) -> Result<(StatusCode, Json<Vec<Example>>), Problem> {
    list::one(&state, caller.workspace, intent).await?;
    keep(&state, caller.workspace, Some(intent), new).await
}

/// List examples of no intent
#[utoipa::path(get, path = "/api/v1/intents/negatives", operation_id = "list_negatives", tag = "intents",
    security(("key" = ["read"])), params(Asked),
    responses((status = 200, description = "A page", body = Page<Example>), Refusals))]
pub async fn negatives(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Example>>, Problem> {
    page_of(&state, caller.workspace, None, &asked).await
}

/// Add examples of no intent
#[utoipa::path(post, path = "/api/v1/intents/negatives", operation_id = "add_negatives", tag = "intents",
    security(("key" = ["write"])), request_body = NewExamples,
    responses((status = 201, description = "Added", body = Vec<Example>), Refusals))]
pub async fn add_negatives(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Body(new): Body<NewExamples>,
) -> Result<(StatusCode, Json<Vec<Example>>), Problem> {
    keep(&state, caller.workspace, None, new).await
}

/// Remove an example
#[utoipa::path(delete, path = "/api/v1/intents/examples/{example}", operation_id = "remove_example", tag = "intents",
    security(("key" = ["write"])), params(("example" = Uuid, Path, description = "The example's id")),
    responses((status = 204, description = "Removed"), Refusals))]
pub async fn remove(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.drop_example(caller.workspace, id);
    stored(&state.store().commit(commit).await?)?;
    Ok(DONE)
}

/// Say what a message meant
///
/// The next model learns it, and every later version is tested on it.
#[utoipa::path(post, path = "/api/v1/intents/corrections", operation_id = "correct_intent", tag = "intents",
    security(("key" = ["write"])), request_body = Correction,
    responses((status = 201, description = "Kept", body = Example), Refusals))]
pub async fn correct(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Body(told): Body<Correction>,
) -> Result<(StatusCode, Json<Example>), Problem> {
    let understanding = &state.app.understanding;
    let row = understanding
        .correct(caller.workspace, &told.text, told.intent)
        .await
        .map_err(problem)?;
    Ok((StatusCode::CREATED, Json(view(row))))
}

async fn page_of(
    state: &ApiState,
    workspace: WorkspaceId,
    intent: Option<Uuid>,
    asked: &Asked,
) -> Result<Json<Page<Example>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = after(asked.after.as_deref())?;
    let rows = state
        .store()
        .examples_of(workspace, intent, after, limit)
        .await?;
    Ok(Json(Page {
        items: rows.items.into_iter().map(view).collect(),
        next: rows.next.map(|id| id.to_string()),
    }))
}

async fn keep(
    state: &ApiState,
    workspace: WorkspaceId,
    intent: Option<Uuid>,
    new: NewExamples,
) -> Result<(StatusCode, Json<Vec<Example>>), Problem> {
    if !(1..=AT_ONCE).contains(&new.texts.len()) {
        return Err(Problem::bad(both!(
            "`texts` tem de 1 a {AT_ONCE} textos.",
            "`texts` has 1 to {AT_ONCE} texts."
        )));
    }
    let split = if new.test { Split::Test } else { Split::Train };
    let mut all = Vec::with_capacity(new.texts.len());
    for text in &new.texts {
        let row = state
            .app
            .understanding
            .teach(workspace, text, intent, Origin::Author, split)
            .await
            .map_err(problem)?;
        all.push(view(row));
    }
    Ok((StatusCode::CREATED, Json(all)))
}

fn problem(error: NotLearnt) -> Problem {
    match error {
        NotLearnt::Intent => Problem::not_found(),
        NotLearnt::Store(error) => error.into(),
        NotLearnt::Text => Problem::bad(both!(
            "Cada texto tem de 1 a {TEXT_MOST} letras.",
            "Each text has 1 to {TEXT_MOST} letters."
        )),
        NotLearnt::Full => Problem::bad(both!(
            "Há {EXAMPLES_MOST} exemplos. Apague alguns.",
            "There are {EXAMPLES_MOST} examples. Remove some."
        )),
    }
}

fn view(row: ExampleRow) -> Example {
    Example {
        id: row.id,
        intent: row.intent,
        text: row.text,
        origin: row.origin.word().into(),
        split: row.split.word().into(),
        created: show(row.created),
    }
}
