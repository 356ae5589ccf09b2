//! `POST /api/v1/providers/{provider}/test`: the self-test of a provider.
//!
//! In: a model, or none for its first. Out: seven [`Found`]s in the caller's two languages. Real calls, which cost
//! what they cost. Absent: changing anything. Next: `crate::models::probe`.

use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id};
use crate::api::problem::Problem;
use crate::models::probe::{Finding, Step, Went};
use crate::models::provider::Provider;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestWish {
    /// Absent: the provider's first model.
    pub model: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Tested {
    /// Whether nothing went badly.
    pub well: bool,
    pub steps: Vec<Found>,
}

/// One question and its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Found {
    pub step: Step,
    /// `well`, `skipped` or `badly`.
    pub went: &'static str,
    /// The kind of trouble, if there was.
    pub trouble: Option<&'static str>,
    /// What to know and to do, in Portuguese.
    pub pt: String,
    /// The same in English.
    pub en: String,
    pub took_ms: u64,
}

/// A finding as the API and `--json` show it.
#[must_use]
pub fn found(finding: &Finding) -> Found {
    let (went, trouble, pt, en) = match &finding.went {
        Went::Well => ("well", None, String::new(), String::new()),
        Went::Skipped(why) => ("skipped", None, why.pt.clone(), why.en.clone()),
        Went::Badly(trouble) => {
            let row = trouble.kind.row();
            (
                "badly",
                Some(row.word),
                row.pt.to_owned(),
                row.en.to_owned(),
            )
        }
    };
    Found {
        step: finding.step,
        went,
        trouble,
        pt,
        en,
        took_ms: finding.took_ms,
    }
}

/// Test a model provider
///
/// Reachable, key, answer, tool call, structured answer, pieces, embeddings. Takes up to a minute and a half.
#[utoipa::path(post, path = "/api/v1/providers/{provider}/test", operation_id = "test_provider", tag = "providers",
    params(("provider" = Uuid, Path)), security(("key" = ["admin"])), request_body = TestWish,
    responses((status = 200, description = "What was found", body = Tested), Refusals))]
pub async fn test(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(id): Id<Uuid>,
    Body(wish): Body<TestWish>,
) -> Result<Json<Tested>, Problem> {
    let row = state.store().provider(caller.workspace, id).await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let provider = Provider::read(&row).map_err(Problem::bad)?;
    let model = wish.model.unwrap_or_default();
    let findings = state.app.models.probe(&provider, &model).await;
    let steps: Vec<Found> = findings.iter().map(found).collect();
    Ok(Json(Tested {
        well: steps.iter().all(|step| step.trouble.is_none()),
        steps,
    }))
}
