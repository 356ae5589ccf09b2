//! Opening: twice, at once, too new, damaged, locked.

use crate::on_each;
use crate::world::{Kind, World, address, connect, drop_database, run};
use ponte_store::{Options, Store, StoreError};

on_each! { opening_again_finds_what_was_stored a_newer_schema_is_refused }

async fn reopen(t: World) -> (Result<Store, StoreError>, Kind) {
    let World {
        store, url, kind, ..
    } = t;
    drop(store);
    (Store::open(&url, Options::default()).await, kind)
}

async fn opening_again_finds_what_was_stored(t: World) {
    if let (Ok(store), kind) = reopen(t).await {
        let want = usize::from(kind != Kind::Memory);
        assert_eq!(
            store.workspaces().await.unwrap().len(),
            want,
            "memory begins anew"
        );
        store.quick_check().await.unwrap();
        let sizes = store.sizes().await.unwrap();
        assert_eq!(sizes.data_bytes > 0, kind != Kind::Memory);
    } else {
        panic!("it does not open again");
    }
}

async fn a_newer_schema_is_refused(t: World) {
    let sql = "INSERT INTO schema_migrations (version, checksum) VALUES (9000, 1)";
    match t.kind {
        Kind::File => {
            let raw = rusqlite::Connection::open(t.folder.join("ponte.db")).unwrap();
            raw.execute(sql, []).unwrap();
        }
        Kind::Postgres => connect(&t.url).await.batch_execute(sql).await.unwrap(),
        // What is in memory can't have been written by a newer program.
        Kind::Memory => return,
    }
    let (opened, _) = reopen(t).await;
    let error = opened.err().unwrap();
    assert!(
        matches!(error, StoreError::Newer { found: 9000, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("newer"));
}

#[test]
fn eight_nodes_may_start_on_an_empty_database_at_once() {
    run(Kind::Postgres, "start", |t: World| async move {
        let url = address(
            Kind::Postgres,
            &t.folder,
            &format!("{}_empty", std::process::id()),
        )
        .await;
        let open = |_| Store::open(&url, Options::default());
        for opened in futures_util::future::join_all((0..8).map(open)).await {
            assert!(opened.unwrap().workspaces().await.unwrap().is_empty());
        }
        drop_database(&url).await;
    });
}

#[test]
fn one_file_has_one_process() {
    run(Kind::File, "lock", |t: World| async move {
        let second = Store::open(&t.url, Options::default()).await;
        assert!(matches!(second, Err(StoreError::Locked(_))), "{second:?}");
        let World { store, url, .. } = t;
        drop(store);
        assert!(Store::open(&url, Options::default()).await.is_ok());
    });
}

/// C5: flips over every page of a small file: refused or right, never a wrong answer.
#[test]
fn a_damaged_file_is_refused() {
    run(Kind::File, "damage", |t: World| async move {
        let backup = t.folder.join("copy.db");
        t.store.backup(&backup).await.unwrap();
        let whole = std::fs::read(&backup).unwrap();
        let mut refused = 0;
        for page in 0..whole.len() / 4096 {
            let mut bad = whole.clone();
            // The header of the page: what a torn write would leave.
            bad[page * 4096..page * 4096 + 16].fill(0xFF);
            let file = t.folder.join("bad.db");
            std::fs::write(&file, &bad).unwrap();
            let url = format!("sqlite:{}", file.display());
            match Store::open(
                &url,
                Options {
                    inline: true,
                    quick_check: true,
                    ..Options::default()
                },
            )
            .await
            {
                Err(StoreError::Corrupt(_)) => refused += 1,
                Err(other) => panic!("page {page}: {other:?}"),
                // Only a page that holds nothing may go unnoticed.
                Ok(store) => assert_eq!(store.workspaces().await.unwrap().len(), 1, "page {page}"),
            }
            for suffix in ["", "-wal", "-shm", ".lock"] {
                let _ = std::fs::remove_file(t.folder.join(format!("bad.db{suffix}")));
            }
        }
        assert!(refused > 10, "{refused}");
    });
}

#[test]
fn an_address_that_leads_nowhere_says_so() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        for url in ["mysql://x", "sqlite:", "sqlite:/proc/nowhere/x.db"] {
            assert!(
                matches!(
                    Store::open(url, Options::default()).await,
                    Err(StoreError::Invalid(_))
                ),
                "{url}"
            );
        }
    });
}
