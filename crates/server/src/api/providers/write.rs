//! `POST /api/v1/providers`, `PUT` and `DELETE /api/v1/providers/{provider}`: setting providers up.
//!
//! In: what a provider is to be; its key in the body of this one request. Out: the [`ModelProvider`] as it is then.
//! A change names the revision it was made from. Absent: reading a key back. Next: `crate::models::manage`.

use super::view::{ModelProvider, view};
use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::problem::Problem;
use crate::both;
use crate::graph::Secret;
use crate::models::manage::{Draft, KeyWish};
use crate::models::provider::{Bounds, Settings};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_models::{Dialect, Quirks};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What a provider is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderWish {
    /// Lower case letters, digits, `-` and `_`.
    pub name: String,
    /// `openai` (and everything compatible), `anthropic`, `gemini` or `ollama`.
    pub kind: String,
    /// Absent: the kind's own address.
    pub base: Option<String>,
    pub models: Vec<String>,
    pub embed_model: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub quirks: Quirks,
    #[serde(default)]
    pub limits: Bounds,
    /// Absent in a change: the key stays. Empty: it needs none.
    pub key: Option<String>,
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The revision this is a change of; left out of a new one.
    pub revision: Option<u64>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Removal {
    /// The revision that is to go.
    pub revision: u64,
}

impl ProviderWish {
    fn draft(self) -> Result<Draft, Problem> {
        let kind = self.kind;
        let dialect = Dialect::of_word(&kind).ok_or_else(|| {
            Problem::bad(both!(
                "`kind` é `{kind}`; use openai, anthropic, gemini ou ollama.",
                "`kind` is `{kind}`; use openai, anthropic, gemini or ollama."
            ))
        })?;
        Ok(Draft {
            name: self.name,
            dialect,
            base: self.base,
            settings: Settings {
                models: self.models,
                embed_model: self.embed_model,
                quirks: self.quirks,
                limits: self.limits,
            },
            key: match self.key {
                None => KeyWish::Keep,
                Some(key) if key.is_empty() => KeyWish::None,
                Some(key) => KeyWish::New(Secret::new(key)),
            },
            enabled: self.enabled,
        })
    }
}

/// Add a model provider
///
/// The key is sealed at rest and never shown again.
#[utoipa::path(post, path = "/api/v1/providers", operation_id = "create_provider", tag = "providers", security(("key" = ["admin"])),
    request_body = ProviderWish,
    responses((status = 201, description = "The provider", body = ModelProvider), Refusals))]
pub async fn create(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Body(wish): Body<ProviderWish>,
) -> Result<(StatusCode, Json<ModelProvider>), Problem> {
    let models = &state.app.models;
    let row = models.add(caller.workspace, wish.draft()?).await?;
    Ok((StatusCode::CREATED, Json(view(models, &row))))
}

/// Change a model provider
#[utoipa::path(put, path = "/api/v1/providers/{provider}", operation_id = "update_provider", tag = "providers",
    params(("provider" = Uuid, Path)), security(("key" = ["admin"])), request_body = ProviderWish,
    responses((status = 200, description = "The provider as it is now", body = ModelProvider),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn update(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
    Body(wish): Body<ProviderWish>,
) -> Result<Json<ModelProvider>, Problem> {
    let models = &state.app.models;
    let revision = wish.revision.unwrap_or(0);
    let row = models
        .change(caller.workspace, id, revision, wish.draft()?)
        .await?;
    Ok(Json(view(models, &row)))
}

/// Remove a model provider
///
/// What it was asked stays in the ledger.
#[utoipa::path(delete, path = "/api/v1/providers/{provider}", operation_id = "delete_provider", tag = "providers",
    params(("provider" = Uuid, Path), Removal), security(("key" = ["admin"])),
    responses((status = 204, description = "Gone"),
        (status = 409, description = "Changed by another meanwhile", body = crate::api::problem::ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn delete(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
    Query(removal): Query<Removal>,
) -> Result<StatusCode, Problem> {
    let models = &state.app.models;
    models
        .remove(caller.workspace, id, removal.revision)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
