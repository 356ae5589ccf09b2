//! Two conversations of one person become one; and voice calls, whose time and side count.

use ponte_core::book::{Assistant, Book, Channel};
use ponte_core::content::{Content, Context, Person, Received};
use ponte_core::effect::{Effect, SendState};
use ponte_core::event::{Carried, Command, Envelope, Event, TimerReason};
use ponte_core::ids::{AgentId, ConversationId, EventId, ReplyId};
use ponte_core::outgoing::Outgoing;
use ponte_core::ownership::Human;
use ponte_core::promise;
use ponte_core::state::{Recent, Window};
use ponte_core::time::{Span, Time};
use ponte_core::{Owner, State, step};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

const START: Time = Time(1_795_186_800_000_000);
const SURVIVOR: ConversationId = ConversationId(Uuid::from_u128(1));
const ENDED: ConversationId = ConversationId(Uuid::from_u128(2));

struct Talk {
    book: Book,
    state: State,
    now: Time,
    events: u128,
    effects: Vec<Effect>,
}

impl Talk {
    fn new(id: ConversationId) -> Talk {
        let assistant: Assistant = serde_json::from_value(json!({
            "rules": [{"name": "preço", "when": {"contains": ["quanto custa"]},
                "then": [{"do": "say", "text": "Custa 10 reais."}]}]
        }))
        .unwrap();
        let channel = Arc::new(Channel::default());
        Talk {
            book: Book::new(id, channel, Arc::new(assistant)),
            state: State::new(Person::default()),
            now: START,
            events: id.0.as_u128() << 64,
            effects: Vec::new(),
        }
    }

    fn happen(&mut self, event: Event) {
        self.events += 1;
        let envelope = Envelope {
            id: EventId(Uuid::from_u128(self.events)),
            at: self.now,
            event,
        };
        let result = step(&self.book, self.state.clone(), &envelope);
        self.state = result.state;
        self.effects = result.effects;
        assert_eq!(promise::kept(&self.state, self.now), Ok(()));
    }

    fn says(&mut self, wamid: &str, text: &str) {
        let message = Received {
            wamid: wamid.into(),
            sent: self.now,
            content: Content::Text { body: text.into() },
            context: Context::default(),
            referral: None,
            group: None,
            extra: Value::Null,
        };
        let from = Person {
            wa_id: Some("5511988887777".into()),
            ..Person::default()
        };
        let message = Box::new(message);
        self.happen(Event::Received { from, message });
    }

    fn debounced(&mut self) {
        let due = self.state.timers[&TimerReason::Debounce];
        self.now = due;
        let reason = TimerReason::Debounce;
        self.happen(Event::TimerFired { reason, due });
    }

    fn ends(&mut self) -> Carried {
        self.happen(Event::Merged { into: SURVIVOR });
        self.handed_over().expect("something is handed over")
    }

    fn handed_over(&self) -> Option<Carried> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::HandOver { into, carried } if *into == SURVIVOR => Some((**carried).clone()),
            _ => None,
        })
    }

    fn joined(&mut self, carried: Carried) {
        self.happen(Event::Joined {
            from: ENDED,
            carried: Box::new(carried),
        });
    }
}

#[test]
fn a_question_asked_in_the_half_that_ends_is_answered_in_the_one_that_lives_on() {
    let (mut ended, mut survivor) = (Talk::new(ENDED), Talk::new(SURVIVOR));
    ended.says("wamid.1", "quanto custa?");
    let epoch = ended.state.epoch;
    let carried = ended.ends();
    assert_eq!(ended.state.owner, Owner::Nobody);
    assert!(ended.state.epoch > epoch, "nothing older may leave");
    assert!(ended.state.timers.is_empty() && ended.state.unanswered_since.is_none());
    survivor.joined(carried);
    assert_eq!(survivor.state.unanswered_since, Some(START));
    assert_eq!(survivor.state.owner, Owner::Assistant);
    survivor.debounced();
    assert_eq!(survivor.state.sends.len(), 1, "the price is said there");
    assert!(survivor.state.window.service_until.is_some());
}

#[test]
fn an_answer_under_way_is_dropped_and_people_look() {
    let (mut ended, mut survivor) = (Talk::new(ENDED), Talk::new(SURVIVOR));
    ended.says("wamid.1", "quanto custa?");
    ended.debounced();
    let reply = ended.state.sends[0].reply;
    let carried = ended.ends();
    assert!(ended.effects.contains(&Effect::MoveSend {
        reply,
        to: SendState::Dropped
    }));
    survivor.joined(carried);
    assert!(matches!(survivor.state.owner, Owner::Queue { .. }));
}

#[test]
fn a_person_who_had_the_other_half_has_the_whole() {
    let (mut ended, mut survivor) = (Talk::new(ENDED), Talk::new(SURVIVOR));
    survivor.says("wamid.9", "quanto custa?");
    let by = AgentId(Uuid::from_u128(7));
    let command = Command::TakeOver;
    ended.happen(Event::Commanded { by, command });
    let carried = ended.ends();
    survivor.joined(carried);
    let who = Human::Agent { agent: by };
    assert!(matches!(&survivor.state.owner, Owner::Person { who: has, .. } if *has == who));
    assert!(!survivor.state.timers.contains_key(&TimerReason::Debounce));
}

#[test]
fn whatever_reaches_the_ended_half_later_goes_on_and_no_machine_speaks_there() {
    let mut ended = Talk::new(ENDED);
    ended.ends();
    ended.now = START + Span::minutes(1);
    ended.says("wamid.2", "quanto custa?");
    let carried = ended.handed_over().expect("it goes on");
    assert_eq!(carried.turn.texts, ["quanto custa?"]);
    assert_eq!(ended.state.owner, Owner::Nobody);
    assert!(ended.state.sends.is_empty() && ended.state.timers.is_empty());
    let by = AgentId(Uuid::from_u128(7));
    let command = Command::Send {
        client: "c".into(),
        what: Box::new(Outgoing::text("oi")),
        quotes: None,
    };
    ended.happen(Event::Commanded { by, command });
    assert!(ended.state.sends.is_empty() && ended.state.queue.is_empty());
    assert!(
        ended
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Alert { .. }))
    );
}

#[test]
fn only_a_call_of_the_customer_or_one_they_took_opens_the_window_from_the_providers_time() {
    let two_hours_ago = START - Span::hours(2);
    let opens = |what: &str, ours| {
        let mut talk = Talk::new(SURVIVOR);
        talk.happen(Event::Called {
            call: "c1".into(),
            what: what.into(),
            raw: Value::Null,
            sent: Some(two_hours_ago),
            ours,
        });
        talk.state.window.service_until
    };
    let until = Some(two_hours_ago + Span::hours(24));
    for (what, ours, expected) in [
        ("connect", false, until),
        ("terminate", false, None),
        ("connect", true, None),
        ("ringing", true, None),
        ("rejected", true, None),
        ("accepted", true, until),
    ] {
        assert_eq!(opens(what, ours), expected, "{what} ours={ours}");
    }
}

#[test]
fn an_ended_half_that_owes_nothing_hands_nothing_over_again() {
    let mut ended = Talk::new(ENDED);
    ended.says("wamid.1", "quanto custa?");
    ended.ends();
    ended.now = START + Span::minutes(1);
    let now = Person {
        name: Some("Ana".into()),
        ..Person::default()
    };
    ended.happen(Event::Relinked { now });
    assert_eq!(ended.handed_over(), None);
    // One that owes only what an answer of it has lost does.
    ended.state.unanswered_since = Some(START);
    ended.happen(Event::Relinked {
        now: Person::default(),
    });
    let carried = ended.handed_over().expect("the wait goes on there");
    assert_eq!(carried.waiting, Some(START));
    assert_eq!(ended.state.unanswered_since, None);
}

#[test]
fn what_two_halves_remember_is_joined_within_its_bound() {
    let recent = |n: u128, at: Time| Recent {
        reply: ReplyId(Uuid::from_u128(n)),
        state: SendState::Accepted,
        wamid: None,
        print: 0,
        at,
        rank: 0,
        answers: false,
        doubled: false,
        by_look: None,
    };
    let mut survivor = Talk::new(SURVIVOR);
    survivor.state.recent = (0..10).map(|n| recent(n, START)).collect();
    let entry = Window {
        entry_at: Some(START),
        entry_until: Some(START + Span::days(3)),
        service_until: Some(START + Span::hours(20)),
    };
    survivor.state.window.service_until = Some(START + Span::hours(22));
    survivor.joined(Carried {
        recent: (10..20).map(|n| recent(n, START)).collect(),
        window: entry,
        marketing_stopped: true,
        ..Carried::default()
    });
    let kept: Vec<u128> = survivor
        .state
        .recent
        .iter()
        .map(|r| r.reply.0.as_u128())
        .collect();
    assert_eq!(kept, (4..20).collect::<Vec<_>>(), "the oldest fall out");
    let window = survivor.state.window;
    assert_eq!(window.entry_at, entry.entry_at);
    assert_eq!(window.entry_until, entry.entry_until);
    assert_eq!(
        window.service_until,
        Some(START + Span::hours(22)),
        "the later"
    );
    assert!(survivor.state.marketing_stopped);
}
