//! Faults of the process and of storage: B1 to B9, B14, B15 and H7, C1 and C3.
//!
//! In: a world whose node dies at a named point, again and again. Out: one answer each, nothing lost.
//! The last test goes through every point there is. Absent: `kill -9` of the real binary, which is
//! `cargo xtask kill`. Next: `world/node.rs`.

use crate::world::judge::{Excuses, judge};
use crate::world::node::Plan;
use crate::world::{START, World};
use ponte_core::Event;
use ponte_core::effect::{Alert, MessageBody, SendState};
use ponte_core::time::Span;
use ponte_sim::Fault;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

const REST: Span = Span::hours(1);

/// One customer asks; the node dies at the point; one answer comes all the same.
async fn dies_and_answers(point: &'static str, nth: u32, ask: &str, answer: &str) -> World {
    let mut world = World::with(
        21,
        1,
        |_| {},
        |business| business.settings.trust_history = true,
    )
    .await;
    let ana = world.customer(1);
    let bia = world.customer(2);
    world.die_at(0, point, nth);
    world.says(ana, ask);
    world.run(Span::secs(40)).await;
    // A later message of another customer is the canary that a listing has caught up.
    world.says(bia, "eco outra");
    world.settle(REST).await;
    assert!(world.crashes >= 1, "{point} was never passed");
    assert_eq!(world.heard(ana), [answer], "{point} #{nth}");
    assert_eq!(world.heard(bia), ["outra"]);
    judge(&world, Excuses::default()).await;
    world
}

#[tokio::test(start_paused = true)]
async fn b01_dies_before_the_delivery_is_kept() {
    dies_and_answers("ingress.before_commit", 1, "eco um", "um").await;
}

#[tokio::test(start_paused = true)]
async fn b02_dies_after_keeping_and_before_the_200() {
    dies_and_answers("ingress.after_commit", 1, "eco um", "um").await;
}

#[tokio::test(start_paused = true)]
async fn b03_dies_after_the_200_and_before_the_turn() {
    dies_and_answers("intake.before_commit", 1, "eco um", "um").await;
    dies_and_answers("intake.after_commit", 1, "eco um", "um").await;
}

#[tokio::test(start_paused = true)]
async fn b04_dies_while_the_customer_may_still_be_typing() {
    let mut world = World::new(4).await;
    let ana = world.customer(1);
    world.says(ana, "oi");
    world.run(Span::millis(300)).await;
    world.kill(0).await;
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["Oi! Como posso ajudar?"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn b05_dies_after_the_brain_answered_and_before_the_decision() {
    let (ask, answer) = ("qual o horario de atendimento", "Atendemos das 9h às 18h.");
    for point in [
        "calls.before_work",
        "calls.after_work",
        "calls.after_commit",
    ] {
        dies_and_answers(point, 1, ask, answer).await;
    }
}

#[tokio::test(start_paused = true)]
async fn b06_dies_after_deciding_and_before_the_claim() {
    // At the start of a number its whole second counts as used: what is said then waits in the line.
    dies_and_answers("engine.after_commit", 1, "eco um", "um").await;
    dies_and_answers("sender.before_claim", 1, "eco um", "um").await;
}

#[tokio::test(start_paused = true)]
async fn b06_dies_after_a_decision_that_claims_its_reply_at_once() {
    let mut world = World::with(
        22,
        1,
        |_| {},
        |business| business.settings.trust_history = true,
    )
    .await;
    let (ana, bia) = (world.customer(1), world.customer(2));
    // What somebody unknown says first is journaled by itself, and its answer waits in the line.
    world.says(ana, "eco zero");
    world.run(Span::secs(5)).await;
    world.die_at(0, "sender.before_claim", 1);
    world.says(ana, "eco um");
    world.run(Span::secs(5)).await;
    assert_eq!(world.heard(ana), ["zero", "um"]);
    assert_eq!(world.crashes, 0, "no claim of its own");
    world.die_at(0, "engine.after_commit", 1);
    world.says(ana, "eco dois");
    world.run(Span::secs(40)).await;
    assert_eq!(world.crashes, 1);
    // Its attempt is found open, and the list proves that nothing had left.
    world.says(bia, "eco outra");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["zero", "um", "dois"]);
    assert_eq!(world.heard(bia), ["outra"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn b07_dies_after_the_claim_and_before_the_first_byte() {
    // Nothing was sent: the list proves it absent, and it is sent once.
    dies_and_answers("sender.after_claim", 1, "eco um", "um").await;
}

#[tokio::test(start_paused = true)]
async fn b07_without_a_list_a_person_is_asked_instead_of_a_second_copy() {
    let mut world = World::new(7).await;
    let ana = world.customer(1);
    world.die_at(0, "sender.after_claim", 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    assert!(world.heard(ana).is_empty());
    let place = world.place(ana).await.unwrap();
    let ours = world.messages(place.conversation).await.pop().unwrap();
    assert_eq!(ours.row.send, Some(SendState::Unknown));
    let alerts = world
        .shared
        .store
        .alerts_of(place.conversation, 10)
        .await
        .unwrap();
    let told = alerts
        .iter()
        .find(|alert| matches!(alert.alert, Alert::UnknownSend { .. }));
    let waited = told.unwrap().at - START;
    assert!(
        waited <= Span::secs(120),
        "shown within two T after the claim's deadline: {waited:?}"
    );
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn b08_dies_after_the_bytes_left_and_before_the_answer() {
    let mut world = World::new(8).await;
    let ana = world.customer(1);
    world.arm(Fault::SlowApi, 1);
    world.says(ana, "eco um");
    world.run(Span::secs(1)).await;
    world.kill(0).await;
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["um"], "the tag of its status proves it");
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn b09_dies_after_the_answer_and_before_the_id_is_stored() {
    dies_and_answers("sender.after_post", 1, "eco um", "um").await;
    dies_and_answers("sender.after_outcome", 1, "eco um", "um").await;
}

#[tokio::test(start_paused = true)]
async fn every_crash_point_is_survived_by_every_kind_of_message() {
    for point in ponte::env::crash::POINTS {
        for nth in 1..=2 {
            let mut world = World::with(
                99,
                1,
                |_| {},
                |business| business.settings.trust_history = true,
            )
            .await;
            let ana = world.customer(1);
            let bia = world.customer(2);
            world.die_at(0, point, nth);
            world.says(ana, "qual o horario de atendimento");
            world.run(Span::secs(20)).await;
            world.says(ana, "partes");
            world.owner_says(bia, "bom dia");
            for n in 0..6 {
                // Messages of another customer show that a listing has caught up.
                world.run(Span::secs(25)).await;
                let canary = world.customer(10 + n);
                world.says(canary, "eco fim");
            }
            world.says(ana, "eco fim");
            world.settle(REST).await;
            // A delivery that got no 200 comes again later, behind others.
            let mut heard = world.heard(ana);
            heard.sort_unstable();
            let want = ["Atendemos das 9h às 18h.", "dois", "fim", "tres", "um"];
            assert_eq!(heard, want, "{point} #{nth}");
            judge(&world, Excuses::default()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn b14_an_entry_that_ends_the_process_three_times_is_set_aside() {
    // What a known customer says goes to the engine before it is in the journal.
    for known in [false, true] {
        one_that_ends_the_process_is_set_aside(known).await;
    }
}

async fn one_that_ends_the_process_is_set_aside(known: bool) {
    let plan = Arc::new(OnceLock::<Plan>::new());
    let poison = Arc::clone(&plan);
    let mut world = World::with(
        14,
        1,
        |_| {},
        |business| {
            business.decide = Some(Arc::new(move |book, state, envelope| {
                if is_poison(&envelope.event) {
                    // Whoever folds it dies before anything of it is stored.
                    poison.get().unwrap().set("engine.before_commit", 1);
                }
                ponte_core::step(book, state, envelope)
            }));
        },
    )
    .await;
    assert!(plan.set(world.plan(0)).is_ok());
    let ana = world.customer(1);
    let bia = world.customer(2);
    if known {
        world.says(ana, "eco antes");
        world.run(Span::secs(3)).await;
    }
    world.says(ana, "veneno");
    world.run(Span::minutes(2)).await;
    world.says(bia, "eco dois");
    world.settle(REST).await;
    assert!(
        world.crashes >= 3,
        "it ended {} processes only",
        world.crashes
    );
    assert_eq!(world.heard(bia), ["dois"], "the others go on");
    let store = &world.shared.store;
    let bad = store.quarantined_entries(None, 10).await.unwrap();
    assert_eq!(bad.len(), 1, "the entry to blame, and nothing else");
    assert!(is_poison(bad[0].event()));
    let state = world.state(ana).await;
    assert!(!state.owner.is_automatic(), "a person must look");
    let excuses = Excuses {
        quarantine: true,
        ..Excuses::default()
    };
    judge(&world, excuses).await;
}

#[tokio::test(start_paused = true)]
async fn b14_a_store_that_fails_is_no_crash_to_blame_an_entry_for() {
    let plan = Arc::new(OnceLock::<(Plan, ponte_store::Store)>::new());
    let held = Arc::clone(&plan);
    let tries = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&tries);
    let mut world = World::with(
        24,
        1,
        |_| {},
        |business| {
            business.decide = Some(Arc::new(move |book, state, envelope| {
                if is_poison(&envelope.event) {
                    let (plan, store) = held.get().unwrap();
                    match counted.fetch_add(1, Ordering::Relaxed) {
                        // One death, so that the next process finds the entry pending…
                        0 => plan.set("engine.before_commit", 1),
                        // …and then a store that takes nothing for a while.
                        1..=7 => store.inject(1, ponte_store::Fault::Full),
                        _ => {}
                    }
                }
                ponte_core::step(book, state, envelope)
            }));
        },
    )
    .await;
    let store = world.shared.store.clone();
    assert!(plan.set((world.plan(0), store.clone())).is_ok());
    let ana = world.customer(1);
    world.says(ana, "eco veneno");
    world.settle(REST).await;
    assert_eq!(world.crashes, 1);
    assert!(tries.load(Ordering::Relaxed) > 7, "the store failed enough");
    let bad = store.quarantined_entries(None, 10).await.unwrap();
    assert!(bad.is_empty(), "{bad:?}");
    assert_eq!(world.heard(ana), ["veneno"]);
    judge(&world, Excuses::default()).await;
}

fn is_poison(event: &Event) -> bool {
    if let Event::Received { message, .. } = event {
        message.content.words().contains("veneno")
    } else {
        false
    }
}

#[tokio::test(start_paused = true)]
async fn b15_h7_a_poisonous_message_is_set_aside_and_a_person_gets_the_conversation() {
    let healed = Arc::new(AtomicBool::new(false));
    let mended = Arc::clone(&healed);
    let mut world = World::with(
        15,
        1,
        |_| {},
        |business| {
            business.decide = Some(Arc::new(move |book, state, envelope| {
                let ill = !mended.load(Ordering::Relaxed);
                assert!(!(ill && is_poison(&envelope.event)), "played");
                ponte_core::step(book, state, envelope)
            }));
        },
    )
    .await;
    let ana = world.customer(1);
    let bia = world.customer(2);
    world.says(ana, "eco antes");
    world.run(Span::secs(3)).await;
    world.says(ana, "veneno");
    world.says(bia, "eco bem");
    world.run(Span::secs(30)).await;
    assert_eq!(world.heard(bia), ["bem"], "nobody else is held up");
    world.settle(REST).await;
    let store = &world.shared.store;
    let bad = store.quarantined_entries(None, 10).await.unwrap();
    assert_eq!(bad.len(), 1);
    let place = world.place(ana).await.unwrap();
    let alerts = store.alerts_of(place.conversation, 10).await.unwrap();
    assert!(
        alerts
            .iter()
            .any(|alert| matches!(alert.alert, Alert::Quarantined { .. }))
    );
    let state = world.state(ana).await;
    assert!(
        !state.owner.is_automatic(),
        "a person must look: {:?}",
        state.owner
    );
    let excuses = Excuses {
        quarantine: true,
        ..Excuses::default()
    };
    judge(&world, excuses).await;

    // The next version can read it: a person has it applied again.
    healed.store(true, Ordering::Relaxed);
    let mut commit = ponte_store::Commit::new();
    commit.reopen_entry(bad[0].seq, &bad[0].place);
    assert!(store.commit(commit).await.unwrap().stored());
    world.settle(REST).await;
    let messages = world.messages(place.conversation).await;
    let kept = messages.iter().filter(
        |message| matches!(&message.row.content, MessageBody::In(said) if said.words() == "veneno"),
    );
    assert_eq!(kept.count(), 1, "shown in its conversation");
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn c01_a_full_disk_answers_503_and_everything_goes_on_when_there_is_space() {
    // As many commits as the first message takes, leases included.
    for nth in 1..=11 {
        let mut world = World::with(
            1,
            1,
            |_| {},
            |business| business.settings.trust_history = true,
        )
        .await;
        let ana = world.customer(1);
        world.run(Span::secs(1)).await;
        for commit in nth..nth + 6 {
            world.shared.store.inject(commit, ponte_store::Fault::Full);
        }
        world.says(ana, "eco um");
        world.run(Span::minutes(5)).await;
        world.says(ana, "eco dois");
        world.settle(REST).await;
        // A delivery that got a 503 comes again later, behind others.
        let mut heard = world.heard(ana);
        heard.sort_unstable();
        assert_eq!(heard, ["dois", "um"], "full from commit {nth} on");
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn c08_a_commit_of_which_nobody_knows_is_neither_lost_nor_repeated() {
    for fault in [
        ponte_store::Fault::UnsureStored,
        ponte_store::Fault::UnsureLost,
    ] {
        for nth in 1..=10 {
            let mut world = World::with(
                8,
                1,
                |_| {},
                |business| business.settings.trust_history = true,
            )
            .await;
            let ana = world.customer(1);
            world.run(Span::secs(1)).await;
            world.shared.store.inject(nth, fault);
            world.says(ana, "eco um");
            world.run(Span::minutes(5)).await;
            world.says(ana, "eco dois");
            world.settle(REST).await;
            let mut heard = world.heard(ana);
            heard.sort_unstable();
            assert_eq!(heard, ["dois", "um"], "{fault:?} at commit {nth}");
            judge(&world, Excuses::default()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn c12_a_slow_disk_delays_and_loses_nothing() {
    let mut world = World::new(12).await;
    let ana = world.customer(1);
    for commit in 1..40 {
        let slow = ponte_store::Fault::Delay(std::time::Duration::from_millis(400));
        world.shared.store.inject(commit, slow);
    }
    for n in 0..5 {
        world.says(ana, &format!("eco {n}"));
    }
    world.settle(REST).await;
    assert_eq!(world.heard(ana).len(), 5);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn b13_a_graceful_stop_finishes_what_is_under_way() {
    let mut world = World::new(13).await;
    let ana = world.customer(1);
    world.run(Span::secs(2)).await;
    world
        .shared
        .cloud(|cloud, _| cloud.faults().next(Fault::SlowApi, 2));
    world.says(ana, "partes");
    world.run(Span::millis(300)).await;
    world.restart(0).await;
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["um", "dois", "tres"]);
    let place = world.place(ana).await.unwrap();
    for message in world.messages(place.conversation).await {
        if message.row.send.is_none() {
            continue;
        }
        let reply = ponte_core::ids::ReplyId(message.row.id.0);
        let attempts = world.shared.store.attempts(reply).await.unwrap();
        assert_eq!(attempts.len(), 1, "none was cut off and none repeated");
    }
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn h01_a_dead_nodes_number_is_taken_over_within_its_lease() {
    let mut world = World::with(1, 2, |_| {}, |_| {}).await;
    world.run(Span::secs(5)).await;
    let held = world.shared.store.leases().await.unwrap();
    let owner = held.first().unwrap().owner;
    let dead = usize::from(world.nodes[0].app().config.node != owner);
    world.downtime = Span::minutes(10);
    let ana = world.customer(1);
    // The other node must do without it for longer than the lease lasts.
    world.says(ana, "eco um");
    world.kill(dead).await;
    let at = world
        .shared
        .cloud(|cloud, _| cloud.ledger().accepted_to(ana).first().map(|sent| sent.at));
    let waited = at.unwrap() - world.shared.start.micros();
    assert!(
        waited < Span::secs(60).0,
        "answered after {waited} us, long before it came back"
    );
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["um"]);
    judge(&world, Excuses::default()).await;
}

/// What people see of a conversation that was spoiled: an alert, and it is theirs.
async fn is_peoples(world: &World, place: ponte_store::rows::Place) -> bool {
    let store = &world.shared.store;
    let alerts = store.alerts_of(place.conversation, 10).await.unwrap();
    let row = store.load(&place, &[]).await.unwrap().unwrap().row;
    !alerts.is_empty() && !row.state.owner.is_automatic()
}

#[tokio::test(start_paused = true)]
async fn b15_an_unreadable_state_leads_to_a_person_and_stops_nobody() {
    let mut world = World::new(16).await;
    let ana = world.customer(1);
    let bia = world.customer(2);
    world.says(ana, "eco antes");
    world.settle(REST).await;
    let place = world.place(ana).await.unwrap();
    let spoiled = ponte_store::Spoiled::State(place.conversation);
    world.shared.store.spoil(spoiled).await.unwrap();
    world.restart(0).await;
    world.says(ana, "eco depois");
    world.says(bia, "eco bem");
    world.run(Span::secs(30)).await;
    assert_eq!(world.heard(bia), ["bem"]);
    assert!(is_peoples(&world, place).await);
}

#[tokio::test(start_paused = true)]
async fn b15_an_unreadable_entry_is_set_aside_and_stops_nobody() {
    let mut world = World::new(17).await;
    let ana = world.customer(1);
    let bia = world.customer(2);
    world.says(ana, "eco antes");
    world.settle(REST).await;
    let place = world.place(ana).await.unwrap();
    let store = world.shared.store.clone();
    // An entry that no engine has in memory, as after a restart.
    let at = world.shared.now();
    let new = ponte_store::rows::journal::JournalNew {
        place,
        envelope: ponte_core::Envelope {
            id: ponte_core::ids::EventId(uuid::Uuid::from_u128(77)),
            at,
            event: ponte_core::Event::ChannelSuspended { suspended: false },
        },
        dedupe: "spoiled".into(),
        delivery: None,
    };
    let mut commit = ponte_store::Commit::new();
    commit.append(&new);
    let seq = store.commit(commit).await.unwrap().journal[0].unwrap();
    let spoiled = ponte_store::Spoiled::Entry(seq);
    store.spoil(spoiled).await.unwrap();
    world.says(bia, "eco bem");
    world.run(Span::secs(30)).await;
    assert_eq!(world.heard(bia), ["bem"]);
    let bad = store.quarantined_entries(None, 10).await.unwrap();
    assert_eq!(bad.iter().map(|row| row.seq).collect::<Vec<_>>(), [seq]);
    assert!(is_peoples(&world, place).await);
}
