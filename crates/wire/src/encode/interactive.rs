//! Makes `interactive`: buttons, lists, links, requests, forms, products and carousels.
//!
//! In: an interactive [`Outgoing`]. Out: its documented JSON. Absent: the other kinds, and checks,
//! which have run before.

use super::media;
use ponte_core::Outgoing;
use ponte_core::outgoing::{Button, Card, FormRef, Header, ProductSection, Section};
use serde_json::{Map, Value, json};

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the caller's match is the closed one"
)]
pub(super) fn build(what: &Outgoing) -> Value {
    match what {
        Outgoing::Buttons {
            header,
            body,
            footer,
            buttons,
        } => {
            let buttons: Vec<_> = buttons.iter().map(|it| button("reply", it)).collect();
            let out = frame("button", Some(body), footer, json!({ "buttons": buttons }));
            headed(out, header.as_ref().map(self::header))
        }
        Outgoing::List {
            header,
            body,
            footer,
            button,
            sections,
        } => {
            let sections: Vec<_> = sections.iter().map(section).collect();
            let action = json!({ "button": button, "sections": sections });
            headed(
                frame("list", Some(body), footer, action),
                text_header(header),
            )
        }
        Outgoing::Link {
            header,
            body,
            footer,
            text,
            url,
        } => {
            let out = frame("cta_url", Some(body), footer, link(text, url));
            headed(out, header.as_ref().map(self::header))
        }
        Outgoing::LocationRequest { body } => {
            let action = json!({ "name": "send_location" });
            frame("location_request_message", Some(body), &None, action)
        }
        Outgoing::ContactRequest { body } => named("request_contact_info", body),
        Outgoing::CallPermissionRequest { body } => named("call_permission_request", body),
        Outgoing::VoiceCall { .. } => call(what),
        Outgoing::Form {
            header,
            body,
            footer,
            ..
        } => {
            let out = frame("flow", Some(body), footer, form(what));
            headed(out, text_header(header))
        }
        Outgoing::Address {
            body,
            country,
            values,
        } => {
            let mut parameters = json!({ "country": country });
            if !values.is_null() {
                parameters["values"] = values.clone();
            }
            let action = json!({ "name": "address_message", "parameters": parameters });
            frame("address_message", Some(body), &None, action)
        }
        _ => shop(what),
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the caller's match is the closed one"
)]
fn shop(what: &Outgoing) -> Value {
    match what {
        Outgoing::Product {
            body,
            footer,
            catalog,
            product,
        } => {
            let action = json!({ "catalog_id": catalog, "product_retailer_id": product });
            frame("product", body.as_ref(), footer, action)
        }
        Outgoing::Products {
            header,
            body,
            footer,
            catalog,
            sections,
        } => {
            let sections: Vec<_> = sections.iter().map(products).collect();
            let action = json!({ "catalog_id": catalog, "sections": sections });
            let out = frame("product_list", Some(body), footer, action);
            headed(out, text_header(&Some(header.clone())))
        }
        Outgoing::Catalog {
            body,
            footer,
            thumbnail,
        } => {
            let mut action = json!({ "name": "catalog_message" });
            if let Some(product) = thumbnail {
                action["parameters"] = json!({ "thumbnail_product_retailer_id": product });
            }
            frame("catalog_message", Some(body), footer, action)
        }
        Outgoing::Carousel { body, cards } => {
            let cards: Vec<_> = cards
                .iter()
                .enumerate()
                .map(|(at, it)| card(at, it))
                .collect();
            frame("carousel", Some(body), &None, json!({ "cards": cards }))
        }
        // Not interactive: the caller's match never brings it here.
        _ => Value::Null,
    }
}

fn frame(kind: &str, body: Option<&String>, footer: &Option<String>, action: Value) -> Value {
    let mut out = Map::new();
    out.insert("type".into(), kind.into());
    if let Some(body) = body {
        out.insert("body".into(), json!({ "text": body }));
    }
    if let Some(footer) = footer {
        out.insert("footer".into(), json!({ "text": footer }));
    }
    out.insert("action".into(), action);
    out.into()
}

/// Kinds whose action is only their own name.
fn named(kind: &str, body: &String) -> Value {
    frame(kind, Some(body), &None, json!({ "name": kind }))
}

fn headed(mut out: Value, header: Option<Value>) -> Value {
    if let Some(header) = header {
        out["header"] = header;
    }
    out
}

fn text_header(text: &Option<String>) -> Option<Value> {
    let text = text.as_ref()?;
    Some(json!({ "type": "text", "text": text }))
}

fn header(header: &Header) -> Value {
    match header {
        Header::Text { text } => json!({ "type": "text", "text": text }),
        Header::Image { source } => json!({ "type": "image", "image": media(source) }),
        Header::Video { source } => json!({ "type": "video", "video": media(source) }),
        Header::Document { source, filename } => {
            let mut document = media(source);
            super::put(&mut document, "filename", filename.as_ref());
            json!({ "type": "document", "document": document })
        }
    }
}

/// Reply buttons and carousel quick replies differ only in this word.
fn button(kind: &str, button: &Button) -> Value {
    json!({ "type": kind, kind: { "id": button.id, "title": button.title } })
}

fn link(text: &str, url: &str) -> Value {
    json!({ "name": "cta_url", "parameters": { "display_text": text, "url": url } })
}

fn section(section: &Section) -> Value {
    let rows = section.rows.iter().map(|row| {
        let mut out = json!({ "id": row.id, "title": row.title });
        if let Some(description) = &row.description {
            out["description"] = json!(description);
        }
        out
    });
    let mut out = json!({ "rows": rows.collect::<Vec<_>>() });
    if !section.title.is_empty() {
        out["title"] = json!(section.title);
    }
    out
}

fn products(section: &ProductSection) -> Value {
    let items = section.products.iter();
    let items: Vec<_> = items
        .map(|it| json!({ "product_retailer_id": it }))
        .collect();
    let mut out = json!({ "product_items": items });
    if !section.title.is_empty() {
        out["title"] = json!(section.title);
    }
    out
}

fn call(what: &Outgoing) -> Value {
    let Outgoing::VoiceCall {
        body,
        text,
        ttl_minutes,
        payload,
    } = what
    else {
        return Value::Null;
    };
    let mut parameters = json!({ "display_text": text });
    if let Some(ttl) = ttl_minutes {
        parameters["ttl_minutes"] = json!(ttl);
    }
    if let Some(payload) = payload {
        parameters["payload"] = json!(payload);
    }
    let action = json!({ "name": "voice_call", "parameters": parameters });
    frame("voice_call", Some(body), &None, action)
}

/// Version 3 is the only one the channel documents. A screen belongs to `navigate` only.
fn form(what: &Outgoing) -> Value {
    let Outgoing::Form {
        flow,
        button,
        token,
        draft,
        data_exchange,
        screen,
        data,
        ..
    } = what
    else {
        return Value::Null;
    };
    let token = if token.is_empty() { "unused" } else { token };
    let mut parameters = json!({
        "flow_message_version": "3",
        "flow_cta": button,
        "flow_token": token,
        "mode": if *draft { "draft" } else { "published" },
        "flow_action": if *data_exchange { "data_exchange" } else { "navigate" },
    });
    match flow {
        FormRef::Id(id) => parameters["flow_id"] = json!(id),
        FormRef::Name(name) => parameters["flow_name"] = json!(name),
    }
    if let Some(screen) = screen.as_ref().filter(|_| !data_exchange) {
        let mut payload = json!({ "screen": screen });
        if !data.is_null() {
            payload["data"] = data.clone();
        }
        parameters["flow_action_payload"] = payload;
    }
    json!({ "name": "flow", "parameters": parameters })
}

fn card(index: usize, card: &Card) -> Value {
    match card {
        Card::Product { catalog, product } => json!({
            "card_index": index,
            "type": "product",
            "action": { "catalog_id": catalog, "product_retailer_id": product },
        }),
        Card::Media {
            header,
            body,
            buttons,
            link,
        } => {
            let mut out = json!({ "card_index": index, "header": self::header(header) });
            if let Some(body) = body {
                out["body"] = json!({ "text": body });
            }
            // Cards with quick replies carry no type.
            if let Some((text, url)) = link {
                out["type"] = json!("cta_url");
                out["action"] = self::link(text, url);
            } else {
                let buttons = buttons.iter().map(|it| button("quick_reply", it));
                out["action"] = json!({ "buttons": buttons.collect::<Vec<_>>() });
            }
            out
        }
    }
}
