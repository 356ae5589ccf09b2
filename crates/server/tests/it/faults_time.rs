//! Faults of time: D1, D2, D8.
//!
//! In: a world whose wall clock jumps. Out: no timer early, none twice, none for ever late. Absent:
//! zones and daylight saving, which are the core's. Next: `src/env/clock.rs`.

use crate::world::World;
use crate::world::judge::{Excuses, judge};
use ponte_core::effect::Why;
use ponte_core::time::Span;

const REST: Span = Span::hours(1);

#[tokio::test(start_paused = true)]
async fn d01_a_clock_that_jumps_three_days_ahead_fires_nothing_early() {
    let mut world = World::new(1).await;
    let ana = world.customer(1);
    world.says(ana, "quero falar com um atendente");
    world.run(Span::secs(5)).await;
    let before = world.heard(ana);
    world.jump(Span::days(3));
    world.run(Span::minutes(10)).await;
    assert_eq!(world.heard(ana), before, "the ghost notice is not due yet");
    // Evidence from outside: an answer's date agrees with the count, and things go on.
    let bia = world.customer(2);
    world.says(bia, "eco um");
    world.settle(REST).await;
    assert_eq!(world.heard(bia), ["um"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn d01_a_wrong_clock_at_the_start_is_held_against_the_world() {
    let mut world = World::new(1).await;
    let ana = world.customer(1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    world.jump(Span::minutes(30));
    assert!(world.nodes[0].app().env.clock.is_suspect());
    // Nothing is sent: a question to the provider settles it, not luck.
    world.run(Span::minutes(1)).await;
    assert!(
        !world.nodes[0].app().env.clock.is_suspect(),
        "settled by evidence"
    );
    world.says(ana, "eco dois");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["um", "dois"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn d01_a_question_that_waits_for_a_timer_is_answered_whatever_the_machine_says() {
    for jump in [Span::days(3), Span::hours(-1)] {
        let mut world = World::new(3).await;
        world.jump(jump);
        let ana = world.customer(1);
        world.says(ana, "oi");
        world.run(Span::minutes(1)).await;
        assert_eq!(
            world.heard(ana),
            ["Oi! Como posso ajudar?"],
            "nothing else is sent that could settle it: {jump:?}"
        );
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn d02_a_clock_that_goes_back_fires_nothing_twice() {
    let mut world = World::new(2).await;
    let ana = world.customer(1);
    world.says(ana, "oi");
    world.run(Span::millis(400)).await;
    world.jump(Span::hours(-1));
    world.run(Span::secs(30)).await;
    let bia = world.customer(2);
    world.says(bia, "eco um");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["Oi! Como posso ajudar?"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn d08_a_timer_wanted_by_two_nodes_and_a_restart_fires_once() {
    let mut world = World::with(
        8,
        2,
        |_| {},
        |business| {
            business.settings.pause = Span::minutes(15);
            business.settings.idle = Span::minutes(1);
        },
    )
    .await;
    let ana = world.customer(1);
    world.says(ana, "eco um");
    world.run(Span::secs(3)).await;
    world.owner_says(ana, "eu respondo");
    world.run(Span::minutes(14) + Span::secs(50)).await;
    world.kill(0).await;
    world.settle(REST).await;
    let place = world.place(ana).await.unwrap();
    let owners = world
        .shared
        .store
        .owners(place.conversation, 50)
        .await
        .unwrap();
    let ends = owners
        .iter()
        .filter(|owner| owner.why == Why::PauseEnded)
        .count();
    assert_eq!(ends, 1);
    judge(&world, Excuses::default()).await;
}
