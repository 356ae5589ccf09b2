//! The judge judged: worlds with a broken step, in which it must find the broken promise.
//!
//! In: the real step with one thing taken from it. Out: the breach, named. A judge that can't fail
//! proves nothing. Next: `world/promises.rs`.

use crate::world::World;
use crate::world::judge::conversations;
use crate::world::promises::{second_voices, silences};
use ponte::engine::fold::Decide;
use ponte_core::effect::Effect;
use ponte_core::event::TimerReason;
use ponte_core::ownership::Owner;
use ponte_core::time::Span;
use ponte_core::{Event, Step};
use std::sync::Arc;

/// A world that decides otherwise.
async fn broken(decide: Arc<Decide>) -> World {
    World::with(1, 1, |_| {}, |business| business.decide = Some(decide)).await
}

#[tokio::test(start_paused = true)]
async fn an_assistant_that_keeps_messages_and_answers_nothing_is_found() {
    let mut world = broken(Arc::new(|book, state, envelope| {
        let before = state.clone();
        let mut step = ponte_core::step(book, state, envelope);
        step.effects
            .retain(|e| matches!(e, Effect::PutMessage(row) if row.send.is_none()));
        let version = step.state.version;
        step.state = before;
        step.state.version = version;
        step
    }))
    .await;
    let ana = world.customer(1);
    let eco = world.says(ana, "eco um");
    let oi = world.says(ana, "oi");
    world.settle(Span::hours(1)).await;
    let found = silences(&world, &conversations(&world).await).await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains(&eco) && found[0].contains(&oi),
        "{found:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_turn_forgotten_beside_an_answered_one_is_found() {
    // The debounce never fires: `eco` is answered at once, the question before it never.
    let mut world = broken(Arc::new(|book, state, envelope| {
        let mut step = ponte_core::step(book, state, envelope);
        let lost =
            |reason: &TimerReason| matches!(reason, TimerReason::Debounce | TimerReason::Watchdog);
        step.state.timers.retain(|reason, _| !lost(reason));
        step.effects
            .retain(|e| !matches!(e, Effect::SetTimer { reason, .. } if lost(reason)));
        step
    }))
    .await;
    let ana = world.customer(1);
    let oi = world.says(ana, "oi");
    let eco = world.says(ana, "eco um");
    world.settle(Span::hours(1)).await;
    assert_eq!(world.heard(ana), ["um"]);
    let found = silences(&world, &conversations(&world).await).await;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains(&oi) && !found[0].contains(&eco),
        "{found:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hand_off_that_calls_nobody_is_found() {
    let mut world = broken(Arc::new(|book, state, envelope| {
        let mut step = ponte_core::step(book, state, envelope);
        step.state.timers.remove(&TimerReason::Ghost);
        step.effects.retain(|e| {
            !matches!(e, Effect::Alert { .. })
                && !matches!(e, Effect::SetTimer { reason, .. } if *reason == TimerReason::Ghost)
        });
        step
    }))
    .await;
    let ana = world.customer(1);
    world.says(ana, "quero falar com um atendente");
    world.settle(Span::hours(1)).await;
    assert_eq!(world.heard(ana).len(), 1, "told of a hand-off");
    let found = silences(&world, &conversations(&world).await).await;
    assert_eq!(found.len(), 1, "which is no answer");
}

#[tokio::test(start_paused = true)]
async fn an_assistant_that_is_deaf_to_the_phone_is_found() {
    let mut world = broken(Arc::new(|book, state, envelope| {
        if matches!(envelope.event, Event::Echoed { .. }) {
            let mut state = state;
            state.version += 1;
            return Step {
                state,
                effects: Vec::new(),
            };
        }
        ponte_core::step(book, state, envelope)
    }))
    .await;
    let ana = world.customer(1);
    world.says(ana, "eco um");
    world.run(Span::secs(3)).await;
    let typed = world.owner_says(ana, "sou eu");
    world.run(Span::secs(3)).await;
    world.says(ana, "eco dois");
    world.settle(Span::hours(1)).await;
    let found = second_voices(&world, &conversations(&world).await).await;
    assert!(
        found.iter().any(|found| found.contains(&typed)),
        "{found:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_notice_sent_while_a_person_has_the_conversation_is_found() {
    // Nobody came; the notice goes out although the agent still owns the conversation.
    let mut world = broken(Arc::new(|book, state, envelope| {
        let ghost = matches!(&envelope.event, Event::TimerFired { reason, .. } if *reason == TimerReason::Ghost);
        let owner = state.owner.clone();
        let epoch = state.epoch;
        let mut step = ponte_core::step(book, state, envelope);
        if ghost && matches!(owner, Owner::Person { .. }) {
            step.state.owner = owner;
            step.state.epoch = epoch;
            step.effects
                .retain(|e| !matches!(e, Effect::OwnerChanged { .. }));
            for effect in &mut step.effects {
                if let Effect::Send(send) = effect {
                    send.epoch = epoch;
                }
            }
        }
        step
    }))
    .await;
    let ana = world.customer(1);
    world.says(ana, "quero falar com um atendente");
    world.run(Span::secs(5)).await;
    let by = world.business.agent;
    let command = ponte_core::event::Command::TakeOver;
    let event = Event::Commanded { by, command };
    world.command(ana, event, "k").await;
    world.run(Span::minutes(20)).await;
    assert_eq!(world.heard(ana).len(), 2, "the hand-off and the notice");
    let found = second_voices(&world, &conversations(&world).await).await;
    assert!(
        found.iter().any(|found| found.contains("System")),
        "{found:?}"
    );
}
