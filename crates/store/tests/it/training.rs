//! Intents, examples, models, questions and their clusters.

use crate::on_each;
use crate::world::{NODE, NODE_B, T0, World, uuid};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Span;
use ponte_store::rows::training::{
    Asked, ClusterRow, ClusterState, ExampleRow, IntentRow, ModelRow, ModelState, Origin,
    QuestionRow, Split,
};
use ponte_store::{Commit, Refused, Retention};
use serde_json::json;

on_each! {
    an_intent_changes_by_revision_and_goes_with_its_examples
    one_text_has_one_meaning
    a_training_is_taken_once_and_its_end_is_fenced
    one_model_is_active_and_the_ones_before_can_come_back
    questions_are_sorted_into_clusters_and_go_in_their_time
}

fn intent(t: &World, n: u128, name: &str) -> IntentRow {
    IntentRow {
        id: uuid(0xC000 + n),
        workspace: t.place.workspace,
        name: name.into(),
        description: "Quando abrem".into(),
        enabled: true,
        assistants: vec!["balcao".into()],
        revision: 0,
        created: T0,
        updated: T0,
    }
}

fn example(t: &World, n: u128, intent: Option<u128>, key: u128) -> ExampleRow {
    ExampleRow {
        id: uuid(0xD000 + n),
        workspace: t.place.workspace,
        intent: intent.map(|n| uuid(0xC000 + n)),
        text: format!("que horas abre {key}"),
        key: uuid(key),
        origin: Origin::Author,
        split: Split::Train,
        created: T0,
    }
}

fn model(t: &World, version: u64) -> ModelRow {
    ModelRow {
        workspace: t.place.workspace,
        version,
        state: ModelState::Training,
        examples: 7,
        bytes: None,
        report: json!({}),
        progress_percent: 0,
        cancel: false,
        created: T0 + Span::secs(version.cast_signed()),
        trained: None,
    }
}

/// A model that was trained.
async fn trained(t: &World, version: u64) {
    let mut c = Commit::new();
    c.add_model(&model(t, version));
    t.ok(c).await;
    let now = t.now().await;
    let taken = t.store.claim_training(NODE, now, Span::secs(60)).await;
    assert_eq!(taken.unwrap().unwrap().version, version);
    let mut row = model(t, version);
    row.state = ModelState::Ready;
    row.bytes = Some(vec![version as u8]);
    row.trained = Some(T0);
    let mut c = Commit::new();
    c.end_model(&row, NODE);
    t.ok(c).await;
}

async fn an_intent_changes_by_revision_and_goes_with_its_examples(t: World) {
    let w = t.place.workspace;
    assert_eq!(t.store.training_heads(w).await.unwrap(), (0, 0));
    let mut row = intent(&t, 1, "horario");
    let mut c = Commit::new();
    c.put_intent(&row, 0).put_intent(&intent(&t, 2, "preco"), 0);
    c.put_example(&example(&t, 1, Some(1), 1))
        .put_example(&example(&t, 2, Some(2), 2));
    c.put_example(&example(&t, 3, None, 3));
    t.ok(c).await;
    assert_eq!(t.store.training_heads(w).await.unwrap(), (5, 0));
    let mut c = Commit::new();
    c.put_intent(&intent(&t, 3, "preco"), 0);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Constraint)
    );
    row.enabled = false;
    for (expected, want) in [(1, None), (1, Some(Refused::Revision))] {
        let mut c = Commit::new();
        c.put_intent(&row, expected);
        assert_eq!(t.store.commit(c).await.unwrap().refused, want);
    }
    let kept = t.store.intent_named(w, "horario").await.unwrap().unwrap();
    assert_eq!(
        kept,
        IntentRow {
            revision: 2,
            ..row.clone()
        }
    );
    assert_eq!(t.store.example_count(w).await.unwrap(), 3);
    let negatives = t.store.examples_of(w, None, None, 10).await.unwrap().items;
    assert_eq!(negatives, [example(&t, 3, None, 3)]);
    let mut c = Commit::new();
    c.drop_intent(w, row.id);
    t.ok(c).await;
    let left = t.store.examples(w, None, 10).await.unwrap().items;
    assert_eq!(left.len(), 2);
    let other = WorkspaceId(uuid(77));
    assert!(t.store.intent(other, uuid(0xC002)).await.unwrap().is_none());
    assert!(
        t.store
            .examples(other, None, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let mut c = Commit::new();
    c.drop_intent(other, uuid(0xC002));
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Missing)
    );
}

async fn one_text_has_one_meaning(t: World) {
    let w = t.place.workspace;
    let mut c = Commit::new();
    c.put_intent(&intent(&t, 1, "horario"), 0)
        .put_intent(&intent(&t, 2, "preco"), 0);
    c.put_example(&example(&t, 1, Some(1), 9));
    t.ok(c).await;
    let mut moved = example(&t, 5, Some(2), 9);
    moved.origin = Origin::Correction;
    moved.split = Split::Both;
    let mut c = Commit::new();
    c.put_example(&moved);
    t.ok(c).await;
    let found = t.store.example_by_key(w, uuid(9)).await.unwrap().unwrap();
    let want = ExampleRow {
        id: uuid(0xD001),
        ..moved
    };
    assert_eq!(found, want, "it moves and keeps its id");
    let of = t
        .store
        .examples_of(w, Some(uuid(0xC001)), None, 10)
        .await
        .unwrap();
    assert!(of.items.is_empty());
    let mut c = Commit::new();
    c.drop_example(w, uuid(0xD001));
    t.ok(c).await;
    assert_eq!(t.store.example(w, uuid(0xD001)).await.unwrap(), None);
}

async fn a_training_is_taken_once_and_its_end_is_fenced(t: World) {
    let (w, now) = (t.place.workspace, t.now().await);
    let mut c = Commit::new();
    c.add_model(&model(&t, 1));
    t.ok(c).await;
    let mut c = Commit::new();
    c.add_model(&model(&t, 1));
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Constraint)
    );
    let short = Span::secs(-1);
    assert!(
        t.store
            .claim_training(NODE, now, short)
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        t.store
            .claim_training(NODE_B, now, Span::secs(60))
            .await
            .unwrap()
            .is_some()
    );
    assert!(
        t.store
            .claim_training(NODE, now, short)
            .await
            .unwrap()
            .is_none()
    );
    let mut row = model(&t, 1);
    row.state = ModelState::Failed;
    let mut c = Commit::new();
    c.end_model(&row, NODE);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Lease)
    );
    let mut c = Commit::new();
    c.cancel_model(w, 1).model_progress(w, 1, NODE_B, 40);
    t.ok(c).await;
    let told = t
        .store
        .renew_training((w, 1), NODE_B, now, Span::secs(60))
        .await;
    assert_eq!(told.unwrap(), Some(true));
    assert_eq!(
        t.store.model(w, 1).await.unwrap().unwrap().progress_percent,
        40
    );
    let mut c = Commit::new();
    c.end_model(&row, NODE_B);
    t.ok(c).await;
    let told = t
        .store
        .renew_training((w, 1), NODE_B, now, Span::secs(60))
        .await;
    assert_eq!(told.unwrap(), None);
    let mut c = Commit::new();
    c.activate_model(w, 1, 3);
    let refused = t.store.commit(c).await.unwrap().refused;
    assert_eq!(refused, Some(Refused::Missing), "what failed is never used");
}

async fn one_model_is_active_and_the_ones_before_can_come_back(t: World) {
    let w = t.place.workspace;
    for version in 1..=4 {
        trained(&t, version).await;
        let mut c = Commit::new();
        c.activate_model(w, version, 2);
        t.ok(c).await;
    }
    assert_eq!(
        t.store.active_model(w).await.unwrap().unwrap().bytes,
        Some(vec![4])
    );
    let mut c = Commit::new();
    c.activate_model(w, 3, 2);
    t.ok(c).await;
    let states: Vec<_> = t.store.models(w, None, 10).await.unwrap().items;
    let states: Vec<_> = states.iter().map(|m| (m.version, m.state)).collect();
    assert_eq!(
        states,
        [
            (4, ModelState::Retired),
            (3, ModelState::Active),
            (2, ModelState::Retired),
            (1, ModelState::Retired)
        ]
    );
    assert_eq!(t.store.model(w, 1).await.unwrap().unwrap().bytes, None);
    let mut c = Commit::new();
    c.activate_model(w, 1, 2);
    let refused = t.store.commit(c).await.unwrap().refused;
    assert_eq!(refused, Some(Refused::Missing), "its bytes are gone");
    assert_eq!(t.store.active_model(w).await.unwrap().unwrap().version, 3);
    let mut c = Commit::new();
    c.retire_model(w);
    t.ok(c).await;
    assert_eq!(t.store.active_model(w).await.unwrap(), None);
    let (_, models) = t.store.training_heads(w).await.unwrap();
    assert_eq!(models, 4 + 4 + 1 + 1);
    let page = t.store.models(w, Some(3), 1).await.unwrap();
    assert_eq!((page.items[0].version, page.next), (2, Some(2)));
}

async fn questions_are_sorted_into_clusters_and_go_in_their_time(t: World) {
    let w = t.place.workspace;
    let question = |n: u128, days| QuestionRow {
        id: uuid(0xE000 + n),
        workspace: w,
        channel: t.place.channel,
        conversation: t.place.conversation,
        at: T0 - Span::days(days),
        text: "tem wifi?".into(),
        outcome: Asked::Unknown,
        cluster: None,
    };
    let mut cluster = ClusterRow {
        id: uuid(0xF001),
        workspace: w,
        state: ClusterState::Open,
        size: 2,
        body: json!({"samples": []}),
        revision: 0,
        created: T0,
        updated: T0,
    };
    let mut c = Commit::new();
    for n in 1..=3 {
        c.add_question(&question(n, 200 - 90 * i64::try_from(n).unwrap()));
    }
    c.add_question(&question(1, 0)).put_cluster(&cluster, 0);
    t.ok(c).await;
    assert_eq!(t.store.new_questions(w, 10).await.unwrap().len(), 3);
    let mut c = Commit::new();
    for n in 1..=2 {
        c.sort_question(w, uuid(0xE000 + n), Some(cluster.id));
    }
    t.ok(c).await;
    assert_eq!(
        t.store.new_questions(w, 10).await.unwrap(),
        [question(3, -70)]
    );
    let of = t.store.questions_of(w, cluster.id, None, 10).await.unwrap();
    assert_eq!(of.items.len(), 2);
    let mut larger = cluster.clone();
    (larger.id, larger.size) = (uuid(0xF002), 9);
    let mut c = Commit::new();
    c.put_cluster(&larger, 0);
    t.ok(c).await;
    let first = t
        .store
        .clusters(w, ClusterState::Open, None, 1)
        .await
        .unwrap();
    assert_eq!(first.items[0].id, larger.id, "the largest first");
    let second = t
        .store
        .clusters(w, ClusterState::Open, first.next, 1)
        .await
        .unwrap();
    assert_eq!(second.items[0].id, cluster.id);
    cluster.state = ClusterState::Dismissed;
    for (expected, want) in [(1, None), (1, Some(Refused::Revision))] {
        let mut c = Commit::new();
        c.put_cluster(&cluster, expected);
        assert_eq!(t.store.commit(c).await.unwrap().refused, want);
    }
    let keep = Retention::default();
    let purged = t.store.purge(T0 + Span::days(100), &keep);
    assert_eq!(
        purged.await.unwrap().questions,
        1,
        "of 110, 20 and -70 days before"
    );
}
