//! Database files that people copy by hand: which of them may send.
//!
//! In: an SQLite file with the mark beside it, copied, put back, carried off, deleted. Out: whether its
//! outbox is frozen, and why. Absent: what a frozen outbox keeps from leaving (`backup.rs`).

use crate::on_each;
use crate::world::{Kind, World, run};
use ponte_store::{Commit, Frozen, Options, Store};
use std::path::{Path, PathBuf};
use uuid::Uuid;

on_each! {
    only_a_file_is_marked
    a_backup_is_frozen_wherever_it_is_put
}

const NAME: Uuid = Uuid::from_u128(0xDB);
const OTHER: Uuid = Uuid::from_u128(0xDC);

async fn only_a_file_is_marked(t: World) {
    t.store.mark_run(NAME).await.unwrap();
    assert_eq!(t.store.is_marked(), t.kind == Kind::File);
    assert_eq!(mark(&file(&t)).exists(), t.kind == Kind::File);
    assert_eq!(
        t.store.meta("run").await.unwrap().is_some(),
        t.kind == Kind::File
    );
    assert_eq!(t.store.frozen().await.unwrap(), None);
}

async fn a_backup_is_frozen_wherever_it_is_put(t: World) {
    let copy = t.folder.join("backup.db");
    t.store.backup(&copy).await.unwrap();
    let put = open(&copy).await;
    assert_eq!(put.frozen().await.unwrap(), Some(Frozen::Restored));
    assert_eq!(
        t.store.frozen().await.unwrap(),
        None,
        "the original goes on"
    );
}

/// Tests of a file, closed and opened by the test itself.
fn on_file<F: Future<Output = ()>>(name: &str, test: impl FnOnce(World) -> F) {
    run(Kind::File, name, test);
}

fn file(t: &World) -> PathBuf {
    t.folder.join("ponte.db")
}

fn mark(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}.run", file.display()))
}

async fn open(file: &Path) -> Store {
    let url = format!("sqlite:{}", file.display());
    Store::open(&url, Options::default()).await.unwrap()
}

/// The file is let go with its last handle.
fn close(store: Store) {
    drop(store);
}

/// A server ran on it for so long.
async fn serve(store: &Store, marks: u32) {
    for _ in 0..marks {
        store.mark_run(NAME).await.unwrap();
    }
}

#[test]
fn an_older_copy_put_back_is_frozen_until_released_and_then_stays_free() {
    on_file("older", |t| async move {
        let (file, copy) = (file(&t), t.folder.join("copy.db"));
        serve(&t.store, 2).await;
        close(t.store);
        std::fs::copy(&file, &copy).unwrap();
        let store = open(&file).await;
        assert_eq!(store.frozen().await.unwrap(), None, "the same file goes on");
        serve(&store, 1).await;
        close(store);
        std::fs::copy(&copy, &file).unwrap();
        let store = open(&file).await;
        assert_eq!(store.frozen().await.unwrap(), Some(Frozen::Older));
        serve(&store, 1).await;
        close(store);
        let store = open(&file).await;
        assert_eq!(
            store.frozen().await.unwrap(),
            Some(Frozen::Older),
            "a restart releases nothing"
        );
        assert!(store.release_outbox().await.unwrap());
        close(store);
        let store = open(&file).await;
        assert_eq!(store.frozen().await.unwrap(), None, "released is released");
        close(store);
        std::fs::copy(&copy, &file).unwrap();
        let store = open(&file).await;
        assert_eq!(
            store.frozen().await.unwrap(),
            Some(Frozen::Older),
            "once more put back"
        );
    });
}

#[test]
fn a_copy_from_before_the_first_mark_is_older_than_what_ran_here() {
    on_file("unmarked", |t| async move {
        let (file, copy) = (file(&t), t.folder.join("copy.db"));
        close(t.store);
        std::fs::copy(&file, &copy).unwrap();
        let store = open(&file).await;
        assert_eq!(
            store.frozen().await.unwrap(),
            None,
            "an upgrade freezes nothing"
        );
        serve(&store, 1).await;
        close(store);
        std::fs::copy(&copy, &file).unwrap();
        let store = open(&file).await;
        assert_eq!(store.frozen().await.unwrap(), Some(Frozen::Older));
    });
}

#[test]
fn a_file_carried_to_another_place_is_frozen_until_released() {
    on_file("carried", |t| async move {
        serve(&t.store, 3).await;
        let file = file(&t);
        close(t.store);
        let elsewhere = file.with_file_name("elsewhere.db");
        std::fs::copy(&file, &elsewhere).unwrap();
        let store = open(&elsewhere).await;
        assert_eq!(store.frozen().await.unwrap(), Some(Frozen::Elsewhere));
        assert!(store.release_outbox().await.unwrap());
        close(store);
        let store = open(&elsewhere).await;
        assert_eq!(
            store.frozen().await.unwrap(),
            None,
            "released before it ever ran here"
        );
        store.mark_run(OTHER).await.unwrap();
        close(store);
        // Over the first one, which has a mark of its own lineage.
        std::fs::copy(&elsewhere, &file).unwrap();
        assert_eq!(
            open(&file).await.frozen().await.unwrap(),
            Some(Frozen::Elsewhere)
        );
    });
}

#[test]
fn a_store_that_was_closed_is_one_file_that_holds_everything() {
    on_file("one", |t| async move {
        let (file, copy) = (file(&t), t.folder.join("copy.db"));
        let mut c = Commit::new();
        c.put_meta("last", "word");
        t.store.commit(c).await.unwrap();
        close(t.store);
        std::fs::copy(&file, &copy).unwrap();
        assert!(!t.folder.join("ponte.db-wal").exists());
        let store = open(&copy).await;
        assert_eq!(store.meta("last").await.unwrap().as_deref(), Some("word"));
    });
}

#[test]
fn a_mark_behind_its_database_is_a_crash_and_freezes_nothing() {
    on_file("behind", |t| async move {
        let file = file(&t);
        serve(&t.store, 2).await;
        let before = std::fs::read(mark(&file)).unwrap();
        serve(&t.store, 1).await;
        close(t.store);
        std::fs::write(mark(&file), before).unwrap();
        assert_eq!(open(&file).await.frozen().await.unwrap(), None);
    });
}

#[test]
fn a_mark_that_could_never_be_written_freezes_nothing() {
    on_file("unwritable", |t| async move {
        let file = file(&t);
        // A folder in its place: nothing can be renamed onto it.
        std::fs::create_dir_all(mark(&file).join("in the way")).unwrap();
        assert!(t.store.mark_run(NAME).await.is_err());
        close(t.store);
        assert_eq!(open(&file).await.frozen().await.unwrap(), None);
    });
}

#[test]
fn a_database_begun_anew_beside_an_old_mark_is_free() {
    on_file("anew", |t| async move {
        let file = file(&t);
        serve(&t.store, 3).await;
        let backup = t.folder.join("backup.db");
        t.store.backup(&backup).await.unwrap();
        close(t.store);
        for suffix in ["", "-wal", "-shm"] {
            let _gone = std::fs::remove_file(format!("{}{suffix}", file.display()));
        }
        let store = open(&file).await;
        assert_eq!(
            store.frozen().await.unwrap(),
            None,
            "there is nothing to send twice"
        );
        // Restored into, it waits for its release, once.
        store.restore(&backup).await.unwrap();
        assert!(!mark(&file).exists(), "the old mark is gone");
        assert_eq!(store.frozen().await.unwrap(), Some(Frozen::Restored));
        store.release_outbox().await.unwrap();
        close(store);
        let store = open(&file).await;
        assert_eq!(store.frozen().await.unwrap(), None);
        serve(&store, 1).await;
        close(store);
        assert_eq!(open(&file).await.frozen().await.unwrap(), None);
    });
}
