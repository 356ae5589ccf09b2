//! Faults between people and the assistant: G1, G2, G4, G5, G9.
//!
//! In: an owner who answers from the phone at every moment of a turn. Out: never two voices. Next:
//! `ponte_core::takeover`.

use crate::world::World;
use crate::world::judge::{Excuses, judge};
use ponte_core::Owner;
use ponte_core::effect::{Alert, Why};
use ponte_core::time::Span;
use ponte_sim::{CustomerMessage, Fault};

const REST: Span = Span::hours(1);

#[tokio::test(start_paused = true)]
async fn g01_a_person_answers_at_every_moment_of_the_turn() {
    for moment in 0..14 {
        let mut world = World::new(moment).await;
        let ana = world.customer(1);
        world.says(ana, "oi");
        world
            .run(Span::millis(i64::try_from(moment).unwrap() * 100))
            .await;
        world.owner_says(ana, "bom dia, sou eu");
        world.settle(Span::hours(4)).await;
        let heard = world.heard(ana);
        if moment < 8 {
            assert!(heard.is_empty(), "echoed before the answer left: {heard:?}");
        } else {
            assert!(heard.len() <= 1, "{heard:?}");
        }
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn g01_the_parts_behind_the_first_are_withdrawn() {
    let mut world = World::new(1).await;
    let ana = world.customer(1);
    // A number just taken over waits a second before its first message.
    world.run(Span::secs(2)).await;
    world
        .shared
        .cloud(|cloud, _| cloud.faults().next(Fault::SlowApi, 2));
    world.says(ana, "partes");
    world.run(Span::millis(500)).await;
    world.owner_says(ana, "deixa comigo");
    world.settle(REST).await;
    assert_eq!(
        world.heard(ana),
        ["um"],
        "what had left had left; the rest is withdrawn"
    );
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn g02_an_echo_after_our_post_left_is_recorded_as_a_collision() {
    let mut world = World::new(2).await;
    let ana = world.customer(1);
    world.arm(Fault::ApiTimeoutAfterAccept, 1);
    world
        .shared
        .cloud(|cloud, _| cloud.faults().next(Fault::DropStatus, 3));
    world.says(ana, "eco um");
    world.run(Span::secs(3)).await;
    world.owner_says(ana, "sou eu");
    world.settle(REST).await;
    let alerts = world.alerts(ana).await;
    assert!(
        alerts
            .iter()
            .any(|alert| matches!(alert, Alert::Collision { .. }))
    );
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn g04_five_pictures_in_a_second_are_one_contact_one_conversation_one_turn() {
    for seed in 0..6 {
        let mut world = World::with(seed, 2, |_| {}, |_| {}).await;
        let ana = world.customer(1);
        if seed % 2 == 1 {
            world.arm(Fault::Reorder, 2);
        }
        for n in 0..5 {
            world.sends(ana, CustomerMessage::image(&format!("foto {n}")));
            world.run(Span::millis(150)).await;
        }
        world.settle(REST).await;
        let page = world
            .shared
            .store
            .conversations(world.business.workspace, &Default::default(), None, 10)
            .await
            .unwrap();
        assert_eq!(page.items.len(), 1);
        let contacts = world
            .shared
            .store
            .contacts(world.business.workspace, "", None, 10)
            .await
            .unwrap();
        assert_eq!(contacts.items.len(), 1);
        // Pictures are for people: the hand-off is said once, and its notice is another matter.
        let notice = &world.business.settings.ghost_text;
        let mut said = world.heard(ana);
        said.retain(|text| text != notice);
        assert_eq!(
            said,
            [world.business.assistant.dont_know_text.as_str()],
            "one turn, one answer; seed {seed}"
        );
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn g05_a_pause_that_ends_while_the_customer_writes_waits_for_silence() {
    for offset in [-1_i64, 0, 1] {
        let mut world = World::with(
            5,
            1,
            |_| {},
            |business| {
                business.settings.pause = Span::minutes(10);
                business.settings.idle = Span::minutes(2);
            },
        )
        .await;
        let ana = world.customer(1);
        world.says(ana, "oi");
        world.run(Span::secs(5)).await;
        world.owner_says(ana, "oi, sou eu");
        world.run(Span::minutes(10) + Span::secs(offset)).await;
        world.says(ana, "eco agora");
        world.run(Span::secs(30)).await;
        let spoke = world.heard(ana).contains(&"agora".to_owned());
        assert_eq!(
            spoke,
            offset >= 0,
            "{offset}: a message just before the end keeps it paused"
        );
        world.settle(REST).await;
        let place = world.place(ana).await.unwrap();
        let owners = world
            .shared
            .store
            .owners(place.conversation, 20)
            .await
            .unwrap();
        let ended = owners
            .iter()
            .find(|owner| owner.why == Why::PauseEnded)
            .unwrap();
        let said = world.state(ana).await.last_customer_at.unwrap();
        assert!(
            offset >= 0 || ended.at - said >= Span::secs(119),
            "in silence"
        );
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn g09_a_command_typed_by_a_customer_is_a_text() {
    let mut world = World::new(9).await;
    let ana = world.customer(1);
    world.says(ana, "oi");
    world.run(Span::secs(5)).await;
    world.owner_says(ana, "eu assumo");
    world.run(Span::secs(5)).await;
    world.says(ana, "#bot");
    world.run(Span::secs(30)).await;
    assert!(matches!(world.state(ana).await.owner, Owner::Person { .. }));
    world.owner_says(ana, "#bot");
    world.settle(REST).await;
    let place = world.place(ana).await.unwrap();
    let owners = world
        .shared
        .store
        .owners(place.conversation, 20)
        .await
        .unwrap();
    let given_back = owners
        .iter()
        .filter(|owner| owner.why == Why::PhoneCommand)
        .count();
    assert_eq!(given_back, 1, "by the business side only");
    judge(&world, Excuses::default()).await;
}
