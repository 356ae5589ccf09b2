//! `POST /api/v1/conversations/{conversation}/translate`: a text in another language, by a model.
//!
//! In: a text and a language. Out: the translation and who made it; 409 where nobody can, with what to set
//! up. Nothing is sent or kept. Next: `crate::insight::translate`.

use super::get::find;
use super::insight::language;
use crate::api::ApiState;
use crate::api::caller::Writer;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id};
use crate::api::problem::{Problem, ProblemBody};
use crate::both;
use crate::insight::ask::NO_PROVIDER;
use crate::insight::talk;
use crate::insight::translate::{TEXT_MAX, translate as translated};
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ConversationId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TranslateRequest {
    #[schema(min_length = 1, max_length = 4096)]
    text: String,
    /// `pt`, `en` or `es`
    to: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Translation {
    pub text: String,
    pub to: String,
    /// `provider/model`
    pub model: String,
}

/// Translate a text
#[utoipa::path(post, path = "/api/v1/conversations/{conversation}/translate", operation_id = "translate_text", tag = "conversations",
    params(("conversation" = Uuid, Path)), request_body = TranslateRequest, security(("key" = ["write"])),
    responses(
        (status = 200, description = "The translation; nothing is sent", body = Translation),
        (status = 409, description = "No model can: none is set up, or it failed", body = ProblemBody, content_type = "application/problem+json"),
        Refusals))]
pub async fn translate(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
    Body(request): Body<TranslateRequest>,
) -> Result<Json<Translation>, Problem> {
    let to = language(&request.to, "to")?;
    if request.text.trim().is_empty() || request.text.chars().count() > TEXT_MAX {
        return Err(Problem::bad(both!(
            "`text` tem de 1 a {TEXT_MAX} caracteres.",
            "`text` has 1 to {TEXT_MAX} characters."
        )));
    }
    let talk = talk::open(&state.app, find(&state, caller, id).await?).await?;
    match translated(&state.app, &talk, &request.text, to).await {
        Ok(done) => Ok(Json(Translation {
            text: done.text,
            to: request.to,
            model: done.by,
        })),
        Err(NO_PROVIDER) => Err(Problem::conflict(
            "no-provider",
            both!(
                "Nenhum modelo de linguagem está configurado; sem um não há tradução.",
                "No language model is set up; without one there is no translation."
            ),
            both!(
                "Configure um com `ponte provider add` ou POST /api/v1/providers.",
                "Set one up with `ponte provider add` or POST /api/v1/providers."
            ),
        )),
        Err(nobody) => {
            let why = nobody.why;
            Err(Problem::conflict(
                "no-translation",
                both!(
                    "O modelo não traduziu ({why}).",
                    "The model did not translate ({why})."
                ),
                both!(
                    "Tente de novo; `ponte provider test` mostra se o provedor responde, e o orçamento está no assistente.",
                    "Try again; `ponte provider test` shows whether the provider answers, and the budget is the assistant's."
                ),
            ))
        }
    }
}
