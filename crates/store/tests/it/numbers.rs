//! Numbers that are cut off, warned of, let back in, and heard from.

use crate::on_each;
use crate::world::{T0, World};
use ponte_core::effect::Alert;
use ponte_core::time::Span;
use ponte_store::rows::workspace::ChannelRow;
use ponte_store::{Commit, Refused};

on_each! {
    a_number_that_is_cut_off_is_an_alert_until_it_is_back
    a_persons_word_counts_until_the_provider_says_something_newer
    a_warning_is_an_alert_unless_the_number_came_back_since
    the_newest_webhook_is_remembered
}

async fn row(t: &World) -> ChannelRow {
    let rows = t.store.channels(Some(t.place.workspace)).await.unwrap();
    rows.into_iter()
        .find(|row| row.id == t.place.channel)
        .unwrap()
}

async fn alerts(t: &World) -> Vec<Alert> {
    let rows = t
        .store
        .alerts_of_channel(t.place.channel, 10)
        .await
        .unwrap();
    let listed = t.store.alerts(t.place.workspace, None, 10).await.unwrap();
    assert_eq!(rows, listed, "they stand among all alerts");
    assert!(
        rows.iter()
            .all(|row| row.conversation.is_none() && row.channel == Some(t.place.channel))
    );
    rows.into_iter().map(|row| row.alert).collect()
}

/// The provider says so, by its clock; it reaches us at another time.
async fn provider(t: &World, suspended: bool, said: i64) {
    let mut c = Commit::new();
    let when = (T0 + Span::secs(said), T0 + Span::secs(100));
    c.suspend_channel(t.place.workspace, t.place.channel, suspended, when);
    t.ok(c).await;
}

async fn person(t: &World, suspended: bool, at: i64) {
    let mut c = Commit::new();
    c.suspend_by_hand(
        t.place.workspace,
        t.place.channel,
        suspended,
        T0 + Span::secs(at),
    );
    t.ok(c).await;
}

async fn a_number_that_is_cut_off_is_an_alert_until_it_is_back(t: World) {
    provider(&t, true, 9).await;
    provider(&t, true, 9).await;
    assert_eq!(alerts(&t).await, [Alert::NumberSuspended]);
    assert_eq!(row(&t).await.suspended_at, T0 + Span::secs(9));
    provider(&t, false, 5).await;
    assert_eq!(alerts(&t).await, [Alert::NumberSuspended], "an older word");
    provider(&t, false, 11).await;
    assert!(alerts(&t).await.is_empty() && !row(&t).await.suspended);
    provider(&t, true, 9).await;
    assert!(alerts(&t).await.is_empty(), "a repeat of an older word");
}

async fn a_persons_word_counts_until_the_provider_says_something_newer(t: World) {
    provider(&t, true, 90).await;
    // By a clock that is behind the provider's.
    person(&t, false, 50).await;
    assert!(alerts(&t).await.is_empty() && !row(&t).await.suspended);
    assert_eq!(row(&t).await.suspended_at, T0 + Span::secs(90));
    person(&t, true, 95).await;
    assert_eq!(alerts(&t).await, [Alert::NumberSuspended]);
    provider(&t, false, 94).await;
    assert!(row(&t).await.suspended);
    provider(&t, false, 96).await;
    assert!(alerts(&t).await.is_empty() && !row(&t).await.suspended);
    let mut c = Commit::new();
    let other = ponte_core::ids::WorkspaceId(uuid::Uuid::from_u128(404));
    c.suspend_by_hand(other, t.place.channel, true, T0);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Missing)
    );
}

async fn a_warning_is_an_alert_unless_the_number_came_back_since(t: World) {
    let alert = Alert::NumberAtRisk {
        state: "SCHEDULE_FOR_DISABLE".into(),
        date: Some("November 20, 2026".into()),
    };
    let warn = async |said: i64| {
        let mut c = Commit::new();
        let when = (T0 + Span::secs(said), T0 + Span::secs(100));
        c.warn_channel(t.place.channel, &alert, when);
        t.ok(c).await;
    };
    warn(1).await;
    warn(1).await;
    assert_eq!(alerts(&t).await, std::slice::from_ref(&alert));
    provider(&t, true, 5).await;
    assert_eq!(alerts(&t).await, [Alert::NumberSuspended, alert.clone()]);
    person(&t, false, 10).await;
    assert!(alerts(&t).await.is_empty());
    warn(1).await;
    assert!(alerts(&t).await.is_empty(), "a repeat of what is over");
    warn(20).await;
    assert_eq!(alerts(&t).await, std::slice::from_ref(&alert));
}

async fn the_newest_webhook_is_remembered(t: World) {
    let channel = t.place.channel;
    assert_eq!(t.store.last_webhook(channel).await.unwrap(), None);
    for at in [5, 9, 7] {
        let mut c = Commit::new();
        c.saw_webhook(channel, T0 + Span::secs(at));
        t.ok(c).await;
    }
    let last = t.store.last_webhook(channel).await.unwrap();
    assert_eq!(last, Some(T0 + Span::secs(9)));
}
