//! Numbers by API and command: their health, and a person's hand on them.
//!
//! In: requests with keys, the provider's warnings, commands. Out: what the health shows, who is kept
//! among the account events. Absent: what a number that is cut off does to conversations (`cut_off.rs`).

use crate::api_kit::{Kit, kit};
use crate::api_serve::start_in;
use crate::api_workspace::{ponte, temp};
use ponte::api::key::Scope;
use ponte::boot::welcome::Scene;
use ponte::cli::key::make;
use ponte::demo::NUMBER;
use ponte_core::effect::Alert;
use ponte_core::time::Span;
use ponte_sim::{CustomerMessage, CustomerProfile};
use ponte_store::Commit;
use serde_json::{Value, json};
use std::time::Duration;

fn path(kit: &Kit, deed: &str) -> String {
    format!("/api/v1/numbers/{}{deed}", kit.home.channel.0)
}

async fn get(kit: &Kit, key: &str, path: &str) -> Value {
    let answer = kit.call("GET", path, Some(key), "").await;
    assert_eq!(answer.status, 200, "{path}");
    answer.json()
}

#[tokio::test]
async fn a_number_is_cut_off_and_let_back_in_by_hand_and_it_is_kept_who_did_it() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let health = get(&kit, &key, &path(&kit, "")).await["health"].clone();
    assert_eq!(health["suspended"], false);
    assert_eq!(health["alerts"], json!([]));
    let answer = kit
        .call("POST", &path(&kit, "/suspend"), Some(&key), "")
        .await;
    assert_eq!(answer.status, 200);
    let health = answer.json()["health"].clone();
    assert_eq!(health["suspended"], true);
    assert!(health["suspended_since"].is_string());
    assert_eq!(health["alerts"][0]["alert"]["alert"], "number_suspended");
    let alerts = get(&kit, &key, "/api/v1/alerts").await;
    assert_eq!(alerts["items"][0]["number"], kit.home.channel.0.to_string());
    let answer = kit
        .call("POST", &path(&kit, "/resume"), Some(&key), "")
        .await;
    assert_eq!(answer.status, 200);
    let health = answer.json()["health"].clone();
    assert_eq!(health["suspended"], false);
    assert_eq!(health["alerts"], json!([]));
    let events = get(&kit, &key, "/api/v1/account-events").await;
    let kinds: Vec<_> = events["items"].as_array().unwrap().iter().collect();
    assert_eq!(kinds[0]["kind"], "resumed_by_hand");
    assert_eq!(kinds[1]["kind"], "suspended_by_hand");
    for event in kinds {
        assert_eq!(event["field"], "ponte");
        let row = kit
            .store
            .api_keys(kit.home.workspace)
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert_eq!(event["body"]["by"]["key"], row.id.to_string());
    }
}

#[tokio::test]
async fn only_an_admin_of_the_workspace_has_a_hand_on_a_number() {
    let kit = kit().await;
    let writer = kit.key(&[Scope::Read, Scope::Write], |_| {}).await;
    let admin = kit.full_key().await;
    let foreign = kit.foreign.place.channel.0;
    for deed in ["suspend", "resume"] {
        let own = path(&kit, &format!("/{deed}"));
        assert_eq!(kit.call("POST", &own, Some(&writer), "").await.status, 403);
        assert_eq!(kit.call("POST", &own, None, "").await.status, 401);
        let other = format!("/api/v1/numbers/{foreign}/{deed}");
        assert_eq!(kit.call("POST", &other, Some(&admin), "").await.status, 404);
    }
    let rows = kit.store.channels(None).await.unwrap();
    assert!(rows.iter().all(|row| !row.suspended));
    let events = get(&kit, &admin, "/api/v1/account-events").await;
    assert_eq!(events["items"], json!([]), "what was refused left a trace");
}

#[tokio::test]
async fn an_announced_ban_is_seen_in_the_health_with_its_date_until_the_number_is_well() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let now = kit.app.env.clock.now();
    let mut commit = Commit::new();
    let alert = Alert::NumberAtRisk {
        state: "SCHEDULE_FOR_DISABLE".into(),
        date: Some("November 20, 2026".into()),
    };
    commit.warn_channel(kit.home.channel, &alert, (now, now));
    commit.saw_webhook(kit.home.channel, now - Span::minutes(3));
    assert!(kit.store.commit(commit).await.unwrap().stored());
    let health = get(&kit, &key, &path(&kit, "")).await["health"].clone();
    let shown = &health["alerts"][0]["alert"];
    assert_eq!(shown["alert"], "number_at_risk");
    assert_eq!(shown["date"], "November 20, 2026");
    let noted = health["last_webhook"].clone();
    kit.app.seen.webhook(kit.home.channel, now);
    let health = get(&kit, &key, &path(&kit, "")).await["health"].clone();
    assert!(noted.is_string() && health["last_webhook"].as_str() > noted.as_str());
    assert!(health["pace"].is_null(), "nobody sends here");
    kit.call("POST", &path(&kit, "/resume"), Some(&key), "")
        .await;
    let health = get(&kit, &key, &path(&kit, "")).await["health"].clone();
    assert_eq!(health["alerts"], json!([]));
}

#[test]
fn the_command_line_does_the_same() {
    let temp = temp("number");
    let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    ponte(&temp, &["apply", &demo.display().to_string()], &[]);
    let list = || -> Value {
        let told = ponte(&temp, &["number", "list", "--json"], &[]);
        serde_json::from_str::<Value>(&told.out).unwrap()["numbers"][0].clone()
    };
    let name = list()["name"].as_str().unwrap().to_owned();
    assert_eq!(list()["suspended"], false);
    for (by, deed, suspended) in [(&*name, "suspend", true), (NUMBER, "resume", false)] {
        let told = ponte(&temp, &["number", deed, by], &[]);
        assert_eq!(told.code, 0, "{}", told.err);
        assert!(told.out.starts_with(&name), "{}", told.out);
        assert_eq!(list()["suspended"], suspended);
    }
    let told = ponte(
        &temp,
        &["number", "resume", "ninguém"],
        &[("LANG", "pt_BR.UTF-8")],
    );
    assert_eq!(told.code, 2);
    assert!(told.err.contains("ponte number list"), "{}", told.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_in_use_shows_its_last_webhook_and_its_pace() {
    let demo = start_in(temp("pace"), Scene::Demo).await;
    let workspace = demo.store.workspaces().await.unwrap()[0].id;
    let env = &demo.served.app.env;
    let now = env.clock.now();
    let (row, key) = make(&env.ids, workspace, "eye", &[Scope::Read], now, None).unwrap();
    let mut commit = Commit::new();
    commit.add_api_key(&row);
    assert!(demo.store.commit(commit).await.unwrap().stored());
    let bearer = format!("Bearer {key}");
    let who = demo
        .host
        .with(|cloud, _| cloud.customer(CustomerProfile::new("Ivo", "5511955550001")));
    let mut seen = Value::Null;
    for round in 0..400 {
        if round % 10 == 0 {
            demo.host.with(|cloud, now| {
                cloud.customer_sends(now, who, NUMBER, CustomerMessage::text("eco oi"));
            });
        }
        let headers = [("authorization", bearer.as_str())];
        let (status, text) = demo.get_with("/api/v1/numbers", &headers).await;
        assert_eq!(status, 200);
        let page: Value = serde_json::from_str(&text).unwrap();
        seen = page["items"][0]["health"].clone();
        if seen["last_webhook"].is_string() && seen["pace"]["used"].as_u64() > Some(0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(seen["last_webhook"].is_string(), "{seen}");
    assert_eq!(seen["pace"]["limit"], 20, "{seen}");
    assert!(seen["pace"]["used"].as_u64().unwrap() > 0, "{seen}");
    drop(demo.stop().await);
}
