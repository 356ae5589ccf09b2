//! Timers and calls: rows that are taken once, together with the event they become.

use crate::on_each;
use crate::world::{NODE, NODE_B, T0, World, entry, uuid};
use ponte_core::effect::Work;
use ponte_core::event::TimerReason;
use ponte_core::ids::{CallId, MessageId};
use ponte_core::time::Span;
use ponte_store::{Commit, Refused, Spoiled};

on_each! {
    a_timer_fires_once_and_only_at_its_time
    timers_of_a_channel_come_by_time
    a_call_is_answered_once
    a_call_nobody_works_on_is_taken_up_by_another
    a_call_that_can_not_be_read_is_passed_over_and_holds_up_no_other
}

async fn a_timer_fires_once_and_only_at_its_time(t: World) {
    let (old, new) = (T0 + Span::secs(5), T0 + Span::secs(9));
    let mut c = Commit::new();
    c.set_timer(&t.place, &TimerReason::Ghost, old)
        .set_timer(&t.place, &TimerReason::Ghost, new);
    t.ok(c).await;
    let fire = |due| {
        let mut c = Commit::new();
        c.fire_timer(t.place.conversation, &TimerReason::Ghost, due)
            .append(&entry(t.place, "fired"));
        t.store.commit(c)
    };
    assert_eq!(
        fire(old).await.unwrap().refused,
        Some(Refused::Timer),
        "it was moved"
    );
    let (a, b) = tokio::join!(fire(new), fire(new));
    assert_eq!(
        [a.unwrap(), b.unwrap()]
            .iter()
            .filter(|c| c.stored())
            .count(),
        1
    );
    assert_eq!(
        t.store
            .pending_of(t.place.conversation, 10)
            .await
            .unwrap()
            .len(),
        1
    );
    let mut c = Commit::new();
    c.set_timer(&t.place, &TimerReason::Retry, new)
        .clear_timer(t.place.conversation, &TimerReason::Retry);
    c.clear_timer(t.place.conversation, &TimerReason::Prove);
    t.ok(c).await;
    assert!(
        t.store
            .timers_of(t.place.conversation)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn timers_of_a_channel_come_by_time(t: World) {
    let other = t.talk(1).await;
    let mut c = Commit::new();
    c.set_timer(&t.place, &TimerReason::Watchdog, T0 + Span::secs(3));
    c.set_timer(&other, &TimerReason::Debounce, T0 + Span::secs(1));
    c.set_timer(&other, &TimerReason::MenuEnds, T0 + Span::secs(60));
    t.ok(c).await;
    let due = t
        .store
        .due_timers(t.place.channel, T0 + Span::secs(3), 10)
        .await
        .unwrap();
    let reasons: Vec<_> = due
        .iter()
        .map(|d| (&d.reason, d.place.conversation))
        .collect();
    assert_eq!(
        reasons,
        [
            (&TimerReason::Debounce, other.conversation),
            (&TimerReason::Watchdog, t.place.conversation)
        ]
    );
    assert_eq!(
        t.store
            .due_timers(t.place.channel, T0 + Span::secs(3), 1)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        t.store.next_due(t.place.channel).await.unwrap().timer,
        Some(T0 + Span::secs(1))
    );
    assert_eq!(
        t.store.timers_of(other.conversation).await.unwrap().len(),
        2
    );
    assert_eq!(t.store.counts().await.unwrap().timers, 3);
}

fn work() -> Work {
    Work::Media {
        message: MessageId(uuid(3)),
        media: "m1".into(),
    }
}

async fn a_call_is_answered_once(t: World) {
    let call = CallId(uuid(70));
    let mut c = Commit::new();
    let until = t.now().await + Span::secs(60);
    c.put_call(&t.place, call, 4, T0, &work(), Some((NODE, until)));
    c.put_call(&t.place, CallId(uuid(71)), 4, T0, &work(), None);
    t.ok(c).await;
    let end = || {
        let mut c = Commit::new();
        c.end_call(call).append(&entry(t.place, "answered"));
        t.store.commit(c)
    };
    assert!(end().await.unwrap().stored());
    assert_eq!(end().await.unwrap().refused, Some(Refused::Call));
    let mut c = Commit::new();
    c.drop_call(CallId(uuid(71))).drop_call(CallId(uuid(71)));
    t.ok(c).await;
    assert_eq!(t.store.counts().await.unwrap().calls_open, 0);
}

async fn a_call_nobody_works_on_is_taken_up_by_another(t: World) {
    let call = CallId(uuid(70));
    let mut c = Commit::new();
    c.put_call(&t.place, call, 4, T0, &work(), None);
    t.ok(c).await;
    let now = t.now().await;
    let take = |owner| {
        t.store
            .claim_calls(t.place.channel, owner, now, Span::secs(60), 10)
    };
    let taken = take(NODE).await.unwrap();
    assert_eq!(
        (
            taken[0].call,
            taken[0].epoch,
            &taken[0].work,
            taken[0].attempts
        ),
        (call, 4, &work(), 1)
    );
    assert!(take(NODE_B).await.unwrap().is_empty());
    let mut c = Commit::new();
    c.retry_call(call, NODE_B, now);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Call),
        "another's"
    );
    let mut c = Commit::new();
    c.retry_call(call, NODE, now - Span::secs(1));
    t.ok(c).await;
    assert_eq!(take(NODE_B).await.unwrap()[0].attempts, 2);
}

async fn a_call_that_can_not_be_read_is_passed_over_and_holds_up_no_other(t: World) {
    let mut c = Commit::new();
    for n in 70..73 {
        c.put_call(&t.place, CallId(uuid(n)), 4, T0, &work(), None);
    }
    t.ok(c).await;
    let bad = CallId(uuid(71));
    t.store.spoil(Spoiled::Call(bad)).await.unwrap();
    let now = t.now().await;
    let claim = |limit| {
        t.store
            .claim_calls(t.place.channel, NODE, now, Span::secs(60), limit)
    };
    let taken = claim(10).await.unwrap();
    let mut taken: Vec<CallId> = taken.iter().map(|row| row.call).collect();
    taken.sort();
    assert_eq!(taken, [CallId(uuid(70)), CallId(uuid(72))]);
    assert_eq!(t.store.unreadable(), 1);
    assert_eq!(t.store.counts().await.unwrap().calls_open, 3, "it is kept");
    assert!(
        claim(10).await.unwrap().is_empty(),
        "and waits for its lease"
    );
}
