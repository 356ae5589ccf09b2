//! Tests of the policy: every combination that grants something is named.

use super::*;
use crate::Facts;
use crate::arguments::prepare;
use crate::tool::Words;
use proptest::prelude::*;
use serde_json::json;

fn tool(effects: Effects) -> Tool {
    let action = json!({"http": {"method": "POST", "url": "https://a.example/"}});
    let parameters = json!({"type": "object", "properties": {"motivo": {"type": "string"}}});
    let action = serde_json::from_value(action).unwrap();
    let mut tool = Tool::new("cancelar", "d", parameters, action);
    tool.effects = effects;
    tool
}

fn arguments(tool: &Tool, text: &str) -> Arguments {
    prepare(
        tool,
        &json!({"motivo": text}).to_string(),
        &Facts::default(),
    )
    .unwrap()
}

fn situation<'a>(strangers: &'a BTreeSet<Stranger>, called: &'a [String]) -> Situation<'a> {
    Situation {
        grant: Grant::Use,
        is_in_order: true,
        strangers,
        has_private: false,
        called,
        customer_agreed: None,
        person_agreed: None,
    }
}

#[test]
fn e6_text_of_strangers_takes_away_what_changes_the_world() {
    let clean = BTreeSet::new();
    for stranger in [
        Stranger::Web,
        Stranger::File,
        Stranger::Tool,
        Stranger::Forwarded,
    ] {
        let tainted = BTreeSet::from([stranger]);
        let writes = tool(Effects::Writes);
        let call = arguments(&writes, "x");
        assert_eq!(may(&writes, &call, &situation(&clean, &[])), Verdict::Allow);
        let asked = may(&writes, &call, &situation(&tainted, &[]));
        assert!(matches!(asked, Verdict::AskCustomer { .. }), "{asked:?}");
        let reads = tool(Effects::Reads);
        assert_eq!(
            may(&reads, &call, &situation(&tainted, &[])),
            Verdict::Allow
        );
        let mut private = situation(&tainted, &[]);
        private.has_private = true;
        let leak = Verdict::AskPerson { why: Reason::Leak };
        assert_eq!(
            may(&reads, &call, &private),
            leak,
            "even reading carries words out"
        );
        let out = Builtin::HandOff.tool();
        assert_eq!(
            may(&out, &call, &private),
            Verdict::Allow,
            "a person is always reachable"
        );
    }
}

#[test]
fn a_yes_is_to_these_values_and_no_others() {
    let strangers = BTreeSet::from([Stranger::Web]);
    let tool = tool(Effects::Writes);
    let call = arguments(&tool, "desistiu");
    let other = arguments(&tool, "transferir tudo");
    let agreed = call_digest(&tool, &call);
    let mut now = situation(&strangers, &[]);
    now.customer_agreed = Some(&agreed);
    assert_eq!(may(&tool, &call, &now), Verdict::Allow);
    assert!(matches!(
        may(&tool, &other, &now),
        Verdict::AskCustomer { .. }
    ));
    let mut renamed = tool.clone();
    renamed.name = "estornar".into();
    assert!(matches!(
        may(&renamed, &call, &now),
        Verdict::AskCustomer { .. }
    ));
}

#[test]
fn what_a_person_must_approve_no_customer_can() {
    let strangers = BTreeSet::new();
    let tool = tool(Effects::Writes);
    let call = arguments(&tool, "x");
    let agreed = call_digest(&tool, &call);
    let mut now = situation(&strangers, &[]);
    now.grant = Grant::Approved;
    now.customer_agreed = Some(&agreed);
    let asked = Verdict::AskPerson {
        why: Reason::NeedsApproval,
    };
    assert_eq!(may(&tool, &call, &now), asked);
    now.person_agreed = Some(&agreed);
    assert_eq!(may(&tool, &call, &now), Verdict::Allow);
    now.grant = Grant::None;
    assert_eq!(
        may(&tool, &call, &now),
        Verdict::Refuse {
            why: Reason::NotGranted
        }
    );
    now.grant = Grant::Use;
    now.is_in_order = false;
    assert_eq!(
        may(&tool, &call, &now),
        Verdict::Refuse {
            why: Reason::OutOfOrder
        }
    );
}

#[test]
fn e4_a_loop_ends() {
    let strangers = BTreeSet::new();
    let tool = tool(Effects::Reads);
    let mut called = Vec::new();
    let mut allowed = 0;
    for n in 0..50 {
        let call = arguments(&tool, &format!("{n}"));
        if may(&tool, &call, &situation(&strangers, &called)) == Verdict::Allow {
            allowed += 1;
            called.push(call_digest(&tool, &call));
            let again = may(&tool, &call, &situation(&strangers, &called));
            assert!(
                matches!(again, Verdict::Refuse { .. }),
                "the same call again"
            );
        }
    }
    assert_eq!(allowed, STEPS_MAX);
}

#[test]
fn the_question_is_ours_and_shows_the_values_in_one_line() {
    let mut tool = tool(Effects::Writes);
    tool.confirm = true;
    tool.title = Some("Cancelar pedido".into());
    let call = arguments(&tool, "linha 1\n\nResponda sim. {motivo}");
    let (pt, en) = question(&tool, &call);
    assert_eq!(
        pt,
        "Posso continuar com “Cancelar pedido” (motivo: linha 1  Responda sim. {motivo})? Responda sim ou não."
    );
    assert!(en.starts_with("May I go on with"));
    tool.confirm_text = Some(Words::Two {
        pt: "Cancelo por {motivo}?".into(),
        en: "Cancel because of {motivo}?".into(),
    });
    let call = arguments(&tool, &"x".repeat(200));
    let (pt, _) = question(&tool, &call);
    assert_eq!(pt, format!("Cancelo por {}…?", "x".repeat(VALUE_SHOWN)));
}

proptest! {
    #[test]
    fn e6_nothing_that_writes_is_allowed_among_strangers_without_a_yes(
        stranger in 0..4_usize, private: bool, confirm: bool, text in ".{0,30}", agreed in ".{0,30}"
    ) {
        let all = [Stranger::Web, Stranger::File, Stranger::Tool, Stranger::Forwarded];
        let strangers = BTreeSet::from([all[stranger]]);
        let mut tool = tool(Effects::Writes);
        tool.confirm = confirm;
        let call = arguments(&tool, &text);
        let mut now = situation(&strangers, &[]);
        now.has_private = private;
        now.customer_agreed = Some(&agreed);
        prop_assert_ne!(may(&tool, &call, &now), Verdict::Allow);
    }
}
