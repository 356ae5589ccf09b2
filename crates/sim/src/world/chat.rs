//! Chats and messages as they stand: what each phone shows, which ticks, which window.
//!
//! In: messages as they happen and changes to them. Out: a message by id, the lines of a chat, its window
//! and pair bucket. Old messages are forgotten beyond a limit, the oldest first. Deliberately absent:
//! webhooks and rules; this is the memory they work on. Next: `inbound.rs`, `owner.rs`, `graph/send.rs`.

use crate::pace::{PairBucket, Window};
use crate::world::content::Rendered;
use crate::world::people::CustomerId;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};

/// Who wrote a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The customer.
    Customer,
    /// The business, through the API.
    Api,
    /// The business, in the phone app.
    PhoneApp,
}

/// How far a message has come; later ones never go back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Taken by Meta, not yet on its way.
    Accepted,
    /// One tick.
    Sent,
    /// Two ticks.
    Delivered,
    /// Two blue ticks.
    Read,
    /// A voice message was played.
    Played,
    /// It will not arrive.
    Failed,
}

impl Stage {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Stage::Accepted => "accepted",
            Stage::Sent => "sent",
            Stage::Delivered => "delivered",
            Stage::Read => "read",
            Stage::Played => "played",
            Stage::Failed => "failed",
        }
    }
}

/// How the webhook of one status fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Posted {
    Pending,
    Delivered,
    Retrying,
    Failed,
}

/// A status that happened.
#[derive(Debug, Clone)]
pub(crate) struct Passed {
    pub(crate) stage: Stage,
    pub(crate) at: i64,
    pub(crate) webhook: Posted,
}

/// What decides the price of an outbound message.
#[derive(Debug, Clone)]
pub(crate) struct Price {
    pub(crate) category: String,
    pub(crate) free_entry_point: bool,
    /// The object sent, once it is fixed.
    pub(crate) shown: Option<Value>,
}

/// One message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) wamid: String,
    pub(crate) number: usize,
    pub(crate) customer: Option<CustomerId>,
    /// The recipient as it stands in statuses when nobody known.
    pub(crate) to: String,
    pub(crate) side: Side,
    pub(crate) kind: String,
    pub(crate) content: Value,
    pub(crate) text: String,
    pub(crate) at: i64,
    pub(crate) stage: Stage,
    pub(crate) passed: Vec<Passed>,
    pub(crate) tag: Option<String>,
    pub(crate) quoted: Option<String>,
    pub(crate) price: Option<Price>,
    pub(crate) fails_with: Option<u32>,
    pub(crate) edited: bool,
    pub(crate) revoked: bool,
    pub(crate) reactions: Vec<(Side, String)>,
    /// The id of the entry in the message history.
    pub(crate) history_id: String,
}

impl Message {
    /// A line that a person wrote; it needs no ticks of its own.
    pub(crate) fn said(
        at: i64,
        number: usize,
        customer: CustomerId,
        wamid: &str,
        rendered: &Rendered,
        side: Side,
        quoted: Option<String>,
    ) -> Self {
        Self {
            wamid: wamid.to_owned(),
            number,
            customer: Some(customer),
            to: String::new(),
            side,
            kind: rendered.kind.clone(),
            content: rendered.value.clone(),
            text: rendered.text.clone(),
            at,
            stage: Stage::Delivered,
            passed: Vec::new(),
            tag: None,
            quoted,
            price: None,
            fails_with: None,
            edited: false,
            revoked: false,
            reactions: Vec::new(),
            history_id: String::new(),
        }
    }

    /// The line as a phone shows it.
    pub(crate) fn line(&self) -> Value {
        let reactions: Vec<Value> = self
            .reactions
            .iter()
            .map(|(by, emoji)| json!({"by": by, "emoji": emoji}))
            .collect();
        json!({
            "id": self.wamid,
            "from": self.side,
            "type": self.kind,
            "text": if self.revoked { "" } else { &self.text },
            "content": if self.revoked { &Value::Null } else { &self.content },
            "at": self.at,
            "ticks": self.stage,
            "quoted": self.quoted,
            "edited": self.edited,
            "revoked": self.revoked,
            "reactions": reactions,
        })
    }

    pub(crate) fn react(&mut self, by: Side, emoji: Option<&str>) {
        self.reactions.retain(|(side, _)| *side != by);
        if let Some(emoji) = emoji.filter(|emoji| !emoji.is_empty()) {
            self.reactions.push((by, emoji.to_owned()));
        }
    }

    pub(crate) fn has_passed(&self, stage: Stage) -> bool {
        self.passed.iter().any(|passed| passed.stage == stage)
    }
}

/// One chat between a number and a customer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chat {
    pub(crate) window: Window,
    pub(crate) pair: PairBucket,
    pub(crate) lines: VecDeque<String>,
    /// Until when the customer's phone shows "typing".
    pub(crate) typing_until: i64,
}

/// Lines a chat shows at most.
const LINES: usize = 500;

/// All chats and messages.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chats {
    chats: HashMap<(usize, CustomerId), Chat>,
    messages: HashMap<String, Message>,
    order: VecDeque<String>,
    limit: usize,
}

impl Chats {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            ..Self::default()
        }
    }

    pub(crate) fn chat(&mut self, number: usize, customer: CustomerId) -> &mut Chat {
        self.chats.entry((number, customer)).or_default()
    }

    pub(crate) fn peek(&self, number: usize, customer: CustomerId) -> Option<&Chat> {
        self.chats.get(&(number, customer))
    }

    pub(crate) fn add(&mut self, message: Message) {
        if let Some(customer) = message.customer {
            let chat = self.chat(message.number, customer);
            chat.lines.push_back(message.wamid.clone());
            if chat.lines.len() > LINES {
                chat.lines.pop_front();
            }
        }
        self.order.push_back(message.wamid.clone());
        self.messages.insert(message.wamid.clone(), message);
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.messages.remove(&oldest);
        }
    }

    pub(crate) fn message(&self, wamid: &str) -> Option<&Message> {
        self.messages.get(wamid)
    }

    pub(crate) fn message_mut(&mut self, wamid: &str) -> Option<&mut Message> {
        self.messages.get_mut(wamid)
    }

    /// Messages of a chat, oldest first.
    pub(crate) fn lines(
        &self,
        number: usize,
        customer: CustomerId,
    ) -> impl Iterator<Item = &Message> {
        self.peek(number, customer)
            .into_iter()
            .flat_map(|chat| &chat.lines)
            .filter_map(|id| self.messages.get(id))
    }

    /// All remembered messages, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Message> {
        self.order
            .iter()
            .rev()
            .filter_map(|id| self.messages.get(id))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn message(wamid: &str, customer: u32) -> Message {
        Message {
            wamid: wamid.into(),
            number: 0,
            customer: Some(CustomerId(customer)),
            to: String::new(),
            side: Side::Api,
            kind: "text".into(),
            content: json!({"body": "oi"}),
            text: "oi".into(),
            at: 0,
            stage: Stage::Accepted,
            passed: Vec::new(),
            tag: None,
            quoted: None,
            price: None,
            fails_with: None,
            edited: false,
            revoked: false,
            reactions: Vec::new(),
            history_id: String::new(),
        }
    }

    #[test]
    fn old_messages_are_forgotten_beyond_the_limit() {
        let mut chats = Chats::new(3);
        for turn in 0..5 {
            chats.add(message(&format!("w{turn}"), 1));
        }
        let left: Vec<&str> = chats
            .lines(0, CustomerId(1))
            .map(|line| line.wamid.as_str())
            .collect();
        assert_eq!(left, ["w2", "w3", "w4"]);
        assert!(chats.message("w0").is_none());
        assert_eq!(
            chats.newest_first().next().map(|line| line.wamid.as_str()),
            Some("w4")
        );
    }

    #[test]
    fn one_reaction_per_side_and_none_after_removal() {
        let mut line = message("w", 1);
        line.react(Side::Customer, Some("👍"));
        line.react(Side::Customer, Some("❤️"));
        line.react(Side::Api, Some("🙏"));
        assert_eq!(line.reactions.len(), 2);
        line.react(Side::Customer, None);
        line.react(Side::Api, Some(""));
        assert!(line.reactions.is_empty());
    }

    #[test]
    fn a_revoked_line_shows_no_content() {
        let mut line = message("w", 1);
        line.revoked = true;
        assert_eq!(line.line()["text"], "");
        assert_eq!(line.line()["content"], Value::Null);
    }

    #[test]
    fn stages_only_go_forward_in_order() {
        assert!(Stage::Accepted < Stage::Sent && Stage::Delivered < Stage::Read);
        assert_eq!(Stage::Played.name(), "played");
    }
}
