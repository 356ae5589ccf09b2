//! A database file that people copy by hand, with the real server on it.
//!
//! In: the demo, stopped, its file put back from an older copy, started again. Out: nothing is sent, the
//! doctor and `/readyz` say so, and a release lets it go. Absent: which copies are known as such (the
//! store's `marks.rs`). Next: `api_serve.rs`, which starts it.

use crate::api_serve::{Demo, start_in};
use crate::api_workspace::{Temp, Told, ponte, temp};
use ponte::boot::welcome::Scene;
use ponte::demo::NUMBER;
use ponte_sim::{CustomerId, CustomerMessage, CustomerProfile};
use ponte_store::Frozen;
use std::path::Path;
use std::time::Duration;

const FILE: &str = "ponte.db";

fn writes(demo: &Demo, phone: &str) -> CustomerId {
    demo.host.with(|cloud, now| {
        let known = cloud.find_customer(phone);
        let who = known.unwrap_or_else(|| cloud.customer(CustomerProfile::new("Zeca", phone)));
        cloud.customer_sends(now, who, NUMBER, CustomerMessage::text("eco oi"));
        who
    })
}

fn answers(demo: &Demo, who: CustomerId) -> usize {
    let lines = demo.host.with(|cloud, _| cloud.chat(NUMBER, who));
    lines.iter().filter(|line| line["from"] == "api").count()
}

async fn until(what: &str, mut wanted: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if wanted().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never came: {what}");
}

/// The demo's folder inside another that outlives it, so that commands find it under the same name.
fn folder(outer: &Temp) -> Temp {
    Temp(outer.0.join("data"))
}

/// Stops it and keeps its folder, which the outer one removes.
async fn stop(demo: Demo) {
    std::mem::forget(demo.stop().await);
}

/// A command has a runtime of its own.
fn command(outer: &Temp, args: &[&str]) -> Told {
    tokio::task::block_in_place(|| ponte(outer, args, &[]))
}

fn findings(outer: &Temp) -> serde_json::Value {
    let told = command(outer, &["doctor", "--json"]);
    assert_eq!(told.code, 1, "{}", told.err);
    let told: serde_json::Value = serde_json::from_str(&told.out).unwrap();
    let all = told["findings"].as_array().unwrap();
    let found = all.iter().find(|one| one["check"] == "outbox_frozen");
    found.cloned().unwrap_or_default()
}

/// The store lets go of its file with the last of its handles.
async fn closed(file: &Path) {
    let log = file.with_file_name("ponte.db-wal");
    until("the file is closed", async || !log.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_copy_put_back_sends_nothing_until_a_person_releases_it() {
    let outer = temp("put-back");
    let file = outer.0.join("data").join(FILE);
    let copy = outer.0.join("copy.db");
    let demo = start_in(folder(&outer), Scene::Demo).await;
    let who = writes(&demo, "5511977770009");
    until("the first answer", async || answers(&demo, who) == 1).await;
    stop(demo).await;
    closed(&file).await;
    std::fs::copy(&file, &copy).unwrap();

    let demo = start_in(folder(&outer), Scene::Demo).await;
    assert_eq!(
        demo.store.frozen().await.unwrap(),
        None,
        "a restart is no copy"
    );
    let who = writes(&demo, "5511977770009");
    until("an answer after the restart", async || {
        answers(&demo, who) == 2
    })
    .await;
    stop(demo).await;
    closed(&file).await;
    assert!(findings(&outer).is_null());
    closed(&file).await;

    std::fs::copy(&copy, &file).unwrap();
    let demo = start_in(folder(&outer), Scene::Demo).await;
    assert_eq!(demo.store.frozen().await.unwrap(), Some(Frozen::Older));
    let (status, why) = demo.get("/readyz").await;
    assert!(status == 503 && why.contains("outbox_frozen"), "{why}");
    let who = writes(&demo, "5511977770009");
    let waits = async || demo.store.counts().await.unwrap().outbox_pending > 0;
    until("the answer waits", waits).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(waits().await, "a frozen outbox was emptied");
    let before = answers(&demo, who);
    stop(demo).await;
    closed(&file).await;
    let found = findings(&outer);
    assert_eq!(found["grade"], "bad");
    assert!(
        found["todo"]
            .as_str()
            .unwrap()
            .contains("ponte outbox release")
    );
    let told = command(&outer, &["outbox", "release"]);
    assert_eq!(told.out.trim(), "Released.");
    closed(&file).await;

    let demo = start_in(folder(&outer), Scene::Demo).await;
    assert_eq!(demo.store.frozen().await.unwrap(), None);
    let who = demo
        .host
        .with(|cloud, _| cloud.find_customer("5511977770009"));
    let who = who.unwrap();
    until("what waited was sent", async || {
        answers(&demo, who) > before
    })
    .await;
    stop(demo).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_whose_database_was_deleted_begins_anew_and_answers() {
    let outer = temp("deleted");
    let file = outer.0.join("data").join(FILE);
    let demo = start_in(folder(&outer), Scene::Demo).await;
    stop(demo).await;
    closed(&file).await;
    std::fs::remove_file(&file).unwrap();
    let demo = start_in(folder(&outer), Scene::Demo).await;
    assert_eq!(demo.store.frozen().await.unwrap(), None);
    let who = writes(&demo, "5511977770010");
    until("an answer", async || answers(&demo, who) == 1).await;
    stop(demo).await;
}
