//! Decides what a message says: one kind of the channel becomes one variant of [`Content`].
//!
//! In: the fields of a message. Out: its content, taken out of the fields; whatever stays behind is
//! unknown and kept by the caller. A kind we don't know, or know and can't read, becomes `Unknown`
//! with its raw JSON. Absent: ids, times and people, which every kind has ([`super::talk`]). Replies
//! to buttons, lists and forms are read in [`super::interactive`], changes of number in
//! [`super::system`].

use super::fields::Fields;
use super::{interactive, system};
use ponte_core::Content;
use ponte_core::content::{
    ContactCard, Context, Location, Media, OrderItem, Person, Referral, Trouble,
};
use serde_json::Value;

/// The content, and the context of an edited message, which stands inside.
pub(crate) fn take(fields: &mut Fields, with: &Person) -> (Content, Context) {
    let kind = fields.name("type").unwrap_or_else(|| guess(fields));
    let mut inner = Context::default();
    let content = match kind.as_str() {
        "text" => text(fields),
        "image" => media(fields, "image").map(Content::Image),
        "video" => media(fields, "video").map(Content::Video),
        "audio" => media(fields, "audio").map(Content::Audio),
        "voice" => media(fields, "voice").map(|media| {
            let voice = true;
            Content::Audio(Media { voice, ..media })
        }),
        "document" => media(fields, "document").map(Content::Document),
        "sticker" => media(fields, "sticker").map(Content::Sticker),
        "location" => location(fields),
        "contacts" => contacts(fields),
        "interactive" => interactive::take(fields),
        "button" => button(fields),
        "reaction" => reaction(fields),
        "order" => order(fields),
        "system" => system::take(fields, with),
        "unsupported" => Some(unsupported(fields)),
        // The spelling of older versions.
        "unknown" if fields.has("errors") => Some(unsupported(fields)),
        "edit" => edit(fields, with, &mut inner),
        "revoke" => revoke(fields),
        "media_placeholder" => {
            fields.raw("media_placeholder");
            Some(Content::MediaPlaceholder)
        }
        "template" => template(fields),
        _ => None,
    };
    let content = content.unwrap_or_else(|| Content::Unknown {
        raw: fields.raw(&kind).unwrap_or_default(),
        kind,
    });
    (content, inner)
}

/// Without a type, the body's own name tells; the list is in order of how common they are.
fn guess(fields: &Fields) -> String {
    const KINDS: [&str; 16] = [
        "text",
        "image",
        "audio",
        "video",
        "document",
        "sticker",
        "interactive",
        "button",
        "reaction",
        "location",
        "contacts",
        "order",
        "system",
        "edit",
        "revoke",
        "unsupported",
    ];
    let found = KINDS.into_iter().find(|kind| fields.has(kind));
    found.unwrap_or_default().to_owned()
}

fn text(fields: &mut Fields) -> Option<Content> {
    let mut inner = fields.object("text")?;
    let body = inner.text("body");
    fields.put_rest("text", inner);
    Some(Content::Text { body: body? })
}

fn media(fields: &mut Fields, kind: &str) -> Option<Media> {
    let mut inner = fields.object(kind)?;
    let media = Media {
        id: inner.text_or_empty("id"),
        mime: inner.text_or_empty("mime_type"),
        sha256: inner.text_or_empty("sha256"),
        url: inner.name("url").or_else(|| inner.name("link")),
        caption: inner.name("caption"),
        filename: inner.name("filename"),
        voice: inner.flag("voice").unwrap_or(false),
        animated: inner.flag("animated").unwrap_or(false),
    };
    if media == Media::default() {
        fields.put(kind, inner.whole());
        return None;
    }
    fields.put_rest(kind, inner);
    Some(media)
}

fn location(fields: &mut Fields) -> Option<Content> {
    let mut inner = fields.object("location")?;
    let Some(latitude) = inner.float("latitude") else {
        fields.put("location", inner.whole());
        return None;
    };
    let Some(longitude) = inner.float("longitude") else {
        inner.put("latitude", latitude.into());
        fields.put("location", inner.whole());
        return None;
    };
    let location = Location {
        latitude,
        longitude,
        name: inner.name("name"),
        address: inner.name("address"),
        url: inner.name("url"),
    };
    fields.put_rest("location", inner);
    Some(Content::Location(location))
}

fn contacts(fields: &mut Fields) -> Option<Content> {
    if !fields.has("contacts") {
        return None;
    }
    let requested = fields
        .peek("origin")
        .is_some_and(|it| it == "contact_request");
    if requested {
        fields.raw("origin");
    }
    let cards = fields.list("contacts").into_iter();
    let cards: Vec<_> = cards.map(|raw| card(raw, requested)).collect();
    (!cards.is_empty()).then_some(Content::Contacts { cards })
}

/// What we show of a card; all of it stays in `raw`. `origin` stands on the message or on the card.
fn card(raw: Value, requested: bool) -> ContactCard {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = text(&raw["name"]["formatted_name"]);
    let phones = raw["phones"].as_array().into_iter().flatten();
    let phones = phones.map(|phone| match text(&phone["phone"]) {
        none if none.is_empty() => text(&phone["wa_id"]),
        shown => shown,
    });
    ContactCard {
        name,
        phones: phones.filter(|phone| !phone.is_empty()).collect(),
        requested: requested || raw["origin"] == "contact_request",
        raw,
    }
}

fn button(fields: &mut Fields) -> Option<Content> {
    let mut inner = fields.object("button")?;
    let payload = inner.text("payload");
    let text = inner.text("text");
    fields.put_rest("button", inner);
    let text = text.or_else(|| payload.clone())?;
    let payload = payload.unwrap_or_else(|| text.clone());
    Some(Content::TemplateButton { payload, text })
}

/// An absent emoji takes the reaction back; some write an empty one.
fn reaction(fields: &mut Fields) -> Option<Content> {
    let mut inner = fields.object("reaction")?;
    if !inner.named("message_id") {
        fields.put("reaction", inner.whole());
        return None;
    }
    let target = inner.name("message_id");
    let emoji = inner.name("emoji");
    fields.put_rest("reaction", inner);
    target.map(|target| Content::Reaction { target, emoji })
}

fn order(fields: &mut Fields) -> Option<Content> {
    let mut inner = fields.object("order")?;
    let items = inner.list("product_items").into_iter().filter_map(|item| {
        let mut item = Fields::of(item).ok()?;
        Some(OrderItem {
            product: item.text_or_empty("product_retailer_id"),
            quantity: item.float("quantity").unwrap_or_default(),
            price: item.float("item_price").unwrap_or_default(),
            currency: item.text_or_empty("currency"),
        })
    });
    let order = Content::Order {
        items: items.collect(),
        catalog: inner.text_or_empty("catalog_id"),
        text: inner.name("text"),
    };
    fields.put_rest("order", inner);
    Some(order)
}

fn unsupported(fields: &mut Fields) -> Content {
    let errors = troubles(fields, "errors");
    let kind = fields.object("unsupported").and_then(|mut inner| {
        let kind = inner.name("type");
        fields.put_rest("unsupported", inner);
        kind
    });
    Content::Unsupported { errors, kind }
}

fn edit(fields: &mut Fields, with: &Person, context: &mut Context) -> Option<Content> {
    let mut inner = fields.object("edit")?;
    if !inner.named("original_message_id")
        || !matches!(inner.peek("message"), Some(Value::Object(_)))
    {
        fields.put("edit", inner.whole());
        return None;
    }
    let target = inner.text_or_empty("original_message_id");
    let mut message = inner.object("message").unwrap_or_default();
    *context = self::context(&mut message);
    // Depth is bounded by the parser, so an edit of an edit of an edit ends.
    let (content, _) = take(&mut message, with);
    inner.put_rest("message", message);
    fields.put_rest("edit", inner);
    let content = Box::new(content);
    Some(Content::Edit { target, content })
}

fn revoke(fields: &mut Fields) -> Option<Content> {
    let mut inner = fields.object("revoke")?;
    let target = inner.name("original_message_id");
    fields.put_rest("revoke", inner);
    target.map(|target| Content::Revoke { target })
}

fn template(fields: &mut Fields) -> Option<Content> {
    let raw = fields.raw("template")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Some(Content::Template {
        name: text(&raw["name"]),
        language: text(&raw["language"]["code"]),
        raw,
    })
}

/// What the message answers. Of the quote we need the message's id and who wrote it.
pub(crate) fn context(fields: &mut Fields) -> Context {
    let Some(mut inner) = fields.object("context") else {
        return Context::default();
    };
    let context = Context {
        quotes: inner.name("id").or_else(|| inner.name("message_id")),
        author: inner.name("from"),
        forwarded: inner.flag("forwarded").unwrap_or(false),
        frequently_forwarded: inner.flag("frequently_forwarded").unwrap_or(false),
        product: inner.raw("referred_product").unwrap_or_default(),
        sources: Vec::new(),
    };
    fields.put_rest("context", inner);
    context
}

/// The ad or post that opened the chat; `raw` keeps its pictures and the welcome text.
pub(crate) fn referral(fields: &mut Fields) -> Option<Referral> {
    let mut inner = fields.object("referral")?;
    let referral = Referral {
        source_type: inner.text_or_empty("source_type"),
        source_id: inner.text_or_empty("source_id"),
        source_url: inner.text_or_empty("source_url"),
        headline: inner.text_or_empty("headline"),
        body: inner.text_or_empty("body"),
        click_id: inner.name("ctwa_clid"),
        raw: inner.rest(),
    };
    Some(referral)
}

/// An array of the provider's errors, taken out.
pub(crate) fn troubles(fields: &mut Fields, key: &str) -> Vec<Trouble> {
    let list = fields.list(key).into_iter();
    list.filter_map(|error| Fields::of(error).ok().map(trouble))
        .collect()
}

/// `title` and `message` usually say the same; the details are what tells.
fn trouble(mut error: Fields) -> Trouble {
    let title = error.name("title");
    let message = error.name("message");
    let details = error
        .object("error_data")
        .and_then(|mut data| data.name("details"));
    let details = details.or_else(|| {
        message
            .clone()
            .filter(|_| title.is_some() && title != message)
    });
    Trouble {
        code: error.int("code").unwrap_or_default(),
        title: title.or(message).unwrap_or_default(),
        details: details.unwrap_or_default(),
    }
}
