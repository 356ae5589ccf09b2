//! Schemas, turns and languages: what a reply is held to, word by word.

use ponte_models::bounds::{STEPS_MAX, TURN_TOKENS_MAX};
use ponte_models::shape::{check, find, is_strict};
use ponte_models::turn::{Turn, canonical};
use ponte_models::{Finish, Kind, Reply, ToolCall, Usage};
use serde_json::{Value, json};

#[test]
fn every_word_of_a_schema_is_held_at_its_edge() {
    for (schema, good, bad, told) in [
        (
            json!({"type": "object"}),
            json!({}),
            json!([]),
            "$ must be object",
        ),
        (
            json!({"type": "array"}),
            json!([]),
            json!({}),
            "$ must be array",
        ),
        (
            json!({"type": "string"}),
            json!(""),
            json!(1),
            "$ must be string",
        ),
        (
            json!({"type": "boolean"}),
            json!(true),
            json!(0),
            "$ must be boolean",
        ),
        (
            json!({"type": "null"}),
            json!(null),
            json!(false),
            "$ must be null",
        ),
        (
            json!({"type": "number"}),
            json!(1.5),
            json!("1.5"),
            "$ must be number",
        ),
        (
            json!({"type": "integer"}),
            json!(3.0),
            json!(3.5),
            "$ must be integer",
        ),
        (
            json!({"type": ["string", "null"]}),
            json!(null),
            json!(1),
            "$ has the wrong type",
        ),
        (
            json!({"enum": [1, "a"]}),
            json!("a"),
            json!("b"),
            "$ is none of the allowed",
        ),
        (
            json!({"const": null}),
            json!(null),
            json!(1),
            "$ is not the allowed one",
        ),
        (
            json!({"minimum": 1}),
            json!(1),
            json!(0.9),
            "$ out of bounds",
        ),
        (
            json!({"maximum": 1}),
            json!(1),
            json!(1.1),
            "$ out of bounds",
        ),
        (
            json!({"exclusiveMinimum": 1}),
            json!(1.1),
            json!(1),
            "$ out of bounds",
        ),
        (
            json!({"exclusiveMaximum": 1}),
            json!(0.9),
            json!(1),
            "$ out of bounds",
        ),
        (
            json!({"minLength": 2}),
            json!("éé"),
            json!("é"),
            "$ has the wrong length",
        ),
        (
            json!({"maxLength": 2}),
            json!("éé"),
            json!("ééé"),
            "$ has the wrong length",
        ),
        (
            json!({"minItems": 1}),
            json!([1]),
            json!([]),
            "$ has the wrong length",
        ),
        (
            json!({"maxItems": 1}),
            json!([1]),
            json!([1, 2]),
            "$ has the wrong length",
        ),
        (
            json!({"items": {"type": "string"}}),
            json!(["a"]),
            json!(["a", 1]),
            "$[1] must be string",
        ),
        (
            json!({"required": ["a"]}),
            json!({"a": null}),
            json!({"b": 1}),
            "$.a missing",
        ),
        (
            json!({"properties": {"a": {"type": "null"}}}),
            json!({"b": 1}),
            json!({"a": 1}),
            "$.a must be null",
        ),
        (
            json!({"additionalProperties": false}),
            json!({}),
            json!({"segredo": 1}),
            "$ unknown field",
        ),
        (
            json!({"oneOf": [{"const": 1}, {"const": 2}]}),
            json!(2),
            json!(3),
            "$ fits no choice",
        ),
    ] {
        assert_eq!(check(&schema, &good), Ok(()), "{schema}");
        assert_eq!(check(&schema, &bad), Err(told.to_owned()), "{schema}");
    }
    for unknown in [
        json!({"format": "email"}),
        json!({"type": "what"}),
        json!(true),
        json!({}),
    ] {
        assert_eq!(check(&unknown, &json!("x")), Ok(()), "{unknown} lets pass");
    }
}

#[test]
fn json_is_found_or_there_is_none() {
    for (text, value) in [
        ("7", Some(json!(7))),
        ("\"a\"", Some(json!("a"))),
        ("veja [1, 2] e {\"a\": 1}", Some(json!([1, 2]))),
        ("{x} {y} {\"a\": 1} fim", Some(json!({"a": 1}))),
        ("{1}{2}{3}{4}{5}{6}{7}{\"a\":1}", Some(json!({"a": 1}))),
        ("{1}{2}{3}{4}{5}{6}{7}{8}{\"a\":1}", None),
        ("[{\"a\": 1}", None),
        ("sem nada", None),
    ] {
        assert_eq!(find(text), value, "{text}");
    }
}

#[test]
fn strictness_is_looked_for_everywhere() {
    let open = json!({"type": "object", "properties": {}});
    let closed = json!({"type": "object", "properties": {}, "additionalProperties": false});
    for around in [
        |inside: &Value| json!({"type": "array", "items": inside}),
        |inside: &Value| json!({"anyOf": [{"type": "null"}, inside]}),
        |inside: &Value| json!({"$ref": "#/$defs/a", "$defs": {"a": inside}}),
        |inside: &Value| json!({"type": "object", "additionalProperties": false, "required": ["a"], "properties": {"a": inside}}),
    ] {
        assert!(is_strict(&around(&closed)), "{}", around(&closed));
        assert!(!is_strict(&around(&open)), "{}", around(&open));
    }
    let deep = (0..40).fold(json!({}), |inside, _| json!({"items": inside}));
    assert!(!is_strict(&deep), "too deep to know");
}

#[test]
fn canonical_text_orders_names_and_keeps_lists() {
    for (value, text) in [
        (
            json!({"b": 1, "a": [3, {"d": null, "c": "é\"\n"}]}),
            r#"{"a":[3,{"c":"é\"\n","d":null}],"b":1}"#,
        ),
        (json!([]), "[]"),
        (json!({}), "{}"),
        (json!(1.5), "1.5"),
    ] {
        assert_eq!(canonical(&value), text);
    }
    assert_ne!(canonical(&json!([1, 2])), canonical(&json!([2, 1])));
}

fn calling(name: &str, arguments: Value, tokens_in: u64) -> Reply {
    Reply {
        text: String::new(),
        calls: vec![ToolCall {
            id: "1".into(),
            name: name.into(),
            arguments,
            opaque: None,
        }],
        finish: Finish::Tools,
        usage: Usage {
            tokens_in,
            tokens_out: 1,
            cached: 0,
            counted: true,
        },
        model: String::new(),
    }
}

#[test]
fn turns_end_at_their_bounds_and_count_what_they_used() {
    let mut turn = Turn::new();
    assert!(turn.step(&calling("a", json!({}), 5)).is_ok());
    assert!(
        turn.step(&calling("b", json!({}), 5)).is_ok(),
        "another tool"
    );
    let same = turn.step(&calling("a", json!({}), 5)).unwrap_err();
    assert_eq!(
        (same.kind, same.code.as_deref()),
        (Kind::Loop, Some("same call"))
    );
    assert_eq!(
        (turn.steps(), turn.used().total(), turn.used().counted),
        (3, 18, true)
    );
    let mut full = Turn::new();
    assert!(
        full.step(&calling("a", json!({}), TURN_TOKENS_MAX - 1))
            .is_ok()
    );
    let over = full.step(&calling("b", json!({}), 0)).unwrap_err();
    assert_eq!(over.code.as_deref(), Some("tokens"));
    let mut long = Turn::new();
    let ended = (0..STEPS_MAX).map(|n| long.step(&calling("a", json!(n), 0)));
    let codes: Vec<Option<String>> = ended.filter_map(Result::err).map(|end| end.code).collect();
    assert_eq!(codes, [Some("steps".to_owned())]);
}
