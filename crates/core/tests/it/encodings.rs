//! What is stored stays readable: files written by earlier versions are read, and mean the same.
//!
//! `tests/encodings/events-1.json` and those after it have every kind of event, `states-1.json` states of all sorts. They
//! are never rewritten; a new kind or field gets a new file beside them.

use ponte_core::event::Event;
use ponte_core::{Owner, State};
use serde_json::Value;
use std::collections::BTreeSet;

/// Every kind of event. The match below fails to compile when one is added: give it an encoding.
fn kind(event: &Event) -> &'static str {
    match event {
        Event::Received { .. } => "received",
        Event::Echoed { .. } => "echoed",
        Event::Imported { .. } => "imported",
        Event::StatusChanged { .. } => "status_changed",
        Event::Called { .. } => "called",
        Event::PreferenceChanged { .. } => "preference_changed",
        Event::Acted { .. } => "acted",
        Event::Relinked { .. } => "relinked",
        Event::TimerFired { .. } => "timer_fired",
        Event::CallAnswered { .. } => "call_answered",
        Event::CallProgressed { .. } => "call_progressed",
        Event::SendEnded { .. } => "send_ended",
        Event::SendRefused { .. } => "send_refused",
        Event::HistoryChecked { .. } => "history_checked",
        Event::Commanded { .. } => "commanded",
        Event::Quarantined { .. } => "quarantined",
        Event::ChannelSuspended { .. } => "channel_suspended",
        Event::Merged { .. } => "merged",
        Event::Joined { .. } => "joined",
    }
}

fn read(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

#[test]
fn stored_events_stay_readable_and_mean_the_same() {
    let mut kinds = BTreeSet::new();
    let files = [
        include_str!("../encodings/events-1.json"),
        include_str!("../encodings/events-2.json"),
        include_str!("../encodings/events-3.json"),
    ];
    for stored in files.into_iter().flat_map(read) {
        let event: Event = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(Value::from(kind(&event)), stored["event"]);
        let again: Event = serde_json::from_value(serde_json::to_value(&event).unwrap()).unwrap();
        assert_eq!(again, event);
        kinds.insert(kind(&event));
    }
    assert_eq!(kinds.len(), 18, "an event without an encoding: {kinds:?}");
}

#[test]
fn stored_states_stay_readable_and_are_stepped_from() {
    let mut owners = BTreeSet::new();
    for stored in read(include_str!("../encodings/states-1.json")) {
        let state: State = serde_json::from_value(stored).unwrap();
        owners.insert(state.owner.kind());
        let again: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
        assert_eq!(again, state);
    }
    assert_eq!(owners.len(), 4, "a kind of owner without an encoding");
}

#[test]
fn an_empty_state_is_a_new_conversation() {
    let state: State = serde_json::from_str("{}").unwrap();
    assert_eq!(state, State::default());
    assert_eq!(state.owner, Owner::Assistant);
    let unknown = serde_json::from_str::<State>(r#"{"version":3,"of_tomorrow":true}"#).unwrap();
    assert_eq!(unknown.version, 3, "fields of a later version do no harm");
}
