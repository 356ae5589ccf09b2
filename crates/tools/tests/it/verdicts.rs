//! The policy as a table: who may do what, in which order the reasons are looked at, and what the
//! customer is asked in both languages.

use ponte_tools::arguments::{Arguments, prepare};
use ponte_tools::builtin::Builtin;
use ponte_tools::policy::{Grant, Reason, STEPS_MAX, Situation, Stranger, call_digest, question};
use ponte_tools::{Effects, Facts, Tool, Verdict, may};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn tool(effects: &str, action: &Value, properties: &Value) -> Tool {
    serde_json::from_value(json!({
        "name": "t", "description": "d", "effects": effects, "action": action,
        "parameters": {"type": "object", "properties": properties}
    }))
    .unwrap()
}

fn http(effects: &str) -> Tool {
    let action = json!({"http": {"method": "POST", "url": "https://a.example/"}});
    tool(effects, &action, &json!({"texto": {"type": "string"}}))
}

fn prepared(tool: &Tool, values: &Value) -> Arguments {
    prepare(tool, &values.to_string(), &Facts::default()).unwrap()
}

fn situation<'a>(grant: Grant, strangers: &'a BTreeSet<Stranger>) -> Situation<'a> {
    Situation {
        grant,
        is_in_order: true,
        strangers,
        has_private: false,
        called: &[],
        customer_agreed: None,
        person_agreed: None,
    }
}

fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::AskCustomer { .. } => "customer",
        Verdict::AskPerson { why } | Verdict::Refuse { why } => why.code(),
    }
}

#[test]
fn grant_effects_confirmation_and_strangers_decide_together() {
    let (clean, tainted) = (BTreeSet::new(), BTreeSet::from([Stranger::File]));
    // Grant, effects, the tool asks, strangers, private: verdict.
    for (grant, effects, confirm, strange, private, expected) in [
        (Grant::Use, "reads", false, false, false, "allow"),
        (Grant::Use, "reads", false, false, true, "allow"),
        (Grant::Use, "reads", false, true, false, "allow"),
        (Grant::Use, "reads", false, true, true, "leak"),
        (Grant::Use, "reads", true, false, false, "customer"),
        (Grant::Use, "writes", false, false, false, "allow"),
        (Grant::Use, "writes", false, false, true, "allow"),
        (Grant::Use, "writes", false, true, false, "customer"),
        (Grant::Use, "writes", false, true, true, "leak"),
        (Grant::Use, "writes", true, false, false, "customer"),
        (Grant::Confirmed, "reads", false, false, false, "customer"),
        (Grant::Confirmed, "writes", false, false, false, "customer"),
        (Grant::Confirmed, "writes", false, true, true, "leak"),
        (
            Grant::Approved,
            "reads",
            false,
            false,
            false,
            "needs_approval",
        ),
        (
            Grant::Approved,
            "writes",
            true,
            true,
            true,
            "needs_approval",
        ),
        (Grant::None, "reads", false, false, false, "not_granted"),
    ] {
        let mut tool = http(effects);
        tool.confirm = confirm;
        let call = prepared(&tool, &json!({"texto": "x"}));
        let mut now = situation(grant, if strange { &tainted } else { &clean });
        now.has_private = private;
        let got = may(&tool, &call, &now);
        assert_eq!(
            word(&got),
            expected,
            "{grant:?} {effects} {confirm} {strange} {private}"
        );
        let digest = call_digest(&tool, &call);
        let mut agreed = now.clone();
        agreed.customer_agreed = Some(&digest);
        let after = if expected == "customer" {
            "allow"
        } else {
            expected
        };
        assert_eq!(
            word(&may(&tool, &call, &agreed)),
            after,
            "the customer's yes answers only what the customer was asked"
        );
        agreed.person_agreed = Some(&digest);
        let after = if expected == "not_granted" {
            expected
        } else {
            "allow"
        };
        assert_eq!(word(&may(&tool, &call, &agreed)), after, "a person's yes");
    }
}

#[test]
fn the_first_reason_is_the_one_that_is_told() {
    let clean = BTreeSet::new();
    let tool = http("reads");
    let call = prepared(&tool, &json!({"texto": "x"}));
    let digest = call_digest(&tool, &call);
    assert_eq!(digest, format!("t:{}", call.digest));
    let full = vec![digest.clone(); STEPS_MAX];
    let mut now = situation(Grant::None, &clean);
    now.is_in_order = false;
    now.called = &full;
    now.person_agreed = Some(&digest);
    let refused = |why| Verdict::Refuse { why };
    assert_eq!(may(&tool, &call, &now), refused(Reason::NotGranted));
    now.grant = Grant::Approved;
    assert_eq!(may(&tool, &call, &now), refused(Reason::OutOfOrder));
    now.is_in_order = true;
    assert_eq!(may(&tool, &call, &now), refused(Reason::TooManySteps));
    now.called = &full[..STEPS_MAX - 1];
    assert_eq!(
        may(&tool, &call, &now),
        refused(Reason::Repeated),
        "a person's yes is to one call"
    );
    now.called = &[];
    assert_eq!(may(&tool, &call, &now), Verdict::Allow);
}

#[test]
fn only_values_that_a_model_can_write_freely_leak() {
    let tainted = BTreeSet::from([Stranger::Web]);
    let action = json!({"http": {"method": "GET", "url": "https://a.example/"}});
    for (schema, value, leaks) in [
        (json!({"type": "string"}), json!("x"), true),
        (json!({}), json!("x"), true),
        (json!({"type": "array"}), json!([]), true),
        (json!({"type": "object"}), json!({}), true),
        (json!({"type": ["integer", "string"]}), json!(1), true),
        (json!({"type": "string", "enum": ["x"]}), json!("x"), false),
        (json!({"type": "boolean"}), json!(true), false),
        (json!({"type": "integer"}), json!(1), false),
        (json!({"type": "number"}), json!(1.5), false),
    ] {
        let tool = tool("reads", &action, &json!({"v": schema}));
        let call = prepared(&tool, &json!({"v": value}));
        let mut now = situation(Grant::Use, &tainted);
        now.has_private = true;
        let got = word(&may(&tool, &call, &now));
        assert_eq!(got == "leak", leaks, "{schema}");
    }
    let mut bound = tool("reads", &action, &json!({"v": {"type": "string"}}));
    bound.bound.insert("v".into(), "phone".parse().unwrap());
    let facts = Facts {
        phone: Some("55".into()),
        ..Facts::default()
    };
    let call = prepare(&bound, "{}", &facts).unwrap();
    let mut now = situation(Grant::Use, &tainted);
    now.has_private = true;
    assert_eq!(
        may(&bound, &call, &now),
        Verdict::Allow,
        "ours, not the model's"
    );
    let mcp = json!({"mcp": {"server": "s", "tool": "t", "approved": ""}});
    let mcp = tool("reads", &mcp, &json!({"v": {"type": "string"}}));
    let call = prepared(&mcp, &json!({"v": "x"}));
    assert_eq!(word(&may(&mcp, &call, &now)), "leak");
}

#[test]
fn a_builtin_stays_inside_but_still_asks_when_it_writes() {
    let tainted = BTreeSet::from([Stranger::Tool]);
    let mut now = situation(Grant::Use, &tainted);
    now.has_private = true;
    for (one, values, expected) in [
        (Builtin::HandOff, json!({"reason": "x"}), "allow"),
        (Builtin::LookUpContact, json!({}), "allow"),
        (Builtin::AskSatisfaction, json!({}), "customer"),
        (Builtin::CreateLead, json!({"interest": "x"}), "customer"),
        (
            Builtin::SetVariable,
            json!({"name": "x", "value": "y"}),
            "customer",
        ),
    ] {
        let tool = one.tool();
        let call = prepared(&tool, &values);
        assert_eq!(word(&may(&tool, &call, &now)), expected, "{one:?}");
    }
    let mut asks = Builtin::HandOff.tool();
    asks.effects = Effects::Writes;
    asks.confirm = true;
    let call = prepared(&asks, &json!({"reason": "x"}));
    assert_eq!(
        word(&may(&asks, &call, &now)),
        "customer",
        "where its owner wants to be asked, it asks"
    );
}

#[test]
fn the_customer_is_asked_in_both_languages() {
    let mut tool = http("writes");
    let none = prepared(&tool, &json!({}));
    assert_eq!(
        question(&tool, &none),
        (
            "Posso continuar com “t”? Responda sim ou não.".to_owned(),
            "May I go on with “t”? Answer yes or no.".to_owned()
        )
    );
    let call = prepared(&tool, &json!({"texto": "a\tb\u{7}c"}));
    assert_eq!(
        question(&tool, &call).1,
        "May I go on with “t” (texto: a b c)? Answer yes or no."
    );
    tool.confirm_text =
        Some(serde_json::from_value(json!({"pt": "Faço {texto}?", "en": "Do {texto}?"})).unwrap());
    assert_eq!(
        question(&tool, &call),
        ("Faço a b c?".to_owned(), "Do a b c?".to_owned())
    );
    assert_eq!(
        question(&tool, &none).0,
        "Posso continuar com “t”? Responda sim ou não.",
        "a sentence that lacks a value is not said"
    );
}

#[test]
fn values_are_shown_short_and_bound_ones_not_at_all() {
    let action = json!({"http": {"method": "POST", "url": "https://a.example/"}});
    let properties = json!({
        "a": {"type": "string"}, "b": {"type": "array"}, "c": {"type": "integer"}, "fone": {"type": "string"}
    });
    let mut tool = tool("writes", &action, &properties);
    tool.bound.insert("fone".into(), "phone".parse().unwrap());
    let facts = Facts {
        phone: Some("5511999990000".into()),
        ..Facts::default()
    };
    let asked = |a: String| {
        let written = json!({"a": a, "b": [1, "x"], "c": 7}).to_string();
        question(&tool, &prepare(&tool, &written, &facts).unwrap()).0
    };
    let said = |a: &str| {
        format!("Posso continuar com “t” (a: {a}; b: [1,\"x\"]; c: 7)? Responda sim ou não.")
    };
    assert_eq!(asked("é".repeat(80)), said(&"é".repeat(80)));
    assert_eq!(asked("é".repeat(81)), said(&format!("{}…", "é".repeat(80))));
}
