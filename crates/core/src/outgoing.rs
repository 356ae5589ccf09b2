//! What we may send: one variant per outbound kind of the channel, as values.
//!
//! Limits (lengths, counts) are in `limits`; the JSON that the provider wants is made by
//! `ponte-wire`. Absent: who decided it, when and under which ownership — that is
//! [`crate::effect::Send`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Outgoing {
    Text {
        body: String,
        #[serde(default)]
        preview_url: bool,
    },
    Image {
        source: MediaSource,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    Video {
        source: MediaSource,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
    },
    Audio {
        source: MediaSource,
        #[serde(default)]
        voice: bool,
    },
    Document {
        source: MediaSource,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caption: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    Sticker {
        source: MediaSource,
    },
    Location {
        latitude: f64,
        longitude: f64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        address: Option<String>,
    },
    /// Cards in the provider's own shape (name, phones, emails, org, urls, addresses).
    Contacts {
        cards: Vec<Value>,
    },
    /// Empty `emoji` takes the reaction back.
    Reaction {
        target: String,
        emoji: String,
    },
    Buttons {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<Header>,
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        buttons: Vec<Button>,
    },
    List {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        button: String,
        sections: Vec<Section>,
    },
    Link {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<Header>,
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        text: String,
        url: String,
    },
    LocationRequest {
        body: String,
    },
    ContactRequest {
        body: String,
    },
    CallPermissionRequest {
        body: String,
    },
    VoiceCall {
        body: String,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ttl_minutes: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        payload: Option<String>,
    },
    /// A WhatsApp Flow form.
    Form {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        header: Option<String>,
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        flow: FormRef,
        button: String,
        token: String,
        #[serde(default)]
        draft: bool,
        #[serde(default)]
        data_exchange: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        screen: Option<String>,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        data: Value,
    },
    Address {
        body: String,
        country: String,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        values: Value,
    },
    Product {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        catalog: String,
        product: String,
    },
    Products {
        header: String,
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        catalog: String,
        sections: Vec<ProductSection>,
    },
    Catalog {
        body: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        footer: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thumbnail: Option<String>,
    },
    Carousel {
        body: String,
        cards: Vec<Card>,
    },
    Template(Template),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaSource {
    /// A media id at the provider.
    Id(String),
    /// A public https link that the provider fetches.
    Link(String),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Header {
    Text {
        text: String,
    },
    Image {
        source: MediaSource,
    },
    Video {
        source: MediaSource,
    },
    Document {
        source: MediaSource,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub id: String,
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    #[serde(default)]
    pub title: String,
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: String,
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductSection {
    pub title: String,
    pub products: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormRef {
    Id(String),
    Name(String),
}

/// One card of a carousel: media with buttons or a link, or a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Card {
    Media {
        header: Header,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<String>,
        #[serde(default)]
        buttons: Vec<Button>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        link: Option<(String, String)>,
    },
    Product {
        catalog: String,
        product: String,
    },
}

/// A template with the parameters it is sent with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    pub name: String,
    pub language: String,
    /// `components` in the provider's shape: header, body, button parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Value>,
    /// What the customer will read, for our own views.
    #[serde(default)]
    pub preview: String,
}

/// Whom a message goes to. With both, the provider takes `phone`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Digits without `+`, as the provider gave them; `ponte-wire` adds the `+`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
}

impl Outgoing {
    /// A plain text without link preview.
    #[must_use]
    pub fn text(body: impl Into<String>) -> Self {
        Outgoing::Text {
            body: body.into(),
            preview_url: false,
        }
    }

    /// Whether it may be sent outside the 24-hour window.
    #[must_use]
    pub fn is_template(&self) -> bool {
        matches!(self, Outgoing::Template(_))
    }
}
