//! Tools over the API: kept by revision, tried without a network, imported with a report; secrets are never
//! shown, and private addresses are refused when they are written down.

use crate::api_kit::{Kit, kit};
use axum::http::StatusCode;
use serde_json::{Value, json};

fn tool(url: &str) -> Value {
    json!({
        "name": "pedido", "description": "Andamento de um pedido", "effects": "reads",
        "parameters": {"type": "object", "required": ["n", "fone"],
            "properties": {"n": {"type": "integer"}, "fone": {"type": "string"}}},
        "bound": {"fone": "phone"}, "take": {"situacao": "/data/status"},
        "action": {"http": {"method": "GET", "url": url, "query": {"f": "{fone}"}}},
        "sample": {"arguments": {"n": 7}, "bound": {"fone": "5511"}, "answer": {"data": {"status": "enviado"}}}
    })
}

async fn ask(kit: &Kit, key: &str, method: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = kit.call(method, path, Some(key), &text).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_tool_is_kept_listed_tried_and_removed() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let path = "/api/v1/tools/pedido";
    let wish = json!({"tool": tool("https://api.loja.example/pedidos/{n}")});
    let (status, kept) = ask(&kit, &key, "PUT", path, &wish).await;
    assert_eq!(
        (status, &kept["revision"]),
        (StatusCode::OK, &json!(1)),
        "{kept}"
    );
    assert!(
        kept["shown"]["properties"].get("fone").is_none(),
        "a model does not see it"
    );
    let (status, _) = ask(&kit, &key, "PUT", path, &wish).await;
    assert_eq!(status, StatusCode::CONFLICT, "it is there already");

    let (_, list) = ask(&kit, &key, "GET", "/api/v1/tools", &Value::Null).await;
    let names: Vec<&str> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"hand_off") && names.contains(&"pedido"),
        "{names:?}"
    );

    let (_, tried) = ask(&kit, &key, "POST", "/api/v1/tools/pedido/try", &json!({})).await;
    assert_eq!(tried["outcome"], "done", "{tried}");
    assert_eq!(tried["from_sample"], true);
    assert_eq!(
        tried["request"]["url"],
        "https://api.loja.example/pedidos/7?f=5511"
    );
    assert_eq!(tried["result"]["result"], json!({"situacao": "enviado"}));
    let (_, unfit) = ask(
        &kit,
        &key,
        "POST",
        "/api/v1/tools/pedido/try",
        &json!({"arguments": {"n": "x"}}),
    )
    .await;
    assert_eq!(unfit["outcome"], "unfit");

    let (status, _) = ask(
        &kit,
        &key,
        "DELETE",
        "/api/v1/tools/pedido?revision=1",
        &Value::Null,
    )
    .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (_, calls) = ask(&kit, &key, "GET", "/api/v1/tool-calls", &Value::Null).await;
    assert_eq!(
        calls["items"],
        json!([]),
        "a try against a sample is no call"
    );
}

#[tokio::test]
async fn a_tool_that_is_not_sound_or_leads_inside_is_refused_when_it_is_written() {
    let kit = kit().await;
    let key = kit.full_key().await;
    for url in [
        "http://169.254.169.254/latest/{n}",
        "http://localhost/{n}",
        "http://10.0.0.1/{n}",
        "file:///etc/{n}",
        "https://{n}/",
    ] {
        let (status, told) = ask(
            &kit,
            &key,
            "PUT",
            "/api/v1/tools/pedido",
            &json!({"tool": tool(url)}),
        )
        .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{url}: {told}");
    }
    let server = json!({"server": {"http": {"url": "http://127.0.0.1:9/mcp"}}});
    let (status, _) = ask(&kit, &key, "PUT", "/api/v1/mcp-servers/contas", &server).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let import = json!({"url": "http://127.0.0.1:9/openapi.json"});
    let (status, told) = ask(&kit, &key, "POST", "/api/v1/tools/import", &import).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        told["detail"].as_str().unwrap().contains("private network"),
        "{told}"
    );
}

#[tokio::test]
async fn an_import_lists_makes_keeps_and_reports() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let document =
        json!({"openapi": "3.1.0", "servers": [{"url": "https://api.loja.example"}], "paths": {
            "/a": {"get": {"operationId": "verA"}},
            "/b": {"get": {"operationId": "verB", "parameters": [{"name": "s", "in": "cookie"}]}}
        }})
        .to_string();
    let path = "/api/v1/tools/import";
    let (_, listed) = ask(&kit, &key, "POST", path, &json!({"document": document})).await;
    assert_eq!(
        (
            listed["operations"].as_array().unwrap().len(),
            &listed["tools"]
        ),
        (2, &json!([]))
    );
    let wish = json!({"document": document, "all": true, "keep": true});
    let (_, made) = ask(&kit, &key, "POST", path, &wish).await;
    assert_eq!(made["kept"], json!(["ver_a", "ver_b"]));
    assert_eq!(made["unmapped"][0]["why"], "cookies are not sent");
    let (_, again) = ask(&kit, &key, "POST", path, &wish).await;
    assert_eq!(again["kept"], json!([]), "nothing is overwritten");
    let (status, _) = ask(&kit, &key, "POST", path, &json!({"document": "{"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_secret_goes_in_and_never_comes_out() {
    let kit = kit().await;
    kit.app.vault.set(ponte::vault::Keys {
        current: Some(ponte::vault::MasterKey::new([8; 32])),
        old: None,
    });
    let key = kit.full_key().await;
    let path = "/api/v1/tool-credentials/loja";
    let wish = json!({"settings": {"hosts": ["api.loja.example"], "kind": "bearer"}, "secret": "canary-0123456789-wxyz"});
    let (status, kept) = ask(&kit, &key, "PUT", path, &wish).await;
    assert_eq!(
        (status, &kept["secret"]),
        (StatusCode::OK, &json!("…wxyz")),
        "{kept}"
    );
    let (_, list) = ask(&kit, &key, "GET", "/api/v1/tool-credentials", &Value::Null).await;
    assert!(!format!("{kept}{list}").contains("canary"));
    let nowhere = json!({"settings": {"hosts": [], "kind": "bearer"}, "secret": "s"});
    let (status, _) = ask(
        &kit,
        &key,
        "PUT",
        "/api/v1/tool-credentials/outra",
        &nowhere,
    )
    .await;
    assert_eq!(
        status,
        StatusCode::BAD_REQUEST,
        "it must say where it may go"
    );
    let (status, _) = ask(
        &kit,
        &key,
        "POST",
        &format!("{path}/connect"),
        &json!({"base": "https://p.example"}),
    )
    .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "a bearer is not connected");
    let answer = kit
        .call("GET", "/api/v1/oauth/callback?state=x&code=y", None, "")
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        String::from_utf8(answer.body)
            .unwrap()
            .starts_with("Não foi conectado")
    );
}
