//! Reads Conversation Routing: who answers a thread, and copies of threads that others answer.
//!
//! In: the values of `messaging_handovers` and `standby`. Out: a [`Fact::Handover`], or one
//! [`Fact::Standby`] per copied message, echo or status. Copies are kept raw on purpose: what isn't
//! read as a message can't be answered by mistake. Absent: the decision who may write.

use super::fields::Fields;
use super::{Route, Sink, keys};
use ponte_core::Time;
use ponte_core::content::Person;
use ponte_core::fact::Fact;
use serde_json::{Map, Value};

/// Contacts copied to every standby item: a few people; more would let a small body grow large.
const CONTACTS_BYTES: usize = 2048;

/// The value is the event. It has no `metadata`; the number stands in `recipient`.
pub(crate) fn handover(out: &mut Sink, route: &Route, mut value: Fields) {
    let dedupe = keys::hashed_object("hand", &[&route.field], value.all());
    let mut route = route.clone();
    let mut person = Person::default();
    if let Some(mut recipient) = value.object("recipient") {
        route.number = route.number.or_else(|| recipient.name("phone_number_id"));
        route.display = route
            .display
            .or_else(|| recipient.name("display_phone_number"));
    }
    if let Some(mut sender) = value.object("sender") {
        person.wa_id = sender.name("phone_number").or_else(|| sender.name("wa_id"));
        person.bsuid = sender.name("user_id");
        person.parent = sender.name("parent_user_id");
    }
    value.raw("messaging_product");
    let kind = value.text_or_empty("type");
    let at = value.time("timestamp").unwrap_or(Time::ZERO);
    let place = route.place.clone();
    let raw = value.rest();
    out.item(
        &route,
        place,
        dedupe,
        Fact::Handover {
            person,
            kind,
            at,
            raw,
        },
    );
}

/// Everything is nested one level deeper under `standby`; should it ever come flat, that is read too.
pub(crate) fn standby(out: &mut Sink, route: &Route, mut value: Fields) {
    let (mut inner, step) = match value.object("standby") {
        Some(inner) => (inner, ".standby"),
        None => (value, ""),
    };
    let place = format!("{}{step}", route.place);
    // Copied to every item where that is cheap; else they stay with what we don't know.
    let small = |it: &Value| it.to_string().len() <= CONTACTS_BYTES;
    let contacts = match inner.peek("contacts").is_some_and(small) {
        true => inner.raw("contacts"),
        false => None,
    };
    let mut seen = false;
    for array in ["messages", "message_echoes", "statuses"] {
        for (at, element) in inner.list(array).into_iter().enumerate() {
            seen = true;
            let text = |key: &str| element[key].as_str().unwrap_or_default().to_owned();
            let dedupe = match text("id") {
                none if none.is_empty() => keys::hashed("b", &[array], &element),
                id => keys::key("b", &[array, &id, &text("status")]),
            };
            let mut raw = Map::new();
            raw.insert(array.to_owned(), Value::from(vec![element]));
            if let Some(contacts) = contacts.clone() {
                raw.insert("contacts".into(), contacts);
            }
            let raw = Value::Object(raw);
            let place = format!("{place}.{array}[{at}]");
            out.item(route, place, dedupe, Fact::Standby { raw });
        }
    }
    inner.raw("messaging_product");
    if !inner.is_empty() || !seen {
        out.unknown(route, inner.whole());
    }
}
