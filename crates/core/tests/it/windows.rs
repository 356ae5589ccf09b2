//! The window and the promise, asked directly.

use ponte_core::content::Person;
use ponte_core::event::TimerReason;
use ponte_core::ids::AgentId;
use ponte_core::outgoing::Template;
use ponte_core::ownership::Human;
use ponte_core::promise::{Broken, kept};
use ponte_core::time::{Span, Time};
use ponte_core::window::{allows, free_until};
use ponte_core::{Outgoing, Owner, State};
use uuid::Uuid;

const NOW: Time = Time(1_795_186_800_000_000);

fn waiting(owner: Owner, timers: &[(TimerReason, Time)]) -> State {
    State {
        owner,
        unanswered_since: Some(NOW),
        timers: timers.iter().cloned().collect(),
        ..State::new(Person::default())
    }
}

#[test]
fn free_text_ends_a_margin_before_the_window_and_templates_never() {
    let mut state = State::new(Person::default());
    let text = Outgoing::text("oi");
    let template = Outgoing::Template(Template {
        name: "t".into(),
        language: "pt_BR".into(),
        components: vec![],
        preview: String::new(),
    });
    let margin = Span::secs(60);
    assert!(!allows(&state, &text, margin, NOW), "never opened");
    state.window.service_until = Some(NOW + Span::secs(61));
    assert!(allows(&state, &text, margin, NOW));
    assert!(
        !allows(&state, &text, margin, NOW + Span::secs(1)),
        "the end itself is outside"
    );
    assert!(allows(&state, &template, margin, NOW + Span::days(3)));
    assert_eq!(free_until(&state, margin), Some(NOW + Span::secs(1)));
    state.window.service_until = None;
    state.window.entry_until = Some(NOW + Span::days(7));
    assert!(
        !allows(&state, &text, margin, NOW),
        "free of charge is not open"
    );
}

#[test]
fn the_promise_names_how_it_is_broken() {
    let later = NOW + Span::minutes(1);
    let queue = || Owner::Queue {
        team: None,
        since: NOW,
    };
    let phone = Owner::Person {
        who: Human::Phone,
        until: Some(later),
    };
    let who = Human::Agent {
        agent: AgentId(Uuid::nil()),
    };
    let agent = Owner::Person { who, until: None };
    let nothing = Err(Broken::NothingScheduled);
    for (owner, timers, expected) in [
        (Owner::Assistant, vec![], nothing),
        (Owner::Assistant, vec![(TimerReason::Ghost, later)], nothing),
        (
            Owner::Assistant,
            vec![(TimerReason::Watchdog, later)],
            Ok(()),
        ),
        (queue(), vec![], nothing),
        (queue(), vec![(TimerReason::Ghost, later)], Ok(())),
        (
            queue(),
            vec![(TimerReason::Ghost, NOW - Span::hours(2))],
            Err(Broken::Overdue),
        ),
        (phone.clone(), vec![(TimerReason::Ghost, later)], nothing),
        (phone, vec![(TimerReason::PauseEnds, later)], Ok(())),
        (agent, vec![(TimerReason::Ghost, later)], Ok(())),
    ] {
        assert_eq!(
            kept(&waiting(owner.clone(), &timers), NOW),
            expected,
            "{owner:?} {timers:?}"
        );
    }
    let mut called = waiting(queue(), &[]);
    called.ghost_calls = 3;
    assert_eq!(
        kept(&called, NOW),
        Ok(()),
        "people have been called often enough"
    );
    let mut forgotten = State::new(Person::default());
    forgotten.turn.texts.push("oi".into());
    assert_eq!(kept(&forgotten, NOW), Err(Broken::TurnForgotten));
    assert_eq!(kept(&State::default(), NOW), Ok(()));
}
