//! What leaves holds no masked value, and what comes back is what was typed, for any text.

use ponte_nlu::entities::codes::Codes;
use ponte_nlu::mask::{PERSONAL, Table, mask, mask_with, restore};
use proptest::prelude::*;

const VALUES: &[&str] = &[
    "529.982.247-25",
    "52998224725",
    "111.444.777-35",
    "(11) 98765-4321",
    "+55 21 99876-5432",
    "ana@loja.com.br",
    "4111 1111 1111 1111",
    "11.222.333/0001-81",
    "12.ABC.345/01DE-35",
    "01310-100",
    "ABC1D23",
    "123e4567-e89b-12d3-a456-426614174000",
];
const WORDS: &[&str] = &[
    "meu",
    "cpf",
    "é",
    "ligue",
    "para",
    "[CPF_1]",
    "[cpf 1]",
    "CPF_1",
    "[TEXTO_1]",
    "TEXTO_1B",
    "[[",
    "]",
    "_",
    "1",
    "olá,",
    "(",
    ")",
    ".",
    "[CPF_",
    "EMAIL_2",
    "placa",
    "ção",
    "👍",
    "\n",
];

fn text() -> impl Strategy<Value = String> {
    let value = prop::sample::select(VALUES).prop_map(str::to_owned);
    let word = prop::sample::select(WORDS).prop_map(str::to_owned);
    let joint = prop::sample::select(vec!["", " ", " ", " "]).prop_map(str::to_owned);
    let part = prop_oneof![2 => value, 4 => word, 1 => any::<String>()];
    prop::collection::vec((part, joint), 0..20)
        .prop_map(|parts| parts.into_iter().map(|(a, b)| a + &b).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_was_masked_comes_back_whole(text in prop_oneof![4 => text(), 1 => any::<String>()]) {
        let masked = mask(&text, PERSONAL).unwrap();
        prop_assert_eq!(restore(&masked.text, &masked.table), text);
    }

    #[test]
    fn a_conversation_comes_back_whole_with_one_table(first in text(), second in text()) {
        let one = mask(&first, PERSONAL).unwrap();
        let two = mask_with(one.table, &second, PERSONAL, &Codes::default()).unwrap();
        prop_assert_eq!(restore(&one.text, &two.table), first);
        prop_assert_eq!(restore(&two.text, &two.table), second);
    }

    #[test]
    fn no_value_leaves(picked in prop::collection::vec(0..VALUES.len(), 1..6)) {
        let text: Vec<String> = picked.iter().map(|i| format!("olá, {} ok;", VALUES[*i])).collect();
        let masked = mask(&text.join(" "), PERSONAL).unwrap().text;
        let digits = |s: &str| s.chars().filter(char::is_ascii_digit).collect::<String>();
        for i in picked {
            prop_assert!(!masked.contains(VALUES[i]), "{masked}");
            let value = digits(VALUES[i]);
            prop_assert!(value.len() < 5 || !digits(&masked).contains(&value), "{masked}");
        }
    }
}

#[test]
fn the_table_survives_json_and_nothing_unknown_is_put_back() {
    let masked = mask("cpf 529.982.247-25", PERSONAL).unwrap();
    let json = serde_json::to_string(&masked.table).unwrap();
    let table: Table = serde_json::from_str(&json).unwrap();
    assert_eq!(
        restore("seu CPF [CPF_1] e [CPF_2]", &table),
        "seu CPF 529.982.247-25 e [CPF_2]"
    );
    // A value that looks like a placeholder is not read again.
    let masked = mask_with(table, "[CPF_1]", PERSONAL, &Codes::default()).unwrap();
    assert_eq!(restore(&masked.text, &masked.table), "[CPF_1]");
}

#[test]
fn only_asked_kinds_are_masked() {
    use ponte_nlu::entities::Kind;
    let masked = mask("ana@x.com e 11 98765-4321", &[Kind::Email]).unwrap();
    assert!(masked.text.starts_with("[EMAIL_1] e "));
    let none = mask("ana@x.com e 11 98765-4321", &[]).unwrap();
    assert_eq!(none.text, "ana@x.com e 11 98765-4321");
    assert!(none.table.is_empty());
}
