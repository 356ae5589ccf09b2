//! The lists of people's own wordings: each line of the first asks for a person, none of the second.

use ponte_core::handoff_words::asks;

fn wrong(list: &str, wanted: bool) -> Vec<&str> {
    let lines = list.lines().filter(|line| !line.trim().is_empty());
    lines.filter(|line| asks(line, &[]) != wanted).collect()
}

#[test]
fn every_wording_of_the_wish_is_understood() {
    let list = include_str!("../words/wants_a_person.txt");
    assert!(list.lines().count() >= 150);
    assert_eq!(wrong(list, true), Vec::<&str>::new());
}

#[test]
fn talk_about_people_is_not_the_wish() {
    let list = include_str!("../words/no_person_wanted.txt");
    assert!(list.lines().count() >= 80);
    assert_eq!(wrong(list, false), Vec::<&str>::new());
}

#[test]
fn further_wordings_come_from_the_settings() {
    let extra = vec!["Chama a Rosângela".to_owned()];
    assert!(asks("por favor chama a rosangela", &extra));
    assert!(!asks("a rosangela saiu", &extra));
    assert!(
        !asks("qualquer coisa", &[String::new()]),
        "an empty wording matches nothing"
    );
}

#[test]
fn hostile_text_is_read_without_harm() {
    for text in [
        "",
        " ",
        "\u{202e}",
        "🤖🤖🤖",
        "não não não não",
        &"falar com ".repeat(5_000),
    ] {
        let _ = asks(text, &[]);
    }
    assert!(asks("quero   FALAR\ncom\u{200b} um  atendente!!!", &[]));
}
