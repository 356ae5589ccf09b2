//! `GET /api/v1/conversations/{conversation}/suggestions`: replies that a person could send.
//!
//! In: the conversation. Out: [`Suggestions`] to the customer's last words. Nothing is sent or kept; a person
//! sends with a command. Next: `crate::insight::suggest`.

use super::get::find;
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::problem::Problem;
use crate::insight::suggest::{Suggestions, suggest};
use crate::insight::talk;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ConversationId;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Whether a model may add one, where one is set up and the budget allows; yes when left out
    model: Option<bool>,
}

/// Suggest replies
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/suggestions", operation_id = "suggest_replies", tag = "conversations",
    params(("conversation" = Uuid, Path), Asked), security(("key" = ["read"])),
    responses((status = 200, description = "Up to three, the surest first; nothing is sent", body = Suggestions), Refusals))]
pub async fn suggestions(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Suggestions>, Problem> {
    let talk = talk::open(&state.app, find(&state, caller, id).await?).await?;
    Ok(Json(
        suggest(&state.app, &talk, asked.model.unwrap_or(true)).await?,
    ))
}
