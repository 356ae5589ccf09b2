//! `GET /api/v1/contacts/{contact}`: one contact.
//!
//! In: its id. Out: a [`Contact`]; 404 for another workspace's. Absent: its conversations (a filter of
//! their list). Next: `mod.rs`.

use super::{Contact, view};
use crate::api::ApiState;
use crate::api::caller::Reader;
use crate::api::describe::Refusals;
use crate::api::extract::Id;
use crate::api::problem::Problem;
use axum::Json;
use axum::extract::State;
use ponte_core::ids::ContactId;

/// Get a contact
#[utoipa::path(get, path = "/api/v1/contacts/{contact}", operation_id = "get_contact", tag = "contacts",
    params(("contact" = Uuid, Path)), security(("key" = ["read"])),
    responses((status = 200, description = "The contact", body = Contact), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
    Id(id): Id<ContactId>,
) -> Result<Json<Contact>, Problem> {
    let found = state.store().contact(id).await?;
    let row = found
        .filter(|row| row.workspace == caller.workspace)
        .ok_or_else(Problem::not_found)?;
    Ok(Json(view(row)))
}
