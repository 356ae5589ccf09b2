//! Accepts or refuses messages to users, marks messages read, shows typing.
//!
//! In: the body of `POST /{PHONE}/messages` or `/marketing_messages`. Out: a message id and planned
//! statuses, or a refusal with Meta's code. The order of the questions is one function, `send`: shape,
//! recipient, the user's own refusals, throughput, pair, template or window. Deliberately absent: limits of
//! content (`check.rs`, `interactive.rs`), faults (`mod.rs`), what follows acceptance (`accept.rs`).

use crate::cloud::Cloud;
use crate::graph::check;
use crate::refusal::Refusal;
use crate::time::{DAY, SECOND};
use crate::world::chat::{Side, Stage};
use crate::world::people::{CustomerId, digits};
use serde_json::{Value, json};

/// Longest callback data.
const TAG: usize = 512;
/// How old a message may be to be reacted to, read or quoted.
const OLD: i64 = 30 * DAY;

/// To whom a message goes.
pub(crate) struct Recipient {
    /// As written.
    pub(crate) input: String,
    pub(crate) customer: Option<CustomerId>,
    /// Addressed by user id rather than by phone.
    pub(crate) by_user_id: bool,
    /// A phone written without its plus sign.
    pub(crate) bare: bool,
}

/// What the checks found out about a message.
pub(crate) struct Draft {
    pub(crate) kind: String,
    pub(crate) recipient: Recipient,
    pub(crate) tag: Option<String>,
    /// Name and category of the template.
    pub(crate) template: Option<(String, String)>,
    pub(crate) text: String,
}

impl Cloud {
    pub(crate) fn mark_or_send(
        &mut self,
        now: i64,
        number: usize,
        body: &Value,
        edge: &str,
    ) -> Result<Value, Refusal> {
        if body["messaging_product"].as_str() != Some("whatsapp") {
            return Err(Refusal::new(
                100,
                "The parameter messaging_product is required and must be whatsapp.",
            ));
        }
        if self.numbers[number].offboarded {
            return Err(Refusal::new(
                133010,
                "The number is not connected to the Business Platform at the moment.",
            ));
        }
        if body.get("status").is_some() {
            self.mark(now, number, body)
        } else {
            self.send(now, number, body, edge)
        }
    }

    fn mark(&mut self, now: i64, number: usize, body: &Value) -> Result<Value, Refusal> {
        if body["status"].as_str() != Some("read") {
            return Err(Refusal::new(100, "The parameter status must be read."));
        }
        let wamid = body["message_id"]
            .as_str()
            .ok_or_else(|| Refusal::missing("message_id"))?;
        let known = self
            .chats
            .message(wamid)
            .filter(|message| {
                message.side == Side::Customer
                    && message.number == number
                    && now - message.at <= OLD
            })
            .map(|message| (message.customer, message.at));
        let Some((customer, until)) = known else {
            return Err(Refusal::invalid(
                "The message_id names no message that could be marked as read.",
            ));
        };
        if body
            .get("typing_indicator")
            .is_some_and(|typing| typing["type"].as_str() != Some("text"))
        {
            return Err(Refusal::invalid(
                "The typing_indicator must have type text.",
            ));
        }
        self.ledger.read();
        if let Some(customer) = customer {
            let earlier: Vec<String> = self
                .chats
                .lines(number, customer)
                .filter(|line| {
                    line.side == Side::Customer && line.at <= until && line.stage < Stage::Read
                })
                .map(|line| line.wamid.clone())
                .collect();
            for wamid in earlier {
                if let Some(message) = self.chats.message_mut(&wamid) {
                    message.stage = Stage::Read;
                }
            }
            if body.get("typing_indicator").is_some() {
                self.chats.chat(number, customer).typing_until = now + 25 * SECOND;
            }
        }
        Ok(json!({"success": true}))
    }

    fn send(
        &mut self,
        now: i64,
        number: usize,
        body: &Value,
        edge: &str,
    ) -> Result<Value, Refusal> {
        let draft = self.draft(now, number, body, edge)?;
        self.ask_recipient(&draft)?;
        self.ask_pace(now, number, &draft)?;
        let window_open = draft
            .recipient
            .customer
            .is_some_and(|customer| self.chats.chat(number, customer).window.is_open(now));
        if draft.template.is_none() && !window_open {
            return Err(Refusal::new(
                131047,
                "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
            ));
        }
        Ok(self.accept(now, number, body, &draft, window_open))
    }

    /// Reads and checks the shape of a send.
    fn draft(
        &mut self,
        now: i64,
        number: usize,
        body: &Value,
        edge: &str,
    ) -> Result<Draft, Refusal> {
        let kind = body
            .get("type")
            .map_or(Some("text"), Value::as_str)
            .ok_or_else(|| Refusal::invalid("type"))?;
        let recipient = self.recipient(body)?;
        if body["recipient_type"]
            .as_str()
            .is_some_and(|kind| kind != "individual")
        {
            return Err(Refusal::invalid("This number cannot send to groups."));
        }
        let tag = tag_of(body)?;
        if edge == "marketing_messages" && kind != "template" {
            return Err(Refusal::new(
                131055,
                "Only templates may be sent through marketing_messages.",
            ));
        }
        let content = body
            .get(kind)
            .filter(|content| !content.is_null())
            .ok_or_else(|| Refusal::missing(kind))?;
        let mut template = None;
        let text = if kind == "template" {
            let (name, category, text) = self.check_template(content, recipient.by_user_id)?;
            let lite = edge == "marketing_messages";
            if lite && category != "MARKETING" {
                return Err(Refusal::new(
                    131055,
                    "Only marketing templates may be sent through marketing_messages.",
                ));
            }
            let category = if lite {
                "marketing_lite".to_owned()
            } else {
                category.to_ascii_lowercase()
            };
            template = Some((name, category));
            text
        } else {
            check::content(kind, content)?;
            self.check_references(now, number, kind, content)?;
            check::readable(kind, content)
        };
        if body["context"].is_object() {
            if kind == "reaction" {
                return Err(Refusal::invalid("A reaction cannot carry a context."));
            }
            body["context"]["message_id"]
                .as_str()
                .ok_or_else(|| Refusal::missing("context.message_id"))?;
        }
        Ok(Draft {
            kind: kind.to_owned(),
            recipient,
            tag,
            template,
            text,
        })
    }

    /// `to` (a phone) wins over `recipient` (a user id).
    fn recipient(&self, body: &Value) -> Result<Recipient, Refusal> {
        if let Some(to) = body.get("to") {
            let input = to
                .as_str()
                .ok_or_else(|| Refusal::invalid("The parameter to must be a string."))?;
            let number = digits(input);
            if number.len() < 5
                || input
                    .chars()
                    .any(|character| character.is_ascii_alphabetic())
            {
                return Err(Refusal::invalid("The parameter to is not a phone number."));
            }
            let bare = !input.trim_start().starts_with('+');
            let prefixed = bare
                .then(|| {
                    self.people
                        .by_digits(&format!("{}{number}", self.config.country_code))
                })
                .flatten();
            let customer = prefixed.or_else(|| self.people.by_digits(&number));
            return Ok(Recipient {
                input: input.to_owned(),
                customer,
                by_user_id: false,
                bare,
            });
        }
        let input = body["recipient"]
            .as_str()
            .ok_or_else(|| Refusal::missing("to"))?;
        let customer = self.people.by_user_id(input);
        if customer.is_none() {
            return Err(Refusal::invalid(
                "The recipient is not a user id known to this business.",
            ));
        }
        Ok(Recipient {
            input: input.to_owned(),
            customer,
            by_user_id: true,
            bare: false,
        })
    }

    /// Ids inside the content must name something.
    fn check_references(
        &self,
        now: i64,
        number: usize,
        kind: &str,
        content: &Value,
    ) -> Result<(), Refusal> {
        if kind == "reaction" {
            let target = content["message_id"].as_str().unwrap_or_default();
            let fresh = self
                .chats
                .message(target)
                .is_some_and(|line| line.number == number && now - line.at <= OLD);
            if !fresh {
                return Err(Refusal::invalid(
                    "The message reacted to is unknown or older than 30 days.",
                ));
            }
        }
        if check::MEDIA.contains(&kind)
            && let Some(id) = content["id"].as_str()
        {
            self.media.usable(now, id, kind)?;
        }
        Ok(())
    }

    fn ask_recipient(&self, draft: &Draft) -> Result<(), Refusal> {
        let to = digits(&draft.recipient.input);
        if !draft.recipient.by_user_id && self.numbers.iter().any(|number| number.digits == to) {
            return Err(Refusal::new(131021, "The recipient is the sender."));
        }
        let Some(customer) = draft
            .recipient
            .customer
            .and_then(|customer| self.people.get(customer))
        else {
            return Ok(());
        };
        if let Some(code) = customer.profile.refuses_with {
            return Err(Refusal::new(
                code,
                "The message cannot be delivered to this user.",
            ));
        }
        let marketing = draft
            .template
            .as_ref()
            .is_some_and(|(_, category)| category.starts_with("marketing"));
        if marketing && customer.profile.stopped_marketing {
            return Err(Refusal::new(
                131050,
                "The user has chosen to stop marketing messages from this business.",
            ));
        }
        Ok(())
    }

    fn ask_pace(&mut self, now: i64, number: usize, draft: &Draft) -> Result<(), Refusal> {
        let sender = &mut self.numbers[number];
        if sender.config.mps != u32::MAX && sender.second.count(now) >= sender.config.mps as usize {
            return Err(Refusal::new(
                130429,
                "Cloud API message throughput has been reached.",
            ));
        }
        if let Some(customer) = draft.recipient.customer
            && self.config.pair_limit
            && !self.chats.chat(number, customer).pair.has_room(now)
        {
            return Err(Refusal::new(
                131056,
                "Too many messages sent from this number to the same user.",
            ));
        }
        Ok(())
    }
}

/// The callback data, when it fits.
fn tag_of(body: &Value) -> Result<Option<String>, Refusal> {
    let name = "biz_opaque_callback_data";
    let Some(tag) = body.get(name).filter(|tag| !tag.is_null()) else {
        return Ok(None);
    };
    let tag = tag
        .as_str()
        .ok_or_else(|| Refusal::invalid(format!("{name} must be a string.")))?;
    check::short_enough(name, tag, TAG)?;
    Ok(Some(tag.to_owned()))
}

#[cfg(test)]
#[path = "send_tests.rs"]
mod tests;
