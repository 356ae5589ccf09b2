//! Effects as rows: one arm per effect, all into the commit that stores the state.
//!
//! In: the effects of a step, in order. Out: statements in a [`Commit`], and what to hand over in
//! memory once it is stored. Absent: decisions, and doing anything before the commit. Next:
//! [`super::fold`].

use super::claim::Going;
use ponte_core::effect::{Effect, Mark, MessageBody, MessageRow, Send, SendState, Why, Work};
use ponte_core::event::{Carried, TimerReason};
use ponte_core::ids::{CallId, ConversationId, EventId, MessageId, ReplyId};
use ponte_core::ownership::Provenance;
use ponte_core::time::{Span, Time};
use ponte_core::{Envelope, Event, Owner};
use ponte_store::Commit;
use ponte_store::rows::Place;
use ponte_store::rows::conversation::{OwnershipRow, Unread};
use ponte_store::rows::journal::{AccountEventNew, JournalNew};
use ponte_store::rows::outbox::{CallRow, OutboxRow};
use ponte_store::rows::shared::{AlertNew, Changes};
use serde_json::json;
use uuid::Uuid;

/// Letters of a message that a list shows.
const PREVIEW_CHARS: usize = 120;
/// A call that this node takes at once is another's after this.
pub const CALL_LEASE: Span = Span::secs(30);

/// What follows a stored commit.
#[derive(Debug, Default)]
pub struct Follow {
    pub sends: Vec<OutboxRow>,
    /// The one that was claimed by this commit.
    pub going: Option<Going>,
    pub gone: Vec<ReplyId>,
    /// Sends that became pending again.
    pub again: Vec<ReplyId>,
    pub calls: Vec<CallRow>,
    pub timers: Vec<(TimerReason, Time)>,
    /// Timers that were taken back.
    pub cleared: Vec<TimerReason>,
    pub marks: Vec<(String, bool)>,
    pub inbound: Vec<Time>,
    pub last_message: Option<(Time, String)>,
    pub unread: Unread,
    pub changes: Changes,
    /// Provider ids that became known, of messages that may have statuses.
    pub named: Vec<(String, Option<ReplyId>)>,
    /// The newest message of ours of which a status came.
    pub statuses_until: Option<Time>,
}

/// Where effects are written.
pub struct Writer<'a> {
    pub commit: &'a mut Commit,
    pub follow: &'a mut Follow,
    pub place: Place,
    pub node: Uuid,
    /// The place of this step in the conversation's fold.
    pub order: u64,
    pub event: EventId,
    pub at: Time,
}

impl Writer<'_> {
    /// Writes one effect.
    pub fn write(&mut self, effect: Effect) {
        match effect {
            Effect::PutMessage(row) => self.message(&row),
            Effect::MarkMessage { message, mark } => self.mark(message, &mark),
            Effect::Send(send) => self.send(*send),
            Effect::MoveSend { reply, to } => self.move_send(reply, to),
            Effect::CarrySend { reply, epoch } => {
                self.commit.carry_send(&self.place, reply, epoch);
                self.follow.again.push(reply);
            }
            Effect::Call {
                call,
                epoch,
                deadline,
                work,
            } => self.call(call, epoch, deadline, work),
            Effect::DropCall { call } => {
                self.commit.drop_call(call);
            }
            Effect::SetTimer { reason, due } => {
                self.commit.set_timer(&self.place, &reason, due);
                self.follow.cleared.retain(|held| *held != reason);
                self.follow.timers.push((reason, due));
            }
            Effect::ClearTimer { reason } => {
                self.commit.clear_timer(self.place.conversation, &reason);
                self.follow.timers.retain(|(held, _)| *held != reason);
                self.follow.cleared.push(reason);
            }
            Effect::OwnerChanged {
                from,
                to,
                epoch,
                why,
            } => self.owner(from, to, epoch, why),
            Effect::Alert { alert } => {
                self.changed(Changes::ALERT);
                self.commit.open_alert(&AlertNew {
                    place: self.place,
                    at: self.at,
                    alert,
                });
            }
            Effect::MarkRead { wamid, typing } => self.follow.marks.push((wamid, typing)),
            Effect::Consent { category, allowed } => self.consent(&category, allowed),
            Effect::HandOver { into, carried } => self.hand_over(into, carried),
            Effect::Ignored { why } => {
                let why = format!("{why:?}");
                metrics::counter!("ponte_ignored_total", "why" => why).increment(1);
            }
        }
    }

    /// What an ended conversation still held becomes an entry of the one that lives on.
    fn hand_over(&mut self, into: ConversationId, carried: Box<Carried>) {
        self.commit.append(&JournalNew {
            place: Place {
                conversation: into,
                ..self.place
            },
            envelope: Envelope {
                id: EventId::of_event(self.event, "joined"),
                at: self.at,
                event: Event::Joined {
                    from: self.place.conversation,
                    carried,
                },
            },
            dedupe: format!("joined:{}", self.event),
            delivery: None,
        });
    }

    fn mark(&mut self, message: MessageId, mark: &Mark) {
        if let Mark::Wamid { wamid } = mark {
            let reply = Some(ReplyId(message.0));
            self.follow.named.push((wamid.clone(), reply));
        }
        self.changed(match mark {
            Mark::Status { .. } | Mark::Wamid { .. } => Changes::STATUS,
            Mark::Edited { .. }
            | Mark::Revoked { .. }
            | Mark::Reaction { .. }
            | Mark::Filled { .. } => Changes::MESSAGE,
        });
        self.commit.mark_message(&self.place, message, mark);
    }

    fn owner(&mut self, from: Owner, to: Owner, epoch: u64, why: Why) {
        self.changed(Changes::OWNER);
        self.commit.owner_changed(&OwnershipRow {
            place: self.place,
            epoch,
            at: self.at,
            from,
            to,
            why,
            event: self.event,
        });
    }

    fn changed(&mut self, what: Changes) {
        self.follow.changes = self.follow.changes.and(what);
    }

    fn message(&mut self, row: &MessageRow) {
        self.changed(Changes::MESSAGE);
        self.commit.put_message(&self.place, self.order, row);
        match row.provenance {
            Provenance::Agent { .. } | Provenance::PhoneApp => self.follow.unread = Unread::Clear,
            Provenance::Customer
            | Provenance::Assistant { .. }
            | Provenance::Flow { .. }
            | Provenance::Campaign { .. }
            | Provenance::System
            | Provenance::Imported { .. } => {}
        }
        if let (Provenance::PhoneApp, Some(wamid)) = (&row.provenance, &row.wamid) {
            self.follow.named.push((wamid.clone(), None));
        }
        if row.provenance == Provenance::Customer {
            self.follow.inbound.push(row.received);
        }
        if row.unread {
            self.follow.unread = match self.follow.unread {
                Unread::Add(n) => Unread::Add(n.saturating_add(1)),
                Unread::Keep | Unread::Clear => Unread::Add(1),
            };
        }
        let newest = self.follow.last_message.as_ref();
        if newest.is_none_or(|(at, _)| *at <= row.sent) {
            self.follow.last_message = Some((row.sent, preview(&row.content)));
        }
    }

    fn send(&mut self, send: Send) {
        self.commit.put_send(&self.place, &send);
        self.follow.sends.push(OutboxRow {
            place: self.place,
            send,
            state: SendState::Pending,
            attempt: 0,
        });
    }

    fn move_send(&mut self, reply: ReplyId, to: SendState) {
        self.changed(Changes::STATUS);
        self.commit.move_send(&self.place, reply, to);
        match to {
            SendState::Pending => self.follow.again.push(reply),
            SendState::Claimed => {}
            SendState::Accepted
            | SendState::Failed
            | SendState::Dropped
            | SendState::Unsure
            | SendState::Unknown => {
                self.follow.sends.retain(|row| row.send.reply != reply);
                self.follow.gone.push(reply);
            }
        }
    }

    fn call(&mut self, call: CallId, epoch: u64, deadline: Time, work: Work) {
        let lease = (self.node, self.at + CALL_LEASE);
        self.commit
            .put_call(&self.place, call, epoch, deadline, &work, Some(lease));
        self.follow.calls.push(CallRow {
            place: self.place,
            call,
            epoch,
            deadline,
            work,
            attempts: 1,
        });
    }

    /// Consent is a fact about the person; its history is kept whole.
    fn consent(&mut self, category: &str, allowed: bool) {
        self.commit.add_account_event(&AccountEventNew {
            workspace: Some(self.place.workspace),
            channel: Some(self.place.channel),
            at: self.at,
            field: "consent".into(),
            kind: category.to_owned(),
            body: json!({"conversation": self.place.conversation, "allowed": allowed}),
            dedupe: format!("consent:{}", self.event),
            delivery: None,
        });
    }
}

/// The first words of a message, for lists; empty for what has none.
fn preview(body: &MessageBody) -> String {
    let text = match body {
        MessageBody::In(content) => content.text(),
        MessageBody::Out(outgoing) => outgoing.words().to_owned(),
        MessageBody::Note(text) => text.clone(),
    };
    text.chars().take(PREVIEW_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_ends_at_a_letter_not_inside_one() {
        let long = "á".repeat(500);
        let shown = preview(&MessageBody::Note(long));
        assert_eq!(shown.chars().count(), PREVIEW_CHARS);
        assert_eq!(preview(&MessageBody::Note("oi".into())), "oi");
    }
}
