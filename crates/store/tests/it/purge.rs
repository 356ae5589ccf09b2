//! What has had its time goes, in slices; what is open or young stays.

use crate::on_each;
use crate::world::{NODE, T0, World, entry};
use ponte_core::time::Span;
use ponte_store::rows::journal::{DeliveryNew, OrphanNew};
use ponte_store::rows::shared::Changes;
use ponte_store::{Commit, Retention};
use serde_json::json;

on_each! { the_old_goes_and_the_open_stays keys_are_kept_for_their_days }

async fn the_old_goes_and_the_open_stays(t: World) {
    let new = |days| DeliveryNew {
        received: T0 - Span::days(days),
        body: vec![1],
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
