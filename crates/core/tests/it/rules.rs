//! Rules, menus, the FAQ, and the folding of texts they stand on.

use ponte_core::book::{Act, Assistant, Faq, Match, Menu, MenuOption, Rule};
use ponte_core::event::Answer;
use ponte_core::fold::{after, fill, fold, has_words};
use ponte_core::rules::{answer_from_faq, choice, immediate, pick};
use proptest::prelude::*;

fn rule(name: &str, when: Match) -> Rule {
    Rule {
        name: name.into(),
        when,
        then: vec![Act::Say {
            text: "{rest}!".into(),
        }],
        ..Rule::default()
    }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|t| (*t).to_owned()).collect()
}

#[test]
fn texts_are_compared_folded() {
    for (typed, folded) in [
        ("  OLÁ!!  tudo\tbem? ", "ola tudo bem"),
        ("Ação – preço: R$10,00", "acao preco r 10 00"),
        ("cora\u{327}c\u{327}a\u{303}o", "coracao"),
        ("ÀÉÎÕÜ Ñ ß", "aeiou n ss"),
        ("👍🏽", "👍🏽"),
        ("\u{200b}\u{202e}", ""),
    ] {
        assert_eq!(fold(typed), folded, "{typed}");
    }
    assert!(has_words("quero um preco bom", "preco"));
    assert!(!has_words("apreco", "preco") && !has_words("precos", "preco") && !has_words("x", ""));
    assert_eq!(after("  Eco,  Bom DIA\nnós ", "eco"), Some("Bom DIA\nnós"));
    assert_eq!(after("ecologia", "eco"), None);
    assert_eq!(
        after("segunda via do boleto", "segunda via"),
        Some("do boleto")
    );
}

#[test]
fn places_are_filled_once_and_a_missing_name_leaves_no_gap() {
    assert_eq!(
        fill("{greeting}, {name}!", "", "Ana Souza", "Bom dia"),
        "Bom dia, Ana!"
    );
    assert_eq!(fill("Olá {name}!", "", "", ""), "Olá!");
    assert_eq!(fill("{rest} {x} {", "{name}", "Ana", ""), "{name} {x} {");
}

#[test]
fn the_first_rule_that_matches_wins() {
    let equals = |word: &str| Match {
        equals: vec![word.into()],
        ..Match::default()
    };
    let rules = vec![
        rule("empty", Match::default()),
        rule(
            "starts",
            Match {
                starts: vec!["segunda via".into()],
                ..Match::default()
            },
        ),
        rule(
            "contains",
            Match {
                contains: vec!["Boleto".into()],
                ..Match::default()
            },
        ),
        rule("equals", equals("Oi")),
        rule(
            "payload",
            Match {
                payload: vec!["p1".into()],
                ..Match::default()
            },
        ),
        rule(
            "first",
            Match {
                first: true,
                ..Match::default()
            },
        ),
    ];
    let name = |said: &[&str], payload, first| {
        pick(&rules, &texts(said), payload, first, true).map(|(rule, _)| rule.name.clone())
    };
    assert_eq!(
        name(&["Segunda via do boleto"], None, false).as_deref(),
        Some("starts")
    );
    assert_eq!(
        name(&["segunda via"], None, false),
        None,
        "nothing to say for {{rest}}"
    );
    assert_eq!(
        name(&["meu boleto!"], None, true).as_deref(),
        Some("contains")
    );
    assert_eq!(
        name(&["ola", "OI!!"], None, true).as_deref(),
        Some("equals")
    );
    assert_eq!(
        name(&["Título"], Some("p1"), true).as_deref(),
        Some("payload")
    );
    assert_eq!(name(&["qualquer"], None, true).as_deref(), Some("first"));
    assert_eq!(name(&["qualquer"], None, false), None);
    assert_eq!(
        pick(&rules, &texts(&["oi"]), None, false, false),
        None,
        "closed, and none is for always"
    );
}

#[test]
fn an_immediate_rule_behind_another_is_not_jumped_to() {
    let eco = |immediate| Rule {
        immediate,
        ..rule(
            "eco",
            Match {
                starts: vec!["eco".into()],
                ..Match::default()
            },
        )
    };
    let slow = [eco(false), eco(true)];
    assert_eq!(immediate(&slow, "eco a", None, false, true), None);
    let fast = [eco(true), eco(false)];
    let (_, rest) = immediate(&fast, "eco  a  b", None, false, true).unwrap();
    assert_eq!(rest, "a  b");
}

#[test]
fn menu_options_are_chosen_by_number_title_or_id() {
    let option = |id: &str, title: &str| MenuOption {
        id: id.into(),
        title: title.into(),
        ..MenuOption::default()
    };
    let menu = Menu {
        options: vec![
            option("ped", "Meu pedido"),
            option("pag", "Pagamento"),
            option("x", "Pagamento antigo"),
        ],
        ..Menu::default()
    };
    let chosen =
        |said: &str, payload| choice(&menu, &texts(&[said]), payload).map(|o| o.id.clone());
    for (said, id) in [
        ("1", Some("ped")),
        ("opção 2", Some("pag")),
        ("número 3", Some("x")),
        ("4", None),
        ("0", None),
    ] {
        assert_eq!(chosen(said, None).as_deref(), id, "{said}");
    }
    assert_eq!(chosen("é o meu pedido", None).as_deref(), Some("ped"));
    assert_eq!(
        chosen("pagamento", None).as_deref(),
        Some("pag"),
        "the whole title before a part"
    );
    assert_eq!(
        chosen("o pagamento antigo", None),
        None,
        "two fit: ask again"
    );
    assert_eq!(chosen("?", Some("x")).as_deref(), Some("x"));
    assert_eq!(chosen("", None), None);
}

#[test]
fn the_faq_answers_near_questions_and_no_others() {
    let faq = |id: &str, questions: &[&str]| Faq {
        id: id.into(),
        questions: texts(questions),
        answer: format!("Resposta {id}."),
    };
    let assistant = Assistant {
        faq: vec![
            faq(
                "hours",
                &["Qual o horário de funcionamento?", "Que horas vocês abrem?"],
            ),
            faq("delivery", &["Vocês entregam?", "Fazem entrega?"]),
        ],
        ..Assistant::default()
    };
    let source = |said: &str| match answer_from_faq(&assistant, &texts(&[said])) {
        Answer::Say { sources, .. } => sources.into_iter().next(),
        Answer::DontKnow { .. }
        | Answer::HandOff { .. }
        | Answer::Pass { .. }
        | Answer::Failed { .. } => None,
    };
    for (said, id) in [
        ("qual o horario de funcionamento", Some("hours")),
        ("oi, que horas vcs abrem?", Some("hours")),
        ("fazem entregas?", Some("delivery")),
        ("vocês vendem bolo?", None),
        ("", None),
        ("oi", None),
    ] {
        assert_eq!(source(said).as_deref(), id, "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn folding_twice_changes_nothing(text in "\\PC{0,60}") {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once.clone());
        prop_assert!(!once.contains("  ") && once.trim() == once);
    }

    #[test]
    fn filling_and_splitting_never_panics(text in "\\PC{0,60}", rest in "\\PC{0,20}") {
        let _ = fill(&format!("{{{text}{{rest}}{{name"), &rest, &text, "x");
        let _ = after(&text, &fold(&rest));
        let _ = ponte_core::handoff_words::asks(&text, std::slice::from_ref(&rest));
    }
}
