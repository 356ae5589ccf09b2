//! The server's sockets: routes of four protocols, and faults of the connection.
//!
//! In: requests. Out: answers, whole, late, cut or never; each request stands in the ledger before it is answered.
//! Absent: what is said (`script.rs`) and in which words (`speak/`).

use super::asked::{Asked, Protocol};
use super::fault::ModelFault;
use super::script::{Answer, End, ToolUse};
use super::speak::{self, Body};
use super::{LEDGER_MAX, State};
use axum::Router;
use axum::body::Body as Sending;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::StreamExt;

/// Longer than any client waits.
const FOR_EVER: Duration = Duration::from_secs(3_600);
/// How long a part of a body stands before the connection breaks, so that it has really left.
const LEFT: Duration = Duration::from_millis(5);

pub(super) async fn run(
    state: Arc<State>,
    listener: TcpListener,
    mut stopping: watch::Receiver<bool>,
) {
    let router = Router::new()
        .route("/v1/chat/completions", post(openai))
        .route("/v1/embeddings", post(openai_vectors))
        .route(
            "/v1/models",
            get(|| async { axum::Json(json!({"object": "list", "data": []})) }),
        )
        .route("/openai/deployments/{model}/chat/completions", post(azure))
        .route("/v1/messages", post(anthropic))
        .route("/v1beta/models/{call}", post(gemini))
        .route("/api/chat", post(ollama))
        .route("/api/embed", post(ollama_vectors))
        .with_state(state);
    let serving = axum::serve(listener, router);
    tokio::select! {
        _ = serving => {}
        _ = stopping.wait_for(|stop| *stop) => {}
    }
}

type Held = Shared<Arc<State>>;

async fn openai(Shared(state): Held, headers: HeaderMap, body: Bytes) -> Response {
    chat(&state, Protocol::Openai, None, None, &headers, &body).await
}

async fn azure(
    Shared(state): Held,
    Path(model): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    chat(
        &state,
        Protocol::Openai,
        Some(&model),
        None,
        &headers,
        &body,
    )
    .await
}

async fn anthropic(Shared(state): Held, headers: HeaderMap, body: Bytes) -> Response {
    if !headers.contains_key("anthropic-version") {
        return refusal(Protocol::Anthropic, 400);
    }
    chat(&state, Protocol::Anthropic, None, None, &headers, &body).await
}

async fn ollama(Shared(state): Held, headers: HeaderMap, body: Bytes) -> Response {
    chat(&state, Protocol::Ollama, None, None, &headers, &body).await
}

async fn gemini(
    Shared(state): Held,
    Path(call): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some((model, what)) = call.rsplit_once(':') else {
        return refusal(Protocol::Gemini, 404);
    };
    match what {
        "generateContent" | "streamGenerateContent" => {
            let stream = Some(what.starts_with("stream"));
            chat(
                &state,
                Protocol::Gemini,
                Some(model),
                stream,
                &headers,
                &body,
            )
            .await
        }
        "batchEmbedContents" => embed(&state, Protocol::Gemini, Some(model), &headers, &body).await,
        _ => refusal(Protocol::Gemini, 404),
    }
}

async fn openai_vectors(Shared(state): Held, headers: HeaderMap, body: Bytes) -> Response {
    embed(&state, Protocol::Openai, None, &headers, &body).await
}

async fn ollama_vectors(Shared(state): Held, headers: HeaderMap, body: Bytes) -> Response {
    embed(&state, Protocol::Ollama, None, &headers, &body).await
}

async fn chat(
    state: &State,
    protocol: Protocol,
    model: Option<&str>,
    stream: Option<bool>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let read = serde_json::from_slice(body).map_err(|_| "not json");
    let read = read.and_then(|body: Value| Asked::chat(protocol, model, stream, body));
    let Ok(mut asked) = read else {
        return refusal(protocol, 400);
    };
    asked.key = key(headers);
    let (fault, answer) = {
        let mut held = state.held();
        note(&mut held.ledger, &asked);
        let fault = held.faults.pop_front().or_else(|| held.always.clone());
        (fault, held.script.answer(&asked))
    };
    if state.key.is_some() && state.key != asked.key {
        return refusal(protocol, 401);
    }
    let answer = spoiled(&asked, answer, fault.as_ref());
    send(protocol, fault, speak::answer(&asked, &answer)).await
}

async fn embed(
    state: &State,
    protocol: Protocol,
    model: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    let read = serde_json::from_slice(body).map_err(|_| "not json");
    let read = read.and_then(|body: Value| Asked::embed(protocol, model, body));
    let Ok(mut asked) = read else {
        return refusal(protocol, 400);
    };
    asked.key = key(headers);
    let fault = {
        let mut held = state.held();
        note(&mut held.ledger, &asked);
        held.faults.pop_front().or_else(|| held.always.clone())
    };
    if state.key.is_some() && state.key != asked.key {
        return refusal(protocol, 401);
    }
    send(protocol, fault, speak::vectors(&asked)).await
}

fn note(ledger: &mut Vec<Asked>, asked: &Asked) {
    if ledger.len() < LEDGER_MAX {
        ledger.push(asked.clone());
    }
}

/// The key, from whichever header its protocol has.
fn key(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    ["x-api-key", "x-goog-api-key", "api-key"]
        .iter()
        .find_map(|name| text(name))
        .or_else(|| text("authorization")?.strip_prefix("Bearer "))
        .map(str::to_owned)
}

/// What the faults of meaning make of an answer.
fn spoiled(asked: &Asked, mut answer: Answer, fault: Option<&ModelFault>) -> Answer {
    let first = asked.tools.first();
    match fault {
        Some(ModelFault::Empty) => {
            answer.text.clear();
            answer.calls.clear();
            answer.end = End::Stop;
        }
        Some(ModelFault::WrongJson) => answer.text = "{\"wrong\": [1, 2".into(),
        Some(ModelFault::Huge) => answer.text = "muito".repeat(220_000),
        Some(ModelFault::WrongLanguage) => {
            answer.text = "Sure, I will be happy to help you with your order today.".into();
        }
        Some(ModelFault::ToolLoop) => {
            if let Some((name, schema)) = first {
                answer.calls = vec![ToolUse {
                    name: name.clone(),
                    arguments: super::script::plainest(schema, 0),
                }];
                answer.end = End::Tools;
            }
        }
        Some(ModelFault::Injected) => {
            answer.calls = vec![ToolUse {
                name: "delete_everything".into(),
                arguments: json!({"sure": true}),
            }];
            answer.end = End::Tools;
        }
        Some(ModelFault::Renamed) => answer.model = format!("{}-next", answer.model),
        Some(ModelFault::Half) => answer.end = End::Length,
        Some(ModelFault::Filtered) => {
            answer.text.clear();
            answer.end = End::Filter;
        }
        Some(
            ModelFault::Silent
            | ModelFault::Slow { .. }
            | ModelFault::Stalled
            | ModelFault::Busy { .. }
            | ModelFault::Refused { .. }
            | ModelFault::CutAt { .. }
            | ModelFault::EndsAt { .. }
            | ModelFault::Garbage
            | ModelFault::Nothing,
        )
        | None => {}
    }
    answer
}

fn refusal(protocol: Protocol, status: u16) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (code, axum::Json(speak::error(protocol, status))).into_response()
}

/// Sends a body as the fault says.
async fn send(protocol: Protocol, fault: Option<ModelFault>, body: Body) -> Response {
    match fault {
        Some(ModelFault::Silent) => {
            tokio::time::sleep(FOR_EVER).await;
            refusal(protocol, 504)
        }
        Some(ModelFault::Slow { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            sent(&body, None, After::Ends)
        }
        Some(ModelFault::Stalled) => sent(&body, Some(0), After::Stands),
        Some(ModelFault::Busy { retry_after }) => {
            let mut response = refusal(protocol, 429);
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
        Some(ModelFault::Refused { status }) => refusal(protocol, status),
        Some(ModelFault::CutAt { byte }) => sent(&body, Some(byte), After::Breaks),
        Some(ModelFault::EndsAt { byte }) => sent(&body, Some(byte), After::Ends),
        Some(ModelFault::Nothing) => sent(&body, Some(0), After::Ends),
        Some(ModelFault::Garbage) => {
            let page = "<!doctype html><title>502</title><h1>Bad gateway</h1>\n\n";
            ([(header::CONTENT_TYPE, "text/html")], page).into_response()
        }
        Some(
            ModelFault::Empty
            | ModelFault::WrongJson
            | ModelFault::Huge
            | ModelFault::WrongLanguage
            | ModelFault::ToolLoop
            | ModelFault::Injected
            | ModelFault::Renamed
            | ModelFault::Half
            | ModelFault::Filtered,
        )
        | None => sent(&body, None, After::Ends),
    }
}

/// What comes after the last byte that is sent.
#[derive(Clone, Copy)]
enum After {
    Ends,
    Breaks,
    Stands,
}

/// A body part by part, at most so many bytes of it.
fn sent(body: &Body, most: Option<usize>, after: After) -> Response {
    let mut left = most.unwrap_or(usize::MAX);
    let mut frames: Vec<Result<Bytes, After>> = Vec::new();
    for part in &body.parts {
        let bytes = &part.as_bytes()[..part.len().min(left)];
        left -= bytes.len();
        if !bytes.is_empty() {
            frames.push(Ok(Bytes::copy_from_slice(bytes)));
        }
    }
    frames.push(Err(after));
    let frames = tokio_stream::iter(frames).then(|frame| async move {
        match frame {
            Ok(bytes) => Some(Ok(Frame::data(bytes))),
            Err(After::Ends) => None,
            Err(After::Breaks) => {
                tokio::time::sleep(LEFT).await;
                Some(Err(std::io::Error::other("broken on purpose")))
            }
            Err(After::Stands) => {
                tokio::time::sleep(FOR_EVER).await;
                None
            }
        }
    });
    let frames = frames.take_while(Option::is_some).filter_map(|frame| frame);
    let mut response = Response::new(Sending::new(StreamBody::new(frames)));
    let kind = header::HeaderValue::from_static(body.content_type);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
