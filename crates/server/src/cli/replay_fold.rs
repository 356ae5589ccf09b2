//! The fold of a replay: the pure step over the journal, with views kept in memory.
//!
//! In: journal entries in their order. Out: the state and the messages as the effects make them. What
//! the engine looks up in the store (known messages, sends) is looked up here in what the fold itself
//! has made, so that the journal is the only source. Absent: outbox, timers and calls, whose rows come
//! and go. Next: `replay.rs`, which compares.

use super::replay::first_difference;
use ponte_core::book::{Assistant, Channel, Known, Wrote};
use ponte_core::content::Content;
use ponte_core::effect::{Effect, Mark, MessageBody, MessageRow, SendState};
use ponte_core::fact::Delivery;
use ponte_core::ids::{ConversationId, MessageId, ReplyId};
use ponte_core::{Book, State, Time, step};
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::message::{Facts, MessageView};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A conversation that is folded again.
pub struct Fold {
    book: Book,
    pub state: State,
    /// The place in the fold of the last entry taken.
    pub order: u64,
    pub events: u64,
    pub messages: BTreeMap<MessageId, Shown>,
}

/// A message as the effects made it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    row: MessageRow,
    facts: Facts,
    edited: Option<(Time, Content)>,
    revoked_at: Option<Time>,
    reaction_customer: Option<(Time, Option<String>)>,
    reaction_mine: Option<(Time, Option<String>)>,
    priced_at: Option<Time>,
}

impl Fold {
    #[must_use]
    pub fn new(
        conversation: ConversationId,
        channel: Arc<Channel>,
        assistant: Arc<Assistant>,
    ) -> Fold {
        Fold {
            book: Book::new(conversation, channel, assistant),
            state: State::default(),
            order: 0,
            events: 0,
            messages: BTreeMap::new(),
        }
    }

    /// What was in force for the next entries.
    pub fn settings(&mut self, channel: Arc<Channel>, assistant: Arc<Assistant>) {
        self.book.channel = channel;
        self.book.assistant = assistant;
    }

    /// Folds one entry.
    pub fn step(&mut self, row: &JournalRow) {
        self.book.known = self.messages.iter().filter_map(known).collect();
        // What arrived up to here is what a listing of the provider can be compared with.
        self.book.statuses_until = Some(row.envelope.at);
        let before = std::mem::take(&mut self.state);
        let stepped = step(&self.book, before, &row.envelope);
        self.state = stepped.state;
        self.events += 1;
        for effect in stepped.effects {
            self.take(effect);
        }
    }

    fn take(&mut self, effect: Effect) {
        match effect {
            Effect::PutMessage(row) => {
                let taken = row.wamid.is_some()
                    && self
                        .messages
                        .values()
                        .any(|shown| shown.row.wamid == row.wamid);
                if !taken {
                    self.messages
                        .entry(row.id)
                        .or_insert_with(|| Shown::new(*row));
                }
            }
            Effect::MarkMessage { message, mark } => self.mark(message, mark),
            Effect::Send(send) => {
                let wrote = Wrote {
                    what: send.what,
                    quotes: send.quotes,
                    provenance: send.provenance,
                    state: SendState::Pending,
                };
                self.book.replies.insert(send.reply, wrote);
            }
            Effect::MoveSend { reply, to } => self.moved(reply, to),
            Effect::CarrySend { .. }
            | Effect::Call { .. }
            | Effect::DropCall { .. }
            | Effect::SetTimer { .. }
            | Effect::ClearTimer { .. }
            | Effect::OwnerChanged { .. }
            | Effect::Alert { .. }
            | Effect::MarkRead { .. }
            | Effect::Consent { .. }
            | Effect::HandOver { .. }
            | Effect::Ignored { .. } => {}
        }
    }

    fn moved(&mut self, reply: ReplyId, to: SendState) {
        if let Some(wrote) = self.book.replies.get_mut(&reply) {
            wrote.state = to;
        }
        if let Some(shown) = self.messages.get_mut(&MessageId(reply.0)) {
            shown.row.send = Some(to);
        }
    }

    fn mark(&mut self, message: MessageId, mark: Mark) {
        if let Mark::Wamid { wamid } = &mark {
            let held = |(id, shown): (&MessageId, &Shown)| {
                *id != message && shown.row.wamid.as_ref() == Some(wamid)
            };
            if self.messages.iter().any(held) {
                return;
            }
        }
        if let Some(shown) = self.messages.get_mut(&message) {
            shown.mark(mark);
        }
    }
}

fn known((id, shown): (&MessageId, &Shown)) -> Option<(String, Known)> {
    let row = &shown.row;
    let known = Known {
        message: *id,
        reply: row.send.map(|_| ReplyId(id.0)),
        provenance: row.provenance.clone(),
        send: row.send,
        sent: row.sent,
    };
    Some((row.wamid.clone()?, known))
}

impl Shown {
    fn new(row: MessageRow) -> Shown {
        Shown {
            row,
            facts: Facts::default(),
            edited: None,
            revoked_at: None,
            reaction_customer: None,
            reaction_mine: None,
            priced_at: None,
        }
    }

    /// The same rules as the store's: earliest facts, newest edit and reaction.
    fn mark(&mut self, mark: Mark) {
        match mark {
            Mark::Wamid { wamid } => self.row.wamid = Some(wamid),
            Mark::Filled { content } => self.row.content = MessageBody::In(content),
            Mark::Revoked { at } => earliest(&mut self.revoked_at, at),
            Mark::Edited { content, at } => {
                if self.edited.as_ref().is_none_or(|(before, _)| *before < at) {
                    self.edited = Some((at, content));
                }
            }
            Mark::Reaction { mine, emoji, at } => {
                let slot = if mine {
                    &mut self.reaction_mine
                } else {
                    &mut self.reaction_customer
                };
                if slot.as_ref().is_none_or(|(before, _)| *before <= at) {
                    *slot = Some((at, emoji));
                }
            }
            Mark::Status {
                status,
                at,
                errors,
                pricing,
            } => {
                match status {
                    Delivery::Sent => earliest(&mut self.facts.sent_at, at),
                    Delivery::Delivered => earliest(&mut self.facts.delivered_at, at),
                    Delivery::Read => earliest(&mut self.facts.read_at, at),
                    Delivery::Played => earliest(&mut self.facts.played_at, at),
                    Delivery::Failed => {
                        if self.facts.failed_at.is_none_or(|before| before > at) {
                            self.facts.failed_at = Some(at);
                            self.facts.errors = errors;
                        }
                    }
                    Delivery::Other(_) => {}
                }
                if let Some(pricing) = pricing
                    && self.priced_at.is_none_or(|before| before > at)
                {
                    self.priced_at = Some(at);
                    self.facts.pricing = Some(pricing);
                }
            }
        }
    }
}

fn earliest(slot: &mut Option<Time>, at: Time) {
    *slot = Some(slot.map_or(at, |before| before.min(at)));
}

/// The first message that differs from what the views have.
#[must_use]
pub fn compare_messages(fold: &Fold, kept: &[MessageView]) -> Option<(String, Value, Value)> {
    kept.iter().find_map(|view| {
        let path = format!("messages.{}", view.row.id);
        let stored = shape(
            &view.row,
            &view.facts,
            view.edited.as_ref(),
            view.revoked_at,
            [view.reaction_customer.clone(), view.reaction_mine.clone()],
        );
        let Some(shown) = fold.messages.get(&view.row.id) else {
            return Some((path, stored, Value::Null));
        };
        let reaction =
            |slot: &Option<(Time, Option<String>)>| slot.clone().and_then(|(_, emoji)| emoji);
        let folded = shape(
            &shown.row,
            &shown.facts,
            shown.edited.as_ref(),
            shown.revoked_at,
            [
                reaction(&shown.reaction_customer),
                reaction(&shown.reaction_mine),
            ],
        );
        first_difference(&path, &stored, &folded)
    })
}

fn shape(
    row: &MessageRow,
    facts: &Facts,
    edited: Option<&(Time, Content)>,
    revoked_at: Option<Time>,
    reactions: [Option<String>; 2],
) -> Value {
    // Unread is the conversation's counter, which people change by looking; claimed is the sender's mark.
    let send = row.send.map(|send| {
        if send == SendState::Claimed {
            SendState::Pending
        } else {
            send
        }
    });
    json!({
        "provenance": row.provenance, "wamid": row.wamid, "content": row.content, "context": row.context,
        "referral": row.referral, "sent": row.sent, "received": row.received, "send": send,
        "facts": [facts.sent_at, facts.delivered_at, facts.read_at, facts.played_at, facts.failed_at],
        "errors": facts.errors, "pricing": facts.pricing, "edited": edited, "revoked_at": revoked_at,
        "reactions": reactions,
    })
}
