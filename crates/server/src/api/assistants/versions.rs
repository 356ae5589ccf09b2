//! `GET /api/v1/assistants/{assistant}/versions` and `…/diff`: what was in force, and what changed.
//!
//! In: an id, two versions. Out: [`AssistantVersion`]s, newest first; a difference as people read it.
//! Absent: bringing one back (`publish.rs`).

use super::view::{find, told};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::{Id, Query};
use crate::api::page::Page;
use crate::api::problem::Problem;
use crate::api::time::show_some;
use crate::workspace::diff::diff;
use crate::workspace::versions::{self, Held, Version};
use axum::Json;
use axum::extract::State;
use ponte_core::ids::AssistantId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// One version of an assistant.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssistantVersion {
    pub revision: u64,
    /// Since when it was in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Until when; absent: it is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// As `assistants/KEY.yaml`; absent where it names a team or an assistant that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Two {
    /// The older revision
    from: u64,
    /// The newer revision; left out: the draft, or without one what is in force
    #[serde(default)]
    to: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Difference {
    /// Lines with `+` and `-` and some around them; empty: nothing differs.
    pub diff: String,
}

/// List the versions of an assistant
#[utoipa::path(get, path = "/api/v1/assistants/{assistant}/versions", operation_id = "list_assistant_versions", tag = "assistants",
    params(("assistant" = Uuid, Path)), security(("key" = ["read"])),
    responses((status = 200, description = "Newest first", body = Page<AssistantVersion>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<AssistantId>,
) -> Result<Json<Page<AssistantVersion>>, Problem> {
    let held = find(&state, caller, id).await?;
    let all = versions::versions(state.store(), caller.workspace, &held).await;
    let items = all
        .map_err(told)?
        .into_iter()
        .map(|version| AssistantVersion {
            revision: version.revision,
            since: show_some(version.since),
            until: show_some(version.until),
            file: version.text,
        });
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}

/// Show what differs between two versions
#[utoipa::path(get, path = "/api/v1/assistants/{assistant}/diff", operation_id = "diff_assistant", tag = "assistants",
    params(("assistant" = Uuid, Path), Two), security(("key" = ["read"])),
    responses((status = 200, description = "The difference", body = Difference), Refusals))]
pub async fn compare(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<AssistantId>,
    Query(two): Query<Two>,
) -> Result<Json<Difference>, Problem> {
    let held = find(&state, caller, id).await?;
    let all = versions::versions(state.store(), caller.workspace, &held).await;
    let diff = between(&held, &all.map_err(told)?, two.from, two.to);
    Ok(Json(Difference {
        diff: diff.ok_or_else(Problem::not_found)?,
    }))
}

/// The difference of two versions; `None` where one is not kept. `to` absent: the draft, or what is in force.
#[must_use]
pub fn between(held: &Held, all: &[Version], from: u64, to: Option<u64>) -> Option<String> {
    let text = |revision: u64| {
        let found = all.iter().find(|version| version.revision == revision);
        found.and_then(|version| version.text.clone())
    };
    let newer = match (to, &held.draft) {
        (Some(revision), _) => text(revision)?,
        (None, Some(draft)) => draft.text.clone(),
        (None, None) => text(held.revision)?,
    };
    let path = format!("assistants/{}.yaml", held.key);
    let files = |text: String| BTreeMap::from([(path.clone(), text)]);
    Some(diff(&files(text(from)?), &files(newer)))
}
