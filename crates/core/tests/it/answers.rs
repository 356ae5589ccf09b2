//! Slow work's answers at their edges: whose call it was, what is remembered, how often an assistant
//! passes on, and drafts that nobody wants.
//!
//! In: one question in the little world and what slow work says to it. Out: what leaves, who owns the
//! conversation, what the state holds. Absent: whole conversations, which are stories.

use crate::corners_turns::{command, text};
use crate::world::World;
use ponte_core::Owner;
use ponte_core::book::{Assistant, Channel};
use ponte_core::effect::{Effect, Ignored, Work};
use ponte_core::event::{Answer, Command, Event, TimerReason};
use ponte_core::ids::{AssistantId, CallId};
use ponte_core::outgoing::Outgoing;
use ponte_core::time::Span;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A world in which slow work has been asked one question.
fn asked(assistant: Assistant) -> (World, CallId) {
    let mut world = World::new(Channel::default(), assistant);
    let call = question(&mut world, "qual a garantia?");
    (world, call)
}

fn question(world: &mut World, words: &str) -> CallId {
    world.says(text(words), Span::ZERO);
    while world.calls.is_empty() {
        assert!(world.fire_next(), "nothing asks slow work");
    }
    assert_eq!(world.calls.len(), 1);
    world.calls.remove(0).0
}

fn answers(world: &mut World, call: CallId, answer: Answer) {
    world.happen(Event::CallAnswered { call, answer });
}

fn say(words: &[&str]) -> Answer {
    let parts = words.iter().map(|w| Outgoing::text(*w)).collect();
    Answer::say(parts, Vec::new())
}

/// The words that were put to be sent; of several parts, the first.
fn said(world: &World) -> Vec<String> {
    let bodies = world
        .outbox
        .values()
        .filter_map(|row| match &row.send.what {
            Outgoing::Text { body, .. } => Some(body.clone()),
            _ => None,
        });
    bodies.collect()
}

fn ignored(world: &World, expected: Ignored) -> bool {
    world
        .last
        .iter()
        .any(|effect| matches!(effect, Effect::Ignored { why } if *why == expected))
}

fn setting(set: BTreeMap<String, Value>) -> Answer {
    Answer::Say {
        parts: vec![Outgoing::text("Anotado.")],
        sources: Vec::new(),
        draft: false,
        set,
        how: Value::Null,
    }
}

fn passing(to: u128, context: Value) -> Answer {
    Answer::Pass {
        to: AssistantId(Uuid::from_u128(to)),
        context,
        how: Value::Null,
    }
}

#[test]
fn an_answer_is_heard_once_and_only_for_its_own_call() {
    let (mut world, call) = asked(Assistant::default());
    answers(
        &mut world,
        CallId(Uuid::from_u128(99)),
        say(&["de outra conversa"]),
    );
    assert!(ignored(&world, Ignored::UnawaitedAnswer));
    assert_eq!(said(&world), Vec::<String>::new());
    answers(&mut world, call, say(&["Um ano."]));
    assert_eq!(said(&world), ["Um ano."]);
    assert!(!world.timers.contains_key(&TimerReason::CallDeadline));
    answers(&mut world, call, say(&["Dois anos."]));
    assert!(ignored(&world, Ignored::UnawaitedAnswer));
    assert_eq!(said(&world), ["Um ano."]);
}

#[test]
fn blank_parts_fall_out_and_nothing_but_blanks_is_no_answer() {
    let (mut world, call) = asked(Assistant::default());
    answers(&mut world, call, say(&["", "Um ano.", " \n"]));
    assert_eq!(said(&world), ["Um ano."]);
    let (mut world, call) = asked(Assistant::default());
    answers(&mut world, call, say(&["", "  "]));
    assert!(
        matches!(world.state.owner, Owner::Queue { .. }),
        "people answer"
    );
    assert_eq!(said(&world), [Assistant::default().dont_know_text]);
}

#[test]
fn a_value_of_a_kilobyte_is_kept_and_one_byte_more_is_not() {
    let (mut world, call) = asked(Assistant::default());
    let set = BTreeMap::from([
        // Two quotes are part of the size.
        ("fits".to_owned(), Value::from("x".repeat(1_022))),
        ("long".to_owned(), Value::from("x".repeat(1_023))),
        ("ç".repeat(64), Value::from(1)),
        ("ç".repeat(65), Value::from(1)),
    ]);
    answers(&mut world, call, setting(set));
    let kept: Vec<String> = world.state.variables.keys().cloned().collect();
    assert_eq!(kept, ["fits".to_owned(), "ç".repeat(64)]);
}

#[test]
fn fifty_names_are_remembered_and_a_known_one_can_still_change() {
    let (mut world, call) = asked(Assistant::default());
    let many = (0..51).map(|n| (format!("n{n:02}"), Value::from(n)));
    answers(&mut world, call, setting(many.collect()));
    assert_eq!(world.state.variables.len(), 50);
    assert!(!world.state.variables.contains_key("n50"));
    let call = question(&mut world, "e a entrega?");
    let set = [("n00", json!("novo")), ("n99", json!(1))];
    let set = set.map(|(name, value)| (name.to_owned(), value));
    answers(&mut world, call, setting(BTreeMap::from(set)));
    assert_eq!(world.state.variables["n00"], "novo");
    assert!(!world.state.variables.contains_key("n99"), "full is full");
}

#[test]
fn three_are_asked_after_the_first_and_then_people() {
    let (mut world, mut call) = asked(Assistant::default());
    for n in 1..=3_u32 {
        answers(
            &mut world,
            call,
            passing(100 + u128::from(n), json!({"pedido": n})),
        );
        assert_eq!(world.calls.len(), 1);
        let (next, work) = world.calls.remove(0);
        let Work::Answer {
            assistant,
            passes,
            context,
            texts,
            ..
        } = work
        else {
            panic!("no answer is asked");
        };
        assert_eq!(assistant, AssistantId(Uuid::from_u128(100 + u128::from(n))));
        assert_eq!((passes, context), (n, json!({"pedido": n})));
        assert_eq!(texts, ["qual a garantia?"], "it is asked the same");
        assert_ne!(next, call);
        call = next;
    }
    answers(&mut world, call, passing(104, Value::Null));
    assert!(world.calls.is_empty());
    assert!(matches!(world.state.owner, Owner::Queue { .. }));
    assert_eq!(said(&world), [Assistant::default().handoff_text]);
}

#[test]
fn who_passes_to_itself_goes_to_people() {
    let (mut world, call) = asked(Assistant::default());
    let own = world.book.assistant.id;
    answers(&mut world, call, passing(own.0.as_u128(), Value::Null));
    assert!(world.calls.is_empty());
    assert!(matches!(world.state.owner, Owner::Queue { .. }));
}

#[test]
fn a_brief_that_is_too_long_leaves_the_last_one() {
    let (mut world, call) = asked(Assistant::default());
    answers(
        &mut world,
        call,
        passing(101, json!("x".repeat(8 * 1_024 - 2))),
    );
    assert_eq!(
        world.state.brief.as_str().map(str::len),
        Some(8 * 1_024 - 2)
    );
    let (call, _) = world.calls.remove(0);
    answers(
        &mut world,
        call,
        passing(102, json!("y".repeat(8 * 1_024 - 1))),
    );
    assert!(
        world
            .state
            .brief
            .as_str()
            .is_some_and(|b| b.starts_with('x'))
    );
    assert_eq!(world.calls.len(), 1, "the next is asked all the same");
}

#[test]
fn a_draft_is_sent_once_by_whoever_says_yes() {
    let assistant = || Assistant {
        approval: true,
        ..Assistant::default()
    };
    let (mut world, draft) = asked(assistant());
    answers(&mut world, draft, say(&["Um ano."]));
    assert_eq!(said(&world), Vec::<String>::new(), "it waits");
    let parts = Vec::new();
    let other = CallId(Uuid::from_u128(99));
    command(
        &mut world,
        Command::Approve {
            draft: other,
            parts,
        },
    );
    assert!(ignored(&world, Ignored::UnknownTarget));
    // Blank words of a person are none: the draft goes as it is.
    let parts = vec![Outgoing::text("  ")];
    command(&mut world, Command::Approve { draft, parts });
    assert_eq!(said(&world), ["Um ano."]);
    command(&mut world, Command::Reject { draft });
    assert!(ignored(&world, Ignored::UnknownTarget));
    assert_eq!(world.state.owner, Owner::Assistant);
}

#[test]
fn a_draft_kept_back_is_never_heard_of() {
    let assistant = Assistant {
        approval: true,
        ..Assistant::default()
    };
    let (mut world, draft) = asked(assistant);
    answers(&mut world, draft, say(&["Um ano."]));
    command(&mut world, Command::Reject { draft });
    assert_eq!(said(&world), Vec::<String>::new());
    assert!(matches!(world.state.owner, Owner::Queue { .. }));
    assert!(!world.timers.contains_key(&TimerReason::Approval));
    assert!(world.state.proposal.is_none());
}
