//! The scripted server over real sockets: protocols, rules, keys, faults.

use super::*;
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// Posts JSON; the status and as much of the body as came, and whether it came whole.
async fn post(server: &ModelServer, path: &str, key: &str, body: &Value) -> (u16, String, bool) {
    let stream = TcpStream::connect(server.address()).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);
    let request = hyper::Request::post(path)
        .header("host", "x")
        .header("authorization", format!("Bearer {key}"))
        .header("anthropic-version", "2023-06-01")
        .body(http_body_util::Full::new(bytes::Bytes::from(
            body.to_string(),
        )))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    let status = response.status().as_u16();
    let mut body = response.into_body();
    let mut text = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => text.extend(frame.into_data().unwrap_or_default()),
            Err(_) => return (status, String::from_utf8_lossy(&text).into_owned(), false),
        }
    }
    (status, String::from_utf8_lossy(&text).into_owned(), true)
}

fn ask(text: &str) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": text}]})
}

#[tokio::test]
async fn four_protocols_repeat_what_was_said_whole_and_in_pieces() {
    let server = ModelServer::local().await.unwrap();
    let google = json!({"contents": [{"role": "user", "parts": [{"text": "oi"}]}]});
    let mut stream = ask("oi");
    stream["stream"] = json!(true);
    let mut whole = ask("oi");
    whole["stream"] = json!(false);
    for (path, body, ends) in [
        ("/v1/chat/completions", &whole, None),
        ("/v1/chat/completions", &stream, Some("data: [DONE]\n\n")),
        ("/v1/messages", &whole, None),
        (
            "/v1/messages",
            &stream,
            Some("{\"type\":\"message_stop\"}\n\n"),
        ),
        ("/v1beta/models/m:generateContent", &google, None),
        (
            "/v1beta/models/m:streamGenerateContent?alt=sse",
            &google,
            Some("}\n\n"),
        ),
        ("/api/chat", &whole, None),
        ("/api/chat", &stream, Some("}\n")),
    ] {
        let (status, text, complete) = post(&server, path, "k", body).await;
        assert_eq!((status, complete), (200, true), "{path} {text}");
        assert!(text.contains("disse: "), "{path} {text}");
        match ends {
            Some(end) => assert!(text.ends_with(end), "{path} {text}"),
            None => assert!(
                serde_json::from_str::<Value>(&text).is_ok(),
                "{path} {text}"
            ),
        }
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 8);
    assert!(
        asked
            .iter()
            .all(|one| one.last_user.as_deref() == Some("oi") && one.model == "m")
    );
}

#[tokio::test]
async fn rules_come_first_and_counted_ones_are_used_up() {
    let server = ModelServer::local().await.unwrap();
    let script: Script = serde_json::from_value(json!({"rules": [
        {"when": {"user": "PREÇO"}, "say": {"text": "R$ 10"}, "times": 1},
        {"when": {"user": "preço"}, "say": {"calls": [{"name": "price", "arguments": {"sku": "A"}}]}},
        {"when": {"tool": "12"}, "say": {"text": "Custa 12."}},
        {"when": {"model": "other"}, "say": {"json": {"a": 1}}}]}))
    .unwrap();
    server.script(script);
    let say = async |body: Value| post(&server, "/v1/chat/completions", "k", &body).await.1;
    assert!(say(ask("qual o preço?")).await.contains("R$ 10"));
    assert!(
        say(ask("qual o preço?"))
            .await
            .contains("\"name\":\"price\"")
    );
    let mut told = ask("qual o preço?");
    let messages = told["messages"].as_array_mut().unwrap();
    messages.push(json!({"role": "tool", "tool_call_id": "call_0", "content": "{\"price\": 12}"}));
    assert!(say(told).await.contains("Custa 12."));
    let mut other = ask("oi");
    other["model"] = json!("other");
    assert!(say(other).await.contains("{\\\"a\\\":1}"));
    assert!(say(ask("oi")).await.contains("Você disse: oi"));
}

#[tokio::test]
async fn a_wrong_key_and_a_request_that_is_none_are_refused() {
    let options = ModelOptions {
        key: Some("right".into()),
        ..ModelOptions::default()
    };
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let server = ModelServer::start(any, options).await.unwrap();
    let path = "/v1/chat/completions";
    assert_eq!(post(&server, path, "wrong", &ask("oi")).await.0, 401);
    assert_eq!(post(&server, path, "right", &ask("oi")).await.0, 200);
    assert_eq!(
        post(
            &server,
            path,
            "right",
            &json!({"model": "m", "messages": []})
        )
        .await
        .0,
        400
    );
    let mut anthropic = ask("oi");
    anthropic.as_object_mut().unwrap().remove("max_tokens");
    assert_eq!(
        post(&server, "/v1/messages", "right", &anthropic).await.0,
        400
    );
}

#[tokio::test]
async fn faults_spoil_the_next_call_and_no_other() {
    let server = ModelServer::local().await.unwrap();
    let path = "/v1/chat/completions";
    let mut stream = ask("oi, tudo bem com você hoje?");
    stream["stream"] = json!(true);
    for fault in ModelFault::each() {
        if matches!(fault, ModelFault::Silent | ModelFault::Stalled) {
            server.arm(fault.clone());
            let asked = post(&server, path, "k", &stream);
            let waited = tokio::time::timeout(std::time::Duration::from_millis(50), asked).await;
            assert!(waited.is_err(), "{fault:?}");
            continue;
        }
        server.arm(fault.clone());
        let (status, text, complete) = post(&server, path, "k", &stream).await;
        assert_eq!(server.armed(), 0);
        match fault {
            ModelFault::Busy { .. } => assert_eq!(status, 429),
            ModelFault::Refused { status: wanted } => assert_eq!(status, wanted),
            ModelFault::CutAt { byte } => assert_eq!((text.len(), complete), (byte, false)),
            ModelFault::EndsAt { byte } => assert_eq!((text.len(), complete), (byte, true)),
            ModelFault::Nothing => assert!(complete && text.is_empty()),
            ModelFault::Garbage => assert!(text.contains("<h1>")),
            ModelFault::Huge => assert!(text.len() > 1024 * 1024),
            ModelFault::Renamed => assert!(text.contains("m-next")),
            ModelFault::Injected => assert!(text.contains("delete_everything")),
            ModelFault::Half => assert!(text.contains("\"length\"")),
            ModelFault::Filtered => assert!(text.contains("content_filter")),
            ModelFault::WrongLanguage => assert!(text.contains("happy")),
            ModelFault::WrongJson => assert!(text.contains("wrong")),
            ModelFault::Empty => assert!(!text.contains("disse")),
            ModelFault::Slow { .. } | ModelFault::ToolLoop => assert!(text.contains("disse")),
            ModelFault::Silent | ModelFault::Stalled => unreachable!(),
        }
        let (status, _, complete) = post(&server, path, "k", &stream).await;
        assert_eq!((status, complete), (200, true), "after {fault:?}");
    }
}

#[tokio::test]
async fn texts_that_share_words_lie_near_each_other() {
    let server = ModelServer::local().await.unwrap();
    let texts = ["bolo de cenoura", "bolo de chocolate", "horário da loja"];
    let body = json!({"model": "e", "input": texts});
    let (_, text, _) = post(&server, "/v1/embeddings", "k", &body).await;
    let said: Value = serde_json::from_str(&text).unwrap();
    let vector = |n: usize| -> Vec<f64> {
        let numbers = said["data"][n]["embedding"].as_array().unwrap();
        numbers
            .iter()
            .map(|number| number.as_f64().unwrap())
            .collect()
    };
    let near =
        |a: usize, b: usize| -> f64 { vector(a).iter().zip(vector(b)).map(|(x, y)| x * y).sum() };
    assert!(near(0, 1) > near(0, 2), "{} {}", near(0, 1), near(0, 2));
    assert!((near(0, 0) - 1.0).abs() < 1e-9);
}

#[test]
fn the_plainest_value_of_a_schema_has_what_is_required() {
    let schema = json!({"type": "object", "required": ["a", "b", "c"], "properties": {
        "a": {"type": "string"}, "b": {"enum": ["x", "y"]}, "c": {"type": ["integer", "null"], "minimum": 3},
        "d": {"type": "boolean"}}});
    let value = script::plainest(&schema, 0);
    assert_eq!(value, json!({"a": "ok", "b": "x", "c": 3}));
}
