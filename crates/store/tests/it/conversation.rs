//! The conversation's row: versions fence, columns follow the state, counts add up.

use crate::on_each;
use crate::world::{T0, World, message, place_of, put_of, uuid};
use ponte_core::content::Content;
use ponte_core::effect::{Alert, Mark, MessageBody, SendState, Why};
use ponte_core::ids::{AgentId, EventId, MessageId, ReplyId, TeamId};
use ponte_core::ownership::{Human, Owner};
use ponte_core::state::State;
use ponte_core::time::Span;
use ponte_store::rows::conversation::{ConversationPut, OwnershipRow, Unread};
use ponte_store::rows::shared::AlertNew;
use ponte_store::{Commit, Refused};

on_each! {
    a_version_is_stored_once
    columns_follow_the_state
    older_messages_never_rewind_activity
    loading_brings_what_is_known_of_the_mentioned_messages
    a_message_is_put_once_and_a_wamid_belongs_to_one
    owners_are_kept_with_their_reason
    the_same_alert_open_twice_is_one
}

async fn a_version_is_stored_once(t: World) {
    let state = State {
        version: 1,
        ..State::default()
    };
    assert!(t.put(&t.place, &state, 0).await.stored());
    assert_eq!(
        t.put(&t.place, &state, 0).await.refused,
        Some(Refused::Version)
    );
    let race = (0..8).map(|n| {
        let state = State {
            version: 2,
            epoch: n,
            ..State::default()
        };
        let store = t.store.clone();
        let place = t.place;
        async move {
            let mut c = Commit::new();
            c.put_conversation(&put_of(&place, &state), 1);
            store.commit(c).await.unwrap().stored()
        }
    });
    let stored = futures_util::future::join_all(race).await;
    assert_eq!(stored.iter().filter(|s| **s).count(), 1);
    let loaded = t.store.load(&t.place, &[]).await.unwrap().unwrap();
    assert_eq!(loaded.row.state.version, 2);
    assert!(t.store.load(&place_of(404), &[]).await.unwrap().is_none());
}

async fn columns_follow_the_state(t: World) {
    let agent = AgentId(uuid(5));
    let mut state = State {
        version: 1,
        epoch: 9,
        ..State::default()
    };
    state.owner = Owner::Person {
        who: Human::Agent { agent },
        until: None,
    };
    state.window.service_until = Some(T0 + Span::hours(1));
    state.window.entry_until = Some(T0 + Span::hours(72));
    state.last_customer_at = Some(T0);
    t.put(&t.place, &state, 0).await;
    let item = t
        .store
        .conversation(t.place.workspace, t.place.conversation)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (
            item.owner_kind.as_str(),
            item.owner_ref,
            item.epoch,
            item.version
        ),
        ("person", Some(agent.0), 9, 1)
    );
    assert_eq!(
        (item.service_until, item.entry_until),
        (state.window.service_until, state.window.entry_until)
    );
    assert!(!item.closed);
    let team = TeamId(uuid(6));
    state.owner = Owner::Queue {
        team: Some(team),
        since: T0,
    };
    state.version = 2;
    t.put(&t.place, &state, 1).await;
    let item = t
        .store
        .conversation(t.place.workspace, t.place.conversation)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (item.owner_kind.as_str(), item.owner_ref),
        ("queue", Some(team.0))
    );
    state.owner = Owner::Nobody;
    state.version = 3;
    t.put(&t.place, &state, 2).await;
    let item = t
        .store
        .conversation(t.place.workspace, t.place.conversation)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((item.closed, item.owner_ref), (true, None));
    assert_eq!(
        t.store
            .load(&t.place, &[])
            .await
            .unwrap()
            .unwrap()
            .row
            .state,
        state
    );
    let other = ponte_core::ids::WorkspaceId(uuid(99));
    assert!(
        t.store
            .conversation(other, t.place.conversation)
            .await
            .unwrap()
            .is_none(),
        "the wall between tenants"
    );
}

async fn older_messages_never_rewind_activity(t: World) {
    let mut version = 0;
    for (at, text, unread) in [(20, "novo", 1), (10, "antigo", 1), (20, "igual", 0)] {
        let state = State {
            version: version + 1,
            ..State::default()
        };
        let mut put = put_of(&t.place, &state);
        put.last_message = Some((T0 + Span::secs(at), text));
        put.unread = if unread == 1 {
            Unread::Add(1)
        } else {
            Unread::Keep
        };
        let mut c = Commit::new();
        c.put_conversation(&put, version);
        t.ok(c).await;
        version += 1;
    }
    let row = t.store.load(&t.place, &[]).await.unwrap().unwrap().row;
    assert_eq!(
        (row.last_message_at, row.preview.as_str(), row.unread),
        (T0 + Span::secs(20), "igual", 2)
    );
    let mut c = Commit::new();
    c.mark_seen(t.place.conversation);
    t.ok(c).await;
    assert_eq!(
        t.store
            .load(&t.place, &[])
            .await
            .unwrap()
            .unwrap()
            .row
            .unread,
        0
    );
    let state = State {
        version: version + 1,
        ..State::default()
    };
    let put = ConversationPut {
        unread: Unread::Clear,
        ..put_of(&t.place, &state)
    };
    let mut c = Commit::new();
    c.put_conversation(&put, version);
    t.ok(c).await;
}

async fn loading_brings_what_is_known_of_the_mentioned_messages(t: World) {
    let mut ours = message(2, T0, "nossa");
    ours.send = Some(SendState::Unsure);
    let mut c = Commit::new();
    c.put_message(&t.place, 1, &message(1, T0, "dela"))
        .put_message(&t.place, 1, &ours);
    t.ok(c).await;
    let ask = ["wamid.1", "wamid.2", "wamid.3"].map(String::from);
    let known = t.store.load(&t.place, &ask).await.unwrap().unwrap().known;
    assert_eq!(known.len(), 2);
    assert_eq!(
        (known["wamid.1"].reply, known["wamid.1"].send),
        (None, None)
    );
    assert_eq!(known["wamid.2"].reply, Some(ReplyId(ours.id.0)));
    assert_eq!(
        (known["wamid.2"].send, known["wamid.2"].sent),
        (Some(SendState::Unsure), T0)
    );
    let by_channel = t.store.known(t.place.channel, &ask).await.unwrap();
    assert_eq!(by_channel["wamid.1"].0, t.place.conversation);
    let elsewhere = ponte_core::ids::ChannelId(uuid(77));
    assert!(t.store.known(elsewhere, &ask).await.unwrap().is_empty());
}

async fn a_message_is_put_once_and_a_wamid_belongs_to_one(t: World) {
    let first = message(1, T0, "primeira");
    let mut second = message(2, T0, "segunda");
    second.wamid = None;
    let mut c = Commit::new();
    c.put_message(&t.place, 1, &first)
        .put_message(&t.place, 1, &first)
        .put_message(&t.place, 1, &second);
    c.mark_message(
        &t.place,
        second.id,
        &Mark::Wamid {
            wamid: "wamid.1".into(),
        },
    );
    t.ok(c).await;
    let page = t
        .store
        .messages(t.place.conversation, None, 10)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 2);
    assert_eq!(
        t.store.message(second.id).await.unwrap().unwrap().row.wamid,
        None,
        "taken by the first"
    );
    let mut c = Commit::new();
    c.mark_message(
        &t.place,
        second.id,
        &Mark::Wamid {
            wamid: "wamid.2".into(),
        },
    );
    c.mark_message(
        &t.place,
        second.id,
        &Mark::Wamid {
            wamid: "wamid.2".into(),
        },
    );
    let filled = Content::Text {
        body: "agora sim".into(),
    };
    c.mark_message(
        &t.place,
        first.id,
        &Mark::Filled {
            content: filled.clone(),
        },
    );
    c.mark_message(&t.place, MessageId(uuid(404)), &Mark::Revoked { at: T0 });
    t.ok(c).await;
    assert_eq!(
        t.store
            .message(second.id)
            .await
            .unwrap()
            .unwrap()
            .row
            .wamid
            .as_deref(),
        Some("wamid.2")
    );
    assert_eq!(
        t.store
            .message(first.id)
            .await
            .unwrap()
            .unwrap()
            .row
            .content,
        MessageBody::In(filled)
    );
}

async fn owners_are_kept_with_their_reason(t: World) {
    let row = |epoch: u64, to: Owner| OwnershipRow {
        place: t.place,
        epoch,
        at: T0,
        from: Owner::Assistant,
        to,
        why: Why::Echo,
        event: EventId(uuid(8)),
    };
    let (a, b) = (
        row(
            1,
            Owner::Person {
                who: Human::Phone,
                until: Some(T0),
            },
        ),
        row(2, Owner::Nobody),
    );
    let mut c = Commit::new();
    c.owner_changed(&a).owner_changed(&b);
    t.ok(c).await;
    assert_eq!(
        t.store.owners(t.place.conversation, 10).await.unwrap(),
        [b, a]
    );
}

async fn the_same_alert_open_twice_is_one(t: World) {
    let alert = |alert: Alert| AlertNew {
        place: t.place,
        at: T0,
        alert,
    };
    let unknown = Alert::UnknownSend {
        reply: ReplyId(uuid(1)),
    };
    let mut c = Commit::new();
    c.open_alert(&alert(unknown.clone()))
        .open_alert(&alert(unknown.clone()))
        .open_alert(&alert(Alert::Silent));
    t.ok(c).await;
    let open = t.store.alerts(t.place.workspace, None, 10).await.unwrap();
    assert_eq!(
        open.iter().map(|a| &a.alert).collect::<Vec<_>>(),
        [&Alert::Silent, &unknown]
    );
    let count = async || {
        t.store
            .load(&t.place, &[])
            .await
            .unwrap()
            .unwrap()
            .row
            .alerts
    };
    assert_eq!(count().await, 2);
    let mut c = Commit::new();
    c.close_alert(open[1].id, t.place.conversation, T0);
    t.ok(c).await;
    assert_eq!(count().await, 1);
    let mut c = Commit::new();
    c.open_alert(&alert(unknown))
        .close_alerts(t.place.conversation, T0);
    t.ok(c).await;
    assert_eq!(count().await, 0);
    assert_eq!(
        t.store
            .alerts_of(t.place.conversation, 10)
            .await
            .unwrap()
            .len(),
        3
    );
    let mut c = Commit::new();
    c.close_alert(open[0].id, t.place.conversation, T0);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Missing)
    );
}
