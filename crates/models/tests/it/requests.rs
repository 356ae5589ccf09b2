//! What is asked, as bytes: one golden per dialect, the quirks, the secrets, and what is refused.

use crate::kit::path;
use ponte_models::{
    Call, Dialect, Format, Image, Kind, Message, Quirks, Request, Target, Tool, ToolCall, encode,
};
use serde_json::{Value, json};

const KEY: &str = "sk-canary-1234";

fn target(dialect: Dialect) -> Target {
    Target {
        dialect,
        base: format!("{}/", dialect.default_base()),
        model: "model-1".into(),
        quirks: Quirks::default(),
    }
}

/// A request with everything in it.
fn full() -> Request {
    let call = |id: &str, sku: &str| ToolCall {
        id: id.into(),
        name: "stock".into(),
        arguments: json!({ "sku": sku }),
        opaque: Some("c2ln".into()),
    };
    let result = |id: &str, content: &str, failed| Message::Tool {
        id: id.into(),
        name: "stock".into(),
        content: content.into(),
        failed,
    };
    Request {
        system: "Você atende uma padaria.".into(),
        messages: vec![
            Message::User {
                text: "Tem este bolo?".into(),
                images: vec![
                    Image::Data {
                        mime: "image/png".into(),
                        base64: "iVBORw0KGgo=".into(),
                    },
                    Image::Url {
                        url: "https://example.com/bolo.jpg".into(),
                    },
                ],
            },
            Message::Assistant {
                text: "Vou ver.".into(),
                calls: vec![call("call_a", "A-1"), call("call_b", "B-2")],
            },
            result("call_a", "{\"left\": 3}", false),
            result("call_b", "sem conexão", true),
            Message::user("E então?"),
        ],
        tools: vec![Tool {
            name: "stock".into(),
            description: "How many are left.".into(),
            parameters: json!({"type": "object", "properties": {"sku": {"type": "string"}}, "required": ["sku"]}),
        }],
        format: Format::Json {
            name: "answer".into(),
            schema: json!({"type": "object", "additionalProperties": false, "required": ["text"], "properties": {"text": {"type": "string"}}}),
        },
        temperature: Some(0.25),
        max_tokens: 300,
        stop: vec!["FIM".into()],
        stream: true,
    }
}

/// The same without what the dialect can't take.
fn taken(dialect: Dialect) -> Request {
    let mut request = full();
    if dialect == Dialect::Ollama
        && let Message::User { images, .. } = &mut request.messages[0]
    {
        images.truncate(1);
    }
    request
}

#[test]
fn a_picture_by_address_is_refused_by_who_can_not_fetch_it() {
    let refused = encode(&target(Dialect::Ollama), KEY, &full()).unwrap_err();
    assert_eq!(
        (refused.kind, refused.code.as_deref()),
        (Kind::NotTaken, Some("picture by address"))
    );
}

fn shown(call: &Call) -> Value {
    let headers: Vec<String> = call
        .headers
        .iter()
        .map(|header| format!("{header:?}"))
        .collect();
    let body: Value = serde_json::from_slice(&call.body).unwrap();
    json!({"url": call.url, "headers": headers, "body": body})
}

#[test]
fn every_dialect_asks_as_its_golden_says() {
    for dialect in Dialect::ALL {
        let asked = encode(&target(dialect), KEY, &taken(dialect)).unwrap();
        let text = serde_json::to_string_pretty(&shown(&asked)).unwrap() + "\n";
        let file = path(&format!("{}.request.json", dialect.word()));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &text).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(text, golden, "{dialect:?}: UPDATE=1 rewrites it");
    }
}

#[test]
fn a_question_alone_is_short_in_every_dialect() {
    for dialect in Dialect::ALL {
        let asked = encode(&target(dialect), "", &Request::ask("oi", 5)).unwrap();
        assert!(
            asked.headers.iter().all(|header| !header.secret),
            "no key, no header"
        );
        let body: Value = serde_json::from_slice(&asked.body).unwrap();
        let text = body.to_string();
        for absent in ["tools", "format", "stop", "temperature", "system"] {
            assert!(!text.contains(absent), "{dialect:?} {absent}: {text}");
        }
        assert!(!asked.stream);
    }
}

#[test]
fn a_key_stands_in_one_header_and_never_prints() {
    for dialect in Dialect::ALL {
        let asked = encode(&target(dialect), KEY, &Request::ask("segredo", 5)).unwrap();
        let secret: Vec<_> = asked
            .headers
            .iter()
            .filter(|header| header.secret)
            .collect();
        assert_eq!(secret.len(), 1);
        assert!(secret[0].value.contains(KEY) && !asked.url.contains(KEY));
        let printed = format!("{asked:?}");
        assert!(
            !printed.contains("canary") && !printed.contains("segredo"),
            "{printed}"
        );
        for wrong in ["with blank", "with\r\nnew-header: x", "çhave"] {
            let refused = encode(&target(dialect), wrong, &Request::ask("oi", 5)).unwrap_err();
            assert_eq!(refused.kind, Kind::KeyRefused);
        }
    }
}

#[test]
fn azure_has_its_own_path_and_header() {
    let mut azure = target(Dialect::Openai);
    azure.base = "https://shop.openai.azure.com".into();
    azure.model = "our deployment/../x".into();
    azure.quirks.azure_version = Some("2024-10-21".into());
    let asked = encode(&azure, KEY, &Request::ask("oi", 5)).unwrap();
    assert_eq!(
        asked.url,
        "https://shop.openai.azure.com/openai/deployments/our%20deployment%2F..%2Fx/chat/completions?api-version=2024-10-21"
    );
    let secret = asked.headers.iter().find(|header| header.secret).unwrap();
    assert_eq!((secret.name, secret.value.as_str()), ("api-key", KEY));
}

#[test]
fn a_models_name_can_not_lead_elsewhere() {
    for (name, wanted) in [
        ("../../v1/files", "..%2F..%2Fv1%2Ffiles"),
        ("..", "%2E%2E"),
        ("a?key=b#c", "a%3Fkey%3Db%23c"),
        ("gemini-2.5-flash", "gemini-2.5-flash"),
    ] {
        let mut gemini = target(Dialect::Gemini);
        gemini.model = name.into();
        let url = encode(&gemini, KEY, &Request::ask("oi", 5)).unwrap().url;
        assert!(
            url.ends_with(&format!("/v1beta/models/{wanted}:generateContent")),
            "{url}"
        );
    }
}

#[test]
fn quirks_change_what_is_asked() {
    let body = |dialect, quirks: Quirks| -> Value {
        let target = Target {
            quirks,
            ..target(dialect)
        };
        serde_json::from_slice(&encode(&target, KEY, &taken(dialect)).unwrap().body).unwrap()
    };
    let all = Quirks {
        azure_version: None,
        old_max_tokens: true,
        no_temperature: true,
        no_schema: true,
        no_stream: false,
        no_stream_usage: true,
    };
    let plain = body(Dialect::Openai, Quirks::default());
    assert_eq!(plain["max_completion_tokens"], 300);
    assert_eq!(plain["stream_options"]["include_usage"], true);
    assert_eq!(plain["response_format"]["json_schema"]["strict"], true);
    let quirky = body(Dialect::Openai, all.clone());
    assert_eq!(quirky["max_tokens"], 300);
    assert_eq!(quirky["response_format"], json!({"type": "json_object"}));
    for absent in ["max_completion_tokens", "temperature", "stream_options"] {
        assert!(quirky.get(absent).is_none(), "{absent}");
    }
    for dialect in [Dialect::Openai, Dialect::Gemini, Dialect::Ollama] {
        let text = body(dialect, all.clone()).to_string();
        assert!(
            text.contains("It must match this JSON Schema"),
            "{dialect:?}"
        );
        assert!(
            !body(dialect, Quirks::default())
                .to_string()
                .contains("It must match")
        );
    }
    for dialect in Dialect::ALL {
        assert!(
            !body(dialect, all.clone())
                .to_string()
                .contains("temperature")
        );
        let quirks = Quirks {
            no_stream: true,
            ..Quirks::default()
        };
        let target = Target {
            quirks,
            ..target(dialect)
        };
        assert!(!encode(&target, KEY, &taken(dialect)).unwrap().stream);
    }
}

#[test]
fn what_nobody_could_take_is_refused_before_it_is_sent() {
    let refused = |change: &dyn Fn(&mut Request)| {
        let mut request = full();
        change(&mut request);
        let trouble = encode(&target(Dialect::Openai), KEY, &request).unwrap_err();
        (trouble.kind, trouble.code.unwrap_or_default())
    };
    let ours = |code: &str| (Kind::Ours, code.to_owned());
    assert_eq!(refused(&|r| r.messages.clear()), ours("no messages"));
    assert_eq!(refused(&|r| r.max_tokens = 0), ours("no tokens"));
    assert_eq!(refused(&|r| r.temperature = Some(2.5)), ours("temperature"));
    assert_eq!(
        refused(&|r| r.temperature = Some(f64::NAN)),
        ours("temperature")
    );
    for name in ["", "with blank", "ponte_answer", &"a".repeat(65)] {
        let name = name.to_owned();
        assert_eq!(
            refused(&|r| r.tools[0].name.clone_from(&name)),
            ours("tool name")
        );
    }
    assert_eq!(
        refused(&|r| r.tools[0].parameters = json!([])),
        ours("tool parameters")
    );
    assert_eq!(
        refused(&|r| r.tools.push(r.tools[0].clone())),
        ours("two tools of one name")
    );
    let long = (Kind::TooLong, "over our own limit".to_owned());
    assert_eq!(
        refused(&|r| r.messages = vec![Message::user("x"); 513]),
        long
    );
    assert_eq!(refused(&|r| r.system = "x".repeat(9 * 1024 * 1024)), long);
}
