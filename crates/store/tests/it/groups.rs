//! Many commits at once: each stands or falls by itself.

use crate::on_each;
use crate::world::{T0, World, entry, message, put_of};
use futures_util::future::join_all;
use ponte_core::state::State;
use ponte_store::rows::contact::AliasRow;
use ponte_store::rows::outbox::LeaseRef;
use ponte_store::{Commit, Refused};
use std::collections::BTreeSet;

on_each! {
    one_refused_member_does_not_hurt_the_others
    a_refused_commit_leaves_nothing_behind
    many_commits_each_get_their_own_answer
    an_empty_commit_is_nothing
    a_commit_joined_to_another_is_one
}

async fn one_refused_member_does_not_hurt_the_others(t: World) {
    let taken = AliasRow {
        workspace: t.place.workspace,
        kind: "wa_id".into(),
        value: "5511999990000".into(),
        contact: t.contact,
    };
    let state = State {
        version: 8,
        ..State::default()
    };
    let all = (0..60).map(|n| {
        let mut c = Commit::new();
        c.append(&entry(t.place, &format!("k{n}")));
        match n % 4 {
            0 => c.add_alias(&taken),
            1 => c.put_conversation(&put_of(&t.place, &state), 7),
            2 => c.under_lease(
                &LeaseRef {
                    name: "nobody's".into(),
                    token: 1,
                },
                T0,
            ),
            _ => c.put_message(&t.place, 1, &message(n, T0, "oi")),
        };
        t.store.commit(c)
    });
    let done: Vec<_> = join_all(all)
        .await
        .into_iter()
        .map(|c| c.unwrap())
        .collect();
    for (n, done) in done.iter().enumerate() {
        let want = [
            Some(Refused::Constraint),
            Some(Refused::Version),
            Some(Refused::Lease),
            None,
        ][n % 4];
        assert_eq!(done.refused, want, "member {n}");
        assert_eq!(done.journal.len(), usize::from(want.is_none()));
    }
    let stored = t.store.pending_of(t.place.conversation, 100).await.unwrap();
    assert_eq!(stored.len(), 15);
    assert_eq!(
        t.store
            .messages(t.place.conversation, None, 100)
            .await
            .unwrap()
            .items
            .len(),
        15
    );
}

async fn a_refused_commit_leaves_nothing_behind(t: World) {
    let state = State {
        version: 8,
        ..State::default()
    };
    let mut c = Commit::new();
    c.append(&entry(t.place, "a"))
        .put_message(&t.place, 1, &message(1, T0, "oi"));
    c.feed(&t.place, T0, ponte_store::rows::shared::Changes::MESSAGE);
    c.put_conversation(&put_of(&t.place, &state), 7);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Version)
    );
    assert!(
        t.store
            .pending_of(t.place.conversation, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        t.store
            .messages(t.place.conversation, None, 10)
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert!(
        t.store
            .feed(t.place.workspace, 0, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn many_commits_each_get_their_own_answer(t: World) {
    let tasks: Vec<_> = (0..300)
        .map(|n| {
            let (store, place) = (t.store.clone(), t.place);
            tokio::spawn(async move {
                let mut c = Commit::new();
                // Every third is a repeat of the one before.
                c.append(&entry(
                    place,
                    &format!("k{}", if n % 3 == 2 { n - 1 } else { n }),
                ));
                store.commit(c).await.unwrap().journal[0]
            })
        })
        .collect();
    let mut seqs = BTreeSet::new();
    let mut repeats = 0;
    for task in tasks {
        match task.await.unwrap() {
            Some(seq) => assert!(seqs.insert(seq), "a number was given twice"),
            None => repeats += 1,
        }
    }
    assert_eq!((seqs.len(), repeats), (200, 100));
    let read = t
        .store
        .pending_of(t.place.conversation, 1_000)
        .await
        .unwrap();
    assert_eq!(read.iter().map(|e| e.seq).collect::<BTreeSet<_>>(), seqs);
}

async fn an_empty_commit_is_nothing(t: World) {
    let done = t.store.commit(Commit::new()).await.unwrap();
    assert!(done.stored() && done.journal.is_empty());
}

async fn a_commit_joined_to_another_is_one(t: World) {
    let mut a = Commit::new();
    a.append(&entry(t.place, "a"));
    let mut b = Commit::new();
    b.append(&entry(t.place, "b"));
    b.put_conversation(&put_of(&t.place, &State::default()), 99);
    assert!(a.weight() > 100);
    a.join(b);
    assert_eq!(a.len(), 3);
    assert_eq!(
        t.store.commit(a).await.unwrap().refused,
        Some(Refused::Version)
    );
    assert!(
        t.store
            .pending_of(t.place.conversation, 10)
            .await
            .unwrap()
            .is_empty()
    );
}
