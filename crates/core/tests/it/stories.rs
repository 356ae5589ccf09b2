//! Stories: one JSON file each. Given settings and a state, events with their times happen; after
//! every event the effects are compared, at the end the parts of the state that the story names.
//!
//! `UPDATE=1` rewrites what is expected, for a person to read the difference. The state is
//! serialised and read again between every two events. Events are written in short forms (see
//! [`event`]); names like `@sent` stand for ids that an earlier effect made.

use ponte_core::book::{Assistant, Book, Channel, Known, Wrote};
use ponte_core::content::{Content, Person};
use ponte_core::effect::{Effect, MessageBody, SendState};
use ponte_core::event::{Envelope, Event};
use ponte_core::ids::{ConversationId, EventId, ReplyId};
use ponte_core::time::Time;
use ponte_core::{State, promise, step};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use uuid::Uuid;

/// Friday, 20 November 2026, 12:00 in São Paulo.
const START: i64 = 1_795_186_800_000_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("stories")
}

#[test]
fn every_story_ends_as_told() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut told = 0;
    let mut wrong = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|f| f.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.ends_with(".json"), "{name} is no story: remove it");
        let text = std::fs::read_to_string(&file).unwrap();
        let story: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let played = play(&name, &story);
        let wanted = pretty(&played);
        told += 1;
        if wanted == text {
            continue;
        }
        if update {
            std::fs::write(&file, wanted).unwrap();
        } else {
            let first = wanted.lines().zip(text.lines()).find(|(a, b)| a != b);
            wrong.push(format!("{name}: {first:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong:#?}\nUPDATE=1 rewrites what is expected"
    );
    assert!(told >= 60, "{told} stories");
}

fn pretty(value: &Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

struct Teller {
    book: Book,
    state: State,
    now: i64,
    views: BTreeMap<String, Known>,
    sent: Vec<ReplyId>,
    replies: BTreeMap<ReplyId, Wrote>,
    attempts: BTreeMap<ReplyId, u32>,
    calls: Vec<Uuid>,
    events: u128,
}

/// Plays a story and gives it back with what really happened in the place of what was expected.
fn play(name: &str, story: &Value) -> Value {
    let given = story.get("given").cloned().unwrap_or_else(|| json!({}));
    let part = |key: &str| given.get(key).cloned().unwrap_or_else(|| json!({}));
    let channel: Channel =
        serde_json::from_value(part("channel")).unwrap_or_else(|e| panic!("{name}: {e}"));
    let assistant: Assistant =
        serde_json::from_value(part("assistant")).unwrap_or_else(|e| panic!("{name}: {e}"));
    let person: Person = serde_json::from_value(
        given
            .get("person")
            .cloned()
            .unwrap_or_else(|| json!({"wa_id": "5511988887777", "name": "Ana Souza"})),
    )
    .unwrap();
    let state: State = match given.get("state") {
        Some(state) => {
            serde_json::from_value(state.clone()).unwrap_or_else(|e| panic!("{name}: {e}"))
        }
        None => State::new(person),
    };
    let mut teller = Teller {
        book: Book::new(
            ConversationId(Uuid::from_u128(1)),
            Arc::new(channel),
            Arc::new(assistant),
        ),
        state,
        now: START,
        views: BTreeMap::new(),
        sent: Vec::new(),
        replies: BTreeMap::new(),
        attempts: BTreeMap::new(),
        calls: Vec::new(),
        events: 0,
    };
    let mut events = Vec::new();
    for told in story["events"]
        .as_array()
        .unwrap_or_else(|| panic!("{name}: no events"))
    {
        let effects = teller.happen(name, told);
        let mut told = told.as_object().unwrap().clone();
        told.insert("effects".into(), Value::Array(effects));
        events.push(Value::Object(told));
    }
    let state = serde_json::to_value(&teller.state).unwrap();
    let mut ends = Map::new();
    for key in ["owner", "epoch", "unanswered_since", "timers", "window"] {
        ends.insert(key.into(), state.get(key).cloned().unwrap_or(Value::Null));
    }
    let named = story.get("ends").and_then(Value::as_object);
    for key in named.into_iter().flat_map(Map::keys) {
        ends.insert(key.clone(), state.get(key).cloned().unwrap_or(Value::Null));
    }
    let mut played = Map::new();
    if let Some(about) = story.get("about") {
        played.insert("about".into(), about.clone());
    }
    if story.get("given").is_some() {
        played.insert("given".into(), given);
    }
    played.insert("events".into(), Value::Array(events));
    played.insert("ends".into(), teller.shorten(Value::Object(ends)));
    Value::Object(played)
}

impl Teller {
    fn happen(&mut self, name: &str, told: &Value) -> Vec<Value> {
        if let Some(after) = told.get("after") {
            self.now += micros(after.as_str().unwrap());
        }
        self.events += 1;
        let event = self.event(told);
        let event: Event = serde_json::from_value(event.clone())
            .unwrap_or_else(|e| panic!("{name}: {e} in {event}"));
        let envelope = Envelope {
            id: EventId(Uuid::from_u128(self.events)),
            at: Time(self.now),
            event,
        };
        // Statuses of later sends of the number have come, up to ones claimed this long ago.
        self.book.statuses_until = told
            .get("statuses_until")
            .map(|ago| Time(self.now - micros(ago.as_str().unwrap())));
        self.book.known = self.views.clone();
        self.book.replies = self.replies.clone();
        let result = step(&self.book, self.state.clone(), &envelope);
        let json = serde_json::to_string(&result.state).unwrap();
        self.state = serde_json::from_str(&json).unwrap();
        assert_eq!(
            self.state, result.state,
            "{name}: a state survives its JSON"
        );
        assert_eq!(promise::kept(&self.state, envelope.at), Ok(()), "{name}");
        for effect in &result.effects {
            self.keep(effect);
        }
        let effects = result.effects.iter().map(|e| {
            let value = serde_json::to_value(brief(e)).unwrap();
            self.shorten(value)
        });
        effects.collect()
    }

    /// What later events may refer to.
    fn keep(&mut self, effect: &Effect) {
        if let Effect::PutMessage(row) = effect {
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
            if let (Some(state), MessageBody::Out(what)) = (row.send, &row.content) {
                let reply = ReplyId(row.id.0);
                self.sent.push(reply);
                let wrote = Wrote {
                    what: what.clone(),
                    quotes: None,
                    provenance: row.provenance.clone(),
                    state,
                };
                self.replies.insert(reply, wrote);
            }
        }
        if let Effect::MoveSend { reply, to } = effect {
            if *to == SendState::Pending {
                *self.attempts.entry(*reply).or_insert(1) += 1;
            }
            if let Some(wrote) = self.replies.get_mut(reply) {
                wrote.state = *to;
            }
        }
        if let Effect::Call { call, .. } = effect {
            self.calls.push(call.0);
        }
    }

    /// The short forms of events: `says`, `echo`, `timer`, `ends`, `answers`, `status`, `asks`; or
    /// `event` with the whole of it.
    fn event(&self, told: &Value) -> Value {
        let person = json!({"wa_id": "5511988887777"});
        let get = |key: &str| told.get(key).cloned();
        let message = |content: Value| {
            let wamid = get("id").unwrap_or_else(|| json!(format!("wamid.{}", self.events)));
            let old = told
                .get("written")
                .map_or(0, |w| micros(w.as_str().unwrap()));
            let mut message = json!({
                "wamid": wamid, "sent": self.now + old, "content": content,
                "context": get("context").unwrap_or_else(|| json!({})),
            });
            for key in ["referral", "group"] {
                if let Some(value) = get(key) {
                    message[key] = value;
                }
            }
            message
        };
        let content = |said: Value| match said {
            Value::String(body) => json!({"type": "text", "body": body}),
            other => other,
        };
        if let Some(said) = get("says") {
            let from = get("from").unwrap_or(person);
            return json!({"event": "received", "from": from, "message": message(content(said))});
        }
        if let Some(said) = get("echo") {
            let mut event =
                json!({"event": "echoed", "to": person, "message": message(content(said))});
            if let Some(ours) = get("ours") {
                event["ours"] = self.long(ours);
            }
            return event;
        }
        if let Some(said) = get("imported") {
            let business = get("business").unwrap_or(json!(false));
            return json!({"event": "imported", "with": person, "from_business": business, "message": message(content(said))});
        }
        if let Some(reason) = get("timer") {
            let reason: ponte_core::event::TimerReason = serde_json::from_value(reason).unwrap();
            let due = self.state.timers.get(&reason).map_or(0, |due| due.0);
            let due = get("due").unwrap_or(json!(due));
            return json!({"event": "timer_fired", "reason": reason, "due": due});
        }
        if let Some(outcome) = get("ends") {
            let reply = self.long(get("reply").unwrap_or(json!("@1")));
            let id: ReplyId = serde_json::from_value(reply.clone()).unwrap();
            let attempt = self.attempts.get(&id).copied().unwrap_or(1);
            let outcome = match outcome {
                Value::Number(code) => {
                    json!({"outcome": "refused", "code": code, "subcode": null, "title": "", "http": 400})
                }
                Value::String(wamid) if wamid == "unsure" => {
                    json!({"outcome": "unsure", "why": "time-out"})
                }
                Value::String(wamid) if wamid == "not sent" => {
                    json!({"outcome": "not_sent", "why": "no connection"})
                }
                Value::String(wamid) => json!({"outcome": "accepted", "wamid": wamid}),
                other => other,
            };
            let attempt = get("attempt").unwrap_or(json!(attempt));
            return json!({"event": "send_ended", "reply": reply, "attempt": attempt, "outcome": outcome});
        }
        if let Some(answer) = get("answers") {
            let call = get("call").map_or_else(
                || json!(self.calls.last()),
                |c| json!(self.calls[c.as_u64().unwrap() as usize - 1]),
            );
            let answer = match answer {
                Value::String(text) => {
                    json!({"answer": "say", "parts": [{"type": "text", "body": text}]})
                }
                other => other,
            };
            return json!({"event": "call_answered", "call": call, "answer": answer});
        }
        if let Some(status) = get("status") {
            let mut report = json!({"wamid": get("id").unwrap(), "status": status, "at": self.now, "recipient": {}});
            for key in ["errors", "window_until"] {
                if let Some(value) = get(key) {
                    report[key] = value;
                }
            }
            let mut event = json!({"event": "status_changed", "report": report});
            if let Some(reply) = get("reply") {
                event["reply"] = self.long(reply);
                event["attempt"] = get("attempt").unwrap_or(json!(1));
            }
            return event;
        }
        if let Some(command) = get("asks") {
            let by = get("by").unwrap_or(json!("00000000-0000-0000-0000-0000000000a1"));
            let command = match command {
                Value::String(text) => {
                    json!({"command": "send", "client": format!("c{}", self.events), "what": {"type": "text", "body": text}})
                }
                other => other,
            };
            return json!({"event": "commanded", "by": by, "command": self.long(command)});
        }
        self.long(get("event").expect("an event"))
    }

    /// `@1` is the first message that was decided, `@2` the second; `call 1` the first call.
    fn long(&self, value: Value) -> Value {
        let mut text = value.to_string();
        for (n, reply) in self.sent.iter().enumerate().rev() {
            text = text.replace(&format!("\"@{}\"", n + 1), &format!("\"{reply}\""));
        }
        for (n, call) in self.calls.iter().enumerate().rev() {
            text = text.replace(&format!("\"call {}\"", n + 1), &format!("\"{call}\""));
        }
        serde_json::from_str(&text).unwrap()
    }

    /// Ids become `@n` again, and times seconds since the start.
    fn shorten(&self, value: Value) -> Value {
        let mut text = value.to_string();
        for (n, reply) in self.sent.iter().enumerate() {
            text = text.replace(&reply.to_string(), &format!("@{}", n + 1));
        }
        for (n, call) in self.calls.iter().enumerate() {
            text = text.replace(&call.to_string(), &format!("call {}", n + 1));
        }
        times(serde_json::from_str(&text).unwrap())
    }
}

/// Times near the start as seconds after it: what a person can read.
fn times(value: Value) -> Value {
    match value {
        Value::Number(n) => match n.as_i64() {
            Some(n) if (n - START).abs() < 400 * 86_400_000_000 => {
                let after = n - START;
                if after % 1_000_000 == 0 {
                    json!(format!("{}s", after / 1_000_000))
                } else {
                    json!(format!("{}ms", after / 1_000))
                }
            }
            _ => Value::Number(n),
        },
        Value::Array(all) => all.into_iter().map(times).collect(),
        Value::Object(all) => all.into_iter().map(|(k, v)| (k, times(v))).collect(),
        other => other,
    }
}

/// An effect without what every one of its kind repeats.
fn brief(effect: &Effect) -> Value {
    let whole = serde_json::to_value(effect).unwrap();
    match effect {
        Effect::PutMessage(row) => {
            let words = match &row.content {
                MessageBody::In(Content::Text { body }) => json!(body),
                MessageBody::In(other) => serde_json::to_value(other).unwrap(),
                MessageBody::Out(ponte_core::Outgoing::Text { body, .. }) => json!(body),
                MessageBody::Out(other) => serde_json::to_value(other).unwrap(),
                MessageBody::Note(text) => json!({"note": text}),
            };
            let mut put = json!({"put": words, "by": row.provenance.kind()});
            if !row.context.sources.is_empty() {
                put["sources"] = json!(row.context.sources);
            }
            if let Some(send) = row.send {
                put["id"] = json!(row.id);
                put["send"] = json!(send);
            }
            put
        }
        Effect::Send(send) => json!({
            "send": send.reply, "epoch": send.epoch, "to": send.to, "expires": send.expires,
        }),
        Effect::MarkMessage { mark, .. } => json!({"mark": mark}),
        Effect::MoveSend { reply, to } => json!({"move": reply, "to": to}),
        Effect::SetTimer { reason, due } => json!({"timer": reason, "due": due}),
        Effect::ClearTimer { reason } => json!({"clear": reason}),
        Effect::OwnerChanged { to, epoch, why, .. } => {
            json!({"owner": to, "epoch": epoch, "why": why})
        }
        Effect::Alert { alert } => json!({"alert": alert}),
        Effect::Ignored { why } => json!({"ignored": why}),
        Effect::Call {
            call,
            deadline,
            work,
            ..
        } => json!({"call": call, "deadline": deadline, "work": work}),
        Effect::DropCall { call } => json!({"drop_call": call}),
        Effect::CarrySend { .. }
        | Effect::MarkRead { .. }
        | Effect::Consent { .. }
        | Effect::HandOver { .. } => whole,
    }
}

/// `300ms`, `5s`, `10m`, `2h`, `3d`; a sign before it is allowed.
fn micros(text: &str) -> i64 {
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .expect("a unit");
    let n: i64 = text[..split].parse().expect("a number");
    n * match &text[split..] {
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        "d" => 86_400_000_000,
        other => panic!("{other} is no unit"),
    }
}
