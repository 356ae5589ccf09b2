//! The step: what a conversation becomes when something happens to it.
//!
//! In: the [`Book`] of what may be looked up, the [`State`], an event with its time. Out: the next
//! state and the effects, in the order in which they are to be written. Total: every event in every
//! state has an answer, and trouble is an effect. Here stands only the one match over events; what
//! each does is in the room named in its arm. May not enter: clocks, I/O, anything provider-shaped.

use crate::answers;
use crate::book::Book;
use crate::bounds::RECENT_LASTS;
use crate::commands;
use crate::desk::Desk;
use crate::echoed;
use crate::effect::{Alert, Effect, Ignored, Why};
use crate::event::{Envelope, Event, TimerReason};
use crate::identity;
use crate::joined;
use crate::outcomes;
use crate::ownership::{Human, Owner};
use crate::proof;
use crate::received;
use crate::sending;
use crate::state::State;
use crate::statuses;
use crate::takeover;
use crate::timers;

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
    joined::pass_on(&mut desk);
    sending::pump(&mut desk);
    keep_promise(&mut desk);
    forget(&mut desk);
    desk.state.version += 1;
    Step {
        state: desk.state,
        effects: desk.effects,
    }
}

fn handle(desk: &mut Desk<'_>, event: &Event) {
    match event {
        Event::Received { from, message } => received::received(desk, from, message),
        Event::Echoed { to, message, ours } => echoed::echoed(desk, to, message, *ours),
        Event::Imported {
            with: _,
            from_business,
            message,
            status: _,
        } => echoed::imported(desk, *from_business, message),
        Event::StatusChanged {
            report,
            reply,
            attempt: _,
        } => statuses::changed(desk, report, *reply),
        Event::Called {
            call,
            what,
            raw,
            sent,
            ours,
        } => received::called(desk, (call, what, raw), *sent, *ours),
        Event::PreferenceChanged { category, stop } => {
            desk.state.marketing_stopped = *stop;
            desk.emit(Effect::Consent {
                category: category.clone(),
                allowed: !stop,
            });
        }
        Event::Acted { .. } | Event::ChannelSuspended { .. } => desk.ignore(Ignored::NoEffect),
        Event::Relinked { now } => identity::relink(&mut desk.state.person, now),
        Event::TimerFired { reason, due } => timers::fired(desk, reason, *due),
        Event::CallAnswered { call, answer } => answers::answered(desk, *call, answer),
        Event::CallProgressed { call, text } => answers::progressed(desk, *call, text),
        Event::SendEnded {
            reply,
            attempt,
            outcome,
        } => outcomes::ended(desk, *reply, *attempt, outcome),
        Event::SendRefused { reply, why } => outcomes::refused(desk, *reply, why),
        Event::HistoryChecked {
            reply,
            attempt,
            found,
        } => proof::listed(desk, *reply, *attempt, found),
        Event::Commanded { by, command } => commands::commanded(desk, *by, command),
        Event::Quarantined { entry, why: _ } => {
            desk.alert(Alert::Quarantined { event: *entry });
            let at = desk.at;
            desk.state.unanswered_since.get_or_insert(at);
            takeover::to_people(desk, Why::Trouble);
        }
        Event::Merged { into } => joined::merged(desk, *into),
        Event::Joined { from: _, carried } => joined::joined(desk, carried),
    }
}

/// Whoever waits has a timer behind them: the watchdog while a machine owns the conversation, the
/// ghost or the end of the pause while people do.
fn keep_promise(desk: &mut Desk<'_>) {
    if desk.state.unanswered_since.is_none() {
        desk.clear_timer(TimerReason::Watchdog);
        return;
    }
    match &desk.state.owner {
        Owner::Assistant | Owner::Nobody => {
            if !desk.has_timer(&TimerReason::Watchdog) {
                let due = desk.at + desk.book.assistant.watch;
                desk.set_timer(TimerReason::Watchdog, due);
            }
        }
        Owner::Person {
            who: Human::Phone, ..
        } => {
            desk.clear_timer(TimerReason::Watchdog);
            if !desk.has_timer(&TimerReason::PauseEnds) {
                let due = desk.at + desk.book.channel.pause;
                desk.set_timer(TimerReason::PauseEnds, due);
            }
        }
        Owner::Person { .. } | Owner::Queue { .. } => {
            desk.clear_timer(TimerReason::Watchdog);
            takeover::call_people(desk);
        }
    }
}

/// What is over for long is forgotten.
fn forget(desk: &mut Desk<'_>) {
    let at = desk.at;
    while desk
        .state
        .recent
        .front()
        .is_some_and(|r| at - r.at > RECENT_LASTS)
    {
        desk.state.recent.pop_front();
    }
}
