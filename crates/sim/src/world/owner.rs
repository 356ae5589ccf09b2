//! What the owner does in the phone app: write, answer, react, edit, delete. Meta echoes it to the API.
//!
//! In: a number in coexistence, a customer, a message. Out: a line in the chat and an `smb_message_echoes`
//! change, unless a fault loses or delays it. App messages cost nothing, are bound by no window and open
//! none. Deliberately absent: statuses for them, which Meta does not document. Next: `content.rs`.

use crate::cloud::Cloud;
use crate::facts::Said;
use crate::faults::Fault;
use crate::time::{MINUTE, stamp};
use crate::world::chat::{Message, Side};
use crate::world::content::{Content, Media, Rendered};
use crate::world::people::{Customer, CustomerId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A message from the phone app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnerMessage {
    /// What it says.
    #[serde(flatten)]
    pub content: Content,
    /// The message it answers.
    #[serde(default)]
    pub reply_to: Option<String>,
}

impl From<Content> for OwnerMessage {
    fn from(content: Content) -> Self {
        Self {
            content,
            reply_to: None,
        }
    }
}

impl OwnerMessage {
    /// Plain text.
    pub fn text(body: impl Into<String>) -> Self {
        Content::Text { body: body.into() }.into()
    }

    /// A stand-in picture with a caption.
    pub fn image(caption: &str) -> Self {
        Content::Image(Media::captioned(caption)).into()
    }

    /// Answers a message.
    pub fn quoting(self, wamid: &str) -> Self {
        Self {
            reply_to: Some(wamid.into()),
            ..self
        }
    }
}

impl Cloud {
    /// The owner writes in the phone app; gives back the message id, empty when the number is not used in
    /// the app or the customer is unknown.
    pub fn owner_sends(
        &mut self,
        now: i64,
        from: &str,
        to: CustomerId,
        message: OwnerMessage,
    ) -> String {
        let Some(number) = self
            .number_index(from)
            .filter(|number| self.numbers[*number].config.coexistence)
        else {
            return String::new();
        };
        let Some(customer) = self.people.get(to).cloned() else {
            return String::new();
        };
        let wamid = self.ids.wamid(customer.digits(), true);
        let rendered = self.render(now, &message.content, &customer);
        self.apply(&message.content, Side::PhoneApp);
        if !matches!(rendered.kind.as_str(), "reaction" | "edit" | "revoke") {
            let line = Message::said(
                now,
                number,
                to,
                &wamid,
                &rendered,
                Side::PhoneApp,
                message.reply_to.clone(),
            );
            self.chats.add(line);
        }
        let lost = self.faults.strike(Fault::LostEcho);
        self.ledger.echo(Said {
            id: wamid.clone(),
            number: Arc::clone(&self.numbers[number].id),
            customer: Some(to),
            kind: rendered.kind.clone(),
            text: rendered.text.clone(),
            at: now,
            lost,
            posts: 0,
            acked_at: None,
        });
        if lost {
            return wamid;
        }
        let late = if self.faults.strike(Fault::LateEcho) {
            self.faults.span(MINUTE, 5 * MINUTE)
        } else {
            0
        };
        let quoted = message.reply_to.as_deref();
        let value = self.echo_value(now, number, &customer, &wamid, &rendered, quoted);
        self.emit_number(
            now + late,
            number,
            "smb_message_echoes",
            value,
            vec![format!("echo:{wamid}")],
        );
        wamid
    }

    /// The value of an echo.
    pub(crate) fn echo_value(
        &self,
        at: i64,
        number: usize,
        customer: &Customer,
        wamid: &str,
        rendered: &Rendered,
        quoted: Option<&str>,
    ) -> Value {
        let mut echo =
            json!({"from": self.numbers[number].digits, "id": wamid, "timestamp": stamp(at)});
        customer.sign(&mut echo, "to");
        rendered.put_on(&mut echo);
        if let Some(quoted) = quoted {
            echo["context"] = json!({"id": quoted});
        }
        let mut contact = customer.contact();
        if let Some(profile) = contact["profile"].as_object_mut() {
            profile.remove("name");
        }
        json!({"contacts": [contact], "message_echoes": [echo]})
    }
}

#[cfg(test)]
#[path = "owner_tests.rs"]
mod tests;
