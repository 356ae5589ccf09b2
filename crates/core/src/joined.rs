//! Two conversations turn out to be one person's: what is left goes to the one that lives on.
//!
//! In: `Merged` in the conversation that ends, `Joined` in the one that survives. Out: in the first
//! everything automatic is dropped under a new epoch and nobody owns it any more, in the same step;
//! what it still owed, whose it was, and when the customer may be written to are handed over by one
//! effect, which the engine makes an entry of the survivor's journal in the same commit. Whatever
//! reaches the ended conversation later goes the same way. Absent: finding out who is who
//! ([`crate::identity`]) and moving rows. Next: [`crate::takeover`].

use crate::bounds::RECENT_MAX;
use crate::content::{Content, Context, Received};
use crate::desk::Desk;
use crate::effect::{Effect, Why};
use crate::event::Carried;
use crate::identity;
use crate::ids::ConversationId;
use crate::ownership::Owner;
use crate::state::Window;
use crate::takeover;
use crate::time::Time;
use crate::turn;
use serde_json::Value;

/// This conversation ends in favour of another.
pub(crate) fn merged(desk: &mut Desk<'_>, into: ConversationId) {
    if desk.state.merged_into.replace(into).is_none() {
        hand_over(desk, into);
    }
}

/// An ended conversation never keeps anything: what an event brought it goes on to the survivor.
pub(crate) fn pass_on(desk: &mut Desk<'_>) {
    let Some(into) = desk.state.merged_into else {
        return;
    };
    if desk.state.owner != Owner::Nobody || owes(desk) {
        hand_over(desk, into);
    }
}

fn owes(desk: &Desk<'_>) -> bool {
    desk.state.unanswered_since.is_some() || turn::pending(&desk.state.turn)
}

fn hand_over(desk: &mut Desk<'_>, into: ConversationId) {
    let state = &desk.state;
    let (owner, since) = (state.owner.clone(), state.unanswered_since);
    let waiting = since.or_else(|| owes(desk).then_some(desk.at));
    let turn = std::mem::take(&mut desk.state.turn);
    takeover::leave(desk, Why::Merged);
    let state = &desk.state;
    let carried = Carried {
        person: state.person.clone(),
        owner,
        waiting,
        turn,
        window: state.window,
        last_customer_at: state.last_customer_at,
        marketing_stopped: state.marketing_stopped,
        recent: state.recent.clone(),
    };
    desk.emit(Effect::HandOver {
        into,
        carried: Box::new(carried),
    });
}

/// Another conversation of the same person ended here.
pub(crate) fn joined(desk: &mut Desk<'_>, carried: &Carried) {
    let mut person = carried.person.clone();
    identity::relink(&mut person, &desk.state.person);
    desk.state.person = person;
    widen(&mut desk.state.window, carried.window);
    desk.state.last_customer_at = desk.state.last_customer_at.max(carried.last_customer_at);
    desk.state.marketing_stopped |= carried.marketing_stopped;
    for recent in &carried.recent {
        while desk.state.recent.len() >= RECENT_MAX {
            desk.state.recent.pop_front();
        }
        desk.state.recent.push_back(recent.clone());
    }
    // A person who had the other half has the whole: a machine never talks on beside them.
    if desk.state.owner.is_automatic() && !carried.owner.is_automatic() {
        takeover::change(desk, carried.owner.clone(), Why::Merged);
    }
    if let Some(since) = carried.waiting {
        wait(desk, carried, since);
    }
}

/// The wait goes on here. What was said is asked again; where only a dropped answer was left of it,
/// people look.
fn wait(desk: &mut Desk<'_>, carried: &Carried, since: Time) {
    let earliest = desk
        .state
        .unanswered_since
        .map_or(since, |own| own.min(since));
    desk.state.unanswered_since = Some(earliest);
    if desk.state.owner == Owner::Nobody {
        takeover::to_assistant(desk, Why::Reopened);
        desk.state.unanswered_since = Some(earliest);
    }
    turn::interrupt(desk);
    let other = &carried.turn;
    for (i, text) in other.texts.iter().enumerate() {
        turn::heard(
            desk,
            &said(other.wamids.get(i), other.sent.get(i), since, text),
        );
    }
    let turn = &mut desk.state.turn;
    turn.payload = turn.payload.take().or_else(|| other.payload.clone());
    turn.first |= other.first;
    turn.late |= other.late;
    turn.unreadable |= other.unreadable;
    let able = desk.state.owner != Owner::Assistant || desk.book.assistant.enabled;
    if able && turn::pending(other) {
        turn::arm(desk);
    } else {
        takeover::to_people(desk, Why::Merged);
    }
}

fn said(wamid: Option<&String>, sent: Option<&Time>, since: Time, text: &str) -> Received {
    Received {
        wamid: wamid.cloned().unwrap_or_default(),
        sent: sent.copied().unwrap_or(since),
        content: Content::Text {
            body: text.to_owned(),
        },
        context: Context::default(),
        referral: None,
        group: None,
        extra: Value::Null,
    }
}

fn widen(window: &mut Window, other: Window) {
    window.service_until = window.service_until.max(other.service_until);
    window.entry_at = window.entry_at.max(other.entry_at);
    window.entry_until = window.entry_until.max(other.entry_until);
}
