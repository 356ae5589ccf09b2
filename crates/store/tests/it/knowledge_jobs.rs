//! The work of reading: one at a time per source, taken over after a crash, fenced, cancelled.

use crate::on_each;
use crate::world::{NODE, NODE_B, T0, World, uuid};
use ponte_core::time::Span;
use ponte_store::rows::knowledge::{JobKind, JobRow, JobState};
use ponte_store::{Commit, Refused, Retention};
use serde_json::json;

on_each! {
    a_reading_is_taken_once_and_taken_over_when_its_holder_is_gone
    of_one_source_one_reading_is_under_way
    a_waiting_reading_is_cancelled_at_once_and_one_under_way_is_told
    ended_readings_go_in_their_time
}

fn job(t: &World, n: u128, source: u128) -> JobRow {
    JobRow {
        id: uuid(0xB000 + n),
        workspace: t.place.workspace,
        source: uuid(source),
        kind: JobKind::File,
        state: JobState::Waiting,
        name: "manual.pdf".into(),
        media: "application/pdf".into(),
        bytes: Some(vec![1, 2, 3]),
        progress: json!({"done": 0}),
        place: None,
        cancel: false,
        attempts: 0,
        created: T0 + Span::secs(i64::try_from(n).unwrap()),
        updated: T0,
    }
}

const LEASE: Span = Span::secs(60);

async fn a_reading_is_taken_once_and_taken_over_when_its_holder_is_gone(t: World) {
    let (w, now) = (t.place.workspace, t.now().await);
    let mut c = Commit::new();
    c.add_knowledge_job(&job(&t, 1, 5));
    t.ok(c).await;
    assert_eq!(t.store.open_knowledge_jobs(w).await.unwrap(), 1);
    // A lease that has run out already: the holder is as good as gone.
    let gone = t.store.claim_knowledge_job(NODE, now, Span::secs(-1)).await;
    assert_eq!(gone.unwrap().unwrap().bytes, Some(vec![1, 2, 3]));
    let mut c = Commit::new();
    c.job_progress(
        uuid(0xB001),
        NODE,
        &json!({"done": 1}),
        Some(&json!("here")),
        T0,
    );
    t.ok(c).await;
    let held = t
        .store
        .claim_knowledge_job(NODE_B, now, LEASE)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((held.attempts, held.place), (2, Some(json!("here"))));
    assert_eq!(held.progress, json!({"done": 1}));
    let none = t.store.claim_knowledge_job(NODE, now, LEASE).await.unwrap();
    assert_eq!(none, None);
    let mut late = Commit::new();
    late.under_job(held.id, NODE).put_meta("late", "1");
    let refused = t.store.commit(late).await.unwrap().refused;
    assert_eq!(
        refused,
        Some(Refused::Lease),
        "the first writes nothing more"
    );
    assert_eq!(t.store.meta("late").await.unwrap(), None);
    let mut c = Commit::new();
    c.under_job(held.id, NODE_B)
        .end_job(held.id, NODE_B, JobState::Done, &json!({"done": 2}), T0);
    t.ok(c).await;
    let done = t.store.knowledge_job(w, held.id).await.unwrap().unwrap();
    assert_eq!(
        (done.state, done.progress),
        (JobState::Done, json!({"done": 2}))
    );
    let after = t.store.claim_knowledge_job(NODE, now, LEASE).await.unwrap();
    assert_eq!(after, None);
}

async fn of_one_source_one_reading_is_under_way(t: World) {
    let now = t.now().await;
    let mut c = Commit::new();
    for (n, source) in [(1, 5), (2, 5), (3, 6)] {
        c.add_knowledge_job(&job(&t, n, source));
    }
    t.ok(c).await;
    let mut taken = Vec::new();
    while let Some(row) = t.store.claim_knowledge_job(NODE, now, LEASE).await.unwrap() {
        taken.push(row.id);
    }
    assert_eq!(taken, [uuid(0xB001), uuid(0xB003)]);
    let page = t
        .store
        .knowledge_jobs(t.place.workspace, uuid(5), None, 1)
        .await
        .unwrap();
    assert_eq!(
        (page.items[0].id, page.next),
        (uuid(0xB002), Some(uuid(0xB002)))
    );
    assert_eq!(page.items[0].bytes, None, "a list carries no files");
    let page = t
        .store
        .knowledge_jobs(t.place.workspace, uuid(5), page.next, 5)
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
}

async fn a_waiting_reading_is_cancelled_at_once_and_one_under_way_is_told(t: World) {
    let (w, now) = (t.place.workspace, t.now().await);
    let mut c = Commit::new();
    c.add_knowledge_job(&job(&t, 1, 5))
        .add_knowledge_job(&job(&t, 2, 6));
    t.ok(c).await;
    let held = t
        .store
        .claim_knowledge_job(NODE, now, LEASE)
        .await
        .unwrap()
        .unwrap();
    let renewed = || t.store.renew_knowledge_job(held.id, NODE, now, LEASE);
    assert_eq!(renewed().await.unwrap(), Some(false));
    for id in [held.id, uuid(0xB002)] {
        let mut c = Commit::new();
        c.cancel_job(w, id, T0);
        t.ok(c).await;
    }
    assert_eq!(renewed().await.unwrap(), Some(true));
    let waiting = t
        .store
        .knowledge_job(w, uuid(0xB002))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(waiting.state, JobState::Cancelled);
    let mut c = Commit::new();
    c.cancel_job(w, uuid(0xB002), T0);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Missing)
    );
    let mut c = Commit::new();
    c.end_job(held.id, NODE, JobState::Cancelled, &json!({}), T0);
    t.ok(c).await;
    assert_eq!(renewed().await.unwrap(), None);
    assert_eq!(t.store.open_knowledge_jobs(w).await.unwrap(), 0);
}

async fn ended_readings_go_in_their_time(t: World) {
    let mut c = Commit::new();
    c.add_knowledge_job(&job(&t, 1, 5))
        .add_knowledge_job(&job(&t, 2, 6));
    c.cancel_job(t.place.workspace, uuid(0xB001), T0);
    t.ok(c).await;
    let purged = t
        .store
        .purge(T0 + Span::days(31), &Retention::default())
        .await
        .unwrap();
    assert_eq!(purged.readings, 1, "one that waits stays");
    assert_eq!(
        t.store
            .open_knowledge_jobs(t.place.workspace)
            .await
            .unwrap(),
        1
    );
}
