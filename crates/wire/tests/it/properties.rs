//! Rules that hold for every body, not only for those we thought of.
//!
//! In: shuffled batches, mutated goldens, arbitrary JSON and bytes. Out: pass, or a body that breaks
//! a rule, shrunk. Absent: what each kind means ([`super::inbound`]).

use crate::inbound;
use ponte_core::fact::{Fact, Item};
use ponte_wire::decode::{self, Decoded};
use ponte_wire::{answer, signature, tag};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fn read(value: &Value) -> Decoded {
    decode::delivery(value.to_string().as_bytes()).unwrap()
}

/// One element, the field and array it travels in, and whether it can be read.
#[derive(Clone, Debug)]
struct Atom {
    field: &'static str,
    array: &'static str,
    value: Value,
    good: bool,
}

fn atom(n: usize) -> impl Strategy<Value = Atom> {
    let id = format!("wamid.{n}");
    let at = "1763700000";
    let good = |field, array, value| Atom {
        field,
        array,
        value,
        good: true,
    };
    let bad = |array, value| Atom {
        field: "messages",
        array,
        value,
        good: false,
    };
    prop::sample::select(vec![
        good(
            "messages",
            "messages",
            json!({"id": id, "from": "5511988887777", "timestamp": at, "type": "text", "text": {"body": "oi"}}),
        ),
        good(
            "messages",
            "messages",
            json!({"id": id, "from_user_id": "BR.1", "type": "hologram", "hologram": {}}),
        ),
        good(
            "messages",
            "statuses",
            json!({"id": id, "status": "read", "timestamp": at, "recipient_id": "5511988887777"}),
        ),
        good(
            "messages",
            "user_actions",
            json!({"action_type": "landing_page_view", "n": n}),
        ),
        good(
            "smb_message_echoes",
            "message_echoes",
            json!({"id": id, "to": "5511988887777", "timestamp": at, "type": "text", "text": {"body": "oi"}}),
        ),
        good(
            "smb_app_state_sync",
            "state_sync",
            json!({"type": "contact", "contact": {"phone_number": n}, "action": "add"}),
        ),
        good(
            "calls",
            "calls",
            json!({"id": id, "event": "connect", "timestamp": at}),
        ),
        good(
            "user_preferences",
            "user_preferences",
            json!({"user_id": id, "category": "marketing_messages", "value": "stop"}),
        ),
        good(
            "history",
            "messages",
            json!({"id": id, "from": "5511988887777", "type": "text", "text": {"body": "oi"}}),
        ),
        good(
            "group_status_update",
            "groups",
            json!({"group_id": id, "type": "group_suspend"}),
        ),
        bad("messages", json!("garbage")),
        bad("messages", json!({"type": "text", "n": n})),
        bad("statuses", json!({"id": id})),
    ])
}

fn atoms() -> impl Strategy<Value = Vec<Atom>> {
    (1_usize..60).prop_flat_map(|count| (0..count).map(atom).collect::<Vec<_>>())
}

/// Puts atoms into changes and entries as `cuts` say: equal numbers share a change.
fn batch(atoms: &[Atom], cuts: &[u8]) -> Value {
    let mut changes: BTreeMap<(u8, &str), Map<String, Value>> = BTreeMap::new();
    for (atom, cut) in atoms.iter().zip(cuts.iter().cycle()) {
        let value = changes.entry((*cut, atom.field)).or_default();
        value.insert(
            "metadata".into(),
            json!({"phone_number_id": "100000000000001"}),
        );
        let list = value.entry(atom.array).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(atom.value.clone());
    }
    let entries = changes.into_iter().map(|((_, field), value)| {
        json!({"id": "200000000000001", "changes": [{"field": field, "value": value}]})
    });
    json!({"object": "whatsapp_business_account", "entry": entries.collect::<Vec<_>>()})
}

/// What an item is, without where it stood.
fn essence(items: &[Item]) -> BTreeMap<String, (Option<String>, String)> {
    let one = |item: &Item| {
        let fact = serde_json::to_string(&item.fact).unwrap();
        (item.dedupe.clone(), (item.number.clone(), fact))
    };
    items.iter().map(one).collect()
}

proptest! {
    #[test]
    fn n_elements_in_are_n_items_out_however_they_are_batched(
        (atoms, order) in atoms().prop_flat_map(|atoms| {
            (Just(atoms.clone()), Just(atoms).prop_shuffle())
        }),
        cuts in vec(0_u8..5, 1..8),
        other_cuts in vec(0_u8..5, 1..8),
    ) {
        let good = atoms.iter().filter(|atom| atom.good).count();
        let one = read(&batch(&atoms, &cuts));
        let two = read(&batch(&order, &other_cuts));
        prop_assert_eq!(one.items.len(), good);
        prop_assert_eq!(one.troubles.len(), atoms.len() - good);
        prop_assert_eq!(two.troubles.len(), atoms.len() - good);
        // The same items under the same keys, and no two share one.
        prop_assert_eq!(essence(&one.items).len(), good);
        prop_assert_eq!(essence(&one.items), essence(&two.items));
    }

    #[test]
    fn statuses_come_after_everything_else(atoms in atoms(), cuts in vec(0_u8..5, 1..8)) {
        let items = read(&batch(&atoms, &cuts)).items;
        let first = items.iter().position(|item| matches!(item.fact, Fact::Status(_)));
        let rest = items.iter().skip(first.unwrap_or(items.len()));
        prop_assert!(rest.into_iter().all(|item| matches!(item.fact, Fact::Status(_))));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..600)) {
        let _ = decode::delivery(&bytes);
        let _ = answer::classify(Some(200), &bytes);
        let _ = tag::read(b"key", &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn arbitrary_json_anywhere_in_a_known_body_never_panics(
        body in any::<Index>(),
        place in any::<Index>(),
        instead in json_value(),
    ) {
        let (_, text) = body.get(inbound::bodies());
        let Ok(mut value) = serde_json::from_slice::<Value>(text) else { return Ok(()) };
        let count = places(&mut value, usize::MAX, &instead);
        places(&mut value, place.index(count), &instead);
        let bytes = value.to_string();
        let once = decode::delivery(bytes.as_bytes());
        prop_assert_eq!(&once, &decode::delivery(bytes.as_bytes()));
        if let Ok(decoded) = once {
            for item in decoded.items {
                let stored = serde_json::to_string(&item).unwrap();
                prop_assert!(serde_json::from_str::<Item>(&stored).is_ok(), "{}", stored);
            }
        }
    }

    #[test]
    fn a_cut_body_is_refused_or_read_and_never_panics(body in any::<Index>(), end in any::<Index>()) {
        let (_, text) = body.get(inbound::bodies());
        let end = end.index(text.len());
        let whole = serde_json::from_slice::<Value>(&text[..end]).is_ok();
        prop_assert!(whole || decode::delivery(&text[..end]).is_err());
    }

    #[test]
    fn a_signature_holds_for_its_body_and_secret_only(
        body in vec(any::<u8>(), 0..200),
        key in vec(any::<u8>(), 1..40),
        other in vec(any::<u8>(), 1..40),
        flip in any::<Index>(),
    ) {
        let secret = signature::Secret::new(key.clone());
        let header = signature::sign(&body, &secret);
        prop_assert!(signature::verify(&body, Some(&header), std::slice::from_ref(&secret)));
        // HMAC pads keys with zeros, so two keys that differ only in those are one.
        let trimmed = |key: &[u8]| { let end = key.iter().rposition(|b| *b != 0); end.map(|end| key[..=end].to_vec()) };
        if trimmed(&key) != trimmed(&other) {
            let other = signature::Secret::new(other);
            prop_assert!(!signature::verify(&body, Some(&header), &[other]));
        }
        if !body.is_empty() {
            let mut changed = body.clone();
            changed[flip.index(body.len())] ^= 1;
            prop_assert!(!signature::verify(&changed, Some(&header), &[secret]));
        }
    }
}

/// JSON of any shape, with keys that mean something to the decoder.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("9".repeat(400))),
    ];
    let key = prop_oneof![
        prop::sample::select(vec![
            "id",
            "type",
            "text",
            "body",
            "from",
            "messages",
            "statuses",
            "errors",
            "contacts",
            "edit",
            "message",
            "system",
            "interactive",
            "context",
            "timestamp",
            "history",
            "threads",
            "standby",
        ])
        .prop_map(String::from),
        ".{0,6}",
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((key.clone(), inner), 0..5)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Replaces the `target`-th value of a tree, in reading order; returns how many there are.
fn places(value: &mut Value, target: usize, instead: &Value) -> usize {
    fn walk(value: &mut Value, target: usize, instead: &Value, at: &mut usize) {
        let here = *at;
        *at += 1;
        match value {
            Value::Object(map) => {
                map.values_mut()
                    .for_each(|it| walk(it, target, instead, at));
            }
            Value::Array(list) => list.iter_mut().for_each(|it| walk(it, target, instead, at)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
        if here == target {
            *value = instead.clone();
        }
    }
    let mut at = 0;
    walk(value, target, instead, &mut at);
    at
}

/// Adds a field to every element of every array of talk, and to the body of its kind.
fn mark(value: &mut Value) -> usize {
    let mut marked = 0;
    for entry in value["entry"].as_array_mut().into_iter().flatten() {
        for change in entry["changes"].as_array_mut().into_iter().flatten() {
            if change["field"] == "standby" || !change["value"].is_object() {
                continue;
            }
            for array in ["messages", "message_echoes", "statuses"] {
                for element in change["value"][array].as_array_mut().into_iter().flatten() {
                    let kind = element["type"].as_str().unwrap_or_default().to_owned();
                    let Some(map) = element.as_object_mut() else {
                        continue;
                    };
                    map.insert("marker_outer".into(), json!("MARKER-OUTER"));
                    marked += 1;
                    if let Some(Value::Object(inner)) = map.get_mut(&kind) {
                        inner.insert("marker_inner".into(), json!("MARKER-INNER"));
                        marked += 1;
                    }
                }
            }
        }
    }
    marked
}

#[test]
fn a_field_we_do_not_know_survives_wherever_talk_is() {
    let mut tried = 0;
    for (path, bytes) in inbound::bodies() {
        let Ok(mut value) = serde_json::from_slice::<Value>(bytes) else {
            continue;
        };
        if !value["entry"].is_array() || value["entry"][0].is_string() {
            continue;
        }
        let marked = mark(&mut value);
        let decoded = read(&value);
        let mut shown = serde_json::to_string(&decoded.items).unwrap();
        for trouble in &decoded.troubles {
            shown.push_str(&trouble.raw.to_string());
        }
        let found = shown.matches("MARKER-").count();
        assert!(found >= marked, "{}: {found} of {marked}", path.display());
        tried += marked;
    }
    assert!(tried > 100, "only {tried} fields were tried");
}

/// A body is bounded; what it becomes must be too, however often one name in it is used.
#[test]
fn a_small_body_never_becomes_a_large_delivery() {
    let long = "x".repeat(100_000);
    let messages: Vec<_> = (0..1000).map(|n| json!({"id": n, "from": "1"})).collect();
    let who = json!([{"wa_id": "1", "profile": {"name": long, "extra": long}, "extra": long}]);
    for (field, array) in [
        ("messages", "messages"),
        ("messages", "statuses"),
        ("smb_message_echoes", "message_echoes"),
        ("history", "messages"),
        ("standby", "messages"),
        ("calls", "calls"),
        ("user_preferences", "user_preferences"),
    ] {
        let body = json!({"entry": [{"id": long, "changes": [{"field": field, "value": {
            "metadata": {"phone_number_id": long, "display_phone_number": long},
            "contacts": who, "conversation_context": {"summary": long}, array: messages,
        }}]}]});
        let decoded = read(&body);
        let size = serde_json::to_string(&decoded.items).unwrap().len();
        let raw: usize = decoded
            .troubles
            .iter()
            .map(|it| it.raw.to_string().len())
            .sum();
        assert!(
            size + raw < 8 * body.to_string().len(),
            "{field}/{array}: {size} + {raw}"
        );
    }
}

#[test]
fn a_repeat_in_another_batch_has_the_same_key_for_every_known_body() {
    for (path, bytes) in inbound::bodies() {
        let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
            continue;
        };
        let Some(entries) = value["entry"].as_array() else {
            continue;
        };
        let once = read(&value).items;
        if read(&value).items.is_empty() {
            continue;
        }
        // A stranger's entry goes first, so every place moves.
        let stranger = json!({"id": "1", "changes": [{"field": "telepathy", "value": {}}]});
        let entries: Vec<_> = std::iter::once(stranger)
            .chain(entries.iter().cloned())
            .collect();
        let mut again = value.clone();
        again["entry"] = Value::from(entries);
        let again = read(&again).items;
        assert_eq!(again.len(), once.len() + 1, "{}", path.display());
        let keys: Vec<_> = again.iter().map(|item| &item.dedupe).collect();
        for item in &once {
            assert!(
                keys.contains(&&item.dedupe),
                "{}: {}",
                path.display(),
                item.place
            );
        }
    }
}
