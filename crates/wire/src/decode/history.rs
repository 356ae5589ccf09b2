//! Reads the imported past: chunks of threads, media that follow later, and the owner's refusal.
//!
//! In: the value of a `history` field. Out: one item per message, and one per chunk that tells how far
//! the import is. `from` equal to the number's own digits, or `from_me`, means the business wrote.
//! Absent: order (`chunk` restores it) and the rule that nothing imported may trigger anything, which
//! the step keeps.

use super::fields::Fields;
use super::people::{self, Contacts};
use super::{Route, Sink, content, keys, talk};
use ponte_core::content::Person;
use ponte_core::fact::Fact;
use serde_json::Value;

/// How far the import is, as one chunk says.
#[derive(Clone, Copy, Default)]
struct Progress {
    phase: Option<i64>,
    chunk: Option<i64>,
    progress: Option<i64>,
}

pub(crate) fn value(out: &mut Sink, route: &Route, mut value: Fields) {
    let mut contacts = Contacts::take(&mut value);
    let mut seen = false;
    for (at, element) in value.list("history").into_iter().enumerate() {
        seen = true;
        chunk(out, route, &route.at("history", at), element, &mut contacts);
    }
    for array in ["messages", "message_echoes"] {
        for (at, element) in value.list(array).into_iter().enumerate() {
            seen = true;
            // Media for placeholders: the same id comes a second time, so the key is another.
            let thread = Person::default();
            let follow = Follow {
                key: "hm",
                progress: Progress::default(),
                echo: array == "message_echoes",
            };
            message(
                out,
                route,
                route.at(array, at),
                element,
                &thread,
                &mut contacts,
                &follow,
            );
        }
    }
    value.raw("messaging_product");
    if !value.is_empty() || !seen {
        out.unknown(route, value.whole());
    }
}

fn chunk(out: &mut Sink, route: &Route, place: &str, element: Value, contacts: &mut Contacts) {
    let mut chunk = match Fields::of(element) {
        Ok(chunk) => chunk,
        Err(raw) => return out.trouble(route, place.to_owned(), "chunk is not an object", raw),
    };
    let metadata = chunk.object("metadata");
    let progress = metadata.map_or_else(Progress::default, |mut metadata| Progress {
        phase: metadata.int("phase"),
        chunk: metadata.int("chunk_order"),
        progress: metadata.int("progress"),
    });
    let errors = content::troubles(&mut chunk, "errors");
    let first = out.items.len();
    for (at, thread) in chunk.list("threads").into_iter().enumerate() {
        let place = format!("{place}.threads[{at}]");
        self::thread(out, route, place, thread, contacts, progress);
    }
    let number = |it: Option<i64>| it.map(|it| it.to_string()).unwrap_or_default();
    let codes: Vec<_> = errors.iter().map(|error| error.code.to_string()).collect();
    let first = out.items.get(first).map_or("", |item| &item.dedupe);
    let dedupe = keys::key(
        "hp",
        &[
            &number(progress.phase),
            &number(progress.chunk),
            &number(progress.progress),
            &codes.join(","),
            // A second import of the number has the same numbers and other messages.
            first,
        ],
    );
    // After its messages, so that "100 %" is never told before they are in.
    let Progress {
        phase,
        chunk,
        progress,
    } = progress;
    let fact = Fact::HistoryProgress {
        phase,
        chunk,
        progress,
        errors,
    };
    out.item(route, place.to_owned(), dedupe, fact);
}

fn thread(
    out: &mut Sink,
    route: &Route,
    place: String,
    element: Value,
    contacts: &mut Contacts,
    progress: Progress,
) {
    let mut thread = match Fields::of(element) {
        Ok(thread) => thread,
        Err(raw) => return out.trouble(route, place, "thread is not an object", raw),
    };
    let mut with = thread
        .object("context")
        .map(|mut context| people::names(&mut context))
        .unwrap_or_default();
    with.wa_id = with.wa_id.or_else(|| thread.short("id"));
    contacts.complete(&mut with);
    for (at, element) in thread.list("messages").into_iter().enumerate() {
        let place = format!("{place}.messages[{at}]");
        let follow = Follow {
            key: "h",
            progress,
            echo: false,
        };
        message(out, route, place, element, &with, contacts, &follow);
    }
}

/// What a message's place says about it.
struct Follow {
    key: &'static str,
    progress: Progress,
    echo: bool,
}

fn message(
    out: &mut Sink,
    route: &Route,
    place: String,
    element: Value,
    thread: &Person,
    contacts: &mut Contacts,
    follow: &Follow,
) {
    let mut fields = match Fields::of(element) {
        Ok(fields) => fields,
        Err(raw) => return out.trouble(route, place, "message is not an object", raw),
    };
    if !fields.named("id") {
        return out.trouble(route, place, "message without an id", fields.whole());
    }
    let (mut status, mut mine) = (None, None);
    if let Some(mut context) = fields.object("history_context") {
        status = context
            .name("status")
            .map(|status| status.to_ascii_lowercase());
        mine = context.flag("from_me");
        fields.put_rest("history_context", context);
    }
    let from = people::side(&mut fields, "from");
    let to = people::side(&mut fields, "to");
    let own = digits(route.display.as_deref());
    let ours = || own.is_some() && digits(from.wa_id.as_deref()) == own;
    // `to` stands only on what the business sent.
    let from_business = mine.unwrap_or_else(|| follow.echo || ours() || to != Person::default());
    let other = if from_business { to } else { from };
    let mut with = thread.clone();
    with.wa_id = with.wa_id.or(other.wa_id);
    with.bsuid = with.bsuid.or(other.bsuid);
    with.parent = with.parent.or(other.parent);
    contacts.complete(&mut with);
    let message = Box::new(talk::received(fields, &with));
    let dedupe = keys::key(follow.key, &[&message.wamid]);
    let Progress {
        phase,
        chunk,
        progress,
    } = follow.progress;
    let fact = Fact::History {
        with,
        from_business,
        message,
        status,
        phase,
        chunk,
        progress,
    };
    out.item(route, place, dedupe, fact);
}

/// The digits of a number, however it is written for display.
fn digits(number: Option<&str>) -> Option<String> {
    let digits: String = number?.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}
