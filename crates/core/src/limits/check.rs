//! Checks an outgoing message against the channel's limits, kind by kind.
//!
//! In: an [`Outgoing`]. Out: everything the channel would refuse, with the place and both languages.
//! Absent: what needs the outside — whether a media id lives, a template exists, a product is sold.

use super::*;
use crate::outgoing::{Button, Card, FormRef, Header, MediaSource, Outgoing, Row, Section};
use std::collections::BTreeSet;

impl Outgoing {
    /// What the channel would refuse; empty when it may go.
    #[must_use]
    pub fn broken(&self) -> Vec<Broken> {
        let mut check = Check::default();
        match self {
            Outgoing::Text { body, .. } => check.text("body", body, TEXT),
            Outgoing::Image { source, caption } | Outgoing::Video { source, caption } => {
                check.media("source", source);
                check.optional("caption", caption, CAPTION);
            }
            Outgoing::Audio { source, .. } | Outgoing::Sticker { source } => {
                check.media("source", source);
            }
            Outgoing::Document {
                source,
                caption,
                filename,
            } => {
                check.media("source", source);
                check.optional("caption", caption, CAPTION);
                // A file name is a name: the limit is that of every file system.
                check.optional("filename", filename, 255);
            }
            Outgoing::Location {
                latitude,
                longitude,
                ..
            } => {
                check.degrees("latitude", *latitude, 90.0);
                check.degrees("longitude", *longitude, 180.0);
            }
            Outgoing::Contacts { cards } => {
                check.count("cards", cards.len(), 1, CONTACTS);
                for (at, card) in cards.iter().enumerate() {
                    if card["name"]["formatted_name"]
                        .as_str()
                        .is_none_or(str::is_empty)
                    {
                        check.missing(format!("cards[{at}].name.formatted_name"));
                    }
                }
            }
            Outgoing::Reaction { target, .. } => check.text("target", target, CALLBACK_DATA),
            Outgoing::Template(template) => {
                check.text("name", &template.name, TEMPLATE_NAME);
                check.text("language", &template.language, 16);
            }
            Outgoing::Buttons { .. }
            | Outgoing::List { .. }
            | Outgoing::Link { .. }
            | Outgoing::LocationRequest { .. }
            | Outgoing::ContactRequest { .. }
            | Outgoing::CallPermissionRequest { .. }
            | Outgoing::VoiceCall { .. }
            | Outgoing::Form { .. }
            | Outgoing::Address { .. } => check.question(self),
            Outgoing::Product { .. }
            | Outgoing::Products { .. }
            | Outgoing::Catalog { .. }
            | Outgoing::Carousel { .. } => check.shop(self),
        }
        check.found
    }
}

#[derive(Default)]
struct Check {
    found: Vec<Broken>,
}

impl Check {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller's match is the closed one"
    )]
    fn question(&mut self, what: &Outgoing) {
        match what {
            Outgoing::Buttons {
                header,
                body,
                footer,
                buttons,
            } => {
                self.header(header.as_ref());
                self.text("body", body, BODY);
                self.optional("footer", footer, FOOTER);
                self.buttons("buttons", buttons);
            }
            Outgoing::List {
                header,
                body,
                footer,
                button,
                sections,
            } => {
                self.optional("header", header, HEADER);
                self.text("body", body, LIST_BODY);
                self.optional("footer", footer, FOOTER);
                self.text("button", button, BUTTON_TITLE);
                self.sections(sections);
            }
            Outgoing::Link {
                header,
                body,
                footer,
                text,
                url,
            } => {
                self.header(header.as_ref());
                self.text("body", body, BODY);
                self.optional("footer", footer, FOOTER);
                self.text("text", text, BUTTON_TITLE);
                self.url("url", url);
            }
            Outgoing::VoiceCall { .. } => self.call(what),
            Outgoing::Form {
                header,
                body,
                footer,
                flow,
                button,
                ..
            } => {
                self.optional("header", header, HEADER);
                self.text("body", body, BODY);
                self.optional("footer", footer, FOOTER);
                self.text("button", button, FORM_BUTTON);
                let (FormRef::Id(name) | FormRef::Name(name)) = flow;
                self.text("flow", name, TEMPLATE_NAME);
            }
            Outgoing::Address { body, country, .. } => {
                self.text("body", body, BODY);
                self.text("country", country, 2);
            }
            Outgoing::LocationRequest { body }
            | Outgoing::ContactRequest { body }
            | Outgoing::CallPermissionRequest { body } => self.text("body", body, BODY),
            _ => {}
        }
    }

    fn call(&mut self, what: &Outgoing) {
        let Outgoing::VoiceCall {
            body,
            text,
            ttl_minutes,
            payload,
        } = what
        else {
            return;
        };
        self.text("body", body, BODY);
        self.text("text", text, BUTTON_TITLE);
        self.optional("payload", payload, CALLBACK_DATA);
        if let Some(ttl) = *ttl_minutes {
            self.count("ttl_minutes", ttl as usize, 1, CALL_TTL_MINUTES as usize);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the caller's match is the closed one"
    )]
    fn shop(&mut self, what: &Outgoing) {
        match what {
            Outgoing::Product {
                body,
                footer,
                catalog,
                product,
            } => {
                self.optional("body", body, BODY);
                self.optional("footer", footer, FOOTER);
                self.text("catalog", catalog, ROW_ID);
                self.text("product", product, ROW_ID);
            }
            Outgoing::Products {
                header,
                body,
                footer,
                catalog,
                sections,
            } => {
                self.text("header", header, HEADER);
                self.text("body", body, BODY);
                self.optional("footer", footer, FOOTER);
                self.text("catalog", catalog, ROW_ID);
                self.count("sections", sections.len(), 1, SECTIONS);
                let products = sections.iter().map(|section| section.products.len()).sum();
                self.count("products", products, 1, PRODUCTS);
                for (at, section) in sections.iter().enumerate() {
                    self.title(at, &section.title, sections.len());
                }
            }
            Outgoing::Catalog { body, footer, .. } => {
                self.text("body", body, BODY);
                self.optional("footer", footer, FOOTER);
            }
            Outgoing::Carousel { body, cards } => {
                self.text("body", body, BODY);
                self.count("cards", cards.len(), CARDS_MIN, CARDS);
                for (at, card) in cards.iter().enumerate() {
                    self.card(&format!("cards[{at}]"), card);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, field: &str, text: &str, limit: usize) {
        if text.trim().is_empty() {
            self.missing(field.to_owned());
        } else {
            self.longest(field, text, limit);
        }
    }

    fn optional(&mut self, field: &str, text: &Option<String>, limit: usize) {
        if let Some(text) = text {
            self.text(field, text, limit);
        }
    }

    fn longest(&mut self, field: &str, text: &str, limit: usize) {
        let got = length(text);
        if got > limit {
            self.found.push(Broken {
                field: field.to_owned(),
                limit,
                got,
                why_pt: format!("No máximo {limit} caracteres; tem {got}."),
                why_en: format!("At most {limit} characters; it has {got}."),
            });
        }
    }

    fn missing(&mut self, field: String) {
        self.other(field, "Falta preencher.", "Must not be empty.");
    }

    fn other(&mut self, field: impl Into<String>, pt: &str, en: &str) {
        self.found.push(Broken::other(field, pt, en));
    }

    fn count(&mut self, field: &str, got: usize, least: usize, most: usize) {
        let limit = if got < least { least } else { most };
        if (least..=most).contains(&got) {
            return;
        }
        self.found.push(Broken {
            field: field.to_owned(),
            limit,
            got,
            why_pt: format!("De {least} a {most}; tem {got}."),
            why_en: format!("From {least} to {most}; it has {got}."),
        });
    }

    fn degrees(&mut self, field: &str, degrees: f64, most: f64) {
        if degrees.is_nan() || degrees.abs() > most {
            let (pt, en) = ("Coordenada fora do mapa.", "The coordinate is off the map.");
            self.other(field, pt, en);
        }
    }

    fn media(&mut self, field: &str, source: &MediaSource) {
        match source {
            MediaSource::Id(id) => self.text(field, id, CALLBACK_DATA),
            MediaSource::Link(link) => self.url(field, link),
        }
    }

    fn url(&mut self, field: &str, url: &str) {
        self.text(field, url, URL);
        let web = url.starts_with("https://") || url.starts_with("http://");
        if !url.is_empty() && (!web || url.contains(char::is_whitespace)) {
            let pt = "O link precisa começar com https:// e não ter espaços.";
            self.other(
                field,
                pt,
                "A link must start with https:// and have no spaces.",
            );
        }
    }

    fn header(&mut self, header: Option<&Header>) {
        match header {
            Some(Header::Text { text }) => self.text("header", text, HEADER),
            Some(
                Header::Image { source }
                | Header::Video { source }
                | Header::Document { source, .. },
            ) => self.media("header", source),
            None => {}
        }
    }

    fn buttons(&mut self, field: &str, buttons: &[Button]) {
        self.count(field, buttons.len(), 1, BUTTONS);
        let (mut ids, mut titles) = (BTreeSet::new(), BTreeSet::new());
        for (at, button) in buttons.iter().enumerate() {
            self.text(&format!("{field}[{at}].id"), &button.id, BUTTON_ID);
            self.text(&format!("{field}[{at}].title"), &button.title, BUTTON_TITLE);
            self.unique(format!("{field}[{at}].id"), &mut ids, &button.id);
            self.unique(format!("{field}[{at}].title"), &mut titles, &button.title);
        }
    }

    fn unique<'a>(&mut self, field: String, seen: &mut BTreeSet<&'a str>, text: &'a str) {
        if !seen.insert(text) {
            self.other(
                field,
                "Já existe outro igual.",
                "There is another one like it.",
            );
        }
    }

    fn title(&mut self, at: usize, title: &str, sections: usize) {
        let field = format!("sections[{at}].title");
        // One section may go without a title; of several, each needs one.
        if sections > 1 {
            self.text(&field, title, ROW_TITLE);
        } else {
            self.longest(&field, title, ROW_TITLE);
        }
    }

    fn sections(&mut self, sections: &[Section]) {
        self.count("sections", sections.len(), 1, SECTIONS);
        let rows = sections.iter().map(|section| section.rows.len()).sum();
        self.count("rows", rows, 1, ROWS);
        let mut ids = BTreeSet::new();
        for (at, section) in sections.iter().enumerate() {
            self.title(at, &section.title, sections.len());
            for (row_at, row) in section.rows.iter().enumerate() {
                let place = format!("sections[{at}].rows[{row_at}]");
                self.row(&place, row);
                self.unique(format!("{place}.id"), &mut ids, &row.id);
            }
        }
    }

    fn row(&mut self, place: &str, row: &Row) {
        self.text(&format!("{place}.id"), &row.id, ROW_ID);
        self.text(&format!("{place}.title"), &row.title, ROW_TITLE);
        let field = format!("{place}.description");
        self.optional(&field, &row.description, ROW_DESCRIPTION);
    }

    fn card(&mut self, place: &str, card: &Card) {
        match card {
            Card::Product { catalog, product } => {
                self.text(&format!("{place}.catalog"), catalog, ROW_ID);
                self.text(&format!("{place}.product"), product, ROW_ID);
            }
            Card::Media {
                header,
                body,
                buttons,
                link,
            } => {
                match header {
                    Header::Image { source } | Header::Video { source } => {
                        self.media(&format!("{place}.header"), source);
                    }
                    Header::Text { .. } | Header::Document { .. } => {
                        let pt = "O cartão precisa de imagem ou vídeo.";
                        self.other(
                            format!("{place}.header"),
                            pt,
                            "A card needs an image or video.",
                        );
                    }
                }
                self.card_body(&format!("{place}.body"), body);
                match link {
                    Some((text, url)) if buttons.is_empty() => {
                        self.text(&format!("{place}.link.text"), text, BUTTON_TITLE);
                        self.url(&format!("{place}.link.url"), url);
                    }
                    Some(_) => {
                        let pt = "Use um link ou botões, não os dois.";
                        self.other(place, pt, "Use a link or buttons, not both.");
                    }
                    None => self.buttons(&format!("{place}.buttons"), buttons),
                }
            }
        }
    }

    fn card_body(&mut self, field: &str, body: &Option<String>) {
        self.optional(field, body, CARD_BODY);
        let breaks = body.iter().flat_map(|body| body.matches('\n')).count();
        if breaks > CARD_BREAKS {
            self.found.push(Broken {
                field: field.to_owned(),
                limit: CARD_BREAKS,
                got: breaks,
                why_pt: format!("No máximo {CARD_BREAKS} quebras de linha; tem {breaks}."),
                why_en: format!("At most {CARD_BREAKS} line breaks; it has {breaks}."),
            });
        }
    }
}
