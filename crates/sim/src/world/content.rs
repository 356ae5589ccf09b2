//! What people write: one kind of content for customers and for the owner of the phone.
//!
//! In: content as Rust values or as JSON from the two-phone page. Out: the `type` and the object below it
//! exactly as webhooks carry them, and the text a person would read. Deliberately absent: who sent it and
//! what follows; see `inbound.rs` and `owner.rs`.

use crate::cloud::Cloud;
use crate::graph::media::{Origin, unbase64};
use crate::world::people::Customer;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// For example `image/jpeg`; drawn from the kind when empty.
    pub mime_type: String,
    /// The file itself, in base64; a short stand-in when empty.
    pub data_base64: String,
    /// Text below the picture.
    pub caption: Option<String>,
    /// Name of a document.
    pub filename: Option<String>,
    /// A voice message rather than a sound file.
    pub voice: bool,
    /// An animated sticker.
    pub animated: bool,
}

impl Media {
    /// A stand-in file of a kind with a caption.
    pub fn captioned(caption: &str) -> Self {
        Self {
            caption: Some(caption.into()),
            ..Self::default()
        }
    }

    /// A voice message.
    pub fn voice() -> Self {
        Self {
            voice: true,
            mime_type: "audio/ogg; codecs=opus".into(),
            ..Self::default()
        }
    }
}

/// Everything that can be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields carry the names of the webhook properties they become"
)]
pub enum Content {
    /// Plain text.
    Text { body: String },
    /// A picture.
    Image(Media),
    /// A film.
    Video(Media),
    /// A file.
    Document(Media),
    /// A sticker.
    Sticker(Media),
    /// A sound or a voice message.
    Audio(Media),
    /// A place.
    Location {
        latitude: f64,
        longitude: f64,
        name: Option<String>,
        address: Option<String>,
        url: Option<String>,
    },
    /// Contact cards; `origin` is `contact_request` or `other`.
    Contacts {
        contacts: Vec<Value>,
        origin: Option<String>,
    },
    /// A reply button was pressed.
    ButtonReply { id: String, title: String },
    /// A list row was chosen.
    ListReply {
        id: String,
        title: String,
        description: Option<String>,
    },
    /// A flow or an address form was filled in; `response_json` is a JSON text.
    NfmReply {
        name: String,
        body: String,
        response_json: String,
    },
    /// Answer to a request for permission to call.
    CallPermissionReply {
        response: String,
        expiration_timestamp: Option<i64>,
        response_source: Option<String>,
        is_permanent: Option<bool>,
    },
    /// A product was sent.
    Product {
        catalog_id: String,
        product_retailer_id: String,
    },
    /// A template's quick reply was pressed.
    Button { payload: String, text: String },
    /// A reaction; without an emoji the reaction is taken back.
    Reaction {
        message_id: String,
        emoji: Option<String>,
    },
    /// A shopping basket.
    Order {
        catalog_id: String,
        text: Option<String>,
        product_items: Vec<Value>,
    },
    /// The customer has a new phone number (and a new user id).
    UserChangedNumber { phone: String },
    /// The customer has a new user id and no phone to show.
    UserChangedUserId,
    /// Any other system notice.
    System { kind: String, body: String },
    /// Something the API cannot carry: code 131051, or 131060 in coexistence.
    Unsupported { code: u32, kind: String },
    /// An earlier message has a new text or caption.
    Edit {
        original_message_id: String,
        body: String,
    },
    /// An earlier message was deleted for everyone.
    Revoke { original_message_id: String },
    /// A kind that does not exist yet.
    Unknown { kind: String, value: Value },
}

/// Content as a webhook carries it.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) kind: String,
    /// What stands under the name of the kind; `Null` for nothing.
    pub(crate) value: Value,
    /// Further properties of the message itself.
    pub(crate) beside: Map<String, Value>,
    pub(crate) text: String,
}

impl Rendered {
    fn new(kind: &str, value: Value, text: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            value,
            beside: Map::new(),
            text: text.into(),
        }
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.beside.insert(key.into(), value);
        self
    }

    /// Puts type, content and the further properties on a message.
    pub(crate) fn put_on(&self, message: &mut Value) {
        message["type"] = json!(self.kind);
        if !self.value.is_null() {
            message[self.kind.as_str()] = self.value.clone();
        }
        for (key, value) in &self.beside {
            message[key.as_str()] = value.clone();
        }
    }
}

/// The properties of a content that are there, under their webhook names.
fn fields(content: &Content) -> Value {
    let mut value = serde_json::to_value(content).unwrap_or_default();
    if let Some(object) = value.as_object_mut() {
        object.remove("type");
        object.retain(|_, value| !value.is_null());
    }
    value
}

fn cards(contacts: &[Value], origin: Option<&str>) -> Rendered {
    let first = contacts
        .first()
        .and_then(|card| card["name"]["formatted_name"].as_str());
    let rendered = Rendered::new("contacts", json!(contacts), first.unwrap_or_default());
    match origin {
        Some(origin) => rendered.with("origin", json!(origin)),
        None => rendered,
    }
}

fn interactive(kind: &str, content: &Content, text: &str) -> Rendered {
    let mut interactive = json!({"type": kind});
    interactive[kind] = fields(content);
    Rendered::new("interactive", interactive, text)
}

impl Cloud {
    /// Renders content; files become media objects with an id of their own.
    pub(crate) fn render(&mut self, now: i64, content: &Content, customer: &Customer) -> Rendered {
        match content {
            Content::Image(media) => self.render_media(now, "image", media),
            Content::Video(media) => self.render_media(now, "video", media),
            Content::Document(media) => self.render_media(now, "document", media),
            Content::Sticker(media) => self.render_media(now, "sticker", media),
            Content::Audio(media) => self.render_media(now, "audio", media),
            Content::UserChangedNumber { phone } => self.render_renumbered(customer, Some(phone)),
            Content::UserChangedUserId => self.render_renumbered(customer, None),
            Content::Edit {
                original_message_id,
                body,
            } => self.render_edit(original_message_id, body),
            Content::Text { body } => Rendered::new("text", fields(content), body),
            Content::Location { name, .. } => Rendered::new(
                "location",
                fields(content),
                name.clone().unwrap_or_default(),
            ),
            Content::Contacts { contacts, origin } => cards(contacts, origin.as_deref()),
            Content::ButtonReply { title, .. } => interactive("button_reply", content, title),
            Content::ListReply { title, .. } => interactive("list_reply", content, title),
            Content::NfmReply { body, .. } => interactive("nfm_reply", content, body),
            Content::CallPermissionReply { response, .. } => {
                interactive("call_permission_reply", content, response)
            }
            Content::Product {
                product_retailer_id,
                ..
            } => interactive("product", content, product_retailer_id),
            Content::Button { text, .. } => Rendered::new("button", fields(content), text),
            Content::Reaction { emoji, .. } => Rendered::new(
                "reaction",
                fields(content),
                emoji.clone().unwrap_or_default(),
            ),
            Content::Order { text, .. } => {
                Rendered::new("order", fields(content), text.clone().unwrap_or_default())
            }
            Content::System { kind, body } => {
                let value = json!({"type": kind, "body": body, "user_id": customer.bsuid});
                Rendered::new("system", value, body)
            }
            Content::Unsupported { code, kind } => {
                let details = "Message type is currently not supported.";
                let error = crate::refusal::webhook_error(*code, details);
                Rendered::new("unsupported", json!({"type": kind}), "")
                    .with("errors", json!([error]))
            }
            Content::Revoke { .. } => Rendered::new("revoke", fields(content), ""),
            Content::Unknown { kind, value } => Rendered::new(kind, value.clone(), ""),
        }
    }

    fn render_media(&mut self, now: i64, kind: &str, media: &Media) -> Rendered {
        let mime = match (media.mime_type.as_str(), kind) {
            ("", "image") => "image/jpeg",
            ("", "video") => "video/mp4",
            ("", "document") => "application/pdf",
            ("", "sticker") => "image/webp",
            ("", _) => "audio/ogg; codecs=opus",
            (given, _) => given,
        };
        let bytes = unbase64(&media.data_base64)
            .filter(|bytes| !bytes.is_empty())
            .unwrap_or_else(|| format!("stand-in for a {kind}").into_bytes());
        let (id, digest) = self
            .media
            .add(now, mime, bytes, Origin::Webhook, &mut self.ids);
        let mut value = json!({"id": id, "mime_type": mime, "sha256": digest});
        if self.config.media_url_in_webhooks
            && let Some(url) = self
                .media
                .link(now, &id, &self.config.media_base, &mut self.ids)
        {
            value["url"] = json!(url);
        }
        if let Some(caption) = media
            .caption
            .as_ref()
            .filter(|_| matches!(kind, "image" | "video" | "document"))
        {
            value["caption"] = json!(caption);
        }
        match kind {
            "document" => {
                value["filename"] = json!(media.filename.as_deref().unwrap_or("documento.pdf"))
            }
            "sticker" => value["animated"] = json!(media.animated),
            "audio" => value["voice"] = json!(media.voice),
            _ => {}
        }
        Rendered::new(
            kind,
            value,
            media
                .caption
                .clone()
                .or_else(|| media.filename.clone())
                .unwrap_or_default(),
        )
    }

    fn render_renumbered(&mut self, customer: &Customer, phone: Option<&String>) -> Rendered {
        let bsuid = self.ids.bsuid(&self.config.country);
        let old = self
            .people
            .renumber(customer.id, phone.map(String::as_str), bsuid.clone());
        let (old_phone, old_bsuid) = old.unwrap_or_default();
        let new_phone = self
            .people
            .get(customer.id)
            .map(|customer| customer.wa_id.clone())
            .unwrap_or_default();
        let kind = if phone.is_some() {
            "user_changed_number"
        } else {
            "user_changed_user_id"
        };
        let body = match phone {
            Some(_) => format!(
                "User {} changed from {old_phone} to {new_phone}",
                customer.profile.name
            ),
            None => format!(
                "User {} changed from {old_bsuid} to {bsuid}",
                customer.profile.name
            ),
        };
        let mut value =
            json!({"type": kind, "body": body, "user_id": bsuid, "previous_user_id": old_bsuid});
        if phone.is_some() {
            value["wa_id"] = json!(new_phone);
        }
        Rendered::new("system", value, body)
    }

    fn render_edit(&mut self, original: &str, body: &str) -> Rendered {
        let media = self
            .chats
            .message(original)
            .filter(|message| matches!(message.kind.as_str(), "image" | "video" | "document"))
            .map(|message| (message.kind.clone(), message.content.clone()));
        let (kind, inner) = match media {
            Some((kind, mut content)) => {
                content["caption"] = json!(body);
                (kind, content)
            }
            None => ("text".to_owned(), json!({"body": body})),
        };
        let mut message = json!({"type": kind, "context": {"id": original}});
        message[kind.as_str()] = inner;
        Rendered::new(
            "edit",
            json!({"original_message_id": original, "message": message}),
            body,
        )
    }
}
