//! Everything but time: the cases of `cases/named.rs`, and what holds for any text.

use crate::cases::named::CASES;
use jiff::civil::{DateTime, date};
use ponte_nlu::entities::codes::{Codes, Pattern};
use ponte_nlu::entities::things::Catalogue;
use ponte_nlu::entities::{ENTITIES_MAX, Entity, Kind, Settings, find};
use proptest::prelude::*;
use std::sync::Arc;

fn now() -> DateTime {
    date(2026, 11, 21).at(10, 0, 0, 0)
}

fn settings() -> Settings {
    Settings {
        codes: Codes::new(&Codes::usual()).unwrap(),
        ..Settings::default()
    }
}

fn spelled(entity: &Entity) -> String {
    let kind = serde_json::to_value(entity.kind).unwrap();
    format!("{} {}", kind.as_str().unwrap(), entity.value.normal())
}

#[test]
fn every_case_of_the_table_is_read_as_it_says() {
    let mut wrong = Vec::new();
    for (text, expected) in CASES {
        let found = find(text, &settings(), now());
        let is: Vec<String> = found.iter().map(spelled).collect();
        let is = if is.is_empty() {
            "-".to_owned()
        } else {
            is.join(" ; ")
        };
        // "-" stands for "no document": a number that is left over is one all the same.
        let numbers_only = found.iter().all(|e| e.kind == Kind::Number);
        if is != *expected && !(*expected == "-" && numbers_only) {
            wrong.push(format!("{text}\t{is}\t(expected {expected})"));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn cards_are_sensitive_and_values_survive_json() {
    let found = find(
        "cartão 4111 1111 1111 1111 amanhã às 15h por R$ 10 no pedido 4455",
        &settings(),
        now(),
    );
    let sensitive: Vec<Kind> = found
        .iter()
        .filter(|e| e.sensitive)
        .map(|e| e.kind)
        .collect();
    assert_eq!(sensitive, [Kind::Card]);
    let json = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Entity>>(&json).unwrap(), found);
}

#[test]
fn a_long_list_of_numbers_is_read_up_to_the_limit() {
    let list = "1234 5678 99 ".repeat(20_000);
    let found = find(&list, &settings(), now());
    assert_eq!(found.len(), ENTITIES_MAX);
    assert!(found.iter().all(|e| e.kind == Kind::Number));
}

#[test]
fn a_workspaces_own_pattern_and_catalogue_come_before_plain_numbers() {
    let pattern = Pattern {
        name: "ordem".into(),
        masks: vec!["OS##-####".into()],
        words: Vec::new(),
    };
    let things = [(
        "x1".to_owned(),
        vec![
            "Pizza Quatro Queijos".to_owned(),
            "Pizza 4 Queijos".to_owned(),
        ],
    )];
    let settings = Settings {
        codes: Codes::new(&[pattern]).unwrap(),
        catalogue: Some(Arc::new(Catalogue::new(things).unwrap())),
        ..Settings::default()
    };
    let found = find("a os26 0042 era da piza 4 queijos", &settings, now());
    let named: Vec<String> = found.iter().map(spelled).collect();
    assert_eq!(named, ["code OS26-0042", "thing x1"]);
}

/// Pieces from which hostile and ordinary texts are put together.
fn pieces() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "amanhã",
        "às",
        "15h",
        "dia",
        "5",
        "de",
        "a",
        "R$",
        "1.234,56",
        "529.982.247-25",
        "(11)",
        "98765-4321",
        "@",
        "x.com",
        "[CPF_1]",
        "CPF_1",
        "meia",
        "dúzia",
        "mil",
        "e",
        "duzentos",
        "25/12",
        "::",
        "…",
        "👍🏽",
        "e\u{301}",
        "\u{202e}",
        "kg",
        "%",
        "segunda",
        "a",
        "sexta",
        "das",
        "8",
        "às",
        "18",
        "4111 1111 1111 1111",
        "PED-12345",
        "11222333000181",
        "daqui",
        "duas",
        "horas",
        "#",
        "\n",
        "https://",
        "loja.com.br",
        "9".repeat(40).leak(),
    ]);
    prop::collection::vec(
        prop_oneof![3 => known.prop_map(str::to_owned), 1 => any::<String>()],
        0..24,
    )
    .prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read_with_ranges_on_boundaries_and_no_overlap(text in prop_oneof![pieces(), any::<String>()]) {
        let found = find(&text, &settings(), now());
        let mut end = 0;
        for entity in &found {
            prop_assert!(entity.range.start >= end && !entity.range.is_empty());
            prop_assert_eq!(&text[entity.range.clone()], entity.text.as_str());
            prop_assert!((0.0..=1.0).contains(&entity.confidence));
            end = entity.range.end;
        }
        prop_assert_eq!(&find(&text, &settings(), now()), &found, "the same text gives the same entities");
    }

    #[test]
    fn a_found_document_is_found_again_by_its_own_text(digits in prop::collection::vec(0_u8..10, 9)) {
        let check = |part: &[u8]| {
            let weights = (2..=part.len() as u32 + 1).rev();
            let sum: u32 = part.iter().zip(weights).map(|(d, w)| u32::from(*d) * w).sum();
            u8::try_from(sum * 10 % 11 % 10).unwrap()
        };
        let mut all = digits.clone();
        all.push(check(&all));
        all.push(check(&all));
        prop_assume!(all.iter().any(|d| *d != all[0]));
        let text: String = all.iter().map(u8::to_string).collect();
        let typed = format!("{}.{}.{}-{}", &text[..3], &text[3..6], &text[6..9], &text[9..]);
        let found = find(&format!("cpf {typed}"), &settings(), now());
        prop_assert_eq!(found[0].kind, Kind::Cpf);
        prop_assert_eq!(found[0].value.normal(), text);
    }
}
