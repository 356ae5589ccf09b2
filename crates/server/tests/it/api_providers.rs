//! Providers, their self-test, usage and prices, by API and command.
//!
//! In: requests with keys; the binary's commands on a folder. Out: views in which no key ever stands. Absent: what is
//! done when a provider fails (`faults_models.rs`).

use crate::api_kit::{Kit, kit};
use crate::api_workspace::{demo, ponte, temp};
use ponte::api::key::Scope;
use ponte::egress::{Allow, Egress};
use ponte::models::Models;
use ponte::vault::{Keys, MasterKey};
use ponte_core::time::Span;
use ponte_sim::models::{ModelFault, ModelServer, Protocol};
use ponte_store::Commit;
use ponte_store::rows::models::ModelCallRow;
use serde_json::{Value, json};
use std::sync::Arc;

const KEY: &str = "sk-canary-0123456789abcd";

async fn open() -> (Kit, String) {
    let kit = kit().await;
    let current = Some(MasterKey::new([3; 32]));
    kit.app.vault.set(Keys { current, old: None });
    let key = kit.full_key().await;
    (kit, key)
}

fn wish() -> Value {
    json!({"name": "main", "kind": "openai", "models": ["gpt-4o-mini"], "key": KEY})
}

async fn send(kit: &Kit, key: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = kit.call(method, path, Some(key), &body).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test]
async fn a_provider_is_added_changed_and_removed_and_its_key_never_comes_back() {
    let (kit, key) = open().await;
    let (status, made) = send(&kit, &key, "POST", "/api/v1/providers", &wish()).await;
    assert_eq!(
        (status, &made["key"], &made["key_opens"]),
        (201, &json!("…abcd"), &json!(true))
    );
    assert_eq!(
        (&made["base"], &made["revision"]),
        (&json!("https://api.openai.com/v1"), &json!(1))
    );
    let path = format!("/api/v1/providers/{}", made["id"].as_str().unwrap());
    let mut change = wish();
    change.as_object_mut().unwrap().remove("key");
    change["models"] = json!(["gpt-5-mini", "gpt-5"]);
    change["revision"] = json!(1);
    let (status, changed) = send(&kit, &key, "PUT", &path, &change).await;
    assert_eq!(
        (status, &changed["key"], &changed["revision"]),
        (200, &json!("…abcd"), &json!(2))
    );
    let (status, problem) = send(&kit, &key, "PUT", &path, &change).await;
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("urn:ponte:problem:changed"))
    );
    // The key must not follow to another host.
    change["revision"] = json!(2);
    change["base"] = json!("https://elsewhere.example/v1");
    let (status, problem) = send(&kit, &key, "PUT", &path, &change).await;
    assert_eq!(status, 400);
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("entered again")
    );
    let (_, listed) = send(&kit, &key, "GET", "/api/v1/providers", &Value::Null).await;
    assert_eq!(listed["items"][0]["models"], json!(["gpt-5-mini", "gpt-5"]));
    assert!(!listed.to_string().contains("canary"));
    let rows = kit.store.providers(None).await.unwrap();
    assert!(!format!("{rows:?}").contains("canary"));
    for (query, wanted) in [
        ("", 400),
        ("?revision=1", 409),
        ("?revision=2", 204),
        ("?revision=2", 404),
    ] {
        let (status, _) = send(
            &kit,
            &key,
            "DELETE",
            &format!("{path}{query}"),
            &Value::Null,
        )
        .await;
        assert_eq!(status, wanted, "{query}");
    }
}

#[tokio::test]
async fn what_is_written_wrong_is_told_and_nothing_is_kept() {
    let (kit, key) = open().await;
    let changed = |field: &str, value: Value| {
        let mut wish = wish();
        wish[field] = value;
        wish
    };
    for wrong in [
        changed("name", json!("Meu Provedor")),
        changed("kind", json!("telepathy")),
        changed("models", json!([])),
        changed("key", json!("with blank")),
        changed("base", json!("http://10.0.0.1/v1")),
        changed("base", json!("https://x/v1?key=1")),
        changed("base", json!("https://user:pass@x/v1")),
        changed("limits", json!({"at_once": 0})),
        changed("quirks", json!({"unknown": true})),
        changed("unknown", json!(1)),
    ] {
        let (status, problem) = send(&kit, &key, "POST", "/api/v1/providers", &wrong).await;
        assert_eq!(status, 400, "{wrong} {problem}");
        assert!(!problem.to_string().contains("canary"));
    }
    let ours = kit.store.providers(Some(kit.home.workspace)).await.unwrap();
    assert!(ours.is_empty());
    assert_eq!(
        send(&kit, &key, "POST", "/api/v1/providers", &wish())
            .await
            .0,
        201
    );
    assert_eq!(
        send(&kit, &key, "POST", "/api/v1/providers", &wish())
            .await
            .0,
        400,
        "the name is taken"
    );
    let reader = kit.key(&[Scope::Read], |_| ()).await;
    assert_eq!(
        send(&kit, &reader, "POST", "/api/v1/providers", &wish())
            .await
            .0,
        403
    );
}

#[tokio::test]
async fn another_workspaces_provider_is_not_there() {
    let (kit, key) = open().await;
    let (_, made) = send(&kit, &key, "POST", "/api/v1/providers", &wish()).await;
    let path = format!("/api/v1/providers/{}", made["id"].as_str().unwrap());
    let foreign = kit.foreign.place.workspace;
    let theirs = kit
        .key(&[Scope::Read, Scope::Write, Scope::Admin], |row| {
            row.workspace = foreign
        })
        .await;
    let (_, listed) = send(&kit, &theirs, "GET", "/api/v1/providers", &Value::Null).await;
    assert_eq!(listed["items"][0]["name"], "theirs");
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let mut change = wish();
    change["revision"] = json!(1);
    assert_eq!(send(&kit, &theirs, "PUT", &path, &change).await.0, 404);
    let (status, _) = send(
        &kit,
        &theirs,
        "DELETE",
        &format!("{path}?revision=1"),
        &Value::Null,
    )
    .await;
    assert_eq!(status, 404);
    assert_eq!(
        send(&kit, &theirs, "POST", &format!("{path}/test"), &json!({}))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn the_self_test_says_what_works_and_what_to_do() {
    let server = ModelServer::local().await.unwrap();
    let (mut kit, key) = open().await;
    let mut env = kit.app.env.clone();
    env.egress = Egress::new(Arc::clone(&env.clock), Allow::parse("127.0.0.1").unwrap());
    kit.app.models = Models::new(kit.store.clone(), env, kit.app.vault.clone());
    kit.remount();
    for (kind, protocol) in [
        ("openai", Protocol::Openai),
        ("anthropic", Protocol::Anthropic),
        ("gemini", Protocol::Gemini),
        ("ollama", Protocol::Ollama),
    ] {
        let mut wish = wish();
        wish["name"] = json!(kind);
        wish["kind"] = json!(kind);
        wish["base"] = json!(server.base(protocol));
        if kind != "anthropic" {
            wish["embed_model"] = json!("text-embedding-3-small");
        }
        let (status, made) = send(&kit, &key, "POST", "/api/v1/providers", &wish).await;
        assert_eq!(status, 201, "{made}");
        let path = format!("/api/v1/providers/{}/test", made["id"].as_str().unwrap());
        let (status, said) = send(&kit, &key, "POST", &path, &json!({})).await;
        assert_eq!(
            (status, &said["well"]),
            (200, &json!(true)),
            "{kind} {said}"
        );
        let last = if kind == "anthropic" {
            "skipped"
        } else {
            "well"
        };
        assert_eq!(said["steps"][6]["went"], last);
        server.always(Some(ModelFault::Refused { status: 401 }));
        let (_, said) = send(&kit, &key, "POST", &path, &json!({"model": "gpt-5"})).await;
        server.always(None);
        let went = |n: usize| said["steps"][n]["went"].as_str().unwrap();
        assert_eq!(
            (went(0), went(1), went(2), went(3)),
            ("well", "badly", "skipped", "skipped")
        );
        assert_eq!(said["steps"][1]["trouble"], "key_refused");
        assert!(
            said["steps"][1]["pt"]
                .as_str()
                .unwrap()
                .contains("recusou a chave")
        );
    }
}

fn call(kit: &Kit, n: u128, cost: Option<u64>) -> ModelCallRow {
    ModelCallRow {
        id: uuid::Uuid::from_u128(n),
        workspace: kit.home.workspace,
        conversation: None,
        assistant: None,
        provider: "main".into(),
        model: "gpt-4o-mini".into(),
        answered: String::new(),
        purpose: "answer".into(),
        tokens_in: 100,
        tokens_out: 10,
        cached: 0,
        cost,
        latency_us: 1,
        outcome: "ok".into(),
        at: kit.app.env.clock.now(),
    }
}

#[tokio::test]
async fn usage_adds_up_in_both_currencies_and_says_what_is_not_known() {
    let (kit, key) = open().await;
    let mut commit = Commit::new();
    commit.add_model_call(&call(&kit, 1, Some(1_000)));
    commit.add_model_call(&call(&kit, 2, None));
    let mut old = call(&kit, 3, Some(5));
    old.at = old.at - Span::days(40);
    commit.add_model_call(&old);
    kit.store.commit(commit).await.unwrap();
    let book = json!({"micro_brl_per_usd": 5_400_000, "prices": [
        {"provider": "main", "model": "*", "input": 1, "output": 2, "seen": "2026-11-01"}]});
    let (status, shown) = send(&kit, &key, "PUT", "/api/v1/usage/prices", &book).await;
    assert_eq!(
        (status, &shown["own"]["prices"][0]["input"]),
        (200, &json!(1))
    );
    let (_, shown) = send(&kit, &key, "GET", "/api/v1/usage/prices", &Value::Null).await;
    assert!(shown["built_in"]["prices"].as_array().unwrap().len() > 10);
    let (_, said) = send(&kit, &key, "GET", "/api/v1/usage?by=provider", &Value::Null).await;
    let sum = &said["items"][0];
    assert_eq!(
        (&sum["group"], &sum["calls"], &sum["unpriced"]),
        (&json!("main/gpt-4o-mini"), &json!(2), &json!(1))
    );
    assert_eq!(
        (&sum["cost_micro_usd"], &sum["cost_micro_brl"]),
        (&json!(1_000), &json!(5_400))
    );
    let (_, said) = send(&kit, &key, "GET", "/api/v1/usage?days=60", &Value::Null).await;
    assert_eq!(said["items"].as_array().unwrap().len(), 2);
    for wrong in [
        "days=0",
        "days=732",
        "zone_minutes=900",
        "by=mood",
        "until=x",
    ] {
        let (status, _) = send(
            &kit,
            &key,
            "GET",
            &format!("/api/v1/usage?{wrong}"),
            &Value::Null,
        )
        .await;
        assert_eq!(status, 400, "{wrong}");
    }
    let undated = json!({"prices": [{"provider": "x", "model": "y", "input": 1, "seen": ""}]});
    assert_eq!(
        send(&kit, &key, "PUT", "/api/v1/usage/prices", &undated)
            .await
            .0,
        400
    );
}

#[test]
fn the_command_keeps_a_provider_and_the_vault_changes_its_key() {
    let temp = temp("provider");
    ponte(&temp, &["apply", &demo()], &[]);
    let with_key = [("PONTE_PROVIDER_KEY", KEY)];
    let add = [
        "provider",
        "add",
        "main",
        "--kind",
        "openai",
        "--model",
        "gpt-5-mini",
    ];
    let none = ponte(&temp, &add, &[]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("PONTE_PROVIDER_KEY"), "{}", none.err);
    let done = ponte(&temp, &add, &with_key);
    assert_eq!(done.code, 0, "{}", done.err);
    let listed = ponte(&temp, &["provider", "list"], &[("LANG", "pt_BR.UTF-8")]);
    assert!(
        listed.out.contains("main  openai") && listed.out.contains("…abcd"),
        "{}",
        listed.out
    );
    let status = ponte(&temp, &["--json", "vault", "status"], &[]);
    let before: Value = serde_json::from_str(&status.out).unwrap();
    assert_eq!((&before["open"], &before["closed"]), (&json!(1), &json!(0)));
    let rotated = ponte(&temp, &["--json", "vault", "rotate"], &[]);
    let done: Value = serde_json::from_str(&rotated.out).unwrap();
    assert_eq!(
        (&done["moved"], &done["lost"]),
        (&json!(1), &json!(0)),
        "{}",
        rotated.err
    );
    let after: Value =
        serde_json::from_str(&ponte(&temp, &["--json", "vault", "status"], &[]).out).unwrap();
    assert_ne!(after["master_key"], before["master_key"]);
    assert_eq!(after["open"], json!(1));
    let other = "ab".repeat(32);
    let wrong = ponte(&temp, &["vault", "status"], &[("PONTE_MASTER_KEY", &other)]);
    assert_eq!(wrong.code, 1, "a wrong key is told, and nothing falls");
    let told = ponte(
        &temp,
        &["provider", "list"],
        &[("PONTE_MASTER_KEY", &other)],
    );
    assert!(told.out.contains("doesn't open"), "{}", told.out);
    assert_eq!(ponte(&temp, &["provider", "remove", "main"], &[]).code, 0);
    assert_eq!(ponte(&temp, &["provider", "remove", "main"], &[]).code, 2);
}
