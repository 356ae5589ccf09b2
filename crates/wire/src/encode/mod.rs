//! Makes the provider's JSON of what we send: one documented shape per kind of message.
//!
//! In: whom, what, what it quotes and our tag. Out: the body of `POST /{number}/messages`, or what of
//! the message the channel would refuse. Absent: sending, and the question whether it may be sent at
//! all (window, consent, ownership). Interactive kinds are in [`interactive`]; limits in
//! `ponte_core::limits`.

mod interactive;

use ponte_core::Outgoing;
use ponte_core::limits::{self, Broken};
use ponte_core::outgoing::{Address, MediaSource, Template};
use serde_json::{Map, Value, json};

/// The body of a send.
///
/// # Errors
/// The first thing the channel would refuse; nothing is sent half right.
pub fn message(
    to: &Address,
    what: &Outgoing,
    quotes: Option<&str>,
    tag: &str,
) -> Result<Value, Broken> {
    if let Some(broken) = what.broken().into_iter().next() {
        return Err(broken);
    }
    let mut body = Map::new();
    body.insert("messaging_product".into(), "whatsapp".into());
    body.insert("recipient_type".into(), "individual".into());
    address(&mut body, to)?;
    let (kind, inner) = content(what);
    body.insert("type".into(), kind.into());
    body.insert(kind.into(), inner);
    // A reaction names its target itself; the provider refuses a context beside it.
    let quotes = quotes.filter(|_| !matches!(what, Outgoing::Reaction { .. }));
    if let Some(wamid) = quotes {
        body.insert("context".into(), json!({ "message_id": wamid }));
    }
    if !tag.is_empty() {
        if limits::length(tag) > limits::CALLBACK_DATA {
            let pt = "A marca de envio é longa demais.";
            return Err(Broken::other("tag", pt, "The tag of the send is too long."));
        }
        body.insert("biz_opaque_callback_data".into(), tag.into());
    }
    Ok(Value::Object(body))
}

/// Marks a customer's message (and all before it) as read, perhaps showing "typing…".
#[must_use]
pub fn read(wamid: &str, typing: bool) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": wamid,
    });
    if typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    body
}

/// `to` with a `+`, without which Meta would put the business's own country code before it; else
/// `recipient`. With both the provider takes `to`, so only one is written.
fn address(body: &mut Map<String, Value>, to: &Address) -> Result<(), Broken> {
    let named = |text: &&String| !text.trim_start_matches('+').is_empty();
    if let Some(phone) = to.phone.as_ref().filter(named) {
        let digits = phone.trim_start_matches('+');
        body.insert("to".into(), format!("+{digits}").into());
    } else if let Some(bsuid) = to.bsuid.as_ref().filter(named) {
        body.insert("recipient".into(), bsuid.as_str().into());
    } else {
        let pt = "O contato não tem telefone nem identificador.";
        let en = "The contact has neither a phone nor an id.";
        return Err(Broken::other("to", pt, en));
    }
    Ok(())
}

fn content(what: &Outgoing) -> (&'static str, Value) {
    match what {
        Outgoing::Text { body, preview_url } => {
            ("text", json!({ "body": body, "preview_url": preview_url }))
        }
        Outgoing::Image { source, caption } => ("image", captioned(source, caption.as_ref())),
        Outgoing::Video { source, caption } => ("video", captioned(source, caption.as_ref())),
        Outgoing::Audio { source, voice } => {
            let mut audio = media(source);
            if *voice {
                audio.insert("voice".into(), true.into());
            }
            ("audio", audio.into())
        }
        Outgoing::Document {
            source,
            caption,
            filename,
        } => {
            let mut document = media(source);
            put(&mut document, "caption", caption.as_ref());
            put(&mut document, "filename", filename.as_ref());
            ("document", document.into())
        }
        Outgoing::Sticker { source } => ("sticker", media(source).into()),
        Outgoing::Location {
            latitude,
            longitude,
            name,
            address,
        } => {
            let mut location = Map::new();
            location.insert("latitude".into(), (*latitude).into());
            location.insert("longitude".into(), (*longitude).into());
            put(&mut location, "name", name.as_ref());
            put(&mut location, "address", address.as_ref());
            ("location", location.into())
        }
        Outgoing::Contacts { cards } => ("contacts", Value::from(cards.clone())),
        Outgoing::Reaction { target, emoji } => {
            ("reaction", json!({ "message_id": target, "emoji": emoji }))
        }
        Outgoing::Template(what) => ("template", template(what)),
        Outgoing::Buttons { .. }
        | Outgoing::List { .. }
        | Outgoing::Link { .. }
        | Outgoing::LocationRequest { .. }
        | Outgoing::ContactRequest { .. }
        | Outgoing::CallPermissionRequest { .. }
        | Outgoing::VoiceCall { .. }
        | Outgoing::Form { .. }
        | Outgoing::Address { .. }
        | Outgoing::Product { .. }
        | Outgoing::Products { .. }
        | Outgoing::Catalog { .. }
        | Outgoing::Carousel { .. } => ("interactive", interactive::build(what)),
    }
}

fn template(template: &Template) -> Value {
    let mut out = json!({
        "name": template.name,
        "language": { "code": template.language },
    });
    if !template.components.is_empty() {
        out["components"] = Value::from(template.components.clone());
    }
    out
}

/// `{"id": …}` or `{"link": …}`.
fn media(source: &MediaSource) -> Map<String, Value> {
    let (key, value) = match source {
        MediaSource::Id(id) => ("id", id),
        MediaSource::Link(link) => ("link", link),
    };
    Map::from_iter([(key.to_owned(), Value::from(value.as_str()))])
}

fn captioned(source: &MediaSource, caption: Option<&String>) -> Value {
    let mut out = media(source);
    put(&mut out, "caption", caption);
    out.into()
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), Value::from(value.as_str()));
    }
}
