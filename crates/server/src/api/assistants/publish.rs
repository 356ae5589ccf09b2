//! `POST /api/v1/assistants/{assistant}/publish` and `…/rollback`: what is in force changes.
//!
//! In: the revision that the caller has seen, and for a rollback the one to go back to. Out: the assistant
//! as it is then. Tests that are marked `required` are played on the settings as they would be; one that
//! fails holds a publication back, not a rollback: who goes back is in a hurry. Absent: playing itself.

use super::view::{Assistant, find, told, view};
use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id};
use crate::api::problem::{Problem, ProblemBody};
use crate::both;
use crate::dialogue::report::Outcome;
use crate::dialogue::run;
use crate::words::{Both, Lang};
use crate::workspace::convert::Settings;
use crate::workspace::versions;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::AssistantId;
use serde::Deserialize;
use utoipa::ToSchema;

/// Lines of failed tests that a refusal repeats.
const LINES: usize = 20;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishWish {
    /// The revision in force that the caller has seen
    revision: u64,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackWish {
    /// The revision in force that the caller has seen
    revision: u64,
    /// The one to go back to
    to: u64,
}

/// Publish the draft of an assistant
///
/// The tests that are marked `required` must pass.
#[utoipa::path(post, path = "/api/v1/assistants/{assistant}/publish", operation_id = "publish_assistant", tag = "assistants",
    params(("assistant" = Uuid, Path)), security(("key" = ["admin"])), request_body = PublishWish,
    responses((status = 200, description = "In force", body = Assistant),
        (status = 409, description = "Tests fail, or it was changed by another meanwhile", body = ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn publish(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<AssistantId>,
    Body(wish): Body<PublishWish>,
) -> Result<Json<Assistant>, Problem> {
    let held = find(&state, caller, id).await?;
    if held.revision != wish.revision {
        return Err(Problem::changed());
    }
    let store = state.store();
    let planned = versions::publish(store, caller.workspace, &held, state.now()).await;
    let (wanted, plan) = planned.map_err(told)?;
    proven(wanted).await?;
    versions::stored(store, plan.commit).await.map_err(told)?;
    Ok(Json(view(&find(&state, caller, id).await?)))
}

/// Bring an earlier version of an assistant back
///
/// It becomes a new version; nothing is forgotten.
#[utoipa::path(post, path = "/api/v1/assistants/{assistant}/rollback", operation_id = "roll_assistant_back", tag = "assistants",
    params(("assistant" = Uuid, Path)), security(("key" = ["admin"])), request_body = RollbackWish,
    responses((status = 200, description = "In force", body = Assistant),
        (status = 409, description = "It names what is gone, or was changed by another meanwhile", body = ProblemBody, content_type = "application/problem+json"), Refusals))]
pub async fn roll_back(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<AssistantId>,
    Body(wish): Body<RollbackWish>,
) -> Result<Json<Assistant>, Problem> {
    let held = find(&state, caller, id).await?;
    if held.revision != wish.revision {
        return Err(Problem::changed());
    }
    let store = state.store();
    let planned = versions::roll_back(store, caller.workspace, &held, wish.to, state.now()).await;
    let (_, plan) = planned.map_err(told)?;
    versions::stored(store, plan.commit).await.map_err(told)?;
    Ok(Json(view(&find(&state, caller, id).await?)))
}

/// Plays the required tests on settings that are to be.
async fn proven(wanted: Settings) -> Result<(), Problem> {
    let playing = tokio::task::spawn_blocking(move || run::required(&wanted));
    // What can't be played proves nothing.
    let outcomes = playing.await.map_err(|_| Problem::internal())?;
    let failed: Vec<Outcome> = outcomes.into_iter().filter(|one| !one.passed()).collect();
    if failed.is_empty() {
        return Ok(());
    }
    Err(Problem::conflict(
        "tests-fail",
        listed(&failed),
        both!(
            "Corrija o rascunho ou os testes; `ponte test` os mostra por inteiro.",
            "Correct the draft or the tests; `ponte test` shows them whole."
        ),
    ))
}

fn listed(failed: &[Outcome]) -> Both {
    let lines = |lang: Lang| {
        let lines = failed.iter().flat_map(|one| one.lines(lang)).take(LINES);
        lines.collect::<Vec<_>>().join("\n")
    };
    Both {
        pt: lines(Lang::Pt),
        en: lines(Lang::En),
    }
}
