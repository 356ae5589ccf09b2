//! Each limit at its edge: exactly as much passes, one more is refused with its place.
//!
//! In: messages built around one number. Out: what `broken` says. Absent: how they are encoded.

use super::*;
use crate::Outgoing;
use crate::outgoing::{Button, Card, FormRef, Header, MediaSource, ProductSection, Row, Section};
use proptest::prelude::*;
use serde_json::json;

fn long(length: usize) -> String {
    // Two bytes and one scalar each, so that bytes are never what is counted.
    "é".repeat(length)
}

fn id() -> MediaSource {
    MediaSource::Id("77".into())
}

fn buttons(count: usize) -> Vec<Button> {
    let one = |n| Button {
        id: format!("b{n}"),
        title: format!("B{n}"),
    };
    (0..count).map(one).collect()
}

fn asked(body: String, footer: Option<String>, buttons: Vec<Button>) -> Outgoing {
    Outgoing::Buttons {
        header: None,
        body,
        footer,
        buttons,
    }
}

fn one_button(id: String, title: String) -> Outgoing {
    asked("b".into(), None, vec![Button { id, title }])
}

fn row(id: String, title: String, description: Option<String>) -> Row {
    Row {
        id,
        title,
        description,
    }
}

fn list(header: Option<String>, body: String, button: String, sections: Vec<Section>) -> Outgoing {
    Outgoing::List {
        header,
        body,
        footer: None,
        button,
        sections,
    }
}

fn rows(sections: usize, each: usize) -> Outgoing {
    let section = |at| Section {
        title: format!("s{at}"),
        rows: (0..each)
            .map(|n| row(format!("{at}.{n}"), "r".into(), None))
            .collect(),
    };
    let sections = (0..sections).map(section).collect();
    list(None, "b".into(), "v".into(), sections)
}

fn one_section() -> Vec<Section> {
    vec![Section {
        title: String::new(),
        rows: vec![row("i".into(), "t".into(), None)],
    }]
}

fn one_row(id: String, title: String, description: Option<String>) -> Outgoing {
    let rows = vec![row(id, title, description)];
    let title = String::new();
    list(None, "b".into(), "v".into(), vec![Section { title, rows }])
}

fn card(body: Option<String>, buttons: Vec<Button>) -> Card {
    Card::Media {
        header: Header::Image { source: id() },
        body,
        buttons,
        link: None,
    }
}

fn carousel(cards: Vec<Card>) -> Outgoing {
    Outgoing::Carousel {
        body: "b".into(),
        cards,
    }
}

fn products(sections: usize, each: usize) -> Outgoing {
    let section = |at| ProductSection {
        title: format!("s{at}"),
        products: vec!["SKU".into(); each],
    };
    Outgoing::Products {
        header: "h".into(),
        body: "b".into(),
        footer: None,
        catalog: "77".into(),
        sections: (0..sections).map(section).collect(),
    }
}

fn link(text: String, url: String) -> Outgoing {
    Outgoing::Link {
        header: None,
        body: "b".into(),
        footer: None,
        text,
        url,
    }
}

fn form(button: String) -> Outgoing {
    Outgoing::Form {
        header: None,
        body: "b".into(),
        footer: None,
        flow: FormRef::Id("1".into()),
        button,
        token: "t".into(),
        draft: false,
        data_exchange: false,
        screen: None,
        data: json!(null),
    }
}

fn caption(caption: Option<String>) -> Outgoing {
    Outgoing::Image {
        source: id(),
        caption,
    }
}

type Edge = (&'static str, usize, fn(usize) -> Outgoing);

/// The place that breaks, the limit, and a message with that much of it.
const MOST: &[Edge] = &[
    ("body", TEXT, |n| Outgoing::text(long(n))),
    ("caption", CAPTION, |n| caption(Some(long(n)))),
    ("body", BODY, |n| asked(long(n), None, buttons(1))),
    ("footer", FOOTER, |n| {
        asked("b".into(), Some(long(n)), buttons(1))
    }),
    ("buttons", BUTTONS, |n| asked("b".into(), None, buttons(n))),
    ("buttons[0].title", BUTTON_TITLE, |n| {
        one_button("i".into(), long(n))
    }),
    ("buttons[0].id", BUTTON_ID, |n| {
        one_button(long(n), "t".into())
    }),
    ("header", HEADER, |n| {
        list(Some(long(n)), "b".into(), "v".into(), one_section())
    }),
    ("body", LIST_BODY, |n| {
        list(None, long(n), "v".into(), one_section())
    }),
    ("button", BUTTON_TITLE, |n| {
        list(None, "b".into(), long(n), one_section())
    }),
    ("rows", ROWS, |n| rows(1, n)),
    ("sections", SECTIONS, |n| rows(n, 1)),
    ("sections[0].rows[0].title", ROW_TITLE, |n| {
        one_row("i".into(), long(n), None)
    }),
    ("sections[0].rows[0].id", ROW_ID, |n| {
        one_row(long(n), "t".into(), None)
    }),
    ("sections[0].rows[0].description", ROW_DESCRIPTION, |n| {
        one_row("i".into(), "t".into(), Some(long(n)))
    }),
    ("cards", CONTACTS, |n| Outgoing::Contacts {
        cards: vec![json!({"name": {"formatted_name": "Ana"}}); n],
    }),
    ("cards", CARDS, |n| {
        carousel((0..n).map(|_| card(None, buttons(1))).collect())
    }),
    ("cards[0].body", CARD_BODY, |n| {
        carousel(vec![
            card(Some(long(n)), buttons(1)),
            card(None, buttons(1)),
        ])
    }),
    ("cards[0].body", CARD_BREAKS, |n| {
        let body = format!("a{}b", "\n".repeat(n));
        carousel(vec![card(Some(body), buttons(1)), card(None, buttons(1))])
    }),
    ("products", PRODUCTS, |n| products(1, n)),
    ("sections", SECTIONS, |n| products(n, 1)),
    ("text", BUTTON_TITLE, |n| {
        link(long(n), "https://a.example".into())
    }),
    ("url", URL, |n| {
        let head = "https://a.example/";
        link("t".into(), format!("{head}{}", "x".repeat(n - head.len())))
    }),
    ("button", FORM_BUTTON, |n| form(long(n))),
    ("ttl_minutes", CALL_TTL_MINUTES as usize, |n| {
        Outgoing::VoiceCall {
            body: "b".into(),
            text: "t".into(),
            ttl_minutes: u32::try_from(n).ok(),
            payload: None,
        }
    }),
    ("payload", CALLBACK_DATA, |n| Outgoing::VoiceCall {
        body: "b".into(),
        text: "t".into(),
        ttl_minutes: None,
        payload: Some(long(n)),
    }),
];

#[test]
fn exactly_the_limit_passes_and_one_more_is_refused_in_its_place() {
    for &(field, limit, make) in MOST {
        assert_eq!(make(limit).broken(), [], "{field} {limit}");
        let broken = make(limit + 1).broken();
        let found = broken.iter().find(|it| it.field == field);
        let found = found.unwrap_or_else(|| panic!("{field} {limit}: {broken:?}"));
        assert_eq!((found.limit, found.got), (limit, limit + 1), "{field}");
        assert!(
            found.why_pt.contains(&limit.to_string()) && found.why_en.contains(&limit.to_string())
        );
    }
}

#[test]
fn too_few_is_refused_as_well() {
    let fields =
        |what: Outgoing| -> Vec<String> { what.broken().into_iter().map(|it| it.field).collect() };
    assert_eq!(fields(carousel(vec![card(None, buttons(1))])), ["cards"]);
    assert_eq!(fields(asked("b".into(), None, vec![])), ["buttons"]);
    assert_eq!(fields(rows(0, 0)), ["sections", "rows"]);
    assert_eq!(fields(Outgoing::text(" \n")), ["body"]);
    assert_eq!(fields(caption(Some(String::new()))), ["caption"]);
    assert_eq!(
        fields(Outgoing::Contacts {
            cards: vec![json!({})]
        }),
        ["cards[0].name.formatted_name"]
    );
}

#[test]
fn two_buttons_or_rows_that_look_the_same_are_refused() {
    let twice = |id: &str, title: &str| Button {
        id: id.into(),
        title: title.into(),
    };
    let what = asked("b".into(), None, vec![twice("a", "Sim"), twice("b", "Sim")]);
    assert_eq!(what.broken()[0].field, "buttons[1].title");
    let what = asked("b".into(), None, vec![twice("a", "Sim"), twice("a", "Não")]);
    assert_eq!(what.broken()[0].field, "buttons[1].id");
}

#[test]
fn links_and_places_must_exist() {
    for url in [
        "ftp://a.example",
        "a.example",
        "https://a b",
        "javascript:alert(1)",
        "",
    ] {
        assert!(!link("t".into(), url.into()).broken().is_empty(), "{url}");
    }
    let place = |latitude, longitude| Outgoing::Location {
        latitude,
        longitude,
        name: None,
        address: None,
    };
    assert_eq!(place(90.0, -180.0).broken(), []);
    for (latitude, longitude) in [
        (90.1, 0.0),
        (0.0, 180.1),
        (f64::NAN, 0.0),
        (0.0, f64::INFINITY),
    ] {
        assert!(!place(latitude, longitude).broken().is_empty());
    }
}

#[test]
fn a_carousel_card_is_media_with_either_a_link_or_buttons() {
    let with = |header: Header, buttons: Vec<Button>, link: Option<(String, String)>| {
        let one = || Card::Media {
            header: header.clone(),
            body: None,
            buttons: buttons.clone(),
            link: link.clone(),
        };
        carousel(vec![one(), one()]).broken().len()
    };
    let image = Header::Image { source: id() };
    let url = Some(("Ver".to_owned(), "https://a.example".to_owned()));
    assert_eq!(with(image.clone(), vec![], url.clone()), 0);
    assert_eq!(with(image.clone(), buttons(2), None), 0);
    assert_eq!(with(image.clone(), buttons(1), url), 2);
    assert_eq!(with(image, vec![], None), 2);
    assert_eq!(with(Header::Text { text: "t".into() }, buttons(1), None), 2);
}

#[test]
fn cut_counts_as_length_does() {
    assert_eq!(cut("áéí", 2), "áé");
    assert_eq!(cut("áéí", 3), "áéí");
    assert_eq!(cut("", 0), "");
}

proptest! {
    #[test]
    fn split_parts_fit_and_lose_only_white_space(text in "\\PC{0,300}", limit in 1_usize..60) {
        let parts = split_text(&text, limit);
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert!(parts.iter().all(|part| !part.is_empty() && length(part) <= limit));
        prop_assert_eq!(bare(&parts.concat()), bare(&text));
    }

    #[test]
    fn a_split_answer_can_be_sent(words in "[a-zé .\\n]{1,90}", times in 1_usize..200) {
        for part in split_text(&words.repeat(times), TEXT) {
            prop_assert_eq!(Outgoing::text(part).broken(), vec![]);
        }
    }
}
