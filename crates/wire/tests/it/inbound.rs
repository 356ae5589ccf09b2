//! Every webhook body we know of, with the items it must become.
//!
//! In: `testdata/in/<field>/<name>.json`. Out: compared with `<name>.items.json` beside it. A new kind
//! is a new file; a file without its pair fails.

use crate::golden;
use ponte_core::fact::{Fact, Item};
use ponte_wire::decode::{self, Decoded};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

/// The bodies, without their expectations; read once for all tests.
pub(crate) fn bodies() -> &'static [(PathBuf, Vec<u8>)] {
    static BODIES: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
        let files = golden::files(&golden::testdata().join("in")).into_iter();
        let body = |path: &PathBuf| !path.to_string_lossy().ends_with(".items.json");
        let read = |path: PathBuf| {
            let bytes = std::fs::read(&path).unwrap();
            (path, bytes)
        };
        files.filter(body).map(read).collect()
    });
    &BODIES
}

fn shown(decoded: &Decoded) -> Value {
    let troubles = decoded.troubles.iter();
    let troubles = troubles.map(|it| json!({ "place": it.place, "why": it.why, "raw": it.raw }));
    json!({
        "items": decoded.items,
        "troubles": troubles.collect::<Vec<_>>(),
    })
}

#[test]
fn every_known_body_becomes_the_items_beside_it() {
    for (path, bytes) in bodies() {
        let decoded = decode::delivery(bytes).unwrap();
        golden::check(&path.with_extension("items.json"), &shown(&decoded));
    }
}

#[test]
fn no_expectation_is_left_without_its_body() {
    for path in golden::files(&golden::testdata().join("in")) {
        let name = path.to_string_lossy().into_owned();
        let Some(stem) = name.strip_suffix(".items.json") else {
            assert!(name.ends_with(".json"), "{name} is no body");
            continue;
        };
        assert!(
            PathBuf::from(format!("{stem}.json")).exists(),
            "{name} is dead"
        );
    }
}

#[test]
fn items_read_back_from_their_stored_form() {
    for (path, bytes) in bodies() {
        let decoded = decode::delivery(bytes).unwrap();
        for item in decoded.items {
            let text = serde_json::to_string(&item).unwrap();
            let back: Item = serde_json::from_str(&text).unwrap();
            assert_eq!(back, item, "{}", path.display());
        }
    }
}

/// A kind of fact or content that no body exercises is one that nobody has looked at.
#[test]
fn every_kind_of_fact_and_content_has_a_body() {
    let mut seen = BTreeSet::new();
    for (_, bytes) in bodies() {
        for item in decode::delivery(bytes).unwrap().items {
            let value = serde_json::to_value(&item.fact).unwrap();
            let name = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            seen.insert(format!("fact {}", name(&value["fact"])));
            seen.insert(format!("account {}", name(&value["kind"]["kind"])));
            if let Fact::Message { message, .. } | Fact::Echo { message, .. } = &item.fact {
                let content = serde_json::to_value(&message.content).unwrap();
                seen.insert(format!("content {}", name(&content["type"])));
            }
        }
    }
    let facts = "message echo status history history_progress contact preference call user_action \
                 handover standby trouble account unknown";
    let contents = "text image video audio document sticker location contacts button_reply \
                    list_reply form_reply call_permission_reply product template_button reaction \
                    order system unsupported edit revoke template interactive unknown";
    let accounts = "template_status template_quality template_components template_category \
                    number_quality number_name account capability alert review security flow group \
                    username settings payment partner other";
    for (what, names) in [
        ("fact", facts),
        ("content", contents),
        ("account", accounts),
    ] {
        for name in names.split_whitespace() {
            assert!(seen.contains(&format!("{what} {name}")), "{what} {name}");
        }
    }
}

#[test]
fn bodies_of_which_nothing_can_be_read_say_why() {
    let why = |body: &[u8]| decode::delivery(body).unwrap_err().why;
    assert_eq!(why(b""), "not JSON at line 1, column 0");
    assert_eq!(why(b"hello"), "not JSON at line 1, column 1");
    assert_eq!(why(b"[]"), "not a JSON object");
    assert_eq!(why(b"\"text\""), "not a JSON object");
    assert_eq!(
        why(b"{\"entry\":[{\"id\":\"1\","),
        "not JSON at line 1, column 20"
    );
    assert_eq!(why("[".repeat(100_000).as_bytes()), "nested too deep");
    assert_eq!(why("{\"a\":".repeat(100_000).as_bytes()), "nested too deep");
    let large = vec![b' '; decode::MAX_BODY_BYTES + 1];
    assert_eq!(why(&large), "larger than 4 MiB");
}

#[test]
fn a_body_of_the_largest_size_is_read() {
    let head = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    let mut body = head.to_vec();
    body.resize(decode::MAX_BODY_BYTES, b' ');
    assert_eq!(decode::delivery(&body), Ok(Decoded::default()));
}
