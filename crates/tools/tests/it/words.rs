//! What is said about a wrong tool or a wrong call: models and people act on these texts.

use ponte_tools::arguments::{ArgumentError, prepare};
use ponte_tools::builtin::{ALL, Builtin, Deed};
use ponte_tools::digest::digest;
use ponte_tools::openapi::ImportError;
use ponte_tools::policy::Reason;
use ponte_tools::request::BuildError;
use ponte_tools::schema::{Fault, SchemaError};
use ponte_tools::template::{Template, TemplateError, is_name};
use ponte_tools::tool::{Words, no_parameters};
use ponte_tools::{Effects, Fact, Facts, Tool};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn errors_of_a_template_show_how_to_write_it() {
    for (source, said) in [
        (
            "{",
            "a `{` or `}` stands alone: write `{{` or `}}` for the character itself",
        ),
        (
            "a}",
            "a `{` or `}` stands alone: write `{{` or `}}` for the character itself",
        ),
        ("{a b}", "`{a b}` is no name of a parameter"),
        ("{}", "`{}` is no name of a parameter"),
    ] {
        assert_eq!(Template::parse(source).unwrap_err().to_string(), said);
    }
    let long = Template::parse(&"x".repeat(8_193)).unwrap_err();
    assert_eq!(long.to_string(), "longer than 8192 bytes");
    assert!(Template::parse(&"x".repeat(8_192)).is_ok());
}

#[test]
fn errors_of_a_request_name_the_place() {
    for (error, said) in [
        (
            BuildError::Template(TemplateError::Name("a b".into())),
            "`{a b}` is no name of a parameter",
        ),
        (
            BuildError::Address,
            "the address must begin with http:// or https:// and a host, without placeholders",
        ),
        (
            BuildError::Missing,
            "the address needs a value that is missing",
        ),
        (
            BuildError::Unfit("the path"),
            "a value can't stand in the path",
        ),
        (BuildError::TooLarge, "the request is too large"),
    ] {
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn errors_of_a_schema_and_of_an_import_say_what_to_do() {
    assert_eq!(
        SchemaError::TooLarge.to_string(),
        "the schema is larger than 65536 bytes or nested deeper than 32"
    );
    assert_eq!(
        SchemaError::Remote.to_string(),
        "the schema refers to another document, which is never fetched"
    );
    assert_eq!(
        SchemaError::NotOne("x".into()).to_string(),
        "not a JSON Schema: x"
    );
    for (error, said) in [
        (ImportError::TooLarge, "larger than 8388608 bytes"),
        (
            ImportError::Unreadable("linha 1".into()),
            "neither JSON nor YAML: linha 1",
        ),
        (
            ImportError::NotOpenApi,
            "not an OpenAPI 3 document: `openapi: 3.x` is missing",
        ),
        (
            ImportError::Swagger2,
            "Swagger 2 is not read: convert it to OpenAPI 3 first",
        ),
        (
            ImportError::NoSuchOperation("x".into()),
            "there is no operation `x`",
        ),
        (
            ImportError::TooMany,
            "more than 64 operations at once: pick the ones that are needed",
        ),
    ] {
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn errors_of_arguments_tell_a_model_what_to_repair() {
    let fault = |at: &str, what: &str| Fault {
        at: at.into(),
        what: what.into(),
    };
    for (error, said) in [
        (
            ArgumentError::NotAnObject,
            "the arguments must be one JSON object of at most 32768 bytes",
        ),
        (
            ArgumentError::Unfit(vec![fault("", "falta"), fault("/n", "não é número")]),
            "the arguments do not fit the tool's schema: /: falta; /n: não é número",
        ),
        (
            ArgumentError::Unknown {
                parameter: "documento".into(),
                fact: Fact::Attribute("cpf".into()),
            },
            "it is not known of this customer: attribute:cpf",
        ),
        (
            ArgumentError::FactUnfit(vec![fault("/cpf", "errado")]),
            "what is known of this customer does not fit the tool: /cpf: errado",
        ),
        (
            ArgumentError::Schema(SchemaError::Remote),
            "the tool's own schema: the schema refers to another document, which is never fetched",
        ),
    ] {
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn facts_have_names_and_the_short_ones_are_attributes() {
    let facts = Facts {
        phone: Some("1".into()),
        contact_id: Some("2".into()),
        conversation_id: Some("3".into()),
        name: Some("4".into()),
        attributes: [("cpf", "5"), ("email", "6"), ("vazio", "")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
    };
    for (text, value, shown) in [
        ("phone", Some("1"), "phone"),
        ("contact_id", Some("2"), "contact_id"),
        ("conversation_id", Some("3"), "conversation_id"),
        ("name", Some("4"), "name"),
        ("cpf", Some("5"), "attribute:cpf"),
        ("email", Some("6"), "attribute:email"),
        ("attribute:vazio", None, "attribute:vazio"),
        ("attribute:outro", None, "attribute:outro"),
    ] {
        let fact: Fact = serde_json::from_value(json!(text)).unwrap();
        assert_eq!(facts.get(&fact), value, "{text}");
        assert_eq!(serde_json::to_value(&fact).unwrap(), json!(shown));
    }
    let longest = format!("attribute:{}", "a".repeat(64));
    assert!(longest.parse::<Fact>().is_ok());
    assert!(format!("{longest}a").parse::<Fact>().is_err());
    assert_eq!(
        "wa_id".parse::<Fact>().unwrap_err(),
        "`wa_id` is no fact: phone, contact_id, conversation_id, name, or attribute:NAME"
    );
    let refused = serde_json::from_value::<Fact>(json!(7));
    assert!(refused.is_err(), "a fact is a text");
}

#[test]
fn every_builtin_says_who_carries_it_out_and_whether_it_writes() {
    let table = [
        (
            Builtin::LookUpContact,
            "look_up_contact",
            false,
            Effects::Reads,
        ),
        (
            Builtin::UpdateContact,
            "update_contact",
            false,
            Effects::Writes,
        ),
        (Builtin::CreateLead, "create_lead", false, Effects::Writes),
        (Builtin::SetVariable, "set_variable", true, Effects::Writes),
        (Builtin::HandOff, "hand_off", true, Effects::Writes),
        (
            Builtin::ScheduleMessage,
            "schedule_message",
            true,
            Effects::Writes,
        ),
        (
            Builtin::AskSatisfaction,
            "ask_satisfaction",
            true,
            Effects::Writes,
        ),
    ];
    assert_eq!(table.map(|(one, ..)| one), ALL, "in the order of the list");
    for (one, name, conversation, effects) in table {
        assert_eq!(one.name(), name);
        assert_eq!(one.is_of_conversation(), conversation, "{name}");
        let tool = one.tool();
        assert_eq!(tool.effects, effects, "{name}");
        assert!(!tool.confirm, "{name}");
        assert_eq!(serde_json::to_value(one).unwrap(), json!(name));
        assert_ne!(tool.shown(), name, "people see a title");
    }
    let names: BTreeSet<String> = ALL
        .iter()
        .map(|one| one.tool().shown().to_owned())
        .collect();
    assert_eq!(names.len(), ALL.len(), "no two have the same title");
}

#[test]
fn deeds_carry_every_value_and_need_the_required_ones() {
    let deed = |one: Builtin, values: Value| one.deed(values.as_object().unwrap());
    assert_eq!(
        deed(Builtin::LookUpContact, json!({})),
        Some(Deed::LookUpContact)
    );
    assert_eq!(
        deed(
            Builtin::CreateLead,
            json!({"interest": "sofá", "note": "azul"})
        ),
        Some(Deed::CreateLead {
            interest: "sofá".into(),
            note: Some("azul".into())
        })
    );
    assert_eq!(
        deed(Builtin::SetVariable, json!({"name": "cor", "value": ""})),
        Some(Deed::SetVariable {
            name: "cor".into(),
            value: String::new()
        })
    );
    assert_eq!(
        deed(
            Builtin::HandOff,
            json!({"reason": "reclamação", "team": "vendas"})
        ),
        Some(Deed::HandOff {
            reason: "reclamação".into(),
            team: Some("vendas".into())
        })
    );
    for (one, values) in [
        (Builtin::UpdateContact, json!({"attribute": "cor"})),
        (Builtin::UpdateContact, json!({"value": "azul"})),
        (Builtin::CreateLead, json!({"note": "azul"})),
        (Builtin::SetVariable, json!({"value": "x"})),
        (Builtin::HandOff, json!({"team": "vendas"})),
        (Builtin::HandOff, json!({"reason": 7})),
        (Builtin::ScheduleMessage, json!({"text": "oi"})),
        (Builtin::ScheduleMessage, json!({"after_minutes": 5})),
        (
            Builtin::ScheduleMessage,
            json!({"after_minutes": -5, "text": "oi"}),
        ),
        (
            Builtin::ScheduleMessage,
            json!({"after_minutes": 4_294_967_296_u64, "text": "oi"}),
        ),
    ] {
        assert_eq!(deed(one, values.clone()), None, "{one:?} {values}");
    }
}

#[test]
fn the_limits_of_builtins_stand_at_their_edges() {
    let fits = |one: Builtin, values: Value| {
        prepare(&one.tool(), &values.to_string(), &Facts::default()).is_ok()
    };
    for (one, member, longest, shortest, rest) in [
        (Builtin::HandOff, "reason", 200, 1, json!({})),
        (Builtin::CreateLead, "interest", 200, 1, json!({})),
        (
            Builtin::CreateLead,
            "note",
            1_000,
            1,
            json!({"interest": "x"}),
        ),
        (
            Builtin::UpdateContact,
            "value",
            500,
            1,
            json!({"attribute": "x"}),
        ),
        (Builtin::SetVariable, "value", 500, 0, json!({"name": "x"})),
        (
            Builtin::ScheduleMessage,
            "text",
            1_000,
            1,
            json!({"after_minutes": 1}),
        ),
    ] {
        let with = |length: usize| {
            let mut values = rest.clone();
            values[member] = "é".repeat(length).into();
            fits(one, values)
        };
        assert!(with(longest) && !with(longest + 1), "{one:?} {member}");
        assert!(with(shortest), "{one:?} {member}");
        assert_eq!(with(0), shortest == 0, "{one:?} {member}");
    }
    let after = |minutes: i64| {
        fits(
            Builtin::ScheduleMessage,
            json!({"after_minutes": minutes, "text": "oi"}),
        )
    };
    assert!(after(1) && after(43_200));
    assert!(!after(0) && !after(43_201), "thirty days ahead at most");
    for (name, fine) in [
        ("a", true),
        ("a_b-9", true),
        ("9a", false),
        ("A", false),
        ("a b", false),
        ("", false),
    ] {
        let values = json!({"name": name, "value": "x"});
        assert_eq!(fits(Builtin::SetVariable, values), fine, "{name}");
    }
    let long = |length: usize| json!({"name": "a".repeat(length), "value": "x"});
    assert!(fits(Builtin::SetVariable, long(64)));
    assert!(!fits(Builtin::SetVariable, long(65)));
}

#[test]
fn names_are_those_that_every_protocol_takes() {
    for fine in ["a", "_", "a.b", "a-b", "A9", &"a".repeat(64)] {
        assert!(is_name(fine), "{fine}");
    }
    for wrong in ["", "9", ".a", "-a", "a b", "á", "a/b", &"a".repeat(65)] {
        assert!(!is_name(wrong), "{wrong}");
    }
}

#[test]
fn a_tool_is_shown_by_its_title_and_waits_at_most_a_minute() {
    let action = serde_json::from_value(json!({"builtin": "hand_off"})).unwrap();
    let mut tool = Tool::new("t", "d", no_parameters(), action);
    assert_eq!((tool.shown(), tool.timeout_ms()), ("t", 10_000));
    tool.title = Some("Título".into());
    for (wanted, got) in [
        (1, 1),
        (60_000, 60_000),
        (60_001, 60_000),
        (u32::MAX, 60_000),
    ] {
        tool.timeout_ms = Some(wanted);
        assert_eq!((tool.shown(), tool.timeout_ms()), ("Título", got));
    }
    let two: Words = serde_json::from_value(json!({"pt": "Oi", "en": "Hi"})).unwrap();
    assert_eq!((two.pt(), two.en()), ("Oi", "Hi"));
    let one: Words = serde_json::from_value(json!("Oi")).unwrap();
    assert_eq!((one.pt(), one.en()), ("Oi", "Oi"));
    assert!(serde_json::from_value::<Words>(json!({"pt": "Oi"})).is_err());
}

#[test]
fn digests_are_those_of_the_sorted_text() {
    for (value, wanted) in [
        (
            json!(null),
            "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b",
        ),
        (
            json!({}),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        ),
    ] {
        assert_eq!(digest(&value), wanted, "{value}");
    }
    let nested = json!([{"b": 1, "a": [true, null]}, "x"]);
    let same: Value = serde_json::from_str(r#"[ {"a":[true,null], "b":1}, "x" ]"#).unwrap();
    assert_eq!(digest(&nested), digest(&same));
    assert_ne!(digest(&json!([[1], 2])), digest(&json!([[1, 2]])));
    assert_ne!(digest(&json!({"a": {"b": 1}})), digest(&json!({"a": 1})));
}

#[test]
fn reasons_have_words_of_their_own() {
    let all = [
        (Reason::NotGranted, "not_granted"),
        (Reason::OutOfOrder, "out_of_order"),
        (Reason::TooManySteps, "too_many_steps"),
        (Reason::Repeated, "repeated"),
        (Reason::NeedsApproval, "needs_approval"),
        (Reason::Leak, "leak"),
    ];
    for (reason, code) in all {
        assert_eq!(reason.code(), code);
    }
}
