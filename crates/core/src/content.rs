//! What a message says, whoever sent it: one variant per kind the channel knows, plus `Unknown`.
//!
//! Kept here: the closed list of kinds and their parts, as received. Unknown kinds keep their raw
//! JSON and are shown, never refused. What we may *send*, with its limits, is [`crate::outgoing`];
//! how bytes become these values is `ponte-wire`.

use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The body of one message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    Text {
        body: String,
    },
    Image(Media),
    Video(Media),
    Audio(Media),
    Document(Media),
    Sticker(Media),
    Location(Location),
    Contacts {
        cards: Vec<ContactCard>,
    },
    /// A tap on one of our reply buttons.
    ButtonReply {
        id: String,
        title: String,
    },
    /// A choice from one of our lists.
    ListReply {
        id: String,
        title: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    /// A filled-in form (`nfm_reply`): WhatsApp Flow or address. `response` is the decoded JSON, or a string when it isn't JSON.
    FormReply {
        name: String,
        body: String,
        response: Value,
    },
    CallPermissionReply {
        accepted: bool,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Time>,
        permanent: bool,
        automatic: bool,
    },
    /// A customer's product message.
    Product {
        raw: Value,
    },
    /// A tap on a template's quick reply.
    TemplateButton {
        payload: String,
        text: String,
    },
    /// `emoji` absent: the reaction was taken back.
    Reaction {
        target: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emoji: Option<String>,
    },
    Order {
        catalog: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        items: Vec<OrderItem>,
    },
    /// The channel tells of a change of number, id or keys.
    System(SystemChange),
    /// The channel could not pass the message on; 131060 is normal in coexistence.
    Unsupported {
        errors: Vec<Trouble>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
    },
    Edit {
        target: String,
        content: Box<Content>,
    },
    Revoke {
        target: String,
    },
    /// History keeps media out at first; a later delivery brings it under the same id.
    MediaPlaceholder,
    /// A template as sent (by us, or seen in an echo or history).
    Template {
        name: String,
        language: String,
        #[serde(default, skip_serializing_if = "Value::is_null")]
        raw: Value,
    },
    /// Buttons, lists, links and forms that we or the app sent; `text` is the readable body.
    Interactive {
        kind: String,
        text: String,
        raw: Value,
    },
    /// A kind this version doesn't know. Shown with its name; decoded again after an upgrade.
    Unknown {
        kind: String,
        raw: Value,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Media {
    /// The provider's media id (7 days when it came by webhook).
    pub id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mime: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// A voice note rather than an audio file.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub voice: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub animated: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Location {
    pub latitude: f64,
    pub longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A contact card. What we show is taken out; the whole card stays in `raw`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactCard {
    pub name: String,
    pub phones: Vec<String>,
    /// Sent as the answer to our request for the number.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub requested: bool,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub raw: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    pub product: String,
    pub quantity: f64,
    pub price: f64,
    pub currency: String,
}

/// A change that the channel reports about the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemChange {
    pub change: Change,
    pub body: String,
    /// The names the person has from now on.
    pub now: Person,
    /// The names they had before.
    pub before: Person,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Number,
    UserId,
    Identity,
    Other(String),
}

/// The names a provider gives a person; any may be absent, the phone number included.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Person {
    /// Business-scoped user id, `US.1349…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bsuid: Option<String>,
    /// Parent id across linked portfolios, `US.ENT.…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// WhatsApp id: an opaque key that looks like digits. Never validated or rewritten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The profile name, for people to read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A provider's error inside a message or status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trouble {
    pub code: i64,
    pub title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub details: String,
}

/// What a message answers or carries besides its content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The provider id of the quoted message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quotes: Option<String>,
    /// Who wrote the quoted message, where the channel says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub forwarded: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub frequently_forwarded: bool,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub product: Value,
    /// Where the words of an answer come from: documents, written answers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
}

/// A click-to-WhatsApp ad or post that opened the chat.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Referral {
    pub source_type: String,
    pub source_id: String,
    pub source_url: String,
    pub headline: String,
    pub body: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub click_id: Option<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    pub raw: Value,
}

/// A message as the channel brought it: customer's, phone app's or history's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The provider's message id (wamid). Personal data: it contains the phone number.
    pub wamid: String,
    /// The provider's time, whole seconds.
    pub sent: Time,
    pub content: Content,
    #[serde(default, skip_serializing_if = "is_default")]
    pub context: Context,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<Referral>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Fields this version doesn't know, kept as they came.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub extra: Value,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
