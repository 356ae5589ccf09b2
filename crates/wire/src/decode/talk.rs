//! Reads the values that carry talk: messages, echoes, statuses, and errors and clicks beside them.
//!
//! In: the value of a `messages` or `…echoes` field. Out: one item per element of each array. The
//! arrays decide, not the field's name, because Meta moves arrays between fields (history brings
//! both kinds). Absent: what a message says ([`super::content`]).

use super::fields::Fields;
use super::people::{self, Contacts};
use super::{Route, Sink, calls, content, keys, status};
use ponte_core::content::{Person, Received};
use ponte_core::fact::Fact;
use ponte_core::{Content, Time};
use serde_json::Value;

pub(crate) fn value(out: &mut Sink, route: &Route, mut value: Fields) {
    let mut contacts = Contacts::take(&mut value);
    let arrays = ["messages", "message_echoes", "statuses", "user_actions"];
    let [messages, echoes, statuses, actions] = arrays.map(|array| value.list(array));
    let empty = [&messages, &echoes, &statuses, &actions]
        .iter()
        .all(|it| it.is_empty());
    let errors = alone_errors(out, route, &mut value);
    value.raw("messaging_product");
    // An array we don't know is news and shown as such; a plain field tells about its neighbours.
    let (news, beside) = value.split_arrays();
    contacts.put_beside(beside.rest());
    for (at, element) in messages.into_iter().enumerate() {
        message(out, route, route.at("messages", at), element, &mut contacts);
    }
    for (at, element) in echoes.into_iter().enumerate() {
        let place = route.at("message_echoes", at);
        echo(out, route, place, element, &mut contacts);
    }
    for (at, element) in statuses.into_iter().enumerate() {
        let place = route.at("statuses", at);
        if element["type"] == "call" {
            calls::one(out, route, place, element, &mut contacts, "status");
        } else {
            one_status(out, route, place, element, &mut contacts);
        }
    }
    for (at, element) in actions.into_iter().enumerate() {
        let place = route.at("user_actions", at);
        action(out, route, place, element, &mut contacts);
    }
    let beside = contacts.take_beside();
    if !news.is_empty() || !beside.is_null() || (empty && !errors) {
        out.unknown(route, news.joined(beside));
    }
}

fn message(out: &mut Sink, route: &Route, place: String, element: Value, contacts: &mut Contacts) {
    let mut fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "message is not an object", raw),
    };
    if !fields.named("id") {
        return out.trouble(route, place, "message without an id", fields.whole());
    }
    let mut from = people::side(&mut fields, "from");
    contacts.attach(&mut from, &mut fields);
    let message = Box::new(received(fields, &from));
    // A change of id may come without `from`; then the old names tell whose message it is.
    if let Content::System(change) = &message.content
        && from == Person::default()
    {
        let known = change.before != Person::default();
        from = if known { &change.before } else { &change.now }.clone();
    }
    let dedupe = keys::key("m", &[&message.wamid]);
    out.item(route, place, dedupe, Fact::Message { from, message });
}

fn echo(out: &mut Sink, route: &Route, place: String, element: Value, contacts: &mut Contacts) {
    let mut fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "echo is not an object", raw),
    };
    if !fields.named("id") {
        return out.trouble(route, place, "echo without an id", fields.whole());
    }
    let mut to = people::side(&mut fields, "to");
    // `from` is our own number; the conversation is never derived from it.
    fields.raw("from");
    contacts.attach(&mut to, &mut fields);
    let message = Box::new(received(fields, &to));
    let dedupe = keys::key("e", &[&message.wamid]);
    out.item(route, place, dedupe, Fact::Echo { to, message });
}

fn one_status(
    out: &mut Sink,
    route: &Route,
    place: String,
    element: Value,
    contacts: &mut Contacts,
) {
    let fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "status is not an object", raw),
    };
    match status::read(fields, contacts) {
        Ok((report, dedupe)) => out.item(route, place, dedupe, Fact::Status(report)),
        Err(fields) => out.trouble(route, place, "status without id or status", fields.whole()),
    }
}

fn action(out: &mut Sink, route: &Route, place: String, element: Value, contacts: &mut Contacts) {
    let dedupe = keys::hashed("a", &[&route.field], &element);
    let mut fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "action is not an object", raw),
    };
    let at = fields.time("timestamp").unwrap_or(Time::ZERO);
    let action = fields.text_or_empty("action_type");
    let mut person = people::side(&mut fields, "from");
    let own = people::names(&mut fields);
    person.bsuid = person.bsuid.or(own.bsuid);
    person.parent = person.parent.or(own.parent);
    person.wa_id = person.wa_id.or(own.wa_id);
    person.username = own.username;
    contacts.complete(&mut person);
    let raw = fields.rest();
    out.item(
        route,
        place,
        dedupe,
        Fact::UserAction {
            person,
            action,
            at,
            raw,
        },
    );
}

/// Errors that belong to no message: one item for the array, since they tell one story.
pub(crate) fn alone_errors(out: &mut Sink, route: &Route, value: &mut Fields) -> bool {
    let Some(raw) = value.peek("errors").filter(|raw| raw.is_array()).cloned() else {
        return false;
    };
    let errors = content::troubles(value, "errors");
    value.raw("errors");
    let dedupe = keys::hashed("x", &[&route.field, &super::time_text(route)], &raw);
    let place = format!("{}.errors", route.place);
    out.item(route, place, dedupe, Fact::Trouble { errors, raw });
    true
}

/// The message itself. `with` is the customer, whichever side wrote.
pub(crate) fn received(mut fields: Fields, with: &Person) -> Received {
    let wamid = fields.text_or_empty("id");
    let sent = fields.time("timestamp").unwrap_or(Time::ZERO);
    let mut context = content::context(&mut fields);
    let referral = content::referral(&mut fields);
    let group = fields.name("group_id");
    let (content, inner) = content::take(&mut fields, with);
    if context == Default::default() {
        context = inner;
    }
    Received {
        wamid,
        sent,
        content,
        context,
        referral,
        group,
        extra: fields.rest(),
    }
}
