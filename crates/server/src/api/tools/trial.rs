//! `POST /api/v1/tools/{tool}/try`: a tool with sample values.
//!
//! In: values, or none for the tool's own sample; whether the other side is really asked. Out: the request as it
//! is made, and what came of it. Absent: the credential's proof, which is never shown. Next:
//! `crate::tools::trial`.

use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id};
use crate::api::problem::Problem;
use crate::tools::kept;
use crate::tools::trial::Tried;
use crate::tools::{Called, words};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryWish {
    /// Absent: the tool's sample.
    #[schema(value_type = Option<Object>)]
    pub arguments: Option<Value>,
    /// The other side is asked, even where the sample has an answer. What has effects has them.
    #[serde(default)]
    pub real: bool,
}

/// What came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ToolTried {
    /// `done`, `unfit`, or the word of the failure.
    pub outcome: &'static str,
    /// What was (or would be) sent: method, address, body.
    #[schema(value_type = Option<Object>)]
    pub request: Option<Value>,
    /// The sample's answer was read; nobody was asked.
    pub from_sample: bool,
    /// What a model is given.
    #[schema(value_type = Object)]
    pub result: Value,
    /// What a customer would hear of a failure, in Portuguese.
    pub said_pt: Option<String>,
    pub said_en: Option<String>,
    /// What a customer would hear when it is slow, in Portuguese.
    pub progress_pt: String,
}

/// A try as API and command line show it.
#[must_use]
pub fn view(tool: &ponte_tools::Tool, tried: Tried) -> ToolTried {
    let progress_pt = words::progress(tool).pt;
    match tried {
        Tried::Unfit(why) => ToolTried {
            outcome: "unfit",
            request: None,
            from_sample: false,
            result: json!({"error": why.to_string()}),
            said_pt: None,
            said_en: None,
            progress_pt,
        },
        Tried::Went {
            request,
            from_sample,
            called,
        } => {
            let request = request.map(|built| {
                let body = String::from_utf8_lossy(&built.body).into_owned();
                json!({"method": built.method, "url": built.url, "headers": built.headers, "body": body})
            });
            let (outcome, result, said) = match called {
                Called::Done(output) => ("done", output.for_model(&tool.name), None),
                Called::Deed(deed) => ("done", json!(format!("{deed:?}")), None),
                Called::Failed { failure, said } => {
                    (failure.code(), failure.for_model(), Some(said))
                }
            };
            ToolTried {
                outcome,
                request,
                from_sample,
                result,
                said_pt: said.as_ref().map(|said| said.pt.clone()),
                said_en: said.map(|said| said.en),
                progress_pt,
            }
        }
    }
}

/// Try a tool
#[utoipa::path(post, path = "/api/v1/tools/{tool}/try", operation_id = "try_tool", tag = "tools",
    params(("tool" = String, Path, description = "Its name")), security(("key" = ["admin"])), request_body = TryWish,
    responses((status = 200, description = "What came of it", body = ToolTried), Refusals))]
pub async fn try_out(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Body(wish): Body<TryWish>,
) -> Result<Json<ToolTried>, Problem> {
    let all = kept::all(state.store(), caller.workspace).await?;
    let tool = all.into_iter().find(|tool| tool.name == name);
    let tool = tool.ok_or_else(Problem::not_found)?;
    let tools = &state.app.tools;
    let tried = tools.try_out(caller.workspace, &tool, wish.arguments.as_ref(), wish.real);
    Ok(Json(view(&tool, tried.await?)))
}
