//! Credentials of tools, calls that are made at most once, and whose word about a contact counts.

use crate::on_each;
use crate::world::{T0, World};
use ponte_core::ids::ContactId;
use ponte_core::time::Span;
use ponte_store::rows::tools::{
    AttributeRow, CredentialRow, ToolCallEnd, ToolCallRow, ToolCallState,
};
use ponte_store::{Commit, Refused, Retention};
use serde_json::json;
use uuid::Uuid;

on_each! {
    a_credential_is_kept_and_its_tokens_change_beside_it
    a_decision_is_one_call_and_begins_once
    many_who_claim_at_once_begin_it_once
    what_a_dead_process_left_is_unsure_or_may_be_asked_again
    calls_are_listed_newest_first_and_go_when_old
    a_persons_word_about_a_contact_stays
    what_is_known_of_a_contact_goes_with_it
    what_is_sealed_is_changed_only_where_it_is_still_the_same
}

fn credential(t: &World, name: &str) -> CredentialRow {
    CredentialRow {
        id: Uuid::from_u128(7),
        workspace: t.place.workspace,
        name: name.into(),
        settings: json!({"kind": "bearer"}),
        sealed: Some(vec![1, 0, 255]),
        tokens: None,
        expires: T0,
        state: "ready".into(),
        hint: "…abcd".into(),
        revision: 1,
        created: T0,
        updated: T0,
    }
}

fn call(t: &World, n: u128, effects: bool) -> ToolCallRow {
    ToolCallRow {
        id: Uuid::from_u128(n),
        workspace: t.place.workspace,
        conversation: Some(t.place.conversation),
        tool: "pedido".into(),
        key: format!("turn:{n}"),
        digest: "d".into(),
        effects,
        ignored: 2,
        arguments: Some(vec![9]),
        state: ToolCallState::Asked,
        outcome: String::new(),
        http: None,
        result: None,
        at: T0 + Span::secs(i64::try_from(n).unwrap()),
        until: T0,
        latency_us: 0,
    }
}

fn end() -> ToolCallEnd {
    ToolCallEnd {
        state: ToolCallState::Done,
        outcome: "ok".into(),
        http: Some(200),
        result: Some(vec![1, 2]),
        latency_us: 42,
    }
}

async fn commit(t: &World, build: impl FnOnce(&mut Commit)) -> Option<Refused> {
    let mut c = Commit::new();
    build(&mut c);
    t.store.commit(c).await.unwrap().refused
}

async fn a_credential_is_kept_and_its_tokens_change_beside_it(t: World) {
    let mut row = credential(&t, "loja");
    let workspace = t.place.workspace;
    assert_eq!(
        commit(&t, |c| {
            c.put_credential(&row, 0);
        })
        .await,
        None
    );
    let twin = CredentialRow {
        id: Uuid::from_u128(8),
        ..row.clone()
    };
    assert_eq!(
        commit(&t, |c| {
            c.put_credential(&twin, 0);
        })
        .await,
        Some(Refused::Constraint)
    );
    row.tokens = Some(vec![3]);
    row.state = "reconnect".into();
    assert_eq!(
        commit(&t, |c| {
            c.put_tokens(&row);
        })
        .await,
        None
    );
    let found = t.store.credential_named(workspace, "loja").await.unwrap();
    assert_eq!(found.as_ref(), Some(&row), "the revision is a person's");
    row.name = "nova".into();
    assert_eq!(
        commit(&t, |c| {
            c.put_credential(&row, 1);
        })
        .await,
        None
    );
    assert_eq!(
        commit(&t, |c| {
            c.put_tokens(&row);
        })
        .await,
        Some(Refused::Revision),
        "changed in between"
    );
    row.revision = 2;
    assert_eq!(
        t.store.credential(workspace, row.id).await.unwrap(),
        Some(row.clone())
    );
    assert_eq!(
        t.store.credentials(Some(workspace)).await.unwrap(),
        [row.clone()]
    );
    assert_eq!(
        commit(&t, |c| {
            c.drop_credential(workspace, row.id, 1);
        })
        .await,
        Some(Refused::Revision)
    );
    assert_eq!(
        commit(&t, |c| {
            c.drop_credential(workspace, row.id, 2);
        })
        .await,
        None
    );
    assert_eq!(t.store.credential(workspace, row.id).await.unwrap(), None);
}

async fn a_decision_is_one_call_and_begins_once(t: World) {
    let workspace = t.place.workspace;
    let first = call(&t, 1, true);
    let again = ToolCallRow {
        id: Uuid::from_u128(2),
        ..first.clone()
    };
    for row in [&first, &again] {
        assert_eq!(
            commit(&t, |c| {
                c.add_tool_call(row);
            })
            .await,
            None
        );
    }
    let kept = t.store.tool_call(workspace, "turn:1").await.unwrap();
    assert_eq!(kept, Some(first.clone()));
    assert_eq!(
        commit(&t, |c| {
            c.end_tool_call(workspace, first.id, &end());
        })
        .await,
        Some(Refused::Call)
    );
    assert_eq!(
        commit(&t, |c| {
            c.confirm_tool_call(workspace, first.id);
        })
        .await,
        None
    );
    assert_eq!(
        commit(&t, |c| {
            c.confirm_tool_call(workspace, first.id);
        })
        .await,
        Some(Refused::Call)
    );
    let until = T0 + Span::secs(10);
    assert_eq!(
        commit(&t, |c| {
            c.claim_tool_call(workspace, first.id, until);
        })
        .await,
        None
    );
    for refused in [
        commit(&t, |c| {
            c.claim_tool_call(workspace, first.id, until);
        })
        .await,
        commit(&t, |c| {
            c.claim_again(workspace, first.id, (until, until));
        })
        .await,
        commit(&t, |c| {
            c.refuse_tool_call(workspace, first.id, "no");
        })
        .await,
    ] {
        assert_eq!(refused, Some(Refused::Call));
    }
    assert_eq!(
        commit(&t, |c| {
            c.end_tool_call(workspace, first.id, &end());
        })
        .await,
        None
    );
    let done = t
        .store
        .tool_call(workspace, "turn:1")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (done.state, done.http, done.result, done.latency_us),
        (ToolCallState::Done, Some(200), Some(vec![1, 2]), 42)
    );
    assert_eq!(
        commit(&t, |c| {
            c.claim_tool_call(workspace, first.id, until);
        })
        .await,
        Some(Refused::Call)
    );
}

async fn many_who_claim_at_once_begin_it_once(t: World) {
    let (workspace, row) = (t.place.workspace, call(&t, 1, true));
    assert_eq!(
        commit(&t, |c| {
            c.add_tool_call(&row);
        })
        .await,
        None
    );
    let mut tries = Vec::new();
    for _ in 0..16 {
        let (store, id) = (t.store.clone(), row.id);
        tries.push(tokio::spawn(async move {
            let mut c = Commit::new();
            c.claim_tool_call(workspace, id, T0);
            store.commit(c).await.unwrap().refused
        }));
    }
    let mut begun = 0;
    for one in tries {
        begun += usize::from(one.await.unwrap().is_none());
    }
    assert_eq!(begun, 1);
}

async fn what_a_dead_process_left_is_unsure_or_may_be_asked_again(t: World) {
    let workspace = t.place.workspace;
    let until = T0 + Span::secs(10);
    for (n, effects) in [(1, true), (2, false), (3, false)] {
        let row = call(&t, n, effects);
        assert_eq!(
            commit(&t, |c| {
                c.add_tool_call(&row);
                c.claim_tool_call(workspace, row.id, until);
            })
            .await,
            None
        );
    }
    let state = async |key: &str| {
        t.store
            .tool_call(workspace, key)
            .await
            .unwrap()
            .unwrap()
            .state
    };
    assert_eq!(
        commit(&t, |c| {
            c.settle_tool_calls(T0);
        })
        .await,
        None
    );
    assert_eq!(
        state("turn:1").await,
        ToolCallState::Running,
        "still in time"
    );
    let again = Uuid::from_u128(3);
    assert_eq!(
        commit(&t, |c| {
            c.claim_again(workspace, again, (until, T0));
        })
        .await,
        Some(Refused::Call)
    );
    assert_eq!(
        commit(&t, |c| {
            c.claim_again(workspace, again, (until + Span::secs(9), until));
        })
        .await,
        None
    );
    assert_eq!(
        commit(&t, |c| {
            c.settle_tool_calls(until);
        })
        .await,
        None
    );
    assert_eq!(state("turn:1").await, ToolCallState::Unsure);
    assert_eq!(state("turn:2").await, ToolCallState::Failed);
    assert_eq!(state("turn:3").await, ToolCallState::Running);
    assert_eq!(
        commit(&t, |c| {
            c.claim_again(workspace, Uuid::from_u128(1), (until, until));
        })
        .await,
        Some(Refused::Call),
        "what may have happened is not begun again"
    );
}

async fn calls_are_listed_newest_first_and_go_when_old(t: World) {
    let workspace = t.place.workspace;
    for n in 1..=5 {
        let mut row = call(&t, n, n % 2 == 0);
        row.conversation = (n > 2).then_some(t.place.conversation);
        assert_eq!(
            commit(&t, |c| {
                c.add_tool_call(&row);
                c.claim_tool_call(workspace, row.id, T0);
            })
            .await,
            None
        );
    }
    let keys = async |conversation, before, limit| -> Vec<(String, ponte_core::Time, Uuid)> {
        let rows = t
            .store
            .tool_calls(workspace, conversation, before, limit)
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| (row.key, row.at, row.id))
            .collect()
    };
    let page = keys(None, None, 2).await;
    assert_eq!(page[1].0, "turn:4");
    let next = keys(None, Some((page[1].1, page[1].2)), 9).await;
    assert_eq!(
        next.iter()
            .map(|(key, _, _)| key.as_str())
            .collect::<Vec<_>>(),
        ["turn:3", "turn:2", "turn:1"]
    );
    assert_eq!(keys(Some(t.place.conversation), None, 9).await.len(), 3);
    let since = async |secs| {
        t.store
            .tool_calls_since(workspace, "pedido", T0 + Span::secs(secs))
            .await
            .unwrap()
    };
    assert_eq!((since(0).await, since(4).await, since(9).await), (5, 2, 0));
    let keep = Retention::default();
    let purged = t
        .store
        .purge(T0 + keep.tool_calls + Span::secs(4), &keep)
        .await
        .unwrap();
    assert_eq!(purged.tool_calls, 3);
    assert_eq!(keys(None, None, 9).await.len(), 2);
}

async fn a_persons_word_about_a_contact_stays(t: World) {
    let mut row = AttributeRow {
        workspace: t.place.workspace,
        contact: t.contact,
        name: "tamanho".into(),
        value: "P".into(),
        source: "assistant".into(),
        updated: T0,
    };
    for (value, source, stays) in [
        ("P", "assistant", "P"),
        ("M", "assistant", "M"),
        ("G", "person", "G"),
        ("P", "assistant", "G"),
        ("GG", "system", "GG"),
    ] {
        (row.value, row.source) = (value.into(), source.into());
        assert_eq!(
            commit(&t, |c| {
                c.put_attribute(&row);
            })
            .await,
            None
        );
        let kept = t
            .store
            .attributes(t.place.workspace, t.contact)
            .await
            .unwrap();
        assert_eq!(kept[0].value, stays, "{value} by {source}");
    }
}

async fn what_is_known_of_a_contact_goes_with_it(t: World) {
    t.talk(1).await;
    let (old, new) = (ContactId(Uuid::from_u128(0x2001)), t.contact);
    let said = |contact, name: &str, value: &str, source: &str, secs| AttributeRow {
        workspace: t.place.workspace,
        contact,
        name: name.into(),
        value: value.into(),
        source: source.into(),
        updated: T0 + Span::secs(secs),
    };
    let before = [
        said(old, "alone", "kept", "assistant", 1),
        said(old, "better", "person", "user", 1),
        said(new, "better", "guess", "assistant", 9),
        said(old, "worse", "guess", "assistant", 9),
        said(new, "worse", "person", "user", 1),
        said(old, "newer", "9", "user", 9),
        said(new, "newer", "1", "user", 1),
        said(old, "older", "1", "assistant", 1),
        said(new, "older", "9", "assistant", 9),
    ];
    commit(&t, |c| {
        for row in &before {
            c.put_attribute(row);
        }
    })
    .await;
    let merged = commit(&t, |c| {
        c.merge_contact(t.place.workspace, old, new, T0 + Span::secs(10));
    });
    assert_eq!(merged.await, None);
    let known = t.store.attributes(t.place.workspace, new).await.unwrap();
    let known: Vec<_> = known
        .iter()
        .map(|row| (row.name.as_str(), row.value.as_str(), row.source.as_str()))
        .collect();
    let wanted = [
        ("alone", "kept", "assistant"),
        ("better", "person", "user"),
        ("newer", "9", "user"),
        ("older", "9", "assistant"),
        ("worse", "person", "user"),
    ];
    assert_eq!(known, wanted);
    let left = t.store.attributes(t.place.workspace, old).await.unwrap();
    assert_eq!(left, []);
}

async fn what_is_sealed_is_changed_only_where_it_is_still_the_same(t: World) {
    let workspace = t.place.workspace;
    let mut read = credential(&t, "loja");
    read.tokens = Some(vec![5]);
    commit(&t, |c| {
        c.put_credential(&read, 0);
    })
    .await;
    let moved = commit(&t, |c| {
        c.reseal_secret(&read, vec![2]);
        c.reseal_tokens(&read, vec![6]);
    });
    assert_eq!(moved.await, None);
    let again = commit(&t, |c| {
        c.reseal_tokens(&read, vec![7]);
    });
    assert_eq!(again.await, Some(Refused::Revision), "others by now");
    let again = commit(&t, |c| {
        c.reseal_secret(&read, vec![7]);
    });
    assert_eq!(again.await, Some(Refused::Revision), "another by now");
    let kept = t
        .store
        .credential(workspace, read.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((kept.sealed, kept.tokens), (Some(vec![2]), Some(vec![6])));
    assert_eq!(kept.revision, 1, "nothing that a person set has changed");

    let row = call(&t, 1, true);
    commit(&t, |c| {
        c.add_tool_call(&row);
        c.claim_tool_call(workspace, row.id, T0 + Span::secs(30));
        c.end_tool_call(workspace, row.id, &end());
    })
    .await;
    let done = t
        .store
        .tool_call(workspace, &row.key)
        .await
        .unwrap()
        .unwrap();
    assert!(done.result.is_some());
    // What was read before it ended had no result: the one it has now stays.
    commit(&t, |c| {
        c.reseal_tool_call(workspace, row.id, (Some(vec![8]), None));
    })
    .await;
    let kept = t
        .store
        .tool_call(workspace, &row.key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (kept.arguments, &kept.result),
        (Some(vec![8]), &done.result)
    );
    commit(&t, |c| {
        c.reseal_tool_call(workspace, row.id, (None, Some(vec![4])));
    })
    .await;
    let kept = t
        .store
        .tool_call(workspace, &row.key)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (kept.arguments, kept.result),
        (Some(vec![8]), Some(vec![4]))
    );
}
