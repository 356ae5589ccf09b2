//! PostgreSQL goes away and comes back.

use crate::world::{Kind, World, admin, entry, run};
use ponte_store::{Commit, Options, Store, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

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

/// C8: COMMIT arrives, its answer never does. The caller learns that nobody knows; asking again with
/// the same key stores nothing twice.
#[test]
fn an_answer_lost_after_commit_is_unsure_and_a_repeat_is_harmless() {
    run(Kind::Postgres, "lost", |t: World| async move {
        let cut = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (_, rest) = t.url.rsplit_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        tokio::spawn(proxy(listener, server.to_owned(), cut.clone()));
        let store = Store::open(
            &format!("postgres://ponte@127.0.0.1:{port}/{name}"),
            Options::default(),
        )
        .await
        .unwrap();
        let one = |key: &str| {
            let mut c = Commit::new();
            c.append(&entry(t.place, key));
            c
        };
        assert!(store.commit(one("warm")).await.unwrap().stored());
        cut.store(true, Ordering::Release);
        assert_eq!(store.commit(one("a")).await, Err(StoreError::Unsure));
        let again = loop {
            match store.commit(one("a")).await {
                Ok(done) => break done,
                Err(StoreError::Gone(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(other) => panic!("{other:?}"),
            }
        };
        assert!(
            again.stored() && again.journal == [None],
            "it had been stored: {again:?}"
        );
        assert_eq!(
            t.store
                .pending_of(t.place.conversation, 10)
                .await
                .unwrap()
                .len(),
            2
        );
    });
}

/// Passes bytes; when told, passes one COMMIT on and drops its answer with the connection.
async fn proxy(listener: TcpListener, server: String, cut: Arc<AtomicBool>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let (server, cut) = (server.clone(), cut.clone());
        tokio::spawn(async move {
            let mut upstream = TcpStream::connect(server).await.unwrap();
            let (mut up, mut down) = (vec![0_u8; 65_536], vec![0_u8; 65_536]);
            loop {
                tokio::select! {
                    n = client.read(&mut up) => {
                        let n = n.unwrap_or(0);
                        if n == 0 || upstream.write_all(&up[..n]).await.is_err() { return; }
                        let commit = up[..n].windows(6).any(|w| w == b"COMMIT");
                        if commit && cut.swap(false, Ordering::AcqRel) {
                            // Its answer is read and thrown away: the server has committed.
                            let _ = upstream.read(&mut down).await;
                            return;
                        }
                    }
                    n = upstream.read(&mut down) => {
                        let n = n.unwrap_or(0);
                        if n == 0 || client.write_all(&down[..n]).await.is_err() { return; }
                    }
                }
            }
        });
    }
}
