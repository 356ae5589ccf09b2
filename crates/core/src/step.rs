//! The step: what a conversation becomes when something happens to it.
//!
//! In: the [`Book`] of what may be looked up, the [`State`], an event with its time. Out: the next
//! state and the effects, in the order in which they are to be written. Total: every event in every
//! state has an answer, and trouble is an effect. Here stands only the one match over events; what
//! each does is in the room named in its arm. May not enter: clocks, I/O, anything provider-shaped.

use crate::book::Book;
use crate::desk::Desk;
use crate::effect::{Effect, Ignored};
use crate::event::{Envelope, Event};
use crate::identity;
use crate::state::State;

/// What came of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub state: State,
    pub effects: Vec<Effect>,
}

/// Folds one event into a conversation.
#[must_use]
pub fn step(book: &Book, state: State, envelope: &Envelope) -> Step {
    let mut desk = Desk::new(book, state, envelope);
    handle(&mut desk, &envelope.event);
    desk.state.version += 1;
    Step {
        state: desk.state,
        effects: desk.effects,
    }
}

fn handle(desk: &mut Desk<'_>, event: &Event) {
    match event {
        Event::PreferenceChanged { category, stop } => {
            desk.state.marketing_stopped = *stop;
            desk.emit(Effect::Consent {
                category: category.clone(),
                allowed: !stop,
            });
        }
        Event::Relinked { now } => identity::relink(&mut desk.state.person, now),
        Event::ChannelSuspended { suspended } => desk.state.suspended = *suspended,
        Event::Received { .. }
        | Event::Echoed { .. }
        | Event::Imported { .. }
        | Event::StatusChanged { .. }
        | Event::Called { .. }
        | Event::Acted { .. }
        | Event::TimerFired { .. }
        | Event::CallAnswered { .. }
        | Event::SendEnded { .. }
        | Event::SendRefused { .. }
        | Event::HistoryChecked { .. }
        | Event::Commanded { .. }
        | Event::Quarantined { .. } => desk.ignore(Ignored::NoEffect),
    }
}
