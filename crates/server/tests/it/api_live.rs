//! The live feed: in order, without gaps, taken up again where it broke.
//!
//! In: commits that change conversations. Out: server-sent events. Absent: what changed. Next:
//! `api_workspace.rs`.

use crate::api_kit::{Kit, kit};
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use ponte_store::Commit;
use ponte_store::rows::shared::Changes;
use std::time::Duration;
use tower::ServiceExt;

struct Stream {
    body: Body,
    text: String,
}

async fn follow(kit: &Kit, key: &str, after: Option<i64>) -> Stream {
    let mut request = Request::get("/api/v1/live")
        .header(header::HOST, "localhost")
        .header(header::AUTHORIZATION, format!("Bearer {key}"));
    if let Some(after) = after {
        request = request.header("last-event-id", after.to_string());
    }
    let response = kit
        .router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(
        response.headers()["cache-control"],
        "no-store, no-transform"
    );
    Stream {
        body: response.into_body(),
        text: String::new(),
    }
}

impl Stream {
    /// The ids of the next events of a name.
    async fn ids(&mut self, name: &str, count: usize) -> Vec<i64> {
        let mark = format!("event: {name}");
        let found = |text: &str| {
            let blocks = text.split("\n\n").filter(|block| block.contains(&mark));
            let ids = blocks.filter_map(|block| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix("id: "))?
                    .parse()
                    .ok()
            });
            ids.collect::<Vec<i64>>()
        };
        let read = async {
            while found(&self.text).len() < count {
                let Some(frame) = self.body.frame().await else {
                    break;
                };
                if let Ok(data) = frame.unwrap().into_data() {
                    self.text.push_str(std::str::from_utf8(&data).unwrap());
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(5), read).await;
        found(&self.text)
    }
}

async fn change(kit: &Kit) {
    let mut commit = Commit::new();
    commit.feed(&kit.home, kit.app.env.clock.now(), Changes::STATUS);
    kit.store.commit(commit).await.unwrap();
}

#[tokio::test]
async fn a_broken_stream_goes_on_where_it_stopped() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let (_, start) = kit.store.feed_ends(kit.home.workspace).await.unwrap();
    let mut stream = follow(&kit, &key, None).await;
    for _ in 0..3 {
        change(&kit).await;
    }
    assert_eq!(
        stream.ids("change", 3).await,
        [start + 1, start + 2, start + 3]
    );
    assert!(
        stream.text.contains("\"changes\":[\"status\"]"),
        "{}",
        stream.text
    );
    drop(stream);
    change(&kit).await;
    let mut again = follow(&kit, &key, Some(start + 2)).await;
    assert_eq!(again.ids("change", 2).await, [start + 3, start + 4]);
}

#[tokio::test]
async fn a_cursor_from_another_time_is_told_to_read_again() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let mut stream = follow(&kit, &key, Some(1_000_000)).await;
    assert_eq!(stream.ids("resync", 1).await.len(), 1);
}

#[tokio::test]
async fn a_stopping_server_ends_its_streams() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let mut stream = follow(&kit, &key, None).await;
    kit.stop.send_replace(true);
    let ended = tokio::time::timeout(Duration::from_secs(5), async {
        while stream.body.frame().await.is_some() {}
    });
    assert!(ended.await.is_ok());
}

#[tokio::test]
async fn a_stream_ends_with_its_key() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let mut stream = follow(&kit, &key, None).await;
    let mut commit = Commit::new();
    for row in kit.store.api_keys(kit.home.workspace).await.unwrap() {
        commit.revoke_api_key(kit.home.workspace, row.id);
    }
    kit.store.commit(commit).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(8), async {
        while stream.body.frame().await.is_some() {}
    });
    assert!(ended.await.is_ok());
}
