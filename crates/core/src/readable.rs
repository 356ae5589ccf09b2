//! The words in a message: what rules match, what people read in lists, and what tells an echo of
//! our own message from somebody else's.
//!
//! In: a received [`Content`] or an [`Outgoing`]. Out: text, or a digest of it. Absent: labels in
//! the reader's language — a picture without caption has no words here, and the console names it.

use crate::content::{Content, Media};
use crate::outgoing::Outgoing;

impl Content {
    /// The customer's or sender's words; empty when there are none (a picture, a sticker).
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Content::Text { body } => body,
            Content::Image(media)
            | Content::Video(media)
            | Content::Audio(media)
            | Content::Document(media)
            | Content::Sticker(media) => media.caption.as_deref().unwrap_or(""),
            Content::Location(place) => place.name.as_deref().unwrap_or(""),
            Content::ButtonReply { title, .. } | Content::ListReply { title, .. } => title,
            Content::FormReply { body, .. } => body,
            Content::TemplateButton { text, .. } => text,
            Content::Order { text, .. } => text.as_deref().unwrap_or(""),
            Content::System(change) => &change.body,
            Content::Edit { content, .. } => content.words(),
            Content::Interactive { text, .. } => text,
            Content::Contacts { .. }
            | Content::CallPermissionReply { .. }
            | Content::Product { .. }
            | Content::Reaction { .. }
            | Content::Unsupported { .. }
            | Content::Revoke { .. }
            | Content::MediaPlaceholder
            | Content::Template { .. }
            | Content::Unknown { .. } => "",
        }
    }

    /// The id of a tapped button or chosen row.
    #[must_use]
    pub fn payload(&self) -> Option<&str> {
        match self {
            Content::ButtonReply { id, .. } | Content::ListReply { id, .. } => Some(id),
            Content::TemplateButton { payload, .. } => Some(payload),
            Content::Text { .. }
            | Content::Image(_)
            | Content::Video(_)
            | Content::Audio(_)
            | Content::Document(_)
            | Content::Sticker(_)
            | Content::Location(_)
            | Content::Contacts { .. }
            | Content::FormReply { .. }
            | Content::CallPermissionReply { .. }
            | Content::Product { .. }
            | Content::Reaction { .. }
            | Content::Order { .. }
            | Content::System(_)
            | Content::Unsupported { .. }
            | Content::Edit { .. }
            | Content::Revoke { .. }
            | Content::MediaPlaceholder
            | Content::Template { .. }
            | Content::Interactive { .. }
            | Content::Unknown { .. } => None,
        }
    }

    /// The file to fetch, where there is one.
    #[must_use]
    pub fn file(&self) -> Option<&Media> {
        match self {
            Content::Image(media)
            | Content::Video(media)
            | Content::Audio(media)
            | Content::Document(media)
            | Content::Sticker(media) => Some(media).filter(|media| !media.id.is_empty()),
            Content::Text { .. }
            | Content::Location(_)
            | Content::Contacts { .. }
            | Content::ButtonReply { .. }
            | Content::ListReply { .. }
            | Content::FormReply { .. }
            | Content::CallPermissionReply { .. }
            | Content::Product { .. }
            | Content::TemplateButton { .. }
            | Content::Reaction { .. }
            | Content::Order { .. }
            | Content::System(_)
            | Content::Unsupported { .. }
            | Content::Edit { .. }
            | Content::Revoke { .. }
            | Content::MediaPlaceholder
            | Content::Template { .. }
            | Content::Interactive { .. }
            | Content::Unknown { .. } => None,
        }
    }
}

impl Outgoing {
    /// The words the customer reads first; empty when there are none.
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            Outgoing::Text { body, .. }
            | Outgoing::Buttons { body, .. }
            | Outgoing::List { body, .. }
            | Outgoing::Link { body, .. }
            | Outgoing::LocationRequest { body }
            | Outgoing::ContactRequest { body }
            | Outgoing::CallPermissionRequest { body }
            | Outgoing::VoiceCall { body, .. }
            | Outgoing::Form { body, .. }
            | Outgoing::Address { body, .. }
            | Outgoing::Products { body, .. }
            | Outgoing::Catalog { body, .. }
            | Outgoing::Carousel { body, .. } => body,
            Outgoing::Image { caption, .. }
            | Outgoing::Video { caption, .. }
            | Outgoing::Document { caption, .. } => caption.as_deref().unwrap_or(""),
            Outgoing::Location { name, .. } => name.as_deref().unwrap_or(""),
            Outgoing::Product { body, .. } => body.as_deref().unwrap_or(""),
            Outgoing::Template(template) => &template.preview,
            Outgoing::Audio { .. }
            | Outgoing::Sticker { .. }
            | Outgoing::Contacts { .. }
            | Outgoing::Reaction { .. } => "",
        }
    }
}

/// A digest of words, to know our own message when it is echoed. 0: no words, matches nothing.
#[must_use]
pub(crate) fn print(words: &str) -> u64 {
    let words = words.trim();
    if words.is_empty() {
        return 0;
    }
    // FNV-1a: stable for ever (it is stored), and no secret hangs on it.
    let hash = words.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.max(1)
}
