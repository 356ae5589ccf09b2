//! What has had its time goes, in slices; what is open or young stays.

use crate::on_each;
use crate::world::{NODE, T0, World, entry, uuid};
use ponte_core::effect::{SendState, Why};
use ponte_core::event::Outcome;
use ponte_core::ids::{EventId, ReplyId};
use ponte_core::ownership::Owner;
use ponte_core::time::Span;
use ponte_store::rows::conversation::OwnershipRow;
use ponte_store::rows::journal::{AccountEventNew, DeliveryNew, OrphanNew};
use ponte_store::rows::shared::Changes;
use ponte_store::{Commit, Retention};
use serde_json::json;

on_each! { the_old_goes_and_the_open_stays keys_are_kept_for_their_days settled_sends_go_and_unproven_ones_stay closed_and_undecoded_things_go_in_their_time a_walk_through_the_outbox_goes_on_where_it_was old_changes_of_owner_go_and_the_newest_stays }

async fn the_old_goes_and_the_open_stays(t: World) {
    let new = |days| DeliveryNew {
        received: T0 - Span::days(days),
        body: vec![1].into(),
        lease: Some((NODE, T0)),
    };
    let mut c = Commit::new();
    c.add_delivery(new(40))
        .add_delivery(new(40))
        .add_delivery(new(1));
    for (days, key) in [(8, "old"), (1, "young")] {
        c.park_status(&OrphanNew {
            workspace: t.place.workspace,
            channel: t.place.channel,
            waits_for: key.into(),
            at: T0 - Span::days(days),
            body: json!({}),
            dedupe: key.into(),
        });
    }
    c.feed(&t.place, T0 - Span::days(8), Changes::MESSAGE);
    let ids = t.ok(c).await.deliveries;
    let mut c = Commit::new();
    c.finish_delivery(ids[1], NODE)
        .finish_delivery(ids[2], NODE);
    c.feed(&t.place, T0 - Span::days(1), Changes::MESSAGE);
    t.ok(c).await;
    let purged = t.store.purge(T0, &Retention::default()).await.unwrap();
    assert_eq!(
        (purged.deliveries, purged.orphans, purged.feed, purged.more),
        (1, 1, 1, false)
    );
    assert!(
        t.store.delivery(ids[0]).await.unwrap().is_some(),
        "old, but nobody has decoded it"
    );
    assert!(t.store.delivery(ids[1]).await.unwrap().is_none());
    assert_eq!(
        t.store
            .orphans(t.place.channel, "young", 10)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        t.store.feed_ends(t.place.workspace).await.unwrap(),
        (Some(2), 2),
        "numbers go on"
    );
}

/// A3: a repeat after 6 days 23 hours is still a repeat; the keys outlive 30 days.
async fn keys_are_kept_for_their_days(t: World) {
    let mut seqs = Vec::new();
    for (key, days) in [("month", 36), ("week", 7), ("open", 36)] {
        let mut new = entry(t.place, key);
        new.envelope.at = T0 - Span::days(days);
        let mut c = Commit::new();
        c.append(&new);
        seqs.push(t.ok(c).await.journal[0].unwrap());
    }
    let mut c = Commit::new();
    c.applied(seqs[0], 1).applied(seqs[1], 2);
    t.ok(c).await;
    assert_eq!(
        t.store.purge(T0, &Retention::default()).await.unwrap().keys,
        1
    );
    assert_eq!(
        t.store.purge(T0, &Retention::default()).await.unwrap().keys,
        0
    );
    let mut c = Commit::new();
    c.append(&entry(t.place, "week"))
        .append(&entry(t.place, "open"))
        .append(&entry(t.place, "month"));
    let again = t.ok(c).await.journal;
    assert_eq!((again[0], again[1], again[2].is_some()), (None, None, true));
}

async fn settled_sends_go_and_unproven_ones_stay(t: World) {
    let mut replies = Vec::new();
    for (n, to) in [(1, SendState::Accepted), (2, SendState::Unknown)] {
        let claim = t.pending(n).await;
        let mut c = Commit::new();
        c.claim_send(&claim);
        t.ok(c).await;
        let mut c = Commit::new();
        let outcome = Outcome::Unsure { why: "cut".into() };
        c.end_attempt(claim.reply, 1, claim.at, &outcome);
        c.move_send(&t.place, claim.reply, to);
        t.ok(c).await;
        replies.push(claim.reply);
    }
    let open = t.pending(3).await.reply;
    let now = t.now().await;
    let since = now.min(T0) - Span::hours(1);
    let (workspace, channel) = (t.place.workspace, t.place.channel);
    let sent = t.store.sent_since(workspace, channel, since).await.unwrap();
    assert_eq!(sent.len(), 2, "what was claimed counts for the pace");
    let later = t
        .store
        .sent_since(workspace, channel, now.max(T0) + Span::hours(2));
    assert!(later.await.unwrap().is_empty());
    let ends = now + Span::days(36_500);
    let early = t
        .store
        .purge(ends + Span::days(60), &Retention::default())
        .await;
    assert_eq!(early.unwrap().sends, 0);
    let late = t
        .store
        .purge(ends + Span::days(120), &Retention::default())
        .await;
    assert_eq!(late.unwrap().sends, 1);
    assert!(t.store.send(replies[0]).await.unwrap().is_none());
    assert!(t.store.attempts(replies[0]).await.unwrap().is_empty());
    assert!(t.store.send(replies[1]).await.unwrap().is_some());
    assert_eq!(t.store.attempts(replies[1]).await.unwrap().len(), 1);
    assert!(t.store.send(open).await.unwrap().is_some());
}

async fn closed_and_undecoded_things_go_in_their_time(t: World) {
    let mut c = Commit::new();
    for days in [91, 1] {
        c.add_account_event(&AccountEventNew {
            workspace: Some(t.place.workspace),
            channel: None,
            at: T0 - Span::days(days),
            field: "messages".into(),
            kind: "group".into(),
            body: json!({}),
            dedupe: days.to_string(),
            delivery: None,
        });
        c.add_delivery(DeliveryNew {
            received: T0 - Span::days(days),
            body: vec![1].into(),
            lease: Some((NODE, T0 + Span::days(1))),
        });
    }
    let ids = t.ok(c).await.deliveries;
    let mut c = Commit::new();
    for id in &ids {
        c.quarantine_delivery(*id, NODE, "?");
    }
    t.ok(c).await;
    let purged = t.store.purge(T0, &Retention::default()).await.unwrap();
    assert_eq!((purged.account_events, purged.quarantined), (1, 1));
    assert!(t.store.delivery(ids[0]).await.unwrap().is_none());
    assert!(t.store.delivery(ids[1]).await.unwrap().is_some());
}

async fn a_walk_through_the_outbox_goes_on_where_it_was(t: World) {
    let open = t.pending(1).await.reply;
    let template = t.store.send(open).await.unwrap().unwrap();
    // More young ones than one look takes in, and the old ones behind them.
    let (young, many): (u128, u128) = (2_100, 1_200);
    let mut c = Commit::new();
    for n in 0..young + many {
        let mut send = template.send.clone();
        send.reply = ReplyId(uuid(0xF000_0000 + n));
        send.expires = if n < young { T0 + Span::days(90) } else { T0 };
        c.put_send(&t.place, &send);
        c.move_send(&t.place, send.reply, SendState::Dropped);
    }
    t.ok(c).await;
    let keep = Retention::default();
    let at = T0 + keep.sends + Span::days(1);
    let mut gone = Vec::new();
    let mut calls = 0;
    loop {
        let purged = t.store.purge(at, &keep).await.unwrap();
        gone.push(purged.sends);
        calls += 1;
        if !purged.more {
            break;
        }
        assert!(calls < 20, "a walk has an end");
    }
    assert_eq!(gone.iter().sum::<u64>(), many as u64);
    assert!(gone.iter().all(|n| *n <= 500), "in slices: {gone:?}");
    assert!(t.store.send(open).await.unwrap().is_some());
    let mut c = Commit::new();
    let mut send = template.send.clone();
    send.reply = ReplyId(uuid(1));
    send.expires = T0;
    c.put_send(&t.place, &send);
    c.move_send(&t.place, send.reply, SendState::Dropped);
    t.ok(c).await;
    let soon = t.store.purge(at + Span::hours(1), &keep).await.unwrap();
    assert_eq!(soon.sends, 0, "the next walk is tomorrow's");
    let next = t.store.purge(at + Span::days(1), &keep).await.unwrap();
    assert_eq!(next.sends, 1);
}

async fn old_changes_of_owner_go_and_the_newest_stays(t: World) {
    let change = |epoch: u64, days: i64| OwnershipRow {
        place: t.place,
        epoch,
        at: T0 - Span::days(days),
        from: Owner::Nobody,
        to: Owner::Nobody,
        why: Why::Returned,
        event: EventId(uuid(u128::from(epoch))),
    };
    let mut c = Commit::new();
    for (epoch, days) in [(1, 900), (2, 800), (3, 10)] {
        c.owner_changed(&change(epoch, days));
    }
    t.ok(c).await;
    let purged = t.store.purge(T0, &Retention::default()).await.unwrap();
    assert_eq!((purged.owners, purged.more), (2, false));
    let left = t.store.owners(t.place.conversation, 10).await.unwrap();
    assert_eq!(left.iter().map(|row| row.epoch).collect::<Vec<_>>(), [3]);
    let later = T0 + Span::days(3_000);
    let purged = t.store.purge(later, &Retention::default()).await.unwrap();
    assert_eq!(purged.owners, 0, "the newest says whose it is");
}
