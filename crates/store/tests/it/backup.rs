//! Backups while others write; restoring into either engine; the frozen outbox.

use crate::on_each;
use crate::world::{Kind, T0, World, address, drop_database, entry, message};
use ponte_core::effect::{Alert, Mark, SendState};
use ponte_core::event::TimerReason;
use ponte_core::fact::Delivery;
use ponte_core::time::{Span, Time};
use ponte_store::rows::journal::DeliveryNew;
use ponte_store::rows::outbox::{Claim, ClaimBlock};
use ponte_store::rows::shared::{AlertNew, Changes};
use ponte_store::{Commit, Frozen, Options, Refused, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_each! {
    a_backup_taken_while_writing_is_consistent
    a_restored_store_is_the_same_on_either_engine_and_frozen
    restoring_needs_an_empty_store_and_a_backup
}

async fn a_backup_taken_while_writing_is_consistent(t: World) {
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (store, place, stop) = (t.store.clone(), t.place, stop.clone());
        tokio::spawn(async move {
            let mut n = 0;
            while !stop.load(Ordering::Acquire) {
                // One commit: an entry and its message, always together.
                let mut c = Commit::new();
                c.append(&entry(place, &format!("k{n}"))).put_message(
                    &place,
                    1,
                    &message(n, T0, "x"),
                );
                store.commit(c).await.unwrap();
                n += 1;
                tokio::task::yield_now().await;
            }
            n
        })
    };
    let mut files = Vec::new();
    for n in 0..3 {
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        let file = t.folder.join(format!("backup{n}.db"));
        let report = t.store.backup(&file).await.unwrap();
        assert!(report.rows > 4 && report.bytes > 0);
        files.push(file);
    }
    assert!(
        matches!(t.store.backup(&files[0]).await, Err(StoreError::Invalid(_))),
        "never over another"
    );
    stop.store(true, Ordering::Release);
    let written = writer.await.unwrap();
    assert!(written > 0);
    for file in files {
        let raw = rusqlite::Connection::open(&file).unwrap();
        let count = |table: &str| -> i64 {
            raw.query_row(&format!("SELECT COUNT(*) FROM {table}"), [], |r| r.get(0))
                .unwrap()
        };
        assert_eq!(count("journal"), count("messages"));
        let ok: String = raw
            .query_row("PRAGMA integrity_check", [], |r| r.get(0))
            .unwrap();
        assert_eq!(ok, "ok");
    }
}

/// Something in every kind of column, and an open claim that could be made.
async fn furnish(t: &World) -> Claim {
    let claim = t.pending(5).await;
    let m = message(1, T0, "olá, ção ❤");
    let mut c = Commit::new();
    c.append(&entry(t.place, "a")).put_message(&t.place, 1, &m);
    c.mark_message(
        &t.place,
        m.id,
        &Mark::Status {
            status: Delivery::Read,
            at: T0,
            errors: vec![],
            pricing: None,
        },
    );
    c.add_delivery(DeliveryNew {
        received: T0,
        body: vec![0, 159, 146, 150].into(),
        lease: Some((claim.node, Time(i64::MAX))),
    });
    c.set_timer(&t.place, &TimerReason::Ghost, T0)
        .feed(&t.place, T0, Changes::MESSAGE);
    c.open_alert(&AlertNew {
        place: t.place,
        at: T0,
        alert: Alert::Silent,
    })
    .put_meta("salt", "s");
    t.ok(c).await;
    claim
}

async fn a_restored_store_is_the_same_on_either_engine_and_frozen(t: World) {
    let claim = furnish(&t).await;
    let file = t.folder.join("backup.db");
    t.store.backup(&file).await.unwrap();
    for kind in [Kind::Memory, Kind::File, Kind::Postgres] {
        let folder = t.folder.join("restored");
        let label = format!("{}_{:?}_to_{kind:?}", std::process::id(), t.kind);
        let url = address(kind, &folder, &label).await;
        let store = Store::open(&url, Options::default()).await.unwrap();
        store.restore(&file).await.unwrap();
        same(&t.store, &store, &t).await;
        frozen(&t, &store, &claim).await;
        drop(store);
        if kind == Kind::Postgres {
            drop_database(&url).await;
        }
    }
}

async fn same(a: &Store, b: &Store, t: &World) {
    let all = |s: &Store| {
        let (s, place) = (s.clone(), t.place);
        async move {
            (
                s.messages(place.conversation, None, 100).await.unwrap(),
                s.journal_of(place.conversation, None, 100).await.unwrap(),
                s.load(&place, &["wamid.1".into()]).await.unwrap(),
                s.channels(None).await.unwrap(),
                s.alerts(place.workspace, None, 10).await.unwrap(),
                s.feed(place.workspace, 0, 10).await.unwrap(),
                s.timers_of(place.conversation).await.unwrap(),
                s.counts().await.unwrap(),
                s.meta("salt").await.unwrap(),
            )
        }
    };
    assert_eq!(all(a).await, all(b).await);
}

async fn frozen(t: &World, store: &Store, claim: &Claim) {
    assert_eq!(store.frozen().await.unwrap(), Some(Frozen::Restored));
    let now = store.lease_time(claim.at).await.unwrap();
    // The backup's leases are let go; a delivery someone held is free.
    let lease = store
        .take_lease(&claim.lease.name, crate::world::NODE_B, now, Span::hours(1))
        .await
        .unwrap()
        .unwrap();
    assert!(
        lease.token > claim.lease.token,
        "an old holder can't come back"
    );
    assert_eq!(
        store
            .claim_deliveries(crate::world::NODE_B, now, Span::secs(1), 10)
            .await
            .unwrap()
            .len(),
        1
    );
    let mut claim = claim.clone();
    claim.lease.token = lease.token;
    let ask = || {
        let mut c = Commit::new();
        c.claim_send(&claim);
        store.commit(c)
    };
    assert_eq!(
        store.claim_blocks(&claim).await.unwrap(),
        [ClaimBlock::Frozen]
    );
    assert!(!ask().await.unwrap().stored());
    // Nor is one that is put now, and nothing else of its commit is stored.
    let send = crate::world::reply(90, 3);
    let mut at_once = Commit::new();
    at_once.append(&entry(t.place, "decided"));
    at_once.put_send(&t.place, &send);
    let reply = send.reply;
    assert!(at_once.claim_put(&Claim {
        reply,
        ..claim.clone()
    }));
    let refused = store.commit(at_once).await.unwrap().refused;
    assert_eq!(refused, Some(Refused::Claim));
    assert_eq!(store.send(reply).await.unwrap(), None);
    assert!(store.release_outbox().await.unwrap() && !store.release_outbox().await.unwrap());
    assert!(ask().await.unwrap().stored());
    assert_eq!(
        store.send(claim.reply).await.unwrap().unwrap().state,
        SendState::Claimed
    );
    // Numbers go on after those of the backup.
    let mut c = Commit::new();
    c.append(&entry(t.place, "new"));
    let seq = store.commit(c).await.unwrap().journal[0].unwrap();
    assert!(seq > store.entry(1).await.unwrap().map_or(0, |e| e.seq));
}

async fn restoring_needs_an_empty_store_and_a_backup(t: World) {
    let file = t.folder.join("backup.db");
    t.store.backup(&file).await.unwrap();
    assert!(
        matches!(t.store.restore(&file).await, Err(StoreError::Invalid(_))),
        "not over data"
    );
    let other = Store::open("sqlite::memory:", Options::default())
        .await
        .unwrap();
    assert!(matches!(
        other.restore(&t.folder.join("none.db")).await,
        Err(StoreError::Invalid(_))
    ));
    let strange = t.folder.join("strange.db");
    std::fs::write(&strange, b"hello, this is not a database at all").unwrap();
    let refused = other.restore(&strange).await;
    assert!(
        matches!(
            refused,
            Err(StoreError::Corrupt(_) | StoreError::Invalid(_))
        ),
        "{refused:?}"
    );
    assert_eq!(other.frozen().await.unwrap(), None);
    other.restore(&file).await.unwrap();
}

/// Every page of a backup ruined in turn, and the file cut after each: it is refused, or nothing of
/// it was in that page; never a part of it, and nothing is left lying about.
#[test]
fn a_ruined_backup_is_refused_and_leaves_the_store_empty() {
    crate::world::run(Kind::File, "ruined", |t: World| async move {
        furnish(&t).await;
        let file = t.folder.join("good.db");
        let whole = t.store.backup(&file).await.unwrap().rows;
        let good = std::fs::read(&file).unwrap();
        let page = 4_096;
        assert!(good.len() / page > 20, "{} bytes", good.len());
        let ruined = t.folder.join("ruined.db");
        let mut refused = 0;
        for start in (0..good.len()).step_by(page) {
            let mut bad = good.clone();
            bad[start..start + page].fill(0xa5);
            for bytes in [&bad[..], &good[..start]] {
                std::fs::write(&ruined, bytes).unwrap();
                let empty = Store::open("sqlite::memory:", Options::default())
                    .await
                    .unwrap();
                match empty.restore(&ruined).await {
                    Ok(report) => assert_eq!(report.rows, whole, "page at {start}"),
                    Err(StoreError::Corrupt(_) | StoreError::Invalid(_)) => {
                        refused += 1;
                        assert!(empty.workspaces().await.unwrap().is_empty());
                        assert_eq!(empty.counts().await.unwrap().journal_last, 0);
                        assert!(empty.frozen().await.unwrap().is_none());
                    }
                    Err(other) => panic!("page at {start}: {other}"),
                }
            }
        }
        assert!(refused > good.len() / page, "{refused} refused");
        let left: Vec<_> = std::fs::read_dir(&t.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("part"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        let again = Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap();
        assert_eq!(again.restore(&file).await.unwrap().rows, whole);
    });
}

#[test]
fn a_backup_of_a_newer_schema_is_refused() {
    crate::world::run(Kind::File, "newer", |t: World| async move {
        let file = t.folder.join("newer.db");
        t.store.backup(&file).await.unwrap();
        let raw = rusqlite::Connection::open(&file).unwrap();
        raw.execute("INSERT INTO schema_migrations VALUES (9999, 1)", [])
            .unwrap();
        drop(raw);
        let empty = Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap();
        let refused = empty.restore(&file).await;
        assert!(
            matches!(refused, Err(StoreError::Newer { found: 9_999, .. })),
            "{refused:?}"
        );
        assert!(empty.workspaces().await.unwrap().is_empty());
    });
}

#[test]
fn long_work_may_move_between_threads() {
    fn check<T: std::marker::Send>(_: T) {}
    crate::world::run(Kind::File, "send", |t: World| async move {
        check(t.store.backup(&t.folder));
        check(t.store.restore(&t.folder));
        check(t.store.purge(T0, &ponte_store::Retention::default()));
    });
}
