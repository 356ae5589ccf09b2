//! Money, measures, shares and numbers: any amount in each language's spelling, every unit's words, and
//! where a number is none of these.

use jiff::civil::{DateTime, date};
use ponte_nlu::entities::{Currency, Entity, Kind, Settings, Value, find};
use ponte_nlu::sense::language::Language;
use proptest::prelude::*;

fn now() -> DateTime {
    date(2026, 11, 21).at(10, 0, 0, 0)
}

fn read_in(language: Language, text: &str) -> Vec<Entity> {
    let settings = Settings {
        language,
        ..Settings::default()
    };
    find(text, &settings, now())
}

fn read(text: &str) -> Vec<Entity> {
    read_in(Language::Pt, text)
}

fn spelled(text: &str) -> String {
    let found = read(text);
    let all: Vec<String> = found
        .iter()
        .map(|e| format!("{:?} {}", e.kind, e.value.normal()))
        .collect();
    all.join(" ; ")
}

#[test]
fn every_units_words_are_one_unit() {
    let units: &[(&str, &[&str])] = &[
        (
            "kg",
            &[
                "kg",
                "kgs",
                "quilo",
                "quilos",
                "kilo",
                "kilos",
                "quilogramas",
            ],
        ),
        ("g", &["gr", "grs", "grama", "gramas", "gramos"]),
        ("mg", &["mg", "miligramas"]),
        ("l", &["lt", "lts", "litro", "litros", "liters"]),
        ("ml", &["ml", "mililitros"]),
        ("m", &["mt", "mts", "metro", "metros", "meters"]),
        ("cm", &["cm", "centímetros"]),
        ("mm", &["mm", "milímetros"]),
        ("km", &["km", "quilômetros", "kilómetros"]),
        ("un", &["un", "und", "unid", "unidades", "units"]),
        ("box", &["caixas", "cx", "cajas", "boxes"]),
        ("pack", &["pacotes", "pct", "paquetes", "packs"]),
        ("pair", &["pares", "pairs"]),
        ("gb", &["gb", "gigas"]),
        ("mb", &["mb", "megas"]),
    ];
    for (unit, words) in units {
        for word in *words {
            assert_eq!(
                spelled(&format!("7 {word}")),
                format!("Quantity 7 {unit}"),
                "{word}"
            );
        }
    }
}

#[test]
fn a_letter_is_a_unit_only_where_it_touches() {
    assert_eq!(spelled("7m"), "Quantity 7 m");
    assert_eq!(spelled("500g"), "Quantity 500 g");
    assert_eq!(spelled("2l"), "Quantity 2 l");
    for text in ["7 m", "500 g", "2 l"] {
        assert!(
            !spelled(text).contains("Quantity"),
            "{text}: {}",
            spelled(text)
        );
    }
}

#[test]
fn halves_are_counted() {
    let cases = [
        ("meio quilo", "Quantity 0.5 kg"),
        ("um quilo e meio", "Quantity 1.5 kg"),
        ("dois litros e meio", "Quantity 2.5 l"),
        ("meia caixa", "Quantity 0.5 box"),
    ];
    for (text, expected) in cases {
        assert_eq!(spelled(text), expected, "{text}");
    }
}

#[test]
fn cents_are_cents_only_where_nothing_else_is_counted() {
    let cases = [
        ("10 reais e 50 centavos", "Money BRL 10.50"),
        ("10 reais e 50", "Money BRL 10.50"),
        ("R$ 5 e 50", "Money BRL 5.50"),
        ("dois reais e meio", "Money BRL 2.50"),
        // Less than five is no cents unless it says so.
        ("10 reais e 4 centavos", "Money BRL 10.04"),
        ("10 reais e 5", "Money BRL 10.05"),
        ("10 reais e 4", "Money BRL 10.00 ; Number 4"),
        // Neither are a hundred, nor what a noun follows.
        ("10 reais e 100", "Money BRL 10.00 ; Number 100"),
        ("20 reais e 30 pães", "Money BRL 20.00 ; Quantity 30 paes"),
        ("99 centavos", "Money BRL 0.99"),
    ];
    for (text, expected) in cases {
        assert_eq!(spelled(text), expected, "{text}");
    }
}

#[test]
fn shares_have_many_words() {
    for text in [
        "10%",
        "10 %",
        "10 por cento",
        "10 porcento",
        "10 percent",
        "10 per cent",
    ] {
        assert_eq!(spelled(text), "Percent 10 %", "{text}");
    }
    assert_eq!(spelled("12,5%"), "Percent 12.5 %");
}

#[test]
fn the_bare_sign_is_the_money_of_the_language() {
    let currency = |language| match read_in(language, "$ 20").as_slice() {
        [
            Entity {
                value:
                    Value::Money {
                        cents: 2_000,
                        currency,
                    },
                ..
            },
        ] => *currency,
        other => panic!("{other:?}"),
    };
    assert_eq!(currency(Language::Pt), Currency::Brl);
    assert_eq!(currency(Language::En), Currency::Usd);
}

#[test]
fn a_price_word_is_less_sure_than_a_sign_and_is_not_far() {
    let told = &read("custa 80")[0];
    let signed = &read("R$ 80")[0];
    assert_eq!(
        (told.kind, told.value.normal()),
        (Kind::Money, "BRL 80.00".into())
    );
    assert_eq!(told.value, signed.value);
    assert!(told.confidence < signed.confidence);
    assert_eq!(spelled("custa 2x"), "Number 2");
    assert_eq!(spelled("o preço de uma camisa azul 80"), "Number 80");
}

/// Thousands parted by `mark`.
fn parted(mut whole: i64, mark: &str) -> String {
    let mut parts = Vec::new();
    while whole >= 1000 {
        parts.push(format!("{:03}", whole % 1000));
        whole /= 1000;
    }
    parts.push(whole.to_string());
    parts.reverse();
    parts.join(mark)
}

fn money(text: &str, language: Language) -> Option<(i64, Currency, String)> {
    match read_in(language, text).as_slice() {
        [entity] => match entity.value {
            Value::Money { cents, currency } => Some((cents, currency, entity.text.clone())),
            _ => None,
        },
        _ => None,
    }
}

proptest! {
    #[test]
    fn any_amount_in_either_spelling_is_its_cents(cents in 1_i64..100_000_000) {
        let (whole, part) = (cents / 100, cents % 100);
        let spelled = [
            (format!("R$ {},{part:02}", parted(whole, ".")), Language::Pt, Currency::Brl),
            (format!("R${whole},{part:02}"), Language::Pt, Currency::Brl),
            (format!("{},{part:02} reais", parted(whole, ".")), Language::Pt, Currency::Brl),
            (format!("US$ {}.{part:02}", parted(whole, ",")), Language::En, Currency::Usd),
            (format!("{}.{part:02} dollars", parted(whole, ",")), Language::En, Currency::Usd),
            (format!("€ {},{part:02}", parted(whole, ".")), Language::Es, Currency::Eur),
        ];
        for (text, language, currency) in spelled {
            prop_assert_eq!(money(&text, language), Some((cents, currency, text.clone())), "{}", text);
        }
    }

    #[test]
    fn any_share_is_its_thousandths(thousandths in 1_i64..100_000) {
        let text = format!("{},{:03}%", thousandths / 1000, thousandths % 1000);
        let found = read(&text);
        prop_assert_eq!(found.len(), 1, "{}: {:?}", text, found);
        prop_assert_eq!(&found[0].value, &Value::Percent { thousandths }, "{}", text);
    }

    #[test]
    fn measures_keep_their_decimals(grams in 1_i64..10_000) {
        let text = format!("{},{:03} kg", grams / 1000, grams % 1000);
        let found = read(&text);
        prop_assert_eq!(found.len(), 1, "{}: {:?}", text, found);
        let expected = Value::Quantity { thousandths: grams, unit: "kg".into() };
        prop_assert_eq!(&found[0].value, &expected, "{}", text);
    }
}
