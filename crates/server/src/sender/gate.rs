//! The last look before a message's first byte: is it still ours to send, and is there room in this second?
//!
//! In: attempts whose claim is durable and whose connection stands. Out: leave to write, or why not; then
//! no byte has left. The pace of the claims comes first and decides the order; but a claim takes as long as
//! its commit, so what was claimed in two different seconds may want to leave in the same one. Only this
//! account is counted where the provider counts. Whoever had to wait, or has an event of the conversation
//! on its way, asks the store again whether the claim still holds: a person may have spoken. Absent: pairs
//! and order. Next: `ponte_core::pace`, [`super::attempt`].

use crate::app::App;
use crate::env::Clock;
use crate::graph::Pass;
use crate::lease::Hold;
use futures_util::future::BoxFuture;
use ponte_core::effect::Lane;
use ponte_core::ids::ConversationId;
use ponte_core::pace::{Limits, Pace};
use ponte_core::time::{Span, Time};
use ponte_store::rows::outbox::{Claim, ClaimBlock};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

/// Nothing is written with less than this left of the attempt's deadline.
const MARGIN: Span = Span::secs(1);
/// A claim that waits longer than this is given back: its row may as well wait in the line, where a
/// person's echo still stops it.
const WAITS: Span = Span::secs(3);
/// A claim older than this is looked at again before its message is written.
const FRESH: Span = Span::millis(250);
/// Events on their way are waited for this long, in steps of about a commit.
const PATIENCE: Span = Span::secs(1);
const STEP: Span = Span::millis(3);

/// The gate of one number.
pub struct Gate {
    clock: Arc<Clock>,
    hold: Hold,
    pace: Mutex<Pace>,
}

impl Gate {
    #[must_use]
    pub fn new(clock: Arc<Clock>, hold: Hold, limits: Limits) -> Gate {
        let pace = Pace::new(limits.with_pair_burst(0), clock.now());
        Gate {
            clock,
            hold,
            pace: Mutex::new(pace),
        }
    }

    pub fn set_limits(&self, limits: Limits) {
        self.pace().set_limits(limits.with_pair_burst(0));
    }

    /// A customer's message came in.
    pub fn received(&self, at: Time) {
        self.pace().received(at);
    }

    /// Messages that the last second holds, as the provider counts them.
    pub fn used(&self, now: Time) -> u32 {
        self.pace().used(now)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        match self.pace.lock() {
            Ok(held) => held,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// Leave to write now, counted; or the time to ask again.
    fn ask(&self, pair: ConversationId, now: Time) -> Option<Time> {
        let mut pace = self.pace();
        let open = pace.number_allowed(Lane::Conversation, now);
        if open > now {
            return Some(open);
        }
        pace.sent(pair, now);
        None
    }

    async fn enter(&self, pair: ConversationId, deadline: Time) -> Result<(), &'static str> {
        let patience = self.clock.now() + WAITS;
        loop {
            let now = self.clock.now();
            if self.hold.is_lost(now) {
                return Err("the number is another node's now");
            }
            if now + MARGIN >= deadline {
                return Err("the claim took too long");
            }
            let Some(open) = self.ask(pair, now) else {
                return Ok(());
            };
            if open > patience {
                return Err("the number was busy for too long");
            }
            self.clock.sleep_until(open).await;
        }
    }
}

/// One attempt's way through the gate.
pub struct Turn {
    gate: Arc<Gate>,
    pair: ConversationId,
    refused: AtomicBool,
    claim: Option<(Arc<App>, Claim)>,
}

impl Turn {
    /// The way of a claimed message.
    #[must_use]
    pub fn of_claim(gate: Arc<Gate>, app: Arc<App>, claim: Claim) -> Turn {
        Turn {
            claim: Some((app, claim.clone())),
            ..Turn::new(gate, claim.conversation)
        }
    }

    #[must_use]
    pub fn new(gate: Arc<Gate>, pair: ConversationId) -> Turn {
        Turn {
            gate,
            pair,
            refused: AtomicBool::new(false),
            claim: None,
        }
    }

    /// Waits until no event of the conversation is on its way; whether there was one.
    async fn landed(&self, app: &App) -> Result<bool, &'static str> {
        let clock = &app.env.clock;
        let until = clock.now() + PATIENCE;
        let mut waited = false;
        while app.relay.flights.any(self.pair) {
            if clock.now() >= until {
                return Err("an event of the conversation is on its way");
            }
            waited = true;
            clock.sleep(STEP).await;
        }
        Ok(waited)
    }

    async fn enter(&self, deadline: Time) -> Result<(), &'static str> {
        let Some((app, claim)) = &self.claim else {
            return self.gate.enter(self.pair, deadline).await;
        };
        let mut waited = self.landed(app).await?;
        self.gate.enter(self.pair, deadline).await?;
        waited |= self.landed(app).await?;
        if !waited && app.env.clock.now() <= claim.at + FRESH {
            return Ok(());
        }
        let blocks = app.store.claim_blocks(claim).await;
        if app.relay.flights.any(self.pair) {
            return Err("another event of the conversation is on its way");
        }
        match blocks {
            Ok(blocks)
                if blocks.contains(&ClaimBlock::EpochPassed)
                    || blocks.contains(&ClaimBlock::JournalWaits) =>
            {
                Err("the conversation went on meanwhile")
            }
            Ok(_) => Ok(()),
            Err(_) => Err("whether the claim still holds can't be read now"),
        }
    }

    /// Whether it was we who did not write: this says nothing about the provider.
    #[must_use]
    pub fn was_refused(&self) -> bool {
        self.refused.load(Ordering::Acquire)
    }
}

impl Pass for Turn {
    fn pass(&self, deadline: Time) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let entered = self.enter(deadline).await;
            self.refused.store(entered.is_err(), Ordering::Release);
            entered.map_err(str::to_owned)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use ponte_store::rows::outbox::LeaseRef;
    use uuid::Uuid;

    fn gate(per_second: u32) -> (Arc<Clock>, Hold, Arc<Gate>) {
        let base = tokio::time::Instant::now();
        let clock = Arc::new(Clock::with_wall(move || {
            Time(1_000_000_000) + Span(i64::try_from(base.elapsed().as_micros()).unwrap())
        }));
        let lease = LeaseRef {
            name: "channel/1".into(),
            token: 1,
        };
        let hold = Hold::new(lease, clock.now() + Span::hours(1));
        let limits = Limits::new(per_second, false);
        let gate = Gate::new(Arc::clone(&clock), hold.clone(), limits);
        (clock, hold, Arc::new(gate))
    }

    fn turn(gate: &Arc<Gate>, n: u128) -> Turn {
        Turn::new(Arc::clone(gate), ConversationId(Uuid::from_u128(n)))
    }

    #[tokio::test(start_paused = true)]
    async fn claims_of_two_seconds_that_arrive_together_leave_in_two() {
        let (clock, _hold, gate) = gate(20);
        clock.sleep(Span::secs(2)).await;
        let deadline = clock.now() + Span::secs(20);
        let left = join_all((0..40_u32).map(|n| {
            let (clock, turn) = (Arc::clone(&clock), turn(&gate, u128::from(n)));
            async move {
                // The first twenty were claimed a second ago; their commit took 900 ms.
                let late = if n < 20 { 900 } else { 1_000 };
                clock.sleep(Span::millis(late)).await;
                turn.pass(deadline).await.unwrap();
                clock.now()
            }
        }))
        .await;
        for from in &left {
            let window = left
                .iter()
                .filter(|at| **at >= *from && **at < *from + Span::secs(1));
            assert!(window.count() <= 20);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_lost_the_number_while_waiting_writes_nothing() {
        let (clock, hold, gate) = gate(1);
        clock.sleep(Span::secs(2)).await;
        let deadline = clock.now() + Span::secs(20);
        turn(&gate, 1).pass(deadline).await.unwrap();
        let second = turn(&gate, 2);
        let (refused, ()) = tokio::join!(second.pass(deadline), async {
            clock.sleep(Span::millis(500)).await;
            hold.lose();
        });
        assert!(refused.is_err());
        assert!(second.was_refused());
    }

    #[tokio::test(start_paused = true)]
    async fn who_would_be_late_or_wait_too_long_gives_the_claim_back() {
        let (clock, _hold, gate) = gate(1);
        clock.sleep(Span::secs(2)).await;
        let now = clock.now();
        assert!(turn(&gate, 1).pass(now + MARGIN).await.is_err());
        let deadline = now + Span::secs(20);
        let all = join_all((0..8).map(|n| {
            let turn = turn(&gate, n);
            async move { turn.pass(deadline).await.is_ok() }
        }))
        .await;
        assert_eq!(all.iter().filter(|left| **left).count(), 3);
    }
}
