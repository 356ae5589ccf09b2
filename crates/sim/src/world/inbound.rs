//! What customers do: write, react, edit, delete, press, change their number.
//!
//! In: a customer, a number, a message. Out: a line in the chat, an open window, a `messages` change and an
//! entry in the ledger. Inbound counts towards a coexistence number's throughput. Deliberately absent: the
//! shape of each kind (`content.rs`) calls (`call.rs`) and reading (`status.rs`). Next: `content.rs`.

use crate::cloud::Cloud;
use crate::facts::Said;
use crate::faults::Fault;
use crate::time::stamp;
use crate::world::chat::{Message, Side};
use crate::world::content::{Content, Media, Rendered};
use crate::world::people::{Customer, CustomerId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// An advertisement or post the customer came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Referral {
    /// Address of the advertisement.
    pub source_url: String,
    /// Its id.
    pub source_id: String,
    /// `ad` or `post`.
    pub source_type: String,
    /// Its title.
    pub headline: String,
    /// Its text.
    pub body: String,
    /// Click id; absent for ads in status.
    pub ctwa_clid: Option<String>,
    /// The greeting shown before the customer wrote.
    pub welcome_message: Option<String>,
}

/// A customer's message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerMessage {
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
    /// The message it answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Forwarded from another chat.
    #[serde(default)]
    pub forwarded: bool,
    /// Forwarded more than five times.
    #[serde(default)]
    pub frequently_forwarded: bool,
    /// Came through an advertisement: opens a free entry point.
    #[serde(default)]
    pub referral: Option<Referral>,
    /// Asks about a product: catalogue and retailer id.
    #[serde(default)]
    pub referred_product: Option<(String, String)>,
    /// Written in a group of the API.
    #[serde(default)]
    pub group_id: Option<String>,
}

impl From<Content> for CustomerMessage {
    fn from(content: Content) -> Self {
        Self {
            content,
            reply_to: None,
            forwarded: false,
            frequently_forwarded: false,
            referral: None,
            referred_product: None,
            group_id: None,
        }
    }
}

impl CustomerMessage {
    /// Plain text.
    pub fn text(body: impl Into<String>) -> Self {
        Content::Text { body: body.into() }.into()
    }

    /// A stand-in picture with a caption.
    pub fn image(caption: &str) -> Self {
        Content::Image(Media::captioned(caption)).into()
    }

    /// A voice message.
    pub fn voice() -> Self {
        Content::Audio(Media::voice()).into()
    }

    /// A pressed reply button of the quoted message.
    pub fn button_reply(quoted: &str, id: &str, title: &str) -> Self {
        Self::from(Content::ButtonReply {
            id: id.into(),
            title: title.into(),
        })
        .quoting(quoted)
    }

    /// A reaction, or with no emoji its removal.
    pub fn reaction(message_id: &str, emoji: Option<&str>) -> Self {
        Content::Reaction {
            message_id: message_id.into(),
            emoji: emoji.map(str::to_owned),
        }
        .into()
    }

    /// Answers a message.
    pub fn quoting(self, wamid: &str) -> Self {
        Self {
            reply_to: Some(wamid.into()),
            ..self
        }
    }

    /// Comes through an advertisement.
    pub fn from_ad(self, headline: &str) -> Self {
        let referral = Referral {
            source_url: "https://fb.me/demo".into(),
            source_id: "120200000000000001".into(),
            source_type: "ad".into(),
            headline: headline.into(),
            body: headline.into(),
            ctwa_clid: Some("ARAdemoclickid".into()),
            welcome_message: None,
        };
        Self {
            referral: Some(referral),
            ..self
        }
    }
}

impl Cloud {
    /// A customer writes to a number; gives back the message id. An unknown customer or number is a
    /// mistake of the caller and gives an empty id.
    pub fn customer_sends(
        &mut self,
        now: i64,
        from: CustomerId,
        to: &str,
        message: CustomerMessage,
    ) -> String {
        let (Some(number), Some(customer)) =
            (self.number_index(to), self.people.get(from).cloned())
        else {
            return String::new();
        };
        let wamid = self.ids.wamid(customer.digits(), false);
        let rendered = self.render(now, &message.content, &customer);
        self.apply(&message.content, Side::Customer);
        self.keep_inbound(now, number, &customer, &wamid, &rendered, &message);
        self.count_inbound(now, number, from, &message);
        let customer = self.people.get(from).cloned().unwrap_or(customer);
        let mut item = json!({"id": wamid, "timestamp": stamp(now)});
        customer.sign(&mut item, "from");
        rendered.put_on(&mut item);
        self.put_context(number, &mut item, &message);
        let mut value = json!({"contacts": [customer.contact()], "messages": [item]});
        if self.faults.strike(Fault::UnknownKind) {
            self.add_hologram(now, number, &customer, &mut value);
        }
        let mut items = vec![format!("message:{wamid}")];
        if let Some(extra) = value["messages"][1]["id"].as_str() {
            items.push(format!("message:{extra}"));
        }
        self.emit_number(now, number, "messages", value, items);
        wamid
    }

    /// What the content does to earlier messages, as both phones show them.
    pub(crate) fn apply(&mut self, content: &Content, side: Side) {
        if let Content::Reaction { message_id, emoji } = content
            && let Some(target) = self.chats.message_mut(message_id)
        {
            target.react(side, emoji.as_deref());
        }
        if let Content::Edit {
            original_message_id,
            body,
        } = content
            && let Some(target) = self.chats.message_mut(original_message_id)
        {
            target.edited = true;
            target.text.clone_from(body);
        }
        if let Content::Revoke {
            original_message_id,
        } = content
            && let Some(target) = self.chats.message_mut(original_message_id)
        {
            target.revoked = true;
        }
    }

    fn keep_inbound(
        &mut self,
        now: i64,
        number: usize,
        customer: &Customer,
        wamid: &str,
        rendered: &Rendered,
        message: &CustomerMessage,
    ) {
        self.ledger.hear(Said {
            id: wamid.to_owned(),
            number: Arc::clone(&self.numbers[number].id),
            customer: Some(customer.id),
            kind: rendered.kind.clone(),
            text: rendered.text.clone(),
            at: now,
            lost: false,
            posts: 0,
            acked_at: None,
        });
        if !matches!(rendered.kind.as_str(), "reaction" | "edit" | "revoke") {
            let line = Message::said(
                now,
                number,
                customer.id,
                wamid,
                rendered,
                Side::Customer,
                message.reply_to.clone(),
            );
            self.chats.add(line);
        }
    }

    fn count_inbound(
        &mut self,
        now: i64,
        number: usize,
        from: CustomerId,
        message: &CustomerMessage,
    ) {
        if self.numbers[number].config.coexistence {
            self.numbers[number].second.add(now);
        }
        let opens = match &message.content {
            Content::Reaction { .. } => self.config.reaction_opens_window,
            Content::Edit { .. }
            | Content::Revoke { .. }
            | Content::System { .. }
            | Content::UserChangedNumber { .. }
            | Content::UserChangedUserId => false,
            Content::Text { .. }
            | Content::Image(_)
            | Content::Video(_)
            | Content::Document(_)
            | Content::Sticker(_)
            | Content::Audio(_)
            | Content::Location { .. }
            | Content::Contacts { .. }
            | Content::ButtonReply { .. }
            | Content::ListReply { .. }
            | Content::NfmReply { .. }
            | Content::CallPermissionReply { .. }
            | Content::Product { .. }
            | Content::Button { .. }
            | Content::Order { .. }
            | Content::Unsupported { .. }
            | Content::Unknown { .. } => message.group_id.is_none(),
        };
        let chat = self.chats.chat(number, from);
        if opens {
            chat.window.open(now);
        }
        if message.referral.is_some() {
            chat.window.entry_point(now);
        }
    }

    fn put_context(&self, number: usize, item: &mut Value, message: &CustomerMessage) {
        let mut context = json!({});
        if let Some(quoted) = &message.reply_to {
            let from = match self.chats.message(quoted) {
                Some(line) if line.side == Side::Customer => item["from"].clone(),
                Some(_) | None => json!(self.numbers[number].digits),
            };
            context = json!({"from": from, "id": quoted});
        }
        if message.forwarded {
            context["forwarded"] = json!(true);
        }
        if message.frequently_forwarded {
            context["frequently_forwarded"] = json!(true);
        }
        if let Some((catalog, product)) = &message.referred_product {
            context["referred_product"] =
                json!({"catalog_id": catalog, "product_retailer_id": product});
        }
        if context
            .as_object()
            .is_some_and(|context| !context.is_empty())
        {
            item["context"] = context;
        }
        if let Some(group) = &message.group_id {
            item["group_id"] = json!(group);
        }
        if let Some(referral) = &message.referral {
            let mut value = json!({
                "source_url": referral.source_url, "source_id": referral.source_id,
                "source_type": referral.source_type, "headline": referral.headline, "body": referral.body,
                "media_type": "image", "image_url": "https://example.com/ad.jpg",
                "thumbnail_url": "https://example.com/ad-small.jpg",
            });
            if let Some(click) = &referral.ctwa_clid {
                value["ctwa_clid"] = json!(click);
            }
            if let Some(welcome) = &referral.welcome_message {
                value["welcome_message"] = json!({"text": welcome});
            }
            item["referral"] = value;
        }
    }

    /// The fault `unknown-kind`: one more message, of a kind nobody has heard of.
    fn add_hologram(&mut self, now: i64, number: usize, customer: &Customer, value: &mut Value) {
        let wamid = self.ids.wamid(customer.digits(), false);
        let mut item =
            json!({"id": wamid, "timestamp": stamp(now), "brand_new_property": {"a": [1]}});
        customer.sign(&mut item, "from");
        let rendered = Rendered {
            kind: "hologram".into(),
            value: json!({"depth": 3}),
            beside: serde_json::Map::new(),
            text: String::new(),
        };
        rendered.put_on(&mut item);
        let message = CustomerMessage::from(Content::Unknown {
            kind: "hologram".into(),
            value: Value::Null,
        });
        self.keep_inbound(now, number, customer, &wamid, &rendered, &message);
        if let Some(messages) = value["messages"].as_array_mut() {
            messages.push(item);
        }
    }
}

#[cfg(test)]
#[path = "inbound_tests.rs"]
mod tests;
