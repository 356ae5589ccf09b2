//! The promises as properties, over random stretches of life in the little world: never two voices,
//! never silent, what comes in is kept, nothing outside the window, one at a time and in order.

use crate::world::{World, agent, person};
use ponte_core::book::{Act, Assistant, Channel, Match, Rule};
use ponte_core::content::{Content, Media, Trouble};
use ponte_core::effect::{Alert, Effect, SendState};
use ponte_core::event::{Command, Event};
use ponte_core::fact::Delivery;
use ponte_core::time::Span;
use ponte_core::{Outgoing, Owner};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Deed {
    Says(u8, bool),
    Reacts,
    Edits,
    Deletes,
    Repeats,
    Quotes,
    Echo(u8),
    OwnEcho(bool),
    Agent(u8),
    Claim,
    End(u8, bool),
    Status(usize, u8),
    Answer(u8),
    Fire,
    Pass(u32),
    Imported,
    Settle(bool),
    Resend,
    Called,
    Refuse(u8),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (any::<u8>(), prop::bool::weighted(0.1)).prop_map(|(n, old)| Deed::Says(n, old)),
        1 => Just(Deed::Reacts),
        1 => Just(Deed::Edits),
        1 => Just(Deed::Deletes),
        1 => Just(Deed::Repeats),
        1 => Just(Deed::Quotes),
        2 => any::<u8>().prop_map(Deed::Echo),
        1 => any::<bool>().prop_map(Deed::OwnEcho),
        4 => any::<u8>().prop_map(Deed::Agent),
        6 => Just(Deed::Claim),
        6 => (any::<u8>(), any::<bool>()).prop_map(|(how, arrives)| Deed::End(how, arrives)),
        3 => (any::<usize>(), any::<u8>()).prop_map(|(n, s)| Deed::Status(n, s)),
        5 => any::<u8>().prop_map(Deed::Answer),
        8 => Just(Deed::Fire),
        4 => (0..200_000u32).prop_map(Deed::Pass),
        1 => Just(Deed::Imported),
        1 => any::<bool>().prop_map(Deed::Settle),
        1 => Just(Deed::Resend),
        1 => Just(Deed::Called),
        1 => any::<u8>().prop_map(Deed::Refuse),
    ]
}

fn channel(flags: u8) -> Channel {
    Channel {
        trust_history: flags & 1 == 1,
        ghost_template: (flags & 2 == 2).then(|| ponte_core::outgoing::Template {
            name: "espera".into(),
            language: "pt_BR".into(),
            components: vec![],
            preview: "Ainda estamos aqui.".into(),
        }),
        ..Channel::default()
    }
}

fn assistant(flags: u8) -> Assistant {
    let say = |text: &str| Act::Say { text: text.into() };
    let rule = |word: &str, then: Vec<Act>, immediate| Rule {
        name: word.into(),
        when: Match {
            starts: vec![word.into()],
            ..Match::default()
        },
        then,
        immediate,
        always: true,
    };
    Assistant {
        enabled: flags & 4 == 0,
        rules: vec![
            rule("eco", vec![say("{rest}")], true),
            rule("preço", vec![say("Dez reais."), say("Com entrega.")], false),
            rule("tchau", vec![say("Até logo!"), Act::Resolve], false),
            rule(
                "gerente",
                vec![say("Já vai."), Act::HandOff { team: None }],
                false,
            ),
        ],
        max_loops: 8,
        ..Assistant::default()
    }
}

fn content(n: u8) -> Content {
    let text = |body: &str| Content::Text { body: body.into() };
    match n % 12 {
        0 => text("oi"),
        1 => text("eco olá"),
        2 => text("preço"),
        3 => text("tchau"),
        4 => text("gerente"),
        5 => text("quero falar com um atendente"),
        6 => Content::Image(Media {
            id: "m1".into(),
            ..Media::default()
        }),
        7 => Content::Unsupported {
            errors: vec![Trouble {
                code: 131_051,
                ..Trouble::default()
            }],
            kind: None,
        },
        8 => Content::Unsupported {
            errors: vec![Trouble {
                code: 131_060,
                ..Trouble::default()
            }],
            kind: None,
        },
        9 => text("  "),
        10 => Content::Unknown {
            kind: "novo".into(),
            raw: serde_json::Value::Null,
        },
        _ => text("qual o horário?"),
    }
}

fn act(world: &mut World, deed: &Deed) {
    let last = world
        .seen
        .last()
        .cloned()
        .unwrap_or_else(|| "wamid.none".into());
    let from_customer = |world: &mut World, content: Content| {
        let message = world.message(content, Span::ZERO);
        world.happen(Event::Received {
            from: person(),
            message: Box::new(message),
        });
    };
    match deed {
        Deed::Says(n, old) => {
            let age = if *old { Span::hours(3) } else { Span::ZERO };
            counted(world, content(*n), age);
        }
        Deed::Reacts => from_customer(
            world,
            Content::Reaction {
                target: last,
                emoji: Some("👍".into()),
            },
        ),
        Deed::Edits => from_customer(
            world,
            Content::Edit {
                target: last,
                content: Box::new(content(2)),
            },
        ),
        Deed::Deletes => from_customer(world, Content::Revoke { target: last }),
        Deed::Repeats => {
            let mut message = world.message(content(0), Span::ZERO);
            message.wamid = last;
            let known = world.views.contains_key(&message.wamid);
            let (before, owner) = (world.rows, world.state.owner.clone());
            world.happen(Event::Received {
                from: person(),
                message: Box::new(message),
            });
            if known {
                assert_eq!(
                    (world.rows, &world.state.owner),
                    (before, &owner),
                    "a repeat counts"
                );
            }
        }
        Deed::Quotes => {
            let doubtful = world.outbox.values().find(|r| r.wamid.is_some());
            let quotes = doubtful.and_then(|r| r.wamid.clone());
            // Only what the customer really has can be quoted.
            let unsure = |s: &ponte_core::state::InFlight| {
                matches!(s.state, SendState::Unsure | SendState::Unknown)
            };
            let truthful = world.state.sends.iter().filter(|s| unsure(s)).all(|s| {
                let wamid = world.outbox.get(&s.reply).and_then(|r| r.wamid.clone());
                wamid.is_some() && wamid == quotes
            });
            if truthful {
                let mut message = world.message(content(0), Span::ZERO);
                message.context.quotes = quotes;
                world.happen(Event::Received {
                    from: person(),
                    message: Box::new(message),
                });
            }
        }
        Deed::Echo(n) => {
            let body = [
                "Oi, aqui é o João",
                "#bot",
                "#pausa 30m",
                "#nota ligar amanhã",
                "Dez reais.",
            ];
            let body = body[usize::from(*n) % 5].into();
            echo(world, Content::Text { body });
            let theirs = matches!(world.state.owner, Owner::Person { .. });
            // Words of the assistant's own may be taken for its echo, and then that is remembered.
            let looked = world.state.recent.iter().any(|r| r.by_look.is_some());
            assert!(theirs || (*n % 5 == 4 && looked) || (1..4).contains(&(*n % 5)));
        }
        Deed::OwnEcho(tagged) => own_echo(world, *tagged),
        Deed::Agent(n) => command(world, *n),
        Deed::Claim => {
            world.claim();
        }
        Deed::End(how, arrives) => {
            world.end(*how, *arrives);
        }
        Deed::Status(n, s) => {
            let status = [
                Delivery::Sent,
                Delivery::Delivered,
                Delivery::Read,
                Delivery::Failed,
            ];
            world.status(*n, status[usize::from(*s) % 4].clone());
        }
        Deed::Answer(how) => {
            world.answer(*how);
        }
        Deed::Fire => {
            world.fire_next();
        }
        Deed::Pass(millis) => world.pass(Span::millis(i64::from(*millis))),
        Deed::Imported => {
            let message = world.message(content(0), Span::days(30));
            let before = world.state.clone();
            world.happen(Event::Imported {
                with: person(),
                from_business: false,
                message: Box::new(message),
                status: None,
            });
            let quiet = world.state.owner == before.owner
                && world.state.window == before.window
                && world.state.unanswered_since == before.unanswered_since;
            assert!(quiet, "the imported past does something");
        }
        Deed::Settle(arrived) => {
            let unknown = world
                .outbox
                .values()
                .find(|r| r.state == SendState::Unknown);
            if let Some(reply) = unknown.map(|r| r.send.reply) {
                world.happen(Event::Commanded {
                    by: agent(),
                    command: Command::SettleUnknown {
                        reply,
                        arrived: *arrived,
                    },
                });
            }
        }
        Deed::Resend => {
            let failed = world
                .outbox
                .values()
                .find(|r| matches!(r.state, SendState::Failed | SendState::Dropped));
            if let Some(reply) = failed.map(|r| r.send.reply) {
                let client = world.name("client");
                world.happen(Event::Commanded {
                    by: agent(),
                    command: Command::Resend { client, reply },
                });
            }
        }
        Deed::Refuse(why) => {
            world.refuse(*why);
        }
        Deed::Called => world.happen(Event::Called {
            call: "c1".into(),
            what: "connect".into(),
            raw: serde_json::Value::Null,
            sent: Some(world.now),
            ours: false,
        }),
    }
}

/// Says something, and counts: one message in, one row.
fn counted(world: &mut World, content: Content, age: Span) {
    let before = world.views.len();
    world.says(content, age);
    assert_eq!(
        world.views.len(),
        before + 1,
        "a message was lost or doubled"
    );
}

fn echo(world: &mut World, content: Content) {
    let message = world.message(content, Span::ZERO);
    world.happen(Event::Echoed {
        to: person(),
        message: Box::new(message),
        ours: None,
    });
}

fn own_echo(world: &mut World, tagged: bool) {
    let row = world.outbox.values().find(|r| r.wamid.is_some());
    let Some((reply, wamid, what)) =
        row.map(|r| (r.send.reply, r.wamid.clone().unwrap(), r.send.what.clone()))
    else {
        return;
    };
    let Outgoing::Text { body, .. } = what else {
        return;
    };
    let mut message = world.message(Content::Text { body }, Span::ZERO);
    message.wamid = wamid.clone();
    let known = world.views.contains_key(&wamid);
    let owner = world.state.owner.clone();
    world.happen(Event::Echoed {
        to: person(),
        message: Box::new(message),
        ours: (tagged || !known).then_some(reply),
    });
    let paused = matches!(world.state.owner, Owner::Person { .. }) && world.state.owner != owner;
    assert!(!paused, "our own echo paused the assistant");
}

fn command(world: &mut World, n: u8) {
    let client = world.name("client");
    let waits = world.state.proposal.as_ref().map(|held| held.id);
    let command = match (n % 8, waits) {
        (0..4, Some(draft)) => Command::Approve {
            draft,
            parts: vec![],
        },
        (4, Some(draft)) => Command::Reject { draft },
        (0 | 1, _) => Command::Send {
            client,
            what: Box::new(Outgoing::text("Oi, sou a Bia.")),
            quotes: None,
        },
        (2, _) => Command::TakeOver,
        (3, _) => Command::Return,
        (4, _) => Command::Resolve,
        (5, _) => Command::Pause { span: None },
        (6, _) => Command::Assign {
            team: None,
            agent: None,
        },
        (_, _) => Command::Note {
            client,
            text: "ligar".into(),
        },
    };
    world.happen(Event::Commanded {
        by: agent(),
        command,
    });
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens, in whatever order, no law is broken (they are checked after every event),
    /// and when the world calms down every customer was answered, is in people's hands, or an alert
    /// says so.
    #[test]
    fn never_two_voices_and_never_silent(flags in any::<u8>(), deeds in prop::collection::vec(deed(), 1..120)) {
        let mut world = World::new(channel(flags), assistant(flags));
        for deed in &deeds {
            act(&mut world, deed);
        }
        world.settle(3_000);
        let waits = world.state.unanswered_since.is_some();
        let people = matches!(world.state.owner, Owner::Queue { .. } | Owner::Person { .. });
        let called = world.alerts.iter().any(|a| matches!(a, Alert::NobodyCame { .. } | Alert::Silent));
        prop_assert!(!waits || (people && called), "silent: {:#?}", world.state);
        prop_assert!(world.state.queue.is_empty(), "drafts left: {:#?}", world.state);
    }

    /// Statuses in any order, any number of times, end in the same state.
    #[test]
    fn statuses_in_any_order_end_the_same(order in prop::collection::vec(0usize..3, 1..10)) {
        let statuses = [Delivery::Sent, Delivery::Delivered, Delivery::Read];
        let run = |order: &[usize]| {
            let mut world = World::new(channel(0), assistant(0));
            world.says(content(2), Span::ZERO);
            world.fire_next();
            world.claim();
            world.end(7, true);
            for n in order {
                world.status(0, statuses[*n].clone());
            }
            world.settle(500);
            let mut state = world.state;
            state.version = 0;
            (state, world.alerts)
        };
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(run(&order), run(&sorted));
    }

}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    /// A flood of anything, of any size, leaves a small state.
    #[test]
    fn the_state_stays_small_under_a_flood(
        bodies in prop::collection::vec("\\PC{0,80}|[\\x00-\\x1f]{100,400}", 1..8),
        times in 1usize..60,
    ) {
        let mut world = World::new(channel(0), assistant(0));
        world.book.channel = std::sync::Arc::new(Channel { pause: Span::days(1), ..channel(0) });
        echo(&mut world, Content::Text { body: "oi".into() });
        for n in 0..times {
            let body = bodies[n % bodies.len()].repeat(40);
            let message = world.message(Content::Text { body: body.clone() }, Span::ZERO);
            world.happen(Event::Received { from: person(), message: Box::new(message) });
            if n % 3 == 0 {
                let client = world.name("client");
                let what = Box::new(Outgoing::text(body));
                world.happen(Event::Commanded { by: agent(), command: Command::Send { client, what, quotes: None } });
            }
        }
    }
}

#[test]
fn every_event_in_an_empty_state_is_answered() {
    let mut world = World::new(channel(0), assistant(0));
    for n in 0..12 {
        act(&mut world, &Deed::Says(n, false));
    }
    world.settle(500);
    let said = |e: &Effect| matches!(e, Effect::Ignored { .. });
    world.happen(Event::TimerFired {
        reason: ponte_core::event::TimerReason::Ghost,
        due: world.now - Span::days(400),
    });
    assert!(
        world.last.iter().any(said),
        "a stale timer is ignored, and says so"
    );
}
