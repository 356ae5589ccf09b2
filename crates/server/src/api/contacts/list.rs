//! `GET /api/v1/contacts`: a page of contacts in the order of their names.
//!
//! In: the beginning of a name and a cursor. Out: [`Contact`]s. Absent: search inside names. Next:
//! `get.rs`.

use super::{Contact, fold, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Query;
use crate::api::page::{self, Page};
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ContactId;
use serde::Deserialize;
use utoipa::IntoParams;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Contacts in a page, 1 to 100; 50 when left out
    limit: Option<u32>,
    /// `next` of the page before
    after: Option<String>,
    /// Beginning of the name; case and accents don't matter
    #[serde(default)]
    name: String,
}

/// List contacts
#[utoipa::path(get, path = "/api/v1/contacts", operation_id = "list_contacts", tag = "contacts", params(Asked), security(("key" = ["read"])),
    responses((status = 200, description = "A page, by name", body = Page<Contact>), Refusals))]
pub async fn list(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<Contact>>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = page::named::<ContactId>(asked.after.as_deref())?;
    let found = state
        .store()
        .contacts(caller.workspace, &fold(&asked.name), after, limit)
        .await?;
    Ok(Json(Page {
        items: found.items.into_iter().map(view).collect(),
        next: found.next.map(|(name, id)| format!("{id}~{name}")),
    }))
}
