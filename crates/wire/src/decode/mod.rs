//! Decides what a webhook delivery says: every element of every array becomes one item of its own.
//!
//! In: the raw bytes of a verified POST. Out: items in order (statuses last) and, beside them, the
//! elements that could not be read, each with its place and raw JSON. One bad element never costs
//! another; unknown fields, kinds and values are kept as `extra`, `Unknown` or `Other`. Absent: whose
//! conversation an item belongs to and whether it was seen before, which are the intake's. Messages
//! are read in `talk` and `content`, account events in `account`.

mod account;
mod calls;
mod content;
mod fields;
mod history;
mod interactive;
mod keys;
mod mend;
mod people;
mod people_events;
mod routing;
mod status;
mod system;
mod talk;

pub(crate) use fields::Fields;
pub(crate) use mend::parse;
use ponte_core::Time;
use ponte_core::fact::{Fact, Item};
use serde_json::Value;
use thiserror::Error;

/// Largest body we decode: Meta sends up to 3 MB; a third more for growth.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The only `object` we understand.
const WHATSAPP: &str = "whatsapp_business_account";

/// What a delivery said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decoded {
    pub items: Vec<Item>,
    pub troubles: Vec<ItemTrouble>,
}

/// One element that could not be read. The rest of the delivery is not affected.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemTrouble {
    pub place: String,
    /// The account and the number it came under, where those could be read.
    pub account: Option<String>,
    pub number: Option<String>,
    pub why: &'static str,
    pub raw: Value,
}

/// A body of which nothing can be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the delivery can't be decoded: {why}")]
pub struct Undecodable {
    pub why: String,
}

/// Reads a delivery, or a bare `{"field", "value"}` sample of the dashboard.
///
/// # Errors
/// Only when nothing at all can be read: too large, not JSON, nested too deep, not an object.
pub fn delivery(body: &[u8]) -> Result<Decoded, Undecodable> {
    let undecodable = |why: &str| Undecodable {
        why: why.to_owned(),
    };
    if body.len() > MAX_BODY_BYTES {
        return Err(undecodable("larger than 4 MiB"));
    }
    let value = parse(body).map_err(|error| not_json(&error))?;
    let mut root = Fields::of(value).map_err(|_| undecodable("not a JSON object"))?;
    let mut out = Sink::default();
    let nowhere = Route::default();
    if root.has("field") && !root.has("entry") {
        out.change(&Entry::default(), String::new(), root.whole());
    } else if root.peek("object").is_some_and(|object| object != WHATSAPP) {
        out.trouble(&nowhere, String::new(), "not about WhatsApp", root.whole());
    } else if root.has("entry") {
        for (at, entry) in root.list("entry").into_iter().enumerate() {
            out.entry(format!("entry[{at}]"), entry);
        }
        if root.has("entry") {
            out.trouble(&nowhere, "entry".into(), "not an array", root.whole());
        }
    } else {
        out.trouble(
            &nowhere,
            String::new(),
            "neither entry nor field",
            root.whole(),
        );
    }
    Ok(out.finish())
}

/// Says what is wrong without the text around it, which may be a customer's.
fn not_json(error: &serde_json::Error) -> Undecodable {
    let (line, column) = (error.line(), error.column());
    let why = if error.to_string().contains("recursion limit") {
        "nested too deep".to_owned()
    } else {
        format!("not JSON at line {line}, column {column}")
    };
    Undecodable { why }
}

/// What an `entry` says about all of its changes.
#[derive(Clone, Debug, Default)]
struct Entry {
    account: Option<String>,
    time: Option<Time>,
}

/// Where a value stands and whom it is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    /// `entry[0].changes[1].value`
    place: String,
    field: String,
    account: Option<String>,
    number: Option<String>,
    display: Option<String>,
    /// `entry.time`, on account fields.
    time: Option<Time>,
}

impl Route {
    fn at(&self, array: &str, index: usize) -> String {
        format!("{}.{array}[{index}]", self.place)
    }
}

/// Collects items and troubles.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    items: Vec<Item>,
    /// Statuses wait here: in one POST a message must be known before a status can follow it.
    statuses: Vec<Item>,
    troubles: Vec<ItemTrouble>,
}

impl Sink {
    fn entry(&mut self, place: String, value: Value) {
        let nowhere = Route::default();
        let mut entry = match Fields::of(value) {
            Ok(entry) => entry,
            Err(raw) => return self.trouble(&nowhere, place, "entry is not an object", raw),
        };
        if !matches!(entry.peek("changes"), Some(Value::Array(_))) {
            let route = Route {
                account: entry.peek("id").and_then(Value::as_str).map(str::to_owned),
                ..Route::default()
            };
            return self.trouble(&route, place, "entry has no changes", entry.whole());
        }
        let about = Entry {
            account: entry.short("id"),
            time: entry.time("time"),
        };
        for (at, change) in entry.list("changes").into_iter().enumerate() {
            self.change(&about, format!("{place}.changes[{at}]"), change);
        }
    }

    fn change(&mut self, entry: &Entry, place: String, value: Value) {
        let known = Route {
            account: entry.account.clone(),
            ..Route::default()
        };
        let mut change = match Fields::of(value) {
            Ok(change) => change,
            Err(raw) => return self.trouble(&known, place, "change is not an object", raw),
        };
        if !change.named("field") {
            return self.trouble(&known, place, "change without a field", change.whole());
        }
        if !matches!(change.peek("value"), Some(Value::Object(_))) {
            return self.trouble(&known, place, "value is not an object", change.whole());
        }
        let field = change.text_or_empty("field");
        let mut value = change.object("value").unwrap_or_default();
        let dot = if place.is_empty() { "" } else { "." };
        let mut route = Route {
            place: format!("{place}{dot}value"),
            field,
            account: entry.account.clone(),
            time: entry.time,
            ..Route::default()
        };
        if let Some(mut metadata) = value.object("metadata") {
            route.number = metadata.short("phone_number_id");
            route.display = metadata.short("display_phone_number");
            value.put_rest("metadata", metadata);
        }
        self.value(&route, value);
    }

    /// The one list of fields we know. Every change leaves at least one item or trouble behind.
    fn value(&mut self, route: &Route, value: Fields) {
        match route.field.as_str() {
            "messages" | "smb_message_echoes" | "message_echoes" => talk::value(self, route, value),
            "history" => history::value(self, route, value),
            "smb_app_state_sync" => people_events::state_sync(self, route, value),
            "user_preferences" => people_events::preferences(self, route, value),
            "calls" => calls::value(self, route, value),
            "messaging_handovers" => routing::handover(self, route, value),
            "standby" => routing::standby(self, route, value),
            "group_lifecycle_update"
            | "group_participants_update"
            | "group_settings_update"
            | "group_status_update" => account::groups(self, route, value),
            field if account::known(field) => account::value(self, route, value),
            _ => self.unknown(route, value.whole()),
        }
    }

    fn item(&mut self, route: &Route, place: String, dedupe: String, fact: Fact) {
        let late = matches!(fact, Fact::Status(_));
        let item = Item {
            place,
            account: route.account.clone(),
            number: route.number.clone(),
            display: route.display.clone(),
            dedupe,
            fact,
        };
        if late {
            self.statuses.push(item);
        } else {
            self.items.push(item);
        }
    }

    fn unknown(&mut self, route: &Route, raw: Value) {
        let dedupe = keys::hashed("u", &[&route.field, time_text(route).as_str()], &raw);
        let field = route.field.clone();
        self.item(
            route,
            route.place.clone(),
            dedupe,
            Fact::Unknown { field, raw },
        );
    }

    fn trouble(&mut self, route: &Route, place: String, why: &'static str, raw: Value) {
        self.troubles.push(ItemTrouble {
            place,
            account: route.account.clone(),
            number: route.number.clone(),
            why,
            raw,
        });
    }

    fn finish(mut self) -> Decoded {
        self.items.append(&mut self.statuses);
        Decoded {
            items: self.items,
            troubles: self.troubles,
        }
    }
}

/// `entry.time` as part of a hashed key: two equal account events at different times are two.
fn time_text(route: &Route) -> String {
    route
        .time
        .map(|time| time.secs().to_string())
        .unwrap_or_default()
}
