//! Measures steps per second: a conversation that is asked, answered, sent and reported on, over
//! and over. Prints one line; the bench reads it.

use ponte_core::book::{Act, Assistant, Book, Channel, Match, Rule};
use ponte_core::content::{Content, Context, Person, Received};
use ponte_core::effect::Effect;
use ponte_core::event::{Envelope, Event, Outcome};
use ponte_core::ids::{ConversationId, EventId, ReplyId};
use ponte_core::time::{Span, Time};
use ponte_core::{State, step};
use std::sync::Arc;
use uuid::Uuid;

const EXCHANGES: u32 = 100_000;

fn book() -> Book {
    let eco = Rule {
        name: "eco".into(),
        when: Match {
            starts: vec!["eco".into()],
            ..Match::default()
        },
        then: vec![Act::Say {
            text: "{rest}".into(),
        }],
        immediate: true,
        always: true,
    };
    let assistant = Assistant {
        rules: vec![eco],
        max_loops: u32::MAX,
        ..Assistant::default()
    };
    let conversation = ConversationId(Uuid::from_u128(1));
    Book::new(
        conversation,
        Arc::new(Channel::default()),
        Arc::new(assistant),
    )
}

fn asked(n: u32, at: Time) -> Event {
    Event::Received {
        from: Person {
            wa_id: Some("5511988887777".into()),
            ..Person::default()
        },
        message: Box::new(Received {
            wamid: format!("wamid.{n}"),
            sent: at,
            content: Content::Text {
                body: "eco olá, tudo bem?".into(),
            },
            context: Context::default(),
            referral: None,
            group: None,
            extra: serde_json::Value::Null,
        }),
    }
}

fn sent(effects: &[Effect]) -> Option<ReplyId> {
    effects.iter().find_map(|effect| {
        let Effect::Send(send) = effect else {
            return None;
        };
        Some(send.reply)
    })
}

#[expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a measurement needs a clock and prints its result"
)]
fn main() {
    let book = book();
    let mut state = State::new(Person::default());
    let mut at = Time::from_secs(1_795_186_800);
    let (mut steps, mut effects) = (0u32, 0usize);
    let mut bytes = 0;
    let began = std::time::Instant::now();
    for n in 0..EXCHANGES {
        at = at + Span::secs(10);
        let id = |k: u128| EventId(Uuid::from_u128(u128::from(n) << 8 | k));
        let asked = Envelope {
            id: id(1),
            at,
            event: asked(n, at),
        };
        let result = step(&book, state, &asked);
        effects += result.effects.len();
        let reply = sent(&result.effects).expect("each question is answered");
        let ended = Envelope {
            id: id(2),
            at,
            event: Event::SendEnded {
                reply,
                attempt: 1,
                outcome: Outcome::Accepted {
                    wamid: format!("wamid.o{n}"),
                    held: false,
                },
            },
        };
        let result = step(&book, result.state, &ended);
        effects += result.effects.len();
        state = result.state;
        steps += 2;
    }
    let spent = began.elapsed();
    if let Ok(json) = serde_json::to_string(&state) {
        bytes = json.len();
    }
    let per_second = f64::from(steps) / spent.as_secs_f64();
    println!(
        "steps_per_second {per_second:.0} steps {steps} effects {effects} state_bytes {bytes}"
    );
}
