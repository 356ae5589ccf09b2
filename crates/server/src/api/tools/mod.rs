//! Tools over the API: what assistants may call, with which credentials, and what was called.
//!
//! In: requests with a key. Out: tools, credentials without their secrets, MCP servers, the ledger. Absent:
//! calling a tool for a customer, which only a conversation does. Next: [`list`], [`write`], `crate::tools`.

pub mod calls;
pub mod credentials;
pub mod import;
pub mod list;
pub mod oauth;
pub mod servers;
pub mod trial;
pub mod write;

use super::ApiState;
use super::problem::Problem;
use crate::tools::manage::Refusal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes.
#[must_use]
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(write::put))
        .routes(routes!(write::delete))
        .routes(routes!(trial::try_out))
        .routes(routes!(import::import))
        .routes(routes!(calls::list))
        .routes(routes!(credentials::list))
        .routes(routes!(credentials::put))
        .routes(routes!(credentials::delete))
        .routes(routes!(oauth::connect))
        .routes(routes!(oauth::callback))
        .routes(routes!(servers::list))
        .routes(routes!(servers::put))
        .routes(routes!(servers::delete))
        .routes(routes!(servers::offers))
}

pub(super) fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Wrong(why) => Problem::bad(why),
        Refusal::Missing => Problem::not_found(),
        Refusal::Changed => Problem::changed(),
        Refusal::Store(error) => error.into(),
    }
}
