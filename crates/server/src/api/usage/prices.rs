//! `GET` and `PUT /api/v1/usage/prices`: a workspace's own prices of models, and what a dollar costs it.
//!
//! In: a list that replaces the one before. Out: that list, and the program's own beside it. Absent: prices fetched
//! from anywhere; somebody has seen each on a day. Next: `ponte_models::prices`.

use crate::api::ApiState;
use crate::api::caller::{Admin, Reader};
use crate::api::describe::Refusals;
use crate::api::extract::Body;
use crate::api::problem::Problem;
use crate::models::money::{self, DOCUMENT, PriceBook};
use crate::words::Both;
use axum::Json;
use axum::extract::State;
use ponte_models::prices::Prices;
use ponte_store::Commit;
use ponte_store::rows::workspace::DocumentRow;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Prices in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct PricesShown {
    /// The workspace's own, which count first.
    #[schema(value_type = Object)]
    pub own: PriceBook,
    /// The program's.
    #[schema(value_type = Object)]
    pub built_in: Prices,
}

/// Show the prices of models
#[utoipa::path(get, path = "/api/v1/usage/prices", operation_id = "get_prices", tag = "usage", security(("key" = ["read"])),
    responses((status = 200, description = "Prices, each with the day it was seen", body = PricesShown), Refusals))]
pub async fn get(
    Reader(caller): Reader,
    State(state): State<ApiState>,
) -> Result<Json<PricesShown>, Problem> {
    Ok(Json(PricesShown {
        own: money::book(state.store(), caller.workspace).await?,
        built_in: Prices::built_in().unwrap_or_default(),
    }))
}

/// Replace the workspace's own prices
///
/// Micro-dollars per million tokens; each with the day it was seen.
#[utoipa::path(put, path = "/api/v1/usage/prices", operation_id = "put_prices", tag = "usage", security(("key" = ["admin"])),
    request_body(content = Object),
    responses((status = 200, description = "Prices in force", body = PricesShown), Refusals))]
pub async fn put(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Body(book): Body<PriceBook>,
) -> Result<Json<PricesShown>, Problem> {
    book.check()
        .map_err(|why| Problem::bad(Both::same(format!("{why}."))))?;
    let known = state
        .store()
        .document(caller.workspace, DOCUMENT, Uuid::nil())
        .await?;
    let mut commit = Commit::new();
    let row = DocumentRow {
        workspace: caller.workspace,
        kind: DOCUMENT.into(),
        id: Uuid::nil(),
        name: DOCUMENT.into(),
        body: serde_json::to_value(&book).unwrap_or_default(),
        revision: 0,
        updated: state.now(),
    };
    commit.put_document(&row, known.map_or(0, |row| row.revision));
    if !state.store().commit(commit).await?.stored() {
        return Err(Problem::changed());
    }
    get(Reader(caller), State(state)).await
}
