//! Knowledge: sources, documents with versions, passages, curated answers, the log, vectors.

use crate::on_each;
use crate::world::{T0, World, uuid};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Span;
use ponte_store::rows::knowledge::{
    Changed, ChunkRow, FaqRow, KnowledgeDocument, SourceKind, SourceRow, VersionRow,
};
use ponte_store::rows::workspace::WorkspaceRow;
use ponte_store::{Commit, Refused, Retention};
use serde_json::json;
use uuid::Uuid;

on_each! {
    a_source_changes_by_revision_and_its_name_is_unique_while_it_lives
    a_new_version_touches_only_what_changed_and_old_versions_go
    what_is_deleted_is_gone_at_once_and_comes_back_whole
    curated_answers_are_kept_and_only_enabled_ones_may_be_given
    the_log_tells_every_change_in_order_and_per_workspace
    another_workspace_sees_nothing
    what_was_deleted_long_ago_goes_with_all_it_held
}

pub(crate) fn source(t: &World, n: u128, name: &str) -> SourceRow {
    SourceRow {
        id: uuid(0x5000 + n),
        workspace: t.place.workspace,
        kind: SourceKind::Upload,
        name: name.into(),
        settings: json!({"audience": "public"}),
        report: json!({}),
        revision: 0,
        created: T0,
        updated: T0,
        reviewed: T0,
        deleted: None,
    }
}

fn document(t: &World, n: u128, version: u64) -> KnowledgeDocument {
    KnowledgeDocument {
        id: uuid(0x6000 + n),
        workspace: t.place.workspace,
        source: uuid(0x5001),
        key: format!("arquivo-{n}.md"),
        title: "Entrega".into(),
        hash: vec![version as u8; 32],
        version,
        facts: json!({}),
        misses: 0,
        created: T0,
        updated: T0,
        checked: T0,
        deleted: None,
    }
}

fn chunk(t: &World, document: u128, version: u64, id: u128, ordinal: u32) -> ChunkRow {
    ChunkRow {
        id: uuid(0x7000 + id),
        workspace: t.place.workspace,
        source: uuid(0x5001),
        document: uuid(0x6000 + document),
        version,
        ordinal,
        heading: vec!["Entrega".into()],
        text: format!("Parte {id}."),
        hash: uuid(0x8000 + id),
    }
}

fn version(t: &World, document: u128, number: u64) -> VersionRow {
    VersionRow {
        document: uuid(0x6000 + document),
        workspace: t.place.workspace,
        version: number,
        title: "Entrega".into(),
        hash: vec![number as u8; 32],
        at: T0 + Span::secs(number.cast_signed()),
        size_bytes: 3,
        media: "text/markdown".into(),
        original: Some(vec![number as u8; 3]),
    }
}

fn faq(t: &World, n: u128) -> FaqRow {
    FaqRow {
        id: uuid(0x9000 + n),
        workspace: t.place.workspace,
        source: uuid(0x5001),
        questions: vec!["Vocês abrem domingo?".into()],
        answer: "Abrimos das 9h às 13h.".into(),
        tags: vec!["horário".into()],
        enabled: true,
        hash: uuid(0xA000 + n),
        revision: 0,
        created: T0,
        updated: T0,
        deleted: None,
    }
}

/// A source with a document of three passages and a curated answer.
async fn filled(t: &World) {
    let mut c = Commit::new();
    c.put_source(&source(t, 1, "Manuais"), 0);
    c.put_knowledge(&document(t, 1, 1), None);
    c.add_version(&version(t, 1, 1), 2);
    for n in 1..=3_u32 {
        c.put_chunk(&chunk(t, 1, 1, u128::from(n), n));
    }
    c.knowledge_changed(t.place.workspace, Changed::Document, uuid(0x6001), T0);
    c.put_faq(&faq(t, 1), 0);
    t.ok(c).await;
}

async fn refused(t: &World, commit: Commit) -> Option<Refused> {
    t.store.commit(commit).await.unwrap().refused
}

async fn texts(t: &World) -> Vec<String> {
    let page = t.store.chunks(t.place.workspace, None, 100).await.unwrap();
    page.items.into_iter().map(|row| row.chunk.text).collect()
}

async fn a_source_changes_by_revision_and_its_name_is_unique_while_it_lives(t: World) {
    let w = t.place.workspace;
    let mut row = source(&t, 1, "Manuais");
    let mut c = Commit::new();
    c.put_source(&row, 0);
    t.ok(c).await;
    let mut c = Commit::new();
    c.put_source(&source(&t, 2, "Manuais"), 0);
    assert_eq!(refused(&t, c).await, Some(Refused::Constraint));
    row.settings = json!({"audience": "internal"});
    for (expected, want) in [(1, None), (1, Some(Refused::Revision))] {
        let mut c = Commit::new();
        c.put_source(&row, expected);
        assert_eq!(refused(&t, c).await, want);
    }
    let mut c = Commit::new();
    c.delete_source(w, row.id, T0 + Span::secs(5));
    t.ok(c).await;
    let mut c = Commit::new();
    c.put_source(&source(&t, 2, "Manuais"), 0);
    t.ok(c).await;
    let mut c = Commit::new();
    c.restore_source(w, row.id, T0);
    assert_eq!(
        refused(&t, c).await,
        Some(Refused::Constraint),
        "the name is taken"
    );
    let named = t.store.source_named(w, "Manuais").await.unwrap().unwrap();
    assert_eq!(named.id, uuid(0x5002));
    let gone = t.store.source(w, row.id).await.unwrap().unwrap();
    assert_eq!((gone.revision, gone.deleted), (3, Some(T0 + Span::secs(5))));
    assert_eq!(gone.settings, json!({"audience": "internal"}));
    let all = t.store.sources(w, false, None, 10).await.unwrap().items;
    assert_eq!(all.len(), 1);
    let bin = t.store.sources(w, true, None, 10).await.unwrap().items;
    assert_eq!(bin[0].id, row.id);
}

async fn a_new_version_touches_only_what_changed_and_old_versions_go(t: World) {
    filled(&t).await;
    let w = t.place.workspace;
    for number in 2..=4_u64 {
        let mut c = Commit::new();
        c.put_knowledge(&document(&t, 1, number), Some(number - 1));
        c.add_version(&version(&t, 1, number), 2);
        // The first passage went, the second moved up, another came.
        for (id, ordinal) in [(2, 1), (3, 2), (u128::from(number) + 10, 3)] {
            c.put_chunk(&chunk(&t, 1, number, id, ordinal));
        }
        c.drop_old_chunks(uuid(0x6001), number);
        t.ok(c).await;
    }
    assert_eq!(texts(&t).await, ["Parte 2.", "Parte 3.", "Parte 14."]);
    let page = t
        .store
        .chunks_of(w, uuid(0x6001), Some(1), 10)
        .await
        .unwrap();
    assert_eq!(page.items[0].chunk.text, "Parte 3.");
    assert_eq!(page.items[0].source_name, "Manuais");
    let kept = t.store.versions(w, uuid(0x6001)).await.unwrap();
    let numbers: Vec<u64> = kept.iter().map(|v| v.version).collect();
    assert_eq!(numbers, [4, 3, 2], "the newest and two before");
    assert_eq!(kept[0].original, None, "a list carries no files");
    let whole = t.store.version(w, uuid(0x6001), 3).await.unwrap().unwrap();
    assert_eq!(whole.original, Some(vec![3; 3]));
    let mut c = Commit::new();
    c.put_knowledge(&document(&t, 1, 9), Some(2));
    assert_eq!(refused(&t, c).await, Some(Refused::Revision));
    let by_key = t
        .store
        .knowledge_by_key(w, uuid(0x5001), "arquivo-1.md")
        .await;
    assert_eq!(by_key.unwrap().unwrap().version, 4);
}

async fn what_is_deleted_is_gone_at_once_and_comes_back_whole(t: World) {
    filled(&t).await;
    let w = t.place.workspace;
    let ids = [uuid(0x7003), uuid(0x7001), uuid(0x7099)];
    let live = t.store.live_chunks(w, &ids).await.unwrap();
    let live: Vec<Uuid> = live.iter().map(|row| row.chunk.id).collect();
    assert_eq!(live, ids[..2], "in the order asked");
    let mut c = Commit::new();
    c.delete_knowledge(w, uuid(0x6001), T0);
    t.ok(c).await;
    assert!(t.store.live_chunks(w, &ids).await.unwrap().is_empty());
    let mut c = Commit::new();
    c.delete_knowledge(w, uuid(0x6001), T0);
    assert_eq!(refused(&t, c).await, Some(Refused::Missing));
    let mut c = Commit::new();
    c.restore_knowledge(w, uuid(0x6001), T0)
        .delete_source(w, uuid(0x5001), T0);
    t.ok(c).await;
    assert!(t.store.live_chunks(w, &ids).await.unwrap().is_empty());
    assert!(
        t.store
            .live_faqs(w, &[uuid(0x9001)])
            .await
            .unwrap()
            .is_empty()
    );
    let mut c = Commit::new();
    c.restore_source(w, uuid(0x5001), T0);
    t.ok(c).await;
    assert_eq!(t.store.live_chunks(w, &ids).await.unwrap().len(), 2);
    assert_eq!(
        t.store.live_faqs(w, &[uuid(0x9001)]).await.unwrap().len(),
        1
    );
    assert_eq!(texts(&t).await.len(), 3);
}

async fn curated_answers_are_kept_and_only_enabled_ones_may_be_given(t: World) {
    filled(&t).await;
    let w = t.place.workspace;
    let mut row = t.store.faq(w, uuid(0x9001)).await.unwrap().unwrap();
    assert_eq!(
        row,
        FaqRow {
            revision: 1,
            ..faq(&t, 1)
        }
    );
    row.enabled = false;
    for (expected, want) in [(1, None), (1, Some(Refused::Revision))] {
        let mut c = Commit::new();
        c.put_faq(&row, expected);
        assert_eq!(refused(&t, c).await, want);
    }
    assert!(t.store.live_faqs(w, &[row.id]).await.unwrap().is_empty());
    let mut c = Commit::new();
    c.put_faq(&faq(&t, 2), 0).delete_faq(w, row.id, T0);
    t.ok(c).await;
    let page = t
        .store
        .faqs(w, Some(row.source), false, None, 10)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 1);
    assert_eq!(
        t.store.faqs(w, None, true, None, 10).await.unwrap().items[0].id,
        row.id
    );
    let mut c = Commit::new();
    c.restore_faq(w, row.id, T0);
    t.ok(c).await;
    let first = t.store.faqs(w, None, false, None, 1).await.unwrap();
    assert_eq!(first.next, Some(row.id));
    let second = t.store.faqs(w, None, false, first.next, 1).await.unwrap();
    assert_eq!(second.items[0].id, uuid(0x9002));
}

async fn the_log_tells_every_change_in_order_and_per_workspace(t: World) {
    let w = t.place.workspace;
    assert_eq!(t.store.knowledge_ends(w).await.unwrap(), (None, 0));
    filled(&t).await;
    let mut c = Commit::new();
    c.delete_faq(w, uuid(0x9001), T0);
    t.ok(c).await;
    let log = t.store.knowledge_log(w, 0, 10).await.unwrap();
    let seen: Vec<_> = log.iter().map(|row| (row.seq, row.changed)).collect();
    assert_eq!(
        seen,
        [
            (1, Changed::Source),
            (2, Changed::Document),
            (3, Changed::Faq),
            (4, Changed::Faq)
        ]
    );
    assert_eq!(t.store.knowledge_log(w, 3, 10).await.unwrap().len(), 1);
    assert_eq!(t.store.knowledge_ends(w).await.unwrap(), (Some(1), 4));
    let other = WorkspaceId(uuid(77));
    assert!(
        t.store
            .knowledge_log(other, 0, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let keep = Retention::default();
    let purged = t.store.purge(T0 + Span::days(8), &keep);
    assert!(!purged.await.unwrap().more);
    assert_eq!(t.store.knowledge_ends(w).await.unwrap(), (None, 4));
}

async fn another_workspace_sees_nothing(t: World) {
    filled(&t).await;
    let other = WorkspaceId(uuid(77));
    let mut c = Commit::new();
    c.put_workspace(&WorkspaceRow {
        id: other,
        name: "Outra".into(),
        settings: json!({}),
        created: T0,
    });
    c.put_vector(t.place.workspace, "m1", uuid(0x8001), vec![1, 2]);
    t.ok(c).await;
    let s = &t.store;
    assert!(s.source(other, uuid(0x5001)).await.unwrap().is_none());
    assert!(
        s.knowledge_document(other, uuid(0x6001))
            .await
            .unwrap()
            .is_none()
    );
    assert!(s.versions(other, uuid(0x6001)).await.unwrap().is_empty());
    assert!(s.chunks(other, None, 10).await.unwrap().items.is_empty());
    assert!(
        s.live_chunks(other, &[uuid(0x7001)])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(s.faq(other, uuid(0x9001)).await.unwrap().is_none());
    assert!(
        s.vectors(other, "m1", &[uuid(0x8001)])
            .await
            .unwrap()
            .is_empty()
    );
    for commit in [
        Commit::new().delete_source(other, uuid(0x5001), T0),
        Commit::new().delete_knowledge(other, uuid(0x6001), T0),
        Commit::new().delete_faq(other, uuid(0x9001), T0),
    ] {
        assert_eq!(refused(&t, commit.clone()).await, Some(Refused::Missing));
    }
    let hashes = [uuid(0x8002), uuid(0x8001)];
    let ours = s.vectors(t.place.workspace, "m1", &hashes);
    assert_eq!(ours.await.unwrap(), [(uuid(0x8001), vec![1, 2])]);
}

async fn what_was_deleted_long_ago_goes_with_all_it_held(t: World) {
    filled(&t).await;
    let w = t.place.workspace;
    let mut c = Commit::new();
    c.put_vector(w, "m1", uuid(0x8001), vec![1]);
    c.delete_source(w, uuid(0x5001), T0);
    t.ok(c).await;
    let keep = Retention::default();
    let young = t.store.purge(T0 + Span::days(29), &keep);
    assert_eq!(young.await.unwrap().knowledge, 0, "it can be undone");
    let late = T0 + Span::days(31);
    let purged = t.store.purge(late, &Retention::default()).await.unwrap();
    assert_eq!(
        purged.knowledge, 4,
        "a document, an answer, the source, a vector"
    );
    assert!(t.store.source(w, uuid(0x5001)).await.unwrap().is_none());
    assert!(t.store.versions(w, uuid(0x6001)).await.unwrap().is_empty());
    assert!(t.store.faq(w, uuid(0x9001)).await.unwrap().is_none());
    let left = t.store.vectors(w, "m1", &[uuid(0x8001)]).await.unwrap();
    assert!(left.is_empty());
}
