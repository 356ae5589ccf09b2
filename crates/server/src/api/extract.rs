//! Reads paths, queries and bodies of requests, and says exactly what is wrong with them.
//!
//! In: requests. Out: typed values, or a [`Problem`] with the place. Absent on purpose: axum's own
//! extractors, whose refusals are plain text. Next: `caller.rs`, who may ask at all.

use super::problem::Problem;
use crate::both;
use crate::knowledge::reading::FILE_MOST;
use crate::words::{Both, Lang};
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::header;
use axum::http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::str::FromStr;

/// The largest body a command may have: a template with all its parameters is some ten kilobytes.
pub const MAX_BODY: usize = 256 * 1024;
/// Letters of a media type.
const MEDIA_MOST: usize = 200;

/// One or two ids in the path. What isn't an id can't name anything: 404, like an unknown one.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr + Send> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::not_found())?;
        let first = params.iter().next().map(|(_, value)| value);
        first
            .and_then(|value| value.parse().ok())
            .map(Id)
            .ok_or_else(Problem::not_found)
    }
}

/// The query, strictly: an unknown or malformed parameter is refused, not passed over.
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Query(query.0))
            .map_err(|error| {
                let why = cause(&error);
                Problem::bad(both!("Na consulta: {why}.", "In the query: {why}."))
            })
    }
}

/// A JSON body, bounded, with the place of what is wrong.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let limited = Limited::new(request.into_body(), MAX_BODY);
        let bytes = match limited.collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Err(Problem::too_large(MAX_BODY));
            }
            Err(_) => {
                return Err(Problem::bad(both!(
                    "O corpo não chegou inteiro.",
                    "The body did not arrive whole."
                )));
            }
        };
        serde_json::from_slice(&bytes)
            .map(Body)
            .map_err(|error| Problem::bad(body_trouble(&error)))
    }
}

/// The language that the caller reads.
pub struct Language(pub Lang);

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE);
        let text = header.and_then(|value| value.to_str().ok()).unwrap_or("");
        Ok(Language(Lang::from_header(text)))
    }
}

/// A file as the body.
pub struct Raw {
    pub bytes: Vec<u8>,
    pub media: String,
}

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let media = request.headers().get(header::CONTENT_TYPE);
        let media = media.and_then(|value| value.to_str().ok()).unwrap_or("");
        let media = media.chars().take(MEDIA_MOST).collect();
        let limited = Limited::new(request.into_body(), FILE_MOST);
        match limited.collect().await {
            Ok(body) => Ok(Raw {
                bytes: body.to_bytes().to_vec(),
                media,
            }),
            Err(error) if error.is::<LengthLimitError>() => Err(Problem::too_large(FILE_MOST)),
            Err(_) => Err(Problem::bad(both!(
                "O corpo não chegou inteiro.",
                "The body did not arrive whole."
            ))),
        }
    }
}

fn body_trouble(error: &serde_json::Error) -> Both {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let why = text.split(" at line ").next().unwrap_or(&text);
    both!(
        "No corpo, linha {line}, coluna {column}: {why}.",
        "In the body, line {line}, column {column}: {why}."
    )
}

/// The innermost reason of an error.
fn cause(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(next) = at.source() {
        at = next;
    }
    at.to_string()
}
