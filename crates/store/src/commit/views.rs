//! What the views keep of messages: put once, marked with facts that come in any order and number.
//!
//! Each fact stands at the earliest time reported; what belongs to it (errors, prices) comes from
//! that earliest report, ties broken by the smaller text, so that every order gives the same row.
//! Edits and reactions stand as the latest reported.

use super::Commit;
use crate::digest;
use crate::rows::Place;
use crate::rows::words;
use crate::val::{Val, vals};
use ponte_core::content::{Content, Trouble};
use ponte_core::effect::{Mark, MessageBody, MessageRow};
use ponte_core::fact::{Delivery, Pricing};
use ponte_core::ids::{MessageId, ReplyId};
use ponte_core::time::Time;

/// Positions of one step within `ord`: more messages than this in one commit would share places
/// with the next entry, which only affects their order within one second.
const ORD_STEP: i64 = 1_024;

const PUT: &str =
    "INSERT INTO messages (id, workspace, channel, conversation, sent, ord, received, wamid, wkey,
 provenance, content, context, referral, send_state, unread)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING";
/// A wamid that another message has stays there: an echo may have been shown before we knew it was ours.
const WAMID: &str = "UPDATE messages SET wamid = $2, wkey = $3 WHERE id = $1
 AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.wkey = $3 AND m.id <> $1)";
/// Both words of an accepted send at once.
const NAMED: &str = "UPDATE messages SET send_state = $2,
 wamid = CASE WHEN EXISTS (SELECT 1 FROM messages m WHERE m.wkey = $4 AND m.id <> $1) THEN wamid ELSE $3 END,
 wkey = CASE WHEN EXISTS (SELECT 1 FROM messages m WHERE m.wkey = $4 AND m.id <> $1) THEN wkey ELSE $4 END
 WHERE id = $1";
const SENT: &str =
    "UPDATE messages SET sent_at = $2 WHERE id = $1 AND (sent_at IS NULL OR sent_at > $2)";
const DELIVERED: &str = "UPDATE messages SET delivered_at = $2 WHERE id = $1 AND (delivered_at IS NULL OR delivered_at > $2)";
const READ: &str =
    "UPDATE messages SET read_at = $2 WHERE id = $1 AND (read_at IS NULL OR read_at > $2)";
const PLAYED: &str =
    "UPDATE messages SET played_at = $2 WHERE id = $1 AND (played_at IS NULL OR played_at > $2)";
const FAILED: &str = "UPDATE messages SET failed_at = $2, errors = $3 WHERE id = $1
 AND (failed_at IS NULL OR failed_at > $2 OR (failed_at = $2 AND errors > $3))";
const PRICED: &str = "UPDATE messages SET pricing_at = $2, pricing = $3 WHERE id = $1
 AND (pricing_at IS NULL OR pricing_at > $2 OR (pricing_at = $2 AND pricing > $3))";
const EDITED: &str = "UPDATE messages SET edited_at = $2, edited = $3 WHERE id = $1
 AND (edited_at IS NULL OR edited_at < $2 OR (edited_at = $2 AND edited < $3))";
const REVOKED: &str =
    "UPDATE messages SET revoked_at = $2 WHERE id = $1 AND (revoked_at IS NULL OR revoked_at > $2)";
const REACTED: &str =
    "UPDATE messages SET reaction_customer = $2, reaction_customer_at = $3 WHERE id = $1
 AND (reaction_customer_at IS NULL OR reaction_customer_at <= $3)";
const REACTED_MINE: &str =
    "UPDATE messages SET reaction_mine = $2, reaction_mine_at = $3 WHERE id = $1
 AND (reaction_mine_at IS NULL OR reaction_mine_at <= $3)";
const FILLED: &str = "UPDATE messages SET content = $2 WHERE id = $1";

impl Commit {
    /// Puts a message into the views. `order` is the place of the event that brought it in the
    /// conversation's fold; messages of one provider second are shown in that order. A message (or wamid) that is there already stays.
    pub fn put_message(&mut self, place: &Place, order: u64, m: &MessageRow) -> &mut Self {
        let order = i64::try_from(order).unwrap_or(i64::MAX);
        let ord = order.saturating_mul(ORD_STEP).saturating_add(self.messages);
        self.messages += 1;
        let (provenance, content) = (self.json(&m.provenance), self.json(&m.content));
        let context = if m.context == Default::default() {
            Val::Null
        } else {
            self.json(&m.context)
        };
        let referral = m.referral.as_ref().map_or(Val::Null, |r| self.json(r));
        let wkey = m.wamid.as_ref().map(|w| digest::key(place.channel.0, w));
        let params = vals![
            m.id,
            place.workspace,
            place.channel,
            place.conversation,
            m.sent,
            ord,
            m.received,
            m.wamid.as_ref(),
            wkey,
            provenance,
            content,
            context,
            referral,
            m.send.as_ref().map(words::send_state),
            m.unread,
        ];
        self.push(PUT, params)
    }

    /// Adds a fact to a message. One that isn't there is left alone.
    pub fn mark_message(&mut self, place: &Place, message: MessageId, mark: &Mark) -> &mut Self {
        match mark {
            Mark::Status {
                status,
                at,
                errors,
                pricing,
            } => self.mark_status(message, status, *at, errors, pricing.as_ref()),
            Mark::Wamid { wamid } => {
                let key = digest::key(place.channel.0, wamid);
                match self.take_shown(ReplyId(message.0)) {
                    Some(state) => self.push(NAMED, vals![message, state, wamid, key]),
                    None => self.push(WAMID, vals![message, wamid, key]),
                }
            }
            Mark::Edited { content, at } => {
                let content = self.json(content);
                self.push(EDITED, vals![message, *at, content])
            }
            Mark::Revoked { at } => self.push(REVOKED, vals![message, *at]),
            Mark::Reaction { mine, emoji, at } => {
                let sql = if *mine { REACTED_MINE } else { REACTED };
                self.push(sql, vals![message, emoji.as_ref(), *at])
            }
            Mark::Filled { content } => self.fill(message, content),
        }
    }

    fn fill(&mut self, message: MessageId, content: &Content) -> &mut Self {
        let body = self.json(&MessageBody::In(content.clone()));
        self.push(FILLED, vals![message, body])
    }

    fn mark_status(
        &mut self,
        message: MessageId,
        status: &Delivery,
        at: Time,
        errors: &[Trouble],
        pricing: Option<&Pricing>,
    ) -> &mut Self {
        match status {
            Delivery::Sent => self.push(SENT, vals![message, at]),
            Delivery::Delivered => self.push(DELIVERED, vals![message, at]),
            Delivery::Read => self.push(READ, vals![message, at]),
            Delivery::Played => self.push(PLAYED, vals![message, at]),
            Delivery::Failed => {
                let errors = self.json(&errors);
                self.push(FAILED, vals![message, at, errors])
            }
            // A status of the future is in the journal; the views have no place for it yet.
            Delivery::Other(_) => self,
        };
        if let Some(pricing) = pricing {
            let pricing = self.json(pricing);
            self.push(PRICED, vals![message, at, pricing]);
        }
        self
    }
}
