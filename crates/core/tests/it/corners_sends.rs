//! Corners of sends: how they end, what is carried over, withdrawn and owed after it.
//!
//! In: short stretches of life in the little world. Out: what the rows, the state and the alerts say.
//! Absent: pace, which has its own file. Next: `corners_turns.rs`.

use crate::corners_turns::{command, echo, plain, text, writes};
use crate::world::{World, person};
use ponte_core::book::{Assistant, Channel};
use ponte_core::content::Trouble;
use ponte_core::effect::{Alert, Effect, Ignored, SendState};
use ponte_core::event::{Command, Event, Outcome, Refusal, TimerReason};
use ponte_core::fact::{Delivery, StatusReport};
use ponte_core::ids::ReplyId;
use ponte_core::time::{Span, Time};
use uuid::Uuid;

/// The customer has asked, and the assistant's three parts wait to leave.
fn three_parts() -> World {
    let mut world = plain();
    world.says(text("quanto custa?"), Span::ZERO);
    world.pass(Span::secs(1));
    assert!(world.answer(2));
    world
}

/// One part, claimed.
fn one_part(channel: Channel) -> (World, ReplyId) {
    let mut world = World::new(channel, Assistant::default());
    world.says(text("quanto custa?"), Span::ZERO);
    world.pass(Span::secs(1));
    assert!(world.answer(0));
    assert!(world.claim());
    let reply = *world.outbox.keys().next().unwrap();
    (world, reply)
}

fn states(world: &World) -> Vec<SendState> {
    let mut rows: Vec<_> = world.outbox.values().collect();
    rows.sort_by_key(|row| row.send.not_before);
    rows.iter().map(|row| row.state).collect()
}

fn dropped(world: &World) -> Vec<&str> {
    let why = |alert: &'_ Alert| matches!(alert, Alert::SendDropped { .. });
    let found = world.alerts.iter().filter(|alert| why(alert));
    found
        .filter_map(|alert| match alert {
            Alert::SendDropped { why, .. } => Some(why.as_str()),
            _ => None,
        })
        .collect()
}

fn collisions(world: &World) -> usize {
    let collided = |alert: &&Alert| matches!(alert, Alert::Collision { .. });
    world.alerts.iter().filter(collided).count()
}

#[test]
fn an_agents_messages_that_wait_are_carried_to_the_next_owner() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    for (client, words) in [("c1", "um"), ("c2", "dois"), ("c3", "tres")] {
        writes(&mut world, client, words);
    }
    assert_eq!(world.state.queue.len(), 2);
    command(&mut world, Command::Return);
    world.settle(40);
    let mut said: Vec<_> = world
        .outbox
        .values()
        .map(|row| (row.state, row.send.what.words().to_owned()))
        .collect();
    said.sort_by(|a, b| a.1.cmp(&b.1));
    let all = ["dois", "tres", "um"].map(|word| (SendState::Accepted, word.to_owned()));
    assert_eq!(said, all);
}

#[test]
fn an_answer_that_arrived_settles_the_wait_though_others_follow() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    writes(&mut world, "c1", "um");
    writes(&mut world, "c2", "dois");
    assert!(world.state.unanswered_since.is_some());
    world.claim();
    world.end(0, true);
    assert_eq!(world.state.unanswered_since, None, "they have an answer");
}

#[test]
fn the_pair_limit_is_waited_out_four_times_longer_each_time() {
    let (mut world, _) = one_part(Channel::default());
    let mut waits = Vec::new();
    for _ in 0..5 {
        let at = world.now;
        assert!(world.end(4, false), "131056");
        waits.push((world.timers[&TimerReason::Retry] - at).as_micros() / 1_000_000);
        world.fire_next();
        while !world.claim() {
            assert!(world.fire_next());
        }
    }
    assert_eq!(waits, [4, 16, 64, 256, 1_024]);
    world.end(4, false);
    assert_eq!(
        states(&world)[0],
        SendState::Failed,
        "then it is for people"
    );
}

#[test]
fn what_connects_to_nothing_is_tried_in_doubling_waits() {
    let (mut world, _) = one_part(Channel::default());
    let mut waits = Vec::new();
    for _ in 0..8 {
        let at = world.now;
        assert!(world.end(3, false), "no connection");
        waits.push((world.timers[&TimerReason::Retry] - at).as_micros() / 1_000_000);
        world.fire_next();
        while !world.claim() {
            assert!(world.fire_next());
        }
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128]);
}

#[test]
fn a_failed_send_is_remembered_for_late_evidence() {
    let (mut world, reply) = one_part(Channel::default());
    world.end(5, false);
    let recent = world.state.recent.iter().find(|r| r.reply == reply);
    assert_eq!(recent.map(|r| r.state), Some(SendState::Failed));
}

#[test]
fn proven_absent_after_a_person_took_over_it_is_not_sent_again() {
    let trusting = Channel {
        trust_history: true,
        ..Channel::default()
    };
    let (mut world, reply) = one_part(trusting);
    world.end(7, false);
    echo(&mut world, text("sou eu"));
    assert_eq!(collisions(&world), 1, "it may have left beside them");
    for _ in 0..20 {
        let listed = world.answer(0);
        if !listed && !world.fire_next() {
            break;
        }
    }
    assert_eq!(world.outbox[&reply].copies, 0);
    assert_eq!(world.outbox[&reply].state, SendState::Dropped);
    assert_eq!(dropped(&world), ["the conversation went on without it"]);
}

#[test]
fn a_retry_after_the_windows_end_is_taken_back() {
    let (mut world, reply) = one_part(Channel::default());
    world.end(3, false);
    let retry = world.timers[&TimerReason::Retry];
    world.state.window.service_until = Some(retry);
    world.fire_next();
    assert_eq!(world.outbox[&reply].state, SendState::Dropped);
    assert_eq!(dropped(&world), ["the 24-hour window is closed"]);
}

#[test]
fn the_first_part_refused_takes_the_others_with_it() {
    let mut world = three_parts();
    assert_eq!(world.state.queue.len(), 2);
    let reply = *world.outbox.keys().next().unwrap();
    let why = Refusal::Expired;
    world.happen(Event::SendRefused { reply, why });
    assert!(world.state.queue.is_empty());
    assert_eq!(dropped(&world), ["its time has passed"; 3]);
    assert!(world.state.unanswered_since.is_some(), "somebody answers");
}

#[test]
fn words_that_came_meanwhile_still_wait_when_the_answer_has_arrived() {
    let (mut world, _) = one_part(Channel::default());
    world.now = world.now + Span::secs(2);
    let asked = world.now;
    world.says(text("e para amanhã?"), Span::ZERO);
    world.end(0, true);
    assert_eq!(world.state.unanswered_since, Some(asked));
    assert!(world.timers.contains_key(&TimerReason::Watchdog));
    world.settle(40);
    assert_eq!(world.state.unanswered_since, None);
}

#[test]
fn an_agents_quote_is_sent_with_the_message() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    let quotes = Some(world.seen[0].clone());
    let what = Box::new(ponte_core::Outgoing::text("este?"));
    let client = "c1".into();
    command(
        &mut world,
        Command::Send {
            client,
            what,
            quotes: quotes.clone(),
        },
    );
    let sent = world.outbox.values().next().unwrap();
    assert_eq!(sent.send.quotes, quotes);
}

#[test]
fn more_than_a_conversation_may_hold_is_refused_and_shown() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    for n in 0..33 {
        writes(&mut world, &format!("c{n}"), "um");
    }
    assert_eq!(world.state.queue.len(), 32, "one is on its way");
    assert!(dropped(&world).is_empty());
    writes(&mut world, "c33", "demais");
    assert_eq!(world.state.queue.len(), 32);
    assert_eq!(dropped(&world).len(), 1);
}

#[test]
fn accepted_and_failed_later_for_the_window_it_is_closed_and_people_look() {
    let (mut world, reply) = one_part(Channel::default());
    world.end(0, true);
    let wamid = world.outbox[&reply].wamid.clone().unwrap();
    world.now = world.now + Span::secs(5);
    let report = StatusReport {
        wamid,
        status: Delivery::Failed,
        at: world.now,
        recipient: person(),
        errors: vec![Trouble {
            code: 131_047,
            ..Trouble::default()
        }],
        pricing: None,
        tag: None,
        window_until: None,
        group: None,
        extra: serde_json::Value::Null,
    };
    let (report, reply, attempt) = (Box::new(report), Some(reply), Some(1));
    world.happen(Event::StatusChanged {
        report,
        reply,
        attempt,
    });
    assert_eq!(world.state.window.service_until, Some(world.now));
    assert_eq!(world.state.unanswered_since, Some(world.now));
    assert!(matches!(world.state.owner, ponte_core::Owner::Queue { .. }));
}

#[test]
fn parts_withdrawn_behind_a_notice_are_owed() {
    let mut world = three_parts();
    // The first part is of no account; what is withdrawn with it was to answer.
    world.state.unanswered_since = None;
    world.state.sends[0].answers = false;
    let reply = world.state.sends[0].reply;
    let why = Refusal::OptedOut;
    world.happen(Event::SendRefused { reply, why });
    assert_eq!(world.state.unanswered_since, Some(world.now));
}

#[test]
fn a_send_that_fails_while_the_phone_has_it_calls_nobody_else() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    writes(&mut world, "c1", "já vejo");
    world.claim();
    command(&mut world, Command::Return);
    echo(&mut world, text("sou eu"));
    world.end(5, false);
    assert!(!world.timers.contains_key(&TimerReason::Ghost));
    assert!(world.timers.contains_key(&TimerReason::PauseEnds));
}

#[test]
fn a_window_closed_at_the_claim_is_closed_here_too() {
    let (mut world, reply) = one_part(Channel::default());
    let why = Refusal::WindowClosed;
    world.happen(Event::SendRefused { reply, why });
    assert_eq!(world.state.window.service_until, Some(world.now));
    assert_eq!(dropped(&world), ["the 24-hour window is closed"]);
}

#[test]
fn a_refusal_of_what_nobody_knows_is_late_evidence() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    let before = world.state.clone();
    let (reply, why) = (ReplyId(Uuid::from_u128(99)), Refusal::Expired);
    world.happen(Event::SendRefused { reply, why });
    let why = Ignored::LateEvidence;
    assert_eq!(world.last, [Effect::Ignored { why }]);
    assert_eq!(world.state.owner, before.owner);
}

#[test]
fn a_dropped_send_that_arrived_after_all_collides_once() {
    let (mut world, reply) = one_part(Channel::default());
    echo(&mut world, text("sou eu"));
    assert_eq!(states(&world), [SendState::Claimed], "it is on its way");
    for wamid in ["wamid.late", "wamid.late"] {
        let outcome = Outcome::Accepted {
            wamid: wamid.into(),
            held: false,
        };
        let attempt = 1;
        world.happen(Event::SendEnded {
            reply,
            attempt,
            outcome,
        });
        assert_eq!(collisions(&world), 1);
    }
    let recent = world.state.recent.iter().find(|r| r.reply == reply);
    assert_eq!(recent.map(|r| r.state), Some(SendState::Accepted));
}

#[test]
fn the_window_closes_before_the_second_message_and_the_customer_waits_again() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    writes(&mut world, "c1", "um");
    writes(&mut world, "c2", "dois");
    world.claim();
    world.state.window.service_until = Some(world.now);
    world.end(0, true);
    assert!(world.state.queue.is_empty());
    assert_eq!(dropped(&world), ["the 24-hour window is closed"]);
    assert_eq!(world.state.unanswered_since, Some(world.now));
}

#[test]
fn seen_not_to_have_arrived_an_answer_is_owed_again() {
    for (arrived, owed, ends) in [
        (false, true, SendState::Failed),
        (true, false, SendState::Accepted),
    ] {
        let (mut world, reply) = one_part(Channel::default());
        world.end(7, false);
        while world.outbox[&reply].state != SendState::Unknown {
            assert!(world.fire_next());
        }
        world.state.unanswered_since = None;
        command(&mut world, Command::SettleUnknown { reply, arrived });
        let recent = world.state.recent.iter().find(|r| r.reply == reply);
        assert_eq!(recent.map(|r| r.state), Some(ends));
        let waits: Option<Time> = owed.then_some(world.now);
        assert_eq!(world.state.unanswered_since, waits, "arrived: {arrived}");
        assert_eq!(world.outbox[&reply].state, ends);
    }
}
