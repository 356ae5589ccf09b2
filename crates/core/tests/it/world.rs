//! A little world around the step: outbox, timers, calls and views as plain maps, and the truth
//! about what reached the customer.
//!
//! In: actions. Out: the state, and a list of broken laws, checked after every event. It follows the
//! contract of the effects and shares no code with the step, so that it can judge it.

use ponte_core::book::{Assistant, Book, Channel, Known, Wrote};
use ponte_core::content::{Content, Context, Person, Received};
use ponte_core::effect::{Alert, Effect, Mark, Send, SendState, Work};
use ponte_core::event::{Answer, Envelope, Event, Found, Outcome, Refusal, TimerReason};
use ponte_core::fact::{Delivery, StatusReport};
use ponte_core::ids::{AgentId, AssistantId, CallId, ConversationId, EventId, MessageId, ReplyId};
use ponte_core::ownership::Provenance;
use ponte_core::time::{Span, Time};
use ponte_core::{Outgoing, Owner, State, step};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub(crate) const START: Time = Time(1_763_640_000_000_000);

/// An outbox row and what really became of it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) send: Send,
    pub(crate) state: SendState,
    pub(crate) epoch: u64,
    pub(crate) attempt: u32,
    pub(crate) open: bool,
    /// Attempts that reached the customer, whatever anybody knows.
    pub(crate) copies: u32,
    pub(crate) wamid: Option<String>,
}

pub(crate) struct World {
    pub(crate) book: Book,
    pub(crate) state: State,
    pub(crate) now: Time,
    pub(crate) timers: BTreeMap<TimerReason, Time>,
    pub(crate) outbox: BTreeMap<ReplyId, Row>,
    pub(crate) calls: Vec<(CallId, Work)>,
    pub(crate) views: BTreeMap<String, Known>,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) rows: u32,
    pub(crate) marks: u32,
    pub(crate) seen: Vec<String>,
    pub(crate) last: Vec<Effect>,
    groups: BTreeMap<ReplyId, Vec<ReplyId>>,
    events: u32,
    names: u32,
}

pub(crate) fn agent() -> AgentId {
    AgentId(Uuid::from_u128(7))
}

pub(crate) fn person() -> Person {
    Person {
        wa_id: Some("5511988887777".into()),
        bsuid: Some("BR.1".into()),
        name: Some("Ana Souza".into()),
        ..Person::default()
    }
}

impl World {
    pub(crate) fn new(channel: Channel, assistant: Assistant) -> World {
        let conversation = ConversationId(Uuid::from_u128(1));
        World {
            book: Book::new(conversation, Arc::new(channel), Arc::new(assistant)),
            state: State::new(person()),
            now: START,
            timers: BTreeMap::new(),
            outbox: BTreeMap::new(),
            calls: Vec::new(),
            views: BTreeMap::new(),
            alerts: Vec::new(),
            rows: 0,
            marks: 0,
            seen: Vec::new(),
            last: Vec::new(),
            groups: BTreeMap::new(),
            events: 0,
            names: 0,
        }
    }

    pub(crate) fn name(&mut self, what: &str) -> String {
        self.names += 1;
        format!("wamid.{what}{}", self.names)
    }

    /// Folds one event and carries out its effects, checking the laws on the way.
    pub(crate) fn happen(&mut self, event: Event) {
        self.events += 1;
        let envelope = Envelope {
            id: EventId(Uuid::from_u128(u128::from(self.events) << 64 | 9)),
            at: self.now,
            event,
        };
        // The book knows what the event mentions: that is what the engine loads.
        let mentions = serde_json::to_string(&envelope.event).unwrap();
        let views = self.views.iter();
        self.book.known = views
            .filter(|(wamid, _)| mentions.contains(&format!("\"{wamid}\"")))
            .map(|(wamid, known)| (wamid.clone(), known.clone()))
            .collect();
        self.book.replies = self
            .outbox
            .iter()
            .filter(|(reply, _)| mentions.contains(&reply.to_string()))
            .map(|(reply, row)| {
                let wrote = Wrote {
                    what: row.send.what.clone(),
                    quotes: row.send.quotes.clone(),
                    provenance: row.send.provenance.clone(),
                    state: row.state,
                };
                (*reply, wrote)
            })
            .collect();
        let before = self.state.clone();
        let result = step(&self.book, self.state.clone(), &envelope);
        let again = step(&self.book, before.clone(), &envelope);
        assert_eq!(result, again, "the same input gives the same output");
        assert_eq!(result.state.version, before.version + 1);
        let json = serde_json::to_string(&result.state).unwrap();
        assert!(json.len() <= 256 * 1_024, "state of {} bytes", json.len());
        self.state = serde_json::from_str(&json).unwrap();
        assert_eq!(self.state, result.state, "a state survives its JSON");
        for effect in &result.effects {
            self.carry_out(effect);
        }
        self.last = result.effects;
        self.laws(&envelope);
    }

    fn carry_out(&mut self, effect: &Effect) {
        match effect {
            Effect::PutMessage(row) => {
                self.rows += 1;
                if let Some(wamid) = &row.wamid {
                    let known = Known {
                        message: row.id,
                        reply: None,
                        provenance: row.provenance.clone(),
                        send: None,
                        sent: row.sent,
                    };
                    self.views.insert(wamid.clone(), known);
                }
            }
            Effect::MarkMessage { message, mark } => {
                self.marks += 1;
                if let Mark::Wamid { wamid } = mark {
                    self.know(*message, wamid);
                }
            }
            Effect::Send(send) => self.place(send),
            Effect::MoveSend { reply, to } => self.move_row(*reply, *to),
            Effect::CarrySend { reply, epoch } => {
                if let Some(row) = self.outbox.get_mut(reply) {
                    row.epoch = *epoch;
                }
            }
            Effect::Call { call, work, .. } => self.calls.push((*call, work.clone())),
            Effect::DropCall { call } => self.calls.retain(|(id, _)| id != call),
            Effect::SetTimer { reason, due } => {
                self.timers.insert(reason.clone(), *due);
            }
            Effect::ClearTimer { reason } => {
                self.timers.remove(reason);
            }
            Effect::Alert { alert } => self.alerts.push(alert.clone()),
            Effect::OwnerChanged { .. }
            | Effect::MarkRead { .. }
            | Effect::Consent { .. }
            | Effect::HandOver { .. }
            | Effect::Ignored { .. } => {}
        }
    }

    fn know(&mut self, message: MessageId, wamid: &str) {
        let reply = ReplyId(message.0);
        if let Some(row) = self.outbox.get(&reply) {
            let known = Known {
                message,
                reply: Some(reply),
                provenance: row.send.provenance.clone(),
                send: Some(row.state),
                sent: self.now,
            };
            self.views.insert(wamid.to_owned(), known);
        }
    }

    fn place(&mut self, send: &Send) {
        let automatic = !matches!(send.provenance, Provenance::Agent { .. });
        assert_eq!(send.epoch, self.state.epoch, "a send of an older epoch");
        if automatic {
            let person = matches!(self.state.owner, Owner::Person { .. });
            assert!(!person, "a machine speaks while a person owns");
        }
        if !send.what.is_template() {
            let until = self.state.window.service_until.unwrap();
            assert!(
                self.now < send.expires && send.expires <= until,
                "outside the window"
            );
        }
        if let Some(flight) = self.state.sends.iter().find(|s| s.reply == send.reply) {
            let group = self.groups.entry(flight.group).or_default();
            for before in group.iter() {
                assert_eq!(
                    self.outbox[before].state,
                    SendState::Accepted,
                    "parts out of order"
                );
            }
            group.push(send.reply);
        }
        let row = Row {
            send: send.clone(),
            state: SendState::Pending,
            epoch: send.epoch,
            attempt: 0,
            open: false,
            copies: 0,
            wamid: None,
        };
        assert!(
            self.outbox.insert(send.reply, row).is_none(),
            "the same row twice"
        );
    }

    fn move_row(&mut self, reply: ReplyId, to: SendState) {
        let Some(row) = self.outbox.get_mut(&reply) else {
            return;
        };
        if matches!(to, SendState::Dropped | SendState::Failed) && row.open {
            return;
        }
        if to == SendState::Pending {
            assert!(!row.open, "claimable while an attempt is open");
        }
        row.state = to;
    }

    fn laws(&self, envelope: &Envelope) {
        let unsettled = |s: SendState| matches!(s, SendState::Pending | SendState::Claimed);
        let mine = self.state.sends.iter().filter(|s| unsettled(s.state));
        assert!(mine.count() <= 1, "more than one on its way");
        let claimable: Vec<&Row> = self.outbox.values().filter(|r| self.claimable(r)).collect();
        assert!(claimable.len() <= 1, "more than one can be claimed");
        if matches!(self.state.owner, Owner::Person { .. }) {
            let machine = claimable
                .iter()
                .any(|r| !matches!(r.send.provenance, Provenance::Agent { .. }));
            assert!(
                !machine,
                "a machine's message can be claimed after a takeover"
            );
        }
        assert_eq!(
            self.timers, self.state.timers,
            "timer rows differ from the state's"
        );
        if let Err(broken) = ponte_core::promise::kept(&self.state, self.now) {
            panic!("{broken:?} after {:?}\n{:#?}", envelope.event, self.state);
        }
        for row in self.outbox.values() {
            assert!(row.copies <= 1, "sent twice: {row:?}");
        }
        let alive = self.book.assistant.enabled || self.state.owner != Owner::Assistant;
        assert!(
            alive || self.state.unanswered_since.is_none(),
            "a switched-off assistant owns a question"
        );
    }

    fn claimable(&self, row: &Row) -> bool {
        row.state == SendState::Pending && row.epoch == self.state.epoch
    }

    /// The sender claims what it may. False: nothing to claim.
    pub(crate) fn claim(&mut self) -> bool {
        if self.outbox.values().any(|r| r.open) {
            return false;
        }
        let now = self.now;
        let found = self
            .outbox
            .values()
            .find(|r| self.claimable(r) && now < r.send.expires)
            .map(|r| r.send.reply);
        let Some(reply) = found else { return false };
        let row = self.outbox.get_mut(&reply).unwrap();
        row.state = SendState::Claimed;
        row.open = true;
        row.attempt += 1;
        true
    }

    /// The sender finds that a row can never be claimed.
    pub(crate) fn refuse(&mut self, why: u8) -> bool {
        let row = self.outbox.values().find(|r| self.claimable(r) && !r.open);
        let Some(reply) = row.map(|r| r.send.reply) else {
            return false;
        };
        let whys = [
            Refusal::EpochPassed,
            Refusal::WindowClosed,
            Refusal::OptedOut,
            Refusal::Expired,
            Refusal::ChannelRemoved,
            Refusal::ChannelSuspended,
        ];
        let why = whys[usize::from(why) % whys.len()].clone();
        self.happen(Event::SendRefused { reply, why });
        true
    }

    /// The open attempt ends. `arrives`: what an unsure end really was.
    pub(crate) fn end(&mut self, how: u8, arrives: bool) -> bool {
        let found = self.outbox.values().find(|r| r.open).map(|r| r.send.reply);
        let Some(reply) = found else { return false };
        let wamid = self.name("out");
        let row = self.outbox.get_mut(&reply).unwrap();
        row.open = false;
        let attempt = row.attempt;
        let refused = |code| Outcome::Refused {
            code,
            subcode: None,
            title: String::new(),
            http: 400,
        };
        let outcome = match how % 8 {
            0..=2 => {
                row.copies += 1;
                row.wamid = Some(wamid.clone());
                Outcome::Accepted { wamid, held: false }
            }
            3 => Outcome::NotSent { why: "dns".into() },
            4 => refused(131_056),
            5 => refused(131_026),
            6 => refused(131_047),
            _ => {
                if arrives {
                    row.copies += 1;
                    row.wamid = Some(wamid);
                }
                Outcome::Unsure {
                    why: "timeout".into(),
                }
            }
        };
        self.happen(Event::SendEnded {
            reply,
            attempt,
            outcome,
        });
        true
    }

    /// A status for something that really left.
    pub(crate) fn status(&mut self, nth: usize, status: Delivery) -> bool {
        let sent: Vec<&Row> = self.outbox.values().filter(|r| r.wamid.is_some()).collect();
        let Some(row) = sent.get(nth % sent.len().max(1)) else {
            return false;
        };
        let (reply, attempt) = (row.send.reply, row.attempt);
        let report = StatusReport {
            wamid: row.wamid.clone().unwrap(),
            status,
            at: self.now,
            recipient: Person::default(),
            tag: None,
            pricing: None,
            errors: vec![],
            window_until: None,
            group: None,
            extra: serde_json::Value::Null,
        };
        self.happen(Event::StatusChanged {
            report: Box::new(report),
            reply: Some(reply),
            attempt: Some(attempt),
        });
        true
    }

    /// The next timer fires, at its time. False: none is set.
    pub(crate) fn fire_next(&mut self) -> bool {
        let next = self.timers.iter().min_by_key(|(_, due)| **due);
        let Some((reason, due)) = next.map(|(r, d)| (r.clone(), *d)) else {
            return false;
        };
        self.now = self.now.max(due);
        self.timers.remove(&reason);
        self.happen(Event::TimerFired { reason, due });
        true
    }

    /// Time passes, and every timer that comes due in it fires.
    pub(crate) fn pass(&mut self, span: Span) {
        let until = self.now + span;
        while self.timers.values().any(|due| *due <= until) {
            self.fire_next();
        }
        self.now = until;
    }

    /// The oldest call is answered; the list of accepted messages always truthfully.
    pub(crate) fn answer(&mut self, how: u8) -> bool {
        if self.calls.is_empty() {
            return false;
        }
        let (call, work) = self.calls.remove(0);
        if let Work::History { reply, attempt, .. } = work {
            let row = &self.outbox[&reply];
            let found = match &row.wamid {
                Some(wamid) => Found::Sent {
                    wamid: wamid.clone(),
                },
                None => Found::Absent,
            };
            self.happen(Event::HistoryChecked {
                reply,
                attempt,
                found,
            });
            return true;
        }
        let answer = match how % 9 {
            0 | 1 => Answer::say(vec![Outgoing::text("Custa 10 reais.")], vec![]),
            2 => {
                let parts = (1..=3).map(|n| Outgoing::text(format!("Parte {n}.")));
                Answer::say(parts.collect(), vec!["precos".into()])
            }
            3 => Answer::DontKnow { how: Value::Null },
            4 => Answer::HandOff {
                team: None,
                why: String::new(),
                note: "Quer falar do pedido 12.".into(),
                sentence: String::new(),
                set: BTreeMap::from([("pedido".to_owned(), Value::from(12))]),
                how: Value::Null,
            },
            5 => Answer::Pass {
                to: AssistantId(Uuid::from_u128(7 + u128::from(how) % 3)),
                context: Value::from("pedido 12"),
                how: Value::Null,
            },
            6 => Answer::Say {
                parts: vec![Outgoing::text("Posso dar 10% de desconto.")],
                sources: vec![],
                draft: true,
                set: BTreeMap::new(),
                how: Value::Null,
            },
            7 => {
                let text = "Estou procurando.".to_owned();
                self.happen(Event::CallProgressed { call, text });
                Answer::say(vec![Outgoing::text("Achei.")], vec![])
            }
            _ => Answer::failed("down"),
        };
        self.happen(Event::CallAnswered { call, answer });
        true
    }

    pub(crate) fn message(&mut self, content: Content, old: Span) -> Received {
        Received {
            wamid: self.name("in"),
            sent: Time::from_secs((self.now - old).secs()),
            content,
            context: Context::default(),
            referral: None,
            group: None,
            extra: serde_json::Value::Null,
        }
    }

    pub(crate) fn says(&mut self, content: Content, old: Span) {
        let message = self.message(content, old);
        self.seen.push(message.wamid.clone());
        let from = person();
        self.happen(Event::Received {
            from,
            message: Box::new(message),
        });
    }

    /// Everything settles down: sends are accepted, calls answered, timers fired. No more than
    /// `limit` things may happen.
    pub(crate) fn settle(&mut self, limit: usize) {
        for _ in 0..limit {
            let busy = self.end(0, true) || self.claim() || self.answer(0) || self.fire_next();
            if !busy {
                return;
            }
        }
        panic!("the world does not come to rest:\n{:#?}", self.state);
    }
}
