//! The disk and the process fail on demand; what was promised stands.

use crate::on_each;
use crate::world::{Kind, T0, World, entry, run};
use ponte_store::rows::journal::DeliveryNew;
use ponte_store::{Commit, Fault, Options, Store, StoreError};
use std::time::Duration;

on_each! {
    a_full_disk_refuses_and_recovers
    a_failed_disk_is_final
    an_unsure_commit_can_be_repeated_without_harm
    a_crash_before_stores_nothing_and_after_everything
    a_delayed_commit_is_only_late
}

fn one(t: &World, key: &str) -> Commit {
    let mut c = Commit::new();
    c.append(&entry(t.place, key));
    c
}

async fn stored(t: &World) -> usize {
    t.store
        .pending_of(t.place.conversation, 100)
        .await
        .unwrap()
        .len()
}

async fn a_full_disk_refuses_and_recovers(t: World) {
    t.store.inject(2, Fault::Full);
    t.ok(one(&t, "a")).await;
    assert_eq!(t.store.commit(one(&t, "b")).await, Err(StoreError::Full));
    t.ok(one(&t, "b")).await;
    assert_eq!(stored(&t).await, 2);
}

async fn a_failed_disk_is_final(t: World) {
    t.store.inject(1, Fault::Io);
    for key in ["a", "b"] {
        assert!(matches!(
            t.store.commit(one(&t, key)).await,
            Err(StoreError::Io(_))
        ));
    }
    assert!(
        matches!(t.store.counts().await, Err(StoreError::Io(_))),
        "reads too"
    );
    assert!(matches!(
        t.store
            .take_lease("x", crate::world::NODE, T0, ponte_core::time::Span::secs(1))
            .await,
        Err(StoreError::Io(_))
    ));
}

async fn an_unsure_commit_can_be_repeated_without_harm(t: World) {
    for (fault, first) in [(Fault::UnsureStored, true), (Fault::UnsureLost, false)] {
        let key = format!("{fault:?}");
        t.store.inject(1, fault);
        assert_eq!(t.store.commit(one(&t, &key)).await, Err(StoreError::Unsure));
        let again = t.ok(one(&t, &key)).await;
        assert_eq!(again.journal[0].is_none(), first);
    }
    assert_eq!(stored(&t).await, 2);
}

async fn a_crash_before_stores_nothing_and_after_everything(t: World) {
    for (fault, want) in [(Fault::CrashBefore, 0), (Fault::CrashAfter, 1)] {
        t.store.inject(1, fault);
        assert!(matches!(
            t.store.commit(one(&t, "a")).await,
            Err(StoreError::Gone(_))
        ));
        assert!(
            matches!(t.store.commit(one(&t, "b")).await, Err(StoreError::Gone(_))),
            "dead is dead"
        );
        t.store.revive();
        assert_eq!(stored(&t).await, want);
    }
}

async fn a_delayed_commit_is_only_late(t: World) {
    t.store.inject(1, Fault::Delay(Duration::from_millis(30)));
    let begun = tokio::time::Instant::now();
    t.ok(one(&t, "a")).await;
    assert!(begun.elapsed() >= Duration::from_millis(30));
}

/// Overload: the queue is bounded by bytes, the `try` way says so at once, the waiting way waits.
#[test]
fn a_full_queue_is_busy_and_loses_nothing() {
    run(Kind::File, "busy", |t: World| async move {
        let url = format!("sqlite:{}", t.folder.join("small.db").display());
        let options = Options {
            queue_bytes: 64 * 1024,
            queue: 8,
            ..Options::default()
        };
        let store = Store::open(&url, options).await.unwrap();
        let big = || {
            let mut c = Commit::new();
            c.add_delivery(DeliveryNew {
                received: T0,
                body: vec![1; 40 * 1024].into(),
                lease: None,
            });
            c
        };
        let all = futures_util::future::join_all((0..40).map(|_| store.try_commit(big()))).await;
        let busy = all.iter().filter(|r| **r == Err(StoreError::Busy)).count();
        let ok = all.iter().filter(|r| r.is_ok()).count() as u64;
        assert!(busy > 0, "two such commits don't fit the queue");
        assert_eq!(
            store.counts().await.unwrap().deliveries_waiting,
            ok,
            "acknowledged is stored"
        );
        futures_util::future::join_all((0..40).map(|_| store.commit(big())))
            .await
            .into_iter()
            .for_each(|r| {
                assert!(r.unwrap().stored());
            });
        assert_eq!(store.counts().await.unwrap().deliveries_waiting, ok + 40);
    });
}

/// C1 on a real disk that is full: refused, nothing half stored, works again after space returns.
#[test]
fn a_really_full_disk_refuses_and_recovers() {
    run(Kind::File, "full", |t: World| async move {
        let url = format!("sqlite:{}", t.folder.join("capped.db").display());
        let store = Store::open(
            &url,
            Options {
                inline: true,
                ..Options::default()
            },
        )
        .await
        .unwrap();
        let delivery = |n: usize| {
            let mut c = Commit::new();
            c.add_delivery(DeliveryNew {
                received: T0,
                body: vec![1; n].into(),
                lease: None,
            });
            c
        };
        // The empty tables take more than a hundred.
        store.limit_pages(400).await.unwrap();
        let mut stored = 0;
        let refused = loop {
            match store.commit(delivery(20_000)).await {
                Ok(done) => stored += u64::from(done.stored()),
                Err(e) => break e,
            }
        };
        assert_eq!(refused, StoreError::Full);
        assert!(stored > 0);
        assert_eq!(
            store.counts().await.unwrap().deliveries_waiting,
            stored,
            "reading goes on"
        );
        store.limit_pages(100_000).await.unwrap();
        assert!(
            store.commit(delivery(20_000)).await.unwrap().stored(),
            "recovers by itself"
        );
        store.quick_check().await.unwrap();
    });
}
