//! `/api/v1/intents`: what customers can want.
//!
//! In: names with descriptions. Out: the list, one, changes by revision, removal with the examples.

use crate::api::ApiState;
use crate::api::caller::{Reader, Writer};
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::knowledge::{Asked, DONE, after, changed, stored};
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use crate::api::time::show;
use crate::both;
use crate::understanding::checked_name;
use crate::understanding::lesson::INTENTS_MOST;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ponte_core::ids::WorkspaceId;
use ponte_store::Commit;
use ponte_store::rows::training::IntentRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Letters of a description, and assistants an intent is for.
const DESCRIPTION_MOST: usize = 1_000;
const ASSISTANTS_MOST: usize = 100;

#[derive(Debug, Serialize, ToSchema)]
pub struct Intent {
    pub id: Uuid,
    pub name: String,
    pub description: String,
    /// Off: it is neither trained on nor told.
    pub enabled: bool,
    /// The assistants it is for, by name; none: all.
    pub assistants: Vec<String>,
    pub revision: u64,
    pub created: String,
    pub updated: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WrittenIntent {
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// On unless it is said otherwise.
    pub enabled: Option<bool>,
    #[serde(default)]
    pub assistants: Vec<String>,
    /// As it was read; for changes only.
    pub revision: Option<u64>,
}

/// List intents
#[utoipa::path(get, path = "/api/v1/intents", operation_id = "list_intents", tag = "intents",
    security(("key" = ["read"])), params(Asked),
    responses((status = 200, description = "A page", body = Page<Intent>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Intent>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = after(asked.after.as_deref())?;
    let rows = state
        .store()
        .intents(caller.workspace, after, limit)
        .await?;
    Ok(Json(Page {
        items: rows.items.into_iter().map(view).collect(),
        next: rows.next.map(|id| id.to_string()),
    }))
}

/// Add an intent
#[utoipa::path(post, path = "/api/v1/intents", operation_id = "add_intent", tag = "intents",
    security(("key" = ["write"])), request_body = WrittenIntent,
    responses((status = 201, description = "Added", body = Intent), Refusals))]
pub async fn add(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Body(new): Body<WrittenIntent>,
) -> Result<(StatusCode, Json<Intent>), Problem> {
    let most = u32::try_from(INTENTS_MOST).unwrap_or(u32::MAX);
    let all = state.store().intents(caller.workspace, None, most).await?;
    if all.items.len() >= INTENTS_MOST {
        return Err(Problem::bad(both!(
            "Há {INTENTS_MOST} intenções. Junte ou apague algumas.",
            "There are {INTENTS_MOST} intents. Merge or delete some."
        )));
    }
    let now = state.now();
    let id = state.app.env.ids.next(now);
    let row = row(new, id, caller.workspace, now)?;
    let mut commit = Commit::new();
    commit.put_intent(&row, 0);
    stored(&state.store().commit(commit).await?)?;
    let row = one(&state, caller.workspace, id).await?;
    Ok((StatusCode::CREATED, Json(view(row))))
}

/// Read an intent
#[utoipa::path(get, path = "/api/v1/intents/{intent}", operation_id = "get_intent", tag = "intents",
    security(("key" = ["read"])), params(("intent" = Uuid, Path, description = "The intent's id")),
    responses((status = 200, description = "The intent", body = Intent), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<Json<Intent>, Problem> {
    one(&state, caller.workspace, id)
        .await
        .map(|row| Json(view(row)))
}

/// Change an intent
#[utoipa::path(put, path = "/api/v1/intents/{intent}", operation_id = "change_intent", tag = "intents",
    security(("key" = ["write"])), params(("intent" = Uuid, Path, description = "The intent's id")), request_body = WrittenIntent,
    responses((status = 200, description = "Changed", body = Intent), Refusals))]
pub async fn change(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
    Body(new): Body<WrittenIntent>,
) -> Result<Json<Intent>, Problem> {
    let old = one(&state, caller.workspace, id).await?;
    if new.revision != Some(old.revision) {
        return Err(changed());
    }
    let row = row(new, id, caller.workspace, state.now())?;
    let mut commit = Commit::new();
    commit.put_intent(&row, old.revision);
    stored(&state.store().commit(commit).await?)?;
    one(&state, caller.workspace, id)
        .await
        .map(|row| Json(view(row)))
}

/// Remove an intent with its examples
#[utoipa::path(delete, path = "/api/v1/intents/{intent}", operation_id = "remove_intent", tag = "intents",
    security(("key" = ["write"])), params(("intent" = Uuid, Path, description = "The intent's id")),
    responses((status = 204, description = "Removed"), Refusals))]
pub async fn remove(
    Writer(caller): Writer,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
) -> Result<StatusCode, Problem> {
    let mut commit = Commit::new();
    commit.drop_intent(caller.workspace, id);
    stored(&state.store().commit(commit).await?)?;
    Ok(DONE)
}

pub(super) async fn one(
    state: &ApiState,
    workspace: WorkspaceId,
    id: Uuid,
) -> Result<IntentRow, Problem> {
    let row = state.store().intent(workspace, id).await?;
    row.ok_or_else(Problem::not_found)
}

fn row(
    new: WrittenIntent,
    id: Uuid,
    workspace: WorkspaceId,
    now: ponte_core::Time,
) -> Result<IntentRow, Problem> {
    let long = new.description.chars().count() > DESCRIPTION_MOST;
    if long || new.assistants.len() > ASSISTANTS_MOST {
        return Err(Problem::bad(both!(
            "`description` tem até {DESCRIPTION_MOST} letras e `assistants` até {ASSISTANTS_MOST} nomes.",
            "`description` has up to {DESCRIPTION_MOST} letters and `assistants` up to {ASSISTANTS_MOST} names."
        )));
    }
    Ok(IntentRow {
        id,
        workspace,
        name: checked_name(&new.name).map_err(Problem::bad)?,
        description: new.description.trim().to_owned(),
        enabled: new.enabled.unwrap_or(true),
        assistants: new.assistants,
        revision: 0,
        created: now,
        updated: now,
    })
}

fn view(row: IntentRow) -> Intent {
    Intent {
        id: row.id,
        name: row.name,
        description: row.description,
        enabled: row.enabled,
        assistants: row.assistants,
        revision: row.revision,
        created: show(row.created),
        updated: show(row.updated),
    }
}
