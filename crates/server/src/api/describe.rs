//! Describes the API as OpenAPI 3.1, made of the routes themselves.
//!
//! In: every route. Out: the document, served and committed as `openapi.json` (a test keeps it
//! current). Absent: hand-written descriptions, which would drift. Next: `mod.rs`, which mounts it.

use super::problem::ProblemBody;
use super::{
    ApiState, account_events, alerts, assistants, contacts, conversations, intents, knowledge,
    live, messages, numbers, providers, quarantine, sends, templates, tools, usage,
};
use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{IntoResponses, Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Refusals that every route may answer with.
#[derive(IntoResponses)]
pub enum Refusals {
    /// The request is malformed; `detail` names the place
    #[response(status = 400, content_type = "application/problem+json")]
    Bad(ProblemBody),
    /// No valid key
    #[response(status = 401, content_type = "application/problem+json")]
    NoKey(ProblemBody),
    /// The key lacks the scope
    #[response(status = 403, content_type = "application/problem+json")]
    NoScope(ProblemBody),
    /// Nothing of this workspace is there
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(ProblemBody),
    /// Try again in a second
    #[response(status = 503, content_type = "application/problem+json")]
    Busy(ProblemBody),
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Ponte",
        description = "Conversations, messages, contacts and numbers of one workspace; commands on conversations; a live feed.\n\nEvery request carries `Authorization: Bearer pk_…`. Lists are pages: give `next` back as `after`. Refusals are RFC 9457 problems in Portuguese or English, by `Accept-Language`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(ProblemBody, conversations::list::Owner)),
    modifiers(&KeyScheme),
    servers((url = "/")),
)]
struct Head;

struct KeyScheme;

impl Modify for KeyScheme {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("pk_")
            .description(Some(
                "A key made by `ponte key create`, with scopes read, write and admin",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(scheme));
    }
}

/// Routes that answer within seconds.
#[must_use]
pub fn quick() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(conversations::list::list))
        .routes(routes!(conversations::get::get))
        .routes(routes!(conversations::messages::messages))
        .routes(routes!(conversations::events::events))
        .routes(routes!(conversations::command::command))
        .routes(routes!(conversations::seen::seen))
        .merge(looking())
        .routes(routes!(messages::explain::explain))
        .routes(routes!(contacts::list::list))
        .routes(routes!(contacts::get::get))
        .routes(routes!(numbers::list::list))
        .routes(routes!(numbers::get::get))
        .routes(routes!(numbers::cut_off::suspend))
        .routes(routes!(numbers::cut_off::resume))
        .routes(routes!(templates::list::list))
        .routes(routes!(sends::unknown::unknown))
        .routes(routes!(alerts::list::list))
        .routes(routes!(account_events::list::list))
        .routes(routes!(quarantine::counts::get))
        .routes(routes!(quarantine::items::list))
        .routes(routes!(quarantine::items::get))
        .routes(routes!(quarantine::items::retry))
        .routes(routes!(quarantine::deliveries::list))
        .routes(routes!(quarantine::deliveries::get))
        .routes(routes!(quarantine::deliveries::retry))
        .routes(routes!(quarantine::entries::list))
        .routes(routes!(quarantine::entries::retry))
        .merge(knowing())
        .merge(teaching())
        .merge(answering())
}

/// Routes for people who look at a conversation before they write in it.
fn looking() -> OpenApiRouter<ApiState> {
    use conversations::{decisions, insight, suggestions, translate};
    OpenApiRouter::new()
        .routes(routes!(insight::insight))
        .routes(routes!(suggestions::suggestions))
        .routes(routes!(translate::translate))
        .routes(routes!(decisions::decisions))
}

/// Routes of assistants.
fn answering() -> OpenApiRouter<ApiState> {
    use assistants::{draft, list, publish, versions};
    OpenApiRouter::new()
        .routes(routes!(list::list))
        .routes(routes!(list::get))
        .routes(routes!(versions::list))
        .routes(routes!(versions::compare))
        .routes(routes!(draft::save, draft::delete))
        .routes(routes!(publish::roll_back))
}

/// Routes of knowledge.
fn knowing() -> OpenApiRouter<ApiState> {
    use knowledge::{documents, faq, jobs, search, sources};
    OpenApiRouter::new()
        .routes(routes!(sources::list, sources::add))
        .routes(routes!(sources::get, sources::change, sources::delete))
        .routes(routes!(sources::restore))
        .routes(routes!(sources::reviewed))
        .routes(routes!(jobs::file))
        .routes(routes!(jobs::text))
        .routes(routes!(jobs::crawl))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::get))
        .routes(routes!(jobs::cancel))
        .routes(routes!(documents::list))
        .routes(routes!(documents::get, documents::delete))
        .routes(routes!(documents::restore))
        .routes(routes!(documents::passages))
        .routes(routes!(faq::list, faq::add))
        .routes(routes!(faq::get, faq::change, faq::delete))
        .routes(routes!(faq::restore))
        .routes(routes!(search::search))
        .routes(routes!(search::index))
        .merge(tools::routes())
        .routes(routes!(providers::list::list))
        .routes(routes!(providers::write::create))
        .routes(routes!(providers::write::update))
        .routes(routes!(providers::write::delete))
        .routes(routes!(usage::get::get))
        .routes(routes!(usage::prices::get))
        .routes(routes!(usage::prices::put))
}

/// Routes of what people teach.
fn teaching() -> OpenApiRouter<ApiState> {
    use intents::{examples, list, models};
    use knowledge::suggestions;
    OpenApiRouter::new()
        .routes(routes!(list::list, list::add))
        .routes(routes!(list::get, list::change, list::remove))
        .routes(routes!(examples::of, examples::add))
        .routes(routes!(examples::negatives, examples::add_negatives))
        .routes(routes!(examples::remove))
        .routes(routes!(examples::correct))
        .routes(routes!(models::train))
        .routes(routes!(models::list))
        .routes(routes!(models::get))
        .routes(routes!(models::activate))
        .routes(routes!(models::cancel))
        .routes(routes!(models::roll_back))
        .routes(routes!(models::understand))
        .routes(routes!(suggestions::list))
        .routes(routes!(suggestions::refresh))
        .routes(routes!(suggestions::approve))
        .routes(routes!(suggestions::dismiss))
        .routes(routes!(suggestions::undo))
}

/// Routes that go on until one side leaves.
#[must_use]
pub fn streams() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(live::stream::stream))
        // A self-test asks a model seven times, and models are slow.
        .routes(routes!(providers::test::test))
        // Required tests are played first.
        .routes(routes!(assistants::publish::publish))
}

/// The document, as it is served and committed.
#[must_use]
pub fn document_text() -> String {
    let (_, mut document) = quick().split_for_parts();
    let (_, live) = streams().split_for_parts();
    document.merge(live);
    let value = serde_json::to_value(&document).unwrap_or_default();
    format!("{value:#}\n")
}

pub(super) async fn serve(document: String) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        document,
    )
}
