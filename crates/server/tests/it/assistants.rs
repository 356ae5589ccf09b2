//! Versions of assistants over the API and the command line.
//!
//! In: the demo's workspace. Out: what is in force, what was, drafts, and who may change it. Absent: what
//! an assistant does with its settings. Next: `dialogues.rs`.

use crate::api_kit::{Answer, Kit, kit};
use crate::api_workspace::{ponte, temp};
use axum::http::{Method, StatusCode};
use ponte::api::key::Scope;
use ponte::workspace::kept;
use ponte_core::ids::WorkspaceId;
use serde_json::{Value, json};

async fn key(kit: &Kit, workspace: WorkspaceId, scopes: &[Scope]) -> String {
    kit.key(scopes, |row| row.workspace = workspace).await
}

async fn ask(kit: &Kit, method: &Method, path: &str, key: &str, body: Option<Value>) -> Answer {
    let body = body.map(|body| body.to_string()).unwrap_or_default();
    kit.call(method.as_str(), path, Some(key), &body).await
}

struct Desk {
    kit: Kit,
    key: String,
    path: String,
}

impl Desk {
    async fn new() -> Desk {
        let kit = kit().await;
        let key = key(&kit, kit.home.workspace, &Scope::ALL).await;
        let mut desk = Desk {
            kit,
            key,
            path: String::new(),
        };
        let all = desk
            .ask(Method::GET, "/api/v1/assistants", None)
            .await
            .json();
        let id = all["items"][0]["id"].as_str().unwrap();
        desk.path = format!("/api/v1/assistants/{id}");
        desk
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        ask(&self.kit, &method, path, &self.key, body).await
    }

    async fn at(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let path = format!("{}{path}", self.path);
        self.ask(method, &path, body).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.at(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
        answer.json()
    }

    /// Saves a draft in which a text is another, and publishes it.
    async fn change(&self, from: &str, to: &str) -> Answer {
        let now = self.get("").await;
        let file = now["file"].as_str().unwrap();
        assert!(file.contains(from), "{file}");
        let draft = json!({ "file": file.replace(from, to) });
        let saved = self.at(Method::PUT, "/draft", Some(draft)).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.json());
        let wish = json!({ "revision": now["revision"] });
        self.at(Method::POST, "/publish", Some(wish)).await
    }

    /// Keeps a file of tests in the workspace.
    async fn tests(&self, text: &str) {
        let (store, workspace) = (&self.kit.store, self.kit.home.workspace);
        let now = self.kit.app.env.clock.now();
        let kept = kept::load(store, workspace).await.unwrap();
        let mut wanted = kept.settings().unwrap();
        wanted.tests.insert("casa".into(), text.into());
        let plan = kept.plan(workspace, &wanted, now).unwrap();
        assert!(store.commit(plan.commit).await.unwrap().stored());
    }
}

const OLD: &str = "na Rua da Ponte, 100, ao lado";
const NEW: &str = "na Rua Nova, 7, ao lado";

#[tokio::test]
async fn a_draft_changes_nothing_until_it_is_published() {
    let desk = Desk::new().await;
    let now = desk.get("").await;
    let file = now["file"].as_str().unwrap().replace(OLD, NEW);
    let saved = desk
        .at(Method::PUT, "/draft", Some(json!({ "file": file })))
        .await;
    assert_eq!(saved.json()["draft"]["based_on"], now["revision"]);
    let after = desk.get("").await;
    assert_eq!(
        (&after["file"], &after["revision"]),
        (&now["file"], &now["revision"])
    );
    assert_eq!(after["draft_file"], Value::from(file));
    let revision = now["revision"].as_u64().unwrap();
    let diff = desk.get(&format!("/diff?from={revision}")).await;
    let diff = diff["diff"].as_str().unwrap();
    assert!(diff.contains(NEW) && diff.contains(OLD), "{diff}");
    let wish = json!({ "revision": revision });
    let published = desk.at(Method::POST, "/publish", Some(wish)).await;
    assert_eq!(published.status, StatusCode::OK, "{}", published.json());
    assert_eq!(published.json()["revision"], revision + 1);
    assert!(published.json()["draft"].is_null());
    let after = desk.get("").await;
    assert!(after["file"].as_str().unwrap().contains(NEW));
}

#[tokio::test]
async fn versions_are_kept_compared_and_brought_back_as_new_ones() {
    let desk = Desk::new().await;
    let first = desk.get("").await;
    assert_eq!(desk.change(OLD, NEW).await.status, StatusCode::OK);
    let all = desk.get("/versions").await;
    let revisions: Vec<u64> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["revision"].as_u64().unwrap())
        .collect();
    assert_eq!(revisions, [2, 1]);
    assert!(all["items"][0]["until"].is_null());
    assert_eq!(all["items"][0]["since"], all["items"][1]["until"]);
    assert_eq!(all["items"][1]["file"], first["file"]);
    let diff = desk.get("/diff?from=1&to=2").await;
    assert!(diff["diff"].as_str().unwrap().contains(NEW));
    let back = json!({ "revision": 2, "to": 1 });
    let back = desk.at(Method::POST, "/rollback", Some(back)).await;
    assert_eq!(back.json()["revision"], 3, "{}", back.json());
    assert_eq!(desk.get("").await["file"], first["file"]);
    assert_eq!(
        desk.get("/versions").await["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn who_was_slower_is_told_and_nothing_is_lost() {
    let desk = Desk::new().await;
    let file = desk.get("").await["file"].clone();
    let draft = json!({ "file": file });
    assert_eq!(
        desk.at(Method::PUT, "/draft", Some(draft.clone()))
            .await
            .status,
        200
    );
    let twice = desk.at(Method::PUT, "/draft", Some(draft)).await;
    assert_eq!(twice.status, StatusCode::CONFLICT, "a draft is there");
    let stale = json!({ "revision": 9 });
    for path in ["/publish", "/rollback"] {
        let mut wish = stale.clone();
        if path == "/rollback" {
            wish["to"] = 1.into();
        }
        let answer = desk.at(Method::POST, path, Some(wish)).await;
        assert_eq!(answer.json()["type"], "urn:ponte:problem:changed", "{path}");
    }
    assert_eq!(desk.at(Method::DELETE, "/draft", None).await.status, 204);
    assert_eq!(desk.at(Method::DELETE, "/draft", None).await.status, 404);
    let none = desk
        .at(Method::POST, "/publish", Some(json!({ "revision": 1 })))
        .await;
    assert_eq!(none.status, StatusCode::NOT_FOUND, "no draft");
    let gone = json!({ "revision": 1, "to": 7 });
    let gone = desk.at(Method::POST, "/rollback", Some(gone)).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_draft_that_is_wrong_is_refused_by_line() {
    let desk = Desk::new().await;
    let wrong = json!({ "file": "name: Bia\nfaqs: []\n" });
    let answer = desk.at(Method::PUT, "/draft", Some(wrong)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    let detail = answer.json()["detail"].as_str().unwrap().to_string();
    assert!(
        detail.starts_with("assistants/padaria.yaml:2:1:"),
        "{detail}"
    );
    let unknown = json!({ "file": "name: Bia\nhand_off: {team: ninguem}\n" });
    let answer = desk.at(Method::PUT, "/draft", Some(unknown)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn required_tests_hold_a_publication_back_and_no_rollback() {
    let desk = Desk::new().await;
    desk.tests(
        "required: true\ntests:\n  - name: endereço\n    steps:\n      - customer: Onde fica a padaria?\n        \
         says: Rua da Ponte, 100\n",
    )
    .await;
    let old = "Ficamos na Rua da Ponte, 100, ao lado";
    let held = desk.change(old, "Ficamos perto, ao lado").await;
    assert_eq!(held.status, StatusCode::CONFLICT);
    assert_eq!(held.json()["type"], "urn:ponte:problem:tests-fail");
    let detail = held.json()["detail"].as_str().unwrap().to_string();
    assert!(
        detail.contains("endereço") && detail.contains("Ficamos perto"),
        "{detail}"
    );
    assert_eq!(desk.get("").await["revision"], 1, "nothing was published");
    desk.tests("tests:\n  - name: livre\n    steps: [{customer: a, says: b}]\n")
        .await;
    let wish = json!({ "revision": 1 });
    let free = desk.at(Method::POST, "/publish", Some(wish)).await;
    assert_eq!(free.status, StatusCode::OK, "{}", free.json());
}

#[tokio::test]
async fn scopes_and_workspaces_are_kept_apart() {
    let desk = Desk::new().await;
    let kit = &desk.kit;
    let reader = key(kit, kit.home.workspace, &[Scope::Read]).await;
    let writer = key(kit, kit.home.workspace, &[Scope::Write]).await;
    let stranger = key(kit, kit.foreign.place.workspace, &Scope::ALL).await;
    let draft = Some(json!({ "file": "name: B\n" }));
    let publish = Some(json!({ "revision": 1 }));
    let back = Some(json!({ "revision": 1, "to": 1 }));
    for (method, path, body, who, status) in [
        (Method::GET, "", None, &writer, 403),
        (Method::PUT, "/draft", draft.clone(), &reader, 403),
        (Method::POST, "/publish", publish.clone(), &writer, 403),
        (Method::POST, "/rollback", back.clone(), &writer, 403),
        (Method::GET, "", None, &stranger, 404),
        (Method::GET, "/versions", None, &stranger, 404),
        (Method::GET, "/diff?from=1", None, &stranger, 404),
        (Method::PUT, "/draft", draft, &stranger, 404),
        (Method::DELETE, "/draft", None, &stranger, 404),
        (Method::POST, "/publish", publish, &stranger, 404),
        (Method::POST, "/rollback", back, &stranger, 404),
    ] {
        let whole = format!("{}{path}", desk.path);
        let answer = ask(kit, &method, &whole, who, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
    }
    let none = ask(kit, &Method::GET, "/api/v1/assistants", &stranger, None).await;
    assert_eq!(none.json()["items"], json!([]));
}

#[test]
fn the_commands_do_the_same() {
    let data = temp("assistant");
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let folder = temp("assistant-folder");
    let exported = folder.0.display().to_string();
    assert_eq!(
        ponte(&data, &["apply", &demo.display().to_string()], &[]).code,
        0
    );
    assert_eq!(ponte(&data, &["export", &exported], &[]).code, 0);
    let path = folder.0.join("assistants/padaria.yaml");
    let text = std::fs::read_to_string(&path).unwrap().replace(OLD, NEW);
    std::fs::write(&path, text).unwrap();
    assert_eq!(ponte(&data, &["apply", &exported], &[]).code, 0);
    let told = ponte(&data, &["assistant", "list"], &[]);
    assert!(told.out.contains("padaria  version 2  "), "{}", told.out);
    let told = ponte(&data, &["assistant", "versions", "padaria", "--json"], &[]);
    let versions: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(versions["versions"].as_array().unwrap().len(), 2);
    let told = ponte(&data, &["assistant", "diff", "padaria", "1"], &[]);
    assert!(told.out.contains(NEW), "{}", told.out);
    let told = ponte(&data, &["assistant", "rollback", "padaria", "1"], &[]);
    assert!(
        told.out.contains("In force: version 3."),
        "{}{}",
        told.out,
        told.err
    );
    let told = ponte(&data, &["assistant", "publish", "padaria"], &[]);
    assert_eq!(told.code, 2, "no draft: {}", told.err);
    let told = ponte(&data, &["assistant", "diff", "ninguem", "1"], &[]);
    assert_eq!(told.code, 2, "{}", told.out);
}
