//! `GET /api/v1/conversations/{conversation}/insight`: the conversation at a glance.
//!
//! In: the conversation, a language, and whether a model may word the summary. Out: an [`Insight`], which
//! says who worded it. Absent: computing it (`crate::insight`), and anything of it in lists.

use super::get::find;
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::problem::Problem;
use crate::both;
use crate::insight::picture::{Insight, picture};
use crate::insight::{talk, wording};
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ConversationId;
use ponte_nlu::sense::language::Language;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Of the summary: `pt`, `en` or `es`; the assistant's first when left out
    language: Option<String>,
    /// A model words the summary, where one is set up and the budget allows
    #[serde(default)]
    model: bool,
}

/// A language by its code.
///
/// # Errors
/// [`Problem`] for any other.
pub fn language(code: &str, field: &str) -> Result<Language, Problem> {
    match code {
        "pt" => Ok(Language::Pt),
        "en" => Ok(Language::En),
        "es" => Ok(Language::Es),
        _ => Err(Problem::bad(both!(
            "`{field}` é `pt`, `en` ou `es`.",
            "`{field}` is `pt`, `en` or `es`."
        ))),
    }
}

/// See a conversation at a glance
#[utoipa::path(get, path = "/api/v1/conversations/{conversation}/insight", operation_id = "get_insight", tag = "conversations",
    params(("conversation" = Uuid, Path), Asked), security(("key" = ["read"])),
    responses((status = 200, description = "Three points, what was named, how the customer feels", body = Insight), Refusals))]
pub async fn insight(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ConversationId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Insight>, Problem> {
    let wanted = asked.language.as_deref();
    let wanted = wanted.map(|code| language(code, "language")).transpose()?;
    let talk = talk::open(&state.app, find(&state, caller, id).await?).await?;
    let mut seen = picture(&talk, wanted.unwrap_or_else(|| talk.language()));
    if asked.model {
        seen.summary = wording::worded(&state.app, &talk, seen.summary).await;
    }
    Ok(Json(seen))
}
