//! Numbers that are cut off from the API, removed, and let back in, with customers who go on writing.
//!
//! In: the provider's word or a person's, for a few minutes or for hours. Out: a short one is waited out;
//! after a long one nothing old is sent, and every customer who waited is in people's hands with an
//! alert. Absent: what the alerts of the number itself are (the store's `numbers.rs`). Next:
//! `ponte::sender`.

use crate::world::World;
use crate::world::judge::{Excuses, judge};
use ponte::app::cut_off::by_hand;
use ponte_core::effect::Alert;
use ponte_core::event::Command;
use ponte_core::ids::AgentId;
use ponte_core::outgoing::Outgoing;
use ponte_core::time::Span;
use ponte_core::{Event, Owner};
use ponte_sim::{Cloud, CustomerId};
use ponte_store::Commit;
use serde_json::json;

const REST: Span = Span::hours(4);

/// A person cuts the number off, or lets it back in.
async fn hand(world: &World, suspended: bool) {
    let app = world.nodes[0].app();
    let here = (world.business.workspace, world.business.channel);
    let by = json!({ "command": "test" });
    let done = by_hand(&app.store, &app.env, here, suspended, &by).await;
    assert!(done.unwrap());
}

fn provider(world: &World, event: &str) {
    world
        .shared
        .cloud(|cloud, now| cloud.account_update(now, event, json!({})));
}

async fn why_dropped(world: &World, customer: CustomerId) -> Vec<String> {
    let place = world.place(customer).await.unwrap();
    let store = &world.shared.store;
    let alerts = store.alerts_of(place.conversation, 20).await.unwrap();
    alerts
        .into_iter()
        .filter_map(|row| {
            let dropped = matches!(row.alert, Alert::SendDropped { .. });
            let told = serde_json::to_value(row.alert).unwrap();
            dropped.then(|| told["why"].as_str().unwrap().to_owned())
        })
        .collect()
}

async fn is_peoples(world: &World, customer: CustomerId) -> bool {
    let state = world.state(customer).await;
    matches!(state.owner, Owner::Queue { .. }) && state.unanswered_since.is_some()
}

#[tokio::test(start_paused = true)]
async fn a_short_suspension_is_waited_out() {
    let mut world = World::new(31).await;
    let ana = world.customer(1);
    world.run(Span::secs(5)).await;
    hand(&world, true).await;
    world.run(Span::secs(2)).await;
    world.says(ana, "eco já volto");
    world.run(Span::minutes(8)).await;
    assert!(world.heard(ana).is_empty(), "sent while cut off");
    assert_eq!(world.state(ana).await.owner, Owner::Assistant);
    hand(&world, false).await;
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["já volto"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn after_a_long_suspension_nothing_old_is_sent_and_people_have_been_told() {
    for (seed, by_the_provider) in [(32, true), (33, false)] {
        let mut world = World::new(seed).await;
        let early: Vec<_> = (1..=3).map(|n| world.customer(n)).collect();
        let late: Vec<_> = (4..=6).map(|n| world.customer(n)).collect();
        world.run(Span::secs(5)).await;
        if by_the_provider {
            provider(&world, "ACCOUNT_OFFBOARDED");
        } else {
            hand(&world, true).await;
        }
        world.run(Span::secs(3)).await;
        early
            .iter()
            .for_each(|who| drop(world.says(*who, "eco cedo")));
        world.run(Span::minutes(12)).await;
        for who in &early {
            assert!(is_peoples(&world, *who).await, "nobody was told");
            assert_eq!(why_dropped(&world, *who).await, ["the number is cut off"]);
        }
        // Who writes now is in people's hands at once: there is nothing left to wait for.
        late.iter()
            .for_each(|who| drop(world.says(*who, "eco tarde")));
        world.run(Span::secs(30)).await;
        for who in &late {
            assert!(is_peoples(&world, *who).await);
        }
        world.run(Span::hours(2)).await;
        if by_the_provider {
            provider(&world, "ACCOUNT_RECONNECTED");
        } else {
            hand(&world, false).await;
        }
        world.run(Span::minutes(20)).await;
        for who in early.iter().chain(&late) {
            assert!(
                world.heard(*who).is_empty(),
                "answered in a burst, hours later"
            );
        }
        let new = world.customer(7);
        world.says(new, "eco de volta");
        world.settle(REST).await;
        assert_eq!(world.heard(new), ["de volta"], "it doesn't work again");
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_announced_ban_is_an_alert_with_its_date_until_it_is_taken_back() {
    let mut world = World::new(36).await;
    let ban = |state: &str| json!({ "ban_info": { "waba_ban_state": state, "waba_ban_date": "November 20, 2026" } });
    let tell = |state: &str| {
        let details = ban(state);
        let deed = |cloud: &mut Cloud, now| cloud.account_update(now, "DISABLED_UPDATE", details);
        world.shared.cloud(deed);
    };
    let (store, channel) = (world.shared.store.clone(), world.business.channel);
    let alerts = async || -> Vec<Alert> {
        let rows = store.alerts_of_channel(channel, 10).await.unwrap();
        rows.into_iter().map(|row| row.alert).collect()
    };
    tell("SCHEDULE_FOR_DISABLE");
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let threat = Alert::NumberAtRisk {
        state: "SCHEDULE_FOR_DISABLE".into(),
        date: Some("November 20, 2026".into()),
    };
    assert_eq!(alerts().await, std::slice::from_ref(&threat));
    let events = store
        .account_events(world.business.workspace, None, 10)
        .await
        .unwrap();
    assert_eq!(
        events[0].body["raw"]["ban_info"]["waba_ban_date"],
        "November 20, 2026"
    );
    tell("DISABLE");
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert_eq!(alerts().await, [Alert::NumberSuspended, threat]);
    tell("REINSTATE");
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    assert!(alerts().await.is_empty());
    let ana = world.customer(1);
    world.says(ana, "eco oi");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["oi"]);
}

#[tokio::test(start_paused = true)]
async fn a_persons_words_on_a_number_that_is_cut_off_are_shown_as_not_sent() {
    let mut world = World::new(34).await;
    let ana = world.customer(1);
    world.says(ana, "eco oi");
    world.settle(REST).await;
    hand(&world, true).await;
    world.run(Span::minutes(15)).await;
    let command = Command::Send {
        client: "c1".into(),
        what: Box::new(Outgoing::text("Sou eu, a Bia")),
        quotes: None,
    };
    let by = AgentId(uuid::Uuid::from_u128(7));
    world
        .command(ana, Event::Commanded { by, command }, "c1")
        .await;
    world.run(Span::secs(10)).await;
    assert_eq!(why_dropped(&world, ana).await, ["the number is cut off"]);
    hand(&world, false).await;
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["oi"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_removed_number_still_owes_goes_to_people() {
    let mut world = World::new(35).await;
    let ana = world.customer(1);
    world.run(Span::secs(5)).await;
    hand(&world, true).await;
    world.run(Span::secs(2)).await;
    world.says(ana, "eco oi");
    world.run(Span::secs(10)).await;
    assert!(!is_peoples(&world, ana).await, "it waits for the number");
    let store = world.shared.store.clone();
    let rows = store.channels(None).await.unwrap();
    let mut row = rows
        .into_iter()
        .find(|row| row.id == world.business.channel)
        .unwrap();
    let revision = row.revision;
    row.removed = true;
    let mut commit = Commit::new();
    commit.put_channel(&row, revision);
    assert!(store.commit(commit).await.unwrap().stored());
    world.run(Span::secs(30)).await;
    assert!(is_peoples(&world, ana).await);
    assert_eq!(
        why_dropped(&world, ana).await,
        ["the number is not connected"]
    );
    assert_eq!(store.counts().await.unwrap().outbox_pending, 0);
    assert_eq!(store.counts().await.unwrap().journal_pending, 0);
    assert!(world.heard(ana).is_empty());
}
