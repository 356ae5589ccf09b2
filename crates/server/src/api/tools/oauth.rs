//! `POST /api/v1/tool-credentials/{name}/connect` and `GET /api/v1/oauth/callback`: a person's agreement.
//!
//! In: where this server is reached; then the code that the other side sends the person back with. Out: the
//! address to go to; then a page of one sentence. The callback has no key: it is a stranger's browser, and only a
//! state that this server made, ten minutes ago at most, makes it do anything. Next: `crate::tools::oauth`.

use crate::api::ApiState;
use crate::api::caller::Admin;
use crate::api::describe::Refusals;
use crate::api::extract::{Body, Id, Query};
use crate::api::problem::Problem;
use crate::both;
use crate::tools::credential::CredentialError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Where the other side sends people back to.
const CALLBACK: &str = "/api/v1/oauth/callback";

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConnectWish {
    /// Where this server is reached from outside: `https://ponte.loja.com.br`.
    pub base: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectAt {
    /// Open it in a browser and agree.
    pub url: String,
    /// To be written down at the other side as the address to come back to.
    pub redirect: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Back {
    pub state: Option<String>,
    pub code: Option<String>,
    /// The person did not agree, or the other side refused.
    pub error: Option<String>,
}

/// Connect a credential
#[utoipa::path(post, path = "/api/v1/tool-credentials/{name}/connect", operation_id = "connect_tool_credential", tag = "tools",
    params(("name" = String, Path)), security(("key" = ["admin"])), request_body = ConnectWish,
    responses((status = 200, description = "Where to agree", body = ConnectAt), Refusals))]
pub async fn connect(
    Admin(caller): Admin,
    State(state): State<ApiState>,
    Id(name): Id<String>,
    Body(wish): Body<ConnectWish>,
) -> Result<Json<ConnectAt>, Problem> {
    let row = state
        .store()
        .credential_named(caller.workspace, &name)
        .await?;
    let row = row.ok_or_else(Problem::not_found)?;
    let base = wish.base.trim_end_matches('/');
    let local = base.starts_with("http://localhost") || base.starts_with("http://127.0.0.1");
    if !(base.starts_with("https://") || local) || base.contains(['?', '#', '@']) {
        return Err(Problem::bad(both!(
            "`base` é o endereço deste servidor, como https://ponte.loja.com.br.",
            "`base` is this server's address, such as https://ponte.shop.com."
        )));
    }
    let redirect = format!("{base}{CALLBACK}");
    let url = state
        .app
        .tools
        .connect(caller.workspace, row.id, &redirect)
        .await;
    let url = url.map_err(|why| match why {
        CredentialError::Store(error) => error.into(),
        CredentialError::Missing
        | CredentialError::Host
        | CredentialError::Unreadable(_)
        | CredentialError::Connect
        | CredentialError::NoToken => Problem::bad(both!(
            "esta credencial não se conecta assim ({why}).",
            "this credential is not connected like this ({why})."
        )),
    })?;
    Ok(Json(ConnectAt { url, redirect }))
}

/// Come back from an agreement
#[utoipa::path(get, path = "/api/v1/oauth/callback", operation_id = "oauth_callback", tag = "tools", params(Back),
    responses((status = 200, description = "Connected", body = String, content_type = "text/plain"),
        (status = 400, description = "Not connected", body = String, content_type = "text/plain")))]
pub async fn callback(
    State(state): State<ApiState>,
    Query(back): Query<Back>,
) -> (StatusCode, &'static str) {
    let (Some(known), Some(code), None) = (back.state, back.code, back.error) else {
        return (StatusCode::BAD_REQUEST, NOT_CONNECTED);
    };
    match state.app.tools.connected(&known, &code).await {
        Ok(()) => (StatusCode::OK, CONNECTED),
        Err(why) => {
            tracing::warn!(%why, "a credential was not connected");
            (StatusCode::BAD_REQUEST, NOT_CONNECTED)
        }
    }
}

/// A browser of nobody known asks: both languages at once.
const CONNECTED: &str =
    "Conectado. Pode fechar esta página.\nConnected. You may close this page.\n";
const NOT_CONNECTED: &str =
    "Não foi conectado: comece de novo pelo Ponte.\nNot connected: begin again from Ponte.\n";
