//! Leases fence; two stores on one PostgreSQL share the work.

use crate::on_each;
use crate::world::{Kind, NODE, NODE_B, T0, World, entry, run};
use ponte_core::time::{Span, Time};
use ponte_store::rows::journal::DeliveryNew;
use ponte_store::rows::outbox::LeaseRef;
use ponte_store::rows::shared::NodeRow;
use ponte_store::{Commit, Hint, Options, Refused, Store};
use std::collections::BTreeSet;
use std::time::Duration;

on_each! {
    a_lease_has_one_holder_and_its_token_grows
    a_commit_under_a_passed_lease_is_refused
    nodes_report_and_leave
}

fn named(token: i64) -> LeaseRef {
    LeaseRef {
        name: "channel/x".into(),
        token,
    }
}

async fn a_lease_has_one_holder_and_its_token_grows(t: World) {
    let take = |owner, span| t.store.take_lease("channel/x", owner, T0, span);
    let first = take(NODE, Span::hours(1)).await.unwrap().unwrap();
    assert_eq!(take(NODE_B, Span::hours(1)).await.unwrap(), None);
    assert_eq!(
        take(NODE, Span::hours(2)).await.unwrap().unwrap().token,
        first.token,
        "the holder keeps its token"
    );
    assert!(
        t.store
            .renew_lease(&named(first.token), T0, Span::hours(1))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        t.store
            .renew_lease(&named(first.token + 1), T0, Span::hours(1))
            .await
            .unwrap()
            .is_none()
    );
    assert!(t.store.expired_leases(T0).await.unwrap().is_empty());
    // Zero length: over at once.
    t.store
        .renew_lease(&named(first.token), T0, Span::ZERO)
        .await
        .unwrap();
    assert_eq!(t.store.expired_leases(T0).await.unwrap().len(), 1);
    assert!(
        t.store
            .renew_lease(&named(first.token), T0, Span::hours(1))
            .await
            .unwrap()
            .is_none(),
        "over is over"
    );
    let second = take(NODE_B, Span::hours(1)).await.unwrap().unwrap();
    assert_eq!(second.token, first.token + 1);
    assert!(!t.store.release_lease(&named(first.token)).await.unwrap());
    assert!(t.store.release_lease(&named(second.token)).await.unwrap());
    assert_eq!(
        take(NODE_B, Span::hours(1)).await.unwrap().unwrap().token,
        second.token + 1,
        "even for the same"
    );
    assert_eq!(t.store.leases().await.unwrap().len(), 1);
}

async fn a_commit_under_a_passed_lease_is_refused(t: World) {
    let first = t
        .store
        .take_lease("channel/x", NODE, T0, Span::hours(1))
        .await
        .unwrap()
        .unwrap();
    let write = |token: i64, key: &str| {
        let mut c = Commit::new();
        c.under_lease(&named(token), T0)
            .append(&entry(t.place, key));
        t.store.commit(c)
    };
    assert!(write(first.token, "a").await.unwrap().stored());
    t.store.release_lease(&named(first.token)).await.unwrap();
    assert_eq!(
        write(first.token, "b").await.unwrap().refused,
        Some(Refused::Lease)
    );
    let second = t
        .store
        .take_lease("channel/x", NODE_B, T0, Span::hours(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        write(first.token, "c").await.unwrap().refused,
        Some(Refused::Lease),
        "the old holder woke up late"
    );
    assert!(write(second.token, "d").await.unwrap().stored());
}

async fn nodes_report_and_leave(t: World) {
    let node = NodeRow {
        id: NODE,
        name: "a".into(),
        version: "0.1.0".into(),
        seen: T0,
    };
    let seen = t.store.beat(&node).await.unwrap();
    assert!(t.store.beat(&node).await.unwrap() >= seen);
    assert_eq!(t.store.nodes(Time::ZERO).await.unwrap()[0].name, "a");
    assert!(t.store.nodes(Time(i64::MAX)).await.unwrap().is_empty());
    t.store.drop_node(NODE).await.unwrap();
    assert!(t.store.nodes(Time::ZERO).await.unwrap().is_empty());
}

/// D3: leases go by the database's clock, whatever a node believes.
#[test]
fn a_node_with_a_wrong_clock_can_not_steal_a_lease() {
    run(Kind::Postgres, "clock", |t: World| async move {
        let right = t.now().await;
        t.store
            .take_lease("channel/x", NODE, right, Span::minutes(1))
            .await
            .unwrap()
            .unwrap();
        let ahead = right + Span::days(3);
        assert_eq!(
            t.store
                .take_lease("channel/x", NODE_B, ahead, Span::minutes(1))
                .await
                .unwrap(),
            None
        );
    });
}

#[test]
fn two_stores_share_deliveries_without_taking_one_twice() {
    run(Kind::Postgres, "share", |t: World| async move {
        let other = Store::open(&t.url, Options::default()).await.unwrap();
        let mut c = Commit::new();
        for n in 0..200_u8 {
            c.add_delivery(DeliveryNew {
                received: T0,
                body: vec![n].into(),
                lease: None,
            });
        }
        t.ok(c).await;
        let work = |store: Store, owner| async move {
            let mut mine = Vec::new();
            loop {
                let got = store
                    .claim_deliveries(owner, T0, Span::minutes(5), 7)
                    .await
                    .unwrap();
                if got.is_empty() {
                    return mine;
                }
                for d in got {
                    let mut c = Commit::new();
                    c.finish_delivery(d.id, owner);
                    assert!(store.commit(c).await.unwrap().stored());
                    mine.push(d.id);
                }
            }
        };
        let (a, b) = tokio::join!(
            tokio::spawn(work(t.store.clone(), NODE)),
            tokio::spawn(work(other.clone(), NODE_B))
        );
        let (a, b) = (a.unwrap(), b.unwrap());
        assert!(!a.is_empty() && !b.is_empty(), "both work");
        let all: BTreeSet<i64> = a.iter().chain(&b).copied().collect();
        assert_eq!((all.len(), a.len() + b.len()), (200, 200));
    });
}

#[test]
fn two_stores_never_claim_one_send_twice() {
    run(Kind::Postgres, "claims", |t: World| async move {
        let other = Store::open(&t.url, Options::default()).await.unwrap();
        for n in 1..=20 {
            let claim = t.pending(n).await;
            let ask = |store: &Store| {
                let mut c = Commit::new();
                c.claim_send(&claim);
                let store = store.clone();
                async move { store.commit(c).await.unwrap().stored() }
            };
            let (a, b) = tokio::join!(ask(&t.store), ask(&other));
            assert!(a ^ b, "exactly one voice");
        }
    });
}

/// Law 5 across nodes: either the echo is journaled first and the claim sees it, or the claim was first.
#[test]
fn a_claim_and_an_echo_at_once_are_in_one_order() {
    run(Kind::Postgres, "order", |t: World| async move {
        let other = Store::open(&t.url, Options::default()).await.unwrap();
        for n in 1..=20 {
            let claim = t.pending(n).await;
            let place = ponte_store::rows::Place {
                conversation: claim.conversation,
                ..t.place
            };
            let mut c = Commit::new();
            c.claim_send(&claim);
            let mut e = Commit::new();
            e.append(&entry(place, &format!("echo {n}")));
            let (claimed, echoed) = tokio::join!(t.store.commit(c), other.commit(e));
            assert!(echoed.unwrap().stored());
            let refused = claimed.unwrap().refused;
            assert!(
                matches!(refused, None | Some(Refused::Claim)),
                "{refused:?}"
            );
        }
    });
}

#[test]
fn hints_reach_the_other_node_once_and_ours_at_once() {
    run(Kind::Postgres, "hints", |t: World| async move {
        let other = Store::open(&t.url, Options::default()).await.unwrap();
        let (mut ours, mut theirs) = (t.store.hints(), other.hints());
        // The listener says "everything" when it is up.
        while tokio::time::timeout(Duration::from_secs(20), theirs.recv())
            .await
            .unwrap()
            .unwrap()
            != Hint::Everything
        {}
        let mut c = Commit::new();
        c.append(&entry(t.place, "a"));
        t.ok(c).await;
        let want = Hint::Journal(t.place.channel);
        assert_eq!(
            tokio::time::timeout(Duration::from_secs(20), theirs.recv())
                .await
                .unwrap()
                .unwrap(),
            want
        );
        let mut mine = Vec::new();
        while let Ok(Ok(hint)) = tokio::time::timeout(Duration::from_millis(300), ours.recv()).await
        {
            mine.push(hint);
        }
        assert_eq!(mine.iter().filter(|h| **h == want).count(), 1, "{mine:?}");
    });
}
