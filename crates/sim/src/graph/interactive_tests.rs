//! Each limit of interactive messages, at and just over it. Next: `interactive.rs`.

use super::*;
use serde_json::json;

fn code(value: Value) -> Option<u32> {
    check(&value).err().map(|refusal| refusal.code)
}

fn letters(count: usize) -> String {
    "a".repeat(count)
}

fn buttons(count: usize) -> Value {
    let buttons: Vec<Value> =
        (0..count).map(|n| json!({"type": "reply", "reply": {"id": format!("i{n}"), "title": format!("t{n}")}})).collect();
    json!({"type": "button", "body": {"text": "escolha"}, "action": {"buttons": buttons}})
}

fn list(sections: &[usize]) -> Value {
    let mut row = 0;
    let sections: Vec<Value> = sections
        .iter()
        .map(|rows| {
            let rows: Vec<Value> = (0..*rows)
                .map(|_| {
                    row += 1;
                    json!({"id": format!("r{row}"), "title": format!("linha {row}")})
                })
                .collect();
            json!({"title": "seção", "rows": rows})
        })
        .collect();
    json!({"type": "list", "body": {"text": "escolha"}, "action": {"button": "ver", "sections": sections}})
}

/// Sets a value by a JSON pointer.
fn set(mut value: Value, pointer: &str, to: Value) -> Value {
    *value.pointer_mut(pointer).expect(pointer) = to;
    value
}

#[test]
fn one_to_three_buttons() {
    assert_eq!(code(buttons(1)), None);
    assert_eq!(code(buttons(3)), None);
    assert_eq!(code(buttons(0)), Some(131009));
    assert_eq!(code(buttons(4)), Some(131009));
    assert_eq!(
        code(set(buttons(1), "/action/buttons", Value::Null)),
        Some(131008)
    );
}

#[test]
fn button_ids_and_titles_have_limits_and_differ() {
    let at = |pointer: &str, text: String| code(set(buttons(2), pointer, json!(text)));
    assert_eq!(at("/action/buttons/0/reply/title", letters(20)), None);
    assert_eq!(
        at("/action/buttons/0/reply/title", letters(21)),
        Some(131009)
    );
    assert_eq!(at("/action/buttons/0/reply/id", letters(256)), None);
    assert_eq!(at("/action/buttons/0/reply/id", letters(257)), Some(131009));
    assert_eq!(
        at("/action/buttons/0/reply/title", "t1".into()),
        Some(131009)
    );
    assert_eq!(at("/action/buttons/0/reply/id", "i1".into()), Some(131009));
    assert_eq!(at("/action/buttons/0/type", "url".into()), Some(131009));
    assert_eq!(
        at("/action/buttons/0/reply/title", String::new()),
        Some(131008)
    );
}

#[test]
fn bodies_footers_and_headers_have_limits() {
    let framed = |part: &str, value: Value| {
        let mut message = buttons(1);
        message[part] = value;
        code(message)
    };
    assert_eq!(framed("body", json!({"text": letters(1024)})), None);
    assert_eq!(framed("body", json!({"text": letters(1025)})), Some(131009));
    assert_eq!(framed("body", json!({})), Some(131008));
    assert_eq!(framed("footer", json!({"text": letters(60)})), None);
    assert_eq!(framed("footer", json!({"text": letters(61)})), Some(131009));
    assert_eq!(
        framed("header", json!({"type": "text", "text": letters(60)})),
        None
    );
    assert_eq!(
        framed("header", json!({"type": "text", "text": letters(61)})),
        Some(131009)
    );
    assert_eq!(
        framed("header", json!({"type": "image", "image": {"id": "1"}})),
        None
    );
    assert_eq!(
        framed("header", json!({"type": "image", "image": {}})),
        Some(131008)
    );
    assert_eq!(
        framed("header", json!({"type": "audio", "audio": {"id": "1"}})),
        Some(131009)
    );
    assert_eq!(framed("header", Value::Null), None);
}

#[test]
fn ten_rows_in_all_sections_together() {
    assert_eq!(code(list(&[10])), None);
    assert_eq!(code(list(&[5, 5])), None);
    assert_eq!(code(list(&[11])), Some(131009));
    assert_eq!(code(list(&[5, 6])), Some(131009));
    assert_eq!(code(list(&[0])), Some(131009));
    assert_eq!(code(list(&[])), Some(131009));
    assert_eq!(code(list(&[1; 10])), None);
    assert_eq!(code(list(&[1; 11])), Some(131009));
}

#[test]
fn rows_and_sections_have_limits() {
    let at = |pointer: &str, value: Value| code(set(list(&[1, 1]), pointer, value));
    assert_eq!(at("/body/text", json!(letters(4096))), None);
    assert_eq!(at("/body/text", json!(letters(4097))), Some(131009));
    assert_eq!(at("/action/button", json!(letters(20))), None);
    assert_eq!(at("/action/button", json!(letters(21))), Some(131009));
    assert_eq!(at("/action/sections/0/title", json!(letters(24))), None);
    assert_eq!(
        at("/action/sections/0/title", json!(letters(25))),
        Some(131009)
    );
    assert_eq!(at("/action/sections/0/title", Value::Null), Some(131008));
    assert_eq!(
        at("/action/sections/0/rows/0/id", json!(letters(200))),
        None
    );
    assert_eq!(
        at("/action/sections/0/rows/0/id", json!(letters(201))),
        Some(131009)
    );
    assert_eq!(
        at("/action/sections/0/rows/0/id", json!("r2")),
        Some(131009)
    );
    assert_eq!(
        at("/action/sections/0/rows/0/title", json!(letters(25))),
        Some(131009)
    );
    let described = |length: usize| {
        let mut message = list(&[1]);
        message["action"]["sections"][0]["rows"][0]["description"] = json!(letters(length));
        code(message)
    };
    assert_eq!((described(72), described(73)), (None, Some(131009)));
}

#[test]
fn a_single_section_needs_no_title_and_lists_take_text_headers_only() {
    assert_eq!(
        code(set(list(&[1]), "/action/sections/0/title", Value::Null)),
        None
    );
    let mut message = list(&[1]);
    message["header"] = json!({"type": "image", "image": {"id": "1"}});
    assert_eq!(code(message), Some(131009));
}

#[test]
fn links_have_a_short_text_and_an_address() {
    let link = |text: &str, url: &str| {
        code(json!({"type": "cta_url", "body": {"text": "veja"},
            "action": {"name": "cta_url", "parameters": {"display_text": text, "url": url}}}))
    };
    assert_eq!(link(&letters(20), "https://a"), None);
    assert_eq!(link(&letters(21), "https://a"), Some(131009));
    assert_eq!(link("ver", "javascript:1"), Some(131009));
    assert_eq!(link("ver", ""), Some(131008));
}

#[test]
fn flows_name_a_flow_a_version_and_a_button() {
    let flow = json!({"type": "flow", "body": {"text": "preencha"}, "action": {"name": "flow", "parameters": {
        "flow_message_version": "3", "flow_id": "1", "flow_cta": "abrir", "mode": "published", "flow_action": "navigate"}}});
    assert_eq!(code(flow.clone()), None);
    let at = |pointer: &str, value: Value| {
        code(set(
            flow.clone(),
            &format!("/action/parameters/{pointer}"),
            value,
        ))
    };
    assert_eq!(at("flow_message_version", json!("2")), Some(131009));
    assert_eq!(at("flow_id", Value::Null), Some(131008));
    assert_eq!(at("flow_cta", json!(letters(31))), Some(131009));
    assert_eq!(at("mode", json!("live")), Some(131009));
    assert_eq!(at("flow_action", json!("jump")), Some(131009));
    assert_eq!(
        code(set(flow.clone(), "/action/name", json!("other"))),
        Some(131009)
    );
}

#[test]
fn carousels_have_two_to_ten_short_cards() {
    let carousel = |cards: usize, body: &str| json!({"type": "carousel", "body": {"text": "veja"}, "action": {"cards": vec![json!({"body": {"text": body}}); cards]}});
    assert_eq!(code(carousel(2, "x")), None);
    assert_eq!(code(carousel(10, &letters(160))), None);
    assert_eq!(code(carousel(1, "x")), Some(131009));
    assert_eq!(code(carousel(11, "x")), Some(131009));
    assert_eq!(code(carousel(2, &letters(161))), Some(131009));
    assert_eq!(code(carousel(2, "a\nb\nc")), None);
    assert_eq!(code(carousel(2, "a\nb\nc\nd")), Some(131009));
    let mut headed = carousel(2, "x");
    headed["footer"] = json!({"text": "x"});
    assert_eq!(code(headed), Some(131009));
}

#[test]
fn the_other_kinds_are_known_and_unknown_ones_refused() {
    for kind in [
        "request_contact_info",
        "call_permission_request",
        "voice_call",
        "address_message",
        "catalog_message",
    ] {
        assert_eq!(
            code(json!({"type": kind, "body": {"text": "oi"}, "action": {"name": kind}})),
            None,
            "{kind}"
        );
        assert_eq!(
            code(json!({"type": kind, "action": {"name": kind}})),
            Some(131008),
            "{kind}"
        );
    }
    let place = json!({"type": "location_request_message", "body": {"text": "onde?"}, "action": {"name": "send_location"}});
    assert_eq!(code(place.clone()), None);
    assert_eq!(code(set(place, "/action/name", json!("x"))), Some(131009));
    assert_eq!(
        code(json!({"type": "telepathy", "body": {"text": "oi"}})),
        Some(131009)
    );
    assert_eq!(code(json!({"body": {"text": "oi"}})), Some(131008));
}
