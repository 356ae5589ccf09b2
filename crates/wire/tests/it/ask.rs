//! Short ways to ask the decoder about one value.
//!
//! In: the value of a field, or one element of it. Out: items. Absent: expectations.

use ponte_core::Content;
use ponte_core::content::{Person, Received};
use ponte_core::fact::{AccountFact, AccountKind, Fact, Item, StatusReport};
use ponte_wire::decode::{self, Decoded};
use serde_json::{Value, json};

pub(crate) const ANA: &str = "5511988887777";
pub(crate) const OWN: &str = "551140000001";

/// A whole delivery of one change, with an entry time.
pub(crate) fn delivery(field: &str, value: &Value, time: i64) -> Decoded {
    let body = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "200000000000001", "time": time, "changes": [{"field": field, "value": value}]}
    ]});
    decode::delivery(body.to_string().as_bytes()).unwrap()
}

/// The items of a number's value, which must read without trouble.
pub(crate) fn items(field: &str, mut value: Value) -> Vec<Item> {
    value["metadata"] = json!({"display_phone_number": OWN, "phone_number_id": "100000000000001"});
    let decoded = delivery(field, &value, 1);
    assert_eq!(decoded.troubles, []);
    decoded.items
}

pub(crate) fn one(field: &str, value: Value) -> Item {
    let mut items = items(field, value);
    assert_eq!(items.len(), 1, "{items:?}");
    items.remove(0)
}

/// A message of the customer, made of these fields and an id.
pub(crate) fn message(mut fields: Value) -> (Person, Received) {
    if fields["id"].is_null() {
        fields["id"] = json!("wamid.A");
    }
    let item = one("messages", json!({ "messages": [fields] }));
    match item.fact {
        Fact::Message { from, message } => (from, *message),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn content(fields: Value) -> Content {
    message(fields).1.content
}

pub(crate) fn status(fields: Value) -> (String, StatusReport) {
    let item = one("messages", json!({ "statuses": [fields] }));
    match item.fact {
        Fact::Status(report) => (item.dedupe, report),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn account(field: &str, value: &Value) -> (Item, AccountKind) {
    let item = delivery(field, value, 1_763_700_000).items.remove(0);
    match item.fact.clone() {
        Fact::Account(AccountFact { kind, .. }) => (item, kind),
        other => panic!("{other:?}"),
    }
}
