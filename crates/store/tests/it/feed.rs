//! The feed: in the order of commits, without gaps, one row per conversation and commit.

use crate::on_each;
use crate::world::{Kind, T0, World, entry, run};
use ponte_core::ids::WorkspaceId;
use ponte_store::rows::shared::Changes;
use ponte_store::{Commit, Options, Store};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

on_each! {
    changes_of_one_commit_are_one_row
    a_reader_with_a_cursor_misses_nothing_under_concurrency
}

async fn changes_of_one_commit_are_one_row(t: World) {
    let other = t.talk(1).await;
    let mut c = Commit::new();
    c.feed(&t.place, T0, Changes::MESSAGE)
        .feed(&other, T0, Changes::STATUS)
        .feed(&t.place, T0, Changes::OWNER);
    t.ok(c).await;
    let rows = t.store.feed(t.place.workspace, 0, 10).await.unwrap();
    assert_eq!(rows.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(rows[0].conversation, t.place.conversation);
    assert!(
        rows[0].changes.has(Changes::MESSAGE.and(Changes::OWNER))
            && !rows[0].changes.has(Changes::ALERT)
    );
    assert_eq!(
        t.store.feed(t.place.workspace, 1, 10).await.unwrap(),
        rows[1..]
    );
    assert_eq!(
        t.store.feed_ends(t.place.workspace).await.unwrap(),
        (Some(1), 2)
    );
    assert_eq!(
        t.store.feed_ends(WorkspaceId(Uuid::nil())).await.unwrap(),
        (None, 0)
    );
}

async fn a_reader_with_a_cursor_misses_nothing_under_concurrency(t: World) {
    follow(&t, vec![t.store.clone()]).await;
}

#[test]
fn a_reader_misses_nothing_when_two_nodes_write() {
    run(Kind::Postgres, "two", |t: World| async move {
        let other = Store::open(&t.url, Options::default()).await.unwrap();
        follow(&t, vec![t.store.clone(), other]).await;
    });
}

/// Writers append and feed; a follower sees each number once, in order, with nothing coming late.
async fn follow(t: &World, stores: Vec<Store>) {
    let done = Arc::new(AtomicBool::new(false));
    let follower = {
        let (store, workspace, done) = (t.store.clone(), t.place.workspace, done.clone());
        tokio::spawn(async move {
            let mut cursor = 0;
            loop {
                let over = done.load(Ordering::Acquire);
                let rows = store.feed(workspace, cursor, 10).await.unwrap();
                for row in &rows {
                    assert_eq!(row.seq, cursor + 1, "a gap or a late arrival");
                    cursor = row.seq;
                }
                if over && rows.is_empty() {
                    return cursor;
                }
                tokio::task::yield_now().await;
            }
        })
    };
    let mut places = vec![t.place];
    for n in 1..5 {
        places.push(t.talk(n).await);
    }
    let tasks: Vec<_> = (0..120_usize)
        .map(|n| {
            let (store, place) = (stores[n % stores.len()].clone(), places[n % places.len()]);
            tokio::spawn(async move {
                let mut c = Commit::new();
                c.append(&entry(place, &format!("k{n}")))
                    .feed(&place, T0, Changes::MESSAGE);
                assert!(store.commit(c).await.unwrap().stored());
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    done.store(true, Ordering::Release);
    let last = follower.await.unwrap();
    assert_eq!(t.store.feed_ends(t.place.workspace).await.unwrap().1, last);
    assert!(last >= 5);
}
