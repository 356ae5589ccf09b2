//! Quarantine in the API: each workspace sees its own, and what is nobody's is seen by somebody.
//!
//! In: things set aside of two workspaces and of nobody. Out: what each key may list, open and try again.
//! Absent: how they came there (`faults_intake.rs`). Next: `src/api/quarantine`.

use crate::api_kit::{Kit, id, kit, set_aside};
use axum::http::StatusCode;
use ponte::api::key::Scope;
use ponte_core::ids::WorkspaceId;
use ponte_store::Commit;
use ponte_store::rows::journal::DeliveryNew;
use serde_json::{Value, json};

async fn delivery(kit: &Kit, workspace: Option<WorkspaceId>) -> i64 {
    let now = kit.app.env.clock.now();
    let mut commit = Commit::new();
    commit.add_delivery(DeliveryNew {
        received: now,
        body: b"{\"half\":".to_vec(),
        lease: Some((id(8), now)),
    });
    let delivery = kit.store.commit(commit).await.unwrap().deliveries[0];
    set_aside(&kit.store, delivery, workspace, now).await;
    delivery
}

async fn get(kit: &Kit, key: &str, path: &str) -> Value {
    let answer = kit.call("GET", path, Some(key), "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}");
    answer.json()
}

fn deliveries(list: &Value) -> Vec<i64> {
    let rows = list["items"].as_array().unwrap();
    let of = |row: &Value| row["delivery"].as_i64().or(row["id"].as_i64());
    rows.iter().map(|row| of(row).unwrap()).collect()
}

#[tokio::test]
async fn a_workspace_sees_its_own_and_the_installation_also_nobodys() {
    let kit = kit().await;
    let own = delivery(&kit, Some(kit.home.workspace)).await;
    let nobodys = delivery(&kit, None).await;
    let admin = kit.full_key().await;
    let both = kit.key(&[Scope::Admin, Scope::Installation], |_| {}).await;
    for (key, seen) in [(&admin, vec![own]), (&both, vec![nobodys, own])] {
        let listed = get(&kit, key, "/api/v1/quarantine/deliveries").await;
        assert_eq!(deliveries(&listed), seen);
        let listed = get(&kit, key, "/api/v1/quarantine/items").await;
        assert_eq!(deliveries(&listed), seen);
        assert!(listed["items"][0].get("body").is_none());
        let counts = get(&kit, key, "/api/v1/quarantine").await;
        let n = seen.len();
        assert_eq!(counts, json!({"deliveries": n, "items": n, "entries": 0}));
    }
    for (key, status) in [(&admin, StatusCode::NOT_FOUND), (&both, StatusCode::OK)] {
        let path = format!("/api/v1/quarantine/deliveries/{nobodys}");
        let answer = kit.call("GET", &path, Some(key), "").await;
        assert_eq!(answer.status, status);
    }
    let alone = kit.key(&[Scope::Installation], |_| {}).await;
    let answer = kit
        .call("GET", "/api/v1/quarantine", Some(&alone), "")
        .await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "beside admin only");
}

#[tokio::test]
async fn where_there_is_one_workspace_what_is_nobodys_is_its_own_to_see() {
    let kit = crate::api_kit::kit_of_one().await;
    let nobodys = delivery(&kit, None).await;
    let admin = kit.full_key().await;
    let listed = get(&kit, &admin, "/api/v1/quarantine/items").await;
    assert_eq!(deliveries(&listed), [nobodys]);
    let listed = get(&kit, &admin, "/api/v1/quarantine/deliveries").await;
    assert_eq!(deliveries(&listed), [nobodys]);
}

#[tokio::test]
async fn an_item_is_shown_with_what_came_and_tried_again_with_its_delivery() {
    let kit = kit().await;
    let own = delivery(&kit, Some(kit.home.workspace)).await;
    let admin = kit.full_key().await;
    let listed = get(&kit, &admin, "/api/v1/quarantine/items").await;
    let path = format!("/api/v1/quarantine/items/{}", listed["items"][0]["id"]);
    let item = get(&kit, &admin, &path).await;
    assert_eq!(item["why"], "entry is not an object");
    assert_eq!(item["body"]["raw"], 1);
    let whole = format!("/api/v1/quarantine/deliveries/{own}");
    assert_eq!(get(&kit, &admin, &whole).await["body"], "{\"half\":");
    let retry = format!("{path}/retry");
    let answer = kit.call("POST", &retry, Some(&admin), "").await;
    assert_eq!(answer.status, StatusCode::ACCEPTED);
    let counts = get(&kit, &admin, "/api/v1/quarantine").await;
    assert_eq!(counts, json!({"deliveries": 0, "items": 0, "entries": 0}));
    assert_eq!(kit.store.counts().await.unwrap().deliveries_waiting, 1);
    let again = kit.call("POST", &retry, Some(&admin), "").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}
