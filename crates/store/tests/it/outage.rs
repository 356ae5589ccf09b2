//! PostgreSQL goes away and comes back.

use crate::world::{Kind, World, admin, entry, run};
use ponte_store::{Commit, StoreError};
use std::time::Duration;

/// C7: connections are cut; what was acknowledged stays, the store comes back by itself.
#[test]
fn cut_connections_come_back() {
    run(Kind::Postgres, "cut", |t: World| async move {
        let (_, name) = t.url.rsplit_once('/').unwrap();
        let kill = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        let mut acked = 0;
        for n in 0..60 {
            if n % 10 == 5 {
                admin().await.batch_execute(&kill).await.unwrap();
            }
            let commit = || {
                let mut c = Commit::new();
                c.append(&entry(t.place, &format!("k{n}")));
                t.store.commit(c)
            };
            // As intake would: again until it is sure; the key makes a repeat harmless.
            for _ in 0..50 {
                match commit().await {
                    Ok(done) => {
                        assert!(done.stored());
                        acked += 1;
                        break;
                    }
                    Err(StoreError::Gone(_) | StoreError::Unsure) => {
                        tokio::time::sleep(Duration::from_millis(100)).await
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
        assert_eq!(acked, 60);
        let mut read = Err(StoreError::Slow);
        for _ in 0..50 {
            read = t.store.pending_of(t.place.conversation, 100).await;
            if read.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(read.unwrap().len(), 60);
    });
}

/// C7: a primary that became read-only takes no commits, and says so.
#[test]
fn a_read_only_database_is_gone() {
    run(Kind::Postgres, "readonly", |t: World| async move {
        let (_, name) = t.url.rsplit_once('/').unwrap();
        let set = |on: &str| {
            format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = {on}")
        };
        let kill = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        admin()
            .await
            .batch_execute(&format!("{}; {kill}", set("on")))
            .await
            .unwrap();
        let mut c = Commit::new();
        c.append(&entry(t.place, "a"));
        let refused = t.store.commit(c).await;
        assert!(matches!(refused, Err(StoreError::Gone(_))), "{refused:?}");
        admin()
            .await
            .batch_execute(&format!("{}; {kill}", set("off")))
            .await
            .unwrap();
        for n in 0.. {
            let mut c = Commit::new();
            c.append(&entry(t.place, "a"));
            if t.store.commit(c).await.is_ok() {
                break;
            }
            assert!(n < 100, "it does not come back");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
}
