//! Claims a fresh reply in the commit that decides it, where nothing speaks against sending it now.
//!
//! In: a fold that waits to be stored. Out: the same commit with the claim and its attempt in it, and
//! leave to post the reply once that is stored; or the commit as it was, and then the reply goes through
//! the sender's line. What a claim asks of the conversation (epoch, window, no event that waits) is asked
//! of the state that this very commit stores, under its version and its lease. Absent: pace and places
//! ([`crate::relay::starts`]), and the last look before the first byte (`sender::gate`). Next:
//! [`super::work`], `docs/protocol.md`.

use super::fold::Folded;
use super::work::Bench;
use crate::fresh::Origin;
use crate::relay::starts::{LIVES, Start};
use ponte_core::effect::{Lane, Send, SendState};
use ponte_core::time::Span;
use ponte_core::{State, Time};
use ponte_store::Store;
use ponte_store::rows::journal::JournalRow;
use ponte_store::rows::outbox::{Claim, OutboxRow};
use std::collections::BTreeMap;

/// A reply that is claimed by the commit of its decision.
#[derive(Debug)]
pub struct Going {
    start: Start,
    row: OutboxRow,
    claim: Claim,
}

impl Going {
    /// The commit is stored: it is posted.
    pub fn go(self) {
        self.start.go(self.row, self.claim);
    }

    /// Whether the commit was stored, when the store itself could not say: then this attempt is there.
    pub async fn is_recorded(&self, store: &Store) -> bool {
        let claim = &self.claim;
        let attempts = store.attempts(claim.reply).await.unwrap_or_default();
        attempts
            .iter()
            .any(|made| made.n == claim.attempt && made.node == claim.node)
    }
}

/// Adds the claim to the commit, if the reply may go now.
pub fn claim(
    bench: &Bench,
    rows: &[JournalRow],
    origins: &BTreeMap<i64, Origin>,
    folded: &mut Folded,
    now: Time,
) -> Option<Going> {
    let app = &bench.app;
    // Where other processes write, what they have journaled is seen by the sender's claim only. And an
    // event that waits in the journal refuses this commit only if all of its own are new.
    if !app.config.alone || rows.len() != origins.len() || bench.hold.is_stopping() {
        return None;
    }
    let [row] = folded.follow.sends.as_slice() else {
        return None;
    };
    let margin = bench.number.channel.window_margin;
    let conversation = row.place.conversation;
    if bench.number.suspended.is_some()
        || !may_go(&row.send, &folded.warm.state, margin, now)
        || app.relay.flights.count(conversation) > origins.len()
    {
        return None;
    }
    let lease = bench.hold.lease();
    let ports = app.relay.channel(row.place.channel)?;
    let start = ports.start(lease.token, conversation, now)?;
    let claim = Claim {
        reply: row.send.reply,
        conversation,
        attempt: 1,
        at: now,
        deadline: now + LIVES,
        node: app.config.node,
        window_margin: margin,
        lease,
    };
    if !folded.commit.claim_put(&claim) {
        return None;
    }
    let row = folded.follow.sends.pop()?;
    Some(Going { start, row, claim })
}

/// What the claim of the outbox asks of a row, for one that is put there by the commit of this state.
fn may_go(send: &Send, state: &State, margin: Span, now: Time) -> bool {
    let [only] = state.sends.as_slice() else {
        return false;
    };
    only.reply == send.reply
        && only.state == SendState::Pending
        && send.lane == Lane::Conversation
        && !send.what.is_template()
        && send.epoch == state.epoch
        && send.not_before <= now
        && send.expires > now
        && state
            .window
            .service_until
            .is_some_and(|until| until - margin > now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::effect::Class;
    use ponte_core::ids::ReplyId;
    use ponte_core::outgoing::{Address, Outgoing};
    use ponte_core::ownership::Provenance;
    use ponte_core::state::{InFlight, Window};
    use uuid::Uuid;

    const NOW: Time = Time(1_795_176_000_000_000);
    const MARGIN: Span = Span::secs(60);

    fn send() -> Send {
        Send {
            reply: ReplyId(Uuid::from_u128(1)),
            epoch: 3,
            lane: Lane::Conversation,
            class: Class::Reply,
            to: Address::default(),
            what: Outgoing::text("oi"),
            quotes: None,
            provenance: Provenance::System,
            not_before: NOW,
            expires: NOW + Span::hours(1),
        }
    }

    fn in_flight(send: &Send) -> InFlight {
        InFlight {
            reply: send.reply,
            state: SendState::Pending,
            epoch: send.epoch,
            attempt: 1,
            lane: send.lane,
            class: send.class,
            provenance: send.provenance.clone(),
            group: send.reply,
            print: 0,
            since: NOW,
            placed: NOW,
            tries: 0,
            what: send.what.clone(),
            quotes: None,
            wake: None,
            answers: true,
            listed: false,
        }
    }

    fn state() -> State {
        State {
            epoch: 3,
            window: Window {
                service_until: Some(NOW + Span::hours(20)),
                ..Window::default()
            },
            sends: vec![in_flight(&send())],
            ..State::default()
        }
    }

    #[test]
    fn a_fresh_reply_in_an_open_window_may_go() {
        assert!(may_go(&send(), &state(), MARGIN, NOW));
    }

    #[test]
    fn whatever_a_claim_would_refuse_waits_for_the_line() {
        let mut other = state();
        other.epoch = 4;
        assert!(!may_go(&send(), &other, MARGIN, NOW), "another owner");
        let mut closing = state();
        closing.window.service_until = Some(NOW + MARGIN);
        assert!(!may_go(&send(), &closing, MARGIN, NOW), "the window");
        closing.window.service_until = None;
        assert!(!may_go(&send(), &closing, MARGIN, NOW), "no window");
        let later = Send {
            not_before: NOW + Span::millis(1),
            ..send()
        };
        assert!(!may_go(&later, &state(), MARGIN, NOW), "not yet");
        let late = Send {
            expires: NOW,
            ..send()
        };
        assert!(!may_go(&late, &state(), MARGIN, NOW), "too late");
        let campaign = Send {
            lane: Lane::Campaign,
            ..send()
        };
        assert!(!may_go(&campaign, &state(), MARGIN, NOW), "a campaign");
    }

    #[test]
    fn with_anything_else_of_the_conversation_unsettled_it_waits() {
        let mut doubtful = state();
        let mut before = in_flight(&send());
        before.reply = ReplyId(Uuid::from_u128(2));
        before.state = SendState::Unsure;
        doubtful.sends.insert(0, before);
        assert!(!may_go(&send(), &doubtful, MARGIN, NOW));
        let mut gone = state();
        gone.sends.clear();
        assert!(!may_go(&send(), &gone, MARGIN, NOW), "taken back meanwhile");
    }
}
