//! Quarantine in the API: each workspace sees its own, and what is nobody's is seen by somebody.
//!
//! In: things set aside of two workspaces and of nobody. Out: what each key may list, open and try again.
//! Absent: how they came there (`faults_intake.rs`). Next: `src/api/quarantine`.

use crate::api_kit::{Kit, id, kit, set_aside};
use crate::api_workspace::{ponte, temp};
use axum::http::StatusCode;
use ponte::api::key::Scope;
use ponte_core::Time;
use ponte_core::ids::WorkspaceId;
use ponte_store::rows::journal::DeliveryNew;
use ponte_store::{Commit, Options, Store};
use serde_json::{Value, json};

async fn delivery(kit: &Kit, workspace: Option<WorkspaceId>) -> i64 {
    kept(&kit.store, workspace, kit.app.env.clock.now()).await
}

async fn kept(store: &Store, workspace: Option<WorkspaceId>, now: Time) -> i64 {
    let mut commit = Commit::new();
    commit.add_delivery(DeliveryNew {
        received: now,
        body: b"{\"half\":".as_slice().into(),
        lease: Some((id(8), now)),
    });
    let delivery = store.commit(commit).await.unwrap().deliveries[0];
    set_aside(store, delivery, workspace, now).await;
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

#[test]
fn whoever_holds_the_machine_lists_shows_and_retries_all_of_it() {
    let temp = temp("quarantine");
    let url = format!("sqlite:{}", temp.0.join("data/ponte.db").display());
    std::fs::create_dir_all(temp.0.join("data")).unwrap();
    let runtime = ponte::cli::tools::runtime().unwrap();
    runtime.block_on(async {
        let store = Store::open(&url, Options::default()).await.unwrap();
        kept(&store, Some(WorkspaceId(id(1))), Time(1)).await;
        kept(&store, None, Time(1)).await;
    });
    let run = |args: &[&str]| {
        let args = [&["quarantine"], args].concat();
        let told = ponte(&temp, &args, &[]);
        (told.code, told.out, told.err)
    };
    let (code, out, _) = run(&["list"]);
    let first = "In quarantine: 2 deliveries, 2 items, 0 entries.";
    assert_eq!((code, out.lines().next()), (0, Some(first)));
    assert_eq!(out.lines().count(), 5, "{out}");
    let listed: Value = serde_json::from_str(&run(&["list", "--json"]).1).unwrap();
    assert_eq!(listed["counts"]["items"], 2);
    assert_eq!(listed["items"][0]["workspace"], Value::Null);
    let item = listed["items"][0]["id"].to_string();
    let shown: Value = serde_json::from_str(&run(&["show", "item", &item]).1).unwrap();
    assert_eq!(shown["body"]["raw"], 1);
    let delivery = listed["deliveries"][1]["id"].to_string();
    let shown: Value = serde_json::from_str(&run(&["show", "delivery", &delivery]).1).unwrap();
    assert_eq!(shown["body"], "{\"half\":");
    for (kind, number) in [("item", &item), ("delivery", &delivery)] {
        assert_eq!(run(&["retry", kind, number]).0, 0);
        let (code, _, told) = run(&["retry", kind, number]);
        assert_eq!(
            (code, told.as_str()),
            (
                2,
                "ponte: there is nothing of that in quarantine. See the numbers with `ponte quarantine list`.\n"
            )
        );
    }
    let (_, out, _) = run(&["list"]);
    assert_eq!(out, "In quarantine: 0 deliveries, 0 items, 0 entries.\n");
}
