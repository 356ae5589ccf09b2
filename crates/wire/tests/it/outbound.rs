//! Every kind we send, as the exact JSON the provider gets.
//!
//! In: one [`Outgoing`] per kind, here. Out: compared with `testdata/out/<name>.json`. A file that no
//! case writes fails.

use crate::golden;
use ponte_core::Outgoing;
use ponte_core::outgoing::{
    Address, Button, Card, FormRef, Header, MediaSource, ProductSection, Row, Section, Template,
};
use ponte_wire::{encode, graph};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TAG: &str = "v1.0192f3a4b5c67d8e9f00112233445566.1.0123456789abcdef";

fn phone() -> Address {
    Address {
        phone: Some("5511988887777".into()),
        bsuid: Some("BR.1000000000000001".into()),
    }
}

fn id(id: &str) -> MediaSource {
    MediaSource::Id(id.into())
}

fn link(name: &str) -> MediaSource {
    MediaSource::Link(format!("https://cdn.example/{name}"))
}

fn some(text: &str) -> Option<String> {
    Some(text.into())
}

fn button(id: &str, title: &str) -> Button {
    Button {
        id: id.into(),
        title: title.into(),
    }
}

fn plain() -> Vec<(&'static str, Outgoing)> {
    vec![
        ("text", Outgoing::text("Olá! 👋")),
        (
            "text_preview",
            Outgoing::Text {
                body: "https://ponte.example".into(),
                preview_url: true,
            },
        ),
        (
            "image",
            Outgoing::Image {
                source: id("77"),
                caption: some("Aqui"),
            },
        ),
        (
            "image_link",
            Outgoing::Image {
                source: link("a.png"),
                caption: None,
            },
        ),
        (
            "video",
            Outgoing::Video {
                source: id("77"),
                caption: None,
            },
        ),
        (
            "audio",
            Outgoing::Audio {
                source: id("77"),
                voice: false,
            },
        ),
        (
            "audio_voice",
            Outgoing::Audio {
                source: id("77"),
                voice: true,
            },
        ),
        (
            "document",
            Outgoing::Document {
                source: id("77"),
                caption: some("Segue"),
                filename: some("orçamento.pdf"),
            },
        ),
        ("sticker", Outgoing::Sticker { source: id("77") }),
        (
            "location",
            Outgoing::Location {
                latitude: -23.561414,
                longitude: -46.655881,
                name: some("MASP"),
                address: some("Av. Paulista, 1578"),
            },
        ),
        (
            "contacts",
            Outgoing::Contacts {
                cards: vec![json!({
                    "name": {"formatted_name": "Beto Lima", "first_name": "Beto"},
                    "phones": [{"phone": "+5511977776666", "type": "CELL"}],
                })],
            },
        ),
        (
            "reaction",
            Outgoing::Reaction {
                target: "wamid.A".into(),
                emoji: "👍".into(),
            },
        ),
        (
            "reaction_taken_back",
            Outgoing::Reaction {
                target: "wamid.A".into(),
                emoji: String::new(),
            },
        ),
        (
            "template",
            Outgoing::Template(Template {
                name: "lembrete".into(),
                language: "pt_BR".into(),
                components: vec![json!({
                    "type": "body",
                    "parameters": [{"type": "text", "text": "Ana", "parameter_name": "nome"}],
                })],
                preview: "Olá Ana".into(),
            }),
        ),
        (
            "template_plain",
            Outgoing::Template(Template {
                name: "oi".into(),
                language: "pt_BR".into(),
                components: vec![],
                preview: String::new(),
            }),
        ),
    ]
}

fn questions() -> Vec<(&'static str, Outgoing)> {
    vec![
        (
            "buttons",
            Outgoing::Buttons {
                header: Some(Header::Text {
                    text: "Agenda".into(),
                }),
                body: "Confirma?".into(),
                footer: some("Padaria"),
                buttons: vec![button("sim", "Sim"), button("nao", "Não")],
            },
        ),
        (
            "buttons_document_header",
            Outgoing::Buttons {
                header: Some(Header::Document {
                    source: id("77"),
                    filename: some("a.pdf"),
                }),
                body: "Confirma?".into(),
                footer: None,
                buttons: vec![button("sim", "Sim")],
            },
        ),
        (
            "list",
            Outgoing::List {
                header: some("Dias"),
                body: "Escolha".into(),
                footer: some("Horário de Brasília"),
                button: "Ver dias".into(),
                sections: vec![
                    Section {
                        title: "Manhã".into(),
                        rows: vec![Row {
                            id: "1".into(),
                            title: "Segunda".into(),
                            description: some("9h"),
                        }],
                    },
                    Section {
                        title: "Tarde".into(),
                        rows: vec![Row {
                            id: "2".into(),
                            title: "Terça".into(),
                            description: None,
                        }],
                    },
                ],
            },
        ),
        (
            "link",
            Outgoing::Link {
                header: Some(Header::Image {
                    source: link("a.png"),
                }),
                body: "Veja".into(),
                footer: some("f"),
                text: "Abrir".into(),
                url: "https://ponte.example".into(),
            },
        ),
        (
            "location_request",
            Outgoing::LocationRequest {
                body: "Onde você está?".into(),
            },
        ),
        (
            "contact_request",
            Outgoing::ContactRequest {
                body: "Qual o seu número?".into(),
            },
        ),
        (
            "call_permission_request",
            Outgoing::CallPermissionRequest {
                body: "Podemos ligar?".into(),
            },
        ),
        (
            "voice_call",
            Outgoing::VoiceCall {
                body: "Fale com a gente".into(),
                text: "Ligar".into(),
                ttl_minutes: Some(1440),
                payload: some("p-1"),
            },
        ),
        (
            "address",
            Outgoing::Address {
                body: "Endereço?".into(),
                country: "IN".into(),
                values: json!({"name": "Ana"}),
            },
        ),
    ]
}

fn form(flow: FormRef, data_exchange: bool, token: &str) -> Outgoing {
    Outgoing::Form {
        header: some("Cadastro"),
        body: "Preencha".into(),
        footer: None,
        flow,
        button: "Abrir".into(),
        token: token.into(),
        draft: data_exchange,
        data_exchange,
        screen: some("INICIO"),
        data: json!({"nome": "Ana"}),
    }
}

fn shop() -> Vec<(&'static str, Outgoing)> {
    let media_card = |buttons: Vec<Button>, link: Option<(String, String)>| Card::Media {
        header: Header::Image {
            source: self::link("c.png"),
        },
        body: some("Pão"),
        buttons,
        link,
    };
    let product = |product: &str| Card::Product {
        catalog: "77".into(),
        product: product.into(),
    };
    let url = || Some(("Ver".to_owned(), "https://ponte.example/p".to_owned()));
    let carousel = |cards| Outgoing::Carousel {
        body: "Ofertas".into(),
        cards,
    };
    vec![
        ("form", form(FormRef::Id("6627".into()), false, "t-1")),
        (
            "form_data_exchange_draft",
            form(FormRef::Name("cadastro".into()), true, ""),
        ),
        (
            "product",
            Outgoing::Product {
                body: some("Este?"),
                footer: None,
                catalog: "77".into(),
                product: "SKU-1".into(),
            },
        ),
        (
            "products",
            Outgoing::Products {
                header: "Pães".into(),
                body: "Escolha".into(),
                footer: some("f"),
                catalog: "77".into(),
                sections: vec![ProductSection {
                    title: "Doces".into(),
                    products: vec!["SKU-1".into(), "SKU-2".into()],
                }],
            },
        ),
        (
            "catalog",
            Outgoing::Catalog {
                body: "Veja tudo".into(),
                footer: None,
                thumbnail: some("SKU-1"),
            },
        ),
        (
            "carousel_links",
            carousel(vec![media_card(vec![], url()), media_card(vec![], url())]),
        ),
        (
            "carousel_buttons",
            carousel(vec![
                media_card(vec![button("1", "Quero")], None),
                media_card(vec![button("2", "Quero")], None),
            ]),
        ),
        (
            "carousel_products",
            carousel(vec![product("SKU-1"), product("SKU-2")]),
        ),
    ]
}

fn all() -> Vec<(&'static str, Outgoing)> {
    [plain(), questions(), shop()].concat()
}

#[test]
fn every_kind_is_sent_as_documented() {
    let folder = golden::testdata().join("out");
    let mut written = BTreeSet::new();
    let mut check = |name: &str, got: &Value| {
        let path = folder.join(format!("{name}.json"));
        golden::check(&path, got);
        written.insert(path);
    };
    for (name, what) in all() {
        assert_eq!(what.broken(), [], "{name}");
        let quotes = Some("wamid.QUOTED");
        check(
            name,
            &encode::message(&phone(), &what, quotes, TAG).unwrap(),
        );
    }
    let by_id = Address {
        phone: None,
        ..phone()
    };
    let text = Outgoing::text("Oi");
    check(
        "to_bsuid",
        &encode::message(&by_id, &text, None, TAG).unwrap(),
    );
    check(
        "without_tag",
        &encode::message(&phone(), &text, None, "").unwrap(),
    );
    check("read", &encode::read("wamid.A", false));
    check("read_typing", &encode::read("wamid.A", true));
    check("sync_contacts", &graph::sync_body(graph::Sync::Contacts));
    check("sync_history", &graph::sync_body(graph::Sync::History));
    check("subscribe", &graph::subscribe_body(None));
    let callback = Some(("https://ponte.example/webhooks/whatsapp", "token"));
    check("subscribe_override", &graph::subscribe_body(callback));
    for path in golden::files(&folder) {
        assert!(written.contains(&path), "{} is dead", path.display());
    }
}

#[test]
fn every_variant_has_a_case() {
    let kinds: BTreeSet<_> = all()
        .iter()
        .map(|(_, what)| serde_json::to_value(what).unwrap()["type"].to_string())
        .collect();
    // One per variant of `Outgoing`; a new variant makes the encoder fail to compile first.
    assert_eq!(kinds.len(), 23);
}

#[test]
fn what_is_broken_or_goes_to_nobody_is_not_encoded() {
    let empty = Outgoing::text(" ");
    assert_eq!(
        encode::message(&phone(), &empty, None, TAG)
            .unwrap_err()
            .field,
        "body"
    );
    for phone in [None, some(""), some("+")] {
        let nobody = Address { phone, bsuid: None };
        let broken = encode::message(&nobody, &Outgoing::text("Oi"), None, TAG).unwrap_err();
        assert_eq!(broken.field, "to");
    }
    let long = "x".repeat(513);
    let broken = encode::message(&phone(), &Outgoing::text("Oi"), None, &long).unwrap_err();
    assert_eq!(broken.field, "tag");
}

#[test]
fn a_plus_is_never_doubled() {
    let to = Address {
        phone: some("+5511988887777"),
        bsuid: None,
    };
    let body = encode::message(&to, &Outgoing::text("Oi"), None, TAG).unwrap();
    assert_eq!(body["to"], "+5511988887777");
}

#[test]
fn pages_of_the_provider_are_read() {
    let page = br#"{"data":[{"id":"1","message_id":"wamid.A","events":{"data":[{"id":"2","delivery_status":"SENT","timestamp":1640995200,"webhook_update_state":"RETRYING"}]}},{"id":"3"},"x"],"paging":{"cursors":{"before":"b","after":"MTAx"},"next":"https://graph.example/next"}}"#;
    let page = graph::decode_history(page).unwrap();
    assert_eq!(page.data.len(), 1);
    assert_eq!(page.data[0].wamid, "wamid.A");
    assert_eq!(page.data[0].events[0].webhook.as_deref(), Some("RETRYING"));
    assert_eq!(page.next.as_deref(), Some("MTAx"));
    let last = br#"{"data":[],"paging":{"cursors":{"after":"MTAx"}}}"#;
    assert_eq!(graph::decode_history(last).unwrap().next, None);
    assert!(graph::decode_history(br#"{"error":{"code":190}}"#).is_err());

    let page = br#"{"data":[{"name":"lembrete","language":"pt_BR","status":"APPROVED","category":"UTILITY","id":"9","rejected_reason":"NONE","quality_score":{"score":"GREEN"},"components":[{"type":"BODY","text":"Oi"}]}]}"#;
    let template = graph::decode_templates(page).unwrap().data.remove(0);
    assert_eq!(template.quality.as_deref(), Some("GREEN"));
    assert_eq!((template.rejected, template.components.len()), (None, 1));

    let number = br#"{"id":"100000000000001","display_phone_number":"+55 11 4000-0001","is_on_biz_app":true,"platform_type":"CLOUD_API","throughput":{"level":"STANDARD"}}"#;
    let number = graph::decode_number(number).unwrap();
    assert_eq!(
        (number.on_phone_app, number.throughput.as_deref()),
        (Some(true), Some("STANDARD"))
    );
    assert_eq!(graph::decode_sync(br#"{"request_id":"r"}"#), Ok("r".into()));
}

#[test]
fn paths_carry_ids_and_cursors_encoded() {
    assert_eq!(graph::messages_path("1"), "1/messages");
    assert_eq!(
        graph::history_path("1", Some("MTA=")),
        "1/message_history?fields=id,message_id,events{delivery_status,timestamp,webhook_update_state}&limit=100&after=MTA%3D"
    );
    assert!(graph::templates_path("2", None).starts_with("2/message_templates?fields=id,name"));
    assert_eq!(graph::subscribe_path("../2"), "..%2F2/subscribed_apps");
}
