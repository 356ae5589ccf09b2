//! Summaries of small conversations, whole, in three languages; and that any turns give one.

use jiff::civil::{DateTime, date};
use ponte_nlu::entities::Settings;
use ponte_nlu::sense::language::Language;
use ponte_nlu::summary::{Author, Turn, summarise};
use proptest::prelude::*;

fn now() -> DateTime {
    date(2026, 11, 21).at(10, 0, 0, 0)
}

fn turns(told: &str) -> Vec<Turn> {
    let turn = |line: &str| {
        let (who, text) = line.trim().split_once(": ").unwrap();
        let author = match who {
            "C" => Author::Customer,
            "P" => Author::Person,
            _ => Author::Assistant,
        };
        Turn {
            author,
            text: text.into(),
        }
    };
    told.lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(turn)
        .collect()
}

fn points(told: &str, language: Language) -> [String; 3] {
    let summary = summarise(&turns(told), language, &Settings::default(), now());
    [summary.wants.text, summary.done.text, summary.open.text]
}

#[test]
fn a_question_that_nobody_answered_is_open() {
    let told = "C: oi, bom dia
        A: Bom dia! Sou a assistente da loja.
        C: meu pedido 12345 não chegou. Quando vocês entregam?";
    assert_eq!(
        points(told, Language::Pt),
        [
            "O cliente quer: “meu pedido 12345 não chegou.” e depois: “Quando vocês entregam?”"
                .to_owned(),
            "Ainda não houve resposta.".to_owned(),
            "Falta responder: “Quando vocês entregam?”".to_owned(),
        ]
    );
}

#[test]
fn a_promise_stays_open_after_the_thanks() {
    let told = "C: queria trocar a camiseta M por G, dá?
        P: Claro! Vou enviar a nova amanhã às 10h.
        C: obrigada!";
    let summary = summarise(&turns(told), Language::Pt, &Settings::default(), now());
    assert_eq!(summary.wants.turns, [0]);
    assert_eq!(
        summary.done.text,
        "A equipe respondeu: “Vou enviar a nova amanhã às 10h.”"
    );
    assert_eq!(
        summary.open.text,
        "Ficou combinado: “Vou enviar a nova amanhã às 10h.”"
    );
    assert_eq!(summary.open.turns, [1]);
    let named: Vec<String> = summary.entities.iter().map(|e| e.value.normal()).collect();
    assert_eq!(named, ["2026-11-22T10:00 or 2026-11-22T22:00"]);
}

#[test]
fn two_wishes_are_both_told() {
    let told = "C: quero cancelar a assinatura do plano anual
        A: Feito, cancelamos a assinatura.
        C: e quanto custa o frete para Salvador?";
    let [wants, done, open] = points(told, Language::Pt);
    assert!(
        wants.contains("cancelar a assinatura") && wants.contains("frete"),
        "{wants}"
    );
    assert!(done.contains("cancelamos") && open.contains("frete"));
}

#[test]
fn the_wording_follows_the_language_and_the_quotes_do_not() {
    let told = "C: where is my order 991?
        A: It will be delivered on Monday.";
    let [wants, done, open] = points(told, Language::En);
    assert_eq!(wants, "The customer wants: “where is my order 991?”");
    assert_eq!(
        done,
        "The assistant answered: “It will be delivered on Monday.”"
    );
    assert_eq!(open, "It was promised: “It will be delivered on Monday.”");
    assert!(points(told, Language::Es)[0].starts_with("El cliente quiere: “where"));
}

#[test]
fn nothing_said_is_told_as_that() {
    assert_eq!(
        points("", Language::Pt),
        [
            "O cliente ainda não disse o que quer.",
            "Ainda não houve resposta.",
            "Nada em aberto."
        ]
        .map(str::to_owned)
    );
    assert_eq!(
        points("C: oi", Language::Pt)[0],
        "O cliente ainda não disse o que quer."
    );
    assert_eq!(
        points("C: oi\nA: Qual o seu nome?", Language::Pt)[2],
        "Esperando o cliente responder: “Qual o seu nome?”"
    );
}

#[test]
fn long_sentences_are_cut_at_a_word() {
    let long = format!("C: quero {}", "saber ".repeat(60));
    let wants = &points(&long, Language::Pt)[0];
    assert!(
        wants.chars().count() < 190 && wants.ends_with("saber…”"),
        "{wants}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_turns_give_three_points_that_rest_on_turns(texts in prop::collection::vec((0..3_u8, any::<String>()), 0..12)) {
        let turns: Vec<Turn> = texts
            .into_iter()
            .map(|(who, text)| Turn {
                author: [Author::Customer, Author::Assistant, Author::Person][usize::from(who)],
                text,
            })
            .collect();
        let summary = summarise(&turns, Language::Pt, &Settings::default(), now());
        for point in [&summary.wants, &summary.done, &summary.open] {
            prop_assert!(!point.text.is_empty());
            prop_assert!(point.turns.iter().all(|t| *t < turns.len()));
        }
        prop_assert_eq!(summarise(&turns, Language::Pt, &Settings::default(), now()), summary);
    }
}
