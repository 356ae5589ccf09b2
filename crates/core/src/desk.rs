//! The desk that one step works at: the state being changed and the effects gathered so far.
//!
//! Every room takes `&mut Desk` and leaves its decisions on it. Kept here: ids derived from the
//! event, and the small verbs that keep state and effects in step (a timer is never set in one and
//! forgotten in the other). Absent: decisions. Read on in [`crate::step`].

use crate::book::Book;
use crate::effect::{Alert, Effect, Ignored};
use crate::event::{Envelope, TimerReason};
use crate::ids::{CallId, EventId, MessageId, ReplyId};
use crate::state::State;
use crate::time::Time;

pub(crate) struct Desk<'a> {
    pub(crate) book: &'a Book,
    pub(crate) event: EventId,
    pub(crate) at: Time,
    pub(crate) state: State,
    pub(crate) effects: Vec<Effect>,
    made: u32,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(book: &'a Book, state: State, envelope: &Envelope) -> Self {
        Desk {
            book,
            event: envelope.id,
            at: envelope.at,
            state,
            effects: Vec::with_capacity(8),
            made: 0,
        }
    }

    pub(crate) fn emit(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(crate) fn alert(&mut self, alert: Alert) {
        self.effects.push(Effect::Alert { alert });
    }

    pub(crate) fn ignore(&mut self, why: Ignored) {
        self.effects.push(Effect::Ignored { why });
    }

    /// The n-th reply that this event makes: the same when the event is decided again.
    pub(crate) fn reply_id(&mut self) -> ReplyId {
        self.made += 1;
        ReplyId::of_event(self.event, &format!("reply.{}", self.made))
    }

    pub(crate) fn message_id(&self) -> MessageId {
        MessageId::of_event(self.event, "message")
    }

    pub(crate) fn call_id(&mut self) -> CallId {
        self.made += 1;
        CallId::of_event(self.event, &format!("call.{}", self.made))
    }

    /// Sets or moves a timer; one that is set for that time already is left alone.
    pub(crate) fn set_timer(&mut self, reason: TimerReason, due: Time) {
        if self.state.timers.get(&reason) == Some(&due) {
            return;
        }
        self.state.timers.insert(reason.clone(), due);
        self.emit(Effect::SetTimer { reason, due });
    }

    pub(crate) fn clear_timer(&mut self, reason: TimerReason) {
        if self.state.timers.remove(&reason).is_some() {
            self.emit(Effect::ClearTimer { reason });
        }
    }

    pub(crate) fn has_timer(&self, reason: &TimerReason) -> bool {
        self.state.timers.contains_key(reason)
    }
}
