//! Corners of owners, waits and turns: one behaviour each, where a slip of one comparison would hide.
//!
//! In: short stretches of life in the little world, every law of which holds on the way. Out: what the
//! state and the alerts say at the end. Absent: whole conversations, which are stories. Next:
//! `corners_sends.rs`.

use crate::world::{World, agent, person};
use ponte_core::Owner;
use ponte_core::book::{Assistant, Channel};
use ponte_core::content::{Content, Media};
use ponte_core::effect::{Alert, Effect, Ignored, Work};
use ponte_core::event::{Command, Event, TimerReason};
use ponte_core::outgoing::Outgoing;
use ponte_core::ownership::Human;
use ponte_core::time::Span;
use proptest::prelude::*;

pub(crate) fn text(body: &str) -> Content {
    Content::Text { body: body.into() }
}

pub(crate) fn plain() -> World {
    World::new(Channel::default(), Assistant::default())
}

/// A world whose slow work takes as long as it likes.
fn slow(watch: Span, ghost_after: Span) -> World {
    let channel = Channel {
        ghost_after,
        ..Channel::default()
    };
    let assistant = Assistant {
        watch,
        answer_within: Span::hours(5),
        ..Assistant::default()
    };
    World::new(channel, assistant)
}

/// Everything goes to people.
fn without_assistant() -> World {
    let assistant = Assistant {
        enabled: false,
        ..Assistant::default()
    };
    World::new(Channel::default(), assistant)
}

pub(crate) fn command(world: &mut World, command: Command) {
    let by = agent();
    world.happen(Event::Commanded { by, command });
}

pub(crate) fn writes(world: &mut World, client: &str, words: &str) {
    let what = Box::new(Outgoing::text(words));
    let client = client.into();
    let quotes = None;
    command(
        world,
        Command::Send {
            client,
            what,
            quotes,
        },
    );
}

pub(crate) fn echo(world: &mut World, content: Content) {
    let message = Box::new(world.message(content, Span::ZERO));
    let (to, ours) = (person(), None);
    world.happen(Event::Echoed { to, message, ours });
}

fn fire(world: &mut World, reason: TimerReason) {
    let due = world.timers.remove(&reason).unwrap();
    world.now = world.now.max(due);
    world.happen(Event::TimerFired { reason, due });
}

fn silences(world: &World) -> usize {
    let silent = |alert: &&Alert| matches!(alert, Alert::Silent);
    world.alerts.iter().filter(silent).count()
}

#[test]
fn whoever_takes_a_conversation_over_is_called_as_often_as_anybody() {
    let mut world = without_assistant();
    world.says(text("oi"), Span::ZERO);
    for _ in 0..3 {
        fire(&mut world, TimerReason::Ghost);
    }
    assert_eq!(world.state.ghost_calls, 3, "called as often as they are");
    assert_eq!(world.timers.get(&TimerReason::Ghost), None);
    command(&mut world, Command::TakeOver);
    assert_eq!(world.state.ghost_calls, 0);
    assert!(world.timers.contains_key(&TimerReason::Ghost));
}

#[test]
fn new_words_during_a_wait_start_no_new_wait() {
    let mut world = without_assistant();
    world.says(text("oi"), Span::ZERO);
    let since = world.state.unanswered_since;
    fire(&mut world, TimerReason::Ghost);
    assert!(world.state.ghost_told);
    world.says(text("alguém aí?"), Span::ZERO);
    assert_eq!(world.state.ghost_calls, 1);
    assert!(world.state.ghost_told, "the notice is not sent twice");
    assert_eq!(world.state.unanswered_since, since);
}

#[test]
fn after_the_last_call_new_words_are_a_new_wait() {
    let mut world = without_assistant();
    world.says(text("oi"), Span::ZERO);
    for _ in 0..3 {
        fire(&mut world, TimerReason::Ghost);
    }
    world.says(text("alguém aí?"), Span::ZERO);
    assert_eq!(world.state.ghost_calls, 0);
    assert!(!world.state.ghost_told);
    assert!(world.timers.contains_key(&TimerReason::Ghost));
}

#[test]
fn a_resolved_conversation_has_no_timer_left() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    echo(&mut world, text("sou eu"));
    assert!(world.timers.contains_key(&TimerReason::PauseEnds));
    command(&mut world, Command::Resolve);
    assert_eq!(world.state.owner, Owner::Nobody);
    assert!(world.timers.is_empty(), "{:?}", world.timers);
}

#[test]
fn a_call_to_people_waits_while_their_answer_is_on_its_way() {
    let mut world = without_assistant();
    world.says(text("oi"), Span::ZERO);
    command(&mut world, Command::TakeOver);
    writes(&mut world, "c1", "já vejo");
    fire(&mut world, TimerReason::Ghost);
    let nobody = |alert: &Alert| matches!(alert, Alert::NobodyCame { .. });
    assert!(!world.alerts.iter().any(nobody));
    assert!(matches!(world.state.owner, Owner::Person { .. }));
    assert!(
        world.timers.contains_key(&TimerReason::Ghost),
        "it looks again"
    );
}

#[test]
fn the_watchdog_looks_again_in_its_own_time_while_work_is_under_way() {
    let mut world = slow(Span::minutes(5), Span::minutes(10));
    world.says(text("oi"), Span::ZERO);
    fire(&mut world, TimerReason::Debounce);
    let asked = world.state.unanswered_since.unwrap();
    let mut silent = Vec::new();
    for _ in 0..4 {
        fire(&mut world, TimerReason::Watchdog);
        assert_eq!(world.state.owner, Owner::Assistant);
        let next = world.timers[&TimerReason::Watchdog];
        assert_eq!(next, world.now + Span::minutes(5));
        silent.push((world.now - asked, silences(&world)));
    }
    let minutes = Span::minutes;
    assert_eq!(
        silent,
        [
            (minutes(5), 0),
            (minutes(10), 0),
            (minutes(15), 1),
            (minutes(20), 1)
        ],
        "said once, when it has taken longer than a customer may wait"
    );
}

#[test]
fn a_question_with_nothing_under_way_goes_to_people() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    // As after a bug: nothing would ever answer.
    world.timers.remove(&TimerReason::Debounce);
    world.state.timers.remove(&TimerReason::Debounce);
    world.state.turn = Default::default();
    fire(&mut world, TimerReason::Watchdog);
    assert_eq!(silences(&world), 1);
    assert!(matches!(world.state.owner, Owner::Queue { .. }));
}

#[test]
fn a_long_burst_keeps_its_newest_texts_with_their_names_and_times() {
    let mut world = plain();
    world.says(text("primeira"), Span::ZERO);
    for n in 0..25 {
        world.now = world.now + Span::millis(10);
        world.says(text(&format!("linha {n}")), Span::ZERO);
    }
    let turn = &world.state.turn;
    let newest: Vec<String> = (5..25).map(|n| format!("linha {n}")).collect();
    assert_eq!(turn.texts, newest);
    assert_eq!(turn.wamids, world.seen[6..]);
    assert_eq!(turn.sent.len(), turn.texts.len());
    assert_eq!(turn.last_wamid.as_ref(), world.seen.last());
}

#[test]
fn a_burst_of_long_texts_is_bounded_in_bytes() {
    let mut world = plain();
    for n in 0..12 {
        world.says(text(&n.to_string().repeat(4_096)), Span::ZERO);
    }
    let turn = &world.state.turn;
    let bytes: usize = turn.texts.iter().map(String::len).sum();
    assert!(bytes <= 32 * 1_024, "{bytes} bytes");
    assert!(turn.texts.len() >= 4, "no more than must fall out");
    assert!(turn.texts.last().unwrap().starts_with("11"));
    assert_eq!(turn.wamids.len(), turn.texts.len());
}

#[test]
fn control_characters_fall_out_and_lines_stay() {
    let mut world = plain();
    world.says(text("a\u{7}b\r\nc\u{0}"), Span::ZERO);
    assert_eq!(world.state.turn.texts, ["ab\nc"]);
}

#[test]
fn one_request_for_a_person_in_a_burst_is_enough() {
    let mut world = plain();
    world.says(text("bom dia"), Span::ZERO);
    world.says(text("quero falar com um atendente"), Span::ZERO);
    world.says(text("obrigada"), Span::ZERO);
    fire(&mut world, TimerReason::Debounce);
    assert!(matches!(world.state.owner, Owner::Queue { .. }));
    assert!(world.calls.is_empty());
}

#[test]
fn unreadable_kinds_between_readable_texts_are_answered_politely_each_time() {
    let mut world = plain();
    let unreadable = || Content::Unsupported {
        errors: Vec::new(),
        kind: None,
    };
    let polite = world.book.channel.unsupported_text.clone();
    for _ in 0..2 {
        world.says(unreadable(), Span::ZERO);
        world.settle(20);
        world.says(text("quanto custa?"), Span::ZERO);
        world.settle(20);
        assert_eq!(world.state.owner, Owner::Assistant);
    }
    let said = world.outbox.values();
    assert_eq!(
        said.filter(|row| row.send.what.words() == polite).count(),
        2
    );
}

#[test]
fn a_file_sent_from_the_phone_is_fetched() {
    let mut world = plain();
    world.says(text("oi"), Span::ZERO);
    echo(
        &mut world,
        Content::Image(Media {
            id: "m77".into(),
            ..Media::default()
        }),
    );
    let fetched =
        |(_, work): &(_, Work)| matches!(work, Work::Media { media, .. } if media == "m77");
    assert!(world.calls.iter().any(fetched));
}

#[test]
fn an_echo_beside_an_agents_doubtful_message_is_a_collision() {
    let mut world = without_assistant();
    world.says(text("oi"), Span::ZERO);
    writes(&mut world, "c1", "bom dia");
    world.claim();
    world.end(7, true);
    echo(&mut world, text("oi, tudo bem?"));
    let collided = |alert: &Alert| matches!(alert, Alert::Collision { .. });
    assert!(world.alerts.iter().any(collided));
    let who = Human::Agent { agent: agent() };
    assert!(matches!(&world.state.owner, Owner::Person { who: held, .. } if *held == who));
}

#[test]
fn what_a_person_has_taken_up_is_not_asked_again_when_the_pause_ends() {
    let mut world = plain();
    world.says(text("quanto custa?"), Span::ZERO);
    world.now = world.now + Span::millis(100);
    echo(&mut world, text("dez reais"));
    assert!(world.state.turn.texts.is_empty());
    assert_eq!(world.state.unanswered_since, None);
    world.pass(Span::hours(3));
    assert_eq!(world.state.owner, Owner::Assistant, "the pause is over");
    assert!(world.calls.is_empty() && world.outbox.is_empty());
}

#[test]
fn our_own_echo_is_ignored_once_whatever_else_was_sent_lately() {
    let mut world = plain();
    for words in ["um", "dois"] {
        world.says(text(words), Span::ZERO);
        world.settle(20);
    }
    let wamids: Vec<String> = world
        .outbox
        .values()
        .filter_map(|r| r.wamid.clone())
        .collect();
    assert_eq!(wamids.len(), 2);
    for wamid in wamids {
        let mut message = world.message(text("Custa 10 reais."), Span::ZERO);
        message.wamid = wamid;
        let (to, message, ours) = (person(), Box::new(message), None);
        let owner = world.state.owner.clone();
        world.happen(Event::Echoed { to, message, ours });
        assert_eq!(world.state.owner, owner);
        let ignored: Vec<&Effect> = world
            .last
            .iter()
            .filter(|effect| matches!(effect, Effect::Ignored { .. }))
            .collect();
        assert!(
            matches!(
                ignored[..],
                [Effect::Ignored {
                    why: Ignored::OwnEcho
                }]
            ),
            "{ignored:?}"
        );
    }
}

#[test]
fn a_message_of_the_future_opens_the_window_from_now() {
    let mut world = plain();
    world.says(text("oi"), Span::days(-3));
    let until = world.state.window.service_until.unwrap();
    assert_eq!(until, world.now + Span::hours(24));
    // And one that came late opens it from when it was written.
    let mut world = plain();
    world.says(text("oi"), Span::hours(3));
    let until = world.state.window.service_until.unwrap();
    assert_eq!(until, world.now + Span::hours(21));
}

#[test]
fn an_ad_of_the_future_counts_from_now_and_only_once_answered() {
    for (old, since_now) in [
        (Span::days(-3), Span::ZERO),
        (Span::hours(2), Span::hours(-2)),
    ] {
        let mut world = plain();
        let mut message = world.message(text("vi o anúncio"), old);
        message.referral = Some(Default::default());
        let (from, message) = (person(), Box::new(message));
        world.happen(Event::Received { from, message });
        let entered = world.state.window.entry_at.unwrap();
        assert_eq!(entered, world.now + since_now);
        assert_eq!(world.state.window.entry_until, None);
        world.settle(20);
        let answered = world.now;
        let until = world.state.window.entry_until.unwrap();
        assert!(until > entered + Span::days(7) && until <= answered + Span::days(7));
    }
}

/// What of a state must not depend on the order of arrival.
fn essence(world: &World) -> impl PartialEq + std::fmt::Debug + use<> {
    let state = &world.state;
    (
        (state.turn.texts.clone(), state.turn.wamids.clone()),
        state.turn.last_wamid.clone(),
        (state.window, state.last_customer_at),
        (state.owner.clone(), state.epoch, world.rows),
    )
}

/// Six messages, each of its own second (A5) or all of one (A6), arrive in this order.
fn arrive(order: &[usize], apart: Span) -> World {
    let mut world = plain();
    world.now = world.now + Span::minutes(1);
    for n in order {
        let mut message = world.message(text(&format!("linha {n}")), Span::ZERO);
        let back = apart * i64::try_from(6 - n).unwrap();
        message.sent = world.now - back;
        message.wamid = format!("wamid.{}", (n * 5) % 7);
        let from = person();
        let message = Box::new(message);
        world.happen(Event::Received { from, message });
    }
    world
}

fn permutations(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (i, first) in of.iter().enumerate() {
        let mut rest = of.to_vec();
        rest.remove(i);
        for mut tail in permutations(&rest) {
            tail.insert(0, *first);
            all.push(tail);
        }
    }
    all
}

#[test]
fn six_messages_in_every_order_of_arrival_end_in_the_same_state() {
    let straight = [0, 1, 2, 3, 4, 5];
    let right = essence(&arrive(&straight, Span::secs(3)));
    let orders = permutations(&straight);
    assert_eq!(orders.len(), 720);
    for order in orders {
        let world = arrive(&order, Span::secs(3));
        assert_eq!(essence(&world), right, "{order:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Of one second: as they arrived, whatever they are called.
    #[test]
    fn messages_of_one_second_stand_in_the_order_of_arrival(
        order in Just([0_usize, 1, 2, 3, 4, 5]).prop_shuffle(),
    ) {
        let world = arrive(&order, Span::ZERO);
        let said: Vec<String> = order.iter().map(|n| format!("linha {n}")).collect();
        prop_assert_eq!(&world.state.turn.texts, &said);
    }
}
