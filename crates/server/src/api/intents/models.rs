//! Trained models: asked for, watched, put to use, gone back from; and what the active one says.
//!
//! In: versions. Out: their state and report. Next: `understanding/training.rs`.

use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::knowledge::{Asked, DONE, stored};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::{show, show_some};
use crate::both;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_store::Commit;
use ponte_store::rows::training::ModelRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Letters of a text that is understood.
const TEXT_MOST: usize = 4_096;

#[derive(Debug, Serialize, ToSchema)]
pub struct IntentModel {
    pub version: u64,
    /// `training`, `ready`, `active`, `retired` or `failed`.
    pub state: String,
    /// 0 to 100.
    pub progress_percent: u32,
    /// Figures, advice, and how it and the one before do on the test set.
    #[schema(value_type = Object)]
    pub report: Value,
    pub created: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trained: Option<String>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Use it as soon as it is ready.
    pub activate: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ToUnderstand {
    pub text: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Understood {
    /// Absent: nothing is trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Absent: none of the intents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    pub in_scope: bool,
    /// The likeliest first.
    pub ranked: Vec<RankedIntent>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RankedIntent {
    pub intent: String,
    pub confidence: f32,
}

/// Train a model
#[utoipa::path(post, path = "/api/v1/intents/training", operation_id = "train_intents", tag = "intents",
    security(("key" = ["write"])), request_body = Training,
    responses((status = 202, description = "It will be trained", body = IntentModel), Refusals))]
pub async fn train(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Body(asked): Body<Training>,
) -> Result<(StatusCode, Json<IntentModel>), Problem> {
    let understanding = &state.app.understanding;
    let version = understanding
        .ask_training(caller.workspace, asked.activate)
        .await?;
    let row = state.store().model(caller.workspace, version).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    Ok((StatusCode::ACCEPTED, Json(view(row))))
}

/// List models, newest first
#[utoipa::path(get, path = "/api/v1/intents/models", operation_id = "list_intent_models", tag = "intents",
    security(("key" = ["read"])), params(Asked),
    responses((status = 200, description = "A page", body = Page<IntentModel>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<IntentModel>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let before = page::number(asked.after.as_deref())?;
    let before = before.map(|at| u64::try_from(at).unwrap_or(0));
    let rows = state
        .store()
        .models(caller.workspace, before, limit)
        .await?;
    Ok(Json(Page {
        items: rows.items.into_iter().map(view).collect(),
        next: rows.next.map(|version| version.to_string()),
    }))
}

/// Read a model's state and report
#[utoipa::path(get, path = "/api/v1/intents/models/{version}", operation_id = "get_intent_model", tag = "intents",
    security(("key" = ["read"])), params(("version" = u64, Path, description = "The version")),
    responses((status = 200, description = "The model", body = IntentModel), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(version): Id<u64>,
) -> Result<Json<IntentModel>, Problem> {
    let row = state.store().model(caller.workspace, version).await?;
    row.map(|row| Json(view(row)))
        .ok_or_else(Problem::not_found)
}

/// Use a model from now on
#[utoipa::path(post, path = "/api/v1/intents/models/{version}/activate", operation_id = "activate_intent_model", tag = "intents",
    security(("key" = ["write"])), params(("version" = u64, Path, description = "The version")),
    responses((status = 204, description = "It is in use"), Refusals))]
pub async fn activate(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(version): Id<u64>,
) -> Result<StatusCode, Problem> {
    let understanding = &state.app.understanding;
    if understanding.activate(caller.workspace, version).await? {
        Ok(DONE)
    } else {
        Err(Problem::not_found())
    }
}

/// Stop a training
#[utoipa::path(post, path = "/api/v1/intents/models/{version}/cancel", operation_id = "cancel_intent_training", tag = "intents",
    security(("key" = ["write"])), params(("version" = u64, Path, description = "The version")),
    responses((status = 204, description = "It will stop"), Refusals))]
pub async fn cancel(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(version): Id<u64>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.cancel_model(caller.workspace, version);
    stored(&state.store().commit(commit).await?)?;
    Ok(DONE)
}

/// Go back to the model before
#[utoipa::path(post, path = "/api/v1/intents/rollback", operation_id = "roll_back_intents", tag = "intents",
    security(("key" = ["write"])),
    responses((status = 200, description = "The model in use now", body = IntentModel), Refusals))]
pub async fn roll_back(
    Writer(caller): Writer,
    State(state): State<ApiState>,
) -> Result<Json<IntentModel>, Problem> {
    let understanding = &state.app.understanding;
    let Some(version) = understanding.roll_back(caller.workspace).await? else {
        return Err(Problem::conflict(
            "no-version",
            both!(
                "Não há versão anterior que ainda possa ser usada.",
                "There is no earlier version that can still be used."
            ),
            both!("Treine de novo.", "Train again."),
        ));
    };
    let row = state.store().model(caller.workspace, version).await?;
    row.map(|row| Json(view(row)))
        .ok_or_else(Problem::not_found)
}

/// Ask the active model what a text wants
#[utoipa::path(post, path = "/api/v1/intents/understand", operation_id = "understand_text", tag = "intents",
    security(("key" = ["read"])), request_body = ToUnderstand,
    responses((status = 200, description = "What it wants", body = Understood), Refusals))]
pub async fn understand(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Body(asked): Body<ToUnderstand>,
) -> Result<Json<Understood>, Problem> {
    if asked.text.chars().count() > TEXT_MOST {
        return Err(Problem::bad(both!(
            "`text` tem até {TEXT_MOST} letras.",
            "`text` has up to {TEXT_MOST} letters."
        )));
    }
    let understanding = &state.app.understanding;
    let said = understanding.predict(caller.workspace, &asked.text).await?;
    Ok(Json(match said {
        None => Understood {
            version: None,
            intent: None,
            in_scope: false,
            ranked: Vec::new(),
        },
        Some(said) => Understood {
            version: Some(said.version),
            intent: said.intent,
            in_scope: said.in_scope,
            ranked: said
                .ranked
                .into_iter()
                .map(|(intent, confidence)| RankedIntent { intent, confidence })
                .collect(),
        },
    }))
}

fn view(row: ModelRow) -> IntentModel {
    IntentModel {
        version: row.version,
        state: row.state.word().into(),
        progress_percent: row.progress_percent,
        report: row.report,
        created: show(row.created),
        trained: show_some(row.trained),
    }
}
