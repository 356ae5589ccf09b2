//! The timers of one channel that come due soon, and how one fires.
//!
//! In: timers as steps set them and as the table has them. Out: those that are due. The table is the
//! truth: firing deletes exactly the row that is still set to this time, in the commit that journals and
//! applies the event, so a timer fires once, whoever else tries. Absent: what a timer means. Next:
//! [`super`].

use crate::app::App;
use crate::fresh::{Fresh, Origin, Source};
use ponte_core::event::TimerReason;
use ponte_core::ids::{ConversationId, EventId};
use ponte_core::time::Span;
use ponte_core::{Envelope, Event, Time};
use ponte_store::Commit;
use ponte_store::rows::outbox::TimerRow;
use std::collections::BTreeMap;

/// Timers due within this long are held in memory; later ones stay in the table.
pub const HORIZON: Span = Span::secs(60);
/// Timers held at most; what doesn't fit is found by the next poll.
pub const ROOM: usize = 20_000;

type Key = (Time, ConversationId, TimerReason);

/// The timers that come due soon.
#[derive(Debug, Default)]
pub struct Soon {
    due: BTreeMap<Key, TimerRow>,
    /// A conversation has one timer of each reason.
    set: BTreeMap<(ConversationId, TimerReason), Time>,
}

impl Soon {
    /// Remembers a timer, if it is due soon and there is room.
    pub fn add(&mut self, timer: TimerRow, now: Time) {
        let conversation = timer.place.conversation;
        self.forget(conversation, &timer.reason);
        if timer.due <= now + HORIZON && self.due.len() < ROOM {
            let reason = timer.reason.clone();
            self.set.insert((conversation, reason.clone()), timer.due);
            self.due.insert((timer.due, conversation, reason), timer);
        }
    }

    /// The timer was taken back.
    pub fn forget(&mut self, conversation: ConversationId, reason: &TimerReason) {
        let name = (conversation, reason.clone());
        if let Some(due) = self.set.remove(&name) {
            self.due.remove(&(due, name.0, name.1));
        }
    }

    /// Takes the first timer that is due.
    pub fn pop(&mut self, now: Time) -> Option<TimerRow> {
        let first = self.due.first_entry()?;
        if first.key().0 > now {
            return None;
        }
        let timer = first.remove();
        self.set
            .remove(&(timer.place.conversation, timer.reason.clone()));
        Some(timer)
    }

    /// When the first comes due.
    #[must_use]
    pub fn next(&self) -> Option<Time> {
        self.due.first_key_value().map(|((due, _, _), _)| *due)
    }
}

/// A timer that fires. It is applied only if it is still set to this time then.
#[must_use]
pub fn fire(app: &App, timer: TimerRow, careful: bool) -> Fresh {
    let at = app.env.clock.now();
    let conversation = timer.place.conversation;
    let mut with = Commit::new();
    with.fire_timer(conversation, &timer.reason, timer.due);
    let dedupe = format!(
        "timer:{conversation}:{:?}:{}",
        timer.reason,
        timer.due.micros()
    );
    Fresh {
        place: timer.place,
        envelope: Envelope {
            id: EventId(app.env.ids.next(at)),
            at,
            event: Event::TimerFired {
                reason: timer.reason,
                due: timer.due,
            },
        },
        origin: Origin {
            dedupe,
            delivery: None,
            with,
            source: Source::Passing,
            careful,
            flight: app.relay.flights.begin(conversation, None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::ids::{ChannelId, WorkspaceId};
    use ponte_store::rows::Place;
    use uuid::Uuid;

    fn timer(conversation: u128, due: Time) -> TimerRow {
        TimerRow {
            place: Place {
                workspace: WorkspaceId(Uuid::nil()),
                channel: ChannelId(Uuid::nil()),
                conversation: ConversationId(Uuid::from_u128(conversation)),
            },
            reason: TimerReason::Debounce,
            due,
        }
    }

    #[test]
    fn timers_come_in_the_order_they_are_due_and_never_early() {
        let mut soon = Soon::default();
        let now = Time::from_secs(1_000);
        soon.add(timer(1, now + Span::secs(2)), now);
        soon.add(timer(2, now + Span::secs(1)), now);
        soon.add(timer(3, now + Span::hours(1)), now);
        assert_eq!(soon.next(), Some(now + Span::secs(1)));
        assert!(soon.pop(now).is_none());
        let first = soon.pop(now + Span::secs(3)).unwrap();
        assert_eq!(first.place.conversation.0.as_u128(), 2);
        assert!(soon.pop(now + Span::secs(3)).is_some());
        assert!(
            soon.pop(now + Span::hours(2)).is_none(),
            "left to the table"
        );
    }
}
