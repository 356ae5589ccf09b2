//! Faults of sending: F1 to F5, F7, F9, F14, F17.
//!
//! In: a platform that refuses, hangs, cuts and accepts without saying so. Out: one copy of each
//! message, or a person who is told. F16 is in `wire_cuts.rs`. Next: `docs/protocol.md`.

use crate::world::business::Business;
use crate::world::judge::{Excuses, judge, must_have_struck};
use crate::world::{NUMBER, World};
use ponte_core::Event;
use ponte_core::effect::{Alert, SendState};
use ponte_core::event::Command;
use ponte_core::outgoing::Outgoing;
use ponte_core::time::Span;
use ponte_sim::{CustomerId, Fault};
use std::sync::atomic::Ordering;

const REST: Span = Span::hours(1);

async fn world_that_trusts(trust: bool) -> World {
    World::with(
        31,
        1,
        |_| {},
        |business| business.settings.trust_history = trust,
    )
    .await
}

/// The state of the last message of ours.
async fn last_send(world: &World, customer: CustomerId) -> SendState {
    let place = world.place(customer).await.unwrap();
    let messages = world.messages(place.conversation).await;
    messages
        .iter()
        .rev()
        .find_map(|message| message.row.send)
        .unwrap()
}

/// One question under a fault; another customer's later message is the canary.
async fn asked_under(fault: Fault, trust: bool) -> (World, CustomerId) {
    let mut world = world_that_trusts(trust).await;
    let ana = world.customer(1);
    let bia = world.customer(2);
    world.arm(fault, 1);
    world.says(ana, "eco um");
    world.run(Span::secs(30)).await;
    world.says(bia, "eco depois");
    world.settle(REST).await;
    must_have_struck(&world, fault);
    let excuses = Excuses {
        refusals: true,
        ..Excuses::default()
    };
    judge(&world, excuses).await;
    (world, ana)
}

#[tokio::test(start_paused = true)]
async fn f01_a_timeout_after_acceptance_is_proven_by_the_tag_of_its_status() {
    for trust in [false, true] {
        for fault in [
            Fault::ApiTimeoutAfterAccept,
            Fault::CutAfterAccept,
            Fault::CutMidBody,
            Fault::AnswerWithoutId,
        ] {
            let (world, ana) = asked_under(fault, trust).await;
            assert_eq!(world.heard(ana), ["um"], "{fault}");
            assert_eq!(last_send(&world, ana).await, SendState::Accepted);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn f02_a_500_that_was_accepted_is_not_sent_again() {
    for trust in [false, true] {
        let (world, ana) = asked_under(Fault::Api5xxAccepted, trust).await;
        assert_eq!(world.heard(ana), ["um"]);
        assert_eq!(last_send(&world, ana).await, SendState::Accepted);
    }
}

#[tokio::test(start_paused = true)]
async fn f02_a_500_that_was_not_accepted_is_sent_again_only_when_proven_absent() {
    for fault in [Fault::Api5xxRefused, Fault::ApiHang, Fault::CutBeforeAccept] {
        let (world, ana) = asked_under(fault, true).await;
        assert_eq!(
            world.heard(ana),
            ["um"],
            "{fault}: the list proves it absent"
        );
        let (world, ana) = asked_under(fault, false).await;
        assert!(
            world.heard(ana).is_empty(),
            "{fault}: without a list no second try"
        );
        assert_eq!(last_send(&world, ana).await, SendState::Unknown);
        let alerts = world.alerts(ana).await;
        assert!(
            alerts
                .iter()
                .any(|alert| matches!(alert, Alert::UnknownSend { .. }))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn f02_statuses_that_never_come_leave_it_to_the_list() {
    let mut world = world_that_trusts(true).await;
    let (ana, bia) = (world.customer(1), world.customer(2));
    world
        .shared
        .cloud(|cloud, _| cloud.faults().always(Fault::DropStatus));
    world.arm(Fault::Api5xxAccepted, 1);
    world.says(ana, "eco um");
    world.run(Span::secs(30)).await;
    world.says(bia, "eco depois");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["um"]);
    assert_eq!(
        last_send(&world, ana).await,
        SendState::Accepted,
        "found in the list"
    );
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn f02_nothing_connects_is_proven_unsent_and_sent_when_it_does() {
    let mut world = World::new(2).await;
    let ana = world.customer(1);
    world.arm(Fault::ConnectionRefused, 3);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::ConnectionRefused);
    assert_eq!(world.heard(ana), ["um"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn f03_throttled_it_slows_down_keeps_the_order_and_loses_nothing() {
    for fault in [
        Fault::Throttle130429,
        Fault::AppRate4,
        Fault::AppRate80007,
        Fault::Maintenance131057,
    ] {
        let mut world = World::new(3).await;
        let ana = world.customer(1);
        world.arm(fault, 2);
        world.says(ana, "partes");
        world.settle(REST).await;
        must_have_struck(&world, fault);
        assert_eq!(world.heard(ana), ["um", "dois", "tres"], "{fault}");
        let excuses = Excuses {
            refusals: true,
            ..Excuses::default()
        };
        judge(&world, excuses).await;
    }
}

#[tokio::test(start_paused = true)]
async fn f04_the_pair_limit_is_never_reached_and_its_refusal_is_waited_out() {
    let mut world = World::with(
        4,
        1,
        |config| config.pair_limit = true,
        // Two machines talking are not what this is about.
        |business| business.assistant.max_loops = 1_000,
    )
    .await;
    let ana = world.customer(1);
    for n in 0..60 {
        world.says(ana, &format!("eco {n}"));
        world.run(Span::millis(200)).await;
    }
    world.settle(REST).await;
    let heard = world.heard(ana);
    let all: Vec<String> = (0..60).map(|n| n.to_string()).collect();
    assert_eq!(heard, all, "each once, in order");
    let took = world.shared.cloud(|cloud, _| {
        let accepted = cloud.ledger().accepted_to(ana);
        accepted[59].at - accepted[0].at
    });
    // 45 at once, then one in six seconds.
    assert!(took >= Span::secs(80).0, "the limit is reached: {took} us");
    judge(
        &world,
        Excuses {
            flood: true,
            ..Excuses::default()
        },
    )
    .await;

    let mut world = World::new(4).await;
    let bia = world.customer(2);
    world.arm(Fault::Pair131056, 1);
    world.says(bia, "eco um");
    world.settle(REST).await;
    assert_eq!(world.heard(bia), ["um"]);
    judge(
        &world,
        Excuses {
            refusals: true,
            ..Excuses::default()
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn f05_twenty_a_second_hold_while_the_owner_changes() {
    let mut world = World::with(5, 3, |_| {}, |_| {}).await;
    let customers: Vec<_> = (0..120).map(|n| world.customer(n)).collect();
    for (n, customer) in customers.iter().enumerate() {
        world.says(*customer, "partes");
        world.run(Span::millis(90)).await;
        if n % 25 == 24 {
            // The node that owns the number dies; another takes over.
            world.kill(n % 3).await;
        }
        if n % 40 == 39 {
            world.restart((n + 1) % 3).await;
        }
    }
    world.settle(REST).await;
    let (most, refused) = world.shared.cloud(|cloud, _| {
        let ledger = cloud.ledger();
        let refused = ledger.refused_by_code().get(&130_429).copied();
        (ledger.max_in_any_second(NUMBER, false), refused)
    });
    assert!(most <= 20, "{most} in a second");
    // Nodes tell each other what came in, so that the provider never has to refuse for rate.
    assert_eq!(refused, None);
    let whole = ["um", "dois", "tres"];
    let mut complete = 0;
    for customer in customers {
        let heard = world.heard(customer);
        complete += usize::from(heard == whole);
        let part = heard.iter().zip(whole).all(|(heard, said)| heard == said);
        assert!(part && heard.len() <= 3, "{heard:?}");
        // What a dead node may have sent is not sent again: then a person is told.
        let told = heard == whole || last_send(&world, customer).await != SendState::Accepted;
        assert!(told, "cut short without a word: {heard:?}");
    }
    assert!(complete >= 115, "{complete} of 120 have all three");
    judge(
        &world,
        Excuses {
            flood: true,
            ..Excuses::default()
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn f05_what_was_claimed_in_two_seconds_does_not_leave_in_one() {
    let mut world = World::new(51).await;
    world.shared.slow.store(true, Ordering::Relaxed);
    let customers: Vec<_> = (0..60).map(|n| world.customer(n)).collect();
    for customer in &customers {
        world.says(*customer, "partes");
    }
    world.settle(REST).await;
    for customer in customers {
        assert_eq!(world.heard(customer), ["um", "dois", "tres"]);
    }
    let most = world
        .shared
        .cloud(|cloud, _| cloud.ledger().max_in_any_second(NUMBER, false));
    assert!((10..=20).contains(&most), "{most} in a second");
}

#[tokio::test(start_paused = true)]
async fn f04_what_a_customer_was_sent_before_a_restart_still_counts() {
    let endless = |business: &mut Business| business.assistant.max_loops = 1_000;
    let mut world = World::with(52, 1, |_| {}, endless).await;
    let ana = world.customer(1);
    for n in 0..80 {
        world.says(ana, &format!("eco {n}"));
        world.run(Span::millis(1_000)).await;
        if n == 40 {
            world.restart(0).await;
        }
    }
    world.settle(REST).await;
    assert_eq!(world.heard(ana).len(), 80, "all came, in their time");
    let refused = world
        .shared
        .cloud(|cloud, _| cloud.ledger().refused_by_code().clone());
    assert_eq!(refused.get(&131_056), None);
}

#[tokio::test(start_paused = true)]
async fn f05_inbound_is_counted_so_that_the_platform_never_refuses() {
    let mut world = World::new(5).await;
    let customers: Vec<_> = (0..90).map(|n| world.customer(n)).collect();
    for customer in &customers {
        world.says(*customer, "partes");
        world.run(Span::millis(130)).await;
    }
    world.settle(REST).await;
    for customer in customers {
        assert_eq!(world.heard(customer), ["um", "dois", "tres"]);
    }
    judge(
        &world,
        Excuses {
            flood: true,
            ..Excuses::default()
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn f07_a_revoked_token_stops_the_number_once_and_loses_nothing() {
    let mut world = World::new(7).await;
    let customers: Vec<_> = (0..5).map(|n| world.customer(n)).collect();
    world.shared.cloud(|cloud, _| cloud.revoke_token(true));
    for customer in &customers {
        world.says(*customer, "eco um");
    }
    world.run(Span::minutes(10)).await;
    let tried = world
        .shared
        .cloud(|cloud, _| cloud.ledger().refused_by_code().get(&190).copied());
    assert!(tried.unwrap_or(0) <= 40, "it does not hammer: {tried:?}");
    world.shared.cloud(|cloud, _| cloud.revoke_token(false));
    world.settle(REST).await;
    for customer in customers {
        assert_eq!(world.heard(customer), ["um"]);
    }
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn f09_at_the_windows_end_nothing_free_leaves() {
    // The window's margin is a minute: what is asked for this many seconds before the end may leave.
    for (before, leaves) in [(75, true), (59, false), (1, false), (-1, false)] {
        let mut world = World::new(9).await;
        let ana = world.customer(1);
        world.says(ana, "oi");
        world.run(Span::secs(10)).await;
        let so_far = world.heard(ana).len();
        world.outage(Span::secs(24 * 3_600 - 10 - before)).await;
        let event = Event::Commanded {
            by: world.business.agent,
            command: Command::Send {
                client: "c1".into(),
                what: Box::new(Outgoing::text("ainda posso?")),
                quotes: None,
            },
        };
        world.command(ana, event, "k1").await;
        world.settle(REST).await;
        let heard = world.heard(ana).len() - so_far;
        assert_eq!(heard, usize::from(leaves), "{before} s before the end");
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn f10_a_window_that_meta_calls_closed_is_closed() {
    let mut world = World::new(10).await;
    let ana = world.customer(1);
    world.arm(Fault::WindowClosed131047, 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::WindowClosed131047);
    assert_eq!(last_send(&world, ana).await, SendState::Failed);
    judge(
        &world,
        Excuses {
            refusals: true,
            ..Excuses::default()
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn f14_accepted_and_failed_later_is_shown_as_failed() {
    let mut world = World::new(14).await;
    let ana = world.customer(1);
    world.arm(Fault::AsyncFailed, 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::AsyncFailed);
    let alerts = world.alerts(ana).await;
    assert!(
        alerts
            .iter()
            .any(|alert| matches!(alert, Alert::SendFailed { .. }))
    );
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn f17_a_proxy_that_repeats_the_post_is_noticed() {
    let mut world = World::new(17).await;
    let ana = world.customer(1);
    world.arm(Fault::DuplicatedByProxy, 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::DuplicatedByProxy);
    let alerts = world.alerts(ana).await;
    assert!(
        alerts
            .iter()
            .any(|alert| matches!(alert, Alert::Duplicated { .. }))
    );
    judge(
        &world,
        Excuses {
            proxy: true,
            ..Excuses::default()
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn f18_a_customers_file_is_kept_at_once_and_tried_again_when_it_fails() {
    for broken in [false, true] {
        let mut world = World::new(18).await;
        let ana = world.customer(1);
        if broken {
            world.shared.cloud(|cloud, _| cloud.revoke_token(true));
        }
        world.sends(ana, ponte_sim::CustomerMessage::image("a foto"));
        world.run(Span::secs(30)).await;
        let place = world.place(ana).await.unwrap();
        let messages = world.messages(place.conversation).await;
        let data = world.nodes[0].app().config.data.clone();
        let path = ponte::calls::media::path_of(&data, &place, messages[0].row.id);
        assert_eq!(path.exists(), !broken);
        if broken {
            world.shared.cloud(|cloud, _| cloud.revoke_token(false));
            world.run(Span::minutes(15)).await;
            assert!(path.exists(), "tried again");
        }
        std::fs::remove_file(&path).unwrap();
    }
}
