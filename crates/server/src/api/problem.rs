//! Says what went wrong with a request: RFC 9457, always the same shape, in the caller's language.
//!
//! In: the reason, as a [`Problem`]. Out: `application/problem+json` with type, title, status, detail
//! and what to do. Absent on purpose: internal error texts (they are logged, with the request's id)
//! and anything that tells a stranger whether a foreign row exists. Next: `extract.rs`, `caller.rs`.

use crate::both;
use crate::words::{Both, Lang};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ponte_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// A refusal. Boxed, so that results stay small on the way that goes well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(Box<Told>);

/// What is told of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub status: StatusCode,
    /// The last part of `type`; clients may rely on it.
    pub code: &'static str,
    pub title: Both,
    pub detail: Both,
    pub todo: Both,
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:ponte:problem:CODE`; the code is stable.
    #[serde(rename = "type")]
    #[schema(example = "urn:ponte:problem:not-found")]
    pub kind: String,
    pub title: String,
    #[schema(example = 404)]
    pub status: u16,
    pub detail: String,
    /// What to do about it.
    pub todo: String,
}

impl std::ops::Deref for Problem {
    type Target = Told;
    fn deref(&self) -> &Told {
        &self.0
    }
}

impl Problem {
    #[must_use]
    pub fn not_found() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::NOT_FOUND,
            code: "not-found",
            title: both!("Não existe", "Not found"),
            detail: both!(
                "Não há nada com este endereço neste workspace.",
                "There is nothing at this address in this workspace."
            ),
            todo: both!(
                "Confira o id e a chave usada.",
                "Check the id and the key in use."
            ),
        }))
    }

    #[must_use]
    pub fn no_key() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::UNAUTHORIZED,
            code: "no-key",
            title: both!("Sem chave válida", "No valid key"),
            detail: both!(
                "Este endereço pede uma chave de API válida.",
                "This address asks for a valid API key."
            ),
            todo: both!(
                "Mande `Authorization: Bearer pk_…`; crie uma com `ponte key create`.",
                "Send `Authorization: Bearer pk_…`; make one with `ponte key create`."
            ),
        }))
    }

    #[must_use]
    pub fn no_scope(scope: &'static str) -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::FORBIDDEN,
            code: "no-scope",
            title: both!("Chave sem permissão", "The key may not do this"),
            detail: both!(
                "Esta chave não tem o escopo `{scope}`.",
                "This key lacks the scope `{scope}`."
            ),
            todo: both!("Use uma chave que o tenha.", "Use a key that has it."),
        }))
    }

    /// The request itself is wrong; `detail` names the place.
    #[must_use]
    pub fn bad(detail: Both) -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::BAD_REQUEST,
            code: "bad-request",
            title: both!("Pedido malformado", "Malformed request"),
            detail,
            todo: both!(
                "Corrija o pedido; as formas estão em /api/v1/openapi.json.",
                "Correct the request; the shapes are in /api/v1/openapi.json."
            ),
        }))
    }

    /// What is there stands against it.
    #[must_use]
    pub fn conflict(code: &'static str, detail: Both, todo: Both) -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::CONFLICT,
            code,
            title: both!("Não combina com o que há", "Not with what is there"),
            detail,
            todo,
        }))
    }

    /// Somebody was faster.
    #[must_use]
    pub fn changed() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::CONFLICT,
            code: "changed",
            title: both!("Mudou enquanto isso", "Changed meanwhile"),
            detail: both!(
                "Outra pessoa mudou isto depois que você leu.",
                "Somebody changed this after you read it."
            ),
            todo: both!(
                "Leia de novo e mande a mudança com a `revision` atual.",
                "Read it again, and send the change with the current `revision`."
            ),
        }))
    }

    #[must_use]
    pub fn too_large(limit: usize) -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            code: "too-large",
            title: both!("Grande demais", "Too large"),
            detail: both!(
                "O corpo passa de {limit} bytes.",
                "The body is over {limit} bytes."
            ),
            todo: both!("Mande menos de uma vez.", "Send less at once."),
        }))
    }

    #[must_use]
    pub fn too_long(limit: usize) -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::URI_TOO_LONG,
            code: "too-long",
            title: both!("Endereço longo demais", "Address too long"),
            detail: both!(
                "O endereço passa de {limit} bytes.",
                "The address is over {limit} bytes."
            ),
            todo: both!("Encurte os parâmetros.", "Shorten the parameters."),
        }))
    }

    #[must_use]
    pub fn method() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method-not-allowed",
            title: both!("Método errado", "Wrong method"),
            detail: both!(
                "Este endereço não aceita este método.",
                "This address does not take this method."
            ),
            todo: both!(
                "Veja os métodos em /api/v1/openapi.json.",
                "See the methods in /api/v1/openapi.json."
            ),
        }))
    }

    #[must_use]
    pub fn host() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::MISDIRECTED_REQUEST,
            code: "unknown-host",
            title: both!("Nome desconhecido", "Unknown name"),
            detail: both!(
                "Este servidor não atende por este nome.",
                "This server doesn't answer to this name."
            ),
            todo: both!(
                "Acrescente o nome em PONTE_HOSTS.",
                "Add the name to PONTE_HOSTS."
            ),
        }))
    }

    #[must_use]
    pub fn busy() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "busy",
            title: both!("Ocupado", "Busy"),
            detail: both!(
                "O servidor não dá conta agora.",
                "The server can't keep up right now."
            ),
            todo: both!("Tente de novo em um segundo.", "Try again in a second."),
        }))
    }

    #[must_use]
    pub fn slow() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::GATEWAY_TIMEOUT,
            code: "slow",
            title: both!("Demorou demais", "Took too long"),
            detail: both!(
                "A resposta não ficou pronta a tempo.",
                "The answer was not ready in time."
            ),
            todo: both!(
                "Tente de novo; repetir com o mesmo `client` é seguro.",
                "Try again; repeating with the same `client` is safe."
            ),
        }))
    }

    /// Our fault. What happened is in the log.
    #[must_use]
    pub fn internal() -> Problem {
        Problem(Box::new(Told {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            code: "internal",
            title: both!("Erro interno", "Internal error"),
            detail: both!("Algo falhou aqui dentro.", "Something failed in here."),
            todo: both!(
                "Tente de novo; se continuar, `ponte doctor` mostra o porquê.",
                "Try again; if it stays, `ponte doctor` says why."
            ),
        }))
    }

    #[must_use]
    pub fn body(&self, lang: Lang) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:ponte:problem:{}", self.code),
            title: self.title.get(lang).to_string(),
            status: self.status.as_u16(),
            detail: self.detail.get(lang).to_string(),
            todo: self.todo.get(lang).to_string(),
        }
    }

    fn response(&self, lang: Lang) -> Response {
        let body = serde_json::to_vec(&self.body(lang)).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(match lang {
                Lang::Pt => "pt-BR",
                Lang::En => "en",
            }),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// English, with the problem attached so that [`speak`] can say it in the caller's language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.response(Lang::En);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::Busy | StoreError::Full | StoreError::Gone(_) | StoreError::Unsure => {
                Problem::busy()
            }
            StoreError::Slow => Problem::slow(),
            StoreError::Io(_)
            | StoreError::Locked(_)
            | StoreError::Newer { .. }
            | StoreError::Corrupt(_)
            | StoreError::Invalid(_)
            | StoreError::Internal(_) => {
                tracing::error!(%error, "the store failed under an API request");
                Problem::internal()
            }
        }
    }
}

/// Middleware: refusals in the language of `Accept-Language`.
pub async fn speak(request: Request, next: Next) -> Response {
    let header = request.headers().get(header::ACCEPT_LANGUAGE);
    let lang = header
        .and_then(|value| value.to_str().ok())
        .map_or(Lang::En, Lang::from_header);
    let response = next.run(request).await;
    match (lang, response.extensions().get::<Problem>()) {
        (Lang::Pt, Some(problem)) => problem.response(Lang::Pt),
        (Lang::Pt | Lang::En, _) => response,
    }
}
