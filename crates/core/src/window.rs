//! When we may write freely, and when it costs nothing.
//!
//! The service window runs 24 hours from the *provider's* time of the customer's last message or
//! call and only ever moves forward. The free entry point window (an ad brought the customer, and we
//! answered within a day) concerns the price alone: free text needs the service window all the
//! same, so nothing here lets one stand for the other. Absent: prices.

use crate::outgoing::Outgoing;
use crate::state::{State, Window};
use crate::time::{Span, Time};

const SERVICE: Span = Span::hours(24);
const ENTRY_ANSWER_WITHIN: Span = Span::hours(24);
const ENTRY: Span = Span::days(7);

/// The customer wrote or called at the provider's time `sent`, journaled at `at`. A time in the
/// future is a wrong clock: our own counts then, so that no message opens the window for ever.
pub(crate) fn opened(window: &mut Window, sent: Time, at: Time) {
    let until = sent.min(at) + SERVICE;
    if window.service_until.is_none_or(|now| now < until) {
        window.service_until = Some(until);
    }
}

/// An ad brought the customer.
pub(crate) fn entered(window: &mut Window, sent: Time, at: Time) {
    let sent = sent.min(at);
    if window.entry_at.is_none_or(|before| before < sent) {
        window.entry_at = Some(sent);
    }
}

/// One of our messages was accepted.
pub(crate) fn answered(window: &mut Window, at: Time) {
    if let Some(entry) = window.entry_at
        && at - entry <= ENTRY_ANSWER_WITHIN
        && window.entry_until.is_none_or(|until| until < entry)
    {
        window.entry_until = Some(at + ENTRY);
    }
}

/// The provider says when the free window ends; it knows best.
pub(crate) fn entry_ends(window: &mut Window, until: Time) {
    window.entry_until = Some(until);
}

/// The provider refused because the window is closed: it knows best.
pub(crate) fn refused(window: &mut Window, at: Time) {
    if window.service_until.is_some_and(|until| until > at) {
        window.service_until = Some(at);
    }
}

/// Until when a free text may be sent, the margin taken off; `None`: never was open.
#[must_use]
pub fn free_until(state: &State, margin: Span) -> Option<Time> {
    state.window.service_until.map(|until| until - margin)
}

/// Whether this may be sent at `at`.
#[must_use]
pub fn allows(state: &State, what: &Outgoing, margin: Span, at: Time) -> bool {
    what.is_template() || free_until(state, margin).is_some_and(|until| at < until)
}
