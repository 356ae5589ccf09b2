//! `/api/v1/knowledge/…`: what the workspace knows.
//!
//! In: sources, files, texts, curated answers, questions. Out: rows as views, readings to be watched, and
//! what production would find. Deleting is at once, and can be taken back for 30 days. Absent: whose
//! words answer (the router's). Next: `sources.rs`, `search.rs`.

pub mod documents;
pub mod faq;
pub mod jobs;
pub mod search;
pub mod sources;
pub mod suggestions;
pub mod view;

use super::problem::Problem;
use crate::both;
use axum::http::StatusCode;
use ponte_store::{Committed, Refused};
use serde::Deserialize;
use utoipa::IntoParams;

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Items in a page, 1 to 100; 50 when left out
    pub limit: Option<u32>,
    /// `next` of the page before
    pub after: Option<String>,
    /// Those that were deleted and can be brought back
    pub deleted: Option<bool>,
}

/// A cursor of one id.
pub(in crate::api) fn after(text: Option<&str>) -> Result<Option<uuid::Uuid>, Problem> {
    let wrong = || {
        Problem::bad(both!(
            "`after` não veio de uma página desta lista.",
            "`after` did not come from a page of this list."
        ))
    };
    text.map(|text| text.parse().map_err(|_| wrong()))
        .transpose()
}

/// What a commit that was refused means to the caller.
pub(in crate::api) fn stored(done: &Committed) -> Result<(), Problem> {
    match done.refused {
        None => Ok(()),
        Some(Refused::Missing) => Err(Problem::not_found()),
        Some(Refused::Constraint) => Err(Problem::conflict(
            "taken",
            both!(
                "Já existe um com este nome.",
                "There is one with this name already."
            ),
            both!("Escolha outro nome.", "Choose another name."),
        )),
        Some(_) => Err(changed()),
    }
}

/// Somebody else was faster.
pub(in crate::api) fn changed() -> Problem {
    Problem::conflict(
        "changed",
        both!(
            "Alguém mudou isto desde que foi lido.",
            "Somebody changed this since it was read."
        ),
        both!(
            "Leia de novo e mande a `revision` atual.",
            "Read it again and send the current `revision`."
        ),
    )
}

/// Nothing to say.
pub(in crate::api) const DONE: StatusCode = StatusCode::NO_CONTENT;
