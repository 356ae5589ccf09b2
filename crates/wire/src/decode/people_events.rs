//! Reads events about people that are no messages: the phone's address book and marketing consent.
//!
//! In: the values of `smb_app_state_sync` and `user_preferences`. Out: one item per element, keyed by
//! a hash, since none has an id. Absent: the merging of a synced contact with a known one.

use super::fields::Fields;
use super::people::{self, Contacts};
use super::{Route, Sink, keys};
use ponte_core::Time;
use ponte_core::fact::Fact;
use serde_json::Value;

/// `add` means added or edited; only `remove` removes.
pub(crate) fn state_sync(out: &mut Sink, route: &Route, mut value: Fields) {
    let mut seen = false;
    for (at, element) in value.list("state_sync").into_iter().enumerate() {
        seen = true;
        contact(out, route, route.at("state_sync", at), element);
    }
    value.raw("messaging_product");
    if !value.is_empty() || !seen {
        out.unknown(route, value.whole());
    }
}

fn contact(out: &mut Sink, route: &Route, place: String, element: Value) {
    let dedupe = keys::hashed("sync", &[&route.field], &element);
    let unknown = |raw: Value| Fact::Unknown {
        field: route.field.clone(),
        raw,
    };
    let mut fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "contact is not an object", raw),
    };
    // A kind of state that isn't a contact, or one we can't read, is kept.
    if fields.peek("type").is_some_and(|kind| kind != "contact")
        || !matches!(fields.peek("contact"), Some(Value::Object(_)))
    {
        return out.item(route, place, dedupe, unknown(fields.whole()));
    }
    let mut contact = fields.object("contact").unwrap_or_default();
    let mut person = people::names(&mut contact);
    person.wa_id = person.wa_id.or_else(|| contact.name("phone_number"));
    person.name = contact.name("full_name");
    let first_name = contact.name("first_name");
    let removed = fields.name("action").as_deref() == Some("remove");
    let mut metadata = fields.object("metadata").unwrap_or_default();
    let at = metadata.time("timestamp").unwrap_or(Time::ZERO);
    let fact = Fact::Contact {
        person,
        first_name,
        removed,
        at,
    };
    out.item(route, place, dedupe, fact);
}

pub(crate) fn preferences(out: &mut Sink, route: &Route, mut value: Fields) {
    let mut contacts = Contacts::take(&mut value);
    let mut seen = false;
    for (at, element) in value.list("user_preferences").into_iter().enumerate() {
        seen = true;
        preference(
            out,
            route,
            route.at("user_preferences", at),
            element,
            &mut contacts,
        );
    }
    value.raw("messaging_product");
    if !value.is_empty() || !seen {
        out.unknown(route, value.whole());
    }
}

/// Only `stop` and `resume` are known; another value must not be taken for either.
fn preference(
    out: &mut Sink,
    route: &Route,
    place: String,
    element: Value,
    contacts: &mut Contacts,
) {
    let dedupe = keys::hashed("pref", &[&route.field], &element);
    let mut fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "preference is not an object", raw),
    };
    let stop = match fields.peek("value").and_then(Value::as_str) {
        Some("stop") => true,
        Some("resume") => false,
        Some(_) | None => {
            let field = route.field.clone();
            let raw = fields.whole();
            return out.item(route, place, dedupe, Fact::Unknown { field, raw });
        }
    };
    let mut person = people::names(&mut fields);
    contacts.complete(&mut person);
    let fact = Fact::Preference {
        person,
        category: fields.text_or_empty("category"),
        stop,
        detail: fields.text_or_empty("detail"),
        at: fields.time("timestamp").unwrap_or(Time::ZERO),
    };
    out.item(route, place, dedupe, fact);
}
