//! Reads voice calls: what happened to a call, and the states of calls we made.
//!
//! In: the value of a `calls` field. Out: one [`Fact::Call`] per element of `calls` and of `statuses`;
//! all of it stays in `raw` (session descriptions, durations). Absent: what a call means for the
//! window, which the step decides, and media, which never passes here.

use super::fields::Fields;
use super::people::{self, Contacts};
use super::{Route, Sink, keys, talk};
use ponte_core::Time;
use ponte_core::content::Person;
use ponte_core::fact::Fact;
use serde_json::Value;

pub(crate) fn value(out: &mut Sink, route: &Route, mut value: Fields) {
    let mut contacts = Contacts::take(&mut value);
    let mut seen = false;
    for (array, key) in [("calls", "event"), ("statuses", "status")] {
        for (at, element) in value.list(array).into_iter().enumerate() {
            seen = true;
            one(out, route, route.at(array, at), element, &mut contacts, key);
        }
    }
    seen |= talk::alone_errors(out, route, &mut value);
    value.raw("messaging_product");
    if !value.is_empty() || !seen {
        out.unknown(route, value.whole());
    }
}

/// `key` names the field that says what happened. A status that stands among a message's statuses
/// comes through here too.
pub(crate) fn one(
    out: &mut Sink,
    route: &Route,
    place: String,
    element: Value,
    contacts: &mut Contacts,
    key: &str,
) {
    let mut fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "call is not an object", raw),
    };
    if !fields.named("id") || !fields.named(key) {
        return out.trouble(route, place, "call without id or event", fields.whole());
    }
    let call = fields.text_or_empty("id");
    let event = fields.text_or_empty(key).to_ascii_lowercase();
    let at = fields.time("timestamp").unwrap_or(Time::ZERO);
    let ours = key == "status" || by_business(&fields);
    let mut person = person(&mut fields, key);
    contacts.complete(&mut person);
    let dedupe = keys::key("c", &[&call, &event]);
    let raw = fields.rest();
    out.item(
        route,
        place,
        dedupe,
        Fact::Call {
            person,
            call,
            event,
            at,
            ours,
            raw,
        },
    );
}

/// Statuses are only given of calls that we made; events say who called.
fn by_business(fields: &Fields) -> bool {
    fields
        .peek("direction")
        .is_some_and(|it| it == "BUSINESS_INITIATED")
}

/// The customer's side: who called us, or whom we called.
fn person(fields: &mut Fields, key: &str) -> Person {
    if key == "status" {
        return Person {
            wa_id: fields.name("recipient_id"),
            bsuid: fields.name("recipient_user_id"),
            parent: fields.name("recipient_parent_user_id"),
            ..Person::default()
        };
    }
    let (theirs, own) = if by_business(fields) {
        ("to", "from")
    } else {
        ("from", "to")
    };
    let person = people::side(fields, theirs);
    people::side(fields, own);
    person
}
