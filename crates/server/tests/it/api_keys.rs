//! Who may do what, for every operation that `openapi.json` names: none can be forgotten here.
//!
//! In: the document. Out: 401 without a key, 403 without the scope, 404 for another workspace's ids.
//! Absent: what the operations do. Next: `api_bad_input.rs`.

use crate::api_kit::{Kit, kit};
use axum::http::StatusCode;
use ponte::api::describe::document_text;
use ponte::api::key::Scope;
use ponte_core::Time;
use ponte_store::Commit;
use serde_json::Value;
use std::path::Path;

struct Operation {
    method: String,
    path: String,
    scope: Scope,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&document_text()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        // A browser comes back from elsewhere, with no key but a state that this server made.
        if path == "/api/v1/oauth/callback" {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            if !["get", "put", "post", "patch", "delete"].contains(&method.as_str()) {
                continue;
            }
            let scopes = operation["security"][0]["key"].as_array();
            let scopes = scopes.unwrap_or_else(|| panic!("{method} {path} needs no key"));
            let scope = Scope::from_word(scopes[0].as_str().unwrap()).unwrap();
            all.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                scope,
            });
        }
    }
    assert!(
        all.len() >= 20,
        "the document lost operations: {}",
        all.len()
    );
    all
}

/// A body that would be good, so that nothing else than the key or the id is wrong.
fn body(path: &str) -> &'static str {
    if path.ends_with("/commands") {
        r#"{"client":"c1","do":{"command":"note","text":"x"}}"#
    } else if path.ends_with("/draft") {
        r#"{"file":"name: x","revision":1}"#
    } else if path.ends_with("/publish") {
        r#"{"revision":1}"#
    } else if path.ends_with("/rollback") && path.contains("assistants") {
        r#"{"revision":1,"to":1}"#
    } else if path.ends_with("/translate") {
        r#"{"text":"oi","to":"en"}"#
    } else if path.ends_with("/{source}") {
        r#"{"name":"x","settings":{},"revision":1}"#
    } else if path.ends_with("/texts") {
        r#"{"name":"a.md","text":"b"}"#
    } else if path.ends_with("/{faq}") {
        r#"{"questions":["a"],"answer":"b","enabled":true,"revision":1}"#
    } else if path.ends_with("/{intent}") {
        r#"{"name":"x","revision":1}"#
    } else if path.ends_with("/examples") {
        r#"{"texts":["a"]}"#
    } else if path.ends_with("/approve") {
        r#"{"answer":"x"}"#
    } else if path == "/api/v1/tools/{tool}" {
        r#"{"tool":{"name":"x","description":"d","action":{"http":{"method":"GET","url":"https://a.example/"}}},"revision":1}"#
    } else if path == "/api/v1/tool-credentials/{name}" {
        r#"{"settings":{"hosts":["a.example"],"kind":"bearer"},"revision":1}"#
    } else if path == "/api/v1/mcp-servers/{name}" {
        r#"{"server":{"http":{"url":"https://a.example/"}},"revision":1}"#
    } else if path.ends_with("/connect") {
        r#"{"base":"https://a.example"}"#
    } else if path.ends_with("/try") || path.ends_with("/test") {
        "{}"
    } else if path.starts_with("/api/v1/providers") {
        r#"{"name":"p","kind":"openai","models":["m"],"revision":1}"#
    } else {
        ""
    }
}

async fn status(kit: &Kit, operation: &Operation, key: Option<&str>, foreign: bool) -> StatusCode {
    let mut path = kit.fill(&operation.path, foreign);
    if operation.method == "DELETE" {
        path.push_str("?revision=1");
    } else if operation.path.ends_with("/diff") {
        path.push_str("?from=1");
    }
    kit.call(&operation.method, &path, key, body(&operation.path))
        .await
        .status
}

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let wanted = document_text();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "openapi.json is old: run the tests with UPDATE=1"
    );
}

/// Client generators stumble over both.
#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    let text = document_text();
    let document: Value = serde_json::from_str(&text).unwrap();
    for part in text.split("\"$ref\": \"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{pointer} leads nowhere"
        );
    }
    let names = text.split("\"operationId\": \"").skip(1);
    let mut names: Vec<&str> = names.map(|part| part.split('"').next().unwrap()).collect();
    let count = names.len();
    // `operations` leaves out the one without a key.
    names.sort_unstable();
    names.dedup();
    assert_eq!(
        (names.len(), count),
        (operations().len() + 1, operations().len() + 1)
    );
}

#[tokio::test]
async fn every_operation_refuses_a_caller_without_a_valid_key() {
    let kit = kit().await;
    let revoked = kit.key(&Scope::ALL, |row| row.revoked = true).await;
    let expired = kit
        .key(&Scope::ALL, |row| row.expires = Some(Time(1)))
        .await;
    let unknown = format!("pk_{}", "0".repeat(64));
    for operation in operations() {
        for key in [
            None,
            Some("pk_short"),
            Some(&unknown),
            Some(&revoked),
            Some(&expired),
        ] {
            let found = status(&kit, &operation, key, false).await;
            assert_eq!(
                found,
                StatusCode::UNAUTHORIZED,
                "{} {}",
                operation.method,
                operation.path
            );
        }
    }
}

#[tokio::test]
async fn every_operation_refuses_a_key_without_its_scope() {
    let kit = kit().await;
    for operation in operations() {
        let others: Vec<Scope> = Scope::ALL
            .into_iter()
            .filter(|scope| *scope != operation.scope)
            .collect();
        let key = kit.key(&others, |_| {}).await;
        let found = status(&kit, &operation, Some(&key), false).await;
        assert_eq!(
            found,
            StatusCode::FORBIDDEN,
            "{} {}",
            operation.method,
            operation.path
        );
    }
}

#[tokio::test]
async fn another_workspaces_ids_are_not_found_and_its_rows_not_listed() {
    let kit = kit().await;
    let key = kit.full_key().await;
    for operation in operations() {
        let place = format!("{} {}", operation.method, operation.path);
        if operation.path.contains('{') {
            let found = status(&kit, &operation, Some(&key), true).await;
            assert_eq!(found, StatusCode::NOT_FOUND, "{place}");
        } else if operation.method == "GET" && !operation.path.ends_with("/live") {
            let answer = kit.call("GET", &operation.path, Some(&key), "").await;
            assert_eq!(answer.status, StatusCode::OK, "{place}");
            let text = String::from_utf8(answer.body).unwrap();
            let foreign = kit.foreign.place;
            for id in [
                foreign.conversation.0,
                foreign.channel.0,
                kit.foreign.contact.0,
                kit.foreign.message.0,
                crate::api_kit::KNOWN,
            ] {
                assert!(
                    !text.contains(&id.to_string()),
                    "{place} shows a foreign row"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_good_key_reads_every_list_and_its_use_is_noted() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let answer = kit
        .call("GET", "/api/v1/conversations", Some(&key), "")
        .await
        .json();
    assert_eq!(answer["items"][0]["id"], kit.home.conversation.to_string());
    assert_eq!(answer["items"][0]["contact"]["name"], "Ana");
    let path = kit.fill("/api/v1/messages/{message}/explain", false);
    let answer = kit.call("GET", &path, Some(&key), "").await.json();
    assert_eq!(
        (&answer["message"]["by"], &answer["message"]["text"]),
        (&"customer".into(), &"oi".into())
    );
    // The note is written beside the request.
    for _ in 0..100 {
        let keys = kit.store.api_keys(kit.home.workspace).await.unwrap();
        if keys.iter().any(|row| row.last_used.is_some()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the key's use was not noted");
}

#[tokio::test]
async fn a_revoked_key_ends_at_once() {
    let kit = kit().await;
    let key = kit.full_key().await;
    assert_eq!(
        kit.call("GET", "/api/v1/numbers", Some(&key), "")
            .await
            .status,
        StatusCode::OK
    );
    let id = kit.store.api_keys(kit.home.workspace).await.unwrap()[0].id;
    let mut commit = Commit::new();
    commit.revoke_api_key(kit.home.workspace, id);
    kit.store.commit(commit).await.unwrap();
    assert_eq!(
        kit.call("GET", "/api/v1/numbers", Some(&key), "")
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
}
